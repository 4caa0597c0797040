/* Named properties at one instruction: ways that were found before are taken again; what is new is
 * learned. */
#include "vm/property.h"

static struct rj_way *way_at(struct rj_feedback *feedback, uint32_t i)
{
    return i ? &feedback->more[i - 1] : &feedback->way;
}

static uint32_t way_count(const struct rj_feedback *feedback)
{
    return feedback->ways <= RJ_WAYS ? feedback->ways : 0;
}

/* `shape` NULL: of strings. A way for the same shape that holds no more is overwritten. */
static void learn(struct rj_vm *vm, struct rj_feedback *feedback, const struct rj_way *way)
{
    uint32_t i = 0;

    if (feedback->ways == RJ_MANY)
        return;
    while (i < feedback->ways && way_at(feedback, i)->shape != way->shape)
        i++;
    if (i > 0 && !feedback->more)
        feedback->more = rj_allocate(vm, (RJ_WAYS - 1) * sizeof(struct rj_way));
    if (i == RJ_WAYS || (i > 0 && !feedback->more)) {
        feedback->ways = RJ_MANY;
        return;
    }
    *way_at(feedback, i) = *way;
    if (i == feedback->ways)
        feedback->ways++;
}

/* ---- reading ---- */

static const struct rj_way *find_way(const struct rj_vm *vm, struct rj_feedback *feedback,
                                     const struct rj_shape *shape)
{
    for (uint32_t i = 0; i < way_count(feedback); i++) {
        const struct rj_way *way = way_at(feedback, i);

        if (way->shape == shape &&
            ((!way->holder && !way->next) || way->epoch == vm->prototype_epoch))
            return way;
    }
    return NULL;
}

static void learn_found(struct rj_vm *vm, struct rj_feedback *feedback, struct rj_shape *shape,
                        const struct rj_object *receiver, const struct rj_found *found)
{
    struct rj_way way = {.shape = shape,
                         .holder = found->holder == receiver ? NULL : found->holder,
                         .slot = found->slot,
                         .epoch = vm->prototype_epoch};

    if (found->attributes & RJ_ACCESSOR) {
        feedback->accessor = 1;
        return;
    }
    if (found->slot == RJ_VIRTUAL || (shape && rj_shape_is_dictionary(shape)))
        return;
    learn(vm, feedback, &way);
}

static rj_value noted(struct rj_feedback *feedback, rj_value value)
{
    if (value != RJ_THROWN)
        feedback->result |= rj_seen_of(value);
    return value;
}

static rj_value get_of_object(struct rj_vm *vm, struct rj_object *object, struct rj_string *key,
                              struct rj_feedback *feedback)
{
    const struct rj_way *way = find_way(vm, feedback, object->shape);
    struct rj_found found;

    if (way)
        return (way->holder ? way->holder : object)->slots[way->slot];
    if (!rj_find(vm, object, rj_cell_value(key), &found))
        return RJ_UNDEFINED;
    learn_found(vm, feedback, object->shape, object, &found);
    return rj_found_value(vm, &found, rj_cell_value(object));
}

/* The way of strings has no shape, and its holder is a prototype. */
static rj_value get_of_string(struct rj_vm *vm, rj_value receiver, struct rj_string *key,
                              struct rj_feedback *feedback)
{
    const struct rj_way *way = find_way(vm, feedback, NULL);
    struct rj_found found;

    if (way)
        return way->holder->slots[way->slot];
    if (key == vm->atoms.length)
        return rj_int((int32_t)rj_as_string(receiver)->length);
    if (!rj_find(vm, vm->realm.string_prototype, rj_cell_value(key), &found))
        return RJ_UNDEFINED;
    learn_found(vm, feedback, NULL, NULL, &found);
    return rj_found_value(vm, &found, receiver);
}

rj_value rj_get_property(struct rj_vm *vm, rj_value receiver, struct rj_string *key,
                         struct rj_feedback *feedback)
{
    if (rj_is_object(receiver))
        return noted(feedback, get_of_object(vm, rj_as_object(receiver), key, feedback));
    if (rj_is_string(receiver))
        return noted(feedback, get_of_string(vm, receiver, key, feedback));
    return noted(feedback, rj_get(vm, receiver, rj_cell_value(key)));
}

/* ---- writing ---- */

/* A property is added as nothing is in the way. The way is learned for objects whose shape others
 * can have; `shape` is the one before. */
