#include "analysis/report/events_fields.h"

#include <stdio.h>
#include <string.h>

static void put_text(struct jt_event_field_sink *sink, const char *name, const char *text)
{
    if (text)
        sink->text(sink, name, text, strlen(text));
}

static void put_number(struct jt_event_field_sink *sink, const char *name, uint64_t value)
{
    if (value)
        sink->number(sink, name, value);
}

static void put_address(struct jt_event_field_sink *sink, const char *name, uint64_t value)
{
    if (value)
        sink->address(sink, name, value);
}

static void put_flag(struct jt_event_field_sink *sink, const char *name, bool value)
{
    if (value)
        sink->flag(sink, name);
}

static void put_buf(struct jt_event_field_sink *sink, const char *name, struct jt_buf *text)
{
    if (text->length > 0 && !jt_buf_status(text))
        sink->text(sink, name, (const char *)text->bytes, text->length);
    jt_buf_release(text);
}

/* A context as a number, and as the engine prints it. */
static void put_context(struct jt_event_field_sink *sink, const struct jt_event_view *view,
                        const char *name, uint64_t context)
{
    struct jt_buf text = JT_BUF_INIT(JT_EVENT_LINE_LIMIT);
    char text_name[32];

    put_address(sink, name, context);
    if (!view->names || !view->names->append_context)
        return;
    snprintf(text_name, sizeof(text_name), "%s_text", name);
    jt_event_append_context(&text, view, context);
    put_buf(sink, text_name, &text);
}

/* A function by its number and its name. */
static void put_function(struct jt_event_field_sink *sink, const struct jt_event_view *view,
                         const char *name, uint32_t number)
{
    const struct jitney_function *function = NULL;

    if (number == 0)
        return;
    if (view->names && view->names->function)
        function = view->names->function(view->names->context, number);
    sink->begin(sink, name, false);
    sink->number(sink, "number", number);
    if (function) {
        put_text(sink, "name", function->name);
        put_text(sink, "namespace", function->name_space);
        put_text(sink, "file", function->file);
        put_number(sink, "line", function->line);
        put_number(sink, "column", function->column);
    }
    sink->end(sink, false);
}

static void put_feedback(struct jt_event_field_sink *sink, const struct jt_event_view *view,
                         const char *name, const struct jitney_feedback *feedback)
{
    static const char *const kinds[] = {"call", "test", "type", "other"};
    static const char *const outcomes[] = {"none", "true", "false", "both"};
    struct jt_buf text = JT_BUF_INIT(JT_EVENT_LINE_LIMIT);

    sink->begin(sink, name, false);
    put_text(sink, "kind", kinds[feedback->kind & 3]);
    if (feedback->slot != JITNEY_SLOT_NONE)
        sink->number(sink, "slot", feedback->slot);
    if (feedback->kind == JITNEY_FEEDBACK_TEST)
        put_text(sink, "outcome", outcomes[feedback->outcome & 3]);
    if (feedback->kind == JITNEY_FEEDBACK_CALL && feedback->callee_count > 0) {
        sink->begin(sink, "callees", true);
        for (uint32_t i = 0; i < feedback->callee_count && i < JITNEY_FEEDBACK_CALLEES; i++) {
            if (feedback->callees[i] == JITNEY_CALLEE_PROMISE)
                put_text(sink, NULL, "<promise>");
            else
                put_function(sink, view, NULL, feedback->callees[i]);
        }
        sink->end(sink, true);
    }
    put_address(sink, "packed", feedback->packed);
    jt_event_append_feedback(&text, view, feedback);
    put_buf(sink, "text", &text);
    sink->end(sink, false);
}

static void put_reason(struct jt_event_field_sink *sink, const char *name,
                       const struct jitney_reason *reason)
{
    if (!reason->name)
        return;
    sink->begin(sink, name, false);
    put_text(sink, "name", reason->name);
    put_number(sink, "count", reason->count);
    sink->end(sink, false);
}

