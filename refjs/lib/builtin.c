/* How globals, functions and constructors are defined, and what builtins ask of arguments. */
#include "lib/builtin.h"
#include "vm/shape.h"

#include <math.h>

bool rj_define_hidden(struct rj_vm *vm, struct rj_object *object, const char *name, rj_value value)
{
    struct rj_string *key = rj_atom_text(vm, name);

    return key && rj_define(vm, object, rj_cell_value(key), value, RJ_HIDDEN);
}

bool rj_define_builtins(struct rj_vm *vm, struct rj_object *object, const struct rj_builtin *table)
{
    for (; table->name; table++) {
        struct rj_function *function =
            rj_native_new(vm, table->name, table->entry, table->length, table->intrinsic);

        if (!function || !rj_define_hidden(vm, object, table->name, rj_cell_value(function)))
            return false;
    }
    return true;
}

bool rj_define_constants(struct rj_vm *vm, struct rj_object *object,
                         const struct rj_numeric_constant *table)
{
    for (; table->name; table++) {
        struct rj_string *key = rj_atom_text(vm, table->name);

        if (!key || !rj_define(vm, object, rj_cell_value(key), rj_number(table->value), 0))
            return false;
    }
    return true;
}

bool rj_define_getter(struct rj_vm *vm, struct rj_object *object, const char *name, rj_entry entry)
{
    struct rj_string *key = rj_atom_text(vm, name);
    struct rj_function *getter = rj_native_new(vm, name, entry, 0, RJ_INTRINSIC_NONE);

    return key && getter &&
           rj_define_accessor(vm, object, rj_cell_value(key), rj_cell_value(getter), RJ_UNDEFINED,
                              RJ_CONFIGURABLE);
}

struct rj_function *rj_define_constructor(struct rj_vm *vm, const struct rj_builtin *builtin,
                                          struct rj_object *prototype)
{
    struct rj_function *function =
        rj_native_new(vm, builtin->name, builtin->entry, builtin->length, builtin->intrinsic);

    if (!function)
        return NULL;
    function->object.cell.flags |= RJ_FUNCTION_CONSTRUCTOR;
    function->prototype = rj_cell_value(prototype);
    if (!rj_define_hidden(vm, prototype, "constructor", rj_cell_value(function)) ||
        !rj_define_hidden(vm, vm->realm.global, builtin->name, rj_cell_value(function)))
        return NULL;
    return function;
}

struct rj_object *rj_define_namespace(struct rj_vm *vm, const char *name,
                                      const struct rj_builtin *table)
{
    struct rj_object *object = rj_object_plain(vm);

    if (!object || !rj_define_builtins(vm, object, table) ||
        !rj_define_hidden(vm, vm->realm.global, name, rj_cell_value(object)))
        return NULL;
    return object;
}

static struct rj_shape *shape_for(struct rj_vm *vm, rj_value new_target, struct rj_shape *shape)
{
    rj_value prototype = rj_get(vm, new_target, rj_cell_value(vm->atoms.prototype));

    if (prototype == RJ_THROWN)
        return NULL;
    if (!rj_is_object(prototype) || rj_as_object(prototype) == shape->prototype)
        return shape;
    return rj_shape_shared(vm, (enum rj_kind)shape->cell.extra, rj_as_object(prototype));
}

struct rj_object *rj_new_for(struct rj_vm *vm, rj_value new_target, struct rj_shape *shape,
                             size_t bytes)
{
    if (rj_is_kind(new_target, RJ_FUNCTION))
        shape = shape_for(vm, new_target, shape);
    if (!shape)
        return NULL;
    return rj_object_new(vm, shape, bytes, 0);
}

/* The constructor's name that an object inherits, "Object" if there is none to be seen. */
static const char *class_text(struct rj_vm *vm, rj_value value)
{
    rj_value constructor = rj_get(vm, value, rj_cell_value(vm->atoms.constructor));
    rj_value name = RJ_UNDEFINED;

    if (rj_is_kind(constructor, RJ_FUNCTION))
        name = rj_get(vm, constructor, rj_cell_value(vm->atoms.name));
    vm->exception = RJ_UNDEFINED;
    return rj_is_string(name) ? rj_string_text(vm, rj_as_string(name), NULL) : "Object";
}

const char *rj_value_text(struct rj_vm *vm, rj_value value)
{
    struct rj_string *string;
    const char *text;

    if (rj_is_object(value) && !rj_is_kind(value, RJ_FUNCTION)) {
        text = class_text(vm, value);
        string = text ? rj_string_format(vm, "#<%s>", text) : NULL;
    } else if (rj_is_string(value)) {
        text = rj_string_text(vm, rj_as_string(value), NULL);
        string = text ? rj_string_format(vm, "\"%s\"", text) : NULL;
    } else {
        string = rj_to_string(vm, value);
    }
    text = string ? rj_string_text(vm, string, NULL) : NULL;
    return text ? text : "value";
}

bool rj_require_function(struct rj_vm *vm, rj_value value)
{
    if (rj_is_kind(value, RJ_FUNCTION))
        return true;
    rj_throw_error(vm, RJ_ERROR_TYPE, "%s is not a function", rj_value_text(vm, value));
    return false;
}

bool rj_relative_index(struct rj_vm *vm, rj_value value, double length, double missing,
                       double *index)
{
    double number;

    *index = missing;
    if (value == RJ_UNDEFINED)
        return true;
    if (rj_is_int(value))
        number = rj_as_int(value);
    else if (!rj_to_integer(vm, value, &number))
        return false;
    if (number < 0)
        number = fmax(length + number, 0);
    *index = fmin(number, length);
    return true;
}

struct rj_string *rj_to_flat(struct rj_vm *vm, rj_value value)
{
    struct rj_string *string = rj_is_string(value) ? rj_as_string(value) : rj_to_string(vm, value);

    return string && rj_flatten(vm, string) ? string : NULL;
}

bool rj_is_iterable(rj_value value)
{
    if (rj_is_kind(value, RJ_BOXED))
        value = ((struct rj_boxed *)rj_as_cell(value))->boxed;
    if (!rj_is_cell(value))
        return false;
    switch (rj_as_cell(value)->kind) {
    case RJ_STRING:
    case RJ_ARRAY:
    case RJ_FLOAT64_ARRAY:
    case RJ_INT32_ARRAY:
    case RJ_UINT8_ARRAY:
    case RJ_MAP:
    case RJ_SET:
    case RJ_ITERATOR:
        return true;
    default:
        return false;
    }
}

rj_value rj_iterate_argument(struct rj_vm *vm, rj_value value)
{
    const char *type;

    if (rj_is_iterable(value))
        return rj_iterate(vm, value);
    type = rj_string_text(vm, rj_typeof(vm, value), NULL);
    if (rj_is_object(value) || value == RJ_UNDEFINED)
        return rj_throw_error(vm, RJ_ERROR_TYPE,
                              "%s is not iterable (cannot read property Symbol(Symbol.iterator))",
                              type);
    return rj_throw_error(vm, RJ_ERROR_TYPE,
                          "%s %s is not iterable (cannot read property Symbol(Symbol.iterator))",
                          type, rj_value_text(vm, value));
}
