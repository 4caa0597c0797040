#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/symbol/addressmap.h"
#include "base/alloc.h"

static void add(struct jt_addressmap *map, uint32_t pid, enum jt_code_event_kind kind,
                uint64_t time_ns, uint64_t address, uint64_t bytes, const char *name)
{
    struct jt_code_event event = {
        .kind = kind,
        .time_ns = time_ns,
        .address = address,
        .bytes = bytes,
        .name = name,
        .name_bytes = name ? strlen(name) : 0,
    };

    jt_addressmap_add(map, pid, &event);
}

static void add_move(struct jt_addressmap *map, uint64_t time_ns, uint64_t from, uint64_t to,
                     uint64_t index)
{
    struct jt_code_event event = {.kind = JT_CODE_MOVE,
                                  .time_ns = time_ns,
                                  .address = to,
                                  .old_address = from,
                                  .index = index};

    jt_addressmap_add(map, 1, &event);
}

/* "" for none. By both ways to ask. */
static const char *name_at(const struct jt_addressmap *map, uint64_t address)
{
    static char text[64];
    const struct jt_address_name *name = jt_addressmap_find(map, address);
    const struct jt_address_name *same = NULL;

    jt_addressmap_find_many(map, &address, &same, 1);
    assert_ptr_equal(name, same);
    snprintf(text, sizeof(text), "%.*s", name ? (int)name->bytes : 0, name ? name->text : "");
    return text;
}

static void test_code_ends_where_its_size_says(void **state)
{
    struct jt_addressmap *map = jt_addressmap_new();

    add(map, 0, JT_CODE_LOAD, 0, 0x1000, 0x10, "a");
    add(map, 0, JT_CODE_LOAD, 0, 0x1010, 0x10, "b");
    add(map, 0, JT_CODE_LOAD, 0, 0x7f0000001000, 0x10, "far");
    add(map, 0, JT_CODE_LOAD, 0, 0x3000, 0, "empty");
    add(map, 0, JT_CODE_LOAD, 0, UINT64_MAX - 4, 100, "last");
    jt_addressmap_finish(map);
    assert_string_equal(name_at(map, 0xfff), "");
    assert_string_equal(name_at(map, 0x1000), "a");
    assert_string_equal(name_at(map, 0x100f), "a");
    assert_string_equal(name_at(map, 0x1010), "b");
    assert_string_equal(name_at(map, 0x1020), "");
    assert_string_equal(name_at(map, 0x3000), "");
    assert_string_equal(name_at(map, 0x7f000000100f), "far");
    assert_string_equal(name_at(map, 0x7f0000001010), "");
    assert_string_equal(name_at(map, UINT64_MAX - 1), "last");
    jt_addressmap_free(map);
}

static void test_later_code_ends_what_it_overlaps(void **state)
{
    struct jt_addressmap *map = jt_addressmap_new();
    struct jt_addressmap_counts counts;

    add(map, 1, JT_CODE_LOAD, 9, 0x1000, 0x100, "late");
    add(map, 1, JT_CODE_LOAD, 1, 0x0f80, 0x100, "left");
    add(map, 1, JT_CODE_LOAD, 2, 0x1080, 0x100, "right");
    add(map, 1, JT_CODE_LOAD, 3, 0x1020, 0x10, "inside");
    add(map, 1, JT_CODE_LOAD, 4, 0x0, 0x10000, "around");
    add(map, 1, JT_CODE_LOAD, 5, 0x1100, 0x10, "beside");
    jt_addressmap_finish(map);
    jt_addressmap_count(map, &counts);
    assert_int_equal(counts.pieces, 2);
    assert_int_equal(counts.dead, 4);
    assert_string_equal(name_at(map, 0x0f90), "");
    assert_string_equal(name_at(map, 0x1000), "late");
    assert_string_equal(name_at(map, 0x10ff), "late");
    assert_string_equal(name_at(map, 0x1100), "beside");
    assert_string_equal(name_at(map, 0x1110), "");
    jt_addressmap_free(map);
}

/* a is overlapped by b, and b by c: a does not come back. */
static void test_dead_code_stays_dead(void **state)
{
    struct jt_addressmap *map = jt_addressmap_new();

    add(map, 1, JT_CODE_LOAD, 1, 0x1000, 0x20, "a");
    add(map, 1, JT_CODE_LOAD, 2, 0x1010, 0x20, "b");
    add(map, 1, JT_CODE_LOAD, 3, 0x1020, 0x20, "c");
    add(map, 1, JT_CODE_LOAD, 4, 0x2000, 0x20, "d");
    add(map, 1, JT_CODE_UNLOAD, 5, 0x2008, 1, NULL);
    jt_addressmap_finish(map);
    assert_string_equal(name_at(map, 0x1000), "");
    assert_string_equal(name_at(map, 0x1010), "");
    assert_string_equal(name_at(map, 0x1020), "c");
    assert_string_equal(name_at(map, 0x2000), "");
    jt_addressmap_free(map);
}

