/* Methods of arrays that change them. */
#include "lib/list.h"

enum { MOVED_MOST = 32 }; /* elements that shift() moves */

RJ_BUILTIN(array_push)
{
    struct rj_array *array = rj_open_array(this_value);
    struct rj_list list;

    if (array) {
        for (uint32_t i = 0; i < argc; i++) {
            if (!rj_array_append(vm, array, args[i]))
                return RJ_THROWN;
        }
        return rj_number(array->length);
    }
    if (!rj_list_open(vm, this_value, &list))
        return RJ_THROWN;
    if (list.length + argc > RJ_LENGTH_LIMIT)
        return rj_throw_error(vm, RJ_ERROR_TYPE,
                              "Pushing %u elements on an array-like of length %.0f is disallowed, "
                              "as the total surpasses 2**53-1",
                              argc, list.length);
    for (uint32_t i = 0; i < argc; i++) {
        if (!rj_list_set(vm, &list, list.length++, args[i]))
            return RJ_THROWN;
    }
    return rj_list_resize(vm, &list, list.length) ? rj_number(list.length) : RJ_THROWN;
}

RJ_BUILTIN(array_pop)
{
    struct rj_array *array = rj_open_array(this_value);
    struct rj_list list;
    rj_value value;

    if (array) {
        if (!array->length)
            return RJ_UNDEFINED;
        value = array->elements[--array->length];
        array->elements[array->length] = RJ_HOLE;
        return value == RJ_HOLE ? RJ_UNDEFINED : value;
    }
    if (!rj_list_open(vm, this_value, &list))
        return RJ_THROWN;
    value = list.length ? rj_list_read(vm, &list, --list.length) : RJ_UNDEFINED;
    if (value == RJ_THROWN || !rj_list_delete(vm, &list, list.length) ||
        !rj_list_resize(vm, &list, list.length))
        return RJ_THROWN;
    return value;
}

/* Move `count` elements from one place to another, holes as well. */
static bool move(struct rj_vm *vm, const struct rj_list *list, double from, double to, double count)
{
    bool up = from < to;

    for (double i = 0; i < count; i++) {
        double offset = up ? count - 1 - i : i;
        rj_value value = rj_list_get(vm, list, from + offset);
        bool done;

        if (value == RJ_THROWN)
            return false;
        done = value == RJ_HOLE ? rj_list_delete(vm, list, to + offset)
                                : rj_list_set(vm, list, to + offset, value);
        if (!done)
            return false;
    }
    return true;
}

/* A long array drops its first element by pointing behind it, so that queues are quick: the
 * collector knows pointers into the middle, and growing copies anyway. */
static rj_value take_first(struct rj_array *array)
{
    rj_value value = array->elements[0];

    array->length--;
    if (array->length >= MOVED_MOST) {
        array->elements[0] = RJ_HOLE;
        array->elements++;
        array->capacity--;
        return value;
    }
    memmove(array->elements, array->elements + 1, array->length * sizeof(rj_value));
    array->elements[array->length] = RJ_HOLE;
    return value;
}

RJ_BUILTIN(array_shift)
{
    struct rj_array *array = rj_open_array(this_value);
    struct rj_list list;
    rj_value value;

    if (array) {
        if (!array->length)
            return RJ_UNDEFINED;
        value = take_first(array);
        return value == RJ_HOLE ? RJ_UNDEFINED : value;
    }
    if (!rj_list_open(vm, this_value, &list))
        return RJ_THROWN;
    if (!list.length)
        return rj_list_resize(vm, &list, 0) ? RJ_UNDEFINED : RJ_THROWN;
    value = rj_list_read(vm, &list, 0);
    if (value == RJ_THROWN || !move(vm, &list, 1, 0, list.length - 1) ||
        !rj_list_delete(vm, &list, list.length - 1) || !rj_list_resize(vm, &list, list.length - 1))
        return RJ_THROWN;
    return value;
}

