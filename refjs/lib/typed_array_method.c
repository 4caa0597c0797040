/* Methods of typed arrays; those that need no more than length and elements are the arrays' own. */
#include "lib/typed_array.h"

#include <stdlib.h>

RJ_BUILTIN(typed_set)
{
    struct rj_typed_array *array = rj_this_typed(vm, this_value);
    struct rj_list list;
    double offset;

    if (!array || !rj_to_integer(vm, RJ_ARG(1), &offset) || !rj_list_open(vm, RJ_ARG(0), &list))
        return RJ_THROWN;
    if (offset < 0 || offset + list.length > array->length)
        return rj_throw_error(vm, RJ_ERROR_RANGE, "offset is out of bounds");
    if (rj_as_cell(rj_cell_value(list.object))->kind == array->object.cell.kind) {
        uint32_t bytes = rj_element_type(array)->bytes;

        memmove((uint8_t *)array->data + (size_t)offset * bytes,
                ((struct rj_typed_array *)list.object)->data, (size_t)list.length * bytes);
        return RJ_UNDEFINED;
    }
    for (double i = 0; i < list.length; i++) {
        rj_value value = rj_list_read(vm, &list, i);

        if (value == RJ_THROWN || !rj_typed_put(vm, array, (uint32_t)(offset + i), value))
            return RJ_THROWN;
    }
    return RJ_UNDEFINED;
}

static bool range(struct rj_vm *vm, const struct rj_typed_array *array, uint32_t argc,
                  const rj_value *args, double *from, double *to)
{
    if (!rj_relative_index(vm, RJ_ARG(0), array->length, 0, from) ||
        !rj_relative_index(vm, RJ_ARG(1), array->length, array->length, to))
        return false;
    *to = fmax(*from, *to);
    return true;
}

RJ_BUILTIN(typed_subarray)
{
    struct rj_typed_array *array = rj_this_typed(vm, this_value);
    struct rj_typed_array *part;
    double from;
    double to;

    if (!array || !range(vm, array, argc, args, &from, &to))
        return RJ_THROWN;
    part = rj_typed_new(vm, RJ_UNDEFINED, (enum rj_kind)array->object.cell.kind, 0);
    if (!part)
        return RJ_THROWN;
    part->data = (uint8_t *)array->data + (size_t)from * rj_element_type(array)->bytes;
    part->buffer = array->buffer;
    part->length = (uint32_t)(to - from);
    return rj_cell_value(part);
}

RJ_BUILTIN(typed_slice)
{
    struct rj_typed_array *array = rj_this_typed(vm, this_value);
    struct rj_typed_array *part;
    double from;
    double to;

    if (!array || !range(vm, array, argc, args, &from, &to))
        return RJ_THROWN;
    part = rj_typed_new(vm, RJ_UNDEFINED, (enum rj_kind)array->object.cell.kind, to - from);
    if (!part)
        return RJ_THROWN;
    memcpy(part->data, (uint8_t *)array->data + (size_t)from * rj_element_type(array)->bytes,
           (size_t)part->length * rj_element_type(array)->bytes);
    return rj_cell_value(part);
}

RJ_BUILTIN(typed_fill)
{
    struct rj_typed_array *array = rj_this_typed(vm, this_value);
    rj_value value = array ? rj_to_number(vm, RJ_ARG(0)) : RJ_THROWN;
    double from;
    double to;

    if (value == RJ_THROWN ||
        !range(vm, array, argc ? argc - 1 : 0, args + (argc != 0), &from, &to))
        return RJ_THROWN;
    for (uint32_t i = (uint32_t)from; i < (uint32_t)to; i++)
        rj_typed_write(array, i, rj_as_number(value));
    return this_value;
}

/* By number, without a comparator; -0 before 0, NaN last. */
static double compare_numbers(double left, double right)
{
    if (isnan(left) || isnan(right))
        return (double)isnan(left) - (double)isnan(right);
    if (left != right)
        return left < right ? -1 : 1;
    return (double)(signbit(right) != 0) - (double)(signbit(left) != 0);
}

