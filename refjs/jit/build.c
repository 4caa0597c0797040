/* Building a function: nodes in order, joins, loops, bodies inside bodies. */
#include "jit/build.h"

#include "jit/context.h"
#include "vm/code.h"

#include <llvm-c/Analysis.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    MOST_ATTEMPTS = 40,
    MOST_GUARDS = 6000, /* more make LLVM slow: the function is too large */
    CAREFUL_AFTER = 3,  /* discards */
};

_Noreturn void rj_build_fail(struct rj_builder *b, const char *why)
{
    b->failure = why;
    longjmp(b->failed, 1);
}

const struct rj_snap_feedback *rj_feedback_of(struct rj_builder *b, const struct rj_instruction *at)
{
    static const struct rj_snap_feedback none = {.link = RJ_NOWHERE, .function = RJ_NOWHERE};

    return at->slot < b->body->function->slot_count ? &b->body->function->feedback[at->slot]
                                                    : &none;
}

bool rj_is_generic(struct rj_builder *b, const struct rj_snap_feedback *feedback)
{
    return feedback->failures >= 3;
}

bool rj_leave_unseen(struct rj_builder *b, const struct rj_instruction *at, bool is_unseen)
{
    struct rj_guard guard = {"never run before", "", at->slot, RJ_NOWHERE, RJ_GUARD_UNSEEN, NULL};

    if (!is_unseen || b->careful)
        return false;
    rj_go_out(b, &guard);
    return true;
}

/* ---- assumptions about what comes around loops ---- */

static uint64_t assumed_key(const struct rj_body *body, uint32_t node, uint32_t where)
{
    return (uint64_t)body->key << 40 | (uint64_t)node << 16 | where;
}

static struct rj_assumed *assumed_find(struct rj_builder *b, uint64_t key)
{
    for (uint32_t i = 0; i < b->assumed_count; i++)
        if (b->assumed[i].key == key)
            return &b->assumed[i];
    return NULL;
}

static uint16_t assumed_type(struct rj_builder *b, uint32_t node, uint32_t where)
{
    struct rj_assumed *found = assumed_find(b, assumed_key(b->body, node, where));

    return found ? found->type : 0;
}

static void assume_more(struct rj_builder *b, uint32_t node, uint32_t where, uint16_t type)
{
    uint64_t key = assumed_key(b->body, node, where);
    struct rj_assumed *found = assumed_find(b, key);

    b->again = true;
    if (found) {
        found->type |= type;
        return;
    }
    b->assumed =
        rj_jit_grow(b->assumed, b->assumed_count, &b->assumed_capacity, sizeof(*b->assumed));
    b->assumed[b->assumed_count++] = (struct rj_assumed){key, type};
}

/* ---- joins ---- */

static void add_edge(struct rj_builder *b, struct rj_edge **edges, LLVMBasicBlockRef from,
                     const struct rj_val *registers, uint32_t count)
{
    struct rj_edge *edge = rj_arena_take(b->arena, sizeof(*edge));

    edge->from = from;
    edge->registers = rj_arena_copy(b->arena, registers, count * sizeof(*registers));
    edge->next = *edges;
    *edges = edge;
}

static LLVMValueRef widen_at(struct rj_builder *b, const struct rj_edge *edge,
                             const struct rj_val *value, uint16_t type)
{
    LLVMBasicBlockRef here = rj_here(b);
    LLVMValueRef last = LLVMGetBasicBlockTerminator(edge->from);
    LLVMMetadataRef location;
    LLVMValueRef wide;
    struct rj_val undefined;

    if (value->rep == RJ_REP_NONE) {
        undefined = rj_val_const(b, RJ_UNDEFINED);
        return rj_widen(b, &undefined, type);
    }
    location = LLVMGetCurrentDebugLocation2(b->ir);
    LLVMPositionBuilderBefore(b->ir, last);
    wide = rj_widen(b, value, type);
    rj_go(b, here);
    LLVMSetCurrentDebugLocation2(b->ir, location);
    return wide;
}

