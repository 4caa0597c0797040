/* The call tree. Most of its nodes lie in tails: the one child of the node before
 * them, in which no sample ended. Of those only the frame is kept, four bytes;
 * every other node is a knot and has a record of its own. */
#ifndef JT_PROFILE_NODES_H
#define JT_PROFILE_NODES_H

#include "analysis/profile/pages.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JT_NODE_NONE UINT32_MAX

struct jt_knot {
    uint32_t node;
    uint32_t parent; /* a node */
    uint32_t frame;
    uint32_t first_child;  /* a knot; 0: none; JT_KNOT_PLAIN: the next node, which is none */
    uint32_t next_sibling; /* a knot; 0: none */
    uint64_t self;         /* weight of samples whose leaf this is */
    uint64_t total;        /* self and all below; set by jt_nodes_add_up */
};

#define JT_KNOT_PLAIN UINT32_MAX
/* In a cell: the rest is the number of a knot; else it is a frame. */
#define JT_CELL_KNOT (UINT32_C(1) << 31)

/* Node 0 is the root. A node's parent has a smaller number. */
struct jt_nodes {
    size_t count;
    uint32_t *cells; /* one a node */
    struct jt_knot *knots;
    size_t knot_count;
    struct jt_pages cell_memory, knot_memory;
    /* Hash table of the children that come late among many: knots; 0: empty. */
    uint32_t *late;
    size_t late_count;
    size_t late_mask;
};

void jt_nodes_init(struct jt_nodes *nodes, uint32_t root_frame);
void jt_nodes_release(struct jt_nodes *nodes);
/* The child of `parent` for `frame`, made when there is none. */
uint32_t jt_nodes_child(struct jt_nodes *nodes, uint32_t parent, uint32_t frame);
void jt_nodes_add_self(struct jt_nodes *nodes, uint32_t node, uint64_t weight);
/* Set all totals, anew. */
void jt_nodes_add_up(struct jt_nodes *nodes);

/* The record of a node, or NULL when it has none. */
static inline struct jt_knot *jt_nodes_knot(const struct jt_nodes *nodes, uint32_t node)
{
    uint32_t cell = nodes->cells[node];

    return cell & JT_CELL_KNOT ? &nodes->knots[cell & ~JT_CELL_KNOT] : NULL;
}

static inline uint32_t jt_nodes_parent(const struct jt_nodes *nodes, uint32_t node)
{
    const struct jt_knot *knot = jt_nodes_knot(nodes, node);

    return knot ? knot->parent : node - 1;
}

static inline uint32_t jt_nodes_frame(const struct jt_nodes *nodes, uint32_t node)
{
    const struct jt_knot *knot = jt_nodes_knot(nodes, node);

    return knot ? knot->frame : nodes->cells[node];
}

static inline uint64_t jt_nodes_self(const struct jt_nodes *nodes, uint32_t node)
{
    const struct jt_knot *knot = jt_nodes_knot(nodes, node);

    return knot ? knot->self : 0;
}

/* 0: none. */
static inline uint32_t jt_nodes_first_child(const struct jt_nodes *nodes, uint32_t node)
{
    const struct jt_knot *knot = jt_nodes_knot(nodes, node);

    if (knot && knot->first_child != JT_KNOT_PLAIN)
        return knot->first_child ? nodes->knots[knot->first_child].node : 0;
    if (knot)
        return node + 1;
    return node + 1 < nodes->count && jt_nodes_parent(nodes, node + 1) == node ? node + 1 : 0;
}

/* 0: none. */
static inline uint32_t jt_nodes_next_sibling(const struct jt_nodes *nodes, uint32_t node)
{
    const struct jt_knot *knot = jt_nodes_knot(nodes, node);

    return knot && knot->next_sibling ? nodes->knots[knot->next_sibling].node : 0;
}

/* The first node from this one on that is a knot: one below it in its tail, with
 * the same total. The tail's end when that has no record. */
static inline uint32_t jt_nodes_tail_end(const struct jt_nodes *nodes, uint32_t node)
{
    while (!(nodes->cells[node] & JT_CELL_KNOT) && node + 1 < nodes->count &&
           jt_nodes_parent(nodes, node + 1) == node)
        node++;
    return node;
}

static inline uint64_t jt_nodes_total(const struct jt_nodes *nodes, uint32_t node)
{
    const struct jt_knot *knot = jt_nodes_knot(nodes, jt_nodes_tail_end(nodes, node));

    return knot ? knot->total : 0;
}

/* Depth first, without recursion: a stack may be as deep as the file says. */
static inline __attribute__((always_inline)) void jt_nodes_walk(
    const struct jt_nodes *nodes, void *context,
    void (*enter)(void *context, uint32_t node, uint32_t frame, uint64_t self, uint64_t total),
    void (*leave)(void *context, uint32_t frame))
{
    const struct jt_knot *knot = NULL;
    uint64_t tail_total = 0;
    uint32_t node = 0;
    uint32_t child = 0;

    for (;;) {
        bool begins_tail = knot != NULL;

        knot = jt_nodes_knot(nodes, node);
        if (!knot && begins_tail)
            tail_total = jt_nodes_total(nodes, node);
        if (knot)
            enter(context, node, knot->frame, knot->self, knot->total);
        else
            enter(context, node, nodes->cells[node], 0, tail_total);
        child = jt_nodes_first_child(nodes, node);
        if (child) {
            node = child;
            continue;
        }
        while (node && !jt_nodes_next_sibling(nodes, node)) {
            leave(context, jt_nodes_frame(nodes, node));
            node = jt_nodes_parent(nodes, node);
        }
        if (!node)
            return;
        leave(context, jt_nodes_frame(nodes, node));
        node = jt_nodes_next_sibling(nodes, node);
    }
}

#endif
