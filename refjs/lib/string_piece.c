/* Methods of strings that cut them, pad them and repeat them. */
#include "lib/builtin.h"
#include "lib/units.h"
#include "vm/number.h"
#include "vm/string.h"

#include <math.h>

RJ_BUILTIN(string_slice)
{
    struct rj_string *string = rj_this_string(vm, this_value, "slice");
    double from;
    double to;

    if (!string || !rj_relative_index(vm, RJ_ARG(0), string->length, 0, &from) ||
        !rj_relative_index(vm, RJ_ARG(1), string->length, string->length, &to))
        return RJ_THROWN;
    return rj_result(rj_string_slice(vm, string, (uint32_t)from, (uint32_t)fmax(from, to)));
}

RJ_BUILTIN(string_substring)
{
    struct rj_string *string = rj_this_string(vm, this_value, "substring");
    double from;
    double to;

    if (!string || !rj_to_integer(vm, RJ_ARG(0), &from))
        return RJ_THROWN;
    to = string->length;
    if (RJ_ARG(1) != RJ_UNDEFINED && !rj_to_integer(vm, args[1], &to))
        return RJ_THROWN;
    from = fmin(fmax(from, 0), string->length);
    to = fmin(fmax(to, 0), string->length);
    return rj_result(
        rj_string_slice(vm, string, (uint32_t)fmin(from, to), (uint32_t)fmax(from, to)));
}

RJ_BUILTIN(string_substr)
{
    struct rj_string *string = rj_this_string(vm, this_value, "substr");
    double from;
    double count;

    if (!string || !rj_relative_index(vm, RJ_ARG(0), string->length, 0, &from))
        return RJ_THROWN;
    count = string->length - from;
    if (RJ_ARG(1) != RJ_UNDEFINED && !rj_to_integer(vm, args[1], &count))
        return RJ_THROWN;
    count = fmin(fmax(count, 0), string->length - from);
    return rj_result(rj_string_slice(vm, string, (uint32_t)from, (uint32_t)(from + count)));
}

static bool append_slice(struct rj_vm *vm, struct rj_array *result, struct rj_string *string,
                         uint32_t from, uint32_t to)
{
    struct rj_string *part = rj_string_slice(vm, string, from, to);

    return part && rj_array_append(vm, result, rj_cell_value(part));
}

/* At the separator, or into units where it is empty; at most `limit` pieces. */
static bool split(struct rj_vm *vm, struct rj_array *result, struct rj_string *string,
                  struct rj_string *separator, uint32_t limit)
{
    uint32_t from = 0;

    if (!separator->length) {
        for (uint32_t i = 0; i < string->length && i < limit; i++) {
            struct rj_string *unit = rj_string_unit(vm, rj_string_at(string, i));

            if (!unit || !rj_array_append(vm, result, rj_cell_value(unit)))
                return false;
        }
        return true;
    }
    while (result->length < limit) {
        int64_t at = rj_string_find(string, separator, from);
        uint32_t to = at < 0 ? string->length : (uint32_t)at;

        if (!append_slice(vm, result, string, from, to))
            return false;
        if (at < 0)
            break;
        from = to + separator->length;
    }
    return true;
}

RJ_BUILTIN(string_split)
{
    struct rj_string *string = rj_this_string(vm, this_value, "split");
    struct rj_array *result = string ? rj_array_new(vm, 0, NULL) : NULL;
    struct rj_string *separator;
    int32_t limit = -1; /* as unsigned, the most */

    if (!result || (RJ_ARG(1) != RJ_UNDEFINED && !rj_to_int32(vm, args[1], &limit)))
        return RJ_THROWN;
    if (!limit)
        return rj_cell_value(result);
    if (RJ_ARG(0) == RJ_UNDEFINED)
        return rj_array_append(vm, result, rj_cell_value(string)) ? rj_cell_value(result)
                                                                  : RJ_THROWN;
    separator = rj_to_flat(vm, args[0]);
    if (!separator || !split(vm, result, string, separator, (uint32_t)limit))
        return RJ_THROWN;
    return rj_cell_value(result);
}

