/* Typed arrays, as the files about them share them. */
#ifndef RJ_LIB_TYPED_ARRAY_H
#define RJ_LIB_TYPED_ARRAY_H

#include "lib/list.h"

struct rj_element_type {
    const char *name;
    uint32_t bytes;
};

extern const struct rj_element_type rj_element_types[3];

static inline const struct rj_element_type *rj_element_type(const struct rj_typed_array *array)
{
    return &rj_element_types[array->object.cell.kind - RJ_FLOAT64_ARRAY];
}

/* Of an index that is inside. */
void rj_typed_write(struct rj_typed_array *array, uint32_t index, double number);
/* Converted; false after throwing. An index outside does nothing. */
bool rj_typed_put(struct rj_vm *vm, struct rj_typed_array *array, uint32_t index, rj_value value);

/* Zeros. NULL after throwing. */
struct rj_typed_array *rj_typed_new(struct rj_vm *vm, rj_value new_target, enum rj_kind kind,
                                    double length);
/* Of an iterable or array-like. */
struct rj_typed_array *rj_typed_from(struct rj_vm *vm, rj_value new_target, enum rj_kind kind,
                                     rj_value source);

static inline struct rj_typed_array *rj_this_typed(struct rj_vm *vm, rj_value this_value)
{
    if (rj_is_typed_array(this_value))
        return rj_as_typed_array(this_value);
    rj_throw_error(vm, RJ_ERROR_TYPE, "this is not a typed array.");
    return NULL;
}

#endif
