/* Two views whose truth is known: the offset of their clocks, late words, code that one side
 * lacks, places that are used again. */
#include "analysis/profile/compare.h"

#include "analysis/profile/compare_parts.h"
#include "base/alloc.h"
#include "jitney/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MS = 1000000, OFFSET_MS = 34 };

static void open_view(struct jt_codeview *view, enum jt_codeview_clock clock)
{
    *view = (struct jt_codeview){.path = jt_strdup("view"),
                                 .kind = JT_CODEVIEW_RECORDING,
                                 .clock = clock,
                                 .has_deopts = true};
    jt_strings_init(&view->strings);
}

static void load(struct jt_codeview *view, uint64_t time_ns, uint64_t address, uint64_t bytes,
                 const char *name)
{
    const struct jt_codeview_event event = {.step = JT_CODEVIEW_LOAD,
                                            .time_ns = time_ns,
                                            .address = address,
                                            .bytes = bytes,
                                            .name = jt_strings_put_text(&view->strings, name),
                                            .tier = JITNEY_TIER_OPTIMIZED};

    jt_vec_push(&view->events, event);
}

static void unload(struct jt_codeview *view, uint64_t time_ns, uint64_t address)
{
    const struct jt_codeview_event event = {
        .step = JT_CODEVIEW_UNLOAD, .time_ns = time_ns, .address = address, .bytes = 1};

    jt_vec_push(&view->events, event);
}

static void move(struct jt_codeview *view, uint64_t time_ns, uint64_t from, uint64_t to)
{
    const struct jt_codeview_event event = {
        .step = JT_CODEVIEW_MOVE, .time_ns = time_ns, .from = from, .address = to};

    jt_vec_push(&view->events, event);
}

static void deopt(struct jt_codeview *view, uint64_t time_ns, const char *name, const char *reason)
{
    const struct jt_codeview_deopt event = {.time_ns = time_ns,
                                            .load = JT_CODEVIEW_NO_CODE,
                                            .name = jt_strings_put_text(&view->strings, name),
                                            .reason = jt_strings_put_text(&view->strings, reason)};

    jt_vec_push(&view->deopts, event);
}

struct pair {
    struct jt_codeview a, b;
    struct jt_comparison comparison;
};

static void open_pair(struct pair *pair)
{
    open_view(&pair->a, JT_CODEVIEW_MONOTONIC);
    open_view(&pair->b, JT_CODEVIEW_LOGGER);
}

/* `count` pieces that both see, one a millisecond, B's clock showing OFFSET_MS more. */
static void add_common(struct pair *pair, unsigned count)
{
    char name[32];

    for (unsigned i = 0; i < count; i++) {
        uint64_t now = (uint64_t)(100 + i) * MS;

        snprintf(name, sizeof(name), "common%u", i);
        load(&pair->a, now, 0x100000 + i * 256, 64 + i % 7, name);
        load(&pair->b, now + OFFSET_MS * MS + i % 5 * 1000, 0x100000 + i * 256, 64 + i % 7, name);
    }
}

static void compare(struct pair *pair, enum jt_compare_by by)
{
    jt_compare(&pair->comparison, &pair->a, &pair->b, by);
}

static void close_pair(struct pair *pair)
{
    jt_comparison_release(&pair->comparison);
    jt_codeview_release(&pair->a);
    jt_codeview_release(&pair->b);
}

static const struct jt_compare_count *jit(const struct pair *pair)
{
    return &pair->comparison.counts[JT_COMPARE_JIT];
}

static void assert_offset(const struct pair *pair)
{
    const struct jt_compare_clock *clock = &pair->comparison.clock;

    assert_true(clock->is_known);
    assert_in_range(clock->offset_ns, OFFSET_MS * MS, OFFSET_MS * MS + 4000);
    assert_in_range(clock->spread_ns, 1, 4000);
}

