/* Strings, as the files that make them see them. */
#ifndef RJ_VM_STRING_H
#define RJ_VM_STRING_H

#include "vm/operations.h"

/* `index` of a string that is none. Length and index lie where an object has its shape: together
 * they are never the address of a cell nor NULL, so that reading a shape before asking for the kind
 * does no harm. */
#define RJ_NO_INDEX UINT32_MAX

enum {
    RJ_ROPE_FROM = 24,          /* a shorter concatenation or slice is copied */
    RJ_STRING_LIMIT = 536870888 /* units; V8's limit */
};

/* A flat string of `length` units that the caller fills at once through rj_string_units(); NULL
 * after a RangeError. Never one of the shared short ones. */
struct rj_string *rj_string_new(struct rj_vm *vm, uint32_t length, bool wide);

/* uint8_t or uint16_t units of a string just made. */
static inline void *rj_string_units(struct rj_string *string)
{
    return (void *)(uintptr_t)string->chars;
}

static inline bool rj_string_is_wide(const struct rj_string *string)
{
    return (string->cell.flags & RJ_STRING_WIDE) != 0;
}

/* Copy `count` units of a flat string from `from` on to `to`, whose units are wide or not; wide
 * units that do not fit are the caller's mistake. */
void rj_string_copy(const struct rj_string *string, uint32_t from, uint32_t count, void *to,
                    bool wide);

/* The text of an int; small ones are kept as atoms. */
struct rj_string *rj_int_string(struct rj_vm *vm, int32_t number);
struct rj_string *rj_int_atom(struct rj_vm *vm, int32_t number);

#endif
