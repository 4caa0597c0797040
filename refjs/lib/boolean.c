/* Boolean. */
#include "lib/builtin.h"

RJ_BUILTIN(boolean_construct)
{
    rj_value truth = rj_boolean(rj_truthy(RJ_ARG(0)));

    return new_target == RJ_UNDEFINED ? truth : rj_result(rj_to_object(vm, truth));
}

static rj_value this_boolean(struct rj_vm *vm, rj_value this_value, const char *method)
{
    if (rj_is_kind(this_value, RJ_BOXED))
        this_value = ((struct rj_boxed *)rj_as_cell(this_value))->boxed;
    if (rj_is_boolean(this_value))
        return this_value;
    return rj_throw_error(vm, RJ_ERROR_TYPE,
                          "Boolean.prototype.%s requires that 'this' be a Boolean", method);
}

RJ_BUILTIN(boolean_to_string)
{
    rj_value truth = this_boolean(vm, this_value, "toString");

    if (truth == RJ_THROWN)
        return RJ_THROWN;
    return rj_cell_value(truth == RJ_TRUE ? vm->atoms.true_ : vm->atoms.false_);
}

RJ_BUILTIN(boolean_value_of)
{
    return this_boolean(vm, this_value, "valueOf");
}

static const struct rj_builtin constructor = {"Boolean", boolean_construct, 1, 0};

static const struct rj_builtin methods[] = {
    {"toString", boolean_to_string, 0, 0},
    {"valueOf", boolean_value_of, 0, 0},
    {0},
};

bool rj_init_boolean(struct rj_vm *vm)
{
    struct rj_object *prototype = vm->realm.boolean_prototype;

    return rj_define_constructor(vm, &constructor, prototype) &&
           rj_define_builtins(vm, prototype, methods);
}
