/* Objects: making them, and changes of their shape. */
#include "vm/shape.h"

#include <gc/gc.h>

enum { PLAIN_SLOTS = 4, FIRST_SLOTS = 4 };

/* ---- making ---- */

struct rj_object *rj_object_new(struct rj_vm *vm, struct rj_shape *shape, size_t bytes,
                                uint32_t slots)
{
    size_t class, whole;
    uint32_t capacity;
    struct rj_object *object;

    if (slots < shape->slot_count)
        slots = shape->slot_count;
    /* What a cell of its class has room for: see rj_heap_class(). */
    class = rj_heap_class(bytes + (size_t)slots * sizeof(rj_value));
    whole = class * RJ_HEAP_GRAIN - sizeof(rj_value);
    object = class < RJ_HEAP_CLASSES ? rj_heap_take(&vm->heap, class) : NULL;
    if (__builtin_expect(!object, 0))
        object = rj_allocate(vm, whole);
    if (!object)
        return NULL;
    capacity = (uint32_t)((whole - bytes) / sizeof(rj_value));
    object->cell.kind = (uint8_t)shape->cell.extra;
    object->cell.extra = (uint16_t)(capacity < UINT16_MAX ? capacity : UINT16_MAX - 1);
    object->shape = shape;
    object->slots = (rj_value *)((char *)object + bytes);
    for (uint32_t i = 0; i < capacity; i++)
        object->slots[i] = RJ_UNDEFINED;
    return object;
}

struct rj_object *rj_object_plain(struct rj_vm *vm)
{
    return rj_object_new(vm, vm->realm.object_shape, sizeof(struct rj_object), PLAIN_SLOTS);
}

/* ---- room for slots ---- */

static size_t slot_capacity(const struct rj_object *object)
{
    if (object->cell.extra != UINT16_MAX)
        return object->cell.extra;
    return GC_size(object->slots) / sizeof(rj_value);
}

/* Objects that the same constructor makes will have the room from the start. */
static void tell_constructor(struct rj_vm *vm, const struct rj_object *object, uint32_t slots)
{
    struct rj_object *prototype = object->shape->prototype;
    const struct rj_property *property;
    rj_value constructor;
    struct rj_code *code;

    if (object->cell.kind != RJ_OBJECT || !prototype || slots >= RJ_MANY_PROPERTIES)
        return;
    property = rj_shape_find(vm, prototype->shape, vm->atoms.constructor);
    constructor = property ? prototype->slots[property->slot] : RJ_UNDEFINED;
    if (!rj_is_cell(constructor) || rj_as_cell(constructor)->kind != RJ_FUNCTION)
        return;
    code = ((struct rj_function *)rj_as_cell(constructor))->code;
    if (!(code->flags & RJ_CODE_NATIVE) && code->construct_slots < slots)
        code->construct_slots = slots;
}

static bool grow_slots(struct rj_vm *vm, struct rj_object *object, uint32_t needed, size_t had)
{
    size_t capacity = had < FIRST_SLOTS ? FIRST_SLOTS : had + had / 2 + 1;
    rj_value *slots;

    if (capacity < needed)
        capacity = needed;
    capacity += capacity & 1;
    slots = rj_allocate(vm, capacity * sizeof(*slots));
    if (!slots)
        return false;
    memcpy(slots, object->slots, had * sizeof(*slots));
    for (size_t i = had; i < capacity; i++)
        slots[i] = RJ_UNDEFINED;
    object->slots = slots;
    object->cell.extra = (uint16_t)(capacity < UINT16_MAX ? capacity : UINT16_MAX);
    tell_constructor(vm, object, needed);
    return true;
}

bool rj_object_reshape(struct rj_vm *vm, struct rj_object *object, struct rj_shape *shape)
{
    if (shape->slot_count > object->cell.extra) {
        size_t had = slot_capacity(object);

        if (shape->slot_count > had && !grow_slots(vm, object, shape->slot_count, had))
            return false;
    }
    object->shape = shape;
    if (object->cell.flags & RJ_OBJECT_IS_PROTOTYPE)
        vm->prototype_epoch++;
    return true;
}

/* ---- adding and removing properties ---- */

bool rj_object_to_dictionary(struct rj_vm *vm, struct rj_object *object)
{
    struct rj_shape *shape;

    if (rj_shape_is_dictionary(object->shape))
        return true;
    shape = rj_dictionary_new(vm, object->shape);
    return shape && rj_object_reshape(vm, object, shape);
}

