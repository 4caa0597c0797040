/* format/recording: every field of every class survives the file, and the reader
 * survives every file. */
#include "format/recording.h"
#include "format/recording_reader.h"
#include "support/failing_heap.h"
#include "support/files.h"
#include "support/recording_builder.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- what a visitor saw ---- */

enum { SEEN = 4096 };

struct seen {
    int count;
    int stop_after; /* 0: never */
    struct {
        uint32_t type, tid, function, number;
        uint64_t time_ns;
        char text[32];
    } events[SEEN];
};

static uint32_t function_of(const struct jitney_event *event)
{
    switch (event->type) {
    case JITNEY_INVOCATION:
        return event->invocation->function;
    case JITNEY_DEOPT:
        return event->deopt->function;
    case JITNEY_NOTE:
        return event->note->function;
    default:
        return 0;
    }
}

static const char *text_of(const struct jitney_event *event)
{
    switch (event->type) {
    case JITNEY_DEOPT:
        return event->deopt->reason;
    case JITNEY_NOTE:
        return event->note->text;
    case JITNEY_FUNCTION:
        return event->function->name;
    default:
        return NULL;
    }
}

static int see(void *context, const struct jitney_event *event)
{
    struct seen *seen = context;
    const char *text = text_of(event);

    if (seen->count < SEEN) {
        seen->events[seen->count].type = event->type;
        seen->events[seen->count].tid = event->tid;
        seen->events[seen->count].number = event->number;
        seen->events[seen->count].function = function_of(event);
        seen->events[seen->count].time_ns = event->time_ns;
        snprintf(seen->events[seen->count].text, 32, "%s", text ? text : "");
    }
    seen->count++;
    return seen->stop_after > 0 && seen->count == seen->stop_after ? 77 : 0;
}

static struct jt_heap libc_heap(void)
{
    struct jt_heap heap;

    jt_heap_init(&heap, NULL);
    return heap;
}

/* Open the builder's file, read it once, and give back what was seen. */
static struct jt_recording *read_built(const struct recording_builder *builder,
                                       struct jt_heap *heap, struct seen *seen)
{
    const struct jitney_recording_visitor visitor = {sizeof(visitor), see, seen};
    struct jt_recording *recording = NULL;

    memset(seen, 0, sizeof(*seen));
    assert_int_equal(
        jt_recording_open_memory(builder->file.bytes, builder->file.length, heap, &recording),
        JITNEY_OK);
    assert_int_equal(jt_recording_read(recording, &visitor), JITNEY_OK);
    return recording;
}

static void add_invocation(struct recording_builder *builder, uint32_t function, uint64_t counter)
{
    struct jitney_invocation body = {.size = sizeof(body), .function = function};
    struct jitney_event event = {
        .size = sizeof(event), .type = JITNEY_INVOCATION, .invocation = &body};

    recording_event(builder, &event, &counter, NULL);
}

static uint64_t second_text(void *context, const char *text)
{
    return strcmp(text, "second") == 0 ? 2 : 0;
}

static void add_deopt(struct recording_builder *builder, const char *reason, uint64_t counter)
{
    struct jitney_deopt body = {.size = sizeof(body), .function = 3, .reason = reason};
    struct jitney_event event = {.size = sizeof(event), .type = JITNEY_DEOPT, .deopt = &body};

    recording_event(builder, &event, &counter, second_text);
}

static void add_function(struct recording_builder *builder, uint32_t number, const char *name)
{
    struct jitney_function body = {.size = sizeof(body), .name = name, .primitive_index = -1};
    struct jitney_event event = {.size = sizeof(event),
                                 .type = JITNEY_FUNCTION,
                                 .time_ns = 12345,
                                 .number = number,
                                 .function = &body};

    recording_event(builder, &event, NULL, second_text);
}

/* ---- fields ---- */

static uint64_t next_number;

static uint64_t fill_number(void)
{
    static const uint64_t of_interest[] = {0,     1,      0x7f,    0x80,      0xff,
                                           0x100, 0xffff, 0x10000, UINT32_MAX};
    uint64_t i = next_number++;

    return i % 3 == 0 ? of_interest[i / 3 % 9] : i * 2654435761;
}

static const char *fill_text(void)
{
    static const char *const texts[] = {NULL,     "",          "a",
                                        "second", "not a Smi", "sp\xc3\xa4t \x01\xff"};

    return texts[next_number++ % 6];
}

#define FILL_U32(field) body->field = (uint32_t)fill_number();
#define FILL_U64(field) body->field = fill_number() << 20 | fill_number();
#define FILL_S32(field) body->field = (int32_t)(uint32_t)fill_number();
#define FILL_TEXT(field) body->field = fill_text();
#define FILL_NAME(field)                                                                           \
    body->field = "with\0nul";                                                                     \
    body->field##_bytes = 8;
