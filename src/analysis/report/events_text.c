/* The words that all writers of events use. */
#include "analysis/report/events.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

enum { CLASS_COUNT = JITNEY_FUNCTION + 1 };

static const struct {
    const char *name;
    const char *group;
} classes[] = {
#define ROW(id, value, name, group) [id] = {name, group},
    JITNEY_EVENT_LIST(ROW)
#undef ROW
};

const char *jt_event_class(uint32_t type)
{
    return type < CLASS_COUNT ? classes[type].name : "?";
}

const char *jt_event_group(uint32_t type)
{
    return type < CLASS_COUNT ? classes[type].group : "?";
}

static bool is_word(const char *word, size_t bytes, const char *name)
{
    return strlen(name) == bytes && strncasecmp(word, name, bytes) == 0;
}

static uint32_t classes_of(const char *word, size_t bytes)
{
    uint32_t found = is_word(word, bytes, "All") ? JITNEY_EVENTS_ALL : 0;

    for (uint32_t type = 0; type < CLASS_COUNT; type++)
        if (is_word(word, bytes, classes[type].name) || is_word(word, bytes, classes[type].group))
            found |= JITNEY_EVENT_BIT(type);
    return found;
}

bool jt_event_filter_parse(const char *text, uint32_t *set, const char **word, size_t *bytes)
{
    uint32_t found = 0;

    for (*word = text;; *word += *bytes + 1) {
        *bytes = strcspn(*word, ",");
        found = classes_of(*word, *bytes);
        *set |= found;
        if (!found)
            return false;
        if ((*word)[*bytes] == '\0')
            return true;
    }
}

/* ---- functions ---- */

/* The first field of an event behind its size is its function, with these exceptions. */
uint32_t jt_event_function(const struct jitney_event *event)
{
    switch ((enum jitney_event_type)event->type) {
    case JITNEY_CODE_LOAD:
        return event->code_load->function;
    case JITNEY_CODE_MOVE:
    case JITNEY_CODE_UNLOAD:
        return 0;
    case JITNEY_COMPILE_START:
        return event->compile_start->function;
    case JITNEY_COMPILE:
        return event->compile->function;
    case JITNEY_COMPILE_END:
        return event->compile_end->function;
    case JITNEY_COMPILE_ABORT:
        return event->compile_abort->function;
    case JITNEY_DEOPT:
        return event->deopt->function;
    case JITNEY_INVOCATION:
        return event->invocation->function;
    case JITNEY_INVOCATION_UNDO:
        return event->invocation_undo->function;
    case JITNEY_TYPE_FEEDBACK:
        return event->type_feedback->function;
    case JITNEY_CONTEXTUAL_FEEDBACK:
        return event->contextual_feedback->function;
    case JITNEY_OSR_ENTRY:
        return event->osr_entry->function;
    case JITNEY_CACHE:
        return event->cache->function;
    case JITNEY_NOTE:
        return event->note->function;
    case JITNEY_FUNCTION:
        return event->number;
    }
    return 0;
}

static const struct jitney_function *find_function(const struct jt_event_view *view,
                                                   uint32_t number)
{
    const struct jt_event_names *names = view->names;

    return number && names && names->function ? names->function(names->context, number) : NULL;
}

const char *jt_event_function_name(const struct jt_event_view *view, uint32_t number)
{
    const struct jitney_function *function = find_function(view, number);

    return function && function->name ? function->name : "";
}

const char *jt_event_name(const struct jt_event_view *view, size_t *bytes)
{
    const struct jitney_event *event = view->event;
    const char *name = jt_event_function_name(view, jt_event_function(event));

    if (event->type == JITNEY_FUNCTION && event->function->name)
        name = event->function->name;
    if (event->type == JITNEY_CODE_LOAD && event->code_load->name && !name[0]) {
        *bytes = event->code_load->name_bytes ? event->code_load->name_bytes
                                              : strlen(event->code_load->name);
        return event->code_load->name;
    }
    if (view->code_name && !name[0])
        name = view->code_name;
    if (event->type == JITNEY_COMPILE_START && event->compile_start->name && !name[0])
        name = event->compile_start->name;
    *bytes = strlen(name);
    return name;
}

