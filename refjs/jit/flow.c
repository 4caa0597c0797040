/* Blocks, loops and liveness of bytecode. */
#include "jit/flow.h"

#include <stdlib.h>

enum { LARGEST_LIVE_BYTES = 64 << 20, MOST_PHASES = 6 };

static const char operand_letters[RJ_OP_COUNT][5] = {
#define ROW(name, operands, feedback) operands,
    RJ_OP_LIST(ROW)
#undef ROW
};

bool rj_jumps(uint32_t op)
{
    return operand_letters[op][3] == 'J';
}

static bool falls_through(uint32_t op)
{
    return op != RJ_OP_JUMP && op != RJ_OP_RETURN && op != RJ_OP_THROW;
}

bool rj_ends_block(uint32_t op)
{
    return rj_jumps(op) || !falls_through(op);
}

static void add_run(struct rj_uses *uses, const struct rj_instruction *at, uint32_t first)
{
    uint32_t arguments = (uint32_t)at->d;

    uses->first = first;
    switch (at->op) {
    case RJ_OP_NEW_ARRAY:
        uses->count = arguments;
        break;
    case RJ_OP_NEW:
    case RJ_OP_SUPER_CALL:
        uses->first = first + 1;
        uses->count = arguments;
        break;
    case RJ_OP_CALL:
        uses->count = arguments + 1;
        break;
    case RJ_OP_CALL_SPREAD:
        uses->count = 2;
        break;
    default: /* NEW_SPREAD, SUPER_SPREAD */
        uses->first = first + 1;
        uses->count = 1;
    }
}

struct rj_uses rj_uses_of(const struct rj_instruction *at)
{
    const char *letters = operand_letters[at->op];
    const uint32_t operands[3] = {at->a, at->b, at->c};
    struct rj_uses uses = {0};

    for (int i = 0; i < 3; i++) {
        if (letters[i] == 'U' || letters[i] == 'X')
            uses.reads[uses.read_count++] = operands[i];
        if (letters[i] == 'D' || letters[i] == 'X')
            uses.writes[uses.write_count++] = operands[i];
        if (letters[i] == 'R')
            add_run(&uses, at, operands[i]);
    }
    if (at->op == RJ_OP_SUPER_CALL || at->op == RJ_OP_SUPER_SPREAD) {
        uses.reads[uses.read_count++] = 0;
        uses.writes[uses.write_count++] = 0;
    }
    return uses;
}

/* ---- blocks ---- */

static bool find_starts(const struct rj_snap_function *function, uint8_t *starts, const char **why)
{
    uint32_t count = function->instruction_count;

    starts[0] = 1;
    for (uint32_t i = 0; i < count; i++) {
        const struct rj_instruction *at = &function->instructions[i];

        if (at->op >= RJ_OP_COUNT || (rj_jumps(at->op) && (uint32_t)at->d >= count) ||
            (i + 1 == count && falls_through(at->op))) {
            *why = "bytecode runs out of the function";
            return false;
        }
        if (at->op == RJ_OP_LOOP)
            starts[i] = 1;
        if (rj_jumps(at->op))
            starts[at->d] = 1;
        if (rj_ends_block(at->op) && i + 1 < count)
            starts[i + 1] = 1;
    }
    for (uint32_t i = 0; i < function->handler_count; i++)
        starts[function->handlers[i].target] = 1;
    return true;
}

static void connect(struct rj_flow *flow, struct rj_block *block)
{
    const struct rj_instruction *last = &flow->function->instructions[block->end - 1];

    if (last->op == RJ_OP_JUMP) {
        block->successors[block->successor_count++] = flow->block_of[last->d];
        return;
    }
    if (falls_through(last->op) && block->end < flow->function->instruction_count)
        block->successors[block->successor_count++] = flow->block_of[block->end];
    if (rj_jumps(last->op))
        block->successors[block->successor_count++] = flow->block_of[last->d];
}

