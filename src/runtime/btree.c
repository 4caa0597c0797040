/* See btree.h. */
#include "runtime/btree.h"

#include "jitney/status.h"

#include <string.h>

enum {
    SPARE_MAX = 128,
    GATHERED_MAX = JT_BTREE_LEAF + 2, /* what one node has, or two that fit into one, and more */
    PREFETCHED = sizeof(((struct jt_btree_leaf *)0)->keys) / JT_SLAB_LINE,
    NODE_LINES = sizeof(struct jt_btree_node) / JT_SLAB_LINE,
};

/* The way from the root to a leaf. */
struct path {
    unsigned depth; /* nodes; 0: the tree is empty */
    struct step {
        struct jt_btree_node *node;
        unsigned index; /* of the child that was taken; in the leaf: of the entry */
    } steps[JT_BTREE_HEIGHT];
};

/* What a node consists of: an entry of a leaf, or a child. */
struct item {
    uint64_t key;
    union {
        struct {
            uint32_t bytes;
            uint32_t value;
        };
        struct jt_btree_node *child;
    };
};

/* `added` is to take the place of `removed` entries from `first` on. */
struct splice {
    unsigned first;
    unsigned removed;
    unsigned added_count;
    struct item added[2];
};

/* How many keys are at `key` or before: compared are a few far apart, then those between two of
 * them: all at once, and without a branch that could be predicted wrongly; halving the node would
 * take one wait after the other. */
static unsigned rank_in_inner(const struct jt_btree_node *node, uint64_t key)
{
    enum { STEP = 6 };
    const uint64_t *keys = node->inner.keys;
    unsigned step = 0;
    unsigned first = 0;
    unsigned count = 0;

#pragma GCC unroll 8
    for (unsigned i = STEP; i < JT_BTREE_FAN; i += STEP)
        step += keys[i] <= key;
    first = step * STEP;
#pragma GCC unroll 8
    for (unsigned i = 0; i < STEP; i++)
        count += keys[first + i] <= key;
    return first + count < node->count ? first + count : node->count;
}

/* Likewise in a leaf whose first key is `leaf_first`, at most `key`; the parent knows it, and the
 * leaf's head is one line of memory less to wait for. Unused keys are above all distances. */
static unsigned rank_in_leaf(const struct jt_btree_node *node, uint64_t leaf_first, uint64_t key)
{
    enum { STEP = 8 };
    const uint32_t *keys = node->leaf.keys;
    uint64_t distance = key - leaf_first;
    uint32_t near = distance < UINT32_MAX ? (uint32_t)distance : UINT32_MAX - 1;
    unsigned step = 0;
    unsigned count = 0;

#pragma GCC unroll 8
    for (unsigned i = STEP; i < JT_BTREE_LEAF; i += STEP)
        step += keys[i] <= near;
    keys += (size_t)step * STEP;
#pragma GCC unroll 8
    for (unsigned i = 0; i < STEP; i++)
        count += keys[i] <= near;
    return step * STEP + count;
}

_Static_assert(JT_BTREE_FAN % 6 == 0 && JT_BTREE_LEAF % 8 == 0, "keys are compared in groups");

static unsigned rank(const struct jt_btree_node *node, uint64_t key)
{
    if (node->level > 0)
        return rank_in_inner(node, key);
    return key < node->first ? 0 : rank_in_leaf(node, node->first, key);
}

/* What jt_btree_blank() cuts off is freed as readers.c says, which asks for this order. */
static uint32_t value_at(const struct jt_btree_node *node, unsigned index)
{
    return __atomic_load_n(&node->leaf.spans[index].value, __ATOMIC_SEQ_CST);
}

static uint64_t key_at(const struct jt_btree_node *node, unsigned index)
{
    return node->level > 0 ? node->inner.keys[index] : node->first + node->leaf.keys[index];
}

static void fill_entry(const struct jt_btree_node *node, uint64_t leaf_first, unsigned index,
                       struct jt_btree_entry *entry)
{
    entry->key = leaf_first + node->leaf.keys[index];
    entry->bytes = node->leaf.spans[index].bytes;
    entry->value = value_at(node, index);
}

