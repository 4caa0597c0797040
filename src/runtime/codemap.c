/* See codemap.h. The tree of a map is built anew for each change and published by
 * one store of its root; what that cuts off waits in limbo until no reader can
 * be in it, see readers.c. */
#include "runtime/codemap.h"

#include "jitney/status.h"
#include "runtime/btree.h"
#include "runtime/code.h"
#include "runtime/quick.h"
#include "runtime/readers.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

enum {
    LIMBO_BATCH = 32, /* pieces that are worth looking at all readers */
    CLOSE_ROUNDS = 1000,
    CLOSE_ROUND_NS = 100000,
};

/* Unreachable for readers who come now. */
struct limbo {
    struct jt_btree_node *nodes;
    struct jt_code_block *codes;
    size_t count;
};

struct jt_codemap {
    _Atomic(struct jt_btree_node *) root;
    _Atomic(struct jt_codemap *) next; /* of the open maps */
    atomic_size_t count;
    struct jt_heap *heap;
    struct jt_quick_store store; /* of nodes of the tree, too */
    struct jt_btree tree;
    struct limbo fresh;   /* what recent changes cut off */
    struct limbo waiting; /* until `grace` is over */
    struct jt_readers_grace grace;
};

/* Code that a change ends, in the order of addresses. */
struct victims {
    struct jt_code_block *first;
    struct jt_code_block *last;
    size_t count;
};

/* jitney_find() knows no session: the maps of this process. A map that is closed keeps its `next`,
 * which leads readers who stand on it back; what is behind it waits for them as well. */
static _Atomic(struct jt_codemap *) open_maps;
static pthread_mutex_t open_maps_lock = PTHREAD_MUTEX_INITIALIZER;

int jt_codemap_open(struct jt_heap *heap, struct jt_codemap **map)
{
    struct jt_codemap *made = jt_heap_take(heap, sizeof(*made));

    *map = made;
    if (!made)
        return JITNEY_ERR_MEMORY;
    made->heap = heap;
    jt_quick_init(&made->store, heap);
    made->tree.slab = &made->store.slab;
    pthread_mutex_lock(&open_maps_lock);
    atomic_init(&made->next, atomic_load(&open_maps));
    atomic_store(&open_maps, made);
    pthread_mutex_unlock(&open_maps_lock);
    return JITNEY_OK;
}

static void hide(struct jt_codemap *map)
{
    _Atomic(struct jt_codemap *) *link = &open_maps;

    pthread_mutex_lock(&open_maps_lock);
    while (atomic_load(link) != map)
        link = &atomic_load(link)->next;
    atomic_store(link, atomic_load(&map->next));
    pthread_mutex_unlock(&open_maps_lock);
}

static void free_block(struct jt_codemap *map, struct jt_code_block *block)
{
    jt_quick_remove(&map->store, block);
    jt_code_free(map->heap, block);
}

static void release_limbo(struct jt_codemap *map, struct limbo *limbo)
{
    jt_btree_recycle(&map->tree, limbo->nodes);
    while (limbo->codes) {
        struct jt_code_block *next = limbo->codes->next;

        free_block(map, limbo->codes);
        limbo->codes = next;
    }
    *limbo = (struct limbo){0};
}

static int free_code(void *map, const struct jt_code *code)
{
    free_block(map, jt_code_block_of(code));
    return 0;
}

static bool wait_for_readers(void)
{
    const struct timespec round = {.tv_nsec = CLOSE_ROUND_NS};
    struct jt_readers_grace grace;

    jt_readers_begin_grace(&grace);
    for (int i = 0; i < CLOSE_ROUNDS; i++) {
        if (jt_readers_grace_is_over(&grace))
            return true;
        nanosleep(&round, NULL);
    }
    return false;
}

void jt_codemap_close(struct jt_codemap *map)
{
    int saved_errno = errno;

    if (!map)
        return;
    hide(map);
    if (wait_for_readers()) {
        release_limbo(map, &map->fresh);
        release_limbo(map, &map->waiting);
        jt_codemap_each(map, free_code, map);
        jt_quick_release(&map->store);
        jt_heap_free(map->heap, map, sizeof(*map));
    }
    errno = saved_errno;
}

void jt_codemap_forked(void)
{
    /* Each store to the list leaves it whole; only its lock may have been held. */
    open_maps_lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    jt_readers_forked();
}

/* Before a change, so that what the last one cut off is still there for its caller. */
static void begin_change(struct jt_codemap *map)
{
    if (map->waiting.count > 0 && jt_readers_grace_is_over(&map->grace))
        release_limbo(map, &map->waiting);
    if (map->waiting.count == 0 && map->fresh.count >= LIMBO_BATCH) {
        map->waiting = map->fresh;
        map->fresh = (struct limbo){0};
        jt_readers_begin_grace(&map->grace);
    }
    jt_btree_begin(&map->tree, atomic_load(&map->root));
}