/* One register of all edges; the builder stands at the start of the block that joins them. */
static struct rj_val join_register(struct rj_builder *b, const struct rj_edge *edges,
                                   uint32_t where)
{
    const struct rj_val *first = &edges->registers[where];
    struct rj_val joined = *first;
    LLVMValueRef phi;
    uint16_t type = 0;
    bool same = true;

    for (const struct rj_edge *edge = edges; edge; edge = edge->next) {
        const struct rj_val *value = &edge->registers[where];

        same &= value->v == first->v && value->rep == first->rep;
        type |= value->rep ? value->type : RJ_T_UNDEFINED;
        if (value->pointer != first->pointer)
            joined.pointer = NULL;
    }
    if (same) {
        joined.type = first->rep == RJ_REP_BOXED ? type : first->type;
        return joined;
    }
    joined = rj_val_of(NULL, type);
    phi = LLVMBuildPhi(b->ir, rj_rep_type(b, joined.rep), "");
    joined.v = phi;
    for (const struct rj_edge *edge = edges; edge; edge = edge->next) {
        LLVMValueRef wide = widen_at(b, edge, &edge->registers[where], type);
        LLVMBasicBlockRef from = edge->from;

        LLVMAddIncoming(phi, &wide, &from, 1);
    }
    return joined;
}

static void join_edges(struct rj_builder *b, const struct rj_edge *edges, uint32_t at)
{
    struct rj_body *body = b->body;

    for (uint32_t i = 0; i < body->function->register_count; i++) {
        if (rj_is_live(body->flow, at, i))
            body->registers[i] = join_register(b, edges, i);
        else
            body->registers[i] = (struct rj_val){0};
    }
}

/* ---- loops ---- */

/* PHIs at the head of a loop, for what it changes; the builder stands before the loop. */
static void enter_loop(struct rj_builder *b, const struct rj_loop *loop)
{
    struct rj_body *body = b->body;
    struct rj_build_node *node = &body->nodes[body->node];
    LLVMBasicBlockRef before;
    uint32_t count = body->function->register_count;

    rj_meet_demands(b, loop);
    node->head = rj_block(b, "loop");
    node->phis = rj_arena_take(b->arena, count * sizeof(*node->phis));
    before = rj_here(b);
    for (uint32_t i = 0; i < count; i++) {
        struct rj_val *value = &body->registers[i];
        LLVMValueRef wide;
        uint16_t type;

        if (!rj_is_live(body->flow, body->at, i) || !rj_bit(loop->assigned, i))
            continue;
        value = rj_register(b, i);
        type = value->type | assumed_type(b, body->node, i);
        rj_go(b, before);
        wide = rj_widen(b, value, type);
        rj_go(b, node->head);
        node->phis[i] = rj_val_of(NULL, type);
        node->phis[i].v = LLVMBuildPhi(b->ir, rj_rep_type(b, node->phis[i].rep), "");
        LLVMAddIncoming(node->phis[i].v, &wide, &before, 1);
        *value = node->phis[i];
    }
    rj_go(b, before);
    LLVMBuildBr(b->ir, node->head);
    rj_go(b, node->head);
    b->exit.block = NULL;
}

/* The present block goes around to the head of a loop. */
static void go_around(struct rj_builder *b, uint32_t target)
{
    struct rj_body *body = b->body;
    struct rj_build_node *node = &body->nodes[target];
    LLVMBasicBlockRef here = rj_here(b);

    for (uint32_t i = 0; i < body->function->register_count; i++) {
        struct rj_val value = body->registers[i];
        LLVMValueRef wide;

        if (!node->phis[i].v)
            continue;
        if (!value.rep)
            value = rj_val_const(b, RJ_UNDEFINED);
        if (value.type & ~node->phis[i].type) {
            assume_more(b, target, i, value.type | node->phis[i].type);
            wide = LLVMGetUndef(rj_rep_type(b, node->phis[i].rep));
        } else {
            wide = rj_widen(b, &value, node->phis[i].type);
        }
        LLVMAddIncoming(node->phis[i].v, &wide, &here, 1);
    }
    LLVMBuildBr(b->ir, node->head);
}

/* ---- nodes ---- */

void rj_jump_to(struct rj_builder *b, uint32_t successor)
{
    struct rj_body *body = b->body;
    uint32_t target = body->flow->nodes[body->node].successors[successor];
    struct rj_build_node *node = &body->nodes[target];

    if (node->head) {
        go_around(b, target);
        return;
    }
    if (!node->entry)
        node->entry = rj_block(b, "node");
    LLVMBuildBr(b->ir, node->entry);
    add_edge(b, &node->edges, rj_here(b), body->registers, body->function->register_count);
}

