/* Finding properties. */
#include "vm/lookup.h"

enum { CACHED = 1024, FIRST_SHAPES = 256, ABSENT = UINT32_MAX };

/* A named property that objects of this shape have, themselves or by inheritance; found while the
 * epoch lasts if inherited or absent. */
struct cached {
    struct rj_shape *shape;
    struct rj_string *key;
    struct rj_object *holder; /* NULL: the object itself, or nobody if the slot is ABSENT */
    uint32_t slot;
    uint32_t attributes;
    uint32_t epoch;
    uint32_t reserved;
};

struct lookups {
    struct cached cached[CACHED];
    struct rj_shape *first[FIRST_SHAPES];
};

static struct lookups *lookups_of(struct rj_vm *vm)
{
    if (!vm->lookups)
        vm->lookups = rj_allocate(vm, sizeof(struct lookups));
    return vm->lookups;
}

struct rj_shape **rj_first_shape_of(struct rj_vm *vm, enum rj_kind kind,
                                    const struct rj_object *prototype)
{
    struct lookups *lookups = lookups_of(vm);
    uintptr_t at = ((uintptr_t)prototype >> 4) * 31 + kind;

    return lookups ? &lookups->first[at % FIRST_SHAPES] : NULL;
}

/* ---- elements ---- */

bool rj_has_elements(const struct rj_object *object)
{
    switch (object->cell.kind) {
    case RJ_ARRAY:
    case RJ_FLOAT64_ARRAY:
    case RJ_INT32_ARRAY:
    case RJ_UINT8_ARRAY:
        return true;
    case RJ_BOXED:
        return rj_is_cell(((const struct rj_boxed *)object)->boxed);
    default:
        return false;
    }
}

static rj_value typed_element(const struct rj_typed_array *array, uint32_t index)
{
    if (index >= array->length)
        return RJ_HOLE;
    switch (array->object.cell.kind) {
    case RJ_FLOAT64_ARRAY:
        return rj_double(((const double *)array->data)[index]);
    case RJ_INT32_ARRAY:
        return rj_int(((const int32_t *)array->data)[index]);
    default:
        return rj_int(((const uint8_t *)array->data)[index]);
    }
}

static rj_value boxed_element(struct rj_vm *vm, const struct rj_boxed *boxed, uint32_t index)
{
    struct rj_string *string = (struct rj_string *)rj_as_cell(boxed->boxed);
    struct rj_string *unit;

    if (index >= string->length || !rj_flatten(vm, string))
        return RJ_HOLE;
    unit = rj_string_unit(vm, rj_string_at(string, index));
    return unit ? rj_cell_value(unit) : RJ_HOLE;
}

rj_value rj_element(struct rj_vm *vm, struct rj_object *object, uint32_t index)
{
    if (object->cell.kind == RJ_ARRAY) {
        const struct rj_array *array = (const struct rj_array *)object;

        return index < array->length ? array->elements[index] : RJ_HOLE;
    }
    if (object->cell.kind == RJ_BOXED)
        return boxed_element(vm, (const struct rj_boxed *)object, index);
    return typed_element((const struct rj_typed_array *)object, index);
}

static uint32_t element_attributes(const struct rj_object *object)
{
    if (object->cell.kind == RJ_BOXED || object->cell.flags & RJ_OBJECT_FROZEN)
        return RJ_ENUMERABLE;
    return object->cell.flags & RJ_OBJECT_LOCKED ? RJ_WRITABLE | RJ_ENUMERABLE : RJ_PLAIN;
}

/* ---- named properties that have no slot ---- */

static bool find_virtual(struct rj_found *found, struct rj_object *object, rj_value value,
                         uint32_t attributes)
{
    *found = (struct rj_found){object, RJ_VIRTUAL, attributes, value};
    return true;
}

static rj_value length_value(uint32_t length)
{
    return length <= INT32_MAX ? rj_int((int32_t)length) : rj_double(length);
}

static bool find_in_function(struct rj_vm *vm, struct rj_function *function,
                             const struct rj_string *key, struct rj_found *found)
{
    struct rj_object *object = &function->object;

    if (key == vm->atoms.prototype) {
        uint32_t is_class = function->code->flags & RJ_CODE_CLASS;
        rj_value value = rj_function_prototype(vm, function);

        if (value == RJ_UNDEFINED || value == RJ_THROWN)
            return false;
        return find_virtual(found, object, value, is_class ? 0 : RJ_WRITABLE);
    }
    if (key == vm->atoms.length)
        return find_virtual(found, object, length_value(function->code->length), RJ_CONFIGURABLE);
    if (key == vm->atoms.name) {
        const char *name = function->code->name ? function->code->name : "";
        struct rj_string *string = rj_string_utf8(vm, name, strlen(name));

        return string && find_virtual(found, object, rj_cell_value(string), RJ_CONFIGURABLE);
    }
    return false;
}

