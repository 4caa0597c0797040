/* Object and Object.prototype. */
#include "lib/builtin.h"

static struct rj_object *argument_object(struct rj_vm *vm, uint32_t argc, const rj_value *args)
{
    return rj_to_object(vm, RJ_ARG(0));
}

enum listing { KEYS, VALUES, ENTRIES };

/* One row of Object.entries(), values() or keys(). */
static rj_value list_item(struct rj_vm *vm, struct rj_object *object, rj_value name,
                          enum listing what)
{
    rj_value pair[2] = {name, RJ_UNDEFINED};
    rj_value key;

    if (what == KEYS)
        return name;
    key = rj_to_key(vm, name);
    if (key == RJ_THROWN)
        return RJ_THROWN;
    pair[1] = rj_get(vm, rj_cell_value(object), key);
    if (what == VALUES || pair[1] == RJ_THROWN)
        return pair[1];
    return rj_result(rj_array_new(vm, 2, pair));
}

static rj_value list(struct rj_vm *vm, struct rj_object *object, enum listing what)
{
    struct rj_array *names = object ? rj_own_keys(vm, object, true) : NULL;

    if (!names)
        return RJ_THROWN;
    for (uint32_t i = 0; what != KEYS && i < names->length; i++) {
        rj_value item = list_item(vm, object, names->elements[i], what);

        if (item == RJ_THROWN)
            return RJ_THROWN;
        names->elements[i] = item;
    }
    return rj_cell_value(names);
}

RJ_BUILTIN(object_keys)
{
    return list(vm, argument_object(vm, argc, args), KEYS);
}

RJ_BUILTIN(object_values)
{
    return list(vm, argument_object(vm, argc, args), VALUES);
}

RJ_BUILTIN(object_entries)
{
    return list(vm, argument_object(vm, argc, args), ENTRIES);
}

RJ_BUILTIN(object_names)
{
    struct rj_object *object = argument_object(vm, argc, args);

    return object ? rj_result(rj_own_keys(vm, object, false)) : RJ_THROWN;
}

static bool assign_from(struct rj_vm *vm, struct rj_object *target, rj_value value)
{
    struct rj_object *source;
    struct rj_array *names;

    if (rj_is_nullish(value))
        return true;
    source = rj_to_object(vm, value);
    names = source ? rj_own_keys(vm, source, true) : NULL;
    if (!names)
        return false;
    for (uint32_t i = 0; i < names->length; i++) {
        rj_value key = rj_to_key(vm, names->elements[i]);
        rj_value item = key == RJ_THROWN ? key : rj_get(vm, rj_cell_value(source), key);

        if (item == RJ_THROWN || rj_set(vm, rj_cell_value(target), key, item) == RJ_THROWN)
            return false;
    }
    return true;
}

RJ_BUILTIN(object_assign)
{
    struct rj_object *target = argument_object(vm, argc, args);

    if (!target)
        return RJ_THROWN;
    for (uint32_t i = 1; i < argc; i++) {
        if (!assign_from(vm, target, args[i]))
            return RJ_THROWN;
    }
    return rj_cell_value(target);
}

RJ_BUILTIN(object_from_entries)
{
    struct rj_object *object = rj_object_plain(vm);
    rj_value iterator = object ? rj_iterate_argument(vm, RJ_ARG(0)) : RJ_THROWN;

    for (;;) {
        rj_value pair = iterator == RJ_THROWN ? RJ_THROWN : rj_next(vm, iterator);
        rj_value key;
        rj_value item;

        if (pair == RJ_HOLE)
            return rj_cell_value(object);
        if (pair == RJ_THROWN)
            return RJ_THROWN;
        if (!rj_is_object(pair))
            return rj_throw_error(vm, RJ_ERROR_TYPE, "Iterator value %s is not an entry object",
                                  rj_value_text(vm, pair));
        key = rj_get(vm, pair, rj_int(0));
        item = key == RJ_THROWN ? key : rj_get(vm, pair, rj_int(1));
        key = item == RJ_THROWN ? item : rj_to_key(vm, key);
        if (key == RJ_THROWN || !rj_define(vm, object, key, item, RJ_PLAIN))
            return RJ_THROWN;
    }
}

