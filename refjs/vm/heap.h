/* What lies on the heap, as generated code sees it: every offset in here is known to refjs/jit.
 * The collector is Boehm's: conservative, not moving; everything on a C stack is a root, so nobody
 * registers anything. Memory comes zeroed from rj_new_*(); a zero word is not a value, so slots and
 * elements are filled before anyone sees them. */
#ifndef RJ_VM_HEAP_H
#define RJ_VM_HEAP_H

#include "vm/value.h"

#include <stddef.h>

struct rj_code;
struct rj_shape;
struct rj_vm;

/* Objects are RJ_OBJECT and all that follow. */
enum rj_kind {
    RJ_FREE = 0,
    RJ_STRING,
    RJ_SCOPE,
    RJ_SHAPE,
    RJ_CODE,
    RJ_OBJECT,
    RJ_ARRAY,
    RJ_FUNCTION,
    RJ_FLOAT64_ARRAY,
    RJ_INT32_ARRAY,
    RJ_UINT8_ARRAY,
    RJ_MAP,
    RJ_SET,
    RJ_ITERATOR, /* over an array, a string, a map, a set or the keys of for-in */
    RJ_ERROR,
    RJ_BOXED, /* new Number(1) and such: `boxed` is the value */
    RJ_DATE,
};

struct rj_cell {
    uint8_t kind;  /* enum rj_kind */
    uint8_t flags; /* of its kind */
    uint16_t extra;
    uint32_t hash; /* of a string; of an object as a key of a map, 0 until needed */
};

/* ---- strings: UTF-16 code units, in one byte each while all are below 256 ---- */

enum rj_string_flag {
    RJ_STRING_WIDE = 1,  /* two bytes a unit */
    RJ_STRING_ROPE = 2,  /* not yet joined: `chars` is NULL; rj_flatten() */
    RJ_STRING_ATOM = 4,  /* interned: equal atoms are the same cell. Property keys are atoms */
    RJ_STRING_INDEX = 8, /* an atom that reads as an array index, `index` */
};

struct rj_string {
    struct rj_cell cell;
    uint32_t length; /* in units */
    uint32_t index;
    const void
        *chars; /* uint8_t or uint16_t; lies behind the string, or in a string it is part of */
    struct rj_string *left; /* of a rope */
    struct rj_string *right;
};

/* ---- scopes: variables that closures share ---- */

struct rj_scope {
    struct rj_cell cell;
    uint32_t count;
    uint32_t reserved;
    struct rj_scope *parent;
    rj_value values[];
};

/* ---- objects ---- */

enum rj_object_flag {
    RJ_OBJECT_IS_PROTOTYPE = 1, /* changes of its shape count vm->prototype_epoch up */
    RJ_OBJECT_SEALED = 2,       /* no properties are added (preventExtensions, seal, freeze) */
    RJ_OBJECT_FROZEN = 4,       /* nor changed, elements neither */
    RJ_OBJECT_LOCKED = 64,      /* elements are not deleted (seal, freeze) */
};

struct rj_object {
    struct rj_cell cell; /* extra: values that `slots` has room for (UINT16_MAX: that or more) */
    struct rj_shape *shape;
    rj_value *slots; /* values of named properties; at first behind the object itself */
};

struct rj_array {
    struct rj_object object;
    rj_value *elements; /* RJ_HOLE where there is none, also from length to capacity */
    uint32_t length;
    uint32_t capacity;
};

struct rj_typed_array {
    struct rj_object object;
    void *data;
    uint32_t length; /* in elements */
    uint32_t reserved;
    rj_value buffer; /* keeps the memory alive */
};

enum rj_function_flag {
    RJ_FUNCTION_CONSTRUCTOR = 8, /* may be used with new */
    RJ_FUNCTION_CLASS = 16,      /* must be used with new */
    RJ_FUNCTION_DERIVED = 32,    /* of a class that extends: this comes from super() */
};

struct rj_function {
    struct rj_object object;
    struct rj_code *code;   /* never NULL: builtins have one as well */
    struct rj_scope *scope; /* where its free variables are; NULL for builtins */
    struct rj_object *home; /* where super looks: the object the method was defined on; or NULL */
    rj_value prototype; /* its property of that name; RJ_HOLE until asked for, or if it has none */
    struct rj_shape *construct_shape; /* of objects made by new; NULL until needed */
    rj_value bound;                   /* builtins: what they need, RJ_UNDEFINED otherwise */
};

struct rj_boxed { /* RJ_BOXED, RJ_DATE (milliseconds) */
    struct rj_object object;
    rj_value boxed;
};

/* ---- shapes (hidden classes) ---- */

enum rj_attribute {
    RJ_WRITABLE = 1,
    RJ_ENUMERABLE = 2,
    RJ_CONFIGURABLE = 4,
    RJ_ACCESSOR =
        8, /* the slot holds the getter, the one after it the setter (RJ_UNDEFINED: none) */
    RJ_PLAIN = RJ_WRITABLE | RJ_ENUMERABLE | RJ_CONFIGURABLE,
    RJ_HIDDEN = RJ_WRITABLE | RJ_CONFIGURABLE, /* methods of classes and builtins */
};

struct rj_property {
    struct rj_string *key; /* an atom */
    uint32_t slot;
    uint32_t attributes; /* enum rj_attribute */
};

enum rj_shape_flag {
    RJ_SHAPE_DICTIONARY = 1, /* of one object alone and changed in place: never cached */
    RJ_SHAPE_SEALED = 2,     /* of objects with RJ_OBJECT_SEALED alone */
    RJ_SHAPE_OWN = 4,        /* of one object alone, a prototype: no store that adds is learned */
};

struct rj_shape {
    struct rj_cell cell;         /* flags: enum rj_shape_flag; extra: enum rj_kind of its objects */
    uint32_t id;                 /* counted up from 1: its name in dumps, events and links */
    uint32_t slot_count;         /* that its objects need */
    struct rj_object *prototype; /* or NULL. Another prototype is another shape */
    struct rj_shape *parent;     /* without the last property; NULL: a first shape */
    struct rj_property last;     /* the property that parent has not */
    uint32_t property_count;
    uint32_t reserved;
    void *table;       /* key -> property, made when first searched; object.c's own */
    void *transitions; /* shapes with one property more; object.c's own */
};

/* ---- asking ---- */

static inline bool rj_is_kind(rj_value value, enum rj_kind kind)
{
    return rj_is_cell(value) && rj_as_cell(value)->kind == kind;
}

static inline bool rj_is_string(rj_value value)
{
    return rj_is_kind(value, RJ_STRING);
}

static inline bool rj_is_function(rj_value value)
{
    return rj_is_kind(value, RJ_FUNCTION);
}

static inline bool rj_is_object(rj_value value)
{
    return rj_is_cell(value) && rj_as_cell(value)->kind >= RJ_OBJECT;
}

static inline struct rj_object *rj_as_object(rj_value value)
{
    return (struct rj_object *)rj_as_cell(value);
}

static inline struct rj_string *rj_as_string(rj_value value)
{
    return (struct rj_string *)rj_as_cell(value);
}

static inline struct rj_function *rj_as_function(rj_value value)
{
    return (struct rj_function *)rj_as_cell(value);
}

#endif
