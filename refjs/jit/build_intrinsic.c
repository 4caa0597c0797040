/* Builtins that are instructions here. */
#include "jit/build.h"

#include "vm/code.h"
#include "vm/feedback.h"
#include "vm/heap.h"

/* A double result: an int if it has always been one. */
static void set_number(struct rj_builder *b, const struct rj_instruction *at, LLVMValueRef number)
{
    const struct rj_snap_feedback *feedback = rj_feedback_of(b, at);
    struct rj_guard guard = {"not an int", "int", at->slot, RJ_NOWHERE, 0, NULL};
    LLVMValueRef whole, same, is_plus;

    if (feedback->result != RJ_SEEN_INT || feedback->failures) {
        rj_put(b, at->a, rj_val_of(number, RJ_T_NUMBER));
        return;
    }
    whole = LLVMBuildFreeze(b->ir, LLVMBuildFPToSI(b->ir, number, b->i32, ""), "");
    same = rj_compare_doubles(b, LLVMRealOEQ, LLVMBuildSIToFP(b->ir, whole, b->f64, ""), number);
    is_plus = rj_compare(b, LLVMIntNE, rj_bits(b, number, b->i64), rj_i64(b, UINT64_C(1) << 63));
    rj_guard_that(b, LLVMBuildAnd(b->ir, same, is_plus, ""), &guard);
    rj_put(b, at->a, rj_val_of(whole, RJ_T_INT));
}

static bool one_of(struct rj_builder *b, const struct rj_instruction *at, const char *name)
{
    LLVMValueRef number = rj_want_double(b, at->c + 1u, at->slot);

    set_number(b, at, rj_intrinsic(b, name, b->f64, &number, 1));
    return true;
}

static bool by_helper(struct rj_builder *b, const struct rj_instruction *at, const char *name)
{
    LLVMValueRef number = rj_want_double(b, at->c + 1u, at->slot);

    rj_put(b, at->a, rj_val_of(rj_call_helper(b, name, b->f64, &number, 1), RJ_T_NUMBER));
    return true;
}

/* Up to the next whole number, down by one if that is more than a half too far. */
static bool build_round(struct rj_builder *b, const struct rj_instruction *at)
{
    LLVMValueRef number = rj_want_double(b, at->c + 1u, at->slot);
    LLVMValueRef up = rj_intrinsic(b, "llvm.ceil", b->f64, &number, 1);
    LLVMValueRef half = LLVMBuildFSub(b->ir, up, LLVMConstReal(b->f64, 0.5), "");
    LLVMValueRef down = LLVMBuildFSub(b->ir, up, LLVMConstReal(b->f64, 1), "");

    set_number(
        b, at,
        LLVMBuildSelect(b->ir, rj_compare_doubles(b, LLVMRealOGT, half, number), down, up, ""));
    return true;
}

static bool build_abs(struct rj_builder *b, const struct rj_instruction *at)
{
    struct rj_guard guard = {"overflow", "int", at->slot, RJ_NOWHERE, 0, NULL};
    struct rj_val *value = rj_register(b, at->c + 1u);
    LLVMValueRef negative;

    if (value->rep != RJ_REP_INT)
        return one_of(b, at, "llvm.fabs");
    rj_guard_that(b, rj_compare(b, LLVMIntNE, value->v, rj_i32(b, (uint32_t)INT32_MIN)), &guard);
    negative = rj_compare(b, LLVMIntSLT, value->v, rj_i32(b, 0));
    rj_put(
        b, at->a,
        rj_val_of(LLVMBuildSelect(b->ir, negative, LLVMBuildNeg(b->ir, value->v, ""), value->v, ""),
                  RJ_T_INT));
    return true;
}

/* Equal zeros differ in sign, and a NaN wins over all. */
static LLVMValueRef extreme(struct rj_builder *b, bool is_min, LLVMValueRef left,
                            LLVMValueRef right)
{
    LLVMRealPredicate first = is_min ? LLVMRealOLT : LLVMRealOGT;
    LLVMValueRef one = rj_bits(b, left, b->i64), two = rj_bits(b, right, b->i64);
    LLVMValueRef equal =
        is_min ? LLVMBuildOr(b->ir, one, two, "") : LLVMBuildAnd(b->ir, one, two, "");
    LLVMValueRef rest =
        LLVMBuildSelect(b->ir, rj_compare_doubles(b, LLVMRealOEQ, left, right),
                        rj_bits(b, equal, b->f64), LLVMBuildFAdd(b->ir, left, right, ""), "");

    rest = LLVMBuildSelect(b->ir, rj_compare_doubles(b, first, right, left), right, rest, "");
    return LLVMBuildSelect(b->ir, rj_compare_doubles(b, first, left, right), left, rest, "");
}

