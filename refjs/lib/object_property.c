/* Property descriptors, and objects that take no more properties or no changes. */
#include "lib/builtin.h"

enum { HAS_VALUE = 16, HAS_GET = 32, HAS_SET = 64 };

struct descriptor {
    rj_value value;
    rj_value getter;
    rj_value setter;
    uint32_t attributes;
    uint32_t given; /* which of the attributes, and HAS_* */
};

/* object[name] into *value, if it has such a property. */
static bool read_field(struct rj_vm *vm, rj_value object, struct rj_string *name, rj_value *value,
                       bool *found)
{
    *found = rj_has(vm, rj_as_object(object), rj_cell_value(name));
    if (*found)
        *value = rj_get(vm, object, rj_cell_value(name));
    return !*found || *value != RJ_THROWN;
}

static bool read_accessor(struct rj_vm *vm, rj_value object, struct rj_string *name,
                          rj_value *function, bool *found)
{
    if (!read_field(vm, object, name, function, found))
        return false;
    if (!*found || *function == RJ_UNDEFINED || rj_is_kind(*function, RJ_FUNCTION))
        return true;
    rj_throw_error(vm, RJ_ERROR_TYPE, "%s must be a function: %s",
                   name == vm->atoms.get ? "Getter" : "Setter", rj_value_text(vm, *function));
    return false;
}

static bool read_flags(struct rj_vm *vm, rj_value object, struct descriptor *descriptor)
{
    const struct {
        struct rj_string *name;
        uint32_t bit;
    } flags[] = {
        {vm->atoms.writable, RJ_WRITABLE},
        {vm->atoms.enumerable, RJ_ENUMERABLE},
        {vm->atoms.configurable, RJ_CONFIGURABLE},
    };

    for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
        rj_value value = RJ_UNDEFINED;
        bool found;

        if (!read_field(vm, object, flags[i].name, &value, &found))
            return false;
        if (found)
            descriptor->given |= flags[i].bit;
        if (found && rj_truthy(value))
            descriptor->attributes |= flags[i].bit;
    }
    return true;
}

static bool read_descriptor(struct rj_vm *vm, rj_value object, struct descriptor *descriptor)
{
    bool value;
    bool getter;
    bool setter;

    *descriptor = (struct descriptor){RJ_UNDEFINED, RJ_HOLE, RJ_HOLE, 0, 0};
    if (!rj_is_object(object)) {
        rj_throw_error(vm, RJ_ERROR_TYPE, "Property description must be an object: %s",
                       rj_value_text(vm, object));
        return false;
    }
    if (!read_flags(vm, object, descriptor) ||
        !read_field(vm, object, vm->atoms.value, &descriptor->value, &value) ||
        !read_accessor(vm, object, vm->atoms.get, &descriptor->getter, &getter) ||
        !read_accessor(vm, object, vm->atoms.set, &descriptor->setter, &setter))
        return false;
    descriptor->given |=
        (value ? HAS_VALUE : 0u) | (getter ? HAS_GET : 0u) | (setter ? HAS_SET : 0u);
    if ((getter || setter) && descriptor->given & (HAS_VALUE | RJ_WRITABLE)) {
        rj_throw_error(vm, RJ_ERROR_TYPE,
                       "Invalid property descriptor. Cannot both specify accessors and a value or "
                       "writable attribute, %s",
                       rj_value_text(vm, object));
        return false;
    }
    return true;
}

/* Would the change go against what the property is? */
static bool is_refused(struct rj_vm *vm, const struct rj_own *own,
                       const struct descriptor *descriptor)
{
    uint32_t changed = (own->attributes ^ descriptor->attributes) & descriptor->given;

    if (own->attributes & RJ_CONFIGURABLE)
        return false;
    if (changed & (RJ_CONFIGURABLE | RJ_ENUMERABLE))
        return true;
    if (own->attributes & RJ_ACCESSOR)
        return descriptor->given & (HAS_VALUE | RJ_WRITABLE) ||
               (descriptor->given & HAS_GET && descriptor->getter != own->value) ||
               (descriptor->given & HAS_SET && descriptor->setter != own->setter);
    if (descriptor->given & (HAS_GET | HAS_SET))
        return true;
    if (own->attributes & RJ_WRITABLE)
        return false;
    return changed & RJ_WRITABLE ||
           (descriptor->given & HAS_VALUE && !rj_same_value(vm, own->value, descriptor->value));
}

/* What the descriptor leaves open stays as it is. */
static void merge(const struct rj_own *own, struct descriptor *descriptor)
{
    uint32_t kept = own->attributes & ~descriptor->given & RJ_PLAIN;
    bool becomes_accessor = descriptor->given & (HAS_GET | HAS_SET);

    if (becomes_accessor || own->attributes & RJ_ACCESSOR)
        kept &= ~(uint32_t)RJ_WRITABLE;
    descriptor->attributes |= kept;
    if (own->attributes & RJ_ACCESSOR && !(descriptor->given & (HAS_VALUE | RJ_WRITABLE))) {
        if (!(descriptor->given & HAS_GET))
            descriptor->getter = own->value;
        if (!(descriptor->given & HAS_SET))
            descriptor->setter = own->setter;
        descriptor->given |= HAS_GET | HAS_SET;
    } else if (!becomes_accessor && !(descriptor->given & HAS_VALUE) &&
               !(own->attributes & RJ_ACCESSOR)) {
        descriptor->value = own->value;
    }
}

