#include "analysis/report/tree.h"

#include <string.h>

enum {
    SMALL_TOTALS = 1 << 16,
    /* Levels of the reversed tree: without an end, a chain of recursion that was
     * sampled everywhere would cost its length squared. */
    MOST_LEVELS = 512
};

/* How many nodes weigh as much as `least` or more, for each small `least`. */
static uint64_t least_of_budget(const struct jt_profile *profile, size_t most_nodes)
{
    uint32_t *counts = jt_alloc(SMALL_TOTALS, sizeof(*counts));
    uint64_t kept = 0;
    uint64_t least = SMALL_TOTALS;

    for (uint32_t node = 0; node < profile->nodes.count; node++) {
        uint32_t end = jt_nodes_tail_end(&profile->nodes, node);
        uint64_t total = jt_nodes_total(&profile->nodes, end);

        if (total >= SMALL_TOTALS)
            kept += end - node + 1;
        else
            counts[total] += end - node + 1;
        node = end;
    }
    while (least > 1 && kept + counts[least - 1] <= most_nodes)
        kept += counts[--least];
    free(counts);
    return least;
}

uint64_t jt_tree_least(const struct jt_profile *profile, double min_share, size_t most_nodes)
{
    double all = profile->nodes.count ? (double)jt_nodes_total(&profile->nodes, 0) : 0;
    double share = min_share < 0 ? 1.0 / 20000 : min_share;
    uint64_t least = share > 1 ? UINT64_MAX : (uint64_t)(all * share);
    uint64_t budget = 0;

    if ((double)least < all * share)
        least++;
    if (min_share < 0) {
        budget = least_of_budget(profile, most_nodes);
        if (budget < least)
            least = budget;
    }
    return least ? least : 1;
}

static void begin(struct jt_tree *tree, const struct jt_profile *profile,
                  const struct jt_diff_weight *weights, uint64_t least)
{
    *tree = (struct jt_tree){.profile = profile, .weights = weights, .least = least};
}

void jt_tree_release(struct jt_tree *tree)
{
    jt_vec_release(&tree->nodes);
}

/* The child of `parent` that stands for its narrow ones, made when needed. */
static uint32_t narrow_child(struct jt_tree *tree, uint32_t parent)
{
    if (!tree->nodes.at[parent].narrow) {
        tree->nodes.at[parent].narrow = (uint32_t)tree->nodes.count;
        jt_vec_push(&tree->nodes, (struct jt_tree_node){.parent = parent, .frame = JT_TREE_NARROW});
    }
    return tree->nodes.at[parent].narrow;
}

static void merge_into(struct jt_tree *tree, uint32_t parent, uint64_t frames, uint64_t after,
                       uint64_t before)
{
    uint32_t child = narrow_child(tree, parent);
    struct jt_tree_node *node = &tree->nodes.at[child];

    node->merged += (uint32_t)frames;
    node->self += after;
    node->total += after;
    node->before_self += before;
    node->before_total += before;
    tree->merged_frames += frames;
    tree->merged_weight += after + before;
}

static uint64_t after_self(const struct jt_tree *tree, uint32_t node)
{
    return tree->weights ? tree->weights[node].after_self
                         : jt_nodes_self(&tree->profile->nodes, node);
}

static uint64_t before_self(const struct jt_tree *tree, uint32_t node)
{
    return tree->weights ? tree->weights[node].before_self : 0;
}

static void keep(struct jt_tree *tree, uint32_t node, uint32_t parent)
{
    const struct jt_nodes *nodes = &tree->profile->nodes;
    struct jt_tree_node kept = {.parent = parent, .frame = jt_nodes_frame(nodes, node)};

    kept.self = after_self(tree, node);
    kept.total = tree->weights ? tree->weights[node].after_total : jt_nodes_total(nodes, node);
    kept.before_self = before_self(tree, node);
    kept.before_total = tree->weights ? tree->weights[node].before_total : 0;
    jt_vec_push(&tree->nodes, kept);
}

/* A tail's nodes are of one width; only in its end samples may end. Where the tree
 * goes on below it. */
static uint32_t place_tail(struct jt_tree *tree, uint32_t node, uint32_t end, uint32_t parent)
{
    uint64_t total = jt_nodes_total(&tree->profile->nodes, end);

    if (total >= tree->least) {
        for (; node <= end; node++) {
            keep(tree, node, parent);
            parent = (uint32_t)tree->nodes.count - 1;
        }
    } else if (total > 0) {
        merge_into(tree, parent, end - node + 1, after_self(tree, end), before_self(tree, end));
    }
    return parent;
}

void jt_tree_make(struct jt_tree *tree, const struct jt_profile *profile,
                  const struct jt_diff_weight *weights, uint64_t least)
{
    const struct jt_nodes *nodes = &profile->nodes;
    /* Where each tail's end, or its nearest ancestor that was kept, is. */
    uint32_t *places = jt_alloc(nodes->count, sizeof(*places));

    begin(tree, profile, weights, least);
    jt_vec_reserve(&tree->nodes, nodes->knot_count);
    keep(tree, 0, JT_NODE_NONE);
    for (uint32_t node = 1; node < nodes->count; node++) {
        uint32_t end = jt_nodes_tail_end(nodes, node);

        places[end] = place_tail(tree, node, end, places[jt_nodes_parent(nodes, node)]);
        node = end;
    }
    free(places);
}

/* Samples on their way from the leaf to the root. */
struct climber {
    uint32_t next; /* node of the profile to be passed next; 0 at the root */
    uint64_t after, before;
};

/* One node of the new tree and the climbers that came by. */
struct group {
    uint32_t place; /* in the tree */
    size_t first, count;
};