bool rj_object_add(struct rj_vm *vm, struct rj_object *object, struct rj_string *key,
                   uint32_t attributes, rj_value value, rj_value setter)
{
    struct rj_shape *shape;
    const struct rj_property *property;
    uint32_t slot;

    if (rj_shape_is_crowded(object->shape, key, attributes) && !rj_object_to_dictionary(vm, object))
        return false;
    shape = rj_shape_add(vm, object->shape, key, attributes);
    if (!shape)
        return false;
    property = &shape->last;
    if (rj_shape_is_dictionary(shape))
        property = rj_dictionary_find(shape, key);
    slot = property->slot;
    if (!rj_object_reshape(vm, object, shape)) {
        if (rj_shape_is_dictionary(shape))
            rj_dictionary_remove(vm, shape, rj_dictionary_find(shape, key));
        return false;
    }
    object->slots[slot] = value;
    if (attributes & RJ_ACCESSOR)
        object->slots[slot + 1] = setter;
    return true;
}

static void clear_slots(struct rj_object *object, const struct rj_property *property)
{
    for (uint32_t i = 0; i < rj_slots_of(property->attributes); i++)
        object->slots[property->slot + i] = RJ_UNDEFINED;
}

bool rj_object_remove(struct rj_vm *vm, struct rj_object *object, struct rj_string *key)
{
    struct rj_shape *shape = object->shape;
    struct rj_property *property;

    if (!rj_shape_is_dictionary(shape) && shape->last.key == key) {
        clear_slots(object, &shape->last);
        return rj_object_reshape(vm, object, shape->parent);
    }
    if (!rj_object_to_dictionary(vm, object))
        return false;
    property = rj_dictionary_find(object->shape, key);
    clear_slots(object, property);
    rj_dictionary_remove(vm, object->shape, property);
    return rj_object_reshape(vm, object, object->shape);
}

/* ---- changing attributes ---- */

static bool change_in_dictionary(struct rj_vm *vm, struct rj_object *object, struct rj_string *key,
                                 uint32_t attributes)
{
    struct rj_property *property = rj_dictionary_find(object->shape, key);
    struct rj_shape *shape = object->shape;

    if (rj_slots_of(attributes) != rj_slots_of(property->attributes)) {
        /* It keeps its place among the keys, not its slots. */
        clear_slots(object, property);
        property->slot = shape->slot_count;
        shape->slot_count += rj_slots_of(attributes);
    }
    property->attributes = attributes;
    return rj_object_reshape(vm, object, shape);
}

bool rj_object_change(struct rj_vm *vm, struct rj_object *object, struct rj_string *key,
                      uint32_t attributes)
{
    struct rj_shape *shape = object->shape;
    struct rj_property *properties;
    const struct rj_property *old = rj_shape_find(vm, shape, key);

    if (old->attributes == attributes)
        return true;
    if (rj_slots_of(attributes) != rj_slots_of(old->attributes) &&
        !rj_object_to_dictionary(vm, object))
        return false;
    if (rj_shape_is_dictionary(object->shape))
        return change_in_dictionary(vm, object, key, attributes);
    properties = rj_shape_properties(vm, shape);
    if (!properties)
        return false;
    for (uint32_t i = 0; i < shape->property_count; i++)
        if (properties[i].key == key)
            properties[i].attributes = attributes;
    shape = rj_shape_replay(vm, rj_shape_root(shape), properties, shape->property_count);
    return shape && rj_object_reshape(vm, object, shape);
}

/* The same properties from another first shape on. */
static bool replant(struct rj_vm *vm, struct rj_object *object, struct rj_shape *root)
{
    struct rj_property *properties = rj_shape_properties(vm, object->shape);

    if (!properties || !root)
        return false;
    root = rj_shape_replay(vm, root, properties, object->shape->property_count);
    return root && rj_object_reshape(vm, object, root);
}

/* ---- prototypes ---- */

bool rj_object_become_prototype(struct rj_vm *vm, struct rj_object *object)
{
    struct rj_shape *shape = object->shape;
    uint8_t flags = (shape->cell.flags & RJ_SHAPE_SEALED) | RJ_SHAPE_OWN;

    if (object->cell.flags & RJ_OBJECT_IS_PROTOTYPE)
        return true;
    if (!rj_shape_is_dictionary(shape) &&
        !replant(vm, object, rj_shape_new(vm, shape->cell.extra, flags, shape->prototype)))
        return false;
    object->cell.flags |= RJ_OBJECT_IS_PROTOTYPE;
    return true;
}