static bool make_blocks(struct rj_flow *flow, struct rj_arena *arena, const char **why)
{
    uint32_t count = flow->function->instruction_count;
    uint8_t *starts = rj_arena_take(arena, count + 1);
    uint32_t block = 0;

    if (count == 0 || !find_starts(flow->function, starts, why))
        return false;
    for (uint32_t i = 0; i < count; i++)
        flow->block_count += starts[i];
    flow->blocks = rj_arena_take(arena, flow->block_count * sizeof(*flow->blocks));
    flow->block_of = rj_arena_take(arena, count * sizeof(*flow->block_of));
    for (uint32_t i = 0; i < count; i++) {
        if (starts[i] && i)
            block++;
        if (starts[i])
            flow->blocks[block].start = i;
        flow->blocks[block].end = i + 1;
        flow->block_of[i] = block;
    }
    for (uint32_t i = 0; i < flow->block_count; i++)
        connect(flow, &flow->blocks[i]);
    return true;
}

/* ---- liveness ---- */

static const struct rj_handler *handler_at(const struct rj_snap_function *function, uint32_t at)
{
    for (uint32_t i = 0; i < function->handler_count; i++)
        if (at >= function->handlers[i].start && at < function->handlers[i].end)
            return &function->handlers[i];
    return NULL;
}

static uint64_t *live_at(const struct rj_flow *flow, uint32_t at)
{
    return flow->live + (size_t)at * flow->words;
}

static void step_back(const struct rj_flow *flow, uint32_t at, uint64_t *live)
{
    struct rj_uses uses = rj_uses_of(&flow->function->instructions[at]);
    const struct rj_handler *handler = handler_at(flow->function, at);

    for (uint32_t i = 0; i < uses.write_count; i++)
        live[uses.writes[i] / 64] &= ~(UINT64_C(1) << (uses.writes[i] % 64));
    if (handler) {
        const uint64_t *caught = live_at(flow, handler->target);
        bool had = rj_bit(live, handler->destination);

        for (uint32_t i = 0; i < flow->words; i++)
            live[i] |= caught[i];
        if (!had)
            live[handler->destination / 64] &= ~(UINT64_C(1) << (handler->destination % 64));
    }
    for (uint32_t i = 0; i < uses.read_count; i++)
        rj_bit_set(live, uses.reads[i]);
    for (uint32_t i = 0; i < uses.count; i++)
        rj_bit_set(live, uses.first + i);
}

static bool update_block(struct rj_flow *flow, const struct rj_block *block, uint64_t *live)
{
    bool changed = false;

    memset(live, 0, flow->words * sizeof(*live));
    for (uint32_t i = 0; i < block->successor_count; i++)
        for (uint32_t j = 0; j < flow->words; j++)
            live[j] |= live_at(flow, flow->blocks[block->successors[i]].start)[j];
    for (uint32_t at = block->end; at-- > block->start;) {
        uint64_t *known = live_at(flow, at);

        step_back(flow, at, live);
        for (uint32_t j = 0; j < flow->words; j++) {
            changed |= (live[j] & ~known[j]) != 0;
            known[j] |= live[j];
        }
    }
    return changed;
}

static bool registers_are_good(const struct rj_snap_function *function)
{
    for (uint32_t i = 0; i < function->instruction_count; i++) {
        struct rj_uses uses = rj_uses_of(&function->instructions[i]);

        for (uint32_t j = 0; j < uses.read_count; j++)
            if (uses.reads[j] >= function->register_count)
                return false;
        for (uint32_t j = 0; j < uses.write_count; j++)
            if (uses.writes[j] >= function->register_count)
                return false;
        if (uses.count && (uint64_t)uses.first + uses.count > function->register_count)
            return false;
    }
    return true;
}

static bool find_live(struct rj_flow *flow, struct rj_arena *arena, const char **why)
{
    uint32_t count = flow->function->instruction_count;
    uint64_t *live;
    bool changed = true;

    flow->words = (flow->function->register_count + 63) / 64;
    if ((uint64_t)count * flow->words * 8 > LARGEST_LIVE_BYTES) {
        *why = "too large";
        return false;
    }
    if (!registers_are_good(flow->function)) {
        *why = "bytecode names a register it has not";
        return false;
    }
    flow->live = rj_arena_take(arena, (size_t)count * flow->words * sizeof(*live));
    live = rj_arena_take(arena, flow->words * sizeof(*live));
    while (changed) {
        changed = false;
        for (uint32_t i = flow->block_count; i-- > 0;)
            changed |= update_block(flow, &flow->blocks[i], live);
    }
    return true;
}

