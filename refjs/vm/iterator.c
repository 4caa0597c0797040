/* Stepping through arrays, strings, maps, sets and the keys of for-in. */
#include "vm/iterator.h"

#include "vm/lookup.h"

struct rj_iterator *rj_iterator_new(struct rj_vm *vm, rj_value target, enum rj_iterate what)
{
    struct rj_iterator *iterator =
        (struct rj_iterator *)rj_object_new(vm, vm->realm.iterator_shape, sizeof(*iterator), 0);

    if (!iterator)
        return NULL;
    iterator->target = target;
    iterator->object_of = RJ_UNDEFINED;
    iterator->what = what;
    return iterator;
}

/* "number 5": a value that the program has no words for. */
static const char *typed_text(struct rj_vm *vm, rj_value value)
{
    const char *type = rj_string_text(vm, rj_typeof(vm, value), NULL);
    struct rj_string *text;

    if (value == RJ_UNDEFINED || (rj_is_object(value) && value != RJ_NULL))
        return type;
    text = rj_to_string(vm, value);
    text = text ? rj_string_format(vm, "%s %s", type, rj_string_text(vm, text, NULL)) : NULL;
    return text ? rj_string_text(vm, text, NULL) : type;
}

static rj_value not_iterable(struct rj_vm *vm, rj_value value)
{
    const struct rj_callee *row = rj_find_callee(vm->frame, value);

    if (!row)
        return rj_throw_error(vm, RJ_ERROR_TYPE,
                              "%s is not iterable (cannot read property Symbol(Symbol.iterator))",
                              typed_text(vm, value));
    if (row->kind == RJ_CALLEE_ARGUMENT && !rj_is_nullish(value))
        return rj_throw_error(
            vm, RJ_ERROR_TYPE,
            "Spread syntax requires ...iterable[Symbol.iterator] to be a function");
    if (row->kind == RJ_CALLEE_ARGUMENT)
        return rj_throw_error(vm, RJ_ERROR_TYPE, "%s is not iterable (cannot read property %s)",
                              rj_string_text(vm, row->text, NULL),
                              value == RJ_NULL ? "null" : "undefined");
    return rj_throw_error(vm, RJ_ERROR_TYPE, "%s is not iterable",
                          rj_string_text(vm, row->text, NULL));
}

rj_value rj_iterate(struct rj_vm *vm, rj_value iterable)
{
    enum rj_iterate what = RJ_ITERATE_VALUES;
    struct rj_iterator *iterator;

    if (!rj_is_cell(iterable))
        return not_iterable(vm, iterable);
    switch (rj_as_cell(iterable)->kind) {
    case RJ_ITERATOR:
        return iterable;
    case RJ_BOXED:
        if (!rj_has_elements(rj_as_object(iterable)))
            return not_iterable(vm, iterable);
        iterable = ((struct rj_boxed *)rj_as_object(iterable))->boxed;
        break;
    case RJ_MAP:
        what = RJ_ITERATE_ENTRIES;
        break;
    case RJ_STRING:
    case RJ_SET:
    case RJ_ARRAY:
    case RJ_FLOAT64_ARRAY:
    case RJ_INT32_ARRAY:
    case RJ_UINT8_ARRAY:
        break;
    default:
        return not_iterable(vm, iterable);
    }
    iterator = rj_iterator_new(vm, iterable, what);
    return iterator ? rj_cell_value(iterator) : RJ_THROWN;
}

/* ---- for-in ---- */

/* The keys of one object of the chain: those enumerable that no object before it has. `seen` holds
 * all keys so far as soon as a prototype has any. */
static bool append_keys(struct rj_vm *vm, struct rj_array *keys, struct rj_object *object,
                        struct rj_object *first)
{
    struct rj_array *own = rj_own_keys(vm, object, true);

    if (!own)
        return false;
    for (uint32_t i = 0; i < own->length; i++) {
        bool shadowed = false;
        struct rj_own found;
        rj_value key = rj_to_key(vm, own->elements[i]);

        for (struct rj_object *each = first; each != object && !shadowed;
             each = each->shape->prototype)
            shadowed = rj_get_own(vm, each, key, &found);
        if (!shadowed && !rj_array_append(vm, keys, own->elements[i]))
            return false;
    }
    return true;
}

