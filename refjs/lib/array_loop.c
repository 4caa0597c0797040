/* Methods of arrays that call a function with each element. */
#include "lib/list.h"

struct loop {
    struct rj_list list;
    rj_value function;
    rj_value this_value;
};

static bool loop_open(struct rj_vm *vm, rj_value this_value, uint32_t argc, const rj_value *args,
                      struct loop *loop)
{
    loop->function = RJ_ARG(0);
    loop->this_value = RJ_ARG(1);
    return rj_list_open(vm, this_value, &loop->list) && rj_require_function(vm, loop->function);
}

/* What the function says about element `at`, RJ_HOLE if there is none. */
static rj_value loop_call(struct rj_vm *vm, struct loop *loop, double at, rj_value *element)
{
    rj_value triple[3];

    *element = rj_list_get(vm, &loop->list, at);
    if (*element == RJ_HOLE || *element == RJ_THROWN)
        return *element;
    triple[0] = *element;
    triple[1] = rj_number(at);
    triple[2] = rj_cell_value(loop->list.object);
    return rj_call(vm, loop->function, loop->this_value, 3, triple);
}

RJ_BUILTIN(array_for_each)
{
    struct loop loop;
    rj_value element;

    if (!loop_open(vm, this_value, argc, args, &loop))
        return RJ_THROWN;
    for (double i = 0; i < loop.list.length; i++) {
        if (loop_call(vm, &loop, i, &element) == RJ_THROWN)
            return RJ_THROWN;
    }
    return RJ_UNDEFINED;
}

RJ_BUILTIN(array_map)
{
    struct loop loop;
    struct rj_array *result;
    rj_value element;

    if (!loop_open(vm, this_value, argc, args, &loop))
        return RJ_THROWN;
    if (loop.list.length > UINT32_MAX)
        return rj_throw_error(vm, RJ_ERROR_RANGE, "Invalid array length");
    result = rj_array_new(vm, (uint32_t)loop.list.length, NULL);
    for (double i = 0; result && i < loop.list.length; i++) {
        rj_value value = loop_call(vm, &loop, i, &element);

        if (value == RJ_THROWN)
            return RJ_THROWN;
        result->elements[(uint32_t)i] = value;
    }
    return rj_result(result);
}

RJ_BUILTIN(array_filter)
{
    struct loop loop;
    struct rj_array *result;
    rj_value element;

    if (!loop_open(vm, this_value, argc, args, &loop))
        return RJ_THROWN;
    result = rj_array_new(vm, 0, NULL);
    for (double i = 0; result && i < loop.list.length; i++) {
        rj_value value = loop_call(vm, &loop, i, &element);

        if (value == RJ_THROWN)
            return RJ_THROWN;
        if (value != RJ_HOLE && rj_truthy(value) && !rj_array_append(vm, result, element))
            return RJ_THROWN;
    }
    return rj_result(result);
}

/* some(): true at the first yes; every(): false at the first no. */
static rj_value decide(struct rj_vm *vm, struct loop *loop, bool decisive)
{
    rj_value element;

    for (double i = 0; i < loop->list.length; i++) {
        rj_value value = loop_call(vm, loop, i, &element);

        if (value == RJ_THROWN)
            return RJ_THROWN;
        if (value != RJ_HOLE && rj_truthy(value) == decisive)
            return rj_boolean(decisive);
    }
    return rj_boolean(!decisive);
}

RJ_BUILTIN(array_some)
{
    struct loop loop;

    return loop_open(vm, this_value, argc, args, &loop) ? decide(vm, &loop, true) : RJ_THROWN;
}

RJ_BUILTIN(array_every)
{
    struct loop loop;

    return loop_open(vm, this_value, argc, args, &loop) ? decide(vm, &loop, false) : RJ_THROWN;
}

static rj_value reduce(struct rj_vm *vm, struct loop *loop, rj_value value, bool right)
{
    for (double i = 0; i < loop->list.length; i++) {
        double at = right ? loop->list.length - 1 - i : i;
        rj_value element = rj_list_get(vm, &loop->list, at);
        rj_value arguments[4] = {value, element, rj_number(at), rj_cell_value(loop->list.object)};

        if (element == RJ_THROWN)
            return RJ_THROWN;
        if (element == RJ_HOLE)
            continue;
        /* Without a first value, the first element is it. */
        value =
            value == RJ_HOLE ? element : rj_call(vm, loop->function, RJ_UNDEFINED, 4, arguments);
        if (value == RJ_THROWN)
            return RJ_THROWN;
    }
    if (value == RJ_HOLE)
        return rj_throw_error(vm, RJ_ERROR_TYPE, "Reduce of empty array with no initial value");
    return value;
}

RJ_BUILTIN(array_reduce)
{
    struct loop loop;

    if (!loop_open(vm, this_value, argc, args, &loop))
        return RJ_THROWN;
    return reduce(vm, &loop, argc > 1 ? args[1] : RJ_HOLE, false);
}

RJ_BUILTIN(array_reduce_right)
{
    struct loop loop;

    if (!loop_open(vm, this_value, argc, args, &loop))
        return RJ_THROWN;
    return reduce(vm, &loop, argc > 1 ? args[1] : RJ_HOLE, true);
}

RJ_BUILTIN(array_flat_map)
{
    struct loop loop;
    struct rj_array *result;
    rj_value element;

    if (!rj_is_kind(RJ_ARG(0), RJ_FUNCTION))
        return rj_throw_error(vm, RJ_ERROR_TYPE, "flatMap mapper function is not callable");
    if (!loop_open(vm, this_value, argc, args, &loop))
        return RJ_THROWN;
    result = rj_array_new(vm, 0, NULL);
    for (double i = 0; result && i < loop.list.length; i++) {
        rj_value value = loop_call(vm, &loop, i, &element);
        bool is_array = rj_is_kind(value, RJ_ARRAY);

        if (value == RJ_THROWN)
            return RJ_THROWN;
        if (!is_array && value != RJ_HOLE && !rj_array_append(vm, result, value))
            return RJ_THROWN;
        for (uint32_t j = 0; is_array && j < rj_as_array(value)->length; j++) {
            rj_value item = rj_as_array(value)->elements[j];

            if (item != RJ_HOLE && !rj_array_append(vm, result, item))
                return RJ_THROWN;
        }
    }
    return rj_result(result);
}

const struct rj_builtin rj_array_loops[] = {
    {"forEach", array_for_each, 1, 0},
    {"map", array_map, 1, 0},
    {"filter", array_filter, 1, 0},
    {"some", array_some, 1, 0},
    {"every", array_every, 1, 0},
    {"reduce", array_reduce, 1, 0},
    {"reduceRight", array_reduce_right, 1, 0},
    {"flatMap", array_flat_map, 1, 0},
    {0},
};
