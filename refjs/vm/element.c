/* Computed properties and lengths at one instruction. */
#include "vm/property.h"

static uint8_t element_kind(rj_value receiver)
{
    static const uint8_t kinds[] = {
        [RJ_STRING] = RJ_ELEMENT_STRING,         [RJ_ARRAY] = RJ_ELEMENT_ARRAY,
        [RJ_FLOAT64_ARRAY] = RJ_ELEMENT_FLOAT64, [RJ_INT32_ARRAY] = RJ_ELEMENT_INT32,
        [RJ_UINT8_ARRAY] = RJ_ELEMENT_UINT8,
    };
    uint32_t kind = rj_is_cell(receiver) ? rj_as_cell(receiver)->kind : 0;

    return kind < sizeof(kinds) && kinds[kind] ? kinds[kind] : RJ_ELEMENT_OTHER;
}

/* A double that is a whole index is one. */
static bool as_index(rj_value key, uint32_t *index)
{
    double number;

    if (rj_is_int(key)) {
        *index = (uint32_t)rj_as_int(key);
        return rj_as_int(key) >= 0;
    }
    if (!rj_is_double(key))
        return false;
    number = rj_as_double(key);
    if (!(number >= 0 && number <= INT32_MAX) || (int32_t)number != number)
        return false;
    *index = (uint32_t)number;
    return true;
}

static rj_value noted(struct rj_feedback *feedback, rj_value value)
{
    if (value != RJ_THROWN)
        feedback->result |= rj_seen_of(value);
    return value;
}

static rj_value string_unit(struct rj_vm *vm, struct rj_string *string, uint32_t index)
{
    struct rj_string *unit;

    if (!rj_flatten(vm, string))
        return RJ_THROWN;
    unit = rj_string_unit(vm, rj_string_at(string, index));
    return unit ? rj_cell_value(unit) : RJ_THROWN;
}

/* Element `index` of what has elements. */
static rj_value get_index(struct rj_vm *vm, rj_value receiver, uint32_t index,
                          struct rj_feedback *feedback)
{
    rj_value value = RJ_HOLE;

    if (!rj_is_string(receiver))
        value = rj_element(vm, rj_as_object(receiver), index);
    else if (index < rj_as_string(receiver)->length)
        value = string_unit(vm, rj_as_string(receiver), index);
    if (value != RJ_HOLE)
        return value;
    feedback->element |= RJ_ELEMENT_OUTSIDE;
    return RJ_UNDEFINED;
}

rj_value rj_get_element(struct rj_vm *vm, rj_value receiver, rj_value key,
                        struct rj_feedback *feedback)
{
    uint8_t kind = element_kind(receiver);
    uint32_t index;

    feedback->seen |= rj_seen_of(key);
    if (kind != RJ_ELEMENT_OTHER && as_index(key, &index)) {
        feedback->element |= kind;
        return noted(feedback, get_index(vm, receiver, index, feedback));
    }
    feedback->element |= RJ_ELEMENT_OTHER;
    if (rj_is_nullish(receiver)) {
        struct rj_string *name = rj_to_string(vm, key);

        if (name)
            rj_throw_nullish(vm, "read", receiver, rj_cell_value(name));
        return RJ_THROWN;
    }
    key = rj_to_key(vm, key);
    if (key == RJ_THROWN)
        return RJ_THROWN;
    return noted(feedback, rj_get(vm, receiver, key));
}

static bool set_index(struct rj_vm *vm, struct rj_object *object, uint32_t index, rj_value value,
                      struct rj_feedback *feedback)
{
    struct rj_array *array = (struct rj_array *)object;

    if (object->cell.kind != RJ_ARRAY) {
        if (index >= ((struct rj_typed_array *)object)->length)
            feedback->element |= RJ_ELEMENT_OUTSIDE;
        return rj_typed_store(vm, (struct rj_typed_array *)object, index, value);
    }
    if (index == array->length)
        feedback->element |= RJ_ELEMENT_APPEND;
    else if (index > array->length || array->elements[index] == RJ_HOLE)
        feedback->element |= RJ_ELEMENT_OUTSIDE;
    return rj_array_store(vm, array, index, value);
}

rj_value rj_set_element(struct rj_vm *vm, rj_value receiver, rj_value key, rj_value value,
                        struct rj_feedback *feedback)
{
    uint8_t kind = element_kind(receiver);
    uint32_t index;

    feedback->seen |= rj_seen_of(key);
    feedback->result |= rj_seen_of(value);
    if (!(kind & (RJ_ELEMENT_OTHER | RJ_ELEMENT_STRING)) && as_index(key, &index)) {
        feedback->element |= kind;
        return set_index(vm, rj_as_object(receiver), index, value, feedback) ? RJ_UNDEFINED
                                                                             : RJ_THROWN;
    }
    feedback->element |= RJ_ELEMENT_OTHER;
    if (rj_is_nullish(receiver)) {
        struct rj_string *name = rj_to_string(vm, key);

        if (name)
            rj_throw_nullish(vm, "set", receiver, rj_cell_value(name));
        return RJ_THROWN;
    }
    key = rj_to_key(vm, key);
    return key == RJ_THROWN ? RJ_THROWN : rj_set(vm, receiver, key, value);
}

rj_value rj_get_length(struct rj_vm *vm, rj_value receiver, struct rj_feedback *feedback)
{
    uint8_t kind = element_kind(receiver);
    uint32_t length;

    feedback->element |= kind;
    if (kind == RJ_ELEMENT_OTHER)
        return noted(feedback, rj_get(vm, receiver, rj_cell_value(vm->atoms.length)));
    if (kind == RJ_ELEMENT_STRING)
        length = rj_as_string(receiver)->length;
    else if (kind == RJ_ELEMENT_ARRAY)
        length = ((struct rj_array *)rj_as_object(receiver))->length;
    else
        length = ((struct rj_typed_array *)rj_as_object(receiver))->length;
    return noted(feedback, length <= INT32_MAX ? rj_int((int32_t)length) : rj_double(length));
}
