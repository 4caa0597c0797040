#include "analysis/report/html.h"

#include "analysis/report/out.h"
#include "analysis/report/tree.h"
#include "jitney/status.h"
#include "support/profiles.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void fill(struct jt_profile *profile, const char *text)
{
    test_profile_from_folded(profile, text, strlen(text), false);
}

static char *page_of(const struct jt_profile *profile, const struct jt_html_options *options,
                     size_t *bytes)
{
    char *page = NULL;
    FILE *stream = open_memstream(&page, bytes);

    assert_int_equal(jt_html_write(stream, profile, options), JITNEY_OK);
    fclose(stream);
    return page;
}

/* The JSON of the page; fails the test when there is none. */
static json_t *data_of(const struct jt_profile *profile, const struct jt_html_options *options)
{
    static const char begin[] = "id=\"data\">";
    size_t bytes = 0;
    char *page = page_of(profile, options, &bytes);
    char *json = memmem(page, bytes, begin, sizeof(begin) - 1);
    char *end = NULL;
    json_t *data = NULL;

    assert_non_null(json);
    json += sizeof(begin) - 1;
    end = memmem(json, bytes - (size_t)(json - page), "</script>", 9);
    assert_non_null(end);
    data = json_loadb(json, (size_t)(end - json), JSON_ALLOW_NUL, NULL);
    assert_non_null(data);
    free(page);
    return data;
}

static json_t *column(json_t *data, const char *table, const char *name)
{
    return json_object_get(json_object_get(data, table), name);
}

static long long at(json_t *column, size_t i)
{
    return json_integer_value(json_array_get(column, i));
}

static long long sum(json_t *column)
{
    long long all = 0;

    for (size_t i = 0; i < json_array_size(column); i++)
        all += at(column, i);
    return all;
}

/* The row of the function of this name. */
static size_t function_row(json_t *data, const char *name)
{
    json_t *names = column(data, "functions", "name");
    json_t *strings = json_object_get(data, "strings");

    for (size_t i = 0; i < json_array_size(names); i++)
        if (strcmp(json_string_value(json_array_get(strings, (size_t)at(names, i))), name) == 0)
            return i;
    fail_msg("no function %s", name);
    return 0;
}

static long long function_number(json_t *data, const char *name, const char *what)
{
    return at(column(data, "functions", what), function_row(data, name));
}

static void test_every_sample_is_on_the_page(void **state)
{
    struct jt_profile profile;
    struct jt_html_options options = {.min_share = 0};
    json_t *data = NULL;

    fill(&profile, "a;b;c 12\na;b 3\na;d;c 5\n");
    data = data_of(&profile, &options);
    assert_int_equal(sum(column(data, "nodes", "self")), 20);
    assert_int_equal(json_array_size(column(data, "nodes", "parent")), 6);
    assert_int_equal(function_number(data, "c", "self"), 17);
    assert_int_equal(function_number(data, "a", "total"), 20);
    assert_int_equal(json_integer_value(column(data, "merged", "frames")), 0);
    json_decref(data);
    jt_profile_release(&profile);
}

static void test_recursion_counts_once_in_a_functions_total(void **state)
{
    struct jt_profile profile;
    struct jt_html_options options = {.min_share = 0};
    json_t *data = NULL;

    fill(&profile, "f;f;f 4\nf;g;f 6\nh;f;f 1\n");
    data = data_of(&profile, &options);
    assert_int_equal(function_number(data, "f", "total"), 11);
    assert_int_equal(function_number(data, "f", "self"), 11);
    assert_int_equal(function_number(data, "g", "total"), 6);
    json_decref(data);
    jt_profile_release(&profile);
}