static void put_tier(struct jt_event_field_sink *sink, uint32_t tier, const char *tier_name)
{
    if (tier != JITNEY_TIER_UNKNOWN)
        put_text(sink, "tier", jt_event_tier(tier, NULL));
    put_text(sink, "tier_name", tier_name);
}

/* ---- one function for each class ---- */

static void put_lines(struct jt_event_field_sink *sink, const struct jitney_code_load *load)
{
    if (load->line_count == 0)
        return;
    sink->begin(sink, "lines", true);
    for (uint32_t i = 0; i < load->line_count; i++) {
        sink->begin(sink, NULL, false);
        sink->number(sink, "offset", load->lines[i].offset);
        sink->number(sink, "line", load->lines[i].line);
        put_number(sink, "column", load->lines[i].column);
        put_number(sink, "inlined", load->lines[i].inlined);
        put_text(sink, "file", load->lines[i].file);
        sink->end(sink, false);
    }
    sink->end(sink, true);
}

static void put_inlined(struct jt_event_field_sink *sink, const struct jitney_code_load *load)
{
    if (load->inlined_count == 0)
        return;
    sink->begin(sink, "inlined", true);
    for (uint32_t i = 0; i < load->inlined_count; i++) {
        const struct jitney_inlined *inlined = &load->inlined[i];

        sink->begin(sink, NULL, false);
        put_text(sink, "name", inlined->name);
        put_text(sink, "file", inlined->file);
        put_number(sink, "caller", inlined->caller);
        put_number(sink, "call_line", inlined->call_line);
        put_number(sink, "call_column", inlined->call_column);
        put_number(sink, "function", inlined->function);
        sink->end(sink, false);
    }
    sink->end(sink, true);
}

static void put_load(struct jt_event_field_sink *sink, const struct jitney_code_load *load)
{
    static const char *const kinds[] = {
#define ROW(id, value, name) [id] = (name),
        JITNEY_CODE_KIND_LIST(ROW)
#undef ROW
    };
    static const char *const unwinds[] = {"", "frame-pointer", "cfi", "eh_frame"};

    sink->address(sink, "address", load->address);
    sink->number(sink, "bytes", load->bytes);
    if (load->name)
        sink->text(sink, "name", load->name,
                   load->name_bytes ? load->name_bytes : strlen(load->name));
    put_text(sink, "kind", kinds[load->kind & 3]);
    put_tier(sink, load->tier, load->tier_name);
    put_text(sink, "file", load->file);
    put_number(sink, "line", load->line);
    put_number(sink, "column", load->column);
    put_address(sink, "version", load->version);
    put_flag(sink, "user", load->flags & JITNEY_CODE_USER);
    put_flag(sink, "osr", load->flags & JITNEY_CODE_OSR);
    put_flag(sink, "from_cache", load->flags & JITNEY_CODE_FROM_CACHE);
    if (load->unwind_kind > 0 && load->unwind_kind <= JITNEY_UNWIND_EH_FRAME)
        put_text(sink, "unwind", unwinds[load->unwind_kind]);
    put_number(sink, "unwind_bytes", load->unwind_bytes);
    put_lines(sink, load);
    put_inlined(sink, load);
}

static void put_compile_start(struct jt_event_field_sink *sink,
                              const struct jitney_compile_start *start)
{
    put_text(sink, "name", start->name);
    put_tier(sink, start->tier, NULL);
    put_number(sink, "compilation", start->compilation);
    put_reason(sink, "heuristic", &start->heuristic);
    put_reason(sink, "condition", &start->condition);
    put_reason(sink, "osr", &start->osr);
}

static void put_compile(struct jt_event_field_sink *sink, const struct jt_event_view *view,
                        const struct jitney_compile *compile)
{
    put_tier(sink, compile->tier, NULL);
    put_number(sink, "compilation", compile->compilation);
    put_context(sink, view, "version", compile->version);
    if (compile->feedback_count > 0) {
        sink->begin(sink, "feedback", true);
        for (uint32_t i = 0; i < compile->feedback_count; i++)
            put_feedback(sink, view, NULL, &compile->feedback[i]);
        sink->end(sink, true);
    }
    sink->number(sink, "deopt_count", compile->deopt_count);
    sink->number(sink, "ir_bytes", compile->ir_bytes);
    sink->number(sink, "bitcode_bytes", compile->bitcode_bytes);
    put_address(sink, "address", compile->address);
    put_number(sink, "code_bytes", compile->code_bytes);
}

