#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/sample/trace.h"
#include "analysis/sample/trace_json.h"
#include "base/alloc.h"
#include "jitney/status.h"
#include "support/files.h"

#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    char *folder;
    char *name; /* of the trace */
    char *old;
    struct jt_diag diag;
};

static void set_up(struct fixture *fixture)
{
    fixture->folder = test_folder_make();
    fixture->name = jt_format("%s/run.jitney", fixture->folder);
    fixture->old = jt_format("%s/run.jitney.old", fixture->folder);
    fixture->diag = (struct jt_diag){0};
}

static void tear_down(struct fixture *fixture)
{
    test_folder_remove(fixture->folder);
    free(fixture->name);
    free(fixture->old);
}

static bool has_file(const char *folder, const char *name)
{
    char *path = jt_format("%s/%s", folder, name);
    bool is_there = access(path, F_OK) == 0;

    free(path);
    return is_there;
}

/* Leave a trace with a file `mark` in it. */
static void make_trace(struct fixture *fixture, const char *mark)
{
    const struct jt_trace_facts facts = {.frequency = 999};
    struct jt_trace trace;
    char *path = NULL;

    assert_int_equal(jt_trace_make(&trace, fixture->name, &fixture->diag), JITNEY_OK);
    assert_int_equal(jt_trace_write_json(&trace, &facts, &fixture->diag), JITNEY_OK);
    path = jt_trace_file(&trace, mark);
    test_write_file(path, "x", 1);
    free(path);
    jt_trace_release(&trace);
}

static void test_an_older_trace_is_kept_as_old_and_the_oldest_goes(void **state)
{
    struct fixture fixture;

    set_up(&fixture);
    make_trace(&fixture, "first");
    make_trace(&fixture, "second");
    assert_true(has_file(fixture.old, "first"));
    make_trace(&fixture, "third");
    assert_true(has_file(fixture.name, "third"));
    assert_false(has_file(fixture.name, "second"));
    assert_true(has_file(fixture.old, "second"));
    assert_false(has_file(fixture.old, "first"));
    assert_int_equal(fixture.diag.errors, 0);
    tear_down(&fixture);
}

static void test_what_is_no_trace_is_never_touched(void **state)
{
    struct fixture fixture;
    struct jt_trace trace;
    char *inside = NULL;

    set_up(&fixture);
    test_write_file(fixture.name, "mine", 4);
    assert_int_not_equal(jt_trace_make(&trace, fixture.name, &fixture.diag), JITNEY_OK);
    assert_true(access(fixture.name, F_OK) == 0);
    unlink(fixture.name);
    mkdir(fixture.name, 0755);
    inside = jt_format("%s/precious", fixture.name);
    test_write_file(inside, "mine", 4);
    assert_int_not_equal(jt_trace_make(&trace, fixture.name, &fixture.diag), JITNEY_OK);
    assert_true(has_file(fixture.name, "precious"));
    assert_int_equal(fixture.diag.errors, 2);
    free(inside);
    tear_down(&fixture);
}

static void test_an_old_that_is_no_trace_stays_and_so_does_the_trace(void **state)
{
    struct fixture fixture;
    struct jt_trace trace;

    set_up(&fixture);
    make_trace(&fixture, "first");
    test_write_file(fixture.old, "mine", 4);
    assert_int_not_equal(jt_trace_make(&trace, fixture.name, &fixture.diag), JITNEY_OK);
    assert_true(has_file(fixture.name, "first"));
    assert_true(access(fixture.old, F_OK) == 0);
    tear_down(&fixture);
}

static void test_an_empty_folder_is_used(void **state)
{
    struct fixture fixture;

    set_up(&fixture);
    mkdir(fixture.name, 0755);
    make_trace(&fixture, "first");
    assert_true(has_file(fixture.name, "first"));
    assert_false(access(fixture.old, F_OK) == 0);
    tear_down(&fixture);
}

static void test_a_trace_given_up_puts_the_older_one_back(void **state)
{
    struct fixture fixture;
    struct jt_trace trace;

    set_up(&fixture);
    make_trace(&fixture, "first");
    assert_int_equal(jt_trace_make(&trace, fixture.name, &fixture.diag), JITNEY_OK);
    assert_false(has_file(fixture.name, "first"));
    jt_trace_abandon(&trace);
    assert_true(has_file(fixture.name, "first"));
    assert_false(access(fixture.old, F_OK) == 0);
    tear_down(&fixture);
}

static json_t *read_json(const struct fixture *fixture)
{
    char *path = jt_format("%s/trace.json", fixture->name);
    json_t *root = json_load_file(path, 0, NULL);

    free(path);
    assert_non_null(root);
    return root;
}

static void test_what_was_added_to_a_program_is_in_the_json(void **state)
{
    char *command[] = {(char *)(uintptr_t) "node", (char *)(uintptr_t) "bad\xff.js", NULL};
    char *before[] = {(char *)(uintptr_t) "A=1", NULL};
    char *after[] = {(char *)(uintptr_t) "A=1", (char *)(uintptr_t) "NODE_OPTIONS=--x", NULL};
    struct jt_sampler_result result = {
        .samples = 12, .event = "cpu-clock", .was_run = true, .wait_status = 3 << 8};
    struct jt_collected file = {.name = (char *)(uintptr_t) "perf-5.map",
                                .origin = (char *)(uintptr_t) "/tmp/perf-1.map",
                                .pid = 5,
                                .inner_pid = 1};
    const struct jt_trace_facts facts = {
        .command = command,
        .launched = command,
        .environment = before,
        .launched_environment = after,
        .result = &result,
        .files = &file,
        .file_count = 1,
    };
    struct fixture fixture;
    struct jt_trace trace;
    json_t *root = NULL;

    set_up(&fixture);
    assert_int_equal(jt_trace_make(&trace, fixture.name, &fixture.diag), JITNEY_OK);
    assert_int_equal(jt_trace_write_json(&trace, &facts, &fixture.diag), JITNEY_OK);
    root = read_json(&fixture);
    assert_true(json_is_true(json_object_get(root, "complete")));
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(root, "environment_added"), 0)),
        "NODE_OPTIONS=--x");
    assert_int_equal(json_array_size(json_object_get(root, "environment_added")), 1);
    assert_string_equal(json_string_value(json_array_get(json_object_get(root, "command"), 1)),
                        "bad?.js");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(root, "exit"), "status")),
                     3);
    assert_int_equal(json_integer_value(json_object_get(
                         json_array_get(json_object_get(root, "files"), 0), "inner_pid")),
                     1);
    json_decref(root);
    jt_trace_release(&trace);
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_older_trace_is_kept_as_old_and_the_oldest_goes),
        cmocka_unit_test(test_what_is_no_trace_is_never_touched),
        cmocka_unit_test(test_an_old_that_is_no_trace_stays_and_so_does_the_trace),
        cmocka_unit_test(test_an_empty_folder_is_used),
        cmocka_unit_test(test_a_trace_given_up_puts_the_older_one_back),
        cmocka_unit_test(test_what_was_added_to_a_program_is_in_the_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