static rj_value trim(struct rj_vm *vm, struct rj_string *string, bool start, bool end)
{
    uint32_t from = 0;
    uint32_t to;

    if (!string)
        return RJ_THROWN;
    to = string->length;
    while (start && from < to && rj_is_space(rj_string_at(string, from)))
        from++;
    while (end && to > from && rj_is_space(rj_string_at(string, to - 1)))
        to--;
    return rj_result(rj_string_slice(vm, string, from, to));
}

RJ_BUILTIN(string_trim)
{
    return trim(vm, rj_this_string(vm, this_value, "trim"), true, true);
}

RJ_BUILTIN(string_trim_start)
{
    return trim(vm, rj_this_string(vm, this_value, "trimStart"), true, false);
}

RJ_BUILTIN(string_trim_end)
{
    return trim(vm, rj_this_string(vm, this_value, "trimEnd"), false, true);
}

static void fill(struct rj_units *units, struct rj_string *filler, uint32_t count)
{
    for (; count >= filler->length && !units->failed; count -= filler->length)
        rj_units_part(units, filler, 0, filler->length);
    rj_units_part(units, filler, 0, count);
}

static rj_value pad(struct rj_vm *vm, struct rj_string *string, uint32_t argc, const rj_value *args,
                    bool start)
{
    struct rj_string *filler = vm->atoms.single[' '];
    struct rj_units units;
    double length;
    uint32_t missing;

    if (!string || !rj_to_integer(vm, RJ_ARG(0), &length))
        return RJ_THROWN;
    if (length <= string->length)
        return rj_cell_value(string);
    if (RJ_ARG(1) != RJ_UNDEFINED)
        filler = rj_to_flat(vm, args[1]);
    if (!filler || !filler->length)
        return filler ? rj_cell_value(string) : RJ_THROWN;
    if (length > RJ_STRING_LIMIT)
        return rj_throw_error(vm, RJ_ERROR_RANGE, "Invalid string length");
    missing = (uint32_t)length - string->length;
    rj_units_init(&units, vm);
    if (start)
        fill(&units, filler, missing);
    rj_units_part(&units, string, 0, string->length);
    if (!start)
        fill(&units, filler, missing);
    return rj_result(rj_units_finish(&units));
}

RJ_BUILTIN(pad_start)
{
    return pad(vm, rj_this_string(vm, this_value, "padStart"), argc, args, true);
}

RJ_BUILTIN(pad_end)
{
    return pad(vm, rj_this_string(vm, this_value, "padEnd"), argc, args, false);
}

RJ_BUILTIN(string_repeat)
{
    struct rj_string *string = rj_this_string(vm, this_value, "repeat");
    struct rj_units units;
    double count;

    if (!string || !rj_to_integer(vm, RJ_ARG(0), &count))
        return RJ_THROWN;
    if (!(count >= 0 && count < INFINITY))
        return rj_throw_error(vm, RJ_ERROR_RANGE, "Invalid count value: %s",
                              rj_value_text(vm, RJ_ARG(0)));
    if (count * string->length > RJ_STRING_LIMIT)
        return rj_throw_error(vm, RJ_ERROR_RANGE, "Invalid string length");
    rj_units_init(&units, vm);
    if (string->length == 1)
        rj_units_fill(&units, rj_string_at(string, 0), (uint32_t)count);
    else if (string->length)
        fill(&units, string, (uint32_t)count * string->length);
    return rj_result(rj_units_finish(&units));
}

const struct rj_builtin rj_string_pieces[] = {
    {"slice", string_slice, 2, 0},
    {"substring", string_substring, 2, 0},
    {"substr", string_substr, 2, 0},
    {"split", string_split, 2, 0},
    {"trim", string_trim, 0, 0},
    {"trimStart", string_trim_start, 0, 0},
    {"trimEnd", string_trim_end, 0, 0},
    {"padStart", pad_start, 1, 0},
    {"padEnd", pad_end, 1, 0},
    {"repeat", string_repeat, 1, 0},
    {0},
};