static bool is_cycle(const struct rj_object *object, const struct rj_object *prototype)
{
    for (; prototype; prototype = prototype->shape->prototype)
        if (prototype == object)
            return true;
    return false;
}

bool rj_object_set_prototype(struct rj_vm *vm, struct rj_object *object,
                             struct rj_object *prototype)
{
    struct rj_shape *shape = object->shape;

    if (shape->prototype == prototype)
        return true;
    if (is_cycle(object, prototype)) {
        rj_throw_error(vm, RJ_ERROR_TYPE, "Cyclic __proto__ value");
        return false;
    }
    if (object->cell.flags & RJ_OBJECT_SEALED) {
        rj_throw_error(vm, RJ_ERROR_TYPE, "#<Object> is not extensible");
        return false;
    }
    if (prototype && !rj_object_become_prototype(vm, prototype))
        return false;
    if (rj_shape_is_dictionary(shape)) {
        shape->prototype = prototype;
        return rj_object_reshape(vm, object, shape);
    }
    if (object->cell.flags & RJ_OBJECT_IS_PROTOTYPE)
        return replant(vm, object, rj_shape_new(vm, shape->cell.extra, RJ_SHAPE_OWN, prototype));
    return replant(vm, object, rj_shape_shared(vm, shape->cell.extra, prototype));
}

/* ---- preventExtensions, seal, freeze ---- */

static uint32_t sealed_attributes(uint32_t attributes, enum rj_seal how)
{
    if (how >= RJ_SEAL_PROPERTIES)
        attributes &= ~(uint32_t)RJ_CONFIGURABLE;
    if (how == RJ_SEAL_FREEZE && !(attributes & RJ_ACCESSOR))
        attributes &= ~(uint32_t)RJ_WRITABLE;
    return attributes;
}

static bool seal_dictionary(struct rj_vm *vm, struct rj_object *object,
                            const struct rj_property *properties, enum rj_seal how)
{
    struct rj_shape *shape = object->shape;
    uint32_t count = shape->property_count;

    for (uint32_t i = 0; i < count; i++) {
        struct rj_property *property = rj_dictionary_find(shape, properties[i].key);

        property->attributes = sealed_attributes(property->attributes, how);
    }
    return rj_object_reshape(vm, object, shape);
}

/* All objects sealed alike share shapes: a first shape keeps the first shape of its sealed twins as
 * its `table`, which it does not need as it has no properties. */
static struct rj_shape *sealed_root(struct rj_vm *vm, struct rj_shape *shape)
{
    struct rj_shape *root = rj_shape_root(shape);
    struct rj_shape **kept;
    struct rj_shape *sealed;

    if (root->cell.flags & RJ_SHAPE_SEALED)
        return root;
    if (root->cell.flags & RJ_SHAPE_OWN)
        return rj_shape_new(vm, root->cell.extra, RJ_SHAPE_SEALED | RJ_SHAPE_OWN, root->prototype);
    kept = (struct rj_shape **)&root->table; /* a first shape has nothing to be searched */
    if (!*kept) {
        sealed = rj_shape_new(vm, root->cell.extra, RJ_SHAPE_SEALED, root->prototype);
        *kept = sealed;
    }
    return *kept;
}

bool rj_object_seal(struct rj_vm *vm, struct rj_object *object, enum rj_seal how)
{
    struct rj_shape *shape = object->shape;
    struct rj_property *properties = rj_shape_properties(vm, shape);
    bool sealed;

    if (!properties)
        return false;
    if (rj_shape_is_dictionary(shape)) {
        sealed = seal_dictionary(vm, object, properties, how);
    } else {
        for (uint32_t i = 0; i < shape->property_count; i++)
            properties[i].attributes = sealed_attributes(properties[i].attributes, how);
        shape = sealed_root(vm, shape);
        if (shape)
            shape = rj_shape_replay(vm, shape, properties, object->shape->property_count);
        sealed = shape && rj_object_reshape(vm, object, shape);
    }
    if (!sealed)
        return false;
    object->cell.flags |= RJ_OBJECT_SEALED;
    if (how >= RJ_SEAL_PROPERTIES)
        object->cell.flags |= RJ_OBJECT_LOCKED;
    if (how == RJ_SEAL_FREEZE)
        object->cell.flags |= RJ_OBJECT_FROZEN;
    return true;
}
