/* Code events of a recording as the timeline takes them. */
#include "analysis/load/recording.h"
#include "base/alloc.h"
#include "base/vec.h"
#include "jitney/status.h"
#include "support/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CODE UINT64_C(0x7f0000001000)

struct seen {
    struct jt_vec(struct jt_code_event) events; /* names are copies */
    int status;                                 /* to be returned */
};

static int see(void *context, const struct jt_code_event *event)
{
    struct seen *seen = context;
    struct jt_code_event copy = *event;

    copy.name = event->name ? jt_strndup(event->name, event->name_bytes) : NULL;
    jt_vec_push(&seen->events, copy);
    return seen->status;
}

static void forget(struct seen *seen)
{
    for (size_t i = 0; i < seen->events.count; i++)
        free((char *)seen->events.at[i].name);
    jt_vec_release(&seen->events);
}

static int give(struct seen *seen, uint32_t type, const void *body)
{
    const struct jitney_event event = {
        .size = sizeof(event), .type = type, .time_ns = 1000, .tid = 8, .code = 5, .body = body};
    const struct jt_code_sink sink = {seen, see};

    return jt_recording_code_give(&event, 7, &sink);
}

static void test_names_are_those_of_maps(void **state)
{
    static const struct {
        const char *name;
        size_t name_bytes;
        const char *file;
        uint32_t line, column;
        const char *given;
    } rows[] = {
        {"add", 0, NULL, 0, 0, "add"},
        {"add", 0, "shapes.toy", 0, 0, "add"},
        {"add", 0, "shapes.toy", 12, 0, "add shapes.toy:12 [jit]"},
        {"add", 0, "shapes.toy", 12, 3, "add shapes.toy:12:3 [jit]"},
        {"add", 0, NULL, 12, 3, "add"},
        {"addition", 3, "shapes.toy", 1, 0, "add shapes.toy:1 [jit]"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct seen seen = {0};
        const struct jitney_code_load load = {.size = sizeof(load),
                                              .address = CODE,
                                              .bytes = 64,
                                              .name = rows[i].name,
                                              .name_bytes = rows[i].name_bytes,
                                              .file = rows[i].file,
                                              .line = rows[i].line,
                                              .column = rows[i].column};

        assert_int_equal(give(&seen, JITNEY_CODE_LOAD, &load), JITNEY_OK);
        assert_int_equal(seen.events.count, 1);
        assert_string_equal(seen.events.at[0].name, rows[i].given);
        forget(&seen);
    }
}

static void test_loads_moves_and_unloads_keep_their_times_and_numbers(void **state)
{
    const struct jitney_code_load load = {
        .size = sizeof(load), .address = CODE, .bytes = 64, .name = "f"};
    const struct jitney_code_move move = {
        .size = sizeof(move), .from = CODE, .to = CODE + 4096, .bytes = 64};
    const struct jitney_code_unload unload = {
        .size = sizeof(unload), .address = CODE + 4096, .bytes = 64};
    struct seen seen = {0};

    give(&seen, JITNEY_CODE_LOAD, &load);
    give(&seen, JITNEY_CODE_MOVE, &move);
    give(&seen, JITNEY_CODE_UNLOAD, &unload);
    assert_int_equal(seen.events.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(seen.events.at[i].time_ns, 1000);
        assert_int_equal(seen.events.at[i].pid, 7);
        assert_int_equal(seen.events.at[i].tid, 8);
        assert_int_equal(seen.events.at[i].index, 5);
        assert_int_equal(seen.events.at[i].bytes, 64);
        assert_int_equal(seen.events.at[i].lines_offset, -1);
        assert_int_equal(seen.events.at[i].code_offset, -1);
    }
    assert_int_equal(seen.events.at[0].kind, JT_CODE_LOAD);
    assert_int_equal(seen.events.at[1].kind, JT_CODE_MOVE);
    assert_int_equal(seen.events.at[1].old_address, CODE);
    assert_int_equal(seen.events.at[1].address, CODE + 4096);
    assert_int_equal(seen.events.at[2].kind, JT_CODE_UNLOAD);
    assert_int_equal(seen.events.at[2].address, CODE + 4096);
    forget(&seen);
}

static void test_what_is_no_machine_code_is_left_out(void **state)
{
    const struct jitney_code_load load = {.size = sizeof(load),
                                          .address = CODE,
                                          .bytes = 64,
                                          .name = "f",
                                          .kind = JITNEY_CODE_BYTECODE};
    const struct jitney_note note = {.size = sizeof(note), .text = "x"};
    struct seen seen = {0};

    assert_int_equal(give(&seen, JITNEY_CODE_LOAD, &load), JITNEY_OK);
    assert_int_equal(give(&seen, JITNEY_NOTE, &note), JITNEY_OK);
    assert_int_equal(seen.events.count, 0);
}

static void test_the_sink_can_stop(void **state)
{
    const struct jitney_code_load load = {
        .size = sizeof(load), .address = CODE, .bytes = 64, .name = "f"};
    struct seen seen = {.status = JITNEY_ERR_STOPPED};

    assert_int_equal(give(&seen, JITNEY_CODE_LOAD, &load), JITNEY_ERR_STOPPED);
    forget(&seen);
}

static void test_the_pid_is_in_the_name(void **state)
{
    assert_int_equal(jt_recording_pid_of_name("/tmp/events-4711.jtr"), 4711);
    assert_int_equal(jt_recording_pid_of_name("events-1.jtr"), 1);
    assert_int_equal(jt_recording_pid_of_name("events-1.2.jtr"), 1);
    assert_int_equal(jt_recording_pid_of_name("events-1..jtr"), 0);
    assert_int_equal(jt_recording_pid_of_name("/tmp/events-.jtr"), 0);
    assert_int_equal(jt_recording_pid_of_name("/tmp/events-12.jtr.bak"), 0);
    assert_int_equal(jt_recording_pid_of_name("/tmp/perf-12.map"), 0);
    assert_int_equal(jt_recording_pid_of_name("events-99999999999.jtr"), 0);
}

static void test_what_is_no_recording_is_refused(void **state)
{
    char *folder = test_folder_make();
    char *path = jt_format("%s/events-1.jtr", folder);
    struct seen seen = {0};
    const struct jt_code_sink sink = {&seen, see};
    struct jt_load_damage damage = {0};
    struct jt_diag diag = {0};

    assert_int_equal(jt_recording_codes_read(path, &diag, &sink, &damage), JITNEY_ERR_NOT_FOUND);
    test_write_file(path, "hello, I am text and not a recording of anything at all", 50);
    assert_int_equal(jt_recording_codes_read(path, &diag, &sink, &damage), JITNEY_ERR_FORMAT);
    assert_int_equal(diag.errors, 2);
    assert_int_equal(seen.events.count, 0);
    free(path);
    test_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_those_of_maps),
        cmocka_unit_test(test_loads_moves_and_unloads_keep_their_times_and_numbers),
        cmocka_unit_test(test_what_is_no_machine_code_is_left_out),
        cmocka_unit_test(test_the_sink_can_stop),
        cmocka_unit_test(test_the_pid_is_in_the_name),
        cmocka_unit_test(test_what_is_no_recording_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