static bool build_extreme(struct rj_builder *b, const struct rj_instruction *at, bool is_min)
{
    struct rj_val *one = rj_register(b, at->c + 1u), *two = rj_register(b, at->c + 2u);
    LLVMValueRef left, right;

    if (one->rep == RJ_REP_INT && two->rep == RJ_REP_INT) {
        LLVMValueRef less = rj_compare(b, is_min ? LLVMIntSLT : LLVMIntSGT, one->v, two->v);

        rj_put(b, at->a, rj_val_of(LLVMBuildSelect(b->ir, less, one->v, two->v, ""), RJ_T_INT));
        return true;
    }
    left = rj_want_double(b, at->c + 1u, at->slot);
    right = rj_want_double(b, at->c + 2u, at->slot);
    set_number(b, at, extreme(b, is_min, left, right));
    return true;
}

static bool build_imul(struct rj_builder *b, const struct rj_instruction *at)
{
    LLVMValueRef left = rj_want_int32(b, at->c + 1u, RJ_SEEN_NUMBER, at->slot);
    LLVMValueRef right = rj_want_int32(b, at->c + 2u, RJ_SEEN_NUMBER, at->slot);

    rj_put(b, at->a, rj_val_of(LLVMBuildMul(b->ir, left, right, ""), RJ_T_INT));
    return true;
}

static bool build_power(struct rj_builder *b, const struct rj_instruction *at)
{
    LLVMValueRef args[2];

    args[0] = rj_want_double(b, at->c + 1u, at->slot);
    args[1] = rj_want_double(b, at->c + 2u, at->slot);
    rj_put(b, at->a, rj_val_of(rj_call_helper(b, "rj_pow", b->f64, args, 2), RJ_T_NUMBER));
    return true;
}

/* ---- strings ---- */

/* The units of a string: joined first if it is a rope. */
static LLVMValueRef flat_chars(struct rj_builder *b, LLVMValueRef string)
{
    LLVMBasicBlockRef rope = rj_block(b, "rope"), flat = rj_block(b, "flat");
    LLVMValueRef chars =
        rj_load(b, b->pointer, string, offsetof(struct rj_string, chars), RJ_M_STRING);
    LLVMValueRef args[2] = {b->vm, string};
    LLVMBasicBlockRef here = rj_here(b), from;
    LLVMValueRef joined;

    rj_branch(b, LLVMBuildIsNotNull(b->ir, chars, ""), flat, rope, 1);
    rj_go(b, rope);
    rj_call_helper(b, "rj_flatten", b->i8, args, 2);
    joined = rj_load(b, b->pointer, string, offsetof(struct rj_string, chars), RJ_M_STRING);
    from = rj_here(b);
    LLVMBuildBr(b->ir, flat);
    rj_go(b, flat);
    return rj_phi2(b, b->pointer, chars, here, joined, from);
}

/* The unit at an index that is inside. */
static LLVMValueRef unit_at(struct rj_builder *b, LLVMValueRef string, LLVMValueRef index)
{
    LLVMBasicBlockRef wide = rj_block(b, "wide"), narrow = rj_block(b, "narrow");
    LLVMBasicBlockRef end = rj_block(b, "unit");
    LLVMValueRef chars = flat_chars(b, string), flags, one, two;

    flags = rj_load(b, b->i8, string, offsetof(struct rj_cell, flags), RJ_M_HEADER);
    flags = LLVMBuildAnd(b->ir, flags, LLVMConstInt(b->i8, RJ_STRING_WIDE, 0), "");
    rj_branch(b, rj_compare(b, LLVMIntEQ, flags, LLVMConstInt(b->i8, 0, 0)), narrow, wide, 0);
    rj_go(b, narrow);
    one = rj_load(b, b->i8, rj_address(b, chars, index, 1), 0, RJ_M_CHARS);
    one = LLVMBuildZExt(b->ir, one, b->i32, "");
    LLVMBuildBr(b->ir, end);
    rj_go(b, wide);
    two = rj_load(b, b->i16, rj_address(b, chars, index, 2), 0, RJ_M_CHARS);
    two = LLVMBuildZExt(b->ir, two, b->i32, "");
    LLVMBuildBr(b->ir, end);
    rj_go(b, end);
    return rj_phi2(b, b->i32, one, narrow, two, wide);
}