/* Make room for `added` elements at `at` in place of `removed`. */
static bool open_gap(struct rj_vm *vm, struct rj_array *array, uint32_t at, uint32_t removed,
                     uint32_t added)
{
    uint64_t length = (uint64_t)array->length - removed + added;
    uint32_t behind = array->length - at - removed;

    if (length > UINT32_MAX) {
        rj_throw_error(vm, RJ_ERROR_RANGE, "Invalid array length");
        return false;
    }
    if (length > array->capacity) {
        uint64_t roomy = length + length / 2;

        if (!rj_array_reserve(vm, array, roomy > UINT32_MAX ? (uint32_t)length : (uint32_t)roomy))
            return false;
    }
    if (added != removed)
        memmove(array->elements + at + added, array->elements + at + removed,
                behind * sizeof(rj_value));
    for (uint64_t i = length; i < array->length; i++)
        array->elements[i] = RJ_HOLE;
    array->length = (uint32_t)length;
    return true;
}

RJ_BUILTIN(array_unshift)
{
    struct rj_array *array = rj_open_array(this_value);
    struct rj_list list;

    if (array) {
        if (!open_gap(vm, array, 0, 0, argc))
            return RJ_THROWN;
        if (argc)
            memcpy(array->elements, args, argc * sizeof(rj_value));
        return rj_number(array->length);
    }
    if (!rj_list_open(vm, this_value, &list) || !move(vm, &list, 0, argc, list.length))
        return RJ_THROWN;
    for (uint32_t i = 0; i < argc; i++) {
        if (!rj_list_set(vm, &list, i, args[i]))
            return RJ_THROWN;
    }
    list.length += argc;
    return rj_list_resize(vm, &list, list.length) ? rj_number(list.length) : RJ_THROWN;
}

struct splice {
    double start;
    double removed;
    uint32_t added;
    const rj_value *values;
};

static rj_value splice_slowly(struct rj_vm *vm, const struct rj_list *list,
                              const struct splice *splice)
{
    struct rj_array *result = rj_array_new(vm, 0, NULL);
    double behind = list->length - splice->start - splice->removed;
    double length = list->length - splice->removed + splice->added;

    for (double i = 0; result && i < splice->removed; i++) {
        rj_value value = rj_list_get(vm, list, splice->start + i);

        if (value == RJ_THROWN || !rj_array_append(vm, result, value))
            return RJ_THROWN;
    }
    if (!result || !move(vm, list, splice->start + splice->removed, splice->start + splice->added,
                         splice->added == splice->removed ? 0 : behind))
        return RJ_THROWN;
    for (double i = list->length; i > length; i--) {
        if (!rj_list_delete(vm, list, i - 1))
            return RJ_THROWN;
    }
    for (uint32_t i = 0; i < splice->added; i++) {
        if (!rj_list_set(vm, list, splice->start + i, splice->values[i]))
            return RJ_THROWN;
    }
    return rj_list_resize(vm, list, length) ? rj_cell_value(result) : RJ_THROWN;
}

RJ_BUILTIN(array_splice)
{
    struct rj_array *array;
    struct rj_array *result;
    struct rj_list list;
    struct splice splice = {0};

    if (!rj_list_open(vm, this_value, &list) ||
        !rj_relative_index(vm, RJ_ARG(0), list.length, 0, &splice.start))
        return RJ_THROWN;
    splice.removed = argc ? list.length - splice.start : 0;
    if (argc > 1) {
        double count;

        if (!rj_to_integer(vm, args[1], &count))
            return RJ_THROWN;
        splice.removed = fmin(fmax(count, 0), splice.removed);
        splice.added = argc - 2;
        splice.values = args + 2;
    }
    array = rj_open_array(this_value);
    if (!array || array->length != list.length)
        return splice_slowly(vm, &list, &splice);
    result = rj_array_new(vm, (uint32_t)splice.removed, array->elements + (uint32_t)splice.start);
    if (!result ||
        !open_gap(vm, array, (uint32_t)splice.start, (uint32_t)splice.removed, splice.added))
        return RJ_THROWN;
    if (splice.added)
        memcpy(array->elements + (uint32_t)splice.start, splice.values,
               splice.added * sizeof(rj_value));
    return rj_cell_value(result);
}

static bool put_or_delete(struct rj_vm *vm, const struct rj_list *list, double index,
                          rj_value value)
{
    return value == RJ_HOLE ? rj_list_delete(vm, list, index) : rj_list_set(vm, list, index, value);
}