static rj_value throw_about_key(struct rj_vm *vm, const char *format, rj_value key)
{
    struct rj_string *name = rj_key_string(vm, key);
    const char *text = name ? rj_string_text(vm, name, NULL) : NULL;
    struct rj_string *message = text ? rj_string_format(vm, format, text) : NULL;

    text = message ? rj_string_text(vm, message, NULL) : NULL;
    return text ? rj_throw_error(vm, RJ_ERROR_TYPE, "%s", text) : RJ_THROWN;
}

static bool define(struct rj_vm *vm, struct rj_object *object, rj_value key, rj_value description)
{
    struct descriptor descriptor;
    struct rj_own own;

    if (!read_descriptor(vm, description, &descriptor))
        return false;
    if (rj_get_own(vm, object, key, &own)) {
        if (is_refused(vm, &own, &descriptor)) {
            throw_about_key(vm, "Cannot redefine property: %s", key);
            return false;
        }
        merge(&own, &descriptor);
    } else if (object->cell.flags & RJ_OBJECT_SEALED) {
        throw_about_key(vm, "Cannot define property %s, object is not extensible", key);
        return false;
    }
    if (!(descriptor.given & (HAS_GET | HAS_SET)))
        return rj_define(vm, object, key, descriptor.value, descriptor.attributes);
    if (descriptor.getter == RJ_HOLE)
        descriptor.getter = RJ_UNDEFINED;
    if (descriptor.setter == RJ_HOLE)
        descriptor.setter = RJ_UNDEFINED;
    return rj_define_accessor(vm, object, key, descriptor.getter, descriptor.setter,
                              descriptor.attributes);
}

static bool require_object(struct rj_vm *vm, rj_value value, const char *function)
{
    if (!rj_is_object(value))
        rj_throw_error(vm, RJ_ERROR_TYPE, "Object.%s called on non-object", function);
    return rj_is_object(value);
}

RJ_BUILTIN(define_property)
{
    rj_value key;

    if (!require_object(vm, RJ_ARG(0), "defineProperty"))
        return RJ_THROWN;
    key = rj_to_key(vm, RJ_ARG(1));
    if (key == RJ_THROWN || !define(vm, rj_as_object(args[0]), key, RJ_ARG(2)))
        return RJ_THROWN;
    return args[0];
}

static rj_value define_all(struct rj_vm *vm, rj_value target, rj_value descriptions)
{
    struct rj_object *source = rj_to_object(vm, descriptions);
    struct rj_array *names = source ? rj_own_keys(vm, source, true) : NULL;

    for (uint32_t i = 0; names && i < names->length; i++) {
        rj_value key = rj_to_key(vm, names->elements[i]);
        rj_value item = key == RJ_THROWN ? key : rj_get(vm, rj_cell_value(source), key);

        if (item == RJ_THROWN || !define(vm, rj_as_object(target), key, item))
            return RJ_THROWN;
    }
    return names ? target : RJ_THROWN;
}

RJ_BUILTIN(define_properties)
{
    if (!require_object(vm, RJ_ARG(0), "defineProperties"))
        return RJ_THROWN;
    return define_all(vm, args[0], RJ_ARG(1));
}

RJ_BUILTIN(object_create)
{
    rj_value prototype = RJ_ARG(0);
    struct rj_object *object;

    if (prototype != RJ_NULL && !rj_is_object(prototype))
        return rj_throw_error(vm, RJ_ERROR_TYPE,
                              "Object prototype may only be an Object or null: %s",
                              rj_value_text(vm, prototype));
    object = rj_object_plain(vm);
    if (!object ||
        !rj_object_set_prototype(vm, object, prototype == RJ_NULL ? NULL : rj_as_object(prototype)))
        return RJ_THROWN;
    if (RJ_ARG(1) == RJ_UNDEFINED)
        return rj_cell_value(object);
    return define_all(vm, rj_cell_value(object), args[1]);
}

/* The object that describes an own property. */
static rj_value describe(struct rj_vm *vm, const struct rj_own *own)
{
    struct rj_object *object = rj_object_plain(vm);
    bool accessor = own->attributes & RJ_ACCESSOR;
    const struct {
        struct rj_string *name;
        rj_value value;
    } fields[] = {
        {accessor ? vm->atoms.get : vm->atoms.value, own->value},
        {accessor ? vm->atoms.set : vm->atoms.writable,
         accessor ? own->setter : rj_boolean(own->attributes & RJ_WRITABLE)},
        {vm->atoms.enumerable, rj_boolean(own->attributes & RJ_ENUMERABLE)},
        {vm->atoms.configurable, rj_boolean(own->attributes & RJ_CONFIGURABLE)},
    };

    for (size_t i = 0; object && i < sizeof(fields) / sizeof(*fields); i++) {
        if (!rj_define(vm, object, rj_cell_value(fields[i].name), fields[i].value, RJ_PLAIN))
            return RJ_THROWN;
    }
    return rj_result(object);
}