rj_value rj_iterate_keys(struct rj_vm *vm, rj_value value)
{
    struct rj_object *object = NULL;
    struct rj_iterator *iterator;
    struct rj_array *keys;

    if (rj_is_nullish(value)) {
        keys = rj_array_new(vm, 0, NULL);
    } else {
        object = rj_to_object(vm, value);
        keys = object ? rj_own_keys(vm, object, true) : NULL;
    }
    if (!keys)
        return RJ_THROWN;
    for (struct rj_object *each = object ? object->shape->prototype : NULL; each;
         each = each->shape->prototype)
        if (!append_keys(vm, keys, each, object))
            return RJ_THROWN;
    iterator = rj_iterator_new(vm, rj_cell_value(keys), RJ_ITERATE_NAMES);
    if (!iterator)
        return RJ_THROWN;
    iterator->object_of = object ? rj_cell_value(object) : RJ_UNDEFINED;
    return rj_cell_value(iterator);
}

static rj_value next_name(struct rj_vm *vm, struct rj_iterator *iterator)
{
    struct rj_array *keys = (struct rj_array *)rj_as_object(iterator->target);
    struct rj_object *object;

    if (rj_is_nullish(iterator->object_of))
        return RJ_HOLE;
    object = rj_as_object(iterator->object_of);
    while (iterator->position < keys->length) {
        rj_value name = keys->elements[iterator->position++];

        /* Deleted meanwhile? */
        if (rj_has(vm, object, rj_to_key(vm, name)))
            return name;
    }
    return RJ_HOLE;
}

/* ---- the rest ---- */

static rj_value pair(struct rj_vm *vm, rj_value first, rj_value second)
{
    rj_value values[2] = {first, second};
    struct rj_array *array = rj_array_new(vm, 2, values);

    return array ? rj_cell_value(array) : RJ_THROWN;
}

static rj_value item(struct rj_vm *vm, const struct rj_iterator *iterator, rj_value key,
                     rj_value value)
{
    if (iterator->what == RJ_ITERATE_VALUES)
        return value;
    return iterator->what == RJ_ITERATE_KEYS ? key : pair(vm, key, value);
}

static rj_value next_entry(struct rj_vm *vm, struct rj_iterator *iterator)
{
    struct rj_map *map = (struct rj_map *)rj_as_object(iterator->target);
    struct rj_map_entry *entry = rj_map_next(map, &iterator->cursor);

    if (!entry)
        return RJ_HOLE;
    if (map->object.cell.kind == RJ_SET)
        return item(vm, iterator, entry->key, entry->key);
    return item(vm, iterator, entry->key, entry->value);
}

/* A character: one unit or a surrogate pair. */
static rj_value next_character(struct rj_vm *vm, struct rj_iterator *iterator)
{
    struct rj_string *string = rj_as_string(iterator->target);
    uint32_t at = iterator->position;
    struct rj_string *character;
    uint16_t unit;

    if (at >= string->length)
        return RJ_HOLE;
    if (!rj_flatten(vm, string))
        return RJ_THROWN;
    unit = rj_string_at(string, at);
    if ((unit & 0xfc00) == 0xd800 && at + 1 < string->length &&
        (rj_string_at(string, at + 1) & 0xfc00) == 0xdc00) {
        iterator->position += 2;
        character = rj_string_slice(vm, string, at, at + 2);
    } else {
        iterator->position++;
        character = rj_string_unit(vm, unit);
    }
    return character ? rj_cell_value(character) : RJ_THROWN;
}

static rj_value next_element(struct rj_vm *vm, struct rj_iterator *iterator)
{
    struct rj_object *object = rj_as_object(iterator->target);
    uint32_t at = iterator->position;
    uint32_t length = object->cell.kind == RJ_ARRAY ? ((struct rj_array *)object)->length
                                                    : ((struct rj_typed_array *)object)->length;
    rj_value value;

    if (at >= length)
        return RJ_HOLE;
    iterator->position++;
    value = rj_element(vm, object, at);
    return item(vm, iterator, rj_int((int32_t)at), value == RJ_HOLE ? RJ_UNDEFINED : value);
}

rj_value rj_next(struct rj_vm *vm, rj_value value)
{
    struct rj_iterator *iterator = (struct rj_iterator *)rj_as_object(value);
    rj_value next = RJ_HOLE;

    if (!rj_is_cell(iterator->target))
        return RJ_HOLE;
    switch (rj_as_cell(iterator->target)->kind) {
    case RJ_STRING:
        next = next_character(vm, iterator);
        break;
    case RJ_MAP:
    case RJ_SET:
        next = next_entry(vm, iterator);
        break;
    default:
        next = iterator->what == RJ_ITERATE_NAMES ? next_name(vm, iterator)
                                                  : next_element(vm, iterator);
        break;
    }
    /* An iterator that has ended stays so, whatever is added later. */
    if (next == RJ_HOLE)
        iterator->target = RJ_UNDEFINED;
    return next;
}