RJ_BUILTIN(array_reverse)
{
    struct rj_array *array = rj_open_array(this_value);
    struct rj_list list;

    if (!rj_list_open(vm, this_value, &list))
        return RJ_THROWN;
    for (double i = 0, j = list.length - 1; i < j; i++, j--) {
        rj_value first = rj_list_get(vm, &list, i);
        rj_value last = first == RJ_THROWN ? first : rj_list_get(vm, &list, j);

        if (last == RJ_THROWN)
            return RJ_THROWN;
        if (array) {
            array->elements[(uint32_t)i] = last;
            array->elements[(uint32_t)j] = first;
        } else if (!put_or_delete(vm, &list, i, last) || !put_or_delete(vm, &list, j, first)) {
            return RJ_THROWN;
        }
    }
    return rj_cell_value(list.object);
}

RJ_BUILTIN(array_fill)
{
    struct rj_array *array;
    struct rj_list list;
    double from;
    double to;

    if (!rj_list_open(vm, this_value, &list) ||
        !rj_relative_index(vm, RJ_ARG(1), list.length, 0, &from) ||
        !rj_relative_index(vm, RJ_ARG(2), list.length, list.length, &to))
        return RJ_THROWN;
    array = rj_open_array(this_value);
    for (; from < to; from++) {
        if (array && from < array->length)
            array->elements[(uint32_t)from] = RJ_ARG(0);
        else if (!rj_list_set(vm, &list, from, RJ_ARG(0)))
            return RJ_THROWN;
    }
    return rj_cell_value(list.object);
}

RJ_BUILTIN(array_copy_within)
{
    struct rj_list list;
    double target;
    double from;
    double to;

    if (!rj_list_open(vm, this_value, &list) ||
        !rj_relative_index(vm, RJ_ARG(0), list.length, 0, &target) ||
        !rj_relative_index(vm, RJ_ARG(1), list.length, 0, &from) ||
        !rj_relative_index(vm, RJ_ARG(2), list.length, list.length, &to))
        return RJ_THROWN;
    if (!move(vm, &list, from, target, fmin(to - from, list.length - target)))
        return RJ_THROWN;
    return rj_cell_value(list.object);
}

/* The values are sorted apart, so a comparator may do to the array what it likes. */
RJ_BUILTIN(array_sort)
{
    struct rj_array *array = rj_open_array(this_value);
    struct rj_array *copy;
    struct rj_list list;
    double index = 0;

    if (RJ_ARG(0) != RJ_UNDEFINED && !rj_is_kind(args[0], RJ_FUNCTION))
        return rj_throw_error(vm, RJ_ERROR_TYPE,
                              "The comparison function must be either a function or undefined");
    copy = rj_list_open(vm, this_value, &list) ? rj_array_new(vm, 0, NULL) : NULL;
    for (double i = 0; copy && i < list.length; i++) {
        rj_value value = rj_list_get(vm, &list, i);

        if (value == RJ_THROWN || (value != RJ_HOLE && !rj_array_append(vm, copy, value)))
            return RJ_THROWN;
    }
    if (!copy || !rj_sort_values(vm, copy->elements, copy->length, RJ_ARG(0)))
        return RJ_THROWN;
    for (uint32_t i = 0; i < copy->length; i++, index++) {
        if (array && i < array->length)
            array->elements[i] = copy->elements[i];
        else if (!rj_list_set(vm, &list, i, copy->elements[i]))
            return RJ_THROWN;
    }
    for (; index < list.length; index++) {
        if (array && index < array->length)
            array->elements[(uint32_t)index] = RJ_HOLE;
        else if (!rj_list_delete(vm, &list, index))
            return RJ_THROWN;
    }
    return rj_cell_value(list.object);
}

const struct rj_builtin rj_array_mutators[] = {
    {"push", array_push, 1, RJ_INTRINSIC_PUSH},
    {"pop", array_pop, 0, RJ_INTRINSIC_POP},
    {"shift", array_shift, 0, 0},
    {"unshift", array_unshift, 1, 0},
    {"splice", array_splice, 2, 0},
    {"reverse", array_reverse, 0, 0},
    {"sort", array_sort, 1, 0},
    {"fill", array_fill, 1, 0},
    {"copyWithin", array_copy_within, 2, 0},
    {0},
};
