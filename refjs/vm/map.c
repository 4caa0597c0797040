/* Maps and sets. */
#include "vm/map.h"

enum { FIRST_ENTRIES = 8 };

/* The value that stands for all that SameValueZero takes for the same, strings excepted. */
static rj_value normal(rj_value key)
{
    return rj_is_double(key) ? rj_number(rj_as_double(key) + 0.0) : key;
}

static uint32_t hash_of(struct rj_vm *vm, rj_value key)
{
    if (rj_is_string(key))
        return rj_string_hash(vm, rj_as_string(key));
    /* Cells do not move. */
    key ^= key >> 33;
    key *= UINT64_C(0xff51afd7ed558ccd);
    return (uint32_t)(key >> 32);
}

static bool is_same(struct rj_vm *vm, rj_value left, rj_value right)
{
    return left == right || (rj_is_string(left) && rj_is_string(right) &&
                             rj_string_equal(vm, rj_as_string(left), rj_as_string(right)));
}

struct rj_map *rj_map_new(struct rj_vm *vm, struct rj_shape *shape)
{
    return (struct rj_map *)rj_object_new(vm, shape, sizeof(struct rj_map), 0);
}

struct rj_map_entry *rj_map_find(struct rj_vm *vm, struct rj_map *map, rj_value key)
{
    uint32_t at;

    if (!map->count)
        return NULL;
    key = normal(key);
    at = map->buckets[hash_of(vm, key) & (map->capacity - 1)];
    while (at) {
        struct rj_map_entry *entry = &map->entries[at - 1];

        if (is_same(vm, entry->key, key))
            return entry;
        at = entry->chain;
    }
    return NULL;
}

static void link_entry(struct rj_vm *vm, struct rj_map *map, uint32_t entry)
{
    uint32_t *bucket = &map->buckets[hash_of(vm, map->entries[entry].key) & (map->capacity - 1)];

    map->entries[entry].chain = *bucket;
    *bucket = entry + 1;
}

/* Move the entries that are left to new memory with room for more. */
static bool resize(struct rj_vm *vm, struct rj_map *map)
{
    uint64_t capacity = FIRST_ENTRIES;
    struct rj_map_entry *entries;
    uint32_t *buckets;
    uint32_t used = 0;

    while (capacity <= (uint64_t)map->count + map->count / 4)
        capacity *= 2;
    if (capacity > UINT32_MAX / 2) {
        rj_throw_error(vm, RJ_ERROR_RANGE, "Map maximum size exceeded");
        return false;
    }
    entries = rj_allocate(vm, capacity * sizeof(*entries));
    buckets = rj_allocate_atomic(vm, capacity * sizeof(*buckets));
    if (!entries || !buckets)
        return false;
    memset(buckets, 0, capacity * sizeof(*buckets));
    for (uint32_t i = 0; i < map->used; i++)
        if (map->entries[i].key != RJ_HOLE)
            entries[used++] = map->entries[i];
    map->entries = entries;
    map->buckets = buckets;
    map->capacity = (uint32_t)capacity;
    map->used = used;
    map->moves++;
    for (uint32_t i = 0; i < used; i++)
        link_entry(vm, map, i);
    return true;
}

/* After four thousand million insertions: iterations under way then may miss or repeat entries. */
static void renumber(struct rj_map *map)
{
    for (uint32_t i = 0; i < map->used; i++)
        map->entries[i].sequence = i;
    map->next_sequence = map->used;
    map->moves++;
}

bool rj_map_put(struct rj_vm *vm, struct rj_map *map, rj_value key, rj_value value)
{
    struct rj_map_entry *entry = rj_map_find(vm, map, key);

    if (entry) {
        entry->value = value;
        return true;
    }
    if (map->used == map->capacity && !resize(vm, map))
        return false;
    if (map->next_sequence == UINT32_MAX)
        renumber(map);
    map->entries[map->used] = (struct rj_map_entry){normal(key), value, 0, map->next_sequence++};
    link_entry(vm, map, map->used);
    map->used++;
    map->count++;
    return true;
}

bool rj_map_remove(struct rj_vm *vm, struct rj_map *map, rj_value key)
{
    struct rj_map_entry *entry = rj_map_find(vm, map, key);
    uint32_t *link;
    uint32_t number;

    if (!entry)
        return false;
    number = (uint32_t)(entry - map->entries) + 1;
    link = &map->buckets[hash_of(vm, entry->key) & (map->capacity - 1)];
    while (*link != number)
        link = &map->entries[*link - 1].chain;
    *link = entry->chain;
    entry->key = RJ_HOLE;
    entry->value = RJ_UNDEFINED;
    map->count--;
    return true;
}

void rj_map_clear(struct rj_map *map)
{
    map->entries = NULL;
    map->buckets = NULL;
    map->count = 0;
    map->used = 0;
    map->capacity = 0;
    map->moves++;
}

/* The first entry that was inserted at `sequence` or later. */
static uint32_t find_sequence(const struct rj_map *map, uint32_t sequence)
{
    uint32_t from = 0;
    uint32_t to = map->used;

    while (from < to) {
        uint32_t middle = from + (to - from) / 2;

        if (map->entries[middle].sequence < sequence)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

struct rj_map_entry *rj_map_next(struct rj_map *map, struct rj_map_cursor *cursor)
{
    if (cursor->moves != map->moves) {
        cursor->position = find_sequence(map, cursor->sequence);
        cursor->moves = map->moves;
    }
    while (cursor->position < map->used) {
        struct rj_map_entry *entry = &map->entries[cursor->position++];

        if (entry->key == RJ_HOLE)
            continue;
        cursor->sequence = entry->sequence + 1;
        return entry;
    }
    return NULL;
}
