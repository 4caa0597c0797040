/* See logtext.h. */
#include "runtime/logtext.h"

#include "format/plain.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

/* One line: what is told, and by whom its functions are named. */
struct log_line {
    struct jt_buf *out;
    const struct jt_log_names *names;
};

const char *jt_log_kind_text(uint32_t kind)
{
    static const char *const texts[] = {
#define KIND_ROW(id, value, text) [id] = (text),
        JITNEY_CODE_KIND_LIST(KIND_ROW)
#undef KIND_ROW
    };

    return kind < sizeof(texts) / sizeof(texts[0]) ? texts[kind] : "code";
}

static const char *tier_text(uint32_t tier)
{
    static const char *const texts[] = {
#define TIER_ROW(id, value, text) [id] = (text),
        JITNEY_TIER_LIST(TIER_ROW)
#undef TIER_ROW
    };

    return tier < sizeof(texts) / sizeof(texts[0]) ? texts[tier] : "jit";
}

void jt_log_append_name(struct jt_buf *line, const char *name, size_t bytes)
{
    if (bytes == 0)
        jt_buf_append_text(line, "(anonymous)");
    else
        jt_plain_append(line, name, bytes, JT_LOG_TEXT_LIMIT);
}

void jt_log_append_place(struct jt_buf *line, const char *file, uint32_t at, uint32_t column)
{
    jt_buf_append_text(line, " [");
    if (file && file[0]) {
        jt_plain_append(line, file, strlen(file), JT_LOG_TEXT_LIMIT);
        jt_buf_append_text(line, ":");
    }
    jt_buf_printf(line, "%" PRIu32 ":%" PRIu32 "]", at, column);
}

void jt_log_append_range(struct jt_buf *line, uint64_t address, uint64_t bytes)
{
    jt_buf_printf(line, " [0x%" PRIx64 ":%" PRIu64 "]", address, bytes);
}

/* A word that needs no quotes: nothing in it parts or quotes. */
static bool is_word(const char *text)
{
    for (const char *at = text; *at; at++)
        if (*at == ' ' || *at == '"' || *at == '=' || *at == '[' || (signed char)*at < 0x20)
            return false;
    return text[0] != '\0';
}

void jt_log_append_text(struct jt_buf *line, const char *key, const char *text)
{
    size_t start = 0;

    if (!text)
        return;
    jt_buf_append_text(line, " ");
    jt_buf_append_text(line, key);
    jt_buf_append_text(line, is_word(text) ? "=" : "=\"");
    start = line->length;
    jt_plain_append(line, text, strlen(text), JT_LOG_TEXT_LIMIT);
    if (is_word(text))
        return;
    for (size_t i = start; i < line->length; i++)
        if (line->bytes[i] == '"')
            line->bytes[i] = '\'';
    jt_buf_append_text(line, "\"");
}

static void add_number(struct log_line *line, const char *key, uint64_t value)
{
    if (value > 0)
        jt_buf_printf(line->out, " %s=%" PRIu64, key, value);
}

static void add_address(struct log_line *line, const char *key, uint64_t value)
{
    if (value > 0)
        jt_buf_printf(line->out, " %s=0x%" PRIx64, key, value);
}

static void add_duration(struct log_line *line, uint64_t duration_ns)
{
    if (duration_ns > 0)
        jt_buf_printf(line->out, " duration=%" PRIu64 ".%03ums", duration_ns / 1000000,
                      (unsigned)(duration_ns / 1000 % 1000));
}

static void add_tier(struct log_line *line, uint32_t tier)
{
    jt_log_append_text(line->out, "tier", tier_text(tier));
}

/* The name of a function, or its number when nobody told the name. */
static void append_function(struct log_line *line, uint32_t function)
{
    const char *name = line->names && line->names->name_of
                           ? line->names->name_of(line->names->context, function)
                           : NULL;

    if (function == JITNEY_CALLEE_PROMISE)
        jt_buf_append_text(line->out, "(promise)");
    else if (name && name[0])
        jt_log_append_name(line->out, name, strlen(name));
    else
        jt_buf_printf(line->out, "#%" PRIu32, function);
}

static void begin(struct log_line *line, const char *event, uint32_t function)
{
    jt_buf_append_text(line->out, event);
    jt_buf_append_text(line->out, " ");
    append_function(line, function);
}

static void add_reason(struct log_line *line, const char *key, const struct jitney_reason *reason)
{
    jt_log_append_text(line->out, key, reason->name);
    if (reason->name && reason->count > 0)
        jt_buf_printf(line->out, "(%" PRIu64 ")", reason->count);
}

