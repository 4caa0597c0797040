#include "base/map.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 64 };

void jt_map_release(struct jt_map *map)
{
    free(map->slots);
    *map = (struct jt_map){0};
}

static struct jt_map_slot *probe(const struct jt_map *map, uint64_t key)
{
    size_t i = jt_hash_u64(key) & map->mask;

    while (map->slots[i].value != JT_MAP_NONE && map->slots[i].key != key)
        i = (i + 1) & map->mask;
    return &map->slots[i];
}

static void grow(struct jt_map *map)
{
    struct jt_map old = *map;
    size_t slots = old.slots ? (old.mask + 1) * 2 : FIRST_SLOTS;

    map->slots = jt_alloc(slots, sizeof(*map->slots));
    map->mask = slots - 1;
    for (size_t i = 0; i < slots; i++)
        map->slots[i].value = JT_MAP_NONE;
    for (size_t i = 0; old.slots && i <= old.mask; i++)
        if (old.slots[i].value != JT_MAP_NONE)
            *probe(map, old.slots[i].key) = old.slots[i];
    free(old.slots);
}

uint32_t jt_map_find(const struct jt_map *map, uint64_t key)
{
    return map->slots ? probe(map, key)->value : JT_MAP_NONE;
}

uint32_t *jt_map_put(struct jt_map *map, uint64_t key)
{
    struct jt_map_slot *slot = NULL;

    if (!map->slots || map->count * 4 >= (map->mask + 1) * 3)
        grow(map);
    slot = probe(map, key);
    if (slot->value == JT_MAP_NONE) {
        slot->key = key;
        map->count++;
    }
    return &slot->value;
}
