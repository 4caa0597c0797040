/* Values in their representations, and what guards make of them. */
#include "jit/build.h"
#include "jit/helpers.h"

#include "vm/code.h"
#include "vm/heap.h"

enum rj_rep rj_rep_of(uint16_t type)
{
    if (!type)
        return RJ_REP_BOXED;
    if (!(type & ~RJ_T_INT))
        return RJ_REP_INT;
    if (!(type & ~RJ_T_NUMBER))
        return RJ_REP_DOUBLE;
    if (!(type & ~RJ_T_BOOLEAN))
        return RJ_REP_BOOLEAN;
    return RJ_REP_BOXED;
}

LLVMTypeRef rj_rep_type(struct rj_builder *b, enum rj_rep rep)
{
    return rep == RJ_REP_INT       ? b->i32
           : rep == RJ_REP_DOUBLE  ? b->f64
           : rep == RJ_REP_BOOLEAN ? b->i1
                                   : b->i64;
}

struct rj_val rj_val_of(LLVMValueRef v, uint16_t type)
{
    return (struct rj_val){.v = v, .type = type, .rep = (uint8_t)rj_rep_of(type)};
}

struct rj_val rj_val_const(struct rj_builder *b, rj_value value)
{
    if (rj_is_int(value))
        return rj_val_of(rj_i32(b, (uint32_t)value), RJ_T_INT);
    if (rj_is_number(value))
        return rj_val_of(LLVMConstReal(b->f64, rj_as_double(value)), RJ_T_DOUBLE);
    if (rj_is_boolean(value))
        return rj_val_of(LLVMConstInt(b->i1, value == RJ_TRUE, 0), RJ_T_BOOLEAN);
    return rj_val_of(rj_i64(b, value), value == RJ_UNDEFINED ? RJ_T_UNDEFINED
                                       : value == RJ_NULL    ? RJ_T_NULL
                                                             : RJ_T_SPECIAL);
}

static LLVMValueRef box_int(struct rj_builder *b, LLVMValueRef number)
{
    return LLVMBuildOr(b->ir, LLVMBuildZExt(b->ir, number, b->i64, ""), rj_i64(b, RJ_INT_TAG), "");
}

static LLVMValueRef box_double(struct rj_builder *b, LLVMValueRef number)
{
    LLVMValueRef is_nan = rj_compare_doubles(b, LLVMRealUNO, number, number);
    LLVMValueRef bits = rj_bits(b, number, b->i64);

    bits = LLVMBuildSelect(b->ir, is_nan, rj_i64(b, RJ_CANONICAL_NAN), bits, "");
    return LLVMBuildAdd(b->ir, bits, rj_i64(b, RJ_DOUBLE_OFFSET), "");
}

LLVMValueRef rj_boxed(struct rj_builder *b, const struct rj_val *value)
{
    switch (value->rep) {
    case RJ_REP_INT:
        return box_int(b, value->v);
    case RJ_REP_DOUBLE:
        return box_double(b, value->v);
    case RJ_REP_BOOLEAN:
        return LLVMBuildOr(b->ir, LLVMBuildZExt(b->ir, value->v, b->i64, ""), rj_i64(b, RJ_FALSE),
                           "");
    case RJ_REP_NONE:
        return rj_i64(b, RJ_UNDEFINED);
    default:
        return value->v;
    }
}

LLVMValueRef rj_widen(struct rj_builder *b, const struct rj_val *value, uint16_t type)
{
    enum rj_rep rep = rj_rep_of(type);

    if (rep == value->rep)
        return value->v;
    if (rep == RJ_REP_DOUBLE && value->rep == RJ_REP_INT)
        return LLVMBuildSIToFP(b->ir, value->v, b->f64, "");
    if (rep == RJ_REP_BOXED)
        return rj_boxed(b, value);
    rj_build_fail(b, "a value got narrower");
}

struct rj_val *rj_register(struct rj_builder *b, uint32_t where)
{
    struct rj_val *value = &b->body->registers[where];

    if (value->rep == RJ_REP_NONE)
        *value = rj_val_const(b, RJ_UNDEFINED);
    return value;
}

void rj_put(struct rj_builder *b, uint32_t where, struct rj_val value)
{
    b->body->registers[where] = value;
}

