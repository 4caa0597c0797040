/* What positions a function's bytecode has. */
#include "../src/positions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the four above */

enum { FUNCTIONS = 1000, ROWS = 40 };

/* The n-th position of a function, in no order, some of them twice. */
static uint32_t position_of(uint32_t function, uint32_t n)
{
    return (function * 2654435761U >> 4) + (n * 7919) % 37 * (n % 3 == 0 ? 300000 : 3);
}

static void test_a_function_has_what_its_bytecode_has(void **state)
{
    struct node_positions positions = {0};
    struct node_row rows[ROWS] = {{0}};

    for (uint32_t function = 1; function <= FUNCTIONS; function++) {
        for (uint32_t n = 0; n < ROWS; n++)
            rows[n].position = position_of(function, n);
        node_positions_add(&positions, function, rows, ROWS);
    }
    for (uint32_t function = 1; function <= FUNCTIONS; function++) {
        assert_true(node_positions_choose(&positions, function));
        for (uint32_t n = 0; n < ROWS; n++) {
            assert_true(node_positions_has(&positions, position_of(function, n)));
            assert_false(node_positions_has(&positions, position_of(function, n) + 1));
        }
    }
    node_positions_release(&positions);
}

static void test_what_is_told_twice_is_joined(void **state)
{
    static const struct node_row first[] = {{0, 5}, {4, UINT32_MAX}};
    static const struct node_row second[] = {{0, 0}, {4, 70000}};
    struct node_positions positions = {0};

    node_positions_add(&positions, 1, first, 2);
    node_positions_add(&positions, 1, second, 2);
    assert_true(node_positions_choose(&positions, 1));
    assert_true(node_positions_has(&positions, 0));
    assert_true(node_positions_has(&positions, 5));
    assert_true(node_positions_has(&positions, 70000));
    assert_true(node_positions_has(&positions, UINT32_MAX));
    assert_false(node_positions_has(&positions, 6));
    node_positions_release(&positions);
}

static void test_an_unknown_function_has_none(void **state)
{
    static const struct node_row row = {0, 5};
    struct node_positions positions = {0};

    assert_false(node_positions_choose(&positions, 1));
    assert_false(node_positions_has(&positions, 5));
    node_positions_add(&positions, 1, &row, 1);
    assert_false(node_positions_choose(&positions, 2));
    assert_false(node_positions_has(&positions, 5));
    node_positions_release(&positions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_function_has_what_its_bytecode_has),
        cmocka_unit_test(test_what_is_told_twice_is_joined),
        cmocka_unit_test(test_an_unknown_function_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
