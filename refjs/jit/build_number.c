/* Arithmetic and bits. */
#include "jit/build.h"

#include "jit/helpers.h"
#include "vm/feedback.h"

struct operation { /* how the whole of an operation is called */
    const char *helper;
    const char *overflow; /* LLVM's intrinsic for ints; or NULL */
    LLVMOpcode doubles;
    LLVMOpcode wrapping;
};

static const struct operation operations[RJ_OP_COUNT] = {
    [RJ_OP_ADD] = {"rj_add", "llvm.sadd.with.overflow", LLVMFAdd, LLVMAdd},
    [RJ_OP_SUB] = {"rj_sub", "llvm.ssub.with.overflow", LLVMFSub, LLVMSub},
    [RJ_OP_MUL] = {"rj_mul", "llvm.smul.with.overflow", LLVMFMul, LLVMMul},
    [RJ_OP_DIV] = {"rj_div", NULL, LLVMFDiv, 0},
    [RJ_OP_MOD] = {"rj_mod", NULL, 0, 0},
    [RJ_OP_EXP] = {"rj_exp", NULL, 0, 0},
    [RJ_OP_BIT_AND] = {"rj_bit_and", NULL, 0, LLVMAnd},
    [RJ_OP_BIT_OR] = {"rj_bit_or", NULL, 0, LLVMOr},
    [RJ_OP_BIT_XOR] = {"rj_bit_xor", NULL, 0, LLVMXor},
    [RJ_OP_SHL] = {"rj_shl", NULL, 0, LLVMShl},
    [RJ_OP_SHR] = {"rj_shr", NULL, 0, LLVMAShr},
    [RJ_OP_USHR] = {"rj_ushr", NULL, 0, LLVMLShr},
    [RJ_OP_NEG] = {"rj_neg", NULL, 0, 0},
    [RJ_OP_TO_NUMBER] = {"rj_to_number", NULL, 0, 0},
    [RJ_OP_INC] = {"rj_inc", "llvm.sadd.with.overflow", LLVMFAdd, LLVMAdd},
    [RJ_OP_DEC] = {"rj_dec", "llvm.ssub.with.overflow", LLVMFSub, LLVMSub},
    [RJ_OP_BIT_NOT] = {"rj_bit_not", NULL, 0, 0},
};

/* ---- is the result used as an int32 only? Then it may wrap around. ---- */

static bool truncates(uint32_t op)
{
    return (op >= RJ_OP_BIT_AND && op <= RJ_OP_USHR) || op == RJ_OP_BIT_NOT;
}

static bool reads(const struct rj_uses *uses, uint32_t where)
{
    for (uint32_t i = 0; i < uses->read_count; i++)
        if (uses->reads[i] == where)
            return true;
    return where >= uses->first && where < uses->first + uses->count;
}

bool rj_is_truncated(struct rj_builder *b, uint32_t at, int depth)
{
    const struct rj_body *body = b->body;
    const struct rj_instruction *all = body->function->instructions;
    const struct rj_block *block = &body->flow->blocks[body->flow->block_of[at]];
    uint32_t where = all[at].a;

    for (uint32_t i = at + 1; i < block->end; i++) {
        struct rj_uses uses = rj_uses_of(&all[i]);

        if (reads(&uses, where)) {
            bool adds = all[i].op == RJ_OP_ADD || all[i].op == RJ_OP_SUB;
            const struct rj_snap_feedback *feedback = rj_feedback_of(b, &all[i]);

            if (!truncates(all[i].op) &&
                !(adds && depth < 4 && !(feedback->seen & ~RJ_SEEN_NUMBER) &&
                  rj_is_truncated(b, i, depth + 1)))
                return false;
        }
        for (uint32_t j = 0; j < uses.write_count; j++)
            if (uses.writes[j] == where)
                return true;
    }
    for (uint32_t i = 0; i < block->successor_count; i++)
        if (rj_is_live(body->flow, body->flow->blocks[block->successors[i]].start, where))
            return false;
    return true;
}

/* ---- calls ---- */

/* By the helper: any operands. What comes out is looked at behind it. */
static void build_call(struct rj_builder *b, const struct rj_instruction *at, bool two)
{
    const struct rj_snap_feedback *feedback = rj_feedback_of(b, at);
    struct rj_guard guard = {"result", "", at->slot, at->a, RJ_GUARD_AFTER, NULL};
    LLVMValueRef args[3] = {b->vm, rj_boxed(b, rj_register(b, at->b)), NULL};
    LLVMValueRef value;

    if (two)
        args[2] = rj_boxed(b, rj_register(b, at->c));
    value = rj_call_helper(b, operations[at->op].helper, b->i64, args, two ? 3 : 2);
    rj_check_thrown(b, value);
    guard.result = value;
    rj_put(b, at->a, rj_typed(b, value, rj_is_generic(b, feedback) ? 0 : feedback->result, &guard));
}

