#include "analysis/report/events_rds.h"

#include "analysis/report/out.h"

#include <inttypes.h>
#include <string.h>

/* Flags of items (gnur: src/main/serialize.c): the type, and bits for a class,
 * attributes and a tag. */
enum {
    NULL_ITEM = 254,
    SYMBOL = 1,
    REFERENCE = 255,
    LOGICAL = 10,
    INTEGER = 13,
    STRINGS = 16,
    LIST = 19,
    RAW = 24,
    HAS_CLASS = 1 << 8,
    HAS_ATTRIBUTES = 1 << 9,
    TAGGED_CELL = 2 | 1 << 10,
    TEXT_ASCII = 9 | 1 << 18,
    TEXT_UTF8 = 9 | 1 << 15,
    TEXT_BYTES = 9 | 1 << 13,
    TEXT_NA = 9,
};

enum {
    CONTEXT_BYTES = 24, /* sizeof of Ř's SpeculativeContext */
    CALLEE_BYTES = 8,
    FILLER_MOST = 4 << 20,        /* for one code */
    FILLER_TOTAL_MOST = 64 << 20, /* for all */
    NS_PER_MS = 1000000,
};

/* ---- items ---- */

static void put_integer(struct jt_event_rds *rds, int64_t value)
{
    /* R writes its NA so, and Ř's unsigned numbers may look like it. */
    if (value == INT32_MIN)
        jt_buf_append_text(rds->out, "NA\n");
    else
        jt_buf_printf(rds->out, "%" PRId64 "\n", value);
}

static int text_flags(const char *text, size_t bytes)
{
    uint32_t point = 0;
    size_t step = 0;
    int flags = TEXT_ASCII;

    for (size_t i = 0; i < bytes; i += step) {
        step = jt_utf8_next(text + i, bytes - i, &point);
        if (step == 1 && point == 0xfffd)
            return TEXT_BYTES;
        if (step > 1)
            flags = TEXT_UTF8;
    }
    return flags;
}

/* serialize.c, OutString(): what is not plain is escaped. */
static void put_escaped(struct jt_buf *out, unsigned char c)
{
    static const char special[] = "\n\t\v\b\r\f\a\\?'\"";
    static const char letters[] = "ntvbrfa\\?'\"";
    const char *found = c ? strchr(special, c) : NULL;

    if (found)
        jt_buf_printf(out, "\\%c", letters[found - special]);
    else if (c <= 32 || c > 126)
        jt_buf_printf(out, "\\%03o", c);
    else
        jt_buf_append(out, &c, 1);
}

static void put_text(struct jt_event_rds *rds, const char *text, size_t bytes)
{
    if (bytes > INT32_MAX)
        bytes = INT32_MAX;
    put_integer(rds, text_flags(text, bytes));
    put_integer(rds, (int64_t)bytes);
    for (size_t i = 0; i < bytes; i++)
        put_escaped(rds->out, (unsigned char)text[i]);
    jt_buf_append_text(rds->out, "\n");
}

static void put_string(struct jt_event_rds *rds, const char *text)
{
    put_integer(rds, STRINGS);
    put_integer(rds, 1);
    put_text(rds, text ? text : "", text ? strlen(text) : 0);
}

static void put_u64(struct jt_event_rds *rds, uint64_t value)
{
    char text[32];

    snprintf(text, sizeof(text), "%" PRIu64, value);
    put_string(rds, text);
}

static void put_i64(struct jt_event_rds *rds, int64_t value)
{
    char text[32];

    snprintf(text, sizeof(text), "%" PRId64, value);
    put_string(rds, text);
}

static void put_u32(struct jt_event_rds *rds, uint32_t value)
{
    put_integer(rds, INTEGER);
    put_integer(rds, 1);
    put_integer(rds, (int32_t)value);
}

static void put_flag(struct jt_event_rds *rds, bool value)
{
    put_integer(rds, LOGICAL);
    put_integer(rds, 1);
    put_integer(rds, value);
}

static void put_null(struct jt_event_rds *rds)
{
    put_integer(rds, NULL_ITEM);
}

static void put_raw_bytes(struct jt_event_rds *rds, const uint8_t *bytes, size_t count)
{
    put_integer(rds, (int64_t)count);
    for (size_t i = 0; i < count; i++)
        jt_buf_printf(rds->out, "%02x\n", bytes[i]);
}

/* ---- attributes ---- */