static bool add_learning(struct rj_vm *vm, struct rj_object *object, struct rj_string *key,
                         rj_value value, struct rj_feedback *feedback)
{
    struct rj_way way = {.shape = object->shape};

    if (!rj_object_add(vm, object, key, RJ_PLAIN, value, RJ_UNDEFINED))
        return false;
    way.next = object->shape;
    way.slot = way.next->last.slot;
    way.epoch = vm->prototype_epoch;
    if (!(way.next->cell.flags & (RJ_SHAPE_DICTIONARY | RJ_SHAPE_OWN)))
        learn(vm, feedback, &way);
    return true;
}

/* Has the object room for the slots of the shape? */
static bool take_way(struct rj_vm *vm, const struct rj_way *way, struct rj_object *object,
                     rj_value value)
{
    if (way->next && !rj_object_reshape(vm, object, way->next))
        return false;
    object->slots[way->slot] = value;
    return true;
}

static bool set_of_object(struct rj_vm *vm, struct rj_object *object, struct rj_string *key,
                          rj_value value, struct rj_feedback *feedback)
{
    const struct rj_way *way = find_way(vm, feedback, object->shape);
    struct rj_found found;

    if (way)
        return take_way(vm, way, object, value);
    rj_find(vm, object, rj_cell_value(key), &found);
    if (found.attributes & RJ_ACCESSOR && found.holder)
        feedback->accessor = 1;
    else if (!found.holder || (found.holder != object && found.attributes & RJ_WRITABLE)) {
        if (!(object->cell.flags & RJ_OBJECT_SEALED))
            return add_learning(vm, object, key, value, feedback);
    } else if (found.attributes & RJ_WRITABLE) {
        learn_found(vm, feedback, object->shape, object, &found);
    }
    return rj_store_found(vm, object, rj_cell_value(key), value, &found);
}

rj_value rj_set_property(struct rj_vm *vm, rj_value receiver, struct rj_string *key, rj_value value,
                         struct rj_feedback *feedback)
{
    feedback->result |= rj_seen_of(value);
    if (!rj_is_object(receiver))
        return rj_set(vm, receiver, rj_cell_value(key), value);
    return set_of_object(vm, rj_as_object(receiver), key, value, feedback) ? RJ_UNDEFINED
                                                                           : RJ_THROWN;
}

rj_value rj_define_property(struct rj_vm *vm, rj_value receiver, struct rj_string *key,
                            rj_value value, struct rj_feedback *feedback)
{
    struct rj_object *object = rj_as_object(receiver);
    const struct rj_way *way = find_way(vm, feedback, object->shape);
    struct rj_found found;
    bool defined;

    feedback->result |= rj_seen_of(value);
    if (way)
        defined = take_way(vm, way, object, value);
    else if (!rj_find_own(vm, object, rj_cell_value(key), &found) &&
             !(object->cell.flags & RJ_OBJECT_SEALED))
        defined = add_learning(vm, object, key, value, feedback);
    else
        defined = rj_define(vm, object, rj_cell_value(key), value, RJ_PLAIN);
    return defined ? RJ_UNDEFINED : RJ_THROWN;
}

/* ---- the global object ---- */

static rj_value not_defined(struct rj_vm *vm, struct rj_string *key)
{
    return rj_throw_error(vm, RJ_ERROR_REFERENCE, "%s is not defined",
                          rj_string_text(vm, key, NULL));
}

rj_value rj_get_global(struct rj_vm *vm, struct rj_string *key, bool is_typeof,
                       struct rj_feedback *feedback)
{
    struct rj_object *global = vm->realm.global;
    const struct rj_way *way = find_way(vm, feedback, global->shape);
    struct rj_found found;

    if (way)
        return noted(feedback, (way->holder ? way->holder : global)->slots[way->slot]);
    if (!rj_find(vm, global, rj_cell_value(key), &found))
        return is_typeof ? RJ_UNDEFINED : not_defined(vm, key);
    learn_found(vm, feedback, global->shape, global, &found);
    return noted(feedback, rj_found_value(vm, &found, rj_cell_value(global)));
}

rj_value rj_set_global(struct rj_vm *vm, struct rj_string *key, rj_value value,
                       struct rj_feedback *feedback)
{
    struct rj_object *global = vm->realm.global;
    struct rj_found found;

    if (!find_way(vm, feedback, global->shape) && !rj_find(vm, global, rj_cell_value(key), &found))
        return not_defined(vm, key);
    return rj_set_property(vm, rj_cell_value(global), key, value, feedback);
}