static bool is_number(const struct rj_val *value)
{
    return value->rep == RJ_REP_INT || value->rep == RJ_REP_DOUBLE;
}

static bool is_int(const struct rj_val *value, uint8_t seen)
{
    return value->rep == RJ_REP_INT ||
           (value->rep == RJ_REP_BOXED && seen && !(seen & ~RJ_SEEN_INT));
}

/* ---- ints ---- */

static bool is_positive(LLVMValueRef v)
{
    return LLVMIsAConstantInt(v) && LLVMConstIntGetSExtValue(v) > 0;
}

static LLVMValueRef overflow_guarded(struct rj_builder *b, const struct rj_instruction *at,
                                     LLVMValueRef left, LLVMValueRef right)
{
    struct rj_guard guard = {"overflow", "int", at->slot, RJ_NOWHERE, 0, NULL};
    LLVMValueRef args[2] = {left, right};
    LLVMValueRef both = rj_intrinsic(b, operations[at->op].overflow, b->i32, args, 2);
    LLVMValueRef overflows = LLVMBuildExtractValue(b->ir, both, 1, "");

    rj_guard_that(b, LLVMBuildNot(b->ir, overflows, ""), &guard);
    return LLVMBuildExtractValue(b->ir, both, 0, "");
}

/* A product of 0 is -0 if one of the factors is negative. */
static void guard_minus_zero(struct rj_builder *b, const struct rj_instruction *at,
                             LLVMValueRef product, LLVMValueRef left, LLVMValueRef right)
{
    struct rj_guard guard = {"minus zero", "int", at->slot, RJ_NOWHERE, 0, NULL};
    LLVMValueRef is_zero, is_negative;

    if (left == right || is_positive(left) || is_positive(right))
        return;
    is_zero = rj_compare(b, LLVMIntEQ, product, rj_i32(b, 0));
    is_negative = rj_compare(b, LLVMIntSLT, LLVMBuildOr(b->ir, left, right, ""), rj_i32(b, 0));
    rj_guard_that(b, LLVMBuildNot(b->ir, LLVMBuildAnd(b->ir, is_zero, is_negative, ""), ""),
                  &guard);
}

static void build_ints(struct rj_builder *b, const struct rj_instruction *at, LLVMValueRef left,
                       LLVMValueRef right, bool wraps)
{
    LLVMValueRef whole;

    if (wraps && at->op != RJ_OP_MUL)
        whole = LLVMBuildBinOp(b->ir, operations[at->op].wrapping, left, right, "");
    else
        whole = overflow_guarded(b, at, left, right);
    if (at->op == RJ_OP_MUL && !wraps)
        guard_minus_zero(b, at, whole, left, right);
    rj_put(b, at->a, rj_val_of(whole, RJ_T_INT));
}

static void build_remainder(struct rj_builder *b, const struct rj_instruction *at,
                            LLVMValueRef left, LLVMValueRef right, bool wraps)
{
    struct rj_guard zero = {"divisor not positive", "int > 0", at->slot, RJ_NOWHERE, 0, NULL};
    struct rj_guard minus = {"minus zero", "int", at->slot, RJ_NOWHERE, 0, NULL};
    LLVMValueRef rest, bad;

    rj_guard_that(b, rj_compare(b, LLVMIntSGT, right, rj_i32(b, 0)), &zero);
    rest = LLVMBuildSRem(b->ir, left, right, "");
    if (!wraps) {
        bad = LLVMBuildAnd(b->ir, rj_compare(b, LLVMIntSLT, left, rj_i32(b, 0)),
                           rj_compare(b, LLVMIntEQ, rest, rj_i32(b, 0)), "");
        rj_guard_that(b, LLVMBuildNot(b->ir, bad, ""), &minus);
    }
    rj_put(b, at->a, rj_val_of(rest, RJ_T_INT));
}

/* The quotient of two ints that has always been an int. */
static void build_quotient(struct rj_builder *b, const struct rj_instruction *at, LLVMValueRef left,
                           LLVMValueRef right)
{
    struct rj_guard guard = {"not a whole quotient", "int", at->slot, RJ_NOWHERE, 0, NULL};
    LLVMValueRef quotient = LLVMBuildFDiv(b->ir, left, right, "");
    LLVMValueRef whole = LLVMBuildFreeze(b->ir, LLVMBuildFPToSI(b->ir, quotient, b->i32, ""), "");
    LLVMValueRef same =
        rj_compare_doubles(b, LLVMRealOEQ, LLVMBuildSIToFP(b->ir, whole, b->f64, ""), quotient);
    LLVMValueRef is_plus =
        rj_compare(b, LLVMIntNE, rj_bits(b, quotient, b->i64), rj_i64(b, UINT64_C(1) << 63));

    rj_guard_that(b, LLVMBuildAnd(b->ir, same, is_plus, ""), &guard);
    rj_put(b, at->a, rj_val_of(whole, RJ_T_INT));
}

