/* Array, and what makes new arrays of old ones. */
#include "lib/list.h"
#include "vm/map.h"
#include "vm/string.h"

static struct rj_array *array_for(struct rj_vm *vm, rj_value new_target)
{
    struct rj_array *array = rj_array_new(vm, 0, NULL);
    rj_value prototype;

    if (!array || !rj_is_kind(new_target, RJ_FUNCTION))
        return array;
    prototype = rj_get(vm, new_target, rj_cell_value(vm->atoms.prototype));
    if (prototype == RJ_THROWN)
        return NULL;
    if (!rj_is_object(prototype) || rj_as_object(prototype) == vm->realm.array_prototype)
        return array;
    return (struct rj_array *)rj_new_for(vm, new_target, vm->realm.array_shape,
                                         sizeof(struct rj_array));
}

RJ_BUILTIN(array_construct)
{
    struct rj_array *array = array_for(vm, new_target);

    if (!array)
        return RJ_THROWN;
    if (argc == 1 && rj_is_number(args[0])) {
        double length = rj_as_number(args[0]);

        if (!(length >= 0 && length <= UINT32_MAX) || length != floor(length))
            return rj_throw_error(vm, RJ_ERROR_RANGE, "Invalid array length");
        return rj_array_resize(vm, array, (uint32_t)length) ? rj_cell_value(array) : RJ_THROWN;
    }
    for (uint32_t i = 0; i < argc; i++) {
        if (!rj_array_append(vm, array, args[i]))
            return RJ_THROWN;
    }
    return rj_cell_value(array);
}

/* What `this` of Array.of and Array.from makes: an array, or the subclass's object. */
static rj_value make_result(struct rj_vm *vm, rj_value constructor)
{
    rj_value array_constructor;

    if (!rj_is_kind(constructor, RJ_FUNCTION) ||
        !(rj_as_cell(constructor)->flags & RJ_FUNCTION_CONSTRUCTOR))
        return rj_result(rj_array_new(vm, 0, NULL));
    array_constructor =
        rj_get(vm, rj_cell_value(vm->realm.array_prototype), rj_cell_value(vm->atoms.constructor));
    if (constructor == array_constructor)
        return rj_result(rj_array_new(vm, 0, NULL));
    return rj_construct(vm, constructor, 0, NULL, constructor);
}

/* Values go onto arrays directly, into other objects as properties. */
static bool put(struct rj_vm *vm, rj_value result, double index, rj_value value)
{
    struct rj_list list = {rj_as_object(result), 0};

    if (rj_open_array(result) && rj_as_array(result)->length == index)
        return rj_array_append(vm, rj_as_array(result), value);
    return rj_list_set(vm, &list, index, value);
}

RJ_BUILTIN(array_of)
{
    rj_value result = make_result(vm, this_value);

    if (result == RJ_THROWN)
        return RJ_THROWN;
    for (uint32_t i = 0; i < argc; i++) {
        if (!put(vm, result, i, args[i]))
            return RJ_THROWN;
    }
    return result;
}

/* value, or map(value, index). */
static rj_value mapped(struct rj_vm *vm, const rj_value *args, uint32_t argc, rj_value value,
                       double index)
{
    rj_value pair[2] = {value, rj_number(index)};

    if (RJ_ARG(1) == RJ_UNDEFINED)
        return value;
    return rj_call(vm, args[1], RJ_ARG(2), 2, pair);
}

/* A plain copy of an array, its holes filled. */
static rj_value copy_array(struct rj_vm *vm, const struct rj_array *source)
{
    struct rj_array *copy = rj_array_new(vm, source->length, source->elements);

    for (uint32_t i = 0; copy && i < copy->length; i++) {
        if (copy->elements[i] == RJ_HOLE)
            copy->elements[i] = RJ_UNDEFINED;
    }
    return rj_result(copy);
}

static rj_value from_iterable(struct rj_vm *vm, rj_value result, uint32_t argc,
                              const rj_value *args)
{
    rj_value iterator = rj_iterate_argument(vm, args[0]);

    if (iterator == RJ_THROWN)
        return RJ_THROWN;
    for (double index = 0;; index++) {
        rj_value value = rj_next(vm, iterator);

        if (value == RJ_HOLE)
            return result;
        if (value != RJ_THROWN)
            value = mapped(vm, args, argc, value, index);
        if (value == RJ_THROWN || !put(vm, result, index, value))
            return RJ_THROWN;
    }
}

