/* The call tree as a picture shows it: what is too narrow to be seen is merged
 * into one child of its parent, and counted; and the tree from the leaves. */
#ifndef JT_REPORT_TREE_H
#define JT_REPORT_TREE_H

#include "analysis/profile/diff.h"
#include "analysis/profile/profile.h"

#define JT_TREE_NARROW UINT32_MAX /* in place of a frame: merged frames */

struct jt_tree_node {
    uint32_t parent;      /* smaller than the node's own index; the root's is JT_NODE_NONE */
    uint32_t frame;       /* of the profile, or JT_TREE_NARROW */
    uint32_t narrow;      /* the child that holds what was merged; 0: none */
    uint32_t merged;      /* how many frames were merged into this */
    uint64_t self, total; /* of a differential: after */
    uint64_t before_self, before_total; /* of a differential */
};

struct jt_tree {
    const struct jt_profile *profile;
    const struct jt_diff_weight *weights; /* of the profile's nodes; NULL: no differential */
    struct jt_vec(struct jt_tree_node) nodes;
    uint64_t merged_frames;
    uint64_t merged_weight; /* of the samples that end in merged frames */
    uint64_t least;         /* what weighs less was merged */
};

/* The weight below which a node is narrower than `min_share` of all. Negative:
 * whatever more than `most_nodes` nodes would take, but never a node wider than
 * 1/20000 of all. */
uint64_t jt_tree_least(const struct jt_profile *profile, double min_share, size_t most_nodes);
/* The tree from the root. `weights` of a differential, else NULL. */
void jt_tree_make(struct jt_tree *tree, const struct jt_profile *profile,
                  const struct jt_diff_weight *weights, uint64_t least);
/* The tree from the leaves: below the root the functions that samples ended in,
 * below each the functions that called it, up to 512 levels of them. */
void jt_tree_make_reversed(struct jt_tree *tree, const struct jt_profile *profile,
                           const struct jt_diff_weight *weights, uint64_t least);
void jt_tree_release(struct jt_tree *tree);

static inline uint64_t jt_tree_width(const struct jt_tree_node *node)
{
    return node->total + node->before_total;
}

#endif
