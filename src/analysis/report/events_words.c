/* What an event says, in a few words for a table. */
#include "analysis/report/events.h"

#include <inttypes.h>

enum { NS_PER_US = 1000, NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

static void append_duration(struct jt_buf *text, uint64_t ns)
{
    if (ns >= NS_PER_S)
        jt_buf_printf(text, "%.3f s", (double)ns / NS_PER_S);
    else if (ns >= NS_PER_MS)
        jt_buf_printf(text, "%.3f ms", (double)ns / NS_PER_MS);
    else
        jt_buf_printf(text, "%.3f us", (double)ns / NS_PER_US);
}

/* A space, unless it is the first word. */
static void append_gap(struct jt_buf *text, size_t start)
{
    if (text->length > start)
        jt_buf_append_text(text, " ");
}

static void append_place(struct jt_buf *text, const char *file, uint32_t line, uint32_t column)
{
    if (file && file[0])
        jt_buf_append_text(text, file);
    else if (line)
        jt_buf_append_text(text, "line ");
    if (line)
        jt_buf_printf(text, "%s%" PRIu32, file && file[0] ? ":" : "", line);
    if (line && column)
        jt_buf_printf(text, ":%" PRIu32, column);
}

static void say_load(struct jt_buf *text, const struct jitney_code_load *load)
{
    static const char *const kinds[] = {
#define ROW(id, value, name) [id] = (name),
        JITNEY_CODE_KIND_LIST(ROW)
#undef ROW
    };

    if (load->tier == JITNEY_TIER_UNKNOWN && !load->tier_name)
        jt_buf_append_text(text, kinds[load->kind & 3]);
    else
        jt_buf_append_text(text, jt_event_tier(load->tier, load->tier_name));
    jt_buf_printf(text, " 0x%" PRIx64 ":%" PRIu64, load->address, load->bytes);
    if (load->flags & JITNEY_CODE_OSR)
        jt_buf_append_text(text, " osr");
    if (load->flags & JITNEY_CODE_FROM_CACHE)
        jt_buf_append_text(text, " from cache");
    if (load->file || load->line)
        jt_buf_append_text(text, " ");
    append_place(text, load->file, load->line, load->column);
}

static void say_reason(struct jt_buf *text, size_t start, const char *name,
                       const struct jitney_reason *reason)
{
    if (!reason->name)
        return;
    append_gap(text, start);
    jt_buf_append_text(text, name);
    jt_buf_append_text(text, "=");
    jt_buf_append_text(text, reason->name);
    if (reason->count)
        jt_buf_printf(text, "(%" PRIu64 ")", reason->count);
}

static void say_tier(struct jt_buf *text, size_t start, uint32_t tier)
{
    if (tier == JITNEY_TIER_UNKNOWN)
        return;
    append_gap(text, start);
    jt_buf_append_text(text, jt_event_tier(tier, NULL));
}

static void say_context(struct jt_buf *text, size_t start, const struct jt_event_view *view,
                        const char *name, uint64_t context)
{
    if (!context)
        return;
    append_gap(text, start);
    jt_buf_append_text(text, name);
    jt_event_append_context(text, view, context);
}

static void say_compile_start(struct jt_buf *text, const struct jitney_compile_start *start)
{
    size_t begin = text->length;

    say_tier(text, begin, start->tier);
    say_reason(text, begin, "heuristic", &start->heuristic);
    say_reason(text, begin, "condition", &start->condition);
    say_reason(text, begin, "osr", &start->osr);
}

static void say_compile(struct jt_buf *text, const struct jt_event_view *view,
                        const struct jitney_compile *compile)
{
    size_t start = text->length;

    say_tier(text, start, compile->tier);
    if (compile->code_bytes) {
        append_gap(text, start);
        jt_buf_printf(text, "%" PRIu64 " bytes", compile->code_bytes);
    }
    if (compile->ir_bytes || compile->bitcode_bytes) {
        append_gap(text, start);
        jt_buf_printf(text, "ir %" PRIu64 "/%" PRIu64, compile->ir_bytes, compile->bitcode_bytes);
    }
    if (compile->deopt_count) {
        append_gap(text, start);
        jt_buf_printf(text, "deopts %" PRIu32, compile->deopt_count);
    }
    say_context(text, start, view, "for ", compile->version);
    for (uint32_t i = 0; i < compile->feedback_count; i++) {
        append_gap(text, start);
        jt_event_append_feedback(text, view, &compile->feedback[i]);
    }
}

static void say_deopt(struct jt_buf *text, const struct jt_event_view *view,
                      const struct jitney_deopt *deopt)
{
    size_t start = text->length;
    const char *origin = jt_event_function_name(view, deopt->origin);
    const char *trigger = jt_event_function_name(view, deopt->trigger);

    if (deopt->kind) {
        jt_buf_append_text(text, deopt->kind);
        jt_buf_append_text(text, ":");
    }
    append_gap(text, start);
    jt_buf_append_text(text, deopt->reason ? deopt->reason : "no reason");
    if (deopt->slot != JITNEY_SLOT_NONE && (deopt->slot_kind || deopt->slot)) {
        append_gap(text, start);
        jt_event_append_slot(text, deopt->slot_kind, deopt->slot);
    }
    if (deopt->expected)
        jt_buf_printf(text, ", expected %s", deopt->expected);
    if (deopt->seen)
        jt_buf_printf(text, ", saw %s", deopt->seen);
    if (trigger[0])
        jt_buf_printf(text, ", saw %s", trigger);
    if (origin[0] && deopt->origin != deopt->function)
        jt_buf_printf(text, ", inlined %s", origin);
    if (deopt->line) {
        jt_buf_append_text(text, ", ");
        append_place(text, NULL, deopt->line, deopt->column);
    }
    say_context(text, start, view, "in ", deopt->version);
}

static void say_invocation(struct jt_buf *text, const struct jt_event_view *view,
                           const struct jitney_invocation *invocation)
{
    static const char *const missing[] = {"", "", " not recovered", " recovered"};
    size_t start = text->length;

    jt_buf_append_text(text, jt_event_source(invocation->source));
    jt_buf_append_text(text, invocation->is_native ? " native" : "");
    jt_buf_append_text(text, missing[invocation->missing & 3]);
    say_context(text, start, view, "of ", invocation->context);
    say_context(text, start, view, "called with ", invocation->call_context);
}

static void say_change(struct jt_buf *text, const struct jt_event_view *view,
                       const struct jitney_feedback *before, const struct jitney_feedback *after)
{
    if (before) {
        jt_event_append_feedback(text, view, before);
        jt_buf_append_text(text, " -> ");
    }
    jt_event_append_feedback(text, view, after);
    if (after->slot != JITNEY_SLOT_NONE)
        jt_buf_printf(text, "#%" PRIu32, after->slot);
}

static void say_feedback(struct jt_buf *text, const struct jt_event_view *view,
                         const struct jitney_type_feedback *feedback)
{
    say_change(text, view, feedback->has_before ? &feedback->before : NULL, &feedback->after);
    jt_buf_append_text(text, feedback->is_promise ? " in a promise" : "");
    jt_buf_append_text(text, feedback->caused_by_deopt ? " by a deopt" : "");
}

static void say_contextual(struct jt_buf *text, const struct jt_event_view *view,
                           const struct jitney_contextual_feedback *feedback)
{
    say_change(text, view, feedback->has_before ? &feedback->before : NULL, &feedback->after);
    jt_buf_append_text(text, " for ");
    if (feedback->context_text)
        jt_buf_append_text(text, feedback->context_text);
    else
        jt_event_append_context(text, view, feedback->context);
    jt_buf_append_text(text, feedback->is_promise ? " in a promise" : "");
    jt_buf_append_text(text, feedback->caused_by_deopt ? " by a deopt" : "");
}

static void say_osr(struct jt_buf *text, const struct jt_event_view *view,
                    const struct jitney_osr_entry *entry)
{
    size_t start = text->length;

    say_tier(text, start, entry->tier);
    if (entry->loop_count) {
        append_gap(text, start);
        jt_buf_printf(text, "after %" PRIu64 " rounds", entry->loop_count);
    }
    if (entry->line) {
        append_gap(text, start);
        append_place(text, NULL, entry->line, entry->column);
    }
    if (entry->address) {
        append_gap(text, start);
        jt_buf_printf(text, "0x%" PRIx64, entry->address);
    }
    say_context(text, start, view, "of ", entry->version);
}

static void say_cache(struct jt_buf *text, const struct jitney_cache_event *cache)
{
    static const char *const outcomes[] = {"hit", "miss", "store", "reject"};

    jt_buf_append_text(text, outcomes[cache->outcome & 3]);
    if (cache->reason) {
        jt_buf_append_text(text, ": ");
        jt_buf_append_text(text, cache->reason);
    }
    if (cache->code_bytes)
        jt_buf_printf(text, " %" PRIu64 " bytes", cache->code_bytes);
    if (cache->duration_ns) {
        jt_buf_append_text(text, " in ");
        append_duration(text, cache->duration_ns);
    }
    if (cache->key) {
        jt_buf_append_text(text, " ");
        jt_buf_append_text(text, cache->key);
    }
}

static void say_function(struct jt_buf *text, const struct jitney_event *event)
{
    const struct jitney_function *function = event->function;

    jt_buf_printf(text, "#%" PRIu32, event->number);
    if (function->name_space && function->name_space[0]) {
        jt_buf_append_text(text, " in ");
        jt_buf_append_text(text, function->name_space);
    }
    if (function->file || function->line)
        jt_buf_append_text(text, " ");
    append_place(text, function->file, function->line, function->column);
    if (function->primitive_index >= 0)
        jt_buf_printf(text, " primitive %" PRId32, function->primitive_index);
}

static void say_code(struct jt_buf *text, const struct jitney_event *event)
{
    if (event->type == JITNEY_CODE_LOAD)
        say_load(text, event->code_load);
    else if (event->type == JITNEY_CODE_MOVE)
        jt_buf_printf(text, "0x%" PRIx64 " -> 0x%" PRIx64, event->code_move->from,
                      event->code_move->to);
    else
        jt_buf_printf(text, "0x%" PRIx64 ":%" PRIu64, event->code_unload->address,
                      event->code_unload->bytes);
    if (event->flags & JITNEY_EVENT_IMPLIED)
        jt_buf_append_text(text, " (overwritten)");
    if (event->flags & JITNEY_EVENT_REPLAYED)
        jt_buf_append_text(text, " (already there)");
}

static void say_end(struct jt_buf *text, uint32_t tier, uint64_t duration_ns)
{
    size_t start = text->length;

    say_tier(text, start, tier);
    append_gap(text, start);
    jt_buf_append_text(text, "after ");
    append_duration(text, duration_ns);
}

void jt_event_append_words(struct jt_buf *text, const struct jt_event_view *view)
{
    const struct jitney_event *event = view->event;

    switch ((enum jitney_event_type)event->type) {
    case JITNEY_CODE_LOAD:
    case JITNEY_CODE_MOVE:
    case JITNEY_CODE_UNLOAD:
        say_code(text, event);
        break;
    case JITNEY_COMPILE_START:
        say_compile_start(text, event->compile_start);
        break;
    case JITNEY_COMPILE:
        say_compile(text, view, event->compile);
        break;
    case JITNEY_COMPILE_END:
        say_end(text, event->compile_end->tier, event->compile_end->duration_ns);
        break;
    case JITNEY_COMPILE_ABORT:
        if (event->compile_abort->reason)
            jt_buf_printf(text, "%s, ", event->compile_abort->reason);
        say_end(text, event->compile_abort->tier, event->compile_abort->duration_ns);
        break;
    case JITNEY_DEOPT:
        say_deopt(text, view, event->deopt);
        break;
    case JITNEY_INVOCATION:
        say_invocation(text, view, event->invocation);
        break;
    case JITNEY_INVOCATION_UNDO:
        say_context(text, text->length, view, "of ", event->invocation_undo->context);
        break;
    case JITNEY_TYPE_FEEDBACK:
        say_feedback(text, view, event->type_feedback);
        break;
    case JITNEY_CONTEXTUAL_FEEDBACK:
        say_contextual(text, view, event->contextual_feedback);
        break;
    case JITNEY_OSR_ENTRY:
        say_osr(text, view, event->osr_entry);
        break;
    case JITNEY_CACHE:
        say_cache(text, event->cache);
        break;
    case JITNEY_NOTE:
        jt_buf_append_text(text, event->note->text ? event->note->text : "");
        break;
    case JITNEY_FUNCTION:
        say_function(text, event);
        break;
    }
}
