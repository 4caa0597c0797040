/* Named properties, globals, variables of scopes. */
#include "jit/build.h"

#include "vm/code.h"
#include "vm/feedback.h"
#include "vm/heap.h"

#include <stdlib.h>

struct access { /* of a named property */
    const struct rj_instruction *at;
    const struct rj_snap_feedback *feedback;
    LLVMValueRef object;    /* pointer to the receiver */
    LLVMValueRef boxed;     /* the receiver */
    LLVMValueRef shape;     /* loaded; as a number */
    LLVMValueRef is_string; /* the receiver is one; or NULL: not looked at */
};

static LLVMValueRef constant_pointer(struct rj_builder *b, int32_t index)
{
    const struct rj_snap_constant *constant = (uint32_t)index < b->body->function->constant_count
                                                  ? &b->body->function->constants[index]
                                                  : NULL;

    if (!constant || constant->link == RJ_NOWHERE)
        rj_build_fail(b, "a key that is no string");
    return rj_link_value(b, constant->link);
}

static LLVMValueRef number_of(struct rj_builder *b, uint32_t link)
{
    return LLVMBuildPtrToInt(b->ir, rj_link_value(b, link), b->i64, "");
}

static LLVMValueRef epoch_holds(struct rj_builder *b, uint32_t link)
{
    LLVMValueRef now = rj_load(b, b->i32, b->vm, offsetof(struct rj_vm, prototype_epoch), RJ_M_VM);

    return rj_compare(b, LLVMIntEQ, now, LLVMBuildTrunc(b->ir, number_of(b, link), b->i32, ""));
}

static LLVMValueRef load_shape(struct rj_builder *b, LLVMValueRef object)
{
    return rj_load(b, b->i64, object, offsetof(struct rj_object, shape), RJ_M_SHAPE);
}

/* Does the way fit the receiver? */
static LLVMValueRef way_fits(struct rj_builder *b, const struct access *access,
                             const struct rj_snap_way *way)
{
    LLVMValueRef fits;

    if (way->is_string)
        fits = access->is_string;
    else
        fits = rj_compare(b, LLVMIntEQ, access->shape, number_of(b, way->shape));
    return fits;
}

static LLVMValueRef slots_of(struct rj_builder *b, const struct access *access,
                             const struct rj_snap_way *way)
{
    LLVMValueRef owner = way->holder == RJ_NOWHERE ? access->object : rj_link_value(b, way->holder);

    return rj_load_pointer(b, owner, offsetof(struct rj_object, slots), RJ_M_SLOTS, 0);
}

static LLVMValueRef read_way(struct rj_builder *b, const struct access *access,
                             const struct rj_snap_way *way)
{
    struct rj_guard guard = {"prototype changed", "", access->at->slot, RJ_NOWHERE, 0, NULL};

    if (way->epoch != RJ_NOWHERE)
        rj_guard_that(b, epoch_holds(b, way->epoch), &guard);
    return rj_load(b, b->i64, slots_of(b, access, way), (uint64_t)way->slot * 8, RJ_M_SLOT);
}

static LLVMValueRef write_adding(struct rj_builder *b, const struct access *access,
                                 const struct rj_snap_way *way, LLVMValueRef value);

static LLVMValueRef write_way(struct rj_builder *b, const struct access *access,
                              const struct rj_snap_way *way, LLVMValueRef value)
{
    if (way->next != RJ_NOWHERE)
        return write_adding(b, access, way, value);
    rj_store(b, value, slots_of(b, access, way), (uint64_t)way->slot * 8, RJ_M_SLOT);
    return rj_i64(b, RJ_UNDEFINED);
}

static LLVMValueRef call_get(struct rj_builder *b, const struct access *access)
{
    LLVMValueRef args[4] = {b->vm, access->boxed, constant_pointer(b, access->at->d),
                            rj_link_value(b, access->feedback->link)};
    LLVMValueRef value = rj_call_helper(b, "rj_get_property", b->i64, args, 4);

    rj_check_thrown(b, value);
    return value;
}

