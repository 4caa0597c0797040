/* Elements of arrays, typed arrays and strings, and lengths. */
#include "jit/build.h"

#include "vm/feedback.h"
#include "vm/heap.h"

/* The one kind of object seen; 0: several, or others. */
static uint32_t only_kind(uint8_t element)
{
    switch (element & ~(RJ_ELEMENT_OUTSIDE | RJ_ELEMENT_APPEND)) {
    case RJ_ELEMENT_ARRAY:
        return RJ_ARRAY;
    case RJ_ELEMENT_FLOAT64:
        return RJ_FLOAT64_ARRAY;
    case RJ_ELEMENT_INT32:
        return RJ_INT32_ARRAY;
    case RJ_ELEMENT_UINT8:
        return RJ_UINT8_ARRAY;
    case RJ_ELEMENT_STRING:
        return RJ_STRING;
    default:
        return 0;
    }
}

static LLVMValueRef length_of(struct rj_builder *b, LLVMValueRef object, uint32_t kind)
{
    if (kind == RJ_ARRAY)
        return rj_load(b, b->i32, object, offsetof(struct rj_array, length), RJ_M_LENGTH);
    if (kind == RJ_STRING)
        return rj_load(b, b->i32, object, offsetof(struct rj_string, length), RJ_M_STRING);
    return rj_load(b, b->i32, object, offsetof(struct rj_typed_array, length), RJ_M_TYPED);
}

/* ---- by call ---- */

static void call_get(struct rj_builder *b, const struct rj_instruction *at)
{
    const struct rj_snap_feedback *feedback = rj_feedback_of(b, at);
    struct rj_guard guard = {"type of element", "", at->slot, at->a, RJ_GUARD_AFTER, NULL};
    LLVMValueRef args[4] = {b->vm, rj_boxed(b, rj_register(b, at->b)),
                            rj_boxed(b, rj_register(b, at->c)), rj_link_value(b, feedback->link)};
    LLVMValueRef value = rj_call_helper(b, "rj_get_element", b->i64, args, 4);

    rj_check_thrown(b, value);
    guard.result = value;
    rj_put(b, at->a, rj_typed(b, value, rj_is_generic(b, feedback) ? 0 : feedback->result, &guard));
}

static void call_set(struct rj_builder *b, const struct rj_instruction *at)
{
    LLVMValueRef args[5] = {b->vm, rj_boxed(b, rj_register(b, at->a)),
                            rj_boxed(b, rj_register(b, at->b)), rj_boxed(b, rj_register(b, at->c)),
                            rj_link_value(b, rj_feedback_of(b, at)->link)};

    rj_check_thrown(b, rj_call_helper(b, "rj_set_element", b->i64, args, 5));
}

/* ---- reading ---- */

static void guard_bounds(struct rj_builder *b, const struct rj_instruction *at, LLVMValueRef index,
                         LLVMValueRef length)
{
    struct rj_guard guard = {"out of bounds", "index below length", at->slot, RJ_NOWHERE, 0, NULL};

    rj_guard_that(b, rj_compare(b, LLVMIntULT, index, length), &guard);
}

static LLVMValueRef element_address(struct rj_builder *b, LLVMValueRef object, LLVMValueRef index)
{
    LLVMValueRef elements =
        rj_load_pointer(b, object, offsetof(struct rj_array, elements), RJ_M_ELEMENTS, 0);

    return rj_address(b, elements, index, 8);
}

static void get_of_array(struct rj_builder *b, const struct rj_instruction *at, LLVMValueRef object,
                         LLVMValueRef index)
{
    const struct rj_snap_feedback *feedback = rj_feedback_of(b, at);
    struct rj_guard type = {"type of element", "", at->slot, at->a, 0, NULL};
    struct rj_guard hole = {"hole", "an element", at->slot, RJ_NOWHERE, 0, NULL};
    struct rj_val result;
    LLVMValueRef value;

    guard_bounds(b, at, index, length_of(b, object, RJ_ARRAY));
    value = rj_load(b, b->i64, element_address(b, object, index), 0, RJ_M_ELEMENT);
    result = rj_typed(b, value, feedback->result, &type);
    if (result.rep == RJ_REP_BOXED) /* numbers and booleans are no holes */
        rj_guard_that(b, rj_compare(b, LLVMIntNE, value, rj_i64(b, RJ_HOLE)), &hole);
    rj_put(b, at->a, result);
}