/* Behind the end it is NaN. */
static void set_unit_or_nan(struct rj_builder *b, const struct rj_instruction *at,
                            LLVMValueRef string, LLVMValueRef index, LLVMValueRef is_inside)
{
    LLVMBasicBlockRef inside = rj_block(b, "inside"), end = rj_block(b, "code");
    LLVMBasicBlockRef here = rj_here(b), from;
    LLVMValueRef nan = LLVMConstReal(b->f64, __builtin_nan("")), unit;

    rj_branch(b, is_inside, inside, end, 0);
    rj_go(b, inside);
    unit = LLVMBuildSIToFP(b->ir, unit_at(b, string, index), b->f64, "");
    from = rj_here(b);
    LLVMBuildBr(b->ir, end);
    rj_go(b, end);
    rj_put(b, at->a, rj_val_of(rj_phi2(b, b->f64, nan, here, unit, from), RJ_T_NUMBER));
}

static bool build_char_code(struct rj_builder *b, const struct rj_instruction *at)
{
    struct rj_guard guard = {"out of bounds", "index below length", at->slot, RJ_NOWHERE, 0, NULL};
    LLVMValueRef string, index, length, is_inside;

    string = rj_want_kind(b, at->c, RJ_STRING, at->slot);
    if (!string)
        return true;
    index = rj_want_int(b, at->c + 1u, at->slot);
    length = rj_load(b, b->i32, string, offsetof(struct rj_string, length), RJ_M_STRING);
    is_inside = rj_compare(b, LLVMIntULT, index, length);
    if (rj_feedback_of(b, at)->result & RJ_SEEN_DOUBLE) {
        set_unit_or_nan(b, at, string, index, is_inside);
        return true;
    }
    rj_guard_that(b, is_inside, &guard);
    rj_put(b, at->a, rj_val_of(unit_at(b, string, index), RJ_T_INT));
    return true;
}

static bool build_from_char_code(struct rj_builder *b, const struct rj_instruction *at)
{
    LLVMValueRef args[2] = {b->vm, rj_want_int(b, at->c + 1u, at->slot)};
    LLVMValueRef value;

    value = rj_call_helper(b, "rj_jit_string_unit", b->i64, args, 2);
    rj_check_thrown(b, value);
    rj_put(b, at->a, rj_val_of(value, RJ_T_STRING));
    return true;
}

/* ---- arrays ---- */

static void guard_open(struct rj_builder *b, const struct rj_instruction *at, LLVMValueRef array)
{
    struct rj_guard guard = {"sealed or frozen", "", at->slot, at->c, 0, NULL};
    LLVMValueRef flags = rj_load(b, b->i8, array, offsetof(struct rj_cell, flags), RJ_M_HEADER);

    flags =
        LLVMBuildAnd(b->ir, flags, LLVMConstInt(b->i8, RJ_OBJECT_SEALED | RJ_OBJECT_FROZEN, 0), "");
    rj_guard_that(b, rj_compare(b, LLVMIntEQ, flags, LLVMConstInt(b->i8, 0, 0)), &guard);
}

static LLVMValueRef element(struct rj_builder *b, LLVMValueRef array, LLVMValueRef index)
{
    return rj_address(
        b, rj_load_pointer(b, array, offsetof(struct rj_array, elements), RJ_M_ELEMENTS, 0), index,
        8);
}

static bool build_push(struct rj_builder *b, const struct rj_instruction *at)
{
    struct rj_guard small = {"length", "int", at->slot, RJ_NOWHERE, 0, NULL};
    LLVMBasicBlockRef room = rj_block(b, "push"), full = rj_block(b, "push.call");
    LLVMBasicBlockRef end = rj_block(b, "pushed");
    LLVMValueRef array = rj_want_kind(b, at->c, RJ_ARRAY, at->slot);
    LLVMValueRef length, capacity, more, value, args[3], good;

    if (!array)
        return true;
    guard_open(b, at, array);
    value = rj_boxed(b, rj_register(b, at->c + 1u));
    length = rj_load(b, b->i32, array, offsetof(struct rj_array, length), RJ_M_LENGTH);
    rj_guard_that(b, rj_compare(b, LLVMIntULT, length, rj_i32(b, INT32_MAX)), &small);
    capacity = rj_load(b, b->i32, array, offsetof(struct rj_array, capacity), RJ_M_CAPACITY);
    more = LLVMBuildAdd(b->ir, length, rj_i32(b, 1), "");
    rj_branch(b, rj_compare(b, LLVMIntULT, length, capacity), room, full, 1);
    rj_go(b, room);
    rj_store(b, value, element(b, array, length), 0, RJ_M_ELEMENT);
    rj_store(b, more, array, offsetof(struct rj_array, length), RJ_M_LENGTH);
    LLVMBuildBr(b->ir, end);
    rj_go(b, full);
    args[0] = b->vm;
    args[1] = rj_boxed(b, rj_register(b, at->c));
    args[2] = value;
    good = rj_call_helper(b, "rj_array_append_value", b->i64, args, 3);
    rj_check_thrown(b, good);
    LLVMBuildBr(b->ir, end);
    rj_go(b, end);
    rj_put(b, at->a, rj_val_of(more, RJ_T_INT));
    return true;
}