static rj_value from_list(struct rj_vm *vm, rj_value result, uint32_t argc, const rj_value *args)
{
    struct rj_list list;

    if (!rj_list_open(vm, args[0], &list))
        return RJ_THROWN;
    for (double index = 0; index < list.length; index++) {
        rj_value value = rj_list_read(vm, &list, index);

        if (value != RJ_THROWN)
            value = mapped(vm, args, argc, value, index);
        if (value == RJ_THROWN || !put(vm, result, index, value))
            return RJ_THROWN;
    }
    return result;
}

RJ_BUILTIN(array_from)
{
    rj_value result;

    if (RJ_ARG(1) != RJ_UNDEFINED && !rj_require_function(vm, args[1]))
        return RJ_THROWN;
    if (rj_is_nullish(RJ_ARG(0)))
        return rj_iterate_argument(vm, RJ_ARG(0));
    result = make_result(vm, this_value);
    if (result == RJ_THROWN)
        return RJ_THROWN;
    if (rj_is_kind(args[0], RJ_ARRAY) && RJ_ARG(1) == RJ_UNDEFINED &&
        rj_as_object(result)->shape == vm->realm.array_shape)
        return copy_array(vm, rj_as_array(args[0]));
    return rj_is_iterable(args[0]) ? from_iterable(vm, result, argc, args)
                                   : from_list(vm, result, argc, args);
}

struct rj_array *rj_list_of(struct rj_vm *vm, rj_value iterable)
{
    struct rj_array *array = rj_array_new(vm, 0, NULL);

    if (!array || from_iterable(vm, rj_cell_value(array), 1, &iterable) == RJ_THROWN)
        return NULL;
    return array;
}

RJ_BUILTIN(array_is_array)
{
    return rj_boolean(rj_is_kind(RJ_ARG(0), RJ_ARRAY));
}

/* ---- new arrays ---- */

RJ_BUILTIN(array_slice)
{
    struct rj_list list;
    struct rj_array *result;
    double from;
    double to;

    if (!rj_list_open(vm, this_value, &list) ||
        !rj_relative_index(vm, RJ_ARG(0), list.length, 0, &from) ||
        !rj_relative_index(vm, RJ_ARG(1), list.length, list.length, &to))
        return RJ_THROWN;
    if (from < to && rj_is_kind(this_value, RJ_ARRAY) && to <= rj_as_array(this_value)->length)
        return rj_result(rj_array_new(vm, (uint32_t)(to - from),
                                      rj_as_array(this_value)->elements + (uint32_t)from));
    result = rj_array_new(vm, 0, NULL);
    for (; result && from < to; from++) {
        rj_value value = rj_list_get(vm, &list, from);

        if (value == RJ_THROWN || !rj_array_append(vm, result, value))
            return RJ_THROWN;
    }
    return rj_result(result);
}

static bool append_all(struct rj_vm *vm, struct rj_array *result, struct rj_array *more)
{
    uint64_t length = (uint64_t)result->length + more->length;

    if (length > UINT32_MAX) {
        rj_throw_error(vm, RJ_ERROR_RANGE, "Invalid array length");
        return false;
    }
    if (!more->length)
        return true;
    if (!rj_array_reserve(vm, result, (uint32_t)length))
        return false;
    memcpy(result->elements + result->length, more->elements, more->length * sizeof(rj_value));
    result->length = (uint32_t)length;
    return true;
}

static bool concat_one(struct rj_vm *vm, struct rj_array *result, rj_value value)
{
    return rj_is_kind(value, RJ_ARRAY) ? append_all(vm, result, rj_as_array(value))
                                       : rj_array_append(vm, result, value);
}

RJ_BUILTIN(array_concat)
{
    struct rj_object *object = rj_to_object(vm, this_value);
    struct rj_array *result = object ? rj_array_new(vm, 0, NULL) : NULL;

    if (!result || !concat_one(vm, result, rj_cell_value(object)))
        return RJ_THROWN;
    for (uint32_t i = 0; i < argc; i++) {
        if (!concat_one(vm, result, args[i]))
            return RJ_THROWN;
    }
    return rj_cell_value(result);
}