static bool find_length(struct rj_vm *vm, struct rj_object *object, struct rj_found *found)
{
    switch (object->cell.kind) {
    case RJ_ARRAY:
        return find_virtual(found, object, length_value(((struct rj_array *)object)->length),
                            object->cell.flags & RJ_OBJECT_FROZEN ? 0 : RJ_WRITABLE);
    case RJ_FLOAT64_ARRAY:
    case RJ_INT32_ARRAY:
    case RJ_UINT8_ARRAY:
        return find_virtual(found, object, length_value(((struct rj_typed_array *)object)->length),
                            0);
    case RJ_BOXED: {
        rj_value boxed = ((struct rj_boxed *)object)->boxed;

        if (!rj_is_cell(boxed))
            return false;
        return find_virtual(found, object,
                            length_value(((struct rj_string *)rj_as_cell(boxed))->length), 0);
    }
    default:
        return false;
    }
}

/* ---- the object's own ---- */

static bool find_named(struct rj_vm *vm, struct rj_object *object, struct rj_string *key,
                       struct rj_found *found)
{
    const struct rj_property *property = rj_shape_find(vm, object->shape, key);

    if (property) {
        *found = (struct rj_found){object, property->slot, property->attributes,
                                   object->slots[property->slot]};
        return true;
    }
    if (object->cell.kind == RJ_FUNCTION)
        return find_in_function(vm, (struct rj_function *)object, key, found);
    return key == vm->atoms.length && find_length(vm, object, found);
}

static bool find_element(struct rj_vm *vm, struct rj_object *object, uint32_t index,
                         struct rj_found *found)
{
    rj_value value = rj_element(vm, object, index);

    return value != RJ_HOLE && find_virtual(found, object, value, element_attributes(object));
}

bool rj_find_own(struct rj_vm *vm, struct rj_object *object, rj_value key, struct rj_found *found)
{
    found->holder = NULL;
    if (rj_is_int(key)) {
        struct rj_string *name;

        if (rj_has_elements(object))
            return find_element(vm, object, (uint32_t)rj_as_int(key), found);
        name = rj_key_string(vm, key);
        return name && find_named(vm, object, name, found);
    }
    return find_named(vm, object, (struct rj_string *)rj_as_cell(key), found);
}

/* ---- own or inherited ---- */

static struct cached *cached_of(struct rj_vm *vm, const struct rj_shape *shape,
                                const struct rj_string *key)
{
    struct lookups *lookups = lookups_of(vm);
    uintptr_t at = ((uintptr_t)shape >> 5) ^ ((uintptr_t)key >> 4) ^ ((uintptr_t)key >> 13);

    return lookups ? &lookups->cached[at % CACHED] : NULL;
}

static void remember(struct rj_vm *vm, struct cached *cached, struct rj_object *object,
                     struct rj_string *key, const struct rj_found *found)
{
    if (!cached || rj_shape_is_dictionary(object->shape))
        return;
    if (found->holder && found->slot == RJ_VIRTUAL)
        return;
    /* Functions of one shape may or may not have a prototype. */
    if (found->holder != object &&
        (key == vm->atoms.length || key == vm->atoms.name || key == vm->atoms.prototype))
        return;
    cached->shape = object->shape;
    cached->key = key;
    cached->holder = found->holder == object ? NULL : found->holder;
    cached->slot = found->holder ? found->slot : ABSENT;
    cached->attributes = found->attributes;
    cached->epoch = vm->prototype_epoch;
}

static bool use_cached(const struct rj_vm *vm, const struct cached *cached,
                       struct rj_object *object, struct rj_found *found)
{
    bool is_own = !cached->holder && cached->slot != ABSENT;

    if (!is_own && cached->epoch != vm->prototype_epoch)
        return false;
    found->holder = is_own ? object : cached->holder;
    found->slot = cached->slot;
    found->attributes = cached->attributes;
    if (found->holder)
        found->value = found->holder->slots[found->slot];
    return true;
}

static bool find_name(struct rj_vm *vm, struct rj_object *object, struct rj_string *key,
                      struct rj_found *found)
{
    struct cached *cached = cached_of(vm, object->shape, key);

    found->holder = NULL;
    found->attributes = 0;
    if (cached && cached->shape == object->shape && cached->key == key &&
        use_cached(vm, cached, object, found))
        return found->holder != NULL;
    for (struct rj_object *each = object; each; each = each->shape->prototype)
        if (find_named(vm, each, key, found))
            break;
    remember(vm, cached, object, key, found);
    return found->holder != NULL;
}

bool rj_find(struct rj_vm *vm, struct rj_object *object, rj_value key, struct rj_found *found)
{
    struct rj_string *name;

    if (!rj_is_int(key))
        return find_name(vm, object, (struct rj_string *)rj_as_cell(key), found);
    found->holder = NULL;
    if (rj_has_elements(object))
        return find_element(vm, object, (uint32_t)rj_as_int(key), found);
    name = rj_key_string(vm, key);
    for (; name && object; object = object->shape->prototype) {
        if (rj_has_elements(object) ? rj_find_own(vm, object, key, found)
                                    : find_named(vm, object, name, found))
            return true;
    }
    return false;
}

rj_value rj_found_value(struct rj_vm *vm, const struct rj_found *found, rj_value receiver)
{
    if (!(found->attributes & RJ_ACCESSOR))
        return found->value;
    if (!rj_is_cell(found->value))
        return RJ_UNDEFINED;
    return rj_call(vm, found->value, receiver, 0, NULL);
}
