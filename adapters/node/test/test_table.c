/* The hash table. */
#include "../src/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the four above */

enum { KEYS = 5000, STEPS = 200000 };

/* Beside an array that is right by its making. */
static void test_it_keeps_what_an_array_keeps(void **state)
{
    static uint32_t model[KEYS];
    struct node_table table = {0};
    uint32_t random = 1;
    size_t count = 0;

    for (int i = 0; i < STEPS; i++) {
        uint32_t key = 0;

        random = random * 1664525 + 1013904223;
        key = (random >> 8) % KEYS;
        if (random & 0x80) {
            assert_int_equal(node_table_put(&table, 64 * (uint64_t)key + 64, (uint32_t)i + 1),
                             model[key] == 0);
            count += model[key] == 0;
            model[key] = (uint32_t)i + 1;
        } else {
            assert_int_equal(node_table_remove(&table, 64 * (uint64_t)key + 64), model[key] != 0);
            count -= model[key] != 0;
            model[key] = 0;
        }
    }
    assert_int_equal(table.count, count);
    for (uint64_t key = 0; key < KEYS; key++) {
        assert_int_equal(node_table_get(&table, 64 * key + 64), model[key]);
        assert_int_equal(node_table_has(&table, 64 * key + 64), model[key] != 0);
    }
    node_table_release(&table);
}

static void test_nothing_is_in_an_empty_table(void **state)
{
    struct node_table table = {0};

    assert_int_equal(node_table_get(&table, 1), 0);
    assert_false(node_table_remove(&table, 1));
    assert_false(node_table_put(&table, 0, 1));
    node_table_release(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_keeps_what_an_array_keeps),
        cmocka_unit_test(test_nothing_is_in_an_empty_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
