/* Comparison, equality, instanceof and in. */
#include "vm/operations.h"

/* ---- order ---- */

enum order { LESS, LESS_EQUAL, GREATER, GREATER_EQUAL };

static rj_value in_order(double left, double right, enum order order)
{
    switch (order) {
    case LESS:
        return rj_boolean(left < right);
    case LESS_EQUAL:
        return rj_boolean(left <= right);
    case GREATER:
        return rj_boolean(left > right);
    default:
        return rj_boolean(left >= right);
    }
}

static rj_value compare(struct rj_vm *vm, rj_value left, rj_value right, enum order order)
{
    if (rj_is_number(left) && rj_is_number(right))
        return in_order(rj_as_number(left), rj_as_number(right), order);
    left = rj_to_primitive(vm, left, RJ_HINT_NUMBER);
    if (left == RJ_THROWN)
        return RJ_THROWN;
    right = rj_to_primitive(vm, right, RJ_HINT_NUMBER);
    if (right == RJ_THROWN)
        return RJ_THROWN;
    if (rj_is_string(left) && rj_is_string(right))
        return in_order(rj_string_compare(vm, rj_as_string(left), rj_as_string(right)), 0, order);
    left = rj_to_number(vm, left);
    right = rj_to_number(vm, right);
    return in_order(rj_as_number(left), rj_as_number(right), order);
}

rj_value rj_less(struct rj_vm *vm, rj_value left, rj_value right)
{
    return compare(vm, left, right, LESS);
}

rj_value rj_less_equal(struct rj_vm *vm, rj_value left, rj_value right)
{
    return compare(vm, left, right, LESS_EQUAL);
}

rj_value rj_greater(struct rj_vm *vm, rj_value left, rj_value right)
{
    return compare(vm, left, right, GREATER);
}

rj_value rj_greater_equal(struct rj_vm *vm, rj_value left, rj_value right)
{
    return compare(vm, left, right, GREATER_EQUAL);
}

/* ---- equality ---- */

static bool strictly_equal(struct rj_vm *vm, rj_value left, rj_value right)
{
    if (rj_is_number(left) && rj_is_number(right))
        return rj_as_number(left) == rj_as_number(right);
    if (left == right)
        return true;
    return rj_is_string(left) && rj_is_string(right) &&
           rj_string_equal(vm, rj_as_string(left), rj_as_string(right));
}

rj_value rj_strict_equal(struct rj_vm *vm, rj_value left, rj_value right)
{
    return rj_boolean(strictly_equal(vm, left, right));
}

/* Of different types, one of them no object and neither nullish. */
static rj_value loosely_equal(struct rj_vm *vm, rj_value left, rj_value right)
{
    if (rj_is_object(left))
        left = rj_to_primitive(vm, left, RJ_HINT_DEFAULT);
    else if (rj_is_object(right))
        right = rj_to_primitive(vm, right, RJ_HINT_DEFAULT);
    if (left == RJ_THROWN || right == RJ_THROWN)
        return RJ_THROWN;
    if (rj_is_string(left) && rj_is_string(right))
        return rj_boolean(strictly_equal(vm, left, right));
    if (rj_is_nullish(left) || rj_is_nullish(right))
        return rj_boolean(rj_is_nullish(left) && rj_is_nullish(right));
    left = rj_to_number(vm, left);
    right = rj_to_number(vm, right);
    return rj_boolean(rj_as_number(left) == rj_as_number(right));
}

rj_value rj_equal(struct rj_vm *vm, rj_value left, rj_value right)
{
    if (rj_is_number(left) && rj_is_number(right))
        return rj_boolean(rj_as_number(left) == rj_as_number(right));
    if (left == right)
        return RJ_TRUE;
    if (rj_is_nullish(left) || rj_is_nullish(right))
        return rj_boolean(rj_is_nullish(left) && rj_is_nullish(right));
    if (rj_is_object(left) && rj_is_object(right))
        return RJ_FALSE;
    return loosely_equal(vm, left, right);
}

bool rj_same_value(struct rj_vm *vm, rj_value left, rj_value right)
{
    if (rj_is_number(left) && rj_is_number(right))
        return rj_double(rj_as_number(left)) == rj_double(rj_as_number(right));
    return strictly_equal(vm, left, right);
}

bool rj_same_value_zero(struct rj_vm *vm, rj_value left, rj_value right)
{
    return strictly_equal(vm, left, right) || rj_same_value(vm, left, right);
}

/* ---- instanceof, in ---- */

rj_value rj_instanceof(struct rj_vm *vm, rj_value left, rj_value right)
{
    rj_value prototype;

    if (!rj_is_object(right))
        return rj_throw_error(vm, RJ_ERROR_TYPE,
                              "Right-hand side of 'instanceof' is not an object");
    if (rj_as_cell(right)->kind != RJ_FUNCTION)
        return rj_throw_error(vm, RJ_ERROR_TYPE, "Right-hand side of 'instanceof' is not callable");
    if (!rj_is_object(left))
        return RJ_FALSE;
    prototype = rj_get(vm, right, rj_cell_value(vm->atoms.prototype));
    if (prototype == RJ_THROWN)
        return RJ_THROWN;
    if (!rj_is_object(prototype))
        return rj_throw_error(vm, RJ_ERROR_TYPE,
                              "Function has non-object prototype '%s' in instanceof check",
                              rj_string_text(vm, rj_to_string(vm, prototype), NULL));
    for (struct rj_object *object = (struct rj_object *)rj_as_cell(left); object;) {
        object = object->shape->prototype;
        if (object == (struct rj_object *)rj_as_cell(prototype))
            return RJ_TRUE;
    }
    return RJ_FALSE;
}

rj_value rj_in(struct rj_vm *vm, rj_value left, rj_value right)
{
    rj_value key;

    if (!rj_is_object(right)) {
        struct rj_string *name = rj_to_string(vm, left);
        struct rj_string *where = rj_to_string(vm, right);

        if (!name || !where)
            return RJ_THROWN;
        return rj_throw_error(vm, RJ_ERROR_TYPE,
                              "Cannot use 'in' operator to search for '%s' in %s",
                              rj_string_text(vm, name, NULL), rj_string_text(vm, where, NULL));
    }
    key = rj_to_key(vm, left);
    if (key == RJ_THROWN)
        return RJ_THROWN;
    return rj_boolean(rj_has(vm, (struct rj_object *)rj_as_cell(right), key));
}
