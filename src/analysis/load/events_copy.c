#include "analysis/load/events_copy.h"

#include "base/alloc.h"

#include <string.h>

enum { TEXTS_MOST = 6 };

/* Where a class of events has its texts. */
struct shape {
    size_t bytes;
    size_t texts[TEXTS_MOST]; /* offsets, ended by 0: the size is at 0 */
};

#define AT(type, field) offsetof(struct type, field)
static const struct shape shapes[] = {
    [JITNEY_CODE_LOAD] = {sizeof(struct jitney_code_load),
                          {AT(jitney_code_load, tier_name), AT(jitney_code_load, file)}},
    [JITNEY_CODE_MOVE] = {sizeof(struct jitney_code_move), {0}},
    [JITNEY_CODE_UNLOAD] = {sizeof(struct jitney_code_unload), {0}},
    [JITNEY_COMPILE_START] = {sizeof(struct jitney_compile_start),
                              {AT(jitney_compile_start, name),
                               AT(jitney_compile_start, heuristic.name),
                               AT(jitney_compile_start, condition.name),
                               AT(jitney_compile_start, osr.name)}},
    [JITNEY_COMPILE] = {sizeof(struct jitney_compile), {0}},
    [JITNEY_COMPILE_END] = {sizeof(struct jitney_compile_end), {0}},
    [JITNEY_COMPILE_ABORT] = {sizeof(struct jitney_compile_abort),
                              {AT(jitney_compile_abort, reason)}},
    [JITNEY_DEOPT] = {sizeof(struct jitney_deopt),
                      {AT(jitney_deopt, kind), AT(jitney_deopt, reason), AT(jitney_deopt, expected),
                       AT(jitney_deopt, seen)}},
    [JITNEY_INVOCATION] = {sizeof(struct jitney_invocation), {0}},
    [JITNEY_INVOCATION_UNDO] = {sizeof(struct jitney_invocation_undo), {0}},
    [JITNEY_TYPE_FEEDBACK] = {sizeof(struct jitney_type_feedback),
                              {AT(jitney_type_feedback, before.text),
                               AT(jitney_type_feedback, after.text)}},
    [JITNEY_CONTEXTUAL_FEEDBACK] = {sizeof(struct jitney_contextual_feedback),
                                    {AT(jitney_contextual_feedback, context_text),
                                     AT(jitney_contextual_feedback, before.text),
                                     AT(jitney_contextual_feedback, after.text)}},
    [JITNEY_OSR_ENTRY] = {sizeof(struct jitney_osr_entry), {0}},
    [JITNEY_CACHE] = {sizeof(struct jitney_cache_event),
                      {AT(jitney_cache_event, key), AT(jitney_cache_event, reason)}},
    [JITNEY_NOTE] = {sizeof(struct jitney_note), {AT(jitney_note, text)}},
    [JITNEY_FUNCTION] = {sizeof(struct jitney_function),
                         {AT(jitney_function, name), AT(jitney_function, name_space),
                          AT(jitney_function, file)}},
};
#undef AT

static const char *keep(struct jt_strings *strings, const char *text, size_t bytes)
{
    return jt_strings_text(strings, jt_strings_put(strings, text, bytes));
}

static void keep_text(struct jt_strings *strings, char *field)
{
    const char *text = NULL;

    memcpy(&text, field,
           sizeof(text)); /* NOLINT(bugprone-multi-level-implicit-pointer-conversion) */
    if (text)
        text = keep(strings, text, strlen(text));
    memcpy(field, &text,
           sizeof(text)); /* NOLINT(bugprone-multi-level-implicit-pointer-conversion) */
}

/* Its feedback lies behind the struct. */
static void keep_feedback(struct jitney_compile *compile, char *room, struct jt_strings *strings)
{
    struct jitney_feedback *feedback = (struct jitney_feedback *)(void *)room;

    if (compile->feedback_count == 0)
        return;
    memcpy(feedback, compile->feedback, compile->feedback_count * sizeof(*feedback));
    for (uint32_t i = 0; i < compile->feedback_count; i++)
        if (feedback[i].text)
            feedback[i].text = keep(strings, feedback[i].text, strlen(feedback[i].text));
    compile->feedback = feedback;
}

static void trim_load(struct jitney_code_load *load, struct jt_strings *strings)
{
    size_t name_bytes = load->name_bytes ? load->name_bytes : strlen(load->name ? load->name : "");

    load->name = keep(strings, load->name ? load->name : "", name_bytes);
    load->name_bytes = name_bytes;
    load->code = NULL;
    load->lines = NULL;
    load->inlined = NULL;
    load->line_count = 0;
    load->inlined_count = 0;
    load->unwind = NULL;
    load->unwind_bytes = 0;
}

static size_t aligned(size_t bytes)
{
    return (bytes + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
}

struct jitney_event *jt_event_copy(const struct jitney_event *event, struct jt_strings *strings)
{
    const struct shape *shape = &shapes[event->type];
    size_t head = aligned(sizeof(*event));
    size_t extra = event->type == JITNEY_COMPILE
                       ? event->compile->feedback_count * sizeof(struct jitney_feedback)
                       : 0;
    char *room = jt_alloc(head + aligned(shape->bytes) + extra, 1);
    struct jitney_event *copy = (struct jitney_event *)(void *)room;
    char *body = room + head;

    memcpy(copy, event, sizeof(*event));
    memcpy(body, event->body, shape->bytes);
    for (size_t i = 0; i < TEXTS_MOST && shape->texts[i]; i++)
        keep_text(strings, body + shape->texts[i]);
    copy->body = body;
    if (event->type == JITNEY_CODE_LOAD)
        trim_load((struct jitney_code_load *)(void *)body, strings);
    if (event->type == JITNEY_COMPILE)
        keep_feedback((struct jitney_compile *)(void *)body, body + aligned(shape->bytes), strings);
    if (event->type == JITNEY_FUNCTION) {
        ((struct jitney_function *)(void *)body)->body = NULL;
        ((struct jitney_function *)(void *)body)->body_bytes = 0;
    }
    return copy;
}