static void set_place(struct rj_builder *b)
{
    struct rj_body *body = b->body;
    struct rj_position position = rj_snap_position(body->function, body->at);
    struct rj_meta_place place = {.function = body->meta_function,
                                  .at = body->at,
                                  .caller = body->parent ? body->parent->place : RJ_NOWHERE,
                                  .inlined = body->inlined,
                                  .line = position.line,
                                  .column = position.column};

    b->effects_before = b->effects;
    body->place = rj_meta_add_places(b->meta, place);
    LLVMSetCurrentDebugLocation2(b->ir, LLVMDIBuilderCreateDebugLocation(
                                            b->context, body->place + 1, 0, b->debug_scope, NULL));
}

static rj_build_op *const op_builders[RJ_OP_COUNT] = {
    [RJ_OP_ADD] = rj_build_arithmetic,
    [RJ_OP_SUB] = rj_build_arithmetic,
    [RJ_OP_MUL] = rj_build_arithmetic,
    [RJ_OP_DIV] = rj_build_arithmetic,
    [RJ_OP_MOD] = rj_build_arithmetic,
    [RJ_OP_EXP] = rj_build_arithmetic,
    [RJ_OP_BIT_AND] = rj_build_bits,
    [RJ_OP_BIT_OR] = rj_build_bits,
    [RJ_OP_BIT_XOR] = rj_build_bits,
    [RJ_OP_SHL] = rj_build_bits,
    [RJ_OP_SHR] = rj_build_bits,
    [RJ_OP_USHR] = rj_build_bits,
    [RJ_OP_EQ] = rj_build_comparison,
    [RJ_OP_NE] = rj_build_comparison,
    [RJ_OP_SEQ] = rj_build_comparison,
    [RJ_OP_SNE] = rj_build_comparison,
    [RJ_OP_LT] = rj_build_comparison,
    [RJ_OP_LE] = rj_build_comparison,
    [RJ_OP_GT] = rj_build_comparison,
    [RJ_OP_GE] = rj_build_comparison,
    [RJ_OP_NEG] = rj_build_unary,
    [RJ_OP_TO_NUMBER] = rj_build_unary,
    [RJ_OP_INC] = rj_build_unary,
    [RJ_OP_DEC] = rj_build_unary,
    [RJ_OP_BIT_NOT] = rj_build_unary,
    [RJ_OP_NOT] = rj_build_unary,
    [RJ_OP_JUMP] = rj_build_jump,
    [RJ_OP_JUMP_TRUE] = rj_build_jump,
    [RJ_OP_JUMP_FALSE] = rj_build_jump,
    [RJ_OP_JUMP_NULLISH] = rj_build_jump,
    [RJ_OP_JUMP_UNDEFINED] = rj_build_jump,
    [RJ_OP_JUMP_EQ] = rj_build_compare_jump,
    [RJ_OP_JUMP_SEQ] = rj_build_compare_jump,
    [RJ_OP_JUMP_LT] = rj_build_compare_jump,
    [RJ_OP_JUMP_LE] = rj_build_compare_jump,
    [RJ_OP_JUMP_GT] = rj_build_compare_jump,
    [RJ_OP_JUMP_GE] = rj_build_compare_jump,
    [RJ_OP_GET_PROPERTY] = rj_build_get_property,
    [RJ_OP_SET_PROPERTY] = rj_build_set_property,
    [RJ_OP_DEFINE_PROPERTY] = rj_build_set_property,
    [RJ_OP_GET_GLOBAL] = rj_build_global,
    [RJ_OP_SET_GLOBAL] = rj_build_global,
    [RJ_OP_GET_SCOPED] = rj_build_scoped,
    [RJ_OP_SET_SCOPED] = rj_build_scoped,
    [RJ_OP_GET_ELEMENT] = rj_build_get_element,
    [RJ_OP_SET_ELEMENT] = rj_build_set_element,
    [RJ_OP_GET_LENGTH] = rj_build_length,
    [RJ_OP_CALL] = rj_build_call,
    [RJ_OP_NEW] = rj_build_new,
};

