/* Strings being built. */
#include "lib/units.h"

#include "vm/string.h"

static bool fail(struct rj_units *units)
{
    if (!units->failed)
        rj_throw_error(units->vm, RJ_ERROR_RANGE, "Invalid string length");
    units->failed = true;
    return false;
}

/* Room for `more` units, two bytes each if `wide`. */
static bool reserve(struct rj_units *units, uint64_t more, bool wide)
{
    uint64_t needed = units->length + more;
    uint64_t capacity = units->capacity * UINT64_C(2);
    void *memory;

    if (units->failed)
        return false;
    if (needed > RJ_STRING_LIMIT)
        return fail(units);
    wide = wide || units->wide;
    if (needed <= units->capacity && wide == (units->wide != NULL))
        return true;
    if (capacity < needed)
        capacity = needed < 32 ? 32 : needed;
    memory = rj_allocate_atomic(units->vm, capacity << wide);
    units->failed = !memory;
    if (!memory)
        return false;
    if (wide && units->narrow) {
        for (uint32_t i = 0; i < units->length; i++)
            ((uint16_t *)memory)[i] = units->narrow[i];
    } else if (units->length) {
        memcpy(memory, wide ? (void *)units->wide : units->narrow, (size_t)units->length << wide);
    }
    units->narrow = wide ? NULL : memory;
    units->wide = wide ? memory : NULL;
    units->capacity = (uint32_t)capacity;
    return true;
}

void rj_units_put_slowly(struct rj_units *units, uint32_t unit)
{
    if (!reserve(units, 1, unit > 255))
        return;
    if (units->wide)
        units->wide[units->length++] = (uint16_t)unit;
    else
        units->narrow[units->length++] = (uint8_t)unit;
}

void rj_units_code_point(struct rj_units *units, uint32_t code_point)
{
    if (code_point < 0x10000) {
        rj_units_put(units, code_point);
        return;
    }
    rj_units_put(units, 0xd800 + ((code_point - 0x10000) >> 10));
    rj_units_put(units, 0xdc00 + (code_point & 0x3ff));
}

void rj_units_text(struct rj_units *units, const char *latin1)
{
    for (; *latin1; latin1++)
        rj_units_put(units, (uint8_t)*latin1);
}

void rj_units_fill(struct rj_units *units, uint32_t unit, uint32_t count)
{
    if (!reserve(units, count, unit > 255))
        return;
    if (units->narrow && count)
        memset(units->narrow + units->length, (int)unit, count);
    for (uint32_t i = 0; units->wide && i < count; i++)
        units->wide[units->length + i] = (uint16_t)unit;
    units->length += count;
}

void rj_units_string(struct rj_units *units, struct rj_string *string)
{
    if (!string || !rj_flatten(units->vm, string))
        units->failed = true;
    else
        rj_units_part(units, string, 0, string->length);
}

void rj_units_part(struct rj_units *units, const struct rj_string *string, uint32_t from,
                   uint32_t to)
{
    bool wide = string->cell.flags & RJ_STRING_WIDE;
    uint32_t count = to - from;

    if (from >= to || !reserve(units, count, false))
        return;
    if (!wide && units->narrow) {
        memcpy(units->narrow + units->length, (const uint8_t *)string->chars + from, count);
        units->length += count;
        return;
    }
    /* A part of a wide string need not be wide itself, so units are put one by one until then. */
    while (from < to && !units->wide && !units->failed)
        rj_units_put(units, rj_string_at(string, from++));
    if (units->failed || !reserve(units, to - from, true))
        return;
    for (; from < to; from++)
        units->wide[units->length++] = rj_string_at(string, from);
}

struct rj_string *rj_units_finish(struct rj_units *units)
{
    if (units->failed)
        return NULL;
    if (units->wide)
        return rj_string_utf16(units->vm, units->wide, units->length);
    return rj_string_latin1(units->vm, units->narrow, units->length);
}
