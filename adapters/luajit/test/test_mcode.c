#include "../mcode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define ADDRESS UINT64_C(0x7f0000100000)
#define STUBS UINT64_C(0x7f0000000048)

static size_t put_branch(uint8_t *code, size_t at, uint8_t condition, uint64_t target)
{
    int32_t distance = 0;
    size_t bytes = condition ? 6 : 5;

    if (condition) {
        code[at] = 0x0f;
        code[at + 1] = condition;
    } else {
        code[at] = 0xe9;
    }
    distance = (int32_t)(target - (ADDRESS + at + bytes));
    memcpy(code + at + bytes - 4, &distance, 4);
    return at + bytes;
}

static void fill_stubs(uint64_t *stubs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        stubs[i] = STUBS + (i / 32) * 0x5000 + (i % 32) * 4;
}

static void test_branches_to_stubs_are_guards_and_others_are_not(void **state)
{
    uint8_t code[64] = {0};
    uint64_t stubs[40];
    struct luajit_guard guards[8];
    struct luajit_mcode mcode = {code, sizeof(code), ADDRESS, stubs, 40};
    size_t at = 3;

    fill_stubs(stubs, 40);
    at = put_branch(code, at, 0x85, stubs[0]);
    at = put_branch(code, at, 0x87, STUBS + 2);      /* inside a stub */
    at = put_branch(code, at, 0x84, STUBS + 40 * 4); /* behind the stubs of a group */
    at = put_branch(code, at, 0x8f, stubs[33]);
    at = put_branch(code, at, 0, stubs[39]);
    assert_int_equal(luajit_mcode_guards(&mcode, guards, 8), 3);
    assert_int_equal(guards[0].exit, 0);
    assert_int_equal(guards[0].end, 9);
    assert_int_equal(guards[1].exit, 33);
    assert_int_equal(guards[2].exit, 39);
    assert_int_equal(guards[2].end, at);
}

static void test_a_comparison_of_floats_is_one_guard(void **state)
{
    uint8_t code[32] = {0};
    uint64_t stubs[4];
    struct luajit_guard guards[8];
    struct luajit_mcode mcode = {code, sizeof(code), ADDRESS, stubs, 4};
    size_t at = put_branch(code, 1, 0x8a, UINT64_C(0x7f0000000050));

    fill_stubs(stubs, 4);
    at = put_branch(code, at, 0x85, stubs[2]);
    at = put_branch(code, at, 0x85, stubs[2]);
    assert_int_equal(luajit_mcode_guards(&mcode, guards, 8), 2);
    assert_int_equal(guards[0].end, 13);
    assert_int_equal(guards[1].end, 19);
}

static void test_guards_stop_at_the_room(void **state)
{
    uint8_t code[32] = {0};
    uint64_t stubs[4];
    struct luajit_guard guards[2];
    struct luajit_mcode mcode = {code, sizeof(code), ADDRESS, stubs, 4};
    size_t at = 0;

    fill_stubs(stubs, 4);
    for (int i = 0; i < 4; i++)
        at = put_branch(code, at, 0x85, stubs[i]);
    assert_int_equal(luajit_mcode_guards(&mcode, guards, 2), 2);
    mcode.bytes = 5; /* cut in the middle of a branch */
    assert_int_equal(luajit_mcode_guards(&mcode, guards, 2), 0);
}

static void test_the_frame_follows_the_stack_pointer(void **state)
{
    uint8_t code[128] = {0x48, 0x83, 0xc4, 0xf0};
    const uint8_t tail[] = {0x48, 0x83, 0xc4, 0x30, 0xe9, 1, 2, 3, 4};
    /* CFA at 96+32, registers, at 4: 96+48, at the end: 96 */
    const uint8_t expected[] = {0x0e, 0x80, 1,  0x86, 2,   0x83, 3, 0x8f, 4,    0x8e,
                                5,    0x8c, 10, 0x8d, 11,  0x04, 4, 0,    0,    0,
                                0x0e, 0x90, 1,  0x04, 119, 0,    0, 0,    0x0e, 96};
    struct luajit_mcode mcode = {.code = code, .bytes = sizeof(code), .address = ADDRESS};
    uint8_t cfi[LUAJIT_CFI_ROOM];
    uint32_t adjust = 0;

    memcpy(code + sizeof(code) - sizeof(tail), tail, sizeof(tail));
    assert_int_equal(luajit_mcode_cfi(&mcode, 32, cfi, &adjust), sizeof(expected));
    assert_memory_equal(cfi, expected, sizeof(expected));
    assert_int_equal(adjust, 48);
}

static void test_code_that_leaves_the_stack_alone_has_one_frame(void **state)
{
    uint8_t code[4] = {0x90, 0x90, 0x90, 0x48};
    struct luajit_mcode mcode = {.code = code, .bytes = sizeof(code), .address = ADDRESS};
    uint8_t cfi[LUAJIT_CFI_ROOM];
    uint32_t adjust = 7;

    assert_int_equal(luajit_mcode_cfi(&mcode, 0, cfi, &adjust), 14);
    assert_int_equal(cfi[1], 96);
    assert_int_equal(adjust, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_branches_to_stubs_are_guards_and_others_are_not),
        cmocka_unit_test(test_a_comparison_of_floats_is_one_guard),
        cmocka_unit_test(test_guards_stop_at_the_room),
        cmocka_unit_test(test_the_frame_follows_the_stack_pointer),
        cmocka_unit_test(test_code_that_leaves_the_stack_alone_has_one_frame),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
