/* Finding a property of any kind of object, with a cache for all that have shapes. */
#ifndef RJ_VM_LOOKUP_H
#define RJ_VM_LOOKUP_H

#include "vm/shape.h"

#define RJ_VIRTUAL UINT32_MAX /* slot of an element, a length and such: `value` has it */

struct rj_found {
    struct rj_object *holder; /* NULL: there is none */
    uint32_t slot;
    uint32_t attributes;
    rj_value value;
};

/* The object's own; false if there is none. `key` is a property key. */
bool rj_find_own(struct rj_vm *vm, struct rj_object *object, rj_value key, struct rj_found *found);
/* Its own or inherited. */
bool rj_find(struct rj_vm *vm, struct rj_object *object, rj_value key, struct rj_found *found);
/* The value found, for this receiver: a getter is called. */
rj_value rj_found_value(struct rj_vm *vm, const struct rj_found *found, rj_value receiver);

/* Arrays, typed arrays and boxed strings: their elements are not named properties. */
bool rj_has_elements(const struct rj_object *object);
/* Element `index` of such an object; RJ_HOLE if there is none. */
rj_value rj_element(struct rj_vm *vm, struct rj_object *object, uint32_t index);

/* Where the shape of objects with this prototype is kept; NULL if memory is short. */
struct rj_shape **rj_first_shape_of(struct rj_vm *vm, enum rj_kind kind,
                                    const struct rj_object *prototype);

#endif
