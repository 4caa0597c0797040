/* Calls and `new`: direct ones, inlined ones, all others. */
#include "jit/build.h"
#include "jit/helpers.h"

#include "vm/code.h"
#include "vm/feedback.h"
#include "vm/heap.h"

enum {
    ENOUGH_GUARDS = 60,   /* in a function that has as many nothing more is inlined */
    ENOUGH_INLINED = 100, /* instructions, but for tiny bodies */
    TINY = 16,
};

struct callee {
    LLVMValueRef pointer;
    LLVMValueRef boxed;
    const struct rj_snap_target *target;
};

/* Arguments c+1 to c+d in memory. */
static LLVMValueRef store_arguments(struct rj_builder *b, const struct rj_instruction *at)
{
    uint32_t count = (uint32_t)at->d;

    if (count > b->call_slots)
        b->call_slots = count;
    for (uint32_t i = 0; i < count; i++)
        rj_store(b, rj_boxed(b, rj_register(b, at->c + 1 + i)), b->call_args, (uint64_t)i * 8,
                 RJ_M_FRAME);
    return b->call_args;
}

static LLVMValueRef call_direct(struct rj_builder *b, const struct rj_instruction *at,
                                const struct callee *callee, LLVMValueRef this_value,
                                LLVMValueRef new_target)
{
    LLVMValueRef code = rj_link_value(b, callee->target->link);
    LLVMValueRef args[6] = {
        b->vm,     callee->pointer, this_value, rj_i32(b, (uint32_t)at->d), store_arguments(b, at),
        new_target};
    LLVMValueRef entry = rj_load(b, b->pointer, code, offsetof(struct rj_code, entry), RJ_M_CODE);
    LLVMValueRef value = rj_call_entry(b, entry, args);

    rj_check_thrown(b, value);
    return value;
}

static void set_result(struct rj_builder *b, const struct rj_instruction *at, struct rj_val value)
{
    const struct rj_snap_feedback *feedback = rj_feedback_of(b, at);
    struct rj_guard guard = {"type of result", "", at->slot, at->a, RJ_GUARD_AFTER, NULL};

    if (value.rep == RJ_REP_BOXED && value.type == RJ_T_ANY) {
        guard.result = value.v;
        value = rj_typed(b, value.v, rj_is_generic(b, feedback) ? 0 : feedback->result, &guard);
    }
    rj_put(b, at->a, value);
}

/* ---- inlining ---- */

static bool is_under_way(const struct rj_body *body, const struct rj_snap_function *function)
{
    for (; body; body = body->parent)
        if (body->function == function)
            return true;
    return false;
}

static const struct rj_snap_function *body_of(struct rj_builder *b,
                                              const struct rj_snap_target *target)
{
    const struct rj_snap_function *function;

    if (target->body == RJ_NOWHERE || b->snapshot->options->no_inline ||
        b->body->depth >= b->snapshot->options->inline_depth || b->guards > ENOUGH_GUARDS)
        return NULL;
    function = b->snapshot->functions[target->body];
    if (function->instruction_count > TINY &&
        b->inlined + function->instruction_count > ENOUGH_INLINED)
        return NULL;
    if (is_under_way(b->body, function))
        return NULL;
    b->inlined += function->instruction_count;
    return function;
}

enum { MOST_INLINED_ARGUMENTS = 16 };

static struct rj_val inline_call(struct rj_builder *b, const struct rj_instruction *at,
                                 const struct callee *callee,
                                 const struct rj_snap_function *function,
                                 const struct rj_val *this_value, bool is_construct)
{
    struct rj_val arguments[MOST_INLINED_ARGUMENTS + 1];
    struct rj_val both[2] = {rj_val_of(callee->boxed, RJ_T_FUNCTION), {0}};

    both[0].pointer = callee->pointer;
    arguments[0] = *this_value;
    for (uint32_t i = 0; i < (uint32_t)at->d; i++)
        arguments[i + 1] = *rj_register(b, at->c + 1 + i);
    if (is_construct)
        both[1] = *this_value;
    return rj_inline(b, function, arguments, (uint32_t)at->d + 1, both);
}

static struct rj_val call_target(struct rj_builder *b, const struct rj_instruction *at,
                                 const struct callee *callee)
{
    const struct rj_snap_function *function = body_of(b, callee->target);
    struct rj_val *this_value = rj_register(b, at->c);

    if (function && (uint32_t)at->d <= MOST_INLINED_ARGUMENTS)
        return inline_call(b, at, callee, function, this_value, false);
    return rj_val_of(call_direct(b, at, callee, rj_boxed(b, this_value), rj_i64(b, RJ_UNDEFINED)),
                     RJ_T_ANY);
}

