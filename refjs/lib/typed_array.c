/* Float64Array, Int32Array and Uint8Array: making them. Each has memory of its own: there is no
 * ArrayBuffer to share, and subarray() shares by pointing into the memory of another. */
#include "lib/typed_array.h"

enum { BYTES_MOST = 1 << 30 };

const struct rj_element_type rj_element_types[3] = {
    {"Float64Array", 8},
    {"Int32Array", 4},
    {"Uint8Array", 1},
};

rj_value rj_typed_read(const struct rj_typed_array *array, uint32_t index)
{
    switch (array->object.cell.kind) {
    case RJ_FLOAT64_ARRAY:
        return rj_number(((double *)array->data)[index]);
    case RJ_INT32_ARRAY:
        return rj_int(((int32_t *)array->data)[index]);
    default:
        return rj_int(((uint8_t *)array->data)[index]);
    }
}

void rj_typed_write(struct rj_typed_array *array, uint32_t index, double number)
{
    switch (array->object.cell.kind) {
    case RJ_FLOAT64_ARRAY:
        ((double *)array->data)[index] = number;
        break;
    case RJ_INT32_ARRAY:
        ((int32_t *)array->data)[index] = rj_double_to_int32(number);
        break;
    default:
        ((uint8_t *)array->data)[index] = (uint8_t)rj_double_to_int32(number);
    }
}

bool rj_typed_put(struct rj_vm *vm, struct rj_typed_array *array, uint32_t index, rj_value value)
{
    if (!rj_is_number(value))
        value = rj_to_number(vm, value);
    if (value == RJ_THROWN)
        return false;
    if (index < array->length)
        rj_typed_write(array, index, rj_as_number(value));
    return true;
}

/* Zeroed elements. */
static bool allocate(struct rj_vm *vm, struct rj_typed_array *array, double length)
{
    const struct rj_element_type *type = rj_element_type(array);
    double bytes = length * type->bytes;

    if (!(bytes >= 0 && bytes <= BYTES_MOST)) {
        rj_throw_error(vm, RJ_ERROR_RANGE, "Invalid typed array length: %.0f", length);
        return false;
    }
    array->data = rj_allocate_atomic(vm, (size_t)bytes + 8);
    if (!array->data)
        return false;
    memset(array->data, 0, (size_t)bytes);
    array->buffer = rj_cell_value(array->data);
    array->length = (uint32_t)length;
    return true;
}

struct rj_typed_array *rj_typed_new(struct rj_vm *vm, rj_value new_target, enum rj_kind kind,
                                    double length)
{
    struct rj_shape *shape = vm->realm.typed_array_shapes[kind - RJ_FLOAT64_ARRAY];
    struct rj_typed_array *array =
        (struct rj_typed_array *)rj_new_for(vm, new_target, shape, sizeof(*array));

    return array && allocate(vm, array, length) ? array : NULL;
}

struct rj_typed_array *rj_typed_from(struct rj_vm *vm, rj_value new_target, enum rj_kind kind,
                                     rj_value source)
{
    struct rj_typed_array *array;
    struct rj_list list;

    if (rj_is_kind(source, RJ_MAP) || rj_is_kind(source, RJ_SET) ||
        rj_is_kind(source, RJ_ITERATOR)) {
        struct rj_array *values = rj_list_of(vm, source);

        if (!values)
            return NULL;
        source = rj_cell_value(values);
    }
    if (!rj_list_open(vm, source, &list))
        return NULL;
    array = rj_typed_new(vm, new_target, kind, list.length);
    for (uint32_t i = 0; array && i < array->length; i++) {
        rj_value value = rj_list_read(vm, &list, i);

        if (value == RJ_THROWN || !rj_typed_put(vm, array, i, value))
            return NULL;
    }
    return array;
}

/* Which of the three a constructor makes is in its `bound`. */
RJ_BUILTIN(typed_construct)
{
    enum rj_kind kind = (enum rj_kind)rj_as_int(callee->bound);
    double length;

    if (new_target == RJ_UNDEFINED)
        return rj_throw_error(vm, RJ_ERROR_TYPE, "Constructor %s requires 'new'",
                              callee->code->name);
    if (rj_is_object(RJ_ARG(0)))
        return rj_result(rj_typed_from(vm, new_target, kind, args[0]));
    if (!rj_to_integer(vm, RJ_ARG(0), &length))
        return RJ_THROWN;
    return rj_result(rj_typed_new(vm, new_target, kind, length));
}

static bool this_kind(struct rj_vm *vm, rj_value this_value, enum rj_kind *kind)
{
    if (rj_is_kind(this_value, RJ_FUNCTION) && rj_is_int(rj_as_function(this_value)->bound)) {
        *kind = (enum rj_kind)rj_as_int(rj_as_function(this_value)->bound);
        return true;
    }
    rj_throw_error(vm, RJ_ERROR_TYPE, "%s is not a constructor of typed arrays",
                   rj_value_text(vm, this_value));
    return false;
}

