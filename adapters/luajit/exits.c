#include "exits.h"

#include "state.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    WINDOW_EXITS = 1024,
    WINDOW_NS = 6000000, /* of fewer, a window costs more than 1.5 % */
    FIRST_EXITS = 16384, /* of a program, at any speed: about a millisecond */
    TEXT_ROOM = 256,
};

uint64_t luajit_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* ---- words ---- */

/* What a guard of this opcode checks. luajit: IRDEF in lj_ir.h */
static const char *guard_text(const char *op)
{
    static const struct {
        const char *op, *text;
    } rows[] = {{"LT", "comparison"},
                {"GE", "comparison"},
                {"LE", "comparison"},
                {"GT", "comparison"},
                {"ULT", "comparison"},
                {"UGE", "comparison"},
                {"ULE", "comparison"},
                {"UGT", "comparison"},
                {"EQ", "comparison of equality"},
                {"NE", "comparison of equality"},
                {"ABC", "array bounds"},
                {"RETF", "return to another caller"},
                {"SLOAD", "type of a local"},
                {"ALOAD", "type of an array element"},
                {"HLOAD", "type of a table field"},
                {"ULOAD", "type of an upvalue"},
                {"VLOAD", "type of a vararg"},
                {"FLOAD", "type of an object's field"},
                {"XLOAD", "type of a C value"},
                {"HREF", "table field missing"},
                {"HREFK", "table field elsewhere"},
                {"UREFO", "upvalue open"},
                {"UREFC", "upvalue closed"},
                {"ADDOV", "integer overflow"},
                {"SUBOV", "integer overflow"},
                {"MULOV", "integer overflow"},
                {"CONV", "number not an integer"},
                {"TOBIT", "number not an integer"},
                {"STRTO", "string not a number"},
                {"CALLN", "result of a call"},
                {"CALLL", "result of a call"},
                {"CALLS", "result of a call"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].op, op) == 0)
            return rows[i].text;
    return op;
}

/* What a snapshot's guards check, each once. */
static void write_reason(const struct luajit_state *state, const struct luajit_exit *exit,
                         char text[TEXT_ROOM])
{
    size_t length = 0;

    *text = '\0';
    for (uint32_t i = 0; i < exit->op_count; i++) {
        const char *word = guard_text(state->op_names[exit->ops[i]]);

        if (strstr(text, word))
            continue;
        length +=
            (size_t)snprintf(text + length, TEXT_ROOM - length, "%s%s", length ? " or " : "", word);
        if (length >= TEXT_ROOM)
            return;
    }
    if (length == 0)
        memcpy(text, "exit", sizeof("exit"));
}

/* ---- telling ---- */

static void tell(struct luajit_state *state, const struct luajit_trace *trace, int64_t number,
                 uint32_t slot)
{
    const struct luajit_exit *exit = &trace->exits[slot];
    char reason[TEXT_ROOM], seen[64];
    struct jitney_deopt deopt = {
        .size = sizeof(deopt),
        .function = luajit_function_get(&state->functions, trace->function)->number,
        .version = (uint64_t)number,
        .kind = "exit",
        .reason = reason,
        .slot_kind = JITNEY_FEEDBACK_OTHER,
        .slot = slot,
        .seen = seen,
        .line = exit->line,
        .address = trace->address + exit->offset};

    if (exit->function != trace->function)
        deopt.origin = luajit_function_get(&state->functions, exit->function)->number;
    write_reason(state, exit, reason);
    snprintf(seen, sizeof(seen), "%llu time%s by exit %u", (unsigned long long)exit->count,
             exit->count == 1 ? "" : "s", slot);
    jitney_deopt(state->session, &deopt);
}

static void tell_note(struct luajit_state *state, const char *text, uint32_t function)
{
    struct jitney_note note = {.size = sizeof(note),
                               .function = luajit_function_get(&state->functions, function)->number,
                               .text = text};

    jitney_note(state->session, &note);
}

void luajit_exits_sum_up(struct luajit_state *state, struct luajit_trace *trace, uint32_t number)
{
    char text[1024];
    int length = snprintf(text, sizeof(text), "TRACE_%u was left, times by exit:", number);
    bool is_any = false;

    for (uint32_t i = 0; i < trace->exit_count; i++) {
        uint64_t count = trace->exits[i].count;

        if (count == 0 || length > (int)sizeof(text) - 64)
            continue;
        length += snprintf(text + length, sizeof(text) - (size_t)length, "%s %u: %llu",
                           is_any ? "," : "", i, (unsigned long long)count);
        is_any = true;
    }
    if (is_any && !trace->is_noted)
        tell_note(state, text, trace->function);
    trace->is_noted = true;
}

/* ---- counting ---- */

static bool has_budget(struct luajit_state *state)
{
    struct luajit_budget *budget = &state->budget;
    uint64_t now = 0, since = budget->since_ns;

    if (--budget->left > 0)
        return true;
    now = budget->since_ns = luajit_now_ns();
    if (now - since >= WINDOW_NS) {
        budget->left = WINDOW_EXITS;
        return true;
    }
    if (!budget->is_told)
        tell_note(state, "exits come too fast to count all: counted by turns from here on", 0);
    budget->is_told = true;
    return false;
}

bool luajit_exits_may_count(struct luajit_state *state)
{
    struct luajit_budget *budget = &state->budget;
    uint64_t now = luajit_now_ns();

    if (budget->left > 0)
        return true;
    if (budget->since_ns && now - budget->since_ns < WINDOW_NS)
        return false;
    budget->left = budget->since_ns ? WINDOW_EXITS : FIRST_EXITS;
    budget->since_ns = now;
    return true;
}

bool luajit_exits_count(struct luajit_state *state, int64_t number, int64_t slot)
{
    struct luajit_trace *trace = luajit_trace_find(state, number);
    uint64_t count = 0;

    if (trace && slot >= 0 && slot < (int64_t)trace->exit_count) {
        count = ++trace->exits[slot].count;
        if ((count & (count - 1)) == 0)
            tell(state, trace, number, (uint32_t)slot);
    }
    return has_budget(state);
}