/* ---- who is called ---- */

/* Guard the one callee seen. False: the code left. */
static bool guard_callee(struct rj_builder *b, const struct rj_instruction *at,
                         struct callee *callee)
{
    const struct rj_snap_feedback *feedback = rj_feedback_of(b, at);
    struct rj_guard guard = {"wrong call target", "the function seen", at->slot, at->b, 0, NULL};
    LLVMValueRef code;

    callee->target = &feedback->target[0];
    if (rj_register(b, at->b)->rep != RJ_REP_BOXED) {
        rj_go_out(b, &guard);
        return false;
    }
    if (feedback->function != RJ_NOWHERE) {
        callee->pointer = rj_link_value(b, feedback->function);
        callee->boxed = LLVMBuildPtrToInt(b->ir, callee->pointer, b->i64, "");
        rj_guard_that(b, rj_compare(b, LLVMIntEQ, rj_register(b, at->b)->v, callee->boxed), &guard);
        return true;
    }
    callee->pointer = rj_want_kind(b, at->b, RJ_FUNCTION, at->slot);
    callee->boxed = rj_register(b, at->b)->v;
    code =
        rj_load(b, b->pointer, callee->pointer, offsetof(struct rj_function, code), RJ_M_FUNCTION);
    rj_guard_that(
        b, LLVMBuildICmp(b->ir, LLVMIntEQ, code, rj_link_value(b, feedback->target[0].link), ""),
        &guard);
    return true;
}

static LLVMValueRef call_any(struct rj_builder *b, const struct rj_instruction *at)
{
    LLVMValueRef args[5] = {b->vm}, value;

    rj_want_able(b, at->b, RJ_ABLE_CALL);
    args[1] = rj_boxed(b, rj_register(b, at->b));
    args[2] = rj_boxed(b, rj_register(b, at->c));
    args[3] = rj_i32(b, (uint32_t)at->d);
    args[4] = store_arguments(b, at);
    value = rj_call_helper(b, "rj_call", b->i64, args, 5);
    rj_check_thrown(b, value);
    return value;
}

/* Two or three targets: a chain of comparisons, at its end a call. */
static struct rj_val call_many(struct rj_builder *b, const struct rj_instruction *at)
{
    const struct rj_snap_feedback *feedback = rj_feedback_of(b, at);
    struct callee callee = {.pointer = rj_want_kind(b, at->b, RJ_FUNCTION, at->slot)};
    LLVMBasicBlockRef end = rj_block(b, "called");
    LLVMBasicBlockRef from[RJ_TARGETS + 1];
    LLVMValueRef values[RJ_TARGETS + 1], code, phi;
    uint32_t count = 0;

    callee.boxed = rj_register(b, at->b)->v;
    code =
        rj_load(b, b->pointer, callee.pointer, offsetof(struct rj_function, code), RJ_M_FUNCTION);
    for (uint32_t i = 0; i < feedback->ways; i++) {
        LLVMBasicBlockRef is_it = rj_block(b, "target"), next = rj_block(b, "target.next");
        struct rj_val value;

        callee.target = &feedback->target[i];
        if (callee.target->flags & RJ_CODE_CLASS)
            continue;
        rj_branch(b,
                  LLVMBuildICmp(b->ir, LLVMIntEQ, code, rj_link_value(b, callee.target->link), ""),
                  is_it, next, 0);
        rj_go(b, is_it);
        value = call_target(b, at, &callee);
        values[count] = rj_boxed(b, &value);
        if (b->is_unreachable) {
            LLVMBuildUnreachable(b->ir);
        } else {
            from[count++] = rj_here(b);
            LLVMBuildBr(b->ir, end);
        }
        b->is_unreachable = false;
        b->exit.block = NULL;
        rj_go(b, next);
    }
    values[count] = call_any(b, at);
    from[count++] = rj_here(b);
    LLVMBuildBr(b->ir, end);
    rj_go(b, end);
    b->exit.block = NULL;
    phi = LLVMBuildPhi(b->ir, b->i64, "");
    LLVMAddIncoming(phi, values, from, count);
    return rj_val_of(phi, RJ_T_ANY);
}

