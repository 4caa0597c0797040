#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "analysis/report/activity.h"
#include "analysis/report/json.h"
#include "analysis/report/text.h"
#include "jitney/status.h"
#include "support/profiles.h"

static const char *const sample_text =
    "node{kind=command};main{kind=native,module=node};"
    "work{tier=optimized,runtime=v8,file=/srv/app.js,line=2} 60\n"
    "node{kind=command};main{kind=native,module=node};"
    "work{tier=interpreted,runtime=v8,file=/srv/app.js,line=2} 20\n"
    "node{kind=command};[unknown]{kind=unknown,reason=no-map,module=[jit]} 15\n"
    "node{kind=command};read{kind=kernel,module=[kernel]} 5\n";

static char *text_of(const struct jt_profile *profile, const struct jt_text_options *options)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);

    assert_int_equal(jt_text_write(stream, profile, options), JITNEY_OK);
    fclose(stream);
    return text;
}

static void test_the_report_says_shares_functions_and_reasons(void **state)
{
    const struct jt_text_options options = {.columns = 80};
    static const char *const lines[] = {
        "  optimized     60.0 %  ########################\n",
        "  interpreter   20.0 %  ########\n",
        "  kernel         5.0 %  ##\n",
        "   80.0 %   80.0 %  work app.js:2                               opt 75%, int 25%\n",
        "    0.0 %   80.0 %  main                                        node\n",
        "JIT code, and no perf map or jitdump of this process\n",
        "      record with `jitney record -- CMD`",
    };
    struct jt_profile profile;
    char *text = NULL;

    test_profile_from_folded(&profile, sample_text, strlen(sample_text), false);
    text = text_of(&profile, &options);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (!strstr(text, lines[i]))
            fail_msg("missing: %s\nin: %s", lines[i], text);
    free(text);
    jt_profile_release(&profile);
}

static void test_no_line_is_wider_than_the_terminal(void **state)
{
    const char *text =
        "a_function_whose_name_is_far_too_long_for_any_terminal_that_people_use_today_or"
        "_tomorrow{tier=optimized,file=/a/file_with_a_long_name_too.js,line=123456} 3\n"
        "été_été_été_été_été_été_été_été_été_été_été_été_été_été_été{kind=native,"
        "module=libc.so.6} 1\n";
    struct jt_profile profile;

    test_profile_from_folded(&profile, text, strlen(text), false);
    for (unsigned columns = 60; columns <= 200; columns += 20) {
        const struct jt_text_options options = {.columns = columns};
        char *report = text_of(&profile, &options);
        char *save = NULL;

        for (char *line = strtok_r(report, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
            size_t wide = 0;

            for (size_t i = 0; line[i]; i++)
                wide += ((unsigned char)line[i] & 0xc0) != 0x80;
            if (strchr(line, '%') && wide > columns && !strstr(line, "of the"))
                fail_msg("%zu columns of %u: %s", wide, columns, line);
        }
        free(report);
    }
    jt_profile_release(&profile);
}

static void test_fewer_rows_say_how_many_are_left(void **state)
{
    const struct jt_text_options options = {.columns = 80, .most_functions = 1};
    struct jt_profile profile;
    char *text = NULL;

    test_profile_from_folded(&profile, sample_text, strlen(sample_text), false);
    text = text_of(&profile, &options);
    assert_non_null(strstr(text, "and 3 more functions (-n 0 shows all)"));
    free(text);
    jt_profile_release(&profile);
}

static void test_a_profile_of_nothing_says_so(void **state)
{
    const struct jt_text_options options = {.columns = 80};
    struct jt_profile profile;
    char *text = NULL;

    jt_profile_init(&profile);
    jt_profile_finish(&profile);
    text = text_of(&profile, &options);
    assert_non_null(strstr(text, "There is not one sample"));
    free(text);
    jt_profile_release(&profile);
}

static void test_json_has_everything_the_text_has(void **state)
{
    struct jt_profile profile;
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);
    json_t *root = NULL;
    json_t *first = NULL;

    test_profile_from_folded(&profile, sample_text, strlen(sample_text), false);
    assert_int_equal(jt_json_write(stream, &profile, NULL), JITNEY_OK);
    fclose(stream);
    root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    assert_int_equal(json_integer_value(json_object_get(root, "weight")), 100);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(root, "shares"), "optimized")), 60);
    first = json_array_get(json_object_get(root, "functions"), 0);
    assert_string_equal(json_string_value(json_object_get(first, "name")), "work");
    assert_int_equal(json_integer_value(json_object_get(first, "line")), 2);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(first, "tiers"), "interpreted")), 20);
    first = json_array_get(json_object_get(root, "unknown"), 0);
    assert_string_equal(json_string_value(json_object_get(first, "reason")), "no-map");
    assert_int_equal(json_integer_value(json_object_get(first, "leaves")), 15);
    json_decref(root);
    free(text);
    jt_profile_release(&profile);
}

static void test_json_has_what_the_engine_told_as_one_member(void **state)
{
    struct jt_profile profile;
    struct jt_activity *activity = jt_activity_new();
    const struct jt_activity_about about = {.engine = "toy", .lost = UINT64_MAX};
    char *parts[2] = {NULL, NULL};
    size_t bytes = 0;
    FILE *stream = open_memstream(&parts[0], &bytes);
    json_t *root = NULL;

    test_profile_from_folded(&profile, sample_text, strlen(sample_text), false);
    assert_int_equal(jt_activity_write_json(stream, activity, &about), JITNEY_OK);
    fclose(stream);
    stream = open_memstream(&parts[1], &bytes);
    assert_int_equal(jt_json_write(stream, &profile, parts[0]), JITNEY_OK);
    fclose(stream);
    root = json_loads(parts[1], JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, NULL);
    assert_non_null(root);
    assert_non_null(json_object_get(root, "functions"));
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(root, "activity"), "engine")), "toy");
    json_decref(root);
    free(parts[0]);
    free(parts[1]);
    jt_activity_free(activity);
    jt_profile_release(&profile);
}

static void test_json_stays_json_whatever_names_hold(void **state)
{
    const char *text = "bad\xff\xfename{kind=native} 1\n\"quoted\\{kind=native} 1\n";
    struct jt_profile profile;
    char *json = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&json, &bytes);
    json_t *root = NULL;

    test_profile_from_folded(&profile, text, strlen(text), false);
    assert_int_equal(jt_json_write(stream, &profile, NULL), JITNEY_OK);
    fclose(stream);
    root = json_loads(json, 0, NULL);
    assert_non_null(root);
    assert_int_equal(json_array_size(json_object_get(root, "functions")), 2);
    json_decref(root);
    free(json);
    jt_profile_release(&profile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_report_says_shares_functions_and_reasons),
        cmocka_unit_test(test_no_line_is_wider_than_the_terminal),
        cmocka_unit_test(test_fewer_rows_say_how_many_are_left),
        cmocka_unit_test(test_a_profile_of_nothing_says_so),
        cmocka_unit_test(test_json_has_everything_the_text_has),
        cmocka_unit_test(test_json_has_what_the_engine_told_as_one_member),
        cmocka_unit_test(test_json_stays_json_whatever_names_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