static void put_tag(struct jt_event_rds *rds, const char *name, uint32_t *at)
{
    put_integer(rds, TAGGED_CELL);
    if (*at) {
        put_integer(rds, (int64_t)*at << 8 | REFERENCE);
        return;
    }
    *at = ++rds->symbols;
    put_integer(rds, SYMBOL);
    put_text(rds, name, strlen(name));
}

static void put_names(struct jt_event_rds *rds, const char *const *names, size_t count)
{
    put_tag(rds, "names", &rds->names_at);
    put_integer(rds, STRINGS);
    put_integer(rds, (int64_t)count);
    for (size_t i = 0; i < count; i++)
        put_text(rds, names[i], strlen(names[i]));
}

static void put_class(struct jt_event_rds *rds, const char *class_name)
{
    put_tag(rds, "class", &rds->class_at);
    put_string(rds, class_name);
}

static void begin_record(struct jt_event_rds *rds, size_t fields)
{
    put_integer(rds, LIST | HAS_CLASS | HAS_ATTRIBUTES);
    put_integer(rds, (int64_t)fields);
}

static void end_record(struct jt_event_rds *rds, const char *const *names, size_t count,
                       const char *class_name)
{
    if (count > 0)
        put_names(rds, names, count);
    put_class(rds, class_name);
    put_null(rds);
}

/* ---- the file ---- */

void jt_event_rds_begin(struct jt_event_rds *rds, uint64_t function_count)
{
    /* The format's version, R 3.5.1 as its writer (the R that Ř is), and 2.3.0 as the oldest
     * reader. */
    jt_buf_append_text(rds->out, "RDA2\nA\n2\n197889\n131840\n");
    put_integer(rds, LIST | HAS_ATTRIBUTES);
    put_integer(rds, 2);
    put_integer(rds, LIST);
    put_integer(rds, (int64_t)function_count);
}

void jt_event_rds_begin_events(struct jt_event_rds *rds, uint64_t event_count)
{
    put_integer(rds, LIST);
    put_integer(rds, (int64_t)event_count);
}

void jt_event_rds_end(struct jt_event_rds *rds)
{
    static const char *const names[] = {"functions", "events"};

    put_names(rds, names, 2);
    put_null(rds);
}

void jt_event_rds_function(struct jt_event_rds *rds, const struct jitney_function *function)
{
    static const char *const names[] = {"primIdx", "name", "env", "closure", "address"};

    begin_record(rds, 5);
    put_i64(rds, function ? function->primitive_index : -1);
    put_string(rds, function ? function->name : "");
    put_string(rds, function ? function->name_space : "");
    if (function && function->body && function->body_bytes > 0 &&
        function->body_bytes <= INT32_MAX) {
        put_integer(rds, RAW);
        put_raw_bytes(rds, function->body, function->body_bytes);
    } else {
        put_null(rds);
    }
    put_u64(rds, function ? function->address : 0);
    end_record(rds, names, 5, "");
}

/* ---- events ---- */

static void put_place(struct jt_event_rds *rds, uint32_t number)
{
    put_u64(rds, rds->place(rds->context, number));
}

static void put_reason(struct jt_event_rds *rds, const struct jitney_reason *reason,
                       const char *count_name)
{
    const char *const names[] = {count_name};

    if (!reason->name) {
        put_null(rds);
        return;
    }
    if (reason->count == 0) { /* an empty list has a class alone */
        begin_record(rds, 0);
        end_record(rds, NULL, 0, reason->name);
        return;
    }
    begin_record(rds, 1);
    put_u64(rds, reason->count);
    end_record(rds, names, 1, reason->name);
}

static void put_compile_start(struct jt_event_rds *rds, const struct jt_event_view *view)
{
    static const char *const names[] = {"funIdx", "name", "compile_reason_heuristic",
                                        "compile_reason_condition", "compile_reason_osr"};
    const struct jitney_compile_start *start = view->event->compile_start;

    begin_record(rds, 5);
    put_place(rds, start->function);
    put_string(rds, start->name ? start->name : jt_event_function_name(view, start->function));
    put_reason(rds, &start->heuristic, "invocationCount");
    put_reason(rds, &start->condition, "invocationCount");
    put_reason(rds, &start->osr, "loopCount");
    end_record(rds, names, 5, "event_compile_start");
}