static void test_the_offset_is_found_exactly(void **state)
{
    struct pair pair;

    open_pair(&pair);
    add_common(&pair, 100);
    compare(&pair, JT_COMPARE_BY_ANY);
    assert_offset(&pair);
    assert_int_equal(pair.comparison.clock.common, 100);
    assert_int_equal(pair.comparison.clock.outliers, 0);
    assert_int_equal(jit(&pair)->both, 100);
    assert_int_equal(jit(&pair)->only[0] + jit(&pair)->only[1] + jit(&pair)->differ, 0);
    close_pair(&pair);
}

/* A listener that comes late is told of what is there at once: most differences are wrong. */
static void test_a_late_listener_leads_nobody_astray(void **state)
{
    struct pair pair;

    open_pair(&pair);
    for (unsigned i = 0; i < 900; i++) {
        load(&pair.b, (uint64_t)i * 50000, 0x900000 + i * 256, 32, "early");
        load(&pair.a, 90 * MS + i * 300, 0x900000 + i * 256, 32, "early");
    }
    add_common(&pair, 150);
    compare(&pair, JT_COMPARE_BY_ANY);
    assert_offset(&pair);
    assert_in_range(pair.comparison.clock.common, 150, 153);
    assert_int_equal(jit(&pair)->both, 1050);
    assert_int_equal(jit(&pair)->only[0] + jit(&pair)->only[1], 0);
    close_pair(&pair);
}

static void test_what_one_side_lacks_is_named(void **state)
{
    struct pair pair;
    const struct jt_compare_piece *last = NULL;
    int64_t ns = 0;

    open_pair(&pair);
    add_common(&pair, 20);
    load(&pair.a, 300 * MS, 0x800000, 10, "onlyA");
    load(&pair.b, (400 + OFFSET_MS) * MS, 0x880000, 10, "onlyB");
    compare(&pair, JT_COMPARE_BY_ANY);
    assert_int_equal(jit(&pair)->both, 20);
    assert_int_equal(jit(&pair)->only[0], 1);
    assert_int_equal(jit(&pair)->only[1], 1);
    last = &pair.comparison.sides[1].pieces.at[20];
    assert_int_equal(last->partner, JT_COMPARE_ALONE);
    assert_string_equal(jt_strings_text(&pair.comparison.strings, last->function), "onlyB");
    assert_true(jt_compare_time(&pair.comparison, 1, last, &ns));
    assert_in_range(ns, 400 * MS - 4000, 400 * MS);
    close_pair(&pair);
}

/* The same address and size three times; the other side missed the second one. */
static void test_code_at_a_used_place_finds_its_own(void **state)
{
    struct pair pair;

    open_pair(&pair);
    add_common(&pair, 20);
    load(&pair.a, 300 * MS, 0x800000, 10, "one");
    load(&pair.a, 400 * MS, 0x800000, 10, "two");
    load(&pair.a, 500 * MS, 0x800000, 10, "three");
    load(&pair.b, (300 + OFFSET_MS) * MS, 0x800000, 10, "one");
    load(&pair.b, (500 + OFFSET_MS) * MS, 0x800000, 10, "three");
    compare(&pair, JT_COMPARE_BY_ANY);
    assert_int_equal(jit(&pair)->both, 22);
    assert_int_equal(jit(&pair)->differ, 0);
    assert_int_equal(jit(&pair)->only[0], 1);
    assert_int_equal(pair.comparison.sides[0].pieces.at[21].partner, JT_COMPARE_ALONE);
    close_pair(&pair);
}

static void test_code_that_died_before_is_not_the_same(void **state)
{
    struct pair pair;

    open_pair(&pair);
    add_common(&pair, 20);
    load(&pair.a, 300 * MS, 0x800000, 10, "f");
    unload(&pair.a, 310 * MS, 0x800000);
    load(&pair.b, (900 + OFFSET_MS) * MS, 0x800000, 10, "f");
    compare(&pair, JT_COMPARE_BY_ANY);
    assert_int_equal(jit(&pair)->both, 20);
    assert_int_equal(jit(&pair)->only[0], 1);
    assert_int_equal(jit(&pair)->only[1], 1);
    close_pair(&pair);
}

