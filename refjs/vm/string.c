/* Making strings: flat ones, slices that share, concatenations. */
#include "vm/string.h"

#include "vm/memory.h"

/* The units of a short string lie where a rope has its halves. */
#define UNITS_AT offsetof(struct rj_string, left)

struct rj_string *rj_string_new(struct rj_vm *vm, uint32_t length, bool wide)
{
    struct rj_string *string;

    if (length > RJ_STRING_LIMIT) {
        rj_throw_error(vm, RJ_ERROR_RANGE, "Invalid string length");
        return NULL;
    }
    string = rj_allocate_atomic(vm, UNITS_AT + ((size_t)length << wide));
    if (!string)
        return NULL;
    string->cell =
        (struct rj_cell){.kind = RJ_STRING, .flags = (uint8_t)(wide ? RJ_STRING_WIDE : 0)};
    string->length = length;
    string->index = RJ_NO_INDEX;
    string->chars = (char *)string + UNITS_AT;
    return string;
}

static struct rj_string *empty_string(struct rj_vm *vm)
{
    if (!vm->atoms.empty)
        vm->atoms.empty = rj_atom_text(vm, "");
    return vm->atoms.empty;
}

struct rj_string *rj_string_unit(struct rj_vm *vm, uint16_t unit)
{
    struct rj_string *string;

    if (unit < 256 && vm->atoms.single[unit])
        return vm->atoms.single[unit];
    string = rj_string_new(vm, 1, unit >= 256);
    if (!string)
        return NULL;
    if (unit >= 256) {
        *(uint16_t *)rj_string_units(string) = unit;
        return string;
    }
    *(uint8_t *)rj_string_units(string) = (uint8_t)unit;
    vm->atoms.single[unit] = rj_atom(vm, string);
    return vm->atoms.single[unit];
}

struct rj_string *rj_string_latin1(struct rj_vm *vm, const uint8_t *units, uint32_t length)
{
    struct rj_string *string;

    if (length <= 1)
        return length ? rj_string_unit(vm, units[0]) : empty_string(vm);
    string = rj_string_new(vm, length, false);
    if (string)
        memcpy(rj_string_units(string), units, length);
    return string;
}

static bool is_narrow(const uint16_t *units, uint32_t length)
{
    uint16_t all = 0;

    for (uint32_t i = 0; i < length && all < 256; i++)
        all |= units[i];
    return all < 256;
}

struct rj_string *rj_string_utf16(struct rj_vm *vm, const uint16_t *units, uint32_t length)
{
    struct rj_string *string;
    bool narrow = is_narrow(units, length);

    if (length <= 1)
        return length ? rj_string_unit(vm, units[0]) : empty_string(vm);
    string = rj_string_new(vm, length, !narrow);
    if (!string)
        return NULL;
    if (narrow) {
        uint8_t *to = rj_string_units(string);

        for (uint32_t i = 0; i < length; i++)
            to[i] = (uint8_t)units[i];
    } else {
        memcpy(rj_string_units(string), units, (size_t)length * 2);
    }
    return string;
}

void rj_string_copy(const struct rj_string *string, uint32_t from, uint32_t count, void *to,
                    bool wide)
{
    const uint8_t *narrow = string->chars;
    const uint16_t *units = string->chars;

    if (rj_string_is_wide(string)) {
        if (wide) {
            memcpy(to, units + from, (size_t)count * 2);
            return;
        }
        for (uint32_t i = 0; i < count; i++)
            ((uint8_t *)to)[i] = (uint8_t)units[from + i];
        return;
    }
    if (!wide) {
        memcpy(to, narrow + from, count);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        ((uint16_t *)to)[i] = narrow[from + i];
}

/* Both are short, hence flat. */
static struct rj_string *concat_short(struct rj_vm *vm, const struct rj_string *left,
                                      const struct rj_string *right)
{
    bool wide = rj_string_is_wide(left) || rj_string_is_wide(right);
    struct rj_string *string = rj_string_new(vm, left->length + right->length, wide);

    if (!string)
        return NULL;
    rj_string_copy(left, 0, left->length, rj_string_units(string), wide);
    rj_string_copy(right, 0, right->length,
                   (char *)rj_string_units(string) + ((size_t)left->length << wide), wide);
    return string;
}

struct rj_string *rj_string_concat(struct rj_vm *vm, struct rj_string *left,
                                   struct rj_string *right)
{
    uint64_t length = (uint64_t)left->length + right->length;
    struct rj_string *rope;

    if (!right->length)
        return left;
    if (!left->length)
        return right;
    if (length < RJ_ROPE_FROM)
        return concat_short(vm, left, right);
    if (length > RJ_STRING_LIMIT) {
        rj_throw_error(vm, RJ_ERROR_RANGE, "Invalid string length");
        return NULL;
    }
    rope = rj_allocate(vm, sizeof(*rope));
    if (!rope)
        return NULL;
    rope->cell.kind = RJ_STRING;
    rope->cell.flags =
        (uint8_t)(RJ_STRING_ROPE | ((left->cell.flags | right->cell.flags) & RJ_STRING_WIDE));
    rope->length = (uint32_t)length;
    rope->index = RJ_NO_INDEX;
    rope->left = left;
    rope->right = right;
    return rope;
}

static struct rj_string *copy_slice(struct rj_vm *vm, const struct rj_string *string, uint32_t from,
                                    uint32_t length)
{
    if (rj_string_is_wide(string))
        return rj_string_utf16(vm, (const uint16_t *)string->chars + from, length);
    return rj_string_latin1(vm, (const uint8_t *)string->chars + from, length);
}

struct rj_string *rj_string_slice(struct rj_vm *vm, struct rj_string *string, uint32_t from,
                                  uint32_t to)
{
    uint32_t length = to > from ? to - from : 0;
    struct rj_string *slice;

    if (length == string->length)
        return string;
    if (!length)
        return empty_string(vm);
    if (!rj_flatten(vm, string))
        return NULL;
    if (length < RJ_ROPE_FROM)
        return copy_slice(vm, string, from, length);
    slice = rj_allocate(vm, sizeof(*slice));
    if (!slice)
        return NULL;
    /* The pointer into the units keeps them: the collector knows inner pointers. */
    slice->cell.kind = RJ_STRING;
    slice->cell.flags = string->cell.flags & RJ_STRING_WIDE;
    slice->length = length;
    slice->index = RJ_NO_INDEX;
    slice->chars = (const char *)string->chars + ((size_t)from << rj_string_is_wide(string));
    return slice;
}
