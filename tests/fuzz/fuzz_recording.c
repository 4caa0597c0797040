/* Any bytes as a recording, or, when they do not begin like one, as the records in its two
 * chunks. What is given is in order and makes sense; written anew, it is read the
 * same. */
#include "format/recording_reader.h"
#include "support/recording_builder.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { AGAIN_LIMIT = 64 << 20 /* texts that stood once stand in each record then */ };

struct seen {
    uint64_t last_ns;
    uint64_t hash;
    uint64_t count;
    struct recording_builder *again; /* where it is written; NULL: nowhere */
    bool has_events;
};

static void add_bytes(struct seen *seen, const void *bytes, size_t count)
{
    const uint8_t *at = bytes;

    for (size_t i = 0; i < count; i++)
        seen->hash = (seen->hash ^ at[i]) * UINT64_C(0x100000001b3);
}

static void add_number(struct seen *seen, uint64_t number)
{
    add_bytes(seen, &number, sizeof(number));
}

static void add_text(struct seen *seen, const char *text)
{
    add_number(seen, text ? strlen(text) + 1 : 0);
    if (text)
        add_bytes(seen, text, strlen(text));
}

#define NUMBER(field) add_number(seen, body->field);
#define TEXT(field) add_text(seen, body->field);
#define NAME(field)                                                                                \
    add_number(seen, body->field##_bytes);                                                         \
    add_bytes(seen, body->field, body->field##_bytes);
#define SMALL(a, b, c, d) NUMBER(a) NUMBER(b) NUMBER(c) NUMBER(d)
#define LOOK(value, name, fields)                                                                  \
    static void look_at_##name(struct seen *seen, const struct jitney_##name *body)                \
    {                                                                                              \
        if (body->size != sizeof(*body))                                                           \
            abort();                                                                               \
        fields(NUMBER, NUMBER, NUMBER, TEXT, TEXT, NAME, SMALL)                                    \
    }
JT_RECORDING_CLASSES(LOOK)

static void look_at_line(struct seen *seen, const struct jitney_line *body)
{
    JT_RECORDING_LINE(NUMBER, TEXT)
}

static void look_at_inlined(struct seen *seen, const struct jitney_inlined *body)
{
    JT_RECORDING_INLINED(NUMBER, TEXT)
}

static void look_at_feedback(struct seen *seen, const struct jitney_feedback *body)
{
    JT_RECORDING_FEEDBACK(, NUMBER, TEXT)
    if (body->callee_count > JITNEY_FEEDBACK_CALLEES)
        abort();
}

static void look_at_lists(struct seen *seen, const struct jitney_event *event)
{
    const struct jitney_code_load *load = event->body;
    const struct jitney_compile *compile = event->body;
    const struct jitney_function *function = event->body;

    for (uint32_t i = 0; event->type == JITNEY_CODE_LOAD && i < load->line_count; i++) {
        look_at_line(seen, &load->lines[i]);
        if (load->lines[i].inlined > load->inlined_count)
            abort();
    }
    for (uint32_t i = 0; event->type == JITNEY_CODE_LOAD && i < load->inlined_count; i++) {
        look_at_inlined(seen, &load->inlined[i]);
        if (load->inlined[i].caller > i)
            abort();
    }
    for (uint32_t i = 0; event->type == JITNEY_COMPILE && i < compile->feedback_count; i++)
        look_at_feedback(seen, &compile->feedback[i]);
    if (event->type == JITNEY_FUNCTION && function->body)
        add_bytes(seen, function->body, function->body_bytes);
}

static void look_at_body(struct seen *seen, const struct jitney_event *event)
{
    switch (event->type) {
#define CASE(value, name, fields)                                                                  \
    case value:                                                                                    \
        look_at_##name(seen, event->body);                                                         \
        break;
        JT_RECORDING_CLASSES(CASE)
#undef CASE
    default:
        abort();
    }
    look_at_lists(seen, event);
}

static uint64_t no_number(void *context, const char *text)
{
    return 0;
}

static void write_again(struct seen *seen, const struct jitney_event *event)
{
    if (!seen->has_events && event->type != JITNEY_FUNCTION) {
        recording_end_chunk(seen->again);
        recording_begin_chunk(seen->again, JT_RECORDING_EVENTS);
        seen->has_events = true;
    }
    if (seen->again->file.length < AGAIN_LIMIT)
        recording_event(seen->again, event, NULL, no_number);
}

static int see(void *context, const struct jitney_event *event)
{
    struct seen *seen = context;

    if (event->type != JITNEY_FUNCTION && event->time_ns < seen->last_ns)
        abort();
    if (event->type != JITNEY_FUNCTION)
        seen->last_ns = event->time_ns;
    seen->count++;
    add_number(seen, event->type);
    add_number(seen, event->time_ns);
    add_number(seen, event->tid);
    add_number(seen, event->flags);
    add_number(seen, event->code);
    add_number(seen, event->number);
    look_at_body(seen, event);
    if (seen->again)
        write_again(seen, event);
    return 0;
}

/* False when the bytes are no recording. A second look finds nothing new. */
static bool read_all(const void *bytes, size_t count, struct seen *seen)
{
    const struct jitney_recording_visitor visitor = {sizeof(visitor), see, seen};
    struct jt_recording *recording = NULL;
    struct jt_heap heap;
    uint64_t before = 0;

    jt_heap_init(&heap, NULL);
    if (jt_recording_open_memory(bytes, count, &heap, &recording))
        return false;
    if (jt_recording_read(recording, &visitor))
        abort();
    before = seen->count;
    if (jt_recording_read(recording, &visitor) || seen->count != before)
        abort();
    if (jt_recording_facts(recording)->torn_bytes > count ||
        jt_recording_facts(recording)->first_bad_offset > count ||
        jt_recording_facts(recording)->events + jt_recording_facts(recording)->functions != before)
        abort();
    jt_recording_close(recording);
    return true;
}

/* The first byte says how much of the rest is definitions. */
static void wrap(struct recording_builder *builder, const uint8_t *data, size_t size)
{
    size_t definitions = 0;

    recording_begin(builder, size % 2 ? JT_RECORDING_TSC : JT_RECORDING_NANOSECONDS, 2500000000);
    if (size == 0)
        return;
    definitions = (size - 1) * data[0] / 256;
    recording_begin_chunk(builder, JT_RECORDING_DEFINITIONS);
    jt_buf_append(&builder->file, data + 1, definitions);
    recording_end_chunk(builder);
    recording_begin_chunk(builder, JT_RECORDING_EVENTS);
    jt_buf_append(&builder->file, data + 1 + definitions, size - 1 - definitions);
    recording_end_chunk(builder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct recording_builder wrapped = {.file = JT_BUF_INIT(SIZE_MAX)};
    struct recording_builder again;
    struct seen first = {.again = &again};
    struct seen second = {.again = NULL};

    recording_begin(&again, JT_RECORDING_NANOSECONDS, 0);
    recording_begin_chunk(&again, JT_RECORDING_DEFINITIONS);
    if (!jt_recording_probe(data, size)) {
        wrap(&wrapped, data, size);
        data = wrapped.file.bytes;
        size = wrapped.file.length;
    }
    if (read_all(data, size, &first) && again.file.length < AGAIN_LIMIT) {
        recording_end_chunk(&again);
        if (!read_all(again.file.bytes, again.file.length, &second) ||
            first.count != second.count || first.hash != second.hash)
            abort();
    }
    jt_buf_release(&again.file);
    jt_buf_release(&wrapped.file);
    return 0;
}
