/* RJ_ITERATOR: what for-of, for-in, spread and the iterator objects of the library step with. */
#ifndef RJ_VM_ITERATOR_H
#define RJ_VM_ITERATOR_H

#include "vm/map.h"

enum rj_iterate {
    RJ_ITERATE_VALUES,
    RJ_ITERATE_KEYS,
    RJ_ITERATE_ENTRIES, /* [key, value] */
    RJ_ITERATE_NAMES,   /* for-in: `target` is the list of keys, `object_of` their object */
};

struct rj_iterator {
    struct rj_object object;
    rj_value target; /* array, typed array, string, map or set; RJ_UNDEFINED once at the end */
    rj_value object_of;
    uint32_t what; /* enum rj_iterate */
    uint32_t position;
    struct rj_map_cursor cursor;
};

/* Over an array, a typed array, a string, a map or a set. NULL after throwing. */
struct rj_iterator *rj_iterator_new(struct rj_vm *vm, rj_value target, enum rj_iterate what);

#endif
