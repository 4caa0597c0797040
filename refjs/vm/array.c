/* Arrays: elements in one piece of memory, holes where there are none. */
#include "vm/property.h"

enum { FIRST_ELEMENTS = 4 };

static bool too_long(struct rj_vm *vm)
{
    rj_throw_error(vm, RJ_ERROR_RANGE, "Invalid array length");
    return false;
}

bool rj_array_reserve(struct rj_vm *vm, struct rj_array *array, uint32_t capacity)
{
    rj_value *elements;

    if (capacity <= array->capacity)
        return true;
    if (capacity > RJ_ARRAY_LIMIT)
        return too_long(vm);
    capacity += capacity & 1; /* memory comes in pairs of words */
    elements = rj_allocate(vm, (size_t)capacity * sizeof(*elements));
    if (!elements)
        return false;
    if (array->capacity)
        memcpy(elements, array->elements, (size_t)array->capacity * sizeof(*elements));
    for (uint32_t i = array->capacity; i < capacity; i++)
        elements[i] = RJ_HOLE;
    array->elements = elements;
    array->capacity = capacity;
    return true;
}

/* Room for `needed` elements and some more, so that a run of appends is cheap. */
static bool grow(struct rj_vm *vm, struct rj_array *array, uint32_t needed)
{
    uint32_t capacity = array->capacity < FIRST_ELEMENTS ? FIRST_ELEMENTS : array->capacity;

    capacity += capacity < 1024 ? capacity : capacity / 2;
    if (capacity > RJ_ARRAY_LIMIT)
        capacity = RJ_ARRAY_LIMIT;
    if (capacity < needed)
        capacity = needed;
    return rj_array_reserve(vm, array, capacity);
}

struct rj_array *rj_array_new(struct rj_vm *vm, uint32_t length, const rj_value *values)
{
    struct rj_array *array =
        (struct rj_array *)rj_object_new(vm, vm->realm.array_shape, sizeof(*array), 0);

    if (!array || !rj_array_reserve(vm, array, length))
        return NULL;
    array->length = length;
    if (values && length)
        memcpy(array->elements, values, (size_t)length * sizeof(*values));
    return array;
}

bool rj_array_append(struct rj_vm *vm, struct rj_array *array, rj_value value)
{
    if (array->length >= array->capacity && !grow(vm, array, array->length + 1))
        return false;
    array->elements[array->length++] = value;
    return true;
}

bool rj_array_resize(struct rj_vm *vm, struct rj_array *array, uint32_t length)
{
    if (length > array->capacity && !rj_array_reserve(vm, array, length))
        return false;
    for (uint32_t i = length; i < array->length; i++)
        array->elements[i] = RJ_HOLE;
    array->length = length;
    return true;
}

bool rj_array_store(struct rj_vm *vm, struct rj_array *array, uint32_t index, rj_value value)
{
    uint8_t flags = array->object.cell.flags;
    bool is_there = index < array->length && array->elements[index] != RJ_HOLE;

    if (is_there && flags & RJ_OBJECT_FROZEN)
        return rj_throw_read_only(vm, rj_int((int32_t)index), rj_cell_value(array));
    if (!is_there && flags & RJ_OBJECT_SEALED)
        return rj_throw_not_extensible(vm, rj_int((int32_t)index));
    if (index >= RJ_ARRAY_LIMIT)
        return too_long(vm);
    if (index >= array->capacity && !grow(vm, array, index + 1))
        return false;
    array->elements[index] = value;
    if (index >= array->length)
        array->length = index + 1;
    return true;
}

bool rj_array_set_length(struct rj_vm *vm, struct rj_array *array, rj_value value)
{
    double length;

    value = rj_to_number(vm, value);
    if (value == RJ_THROWN)
        return false;
    length = rj_as_number(value);
    if (!(length >= 0 && length <= UINT32_MAX) || (double)(uint32_t)length != length)
        return too_long(vm);
    if (array->object.cell.flags & RJ_OBJECT_FROZEN)
        return rj_throw_read_only(vm, rj_cell_value(vm->atoms.length), rj_cell_value(array));
    return rj_array_resize(vm, array, (uint32_t)length);
}

bool rj_typed_store(struct rj_vm *vm, struct rj_typed_array *array, uint32_t index, rj_value value)
{
    value = rj_to_number(vm, value);
    if (value == RJ_THROWN)
        return false;
    if (index >= array->length)
        return true;
    if (array->object.cell.kind == RJ_FLOAT64_ARRAY) {
        ((double *)array->data)[index] = rj_as_number(value);
    } else {
        int32_t whole =
            rj_is_int(value) ? rj_as_int(value) : rj_double_to_int32(rj_as_double(value));

        if (array->object.cell.kind == RJ_INT32_ARRAY)
            ((int32_t *)array->data)[index] = whole;
        else
            ((uint8_t *)array->data)[index] = (uint8_t)whole;
    }
    return true;
}