static void build_return(struct rj_builder *b, const struct rj_instruction *at)
{
    struct rj_body *body = b->body;
    struct rj_val value = *rj_register(b, at->a);

    if (!body->after) {
        LLVMBuildRet(b->ir, rj_boxed(b, &value));
        return;
    }
    LLVMBuildBr(b->ir, body->after);
    add_edge(b, &body->returns, rj_here(b), &value, 1);
}

static void build_instruction(struct rj_builder *b, const struct rj_instruction *at)
{
    set_place(b);
    if (b->guards > MOST_GUARDS)
        rj_build_fail(b, "too large");
    if (at->op == RJ_OP_RETURN)
        build_return(b, at);
    else if (op_builders[at->op])
        op_builders[at->op](b, at);
    else
        rj_build_other(b, at);
}

static void build_node(struct rj_builder *b, uint32_t number)
{
    struct rj_body *body = b->body;
    struct rj_build_node *node = &body->nodes[number];
    const struct rj_node *flow_node = &body->flow->nodes[number];
    const struct rj_block *block = &body->flow->blocks[flow_node->block];

    if (!node->edges)
        return;
    body->node = number;
    body->at = block->start;
    b->is_unreachable = false;
    b->exit.block = NULL;
    rj_go(b, node->entry);
    join_edges(b, node->edges, body->at);
    if (flow_node->loop != RJ_NOWHERE) {
        set_place(b);
        enter_loop(b, &body->flow->loops[flow_node->loop]);
    }
    for (; body->at < block->end; body->at++) {
        const struct rj_instruction *at = &body->function->instructions[body->at];

        build_instruction(b, at);
        if (b->is_unreachable)
            return;
        if (body->at + 1 == block->end && !rj_ends_block(at->op))
            rj_jump_to(b, 0);
    }
}

/* ---- bodies ---- */

static const struct rj_flow *flow_of(struct rj_builder *b, const struct rj_snap_function *function)
{
    struct rj_snap_function *writable = b->snapshot->functions[function->number];
    const char *why;

    if (!writable->flow)
        writable->flow = rj_flow_new(b->snapshot->arena, function,
                                     function->number == 0 ? b->snapshot->entry : 0, &why);
    if (!writable->flow)
        rj_build_fail(b, why);
    return writable->flow;
}

static uint32_t add_function(struct rj_builder *b, const struct rj_snap_function *function)
{
    struct rj_meta_function row = {.path = rj_meta_text(b->meta, function->path),
                                   .name = rj_meta_text(b->meta, function->name),
                                   .file = rj_meta_text(b->meta, function->file),
                                   .line = function->line,
                                   .column = function->column,
                                   .code = function->code};

    for (uint32_t i = 0; i < b->meta->count[RJ_META_functions]; i++)
        if (b->meta->functions[i].code == function->code)
            return i;
    return rj_meta_add_functions(b->meta, row);
}

static void begin_body(struct rj_builder *b, struct rj_body *body,
                       const struct rj_snap_function *function)
{
    body->parent = b->body;
    body->function = function;
    body->flow = flow_of(b, function);
    body->registers = rj_arena_take(b->arena, function->register_count * sizeof(*body->registers));
    body->nodes = rj_arena_take(b->arena, body->flow->node_count * sizeof(*body->nodes));
    body->key =
        b->body ? (b->body->key * 16777619u ^ (b->body->at + 1) * 2654435761u) & 0xffffff : 0;
    body->depth = b->body ? b->body->depth + 1 : 0;
    body->meta_function = add_function(b, function);
}

static void build_body(struct rj_builder *b, uint32_t first_node)
{
    struct rj_body *body = b->body;
    struct rj_build_node *node = &body->nodes[first_node];

    node->entry = rj_block(b, "body");
    LLVMBuildBr(b->ir, node->entry);
    add_edge(b, &node->edges, rj_here(b), body->registers, body->function->register_count);
    for (uint32_t i = 0; i < body->flow->order_count; i++)
        build_node(b, body->flow->order[i]);
}

