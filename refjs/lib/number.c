/* Number. Its methods that make text are in number_format.c. */
#include "lib/builtin.h"
#include "vm/shape.h"

#include <float.h>
#include <math.h>

RJ_BUILTIN(number_construct)
{
    rj_value number = argc ? rj_to_number(vm, args[0]) : rj_int(0);
    struct rj_shape *shape;
    struct rj_boxed *boxed;

    if (number == RJ_THROWN || new_target == RJ_UNDEFINED)
        return number;
    if (new_target == rj_cell_value(callee))
        return rj_result(rj_to_object(vm, number));
    shape = rj_shape_shared(vm, RJ_BOXED, vm->realm.number_prototype);
    boxed = shape ? (struct rj_boxed *)rj_new_for(vm, new_target, shape, sizeof(*boxed)) : NULL;
    if (boxed)
        boxed->boxed = number;
    return rj_result(boxed);
}

static bool is_whole(rj_value value)
{
    if (rj_is_int(value))
        return true;
    return rj_is_double(value) && isfinite(rj_as_double(value)) &&
           trunc(rj_as_double(value)) == rj_as_double(value);
}

RJ_BUILTIN(number_is_integer)
{
    return rj_boolean(is_whole(RJ_ARG(0)));
}

RJ_BUILTIN(number_is_safe)
{
    return rj_boolean(is_whole(RJ_ARG(0)) && fabs(rj_as_number(args[0])) <= 9007199254740991.0);
}

RJ_BUILTIN(number_is_finite)
{
    return rj_boolean(rj_is_number(RJ_ARG(0)) && isfinite(rj_as_number(args[0])));
}

RJ_BUILTIN(number_is_nan)
{
    return rj_boolean(rj_is_number(RJ_ARG(0)) && isnan(rj_as_number(args[0])));
}

static const struct rj_builtin constructor = {"Number", number_construct, 1, 0};

static const struct rj_builtin statics[] = {
    {"isInteger", number_is_integer, 1, 0},
    {"isSafeInteger", number_is_safe, 1, 0},
    {"isFinite", number_is_finite, 1, 0},
    {"isNaN", number_is_nan, 1, 0},
    {0},
};

static const struct rj_numeric_constant constants[] = {
    {"MAX_SAFE_INTEGER", 9007199254740991.0},
    {"MIN_SAFE_INTEGER", -9007199254740991.0},
    {"MAX_VALUE", DBL_MAX},
    {"MIN_VALUE", DBL_TRUE_MIN},
    {"EPSILON", DBL_EPSILON},
    {"POSITIVE_INFINITY", INFINITY},
    {"NEGATIVE_INFINITY", -INFINITY},
    {"NaN", NAN},
    {0},
};

bool rj_init_number(struct rj_vm *vm)
{
    struct rj_object *prototype = vm->realm.number_prototype;
    struct rj_function *function = rj_define_constructor(vm, &constructor, prototype);

    return function && rj_define_builtins(vm, &function->object, statics) &&
           rj_define_constants(vm, &function->object, constants) &&
           rj_define_builtins(vm, prototype, rj_number_formats);
}
