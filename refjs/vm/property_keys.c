/* The keys of an object. */
#include "vm/property.h"

#include <stdlib.h>

static int by_index(const void *left, const void *right)
{
    uint32_t first = (*(struct rj_string *const *)left)->index;
    uint32_t second = (*(struct rj_string *const *)right)->index;

    return (first > second) - (first < second);
}

static uint32_t element_count(const struct rj_object *object)
{
    switch (object->cell.kind) {
    case RJ_ARRAY:
        return ((const struct rj_array *)object)->length;
    case RJ_BOXED:
        return ((struct rj_string *)rj_as_cell(((const struct rj_boxed *)object)->boxed))->length;
    default:
        return ((const struct rj_typed_array *)object)->length;
    }
}

static bool append(struct rj_vm *vm, struct rj_array *keys, struct rj_string *key)
{
    return key && rj_array_append(vm, keys, rj_cell_value(key));
}

static bool append_elements(struct rj_vm *vm, struct rj_array *keys, struct rj_object *object)
{
    uint32_t count = element_count(object);

    if (!rj_array_reserve(vm, keys, count))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (object->cell.kind == RJ_ARRAY && ((struct rj_array *)object)->elements[i] == RJ_HOLE)
            continue;
        if (!append(vm, keys, rj_key_string(vm, rj_int((int32_t)i))))
            return false;
    }
    return true;
}

/* Those that have no slot and are not enumerable. */
static bool append_virtual(struct rj_vm *vm, struct rj_array *keys, struct rj_object *object)
{
    struct rj_string *names[] = {vm->atoms.length, vm->atoms.name, vm->atoms.prototype};
    struct rj_own own;

    if (object->cell.kind != RJ_FUNCTION && object->cell.kind != RJ_ARRAY &&
        object->cell.kind != RJ_BOXED)
        return true;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!rj_shape_find(vm, object->shape, names[i]) &&
            rj_get_own(vm, object, rj_cell_value(names[i]), &own) && !append(vm, keys, names[i]))
            return false;
    }
    return true;
}

/* Move the indices to the front of the list, sorted; the names keep their order. */
static uint32_t sort_indices(struct rj_property *properties, uint32_t count,
                             struct rj_string **indices)
{
    uint32_t index_count = 0;

    for (uint32_t i = 0; i < count; i++)
        if (properties[i].key->cell.flags & RJ_STRING_INDEX)
            indices[index_count++] = properties[i].key;
    qsort(indices, index_count, sizeof(*indices), by_index);
    return index_count;
}

static bool has_index(const struct rj_property *properties, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (properties[i].key->cell.flags & RJ_STRING_INDEX)
            return true;
    return false;
}

static bool append_indices(struct rj_vm *vm, struct rj_array *keys, struct rj_property *properties,
                           uint32_t count)
{
    struct rj_string **indices = rj_allocate(vm, ((size_t)count + 1) * sizeof(*indices));
    uint32_t index_count;

    if (!indices)
        return false;
    index_count = sort_indices(properties, count, indices);
    for (uint32_t i = 0; i < index_count; i++)
        if (!append(vm, keys, indices[i]))
            return false;
    return true;
}

struct rj_array *rj_own_keys(struct rj_vm *vm, struct rj_object *object, bool enumerable_only)
{
    struct rj_array *keys = rj_array_new(vm, 0, NULL);
    uint32_t count = object->shape->property_count;
    struct rj_property *properties = rj_shape_properties(vm, object->shape);
    uint32_t kept = 0;

    if (!keys || !properties || !rj_array_reserve(vm, keys, count))
        return NULL;
    for (uint32_t i = 0; i < count; i++)
        if (!enumerable_only || properties[i].attributes & RJ_ENUMERABLE)
            properties[kept++] = properties[i];
    if (rj_has_elements(object) && !append_elements(vm, keys, object))
        return NULL;
    if (has_index(properties, kept) && !append_indices(vm, keys, properties, kept))
        return NULL;
    if (!enumerable_only && !append_virtual(vm, keys, object))
        return NULL;
    for (uint32_t i = 0; i < kept; i++)
        if (!(properties[i].key->cell.flags & RJ_STRING_INDEX) &&
            !append(vm, keys, properties[i].key))
            return NULL;
    return keys;
}