/* ---- doubles ---- */

static LLVMValueRef power(struct rj_builder *b, LLVMValueRef left, LLVMValueRef right)
{
    LLVMValueRef args[2] = {left, right};
    LLVMBool lost;

    if (LLVMIsAConstantFP(right) && LLVMConstRealGetDouble(right, &lost) == 2.0)
        return LLVMBuildFMul(b->ir, left, left, "");
    return rj_call_helper(b, "rj_pow", b->f64, args, 2);
}

static void build_doubles(struct rj_builder *b, const struct rj_instruction *at,
                          const struct rj_snap_feedback *feedback)
{
    LLVMValueRef args[2] = {rj_want_double(b, at->b, at->slot), NULL};
    LLVMValueRef value;

    args[1] = rj_want_double(b, at->c, at->slot);
    if (at->op == RJ_OP_DIV && feedback->result == RJ_SEEN_INT && feedback->failures == 0 &&
        !rj_is_truncated(b, b->body->at, 0)) {
        build_quotient(b, at, args[0], args[1]);
        return;
    }
    if (at->op == RJ_OP_MOD)
        value = rj_call_helper(b, "rj_fmod", b->f64, args, 2);
    else if (at->op == RJ_OP_EXP)
        value = power(b, args[0], args[1]);
    else
        value = LLVMBuildBinOp(b->ir, operations[at->op].doubles, args[0], args[1], "");
    rj_put(b, at->a, rj_val_of(value, RJ_T_NUMBER));
}

void rj_build_arithmetic(struct rj_builder *b, const struct rj_instruction *at)
{
    const struct rj_snap_feedback *feedback = rj_feedback_of(b, at);
    const struct rj_val *left = rj_register(b, at->b), *right = rj_register(b, at->c);
    bool known = is_number(left) && is_number(right);
    uint8_t seen = feedback->seen;
    bool whole, wraps;

    if (!known && rj_leave_unseen(b, at, !seen))
        return;
    if (!known && (!seen || seen & ~RJ_SEEN_NUMBER || rj_is_generic(b, feedback))) {
        build_call(b, at, true);
        return;
    }
    whole = is_int(left, seen) && is_int(right, seen);
    wraps = whole && at->op <= RJ_OP_MOD && rj_is_truncated(b, b->body->at, 0);
    whole = whole && !(feedback->result & RJ_SEEN_DOUBLE) && !rj_is_generic(b, feedback);
    if (at->op == RJ_OP_ADD || at->op == RJ_OP_SUB)
        whole |= wraps;
    if (whole && at->op <= RJ_OP_MOD && at->op != RJ_OP_DIV) {
        LLVMValueRef one = rj_want_int(b, at->b, at->slot);
        LLVMValueRef two = rj_want_int(b, at->c, at->slot);

        if (at->op == RJ_OP_MOD)
            build_remainder(b, at, one, two, wraps);
        else
            build_ints(b, at, one, two, wraps);
        return;
    }
    build_doubles(b, at, feedback);
}

/* ---- bits ---- */

static bool has_int32(const struct rj_val *value, uint8_t seen)
{
    if (value->rep != RJ_REP_BOXED || !(value->type & ~RJ_T_NULLISH))
        return true;
    return seen && !(seen & ~RJ_SEEN_NUMBER);
}

static void build_unsigned_shift(struct rj_builder *b, const struct rj_instruction *at,
                                 LLVMValueRef left, LLVMValueRef count)
{
    const struct rj_snap_feedback *feedback = rj_feedback_of(b, at);
    struct rj_guard guard = {"overflow", "int", at->slot, RJ_NOWHERE, 0, NULL};
    LLVMValueRef shifted = LLVMBuildLShr(b->ir, left, count, "");
    bool is_small = LLVMIsAConstantInt(count) && LLVMConstIntGetZExtValue(count) > 0;

    if (is_small || rj_is_truncated(b, b->body->at, 0)) {
        rj_put(b, at->a, rj_val_of(shifted, RJ_T_INT));
        return;
    }
    if (!(feedback->result & RJ_SEEN_DOUBLE) && !rj_is_generic(b, feedback)) {
        rj_guard_that(b, rj_compare(b, LLVMIntSGE, shifted, rj_i32(b, 0)), &guard);
        rj_put(b, at->a, rj_val_of(shifted, RJ_T_INT));
        return;
    }
    rj_put(b, at->a, rj_val_of(LLVMBuildUIToFP(b->ir, shifted, b->f64, ""), RJ_T_NUMBER));
}