static void store_u64(uint8_t *to, uint64_t value)
{
    for (int i = 0; i < CALLEE_BYTES; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static void store_callees(struct jt_event_rds *rds, const struct jitney_feedback *feedback,
                          uint8_t *to)
{
    uint64_t index = 0;

    for (uint32_t i = 0; i < JITNEY_FEEDBACK_CALLEES; i++) {
        index = UINT64_MAX; /* NO_INDEX */
        if (i < feedback->callee_count)
            index = feedback->callees[i] == JITNEY_CALLEE_PROMISE
                        ? UINT64_MAX - 1
                        : rds->place(rds->context, feedback->callees[i]);
        store_u64(to + (size_t)i * CALLEE_BYTES, index);
    }
}

static void put_feedback(struct jt_event_rds *rds, const struct jt_event_view *view,
                         const struct jitney_feedback *feedback)
{
    uint8_t bytes[CONTEXT_BYTES] = {0};
    const char *class_name = "ctx_values";

    if (feedback->kind == JITNEY_FEEDBACK_CALL) {
        class_name = "ctx_callees";
        store_callees(rds, feedback, bytes);
    } else if (feedback->kind == JITNEY_FEEDBACK_TEST) {
        class_name = "ctx_test";
        bytes[0] = (uint8_t)(feedback->outcome & 3);
    } else if (view->names && view->names->append_context) { /* another engine's bits mean else */
        store_u64(bytes, feedback->packed);
    }
    put_integer(rds, RAW | HAS_CLASS | HAS_ATTRIBUTES);
    put_raw_bytes(rds, bytes, CONTEXT_BYTES);
    end_record(rds, NULL, 0, class_name);
}

/* Code is kept by its length alone; what counts its characters finds as many. */
static void put_filler(struct jt_event_rds *rds, uint64_t characters)
{
    uint64_t count = characters < FILLER_MOST ? characters : FILLER_MOST;
    uint8_t *at = NULL;

    if (rds->filler_bytes + count > FILLER_TOTAL_MOST)
        count = 0;
    rds->filler_bytes += count;
    put_integer(rds, STRINGS);
    put_integer(rds, 1);
    put_integer(rds, TEXT_ASCII);
    put_integer(rds, (int64_t)count);
    at = jt_buf_reserve(rds->out, (size_t)count);
    if (at) {
        memset(at, '.', (size_t)count);
        rds->out->length += (size_t)count;
    }
    jt_buf_append_text(rds->out, "\n");
}

static void put_compile(struct jt_event_rds *rds, const struct jt_event_view *view)
{
    static const char *const names[] = {"funIdx",  "version",  "speculative_contexts",
                                        "bitcode", "pir_code", "deopt_count"};
    const struct jitney_compile *compile = view->event->compile;

    begin_record(rds, 6);
    put_place(rds, compile->function);
    put_u64(rds, compile->version);
    put_integer(rds, LIST);
    put_integer(rds, compile->feedback_count);
    for (uint32_t i = 0; i < compile->feedback_count; i++)
        put_feedback(rds, view, &compile->feedback[i]);
    put_filler(rds, compile->bitcode_bytes);
    put_filler(rds, compile->ir_bytes);
    put_u64(rds, compile->deopt_count);
    end_record(rds, names, 6, "event_compile");
}

static void put_compile_end(struct jt_event_rds *rds, uint32_t function, uint64_t duration_ns,
                            bool is_done)
{
    static const char *const names[] = {"funIdx", "time_length", "succesful"};

    begin_record(rds, 3);
    put_place(rds, function);
    put_u64(rds, duration_ns / NS_PER_MS);
    put_flag(rds, is_done);
    end_record(rds, names, 3, "event_compile_end");
}

static uint32_t reason_number(const char *reason)
{
    static const char *const reasons[] = {
        "Unknown",      "Typecheck",           "DeadCall",          "CallTarget",
        "ForceAndCall", "EnvStubMaterialized", "DeadBranchReached",
    };

    for (uint32_t i = 0; reason && i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (strcmp(reason, reasons[i]) == 0)
            return i;
    return 0;
}

static void put_deopt(struct jt_event_rds *rds, const struct jt_event_view *view)
{
    static const char *const names[] = {"funIdx", "version", "reason",       "origin_function",
                                        "index",  "trigger", "trigger_index"};
    const struct jitney_deopt *deopt = view->event->deopt;

    begin_record(rds, 7);
    put_place(rds, deopt->function);
    put_u64(rds, deopt->version);
    put_u32(rds, reason_number(deopt->reason));
    put_place(rds, deopt->origin ? deopt->origin : deopt->function);
    put_u32(rds, (deopt->slot & JITNEY_SLOT_NONE) << 8 | (deopt->slot_kind & 3));
    put_null(rds);
    put_i64(rds, deopt->trigger ? (int64_t)rds->place(rds->context, deopt->trigger) : -1);
    end_record(rds, names, 7, "event_deopt");
}

static void put_invocation(struct jt_event_rds *rds, const struct jt_event_view *view)
{
    static const char *const names[] = {
        "funIdx",
        "context",
        "source",
        "callContext",
        "isNative",
        "address",
        "missing_asmpt_present",
        "missing_asmpt_recovered",
    };
    const struct jitney_invocation *invocation = view->event->invocation;

    begin_record(rds, 8);
    put_place(rds, invocation->function);
    put_u64(rds, invocation->context);
    put_u32(rds, invocation->source);
    put_u64(rds, invocation->call_context);
    put_flag(rds, invocation->is_native);
    put_u64(rds, invocation->address);
    put_flag(rds, invocation->missing >= JITNEY_MISSING_NOT_RECOVERED);
    put_flag(rds, invocation->missing == JITNEY_MISSING_RECOVERED);
    end_record(rds, names, 8, "event_invocation");
}

static void put_undo(struct jt_event_rds *rds, const struct jt_event_view *view)
{
    static const char *const names[] = {"funIdx", "context"};

    begin_record(rds, 2);
    put_place(rds, view->event->invocation_undo->function);
    put_u64(rds, view->event->invocation_undo->context);
    end_record(rds, names, 2, "event_unregister_invocation");
}

/* Of both kinds of type feedback, a common start. */
static void put_type_feedback(struct jt_event_rds *rds, const struct jt_event_view *view,
                              const struct jitney_type_feedback *feedback)
{
    static const char *const names[] = {"funIdx", "is_promise", "index", "sc", "changed", "deopt"};

    begin_record(rds, 6);
    put_place(rds, feedback->function);
    put_flag(rds, feedback->is_promise);
    put_u64(rds, feedback->after.slot);
    put_feedback(rds, view, &feedback->after);
    put_flag(rds, !feedback->has_before ||
                      !jt_event_feedback_is_same(&feedback->before, &feedback->after));
    put_flag(rds, feedback->caused_by_deopt);
    end_record(rds, names, 6, "event_sc");
}

static void put_contextual(struct jt_event_rds *rds, const struct jt_event_view *view)
{
    const struct jitney_contextual_feedback *contextual = view->event->contextual_feedback;
    const struct jitney_type_feedback feedback = {.function = contextual->function,
                                                  .is_promise = contextual->is_promise,
                                                  .caused_by_deopt = contextual->caused_by_deopt,
                                                  .has_before = contextual->has_before,
                                                  .before = contextual->before,
                                                  .after = contextual->after};

    put_type_feedback(rds, view, &feedback);
}

static void put_note(struct jt_event_rds *rds, const struct jt_event_view *view)
{
    static const char *const names[] = {"name"};

    begin_record(rds, 1);
    put_string(rds, view->event->note->text);
    end_record(rds, names, 1, "event_custom");
}

bool jt_event_rds_has(const struct jitney_event *event)
{
    return (JITNEY_EVENT_BIT(event->type) &
            (JITNEY_EVENTS_COMPILE | JITNEY_EVENTS_DEOPT | JITNEY_EVENTS_INVOKE |
             JITNEY_EVENTS_TYPE_FEEDBACK | JITNEY_EVENTS_CONTEXTUAL_FEEDBACK |
             JITNEY_EVENTS_NOTE)) != 0;
}

void jt_event_rds_event(struct jt_event_rds *rds, const struct jt_event_view *view)
{
    const struct jitney_event *event = view->event;

    switch (event->type) {
    case JITNEY_COMPILE_START:
        put_compile_start(rds, view);
        break;
    case JITNEY_COMPILE:
        put_compile(rds, view);
        break;
    case JITNEY_COMPILE_END:
        put_compile_end(rds, event->compile_end->function, event->compile_end->duration_ns, true);
        break;
    case JITNEY_COMPILE_ABORT:
        put_compile_end(rds, event->compile_abort->function, event->compile_abort->duration_ns,
                        false);
        break;
    case JITNEY_DEOPT:
        put_deopt(rds, view);
        break;
    case JITNEY_INVOCATION:
        put_invocation(rds, view);
        break;
    case JITNEY_INVOCATION_UNDO:
        put_undo(rds, view);
        break;
    case JITNEY_TYPE_FEEDBACK:
        put_type_feedback(rds, view, event->type_feedback);
        break;
    case JITNEY_CONTEXTUAL_FEEDBACK:
        put_contextual(rds, view);
        break;
    case JITNEY_NOTE:
        put_note(rds, view);
        break;
    default:
        break;
    }
}
