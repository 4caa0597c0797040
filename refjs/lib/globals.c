/* Global functions and values that belong to no object. */
#include "lib/builtin.h"
#include "vm/number.h"

#include <math.h>

/* The digit's value, 36 for what is none. */
static int32_t digit_value(uint16_t unit)
{
    if (unit >= '0' && unit <= '9')
        return unit - '0';
    if ((unit | 0x20) >= 'a' && (unit | 0x20) <= 'z' && unit < 0x80)
        return (unit | 0x20) - 'a' + 10;
    return 36;
}

/* The digits as a number. Long decimal ones go through the converter that rounds rightly. */
static double digits_to_number(struct rj_vm *vm, struct rj_string *text, uint32_t from,
                               int32_t radix)
{
    long double number = 0;
    uint32_t at = from;
    struct rj_string *part;

    for (; at < text->length && digit_value(rj_string_at(text, at)) < radix; at++)
        number = number * (long double)radix + (long double)digit_value(rj_string_at(text, at));
    if (at == from)
        return NAN;
    if (radix != 10 || at - from <= 15)
        return (double)number;
    part = rj_string_slice(vm, text, from, at);
    return part ? rj_parse_float(vm, part) : NAN;
}

double rj_parse_int(struct rj_vm *vm, struct rj_string *text, int32_t radix)
{
    uint32_t at = 0;
    bool negative = false;
    double number;

    while (at < text->length && rj_is_space(rj_string_at(text, at)))
        at++;
    if (at < text->length && (rj_string_at(text, at) == '-' || rj_string_at(text, at) == '+'))
        negative = rj_string_at(text, at++) == '-';
    if (radix && (radix < 2 || radix > 36))
        return NAN;
    if ((!radix || radix == 16) && at + 1 < text->length && rj_string_at(text, at) == '0' &&
        (rj_string_at(text, at + 1) | 0x20) == 'x') {
        at += 2;
        radix = 16;
    }
    number = digits_to_number(vm, text, at, radix ? radix : 10);
    return negative ? -number : number;
}

RJ_BUILTIN(global_parse_int)
{
    struct rj_string *text;
    int32_t radix = 0;

    if (rj_is_int(RJ_ARG(0)) && argc == 1)
        return args[0];
    text = rj_to_flat(vm, RJ_ARG(0));
    if (!text || !rj_to_int32(vm, RJ_ARG(1), &radix))
        return RJ_THROWN;
    return rj_number(rj_parse_int(vm, text, radix));
}

RJ_BUILTIN(global_parse_float)
{
    struct rj_string *text;

    if (rj_is_int(RJ_ARG(0)))
        return args[0];
    text = rj_to_flat(vm, RJ_ARG(0));
    return text ? rj_number(rj_parse_float(vm, text)) : RJ_THROWN;
}

RJ_BUILTIN(global_is_nan)
{
    rj_value number = rj_to_number(vm, RJ_ARG(0));

    return number == RJ_THROWN ? number : rj_boolean(isnan(rj_as_number(number)));
}

RJ_BUILTIN(global_is_finite)
{
    rj_value number = rj_to_number(vm, RJ_ARG(0));

    return number == RJ_THROWN ? number : rj_boolean(isfinite(rj_as_number(number)));
}

static const struct rj_builtin functions[] = {
    {"parseInt", global_parse_int, 2, 0},
    {"parseFloat", global_parse_float, 1, 0},
    {"isNaN", global_is_nan, 1, 0},
    {"isFinite", global_is_finite, 1, 0},
    {0},
};

static const struct rj_numeric_constant constants[] = {
    {"NaN", NAN},
    {"Infinity", INFINITY},
    {0},
};

/* parseInt and parseFloat of Number are the global functions themselves. */
static bool share_with_number(struct rj_vm *vm)
{
    static const char *const names[] = {"parseInt", "parseFloat"};
    rj_value number =
        rj_get(vm, rj_cell_value(vm->realm.number_prototype), rj_cell_value(vm->atoms.constructor));

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct rj_string *name = rj_atom_text(vm, names[i]);
        rj_value function =
            name ? rj_get(vm, rj_cell_value(vm->realm.global), rj_cell_value(name)) : RJ_THROWN;

        if (function == RJ_THROWN ||
            !rj_define_hidden(vm, rj_as_object(number), names[i], function))
            return false;
    }
    return true;
}

bool rj_init_globals(struct rj_vm *vm)
{
    struct rj_object *global = vm->realm.global;

    return rj_define_builtins(vm, global, functions) &&
           rj_define_constants(vm, global, constants) &&
           rj_define(vm, global, rj_cell_value(vm->atoms.undefined), RJ_UNDEFINED, 0) &&
           rj_define_hidden(vm, global, "globalThis", rj_cell_value(global)) &&
           share_with_number(vm);
}