RJ_BUILTIN(typed_of)
{
    struct rj_typed_array *array;
    enum rj_kind kind;

    if (!this_kind(vm, this_value, &kind))
        return RJ_THROWN;
    array = rj_typed_new(vm, RJ_UNDEFINED, kind, argc);
    for (uint32_t i = 0; array && i < argc; i++) {
        if (!rj_typed_put(vm, array, i, args[i]))
            return RJ_THROWN;
    }
    return rj_result(array);
}

RJ_BUILTIN(typed_from)
{
    struct rj_typed_array *array;
    struct rj_list list;
    rj_value source = RJ_ARG(0);
    enum rj_kind kind;

    if (!this_kind(vm, this_value, &kind))
        return RJ_THROWN;
    if (RJ_ARG(1) == RJ_UNDEFINED && !rj_is_string(source))
        return rj_result(rj_typed_from(vm, RJ_UNDEFINED, kind, source));
    if (RJ_ARG(1) != RJ_UNDEFINED && !rj_require_function(vm, args[1]))
        return RJ_THROWN;
    if (rj_is_string(source) || rj_is_kind(source, RJ_MAP) || rj_is_kind(source, RJ_SET) ||
        rj_is_kind(source, RJ_ITERATOR))
        source = rj_result(rj_list_of(vm, source));
    if (source == RJ_THROWN || !rj_list_open(vm, source, &list))
        return RJ_THROWN;
    array = rj_typed_new(vm, RJ_UNDEFINED, kind, list.length);
    for (uint32_t i = 0; array && i < array->length; i++) {
        rj_value pair[2] = {rj_list_read(vm, &list, i), rj_number(i)};

        if (pair[0] != RJ_THROWN && RJ_ARG(1) != RJ_UNDEFINED)
            pair[0] = rj_call(vm, args[1], RJ_ARG(2), 2, pair);
        if (pair[0] == RJ_THROWN || !rj_typed_put(vm, array, i, pair[0]))
            return RJ_THROWN;
    }
    return rj_result(array);
}

RJ_BUILTIN(byte_length)
{
    struct rj_typed_array *array = rj_this_typed(vm, this_value);

    return array ? rj_number((double)array->length * rj_element_type(array)->bytes) : RJ_THROWN;
}

RJ_BUILTIN(byte_offset)
{
    struct rj_typed_array *array = rj_this_typed(vm, this_value);

    if (!array)
        return RJ_THROWN;
    return rj_number((double)((uint8_t *)array->data - (uint8_t *)rj_as_cell(array->buffer)));
}

static const struct rj_builtin statics[] = {
    {"of", typed_of, 0, 0},
    {"from", typed_from, 1, 0},
    {0},
};

static bool define_type(struct rj_vm *vm, size_t which)
{
    struct rj_object *prototype = vm->realm.typed_array_prototypes[which];
    const struct rj_builtin constructor = {rj_element_types[which].name, typed_construct, 3, 0};
    const struct rj_numeric_constant constants[] = {
        {"BYTES_PER_ELEMENT", rj_element_types[which].bytes},
        {0},
    };
    struct rj_function *function = rj_define_constructor(vm, &constructor, prototype);

    if (!function)
        return false;
    function->bound = rj_int(RJ_FLOAT64_ARRAY + (int32_t)which);
    return rj_define_constants(vm, &function->object, constants) &&
           rj_define_constants(vm, prototype, constants) &&
           rj_define_builtins(vm, &function->object, statics) &&
           rj_define_builtins(vm, prototype, rj_typed_array_methods) &&
           rj_define_builtins(vm, prototype, rj_typed_array_loops) &&
           rj_define_builtins(vm, prototype, rj_array_searches) &&
           rj_define_getter(vm, prototype, "byteLength", byte_length) &&
           rj_define_getter(vm, prototype, "byteOffset", byte_offset);
}

/* join() and toString() are the arrays' own. */
static bool share_with_array(struct rj_vm *vm, struct rj_object *prototype)
{
    static const char *const names[] = {"join",    "toString",  "toLocaleString", "forEach",
                                        "some",    "every",     "reduce",         "reduceRight",
                                        "reverse", "copyWithin"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct rj_string *name = rj_atom_text(vm, names[i]);
        rj_value function =
            name ? rj_get(vm, rj_cell_value(vm->realm.array_prototype), rj_cell_value(name))
                 : RJ_THROWN;

        if (function == RJ_THROWN || !rj_define_hidden(vm, prototype, names[i], function))
            return false;
    }
    return true;
}

bool rj_init_typed_array(struct rj_vm *vm)
{
    for (size_t which = 0; which < 3; which++) {
        if (!define_type(vm, which) ||
            !share_with_array(vm, vm->realm.typed_array_prototypes[which]))
            return false;
    }
    return true;
}