RJ_BUILTIN(get_descriptor)
{
    struct rj_object *object = rj_to_object(vm, RJ_ARG(0));
    rj_value key = object ? rj_to_key(vm, RJ_ARG(1)) : RJ_THROWN;
    struct rj_own own;

    if (key == RJ_THROWN)
        return RJ_THROWN;
    return rj_get_own(vm, object, key, &own) ? describe(vm, &own) : RJ_UNDEFINED;
}

RJ_BUILTIN(get_descriptors)
{
    struct rj_object *object = rj_to_object(vm, RJ_ARG(0));
    struct rj_array *names = object ? rj_own_keys(vm, object, false) : NULL;
    struct rj_object *result = names ? rj_object_plain(vm) : NULL;
    struct rj_own own;

    for (uint32_t i = 0; result && i < names->length; i++) {
        rj_value key = rj_to_key(vm, names->elements[i]);
        rj_value item;

        if (key == RJ_THROWN)
            return RJ_THROWN;
        if (!rj_get_own(vm, object, key, &own))
            continue;
        item = describe(vm, &own);
        if (item == RJ_THROWN || !rj_define(vm, result, key, item, RJ_PLAIN))
            return RJ_THROWN;
    }
    return rj_result(result);
}

/* ---- preventExtensions, seal, freeze ---- */

static rj_value restricted(struct rj_vm *vm, rj_value value, enum rj_seal how)
{
    if (!rj_is_object(value) || rj_as_cell(value)->flags & RJ_OBJECT_FROZEN)
        return value;
    if (how == RJ_SEAL_FREEZE && rj_is_typed_array(value) && rj_as_typed_array(value)->length)
        return rj_throw_error(vm, RJ_ERROR_TYPE, "Cannot freeze array buffer views with elements");
    return rj_object_seal(vm, rj_as_object(value), how) ? value : RJ_THROWN;
}

RJ_BUILTIN(object_freeze)
{
    return restricted(vm, RJ_ARG(0), RJ_SEAL_FREEZE);
}

RJ_BUILTIN(object_seal)
{
    return restricted(vm, RJ_ARG(0), RJ_SEAL_PROPERTIES);
}

RJ_BUILTIN(object_prevent_extensions)
{
    return restricted(vm, RJ_ARG(0), RJ_SEAL_EXTENSIONS);
}

/* Is it closed, and has no property any of these attributes? */
static rj_value is_restricted(struct rj_vm *vm, rj_value value, uint32_t attributes)
{
    struct rj_object *object;
    struct rj_property *properties;

    if (!rj_is_object(value))
        return RJ_TRUE;
    object = rj_as_object(value);
    if (!(object->cell.flags & RJ_OBJECT_SEALED))
        return RJ_FALSE;
    if (object->cell.flags & RJ_OBJECT_FROZEN)
        return RJ_TRUE;
    if (rj_is_kind(value, RJ_ARRAY) && rj_as_array(value)->length &&
        (attributes & RJ_WRITABLE || !(object->cell.flags & RJ_OBJECT_LOCKED)))
        return RJ_FALSE;
    properties = rj_shape_properties(vm, object->shape);
    if (!properties && object->shape->property_count)
        return RJ_THROWN;
    for (uint32_t i = 0; i < object->shape->property_count; i++) {
        uint32_t checked = attributes;

        if (properties[i].attributes & RJ_ACCESSOR)
            checked &= ~(uint32_t)RJ_WRITABLE;
        if (properties[i].attributes & checked)
            return RJ_FALSE;
    }
    return RJ_TRUE;
}

RJ_BUILTIN(object_is_frozen)
{
    return is_restricted(vm, RJ_ARG(0), RJ_WRITABLE | RJ_CONFIGURABLE);
}

RJ_BUILTIN(object_is_sealed)
{
    return is_restricted(vm, RJ_ARG(0), RJ_CONFIGURABLE);
}

RJ_BUILTIN(object_is_extensible)
{
    return rj_boolean(rj_is_object(RJ_ARG(0)) && !(rj_as_cell(args[0])->flags & RJ_OBJECT_SEALED));
}

const struct rj_builtin rj_object_property_builtins[] = {
    {"create", object_create, 2, 0},
    {"defineProperty", define_property, 3, 0},
    {"defineProperties", define_properties, 2, 0},
    {"getOwnPropertyDescriptor", get_descriptor, 2, 0},
    {"getOwnPropertyDescriptors", get_descriptors, 1, 0},
    {"freeze", object_freeze, 1, 0},
    {"seal", object_seal, 1, 0},
    {"preventExtensions", object_prevent_extensions, 1, 0},
    {"isFrozen", object_is_frozen, 1, 0},
    {"isSealed", object_is_sealed, 1, 0},
    {"isExtensible", object_is_extensible, 1, 0},
    {0},
};
