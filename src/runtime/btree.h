/* A map from addresses to code as a persistent B+-tree: a node never changes
 * once a reader can see it. A change builds the nodes on the way to its leaf anew
 * and ends in a new root, which the owner publishes; who walks the old one still has a
 * whole tree. Nodes that a change leaves behind are the owner's to free, later. */
#ifndef JT_RUNTIME_BTREE_H
#define JT_RUNTIME_BTREE_H

#include "base/heap.h"
#include "runtime/slab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A node is 13 cache lines. The fullest tree of that height holds more pieces of code than there
 * are addresses: neighbours have more than one node's worth of keys together, or lie 4 GB apart. */
enum { JT_BTREE_LEAF = 64, JT_BTREE_FAN = 48, JT_BTREE_HEIGHT = 20 };

/* In place of a length that is larger, or as large. */
#define JT_BTREE_LONG UINT32_MAX

/* Keys of a leaf are told by their distance from its first one. */
struct jt_btree_leaf {
    uint32_t keys[JT_BTREE_LEAF]; /* ascending; unused ones are the largest there is */
    struct jt_btree_span {
        uint32_t bytes;
        /* May become 0 in a leaf that readers see, see jt_btree_blank(): an atomic there. */
        uint32_t value;
    } spans[JT_BTREE_LEAF];
};

struct jt_btree_inner {
    uint64_t keys[JT_BTREE_FAN]; /* of each child the first; unused ones as above */
    struct jt_btree_node *children[JT_BTREE_FAN];
};

struct jt_btree_node {
    uint64_t first; /* key */
    uint32_t count;
    uint32_t level;             /* 0: a leaf */
    uint64_t change;            /* that made it */
    struct jt_btree_node *next; /* the writer's: lists of nodes that are not in the tree */
    uint32_t piece;             /* of the slab */
    _Alignas(JT_SLAB_LINE) union {
        struct jt_btree_leaf leaf;
        struct jt_btree_inner inner;
    };
};

/* The writer's side. A change is made in `root`, which nobody else sees. */
struct jt_btree {
    struct jt_slab *slab;
    struct jt_btree_node *root;    /* NULL: empty */
    struct jt_btree_node *retired; /* no longer in `root`, but in the published tree */
    struct jt_btree_node *spare;   /* free */
    size_t spare_count;
    uint64_t change; /* number of the one that is under way */
};

struct jt_btree_entry {
    uint64_t key;
    uint32_t bytes; /* from the key on, or JT_BTREE_LONG */
    uint32_t value; /* 0: a blank entry */
};

/* Begin a change of the tree `root`. */
void jt_btree_begin(struct jt_btree *tree, struct jt_btree_node *root);
/* Forget what was changed since. */
void jt_btree_undo(struct jt_btree *tree);

/* JITNEY_ERR_MEMORY: nothing has changed, the change may go on or be undone. The key is new. */
int jt_btree_insert(struct jt_btree *tree, const struct jt_btree_entry *entry);
/* Take the entry `key`, and those behind it in its leaf up to `last`, out of the tree: they are
 * `removed[0]` to `removed[*count - 1]`; none when there is no such key. */
int jt_btree_remove(struct jt_btree *tree, uint64_t key, uint64_t last,
                    struct jt_btree_entry removed[JT_BTREE_LEAF], unsigned *count);

/* Without memory a value can still be made 0 in the tree that readers see. */
void jt_btree_blank(struct jt_btree_node *root, uint64_t key);

/* The last entry at `key` or before; false: none. For readers, too. */
bool jt_btree_find(const struct jt_btree_node *root, uint64_t key, struct jt_btree_entry *entry);
/* The first entry behind `key`; false: none. */
bool jt_btree_find_next(const struct jt_btree_node *root, uint64_t key,
                        struct jt_btree_entry *entry);

/* Nodes that no reader sees become spare ones; what is too many goes back to the slab. */
void jt_btree_recycle(struct jt_btree *tree, struct jt_btree_node *nodes);
#endif