void rj_refine(struct rj_builder *b, LLVMValueRef old, struct rj_val better)
{
    struct rj_body *body = b->body;

    for (uint32_t i = 0; i < body->function->register_count; i++)
        if (body->registers[i].rep && body->registers[i].v == old)
            body->registers[i] = better;
}

uint16_t rj_type_of_kind(uint32_t kind)
{
    static const uint16_t types[] = {
        [RJ_STRING] = RJ_T_STRING,     [RJ_SCOPE] = RJ_T_SCOPE,
        [RJ_OBJECT] = RJ_T_OBJECT,     [RJ_ARRAY] = RJ_T_ARRAY,
        [RJ_FUNCTION] = RJ_T_FUNCTION, [RJ_FLOAT64_ARRAY] = RJ_T_FLOAT64,
        [RJ_INT32_ARRAY] = RJ_T_INT32, [RJ_UINT8_ARRAY] = RJ_T_UINT8,
    };

    return kind < sizeof(types) / sizeof(types[0]) && types[kind] ? types[kind] : RJ_T_OTHER;
}

uint16_t rj_type_of_seen(uint8_t seen)
{
    uint16_t type = 0;

    if (seen & RJ_SEEN_INT)
        type |= RJ_T_INT;
    if (seen & RJ_SEEN_DOUBLE)
        type |= RJ_T_NUMBER;
    if (seen & RJ_SEEN_BOOLEAN)
        type |= RJ_T_BOOLEAN;
    if (seen & ~(RJ_SEEN_NUMBER | RJ_SEEN_BOOLEAN))
        type = RJ_T_ANY;
    return type;
}

static uint32_t bytes_of_type(uint16_t type)
{
    if (!(type & ~RJ_T_ARRAY))
        return sizeof(struct rj_array);
    if (!(type & ~RJ_T_FUNCTION))
        return sizeof(struct rj_function);
    if (!(type & ~(RJ_T_FLOAT64 | RJ_T_INT32 | RJ_T_UINT8)))
        return sizeof(struct rj_typed_array);
    if (!(type & ~RJ_T_STRING))
        return sizeof(struct rj_string);
    if (!(type & ~RJ_T_CELLS))
        return sizeof(struct rj_object);
    return 0;
}

LLVMValueRef rj_pointer(struct rj_builder *b, struct rj_val *value)
{
    LLVMValueRef old = value->v;
    struct rj_val better = *value;

    if (!value->pointer) {
        better.pointer = rj_pointer_of(b, value->v, bytes_of_type(value->type));
        *value = better;
        rj_refine(b, old, better);
    }
    return better.pointer;
}

LLVMValueRef rj_is_cell_value(struct rj_builder *b, LLVMValueRef boxed)
{
    LLVMValueRef bits = LLVMBuildAnd(b->ir, boxed, rj_i64(b, RJ_NOT_CELL), "");

    return rj_compare(b, LLVMIntEQ, bits, rj_i64(b, 0));
}

LLVMValueRef rj_kind_of(struct rj_builder *b, LLVMValueRef pointer)
{
    return rj_load(b, b->i8, pointer, offsetof(struct rj_cell, kind), RJ_M_HEADER);
}

/* ---- numbers ---- */

/* A number as a double. The way of doubles is one comparison, whose difference is the bits as well;
 * ints are converted aside, and all else leaves. */
LLVMValueRef rj_double_of_boxed(struct rj_builder *b, LLVMValueRef boxed,
                                const struct rj_guard *guard)
{
    LLVMBasicBlockRef aside = rj_block(b, "not.double"), end = rj_block(b, "number"), here, from;
    LLVMValueRef bits = LLVMBuildSub(b->ir, boxed, rj_i64(b, RJ_DOUBLE_OFFSET), "");
    LLVMValueRef is_double =
        rj_compare(b, LLVMIntULT, bits, rj_i64(b, RJ_INT_TAG - RJ_DOUBLE_OFFSET));
    LLVMValueRef one, two;

    one = rj_bits(b, bits, b->f64);
    here = rj_here(b);
    rj_branch(b, is_double, end, aside, 1);
    rj_go(b, aside);
    rj_guard_that(b, rj_compare(b, LLVMIntUGE, boxed, rj_i64(b, RJ_INT_TAG)), guard);
    two = LLVMBuildSIToFP(b->ir, LLVMBuildTrunc(b->ir, boxed, b->i32, ""), b->f64, "");
    from = rj_here(b);
    LLVMBuildBr(b->ir, end);
    rj_go(b, end);
    return rj_phi2(b, b->f64, one, here, two, from);
}