static void call_set(struct rj_builder *b, const struct access *access, LLVMValueRef value)
{
    LLVMValueRef args[5] = {b->vm, access->boxed, constant_pointer(b, access->at->d), value,
                            rj_link_value(b, access->feedback->link)};

    rj_check_thrown(b, rj_call_helper(b,
                                      access->at->op == RJ_OP_DEFINE_PROPERTY ? "rj_define_property"
                                                                              : "rj_set_property",
                                      b->i64, args, 5));
}

/* A property is added: in place when the object has room for the slot. */
static LLVMValueRef write_adding(struct rj_builder *b, const struct access *access,
                                 const struct rj_snap_way *way, LLVMValueRef value)
{
    struct rj_guard guard = {"prototype changed", "", access->at->slot, RJ_NOWHERE, 0, NULL};
    LLVMBasicBlockRef room = rj_block(b, "add"), full = rj_block(b, "add.call");
    LLVMBasicBlockRef end = rj_block(b, "added");
    LLVMValueRef capacity;

    rj_guard_that(b, epoch_holds(b, way->epoch), &guard);
    capacity = rj_load(b, b->i16, access->object, offsetof(struct rj_cell, extra), RJ_M_HEADER);
    capacity = LLVMBuildZExt(b->ir, capacity, b->i32, "");
    rj_branch(b, rj_compare(b, LLVMIntUGE, capacity, rj_i32(b, way->next_slots)), room, full, 1);
    rj_go(b, room);
    rj_store(b, value, slots_of(b, access, way), (uint64_t)way->slot * 8, RJ_M_SLOT);
    rj_store(b, number_of(b, way->next), access->object, offsetof(struct rj_object, shape),
             RJ_M_SHAPE);
    LLVMBuildBr(b->ir, end);
    rj_go(b, full);
    call_set(b, access, value);
    LLVMBuildBr(b->ir, end);
    rj_go(b, end);
    return rj_i64(b, RJ_UNDEFINED);
}

/* The last way is guarded, or, when guards have failed, called for. */
static void fail_ways(struct rj_builder *b, const struct access *access)
{
    struct rj_guard guard = {"wrong shape", "", access->at->slot, RJ_NOWHERE, 0, NULL};

    guard.where = access->at->op == RJ_OP_GET_PROPERTY ? access->at->b : access->at->a;
    rj_go_out(b, &guard);
    b->is_unreachable = false;
}

struct join { /* where ways meet again */
    LLVMValueRef values[RJ_WAYS + 1];
    LLVMBasicBlockRef from[RJ_WAYS + 1];
    uint32_t count;
    LLVMBasicBlockRef end;
};

static void join_add(struct rj_builder *b, struct join *join, LLVMValueRef value)
{
    join->values[join->count] = value;
    join->from[join->count++] = rj_here(b);
    LLVMBuildBr(b->ir, join->end);
}

/* One of several ways; `value` NULL: read. */
static LLVMValueRef many_ways(struct rj_builder *b, const struct access *access, LLVMValueRef value)
{
    const struct rj_snap_feedback *feedback = access->feedback;
    struct join join = {.end = rj_block(b, "ways")};
    LLVMValueRef phi;

    for (uint32_t i = 0; i < feedback->ways; i++) {
        LLVMBasicBlockRef fit = rj_block(b, "way"), next = rj_block(b, "way.next");
        const struct rj_snap_way *way = &feedback->way[i];

        rj_branch(b, way_fits(b, access, way), fit, next, 0);
        rj_go(b, fit);
        join_add(b, &join, value ? write_way(b, access, way, value) : read_way(b, access, way));
        rj_go(b, next);
    }
    if (!b->careful && feedback->failures < 2) {
        fail_ways(b, access);
        LLVMBuildUnreachable(b->ir);
    } else if (value) {
        call_set(b, access, value);
        join_add(b, &join, rj_i64(b, RJ_UNDEFINED));
    } else {
        join_add(b, &join, call_get(b, access));
    }
    rj_go(b, join.end);
    phi = LLVMBuildPhi(b->ir, b->i64, "");
    LLVMAddIncoming(phi, join.values, join.from, join.count);
    return phi;
}