static void test_a_second_word_is_nothing_new(void **state)
{
    struct pair pair;

    open_pair(&pair);
    add_common(&pair, 20);
    load(&pair.a, 300 * MS, 0x800000, 10, "f");
    load(&pair.b, (300 + OFFSET_MS) * MS, 0x800000, 10, "f");
    load(&pair.b, (700 + OFFSET_MS) * MS, 0x800000, 10, "f");
    compare(&pair, JT_COMPARE_BY_ANY);
    assert_int_equal(jit(&pair)->both, 21);
    assert_int_equal(jit(&pair)->only[1], 0);
    close_pair(&pair);
}

static void test_moves_are_followed(void **state)
{
    struct pair pair;

    open_pair(&pair);
    add_common(&pair, 20);
    move(&pair.a, 300 * MS, 0x100000, 0x800000);
    move(&pair.b, (300 + OFFSET_MS) * MS, 0x100000, 0x800000);
    move(&pair.b, (400 + OFFSET_MS) * MS, 0x800000, 0x900000);
    move(&pair.b, (400 + OFFSET_MS) * MS, 0xdead, 0xbeef);
    compare(&pair, JT_COMPARE_BY_ANY);
    assert_int_equal(pair.comparison.counts[JT_COMPARE_MOVED].both, 1);
    assert_int_equal(pair.comparison.counts[JT_COMPARE_MOVED].only[1], 1);
    close_pair(&pair);
}

static void test_differences_are_told_apart(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *name;
        uint32_t tier, line;
        unsigned differs;
    } rows[] = {
        {10, "f", JITNEY_TIER_OPTIMIZED, 5, 0},
        {11, "f", JITNEY_TIER_OPTIMIZED, 5, JT_COMPARE_SIZE},
        {10, "g", JITNEY_TIER_OPTIMIZED, 5, JT_COMPARE_NAME},
        {10, "f", JITNEY_TIER_BASELINE, 5, JT_COMPARE_TIER},
        {10, "f", JITNEY_TIER_OPTIMIZED, 6, JT_COMPARE_LINE},
        {12, "f", JITNEY_TIER_MID, 7, JT_COMPARE_SIZE | JT_COMPARE_TIER | JT_COMPARE_LINE},
        {10, "f", JITNEY_TIER_UNKNOWN, 0, 0},
        {10, "(anonymous)", JITNEY_TIER_OPTIMIZED, 5, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pair pair;

        open_pair(&pair);
        add_common(&pair, 20);
        load(&pair.a, 300 * MS, 0x800000, 10, "f");
        pair.a.events.at[20].line = 5;
        load(&pair.b, (300 + OFFSET_MS) * MS, 0x800000, rows[i].bytes, rows[i].name);
        pair.b.events.at[20].line = rows[i].line;
        pair.b.events.at[20].tier = rows[i].tier;
        compare(&pair, JT_COMPARE_BY_ANY);
        assert_int_equal(jit(&pair)->both, 21);
        assert_int_equal(pair.comparison.sides[0].pieces.at[20].differs, rows[i].differs);
        assert_int_equal(pair.comparison.sides[1].pieces.at[20].differs, rows[i].differs);
        close_pair(&pair);
    }
}

static void test_deopts_find_each_other(void **state)
{
    struct pair pair;
    const struct jt_compare_count *count = &pair.comparison.counts[JT_COMPARE_DEOPT];

    open_pair(&pair);
    add_common(&pair, 20);
    deopt(&pair.a, 300 * MS, "f", "wrong map");
    deopt(&pair.b, (300 + OFFSET_MS) * MS, "f", "wrong map");
    deopt(&pair.a, 301 * MS, "g", "not a Smi");
    deopt(&pair.b, (301 + OFFSET_MS) * MS, "g", "overflow");
    deopt(&pair.a, 302 * MS, "h", "not a Smi");
    deopt(&pair.b, (900 + OFFSET_MS) * MS, "h", "not a Smi"); /* told late */
    deopt(&pair.b, (302 + OFFSET_MS) * MS, "i", "not a Smi");
    compare(&pair, JT_COMPARE_BY_ANY);
    assert_int_equal(count->both, 3);
    assert_int_equal(count->differ, 2);
    assert_int_equal(count->only[0], 0);
    assert_int_equal(count->only[1], 1);
    close_pair(&pair);
}