void rj_build_bits(struct rj_builder *b, const struct rj_instruction *at)
{
    const struct rj_snap_feedback *feedback = rj_feedback_of(b, at);
    uint8_t seen = feedback->seen;
    const struct rj_val *one = rj_register(b, at->b), *two = rj_register(b, at->c);
    LLVMValueRef left, right;

    if (rj_is_generic(b, feedback) && seen)
        seen |= RJ_SEEN_NUMBER;
    if (!(has_int32(one, seen) && has_int32(two, seen))) {
        if (!rj_leave_unseen(b, at, !seen))
            build_call(b, at, true);
        return;
    }
    left = rj_want_int32(b, at->b, seen, at->slot);
    right = rj_want_int32(b, at->c, seen, at->slot);
    if (at->op >= RJ_OP_SHL && at->op <= RJ_OP_USHR)
        right = LLVMBuildAnd(b->ir, right, rj_i32(b, 31), "");
    if (at->op == RJ_OP_USHR) {
        build_unsigned_shift(b, at, left, right);
        return;
    }
    rj_put(
        b, at->a,
        rj_val_of(LLVMBuildBinOp(b->ir, operations[at->op].wrapping, left, right, ""), RJ_T_INT));
}

/* ---- one operand ---- */

static void build_step(struct rj_builder *b, const struct rj_instruction *at, bool whole)
{
    LLVMValueRef number;

    if (whole) {
        build_ints(b, at, rj_want_int(b, at->b, at->slot), rj_i32(b, 1),
                   rj_is_truncated(b, b->body->at, 0));
        return;
    }
    number = rj_want_double(b, at->b, at->slot);
    number =
        LLVMBuildBinOp(b->ir, operations[at->op].doubles, number, LLVMConstReal(b->f64, 1), "");
    rj_put(b, at->a, rj_val_of(number, RJ_T_NUMBER));
}

static void build_negative(struct rj_builder *b, const struct rj_instruction *at, bool whole)
{
    struct rj_guard guard = {"minus zero or overflow", "int", at->slot, at->b, 0, NULL};
    LLVMValueRef number, bits;

    if (!whole) {
        number = LLVMBuildFNeg(b->ir, rj_want_double(b, at->b, at->slot), "");
        rj_put(b, at->a, rj_val_of(number, RJ_T_NUMBER));
        return;
    }
    number = rj_want_int(b, at->b, at->slot);
    bits = LLVMBuildAnd(b->ir, number, rj_i32(b, INT32_MAX), ""); /* 0 and the least int */
    rj_guard_that(b, rj_compare(b, LLVMIntNE, bits, rj_i32(b, 0)), &guard);
    rj_put(b, at->a, rj_val_of(LLVMBuildNeg(b->ir, number, ""), RJ_T_INT));
}

static void build_to_number(struct rj_builder *b, const struct rj_instruction *at, bool whole)
{
    if (whole)
        rj_put(b, at->a, rj_val_of(rj_want_int(b, at->b, at->slot), RJ_T_INT));
    else
        rj_put(b, at->a, rj_val_of(rj_want_double(b, at->b, at->slot), RJ_T_NUMBER));
}

void rj_build_unary(struct rj_builder *b, const struct rj_instruction *at)
{
    const struct rj_snap_feedback *feedback = rj_feedback_of(b, at);
    const struct rj_val *value = rj_register(b, at->b);
    uint8_t seen = feedback->seen;
    bool whole;

    if (at->op == RJ_OP_NOT) {
        rj_put(b, at->a, rj_val_of(LLVMBuildNot(b->ir, rj_truth(b, value), ""), RJ_T_BOOLEAN));
        return;
    }
    if (at->op == RJ_OP_BIT_NOT && has_int32(value, seen)) {
        LLVMValueRef number = rj_want_int32(b, at->b, seen, at->slot);

        rj_put(b, at->a, rj_val_of(LLVMBuildNot(b->ir, number, ""), RJ_T_INT));
        return;
    }
    if (!is_number(value) && rj_leave_unseen(b, at, !seen))
        return;
    if (at->op == RJ_OP_BIT_NOT ||
        (!is_number(value) && (!seen || seen & ~RJ_SEEN_NUMBER || rj_is_generic(b, feedback)))) {
        build_call(b, at, false);
        return;
    }
    whole = is_int(value, seen) &&
            (at->op == RJ_OP_TO_NUMBER ||
             (!(feedback->result & RJ_SEEN_DOUBLE) && !rj_is_generic(b, feedback)));
    if (at->op == RJ_OP_NEG)
        build_negative(b, at, whole);
    else if (at->op == RJ_OP_TO_NUMBER)
        build_to_number(b, at, whole);
    else
        build_step(b, at, whole);
}