static LLVMValueRef one_way(struct rj_builder *b, const struct access *access, LLVMValueRef value)
{
    const struct rj_snap_way *way = &access->feedback->way[0];
    uint32_t where = access->at->op == RJ_OP_GET_PROPERTY ? access->at->b : access->at->a;
    struct rj_guard guard = {
        "wrong shape", way->is_string ? "string" : "the shape seen", access->at->slot, where, 0,
        NULL};
    struct rj_val *receiver;
    struct rj_val better;

    rj_guard_that(b, way_fits(b, access, way), &guard);
    receiver = rj_register(b, where);
    if (receiver->rep == RJ_REP_BOXED && receiver->v == access->boxed) {
        better = *receiver;
        better.type = rj_type_of_kind(way->kind);
        rj_refine(b, receiver->v, better);
    }
    return value ? write_way(b, access, way, value) : read_way(b, access, way);
}

static void prepare(struct rj_builder *b, struct access *access, uint32_t where)
{
    bool has_string = false;

    access->object = rj_want_cell(b, where, access->at->slot);
    if (!access->object)
        return;
    access->boxed = rj_register(b, where)->v;
    for (uint32_t i = 0; i < access->feedback->ways; i++)
        has_string |= access->feedback->way[i].is_string != 0;
    if (has_string)
        access->is_string = rj_compare(b, LLVMIntEQ, rj_kind_of(b, access->object),
                                       LLVMConstInt(b->i8, RJ_STRING, 0));
    access->shape = load_shape(b, access->object);
}

static bool is_unseen(const struct rj_snap_feedback *feedback)
{
    return feedback->ways == 0 && !feedback->accessor && !feedback->result;
}

static bool is_callable(struct rj_builder *b, const struct rj_snap_feedback *feedback)
{
    return feedback->ways == 0 || feedback->ways > RJ_WAYS || feedback->accessor ||
           rj_is_generic(b, feedback);
}

void rj_build_get_property(struct rj_builder *b, const struct rj_instruction *at)
{
    struct access access = {.at = at, .feedback = rj_feedback_of(b, at)};
    struct rj_guard result = {"type of property", "", at->slot, at->a, 0, NULL};
    LLVMValueRef value;

    if (rj_leave_unseen(b, at, is_unseen(access.feedback)))
        return;
    if (is_callable(b, access.feedback) ||
        (b->careful && rj_register(b, at->b)->rep != RJ_REP_BOXED)) {
        access.boxed = rj_boxed(b, rj_register(b, at->b));
        value = call_get(b, &access);
        result.flags = RJ_GUARD_AFTER;
        result.result = value;
        rj_put(b, at->a,
               rj_typed(b, value, rj_is_generic(b, access.feedback) ? 0 : access.feedback->result,
                        &result));
        return;
    }
    prepare(b, &access, at->b);
    if (!access.object)
        return;
    if (access.feedback->ways == 1 && !(b->careful && access.feedback->failures)) {
        value = one_way(b, &access, NULL);
        rj_put(b, at->a, rj_typed(b, value, access.feedback->result, &result));
        return;
    }
    value = many_ways(b, &access, NULL);
    /* One of the ways may have called: what it gave must not be asked for again. */
    result.flags = RJ_GUARD_AFTER;
    result.result = value;
    rj_put(b, at->a, rj_typed(b, value, access.feedback->result, &result));
}

void rj_build_set_property(struct rj_builder *b, const struct rj_instruction *at)
{
    struct access access = {.at = at, .feedback = rj_feedback_of(b, at)};
    LLVMValueRef value;

    if (rj_leave_unseen(b, at, is_unseen(access.feedback)))
        return;
    value = rj_boxed(b, rj_register(b, at->b));
    if (is_callable(b, access.feedback) || rj_register(b, at->a)->rep != RJ_REP_BOXED) {
        access.boxed = rj_boxed(b, rj_register(b, at->a));
        call_set(b, &access, value);
        return;
    }
    prepare(b, &access, at->a);
    if (!access.object)
        return;
    if (access.feedback->ways == 1 && !(b->careful && access.feedback->failures))
        one_way(b, &access, value);
    else
        many_ways(b, &access, value);
}

