/* Ways out of compiled code: guards that leave for the interpreter, and exceptions.
 *
 * A way out writes the values that live into a buffer and calls rj_jit_exit(); which value is which
 * is in the metadata. Guards of one instruction share a way out, for they leave the same state. */
#include "jit/build.h"

#include "vm/code.h"

enum { BUFFER_HEAD = 4 }; /* callee, args, argc, new.target: see exit.c */

struct state { /* being written */
    uint32_t slot;
    uint32_t count; /* values */
};

/* ---- values into the buffer ---- */

static LLVMValueRef raw(struct rj_builder *b, const struct rj_val *value)
{
    if (value->rep == RJ_REP_INT || value->rep == RJ_REP_BOOLEAN)
        return LLVMBuildZExt(b->ir, value->v, b->i64, "");
    if (value->rep == RJ_REP_DOUBLE)
        return rj_bits(b, value->v, b->i64);
    return value->v;
}

static bool constant(const struct rj_val *value, uint64_t *number)
{
    LLVMBool lost;

    if (value->rep == RJ_REP_NONE) {
        *number = RJ_UNDEFINED;
        return true;
    }
    if (value->rep == RJ_REP_DOUBLE && LLVMIsAConstantFP(value->v)) {
        *number = rj_double(LLVMConstRealGetDouble(value->v, &lost));
        return true;
    }
    if (value->rep == RJ_REP_DOUBLE || !LLVMIsAConstantInt(value->v))
        return false;
    *number = LLVMConstIntGetZExtValue(value->v);
    if (value->rep == RJ_REP_INT)
        *number = rj_int((int32_t)(uint32_t)*number);
    if (value->rep == RJ_REP_BOOLEAN)
        *number = rj_boolean(*number & 1);
    return true;
}

static void write_value(struct rj_builder *b, struct state *state, uint32_t where,
                        const struct rj_val *value)
{
    struct rj_meta_value row = {.where = where, .slot = RJ_NOWHERE, .link = RJ_NOWHERE};

    if (!constant(value, &row.number)) {
        row.rep = value->rep;
        row.slot = state->slot++;
        rj_store(b, raw(b, value), b->buffer, (uint64_t)row.slot * 8, RJ_M_FRAME);
    }
    rj_meta_add_values(b->meta, row);
    state->count++;
}

/* ---- frames ---- */

static bool is_handled(const struct rj_snap_function *function, uint32_t at)
{
    for (uint32_t i = 0; i < function->handler_count; i++)
        if (at >= function->handlers[i].start && at < function->handlers[i].end)
            return true;
    return false;
}

/* Does the frame need register `where` to go on at `at`, or, for a caller, behind it? */
static bool is_needed(const struct rj_body *body, uint32_t where, bool calls)
{
    const struct rj_instruction *at = &body->function->instructions[body->at];

    if (!calls)
        return rj_is_live(body->flow, body->at, where);
    if (is_handled(body->function, body->at) && rj_is_live(body->flow, body->at, where))
        return true;
    return where != at->a && rj_is_live(body->flow, body->at + 1, where);
}

struct after { /* the state behind an instruction: its result */
    uint32_t where;
    struct rj_val value;
};

static void write_registers(struct rj_builder *b, struct state *state, const struct rj_body *body,
                            bool calls, const struct after *after)
{
    for (uint32_t i = 0; i < body->function->register_count; i++) {
        if (after && i == after->where) {
            write_value(b, state, i, &after->value);
            continue;
        }
        if (after ? rj_is_live(body->flow, body->at + 1, i) : is_needed(body, i, calls))
            write_value(b, state, i, &body->registers[i]);
    }
}

