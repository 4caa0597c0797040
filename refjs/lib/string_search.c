/* Methods of strings that look for other strings. */
#include "lib/builtin.h"
#include "lib/units.h"

#include <math.h>

static bool is_at(const struct rj_string *text, const struct rj_string *needle, uint32_t at)
{
    for (uint32_t i = 0; i < needle->length; i++) {
        if (rj_string_at(text, at + i) != rj_string_at(needle, i))
            return false;
    }
    return true;
}

int64_t rj_string_find(const struct rj_string *text, const struct rj_string *needle, uint32_t from)
{
    bool wide = (text->cell.flags | needle->cell.flags) & RJ_STRING_WIDE;
    const uint8_t *units = text->chars;
    const uint8_t *found;

    if (needle->length > text->length || from > text->length - needle->length)
        return -1;
    if (!needle->length)
        return from;
    if (!wide) {
        found = memmem(units + from, text->length - from, needle->chars, needle->length);
        return found ? found - units : -1;
    }
    for (uint32_t at = from; at <= text->length - needle->length; at++) {
        if (is_at(text, needle, at))
            return at;
    }
    return -1;
}

/* The argument as a string, not looked for as a regular expression: there are none. */
static struct rj_string *needle_argument(struct rj_vm *vm, rj_value value)
{
    return rj_to_flat(vm, value);
}

RJ_BUILTIN(string_index_of)
{
    struct rj_string *text = rj_this_string(vm, this_value, "indexOf");
    struct rj_string *needle = text ? needle_argument(vm, RJ_ARG(0)) : NULL;
    double from;

    if (!needle || !rj_to_integer(vm, RJ_ARG(1), &from))
        return RJ_THROWN;
    from = fmin(fmax(from, 0), text->length);
    return rj_number((double)rj_string_find(text, needle, (uint32_t)from));
}

RJ_BUILTIN(string_last_index_of)
{
    struct rj_string *text = rj_this_string(vm, this_value, "lastIndexOf");
    struct rj_string *needle = text ? needle_argument(vm, RJ_ARG(0)) : NULL;
    rj_value position = needle ? rj_to_number(vm, RJ_ARG(1)) : RJ_THROWN;
    double from;

    if (position == RJ_THROWN)
        return RJ_THROWN;
    if (needle->length > text->length)
        return rj_int(-1);
    from = isnan(rj_as_number(position)) ? text->length : rj_as_number(position);
    from = fmin(fmax(from, 0), text->length - needle->length);
    for (int64_t at = (int64_t)from; at >= 0; at--) {
        if (is_at(text, needle, (uint32_t)at))
            return rj_number((double)at);
    }
    return rj_int(-1);
}

RJ_BUILTIN(string_includes)
{
    struct rj_string *text = rj_this_string(vm, this_value, "includes");
    struct rj_string *needle = text ? needle_argument(vm, RJ_ARG(0)) : NULL;
    double from;

    if (!needle || !rj_to_integer(vm, RJ_ARG(1), &from))
        return RJ_THROWN;
    from = fmin(fmax(from, 0), text->length);
    return rj_boolean(rj_string_find(text, needle, (uint32_t)from) >= 0);
}

RJ_BUILTIN(starts_with)
{
    struct rj_string *text = rj_this_string(vm, this_value, "startsWith");
    struct rj_string *needle = text ? needle_argument(vm, RJ_ARG(0)) : NULL;
    double from;

    if (!needle || !rj_to_integer(vm, RJ_ARG(1), &from))
        return RJ_THROWN;
    from = fmin(fmax(from, 0), text->length);
    return rj_boolean(needle->length <= text->length - (uint32_t)from &&
                      is_at(text, needle, (uint32_t)from));
}

RJ_BUILTIN(ends_with)
{
    struct rj_string *text = rj_this_string(vm, this_value, "endsWith");
    struct rj_string *needle = text ? needle_argument(vm, RJ_ARG(0)) : NULL;
    double to;

    if (!needle)
        return RJ_THROWN;
    to = text->length;
    if (RJ_ARG(1) != RJ_UNDEFINED && !rj_to_integer(vm, args[1], &to))
        return RJ_THROWN;
    to = fmin(fmax(to, 0), text->length);
    return rj_boolean(needle->length <= (uint32_t)to &&
                      is_at(text, needle, (uint32_t)to - needle->length));
}

