/* Functions and what `new` makes with them. */
#include "vm/property.h"

enum { CONSTRUCT_SLOTS = 4, CONSTRUCT_MOST = 64 };

static struct rj_function *new_function(struct rj_vm *vm, struct rj_code *code,
                                        struct rj_scope *scope)
{
    struct rj_function *function =
        (struct rj_function *)rj_object_new(vm, vm->realm.function_shape, sizeof(*function), 0);

    if (!function)
        return NULL;
    function->code = code;
    function->scope = scope;
    function->prototype = RJ_HOLE;
    function->bound = RJ_UNDEFINED;
    return function;
}

struct rj_function *rj_function_new(struct rj_vm *vm, struct rj_code *code, struct rj_scope *scope)
{
    struct rj_function *function = new_function(vm, code, scope);

    if (!function)
        return NULL;
    if (!(code->flags & (RJ_CODE_ARROW | RJ_CODE_METHOD | RJ_CODE_SCRIPT | RJ_CODE_NATIVE)))
        function->object.cell.flags |= RJ_FUNCTION_CONSTRUCTOR;
    if (code->flags & RJ_CODE_CLASS)
        function->object.cell.flags |= RJ_FUNCTION_CONSTRUCTOR | RJ_FUNCTION_CLASS;
    if (code->flags & RJ_CODE_DERIVED)
        function->object.cell.flags |= RJ_FUNCTION_DERIVED;
    return function;
}

struct rj_function *rj_native_new(struct rj_vm *vm, const char *name, rj_entry entry,
                                  uint32_t length, enum rj_intrinsic intrinsic)
{
    struct rj_code *code = rj_allocate(vm, sizeof(*code));

    if (!code)
        return NULL;
    code->cell.kind = RJ_CODE;
    code->cell.extra = (uint16_t)intrinsic;
    code->flags = RJ_CODE_NATIVE;
    code->id = ++vm->next_code;
    code->entry = entry;
    code->name = name;
    code->file = "";
    code->length = length;
    return new_function(vm, code, NULL);
}

rj_value rj_function_prototype(struct rj_vm *vm, struct rj_function *function)
{
    struct rj_object *prototype;

    if (function->prototype != RJ_HOLE)
        return function->prototype;
    if (!(function->object.cell.flags & RJ_FUNCTION_CONSTRUCTOR) ||
        function->code->flags & RJ_CODE_NATIVE)
        return RJ_UNDEFINED;
    prototype = rj_object_plain(vm);
    if (!prototype || !rj_object_add(vm, prototype, vm->atoms.constructor, RJ_HIDDEN,
                                     rj_cell_value(function), RJ_UNDEFINED))
        return RJ_THROWN;
    function->prototype = rj_cell_value(prototype);
    return function->prototype;
}

static struct rj_object *default_prototype(struct rj_vm *vm, enum rj_kind kind)
{
    struct rj_realm *realm = &vm->realm;

    switch (kind) {
    case RJ_ARRAY:
        return realm->array_prototype;
    case RJ_FUNCTION:
        return realm->function_prototype;
    case RJ_FLOAT64_ARRAY:
    case RJ_INT32_ARRAY:
    case RJ_UINT8_ARRAY:
        return realm->typed_array_prototypes[kind - RJ_FLOAT64_ARRAY];
    case RJ_MAP:
        return realm->map_prototype;
    case RJ_SET:
        return realm->set_prototype;
    case RJ_ERROR:
        return realm->error_prototypes[RJ_ERROR_ERROR];
    case RJ_DATE:
        return realm->date_prototype;
    default:
        return realm->object_prototype;
    }
}

struct rj_shape *rj_construct_shape(struct rj_vm *vm, enum rj_kind kind,
                                    struct rj_function *new_target)
{
    struct rj_shape *shape = new_target->construct_shape;
    struct rj_object *prototype;
    rj_value value;

    if (shape && new_target->prototype == rj_cell_value(shape->prototype) &&
        shape->cell.extra == kind)
        return shape;
    value = rj_function_prototype(vm, new_target);
    if (value == RJ_THROWN)
        return NULL;
    prototype = rj_is_object(value) ? rj_as_object(value) : default_prototype(vm, kind);
    if (shape && shape->prototype == prototype && shape->cell.extra == kind)
        return shape;
    shape = rj_shape_shared(vm, kind, prototype);
    new_target->construct_shape = shape;
    return shape;
}

struct rj_object *rj_construct_object(struct rj_vm *vm, struct rj_function *new_target)
{
    struct rj_shape *shape = rj_construct_shape(vm, RJ_OBJECT, new_target);
    uint32_t slots = new_target->code->construct_slots;

    if (!shape)
        return NULL;
    if (!slots)
        slots = CONSTRUCT_SLOTS;
    if (slots > CONSTRUCT_MOST)
        slots = CONSTRUCT_MOST;
    return rj_object_new(vm, shape, sizeof(struct rj_object), slots);
}