static void put_deopt(struct jt_event_field_sink *sink, const struct jt_event_view *view,
                      const struct jitney_deopt *deopt)
{
    struct jt_buf text = JT_BUF_INIT(JT_EVENT_LINE_LIMIT);

    put_function(sink, view, "origin", deopt->origin);
    put_context(sink, view, "version", deopt->version);
    put_text(sink, "kind", deopt->kind);
    put_text(sink, "reason", deopt->reason);
    if (deopt->slot_kind != JITNEY_FEEDBACK_CALL || deopt->slot != 0)
        jt_event_append_slot(&text, deopt->slot_kind, deopt->slot);
    put_buf(sink, "slot", &text);
    put_text(sink, "expected", deopt->expected);
    put_text(sink, "seen", deopt->seen);
    put_function(sink, view, "trigger", deopt->trigger);
    put_number(sink, "line", deopt->line);
    put_number(sink, "column", deopt->column);
    put_address(sink, "address", deopt->address);
}

static void put_invocation(struct jt_event_field_sink *sink, const struct jt_event_view *view,
                           const struct jitney_invocation *invocation)
{
    static const char *const missing[] = {NULL, "NotPresent", "NotRecovered", "Recovered"};

    put_text(sink, "source", jt_event_source(invocation->source));
    put_context(sink, view, "context", invocation->context);
    put_context(sink, view, "call_context", invocation->call_context);
    put_address(sink, "address", invocation->address);
    put_tier(sink, invocation->tier, NULL);
    put_flag(sink, "native", invocation->is_native);
    put_text(sink, "missing", missing[invocation->missing & 3]);
}

static void put_type_feedback(struct jt_event_field_sink *sink, const struct jt_event_view *view,
                              const struct jitney_type_feedback *feedback)
{
    put_flag(sink, "promise", feedback->is_promise);
    put_flag(sink, "caused_by_deopt", feedback->caused_by_deopt);
    if (feedback->has_before)
        put_feedback(sink, view, "before", &feedback->before);
    put_feedback(sink, view, "after", &feedback->after);
}

static void put_contextual_feedback(struct jt_event_field_sink *sink,
                                    const struct jt_event_view *view,
                                    const struct jitney_contextual_feedback *feedback)
{
    put_flag(sink, "promise", feedback->is_promise);
    put_flag(sink, "caused_by_deopt", feedback->caused_by_deopt);
    if (feedback->context_text) {
        put_address(sink, "context", feedback->context);
        put_text(sink, "context_text", feedback->context_text);
    } else {
        put_context(sink, view, "context", feedback->context);
    }
    if (feedback->has_before)
        put_feedback(sink, view, "before", &feedback->before);
    put_feedback(sink, view, "after", &feedback->after);
}

static void put_osr(struct jt_event_field_sink *sink, const struct jt_event_view *view,
                    const struct jitney_osr_entry *entry)
{
    put_tier(sink, entry->tier, NULL);
    put_context(sink, view, "version", entry->version);
    put_address(sink, "address", entry->address);
    put_number(sink, "loop_count", entry->loop_count);
    put_number(sink, "line", entry->line);
    put_number(sink, "column", entry->column);
}

static void put_cache(struct jt_event_field_sink *sink, const struct jitney_cache_event *cache)
{
    static const char *const outcomes[] = {"hit", "miss", "store", "reject"};

    put_text(sink, "outcome", outcomes[cache->outcome & 3]);
    put_text(sink, "key", cache->key);
    put_text(sink, "reason", cache->reason);
    put_number(sink, "code_bytes", cache->code_bytes);
    put_number(sink, "duration_ns", cache->duration_ns);
}