RJ_BUILTIN(object_is)
{
    return rj_boolean(rj_same_value(vm, RJ_ARG(0), RJ_ARG(1)));
}

RJ_BUILTIN(object_get_prototype)
{
    struct rj_object *object = argument_object(vm, argc, args);

    if (!object)
        return RJ_THROWN;
    return object->shape->prototype ? rj_cell_value(object->shape->prototype) : RJ_NULL;
}

static bool set_prototype(struct rj_vm *vm, rj_value target, rj_value prototype)
{
    struct rj_object *wanted = prototype == RJ_NULL ? NULL : rj_as_object(prototype);

    if (!rj_is_object(target) || rj_as_object(target)->shape->prototype == wanted)
        return true;
    if (rj_as_object(target)->cell.flags & RJ_OBJECT_SEALED) {
        rj_throw_error(vm, RJ_ERROR_TYPE, "%s is not extensible", rj_value_text(vm, target));
        return false;
    }
    for (struct rj_object *at = wanted; at; at = at->shape->prototype) {
        if (at == rj_as_object(target)) {
            rj_throw_error(vm, RJ_ERROR_TYPE, "Cyclic __proto__ value");
            return false;
        }
    }
    return rj_object_set_prototype(vm, rj_as_object(target), wanted);
}

RJ_BUILTIN(object_set_prototype)
{
    if (rj_is_nullish(RJ_ARG(0)))
        return rj_throw_error(vm, RJ_ERROR_TYPE,
                              "Object.setPrototypeOf called on null or undefined");
    if (RJ_ARG(1) != RJ_NULL && !rj_is_object(RJ_ARG(1)))
        return rj_throw_error(vm, RJ_ERROR_TYPE,
                              "Object prototype may only be an Object or null: "
                              "%s",
                              rj_value_text(vm, RJ_ARG(1)));
    return set_prototype(vm, args[0], args[1]) ? args[0] : RJ_THROWN;
}

RJ_BUILTIN(get_proto)
{
    return object_get_prototype(vm, callee, RJ_UNDEFINED, 1, &this_value, RJ_UNDEFINED);
}

RJ_BUILTIN(set_proto)
{
    if (RJ_ARG(0) != RJ_NULL && !rj_is_object(RJ_ARG(0)))
        return RJ_UNDEFINED;
    return set_prototype(vm, this_value, args[0]) ? RJ_UNDEFINED : RJ_THROWN;
}

RJ_BUILTIN(object_construct)
{
    if (new_target != RJ_UNDEFINED && new_target != rj_cell_value(callee))
        return rj_result(rj_construct_object(vm, rj_as_function(new_target)));
    if (rj_is_nullish(RJ_ARG(0)))
        return rj_result(rj_object_plain(vm));
    return rj_result(rj_to_object(vm, args[0]));
}

/* ---- Object.prototype ---- */

static rj_value has_own(struct rj_vm *vm, rj_value receiver, rj_value name, uint32_t attributes)
{
    rj_value key = rj_to_key(vm, name);
    struct rj_object *object = key == RJ_THROWN ? NULL : rj_to_object(vm, receiver);
    struct rj_own own;

    if (!object)
        return RJ_THROWN;
    return rj_boolean(rj_get_own(vm, object, key, &own) &&
                      (own.attributes & attributes) == attributes);
}

RJ_BUILTIN(has_own_property)
{
    return has_own(vm, this_value, RJ_ARG(0), 0);
}

RJ_BUILTIN(object_has_own)
{
    return has_own(vm, RJ_ARG(0), RJ_ARG(1), 0);
}

RJ_BUILTIN(property_is_enumerable)
{
    return has_own(vm, this_value, RJ_ARG(0), RJ_ENUMERABLE);
}

