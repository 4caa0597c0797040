#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/profile/chains.h"

enum { TID = 7, DEEP = JT_STACK_DEPTH + 88 };

static struct jt_stack stack_of(struct jt_chains *chains, const uint64_t *chain, size_t count)
{
    const struct jt_sample sample = {
        .pid = 1, .tid = TID, .mode = JT_MODE_USER, .chain = chain, .chain_count = count};
    struct jt_stack stack;

    jt_chains_stack(chains, &sample, &stack);
    return stack;
}

static void test_only_what_differs_from_the_root_on_is_passed_on(void **state)
{
    const uint64_t first[] = {JT_CONTEXT_USER, 0x4010, 0x3010, 0x2010, 0x1010};
    const uint64_t second[] = {JT_CONTEXT_USER, 0x5010, 0x2010, 0x1010};
    struct jt_chains *chains = jt_chains_new();
    struct jt_stack stack = stack_of(chains, first, 5);

    assert_int_equal(stack.count, 4);
    assert_int_equal(stack.shared, 0);
    assert_int_equal(stack.added[0], 0x100f);
    assert_int_equal(stack.added[3], 0x4010);
    stack = stack_of(chains, second, 4);
    assert_int_equal(stack.count, 3);
    assert_int_equal(stack.shared, 2);
    assert_int_equal(stack.added[0], 0x5010);
    stack = stack_of(chains, second, 4);
    assert_int_equal(stack.shared, 3);
    jt_chains_free(chains);
}

static void test_user_code_and_the_kernel_never_share(void **state)
{
    const uint64_t user[] = {JT_CONTEXT_USER, 0x3010, 0x2010, 0x1010};
    const uint64_t both[] = {JT_CONTEXT_KERNEL, 0x3010, JT_CONTEXT_USER, 0x2010, 0x1010};
    struct jt_chains *chains = jt_chains_new();
    struct jt_stack stack = stack_of(chains, user, 4);

    assert_int_equal(stack.user, 3);
    stack = stack_of(chains, both, 5);
    assert_int_equal(stack.user, 2);
    assert_int_equal(stack.count, 3);
    assert_int_equal(stack.shared, 1); /* 0x2010 is no return address any more */
    stack = stack_of(chains, both, 5);
    assert_int_equal(stack.shared, 3);
    stack = stack_of(chains, user, 4);
    assert_int_equal(stack.shared, 1);
    jt_chains_free(chains);
}

static void test_a_stack_deeper_than_what_is_remembered_is_whole(void **state)
{
    struct jt_chains *chains = jt_chains_new();
    uint64_t chain[DEEP];
    struct jt_stack stack;

    for (uint64_t i = 0; i < DEEP; i++)
        chain[i] = 0x10000 + i;
    for (int round = 0; round < 2; round++) {
        stack = stack_of(chains, chain, DEEP);
        assert_int_equal(stack.count, DEEP);
        assert_int_equal(stack.shared, round == 0 ? 0 : JT_STACK_DEPTH);
        for (uint32_t i = stack.shared; i + 1 < DEEP; i++)
            assert_int_equal(stack.added[i - stack.shared], chain[DEEP - 1 - i] - 1);
        assert_int_equal(stack.added[DEEP - 1 - stack.shared], chain[0]);
    }
    jt_chains_free(chains);
}

static void test_a_sample_without_a_chain_is_its_address(void **state)
{
    struct jt_sample sample = {.pid = 1, .tid = TID, .mode = JT_MODE_KERNEL, .ip = 0x77};
    struct jt_chains *chains = jt_chains_new();
    struct jt_stack stack;

    jt_chains_stack(chains, &sample, &stack);
    assert_int_equal(stack.count, 1);
    assert_int_equal(stack.user, 0);
    assert_int_equal(stack.added[0], 0x77);
    sample.mode = JT_MODE_USER;
    jt_chains_stack(chains, &sample, &stack);
    assert_int_equal(stack.user, 1);
    assert_int_equal(stack.shared, 0);
    jt_chains_free(chains);
}

static void test_another_thread_in_the_same_slot_shares_nothing(void **state)
{
    const uint64_t chain[] = {0x4010, 0x3010};
    struct jt_sample sample = {
        .pid = 1, .tid = TID, .mode = JT_MODE_USER, .chain = chain, .chain_count = 2};
    struct jt_chains *chains = jt_chains_new();
    struct jt_stack stack;

    jt_chains_stack(chains, &sample, &stack);
    sample.tid += JT_STACK_SLOTS;
    jt_chains_stack(chains, &sample, &stack);
    assert_int_equal(stack.shared, 0);
    jt_chains_free(chains);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_differs_from_the_root_on_is_passed_on),
        cmocka_unit_test(test_user_code_and_the_kernel_never_share),
        cmocka_unit_test(test_a_stack_deeper_than_what_is_remembered_is_whole),
        cmocka_unit_test(test_a_sample_without_a_chain_is_its_address),
        cmocka_unit_test(test_another_thread_in_the_same_slot_shares_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