static void test_moved_code_is_where_it_went(void **state)
{
    struct jt_addressmap *map = jt_addressmap_new();

    add(map, 1, JT_CODE_LOAD, 1, 0x1000, 0x20, "a");
    add(map, 1, JT_CODE_LOAD, 1, 0x3000, 0x20, "b");
    add_move(map, 2, 0x1000, 0x2000, 0);
    add_move(map, 3, 0x2000, 0x3010, 0);
    add_move(map, 4, 0x9000, 0x9100, 77); /* of code that never was */
    jt_addressmap_finish(map);
    assert_string_equal(name_at(map, 0x1000), "");
    assert_string_equal(name_at(map, 0x2000), "");
    assert_string_equal(name_at(map, 0x3000), "");
    assert_string_equal(name_at(map, 0x3010), "a");
    assert_string_equal(name_at(map, 0x302f), "a");
    assert_string_equal(name_at(map, 0x9100), "");
    jt_addressmap_free(map);
}

static void test_processes_that_differ_leave_an_address_without_name(void **state)
{
    struct jt_addressmap *map = jt_addressmap_new();
    struct jt_addressmap_counts counts;

    add(map, 1, JT_CODE_LOAD, 1, 0x1000, 0x20, "shared");
    add(map, 2, JT_CODE_LOAD, 2, 0x1000, 0x20, "shared");
    add(map, 1, JT_CODE_LOAD, 1, 0x2000, 0x20, "one");
    add(map, 2, JT_CODE_LOAD, 2, 0x2010, 0x20, "two");
    add(map, 2, JT_CODE_LOAD, 2, 0x3000, 0x20, "own");
    jt_addressmap_finish(map);
    jt_addressmap_count(map, &counts);
    assert_int_equal(counts.ambiguous, 2);
    assert_int_equal(counts.processes, 2);
    assert_string_equal(name_at(map, 0x1000), "shared");
    assert_string_equal(name_at(map, 0x2000), "");
    assert_string_equal(name_at(map, 0x2020), "");
    assert_string_equal(name_at(map, 0x3000), "own");
    jt_addressmap_free(map);
}

static void test_a_file_without_a_process_tells_about_the_only_one(void **state)
{
    struct jt_addressmap *map = jt_addressmap_new();

    add(map, 0, JT_CODE_LOAD, 0, 0x1000, 0x20, "map");
    add(map, 5, JT_CODE_LOAD, 1, 0x1010, 0x20, "dump");
    jt_addressmap_finish(map);
    assert_string_equal(name_at(map, 0x1000), "");
    assert_string_equal(name_at(map, 0x1010), "dump");
    jt_addressmap_free(map);
}

static void test_names_cannot_break_lines(void **state)
{
    struct jt_addressmap *map = jt_addressmap_new();

    add(map, 0, JT_CODE_LOAD, 0, 0x1000, 0x20, "RegExp:a\nb\tc\x7f\xc3\xa9");
    jt_addressmap_finish(map);
    assert_string_equal(name_at(map, 0x1000), "RegExp:a?b?c?\xc3\xa9");
    jt_addressmap_free(map);
}

/* Against a plain walk from the last event back. */
static void test_random_code_is_found_as_by_a_plain_search(void **state)
{
    enum { COUNT = 2000 };
    static uint64_t starts[COUNT];
    static uint64_t ends[COUNT];
    struct jt_addressmap *map = jt_addressmap_new();
    uint64_t seed = 7;
    char name[16];

    for (int i = 0; i < COUNT; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        starts[i] = (seed >> 40) % 60000 + (seed >> 20 & 1 ? UINT64_C(0x7f0000000000) : 0);
        ends[i] = starts[i] + 1 + (seed >> 24) % 60;
        snprintf(name, sizeof(name), "%d", i);
        add(map, 1, JT_CODE_LOAD, (uint64_t)i, starts[i], ends[i] - starts[i], name);
    }
    jt_addressmap_finish(map);
    for (uint64_t at = 0; at < 2 * 60100; at++) {
        uint64_t address = at / 2 + (at % 2 ? UINT64_C(0x7f0000000000) : 0);
        int found = COUNT - 1;

        while (found >= 0 && !(starts[found] <= address && address < ends[found]))
            found--;
        for (int i = found + 1; found >= 0 && i < COUNT; i++)
            if (starts[i] < ends[found] && starts[found] < ends[i])
                found = -1;
        snprintf(name, sizeof(name), "%d", found);
        assert_string_equal(name_at(map, address), found < 0 ? "" : name);
    }
    jt_addressmap_free(map);
}

static void test_an_empty_map_knows_nothing(void **state)
{
    struct jt_addressmap *map = jt_addressmap_new();

    jt_addressmap_finish(map);
    assert_string_equal(name_at(map, 0), "");
    assert_string_equal(name_at(map, UINT64_MAX), "");
    jt_addressmap_free(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_code_ends_where_its_size_says),
        cmocka_unit_test(test_later_code_ends_what_it_overlaps),
        cmocka_unit_test(test_dead_code_stays_dead),
        cmocka_unit_test(test_moved_code_is_where_it_went),
        cmocka_unit_test(test_processes_that_differ_leave_an_address_without_name),
        cmocka_unit_test(test_a_file_without_a_process_tells_about_the_only_one),
        cmocka_unit_test(test_names_cannot_break_lines),
        cmocka_unit_test(test_random_code_is_found_as_by_a_plain_search),
        cmocka_unit_test(test_an_empty_map_knows_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