void rj_build_call(struct rj_builder *b, const struct rj_instruction *at)
{
    const struct rj_snap_feedback *feedback = rj_feedback_of(b, at);
    struct callee callee;
    struct rj_val value;

    if (rj_leave_unseen(b, at, !feedback->ways))
        return;
    if (feedback->ways == 0 || feedback->ways > RJ_TARGETS || rj_is_generic(b, feedback) ||
        (feedback->target[0].flags & RJ_CODE_CLASS) || rj_register(b, at->b)->rep != RJ_REP_BOXED) {
        set_result(b, at, rj_val_of(call_any(b, at), RJ_T_ANY));
        return;
    }
    if (feedback->ways > 1) {
        value = call_many(b, at);
    } else {
        if (!guard_callee(b, at, &callee))
            return;
        if (callee.target->intrinsic && rj_build_intrinsic(b, at, callee.target->intrinsic))
            return;
        value = call_target(b, at, &callee);
    }
    if (!b->is_unreachable)
        set_result(b, at, value);
}

/* ---- new ---- */

/* What the constructor returned if that is an object, else what was made. */
static struct rj_val constructed(struct rj_builder *b, const struct rj_val *result,
                                 const struct rj_val *object)
{
    LLVMBasicBlockRef here, cell, end;
    LLVMValueRef is_object, chosen;

    if (result->rep != RJ_REP_BOXED || !(result->type & RJ_T_OBJECTS))
        return *object;
    cell = rj_block(b, "returned.cell");
    end = rj_block(b, "constructed");
    here = rj_here(b);
    rj_branch(b, rj_is_cell_value(b, result->v), cell, end, 0);
    rj_go(b, cell);
    is_object = rj_compare(b, LLVMIntUGE, rj_kind_of(b, rj_pointer_of(b, result->v, 0)),
                           LLVMConstInt(b->i8, RJ_OBJECT, 0));
    chosen = LLVMBuildSelect(b->ir, is_object, result->v, object->v, "");
    LLVMBuildBr(b->ir, end);
    rj_go(b, end);
    return rj_val_of(rj_phi2(b, b->i64, object->v, here, chosen, cell), RJ_T_OBJECTS);
}

static void new_any(struct rj_builder *b, const struct rj_instruction *at)
{
    LLVMValueRef args[5] = {b->vm}, value;

    rj_want_able(b, at->b, RJ_ABLE_NEW);
    args[1] = rj_boxed(b, rj_register(b, at->b));
    args[2] = rj_i32(b, (uint32_t)at->d);
    args[3] = store_arguments(b, at);
    args[4] = args[1];
    value = rj_call_helper(b, "rj_construct", b->i64, args, 5);
    rj_check_thrown(b, value);
    rj_put(b, at->a, rj_val_of(value, RJ_T_OBJECTS));
}

/* ---- objects made in place: off the free list of their size ---- */

enum { MOST_SLOTS_IN_PLACE = 24 };

/* The shape for objects of `function`; leads to `slow` if it must be found first. */
static LLVMValueRef ready_shape(struct rj_builder *b, LLVMValueRef function, LLVMBasicBlockRef slow)
{
    LLVMBasicBlockRef has = rj_block(b, "new.shape"), fits = rj_block(b, "new.fits");
    LLVMValueRef shape = rj_load(b, b->pointer, function,
                                 offsetof(struct rj_function, construct_shape), RJ_M_FUNCTION);
    LLVMValueRef prototype, wanted;

    rj_branch(b, LLVMBuildIsNotNull(b->ir, shape, ""), has, slow, 1);
    rj_go(b, has);
    prototype = rj_load(b, b->i64, shape, offsetof(struct rj_shape, prototype), RJ_M_CODE);
    wanted = rj_load(b, b->i64, function, offsetof(struct rj_function, prototype), RJ_M_FUNCTION);
    rj_branch(b, rj_compare(b, LLVMIntEQ, prototype, wanted), fits, slow, 1);
    rj_go(b, fits);
    return shape;
}

static void fill_object(struct rj_builder *b, LLVMValueRef cell, LLVMValueRef shape,
                        uint32_t capacity)
{
    uint64_t bytes = sizeof(struct rj_object);
    LLVMValueRef offset = rj_i64(b, bytes);
    LLVMValueRef slots = LLVMBuildInBoundsGEP2(b->ir, b->i8, cell, &offset, 1, "");

    /* Kind in byte 0, no flags, room for slots in bytes 2 and 3, no hash. */
    rj_store(b, rj_i64(b, RJ_OBJECT | (uint64_t)capacity << 16), cell, 0, RJ_M_HEADER);
    rj_store(b, LLVMBuildPtrToInt(b->ir, shape, b->i64, ""), cell,
             offsetof(struct rj_object, shape), RJ_M_SHAPE);
    rj_store(b, slots, cell, offsetof(struct rj_object, slots), RJ_M_SLOTS);
    for (uint32_t i = 0; i < capacity; i++)
        rj_store(b, rj_i64(b, RJ_UNDEFINED), cell, bytes + (uint64_t)i * 8, RJ_M_SLOT);
}

