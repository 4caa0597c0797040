/* Comparisons and jumps. */
#include "jit/build.h"

#include "vm/feedback.h"
#include "vm/heap.h"

struct comparison {
    LLVMIntPredicate ints;
    LLVMRealPredicate doubles;
    const char *helper;
};

/* The jumps' comparisons are those of the operations of the same name. */
static uint32_t plain_op(uint32_t op)
{
    switch (op) {
    case RJ_OP_JUMP_EQ:
        return RJ_OP_EQ;
    case RJ_OP_JUMP_SEQ:
        return RJ_OP_SEQ;
    case RJ_OP_JUMP_LT:
        return RJ_OP_LT;
    case RJ_OP_JUMP_LE:
        return RJ_OP_LE;
    case RJ_OP_JUMP_GT:
        return RJ_OP_GT;
    case RJ_OP_JUMP_GE:
        return RJ_OP_GE;
    case RJ_OP_NE:
        return RJ_OP_EQ;
    case RJ_OP_SNE:
        return RJ_OP_SEQ;
    default:
        return op;
    }
}

static const struct comparison comparisons[RJ_OP_COUNT] = {
    [RJ_OP_EQ] = {LLVMIntEQ, LLVMRealOEQ, "rj_equal"},
    [RJ_OP_SEQ] = {LLVMIntEQ, LLVMRealOEQ, "rj_strict_equal"},
    [RJ_OP_LT] = {LLVMIntSLT, LLVMRealOLT, "rj_less"},
    [RJ_OP_LE] = {LLVMIntSLE, LLVMRealOLE, "rj_less_equal"},
    [RJ_OP_GT] = {LLVMIntSGT, LLVMRealOGT, "rj_greater"},
    [RJ_OP_GE] = {LLVMIntSGE, LLVMRealOGE, "rj_greater_equal"},
};

static bool is_number(const struct rj_val *value)
{
    return value->rep == RJ_REP_INT || value->rep == RJ_REP_DOUBLE;
}

static LLVMValueRef by_call(struct rj_builder *b, const struct rj_instruction *at,
                            const char *helper)
{
    LLVMValueRef args[3] = {b->vm, rj_boxed(b, rj_register(b, at->b)),
                            rj_boxed(b, rj_register(b, at->c))};
    LLVMValueRef value = rj_call_helper(b, helper, b->i64, args, 3);

    rj_check_thrown(b, value);
    return rj_compare(b, LLVMIntEQ, value, rj_i64(b, RJ_TRUE));
}

/* What is the same cell is equal to itself; else by call. Doubles are told apart: NaN. */
static LLVMValueRef by_identity_or_call(struct rj_builder *b, const struct rj_instruction *at,
                                        const char *helper)
{
    LLVMBasicBlockRef here, call = rj_block(b, "equal.call"), end = rj_block(b, "equal"), from;
    LLVMValueRef left = rj_boxed(b, rj_register(b, at->b));
    LLVMValueRef right = rj_boxed(b, rj_register(b, at->c));
    LLVMValueRef same =
        LLVMBuildAnd(b->ir, rj_compare(b, LLVMIntEQ, left, right),
                     rj_compare(b, LLVMIntULT, left, rj_i64(b, RJ_DOUBLE_OFFSET)), "");
    LLVMValueRef slow;

    here = rj_here(b);
    rj_branch(b, same, end, call, 0);
    rj_go(b, call);
    slow = by_call(b, at, helper);
    from = rj_here(b);
    LLVMBuildBr(b->ir, end);
    rj_go(b, end);
    return rj_phi2(b, b->i1, LLVMConstInt(b->i1, 1, 0), here, slow, from);
}

/* Types that are equal only to the very same bits. */
static bool is_identity_type(const struct rj_val *value)
{
    return value->rep == RJ_REP_BOOLEAN ||
           (value->rep == RJ_REP_BOXED && !(value->type & (RJ_T_NUMBER | RJ_T_STRING)));
}

static bool is_nullish_type(const struct rj_val *value)
{
    return value->rep == RJ_REP_BOXED && !(value->type & ~RJ_T_NULLISH);
}

static LLVMValueRef is_nullish(struct rj_builder *b, LLVMValueRef boxed)
{
    return rj_compare(b, LLVMIntEQ, LLVMBuildOr(b->ir, boxed, rj_i64(b, 8), ""),
                      rj_i64(b, RJ_UNDEFINED));
}

/* A guard that `where` is neither number nor string: then bits decide. */
static void want_identity(struct rj_builder *b, uint32_t where, uint32_t slot)
{
    struct rj_val *value = rj_register(b, where);
    struct rj_guard guard = {"a number or string", "object", slot, where, 0, NULL};
    LLVMBasicBlockRef cell, here, end;
    LLVMValueRef v = value->v, is_no_string, good;

    if (is_identity_type(value))
        return;
    rj_guard_that(b, rj_compare(b, LLVMIntULT, v, rj_i64(b, RJ_DOUBLE_OFFSET)), &guard);
    cell = rj_block(b, "cell");
    end = rj_block(b, "identity");
    here = rj_here(b);
    rj_branch(b, rj_is_cell_value(b, v), cell, end, 0);
    rj_go(b, cell);
    is_no_string = rj_compare(b, LLVMIntNE, rj_kind_of(b, rj_pointer_of(b, v, 0)),
                              LLVMConstInt(b->i8, RJ_STRING, 0));
    LLVMBuildBr(b->ir, end);
    rj_go(b, end);
    good = rj_phi2(b, b->i1, LLVMConstInt(b->i1, 1, 0), here, is_no_string, cell);
    rj_guard_that(b, good, &guard);
    rj_refine(b, v,
              rj_val_of(v, rj_register(b, where)->type & (uint16_t) ~(RJ_T_NUMBER | RJ_T_STRING)));
}

