/* Map, Set, and WeakMap and WeakSet, which are maps and sets that hold their keys. */
#include "vm/map.h"
#include "lib/builtin.h"

static struct rj_map *map_for(struct rj_vm *vm, struct rj_function *callee, rj_value new_target,
                              struct rj_shape *shape)
{
    struct rj_map *map;

    if (new_target == RJ_UNDEFINED) {
        rj_throw_error(vm, RJ_ERROR_TYPE, "Constructor %s requires 'new'", callee->code->name);
        return NULL;
    }
    map = rj_map_new(vm, shape);
    if (map && rj_is_kind(new_target, RJ_FUNCTION)) {
        struct rj_object *object = rj_new_for(vm, new_target, shape, sizeof(struct rj_object));

        /* Only the shape of it is of use: rj_map_new() alone knows how a map begins. */
        if (!object ||
            (object->shape != shape && !rj_object_reshape(vm, &map->object, object->shape)))
            return NULL;
    }
    return map;
}

static bool put_entry(struct rj_vm *vm, rj_value map, rj_value pair, rj_value adder)
{
    rj_value entry[2];

    if (!rj_is_object(pair)) {
        rj_throw_error(vm, RJ_ERROR_TYPE, "Iterator value %s is not an entry object",
                       rj_value_text(vm, pair));
        return false;
    }
    entry[0] = rj_get(vm, pair, rj_int(0));
    entry[1] = entry[0] == RJ_THROWN ? RJ_THROWN : rj_get(vm, pair, rj_int(1));
    return entry[1] != RJ_THROWN && rj_call(vm, adder, map, 2, entry) != RJ_THROWN;
}

/* new Map(iterable), new Set(iterable): through set() and add(), which a subclass may have its
 * own of. */
static rj_value fill(struct rj_vm *vm, struct rj_map *map, rj_value iterable)
{
    bool is_map = map->object.cell.kind == RJ_MAP;
    struct rj_string *name = rj_atom_text(vm, is_map ? "set" : "add");
    rj_value value = rj_cell_value(map);
    rj_value adder;
    rj_value iterator;

    if (rj_is_nullish(iterable))
        return value;
    adder = name ? rj_get(vm, value, rj_cell_value(name)) : RJ_THROWN;
    iterator = adder == RJ_THROWN ? RJ_THROWN : rj_iterate_argument(vm, iterable);
    for (;;) {
        rj_value item = iterator == RJ_THROWN ? RJ_THROWN : rj_next(vm, iterator);

        if (item == RJ_HOLE)
            return value;
        if (item == RJ_THROWN)
            return RJ_THROWN;
        if (is_map ? !put_entry(vm, value, item, adder)
                   : rj_call(vm, adder, value, 1, &item) == RJ_THROWN)
            return RJ_THROWN;
    }
}

RJ_BUILTIN(map_construct)
{
    struct rj_map *map = map_for(vm, callee, new_target, vm->realm.map_shape);

    return map ? fill(vm, map, RJ_ARG(0)) : RJ_THROWN;
}

RJ_BUILTIN(set_construct)
{
    struct rj_map *map = map_for(vm, callee, new_target, vm->realm.set_shape);

    return map ? fill(vm, map, RJ_ARG(0)) : RJ_THROWN;
}

/* The weak ones are told apart by their prototype alone, which their constructor keeps in
 * `bound` as a shape. */
RJ_BUILTIN(weak_construct)
{
    struct rj_map *map =
        map_for(vm, callee, new_target, (struct rj_shape *)(void *)rj_as_cell(callee->bound));

    return map ? fill(vm, map, RJ_ARG(0)) : RJ_THROWN;
}

static struct rj_map *this_map(struct rj_vm *vm, struct rj_function *callee, rj_value this_value,
                               enum rj_kind kind)
{
    if (rj_is_kind(this_value, kind))
        return (struct rj_map *)(void *)rj_as_cell(this_value);
    rj_throw_error(vm, RJ_ERROR_TYPE, "Method %s.prototype.%s called on incompatible receiver %s",
                   kind == RJ_MAP ? "Map" : "Set", callee->code->name,
                   rj_value_text(vm, this_value));
    return NULL;
}

/* Methods of both: the kind is that of `this`. */
static struct rj_map *this_either(struct rj_vm *vm, struct rj_function *callee, rj_value this_value)
{
    return this_map(vm, callee, this_value, rj_is_kind(this_value, RJ_SET) ? RJ_SET : RJ_MAP);
}

RJ_BUILTIN(map_get)
{
    struct rj_map *map = this_map(vm, callee, this_value, RJ_MAP);
    struct rj_map_entry *entry = map ? rj_map_find(vm, map, RJ_ARG(0)) : NULL;

    if (!map)
        return RJ_THROWN;
    return entry ? entry->value : RJ_UNDEFINED;
}