/* ---- replace ---- */

struct replacing {
    struct rj_vm *vm;
    struct rj_string *text;
    struct rj_string *needle;
    rj_value by; /* a function or a flat string */
    struct rj_units units;
};

/* What stands after a $ at `i` of the pattern; how many units of the pattern it was. */
static uint32_t expand_dollar(struct replacing *replacing, struct rj_string *by, uint32_t i,
                              uint32_t at)
{
    uint16_t next = i + 1 < by->length ? rj_string_at(by, i + 1) : 0;
    uint32_t end = at + replacing->needle->length;

    switch (next) {
    case '$':
        rj_units_put(&replacing->units, '$');
        return 2;
    case '&':
        rj_units_part(&replacing->units, replacing->needle, 0, replacing->needle->length);
        return 2;
    case '`':
        rj_units_part(&replacing->units, replacing->text, 0, at);
        return 2;
    case '\'':
        rj_units_part(&replacing->units, replacing->text, end, replacing->text->length);
        return 2;
    default:
        rj_units_put(&replacing->units, '$');
        return 1;
    }
}

static bool replace_one(struct replacing *replacing, uint32_t at)
{
    rj_value triple[3] = {rj_cell_value(replacing->needle), rj_number(at),
                          rj_cell_value(replacing->text)};
    struct rj_string *by;
    rj_value answer;

    if (rj_is_kind(replacing->by, RJ_FUNCTION)) {
        answer = rj_call(replacing->vm, replacing->by, RJ_UNDEFINED, 3, triple);
        by = answer == RJ_THROWN ? NULL : rj_to_flat(replacing->vm, answer);
        if (by)
            rj_units_part(&replacing->units, by, 0, by->length);
        return by && !replacing->units.failed;
    }
    by = rj_as_string(replacing->by);
    for (uint32_t i = 0; i < by->length && !replacing->units.failed;) {
        if (rj_string_at(by, i) == '$') {
            i += expand_dollar(replacing, by, i, at);
        } else {
            rj_units_put(&replacing->units, rj_string_at(by, i));
            i++;
        }
    }
    return !replacing->units.failed;
}

static rj_value replace(struct rj_vm *vm, struct rj_string *text, uint32_t argc,
                        const rj_value *args, bool all)
{
    struct replacing replacing = {.vm = vm, .text = text, .by = RJ_ARG(1)};
    uint32_t copied = 0;
    int64_t at;

    rj_units_init(&replacing.units, vm);
    replacing.needle = text ? needle_argument(vm, RJ_ARG(0)) : NULL;
    if (replacing.needle && !rj_is_kind(replacing.by, RJ_FUNCTION))
        replacing.by = rj_result(rj_to_flat(vm, replacing.by));
    if (!replacing.needle || replacing.by == RJ_THROWN)
        return RJ_THROWN;
    at = rj_string_find(text, replacing.needle, 0);
    while (at >= 0) {
        rj_units_part(&replacing.units, text, copied, (uint32_t)at);
        if (!replace_one(&replacing, (uint32_t)at))
            return RJ_THROWN;
        copied = (uint32_t)at + replacing.needle->length;
        if (!all || copied > text->length)
            break;
        at = (int64_t)copied + (replacing.needle->length == 0);
        at = at > text->length ? -1 : rj_string_find(text, replacing.needle, (uint32_t)at);
    }
    if (!copied && !replacing.units.length && !replacing.units.failed && text->length && at < 0)
        return rj_cell_value(text);
    rj_units_part(&replacing.units, text, copied, text->length);
    return rj_result(rj_units_finish(&replacing.units));
}

RJ_BUILTIN(string_replace)
{
    return replace(vm, rj_this_string(vm, this_value, "replace"), argc, args, false);
}

RJ_BUILTIN(string_replace_all)
{
    return replace(vm, rj_this_string(vm, this_value, "replaceAll"), argc, args, true);
}

const struct rj_builtin rj_string_searches[] = {
    {"indexOf", string_index_of, 1, 0},
    {"lastIndexOf", string_last_index_of, 1, 0},
    {"includes", string_includes, 1, 0},
    {"startsWith", starts_with, 1, 0},
    {"endsWith", ends_with, 1, 0},
    {"replace", string_replace, 2, 0},
    {"replaceAll", string_replace_all, 2, 0},
    {0},
};
