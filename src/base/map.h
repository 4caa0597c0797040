/* A hash table from u64 to u32: open addressing, linear probing, no removal.
 * Callers that need other keys store them elsewhere and hash to an index
 * (strings.c does). Outside half only. */
#ifndef JT_BASE_MAP_H
#define JT_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JT_MAP_NONE UINT32_MAX /* no value; cannot be stored */

struct jt_map_slot {
    uint64_t key;
    uint32_t value;
};

struct jt_map {
    struct jt_map_slot *slots;
    size_t count;
    size_t mask; /* slots - 1; 0 while empty */
};

void jt_map_release(struct jt_map *map);
/* The value of `key`, or JT_MAP_NONE. */
uint32_t jt_map_find(const struct jt_map *map, uint64_t key);
/* Where the value of `key` is kept; a new key's value is JT_MAP_NONE and must
 * be set. The pointer is valid until the next call. */
uint32_t *jt_map_put(struct jt_map *map, uint64_t key);

#endif