struct climb {
    struct jt_tree *tree;
    struct jt_vec(struct climber) climbers, above; /* of this level and of the next one */
    struct jt_vec(struct group) groups, groups_above;
    struct jt_vec(uint32_t) heads; /* frames that the climbers of a group pass next */
    uint64_t *weights;             /* by frame, 0 outside split() */
    uint32_t *counts;              /* by frame, likewise; later where the next climber goes */
};

/* Find the frames that the climbers of a group pass next, with their weights. */
static void weigh_heads(struct climb *climb, const struct group *group)
{
    const struct jt_profile *profile = climb->tree->profile;
    struct jt_tree_node *node = &climb->tree->nodes.at[group->place];

    jt_vec_clear(&climb->heads);
    for (size_t i = group->first; i < group->first + group->count; i++) {
        const struct climber *climber = &climb->climbers.at[i];
        uint32_t frame = jt_nodes_frame(&profile->nodes, climber->next);

        if (climber->next == 0) {
            node->self += climber->after;
            node->before_self += climber->before;
            continue;
        }
        if (climb->counts[frame]++ == 0)
            jt_vec_push(&climb->heads, frame);
        climb->weights[frame] += climber->after + climber->before;
    }
}

/* Make a child for each of the heads that is wide enough and room for its
 * climbers; `counts` becomes the place of the first of them. */
static void place_heads(struct climb *climb, const struct group *group)
{
    for (size_t i = 0; i < climb->heads.count; i++) {
        uint32_t frame = climb->heads.at[i];
        struct group child = {(uint32_t)climb->tree->nodes.count, climb->above.count,
                              climb->counts[frame]};

        if (climb->weights[frame] < climb->tree->least) {
            merge_into(climb->tree, group->place, 1, 0, 0);
            climb->counts[frame] = UINT32_MAX;
            continue;
        }
        climb->counts[frame] = (uint32_t)climb->groups_above.count;
        jt_vec_push(&climb->tree->nodes,
                    (struct jt_tree_node){.parent = group->place, .frame = frame});
        jt_vec_reserve(&climb->above, child.count);
        climb->above.count += child.count;
        child.count = 0;
        jt_vec_push(&climb->groups_above, child);
    }
}

static void move_climbers(struct climb *climb, const struct group *group)
{
    struct jt_tree *tree = climb->tree;
    const struct jt_nodes *nodes = &tree->profile->nodes;

    for (size_t i = group->first; i < group->first + group->count; i++) {
        struct climber climber = climb->climbers.at[i];
        uint32_t to = climb->counts[jt_nodes_frame(nodes, climber.next)];
        struct group *child = NULL;

        if (climber.next == 0)
            continue;
        if (to == UINT32_MAX) {
            merge_into(tree, group->place, 0, climber.after, climber.before);
            continue;
        }
        child = &climb->groups_above.at[to];
        tree->nodes.at[child->place].total += climber.after;
        tree->nodes.at[child->place].before_total += climber.before;
        climber.next = jt_nodes_parent(nodes, climber.next);
        climb->above.at[child->first + child->count++] = climber;
    }
}

static void split(struct climb *climb, const struct group *group)
{
    weigh_heads(climb, group);
    place_heads(climb, group);
    move_climbers(climb, group);
    for (size_t i = 0; i < climb->heads.count; i++) {
        climb->weights[climb->heads.at[i]] = 0;
        climb->counts[climb->heads.at[i]] = 0;
    }
}

static void start_climb(struct climb *climb)
{
    struct jt_tree *tree = climb->tree;
    struct jt_tree_node *root = &tree->nodes.at[0];

    for (uint32_t i = 0; i < tree->profile->nodes.count; i++) {
        struct climber climber = {i, after_self(tree, i), before_self(tree, i)};

        root->total += climber.after;
        root->before_total += climber.before;
        if (climber.after + climber.before > 0)
            jt_vec_push(&climb->climbers, climber);
    }
    jt_vec_push(&climb->groups, (struct group){0, 0, climb->climbers.count});
}

/* Swap two vectors of one anonymous type. */
#define SWAP(a, b)                                                                                 \
    do {                                                                                           \
        char swap[sizeof(a)];                                                                      \
        memcpy(swap, &(a), sizeof(a));                                                             \
        memcpy(&(a), &(b), sizeof(a));                                                             \
        memcpy(&(b), swap, sizeof(a));                                                             \
    } while (0)

void jt_tree_make_reversed(struct jt_tree *tree, const struct jt_profile *profile,
                           const struct jt_diff_weight *weights, uint64_t least)
{
    struct climb climb = {.tree = tree};

    begin(tree, profile, weights, least);
    jt_vec_push(&tree->nodes, (struct jt_tree_node){.parent = JT_NODE_NONE,
                                                    .frame = jt_nodes_frame(&profile->nodes, 0)});
    climb.weights = jt_alloc(profile->frames.count, sizeof(*climb.weights));
    climb.counts = jt_alloc(profile->frames.count, sizeof(*climb.counts));
    start_climb(&climb);
    for (int level = 0; level < MOST_LEVELS && climb.groups.count > 0; level++) {
        jt_vec_clear(&climb.above);
        jt_vec_clear(&climb.groups_above);
        for (size_t i = 0; i < climb.groups.count; i++)
            split(&climb, &climb.groups.at[i]);
        SWAP(climb.climbers, climb.above);
        SWAP(climb.groups, climb.groups_above);
    }
    jt_vec_release(&climb.climbers);
    jt_vec_release(&climb.above);
    jt_vec_release(&climb.groups);
    jt_vec_release(&climb.groups_above);
    jt_vec_release(&climb.heads);
    free(climb.weights);
    free(climb.counts);
}