/* A leaf is not in the nearest cache as a rule: ask for its keys at once. */
static void prefetch(const struct jt_btree_node *node)
{
    const char *at = (const char *)&node->leaf.keys;

    for (size_t line = 0; line < PREFETCHED; line++)
        __builtin_prefetch(at + line * JT_SLAB_LINE);
}

bool jt_btree_find(const struct jt_btree_node *root, uint64_t key, struct jt_btree_entry *entry)
{
    const struct jt_btree_node *node = root;
    uint64_t first = root ? root->first : UINT64_MAX;

    if (!root || key < first)
        return false;
    for (uint32_t level = root->level; level > 0; level--) {
        unsigned index = rank_in_inner(node, key) - 1;

        first = node->inner.keys[index];
        node = node->inner.children[index];
        prefetch(node);
    }
    fill_entry(node, first, rank_in_leaf(node, first, key) - 1, entry);
    return true;
}

/* To the leaf where `key` is or would be; the step in the leaf is behind it. */
static void find_path(struct jt_btree_node *root, uint64_t key, struct path *path)
{
    struct jt_btree_node *node = root;

    path->depth = 0;
    while (node) {
        struct step *step = &path->steps[path->depth++];

        step->node = node;
        step->index = rank(node, key);
        if (node->level == 0)
            return;
        if (step->index > 0)
            step->index--;
        node = node->inner.children[step->index];
    }
}

bool jt_btree_find_next(const struct jt_btree_node *root, uint64_t key,
                        struct jt_btree_entry *entry)
{
    struct path path;
    const struct jt_btree_node *node = NULL;
    unsigned index = 0;

    find_path((struct jt_btree_node *)root, key, &path);
    if (path.depth == 0)
        return false;
    /* Up to where there is a way to the right, and down its left side. */
    for (unsigned depth = path.depth; !node && depth > 0; depth--) {
        const struct step *step = &path.steps[depth - 1];

        index = step->index + (step->node->level > 0);
        if (index < step->node->count)
            node = step->node;
    }
    if (!node)
        return false;
    while (node->level > 0) {
        node = node->inner.children[index];
        index = 0;
    }
    fill_entry(node, node->first, index, entry);
    return true;
}

void jt_btree_blank(struct jt_btree_node *root, uint64_t key)
{
    struct path path;
    struct step *leaf = NULL;

    find_path(root, key, &path);
    if (path.depth == 0)
        return;
    leaf = &path.steps[path.depth - 1];
    if (leaf->index > 0 && key_at(leaf->node, leaf->index - 1) == key)
        __atomic_store_n(&leaf->node->leaf.spans[leaf->index - 1].value, 0, __ATOMIC_SEQ_CST);
}

static void put(struct jt_btree_node **list, struct jt_btree_node *node)
{
    node->next = *list;
    *list = node;
}

static void make_spare(struct jt_btree *tree, struct jt_btree_node *node)
{
    if (tree->spare_count >= SPARE_MAX) {
        jt_slab_give(tree->slab, node->piece);
        return;
    }
    put(&tree->spare, node);
    tree->spare_count++;
}

/* A node that this very change made was never published. */
static void retire(struct jt_btree *tree, struct jt_btree_node *node)
{
    if (node->change == tree->change)
        make_spare(tree, node);
    else
        put(&tree->retired, node);
}

void jt_btree_recycle(struct jt_btree *tree, struct jt_btree_node *nodes)
{
    while (nodes) {
        struct jt_btree_node *next = nodes->next;

        make_spare(tree, nodes);
        nodes = next;
    }
}

/* Two for each level of the path, and a new root. */
static int reserve(struct jt_btree *tree, const struct path *path)
{
    size_t needed = 2 * (size_t)path->depth + 1;

    while (tree->spare_count < needed) {
        uint32_t piece = 0;
        struct jt_btree_node *node = jt_slab_take(tree->slab, NODE_LINES, &piece);

        if (!node)
            return JITNEY_ERR_MEMORY;
        node->piece = piece;
        put(&tree->spare, node);
        tree->spare_count++;
    }
    return JITNEY_OK;
}

