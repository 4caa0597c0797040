/* Calls by value: what is no function is told so in JavaScript's words. */
#include "vm/property.h"

static rj_value throw_not(struct rj_vm *vm, rj_value callee, const char *what)
{
    const struct rj_callee *row = rj_find_callee(vm->frame, callee);
    const char *text = row ? rj_string_text(vm, row->text, NULL) : rj_describe(vm, callee);

    return rj_throw_error(vm, RJ_ERROR_TYPE, "%s is not a %s", text ? text : "value", what);
}

rj_value rj_call(struct rj_vm *vm, rj_value callee, rj_value this_value, uint32_t argc,
                 const rj_value *args)
{
    struct rj_function *function;

    if (!rj_is_function(callee))
        return throw_not(vm, callee, "function");
    function = rj_as_function(callee);
    if (function->code->flags & RJ_CODE_CLASS)
        return rj_throw_error(vm, RJ_ERROR_TYPE,
                              "Class constructor %s cannot be invoked without 'new'",
                              function->code->name);
    return function->code->entry(vm, function, this_value, argc, args, RJ_UNDEFINED);
}

static rj_value construct_base(struct rj_vm *vm, struct rj_function *function, uint32_t argc,
                               const rj_value *args, rj_value new_target)
{
    struct rj_object *object = rj_construct_object(vm, rj_as_function(new_target));
    rj_value result;

    if (!object)
        return RJ_THROWN;
    result = function->code->entry(vm, function, rj_cell_value(object), argc, args, new_target);
    if (rj_is_object(result) || result == RJ_THROWN)
        return result;
    if (object->shape->slot_count > function->code->construct_slots)
        function->code->construct_slots = object->shape->slot_count;
    return rj_cell_value(object);
}

rj_value rj_construct(struct rj_vm *vm, rj_value callee, uint32_t argc, const rj_value *args,
                      rj_value new_target)
{
    struct rj_function *function;
    rj_value result;

    if (!rj_is_function(callee))
        return throw_not(vm, callee, "constructor");
    function = rj_as_function(callee);
    if (!(function->object.cell.flags & RJ_FUNCTION_CONSTRUCTOR))
        return throw_not(vm, callee, "constructor");
    if (!(function->code->flags & (RJ_CODE_NATIVE | RJ_CODE_DERIVED)))
        return construct_base(vm, function, argc, args, new_target);
    result = function->code->entry(vm, function, RJ_UNINITIALIZED, argc, args, new_target);
    if (result != RJ_THROWN && !rj_is_object(result))
        return rj_throw_error(vm, RJ_ERROR_TYPE,
                              "Derived constructors may only return object or undefined");
    return result;
}

rj_value rj_call_spread(struct rj_vm *vm, rj_value callee, rj_value this_value, rj_value array)
{
    struct rj_array *args = (struct rj_array *)rj_as_cell(array);

    return rj_call(vm, callee, this_value, args->length, args->elements);
}

rj_value rj_construct_spread(struct rj_vm *vm, rj_value callee, rj_value array, rj_value new_target)
{
    struct rj_array *args = (struct rj_array *)rj_as_cell(array);

    return rj_construct(vm, callee, args->length, args->elements, new_target);
}

rj_value rj_super_constructor(struct rj_vm *vm, struct rj_function *callee)
{
    struct rj_object *parent = callee->object.shape->prototype;

    if (!parent || parent->cell.kind != RJ_FUNCTION ||
        !(parent->cell.flags & RJ_FUNCTION_CONSTRUCTOR))
        return rj_throw_error(vm, RJ_ERROR_TYPE, "Super constructor %s of %s is not a constructor",
                              !parent || parent == vm->realm.function_prototype
                                  ? "null"
                                  : rj_describe(vm, rj_cell_value(parent)),
                              callee->code->name[0] ? callee->code->name : "anonymous class");
    return rj_cell_value(parent);
}
