/* The shape of a function's bytecode: blocks, an order to visit them, loops, and which registers
 * are live.
 *
 * A node is a block in a phase. From a function's start there is one phase. From a loop in the
 * middle (OSR) each loop around it adds a phase: the rest of the round that is under way is a copy
 * of its own, so that each loop is entered at its head only. */
#ifndef RJ_JIT_FLOW_H
#define RJ_JIT_FLOW_H

#include "jit/arena.h"
#include "jit/snapshot.h"

struct rj_block {
    uint32_t start, end;    /* instructions */
    uint32_t successors[2]; /* blocks: [0] where the last instruction falls or jumps, [1] where
                               a conditional jump jumps */
    uint32_t successor_count;
};

struct rj_loop {
    uint32_t header;    /* node */
    uint64_t *nodes;    /* bits */
    uint64_t *assigned; /* bits of registers written in it */
};

struct rj_node {
    uint32_t block;
    uint32_t phase;
    uint32_t successors[2];
    uint32_t loop; /* it is the header of; or RJ_NOWHERE */
};

struct rj_flow {
    const struct rj_snap_function *function;
    struct rj_block *blocks;
    uint32_t block_count;
    uint32_t *block_of; /* instruction -> block */
    struct rj_node *nodes;
    uint32_t node_count;
    uint32_t *order; /* reverse post-order of the nodes that can be reached */
    uint32_t order_count;
    struct rj_loop *loops;
    uint32_t loop_count, loop_capacity;
    uint64_t *live; /* instruction -> bits of registers live before it */
    uint32_t words; /* of a set of registers */
};

/* NULL, with *why, if the bytecode is not what the compiler can do. */
struct rj_flow *rj_flow_new(struct rj_arena *arena, const struct rj_snap_function *function,
                            uint32_t entry, const char **why);

struct rj_uses { /* registers that an instruction reads and writes */
    uint32_t reads[3];
    uint32_t read_count;
    uint32_t first; /* and a run of */
    uint32_t count;
    uint32_t writes[2];
    uint32_t write_count;
};
struct rj_uses rj_uses_of(const struct rj_instruction *at);

static inline bool rj_bit(const uint64_t *bits, uint32_t i)
{
    return bits[i / 64] >> (i % 64) & 1;
}

static inline void rj_bit_set(uint64_t *bits, uint32_t i)
{
    bits[i / 64] |= UINT64_C(1) << (i % 64);
}

static inline bool rj_is_live(const struct rj_flow *flow, uint32_t at, uint32_t where)
{
    return rj_bit(flow->live + (size_t)at * flow->words, where);
}

bool rj_ends_block(uint32_t op); /* a jump, or nothing comes after it */
bool rj_jumps(uint32_t op);      /* to its d */

#endif
