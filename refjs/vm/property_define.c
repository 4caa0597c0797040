/* Defining own properties, as literals, classes and Object.defineProperty do. */
#include "vm/property.h"

static bool cannot_redefine(struct rj_vm *vm, rj_value key)
{
    rj_throw_error(vm, RJ_ERROR_TYPE, "Cannot redefine property: %s", rj_key_text(vm, key));
    return false;
}

static bool cannot_define(struct rj_vm *vm, rj_value key)
{
    rj_throw_error(vm, RJ_ERROR_TYPE, "Cannot define property %s, object is not extensible",
                   rj_key_text(vm, key));
    return false;
}

/* May a property that is not configurable become this? */
static bool may_become(struct rj_vm *vm, const struct rj_found *found, uint32_t attributes,
                       rj_value value)
{
    uint32_t fixed = RJ_ENUMERABLE | RJ_ACCESSOR;

    if (attributes & RJ_CONFIGURABLE || (attributes & fixed) != (found->attributes & fixed))
        return false;
    if (attributes & RJ_ACCESSOR)
        return value == found->value || value == RJ_HOLE;
    if (found->attributes & RJ_WRITABLE)
        return true;
    return !(attributes & RJ_WRITABLE) && rj_same_value(vm, found->value, value);
}

static bool define_element(struct rj_vm *vm, struct rj_object *object, rj_value key, rj_value value)
{
    uint32_t index = (uint32_t)rj_as_int(key);

    if (object->cell.kind == RJ_ARRAY)
        return rj_array_store(vm, (struct rj_array *)object, index, value);
    if (object->cell.kind == RJ_BOXED)
        return cannot_redefine(vm, key);
    if (index >= ((struct rj_typed_array *)object)->length) {
        rj_throw_error(vm, RJ_ERROR_TYPE, "Invalid typed array index");
        return false;
    }
    return rj_typed_store(vm, (struct rj_typed_array *)object, index, value);
}

/* The length of an array and the prototype of a function keep their attributes; the name and length
 * of a function get a slot when they are defined. */
static bool define_virtual(struct rj_vm *vm, struct rj_object *object, struct rj_string *name,
                           rj_value value, uint32_t attributes)
{
    struct rj_function *function = (struct rj_function *)object;

    if (object->cell.kind == RJ_ARRAY)
        return rj_array_set_length(vm, (struct rj_array *)object, value);
    if (object->cell.kind == RJ_FUNCTION && name == vm->atoms.prototype) {
        function->prototype = value;
        function->construct_shape = NULL;
        vm->prototype_epoch++;
        return true;
    }
    return rj_object_add(vm, object, name, attributes, value, RJ_UNDEFINED);
}

bool rj_define(struct rj_vm *vm, struct rj_object *object, rj_value key, rj_value value,
               uint32_t attributes)
{
    struct rj_found found;
    struct rj_string *name;

    attributes &= RJ_PLAIN;
    rj_find_own(vm, object, key, &found);
    if (found.holder && !(found.attributes & RJ_CONFIGURABLE) &&
        !may_become(vm, &found, attributes, value))
        return cannot_redefine(vm, key);
    if (!found.holder && object->cell.flags & RJ_OBJECT_SEALED)
        return cannot_define(vm, key);
    if (rj_is_int(key) && rj_has_elements(object)) {
        if (found.holder && !(found.attributes & RJ_WRITABLE))
            return true;
        return define_element(vm, object, key, value);
    }
    name = rj_key_string(vm, key);
    if (!name)
        return false;
    if (!found.holder)
        return rj_object_add(vm, object, name, attributes, value, RJ_UNDEFINED);
    if (found.slot == RJ_VIRTUAL)
        return define_virtual(vm, object, name, value, attributes);
    if (!rj_object_change(vm, object, name, attributes))
        return false;
    object->slots[rj_shape_find(vm, object->shape, name)->slot] = value;
    return true;
}

bool rj_define_accessor(struct rj_vm *vm, struct rj_object *object, rj_value key, rj_value getter,
                        rj_value setter, uint32_t attributes)
{
    struct rj_found found;
    struct rj_string *name;
    rj_value *slots;

    attributes = (attributes & (RJ_ENUMERABLE | RJ_CONFIGURABLE)) | RJ_ACCESSOR;
    rj_find_own(vm, object, key, &found);
    if (found.holder && !(found.attributes & RJ_CONFIGURABLE) &&
        !may_become(vm, &found, attributes, getter))
        return cannot_redefine(vm, key);
    if (!found.holder && object->cell.flags & RJ_OBJECT_SEALED)
        return cannot_define(vm, key);
    if (rj_is_int(key) && rj_has_elements(object)) {
        rj_throw_error(vm, RJ_ERROR_TYPE, "Elements of an array cannot be accessors in refjs");
        return false;
    }
    name = rj_key_string(vm, key);
    if (!name)
        return false;
    if (!found.holder || found.slot == RJ_VIRTUAL)
        return rj_object_add(vm, object, name, attributes,
                             getter == RJ_HOLE ? RJ_UNDEFINED : getter,
                             setter == RJ_HOLE ? RJ_UNDEFINED : setter);
    if (!rj_object_change(vm, object, name, attributes))
        return false;
    slots = object->slots + rj_shape_find(vm, object->shape, name)->slot;
    if (getter != RJ_HOLE)
        slots[0] = getter;
    if (setter != RJ_HOLE)
        slots[1] = setter;
    return true;
}