RJ_BUILTIN(map_set)
{
    struct rj_map *map = this_map(vm, callee, this_value, RJ_MAP);

    return map && rj_map_put(vm, map, RJ_ARG(0), RJ_ARG(1)) ? this_value : RJ_THROWN;
}

RJ_BUILTIN(set_add)
{
    struct rj_map *map = this_map(vm, callee, this_value, RJ_SET);

    return map && rj_map_put(vm, map, RJ_ARG(0), RJ_ARG(0)) ? this_value : RJ_THROWN;
}

RJ_BUILTIN(map_has)
{
    struct rj_map *map = this_either(vm, callee, this_value);

    return map ? rj_boolean(rj_map_find(vm, map, RJ_ARG(0)) != NULL) : RJ_THROWN;
}

RJ_BUILTIN(map_delete)
{
    struct rj_map *map = this_either(vm, callee, this_value);

    return map ? rj_boolean(rj_map_remove(vm, map, RJ_ARG(0))) : RJ_THROWN;
}

RJ_BUILTIN(map_clear)
{
    struct rj_map *map = this_either(vm, callee, this_value);

    if (!map)
        return RJ_THROWN;
    rj_map_clear(map);
    return RJ_UNDEFINED;
}

RJ_BUILTIN(map_size)
{
    struct rj_map *map = this_either(vm, callee, this_value);

    return map ? rj_number(map->count) : RJ_THROWN;
}

RJ_BUILTIN(map_for_each)
{
    struct rj_map *map = this_either(vm, callee, this_value);
    struct rj_map_cursor cursor = {0};
    struct rj_map_entry *entry;

    if (!map || !rj_require_function(vm, RJ_ARG(0)))
        return RJ_THROWN;
    for (;;) {
        rj_value triple[3] = {RJ_UNDEFINED, RJ_UNDEFINED, this_value};

        entry = rj_map_next(map, &cursor);
        if (!entry)
            return RJ_UNDEFINED;
        triple[0] = map->object.cell.kind == RJ_MAP ? entry->value : entry->key;
        triple[1] = entry->key;
        if (rj_call(vm, args[0], RJ_ARG(1), 3, triple) == RJ_THROWN)
            return RJ_THROWN;
    }
}

/* Map.groupBy is younger than the node that is the oracle, and left out with Object.groupBy. */

static const struct rj_builtin constructors[] = {
    {"Map", map_construct, 0, 0},
    {"Set", set_construct, 0, 0},
    {"WeakMap", weak_construct, 0, 0},
    {"WeakSet", weak_construct, 0, 0},
};

static const struct rj_builtin map_methods[] = {
    {"get", map_get, 1, 0},
    {"set", map_set, 2, 0},
    {"has", map_has, 1, 0},
    {"delete", map_delete, 1, 0},
    {"clear", map_clear, 0, 0},
    {"forEach", map_for_each, 1, 0},
    {0},
};

static const struct rj_builtin set_methods[] = {
    {"has", map_has, 1, 0},     {"add", set_add, 1, 0},          {"delete", map_delete, 1, 0},
    {"clear", map_clear, 0, 0}, {"forEach", map_for_each, 1, 0}, {0},
};

static const struct rj_builtin weak_map_methods[] = {
    {"get", map_get, 1, 0},
    {"set", map_set, 2, 0},
    {"has", map_has, 1, 0},
    {"delete", map_delete, 1, 0},
    {0},
};

static const struct rj_builtin weak_set_methods[] = {
    {"has", map_has, 1, 0},
    {"add", set_add, 1, 0},
    {"delete", map_delete, 1, 0},
    {0},
};

static bool define_weak(struct rj_vm *vm, const struct rj_builtin *constructor, enum rj_kind kind,
                        const struct rj_builtin *methods)
{
    struct rj_object *prototype = rj_object_plain(vm);
    struct rj_function *function =
        prototype ? rj_define_constructor(vm, constructor, prototype) : NULL;
    struct rj_shape *shape = function ? rj_shape_first(vm, kind, prototype) : NULL;

    if (!shape)
        return false;
    function->bound = rj_cell_value(shape);
    return rj_define_builtins(vm, prototype, methods);
}

bool rj_init_map(struct rj_vm *vm)
{
    struct rj_object *map = vm->realm.map_prototype;
    struct rj_object *set = vm->realm.set_prototype;

    return rj_define_constructor(vm, &constructors[0], map) &&
           rj_define_builtins(vm, map, map_methods) &&
           rj_define_getter(vm, map, "size", map_size) &&
           rj_define_constructor(vm, &constructors[1], set) &&
           rj_define_builtins(vm, set, set_methods) &&
           rj_define_getter(vm, set, "size", map_size) &&
           define_weak(vm, &constructors[2], RJ_MAP, weak_map_methods) &&
           define_weak(vm, &constructors[3], RJ_SET, weak_set_methods);
}