static void test_two_runs_are_compared_by_name(void **state)
{
    struct pair pair;

    open_pair(&pair);
    for (unsigned i = 0; i < 20; i++) {
        char name[32];

        snprintf(name, sizeof(name), "f%u", i);
        load(&pair.a, i * MS, 0x100000 + i * 256, 64, name);
        load(&pair.b, (i + OFFSET_MS) * MS, 0x7000000 + i * 512, 64, name);
    }
    load(&pair.a, 400 * MS, 0x900000, 64, "onlyA");
    compare(&pair, JT_COMPARE_BY_ANY);
    assert_int_equal(pair.comparison.by, JT_COMPARE_BY_NAME);
    assert_int_equal(pair.comparison.clock.offset_ns, OFFSET_MS * MS);
    assert_int_equal(jit(&pair)->both, 20);
    assert_int_equal(jit(&pair)->differ, 0);
    assert_int_equal(jit(&pair)->only[0], 1);
    close_pair(&pair);
}

static void test_a_map_without_times_is_compared_in_its_order(void **state)
{
    struct pair pair;

    open_pair(&pair);
    add_common(&pair, 20);
    pair.b.clock = JT_CODEVIEW_NO_CLOCK;
    compare(&pair, JT_COMPARE_BY_ANY);
    assert_false(pair.comparison.clock.is_known);
    assert_int_equal(jit(&pair)->both, 20);
    close_pair(&pair);
}

static void test_java_names_of_all_writers_are_the_same(void **state)
{
    static const char *const names[] = {
        "a.b.C$D.m(Map.Entry, int[])",
        "a.b.C$D.m(java.util.Map$Entry,int[])",
        "a.b.C$D.m(Map$Entry, int[])",
        "a/b/C$D.m(java.util.Map$Entry, int[])",
        "a.b.C$D/0x00007f8e20000800.m(Map.Entry, int[])",
        "a.b.C$D.m",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct pair pair;

        open_pair(&pair);
        pair.b.kind = JT_CODEVIEW_HOTSPOTLOG;
        add_common(&pair, 20);
        load(&pair.a, 300 * MS, 0x800000, 10, names[0]);
        load(&pair.b, (300 + OFFSET_MS) * MS, 0x800000, 10, names[i]);
        compare(&pair, JT_COMPARE_BY_ANY);
        assert_int_equal(jit(&pair)->both, 21);
        assert_int_equal(jit(&pair)->differ, 0);
        close_pair(&pair);
    }
}

static void test_the_centre_of_few_differences_is_sound(void **state)
{
    int64_t one[] = {5};
    int64_t wild[] = {-4000000, 7, 900000000};
    int64_t even[] = {0, 1000000, 2000000, 3000000, 4000000};

    assert_int_equal(jt_compare_centre(NULL, 0).is_known, false);
    assert_int_equal(jt_compare_centre(one, 1).offset_ns, 5);
    assert_int_equal(jt_compare_centre(wild, 3).is_known, true);
    assert_int_equal(jt_compare_centre(even, 5).common, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_offset_is_found_exactly),
        cmocka_unit_test(test_a_late_listener_leads_nobody_astray),
        cmocka_unit_test(test_what_one_side_lacks_is_named),
        cmocka_unit_test(test_code_at_a_used_place_finds_its_own),
        cmocka_unit_test(test_code_that_died_before_is_not_the_same),
        cmocka_unit_test(test_a_second_word_is_nothing_new),
        cmocka_unit_test(test_moves_are_followed),
        cmocka_unit_test(test_differences_are_told_apart),
        cmocka_unit_test(test_deopts_find_each_other),
        cmocka_unit_test(test_two_runs_are_compared_by_name),
        cmocka_unit_test(test_a_map_without_times_is_compared_in_its_order),
        cmocka_unit_test(test_java_names_of_all_writers_are_the_same),
        cmocka_unit_test(test_the_centre_of_few_differences_is_sound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