static void fill_leaf(struct jt_btree_leaf *leaf, const struct item *items, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        leaf->keys[i] = (uint32_t)(items[i].key - items[0].key);
        leaf->spans[i].bytes = items[i].bytes;
        leaf->spans[i].value = items[i].value;
    }
    for (unsigned i = count; i < JT_BTREE_LEAF; i++)
        leaf->keys[i] = UINT32_MAX;
}

static void fill_inner(struct jt_btree_inner *inner, const struct item *items, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        /* NOLINTNEXTLINE(clang-analyzer-core.*): `count` are filled */
        inner->keys[i] = items[i].key;
        inner->children[i] = items[i].child;
    }
    for (unsigned i = count; i < JT_BTREE_FAN; i++)
        inner->keys[i] = UINT64_MAX;
}

static struct jt_btree_node *make_node(struct jt_btree *tree, uint32_t level,
                                       const struct item *items, unsigned count)
{
    struct jt_btree_node *node = tree->spare;

    tree->spare = node->next;
    tree->spare_count--;
    node->first = items[0].key;
    node->count = count;
    node->level = level;
    node->change = tree->change;
    if (level == 0)
        fill_leaf(&node->leaf, items, count);
    else
        fill_inner(&node->inner, items, count);
    return node;
}

static unsigned gather(struct item *to, const struct jt_btree_node *node, unsigned first,
                       unsigned end)
{
    for (unsigned i = first; i < end && node->level == 0; i++, to++) {
        to->key = node->first + node->leaf.keys[i];
        to->bytes = node->leaf.spans[i].bytes;
        to->value = node->leaf.spans[i].value;
    }
    for (unsigned i = first; i < end && node->level > 0; i++, to++) {
        to->key = node->inner.keys[i];
        to->child = node->inner.children[i];
    }
    return end - first;
}

/* Whether one node can hold these: few enough, and in a leaf near enough. */
static bool is_one_node(uint32_t level, uint64_t first, uint64_t last, unsigned count)
{
    if (level > 0)
        return count <= JT_BTREE_FAN;
    return count <= JT_BTREE_LEAF && last - first < UINT32_MAX;
}

/* What the parent has to do for its child `index`, now that this has become `made[0..count-1]`. */
static struct splice splice_of(unsigned index, struct jt_btree_node *const *made, unsigned count)
{
    struct splice splice = {.first = index, .removed = 1, .added_count = count};

    for (unsigned i = 0; i < count; i++)
        splice.added[i] = (struct item){.key = made[i]->first, .child = made[i]};
    return splice;
}

static uint64_t last_of(const struct jt_btree_node *node)
{
    return key_at(node, node->count - 1);
}

/* A node that shrank joins a neighbour when both fit into one: `items` become those of both. */
static void join(struct jt_btree *tree, const struct step *parent, struct splice *up,
                 struct item *items, unsigned *count)
{
    struct jt_btree_node *const *children = parent->node->inner.children;
    uint32_t level = parent->node->level - 1;
    struct jt_btree_node *left = parent->index > 0 ? children[parent->index - 1] : NULL;
    struct jt_btree_node *right =
        parent->index + 1 < parent->node->count ? children[parent->index + 1] : NULL;

    if (left && is_one_node(level, left->first, items[*count - 1].key, left->count + *count)) {
        memmove(items + left->count, items, *count * sizeof(*items));
        *count += gather(items, left, 0, left->count);
        retire(tree, left);
        up->first--;
        up->removed = 2;
    } else if (right && is_one_node(level, items[0].key, last_of(right), right->count + *count)) {
        *count += gather(items + *count, right, 0, right->count);
        retire(tree, right);
        up->removed = 2;
    }
}

/* Where to cut what is too much for one node. Addresses often only rise, or only fall: then full
 * nodes are left behind. What lies too far from the rest of a leaf is what came at one of its
 * ends. */
static unsigned cut_of(const struct splice *splice, const struct step *step,
                       const struct item *items, unsigned count)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.*): `count` are filled */
    if (count == 0 || is_one_node(step->node->level, items[0].key, items[count - 1].key, count))
        return count;
    if (splice->first + splice->removed == step->node->count)
        return count - 1;
    return splice->first == 0 ? 1 : count / 2;
}