RJ_BUILTIN(is_prototype_of)
{
    struct rj_object *at;

    if (!rj_is_object(RJ_ARG(0)))
        return RJ_FALSE;
    at = rj_as_object(args[0])->shape->prototype;
    while (at && rj_cell_value(at) != this_value)
        at = at->shape->prototype;
    return rj_boolean(at != NULL);
}

static const char *const class_names[] = {
    [RJ_STRING] = "String",
    [RJ_ARRAY] = "Array",
    [RJ_FUNCTION] = "Function",
    [RJ_FLOAT64_ARRAY] = "Float64Array",
    [RJ_INT32_ARRAY] = "Int32Array",
    [RJ_UINT8_ARRAY] = "Uint8Array",
    [RJ_MAP] = "Map",
    [RJ_SET] = "Set",
    [RJ_ITERATOR] = "Iterator",
    [RJ_ERROR] = "Error",
    [RJ_DATE] = "Date",
};

static const char *class_name(rj_value value)
{
    if (rj_is_kind(value, RJ_BOXED))
        value = ((struct rj_boxed *)rj_as_cell(value))->boxed;
    if (rj_is_number(value))
        return "Number";
    if (rj_is_boolean(value))
        return "Boolean";
    if (!rj_is_cell(value))
        return value == RJ_NULL ? "Null" : "Undefined";
    if (rj_as_cell(value)->kind >= sizeof(class_names) / sizeof(*class_names))
        return "Object";
    return class_names[rj_as_cell(value)->kind] ? class_names[rj_as_cell(value)->kind] : "Object";
}

RJ_BUILTIN(object_to_string)
{
    return rj_result(rj_string_format(vm, "[object %s]", class_name(this_value)));
}

RJ_BUILTIN(object_to_locale_string)
{
    rj_value method = rj_get(vm, this_value, rj_cell_value(vm->atoms.toString));

    return method == RJ_THROWN ? method : rj_call(vm, method, this_value, 0, NULL);
}

RJ_BUILTIN(object_value_of)
{
    return rj_result(rj_to_object(vm, this_value));
}

static const struct rj_builtin constructor = {"Object", object_construct, 1, 0};

static const struct rj_builtin statics[] = {
    {"keys", object_keys, 1, 0},
    {"values", object_values, 1, 0},
    {"entries", object_entries, 1, 0},
    {"assign", object_assign, 2, 0},
    {"fromEntries", object_from_entries, 1, 0},
    {"is", object_is, 2, 0},
    {"hasOwn", object_has_own, 2, 0},
    {"getOwnPropertyNames", object_names, 1, 0},
    {"getPrototypeOf", object_get_prototype, 1, 0},
    {"setPrototypeOf", object_set_prototype, 2, 0},
    {0},
};

static const struct rj_builtin methods[] = {
    {"hasOwnProperty", has_own_property, 1, 0},
    {"isPrototypeOf", is_prototype_of, 1, 0},
    {"propertyIsEnumerable", property_is_enumerable, 1, 0},
    {"toString", object_to_string, 0, 0},
    {"toLocaleString", object_to_locale_string, 0, 0},
    {"valueOf", object_value_of, 0, 0},
    {0},
};

bool rj_init_object(struct rj_vm *vm)
{
    struct rj_object *prototype = vm->realm.object_prototype;
    struct rj_function *function = rj_define_constructor(vm, &constructor, prototype);
    struct rj_function *getter = rj_native_new(vm, "get __proto__", get_proto, 0, 0);
    struct rj_function *setter = rj_native_new(vm, "set __proto__", set_proto, 1, 0);

    return function && getter && setter && rj_define_builtins(vm, &function->object, statics) &&
           rj_define_builtins(vm, &function->object, rj_object_property_builtins) &&
           rj_define_builtins(vm, prototype, methods) &&
           rj_define_accessor(vm, prototype, rj_cell_value(vm->atoms.proto), rj_cell_value(getter),
                              rj_cell_value(setter), RJ_CONFIGURABLE);
}
