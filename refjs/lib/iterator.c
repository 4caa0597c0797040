/* Iterator objects: next(), and the methods that make them. keys(), values() and entries() of
 * arrays, typed arrays, maps and sets are the same three functions, kept to their kind. */
#include "vm/iterator.h"
#include "lib/builtin.h"

static rj_value iterator_result(struct rj_vm *vm, rj_value value, bool done)
{
    struct rj_object *result = rj_object_plain(vm);

    if (!result || !rj_define(vm, result, rj_cell_value(vm->atoms.value), value, RJ_PLAIN) ||
        !rj_define(vm, result, rj_cell_value(vm->atoms.done), rj_boolean(done), RJ_PLAIN))
        return RJ_THROWN;
    return rj_cell_value(result);
}

RJ_BUILTIN(iterator_next)
{
    rj_value value;

    if (!rj_is_kind(this_value, RJ_ITERATOR))
        return rj_throw_error(vm, RJ_ERROR_TYPE, "next method called on incompatible receiver %s",
                              rj_value_text(vm, this_value));
    value = rj_next(vm, this_value);
    if (value == RJ_THROWN)
        return RJ_THROWN;
    return value == RJ_HOLE ? iterator_result(vm, RJ_UNDEFINED, true)
                            : iterator_result(vm, value, false);
}

static rj_value make(struct rj_vm *vm, rj_value target, enum rj_iterate what)
{
    switch (rj_is_cell(target) ? rj_as_cell(target)->kind : 0) {
    case RJ_ARRAY:
    case RJ_FLOAT64_ARRAY:
    case RJ_INT32_ARRAY:
    case RJ_UINT8_ARRAY:
    case RJ_MAP:
    case RJ_SET:
        return rj_result(rj_iterator_new(vm, target, what));
    default:
        return rj_throw_error(vm, RJ_ERROR_TYPE, "Method called on incompatible receiver %s",
                              rj_value_text(vm, target));
    }
}

RJ_BUILTIN(make_keys)
{
    return make(vm, this_value, RJ_ITERATE_KEYS);
}

RJ_BUILTIN(make_values)
{
    return make(vm, this_value, RJ_ITERATE_VALUES);
}

RJ_BUILTIN(make_entries)
{
    return make(vm, this_value, RJ_ITERATE_ENTRIES);
}

static const struct rj_builtin methods[] = {
    {"next", iterator_next, 0, 0},
    {0},
};

static const struct rj_builtin makers[] = {
    {"keys", make_keys, 0, 0},
    {"values", make_values, 0, 0},
    {"entries", make_entries, 0, 0},
    {0},
};

bool rj_init_iterator(struct rj_vm *vm)
{
    struct rj_object *const owners[] = {
        vm->realm.array_prototype,
        vm->realm.map_prototype,
        vm->realm.set_prototype,
        vm->realm.typed_array_prototypes[0],
        vm->realm.typed_array_prototypes[1],
        vm->realm.typed_array_prototypes[2],
    };

    for (size_t i = 0; i < sizeof(owners) / sizeof(*owners); i++) {
        if (!rj_define_builtins(vm, owners[i], makers))
            return false;
    }
    return rj_define_builtins(vm, vm->realm.iterator_prototype, methods);
}
