/* Arithmetic and bit operators: ints first, doubles next, then anything. */
#include "vm/operations.h"

#include <math.h>

/* ---- on doubles ---- */

double rj_fmod(double left, double right)
{
    /* Where both are whole and small an integer remainder is exact and much quicker. */
    if (left >= 0 && right > 0 && left <= 9007199254740992.0 && right <= 9007199254740992.0) {
        int64_t whole = (int64_t)left;
        int64_t by = (int64_t)right;

        if ((double)whole == left && (double)by == right && !__builtin_signbit(left))
            return (double)(whole % by);
    }
    return fmod(left, right);
}

/* ---- operands ---- */

/* Both as doubles; false after throwing. */
static bool two_numbers(struct rj_vm *vm, rj_value left, rj_value right, double numbers[2])
{
    left = rj_to_number(vm, left);
    if (left == RJ_THROWN)
        return false;
    right = rj_to_number(vm, right);
    if (right == RJ_THROWN)
        return false;
    numbers[0] = rj_as_number(left);
    numbers[1] = rj_as_number(right);
    return true;
}

static bool two_ints(struct rj_vm *vm, rj_value left, rj_value right, int32_t ints[2])
{
    return rj_to_int32(vm, left, &ints[0]) && rj_to_int32(vm, right, &ints[1]);
}

static bool both_int(rj_value left, rj_value right)
{
    return (left & right) >= RJ_INT_TAG;
}

/* ---- arithmetic ---- */

static rj_value add_strings(struct rj_vm *vm, rj_value left, rj_value right)
{
    struct rj_string *first = rj_to_string(vm, left);
    struct rj_string *second = first ? rj_to_string(vm, right) : NULL;
    struct rj_string *sum = second ? rj_string_concat(vm, first, second) : NULL;

    return sum ? rj_cell_value(sum) : RJ_THROWN;
}

rj_value rj_add(struct rj_vm *vm, rj_value left, rj_value right)
{
    double numbers[2];

    if (both_int(left, right)) {
        int32_t sum;

        if (!__builtin_add_overflow(rj_as_int(left), rj_as_int(right), &sum))
            return rj_int(sum);
        return rj_double((double)rj_as_int(left) + rj_as_int(right));
    }
    if (rj_is_number(left) && rj_is_number(right))
        return rj_double(rj_as_number(left) + rj_as_number(right));
    if (rj_is_string(left) && (rj_is_string(right) || rj_is_int(right)))
        return add_strings(vm, left, right);
    left = rj_to_primitive(vm, left, RJ_HINT_DEFAULT);
    if (left == RJ_THROWN)
        return RJ_THROWN;
    right = rj_to_primitive(vm, right, RJ_HINT_DEFAULT);
    if (right == RJ_THROWN)
        return RJ_THROWN;
    if (rj_is_string(left) || rj_is_string(right))
        return add_strings(vm, left, right);
    if (!two_numbers(vm, left, right, numbers))
        return RJ_THROWN;
    return rj_number(numbers[0] + numbers[1]);
}

rj_value rj_sub(struct rj_vm *vm, rj_value left, rj_value right)
{
    double numbers[2];

    if (both_int(left, right)) {
        int32_t difference;

        if (!__builtin_sub_overflow(rj_as_int(left), rj_as_int(right), &difference))
            return rj_int(difference);
        return rj_double((double)rj_as_int(left) - rj_as_int(right));
    }
    if (rj_is_number(left) && rj_is_number(right))
        return rj_double(rj_as_number(left) - rj_as_number(right));
    if (!two_numbers(vm, left, right, numbers))
        return RJ_THROWN;
    return rj_number(numbers[0] - numbers[1]);
}

rj_value rj_mul(struct rj_vm *vm, rj_value left, rj_value right)
{
    double numbers[2];

    if (both_int(left, right)) {
        int32_t product;

        if (!__builtin_mul_overflow(rj_as_int(left), rj_as_int(right), &product) && product)
            return rj_int(product);
        /* Zero may be -0. */
        return rj_number((double)rj_as_int(left) * rj_as_int(right));
    }
    if (rj_is_number(left) && rj_is_number(right))
        return rj_double(rj_as_number(left) * rj_as_number(right));
    if (!two_numbers(vm, left, right, numbers))
        return RJ_THROWN;
    return rj_number(numbers[0] * numbers[1]);
}