/* ---- globals ---- */

static LLVMValueRef call_global(struct rj_builder *b, const struct rj_instruction *at,
                                const struct rj_snap_feedback *feedback)
{
    LLVMValueRef args[4] = {b->vm, constant_pointer(b, at->d), NULL,
                            rj_link_value(b, feedback->link)};
    LLVMValueRef value;

    if (at->op == RJ_OP_GET_GLOBAL) {
        args[2] = LLVMConstInt(b->i1, at->b != 0, 0);
        args[2] = LLVMBuildZExt(b->ir, args[2], b->i32, "");
        value = rj_call_helper(b, "rj_jit_get_global", b->i64, args, 4);
    } else {
        args[2] = rj_boxed(b, rj_register(b, at->a));
        value = rj_call_helper(b, "rj_set_global", b->i64, args, 4);
    }
    rj_check_thrown(b, value);
    return value;
}

void rj_build_global(struct rj_builder *b, const struct rj_instruction *at)
{
    struct access access = {.at = at, .feedback = rj_feedback_of(b, at)};
    struct rj_guard result = {"type of global", "", at->slot, at->a, 0, NULL};
    struct rj_guard shape = {"wrong shape", "the shape seen", at->slot, RJ_NOWHERE, 0, NULL};
    const struct rj_snap_way *way;
    LLVMValueRef value;
    uint32_t offset = offsetof(struct rj_vm, realm) + offsetof(struct rj_realm, global);

    if (rj_leave_unseen(b, at, is_unseen(access.feedback)))
        return;
    if (access.feedback->ways != 1 || is_callable(b, access.feedback) ||
        access.feedback->way[0].next != RJ_NOWHERE) {
        value = call_global(b, at, access.feedback);
        result.flags = RJ_GUARD_AFTER;
        result.result = value;
        if (at->op == RJ_OP_GET_GLOBAL)
            rj_put(b, at->a, rj_typed(b, value, access.feedback->result, &result));
        return;
    }
    way = &access.feedback->way[0];
    access.object = rj_load_pointer(b, b->vm, offset, RJ_M_VM, sizeof(struct rj_object));
    access.shape = load_shape(b, access.object);
    rj_guard_that(b, way_fits(b, &access, way), &shape);
    if (at->op == RJ_OP_SET_GLOBAL) {
        write_way(b, &access, way, rj_boxed(b, rj_register(b, at->a)));
        return;
    }
    value = read_way(b, &access, way);
    rj_put(b, at->a, rj_typed(b, value, access.feedback->result, &result));
}

/* ---- scopes ---- */

void rj_build_scoped(struct rj_builder *b, const struct rj_instruction *at)
{
    const struct rj_snap_feedback *feedback = rj_feedback_of(b, at);
    struct rj_guard result = {"type of variable", "", at->slot, at->a, 0, NULL};
    struct rj_val *holder = rj_register(b, at->b);
    LLVMValueRef scope;
    uint64_t offset = offsetof(struct rj_scope, values) + (uint64_t)at->c * 8;

    if (rj_leave_unseen(b, at, at->op == RJ_OP_GET_SCOPED && !feedback->result))
        return;
    scope = holder->pointer ? holder->pointer
                            : rj_pointer_of(b, rj_boxed(b, holder), sizeof(struct rj_scope));
    for (int32_t i = at->d; i > 0; i--)
        scope = rj_load_pointer(b, scope, offsetof(struct rj_scope, parent), RJ_M_SCOPE,
                                sizeof(struct rj_scope));
    if (at->op == RJ_OP_SET_SCOPED) {
        rj_store(b, rj_boxed(b, rj_register(b, at->a)), scope, offset, RJ_M_VARIABLE);
        return;
    }
    rj_put(b, at->a,
           rj_typed(b, rj_load(b, b->i64, scope, offset, RJ_M_VARIABLE),
                    rj_is_generic(b, feedback) ? 0 : feedback->result, &result));
}