static void add_slot(struct log_line *line, const char *key, uint32_t kind, uint32_t slot)
{
    static const char *const kinds[] = {"call", "test", "type", "other"};

    if (slot != JITNEY_SLOT_NONE)
        jt_buf_printf(line->out, " %s=%s#%" PRIu32, key, kind < 4 ? kinds[kind] : "other", slot);
}

/* What was seen at one place, as one word or text. */
static void add_feedback(struct log_line *line, const char *key,
                         const struct jitney_feedback *feedback)
{
    static const char *const outcomes[] = {"none", "true", "false", "both"};

    if (feedback->text) {
        jt_log_append_text(line->out, key, feedback->text);
    } else if (feedback->kind == JITNEY_FEEDBACK_TEST) {
        jt_log_append_text(line->out, key,
                           feedback->outcome < 4 ? outcomes[feedback->outcome] : "none");
    } else if (feedback->kind == JITNEY_FEEDBACK_CALL) {
        jt_buf_printf(line->out, " %s=", key);
        for (uint32_t i = 0; i < feedback->callee_count && i < JITNEY_FEEDBACK_CALLEES; i++) {
            jt_buf_append_text(line->out, i > 0 ? "," : "");
            append_function(line, feedback->callees[i]);
        }
    } else {
        jt_buf_printf(line->out, " %s=0x%" PRIx32, key, feedback->packed);
    }
}

/* ---- one function for each class ---- */

static void compile_start(struct log_line *line, const struct jitney_compile_start *start)
{
    if (start->name) {
        jt_buf_append_text(line->out, "compile-start ");
        jt_log_append_name(line->out, start->name, strlen(start->name));
    } else {
        begin(line, "compile-start", start->function);
    }
    add_tier(line, start->tier);
    add_number(line, "compilation", start->compilation);
    add_reason(line, "heuristic", &start->heuristic);
    add_reason(line, "condition", &start->condition);
    add_reason(line, "osr", &start->osr);
}

static void compile(struct log_line *line, const struct jitney_compile *compile)
{
    begin(line, "compile", compile->function);
    if (compile->address > 0)
        jt_log_append_range(line->out, compile->address, compile->code_bytes);
    add_tier(line, compile->tier);
    add_number(line, "compilation", compile->compilation);
    add_number(line, "version", compile->version);
    add_number(line, "ir", compile->ir_bytes);
    add_number(line, "bitcode", compile->bitcode_bytes);
    add_number(line, "code", compile->address > 0 ? 0 : compile->code_bytes);
    add_number(line, "feedback", compile->feedback_count);
    add_number(line, "deopts", compile->deopt_count);
}

static void compile_end(struct log_line *line, const struct jitney_compile_end *end)
{
    begin(line, "compile-end", end->function);
    add_tier(line, end->tier);
    add_number(line, "compilation", end->compilation);
    add_duration(line, end->duration_ns);
}

static void compile_abort(struct log_line *line, const struct jitney_compile_abort *abort)
{
    begin(line, "compile-abort", abort->function);
    add_tier(line, abort->tier);
    add_number(line, "compilation", abort->compilation);
    jt_log_append_text(line->out, "reason", abort->reason);
    add_duration(line, abort->duration_ns);
}

static void deopt(struct log_line *line, const struct jitney_deopt *deopt)
{
    begin(line, "deopt", deopt->function);
    if (deopt->line > 0)
        jt_log_append_place(line->out, NULL, deopt->line, deopt->column);
    jt_log_append_text(line->out, "kind", deopt->kind);
    jt_log_append_text(line->out, "reason", deopt->reason);
    add_slot(line, "slot", deopt->slot_kind, deopt->slot);
    jt_log_append_text(line->out, "expected", deopt->expected);
    jt_log_append_text(line->out, "seen", deopt->seen);
    if (deopt->trigger > 0) {
        jt_buf_append_text(line->out, " trigger=");
        append_function(line, deopt->trigger);
    }
    if (deopt->origin > 0 && deopt->origin != deopt->function) {
        jt_buf_append_text(line->out, " origin=");
        append_function(line, deopt->origin);
    }
    add_number(line, "version", deopt->version);
    add_address(line, "address", deopt->address);
}

static void invocation(struct log_line *line, const struct jitney_invocation *invocation)
{
    static const char *const sources[] = {"unknown", "call", "native-call", "interpreter"};

    begin(line, "invoke", invocation->function);
    add_tier(line, invocation->tier);
    jt_log_append_text(line->out, "source",
                       invocation->source < 4 ? sources[invocation->source] : "unknown");
    add_number(line, "context", invocation->context);
    add_number(line, "call-context", invocation->call_context);
    add_number(line, "native", invocation->is_native);
    add_number(line, "missing", invocation->missing);
    add_address(line, "address", invocation->address);
}