static void test_tiers_of_one_function_are_one_row_with_its_kinds(void **state)
{
    struct jt_profile profile;
    struct jt_html_options options = {.min_share = 0};
    static const char text[] = "work{tier=interpreted,line=2} 4\nwork{tier=optimized,line=2} 6\n"
                               "work{tier=optimized,line=9} 1\n";

    for (int splits = 0; splits < 2; splits++) {
        json_t *data = NULL;

        test_profile_from_folded(&profile, text, sizeof(text) - 1, splits);
        data = data_of(&profile, &options);
        /* The root, work:2 and work:9. */
        assert_int_equal(json_array_size(column(data, "functions", "name")), 3);
        assert_int_equal(function_number(data, "work", "total"), 10);
        assert_int_equal(json_array_size(json_object_get(data, "kinds")), 9);
        json_decref(data);
        jt_profile_release(&profile);
    }
}

static void test_narrow_frames_are_merged_and_counted_but_stay_in_the_table(void **state)
{
    struct jt_profile profile;
    struct jt_html_options options = {.min_share = 0.1};
    json_t *data = NULL;
    json_t *merged = NULL;

    fill(&profile, "a 90\na;thin;leaf 4\na;slim 4\nb 2\n");
    data = data_of(&profile, &options);
    merged = json_object_get(data, "merged");
    assert_int_equal(json_integer_value(json_object_get(merged, "frames")), 4);
    assert_int_equal(json_integer_value(json_object_get(merged, "weight")), 10);
    assert_int_equal(json_integer_value(json_object_get(merged, "least")), 10);
    assert_int_equal(sum(column(data, "nodes", "self")), 100);
    /* all, a, and one merged child of each. */
    assert_int_equal(json_array_size(column(data, "nodes", "frame")), 4);
    assert_int_equal(function_number(data, "leaf", "self"), 4);
    assert_int_equal(function_number(data, "thin", "total"), 4);
    json_decref(data);
    jt_profile_release(&profile);
}

static void test_a_small_profile_keeps_every_frame_and_a_large_one_what_fits(void **state)
{
    struct jt_profile profile;
    struct jt_html_options options = {.min_share = -1};
    json_t *data = NULL;

    fill(&profile, "a 1000000\na;b 1\n");
    data = data_of(&profile, &options);
    assert_int_equal(json_array_size(column(data, "nodes", "frame")), 3);
    json_decref(data);
    jt_profile_release(&profile);

    test_profile_large(&profile, 400000, 40, 2000);
    data = data_of(&profile, &options);
    assert_in_range(json_array_size(column(data, "nodes", "frame")), 1000, 300000);
    assert_int_equal(sum(column(data, "nodes", "self")), profile.weight);
    assert_true(json_integer_value(json_object_get(json_object_get(data, "merged"), "frames")) > 0);
    json_decref(data);
    jt_profile_release(&profile);
}

static size_t count_of(const char *page, size_t bytes, const char *what)
{
    size_t count = 0;
    const char *end = page + bytes;

    for (const char *next = page; (next = memmem(next, (size_t)(end - next), what, strlen(what)));
         next++)
        count++;
    return count;
}

static void test_hostile_names_stay_strings(void **state)
{
    static const struct {
        const char *name, *read_back;
    } cases[] = {
        {"</script><script>alert(1)</script>", "</script><script>alert(1)</script>"},
        {"<!--<script", "<!--<script"},
        {"]]>\"'\\", "]]>\"'\\"},
        {"tab\there\x01", "tab\there\x01"},
        {"line\xe2\x80\xa8separator", "line\xe2\x80\xa8separator"},
        {"\xff\xc0\xaf\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                                     "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd"},
        {"\xf0\x9f\x94\xa5 \xc3\xa9", "\xf0\x9f\x94\xa5 \xc3\xa9"},
    };
    struct jt_html_options options = {.min_share = 0};
    size_t scripts = 0;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jt_profile profile;
        char *text = jt_format("%s 5\n", cases[i].name);
        size_t bytes = 0;
        char *page = NULL;
        json_t *data = NULL;

        fill(&profile, text);
        options.title = cases[i].name;
        page = page_of(&profile, &options, &bytes);
        if (i == 0)
            scripts = count_of(page, bytes, "<script");
        assert_int_equal(count_of(page, bytes, "<script"), scripts);
        assert_int_equal(scripts, 2);
        assert_int_equal(count_of(page, bytes, "</script"), scripts);
        data = data_of(&profile, &options);
        assert_int_equal(function_number(data, cases[i].read_back, "self"), 5);
        assert_string_equal(json_string_value(json_object_get(data, "title")), cases[i].read_back);
        json_decref(data);
        free(page);
        free(text);
        jt_profile_release(&profile);
    }
}