static LLVMValueRef object_in_place(struct rj_builder *b, const struct callee *callee,
                                    LLVMBasicBlockRef slow)
{
    uint32_t slots = callee->target->construct_slots;
    uint32_t whole = (uint32_t)((sizeof(struct rj_object) + slots * 8 + RJ_HEAP_GRAIN - 1) /
                                RJ_HEAP_GRAIN * RJ_HEAP_GRAIN);
    uint64_t list = offsetof(struct rj_vm, heap) + offsetof(struct rj_heap, scanned) +
                    whole / RJ_HEAP_GRAIN * sizeof(void *);
    LLVMBasicBlockRef take = rj_block(b, "new.take");
    LLVMValueRef shape = ready_shape(b, callee->pointer, slow);
    LLVMValueRef cell = rj_load(b, b->pointer, b->vm, list, RJ_M_HEAP);

    rj_branch(b, LLVMBuildIsNotNull(b->ir, cell, ""), take, slow, 1);
    rj_go(b, take);
    rj_store(b, rj_load(b, b->i64, cell, 0, RJ_M_HEADER), b->vm, list, RJ_M_HEAP);
    fill_object(b, cell, shape, (uint32_t)((whole - sizeof(struct rj_object)) / 8));
    return cell;
}

static LLVMValueRef object_by_call(struct rj_builder *b, LLVMValueRef callee)
{
    LLVMValueRef args[2] = {b->vm, callee};
    LLVMValueRef pointer = rj_call_helper(b, "rj_construct_object", b->pointer, args, 2);

    rj_check_thrown(b, pointer);
    return pointer;
}

/* Making an object is no effect: nobody sees one that is made twice. */
static struct rj_val make_object(struct rj_builder *b, const struct callee *callee)
{
    uint32_t effects = b->effects, slots = callee->target->construct_slots;
    struct rj_exit way = b->exit;
    LLVMBasicBlockRef slow, end, quick_from, slow_from;
    LLVMValueRef quick, called, pointer;
    struct rj_val object;

    if (slots == 0 || slots > MOST_SLOTS_IN_PLACE) {
        pointer = object_by_call(b, callee->pointer);
    } else {
        slow = rj_block(b, "new.call");
        end = rj_block(b, "new");
        quick = object_in_place(b, callee, slow);
        quick_from = rj_here(b);
        LLVMBuildBr(b->ir, end);
        rj_go(b, slow);
        called = object_by_call(b, callee->pointer);
        slow_from = rj_here(b);
        LLVMBuildBr(b->ir, end);
        rj_go(b, end);
        pointer = rj_phi2(b, b->pointer, quick, quick_from, called, slow_from);
    }
    b->effects = effects;
    b->exit = way;
    object = rj_val_of(LLVMBuildPtrToInt(b->ir, pointer, b->i64, ""), RJ_T_OBJECT);
    object.pointer = pointer;
    return object;
}

void rj_build_new(struct rj_builder *b, const struct rj_instruction *at)
{
    const uint32_t odd = RJ_CODE_NATIVE | RJ_CODE_DERIVED | RJ_CODE_ARROW | RJ_CODE_METHOD;
    const struct rj_snap_feedback *feedback = rj_feedback_of(b, at);
    const struct rj_snap_function *function;
    struct callee callee;
    struct rj_val object, result;

    if (rj_leave_unseen(b, at, !feedback->ways))
        return;
    if (feedback->ways != 1 || feedback->target[0].flags & odd || rj_is_generic(b, feedback) ||
        rj_register(b, at->b)->rep != RJ_REP_BOXED) {
        new_any(b, at);
        return;
    }
    if (!guard_callee(b, at, &callee))
        return;
    object = make_object(b, &callee);
    function = body_of(b, callee.target);
    if (function && (uint32_t)at->d <= MOST_INLINED_ARGUMENTS)
        result = inline_call(b, at, &callee, function, &object, true);
    else
        result = rj_val_of(call_direct(b, at, &callee, object.v, callee.boxed), RJ_T_ANY);
    if (!b->is_unreachable)
        rj_put(b, at->a, constructed(b, &result, &object));
}
