/* Reading and writing properties: what the files that do it share. */
#ifndef RJ_VM_PROPERTY_H
#define RJ_VM_PROPERTY_H

#include "vm/lookup.h"

enum { RJ_ARRAY_LIMIT = 1 << 26 }; /* elements */

/* These return false after throwing. */
bool rj_array_store(struct rj_vm *vm, struct rj_array *array, uint32_t index, rj_value value);
bool rj_array_set_length(struct rj_vm *vm, struct rj_array *array, rj_value value);
bool rj_typed_store(struct rj_vm *vm, struct rj_typed_array *array, uint32_t index, rj_value value);
/* A store into `receiver` of what was looked up from it (`found`, maybe nothing): calls setters,
 * changes or adds, or throws. */
bool rj_store_found(struct rj_vm *vm, struct rj_object *receiver, rj_value key, rj_value value,
                    const struct rj_found *found);

/* Where properties of a value that is no object are looked up: NULL for undefined and null. */
struct rj_object *rj_prototype_of_primitive(struct rj_vm *vm, rj_value value);

/* ---- messages: all return false; the text of a value or key is on the heap ---- */

bool rj_throw_read_only(struct rj_vm *vm, rj_value key, rj_value object);
bool rj_throw_not_extensible(struct rj_vm *vm, rj_value key);
bool rj_throw_no_setter(struct rj_vm *vm, rj_value key, rj_value object);
bool rj_throw_nullish(struct rj_vm *vm, const char *verb, rj_value receiver, rj_value key);
const char *rj_key_text(struct rj_vm *vm, rj_value key);
const char *rj_describe(struct rj_vm *vm, rj_value value); /* "#<Point>", "[object Array]" */

#endif