/* ---- nodes, order, loops ---- */

/* For each phase but the last: the blocks of the loop whose head begins the next phase. */
struct phases {
    const uint64_t *around[MOST_PHASES];
    uint32_t heads[MOST_PHASES];
    uint32_t count;
};

static uint32_t node_after(const struct rj_flow *flow, const struct phases *phases, uint32_t node,
                           uint32_t block)
{
    uint32_t from = flow->nodes[node].block;
    uint32_t phase = flow->nodes[node].phase;

    for (uint32_t i = phase; i < phases->count; i++)
        if (phases->heads[i] == block && rj_bit(phases->around[i], from))
            return (i + 1) * flow->block_count + block;
    return phase * flow->block_count + block;
}

static void make_nodes(struct rj_flow *flow, struct rj_arena *arena, const struct phases *phases)
{
    flow->node_count = flow->block_count * (phases->count + 1);
    flow->nodes = rj_arena_take(arena, flow->node_count * sizeof(*flow->nodes));
    flow->order = rj_arena_take(arena, flow->node_count * sizeof(*flow->order));
    for (uint32_t i = 0; i < flow->node_count; i++) {
        flow->nodes[i].block = i % flow->block_count;
        flow->nodes[i].phase = i / flow->block_count;
        flow->nodes[i].loop = RJ_NOWHERE;
    }
    for (uint32_t i = 0; i < flow->node_count; i++) {
        const struct rj_block *block = &flow->blocks[flow->nodes[i].block];

        for (uint32_t j = 0; j < block->successor_count; j++)
            flow->nodes[i].successors[j] = node_after(flow, phases, i, block->successors[j]);
    }
}

struct visit {
    uint32_t node;
    uint32_t next;
};

static uint32_t successor_count(const struct rj_flow *flow, uint32_t node)
{
    return flow->blocks[flow->nodes[node].block].successor_count;
}

/* Depth first; a successor that is still on the way is the head of a loop. */
static bool walk(struct rj_flow *flow, struct rj_arena *arena, uint32_t start, const char **why)
{
    struct visit *stack = rj_arena_take(arena, flow->node_count * sizeof(*stack));
    uint8_t *state = rj_arena_take(arena, flow->node_count); /* 1: on the way, 2: done */
    uint32_t *post = rj_arena_take(arena, flow->node_count * sizeof(*post));
    uint32_t depth = 0, count = 0;

    stack[depth++] = (struct visit){start, 0};
    state[start] = 1;
    while (depth) {
        struct visit *top = &stack[depth - 1];
        uint32_t next;

        if (top->next == successor_count(flow, top->node)) {
            state[top->node] = 2;
            post[count++] = top->node;
            depth--;
            continue;
        }
        /* The jump's target is visited first: it comes last, and the fall-through next. */
        next = flow->nodes[top->node].successors[successor_count(flow, top->node) - ++top->next];
        if (state[next] == 1 && flow->nodes[next].loop == RJ_NOWHERE) {
            if (flow->function->instructions[flow->blocks[flow->nodes[next].block].start].op !=
                RJ_OP_LOOP) {
                *why = "a loop without a head";
                return false;
            }
            flow->loops = rj_jit_grow(flow->loops, flow->loop_count, &flow->loop_capacity,
                                      sizeof(*flow->loops));
            flow->loops[flow->loop_count].header = next;
            flow->nodes[next].loop = flow->loop_count++;
        }
        if (state[next] == 0) {
            state[next] = 1;
            stack[depth++] = (struct visit){next, 0};
        }
    }
    for (uint32_t i = 0; i < count; i++)
        flow->order[i] = post[count - 1 - i];
    flow->order_count = count;
    return true;
}

static void add_writes(const struct rj_flow *flow, struct rj_loop *loop, uint32_t node)
{
    const struct rj_block *block = &flow->blocks[flow->nodes[node].block];

    for (uint32_t at = block->start; at < block->end; at++) {
        struct rj_uses uses = rj_uses_of(&flow->function->instructions[at]);

        for (uint32_t i = 0; i < uses.write_count; i++)
            rj_bit_set(loop->assigned, uses.writes[i]);
    }
}

