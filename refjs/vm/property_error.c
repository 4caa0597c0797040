/* What is said about properties that cannot be read or written. */
#include "vm/property.h"

const char *rj_key_text(struct rj_vm *vm, rj_value key)
{
    struct rj_string *name = rj_key_string(vm, key);
    const char *text = name ? rj_string_text(vm, name, NULL) : NULL;

    return text ? text : "?";
}

/* The name of the function that made the object. */
static const char *constructor_name(struct rj_vm *vm, struct rj_object *object)
{
    struct rj_found found;

    if (!rj_find(vm, object, rj_cell_value(vm->atoms.constructor), &found) ||
        found.attributes & RJ_ACCESSOR || !rj_is_function(found.value))
        return "Object";
    return ((struct rj_function *)rj_as_object(found.value))->code->name;
}

const char *rj_describe(struct rj_vm *vm, rj_value value)
{
    struct rj_string *string;
    const char *text;

    if (!rj_is_object(value)) {
        string = rj_to_string(vm, value);
        text = string ? rj_string_text(vm, string, NULL) : NULL;
        return text ? text : "?";
    }
    if (rj_is_kind(value, RJ_ARRAY))
        return "[object Array]";
    if (rj_is_function(value))
        string = rj_string_format(vm, "function '%s'",
                                  ((struct rj_function *)rj_as_object(value))->code->name);
    else
        string = rj_string_format(vm, "#<%s>", constructor_name(vm, rj_as_object(value)));
    text = string ? rj_string_text(vm, string, NULL) : NULL;
    return text ? text : "#<Object>";
}

bool rj_throw_read_only(struct rj_vm *vm, rj_value key, rj_value object)
{
    rj_throw_error(vm, RJ_ERROR_TYPE, "Cannot assign to read only property '%s' of object '%s'",
                   rj_key_text(vm, key), rj_describe(vm, object));
    return false;
}

bool rj_throw_not_extensible(struct rj_vm *vm, rj_value key)
{
    rj_throw_error(vm, RJ_ERROR_TYPE, "Cannot add property %s, object is not extensible",
                   rj_key_text(vm, key));
    return false;
}

bool rj_throw_no_setter(struct rj_vm *vm, rj_value key, rj_value object)
{
    rj_throw_error(vm, RJ_ERROR_TYPE, "Cannot set property %s of %s which has only a getter",
                   rj_key_text(vm, key), rj_describe(vm, object));
    return false;
}

bool rj_throw_nullish(struct rj_vm *vm, const char *verb, rj_value receiver, rj_value key)
{
    rj_throw_error(vm, RJ_ERROR_TYPE, "Cannot %s properties of %s (%s '%s')", verb,
                   receiver == RJ_NULL ? "null" : "undefined",
                   verb[0] == 'r' ? "reading" : "setting", rj_key_text(vm, key));
    return false;
}