static void type_feedback(struct log_line *line, const struct jitney_type_feedback *event)
{
    begin(line, "type-feedback", event->function);
    add_slot(line, "slot", event->after.kind, event->after.slot);
    if (event->has_before)
        add_feedback(line, "before", &event->before);
    add_feedback(line, "after", &event->after);
    add_number(line, "promise", event->is_promise);
    add_number(line, "deopt", event->caused_by_deopt);
}

static void contextual_feedback(struct log_line *line,
                                const struct jitney_contextual_feedback *event)
{
    begin(line, "context-feedback", event->function);
    jt_log_append_text(line->out, "in", event->context_text);
    add_number(line, "context", event->context);
    add_slot(line, "slot", event->after.kind, event->after.slot);
    if (event->has_before)
        add_feedback(line, "before", &event->before);
    add_feedback(line, "after", &event->after);
    add_number(line, "promise", event->is_promise);
    add_number(line, "deopt", event->caused_by_deopt);
}

static void osr_entry(struct log_line *line, const struct jitney_osr_entry *entry)
{
    begin(line, "osr-entry", entry->function);
    if (entry->line > 0)
        jt_log_append_place(line->out, NULL, entry->line, entry->column);
    add_tier(line, entry->tier);
    add_number(line, "version", entry->version);
    add_number(line, "rounds", entry->loop_count);
    add_address(line, "address", entry->address);
}

static void cache_event(struct log_line *line, const struct jitney_cache_event *event)
{
    static const char *const outcomes[] = {"cache-hit", "cache-miss", "cache-store",
                                           "cache-reject"};

    begin(line, event->outcome < 4 ? outcomes[event->outcome] : "cache", event->function);
    jt_log_append_text(line->out, "key", event->key);
    jt_log_append_text(line->out, "reason", event->reason);
    add_number(line, "code", event->code_bytes);
    add_duration(line, event->duration_ns);
}

static void note(struct log_line *line, const struct jitney_note *note)
{
    if (note->function > 0)
        begin(line, "note", note->function);
    else
        jt_buf_append_text(line->out, "note");
    jt_log_append_text(line->out, "text", note->text ? note->text : "");
}

static void function(struct log_line *line, uint32_t number, const struct jitney_function *facts)
{
    jt_buf_append_text(line->out, "function ");
    jt_log_append_name(line->out, facts->name ? facts->name : "",
                       facts->name ? strlen(facts->name) : 0);
    jt_log_append_place(line->out, facts->file, facts->line, facts->column);
    jt_buf_printf(line->out, " number=%" PRIu32, number);
    jt_log_append_text(line->out, "in", facts->name_space);
    if (facts->primitive_index >= 0)
        jt_buf_printf(line->out, " primitive=%" PRId32, facts->primitive_index);
}

static void undo(struct log_line *line, const struct jitney_invocation_undo *undo)
{
    begin(line, "invoke-undone", undo->function);
    add_number(line, "context", undo->context);
}

void jt_log_append_event(struct jt_buf *out, const struct jitney_event *event,
                         const struct jt_log_names *names)
{
    struct log_line line = {.out = out, .names = names};

    switch (event->type) {
    case JITNEY_COMPILE_START:
        compile_start(&line, event->compile_start);
        break;
    case JITNEY_COMPILE:
        compile(&line, event->compile);
        break;
    case JITNEY_COMPILE_END:
        compile_end(&line, event->compile_end);
        break;
    case JITNEY_COMPILE_ABORT:
        compile_abort(&line, event->compile_abort);
        break;
    case JITNEY_DEOPT:
        deopt(&line, event->deopt);
        break;
    case JITNEY_INVOCATION:
        invocation(&line, event->invocation);
        break;
    case JITNEY_INVOCATION_UNDO:
        undo(&line, event->invocation_undo);
        break;
    case JITNEY_TYPE_FEEDBACK:
        type_feedback(&line, event->type_feedback);
        break;
    case JITNEY_CONTEXTUAL_FEEDBACK:
        contextual_feedback(&line, event->contextual_feedback);
        break;
    case JITNEY_OSR_ENTRY:
        osr_entry(&line, event->osr_entry);
        break;
    case JITNEY_CACHE:
        cache_event(&line, event->cache);
        break;
    case JITNEY_NOTE:
        note(&line, event->note);
        break;
    case JITNEY_FUNCTION:
        function(&line, event->number, event->function);
        break;
    default:
        jt_buf_printf(out, "event-%" PRIu32, event->type);
        break;
    }
}