static uint32_t write_frames(struct rj_builder *b, struct state *state, const struct rj_body *body,
                             bool calls, const struct after *after)
{
    struct rj_meta_frame frame = {.function = body->meta_function,
                                  .at = after ? body->at + 1 : body->at,
                                  .caller = RJ_NOWHERE,
                                  .is_construct = body->is_construct,
                                  .is_inlined = body->parent != NULL,
                                  .has_args = !body->parent && b->keeps_args};

    if (body->parent)
        frame.caller = write_frames(b, state, body->parent, true, NULL);
    frame.first_value = b->meta->count[RJ_META_values];
    state->count = 0;
    write_registers(b, state, body, calls, after);
    frame.value_count = state->count;
    write_value(b, state, 0, &body->callee);
    if (body->is_construct)
        write_value(b, state, 0, &body->object);
    return rj_meta_add_frames(b->meta, frame);
}

static void write_head(struct rj_builder *b)
{
    rj_store(b, LLVMBuildPtrToInt(b->ir, b->callee, b->i64, ""), b->buffer, 0, RJ_M_FRAME);
    if (!b->keeps_args)
        return;
    rj_store(b, LLVMBuildPtrToInt(b->ir, b->args, b->i64, ""), b->buffer, 8, RJ_M_FRAME);
    rj_store(b, LLVMBuildZExt(b->ir, b->argc, b->i64, ""), b->buffer, 16, RJ_M_FRAME);
    rj_store(b, b->new_target, b->buffer, 24, RJ_M_FRAME);
}

/* A way out of the present state, or of the one behind the present instruction. */
static struct rj_exit build_exit(struct rj_builder *b, const struct after *after)
{
    LLVMBasicBlockRef here = rj_here(b);
    struct rj_exit way = {.block = rj_block(b, "exit"),
                          .effects = b->effects_before,
                          .body = b->body,
                          .at = b->body->at};
    struct state state = {.slot = BUFFER_HEAD};
    uint32_t version = rj_link_add(
        b->snapshot, (struct rj_link){.kind = RJ_LINK_VERSION, .address = 1, .text = ""});
    LLVMValueRef args[5];

    rj_go(b, way.block);
    way.number = LLVMBuildPhi(b->ir, b->i32, "");
    way.seen = LLVMBuildPhi(b->ir, b->i64, "");
    write_head(b);
    way.frame = write_frames(b, &state, b->body, false, after);
    if (state.slot > b->buffer_slots)
        b->buffer_slots = state.slot;
    args[0] = b->vm;
    args[1] = rj_link_value(b, version);
    args[2] = way.number;
    args[3] = b->buffer;
    args[4] = way.seen;
    LLVMBuildRet(b->ir, rj_call_helper(b, "rj_jit_exit", b->i64, args, 5));
    rj_go(b, here);
    return way;
}

/* ---- guards ---- */

static uint32_t add_guard(struct rj_builder *b, const struct rj_guard *guard, uint32_t frame)
{
    struct rj_meta_guard row = {.frame = frame,
                                .function = b->body->meta_function,
                                .slot = guard->slot,
                                .place = b->body->place,
                                .reason = rj_meta_text(b->meta, guard->reason),
                                .expected = rj_meta_text(b->meta, guard->expected),
                                .flags = guard->flags,
                                .where = guard->where};

    return rj_meta_add_guards(b->meta, row);
}

/* Is the exit that was made last good for a guard here? A thrown exception needs the very
 * instruction. */
static bool is_shared(const struct rj_builder *b, const struct rj_guard *guard)
{
    if (!b->exit.block || b->exit.effects != b->effects)
        return b->exit.block && b->exit.body == b->body && b->exit.at == b->body->at;
    if (guard->flags & (RJ_GUARD_THROW | RJ_GUARD_ENTRY))
        return b->exit.body == b->body && b->exit.at == b->body->at;
    return true;
}

static LLVMValueRef value_seen(struct rj_builder *b, const struct rj_guard *guard)
{
    const struct rj_val *value;

    if (guard->result)
        return guard->result;
    if (guard->where == RJ_NOWHERE)
        return rj_i64(b, RJ_HOLE);
    value = &b->body->registers[guard->where];
    return value->rep == RJ_REP_BOXED ? value->v : rj_i64(b, RJ_HOLE);
}