/* arguments[0] is this; callee_and_object[1] is what `new` made, if its v is not NULL. */
struct rj_val rj_inline(struct rj_builder *b, const struct rj_snap_function *function,
                        const struct rj_val *arguments, uint32_t count,
                        const struct rj_val *callee_and_object)
{
    struct rj_body *body = rj_arena_take(b->arena, sizeof(*body));
    struct rj_meta_inlined inlined = {.call_place = b->body->place};
    struct rj_exit before = b->exit;
    uint32_t effects = b->effects_before;
    struct rj_val result;

    begin_body(b, body, function);
    inlined.function = body->meta_function;
    body->inlined = rj_meta_add_inlined(b->meta, inlined) + 1;
    body->callee = callee_and_object[0];
    body->object = callee_and_object[1];
    body->is_construct = callee_and_object[1].v != NULL;
    for (uint32_t i = 0; i < function->register_count; i++)
        body->registers[i] = i < count && i <= function->parameter_count
                                 ? arguments[i]
                                 : rj_val_const(b, RJ_UNDEFINED);
    body->after = rj_block(b, "returned");
    b->body = body;
    build_body(b, 0);
    b->body = body->parent;
    b->exit = before;
    b->effects_before = effects;
    b->is_unreachable = !body->returns;
    rj_go(b, body->after);
    LLVMSetCurrentDebugLocation2(
        b->ir,
        LLVMDIBuilderCreateDebugLocation(b->context, b->body->place + 1, 0, b->debug_scope, NULL));
    if (b->is_unreachable)
        return rj_val_const(b, RJ_UNDEFINED);
    result = join_register(b, body->returns, 0);
    return result;
}

/* ---- the function itself ---- */

static void tell_call(struct rj_builder *b)
{
    LLVMBasicBlockRef tell = rj_block(b, "tell"), after = rj_block(b, "told");
    LLVMValueRef tells = rj_load(b, b->i32, b->vm, offsetof(struct rj_vm, tells_calls), RJ_M_VM);
    uint32_t version = rj_link_add(
        b->snapshot, (struct rj_link){.kind = RJ_LINK_VERSION, .address = 1, .text = ""});
    LLVMValueRef args[2] = {b->vm, rj_link_value(b, version)};

    rj_branch(b, rj_compare(b, LLVMIntNE, tells, rj_i32(b, 0)), tell, after, -1);
    rj_go(b, tell);
    rj_call_helper(b, "rj_jit_tell_call", b->nothing, args, 2);
    LLVMBuildBr(b->ir, after);
    rj_go(b, after);
}

/* Too deep, or too late. */
static void check_stack(struct rj_builder *b)
{
    LLVMBasicBlockRef low = rj_block(b, "stack.low"), enough = rj_block(b, "stack");
    LLVMValueRef zero = rj_i32(b, 0);
    LLVMValueRef frame = rj_intrinsic(b, "llvm.frameaddress", b->pointer, &zero, 1);
    LLVMValueRef limit = rj_load(b, b->i64, b->vm, offsetof(struct rj_vm, stack_limit), RJ_M_VM);
    LLVMValueRef interrupt = rj_load(b, b->i32, b->vm, offsetof(struct rj_vm, interrupt), RJ_M_VM);
    LLVMValueRef vm = b->vm, stops;

    frame = LLVMBuildPtrToInt(b->ir, frame, b->i64, "");
    interrupt = LLVMBuildAnd(b->ir, interrupt, rj_i32(b, RJ_INTERRUPT_TIME), "");
    stops = LLVMBuildOr(b->ir, rj_compare(b, LLVMIntULT, frame, limit),
                        rj_compare(b, LLVMIntNE, interrupt, rj_i32(b, 0)), "");
    rj_branch(b, stops, low, enough, -1);
    rj_go(b, low);
    LLVMBuildRet(b->ir, rj_call_helper(b, "rj_jit_stop", b->i64, &vm, 1));
    rj_go(b, enough);
}