static struct jt_code_block *block_of(const struct jt_codemap *map,
                                      const struct jt_btree_entry *entry)
{
    if (!entry->value)
        return NULL;
    return jt_code_block_of(jt_quick_at(&map->store, entry->value)->code);
}

static void add_victims(const struct jt_codemap *map, struct victims *victims,
                        const struct jt_btree_entry *entries, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct jt_code_block *block = block_of(map, &entries[i]);

        if (!block)
            continue;
        block->next = NULL;
        if (victims->last)
            victims->last->next = block;
        else
            victims->first = block;
        victims->last = block;
        victims->count++;
    }
}

static uint64_t bytes_of(const struct jt_quick_store *store, const struct jt_btree_entry *entry)
{
    if (entry->bytes < JT_BTREE_LONG)
        return entry->bytes;
    return jt_quick_at(store, entry->value)->code->load.bytes;
}

/* The key of the first entry that is in the way of code from `first` to `last`. */
static bool find_overlap(const struct jt_codemap *map, uint64_t first, uint64_t last, uint64_t *key)
{
    const struct jt_btree_node *root = map->tree.root;
    struct jt_btree_entry entry;

    if (jt_btree_find(root, first, &entry)) {
        *key = entry.key;
        if (entry.key == first ||
            (entry.value && jt_code_last(entry.key, bytes_of(&map->store, &entry)) >= first))
            return true;
    }
    if (!jt_btree_find_next(root, first, &entry))
        return false;
    *key = entry.key;
    return entry.key <= last;
}

static int remove_overlaps(struct jt_codemap *map, uint64_t first, uint64_t last,
                           struct victims *victims)
{
    struct jt_btree_entry removed[JT_BTREE_LEAF];
    uint64_t key = 0;
    unsigned count = 0;

    while (find_overlap(map, first, last, &key)) {
        if (jt_btree_remove(&map->tree, key, last, removed, &count) != JITNEY_OK)
            return JITNEY_ERR_MEMORY;
        add_victims(map, victims, removed, count);
    }
    return JITNEY_OK;
}

/* Room for `block`, and it in there. */
static int place(struct jt_codemap *map, struct jt_code_block *block, struct victims *victims)
{
    uint64_t first = block->code.load.address;
    uint64_t bytes = block->code.load.bytes;
    struct jt_btree_entry entry = {.key = first,
                                   .bytes = bytes < JT_BTREE_LONG ? (uint32_t)bytes : JT_BTREE_LONG,
                                   .value = block->quick};

    if (remove_overlaps(map, first, jt_code_last(first, bytes), victims) != JITNEY_OK)
        return JITNEY_ERR_MEMORY;
    return jt_btree_insert(&map->tree, &entry);
}

static void put_into_limbo(struct limbo *limbo, struct jt_code_block *codes)
{
    while (codes) {
        struct jt_code_block *next = codes->next;

        codes->next = limbo->codes;
        limbo->codes = codes;
        limbo->count++;
        codes = next;
    }
}

static void publish(struct jt_codemap *map, const struct victims *victims,
                    const struct jt_codemap_overwritten *overwritten)
{
    struct jt_btree_node *node = map->tree.retired;

    for (struct jt_code_block *block = victims->first; overwritten && block; block = block->next)
        overwritten->code(overwritten->context, &block->code);
    atomic_store(&map->root, map->tree.root);
    while (node) {
        struct jt_btree_node *next = node->next;

        node->next = map->fresh.nodes;
        map->fresh.nodes = node;
        map->fresh.count++;
        node = next;
    }
    map->tree.retired = NULL;
    put_into_limbo(&map->fresh, victims->first);
}

static void change_count(struct jt_codemap *map, size_t added, size_t removed)
{
    size_t count = atomic_load_explicit(&map->count, memory_order_relaxed);

    atomic_store_explicit(&map->count, count + added - removed, memory_order_relaxed);
}

static int make_block(struct jt_codemap *map, const struct jt_code *what, uint64_t address,
                      struct jt_code_block **block)
{
    int status = jt_code_copy(map->heap, what, address, block);

    if (status)
        return status;
    status = jt_quick_add(&map->store, *block);
    if (status)
        jt_code_free(map->heap, *block);
    return status;
}

