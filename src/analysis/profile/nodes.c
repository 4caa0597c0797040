#include "analysis/profile/nodes.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <stdlib.h>

enum {
    /* A node's first children are found by walking its list: they lie close
     * together, a path is made in one go. Later ones are found by hash. */
    EARLY_CHILDREN = 8,
    FIRST_LATE_SLOTS = 256
};
/* A number of a node or knot leaves room for JT_CELL_KNOT; what would be more
 * belongs to its parent. */
#define MOST_NODES ((size_t)INT32_MAX)

void jt_nodes_release(struct jt_nodes *nodes)
{
    jt_pages_release(&nodes->cell_memory);
    jt_pages_release(&nodes->knot_memory);
    free(nodes->late);
    *nodes = (struct jt_nodes){0};
}

static void push_cell(struct jt_nodes *nodes, uint32_t cell)
{
    size_t bytes = (nodes->count + 1) * sizeof(*nodes->cells);

    if (bytes > nodes->cell_memory.bytes || !nodes->cells) {
        jt_pages_grow(&nodes->cell_memory, bytes);
        nodes->cells = nodes->cell_memory.at;
    }
    nodes->cells[nodes->count++] = cell;
}

static uint32_t push_knot(struct jt_nodes *nodes, const struct jt_knot *knot)
{
    size_t bytes = (nodes->knot_count + 1) * sizeof(*nodes->knots);

    if (bytes > nodes->knot_memory.bytes || !nodes->knots) {
        jt_pages_grow(&nodes->knot_memory, bytes);
        nodes->knots = nodes->knot_memory.at;
    }
    nodes->knots[nodes->knot_count] = *knot;
    return (uint32_t)nodes->knot_count++;
}

void jt_nodes_init(struct jt_nodes *nodes, uint32_t root_frame)
{
    const struct jt_knot root = {.parent = JT_NODE_NONE, .frame = root_frame};

    *nodes = (struct jt_nodes){.late_mask = FIRST_LATE_SLOTS - 1};
    nodes->late = jt_alloc(FIRST_LATE_SLOTS, sizeof(*nodes->late));
    push_cell(nodes, JT_CELL_KNOT | push_knot(nodes, &root));
}

/* Give a node a record, and its parent's to know of it. */
static uint32_t tie(struct jt_nodes *nodes, uint32_t node)
{
    uint32_t child = jt_nodes_first_child(nodes, node);
    struct jt_knot knot = {.node = node, .parent = node - 1, .frame = nodes->cells[node]};
    struct jt_knot *parent = NULL;
    uint32_t number = 0;

    if (nodes->cells[node] & JT_CELL_KNOT)
        return nodes->cells[node] & ~JT_CELL_KNOT;
    if (child)
        knot.first_child = nodes->cells[child] & JT_CELL_KNOT ? nodes->cells[child] & ~JT_CELL_KNOT
                                                              : JT_KNOT_PLAIN;
    number = push_knot(nodes, &knot);
    nodes->cells[node] = JT_CELL_KNOT | number;
    parent = jt_nodes_knot(nodes, node - 1);
    if (parent)
        parent->first_child = number;
    return number;
}

static size_t late_slot(const struct jt_nodes *nodes, uint32_t parent, uint32_t frame)
{
    size_t at = jt_hash_u64((uint64_t)parent << 32 | frame) & nodes->late_mask;
    const struct jt_knot *knot = NULL;

    for (; nodes->late[at]; at = (at + 1) & nodes->late_mask) {
        knot = &nodes->knots[nodes->late[at]];
        if (knot->parent == parent && knot->frame == frame)
            break;
    }
    return at;
}

static void grow_late(struct jt_nodes *nodes)
{
    uint32_t *old = nodes->late;
    size_t old_slots = nodes->late_mask + 1;
    const struct jt_knot *knot = NULL;

    nodes->late_mask = old_slots * 2 - 1;
    nodes->late = jt_alloc(old_slots * 2, sizeof(*nodes->late));
    for (size_t i = 0; i < old_slots; i++) {
        if (!old[i])
            continue;
        knot = &nodes->knots[old[i]];
        nodes->late[late_slot(nodes, knot->parent, knot->frame)] = old[i];
    }
    free(old);
}

