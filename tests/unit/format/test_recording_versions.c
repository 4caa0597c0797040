/* format/recording: files of every version that was ever released are still read, and
 * say what they said.
 *
 *     test_recording_versions --dump FILE
 *
 * prints what is to stand beside a new fixture, as NAME.txt. Fixtures never change. */
#include "format/recording.h"
#include "format/recording_reader.h"
#include "support/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const fixtures[] = {
    "v1/all-classes", /* by the library, closed */
    "v1/killed",      /* by the library, four threads, killed */
    "v1/counts",      /* time in counts with anchors, two chunks, small granules */
};

static void print_text(struct jt_buf *out, const char *name, const char *text, size_t bytes)
{
    if (!text)
        return;
    jt_buf_printf(out, " %s=\"", name);
    for (size_t i = 0; i < bytes; i++)
        jt_buf_printf(out, text[i] >= ' ' && text[i] <= '~' ? "%c" : "\\x%02x",
                      (unsigned char)text[i]);
    jt_buf_append_text(out, "\"");
}

#define NUMBER(field)                                                                              \
    if (body->field)                                                                               \
        jt_buf_printf(out, " %s=%lld", #field, (long long)body->field);
#define TEXT(field) print_text(out, #field, body->field, body->field ? strlen(body->field) : 0);
#define NAME(field) print_text(out, #field, body->field, body->field##_bytes);
#define SMALL(a, b, c, d) NUMBER(a) NUMBER(b) NUMBER(c) NUMBER(d)
#define PRINT(value, name, fields)                                                                 \
    static void print_##name(struct jt_buf *out, const struct jitney_##name *body)                 \
    {                                                                                              \
        fields(NUMBER, NUMBER, NUMBER, TEXT, TEXT, NAME, SMALL)                                    \
    }
JT_RECORDING_CLASSES(PRINT)

static void print_line(struct jt_buf *out, const struct jitney_line *body)
{
    JT_RECORDING_LINE(NUMBER, TEXT)
}

static void print_inlined(struct jt_buf *out, const struct jitney_inlined *body)
{
    JT_RECORDING_INLINED(NUMBER, TEXT)
}

static void print_feedback(struct jt_buf *out, const struct jitney_feedback *body)
{
    JT_RECORDING_FEEDBACK(, NUMBER, TEXT)
}

static void print_lists(struct jt_buf *out, const struct jitney_event *event)
{
    const struct jitney_code_load *load = event->body;
    const struct jitney_compile *compile = event->body;

    for (uint32_t i = 0; event->type == JITNEY_CODE_LOAD && i < load->line_count; i++) {
        jt_buf_append_text(out, "\n  line");
        print_line(out, &load->lines[i]);
    }
    for (uint32_t i = 0; event->type == JITNEY_CODE_LOAD && i < load->inlined_count; i++) {
        jt_buf_append_text(out, "\n  inlined");
        print_inlined(out, &load->inlined[i]);
    }
    for (uint32_t i = 0; event->type == JITNEY_COMPILE && i < compile->feedback_count; i++) {
        jt_buf_append_text(out, "\n  feedback");
        print_feedback(out, &compile->feedback[i]);
    }
    if (event->type == JITNEY_FUNCTION)
        print_text(out, "body", event->function->body, event->function->body_bytes);
}

static int print_event(void *context, const struct jitney_event *event)
{
    static const char *const names[] = {
#define EVENT_NAME(id, value, name, group) name,
        JITNEY_EVENT_LIST(EVENT_NAME)
#undef EVENT_NAME
    };
    struct jt_buf *out = context;

    jt_buf_printf(out,
                  "%llu %u %s flags=%u code=%llu number=%u:", (unsigned long long)event->time_ns,
                  event->tid, names[event->type], event->flags, (unsigned long long)event->code,
                  event->number);
    switch (event->type) {
#define CASE(value, name, fields)                                                                  \
    case value:                                                                                    \
        print_##name(out, event->body);                                                            \
        break;
        JT_RECORDING_CLASSES(CASE)
#undef CASE
    default:
        return 1;
    }
    print_lists(out, event);
    jt_buf_append_text(out, "\n");
    return 0;
}

static void print_facts(struct jt_buf *out, const struct jt_recording_facts *facts)
{
    jt_buf_printf(out,
                  "version=%u pid=%u machine=%u engine=%s start=%llu wall=%llu first=%llu "
                  "last=%llu events=%llu functions=%llu threads=%llu dropped=%llu closed=%d "
                  "bad=%llu,%llu torn=%llu\n",
                  facts->version, facts->pid, facts->machine, facts->engine,
                  (unsigned long long)facts->start_ns, (unsigned long long)facts->wall_ns,
                  (unsigned long long)facts->first_ns, (unsigned long long)facts->last_ns,
                  (unsigned long long)facts->events, (unsigned long long)facts->functions,
                  (unsigned long long)facts->threads, (unsigned long long)facts->dropped,
                  facts->is_closed, (unsigned long long)facts->bad_records,
                  (unsigned long long)facts->bad_chunks, (unsigned long long)facts->torn_bytes);
}

/* All that a recording says, as text. */
static void dump(const char *path, struct jt_buf *out)
{
    const struct jitney_recording_visitor visitor = {sizeof(visitor), print_event, out};
    struct jt_recording *recording = NULL;
    struct jt_heap heap;
    size_t bytes = 0;
    uint8_t *file = test_read_file(path, &bytes);

    jt_heap_init(&heap, NULL);
    assert_int_equal(jt_recording_open_memory(file, bytes, &heap, &recording), JITNEY_OK);
    assert_int_equal(jt_recording_read(recording, &visitor), JITNEY_OK);
    print_facts(out, jt_recording_facts(recording));
    jt_recording_close(recording);
    free(file);
}

static void test_every_released_version_says_what_it_said(void **state)
{
    for (size_t i = 0; i < sizeof(fixtures) / sizeof(fixtures[0]); i++) {
        struct jt_buf out = JT_BUF_INIT(1 << 24);
        char name[100];
        char *path = NULL;
        char *expected_path = NULL;
        uint8_t *expected = NULL;
        size_t bytes = 0;

        snprintf(name, sizeof(name), "recording/%s.jtr", fixtures[i]);
        path = test_fixture(name);
        snprintf(name, sizeof(name), "recording/%s.txt", fixtures[i]);
        expected_path = test_fixture(name);
        dump(path, &out);
        expected = test_read_file(expected_path, &bytes);
        assert_int_equal(out.length, bytes);
        assert_memory_equal(out.bytes, expected, bytes);
        free(expected);
        free(expected_path);
        free(path);
        jt_buf_release(&out);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_released_version_says_what_it_said),
    };

    if (argc == 3 && strcmp(argv[1], "--dump") == 0) {
        struct jt_buf out = JT_BUF_INIT(1 << 24);

        dump(argv[2], &out);
        fwrite(out.bytes, 1, out.length, stdout);
        jt_buf_release(&out);
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
