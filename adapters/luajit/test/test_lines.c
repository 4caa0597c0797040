#include "../lines.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { ADD = 1, LT = 2, LOOP = 3, PHI = 4, NOP = 5, LOAD = 6, GUARD = 0x80 };
#define IR(op, guard, a, b)                                                                        \
    {                                                                                              \
        .op_type = (op) << 8 | (guard), .left = (a), .right = (b)                                  \
    }
#define OPCODES                                                                                    \
    {                                                                                              \
        .nop = NOP, .loop = LOOP, .phi = PHI, .base = -1, .use = -1                                \
    }

/* Two lines, a guard each; a loop whose copy lacks the invariant load. */
static const struct luajit_ir loop_ir[] = {
    {0},
    IR(LOAD, GUARD, 3, 0), /* line 10, exit 0 */
    IR(ADD, 0, 1, -5),     /* line 11 */
    IR(LT, GUARD, 2, -6),  /* line 11, exit 1 */
    IR(LOOP, 0, 0, 0),
    IR(ADD, 0, 2, -5),    /* line 11 */
    IR(LT, GUARD, 5, -6), /* line 11, exit 2 */
    IR(PHI, 0, 2, 5),
};
static const struct luajit_step loop_steps[] = {{0, 10, 1, 0}, {1, 11, 1, 0}};
static const uint32_t loop_snapshots[] = {1, 2, 5};
static const struct luajit_guard loop_guards[] = {{20, 0}, {40, 1}, {60, 2}};

static struct luajit_body loop_body(void)
{
    return (struct luajit_body){.steps = loop_steps,
                                .ir = loop_ir,
                                .snapshots = loop_snapshots,
                                .guards = loop_guards,
                                .step_count = 2,
                                .ir_count = 7,
                                .snapshot_count = 3,
                                .guard_count = 3,
                                .code_bytes = 65,
                                .loop_offset = 45,
                                .opcodes = OPCODES};
}

static void test_ir_belongs_to_the_bytecode_that_made_it(void **state)
{
    struct luajit_body body = loop_body();
    uint32_t steps_of[8];

    luajit_lines_assign(&body, steps_of);
    assert_int_equal(steps_of[1], 0);
    assert_int_equal(steps_of[2], 1);
    assert_int_equal(steps_of[3], 1);
}

static void test_copies_in_a_loop_belong_to_their_originals(void **state)
{
    struct luajit_body body = loop_body();
    uint32_t steps_of[8];

    luajit_lines_assign(&body, steps_of);
    assert_int_equal(steps_of[5], 1);
    assert_int_equal(steps_of[6], 1);
}

static void test_rows_begin_behind_guards(void **state)
{
    struct luajit_body body = loop_body();
    struct luajit_row rows[8];
    uint32_t steps_of[8];

    luajit_lines_assign(&body, steps_of);
    assert_int_equal(luajit_lines_rows(&body, steps_of, rows, 8), 2);
    assert_int_equal(rows[0].offset, 0);
    assert_int_equal(rows[0].step, 0);
    assert_int_equal(rows[1].offset, 20);
    assert_int_equal(rows[1].step, 1);
}

static void test_code_between_guards_is_shared_out(void **state)
{
    static const struct luajit_ir ir[] = {
        {0}, IR(ADD, 0, 1, -5), IR(ADD, 0, 1, -6), IR(NOP, 0, 0, 0), IR(LT, GUARD, 2, -6)};
    static const struct luajit_step steps[] = {{0, 5, 1, 0}, {1, 6, 1, 0}, {2, 7, 1, 0}};
    static const uint32_t snapshots[] = {1};
    static const struct luajit_guard guards[] = {{30, 0}};
    struct luajit_body body = {.steps = steps,
                               .ir = ir,
                               .snapshots = snapshots,
                               .guards = guards,
                               .step_count = 3,
                               .ir_count = 4,
                               .snapshot_count = 1,
                               .guard_count = 1,
                               .code_bytes = 35,
                               .opcodes = OPCODES};
    struct luajit_row rows[8];
    uint32_t steps_of[8];

    luajit_lines_assign(&body, steps_of);
    assert_int_equal(luajit_lines_rows(&body, steps_of, rows, 8), 3);
    assert_int_equal(rows[1].offset, 10);
    assert_int_equal(rows[2].offset, 20);
    assert_int_equal(rows[2].step, 2);
}

static void test_exits_know_their_place_and_what_they_check(void **state)
{
    struct luajit_body body = loop_body();
    struct luajit_exit_place places[3];
    uint32_t steps_of[8];

    luajit_lines_assign(&body, steps_of);
    luajit_lines_exits(&body, steps_of, places);
    assert_int_equal(places[0].ops[0], LOAD);
    assert_int_equal(places[0].offset, 19);
    assert_int_equal(places[1].ops[0], LT);
    assert_int_equal(places[1].step, 1);
    assert_int_equal(places[2].op_count, 1);
}

static void test_nonsense_stays_in_bounds(void **state)
{
    static const uint32_t snapshots[] = {90, 3, 0xffffffff};
    static const struct luajit_guard guards[] = {{70, 2}, {10, 0}, {500, 77}, {5, 1}};
    struct luajit_body body = loop_body();
    struct luajit_exit_place places[3];
    struct luajit_row rows[2];
    uint32_t steps_of[8];

    body.snapshots = snapshots;
    body.guards = guards;
    body.guard_count = 4;
    luajit_lines_assign(&body, steps_of);
    luajit_lines_exits(&body, steps_of, places);
    assert_true(luajit_lines_rows(&body, steps_of, rows, 2) <= 2);
    body.step_count = 0;
    assert_int_equal(luajit_lines_rows(&body, steps_of, rows, 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ir_belongs_to_the_bytecode_that_made_it),
        cmocka_unit_test(test_copies_in_a_loop_belong_to_their_originals),
        cmocka_unit_test(test_rows_begin_behind_guards),
        cmocka_unit_test(test_code_between_guards_is_shared_out),
        cmocka_unit_test(test_exits_know_their_place_and_what_they_check),
        cmocka_unit_test(test_nonsense_stays_in_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
