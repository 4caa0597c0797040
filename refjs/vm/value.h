/* A JavaScript value in 64 bits.
 *
 *     0000 pppp pppp pppp   a cell on the heap: strings, objects, scopes
 *     0000 0000 0000 00xx   undefined, null, true, false and three that programs never see
 *     0002 .... .... ....   a double, its bits plus 2^49
 *      ...
 *     fffe 0000 iiii iiii   an int32
 *
 * Pointers are stored as they are, so that the conservative collector sees them; no double looks
 * like one. Doubles that hold a NaN hold the canonical one. A number that is an int32 may be stored
 * either way: nothing may depend on which. */
#ifndef RJ_VM_VALUE_H
#define RJ_VM_VALUE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef uint64_t rj_value;

#define RJ_INT_TAG UINT64_C(0xfffe000000000000)
#define RJ_DOUBLE_OFFSET UINT64_C(0x0002000000000000)
#define RJ_NOT_CELL (RJ_INT_TAG | 2) /* a cell has none of these bits */
#define RJ_CANONICAL_NAN UINT64_C(0x7ff8000000000000)

#define RJ_NULL UINT64_C(0x02)
#define RJ_FALSE UINT64_C(0x06)
#define RJ_TRUE UINT64_C(0x07)
#define RJ_UNDEFINED UINT64_C(0x0a)
#define RJ_HOLE UINT64_C(0x12) /* an element of an array that is not there; no value */
#define RJ_UNINITIALIZED                                                                           \
    UINT64_C(0x1a)               /* a let or const before its declaration; this before super() */
#define RJ_THROWN UINT64_C(0x22) /* returned instead of a value: see vm->exception */

struct rj_cell;
struct rj_string;
struct rj_object;

static inline bool rj_is_int(rj_value value)
{
    return value >= RJ_INT_TAG;
}

static inline bool rj_is_number(rj_value value)
{
    return value >= RJ_DOUBLE_OFFSET;
}

static inline bool rj_is_double(rj_value value)
{
    return rj_is_number(value) && !rj_is_int(value);
}

static inline bool rj_is_cell(rj_value value)
{
    return (value & RJ_NOT_CELL) == 0;
}

static inline bool rj_is_boolean(rj_value value)
{
    return (value | 1) == RJ_TRUE;
}

static inline bool rj_is_nullish(rj_value value) /* undefined or null */
{
    return (value | 8) == RJ_UNDEFINED;
}

static inline int32_t rj_as_int(rj_value value)
{
    return (int32_t)(uint32_t)value;
}

static inline double rj_as_double(rj_value value)
{
    uint64_t bits = value - RJ_DOUBLE_OFFSET;
    double number;

    memcpy(&number, &bits, sizeof(number));
    return number;
}

/* Of an int or a double. */
static inline double rj_as_number(rj_value value)
{
    return rj_is_int(value) ? rj_as_int(value) : rj_as_double(value);
}

static inline struct rj_cell *rj_as_cell(rj_value value)
{
    return (struct rj_cell *)(uintptr_t)value;
}

static inline rj_value rj_int(int32_t number)
{
    return RJ_INT_TAG | (uint32_t)number;
}

static inline rj_value rj_double(double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof(bits));
    if (number != number)
        bits = RJ_CANONICAL_NAN;
    return bits + RJ_DOUBLE_OFFSET;
}

/* An int where that is possible (not for -0), else a double. */
static inline rj_value rj_number(double number)
{
    if (number >= -2147483648.0 && number <= 2147483647.0) {
        int32_t whole = (int32_t)number;

        if (whole == number && (whole != 0 || !__builtin_signbit(number)))
            return rj_int(whole);
    }
    return rj_double(number);
}

static inline rj_value rj_boolean(bool truth)
{
    return RJ_FALSE | (rj_value)truth;
}

static inline rj_value rj_cell_value(const void *cell)
{
    return (rj_value)(uintptr_t)cell;
}

#endif