static LLVMValueRef strictly_equal(struct rj_builder *b, const struct rj_instruction *at,
                                   const struct rj_snap_feedback *feedback)
{
    const uint8_t compared = RJ_SEEN_NUMBER | RJ_SEEN_STRING;
    struct rj_val *left = rj_register(b, at->b), *right = rj_register(b, at->c);

    if (!is_identity_type(left) && !is_identity_type(right)) {
        if (!feedback->seen || feedback->seen & compared || rj_is_generic(b, feedback) ||
            left->rep != RJ_REP_BOXED)
            return by_identity_or_call(b, at, "rj_strict_equal");
        want_identity(b, at->b, at->slot);
    }
    left = rj_register(b, at->b);
    right = rj_register(b, at->c);
    if (left->rep == RJ_REP_BOOLEAN && right->rep == RJ_REP_BOOLEAN)
        return rj_compare(b, LLVMIntEQ, left->v, right->v);
    return rj_compare(b, LLVMIntEQ, rj_boxed(b, left), rj_boxed(b, right));
}

static LLVMValueRef loosely_equal(struct rj_builder *b, const struct rj_instruction *at)
{
    struct rj_val *left = rj_register(b, at->b), *right = rj_register(b, at->c);

    if (is_nullish_type(right))
        return is_nullish(b, rj_boxed(b, left));
    if (is_nullish_type(left))
        return is_nullish(b, rj_boxed(b, right));
    if (!(left->type & ~RJ_T_OBJECTS) && !(right->type & ~RJ_T_OBJECTS))
        return rj_compare(b, LLVMIntEQ, rj_boxed(b, left), rj_boxed(b, right));
    return by_identity_or_call(b, at, "rj_equal");
}

/* An i1: `b op c`. NE and SNE give what EQ and SEQ do. */
LLVMValueRef rj_build_condition(struct rj_builder *b, const struct rj_instruction *at, uint32_t op)
{
    const struct rj_snap_feedback *feedback = rj_feedback_of(b, at);
    const struct comparison *how;
    struct rj_val *left = rj_register(b, at->b), *right = rj_register(b, at->c);
    bool known = is_number(left) && is_number(right);
    uint8_t seen = feedback->seen;
    LLVMValueRef one;

    op = plain_op(op);
    how = &comparisons[op];
    if (known && left->rep == RJ_REP_INT && right->rep == RJ_REP_INT)
        return rj_compare(b, how->ints, left->v, right->v);
    if (op == RJ_OP_SEQ && (is_identity_type(left) || is_identity_type(right)))
        return strictly_equal(b, at, feedback);
    if (op == RJ_OP_EQ && (is_nullish_type(left) || is_nullish_type(right)))
        return loosely_equal(b, at);
    if (!known && rj_leave_unseen(b, at, !seen))
        return LLVMConstInt(b->i1, 0, 0);
    if (known || (seen && !(seen & ~RJ_SEEN_NUMBER) && !rj_is_generic(b, feedback))) {
        if (seen == RJ_SEEN_INT && left->rep != RJ_REP_DOUBLE && right->rep != RJ_REP_DOUBLE) {
            one = rj_want_int(b, at->b, at->slot);
            return rj_compare(b, how->ints, one, rj_want_int(b, at->c, at->slot));
        }
        one = rj_want_double(b, at->b, at->slot);
        return rj_compare_doubles(b, how->doubles, one, rj_want_double(b, at->c, at->slot));
    }
    if (op == RJ_OP_SEQ)
        return strictly_equal(b, at, feedback);
    if (op == RJ_OP_EQ)
        return loosely_equal(b, at);
    return by_call(b, at, how->helper);
}

void rj_build_comparison(struct rj_builder *b, const struct rj_instruction *at)
{
    LLVMValueRef holds = rj_build_condition(b, at, at->op);

    if (b->is_unreachable)
        return;
    if (at->op == RJ_OP_NE || at->op == RJ_OP_SNE)
        holds = LLVMBuildNot(b->ir, holds, "");
    rj_put(b, at->a, rj_val_of(holds, RJ_T_BOOLEAN));
}

/* Go both ways; [1] is the jump's target. */
static void split(struct rj_builder *b, LLVMValueRef jumps)
{
    LLVMBasicBlockRef taken = rj_block(b, "taken"), other = rj_block(b, "other");

    rj_branch(b, jumps, taken, other, 0);
    rj_go(b, taken);
    rj_jump_to(b, 1);
    rj_go(b, other);
    rj_jump_to(b, 0);
}

void rj_build_compare_jump(struct rj_builder *b, const struct rj_instruction *at)
{
    LLVMValueRef holds = rj_build_condition(b, at, at->op);

    if (b->is_unreachable)
        return;
    split(b, at->a ? holds : LLVMBuildNot(b->ir, holds, ""));
}

void rj_build_jump(struct rj_builder *b, const struct rj_instruction *at)
{
    struct rj_val *value;
    LLVMValueRef holds;

    if (at->op == RJ_OP_JUMP) {
        rj_jump_to(b, 0);
        return;
    }
    value = rj_register(b, at->a);
    if (at->op == RJ_OP_JUMP_TRUE)
        holds = rj_truth(b, value);
    else if (at->op == RJ_OP_JUMP_FALSE)
        holds = LLVMBuildNot(b->ir, rj_truth(b, value), "");
    else if (value->rep != RJ_REP_BOXED)
        holds = LLVMConstInt(b->i1, 0, 0);
    else if (at->op == RJ_OP_JUMP_NULLISH)
        holds = is_nullish(b, value->v);
    else
        holds = rj_compare(b, LLVMIntEQ, value->v, rj_i64(b, RJ_UNDEFINED));
    split(b, holds);
}