rj_value rj_div(struct rj_vm *vm, rj_value left, rj_value right)
{
    double numbers[2];

    if (both_int(left, right)) {
        int32_t by = rj_as_int(right);

        if (by > 0 && rj_as_int(left) && rj_as_int(left) % by == 0)
            return rj_int(rj_as_int(left) / by);
        return rj_double((double)rj_as_int(left) / by);
    }
    if (rj_is_number(left) && rj_is_number(right))
        return rj_double(rj_as_number(left) / rj_as_number(right));
    if (!two_numbers(vm, left, right, numbers))
        return RJ_THROWN;
    return rj_number(numbers[0] / numbers[1]);
}

rj_value rj_mod(struct rj_vm *vm, rj_value left, rj_value right)
{
    double numbers[2];

    if (both_int(left, right) && rj_as_int(left) >= 0 && rj_as_int(right) > 0)
        return rj_int(rj_as_int(left) % rj_as_int(right));
    if (!two_numbers(vm, left, right, numbers))
        return RJ_THROWN;
    return rj_number(rj_fmod(numbers[0], numbers[1]));
}

rj_value rj_exp(struct rj_vm *vm, rj_value left, rj_value right)
{
    double numbers[2];

    if (!two_numbers(vm, left, right, numbers))
        return RJ_THROWN;
    return rj_number(rj_pow(numbers[0], numbers[1]));
}

/* ---- bits ---- */

rj_value rj_bit_and(struct rj_vm *vm, rj_value left, rj_value right)
{
    int32_t ints[2];

    return two_ints(vm, left, right, ints) ? rj_int(ints[0] & ints[1]) : RJ_THROWN;
}

rj_value rj_bit_or(struct rj_vm *vm, rj_value left, rj_value right)
{
    int32_t ints[2];

    return two_ints(vm, left, right, ints) ? rj_int(ints[0] | ints[1]) : RJ_THROWN;
}

rj_value rj_bit_xor(struct rj_vm *vm, rj_value left, rj_value right)
{
    int32_t ints[2];

    return two_ints(vm, left, right, ints) ? rj_int(ints[0] ^ ints[1]) : RJ_THROWN;
}

rj_value rj_shl(struct rj_vm *vm, rj_value left, rj_value right)
{
    int32_t ints[2];

    if (!two_ints(vm, left, right, ints))
        return RJ_THROWN;
    return rj_int((int32_t)((uint32_t)ints[0] << (ints[1] & 31)));
}

rj_value rj_shr(struct rj_vm *vm, rj_value left, rj_value right)
{
    int32_t ints[2];

    return two_ints(vm, left, right, ints) ? rj_int(ints[0] >> (ints[1] & 31)) : RJ_THROWN;
}

rj_value rj_ushr(struct rj_vm *vm, rj_value left, rj_value right)
{
    int32_t ints[2];
    uint32_t shifted;

    if (!two_ints(vm, left, right, ints))
        return RJ_THROWN;
    shifted = (uint32_t)ints[0] >> (ints[1] & 31);
    return shifted <= INT32_MAX ? rj_int((int32_t)shifted) : rj_double(shifted);
}

rj_value rj_bit_not(struct rj_vm *vm, rj_value value)
{
    int32_t number;

    return rj_to_int32(vm, value, &number) ? rj_int(~number) : RJ_THROWN;
}

/* ---- one operand ---- */

rj_value rj_neg(struct rj_vm *vm, rj_value value)
{
    value = rj_to_number(vm, value);
    if (value == RJ_THROWN)
        return RJ_THROWN;
    if (rj_is_int(value) && rj_as_int(value) && rj_as_int(value) != INT32_MIN)
        return rj_int(-rj_as_int(value));
    return rj_double(-rj_as_number(value));
}

rj_value rj_inc(struct rj_vm *vm, rj_value value)
{
    value = rj_to_number(vm, value);
    if (value == RJ_THROWN)
        return RJ_THROWN;
    if (rj_is_int(value) && rj_as_int(value) != INT32_MAX)
        return rj_int(rj_as_int(value) + 1);
    return rj_double(rj_as_number(value) + 1);
}

rj_value rj_dec(struct rj_vm *vm, rj_value value)
{
    value = rj_to_number(vm, value);
    if (value == RJ_THROWN)
        return RJ_THROWN;
    if (rj_is_int(value) && rj_as_int(value) != INT32_MIN)
        return rj_int(rj_as_int(value) - 1);
    return rj_double(rj_as_number(value) - 1);
}