static void put_definition(struct jt_event_field_sink *sink, const struct jitney_function *function)
{
    if (function->primitive_index >= 0)
        sink->number(sink, "primitive_index", (uint64_t)function->primitive_index);
    put_address(sink, "address", function->address);
    put_number(sink, "body_bytes", function->body_bytes);
}

static void put_code(struct jt_event_field_sink *sink, const struct jt_event_view *view)
{
    const struct jitney_event *event = view->event;

    put_number(sink, "code", event->code);
    if (event->type == JITNEY_CODE_LOAD) {
        put_load(sink, event->code_load);
    } else if (event->type == JITNEY_CODE_MOVE) {
        put_text(sink, "name", view->code_name);
        sink->address(sink, "from", event->code_move->from);
        sink->address(sink, "to", event->code_move->to);
        sink->number(sink, "bytes", event->code_move->bytes);
    } else {
        put_text(sink, "name", view->code_name);
        sink->address(sink, "address", event->code_unload->address);
        sink->number(sink, "bytes", event->code_unload->bytes);
    }
}

static void put_own(struct jt_event_field_sink *sink, const struct jt_event_view *view)
{
    const struct jitney_event *event = view->event;

    switch ((enum jitney_event_type)event->type) {
    case JITNEY_CODE_LOAD:
    case JITNEY_CODE_MOVE:
    case JITNEY_CODE_UNLOAD:
        put_code(sink, view);
        break;
    case JITNEY_COMPILE_START:
        put_compile_start(sink, event->compile_start);
        break;
    case JITNEY_COMPILE:
        put_compile(sink, view, event->compile);
        break;
    case JITNEY_COMPILE_END:
        put_tier(sink, event->compile_end->tier, NULL);
        put_number(sink, "compilation", event->compile_end->compilation);
        sink->number(sink, "duration_ns", event->compile_end->duration_ns);
        break;
    case JITNEY_COMPILE_ABORT:
        put_tier(sink, event->compile_abort->tier, NULL);
        put_number(sink, "compilation", event->compile_abort->compilation);
        sink->number(sink, "duration_ns", event->compile_abort->duration_ns);
        put_text(sink, "reason", event->compile_abort->reason);
        break;
    case JITNEY_DEOPT:
        put_deopt(sink, view, event->deopt);
        break;
    case JITNEY_INVOCATION:
        put_invocation(sink, view, event->invocation);
        break;
    case JITNEY_INVOCATION_UNDO:
        put_context(sink, view, "context", event->invocation_undo->context);
        break;
    case JITNEY_TYPE_FEEDBACK:
        put_type_feedback(sink, view, event->type_feedback);
        break;
    case JITNEY_CONTEXTUAL_FEEDBACK:
        put_contextual_feedback(sink, view, event->contextual_feedback);
        break;
    case JITNEY_OSR_ENTRY:
        put_osr(sink, view, event->osr_entry);
        break;
    case JITNEY_CACHE:
        put_cache(sink, event->cache);
        break;
    case JITNEY_NOTE:
        put_text(sink, "text", event->note->text);
        break;
    case JITNEY_FUNCTION:
        put_definition(sink, event->function);
        break;
    }
}

/* The function that a Function event defines need not be in the table yet. */
static void put_defined(struct jt_event_field_sink *sink, const struct jitney_event *event)
{
    sink->begin(sink, "function", false);
    sink->number(sink, "number", event->number);
    put_text(sink, "name", event->function->name);
    put_text(sink, "namespace", event->function->name_space);
    put_text(sink, "file", event->function->file);
    put_number(sink, "line", event->function->line);
    put_number(sink, "column", event->function->column);
    sink->end(sink, false);
}

void jt_event_fields(struct jt_event_field_sink *sink, const struct jt_event_view *view)
{
    const struct jitney_event *event = view->event;

    put_flag(sink, "replayed", event->flags & JITNEY_EVENT_REPLAYED);
    put_flag(sink, "implied", event->flags & JITNEY_EVENT_IMPLIED);
    if (event->type == JITNEY_FUNCTION)
        put_defined(sink, event);
    else
        put_function(sink, view, "function", jt_event_function(event));
    put_own(sink, view);
}
