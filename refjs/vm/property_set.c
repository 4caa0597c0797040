/* Writing and deleting properties. */
#include "vm/property.h"

/* A property of the receiver's own that has no slot. */
static bool store_virtual(struct rj_vm *vm, struct rj_object *object, rj_value key, rj_value value)
{
    switch (object->cell.kind) {
    case RJ_ARRAY:
        if (rj_is_int(key))
            return rj_array_store(vm, (struct rj_array *)object, (uint32_t)rj_as_int(key), value);
        return rj_array_set_length(vm, (struct rj_array *)object, value);
    case RJ_FLOAT64_ARRAY:
    case RJ_INT32_ARRAY:
    case RJ_UINT8_ARRAY:
        return rj_typed_store(vm, (struct rj_typed_array *)object, (uint32_t)rj_as_int(key), value);
    case RJ_FUNCTION:
        ((struct rj_function *)object)->prototype = value;
        ((struct rj_function *)object)->construct_shape = NULL;
        vm->prototype_epoch++;
        return true;
    default:
        return true;
    }
}

static bool add(struct rj_vm *vm, struct rj_object *object, rj_value key, rj_value value)
{
    struct rj_string *name;

    if (rj_is_int(key) && object->cell.kind != RJ_BOXED && rj_has_elements(object))
        return store_virtual(vm, object, key, value);
    if (object->cell.flags & RJ_OBJECT_SEALED)
        return rj_throw_not_extensible(vm, key);
    name = rj_key_string(vm, key);
    return name && rj_object_add(vm, object, name, RJ_PLAIN, value, RJ_UNDEFINED);
}

static bool call_setter(struct rj_vm *vm, const struct rj_found *found, rj_value receiver,
                        rj_value key, rj_value value)
{
    rj_value setter = found->holder->slots[found->slot + 1];

    if (!rj_is_function(setter))
        return rj_throw_no_setter(vm, key, receiver);
    return rj_call(vm, setter, receiver, 1, &value) != RJ_THROWN;
}

bool rj_store_found(struct rj_vm *vm, struct rj_object *receiver, rj_value key, rj_value value,
                    const struct rj_found *found)
{
    if (!found->holder)
        return add(vm, receiver, key, value);
    if (found->attributes & RJ_ACCESSOR)
        return call_setter(vm, found, rj_cell_value(receiver), key, value);
    if (!(found->attributes & RJ_WRITABLE))
        return rj_throw_read_only(vm, key, rj_cell_value(receiver));
    if (found->holder != receiver)
        return add(vm, receiver, key, value);
    if (found->slot == RJ_VIRTUAL)
        return store_virtual(vm, receiver, key, value);
    receiver->slots[found->slot] = value;
    return true;
}

/* Strings, numbers and booleans: only an inherited setter can take the value. */
static rj_value set_of_primitive(struct rj_vm *vm, rj_value receiver, rj_value key, rj_value value)
{
    struct rj_object *prototype = rj_prototype_of_primitive(vm, receiver);
    struct rj_string *type = rj_typeof(vm, receiver);
    struct rj_string *text;
    struct rj_found found;

    if (!prototype) {
        rj_throw_nullish(vm, "set", receiver, key);
        return RJ_THROWN;
    }
    if (rj_find(vm, prototype, key, &found) && found.attributes & RJ_ACCESSOR)
        return call_setter(vm, &found, receiver, key, value) ? RJ_UNDEFINED : RJ_THROWN;
    text = rj_to_string(vm, receiver);
    if (!text)
        return RJ_THROWN;
    return rj_throw_error(vm, RJ_ERROR_TYPE, "Cannot create property '%s' on %s '%s'",
                          rj_key_text(vm, key), rj_string_text(vm, type, NULL),
                          rj_string_text(vm, text, NULL));
}

rj_value rj_set(struct rj_vm *vm, rj_value receiver, rj_value key, rj_value value)
{
    struct rj_object *object;
    struct rj_found found;

    if (!rj_is_object(receiver))
        return set_of_primitive(vm, receiver, key, value);
    object = rj_as_object(receiver);
    if (rj_is_int(key) && object->cell.kind == RJ_ARRAY)
        return rj_array_store(vm, (struct rj_array *)object, (uint32_t)rj_as_int(key), value)
                   ? RJ_UNDEFINED
                   : RJ_THROWN;
    rj_find(vm, object, key, &found);
    return rj_store_found(vm, object, key, value, &found) ? RJ_UNDEFINED : RJ_THROWN;
}

rj_value rj_set_from(struct rj_vm *vm, struct rj_object *start, rj_value key, rj_value value,
                     rj_value receiver)
{
    struct rj_found found = {0};
    struct rj_object *object;

    if (start && rj_find(vm, start, key, &found)) {
        if (found.attributes & RJ_ACCESSOR)
            return call_setter(vm, &found, receiver, key, value) ? RJ_UNDEFINED : RJ_THROWN;
        if (!(found.attributes & RJ_WRITABLE)) {
            rj_throw_read_only(vm, key, receiver);
            return RJ_THROWN;
        }
    }
    if (!rj_is_object(receiver))
        return set_of_primitive(vm, receiver, key, value);
    object = rj_as_object(receiver);
    if (rj_find_own(vm, object, key, &found) && (found.attributes & RJ_ACCESSOR))
        return rj_throw_error(vm, RJ_ERROR_TYPE, "Cannot redefine property: %s",
                              rj_key_text(vm, key));
    return rj_store_found(vm, object, key, value, &found) ? RJ_UNDEFINED : RJ_THROWN;
}

/* ---- delete ---- */

static rj_value not_deleted(struct rj_vm *vm, struct rj_object *object, rj_value key)
{
    return rj_throw_error(vm, RJ_ERROR_TYPE, "Cannot delete property '%s' of %s",
                          rj_key_text(vm, key), rj_describe(vm, rj_cell_value(object)));
}

rj_value rj_delete(struct rj_vm *vm, rj_value receiver, rj_value key)
{
    struct rj_object *object;
    struct rj_found found;
    struct rj_string *name;

    if (rj_is_nullish(receiver))
        return rj_throw_error(vm, RJ_ERROR_TYPE, "Cannot convert undefined or null to object");
    if (!rj_is_object(receiver))
        return RJ_TRUE;
    object = rj_as_object(receiver);
    if (!rj_find_own(vm, object, key, &found))
        return RJ_TRUE;
    if (!(found.attributes & RJ_CONFIGURABLE) ||
        (rj_is_int(key) && rj_has_elements(object) && object->cell.kind != RJ_ARRAY))
        return not_deleted(vm, object, key);
    if (found.slot == RJ_VIRTUAL) {
        /* The name and length of a function stay. */
        if (object->cell.kind == RJ_ARRAY)
            ((struct rj_array *)object)->elements[rj_as_int(key)] = RJ_HOLE;
        return RJ_TRUE;
    }
    name = rj_key_string(vm, key);
    return name && rj_object_remove(vm, object, name) ? RJ_TRUE : RJ_THROWN;
}