static void test_a_differential_has_both_weights(void **state)
{
    struct jt_profile before;
    struct jt_profile after;
    struct jt_html_options options = {.min_share = 0, .before = &before, .before_name = "old.data"};
    json_t *data = NULL;

    fill(&before, "a;gone 7\na;same{file=x.js,line=3} 2\n");
    fill(&after, "a;new 4\na;same{file=x.js,line=8} 3\n");
    data = data_of(&after, &options);
    assert_int_equal(function_number(data, "gone", "self"), 0);
    assert_int_equal(function_number(data, "gone", "before_self"), 7);
    assert_int_equal(function_number(data, "new", "before_total"), 0);
    assert_int_equal(function_number(data, "same", "self"), 3);
    assert_int_equal(function_number(data, "same", "before_self"), 2);
    assert_int_equal(function_number(data, "same", "line"), 8);
    assert_int_equal(sum(column(data, "nodes", "before_self")), 9);
    assert_string_equal(json_string_value(json_object_get(json_object_get(data, "diff"), "before")),
                        "old.data");
    json_decref(data);
    jt_profile_release(&before);
    jt_profile_release(&after);
}

static void test_an_empty_profile_makes_a_page(void **state)
{
    struct jt_profile profile;
    struct jt_html_options options = {.min_share = -1};
    json_t *data = NULL;

    fill(&profile, "");
    data = data_of(&profile, &options);
    assert_int_equal(json_array_size(column(data, "nodes", "frame")), 1);
    assert_string_equal(json_string_value(json_object_get(data, "title")), "Flame graph");
    json_decref(data);
    jt_profile_release(&profile);
}

static void test_a_full_disk_is_told(void **state)
{
    struct jt_profile profile;
    struct jt_html_options options = {.min_share = 0};
    FILE *full = fopen("/dev/full", "we");

    fill(&profile, "a 1\n");
    assert_int_equal(jt_html_write(full, &profile, &options), JITNEY_ERR_IO);
    fclose(full);
    jt_profile_release(&profile);
}

static void test_numbers_and_large_pieces_are_written_whole(void **state)
{
    static char large[600 * 1024];
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);
    struct jt_out out;

    memset(large, 'x', sizeof(large));
    jt_out_init(&out, stream);
    jt_out_number(&out, UINT64_MAX);
    jt_out_signed(&out, INT64_MIN);
    jt_out_number(&out, 0);
    jt_out_bytes(&out, large, sizeof(large));
    jt_out_text(&out, "end");
    assert_int_equal(jt_out_finish(&out), JITNEY_OK);
    fclose(stream);
    assert_int_equal(bytes, 20 + 20 + 1 + sizeof(large) + 3);
    assert_memory_equal(text, "18446744073709551615-92233720368547758080xx", 43);
    assert_string_equal(text + bytes - 4, "xend");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_sample_is_on_the_page),
        cmocka_unit_test(test_recursion_counts_once_in_a_functions_total),
        cmocka_unit_test(test_tiers_of_one_function_are_one_row_with_its_kinds),
        cmocka_unit_test(test_narrow_frames_are_merged_and_counted_but_stay_in_the_table),
        cmocka_unit_test(test_a_small_profile_keeps_every_frame_and_a_large_one_what_fits),
        cmocka_unit_test(test_hostile_names_stay_strings),
        cmocka_unit_test(test_a_differential_has_both_weights),
        cmocka_unit_test(test_an_empty_profile_makes_a_page),
        cmocka_unit_test(test_a_full_disk_is_told),
        cmocka_unit_test(test_numbers_and_large_pieces_are_written_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
