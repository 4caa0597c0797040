/* Conversions between types. */
#include "vm/number.h"
#include "vm/shape.h"
#include "vm/string.h"

#include <math.h>

bool rj_truthy(rj_value value)
{
    if (rj_is_boolean(value))
        return value == RJ_TRUE;
    if (rj_is_int(value))
        return rj_as_int(value) != 0;
    if (rj_is_number(value)) {
        double number = rj_as_double(value);

        return number == number && number != 0;
    }
    if (!rj_is_cell(value))
        return false;
    if (rj_as_cell(value)->kind == RJ_STRING)
        return ((struct rj_string *)rj_as_cell(value))->length != 0;
    return true;
}

rj_value rj_to_number(struct rj_vm *vm, rj_value value)
{
    if (rj_is_number(value))
        return value;
    if (!rj_is_cell(value))
        return value == RJ_UNDEFINED ? rj_double(NAN) : rj_int(value == RJ_TRUE);
    if (rj_as_cell(value)->kind == RJ_STRING)
        return rj_number(rj_string_to_number(vm, (struct rj_string *)rj_as_cell(value)));
    value = rj_to_primitive(vm, value, RJ_HINT_NUMBER);
    return value == RJ_THROWN ? value : rj_to_number(vm, value);
}

/* Modulo 2^32, computed on the bits of what is too large for an int64. */
int32_t rj_double_to_int32(double number)
{
    uint64_t bits;
    uint64_t fraction;
    int exponent;
    uint32_t low;

    if (number >= -2147483648.0 && number <= 2147483647.0)
        return (int32_t)number;
    memcpy(&bits, &number, sizeof(bits));
    exponent = (int)(bits >> 52 & 0x7ff) - 1075; /* of the fraction's lowest bit */
    fraction = (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52;
    if (exponent >= 32) /* NaN and infinities too */
        return 0;
    low = (uint32_t)(exponent >= 0 ? fraction << exponent : fraction >> -exponent);
    return (int32_t)(bits >> 63 ? -low : low);
}

bool rj_to_int32(struct rj_vm *vm, rj_value value, int32_t *number)
{
    if (!rj_is_number(value))
        value = rj_to_number(vm, value);
    if (value == RJ_THROWN)
        return false;
    *number = rj_is_int(value) ? rj_as_int(value) : rj_double_to_int32(rj_as_double(value));
    return true;
}

bool rj_to_integer(struct rj_vm *vm, rj_value value, double *number)
{
    if (!rj_is_number(value))
        value = rj_to_number(vm, value);
    if (value == RJ_THROWN)
        return false;
    *number = rj_as_number(value);
    if (*number != *number)
        *number = 0;
    *number = trunc(*number) + 0.0; /* no -0 */
    return true;
}

static struct rj_string *simple_string(struct rj_vm *vm, rj_value value)
{
    switch (value) {
    case RJ_TRUE:
        return vm->atoms.true_;
    case RJ_FALSE:
        return vm->atoms.false_;
    case RJ_NULL:
        return vm->atoms.null;
    default:
        return vm->atoms.undefined;
    }
}

struct rj_string *rj_to_string(struct rj_vm *vm, rj_value value)
{
    if (rj_is_int(value))
        return rj_int_string(vm, rj_as_int(value));
    if (rj_is_number(value))
        return rj_number_to_string(vm, rj_as_double(value), 10);
    if (!rj_is_cell(value))
        return simple_string(vm, value);
    if (rj_as_cell(value)->kind == RJ_STRING)
        return (struct rj_string *)rj_as_cell(value);
    value = rj_to_primitive(vm, value, RJ_HINT_STRING);
    return value == RJ_THROWN ? NULL : rj_to_string(vm, value);
}

rj_value rj_to_key(struct rj_vm *vm, rj_value value)
{
    struct rj_string *string;

    if (rj_is_int(value) && rj_as_int(value) >= 0)
        return value;
    if (rj_is_double(value)) {
        double number = rj_as_double(value);

        if (number >= 0 && number <= INT32_MAX && (int32_t)number == number)
            return rj_int((int32_t)number);
    }
    string = rj_to_string(vm, value);
    string = string ? rj_atom(vm, string) : NULL;
    if (!string)
        return RJ_THROWN;
    if (string->cell.flags & RJ_STRING_INDEX && string->index <= INT32_MAX)
        return rj_int((int32_t)string->index);
    return rj_cell_value(string);
}

struct rj_string *rj_key_string(struct rj_vm *vm, rj_value key)
{
    return rj_is_int(key) ? rj_int_atom(vm, rj_as_int(key)) : rj_as_string(key);
}

static bool is_primitive(rj_value value)
{
    return !rj_is_cell(value) || rj_as_cell(value)->kind < RJ_OBJECT;
}

rj_value rj_to_primitive(struct rj_vm *vm, rj_value value, enum rj_hint hint)
{
    struct rj_string *first = vm->atoms.valueOf;
    struct rj_string *second = vm->atoms.toString;

    if (is_primitive(value))
        return value;
    if (rj_stack_is_low(vm))
        return rj_throw_stack(vm);
    if (hint == RJ_HINT_STRING || (hint == RJ_HINT_DEFAULT && rj_as_cell(value)->kind == RJ_DATE)) {
        first = vm->atoms.toString;
        second = vm->atoms.valueOf;
    }
    for (int i = 0; i < 2; i++) {
        rj_value method = rj_get(vm, value, rj_cell_value(i ? second : first));
        rj_value result;

        if (method == RJ_THROWN)
            return RJ_THROWN;
        if (!rj_is_cell(method) || rj_as_cell(method)->kind != RJ_FUNCTION)
            continue;
        result = rj_call(vm, method, value, 0, NULL);
        if (result == RJ_THROWN || is_primitive(result))
            return result;
    }
    return rj_throw_error(vm, RJ_ERROR_TYPE, "Cannot convert object to primitive value");
}

struct rj_object *rj_to_object(struct rj_vm *vm, rj_value value)
{
    struct rj_object *prototype = vm->realm.boolean_prototype;
    struct rj_shape *shape;
    struct rj_boxed *boxed;

    if (rj_is_nullish(value)) {
        rj_throw_error(vm, RJ_ERROR_TYPE, "Cannot convert undefined or null to object");
        return NULL;
    }
    if (!is_primitive(value))
        return (struct rj_object *)rj_as_cell(value);
    if (rj_is_number(value))
        prototype = vm->realm.number_prototype;
    else if (rj_is_cell(value))
        prototype = vm->realm.string_prototype;
    shape = rj_shape_shared(vm, RJ_BOXED, prototype);
    boxed = shape ? (struct rj_boxed *)rj_object_new(vm, shape, sizeof(*boxed), 0) : NULL;
    if (!boxed)
        return NULL;
    boxed->boxed = value;
    return &boxed->object;
}

struct rj_string *rj_typeof(struct rj_vm *vm, rj_value value)
{
    if (rj_is_number(value))
        return vm->atoms.number;
    if (!rj_is_cell(value)) {
        if (value == RJ_NULL)
            return vm->atoms.object;
        return rj_is_boolean(value) ? vm->atoms.boolean : vm->atoms.undefined;
    }
    if (rj_as_cell(value)->kind == RJ_STRING)
        return vm->atoms.string;
    return rj_as_cell(value)->kind == RJ_FUNCTION ? vm->atoms.function : vm->atoms.object;
}