/* Arguments that were not given are undefined: all are copied then. */
static LLVMValueRef padded_arguments(struct rj_builder *b, uint32_t count)
{
    LLVMBasicBlockRef few = rj_block(b, "few"), enough = rj_block(b, "given"), here = rj_here(b);
    LLVMMetadataRef location = LLVMGetCurrentDebugLocation2(b->ir);
    LLVMValueRef padded, args[4];

    LLVMPositionBuilderBefore(b->ir, LLVMGetFirstInstruction(b->start));
    padded = LLVMBuildArrayAlloca(b->ir, b->i64, rj_i32(b, count), "padded");
    padded = LLVMBuildBitCast(b->ir, padded, b->pointer, "");
    rj_go(b, here);
    LLVMSetCurrentDebugLocation2(b->ir, location);
    rj_branch(b, rj_compare(b, LLVMIntULT, b->argc, rj_i32(b, count)), few, enough, -1);
    rj_go(b, few);
    args[0] = b->argc;
    args[1] = b->args;
    args[2] = rj_i32(b, count);
    args[3] = padded;
    rj_call_helper(b, "rj_jit_pad", b->nothing, args, 4);
    LLVMBuildBr(b->ir, enough);
    rj_go(b, enough);
    return rj_phi2(b, b->pointer, b->args, here, padded, few);
}

static void load_arguments(struct rj_builder *b)
{
    struct rj_body *body = b->body;
    const struct rj_snap_function *function = body->function;
    LLVMValueRef args;

    body->registers[0] = rj_val_of(b->this_value, RJ_T_ANY);
    if (!function->parameter_count)
        return;
    args = padded_arguments(b, function->parameter_count);
    for (uint32_t i = 1; i <= function->parameter_count; i++)
        body->registers[i] =
            rj_val_of(rj_load(b, b->i64, args, (uint64_t)(i - 1) * 8, RJ_M_FRAME), RJ_T_ANY);
}

/* Numbers come in as the feedback says: checked at once, for all else depends on them. */
static void guard_arguments(struct rj_builder *b)
{
    struct rj_body *body = b->body;
    const struct rj_snap_function *function = body->function;

    b->exit.block = NULL;
    for (uint32_t i = 1; i <= function->parameter_count; i++) {
        uint64_t context = b->snapshot->context;
        uint8_t seen = context ? rj_context_seen(context, i - 1) : function->argument_seen[i];
        struct rj_guard guard = {"argument", "", RJ_NOWHERE, i, RJ_GUARD_ENTRY, NULL};

        if (!rj_is_live(body->flow, 0, i))
            continue;
        if (seen && !(seen & ~RJ_SEEN_NUMBER))
            body->registers[i] = rj_typed(b, body->registers[i].v, seen, &guard);
        else if (context && seen == RJ_SEEN_STRING)
            rj_want_kind(b, i, RJ_STRING, RJ_NOWHERE);
        else if (context && seen == RJ_SEEN_ARRAY)
            rj_want_kind(b, i, RJ_ARRAY, RJ_NOWHERE);
        else if (context && seen == RJ_SEEN_BOOLEAN)
            body->registers[i] = rj_typed(b, body->registers[i].v, seen, &guard);
    }
}

/* In the middle of a loop: registers come as the interpreter has them. */
static void load_registers(struct rj_builder *b, uint32_t first_node)
{
    struct rj_body *body = b->body;
    LLVMValueRef base = rj_pointer_of(b, b->this_value, 0);

    body->at = b->snapshot->entry;
    for (uint32_t i = 0; i < body->function->register_count; i++)
        if (rj_is_live(body->flow, body->at, i))
            body->registers[i] =
                rj_val_of(rj_load(b, b->i64, base, (uint64_t)i * 8, RJ_M_FRAME), RJ_T_ANY);
    for (uint32_t i = 0; i < body->function->register_count; i++) {
        uint16_t seen = b->snapshot->entry_seen[i] | (assumed_type(b, first_node, i) & 3);
        struct rj_guard guard = {"not as at the first entry", "", RJ_NOWHERE, i, 0, NULL};

        if (assumed_type(b, first_node, i) & ~(RJ_T_NUMBER | RJ_T_BOOLEAN))
            continue;
        if (body->registers[i].rep)
            body->registers[i] = rj_typed(b, body->registers[i].v, (uint8_t)seen, &guard);
    }
}

static bool uses_arguments(const struct rj_snap_function *function)
{
    if (function->flags & RJ_CODE_NEW_TARGET)
        return true;
    for (uint32_t i = 0; i < function->instruction_count; i++)
        if (function->instructions[i].op == RJ_OP_LOAD_REST ||
            function->instructions[i].op == RJ_OP_LOAD_ARGUMENTS ||
            function->instructions[i].op == RJ_OP_LOAD_NEW_TARGET)
            return true;
    return false;
}

