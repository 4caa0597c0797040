/* runtime/options: what the environment asks for. */
#include "jitney/session.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[] = {
    "JITNEY_PERFMAP",      "JITNEY_JITDUMP", "JITNEY_GDB",           "JITNEY_RECORD",
    "JITNEY_LOG",          "JITNEY_MAP",     "JITNEY_RECORD_FILTER", "JITNEY_RECORD_SERIALIZE",
    "JITNEY_RECORD_BYTES", "JITNEY_DIR",     "JITNEY_USER_CODE",
};

static void clear(void)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unsetenv(names[i]);
}

static int ask(const char *name, const char *value, struct jitney_session_options *options)
{
    int status = JITNEY_OK;

    clear();
    *options = (struct jitney_session_options){.size = sizeof(*options)};
    setenv(name, value, 1);
    errno = 77;
    status = jitney_options_from_environment(options);
    assert_int_equal(errno, 77);
    clear();
    return status;
}

static void test_empty_environment_asks_for_nothing(void **state)
{
    struct jitney_session_options options = {.size = sizeof(options), .sinks = JITNEY_SINK_LOG};

    clear();
    assert_int_equal(jitney_options_from_environment(&options), JITNEY_OK);
    assert_int_equal(options.sinks, JITNEY_SINK_LOG);
}

static void test_each_sink_has_a_variable(void **state)
{
    static const struct {
        const char *name, *value;
        uint32_t sinks;
    } rows[] = {
        {"JITNEY_PERFMAP", "1", JITNEY_SINK_PERFMAP},
        {"JITNEY_PERFMAP", "0", 0},
        {"JITNEY_PERFMAP", "", 0},
        {"JITNEY_JITDUMP", "1", JITNEY_SINK_JITDUMP},
        {"JITNEY_GDB", "1", JITNEY_SINK_GDB},
        {"JITNEY_GDB", "always", JITNEY_SINK_GDB},
        {"JITNEY_RECORD", "1", JITNEY_SINK_RECORD},
        {"JITNEY_RECORD", "/x/y", JITNEY_SINK_RECORD},
        {"JITNEY_LOG", "l.txt", JITNEY_SINK_LOG},
        {"JITNEY_MAP", "1", JITNEY_SINK_MAP},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct jitney_session_options options;

        assert_int_equal(ask(rows[i].name, rows[i].value, &options), JITNEY_OK);
        assert_int_equal(options.sinks, rows[i].sinks);
    }
}

static void test_variables_switch_off_what_the_engine_switched_on(void **state)
{
    struct jitney_session_options options = {.size = sizeof(options),
                                             .sinks = JITNEY_SINK_PERFMAP | JITNEY_SINK_GDB};

    clear();
    setenv("JITNEY_PERFMAP", "0", 1);
    assert_int_equal(jitney_options_from_environment(&options), JITNEY_OK);
    assert_int_equal(options.sinks, JITNEY_SINK_GDB);
    clear();
}

static void test_files_flags_and_limits_are_taken(void **state)
{
    struct jitney_session_options options;

    ask("JITNEY_RECORD", "/tmp/r-%p.jtr", &options);
    assert_string_equal(options.record_file, "/tmp/r-%p.jtr");
    ask("JITNEY_RECORD", "1", &options);
    assert_null(options.record_file);
    ask("JITNEY_GDB", "always", &options);
    assert_int_equal(options.flags, JITNEY_SESSION_GDB_ALWAYS);
    ask("JITNEY_RECORD_SERIALIZE", "1", &options);
    assert_int_equal(options.flags, JITNEY_SESSION_BODIES);
    ask("JITNEY_RECORD_BYTES", "64M", &options);
    assert_int_equal(options.record_bytes, 64 << 20);
    ask("JITNEY_DIR", "/some/where", &options);
    assert_string_equal(options.directory, "/some/where");
    ask("JITNEY_USER_CODE", "/app/", &options);
    assert_string_equal(options.user_code, "/app/");
}

static void test_filters_name_groups_in_any_case(void **state)
{
    static const struct {
        const char *value;
        uint32_t events;
        int status;
    } rows[] = {
        {"Compile", JITNEY_EVENTS_COMPILE, JITNEY_OK},
        {"compile,DEOPT", JITNEY_EVENTS_COMPILE | JITNEY_EVENTS_DEOPT, JITNEY_OK},
        {"Compile,Deopt,TypeFeedback,Invoke,ContextualTypeFeedback",
         JITNEY_EVENTS_COMPILE | JITNEY_EVENTS_DEOPT | JITNEY_EVENTS_TYPE_FEEDBACK |
             JITNEY_EVENTS_INVOKE | JITNEY_EVENTS_CONTEXTUAL_FEEDBACK,
         JITNEY_OK},
        {"All", JITNEY_EVENTS_ALL, JITNEY_OK},
        {"Deopt,", JITNEY_EVENTS_DEOPT, JITNEY_OK},
        {"Deopts", 0, JITNEY_ERR_ARGUMENT},
        {"Deopt,nonsense", JITNEY_EVENTS_DEOPT, JITNEY_ERR_ARGUMENT},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct jitney_session_options options;

        assert_int_equal(ask("JITNEY_RECORD_FILTER", rows[i].value, &options), rows[i].status);
        assert_int_equal(options.record_filter, rows[i].events);
    }
}

static void test_sizes_that_make_no_sense_are_refused(void **state)
{
    static const char *const values[] = {
        "", "-1", "x", "0", "5Q", "5MM", "99999999999999999999", "17179869184G"};

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct jitney_session_options options;

        assert_int_equal(ask("JITNEY_RECORD_BYTES", values[i], &options), JITNEY_ERR_ARGUMENT);
        assert_int_equal(options.record_bytes, 0);
    }
}

static void test_options_without_their_size_are_refused(void **state)
{
    struct jitney_session_options options = {0};

    assert_int_equal(jitney_options_from_environment(&options), JITNEY_ERR_ARGUMENT);
    assert_int_equal(jitney_options_from_environment(NULL), JITNEY_ERR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_environment_asks_for_nothing),
        cmocka_unit_test(test_each_sink_has_a_variable),
        cmocka_unit_test(test_variables_switch_off_what_the_engine_switched_on),
        cmocka_unit_test(test_files_flags_and_limits_are_taken),
        cmocka_unit_test(test_filters_name_groups_in_any_case),
        cmocka_unit_test(test_sizes_that_make_no_sense_are_refused),
        cmocka_unit_test(test_options_without_their_size_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