int jt_codemap_add(struct jt_codemap *map, const struct jt_code *what,
                   const struct jt_codemap_overwritten *overwritten, const struct jt_code **code)
{
    struct victims victims = {0};
    struct jt_code_block *block = NULL;
    int status = make_block(map, what, what->load.address, &block);

    *code = NULL;
    if (status)
        return status;
    begin_change(map);
    status = place(map, block, &victims);
    if (status) {
        jt_btree_undo(&map->tree);
        free_block(map, block);
        return status;
    }
    publish(map, &victims, overwritten);
    change_count(map, 1, victims.count);
    *code = &block->code;
    return JITNEY_OK;
}

/* The code itself makes room first: it may move onto its old place. */
static int replace(struct jt_codemap *map, uint64_t from, struct jt_code_block *block,
                   struct victims *victims)
{
    struct jt_btree_entry removed[JT_BTREE_LEAF];
    unsigned count = 0;

    if (jt_btree_remove(&map->tree, from, from, removed, &count) != JITNEY_OK)
        return JITNEY_ERR_MEMORY;
    return place(map, block, victims);
}

int jt_codemap_move(struct jt_codemap *map, uint64_t from, uint64_t to,
                    const struct jt_codemap_overwritten *overwritten, const struct jt_code **code)
{
    struct victims victims = {0};
    struct jt_code_block *block = NULL;
    const struct jt_code *old = jt_codemap_at(map, from);
    int status = JITNEY_OK;

    *code = old;
    if (!old)
        return JITNEY_ERR_NOT_FOUND;
    if (from == to)
        return JITNEY_OK;
    *code = NULL;
    status = make_block(map, old, to, &block);
    if (status)
        return status;
    begin_change(map);
    status = replace(map, from, block, &victims);
    if (status) {
        jt_btree_undo(&map->tree);
        free_block(map, block);
        return status;
    }
    publish(map, &victims, overwritten);
    jt_code_block_of(old)->next = NULL;
    put_into_limbo(&map->fresh, jt_code_block_of(old));
    change_count(map, 0, victims.count);
    *code = &block->code;
    return JITNEY_OK;
}

int jt_codemap_remove(struct jt_codemap *map, uint64_t address)
{
    struct jt_btree_entry removed[JT_BTREE_LEAF];
    struct victims victims = {0};
    const struct jt_code *old = jt_codemap_at(map, address);
    unsigned count = 0;

    if (!old)
        return JITNEY_ERR_NOT_FOUND;
    begin_change(map);
    if (jt_btree_remove(&map->tree, address, address, removed, &count) != JITNEY_OK) {
        jt_btree_undo(&map->tree);
        jt_btree_blank(atomic_load(&map->root), address);
        jt_code_block_of(old)->next = NULL;
        put_into_limbo(&map->fresh, jt_code_block_of(old));
    } else {
        add_victims(map, &victims, removed, count);
        publish(map, &victims, NULL);
    }
    change_count(map, 0, 1);
    return JITNEY_OK;
}

const struct jt_code *jt_codemap_at(const struct jt_codemap *map, uint64_t address)
{
    struct jt_btree_entry entry;

    if (!jt_btree_find(atomic_load(&map->root), address, &entry) || entry.key != address ||
        !entry.value)
        return NULL;
    return jt_quick_at(&map->store, entry.value)->code;
}

size_t jt_codemap_count(const struct jt_codemap *map)
{
    return atomic_load_explicit(&map->count, memory_order_relaxed);
}

int jt_codemap_each(const struct jt_codemap *map,
                    int (*visit)(void *context, const struct jt_code *code), void *context)
{
    const struct jt_btree_node *root = atomic_load(&map->root);
    struct jt_btree_entry entry;
    int status = 0;

    for (bool is_there = jt_btree_find(root, 0, &entry) || jt_btree_find_next(root, 0, &entry);
         is_there && !status; is_there = jt_btree_find_next(root, entry.key, &entry)) {
        if (entry.value)
            status = visit(context, jt_quick_at(&map->store, entry.value)->code);
    }
    return status;
}

bool jt_codemap_lookup(uint64_t pc, struct jt_codemap_hit *hit)
{
    const struct jt_codemap *map = atomic_load(&open_maps);

    for (; map; map = atomic_load(&map->next)) {
        struct jt_btree_entry entry;

        if (!jt_btree_find(atomic_load(&map->root), pc, &entry) || !entry.value)
            continue;
        if (entry.bytes < JT_BTREE_LONG && pc - entry.key >= entry.bytes)
            continue;
        jt_slab_prefetch(&map->store.slab, entry.value);
        hit->bytes = bytes_of(&map->store, &entry);
        if (pc - entry.key >= hit->bytes)
            continue;
        hit->address = entry.key;
        hit->store = &map->store;
        hit->quick = jt_quick_at(&map->store, entry.value);
        return true;
    }
    return false;
}