/* A double that must be an int; -0 counts as 0: for keys. */
static LLVMValueRef exact_int(struct rj_builder *b, LLVMValueRef number,
                              const struct rj_guard *guard)
{
    LLVMValueRef whole = LLVMBuildFPToSI(b->ir, number, b->i32, "");
    LLVMValueRef same;

    /* Out of range it is any int (no poison, by the freeze): none is equal to the double then. */
    whole = LLVMBuildFreeze(b->ir, whole, "");
    same = LLVMBuildSIToFP(b->ir, whole, b->f64, "");
    rj_guard_that(b, rj_compare_doubles(b, LLVMRealOEQ, same, number), guard);
    return whole;
}

LLVMValueRef rj_want_int(struct rj_builder *b, uint32_t where, uint32_t slot)
{
    struct rj_val *value = rj_register(b, where);
    struct rj_guard guard = {"not an int", "int", slot, where, 0, NULL};
    LLVMValueRef old = value->v;
    LLVMValueRef whole;

    if (value->rep == RJ_REP_INT)
        return value->v;
    if (value->rep == RJ_REP_DOUBLE)
        return exact_int(b, value->v, &guard);
    if (value->rep == RJ_REP_BOXED)
        rj_guard_that(b, rj_compare(b, LLVMIntUGE, old, rj_i64(b, RJ_INT_TAG)), &guard);
    else
        rj_guard_that(b, LLVMConstInt(b->i1, 0, 0), &guard);
    if (value->rep != RJ_REP_BOXED)
        return rj_i32(b, 0);
    whole = LLVMBuildTrunc(b->ir, old, b->i32, "");
    rj_refine(b, old, rj_val_of(whole, RJ_T_INT));
    return whole;
}

LLVMValueRef rj_want_double(struct rj_builder *b, uint32_t where, uint32_t slot)
{
    struct rj_val *value = rj_register(b, where);
    struct rj_guard guard = {"not a number", "number", slot, where, 0, NULL};
    LLVMValueRef old = value->v;
    LLVMValueRef number;

    if (value->rep == RJ_REP_DOUBLE)
        return value->v;
    if (value->rep == RJ_REP_INT)
        return LLVMBuildSIToFP(b->ir, value->v, b->f64, "");
    if (value->rep == RJ_REP_BOOLEAN) {
        rj_guard_that(b, LLVMConstInt(b->i1, 0, 0), &guard);
        return LLVMConstReal(b->f64, 0);
    }
    number = rj_double_of_boxed(b, old, &guard);
    rj_refine(b, old, rj_val_of(number, RJ_T_NUMBER));
    return number;
}

LLVMValueRef rj_truncate(struct rj_builder *b, LLVMValueRef number)
{
    LLVMBasicBlockRef quick = rj_block(b, "truncate");
    LLVMBasicBlockRef slow = rj_block(b, "truncate.far");
    LLVMBasicBlockRef after = rj_block(b, "truncated");
    LLVMValueRef size = rj_intrinsic(b, "llvm.fabs", b->f64, &number, 1);
    LLVMValueRef near =
        rj_compare_doubles(b, LLVMRealOLT, size, LLVMConstReal(b->f64, 9223372036854774784.0));
    LLVMValueRef one, two;

    rj_branch(b, near, quick, slow, 1);
    rj_go(b, quick);
    one = LLVMBuildTrunc(b->ir, LLVMBuildFPToSI(b->ir, number, b->i64, ""), b->i32, "");
    LLVMBuildBr(b->ir, after);
    rj_go(b, slow);
    two = rj_call_helper(b, "rj_double_to_int32", b->i32, &number, 1);
    LLVMBuildBr(b->ir, after);
    rj_go(b, after);
    return rj_phi2(b, b->i32, one, quick, two, slow);
}

