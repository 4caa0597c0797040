/* Reading properties of any value. */
#include "vm/property.h"

struct rj_object *rj_prototype_of_primitive(struct rj_vm *vm, rj_value value)
{
    if (rj_is_number(value))
        return vm->realm.number_prototype;
    if (rj_is_boolean(value))
        return vm->realm.boolean_prototype;
    return rj_is_cell(value) ? vm->realm.string_prototype : NULL;
}

rj_value rj_get_from(struct rj_vm *vm, struct rj_object *start, rj_value key, rj_value receiver)
{
    struct rj_found found;

    if (!start || !rj_find(vm, start, key, &found))
        return RJ_UNDEFINED;
    return rj_found_value(vm, &found, receiver);
}

/* Own properties of a string; RJ_HOLE if the key is none. */
static rj_value get_of_string(struct rj_vm *vm, struct rj_string *string, rj_value key)
{
    struct rj_string *unit;

    if (key == rj_cell_value(vm->atoms.length))
        return rj_int((int32_t)string->length);
    if (!rj_is_int(key) || (uint32_t)rj_as_int(key) >= string->length)
        return RJ_HOLE;
    if (!rj_flatten(vm, string))
        return RJ_THROWN;
    unit = rj_string_unit(vm, rj_string_at(string, (uint32_t)rj_as_int(key)));
    return unit ? rj_cell_value(unit) : RJ_THROWN;
}

rj_value rj_get(struct rj_vm *vm, rj_value receiver, rj_value key)
{
    if (rj_is_object(receiver))
        return rj_get_from(vm, rj_as_object(receiver), key, receiver);
    if (rj_is_string(receiver)) {
        rj_value value = get_of_string(vm, rj_as_string(receiver), key);

        if (value != RJ_HOLE)
            return value;
    }
    if (rj_is_nullish(receiver)) {
        rj_throw_nullish(vm, "read", receiver, key);
        return RJ_THROWN;
    }
    return rj_get_from(vm, rj_prototype_of_primitive(vm, receiver), key, receiver);
}

bool rj_has(struct rj_vm *vm, struct rj_object *object, rj_value key)
{
    struct rj_found found;

    return rj_find(vm, object, key, &found);
}

bool rj_get_own(struct rj_vm *vm, struct rj_object *object, rj_value key, struct rj_own *own)
{
    struct rj_found found;
    enum rj_kind kind = object->cell.kind;

    if (!rj_find_own(vm, object, key, &found))
        return false;
    /* A typed array's length is in truth its prototype's. */
    if (found.slot == RJ_VIRTUAL && kind >= RJ_FLOAT64_ARRAY && kind <= RJ_UINT8_ARRAY &&
        !rj_is_int(key))
        return false;
    own->value = found.value;
    own->setter = RJ_UNDEFINED;
    own->attributes = found.attributes;
    if (found.attributes & RJ_ACCESSOR)
        own->setter = object->slots[found.slot + 1];
    return true;
}