static bool build_pop(struct rj_builder *b, const struct rj_instruction *at)
{
    struct rj_guard empty = {"empty array", "", at->slot, RJ_NOWHERE, 0, NULL};
    struct rj_guard hole = {"hole", "an element", at->slot, RJ_NOWHERE, 0, NULL};
    LLVMValueRef array = rj_want_kind(b, at->c, RJ_ARRAY, at->slot);
    LLVMValueRef length, value, address;

    if (!array)
        return true;
    guard_open(b, at, array);
    length = rj_load(b, b->i32, array, offsetof(struct rj_array, length), RJ_M_LENGTH);
    rj_guard_that(b, rj_compare(b, LLVMIntSGT, length, rj_i32(b, 0)), &empty);
    length = LLVMBuildSub(b->ir, length, rj_i32(b, 1), "");
    address = element(b, array, length);
    value = rj_load(b, b->i64, address, 0, RJ_M_ELEMENT);
    rj_guard_that(b, rj_compare(b, LLVMIntNE, value, rj_i64(b, RJ_HOLE)), &hole);
    rj_store(b, rj_i64(b, RJ_HOLE), address, 0, RJ_M_ELEMENT);
    rj_store(b, length, array, offsetof(struct rj_array, length), RJ_M_LENGTH);
    rj_put(b, at->a, rj_val_of(value, RJ_T_ANY));
    return true;
}

static uint32_t arguments_of(uint32_t intrinsic)
{
    if (intrinsic == RJ_INTRINSIC_POP)
        return 0;
    if (intrinsic == RJ_INTRINSIC_MIN || intrinsic == RJ_INTRINSIC_MAX ||
        intrinsic == RJ_INTRINSIC_IMUL || intrinsic == RJ_INTRINSIC_POW)
        return 2;
    return 1;
}

bool rj_build_intrinsic(struct rj_builder *b, const struct rj_instruction *at, uint32_t intrinsic)
{
    const struct rj_snap_feedback *feedback = rj_feedback_of(b, at);

    if ((uint32_t)at->d != arguments_of(intrinsic) || feedback->failures >= 2)
        return false;
    switch (intrinsic) {
    case RJ_INTRINSIC_ABS:
        return build_abs(b, at);
    case RJ_INTRINSIC_FLOOR:
        return one_of(b, at, "llvm.floor");
    case RJ_INTRINSIC_CEIL:
        return one_of(b, at, "llvm.ceil");
    case RJ_INTRINSIC_TRUNC:
        return one_of(b, at, "llvm.trunc");
    case RJ_INTRINSIC_SQRT:
        return one_of(b, at, "llvm.sqrt");
    case RJ_INTRINSIC_ROUND:
        return build_round(b, at);
    case RJ_INTRINSIC_MIN:
    case RJ_INTRINSIC_MAX:
        return build_extreme(b, at, intrinsic == RJ_INTRINSIC_MIN);
    case RJ_INTRINSIC_IMUL:
        return build_imul(b, at);
    case RJ_INTRINSIC_SIN:
        return by_helper(b, at, "rj_sin");
    case RJ_INTRINSIC_COS:
        return by_helper(b, at, "rj_cos");
    case RJ_INTRINSIC_POW:
        return build_power(b, at);
    case RJ_INTRINSIC_CHAR_CODE_AT:
        return build_char_code(b, at);
    case RJ_INTRINSIC_FROM_CHAR_CODE:
        return build_from_char_code(b, at);
    case RJ_INTRINSIC_PUSH:
        return build_push(b, at);
    case RJ_INTRINSIC_POP:
        return build_pop(b, at);
    default:
        return false;
    }
}
