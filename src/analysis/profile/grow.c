#include "analysis/profile/grow.h"

#include "analysis/profile/belt.h"
#include "analysis/profile/chains.h"
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_BATCHES = 64 };

struct jt_grow {
    struct jt_nodes *tree;
    struct jt_belt *belt;
    uint32_t (*nodes)[JT_STACK_DEPTH]; /* by slot: of the steps of its last stack */
};

/* A stack on the belt; its frames follow. */
struct piece {
    uint64_t weight;
    uint32_t slot;
    uint32_t shared;
    uint32_t root;
    uint32_t count;
};

static size_t bytes_of(uint32_t count)
{
    return sizeof(struct piece) + count * sizeof(uint32_t);
}

static void grow_stack(struct jt_grow *grow, const struct piece *piece, const uint32_t *frames)
{
    struct jt_nodes *tree = grow->tree;
    uint32_t *nodes = grow->nodes[piece->slot];
    uint32_t steps = piece->shared;
    uint32_t node = steps > 0 ? nodes[steps - 1] : jt_nodes_child(tree, 0, piece->root);

    for (uint32_t i = 0; i < piece->count; i++) {
        node = jt_nodes_child(tree, node, frames[i] & ~JT_GROW_INLINED);
        steps += !(frames[i] & JT_GROW_INLINED);
        if (steps <= JT_STACK_DEPTH)
            nodes[steps - 1] = node;
    }
    jt_nodes_add_self(tree, node, piece->weight);
}

static void work(void *context, const void *batch, size_t bytes)
{
    const uint8_t *at = batch;
    const uint8_t *end = at + bytes;
    const struct piece *piece = NULL;

    for (; at < end; at += jt_belt_bytes(bytes_of(piece->count))) {
        piece = (const struct piece *)(const void *)at;
        grow_stack(context, piece, (const uint32_t *)(const void *)(piece + 1));
    }
}

struct jt_grow *jt_grow_new(struct jt_nodes *tree, bool threaded)
{
    struct jt_grow *grow = jt_alloc(1, sizeof(*grow));
    const struct jt_belt_worker worker = {grow, work};

    grow->tree = tree;
    grow->nodes = jt_alloc(JT_STACK_SLOTS, sizeof(*grow->nodes));
    grow->belt = jt_belt_new(&worker, MOST_BATCHES, threaded);
    return grow;
}

void jt_grow_add(struct jt_grow *grow, const struct jt_grown_stack *stack)
{
    struct piece *piece = jt_belt_put(grow->belt, bytes_of(stack->count));

    *piece = (struct piece){.weight = stack->weight,
                            .slot = stack->slot,
                            .shared = stack->shared,
                            .root = stack->root,
                            .count = stack->count};
    memcpy(piece + 1, stack->frames, stack->count * sizeof(uint32_t));
}

void jt_grow_finish(struct jt_grow *grow)
{
    if (!grow)
        return;
    jt_belt_finish(grow->belt);
    free(grow->nodes);
    free(grow);
}