#define FILL_SMALL(a, b, c, d)                                                                     \
    body->a = fill_number() & 255;                                                                 \
    body->b = fill_number() & 255;                                                                 \
    body->c = fill_number() & 255;                                                                 \
    body->d = fill_number() & 255;

#define SAME(field) assert_int_equal(a->field, b->field);
#define SAME_TEXT(field)                                                                           \
    if (a->field)                                                                                  \
        assert_string_equal(a->field, b->field);                                                   \
    else                                                                                           \
        assert_null(b->field);
#define SAME_NAME(field)                                                                           \
    assert_int_equal(a->field##_bytes, b->field##_bytes);                                          \
    assert_memory_equal(a->field, b->field, a->field##_bytes);
#define SAME_SMALL(first, second, third, fourth) SAME(first) SAME(second) SAME(third) SAME(fourth)

#define FIELDS(value, name, fields)                                                                \
    static void fill_##name(struct jitney_##name *body)                                            \
    {                                                                                              \
        *body = (struct jitney_##name){.size = sizeof(*body)};                                     \
        fields(FILL_U32, FILL_U64, FILL_S32, FILL_TEXT, FILL_TEXT, FILL_NAME, FILL_SMALL)          \
    }                                                                                              \
    static void compare_##name(const struct jitney_##name *a, const struct jitney_##name *b)       \
    {                                                                                              \
        assert_int_equal(b->size, sizeof(*b));                                                     \
        fields(SAME, SAME, SAME, SAME_TEXT, SAME_TEXT, SAME_NAME, SAME_SMALL)                      \
    }
JT_RECORDING_CLASSES(FIELDS)

#define ROWS(name, type, fill, same)                                                               \
    static void fill_##name(type *body)                                                            \
    {                                                                                              \
        fill                                                                                       \
    }                                                                                              \
    static void compare_##name(const type *a, const type *b)                                       \
    {                                                                                              \
        same                                                                                       \
    }
ROWS(line, struct jitney_line, JT_RECORDING_LINE(FILL_U32, FILL_TEXT),
     JT_RECORDING_LINE(SAME, SAME_TEXT))
ROWS(inlined, struct jitney_inlined, JT_RECORDING_INLINED(FILL_U32, FILL_TEXT),
     JT_RECORDING_INLINED(SAME, SAME_TEXT))
ROWS(feedback, struct jitney_feedback, JT_RECORDING_FEEDBACK(, FILL_U32, FILL_TEXT),
     JT_RECORDING_FEEDBACK(, SAME, SAME_TEXT))

enum { LIST = 3 };

struct filled {
    union jt_recording_body body;
    struct jitney_line lines[LIST];
    struct jitney_inlined inlined[LIST];
    struct jitney_feedback feedback[LIST];
};

/* Lists and counts that make sense: the reader mends those that do not. */
static void fill_lists(struct filled *filled, uint32_t type, uint32_t count)
{
    for (uint32_t i = 0; i < LIST; i++) {
        fill_line(&filled->lines[i]);
        filled->lines[i].inlined = i <= count ? i : 0;
        fill_inlined(&filled->inlined[i]);
        filled->inlined[i].caller = i;
        fill_feedback(&filled->feedback[i]);
        filled->feedback[i].callee_count = i;
    }
    if (type == JITNEY_CODE_LOAD) {
        filled->body.code_load.lines = filled->lines;
        filled->body.code_load.line_count = count;
        filled->body.code_load.inlined = filled->inlined;
        filled->body.code_load.inlined_count = count;
    } else if (type == JITNEY_COMPILE) {
        filled->body.compile.feedback = filled->feedback;
        filled->body.compile.feedback_count = count;
    } else if (type == JITNEY_FUNCTION) {
        filled->body.function.body = "body\0of a function";
        filled->body.function.body_bytes = (size_t)count * 5;
    } else if (type == JITNEY_TYPE_FEEDBACK) {
        filled->body.type_feedback.before.callee_count = 3;
        filled->body.type_feedback.after.callee_count = 0;
    } else if (type == JITNEY_CONTEXTUAL_FEEDBACK) {
        filled->body.contextual_feedback.before.callee_count = 1;
        filled->body.contextual_feedback.after.callee_count = 3;
    }
}

static void fill_body(struct filled *filled, uint32_t type, uint32_t count)
{
    switch (type) {
#define CASE(value, name, fields)                                                                  \
    case value:                                                                                    \
        fill_##name(&filled->body.name);                                                           \
        break;
        JT_RECORDING_CLASSES(CASE)
#undef CASE
    default:
        fail();
    }
    fill_lists(filled, type, count);
}

static void compare_lists(const struct filled *filled, const union jt_recording_body *read,
                          uint32_t type)
{
    const struct jitney_code_load *load = &filled->body.code_load;

    for (uint32_t i = 0; type == JITNEY_CODE_LOAD && i < load->line_count; i++) {
        compare_line(&filled->lines[i], &read->code_load.lines[i]);
        compare_inlined(&filled->inlined[i], &read->code_load.inlined[i]);
    }
    for (uint32_t i = 0; type == JITNEY_COMPILE && i < filled->body.compile.feedback_count; i++)
        compare_feedback(&filled->feedback[i], &read->compile.feedback[i]);
    if (type == JITNEY_FUNCTION && filled->body.function.body_bytes > 0)
        assert_memory_equal(filled->body.function.body, read->function.body,
                            filled->body.function.body_bytes);
}

static void compare_body(const struct filled *filled, const union jt_recording_body *read,
                         uint32_t type)
{
    switch (type) {
#define CASE(value, name, fields)                                                                  \
    case value:                                                                                    \
        compare_##name(&filled->body.name, &read->name);                                           \
        break;
        JT_RECORDING_CLASSES(CASE)
#undef CASE
    default:
        fail();
    }
    compare_lists(filled, read, type);
}

static const char *two_texts(void *context, uint64_t number)
{
    return number == 2 ? "second" : NULL;
}

static void round_trip(uint32_t type, uint32_t count, bool is_full)
{
    static uint8_t bytes[1 << 16];
    const struct jt_recording_texts texts = {two_texts, NULL};
    struct filled filled;
    struct jitney_event event = {.size = sizeof(event), .type = type, .body = &filled.body};
    const struct jt_recording_finder finder = {second_text, NULL};
    struct jt_recording_plan plan = {.tail = 0};
    struct jt_recording_event read = {.lists = {JT_BUF_INIT(1 << 20), JT_BUF_INIT(1 << 20)}};
    struct jt_record record;
    struct jt_bytes in;
    uint64_t ticks = fill_number();
    const uint8_t *end = NULL;

    fill_body(&filled, type, count);
    if (is_full) {
        event.time_ns = 0x123456789abcdef0;
        event.tid = 99;
        event.flags = JITNEY_EVENT_IMPLIED;
        event.code = 0x1234567890;
        event.number = 7;
    }
    jt_recording_plan(&plan, &event, &finder);
    end = jt_recording_encode(bytes, &event, is_full ? NULL : &ticks, &plan);
    assert_true((size_t)(end - bytes) <= JT_RECORDING_PLAIN_BYTES + plan.tail);
    in = jt_bytes_of(bytes, (size_t)(end - bytes));
    assert_true(jt_record_next(&in, &record));
    assert_int_equal(in.left, 0);
    assert_int_equal(jt_recording_decode(&record, &texts, &read), JITNEY_OK);
    assert_int_equal(read.event.type, type);
    assert_int_equal(read.event.time_ns, is_full ? event.time_ns : ticks);
    assert_int_equal(read.event.tid, event.tid);
    assert_int_equal(read.event.flags, event.flags);
    assert_int_equal(read.event.code, event.code);
    assert_int_equal(read.event.number, event.number);
    assert_int_equal(read.lost_texts, 0);
    compare_body(&filled, &read.body, type);
    jt_buf_release(&read.lists[0]);
    jt_buf_release(&read.lists[1]);
}

static void test_every_field_of_every_class_survives(void **state)
{
    for (uint32_t round = 0; round < 400; round++)
        for (uint32_t type = 0; type < JT_RECORDING_CLASS_COUNT; type++)
            round_trip(type, round % (LIST + 1), round & 1);
}

static void test_numbers_that_are_no_byte_become_255_where_a_byte_is_kept(void **state)
{
    struct jitney_invocation body = {
        .size = sizeof(body), .source = 256, .tier = 4, .is_native = UINT32_MAX, .missing = 255};
    struct jitney_event event = {.type = JITNEY_INVOCATION, .invocation = &body};
    const struct jt_recording_texts texts = {two_texts, NULL};
    struct jt_recording_plan plan = {.tail = 0};
    struct jt_recording_event read = {.lost_texts = 0};
    struct jt_record record;
    struct jt_bytes in;
    uint8_t bytes[JT_RECORDING_PLAIN_BYTES];
    uint64_t ticks = 0;

    in = jt_bytes_of(bytes, (size_t)(jt_recording_encode(bytes, &event, &ticks, &plan) - bytes));
    assert_true(jt_record_next(&in, &record));
    assert_int_equal(jt_recording_decode(&record, &texts, &read), JITNEY_OK);
    assert_int_equal(read.body.invocation.source, 255);
    assert_int_equal(read.body.invocation.tier, 4);
    assert_int_equal(read.body.invocation.is_native, 255);
    assert_int_equal(read.body.invocation.missing, 255);
}

/* ---- order and time ---- */

static void test_events_of_all_threads_come_by_time_and_functions_first(void **state)
{
    struct recording_builder builder;
    struct jt_heap heap = libc_heap();
    struct seen seen;
    struct jt_recording *recording = NULL;

    recording_begin(&builder, JT_RECORDING_NANOSECONDS, 1000000000);
    recording_begin_chunk(&builder, JT_RECORDING_DEFINITIONS);
    recording_text(&builder, "first");
    recording_text(&builder, "second");
    add_function(&builder, 1, "f");
    add_function(&builder, 5, "g");
    recording_end_chunk(&builder);
    for (uint32_t tid = 0; tid < 3; tid++) {
        recording_begin_chunk(&builder, JT_RECORDING_EVENTS);
        recording_thread(&builder, 100, 10 + tid);
        for (uint32_t i = 0; i < 50; i++)
            add_invocation(&builder, i * 3 + tid, 1000 + i * 30 + tid * 10);
        add_deopt(&builder, "second", 5000 + tid);
        recording_end_chunk(&builder);
    }
    recording = read_built(&builder, &heap, &seen);
    assert_int_equal(seen.count, 2 + 153);
    assert_int_equal(seen.events[0].number, 1);
    assert_string_equal(seen.events[1].text, "g");
    for (uint32_t i = 0; i < 150; i++) {
        assert_int_equal(seen.events[2 + i].function, i);
        assert_int_equal(seen.events[2 + i].tid, 10 + i % 3);
        assert_int_equal(seen.events[2 + i].time_ns, 1000 + i * 10);
    }
    assert_string_equal(seen.events[152].text, "second");
    assert_string_equal(jt_recording_function(recording, 5)->name, "g");
    assert_null(jt_recording_function(recording, 2));
    assert_null(jt_recording_function(recording, 0));
    assert_int_equal(jt_recording_facts(recording)->threads, 3);
    assert_int_equal(jt_recording_facts(recording)->functions, 2);
    assert_int_equal(jt_recording_facts(recording)->events, 153);
    assert_int_equal(jt_recording_facts(recording)->first_ns, 1000);
    assert_int_equal(jt_recording_facts(recording)->last_ns, 5002);
    assert_string_equal(jt_recording_facts(recording)->engine, "toy");
    assert_int_equal(jt_recording_facts(recording)->pid, 4711);
    assert_true(jt_recording_facts(recording)->is_closed);
    jt_recording_close(recording);
    jt_buf_release(&builder.file);
}

static void test_one_chunk_serves_several_threads(void **state)
{
    struct recording_builder builder;
    struct jt_heap heap = libc_heap();
    struct seen seen;

    recording_begin(&builder, JT_RECORDING_NANOSECONDS, 0);
    recording_begin_chunk(&builder, JT_RECORDING_EVENTS);
    recording_thread(&builder, 100, 10);
    add_invocation(&builder, 1, 150);
    recording_thread(&builder, 90, 11);
    add_invocation(&builder, 2, 160);
    recording_end_chunk(&builder);
    jt_recording_close(read_built(&builder, &heap, &seen));
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.events[0].tid, 10);
    assert_int_equal(seen.events[1].tid, 11);
    assert_int_equal(seen.events[1].time_ns, 160);
    jt_buf_release(&builder.file);
}

/* An adapter tells what it reads in a log; the times are the log's. */
static void test_events_whose_time_was_given_are_sorted_too(void **state)
{
    struct recording_builder builder;
    struct jt_heap heap = libc_heap();
    struct jitney_note body = {.size = sizeof(body), .text = "n"};
    struct jitney_event event = {.size = sizeof(event), .type = JITNEY_NOTE, .note = &body};
    struct seen seen;

    recording_begin(&builder, JT_RECORDING_NANOSECONDS, 0);
    recording_begin_chunk(&builder, JT_RECORDING_EVENTS);
    recording_thread(&builder, 100, 10);
    for (uint32_t i = 0; i < 1000; i++) {
        event.time_ns = 1000000 + i * 7919 % 1000 * 10000;
        event.tid = i;
        recording_event(&builder, &event, NULL, NULL);
    }
    recording_end_chunk(&builder);
    jt_recording_close(read_built(&builder, &heap, &seen));
    assert_int_equal(seen.count, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(seen.events[i].time_ns, 1000000 + i * 10000);
    jt_buf_release(&builder.file);
}

static void test_counts_become_nanoseconds_by_anchors(void **state)
{
    struct recording_builder builder;
    struct jt_heap heap = libc_heap();
    struct seen seen;

    /* The header: 1,000,000 is 5 s; 2.5 counts a nanosecond. */
    recording_begin(&builder, JT_RECORDING_TSC, 2500000000);
    recording_begin_chunk(&builder, JT_RECORDING_EVENTS);
    recording_thread(&builder, 1000000, 10);
    add_invocation(&builder, 1, 1000000 + 2500);
    recording_anchor(&builder, 1000000 + 25000000, 5000000000 + 10000000);
    add_invocation(&builder, 2, 1000000 + 25000000 + 250000);
    /* From here the machine counts a thousandth more. */
    recording_anchor(&builder, 1000000 + 50025000, 5000000000 + 20000000);
    add_invocation(&builder, 3, 1000000 + 50025000);
    add_invocation(&builder, 4, 1000000 + 50025000 + 250250);
    recording_end_chunk(&builder);
    jt_recording_close(read_built(&builder, &heap, &seen));
    assert_int_equal(seen.events[0].time_ns, 5000001000);
    assert_in_range(seen.events[1].time_ns, 5000000000 + 10099800, 5000000000 + 10100000);
    assert_int_equal(seen.events[2].time_ns, 5000000000 + 20000000);
    assert_in_range(seen.events[3].time_ns, 5000000000 + 20099998, 5000000000 + 20100002);
    jt_buf_release(&builder.file);
}

static void test_a_machine_that_slept_does_not_bend_time(void **state)
{
    struct recording_builder builder;
    struct jt_heap heap = libc_heap();
    struct seen seen;

    recording_begin(&builder, JT_RECORDING_TSC, 1000000000);
    recording_begin_chunk(&builder, JT_RECORDING_EVENTS);
    recording_thread(&builder, 1000000, 10);
    add_invocation(&builder, 1, 1000000 + 4000000);
    recording_anchor(&builder, UINT64_C(3600000000000), 5000000000 + 5000000);
    add_invocation(&builder, 2, UINT64_C(3600000000000));
    recording_end_chunk(&builder);
    jt_recording_close(read_built(&builder, &heap, &seen));
    assert_int_equal(seen.events[0].time_ns, 5004000000);
    assert_int_equal(seen.events[1].time_ns, 5005000000);
    jt_buf_release(&builder.file);
}

/* ---- later versions ---- */

static void put(struct recording_builder *builder, const void *bytes, size_t count)
{
    jt_buf_append(&builder->file, bytes, count);
}

static void test_unknown_records_and_longer_ones_are_stepped_over(void **state)
{
    /* type 9 and event class 100, a time each; then an invocation with 12 fields and a tail. */
    static const uint8_t unknown[] = {9, 4, 1, 1, 5, 0};
    static const uint8_t unknown_event[] = {116, 4, 1, 1, 5, 0};
    static const uint8_t longer[] = {24,   255, 14, 0, 0,  0,  12,  0x11, 0,   0,
                                     0x10, 0,   0,  3, 77, 66, 't', 'a',  'i', 'l'};
    struct recording_builder builder;
    struct jt_heap heap = libc_heap();
    struct seen seen;
    struct jt_recording *recording = NULL;

    recording_begin(&builder, JT_RECORDING_NANOSECONDS, 0);
    recording_begin_chunk(&builder, JT_RECORDING_EVENTS);
    recording_thread(&builder, 1000, 10);
    put(&builder, unknown, sizeof(unknown));
    put(&builder, unknown_event, sizeof(unknown_event));
    put(&builder, longer, sizeof(longer));
    builder.counter = 1013;
    add_invocation(&builder, 2, 1020);
    recording_end_chunk(&builder);
    recording = read_built(&builder, &heap, &seen);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.events[0].function, 77);
    assert_int_equal(seen.events[0].time_ns, 1013);
    assert_int_equal(seen.events[1].time_ns, 1020);
    assert_int_equal(jt_recording_facts(recording)->bad_records, 2);
    jt_recording_close(recording);
    jt_buf_release(&builder.file);
}

static void test_a_newer_version_is_refused_as_such(void **state)
{
    struct recording_builder builder;
    struct jt_heap heap = libc_heap();
    struct jt_recording *recording = NULL;

    recording_begin(&builder, JT_RECORDING_NANOSECONDS, 0);
    builder.file.bytes[8] = 2;
    assert_int_equal(
        jt_recording_open_memory(builder.file.bytes, builder.file.length, &heap, &recording),
        JITNEY_ERR_VERSION);
    assert_null(recording);
    builder.file.bytes[8] = 1;
    builder.file.bytes[0] = 'X';
    assert_int_equal(
        jt_recording_open_memory(builder.file.bytes, builder.file.length, &heap, &recording),
        JITNEY_ERR_FORMAT);
    assert_int_equal(jt_recording_open_memory("JITNEYR", 8, &heap, &recording), JITNEY_ERR_FORMAT);
    assert_true(jt_recording_probe("JITNEYR", 8));
    assert_false(jt_recording_probe("JITNEYR", 7));
    jt_buf_release(&builder.file);
}

/* ---- damage ---- */

static void build_three_chunks(struct recording_builder *builder)
{
    recording_begin(builder, JT_RECORDING_NANOSECONDS, 0);
    recording_begin_chunk(builder, JT_RECORDING_DEFINITIONS);
    recording_text(builder, "first");
    recording_text(builder, "second");
    add_function(builder, 1, "f");
    recording_end_chunk(builder);
    for (uint32_t tid = 1; tid <= 2; tid++) {
        recording_begin_chunk(builder, JT_RECORDING_EVENTS);
        recording_thread(builder, 1000, tid);
        for (uint32_t i = 0; i < 10; i++)
            add_deopt(builder, i % 2 ? "second" : "in place", 1000 + i);
        recording_end_chunk(builder);
    }
}

static void test_a_file_cut_short_gives_what_is_whole(void **state)
{
    struct recording_builder builder;
    struct jt_heap heap = libc_heap();
    struct seen seen;
    struct jt_recording *recording = NULL;
    int last = 0;

    build_three_chunks(&builder);
    for (size_t length = builder.chunk; length < builder.chunk + 500; length++) {
        const struct jitney_recording_visitor visitor = {sizeof(visitor), see, &seen};

        memset(&seen, 0, sizeof(seen));
        assert_int_equal(jt_recording_open_memory(builder.file.bytes, length, &heap, &recording),
                         JITNEY_OK);
        assert_int_equal(jt_recording_read(recording, &visitor), JITNEY_OK);
        assert_in_range(seen.count, 11, 21);
        assert_true(seen.count >= last);
        assert_int_equal(jt_recording_facts(recording)->bad_chunks, 0);
        if (seen.count > 11 && seen.count < 21)
            assert_true(jt_recording_facts(recording)->first_bad_offset > 0);
        last = seen.count;
        jt_recording_close(recording);
    }
    assert_int_equal(last, 21);
    jt_buf_release(&builder.file);
}

static void test_a_damaged_chunk_costs_no_other(void **state)
{
    struct recording_builder builder;
    struct jt_heap heap = libc_heap();
    struct seen seen;
    struct jt_recording *recording = NULL;

    build_three_chunks(&builder);
    memset(builder.file.bytes + JT_RECORDING_GRANULE, 0xee, 64);
    recording = read_built(&builder, &heap, &seen);
    assert_int_equal(seen.count, 11);
    assert_int_equal(seen.events[1].tid, 2);
    assert_int_equal(jt_recording_facts(recording)->bad_chunks, 1);
    assert_int_equal(jt_recording_facts(recording)->first_bad_offset, JT_RECORDING_GRANULE);
    jt_recording_close(recording);
    jt_buf_release(&builder.file);
}

static void test_a_damaged_record_ends_its_chunk(void **state)
{
    struct recording_builder builder;
    struct jt_heap heap = libc_heap();
    struct seen seen;
    struct jt_recording *recording = NULL;

    build_three_chunks(&builder);
    memset(builder.file.bytes + JT_RECORDING_GRANULE + 64 + 100, 0, 40);
    recording = read_built(&builder, &heap, &seen);
    assert_in_range(seen.count, 11, 20);
    assert_int_equal(jt_recording_facts(recording)->bad_chunks, 1);
    jt_recording_close(recording);
    jt_buf_release(&builder.file);
}

static void test_a_text_without_a_definition_is_left_out(void **state)
{
    struct recording_builder builder;
    struct jt_heap heap = libc_heap();
    struct seen seen;

    recording_begin(&builder, JT_RECORDING_NANOSECONDS, 0);
    recording_begin_chunk(&builder, JT_RECORDING_EVENTS);
    recording_thread(&builder, 1000, 1);
    add_deopt(&builder, "second", 1000);
    recording_end_chunk(&builder);
    jt_recording_close(read_built(&builder, &heap, &seen));
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.events[0].function, 3);
    assert_string_equal(seen.events[0].text, "");
    jt_buf_release(&builder.file);
}

static void test_every_byte_may_be_wrong(void **state)
{
    struct recording_builder builder;
    struct jt_heap heap = libc_heap();
    struct seen seen;
    const struct jitney_recording_visitor visitor = {sizeof(visitor), see, &seen};
    size_t ends[] = {JT_RECORDING_HEADER_BYTES + 200, JT_RECORDING_GRANULE + 500,
                     2 * JT_RECORDING_GRANULE + 500};

    build_three_chunks(&builder);
    for (size_t part = 0; part < 3; part++) {
        for (size_t i = ends[part] - 500; i < ends[part]; i++) {
            uint8_t right = builder.file.bytes[i];
            struct jt_recording *recording = NULL;

            builder.file.bytes[i] = (uint8_t)(right ^ (1U << i % 8));
            memset(&seen, 0, sizeof(seen));
            if (jt_recording_open_memory(builder.file.bytes, builder.file.length, &heap,
                                         &recording) == JITNEY_OK)
                jt_recording_read(recording, &visitor);
            jt_recording_close(recording);
            builder.file.bytes[i] = right;
        }
    }
    jt_buf_release(&builder.file);
}

/* ---- a file that goes on ---- */

static void write_at(int fd, const void *bytes, size_t count, size_t offset)
{
    assert_int_equal(pwrite(fd, bytes, count, (off_t)offset), (ssize_t)count);
}

static void test_reading_again_goes_on_with_what_was_added(void **state)
{
    char *folder = test_folder_make();
    char path[4096];
    struct recording_builder builder;
    struct jt_heap heap = libc_heap();
    struct seen seen = {.count = 0};
    const struct jitney_recording_visitor visitor = {sizeof(visitor), see, &seen};
    struct jt_recording *recording = NULL;
    uint64_t whole = 0, half = 0;
    int fd = -1;

    snprintf(path, sizeof(path), "%s/r.jtr", folder);
    build_three_chunks(&builder);
    fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    whole = recording_chunk(&builder)->committed;
    /* First the file ends with a chunk of which one record is committed, its thread. */
    half = htole64(7);
    write_at(fd, builder.file.bytes, builder.file.length, 0);
    write_at(fd, &half, 8, builder.chunk + offsetof(struct jt_recording_chunk_header, committed));
    assert_int_equal(jt_recording_open(path, &heap, &recording), JITNEY_OK);
    assert_int_equal(jt_recording_read(recording, &visitor), JITNEY_OK);
    assert_int_equal(seen.count, 11);
    assert_int_equal(jt_recording_read(recording, &visitor), JITNEY_OK);
    assert_int_equal(seen.count, 11);
    write_at(fd, &whole, 8, builder.chunk + offsetof(struct jt_recording_chunk_header, committed));
    assert_int_equal(jt_recording_read(recording, &visitor), JITNEY_OK);
    assert_int_equal(seen.count, 21);
    assert_int_equal(seen.events[20].tid, 2);
    assert_int_equal(seen.events[20].time_ns, 1009);
    /* The same chunk once more behind it. */
    write_at(fd, builder.file.bytes + builder.chunk, JT_RECORDING_GRANULE,
             builder.chunk + JT_RECORDING_GRANULE);
    assert_int_equal(jt_recording_read(recording, &visitor), JITNEY_OK);
    assert_int_equal(jt_recording_read(recording, &visitor), JITNEY_OK);
    assert_int_equal(seen.count, 31);
    assert_int_equal(jt_recording_facts(recording)->bad_chunks, 0);
    jt_recording_close(recording);
    close(fd);
    jt_buf_release(&builder.file);
    test_folder_remove(folder);
}

static void test_a_recording_that_began_anew_is_read_anew(void **state)
{
    struct recording_builder builder;
    struct jt_heap heap = libc_heap();
    struct seen seen;
    const struct jitney_recording_visitor visitor = {sizeof(visitor), see, &seen};
    struct jt_recording *recording = NULL;

    build_three_chunks(&builder);
    recording = read_built(&builder, &heap, &seen);
    builder.file.bytes[32]++; /* serial */
    memset(&seen, 0, sizeof(seen));
    assert_int_equal(jt_recording_read(recording, &visitor), JITNEY_OK);
    assert_int_equal(seen.count, 21);
    assert_int_equal(jt_recording_facts(recording)->events, 20);
    jt_recording_close(recording);
    jt_buf_release(&builder.file);
}

static void test_a_visitor_that_stops_can_go_on(void **state)
{
    struct recording_builder builder;
    struct jt_heap heap = libc_heap();
    struct seen seen = {.count = 0};
    const struct jitney_recording_visitor visitor = {sizeof(visitor), see, &seen};
    struct jt_recording *recording = NULL;

    build_three_chunks(&builder);
    assert_int_equal(
        jt_recording_open_memory(builder.file.bytes, builder.file.length, &heap, &recording),
        JITNEY_OK);
    for (int i = 1; i <= 21; i++) {
        seen.stop_after = i;
        assert_int_equal(jt_recording_read(recording, &visitor), 77);
        assert_int_equal(seen.count, i);
    }
    assert_int_equal(jt_recording_read(recording, &visitor), JITNEY_OK);
    assert_int_equal(seen.count, 21);
    jt_recording_close(recording);
    jt_buf_release(&builder.file);
}

/* ---- resources ---- */

static void test_reader_survives_every_failed_allocation(void **state)
{
    struct recording_builder builder;
    int64_t failed = 0;
    bool has_failed = true;

    build_three_chunks(&builder);
    for (int64_t at = 1; has_failed; at++) {
        struct failing_heap failing;
        struct seen seen = {.count = 0};
        const struct jitney_recording_visitor visitor = {sizeof(visitor), see, &seen};
        struct jt_recording *recording = NULL;
        struct jt_heap heap;
        int status = JITNEY_OK;

        failing_heap_init(&failing, at);
        jt_heap_init(&heap, &failing.allocator);
        status =
            jt_recording_open_memory(builder.file.bytes, builder.file.length, &heap, &recording);
        if (!status)
            status = jt_recording_read(recording, &visitor);
        has_failed = failing.calls >= at;
        assert_true(status == JITNEY_ERR_MEMORY || seen.count == 21);
        /* What failed once works the second time, and nothing is told twice. */
        if (recording && status)
            assert_int_equal(jt_recording_read(recording, &visitor), JITNEY_OK);
        if (recording)
            assert_int_equal(seen.count, 21);
        failed += has_failed;
        jt_recording_close(recording);
        assert_int_equal(failing.live_bytes, 0);
    }
    assert_true(failed > 8);
    jt_buf_release(&builder.file);
}

static void test_what_is_no_regular_file_is_refused(void **state)
{
    char *folder = test_folder_make();
    char path[4096];
    struct jt_heap heap = libc_heap();
    struct jt_recording *recording = NULL;

    snprintf(path, sizeof(path), "%s/pipe", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(jt_recording_open(path, &heap, &recording), JITNEY_ERR_FORMAT);
    assert_int_equal(jt_recording_open(folder, &heap, &recording), JITNEY_ERR_FORMAT);
    snprintf(path, sizeof(path), "%s/none", folder);
    assert_int_equal(jt_recording_open(path, &heap, &recording), JITNEY_ERR_IO);
    assert_int_equal(errno, ENOENT);
    test_folder_remove(folder);
}

/* A file of a terabyte, nearly all of it hole. */
static void test_holes_are_not_walked_through(void **state)
{
    char *folder = test_folder_make();
    char path[4096];
    struct recording_builder builder;
    struct jt_heap heap = libc_heap();
    struct seen seen = {.count = 0};
    const struct jitney_recording_visitor visitor = {sizeof(visitor), see, &seen};
    struct jt_recording *recording = NULL;
    int fd = -1;

    snprintf(path, sizeof(path), "%s/r.jtr", folder);
    build_three_chunks(&builder);
    fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    write_at(fd, builder.file.bytes, builder.file.length, 0);
    write_at(fd, builder.file.bytes + builder.chunk, JT_RECORDING_GRANULE, (size_t)1 << 40);
    assert_int_equal(jt_recording_open(path, &heap, &recording), JITNEY_OK);
    assert_int_equal(jt_recording_read(recording, &visitor), JITNEY_OK);
    assert_int_equal(seen.count, 31);
    jt_recording_close(recording);
    close(fd);
    jt_buf_release(&builder.file);
    test_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_field_of_every_class_survives),
        cmocka_unit_test(test_numbers_that_are_no_byte_become_255_where_a_byte_is_kept),
        cmocka_unit_test(test_events_of_all_threads_come_by_time_and_functions_first),
        cmocka_unit_test(test_one_chunk_serves_several_threads),
        cmocka_unit_test(test_events_whose_time_was_given_are_sorted_too),
        cmocka_unit_test(test_counts_become_nanoseconds_by_anchors),
        cmocka_unit_test(test_a_machine_that_slept_does_not_bend_time),
        cmocka_unit_test(test_unknown_records_and_longer_ones_are_stepped_over),
        cmocka_unit_test(test_a_newer_version_is_refused_as_such),
        cmocka_unit_test(test_a_file_cut_short_gives_what_is_whole),
        cmocka_unit_test(test_a_damaged_chunk_costs_no_other),
        cmocka_unit_test(test_a_damaged_record_ends_its_chunk),
        cmocka_unit_test(test_a_text_without_a_definition_is_left_out),
        cmocka_unit_test(test_every_byte_may_be_wrong),
        cmocka_unit_test(test_reading_again_goes_on_with_what_was_added),
        cmocka_unit_test(test_a_recording_that_began_anew_is_read_anew),
        cmocka_unit_test(test_a_visitor_that_stops_can_go_on),
        cmocka_unit_test(test_reader_survives_every_failed_allocation),
        cmocka_unit_test(test_what_is_no_regular_file_is_refused),
        cmocka_unit_test(test_holes_are_not_walked_through),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