/* Where the guard leads when it fails. */
static LLVMBasicBlockRef exit_for(struct rj_builder *b, const struct rj_guard *guard,
                                  const struct after *after)
{
    LLVMBasicBlockRef here = rj_here(b);
    struct rj_exit way = b->exit;
    LLVMValueRef own, seen = value_seen(b, guard);

    if (after || !is_shared(b, guard)) {
        way = build_exit(b, after);
        if (!after)
            b->exit = way;
    }
    own = rj_i32(b, add_guard(b, guard, way.frame));
    LLVMAddIncoming(way.number, &own, &here, 1);
    LLVMAddIncoming(way.seen, &seen, &here, 1);
    return way.block;
}

static void guard_with(struct rj_builder *b, LLVMValueRef holds, const struct rj_guard *guard,
                       const struct after *after)
{
    LLVMBasicBlockRef go_on;
    struct rj_guard made = *guard;

    if (++b->guards == b->snapshot->options->force_deopt && !(guard->flags & RJ_GUARD_SOFT)) {
        holds = LLVMConstInt(b->i1, 0, 0);
        made.flags |= RJ_GUARD_FORCED;
    } else if (LLVMIsAConstantInt(holds) && LLVMConstIntGetZExtValue(holds) == 1) {
        return;
    }
    go_on = rj_block(b, "go");
    rj_branch(b, holds, go_on, exit_for(b, &made, after), 1);
    rj_go(b, go_on);
}

void rj_guard_that(struct rj_builder *b, LLVMValueRef holds, const struct rj_guard *guard)
{
    struct after after;

    if (!(guard->flags & RJ_GUARD_AFTER)) {
        guard_with(b, holds, guard, NULL);
        return;
    }
    after.where = guard->where;
    after.value = rj_val_of(guard->result, RJ_T_ANY);
    guard_with(b, holds, guard, &after);
}

void rj_go_out(struct rj_builder *b, const struct rj_guard *guard)
{
    ++b->guards;
    LLVMBuildBr(b->ir, exit_for(b, guard, NULL));
    rj_go(b, rj_block(b, "dead"));
    b->is_unreachable = true;
}

/* ---- exceptions ---- */

static bool is_caught(const struct rj_body *body)
{
    for (; body; body = body->parent)
        if (is_handled(body->function, body->at))
            return true;
    return false;
}

static LLVMBasicBlockRef thrown_block(struct rj_builder *b)
{
    static const struct rj_guard guard = {
        "exception", "", RJ_NOWHERE, RJ_NOWHERE, RJ_GUARD_THROW | RJ_GUARD_SOFT, NULL};
    LLVMBasicBlockRef here, block;
    LLVMValueRef args[3];
    uint32_t version;

    if (is_caught(b->body))
        return exit_for(b, &guard, NULL);
    here = rj_here(b);
    block = rj_block(b, "thrown");
    version = rj_link_add(b->snapshot,
                          (struct rj_link){.kind = RJ_LINK_VERSION, .address = 1, .text = ""});
    rj_go(b, block);
    args[0] = b->vm;
    args[1] = rj_link_value(b, version);
    args[2] = rj_i32(b, b->body->place);
    LLVMBuildRet(b->ir, rj_call_helper(b, "rj_jit_thrown", b->i64, args, 3));
    rj_go(b, here);
    return block;
}

void rj_check_thrown(struct rj_builder *b, LLVMValueRef value)
{
    LLVMBasicBlockRef go_on = rj_block(b, "ok");
    LLVMValueRef good = LLVMTypeOf(value) == b->pointer
                            ? LLVMBuildIsNotNull(b->ir, value, "")
                            : rj_compare(b, LLVMIntNE, value, rj_i64(b, RJ_THROWN));

    rj_branch(b, good, go_on, thrown_block(b), 1);
    rj_go(b, go_on);
}

void rj_throw_on(struct rj_builder *b)
{
    LLVMBuildBr(b->ir, thrown_block(b));
    rj_go(b, rj_block(b, "dead"));
    b->is_unreachable = true;
}