/* Reads behind the end and of holes give undefined. */
static void get_anywhere(struct rj_builder *b, const struct rj_instruction *at, LLVMValueRef object,
                         LLVMValueRef index)
{
    LLVMBasicBlockRef here, inside = rj_block(b, "inside"), end = rj_block(b, "element");
    LLVMValueRef undefined = rj_i64(b, RJ_UNDEFINED);
    LLVMValueRef value, is_hole;

    here = rj_here(b);
    rj_branch(b, rj_compare(b, LLVMIntULT, index, length_of(b, object, RJ_ARRAY)), inside, end, 0);
    rj_go(b, inside);
    value = rj_load(b, b->i64, element_address(b, object, index), 0, RJ_M_ELEMENT);
    is_hole = rj_compare(b, LLVMIntEQ, value, rj_i64(b, RJ_HOLE));
    value = LLVMBuildSelect(b->ir, is_hole, undefined, value, "");
    LLVMBuildBr(b->ir, end);
    rj_go(b, end);
    rj_put(b, at->a, rj_val_of(rj_phi2(b, b->i64, undefined, here, value, inside), RJ_T_ANY));
}

struct typed { /* how elements of a typed array lie in memory */
    uint32_t bytes;
    enum rj_memory memory;
};

/* Arrays of several types may share memory: it is one for LLVM. */
static struct typed typed_of(uint32_t kind)
{
    if (kind == RJ_FLOAT64_ARRAY)
        return (struct typed){8, RJ_M_DATA};
    if (kind == RJ_INT32_ARRAY)
        return (struct typed){4, RJ_M_DATA};
    return (struct typed){1, RJ_M_DATA};
}

static LLVMValueRef typed_address(struct rj_builder *b, LLVMValueRef object, LLVMValueRef index,
                                  uint32_t bytes)
{
    LLVMValueRef data =
        rj_load_pointer(b, object, offsetof(struct rj_typed_array, data), RJ_M_TYPED, 0);

    return rj_address(b, data, index, bytes);
}

static void get_of_typed(struct rj_builder *b, const struct rj_instruction *at, uint32_t kind,
                         LLVMValueRef object, LLVMValueRef index)
{
    struct typed how = typed_of(kind);
    LLVMValueRef address, value;

    guard_bounds(b, at, index, length_of(b, object, kind));
    address = typed_address(b, object, index, how.bytes);
    if (kind == RJ_FLOAT64_ARRAY) {
        rj_put(b, at->a, rj_val_of(rj_load(b, b->f64, address, 0, how.memory), RJ_T_NUMBER));
        return;
    }
    value = rj_load(b, kind == RJ_INT32_ARRAY ? b->i32 : b->i8, address, 0, how.memory);
    if (kind == RJ_UINT8_ARRAY)
        value = LLVMBuildZExt(b->ir, value, b->i32, "");
    rj_put(b, at->a, rj_val_of(value, RJ_T_INT));
}

void rj_build_get_element(struct rj_builder *b, const struct rj_instruction *at)
{
    const struct rj_snap_feedback *feedback = rj_feedback_of(b, at);
    uint32_t kind = only_kind(feedback->element);
    bool outside = feedback->element & RJ_ELEMENT_OUTSIDE;
    LLVMValueRef object, index;

    if (rj_leave_unseen(b, at, !feedback->element))
        return;
    if (!kind || kind == RJ_STRING || (outside && kind != RJ_ARRAY) ||
        (feedback->seen & ~RJ_SEEN_NUMBER) || rj_is_generic(b, feedback) ||
        rj_register(b, at->b)->rep != RJ_REP_BOXED) {
        call_get(b, at);
        return;
    }
    object = rj_want_kind(b, at->b, kind, at->slot);
    if (!object)
        return;
    index = rj_want_int(b, at->c, at->slot);
    if (kind != RJ_ARRAY)
        get_of_typed(b, at, kind, object, index);
    else if (outside)
        get_anywhere(b, at, object, index);
    else
        get_of_array(b, at, object, index);
}

/* ---- writing ---- */

static void guard_unlocked(struct rj_builder *b, const struct rj_instruction *at,
                           LLVMValueRef object)
{
    struct rj_guard guard = {"sealed or frozen", "", at->slot, at->a, 0, NULL};
    LLVMValueRef flags = rj_load(b, b->i8, object, offsetof(struct rj_cell, flags), RJ_M_HEADER);

    flags =
        LLVMBuildAnd(b->ir, flags, LLVMConstInt(b->i8, RJ_OBJECT_SEALED | RJ_OBJECT_FROZEN, 0), "");
    rj_guard_that(b, rj_compare(b, LLVMIntEQ, flags, LLVMConstInt(b->i8, 0, 0)), &guard);
}

