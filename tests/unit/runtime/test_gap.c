/* jitney_code_gap(): the room that perf's image of the code takes behind it. */
#include "jitney/session.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t program[] = {0x44, 0x0e, 0x30, 0x4c, 0x0e, 0x08};

static void test_the_gap_is_what_the_formats_say(void **state)
{
    struct jitney_code_load load = {.size = sizeof(load),
                                    .bytes = 17,
                                    .unwind_kind = JITNEY_UNWIND_CFI,
                                    .unwind = program,
                                    .unwind_bytes = sizeof(program)};

    /* Rounded up to 24; a CIE of 24, an FDE of 24, a search table of 20. */
    assert_int_equal(jitney_code_gap(&load), 24 - 17 + 24 + 24 + 20);
    load.bytes = 24;
    assert_int_equal(jitney_code_gap(&load), 24 + 24 + 20);
}

static void test_code_without_usable_unwinding_needs_no_gap(void **state)
{
    static const uint8_t damaged[] = {0x44, 0x0e};
    struct jitney_code_load load = {.size = sizeof(load), .bytes = 17};

    assert_int_equal(jitney_code_gap(NULL), 0);
    assert_int_equal(jitney_code_gap(&load), 0);
    load.unwind_kind = JITNEY_UNWIND_CFI;
    assert_int_equal(jitney_code_gap(&load), 0);
    load.unwind = damaged;
    load.unwind_bytes = sizeof(damaged);
    assert_int_equal(jitney_code_gap(&load), 0);
    load.unwind_kind = 77;
    assert_int_equal(jitney_code_gap(&load), 0);
    load.unwind_kind = JITNEY_UNWIND_FRAME_POINTER;
    load.size = 8;
    assert_int_equal(jitney_code_gap(&load), 0);
}

/* An allocator asks before it knows where the code goes. */
static void test_the_gap_needs_no_address_and_keeps_errno(void **state)
{
    struct jitney_code_load load = {
        .size = sizeof(load), .bytes = 64, .unwind_kind = JITNEY_UNWIND_FRAME_POINTER};
    size_t gap = 0;

    errno = 1234;
    gap = jitney_code_gap(&load);
    assert_int_equal(errno, 1234);
    assert_in_range(gap, 60, 80);
    load.flags = JITNEY_CODE_NO_FRAME;
    assert_in_range(jitney_code_gap(&load), 60, gap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_gap_is_what_the_formats_say),
        cmocka_unit_test(test_code_without_usable_unwinding_needs_no_gap),
        cmocka_unit_test(test_the_gap_needs_no_address_and_keeps_errno),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
