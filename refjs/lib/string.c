/* String, and the plainest methods of strings. */
#include "lib/builtin.h"
#include "lib/units.h"
#include "vm/shape.h"

#include <math.h>

struct rj_string *rj_this_string(struct rj_vm *vm, rj_value this_value, const char *method)
{
    if (rj_is_nullish(this_value)) {
        rj_throw_error(vm, RJ_ERROR_TYPE, "String.prototype.%s called on null or undefined",
                       method);
        return NULL;
    }
    return rj_to_flat(vm, this_value);
}

RJ_BUILTIN(string_construct)
{
    struct rj_string *string = argc ? rj_to_string(vm, args[0]) : vm->atoms.empty;
    struct rj_boxed *boxed;
    struct rj_shape *shape;

    if (!string || new_target == RJ_UNDEFINED)
        return rj_result(string);
    if (new_target == rj_cell_value(callee))
        return rj_result(rj_to_object(vm, rj_cell_value(string)));
    shape = rj_shape_shared(vm, RJ_BOXED, vm->realm.string_prototype);
    boxed = shape ? (struct rj_boxed *)rj_new_for(vm, new_target, shape, sizeof(*boxed)) : NULL;
    if (boxed)
        boxed->boxed = rj_cell_value(string);
    return rj_result(boxed);
}

RJ_BUILTIN(from_char_code)
{
    struct rj_units units;
    int32_t unit;

    if (argc == 1 && rj_is_int(args[0]))
        return rj_result(rj_string_unit(vm, (uint16_t)rj_as_int(args[0])));
    rj_units_init(&units, vm);
    for (uint32_t i = 0; i < argc; i++) {
        if (!rj_to_int32(vm, args[i], &unit))
            return RJ_THROWN;
        rj_units_put(&units, (uint16_t)unit);
    }
    return rj_result(rj_units_finish(&units));
}

RJ_BUILTIN(from_code_point)
{
    struct rj_units units;

    rj_units_init(&units, vm);
    for (uint32_t i = 0; i < argc; i++) {
        rj_value number = rj_to_number(vm, args[i]);
        double point = number == RJ_THROWN ? 0 : rj_as_number(number);

        if (number == RJ_THROWN)
            return RJ_THROWN;
        if (!(point >= 0 && point <= 0x10ffff) || point != floor(point))
            return rj_throw_error(vm, RJ_ERROR_RANGE, "Invalid code point %s",
                                  rj_value_text(vm, number));
        rj_units_code_point(&units, (uint32_t)point);
    }
    return rj_result(rj_units_finish(&units));
}

/* An index into `string`; false after throwing. *index is -1 where there is nothing. */
static bool unit_index(struct rj_vm *vm, const struct rj_string *string, rj_value value,
                       int64_t *index)
{
    double number;

    if (rj_is_int(value)) {
        *index = rj_as_int(value);
    } else {
        if (!rj_to_integer(vm, value, &number))
            return false;
        *index = number >= 0 && number < string->length ? (int64_t)number : -1;
    }
    if (*index >= string->length || *index < 0)
        *index = -1;
    return true;
}

RJ_BUILTIN(char_at)
{
    struct rj_string *string = rj_this_string(vm, this_value, "charAt");
    int64_t index;

    if (!string || !unit_index(vm, string, RJ_ARG(0), &index))
        return RJ_THROWN;
    if (index < 0)
        return rj_cell_value(vm->atoms.empty);
    return rj_result(rj_string_unit(vm, rj_string_at(string, (uint32_t)index)));
}

RJ_BUILTIN(char_code_at)
{
    struct rj_string *string = rj_this_string(vm, this_value, "charCodeAt");
    int64_t index;

    if (!string || !unit_index(vm, string, RJ_ARG(0), &index))
        return RJ_THROWN;
    return index < 0 ? rj_double(NAN) : rj_int(rj_string_at(string, (uint32_t)index));
}

RJ_BUILTIN(code_point_at)
{
    struct rj_string *string = rj_this_string(vm, this_value, "codePointAt");
    int64_t index;
    int32_t high;
    int32_t low;

    if (!string || !unit_index(vm, string, RJ_ARG(0), &index))
        return RJ_THROWN;
    if (index < 0)
        return RJ_UNDEFINED;
    high = rj_string_at(string, (uint32_t)index);
    if ((high & 0xfc00) != 0xd800 || index + 1 == string->length)
        return rj_int(high);
    low = rj_string_at(string, (uint32_t)index + 1);
    if ((low & 0xfc00) != 0xdc00)
        return rj_int(high);
    return rj_int(0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff));
}

RJ_BUILTIN(string_at)
{
    struct rj_string *string = rj_this_string(vm, this_value, "at");
    double index;

    if (!string || !rj_to_integer(vm, RJ_ARG(0), &index))
        return RJ_THROWN;
    if (index < 0)
        index += string->length;
    if (!(index >= 0 && index < string->length))
        return RJ_UNDEFINED;
    return rj_result(rj_string_unit(vm, rj_string_at(string, (uint32_t)index)));
}

/* toString() and valueOf(). */
RJ_BUILTIN(string_value)
{
    if (rj_is_kind(this_value, RJ_BOXED))
        this_value = ((struct rj_boxed *)rj_as_cell(this_value))->boxed;
    if (rj_is_string(this_value))
        return this_value;
    return rj_throw_error(vm, RJ_ERROR_TYPE,
                          "String.prototype.toString requires that 'this' be a String");
}

RJ_BUILTIN(string_concat)
{
    struct rj_string *string = rj_this_string(vm, this_value, "concat");

    for (uint32_t i = 0; string && i < argc; i++) {
        struct rj_string *more = rj_to_string(vm, args[i]);

        string = more ? rj_string_concat(vm, string, more) : NULL;
    }
    return rj_result(string);
}

static const struct rj_builtin constructor = {"String", string_construct, 1, 0};

static const struct rj_builtin statics[] = {
    {"fromCharCode", from_char_code, 1, RJ_INTRINSIC_FROM_CHAR_CODE},
    {"fromCodePoint", from_code_point, 1, 0},
    {0},
};

static const struct rj_builtin methods[] = {
    {"charAt", char_at, 1, 0},
    {"charCodeAt", char_code_at, 1, RJ_INTRINSIC_CHAR_CODE_AT},
    {"codePointAt", code_point_at, 1, 0},
    {"at", string_at, 1, 0},
    {"concat", string_concat, 1, 0},
    {"toString", string_value, 0, 0},
    {"valueOf", string_value, 0, 0},
    {0},
};

bool rj_init_string(struct rj_vm *vm)
{
    struct rj_object *prototype = vm->realm.string_prototype;
    struct rj_function *function = rj_define_constructor(vm, &constructor, prototype);

    return function && rj_define_builtins(vm, &function->object, statics) &&
           rj_define_builtins(vm, prototype, methods) &&
           rj_define_builtins(vm, prototype, rj_string_searches) &&
           rj_define_builtins(vm, prototype, rj_string_pieces) &&
           rj_define_builtins(vm, prototype, rj_string_cases);
}
