/* Arrays and what looks like them: how the generic methods of Array.prototype read `this`. */
#ifndef RJ_LIB_LIST_H
#define RJ_LIB_LIST_H

#include "lib/builtin.h"

#include <math.h>

#define RJ_LENGTH_LIMIT 9007199254740991.0 /* of array-likes */

struct rj_list {
    struct rj_object *object;
    double length;
};

/* False after throwing. */
static inline bool rj_list_length(struct rj_vm *vm, struct rj_object *object, double *length)
{
    rj_value value;

    if (object->cell.kind == RJ_ARRAY) {
        *length = ((struct rj_array *)object)->length;
        return true;
    }
    value = rj_get(vm, rj_cell_value(object), rj_cell_value(vm->atoms.length));
    if (value == RJ_THROWN || !rj_to_integer(vm, value, length))
        return false;
    *length = fmin(fmax(*length, 0), RJ_LENGTH_LIMIT);
    return true;
}

static inline bool rj_list_open(struct rj_vm *vm, rj_value this_value, struct rj_list *list)
{
    list->object = rj_to_object(vm, this_value);
    return list->object && rj_list_length(vm, list->object, &list->length);
}

/* Of an index that is inside (typed_array.c). */
rj_value rj_typed_read(const struct rj_typed_array *array, uint32_t index);

/* An element, RJ_HOLE if there is none, RJ_THROWN. */
static inline rj_value rj_list_get(struct rj_vm *vm, const struct rj_list *list, double index)
{
    struct rj_array *array = (struct rj_array *)list->object;
    rj_value key;

    if (list->object->cell.kind == RJ_ARRAY)
        return index < array->length ? array->elements[(uint32_t)index] : RJ_HOLE;
    if (list->object->cell.kind >= RJ_FLOAT64_ARRAY && list->object->cell.kind <= RJ_UINT8_ARRAY &&
        index < ((struct rj_typed_array *)list->object)->length)
        return rj_typed_read((struct rj_typed_array *)list->object, (uint32_t)index);
    key = rj_index_key(vm, index);
    if (key == RJ_THROWN)
        return RJ_THROWN;
    if (!rj_has(vm, list->object, key))
        return RJ_HOLE;
    return rj_get(vm, rj_cell_value(list->object), key);
}

/* The same with undefined for what is not there. */
static inline rj_value rj_list_read(struct rj_vm *vm, const struct rj_list *list, double index)
{
    rj_value value = rj_list_get(vm, list, index);

    return value == RJ_HOLE ? RJ_UNDEFINED : value;
}

static inline bool rj_list_set(struct rj_vm *vm, const struct rj_list *list, double index,
                               rj_value value)
{
    rj_value key = rj_index_key(vm, index);

    return key != RJ_THROWN && rj_set(vm, rj_cell_value(list->object), key, value) != RJ_THROWN;
}

static inline bool rj_list_delete(struct rj_vm *vm, const struct rj_list *list, double index)
{
    rj_value key = rj_index_key(vm, index);

    return key != RJ_THROWN && rj_delete(vm, rj_cell_value(list->object), key) != RJ_THROWN;
}

static inline bool rj_list_resize(struct rj_vm *vm, const struct rj_list *list, double length)
{
    return rj_set(vm, rj_cell_value(list->object), rj_cell_value(vm->atoms.length),
                  rj_number(length)) != RJ_THROWN;
}

/* The array itself if it may be changed directly: no property is read-only. */
static inline struct rj_array *rj_open_array(rj_value value)
{
    if (!rj_is_kind(value, RJ_ARRAY) ||
        rj_as_cell(value)->flags & (RJ_OBJECT_SEALED | RJ_OBJECT_FROZEN))
        return NULL;
    return rj_as_array(value);
}

#endif
