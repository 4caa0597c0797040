/* Code that is told twice, and unloads that come late. */
#include "adapters/jvm/codes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static bool add(struct jvm_codes *codes, uint64_t address, uint64_t method, uint32_t compilation)
{
    const struct jvm_code code = {
        .address = address, .bytes = 100, .method = method, .compilation = compilation};

    return jvm_codes_add(codes, &code);
}

static void test_code_that_is_told_twice_is_taken_once(void **state)
{
    struct jvm_codes codes = {0};

    assert_true(add(&codes, 0x1000, 7, 1));
    assert_false(add(&codes, 0x1000, 7, 1));
    assert_true(add(&codes, 0x1000, 7, 2)); /* compiled again, to the same place */
    assert_true(add(&codes, 0x2000, 0, 0)); /* stubs have neither method nor number */
    assert_false(add(&codes, 0x2000, 0, 0));
    jvm_codes_release(&codes);
}

static void test_a_late_unload_does_not_end_what_came_after(void **state)
{
    struct jvm_codes codes = {0};
    struct jvm_code gone = {0};

    add(&codes, 0x1000, 7, 1);
    add(&codes, 0x1000, 8, 2);
    add(&codes, 0x1000, 7, 3);
    assert_false(jvm_codes_remove(&codes, 0x1000, 7, &gone)); /* the first of 7 */
    assert_int_equal(gone.compilation, 1);
    assert_false(jvm_codes_remove(&codes, 0x1000, 8, &gone));
    assert_int_equal(gone.compilation, 2);
    assert_true(jvm_codes_remove(&codes, 0x1000, 7, &gone)); /* what lives there */
    assert_int_equal(gone.compilation, 3);
    assert_false(jvm_codes_remove(&codes, 0x1000, 7, &gone));
    jvm_codes_release(&codes);
}

static void test_code_in_place_of_a_stub_is_code(void **state)
{
    struct jvm_codes codes = {0};
    struct jvm_code gone = {0};

    add(&codes, 0x1000, 0, 0);
    assert_true(add(&codes, 0x1000, 7, 1));
    assert_true(jvm_codes_remove(&codes, 0x1000, 7, &gone));
    assert_false(jvm_codes_remove(&codes, 0x1000, 0, &gone));
    jvm_codes_release(&codes);
}

/* Against a plain array. */
static void test_the_table_is_a_map(void **state)
{
    enum { KEYS = 512, STEPS = 200000 };
    uint64_t truth[KEYS] = {0};
    struct jvm_table table = {0};
    size_t count = 0;

    srandom(1);
    for (int i = 0; i < STEPS; i++) {
        size_t key = (size_t)random() % KEYS;

        if (random() % 2) {
            truth[key] = (uint64_t)i + 1;
            assert_true(jvm_table_put_number(&table, (key + 1) << 12, truth[key]));
        } else {
            truth[key] = 0;
            jvm_table_remove(&table, (key + 1) << 12);
        }
        key = (size_t)random() % KEYS;
        assert_int_equal(jvm_table_number(&table, (key + 1) << 12), truth[key]);
    }
    for (size_t i = 0; i < KEYS; i++)
        count += truth[i] != 0;
    assert_int_equal(table.count, count);
    jvm_table_release(&table, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_code_that_is_told_twice_is_taken_once),
        cmocka_unit_test(test_a_late_unload_does_not_end_what_came_after),
        cmocka_unit_test(test_code_in_place_of_a_stub_is_code),
        cmocka_unit_test(test_the_table_is_a_map),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
