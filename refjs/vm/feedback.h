/* What the interpreter learns at one instruction, and what compiled code is based on.
 *
 * Written by the main thread alone, plainly; the compiler reads a copy made at the request. */
#ifndef RJ_VM_FEEDBACK_H
#define RJ_VM_FEEDBACK_H

#include "vm/heap.h"

enum rj_feedback_kind {
    RJ_FEEDBACK_NONE,
    RJ_FEEDBACK_ARITHMETIC, /* seen: operands' types in `seen`, the result's in `result` */
    RJ_FEEDBACK_COMPARE,    /* the same for operands; branch counts when it is a jump */
    RJ_FEEDBACK_BRANCH,     /* counts; LOOP: taken counts rounds */
    RJ_FEEDBACK_TYPE,       /* result: the value's type */
    RJ_FEEDBACK_PROPERTY,   /* shapes; result: the value's type */
    RJ_FEEDBACK_ELEMENT,    /* kinds of objects and keys; result: the value's type */
    RJ_FEEDBACK_CALL,       /* targets; result: the value's type */
};

/* Sets of types. */
enum rj_seen {
    RJ_SEEN_INT = 1,
    RJ_SEEN_DOUBLE = 2,
    RJ_SEEN_BOOLEAN = 4,
    RJ_SEEN_NULLISH = 8,
    RJ_SEEN_STRING = 16,
    RJ_SEEN_OBJECT = 32,
    RJ_SEEN_FUNCTION = 64,
    RJ_SEEN_ARRAY = 128,
    RJ_SEEN_NUMBER = RJ_SEEN_INT | RJ_SEEN_DOUBLE,
};

/* Of ELEMENT, in `element`. */
enum rj_seen_element {
    RJ_ELEMENT_ARRAY = 1,
    RJ_ELEMENT_FLOAT64 = 2,
    RJ_ELEMENT_INT32 = 4,
    RJ_ELEMENT_UINT8 = 8,
    RJ_ELEMENT_STRING = 16,
    RJ_ELEMENT_OTHER = 32,   /* another object, or a key that is no index */
    RJ_ELEMENT_OUTSIDE = 64, /* read behind the end, or a hole */
    RJ_ELEMENT_APPEND = 128, /* written right behind the end of an array */
};

enum { RJ_WAYS = 4, RJ_TARGETS = 3 };

/* One shape that a property was found with. No shape: a way of strings, which holds for receivers
 * of kind RJ_STRING alone; its holder is a prototype. Own attributes of a way's slot: no accessor,
 * and writable where it is stored to. A `next` is never learned for prototypes: their shapes are
 * their own. */
struct rj_way {
    struct rj_shape *shape;   /* of the receiver; NULL: a string */
    struct rj_object *holder; /* on whose slots it is; NULL: the receiver's own */
    struct rj_shape *next;    /* a store that adds the property: the shape afterwards; else NULL */
    uint32_t slot;
    uint32_t epoch; /* vm->prototype_epoch it holds for, when there is a holder or a `next` */
};

struct rj_feedback {
    uint8_t kind;     /* enum rj_feedback_kind */
    uint8_t seen;     /* enum rj_seen of operands */
    uint8_t result;   /* enum rj_seen */
    uint8_t element;  /* enum rj_seen_element */
    uint8_t ways;     /* in use; RJ_MANY: more than there is room for (megamorphic) */
    uint8_t failures; /* deoptimizations that this slot caused */
    uint8_t accessor; /* a getter or setter was found: no way describes it */
    uint8_t reserved;
    union {
        struct rj_way way; /* PROPERTY: the first */
        struct {
            uint32_t taken, not_taken;
        } branch;
        struct {
            struct rj_code *targets[RJ_TARGETS]; /* CALL: `ways` of them */
            struct rj_function *function;        /* the first one's only closure so far; or NULL */
        } call;
    };
    struct rj_way *more; /* PROPERTY: RJ_WAYS - 1 more */
};

#define RJ_MANY UINT8_MAX

/* Of cells, by kind; what no program sees counts as an object. */
static const uint8_t rj_seen_of_kind[] = {
    RJ_SEEN_OBJECT, RJ_SEEN_STRING, RJ_SEEN_OBJECT,   RJ_SEEN_OBJECT, RJ_SEEN_OBJECT,
    RJ_SEEN_OBJECT, RJ_SEEN_ARRAY,  RJ_SEEN_FUNCTION, RJ_SEEN_OBJECT, RJ_SEEN_OBJECT,
    RJ_SEEN_OBJECT, RJ_SEEN_OBJECT, RJ_SEEN_OBJECT,   RJ_SEEN_OBJECT, RJ_SEEN_OBJECT,
    RJ_SEEN_OBJECT, RJ_SEEN_OBJECT,
};

_Static_assert(sizeof(rj_seen_of_kind) == RJ_DATE + 1, "one entry for each kind");

static inline uint8_t rj_seen_of(rj_value value)
{
    if (rj_is_int(value))
        return RJ_SEEN_INT;
    if (rj_is_number(value))
        return RJ_SEEN_DOUBLE;
    if (rj_is_cell(value))
        return rj_seen_of_kind[rj_as_cell(value)->kind];
    return rj_is_boolean(value) ? RJ_SEEN_BOOLEAN : RJ_SEEN_NULLISH;
}

#endif