/* Do `splice` in a node; what its parent has to do for that takes its place. */
static void splice_node(struct jt_btree *tree, const struct step *step, const struct step *parent,
                        struct splice *splice)
{
    struct item items[GATHERED_MAX];
    struct jt_btree_node *made[2];
    struct jt_btree_node *node = step->node;
    unsigned count = gather(items, node, 0, splice->first);
    struct splice up = {.first = parent ? parent->index : 0, .removed = 1};
    unsigned cut = 0;

    for (unsigned i = 0; i < splice->added_count; i++)
        items[count++] = splice->added[i];
    count += gather(items + count, node, splice->first + splice->removed, node->count);
    if (parent && count > 0 && splice->removed > splice->added_count)
        join(tree, parent, &up, items, &count);
    cut = cut_of(splice, step, items, count);
    if (cut > 0)
        made[up.added_count++] = make_node(tree, node->level, items, cut);
    if (cut < count)
        made[up.added_count++] = make_node(tree, node->level, items + cut, count - cut);
    *splice = splice_of(up.first, made, up.added_count);
    splice->removed = up.removed;
    retire(tree, node);
}

/* From the leaf up; reserve() has seen to it that nothing can fail. */
static void splice_path(struct jt_btree *tree, const struct path *path, struct splice splice)
{
    uint32_t top = path->depth;

    for (unsigned depth = path->depth; depth > 0; depth--)
        splice_node(tree, &path->steps[depth - 1], depth > 1 ? &path->steps[depth - 2] : NULL,
                    &splice);
    if (splice.added_count == 0)
        tree->root = NULL;
    else if (splice.added_count == 1 && top > 0)
        tree->root = splice.added[0].child;
    else
        tree->root = make_node(tree, top, splice.added, splice.added_count);
    while (tree->root && tree->root->level > 0 && tree->root->count == 1) {
        struct jt_btree_node *old = tree->root;

        tree->root = old->inner.children[0];
        retire(tree, old);
    }
}

void jt_btree_begin(struct jt_btree *tree, struct jt_btree_node *root)
{
    tree->root = root;
    tree->retired = NULL;
    tree->change++;
}

/* Nodes of the change are reachable through nodes of the change only. */
static void undo(struct jt_btree *tree, struct jt_btree_node *node)
{
    if (!node || node->change != tree->change)
        return;
    if (node->level > 0)
        for (unsigned i = 0; i < node->count; i++)
            undo(tree, node->inner.children[i]);
    make_spare(tree, node);
}

void jt_btree_undo(struct jt_btree *tree)
{
    undo(tree, tree->root);
    tree->root = NULL;
    tree->retired = NULL;
}

int jt_btree_insert(struct jt_btree *tree, const struct jt_btree_entry *entry)
{
    struct path path;
    struct splice splice = {
        .added_count = 1,
        .added = {{.key = entry->key, .bytes = entry->bytes, .value = entry->value}}};

    find_path(tree->root, entry->key, &path);
    if (reserve(tree, &path) != JITNEY_OK)
        return JITNEY_ERR_MEMORY;
    if (path.depth > 0)
        splice.first = path.steps[path.depth - 1].index;
    splice_path(tree, &path, splice);
    return JITNEY_OK;
}

int jt_btree_remove(struct jt_btree *tree, uint64_t key, uint64_t last,
                    struct jt_btree_entry removed[JT_BTREE_LEAF], unsigned *count)
{
    struct path path;
    struct splice splice = {0};
    const struct step *leaf = NULL;
    unsigned end = 0;

    *count = 0;
    find_path(tree->root, key, &path);
    if (path.depth == 0)
        return JITNEY_OK;
    leaf = &path.steps[path.depth - 1];
    if (leaf->index == 0 || key_at(leaf->node, leaf->index - 1) != key)
        return JITNEY_OK;
    if (reserve(tree, &path) != JITNEY_OK)
        return JITNEY_ERR_MEMORY;
    splice.first = leaf->index - 1;
    for (end = leaf->index; end < leaf->node->count && key_at(leaf->node, end) <= last; end++)
        ;
    splice.removed = end - splice.first;
    for (unsigned i = splice.first; i < end; i++)
        fill_entry(leaf->node, leaf->node->first, i, &removed[(*count)++]);
    splice_path(tree, &path, splice);
    return JITNEY_OK;
}
