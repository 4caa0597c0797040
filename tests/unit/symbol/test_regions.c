#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/symbol/regions.h"
#include "base/alloc.h"

enum { SPACE = 512, NOTHING = 0 };

static void map(struct jt_regions **regions, uint64_t start, uint64_t end, uint32_t module)
{
    const struct jt_region region = {
        .start = start, .end = end, .file_offset = start, .module = module};

    assert_true(jt_regions_map(regions, &region));
}

static uint32_t module_at(const struct jt_regions *regions, uint64_t address)
{
    const struct jt_region *region = jt_regions_find(regions, address);

    return region ? region->module : NOTHING;
}

static void test_a_mapping_cuts_what_was_there(void **state)
{
    struct jt_regions *regions = jt_regions_new();

    map(&regions, 100, 200, 1);
    map(&regions, 120, 140, 2);
    assert_int_equal(module_at(regions, 99), NOTHING);
    assert_int_equal(module_at(regions, 100), 1);
    assert_int_equal(module_at(regions, 119), 1);
    assert_int_equal(module_at(regions, 120), 2);
    assert_int_equal(module_at(regions, 139), 2);
    assert_int_equal(module_at(regions, 140), 1);
    assert_int_equal(module_at(regions, 200), NOTHING);
    assert_int_equal(jt_regions_find(regions, 150)->file_offset, 140); /* the cut part's own */
    map(&regions, 110, 190, 3);
    assert_int_equal(jt_regions_count(regions), 3);
    jt_regions_free(regions);
}

/* The same mappings byte by byte, and in the list. */
static void test_random_mappings_agree_with_a_plain_array(void **state)
{
    struct jt_regions *regions = jt_regions_new();
    uint32_t truth[SPACE] = {0};
    uint64_t random = 12345;

    for (uint32_t module = 1; module <= 3000; module++) {
        uint64_t start = 0;
        uint64_t bytes = 0;

        random = random * UINT64_C(6364136223846793005) + 1;
        start = (random >> 33) % SPACE;
        bytes = (random >> 50) % 40;
        if (start + bytes > SPACE)
            bytes = SPACE - start;
        map(&regions, start, start + bytes, module);
        for (uint64_t i = start; i < start + bytes; i++)
            truth[i] = module;
        for (uint64_t i = 0; i < SPACE; i++)
            assert_int_equal(module_at(regions, i), truth[i]);
    }
    jt_regions_free(regions);
}

static void test_a_child_shares_until_it_maps(void **state)
{
    struct jt_regions *parent = jt_regions_new();
    struct jt_regions *child = NULL;

    map(&parent, 100, 200, 1);
    child = jt_regions_share(parent);
    assert_ptr_equal(child, parent);
    map(&child, 100, 150, 2);
    assert_int_equal(module_at(parent, 100), 1);
    assert_int_equal(module_at(child, 100), 2);
    assert_int_equal(module_at(child, 150), 1);
    jt_regions_free(parent);
    assert_int_equal(module_at(child, 199), 1);
    jt_regions_free(child);
}

static void test_a_child_of_an_empty_process_maps_alone(void **state)
{
    struct jt_regions *parent = jt_regions_new();
    struct jt_regions *child = jt_regions_share(parent);

    map(&child, 100, 150, 2);
    assert_int_equal(jt_regions_count(parent), 0);
    assert_int_equal(module_at(child, 100), 2);
    jt_regions_free(parent);
    jt_regions_free(child);
}

static void test_no_more_than_a_process_can_have(void **state)
{
    struct jt_regions *regions = jt_regions_new();
    struct jt_region region = {.module = 1};
    size_t refused = 0;

    for (uint64_t i = 0; i < JT_REGIONS_MOST + 100; i++) {
        region.start = i * 2;
        region.end = i * 2 + 1;
        refused += !jt_regions_map(&regions, &region);
    }
    assert_true(refused >= 100);
    assert_true(jt_regions_count(regions) <= JT_REGIONS_MOST);
    jt_regions_free(regions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_mapping_cuts_what_was_there),
        cmocka_unit_test(test_random_mappings_agree_with_a_plain_array),
        cmocka_unit_test(test_a_child_shares_until_it_maps),
        cmocka_unit_test(test_a_child_of_an_empty_process_maps_alone),
        cmocka_unit_test(test_no_more_than_a_process_can_have),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