/* Inside, right behind the end with room, or by call. */
static void set_or_append(struct rj_builder *b, const struct rj_instruction *at,
                          LLVMValueRef object, LLVMValueRef index, LLVMValueRef value)
{
    LLVMBasicBlockRef inside = rj_block(b, "inside"), behind = rj_block(b, "behind");
    LLVMBasicBlockRef append = rj_block(b, "append"), call = rj_block(b, "append.call");
    LLVMBasicBlockRef end = rj_block(b, "stored");
    LLVMValueRef length = length_of(b, object, RJ_ARRAY);
    LLVMValueRef capacity, fits, more;

    rj_branch(b, rj_compare(b, LLVMIntULT, index, length), inside, behind, 0);
    rj_go(b, inside);
    rj_store(b, value, element_address(b, object, index), 0, RJ_M_ELEMENT);
    LLVMBuildBr(b->ir, end);
    rj_go(b, behind);
    capacity = rj_load(b, b->i32, object, offsetof(struct rj_array, capacity), RJ_M_CAPACITY);
    fits = LLVMBuildAnd(b->ir, rj_compare(b, LLVMIntEQ, index, length),
                        rj_compare(b, LLVMIntULT, index, capacity), "");
    rj_branch(b, fits, append, call, 1);
    rj_go(b, append);
    rj_store(b, value, element_address(b, object, index), 0, RJ_M_ELEMENT);
    more = LLVMBuildAdd(b->ir, length, rj_i32(b, 1), "");
    rj_store(b, more, object, offsetof(struct rj_array, length), RJ_M_LENGTH);
    LLVMBuildBr(b->ir, end);
    rj_go(b, call);
    call_set(b, at);
    LLVMBuildBr(b->ir, end);
    rj_go(b, end);
}

static void set_of_typed(struct rj_builder *b, const struct rj_instruction *at, uint32_t kind,
                         LLVMValueRef object, LLVMValueRef index)
{
    const struct rj_snap_feedback *feedback = rj_feedback_of(b, at);
    struct typed how = typed_of(kind);
    LLVMValueRef value;

    guard_bounds(b, at, index, length_of(b, object, kind));
    if (kind == RJ_FLOAT64_ARRAY) {
        value = rj_want_double(b, at->c, at->slot);
        rj_store(b, value, typed_address(b, object, index, how.bytes), 0, how.memory);
        return;
    }
    value = rj_want_int32(b, at->c, feedback->result, at->slot);
    if (kind == RJ_UINT8_ARRAY)
        value = LLVMBuildTrunc(b->ir, value, b->i8, "");
    rj_store(b, value, typed_address(b, object, index, how.bytes), 0, how.memory);
}

void rj_build_set_element(struct rj_builder *b, const struct rj_instruction *at)
{
    const struct rj_snap_feedback *feedback = rj_feedback_of(b, at);
    uint32_t kind = only_kind(feedback->element);
    uint8_t loose = RJ_ELEMENT_OUTSIDE | RJ_ELEMENT_APPEND;
    LLVMValueRef object, index, value;

    if (rj_leave_unseen(b, at, !feedback->element))
        return;
    if (!kind || kind == RJ_STRING || (kind != RJ_ARRAY && feedback->element & loose) ||
        (feedback->seen & ~RJ_SEEN_NUMBER) || rj_is_generic(b, feedback) ||
        (kind != RJ_ARRAY && feedback->result & ~RJ_SEEN_NUMBER) ||
        rj_register(b, at->a)->rep != RJ_REP_BOXED) {
        call_set(b, at);
        return;
    }
    object = rj_want_kind(b, at->a, kind, at->slot);
    if (!object)
        return;
    index = rj_want_int(b, at->b, at->slot);
    if (kind != RJ_ARRAY) {
        set_of_typed(b, at, kind, object, index);
        return;
    }
    guard_unlocked(b, at, object);
    value = rj_boxed(b, rj_register(b, at->c));
    if (feedback->element & loose) {
        set_or_append(b, at, object, index, value);
        return;
    }
    guard_bounds(b, at, index, length_of(b, object, kind));
    rj_store(b, value, element_address(b, object, index), 0, RJ_M_ELEMENT);
}

/* ---- length ---- */

void rj_build_length(struct rj_builder *b, const struct rj_instruction *at)
{
    const struct rj_snap_feedback *feedback = rj_feedback_of(b, at);
    struct rj_guard after = {"type of length", "", at->slot, at->a, RJ_GUARD_AFTER, NULL};
    struct rj_guard small = {"length", "int", at->slot, RJ_NOWHERE, 0, NULL};
    uint32_t kind = only_kind(feedback->element);
    LLVMValueRef object, length, args[3];

    if (rj_leave_unseen(b, at, !feedback->element))
        return;
    if (!kind || rj_is_generic(b, feedback) || rj_register(b, at->b)->rep != RJ_REP_BOXED) {
        args[0] = b->vm;
        args[1] = rj_boxed(b, rj_register(b, at->b));
        args[2] = rj_link_value(b, feedback->link);
        length = rj_call_helper(b, "rj_get_length", b->i64, args, 3);
        rj_check_thrown(b, length);
        after.result = length;
        rj_put(b, at->a,
               rj_typed(b, length, rj_is_generic(b, feedback) ? 0 : feedback->result, &after));
        return;
    }
    object = rj_want_kind(b, at->b, kind, at->slot);
    if (!object)
        return;
    length = length_of(b, object, kind);
    rj_guard_that(b, rj_compare(b, LLVMIntSGE, length, rj_i32(b, 0)), &small);
    rj_put(b, at->a, rj_val_of(length, RJ_T_INT));
}
