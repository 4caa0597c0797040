/* Methods of arrays that look for elements, and at(). */
#include "lib/list.h"

/* Is it the element looked for? includes() finds NaN as well; indexOf() passes holes over. */
static bool matches(struct rj_vm *vm, rj_value element, rj_value wanted, bool same_value)
{
    if (element == wanted)
        return same_value || !rj_is_double(element) ||
               rj_as_double(element) == rj_as_double(wanted);
    if (!rj_is_number(element) && !rj_is_string(element))
        return false;
    if (same_value)
        return rj_same_value_zero(vm, element, wanted);
    return rj_strict_equal(vm, element, wanted) == RJ_TRUE;
}

/* Where a number is in an array from `from` on; ints may be stored either way. */
static int64_t find_number(const struct rj_array *array, double number, uint32_t from)
{
    rj_value likely = rj_number(number);

    for (uint32_t i = from; i < array->length; i++) {
        rj_value element = array->elements[i];

        if (element == likely || (rj_is_double(element) && rj_as_double(element) == number))
            return i;
    }
    return -1;
}

/* The same of a value that equals nothing but itself. */
static int64_t find_same(const struct rj_array *array, rj_value wanted, uint32_t from)
{
    for (uint32_t i = from; i < array->length; i++) {
        if (array->elements[i] == wanted)
            return i;
    }
    return -1;
}

/* Searches that need no look at what the elements are. */
static bool search_quickly(const struct rj_array *array, rj_value wanted, uint32_t from,
                           int64_t *index)
{
    if (rj_is_number(wanted)) {
        double number = rj_as_number(wanted);

        if (number == 0 || isnan(number))
            return false;
        *index = find_number(array, number, from);
        return true;
    }
    if (wanted == RJ_UNDEFINED || rj_is_string(wanted))
        return false;
    *index = find_same(array, wanted, from);
    return true;
}

static rj_value search(struct rj_vm *vm, rj_value this_value, uint32_t argc, const rj_value *args,
                       bool same_value)
{
    struct rj_list list;
    double from;
    int64_t index;

    if (!rj_list_open(vm, this_value, &list) ||
        !rj_relative_index(vm, RJ_ARG(1), list.length, 0, &from))
        return RJ_THROWN;
    if (rj_is_kind(this_value, RJ_ARRAY) &&
        search_quickly(rj_as_array(this_value), RJ_ARG(0), (uint32_t)from, &index))
        return same_value ? rj_boolean(index >= 0) : rj_number((double)index);
    for (; from < list.length; from++) {
        rj_value element = rj_list_get(vm, &list, from);

        if (element == RJ_THROWN)
            return RJ_THROWN;
        if (element == RJ_HOLE && same_value)
            element = RJ_UNDEFINED;
        if (element != RJ_HOLE && matches(vm, element, RJ_ARG(0), same_value))
            return same_value ? RJ_TRUE : rj_number(from);
    }
    return same_value ? RJ_FALSE : rj_int(-1);
}

RJ_BUILTIN(array_index_of)
{
    return search(vm, this_value, argc, args, false);
}

RJ_BUILTIN(array_includes)
{
    return search(vm, this_value, argc, args, true);
}

RJ_BUILTIN(array_last_index_of)
{
    struct rj_list list;
    double from;

    if (!rj_list_open(vm, this_value, &list))
        return RJ_THROWN;
    from = list.length - 1;
    if (argc > 1) {
        double number;

        if (!rj_to_integer(vm, args[1], &number))
            return RJ_THROWN;
        from = number < 0 ? list.length + number : fmin(number, from);
    }
    for (; from >= 0; from--) {
        rj_value element = rj_list_get(vm, &list, from);

        if (element == RJ_THROWN)
            return RJ_THROWN;
        if (element != RJ_HOLE && matches(vm, element, RJ_ARG(0), false))
            return rj_number(from);
    }
    return rj_int(-1);
}

/* find() and its relatives: the first or last element that the function says yes to. */
static rj_value find(struct rj_vm *vm, rj_value this_value, uint32_t argc, const rj_value *args,
                     bool last, bool index)
{
    struct rj_list list;

    if (!rj_list_open(vm, this_value, &list) || !rj_require_function(vm, RJ_ARG(0)))
        return RJ_THROWN;
    for (double i = 0; i < list.length; i++) {
        double at = last ? list.length - 1 - i : i;
        rj_value element = rj_list_read(vm, &list, at);
        rj_value triple[3] = {element, rj_number(at), rj_cell_value(list.object)};
        rj_value answer;

        if (element == RJ_THROWN)
            return RJ_THROWN;
        answer = rj_call(vm, args[0], RJ_ARG(1), 3, triple);
        if (answer == RJ_THROWN)
            return RJ_THROWN;
        if (rj_truthy(answer))
            return index ? rj_number(at) : element;
    }
    return index ? rj_int(-1) : RJ_UNDEFINED;
}

RJ_BUILTIN(array_find)
{
    return find(vm, this_value, argc, args, false, false);
}

RJ_BUILTIN(array_find_index)
{
    return find(vm, this_value, argc, args, false, true);
}

RJ_BUILTIN(array_find_last)
{
    return find(vm, this_value, argc, args, true, false);
}

RJ_BUILTIN(array_find_last_index)
{
    return find(vm, this_value, argc, args, true, true);
}

RJ_BUILTIN(array_at)
{
    struct rj_list list;
    double index;

    if (!rj_list_open(vm, this_value, &list) || !rj_to_integer(vm, RJ_ARG(0), &index))
        return RJ_THROWN;
    if (index < 0)
        index += list.length;
    return index >= 0 && index < list.length ? rj_list_read(vm, &list, index) : RJ_UNDEFINED;
}

const struct rj_builtin rj_array_searches[] = {
    {"indexOf", array_index_of, 1, 0},
    {"lastIndexOf", array_last_index_of, 1, 0},
    {"includes", array_includes, 1, 0},
    {"find", array_find, 1, 0},
    {"findIndex", array_find_index, 1, 0},
    {"findLast", array_find_last, 1, 0},
    {"findLastIndex", array_find_last_index, 1, 0},
    {"at", array_at, 1, 0},
    {0},
};