static bool flatten(struct rj_vm *vm, struct rj_array *result, struct rj_array *source,
                    double depth)
{
    if (rj_stack_is_low(vm)) {
        rj_throw_stack(vm);
        return false;
    }
    for (uint32_t i = 0; i < source->length; i++) {
        rj_value value = source->elements[i];
        bool deeper = depth > 0 && rj_is_kind(value, RJ_ARRAY);

        if (value == RJ_HOLE)
            continue;
        if (deeper && !flatten(vm, result, rj_as_array(value), depth - 1))
            return false;
        if (!deeper && !rj_array_append(vm, result, value))
            return false;
    }
    return true;
}

static struct rj_array *array_argument(struct rj_vm *vm, rj_value value)
{
    struct rj_list list;
    struct rj_array *array;

    if (rj_is_kind(value, RJ_ARRAY))
        return rj_as_array(value);
    array = rj_list_open(vm, value, &list) ? rj_array_new(vm, 0, NULL) : NULL;
    for (double i = 0; array && i < list.length; i++) {
        rj_value item = rj_list_get(vm, &list, i);

        if (item == RJ_THROWN || !rj_array_append(vm, array, item))
            return NULL;
    }
    return array;
}

RJ_BUILTIN(array_flat)
{
    struct rj_array *source = array_argument(vm, this_value);
    struct rj_array *result = source ? rj_array_new(vm, 0, NULL) : NULL;
    double depth = 1;

    if (!result || (RJ_ARG(0) != RJ_UNDEFINED && !rj_to_integer(vm, args[0], &depth)))
        return RJ_THROWN;
    return flatten(vm, result, source, depth) ? rj_cell_value(result) : RJ_THROWN;
}

/* ---- arrays as text ---- */

struct pieces {
    struct rj_string **texts; /* flat; NULL: nothing */
    uint32_t count;
    bool wide;
    uint64_t units;
};

/* The elements as text. One that is an object may run code of the program: `texts` is NULL then.
 * False after throwing. */
static bool gather_pieces(struct rj_vm *vm, const struct rj_array *array, struct pieces *pieces)
{
    *pieces = (struct pieces){.count = array->length};
    pieces->texts = rj_allocate(vm, ((size_t)pieces->count + 1) * sizeof(*pieces->texts));
    if (!pieces->texts)
        return false;
    for (uint32_t i = 0; i < pieces->count; i++) {
        rj_value value = array->elements[i];
        struct rj_string *text;

        if (value == RJ_HOLE || rj_is_nullish(value))
            continue;
        if (rj_is_object(value)) {
            pieces->texts = NULL;
            return true;
        }
        text = rj_to_flat(vm, value);
        if (!text)
            return false;
        pieces->texts[i] = text;
        pieces->units += text->length;
        pieces->wide = pieces->wide || rj_string_is_wide(text);
    }
    return true;
}

static struct rj_string *put_together(struct rj_vm *vm, const struct pieces *pieces,
                                      const struct rj_string *separator)
{
    struct rj_string *joined = rj_string_new(vm, (uint32_t)pieces->units, pieces->wide);
    char *to = joined ? rj_string_units(joined) : NULL;

    for (uint32_t i = 0; joined && i < pieces->count; i++) {
        const struct rj_string *text = pieces->texts[i];

        if (i && separator->length) {
            rj_string_copy(separator, 0, separator->length, to, pieces->wide);
            to += (size_t)separator->length << pieces->wide;
        }
        if (text) {
            rj_string_copy(text, 0, text->length, to, pieces->wide);
            to += (size_t)text->length << pieces->wide;
        }
    }
    return joined;
}

/* An array of strings and other values that are no objects, in one piece; RJ_HOLE if it is
 * something else. */
static rj_value join_at_once(struct rj_vm *vm, struct rj_object *object,
                             struct rj_string *separator)
{
    struct pieces pieces;

    if (object->cell.kind != RJ_ARRAY)
        return RJ_HOLE;
    if (!rj_flatten(vm, separator) || !gather_pieces(vm, (struct rj_array *)object, &pieces))
        return RJ_THROWN;
    if (!pieces.texts)
        return RJ_HOLE;
    if (pieces.count)
        pieces.units += (uint64_t)(pieces.count - 1) * separator->length;
    if (pieces.units < 2 || pieces.units > RJ_STRING_LIMIT) /* texts of one unit are shared */
        return RJ_HOLE;
    pieces.wide = pieces.wide || (rj_string_is_wide(separator) && pieces.count > 1);
    return rj_result(put_together(vm, &pieces, separator));
}

