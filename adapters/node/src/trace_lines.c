/* Lines of --trace-opt, --trace-deopt and --trace-osr. */
#include "agent.h"
#include "engine_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- parts of a line ---- */

/* Copy what lies between two texts. False when there is no `from`. */
static bool between(const char *text, const char *from, const char *to, char *out, size_t room)
{
    const char *begin = strstr(text, from);
    const char *end = NULL;
    size_t length = 0;

    out[0] = '\0';
    if (!begin)
        return false;
    begin += strlen(from);
    end = strstr(begin, to);
    length = end ? (size_t)(end - begin) : strlen(begin);
    length = length < room ? length : room - 1;
    memcpy(out, begin, length);
    out[length] = '\0';
    return true;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Files of ECMAScript modules are known by their paths. */
static uint32_t by_name(const char *name, const char *file)
{
    file += begins(file, "file://") ? 7 : 0;
    return node_function_of(name, strlen(name), file, strlen(file));
}

/* `<JSFunction NAME </file> (sfi = 0x…)>` or `<SharedFunctionInfo NAME>`. */
static uint32_t function_of(const char *text)
{
    char name[512];
    char file[512] = "";
    char *gap = NULL;

    if (!between(text, "<JSFunction", " (sfi", name, sizeof(name)) &&
        !between(text, "<SharedFunctionInfo", ">)", name, sizeof(name)))
        return 0;
    gap = strstr(name, " </");
    if (!gap)
        gap = strstr(name, " <file:");
    if (!gap)
        gap = strstr(name, " <node:");
    if (gap) {
        between(gap, " <", ">", file, sizeof(file));
        *gap = '\0';
    }
    if (name[0] == ' ')
        memmove(name, name + 1, strlen(name));
    if (name[0] == '\0')
        snprintf(name, sizeof(name), "(anonymous)");
    return by_name(name, file);
}

static uint32_t tier_of(const char *text)
{
    const char *target = strstr(text, "(target ");

    if (!target)
        target = strstr(text, "for optimization to ");
    if (!target)
        return JITNEY_TIER_OPTIMIZED;
    if (strstr(target, "MAGLEV"))
        return JITNEY_TIER_MID;
    return strstr(target, "BASELINE") ? JITNEY_TIER_BASELINE : JITNEY_TIER_OPTIMIZED;
}

/* ---- compilations ---- */

static struct node_compilation *find_open(struct node_engine *engine, uint64_t key)
{
    struct node_compilation *oldest = &engine->open[0];

    for (size_t i = 0; i < NODE_OPEN_COMPILATIONS; i++) {
        if (engine->open[i].key == key)
            return &engine->open[i];
        if (engine->open[i].number < oldest->number)
            oldest = &engine->open[i];
    }
    if (key != 0)
        *oldest = (struct node_compilation){0};
    return oldest;
}

static uint64_t key_of(const char *text, uint32_t *function, uint32_t *tier)
{
    *function = function_of(text);
    *tier = tier_of(text);
    return ((uint64_t)*function << 8) | *tier;
}

static void marked(const struct node_line *line)
{
    struct node_engine *engine = line->engine;
    uint32_t function = 0;
    uint32_t tier = 0;

    engine->reason_key = key_of(line->text, &function, &tier);
    between(line->text, "reason: ", "]", engine->reason, sizeof(engine->reason));
}

static void started(const struct node_line *line)
{
    struct node_engine *engine = line->engine;
    struct jitney_compile_start start = {.size = sizeof(start)};
    uint64_t key = key_of(line->text, &start.function, &start.tier);
    struct node_compilation *open = find_open(engine, key);

    *open = (struct node_compilation){.key = key,
                                      .number = ++engine->compilations,
                                      .function = start.function,
                                      .start_ns = line->time_ns};
    start.compilation = open->number;
    if (engine->reason_key == key)
        start.heuristic.name = engine->reason;
    if (strstr(line->text, "kConcurrent"))
        start.condition.name = "concurrent";
    if (strstr(line->text, ") OSR") || strstr(line->text, "OSR]"))
        start.osr.name = "loop";
    jitney_emit_at(engine->session, JITNEY_COMPILE_START, &start, line->time_ns, 0);
    engine->reason_key = 0;
}

/* `took PREPARE, EXECUTE, FINALIZE ms`. */
static uint64_t duration_of(const char *text)
{
    const char *at = strstr(text, " took ");
    double sum = 0;

    if (!at)
        return 0;
    at += strlen(" took ");
    for (int i = 0; i < 3; i++) {
        char *end = NULL;

        sum += strtod(at, &end);
        if (end == at)
            return 0;
        at = end + (*end == ',');
    }
    return sum >= 0 && sum < 1e9 ? (uint64_t)(sum * 1e6) : 0;
}

static void ended(const struct node_line *line)
{
    struct jitney_compile_end end = {.size = sizeof(end)};
    uint64_t key = key_of(line->text, &end.function, &end.tier);
    struct node_compilation *open = find_open(line->engine, key);

    end.compilation = open->number;
    end.duration_ns = duration_of(line->text);
    jitney_emit_at(line->engine->session, JITNEY_COMPILE_END, &end, line->time_ns, 0);
}

static void aborted(const struct node_line *line, const char *before_reason)
{
    char reason[256];
    struct jitney_compile_abort abort = {.size = sizeof(abort), .reason = reason};
    uint64_t key = key_of(line->text, &abort.function, &abort.tier);
    struct node_compilation *open = find_open(line->engine, key);

    between(line->text, before_reason, "]", reason, sizeof(reason));
    abort.compilation = open->number;
    open->key = 0;
    jitney_emit_at(line->engine->session, JITNEY_COMPILE_ABORT, &abort, line->time_ns, 0);
}

/* ---- deoptimizations ---- */

static void copy_kind(struct node_deopt *deopt, const char *kind)
{
    snprintf(deopt->kind, sizeof(deopt->kind), "%s", begins(kind, "deopt-") ? kind + 6 : kind);
}

static void deopt_began(const struct node_line *line)
{
    struct node_deopt *deopt = &line->engine->deopt;
    struct jitney_found found = {.size = sizeof(found)};
    const char *pc = strstr(line->text, ", pc ");
    char kind[32];

    *deopt = (struct node_deopt){.is_open = true, .function = function_of(line->text)};
    between(line->text, "(kind: ", ",", kind, sizeof(kind));
    copy_kind(deopt, kind);
    between(line->text, "reason: ", "): begin", deopt->reason, sizeof(deopt->reason));
    deopt->pc = pc ? strtoull(pc + 5, NULL, 16) : 0;
    /* The code knows its function better than its name does. */
    if (jitney_find(deopt->pc - 1, &found) == JITNEY_OK && found.function != 0)
        deopt->function = found.function;
}

/* `;;; deoptimize at <FILE:LINE:COLUMN> inlined at <…>`, innermost first. */
static void deopt_place(struct node_deopt *deopt, const char *text)
{
    char *colon = NULL;

    if (!between(text, "deoptimize at <", ">", deopt->file, sizeof(deopt->file)))
        return;
    for (int i = 0; i < 2; i++) {
        colon = strrchr(deopt->file, ':');
        if (!colon)
            return;
        if (i == 0)
            deopt->column = (uint32_t)strtoul(colon + 1, NULL, 10);
        else
            deopt->line = (uint32_t)strtoul(colon + 1, NULL, 10);
        *colon = '\0';
    }
}

static void deopt_ended(const struct node_line *line)
{
    struct node_deopt *deopt = &line->engine->deopt;
    struct jitney_deopt event = {.size = sizeof(event),
                                 .function = deopt->function,
                                 .kind = deopt->kind,
                                 .reason = deopt->reason,
                                 .slot_kind = JITNEY_FEEDBACK_OTHER,
                                 .slot = JITNEY_SLOT_NONE,
                                 .line = deopt->line,
                                 .column = deopt->column,
                                 .address = deopt->pc};

    if (!deopt->is_open)
        return;
    deopt->is_open = false;
    event.origin = by_name(deopt->origin, deopt->file);
    if (event.origin == event.function)
        event.origin = 0;
    jitney_emit_at(line->engine->session, JITNEY_DEOPT, &event, line->time_ns, 0);
}

static void deopt_goes_on(const struct node_line *line)
{
    struct node_deopt *deopt = &line->engine->deopt;

    if (strstr(line->text, ";;; deoptimize at <"))
        deopt_place(deopt, line->text);
    else if (begins(line->text, "  reading input frame "))
        between(line->text, "input frame ", " => ", deopt->origin, sizeof(deopt->origin));
}

/* Code was thrown away because something it relied on changed. */
static void dependency_changed(const struct node_line *line)
{
    char reason[128];
    struct jitney_deopt event = {.size = sizeof(event),
                                 .function = function_of(line->text),
                                 .kind = "dependency change",
                                 .reason = reason,
                                 .slot_kind = JITNEY_FEEDBACK_OTHER,
                                 .slot = JITNEY_SLOT_NONE};

    between(line->text, "reason: ", "]", reason, sizeof(reason));
    jitney_emit_at(line->engine->session, JITNEY_DEOPT, &event, line->time_ns, 0);
}

static void entered_loop(const struct node_line *line)
{
    char name[256];
    struct jitney_osr_entry entry = {.size = sizeof(entry), .tier = JITNEY_TIER_OPTIMIZED};

    if (!jitney_wants(line->engine->session, JITNEY_OSR_ENTRY))
        return;
    between(line->text, "function: ", ", osr", name, sizeof(name));
    entry.function = node_function_of(name, strlen(name), "", 0);
    jitney_emit_at(line->engine->session, JITNEY_OSR_ENTRY, &entry, line->time_ns, 0);
}

void node_trace_line(const struct node_line *line)
{
    const char *text = line->text;

    if (begins(text, "[bailout (kind: "))
        deopt_began(line);
    else if (begins(text, "[bailout end"))
        deopt_ended(line);
    else if (text[0] != '[')
        deopt_goes_on(line);
    else if (begins(text, "[marking dependent code "))
        dependency_changed(line);
    else if (begins(text, "[marking "))
        marked(line);
    else if (begins(text, "[compiling method "))
        started(line);
    else if (begins(text, "[completed compiling ") ||
             (begins(text, "[optimizing ") && strstr(text, " took ")))
        ended(line);
    else if (begins(text, "[aborted optimizing "))
        aborted(line, "because: ");
    else if (begins(text, "[disabled optimization for "))
        aborted(line, "reason: ");
    else if (begins(text, "[OSR - entry."))
        entered_loop(line);
}