/* A new knot behind the sibling `previous` (0: as the first child). */
static uint32_t new_knot(struct jt_nodes *nodes, uint32_t parent, uint32_t frame, uint32_t previous)
{
    const struct jt_knot *above = &nodes->knots[parent];
    const struct jt_knot knot = {.node = (uint32_t)nodes->count,
                                 .parent = above->node,
                                 .frame = frame,
                                 .next_sibling = previous ? nodes->knots[previous].next_sibling
                                                          : above->first_child};
    uint32_t number = push_knot(nodes, &knot);

    if (previous)
        nodes->knots[previous].next_sibling = number;
    else
        nodes->knots[parent].first_child = number;
    push_cell(nodes, JT_CELL_KNOT | number);
    return number;
}

static uint32_t late_child(struct jt_nodes *nodes, uint32_t parent, uint32_t frame,
                           uint32_t previous)
{
    size_t at = late_slot(nodes, nodes->knots[parent].node, frame);
    uint32_t child = nodes->late[at];

    if (child)
        return child;
    child = new_knot(nodes, parent, frame, previous);
    nodes->late[at] = child;
    if (++nodes->late_count * 3 > (nodes->late_mask + 1) * 2)
        grow_late(nodes);
    return child;
}

/* Among the children of a knot, all of which are knots. */
static uint32_t knot_child(struct jt_nodes *nodes, uint32_t parent, uint32_t frame)
{
    uint32_t previous = 0;
    uint32_t child = nodes->knots[parent].first_child;
    int early = 0;

    for (; child && early < EARLY_CHILDREN; early++) {
        if (nodes->knots[child].frame == frame)
            return child;
        previous = child;
        child = nodes->knots[child].next_sibling;
    }
    if (early == EARLY_CHILDREN)
        return late_child(nodes, parent, frame, previous);
    return new_knot(nodes, parent, frame, previous);
}

/* The node behind the last one of a tail goes on with it. */
static uint32_t append(struct jt_nodes *nodes, uint32_t parent, uint32_t frame)
{
    struct jt_knot *knot = jt_nodes_knot(nodes, parent);

    if (knot)
        knot->first_child = JT_KNOT_PLAIN;
    push_cell(nodes, frame);
    return parent + 1;
}

uint32_t jt_nodes_child(struct jt_nodes *nodes, uint32_t parent, uint32_t frame)
{
    const struct jt_knot *knot = jt_nodes_knot(nodes, parent);
    uint32_t number = 0;

    if (nodes->count >= MOST_NODES)
        return parent;
    if (parent + 1 == nodes->count && (!knot || !knot->first_child))
        return append(nodes, parent, frame);
    if (!knot || knot->first_child == JT_KNOT_PLAIN) {
        uint32_t child = jt_nodes_first_child(nodes, parent);

        if (child && jt_nodes_frame(nodes, child) == frame)
            return child;
        number = tie(nodes, parent);
        if (child)
            tie(nodes, child);
        knot = &nodes->knots[number];
    }
    number = knot_child(nodes, (uint32_t)(knot - nodes->knots), frame);
    return nodes->knots[number].node;
}

void jt_nodes_add_self(struct jt_nodes *nodes, uint32_t node, uint64_t weight)
{
    uint32_t number = weight > 0 ? tie(nodes, node) : 0;

    nodes->knots[number].self += weight;
}

/* The knot that a tail hangs from, seen from one of its nodes. */
static struct jt_knot *knot_above(const struct jt_nodes *nodes, uint32_t node)
{
    while (!(nodes->cells[node] & JT_CELL_KNOT))
        node--;
    return jt_nodes_knot(nodes, node);
}

void jt_nodes_add_up(struct jt_nodes *nodes)
{
    struct jt_knot *knot = NULL;

    for (size_t i = 0; i < nodes->knot_count; i++)
        nodes->knots[i].total = nodes->knots[i].self;
    for (uint32_t node = (uint32_t)nodes->count - 1; node > 0; node--) {
        knot = jt_nodes_knot(nodes, node);
        if (knot)
            knot_above(nodes, knot->parent)->total += knot->total;
    }
}