/* All nodes from which the head is reached without passing it: grown until nothing is added. */
static bool fill_loop(struct rj_flow *flow, struct rj_arena *arena, struct rj_loop *loop,
                      const uint32_t *rank)
{
    bool changed = true;

    loop->nodes = rj_arena_take(arena, (flow->node_count + 63) / 64 * sizeof(*loop->nodes));
    loop->assigned = rj_arena_take(arena, flow->words * sizeof(*loop->assigned));
    while (changed) {
        changed = false;
        for (uint32_t i = flow->order_count; i-- > rank[loop->header];) {
            uint32_t node = flow->order[i];
            bool inside = false;

            if (rj_bit(loop->nodes, node))
                continue;
            for (uint32_t j = 0; j < successor_count(flow, node); j++) {
                uint32_t next = flow->nodes[node].successors[j];

                inside |=
                    next == loop->header || (rj_bit(loop->nodes, next) && next != loop->header);
            }
            if (inside) {
                rj_bit_set(loop->nodes, node);
                add_writes(flow, loop, node);
                changed = true;
            }
        }
    }
    return rj_bit(loop->nodes, loop->header);
}

static bool order_nodes(struct rj_flow *flow, struct rj_arena *arena, uint32_t start,
                        const char **why)
{
    uint32_t *rank;

    free(flow->loops);
    flow->loops = NULL;
    flow->loop_count = flow->loop_capacity = 0;
    if (!walk(flow, arena, start, why))
        return false;
    rank = rj_arena_take(arena, flow->node_count * sizeof(*rank));
    for (uint32_t i = 0; i < flow->order_count; i++)
        rank[flow->order[i]] = i;
    for (uint32_t i = 0; i < flow->loop_count; i++)
        fill_loop(flow, arena, &flow->loops[i], rank);
    /* Each edge back leads to a head that its start's loop has: else the flow is no nest. */
    for (uint32_t i = 0; i < flow->order_count; i++)
        for (uint32_t j = 0; j < successor_count(flow, flow->order[i]); j++) {
            uint32_t next = flow->nodes[flow->order[i]].successors[j];

            if (rank[next] <= i && flow->nodes[next].loop == RJ_NOWHERE) {
                *why = "a loop with two heads";
                return false;
            }
        }
    return true;
}

static uint32_t bit_count(const uint64_t *bits, uint32_t words)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < words; i++)
        count += (uint32_t)__builtin_popcountll(bits[i]);
    return count;
}

/* The loops around `block`, innermost first. */
static void find_phases(const struct rj_flow *flow, uint32_t block, struct phases *phases)
{
    uint32_t words = (flow->node_count + 63) / 64;

    for (uint32_t i = 0; i < flow->loop_count; i++) {
        const struct rj_loop *loop = &flow->loops[i];
        uint32_t at = phases->count;

        if (loop->header == block || !rj_bit(loop->nodes, block) || at == MOST_PHASES)
            continue;
        for (; at > 0 && bit_count(phases->around[at - 1], words) > bit_count(loop->nodes, words);
             at--) {
            phases->around[at] = phases->around[at - 1];
            phases->heads[at] = phases->heads[at - 1];
        }
        phases->around[at] = loop->nodes;
        phases->heads[at] = loop->header;
        phases->count++;
    }
}

struct rj_flow *rj_flow_new(struct rj_arena *arena, const struct rj_snap_function *function,
                            uint32_t entry, const char **why)
{
    struct rj_flow *flow = rj_arena_take(arena, sizeof(*flow));
    struct phases phases = {0};
    struct rj_loop *loops;

    flow->function = function;
    *why = "empty";
    if (!make_blocks(flow, arena, why) || !find_live(flow, arena, why))
        return NULL;
    make_nodes(flow, arena, &phases);
    if (!order_nodes(flow, arena, 0, why))
        goto failed;
    if (entry) {
        find_phases(flow, flow->block_of[entry], &phases);
        make_nodes(flow, arena, &phases);
        if (!order_nodes(flow, arena, flow->block_of[entry], why))
            goto failed;
    }
    loops = rj_arena_copy(arena, flow->loops, flow->loop_count * sizeof(*loops));
    free(flow->loops);
    flow->loops = loops;
    return flow;
failed:
    free(flow->loops);
    flow->loops = NULL;
    return NULL;
}
