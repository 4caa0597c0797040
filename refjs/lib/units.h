/* A string being built: code units in one byte until one needs two. Lies on the stack; its first
 * failure is thrown once and sticks, so append everything and look at the end. */
#ifndef RJ_LIB_UNITS_H
#define RJ_LIB_UNITS_H

#include "vm/operations.h"

struct rj_units {
    struct rj_vm *vm;
    uint8_t *narrow;
    uint16_t *wide; /* instead of narrow, once needed */
    uint32_t length;
    uint32_t capacity;
    bool failed;
};

static inline void rj_units_init(struct rj_units *units, struct rj_vm *vm)
{
    *units = (struct rj_units){.vm = vm};
}

void rj_units_put_slowly(struct rj_units *units, uint32_t unit);

static inline void rj_units_put(struct rj_units *units, uint32_t unit)
{
    if (units->length < units->capacity && units->narrow && unit < 256)
        units->narrow[units->length++] = (uint8_t)unit;
    else
        rj_units_put_slowly(units, unit);
}

void rj_units_code_point(struct rj_units *units, uint32_t code_point);
void rj_units_text(struct rj_units *units, const char *latin1);
void rj_units_fill(struct rj_units *units, uint32_t unit, uint32_t count);
void rj_units_string(struct rj_units *units, struct rj_string *string);
/* Units from to to - 1 of a flat string. */
void rj_units_part(struct rj_units *units, const struct rj_string *string, uint32_t from,
                   uint32_t to);
/* NULL if it failed. */
struct rj_string *rj_units_finish(struct rj_units *units);

#endif
