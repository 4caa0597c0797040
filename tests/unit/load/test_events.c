/* Recordings that the library writes, alone, in a folder, and while they grow. */
#include "analysis/load/events.h"
#include "analysis/load/recording.h"
#include "base/alloc.h"
#include "jitney/jitney.h"
#include "support/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A process that records; it is told to by the test, and waits for it. */
struct writer {
    struct jitney_session *session;
    uint32_t function;
};

static void open_writer(struct writer *writer, const char *path)
{
    const struct jitney_function function = {
        .size = sizeof(function), .name = "square", .name_space = "shapes", .primitive_index = -1};
    struct jitney_session_options options = {.size = sizeof(options),
                                             .sinks = JITNEY_SINK_RECORD,
                                             .engine = "toy",
                                             .record_file = path,
                                             .record_filter = JITNEY_EVENTS_ALL};

    assert_int_equal(jitney_session_open(&options, &writer->session), JITNEY_OK);
    assert_int_equal(jitney_function_define(writer->session, &function, &writer->function),
                     JITNEY_OK);
}

static void write_deopt(const struct writer *writer, uint64_t time_ns)
{
    const struct jitney_deopt deopt = {.size = sizeof(deopt),
                                       .function = writer->function,
                                       .reason = "not a Smi",
                                       .expected = "Smi",
                                       .seen = "Double"};

    assert_int_equal(jitney_emit_at(writer->session, JITNEY_DEOPT, &deopt, time_ns, 0), JITNEY_OK);
}

struct seen {
    struct jt_event_log *log;
    uint64_t functions;
    uint64_t events;
    uint64_t last_ns;
    uint64_t sources; /* changes of the source from one event to the next */
    const struct jt_event_log_source *source;
    int stop_after;
};

static int see(void *context, const struct jt_event_log_source *source,
               const struct jitney_event *event)
{
    struct seen *seen = context;
    const struct jitney_function *function = NULL;

    if (event->type == JITNEY_FUNCTION) {
        seen->functions++;
        return JITNEY_OK;
    }
    seen->events++;
    assert_true(event->time_ns >= seen->last_ns);
    seen->last_ns = event->time_ns;
    seen->sources += seen->source != source;
    seen->source = source;
    if (event->type == JITNEY_DEOPT) {
        function = jt_event_log_function(source, event->deopt->function);
        assert_non_null(function);
        assert_string_equal(function->name, "square");
        assert_string_equal(event->deopt->reason, "not a Smi");
        assert_string_equal(event->deopt->seen, "Double");
    }
    return seen->stop_after && (int)seen->events == seen->stop_after ? JITNEY_ERR_STOPPED
                                                                     : JITNEY_OK;
}

static int read_log(struct jt_event_log *log, struct seen *seen)
{
    const struct jt_event_log_sink sink = {seen, see};

    seen->log = log;
    return jt_event_log_read(log, &sink);
}

static void test_a_recording_is_read_and_says_what_it_is(void **state)
{
    char *folder = test_folder_make();
    char *path = jt_format("%s/events-1.jtr", folder);
    struct jt_event_log *log = NULL;
    struct jt_event_log_facts facts;
    struct jt_diag diag = {0};
    struct seen seen = {0};
    struct writer writer;

    open_writer(&writer, path);
    for (int i = 0; i < 100; i++)
        write_deopt(&writer, 0);
    jitney_session_close(writer.session);
    assert_int_equal(jt_event_log_open(path, &diag, &log), JITNEY_OK);
    assert_int_equal(read_log(log, &seen), JITNEY_OK);
    assert_int_equal(seen.events, 100);
    assert_int_equal(seen.functions, 1);
    facts = jt_event_log_facts(jt_event_log_source_at(log, 0));
    assert_int_equal(facts.kind, JT_EVENT_LOG_RECORDING);
    assert_string_equal(facts.engine, "toy");
    assert_int_equal(facts.pid, getpid());
    assert_true(facts.has_times && facts.is_closed && !facts.is_rir);
    assert_int_equal(jt_event_log_start_ns(log), facts.start_ns);
    assert_false(jt_event_log_is_growing(log));
    jt_event_log_say_losses(log, &diag);
    assert_int_equal(diag.warnings + diag.errors, 0);
    jt_event_log_close(log);
    free(path);
    test_folder_remove(folder);
}