static int compare_doubles(const void *left, const void *right)
{
    double first;
    double second;

    memcpy(&first, left, sizeof(first));
    memcpy(&second, right, sizeof(second));
    return (int)compare_numbers(first, second);
}

static bool sort_by_number(struct rj_vm *vm, struct rj_typed_array *array)
{
    double *numbers = rj_allocate_atomic(vm, ((size_t)array->length + 1) * sizeof(*numbers));

    if (!numbers)
        return false;
    for (uint32_t i = 0; i < array->length; i++)
        numbers[i] = rj_as_number(rj_typed_read(array, i));
    qsort(numbers, array->length, sizeof(*numbers), compare_doubles);
    for (uint32_t i = 0; i < array->length; i++)
        rj_typed_write(array, i, numbers[i]);
    return true;
}

RJ_BUILTIN(typed_sort)
{
    struct rj_typed_array *array = rj_this_typed(vm, this_value);
    struct rj_array *values;

    if (!array)
        return RJ_THROWN;
    if (RJ_ARG(0) == RJ_UNDEFINED)
        return sort_by_number(vm, array) ? this_value : RJ_THROWN;
    if (!rj_is_kind(args[0], RJ_FUNCTION))
        return rj_throw_error(vm, RJ_ERROR_TYPE,
                              "The comparison function must be either a function or undefined");
    values = rj_array_new(vm, array->length, NULL);
    for (uint32_t i = 0; values && i < array->length; i++)
        values->elements[i] = rj_typed_read(array, i);
    if (!values || !rj_sort_values(vm, values->elements, values->length, args[0]))
        return RJ_THROWN;
    for (uint32_t i = 0; i < array->length; i++)
        rj_typed_write(array, i, rj_as_number(values->elements[i]));
    return this_value;
}

static rj_value call_with(struct rj_vm *vm, uint32_t argc, const rj_value *args,
                          struct rj_typed_array *array, uint32_t index)
{
    rj_value triple[3] = {rj_typed_read(array, index), rj_number(index), rj_cell_value(array)};

    return rj_call(vm, args[0], RJ_ARG(1), 3, triple);
}

RJ_BUILTIN(typed_map)
{
    struct rj_typed_array *array = rj_this_typed(vm, this_value);
    struct rj_typed_array *result;

    if (!array || !rj_require_function(vm, RJ_ARG(0)))
        return RJ_THROWN;
    result = rj_typed_new(vm, RJ_UNDEFINED, (enum rj_kind)array->object.cell.kind, array->length);
    for (uint32_t i = 0; result && i < array->length; i++) {
        rj_value value = call_with(vm, argc, args, array, i);

        if (value == RJ_THROWN || !rj_typed_put(vm, result, i, value))
            return RJ_THROWN;
    }
    return rj_result(result);
}

RJ_BUILTIN(typed_filter)
{
    struct rj_typed_array *array = rj_this_typed(vm, this_value);
    struct rj_array *kept;

    if (!array || !rj_require_function(vm, RJ_ARG(0)))
        return RJ_THROWN;
    kept = rj_array_new(vm, 0, NULL);
    for (uint32_t i = 0; kept && i < array->length; i++) {
        rj_value element = rj_typed_read(array, i);
        rj_value answer = call_with(vm, argc, args, array, i);

        if (answer == RJ_THROWN || (rj_truthy(answer) && !rj_array_append(vm, kept, element)))
            return RJ_THROWN;
    }
    if (!kept)
        return RJ_THROWN;
    return rj_result(rj_typed_from(vm, RJ_UNDEFINED, (enum rj_kind)array->object.cell.kind,
                                   rj_cell_value(kept)));
}

const struct rj_builtin rj_typed_array_methods[] = {
    {"set", typed_set, 1, 0},   {"subarray", typed_subarray, 2, 0}, {"slice", typed_slice, 2, 0},
    {"fill", typed_fill, 1, 0}, {"sort", typed_sort, 1, 0},         {0},
};

const struct rj_builtin rj_typed_array_loops[] = {
    {"map", typed_map, 1, 0},
    {"filter", typed_filter, 1, 0},
    {0},
};