/* ToInt32 of what the feedback (`seen`) says is a number, a boolean, undefined or null. */
LLVMValueRef rj_want_int32(struct rj_builder *b, uint32_t where, uint8_t seen, uint32_t slot)
{
    struct rj_val *value = rj_register(b, where);
    LLVMValueRef number;

    if (value->rep == RJ_REP_INT)
        return value->v;
    if (value->rep == RJ_REP_BOOLEAN)
        return LLVMBuildZExt(b->ir, value->v, b->i32, "");
    if (!(value->type & ~RJ_T_NULLISH))
        return rj_i32(b, 0);
    if (value->rep == RJ_REP_BOXED && !(seen & ~RJ_SEEN_INT))
        return rj_want_int(b, where, slot);
    number = rj_want_double(b, where, slot);
    return rj_truncate(b, number);
}

/* ---- cells ---- */

LLVMValueRef rj_want_cell(struct rj_builder *b, uint32_t where, uint32_t slot)
{
    struct rj_val *value = rj_register(b, where);
    struct rj_guard guard = {"not an object", "object", slot, where, 0, NULL};
    LLVMValueRef old = value->v;
    struct rj_val better;

    if (value->rep != RJ_REP_BOXED) {
        rj_go_out(b, &guard);
        return NULL;
    }
    if (value->type & ~RJ_T_CELLS) {
        rj_guard_that(b, rj_is_cell_value(b, old), &guard);
        better = rj_val_of(old, value->type & RJ_T_CELLS ? value->type & RJ_T_CELLS : RJ_T_CELLS);
        rj_refine(b, old, better);
        value = rj_register(b, where);
    }
    return rj_pointer(b, value);
}

static const char *kind_text(uint32_t kind)
{
    static const char *const texts[] = {
        [RJ_STRING] = "string",          [RJ_ARRAY] = "array",
        [RJ_FUNCTION] = "function",      [RJ_FLOAT64_ARRAY] = "Float64Array",
        [RJ_INT32_ARRAY] = "Int32Array", [RJ_UINT8_ARRAY] = "Uint8Array",
    };

    return kind < sizeof(texts) / sizeof(texts[0]) && texts[kind] ? texts[kind] : "object";
}

LLVMValueRef rj_want_kind(struct rj_builder *b, uint32_t where, uint32_t kind, uint32_t slot)
{
    uint16_t type = rj_type_of_kind(kind);
    struct rj_guard guard = {"wrong kind", kind_text(kind), slot, where, 0, NULL};
    LLVMValueRef pointer = rj_want_cell(b, where, slot);
    struct rj_val *value;
    struct rj_val better;

    if (!pointer)
        return NULL;
    value = rj_register(b, where);
    if (type != RJ_T_OTHER && value->type == type)
        return pointer;
    rj_guard_that(b, rj_compare(b, LLVMIntEQ, rj_kind_of(b, pointer), LLVMConstInt(b->i8, kind, 0)),
                  &guard);
    value = rj_register(b, where);
    better = rj_val_of(value->v, type);
    rj_refine(b, value->v, better);
    return rj_pointer(b, rj_register(b, where));
}

void rj_want_able(struct rj_builder *b, uint32_t where, uint32_t able)
{
    static const uint16_t sure[] = {
        [RJ_ABLE_CALL] = RJ_T_FUNCTION,
        [RJ_ABLE_NEW] = 0,
        [RJ_ABLE_ITERATE] = RJ_T_STRING | RJ_T_ARRAY | RJ_T_FLOAT64 | RJ_T_INT32 | RJ_T_UINT8,
    };
    static const char *const texts[] = {
        [RJ_ABLE_CALL] = "a function",
        [RJ_ABLE_NEW] = "a constructor",
        [RJ_ABLE_ITERATE] = "an iterable",
    };
    struct rj_guard guard = {"wrong kind", texts[able], RJ_NOWHERE, where, RJ_GUARD_SOFT, NULL};
    const struct rj_val *value = rj_register(b, where);
    LLVMValueRef args[3];

    if (!(value->type & ~sure[able]))
        return;
    args[0] = b->vm;
    args[1] = rj_boxed(b, value);
    args[2] = rj_i32(b, able);
    rj_guard_that(b,
                  rj_compare(b, LLVMIntNE, rj_call_helper(b, "rj_jit_is_able", b->i64, args, 3),
                             rj_i64(b, 0)),
                  &guard);
}