static void test_a_recording_that_grows_gives_what_is_new(void **state)
{
    char *folder = test_folder_make();
    char *path = jt_format("%s/events-1.jtr", folder);
    struct jt_event_log *log = NULL;
    struct jt_diag diag = {0};
    struct seen seen = {0};
    struct writer writer;

    open_writer(&writer, path);
    write_deopt(&writer, 0);
    assert_int_equal(jt_event_log_open(path, &diag, &log), JITNEY_OK);
    for (uint64_t i = 1; i <= 5; i++) {
        assert_int_equal(read_log(log, &seen), JITNEY_OK);
        assert_int_equal(seen.events, i);
        assert_true(jt_event_log_is_growing(log));
        write_deopt(&writer, 0);
    }
    jitney_session_close(writer.session);
    assert_int_equal(read_log(log, &seen), JITNEY_OK);
    assert_int_equal(seen.events, 6);
    assert_false(jt_event_log_is_growing(log));
    jt_event_log_close(log);
    free(path);
    test_folder_remove(folder);
}

/* In a process of its own, which dies without closing. */
static void write_and_die(const char *path)
{
    struct writer writer;
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        open_writer(&writer, path);
        write_deopt(&writer, 0);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void test_a_recording_of_a_dead_process_does_not_grow(void **state)
{
    char *folder = test_folder_make();
    char *path = jt_format("%s/events-1.jtr", folder);
    struct jt_event_log *log = NULL;
    struct jt_diag diag = {0};
    struct seen seen = {0};

    write_and_die(path);
    assert_int_equal(jt_event_log_open(path, &diag, &log), JITNEY_OK);
    assert_false(jt_event_log_is_growing(log));
    assert_int_equal(read_log(log, &seen), JITNEY_OK);
    assert_int_equal(seen.events, 1);
    assert_false(jt_event_log_facts(jt_event_log_source_at(log, 0)).is_closed);
    jt_event_log_close(log);
    free(path);
    test_folder_remove(folder);
}

static void test_the_recordings_of_a_folder_are_merged_by_time(void **state)
{
    char *folder = test_folder_make();
    char *first = jt_format("%s/events-1.jtr", folder);
    char *second = jt_format("%s/events-2.jtr", folder);
    char *third = jt_format("%s/events-3.jtr", folder);
    char *other = jt_format("%s/events-4.txt", folder);
    struct jt_event_log *log = NULL;
    struct jt_diag diag = {0};
    struct seen seen = {0};
    struct writer writers[3];

    test_write_file(other, "not one of them", 15);
    assert_false(jt_event_log_folder_probe(folder));
    open_writer(&writers[0], first);
    open_writer(&writers[1], second);
    for (uint64_t i = 0; i < 50; i++)
        write_deopt(&writers[i % 2], 1000 * (i + 1));
    assert_true(jt_event_log_folder_probe(folder));
    assert_int_equal(jt_event_log_open(folder, &diag, &log), JITNEY_OK);
    assert_int_equal(jt_event_log_source_count(log), 2);
    assert_int_equal(read_log(log, &seen), JITNEY_OK);
    assert_int_equal(seen.events, 50);
    assert_int_equal(seen.sources, 50);
    /* One that begins later is found when there is more to be read. */
    open_writer(&writers[2], third);
    write_deopt(&writers[2], 60000);
    assert_int_equal(read_log(log, &seen), JITNEY_OK);
    assert_int_equal(jt_event_log_source_count(log), 3);
    assert_int_equal(seen.events, 51);
    assert_int_equal(diag.errors, 0);
    jt_event_log_close(log);
    for (size_t i = 0; i < 3; i++)
        jitney_session_close(writers[i].session);
    free(first);
    free(second);
    free(third);
    free(other);
    test_folder_remove(folder);
}

static void test_every_class_survives_the_merge(void **state)
{
    static unsigned char code[256];
    char *folder = test_folder_make();
    char *first = jt_format("%s/events-1.jtr", folder);
    char *second = jt_format("%s/events-2.jtr", folder);
    struct jt_event_log *log = NULL;
    struct jt_diag diag = {0};
    struct seen seen = {0};
    struct writer writers[2];
    const struct jitney_feedback feedback = {
        .kind = JITNEY_FEEDBACK_TYPE, .slot = 1, .text = "Smi"};
    const struct jitney_code_load load = {.size = sizeof(load),
                                          .address = (uint64_t)(uintptr_t)code,
                                          .bytes = 128,
                                          .name = "square",
                                          .file = "shapes.toy",
                                          .line = 1};
    const struct jitney_code_unload unload = {.size = sizeof(unload), .address = load.address};
    const struct jitney_compile compile = {
        .size = sizeof(compile), .function = 1, .feedback = &feedback, .feedback_count = 1};
    const struct jitney_note note = {.size = sizeof(note), .text = "note"};

    open_writer(&writers[0], first);
    open_writer(&writers[1], second);
    write_deopt(&writers[1], 0);
    assert_int_equal(jitney_code_load(writers[0].session, &load), JITNEY_OK);
    assert_int_equal(jitney_compile(writers[0].session, &compile), JITNEY_OK);
    assert_int_equal(jitney_note(writers[0].session, &note), JITNEY_OK);
    assert_int_equal(jitney_code_unload(writers[0].session, &unload), JITNEY_OK);
    assert_int_equal(jt_event_log_open(folder, &diag, &log), JITNEY_OK);
    assert_int_equal(read_log(log, &seen), JITNEY_OK);
    assert_int_equal(seen.events, 5);
    assert_string_equal(jt_event_log_code_name(jt_event_log_source_at(log, 0), 1), "square");
    assert_null(jt_event_log_code_name(jt_event_log_source_at(log, 0), 2));
    jt_event_log_close(log);
    jitney_session_close(writers[0].session);
    jitney_session_close(writers[1].session);
    free(first);
    free(second);
    test_folder_remove(folder);
}

static void test_the_sink_can_stop(void **state)
{
    char *folder = test_folder_make();
    char *path = jt_format("%s/events-1.jtr", folder);
    struct jt_event_log *log = NULL;
    struct jt_diag diag = {0};
    struct seen seen = {.stop_after = 3};
    struct writer writer;

    open_writer(&writer, path);
    for (int i = 0; i < 10; i++)
        write_deopt(&writer, 0);
    jitney_session_close(writer.session);
    assert_int_equal(jt_event_log_open(path, &diag, &log), JITNEY_OK);
    assert_int_equal(read_log(log, &seen), JITNEY_ERR_STOPPED);
    assert_int_equal(seen.events, 3);
    jt_event_log_close(log);
    free(path);
    test_folder_remove(folder);
}

struct codes {
    uint64_t loads, moves, unloads;
    char name[64];
};

static int see_code(void *context, const struct jt_code_event *event)
{
    struct codes *codes = context;

    codes->loads += event->kind == JT_CODE_LOAD;
    codes->moves += event->kind == JT_CODE_MOVE;
    codes->unloads += event->kind == JT_CODE_UNLOAD;
    if (event->kind == JT_CODE_LOAD)
        snprintf(codes->name, sizeof(codes->name), "%.*s", (int)event->name_bytes, event->name);
    assert_int_equal(event->pid, getpid());
    assert_true(event->time_ns > 0);
    return JITNEY_OK;
}

static void test_the_timeline_gets_the_code_of_a_recording(void **state)
{
    static unsigned char code[256];
    char *folder = test_folder_make();
    char *path = jt_format("%s/events-1.jtr", folder);
    struct codes codes = {0};
    const struct jt_code_sink sink = {&codes, see_code};
    struct jt_load_damage damage = {0};
    struct jt_diag diag = {0};
    struct writer writer;
    const struct jitney_code_load load = {.size = sizeof(load),
                                          .address = (uint64_t)(uintptr_t)code,
                                          .bytes = 64,
                                          .name = "square",
                                          .file = "shapes.toy",
                                          .line = 12};
    const struct jitney_code_move move = {
        .size = sizeof(move), .from = load.address, .to = load.address + 128};
    const struct jitney_code_unload unload = {.size = sizeof(unload), .address = move.to};

    open_writer(&writer, path);
    assert_int_equal(jitney_code_load(writer.session, &load), JITNEY_OK);
    assert_int_equal(jitney_code_move(writer.session, &move), JITNEY_OK);
    assert_int_equal(jitney_code_unload(writer.session, &unload), JITNEY_OK);
    jitney_session_close(writer.session);
    assert_int_equal(jt_recording_codes_read(path, &diag, &sink, &damage), JITNEY_OK);
    assert_int_equal(codes.loads, 1);
    assert_int_equal(codes.moves, 1);
    assert_int_equal(codes.unloads, 1);
    assert_string_equal(codes.name, "square shapes.toy:12 [jit]");
    assert_int_equal(damage.skipped + damage.torn_bytes, 0);
    free(path);
    test_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_recording_is_read_and_says_what_it_is),
        cmocka_unit_test(test_a_recording_that_grows_gives_what_is_new),
        cmocka_unit_test(test_a_recording_of_a_dead_process_does_not_grow),
        cmocka_unit_test(test_the_recordings_of_a_folder_are_merged_by_time),
        cmocka_unit_test(test_every_class_survives_the_merge),
        cmocka_unit_test(test_the_sink_can_stop),
        cmocka_unit_test(test_the_timeline_gets_the_code_of_a_recording),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
