/* Shapes, as the files that change objects see them. */
#ifndef RJ_VM_SHAPE_H
#define RJ_VM_SHAPE_H

#include "vm/operations.h"

enum {
    RJ_MANY_PROPERTIES = 128,  /* an object with more becomes a dictionary */
    RJ_MANY_TRANSITIONS = 512, /* so does one that would give its shape another child */
};

/* The first shape that all objects of this kind and prototype share, while it is remembered;
 * rj_shape_first() makes a new one. */
struct rj_shape *rj_shape_shared(struct rj_vm *vm, enum rj_kind kind, struct rj_object *prototype);
/* A first shape with these flags. */
struct rj_shape *rj_shape_new(struct rj_vm *vm, enum rj_kind kind, uint8_t flags,
                              struct rj_object *prototype);
/* A property more would be one too many for a shape in the tree. */
bool rj_shape_is_crowded(const struct rj_shape *shape, const struct rj_string *key,
                         uint32_t attributes);
/* Add the properties to a first shape; the slots are numbered anew in this order. */
struct rj_shape *rj_shape_replay(struct rj_vm *vm, struct rj_shape *shape,
                                 const struct rj_property *properties, uint32_t count);
struct rj_shape *rj_shape_root(struct rj_shape *shape);
static inline bool rj_shape_is_dictionary(const struct rj_shape *shape)
{
    return (shape->cell.flags & RJ_SHAPE_DICTIONARY) != 0;
}
/* Slots that a property with these attributes takes. */
static inline uint32_t rj_slots_of(uint32_t attributes)
{
    return attributes & RJ_ACCESSOR ? 2 : 1;
}

/* ---- dictionaries (dictionary.c): shape->table is theirs ---- */

/* A dictionary with the properties of `shape` in the same slots. */
struct rj_shape *rj_dictionary_new(struct rj_vm *vm, struct rj_shape *shape);
bool rj_dictionary_add(struct rj_vm *vm, struct rj_shape *shape, struct rj_string *key,
                       uint32_t attributes);
struct rj_property *rj_dictionary_find(const struct rj_shape *shape, const struct rj_string *key);
void rj_dictionary_remove(struct rj_vm *vm, struct rj_shape *shape, struct rj_property *property);
void rj_dictionary_list(const struct rj_shape *shape, struct rj_property *to);

/* ---- objects (object.c) ---- */

bool rj_object_to_dictionary(struct rj_vm *vm, struct rj_object *object);
/* A new own property; it must not be there yet. `setter` counts for accessors only. */
bool rj_object_add(struct rj_vm *vm, struct rj_object *object, struct rj_string *key,
                   uint32_t attributes, rj_value value, rj_value setter);
bool rj_object_remove(struct rj_vm *vm, struct rj_object *object, struct rj_string *key);
/* Give a property that is there other attributes; its value stays unless it becomes or ceases to be
 * an accessor. */
bool rj_object_change(struct rj_vm *vm, struct rj_object *object, struct rj_string *key,
                      uint32_t attributes);
/* Flag it and give it a shape of its own, so that no other object's cached store fits it. */
bool rj_object_become_prototype(struct rj_vm *vm, struct rj_object *object);

#endif
