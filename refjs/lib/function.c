/* Function.prototype. There is no Function constructor: it would be eval. */
#include "lib/builtin.h"

enum { ARGUMENTS_LIMIT = 1 << 20 }; /* of apply() */

RJ_BUILTIN(function_call)
{
    return rj_call(vm, this_value, RJ_ARG(0), argc ? argc - 1 : 0, argc ? args + 1 : args);
}

/* The arguments as an array: arrays as they are, other array-likes copied. */
static struct rj_array *argument_list(struct rj_vm *vm, rj_value value)
{
    struct rj_array *array;
    rj_value length;
    double count;

    if (rj_is_nullish(value))
        return rj_array_new(vm, 0, NULL);
    if (!rj_is_object(value)) {
        rj_throw_error(vm, RJ_ERROR_TYPE, "CreateListFromArrayLike called on non-object");
        return NULL;
    }
    length = rj_get(vm, value, rj_cell_value(vm->atoms.length));
    if (length == RJ_THROWN || !rj_to_integer(vm, length, &count))
        return NULL;
    array = rj_array_new(vm, 0, NULL);
    if (count > ARGUMENTS_LIMIT) {
        rj_throw_stack(vm);
        return NULL;
    }
    for (int32_t i = 0; array && i < count; i++) {
        rj_value item = rj_get(vm, value, rj_int(i));

        if (item == RJ_THROWN || !rj_array_append(vm, array, item))
            return NULL;
    }
    return array;
}

RJ_BUILTIN(function_apply)
{
    struct rj_array *list = argument_list(vm, RJ_ARG(1));

    if (!list)
        return RJ_THROWN;
    return rj_call(vm, this_value, RJ_ARG(0), list->length, list->elements);
}

/* What bind() made: `bound` is an array of the target, this, and the first arguments. */
RJ_BUILTIN(bound_entry)
{
    struct rj_array *bound = rj_as_array(callee->bound);
    uint32_t first = bound->length - 2;
    struct rj_array *all;

    if (rj_stack_is_low(vm))
        return rj_throw_stack(vm);
    all = rj_array_new(vm, first, bound->elements + 2);
    for (uint32_t i = 0; all && i < argc; i++) {
        if (!rj_array_append(vm, all, args[i]))
            return RJ_THROWN;
    }
    if (!all)
        return RJ_THROWN;
    if (new_target == RJ_UNDEFINED)
        return rj_call(vm, bound->elements[0], bound->elements[1], all->length, all->elements);
    if (new_target == rj_cell_value(callee))
        new_target = bound->elements[0];
    return rj_construct(vm, bound->elements[0], all->length, all->elements, new_target);
}

/* "bound " and the target's name, as a rope: bound functions may be bound again and again. */
static bool name_bound(struct rj_vm *vm, struct rj_function *function, rj_value target)
{
    rj_value value = rj_get(vm, target, rj_cell_value(vm->atoms.name));
    struct rj_string *name = rj_atom_text(vm, "bound ");

    if (value == RJ_THROWN || !name)
        return false;
    if (rj_is_string(value))
        name = rj_string_concat(vm, name, rj_as_string(value));
    return name && rj_define(vm, &function->object, rj_cell_value(vm->atoms.name),
                             rj_cell_value(name), RJ_CONFIGURABLE);
}

RJ_BUILTIN(function_bind)
{
    struct rj_function *target;
    struct rj_function *function;
    struct rj_array *bound;
    rj_value first = RJ_ARG(0);
    uint32_t given = argc > 1 ? argc - 1 : 0;

    if (!rj_is_kind(this_value, RJ_FUNCTION))
        return rj_throw_error(vm, RJ_ERROR_TYPE, "Bind must be called on a function");
    target = rj_as_function(this_value);
    function = rj_native_new(vm, "", bound_entry,
                             target->code->length > given ? target->code->length - given : 0, 0);
    bound = rj_array_new(vm, 1, &this_value);
    if (!function || !bound || !name_bound(vm, function, this_value) ||
        !rj_array_append(vm, bound, first))
        return RJ_THROWN;
    for (uint32_t i = 1; i < argc; i++) {
        if (!rj_array_append(vm, bound, args[i]))
            return RJ_THROWN;
    }
    function->bound = rj_cell_value(bound);
    function->object.cell.flags |= target->object.cell.flags & RJ_FUNCTION_CONSTRUCTOR;
    return rj_cell_value(function);
}

bool rj_function_is_class(const struct rj_function *function)
{
    return function->object.cell.flags & RJ_FUNCTION_CLASS || function->code->flags & RJ_CODE_CLASS;
}

/* The source text is not kept, so all functions read as builtins do. */
RJ_BUILTIN(function_to_string)
{
    struct rj_function *function;

    if (!rj_is_kind(this_value, RJ_FUNCTION))
        return rj_throw_error(vm, RJ_ERROR_TYPE,
                              "Function.prototype.toString requires that 'this' be a Function");
    function = rj_as_function(this_value);
    if (rj_function_is_class(function))
        return rj_result(rj_string_format(vm, "class %s { [native code] }", function->code->name));
    return rj_result(rj_string_format(vm, "function %s() { [native code] }", function->code->name));
}

RJ_BUILTIN(function_construct)
{
    return rj_throw_error(vm, RJ_ERROR_REFERENCE,
                          "Function() is left out: code is not made from strings");
}

static const struct rj_builtin constructor = {"Function", function_construct, 1, 0};

static const struct rj_builtin methods[] = {
    {"call", function_call, 1, 0},
    {"apply", function_apply, 2, 0},
    {"bind", function_bind, 1, 0},
    {"toString", function_to_string, 0, 0},
    {0},
};

bool rj_init_function(struct rj_vm *vm)
{
    return rj_define_constructor(vm, &constructor, vm->realm.function_prototype) &&
           rj_define_builtins(vm, vm->realm.function_prototype, methods);
}
