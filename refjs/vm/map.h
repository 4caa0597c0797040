/* The table behind Map and Set: entries in the order they were inserted, found by SameValueZero. */
#ifndef RJ_VM_MAP_H
#define RJ_VM_MAP_H

#include "vm/operations.h"

struct rj_map_entry {
    rj_value key; /* RJ_HOLE: removed */
    rj_value value;
    uint32_t chain;    /* next entry of the same bucket, plus one */
    uint32_t sequence; /* counts insertions: entries are sorted by it */
};

struct rj_map { /* RJ_MAP and RJ_SET */
    struct rj_object object;
    struct rj_map_entry *entries;
    uint32_t *buckets; /* first entry of the bucket, plus one */
    uint32_t count;    /* size, as programs see it */
    uint32_t used;     /* entries, removed ones included */
    uint32_t capacity; /* of entries; as many buckets: a power of two */
    uint32_t moves;    /* how often entries have changed places */
    uint32_t next_sequence;
    uint32_t reserved;
};

/* Where an iteration stands. Zeros are the beginning; it survives every change of the map. */
struct rj_map_cursor {
    uint32_t position;
    uint32_t moves;
    uint32_t sequence; /* of the next entry to be seen, at least */
};

/* Empty; shape of RJ_MAP or RJ_SET. */
struct rj_map *rj_map_new(struct rj_vm *vm, struct rj_shape *shape);
/* NULL if it is not there. The entry is valid until the next change. */
struct rj_map_entry *rj_map_find(struct rj_vm *vm, struct rj_map *map, rj_value key);
/* False after throwing. */
bool rj_map_put(struct rj_vm *vm, struct rj_map *map, rj_value key, rj_value value);
bool rj_map_remove(struct rj_vm *vm, struct rj_map *map, rj_value key); /* was it there? */
void rj_map_clear(struct rj_map *map);
/* The next entry in order, or NULL at the end (later insertions are still seen). */
struct rj_map_entry *rj_map_next(struct rj_map *map, struct rj_map_cursor *cursor);

#endif