static void append_callee(struct jt_buf *text, const struct jt_event_view *view, uint32_t number)
{
    const struct jitney_function *function = find_function(view, number);

    if (number == JITNEY_CALLEE_PROMISE)
        jt_buf_append_text(text, "<promise>");
    else if (view->names && view->names->append_callee)
        view->names->append_callee(text, function);
    else
        jt_buf_append_text(text, function && function->name && function->name[0] ? function->name
                                                                                 : "<?>");
}

/* ---- contexts and feedback ---- */

void jt_event_append_context(struct jt_buf *text, const struct jt_event_view *view,
                             uint64_t context)
{
    if (view->names && view->names->append_context)
        view->names->append_context(text, context);
    else if (context)
        jt_buf_printf(text, "0x%" PRIx64, context);
}

static void append_seen(struct jt_buf *text, const struct jt_event_view *view,
                        const struct jitney_feedback *feedback)
{
    static const char *const outcomes[] = {"_", "T", "F", "?"};
    uint32_t count = feedback->callee_count < JITNEY_FEEDBACK_CALLEES ? feedback->callee_count
                                                                      : JITNEY_FEEDBACK_CALLEES;

    if (feedback->kind == JITNEY_FEEDBACK_CALL && count > 0) {
        for (uint32_t i = 0; i < count; i++) {
            if (i > 0)
                jt_buf_append_text(text, ",");
            append_callee(text, view, feedback->callees[i]);
        }
    } else if (feedback->text) {
        jt_buf_append_text(text, feedback->text);
    } else if (feedback->kind == JITNEY_FEEDBACK_TEST) {
        jt_buf_append_text(text, outcomes[feedback->outcome & 3]);
    } else if (feedback->kind != JITNEY_FEEDBACK_CALL) {
        jt_buf_printf(text, "0x%" PRIx32, feedback->packed);
    }
}

static const char *kind_name(uint32_t kind)
{
    static const char *const kinds[] = {"Call", "Test", "Type"};

    return kind < sizeof(kinds) / sizeof(kinds[0]) ? kinds[kind] : "Other";
}

/* As Ř prints it: rir/src/recording_hooks.cpp, printEventPart(). */
void jt_event_append_feedback(struct jt_buf *text, const struct jt_event_view *view,
                              const struct jitney_feedback *feedback)
{
    jt_buf_append_text(text, "[ ");
    append_seen(text, view, feedback);
    jt_buf_printf(text, " ] %s", kind_name(feedback->kind));
}

void jt_event_append_slot(struct jt_buf *text, uint32_t kind, uint32_t slot)
{
    if (slot == JITNEY_SLOT_NONE)
        jt_buf_printf(text, "%s#unknown", kind_name(kind));
    else
        jt_buf_printf(text, "%s#%" PRIu32, kind_name(kind), slot);
}

bool jt_event_feedback_is_same(const struct jitney_feedback *before,
                               const struct jitney_feedback *after)
{
    const char *old = before->text ? before->text : "";

    return before->kind == after->kind && before->outcome == after->outcome &&
           before->callee_count == after->callee_count && before->packed == after->packed &&
           memcmp(before->callees, after->callees, sizeof(after->callees)) == 0 &&
           strcmp(old, after->text ? after->text : "") == 0;
}

/* ---- enums ---- */

const char *jt_event_tier(uint32_t tier, const char *tier_name)
{
    static const char *const tiers[] = {
#define ROW(id, value, name) [id] = (name),
        JITNEY_TIER_LIST(ROW)
#undef ROW
    };

    if (tier_name && tier_name[0])
        return tier_name;
    return tier < sizeof(tiers) / sizeof(tiers[0]) ? tiers[tier] : tiers[JITNEY_TIER_UNKNOWN];
}

/* Ř's words: rir/src/recording_hooks.cpp, printEventPart(). */
const char *jt_event_source(uint32_t source)
{
    static const char *const sources[] = {"Unknown", "DoCall", "NativeCallTrampoline", "RirEval"};

    return sources[source < sizeof(sources) / sizeof(sources[0]) ? source : 0];
}