/* ---- truth ---- */

/* Of any boxed value: constants and objects here, strings and numbers by call. */
static LLVMValueRef truth_of_boxed(struct rj_builder *b, LLVMValueRef v)
{
    LLVMBasicBlockRef cell = rj_block(b, "truth.cell"), other = rj_block(b, "truth.other");
    LLVMBasicBlockRef call = rj_block(b, "truth.call"), end = rj_block(b, "truth");
    LLVMBasicBlockRef blocks[3] = {cell, other, call};
    LLVMValueRef phi, values[3], is_other;

    rj_branch(b, rj_is_cell_value(b, v), cell, other, 0);
    rj_go(b, cell);
    values[0] = LLVMConstInt(b->i1, 1, 0);
    rj_branch(b,
              rj_compare(b, LLVMIntNE, rj_kind_of(b, rj_pointer_of(b, v, 0)),
                         LLVMConstInt(b->i8, RJ_STRING, 0)),
              end, call, 0);
    rj_go(b, other);
    values[1] = rj_compare(b, LLVMIntEQ, v, rj_i64(b, RJ_TRUE));
    is_other = rj_compare(b, LLVMIntULT, v, rj_i64(b, RJ_DOUBLE_OFFSET));
    rj_branch(b, is_other, end, call, 0);
    rj_go(b, call);
    values[2] = LLVMBuildTrunc(b->ir, rj_call_helper(b, "rj_truthy", b->i8, &v, 1), b->i1, "");
    LLVMBuildBr(b->ir, end);
    rj_go(b, end);
    phi = LLVMBuildPhi(b->ir, b->i1, "");
    LLVMAddIncoming(phi, values, blocks, 3);
    return phi;
}

LLVMValueRef rj_truth(struct rj_builder *b, const struct rj_val *value)
{
    LLVMValueRef v = value->v;

    if (value->rep == RJ_REP_BOOLEAN)
        return v;
    if (value->rep == RJ_REP_INT)
        return rj_compare(b, LLVMIntNE, v, rj_i32(b, 0));
    if (value->rep == RJ_REP_DOUBLE)
        return rj_compare_doubles(b, LLVMRealONE, v, LLVMConstReal(b->f64, 0));
    if (!(value->type & ~(RJ_T_OBJECTS | RJ_T_NULLISH | RJ_T_SPECIAL | RJ_T_BOOLEAN))) {
        if (!(value->type & ~RJ_T_OBJECTS))
            return LLVMConstInt(b->i1, 1, 0);
        return LLVMBuildOr(b->ir, rj_is_cell_value(b, v),
                           rj_compare(b, LLVMIntEQ, v, rj_i64(b, RJ_TRUE)), "");
    }
    return truth_of_boxed(b, v);
}

/* ---- what comes from memory ---- */

struct rj_val rj_typed(struct rj_builder *b, LLVMValueRef boxed, uint8_t result,
                       const struct rj_guard *guard)
{
    struct rj_guard own = *guard;

    if (!result || result & ~(RJ_SEEN_NUMBER | RJ_SEEN_BOOLEAN) ||
        ((result & RJ_SEEN_NUMBER) && (result & RJ_SEEN_BOOLEAN)))
        return rj_val_of(boxed, RJ_T_ANY);
    if (result == RJ_SEEN_INT) {
        own.expected = "int";
        rj_guard_that(b, rj_compare(b, LLVMIntUGE, boxed, rj_i64(b, RJ_INT_TAG)), &own);
        return rj_val_of(LLVMBuildTrunc(b->ir, boxed, b->i32, ""), RJ_T_INT);
    }
    if (result & RJ_SEEN_NUMBER) {
        own.expected = "number";
        return rj_val_of(rj_double_of_boxed(b, boxed, &own), RJ_T_NUMBER);
    }
    own.expected = "boolean";
    rj_guard_that(
        b,
        rj_compare(b, LLVMIntEQ, LLVMBuildOr(b->ir, boxed, rj_i64(b, 1), ""), rj_i64(b, RJ_TRUE)),
        &own);
    return rj_val_of(rj_compare(b, LLVMIntEQ, boxed, rj_i64(b, RJ_TRUE)), RJ_T_BOOLEAN);
}