static LLVMValueRef placeholder(struct rj_builder *b, const char *name)
{
    LLVMValueRef one = LLVMBuildArrayAlloca(b->ir, b->i64, rj_i32(b, 1), name);

    return LLVMBuildBitCast(b->ir, one, b->pointer, "");
}

/* How much room is needed is known at the end. */
static void fix_room(struct rj_builder *b, LLVMValueRef cast, uint32_t slots)
{
    LLVMValueRef alloca = LLVMIsAAllocaInst(cast) ? cast : LLVMGetOperand(cast, 0);

    LLVMSetOperand(alloca, 0, rj_i32(b, slots ? slots : 1));
}

static void build_function(struct rj_builder *b)
{
    const struct rj_snap_function *function = b->snapshot->functions[0];
    struct rj_body *body = rj_arena_take(b->arena, sizeof(*body));
    LLVMBasicBlockRef entry;
    uint32_t first_node;

    begin_body(b, body, function);
    b->body = body;
    b->careful = function->discards >= CAREFUL_AFTER;
    b->keeps_args = uses_arguments(function);
    body->callee = rj_val_of(LLVMBuildPtrToInt(b->ir, b->callee, b->i64, ""), RJ_T_FUNCTION);
    body->callee.pointer = b->callee;
    b->buffer = placeholder(b, "buffer");
    b->call_args = placeholder(b, "call_args");
    entry = rj_block(b, "entry");
    LLVMBuildBr(b->ir, entry);
    rj_go(b, entry);
    body->at = b->snapshot->entry;
    first_node = body->flow->block_of[body->at];
    set_place(b);
    if (!b->snapshot->is_osr)
        check_stack(b);
    if (!b->snapshot->is_osr)
        tell_call(b);
    if (b->snapshot->is_osr) {
        load_registers(b, first_node);
    } else {
        load_arguments(b);
        guard_arguments(b);
    }
    for (uint32_t i = 0; i < function->register_count; i++)
        if (!body->registers[i].rep)
            body->registers[i] = rj_val_const(b, RJ_UNDEFINED);
    build_body(b, first_node);
    fix_room(b, b->buffer, b->buffer_slots);
    fix_room(b, b->call_args, b->call_slots);
}

/* Blocks that nothing jumps to were made for code behind a way out: they end nowhere. */
static void end_blocks(struct rj_builder *b)
{
    LLVMBasicBlockRef next;

    for (LLVMBasicBlockRef at = LLVMGetFirstBasicBlock(b->function); at; at = next) {
        next = LLVMGetNextBasicBlock(at);
        if (!LLVMGetBasicBlockTerminator(at)) {
            rj_go(b, at);
            LLVMBuildUnreachable(b->ir);
        }
    }
}

static void reset(struct rj_builder *b)
{
    rj_arena_release(b->arena);
    rj_meta_clear(b->meta);
    rj_meta_text(b->meta, "");
    b->body = NULL;
    b->guards = b->inlined = b->buffer_slots = b->call_slots = 0;
    b->again = b->is_unreachable = false;
    b->exit.block = NULL;
}

static bool attempt(struct rj_builder *b, LLVMContextRef context)
{
    reset(b);
    rj_ir_begin(b, context);
    if (setjmp(b->failed))
        return false;
    build_function(b);
    end_blocks(b);
    LLVMDIBuilderFinalize(b->debug);
    return true;
}

bool rj_build(struct rj_builder *b, const char **why)
{
    LLVMContextRef context = b->context;
    char *message = NULL;

    for (int i = 0; i < MOST_ATTEMPTS; i++) {
        bool good = attempt(b, context);

        rj_ir_end(b);
        if (good && !b->again) {
            if (!LLVMVerifyModule(b->module, LLVMReturnStatusAction, &message)) {
                LLVMDisposeMessage(message);
                return true;
            }
            if (b->snapshot->options->print_ir) {
                LLVMDumpModule(b->module);
                fprintf(stderr, "%s\n", message);
            }
            LLVMDisposeMessage(message);
            *why = "malformed IR";
            LLVMDisposeModule(b->module);
            b->module = NULL;
            return false;
        }
        LLVMDisposeModule(b->module);
        b->module = NULL;
        if (!good) {
            *why = b->failure;
            return false;
        }
    }
    *why = "types of loops do not settle";
    return false;
}