static rj_value join(struct rj_vm *vm, const struct rj_list *list, struct rj_string *separator)
{
    struct rj_string *text = vm->atoms.empty;
    rj_value joined = join_at_once(vm, list->object, separator);

    if (joined != RJ_HOLE)
        return joined;
    if (list->length > RJ_LENGTH_LIMIT / 2)
        return rj_throw_error(vm, RJ_ERROR_RANGE, "Invalid string length");
    for (double i = 0; i < list->length; i++) {
        rj_value value = rj_list_read(vm, list, i);
        struct rj_string *item = vm->atoms.empty;

        if (value == RJ_THROWN)
            return RJ_THROWN;
        if (!rj_is_nullish(value))
            item = rj_is_string(value) ? rj_as_string(value) : rj_to_string(vm, value);
        if (item && i && separator->length)
            text = rj_string_concat(vm, text, separator);
        if (!item || !text)
            return RJ_THROWN;
        if (item->length)
            text = rj_string_concat(vm, text, item);
        if (!text)
            return RJ_THROWN;
    }
    return rj_cell_value(text);
}

/* The lists in the middle of being joined are a set in `bound`: one that contains itself reads as
 * "" there. */
RJ_BUILTIN(array_join)
{
    struct rj_map *joining = (struct rj_map *)(void *)rj_as_cell(callee->bound);
    struct rj_string *separator = vm->atoms.single[','];
    struct rj_list list;
    rj_value object;
    rj_value result;

    if (rj_stack_is_low(vm))
        return rj_throw_stack(vm);
    if (!rj_list_open(vm, this_value, &list))
        return RJ_THROWN;
    if (RJ_ARG(0) != RJ_UNDEFINED)
        separator = rj_to_string(vm, args[0]);
    if (!separator)
        return RJ_THROWN;
    object = rj_cell_value(list.object);
    if (rj_map_find(vm, joining, object))
        return rj_cell_value(vm->atoms.empty);
    if (!rj_map_put(vm, joining, object, object))
        return RJ_THROWN;
    result = join(vm, &list, separator);
    rj_map_remove(vm, joining, object);
    return result;
}

RJ_BUILTIN(array_to_string)
{
    struct rj_object *object = rj_to_object(vm, this_value);
    struct rj_string *key = rj_atom_text(vm, "join");
    rj_value method;

    if (!object || !key)
        return RJ_THROWN;
    method = rj_get(vm, rj_cell_value(object), rj_cell_value(key));
    if (method == RJ_THROWN)
        return RJ_THROWN;
    if (!rj_is_kind(method, RJ_FUNCTION))
        return rj_result(rj_string_format(vm, "[object Object]"));
    return rj_call(vm, method, rj_cell_value(object), 0, NULL);
}

static const struct rj_builtin constructor = {"Array", array_construct, 1, 0};

static const struct rj_builtin statics[] = {
    {"isArray", array_is_array, 1, 0},
    {"of", array_of, 0, 0},
    {"from", array_from, 1, 0},
    {0},
};

static const struct rj_builtin methods[] = {
    {"slice", array_slice, 2, 0},
    {"concat", array_concat, 1, 0},
    {"flat", array_flat, 0, 0},
    {"toString", array_to_string, 0, 0},
    {"toLocaleString", array_to_string, 0, 0},
    {0},
};

bool rj_init_array(struct rj_vm *vm)
{
    struct rj_object *prototype = vm->realm.array_prototype;
    struct rj_function *function = rj_define_constructor(vm, &constructor, prototype);
    struct rj_function *joiner = rj_native_new(vm, "join", array_join, 1, 0);
    struct rj_map *joining = rj_map_new(vm, vm->realm.set_shape);

    if (!function || !joiner || !joining)
        return false;
    joiner->bound = rj_cell_value(joining);
    return rj_define_hidden(vm, prototype, "join", rj_cell_value(joiner)) &&
           rj_define_builtins(vm, &function->object, statics) &&
           rj_define_builtins(vm, prototype, methods) &&
           rj_define_builtins(vm, prototype, rj_array_mutators) &&
           rj_define_builtins(vm, prototype, rj_array_searches) &&
           rj_define_builtins(vm, prototype, rj_array_loops);
}
