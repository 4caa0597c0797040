/* Writing the records of a recording: see recording.h. */
#include "format/recording.h"

#include "format/recording_pen.h"

#define FITS(value, name, fields)                                                                  \
    _Static_assert(jt_full_fields + (jt_fields_of_##name) <= jt_most_fields, "too many fields");   \
    _Static_assert((jt_texts_of_##name) <= (int)JT_RECORDING_CLASS_TEXTS, "too many texts");
JT_RECORDING_CLASSES(FITS)

const struct jt_recording_shape jt_recording_shapes[JT_RECORDING_CLASS_COUNT] = {
#define TEXT_ROW(field) {.offset = offsetof(STRUCT, field)},
#define LONG_ROW(field) {.offset = offsetof(STRUCT, field), .is_long = 1},
#define NAME_ROW(field) {.offset = offsetof(STRUCT, field), .is_long = 1, .is_name = 1},
#define SHAPE(of, tail, fields)                                                                    \
    {                                                                                              \
        .text_count = (of), .has_tail = (tail), .texts = {                                         \
            fields(JT_NO_FIELD, JT_NO_FIELD, JT_NO_FIELD, TEXT_ROW, LONG_ROW, NAME_ROW,            \
                   JT_NO_SMALL)                                                                    \
        }                                                                                          \
    }
#define STRUCT struct jitney_code_load
    [JITNEY_CODE_LOAD] = SHAPE(jt_texts_of_code_load, true, JT_RECORDING_CODE_LOAD),
#undef STRUCT
#define STRUCT struct jitney_compile_start
    [JITNEY_COMPILE_START] = SHAPE(jt_texts_of_compile_start, false, JT_RECORDING_COMPILE_START),
#undef STRUCT
    [JITNEY_COMPILE] = {.has_tail = true},
#define STRUCT struct jitney_compile_abort
    [JITNEY_COMPILE_ABORT] = SHAPE(jt_texts_of_compile_abort, false, JT_RECORDING_COMPILE_ABORT),
#undef STRUCT
#define STRUCT struct jitney_deopt
    [JITNEY_DEOPT] = SHAPE(jt_texts_of_deopt, false, JT_RECORDING_DEOPT),
#undef STRUCT
#define STRUCT struct jitney_type_feedback
    [JITNEY_TYPE_FEEDBACK] = SHAPE(jt_texts_of_type_feedback, false, JT_RECORDING_TYPE_FEEDBACK),
#undef STRUCT
#define STRUCT struct jitney_contextual_feedback
    [JITNEY_CONTEXTUAL_FEEDBACK] =
        SHAPE(jt_texts_of_contextual_feedback, false, JT_RECORDING_CONTEXTUAL_FEEDBACK),
#undef STRUCT
#define STRUCT struct jitney_cache_event
    [JITNEY_CACHE] = SHAPE(jt_texts_of_cache_event, false, JT_RECORDING_CACHE_EVENT),
#undef STRUCT
#define STRUCT struct jitney_note
    [JITNEY_NOTE] = SHAPE(jt_texts_of_note, false, JT_RECORDING_NOTE),
#undef STRUCT
#define STRUCT struct jitney_function
    [JITNEY_FUNCTION] = SHAPE(jt_texts_of_function, true, JT_RECORDING_FUNCTION),
#undef STRUCT
};

#define PUT_TEXT(field) jt_pen_put(pen, *texts++);
#define PUTTER(value, name, fields)                                                                \
    JT_INLINE void put_##name(struct jt_pen *pen, const struct jitney_##name *body,                \
                              const uint64_t *texts)                                               \
    {                                                                                              \
        fields(JT_PUT_NUMBER, JT_PUT_NUMBER, JT_PUT_SIGNED, PUT_TEXT, PUT_TEXT, PUT_TEXT,          \
               JT_PUT_SMALL)(void) texts;                                                          \
    }
JT_RECORDING_CLASSES(PUTTER)

JT_INLINE void put_full(struct jt_pen *pen, const struct jitney_event *event)
{
    jt_pen_put(pen, event->time_ns);
    jt_pen_put(pen, event->tid);
    jt_pen_put(pen, event->flags);
    jt_pen_put(pen, event->code);
    jt_pen_put(pen, event->number);
}

static uint8_t *put_plain_fields(uint8_t *at, const struct jitney_event *event, uint64_t ticks,
                                 const uint64_t *texts)
{
    struct jt_pen pen;

    switch (event->type) {
#define CASE(value, name, fields)                                                                  \
    case value:                                                                                    \
        pen = jt_pen_begin(at, 1 + (jt_fields_of_##name), false);                                  \
        jt_pen_put(&pen, ticks);                                                                   \
        put_##name(&pen, event->body, texts);                                                      \
        return jt_pen_end(&pen);
        JT_RECORDING_CLASSES(CASE)
#undef CASE
    default:
        return at;
    }
}

static uint8_t *put_full_fields(uint8_t *at, const struct jitney_event *event,
                                const uint64_t *texts)
{
    struct jt_pen pen;

    switch (event->type) {
#define CASE(value, name, fields)                                                                  \
    case value:                                                                                    \
        pen = jt_pen_begin(at, jt_full_fields + (jt_fields_of_##name), false);                     \
        put_full(&pen, event);                                                                     \
        put_##name(&pen, event->body, texts);                                                      \
        return jt_pen_end(&pen);
        JT_RECORDING_CLASSES(CASE)
#undef CASE
    default:
        return at;
    }
}

static uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t count)
{
    memcpy(at, bytes, count);
    return at + count;
}

/* The texts of an event's own fields that stand in its record. */
static uint8_t *put_own_texts(uint8_t *at, const struct jitney_event *event,
                              const struct jt_recording_plan *plan)
{
    const struct jt_recording_shape *shape = &jt_recording_shapes[event->type];

    for (unsigned i = 0; i < shape->text_count; i++) {
        const char *text = NULL;

        if (!(plan->texts[i] & 1))
            continue;
        memcpy(&text, (const char *)event->body + shape->texts[i].offset, sizeof(text));
        at = put_bytes(at, text, plan->texts[i] >> 1);
        *at++ = '\0';
    }
    return at;
}

/* ---- lists ---- */

static size_t text_bytes(const struct jt_recording_finder *finder, const char *text)
{
    return !text || finder->find(finder->context, text) ? 0 : strlen(text) + 1;
}

static uint64_t text_field(const struct jt_recording_finder *finder, const char *text)
{
    uint64_t number = text ? finder->find(finder->context, text) : 0;

    if (!text)
        return 0;
    return number ? jt_recording_shared(number) : jt_recording_inline(strlen(text));
}

enum {
    most_line_bytes = 1 + jt_fields_of_line * 8,
    most_inlined_bytes = 1 + jt_fields_of_inlined * 8,
    most_feedback_bytes = 1 + jt_fields_of_feedback * 8,
};

/* Bytes of the lists and the body of an event whose class `has_tail`, at most. */
static size_t tail_bytes(const struct jitney_event *event, const struct jt_recording_finder *finder)
{
    const struct jitney_code_load *load = event->body;
    const struct jitney_compile *compile = event->body;
    size_t bytes = 2; /* the numbers of fields before the lists */

    if (event->type == JITNEY_FUNCTION)
        return event->function->body ? event->function->body_bytes : 0;
    if (event->type == JITNEY_COMPILE) {
        if (compile->feedback_count == 0)
            return 0;
        bytes += (size_t)compile->feedback_count * most_feedback_bytes;
        for (uint32_t i = 0; i < compile->feedback_count; i++)
            bytes += text_bytes(finder, compile->feedback[i].text);
        return bytes;
    }
    if (load->line_count == 0 && load->inlined_count == 0)
        return 0;
    bytes += (size_t)load->line_count * most_line_bytes +
             (size_t)load->inlined_count * most_inlined_bytes;
    for (uint32_t i = 0; i < load->line_count; i++)
        bytes += text_bytes(finder, load->lines[i].file);
    for (uint32_t i = 0; i < load->inlined_count; i++)
        bytes +=
            text_bytes(finder, load->inlined[i].name) + text_bytes(finder, load->inlined[i].file);
    return bytes;
}

static size_t name_bytes(const struct jitney_code_load *load)
{
    return load->name_bytes > 0 ? load->name_bytes : strlen(load->name);
}

void jt_recording_plan(struct jt_recording_plan *plan, const struct jitney_event *event,
                       const struct jt_recording_finder *finder)
{
    const struct jt_recording_shape *shape = &jt_recording_shapes[event->type];

    plan->finder = *finder;
    plan->tail = 0;
    for (unsigned i = 0; i < shape->text_count; i++) {
        const char *text = NULL;
        uint64_t number = 0;
        size_t length = 0;

        memcpy(&text, (const char *)event->body + shape->texts[i].offset, sizeof(text));
        plan->texts[i] = 0;
        if (!text)
            continue;
        if (!shape->texts[i].is_long)
            number = finder->find(finder->context, text);
        plan->texts[i] = jt_recording_shared(number);
        if (number)
            continue;
        length = shape->texts[i].is_name ? name_bytes(event->body) : strlen(text);
        plan->texts[i] = jt_recording_inline(length);
        plan->tail += length + 1;
    }
    if (shape->has_tail)
        plan->tail += tail_bytes(event, &plan->finder);
}

/* A row is its fields, then those of its texts that stand in the record. The number of fields
 * stands once, before the list. */
#define ROW_NUMBER(field) jt_pen_put(&pen, row->field);
#define ROW_TEXT(field)                                                                            \
    texts[text] = row->field;                                                                      \
    values[text] = text_field(finder, row->field);                                                 \
    jt_pen_put(&pen, values[text++]);
#define ROW_PUTTER(name, type, fields)                                                             \
    static uint8_t *put_##name(uint8_t *at, const type *row,                                       \
                               const struct jt_recording_finder *finder)                           \
    {                                                                                              \
        struct jt_pen pen = {.lengths = at, .at = at + (jt_fields_of_##name + 1) / 2};             \
        const char *texts[2];                                                                      \
        uint64_t values[2];                                                                        \
        unsigned text = 0;                                                                         \
                                                                                                   \
        fields;                                                                                    \
        at = jt_pen_end(&pen);                                                                     \
        for (unsigned i = 0; i < text; i++) {                                                      \
            if (values[i] & 1)                                                                     \
                at = put_bytes(at, texts[i], (values[i] >> 1) + 1);                                \
        }                                                                                          \
        return at;                                                                                 \
    }
ROW_PUTTER(line, struct jitney_line, JT_RECORDING_LINE(ROW_NUMBER, ROW_TEXT))
ROW_PUTTER(inlined, struct jitney_inlined, JT_RECORDING_INLINED(ROW_NUMBER, ROW_TEXT))
ROW_PUTTER(feedback, struct jitney_feedback, JT_RECORDING_FEEDBACK(, ROW_NUMBER, ROW_TEXT))

static uint8_t *put_tail(uint8_t *at, const struct jitney_event *event,
                         const struct jt_recording_finder *finder)
{
    const struct jitney_code_load *load = event->body;
    const struct jitney_compile *compile = event->body;

    if (event->type == JITNEY_FUNCTION)
        return event->function->body_bytes > 0
                   ? put_bytes(at, event->function->body, event->function->body_bytes)
                   : at;
    if (event->type == JITNEY_COMPILE) {
        *at++ = jt_fields_of_feedback;
        for (uint32_t i = 0; i < compile->feedback_count; i++)
            at = put_feedback(at, &compile->feedback[i], finder);
        return at;
    }
    *at++ = jt_fields_of_line;
    for (uint32_t i = 0; i < load->line_count; i++)
        at = put_line(at, &load->lines[i], finder);
    *at++ = jt_fields_of_inlined;
    for (uint32_t i = 0; i < load->inlined_count; i++)
        at = put_inlined(at, &load->inlined[i], finder);
    return at;
}

/* ---- records ---- */

static uint8_t *end_long(uint8_t *start, uint8_t type, uint8_t *end)
{
    uint32_t bytes = htole32((uint32_t)(end - start - JT_LONG_HEAD));

    start[0] = type;
    start[1] = JT_LONG;
    memcpy(start + JT_SHORT_HEAD, &bytes, sizeof(bytes));
    return end;
}

static uint8_t *encode_long(uint8_t *at, const struct jitney_event *event, const uint64_t *ticks,
                            const struct jt_recording_plan *plan)
{
    uint8_t type = (uint8_t)(JT_RECORD_EVENT + event->type + (ticks ? 0 : JT_RECORD_FULL));
    uint8_t *end = ticks ? put_plain_fields(at + JT_LONG_HEAD, event, *ticks, plan->texts)
                         : put_full_fields(at + JT_LONG_HEAD, event, plan->texts);

    end = put_own_texts(end, event, plan);
    if (jt_recording_shapes[event->type].has_tail)
        end = put_tail(end, event, &plan->finder);
    return end_long(at, type, end);
}

uint8_t *jt_recording_encode(uint8_t *at, const struct jitney_event *event, const uint64_t *ticks,
                             const struct jt_recording_plan *plan)
{
    uint8_t type = (uint8_t)(JT_RECORD_EVENT + event->type + (ticks ? 0 : JT_RECORD_FULL));
    uint8_t *fields = at + JT_SHORT_HEAD;

    if (plan->tail > 0)
        return encode_long(at, event, ticks, plan);
    return jt_pen_end_short(at, type,
                            ticks ? put_plain_fields(fields, event, *ticks, plan->texts)
                                  : put_full_fields(fields, event, plan->texts));
}

uint8_t *jt_recording_encode_text(uint8_t *at, uint64_t number, const char *text, size_t length)
{
    struct jt_pen pen = jt_pen_begin(at + JT_LONG_HEAD, 2, false);
    uint8_t *end = NULL;

    jt_pen_put(&pen, number);
    jt_pen_put(&pen, jt_recording_inline(length));
    end = put_bytes(jt_pen_end(&pen), text, length);
    *end++ = '\0';
    return end_long(at, JT_RECORD_TEXT, end);
}

uint8_t *jt_recording_encode_anchor(uint8_t *at, uint64_t ticks, uint64_t time_ns)
{
    struct jt_pen pen = jt_pen_begin(at + JT_SHORT_HEAD, 2, false);

    jt_pen_put(&pen, ticks);
    jt_pen_put(&pen, time_ns);
    return jt_pen_end_short(at, JT_RECORD_ANCHOR, jt_pen_end(&pen));
}

uint8_t *jt_recording_encode_thread(uint8_t *at, uint64_t counter, uint32_t tid)
{
    struct jt_pen pen = jt_pen_begin(at + JT_SHORT_HEAD, 2, false);

    jt_pen_put(&pen, counter);
    jt_pen_put(&pen, tid);
    return jt_pen_end_short(at, JT_RECORD_THREAD, jt_pen_end(&pen));
}
