/* Error and the classes of it that the engine throws. EvalError is left out: the last class is
 * URIError. */
#include "lib/builtin.h"

/* The class whose constructor is called: builtins keep its number in `bound`. */
static enum rj_error_class class_of(const struct rj_function *callee)
{
    return rj_is_int(callee->bound) ? (enum rj_error_class)rj_as_int(callee->bound)
                                    : RJ_ERROR_ERROR;
}

static bool define_cause(struct rj_vm *vm, struct rj_object *error, rj_value options)
{
    rj_value cause;

    if (!rj_is_object(options) ||
        !rj_has(vm, rj_as_object(options), rj_cell_value(vm->atoms.cause)))
        return true;
    cause = rj_get(vm, options, rj_cell_value(vm->atoms.cause));
    return cause != RJ_THROWN &&
           rj_define(vm, error, rj_cell_value(vm->atoms.cause), cause, RJ_HIDDEN);
}

/* The prototype that new_target gives, the class's own without one. */
static struct rj_object *prototype_for(struct rj_vm *vm, const struct rj_function *callee,
                                       rj_value new_target)
{
    rj_value prototype = RJ_UNDEFINED;

    if (new_target != RJ_UNDEFINED)
        prototype = rj_get(vm, new_target, rj_cell_value(vm->atoms.prototype));
    if (prototype == RJ_THROWN)
        return NULL;
    return rj_is_object(prototype) ? rj_as_object(prototype)
                                   : vm->realm.error_prototypes[class_of(callee)];
}

/* Without a message there is no such property: the prototype's is empty. */
RJ_BUILTIN(error_construct)
{
    struct rj_string *message = NULL;
    struct rj_object *prototype = prototype_for(vm, callee, new_target);
    struct rj_object *error;

    if (prototype && RJ_ARG(0) != RJ_UNDEFINED) {
        message = rj_to_string(vm, args[0]);
        if (!message)
            return RJ_THROWN;
    }
    error = prototype ? rj_error_make(vm, prototype, message) : NULL;
    if (!error || !define_cause(vm, error, RJ_ARG(1)))
        return RJ_THROWN;
    return rj_cell_value(error);
}

static struct rj_string *text_field(struct rj_vm *vm, rj_value object, struct rj_string *key,
                                    struct rj_string *missing)
{
    rj_value value = rj_get(vm, object, rj_cell_value(key));

    if (value == RJ_UNDEFINED)
        return missing;
    return value == RJ_THROWN ? NULL : rj_to_string(vm, value);
}

RJ_BUILTIN(error_to_string)
{
    struct rj_string *name = rj_atom_text(vm, "Error");
    struct rj_string *colon = rj_atom_text(vm, ": ");
    struct rj_string *message;

    if (!rj_is_object(this_value))
        return rj_throw_error(vm, RJ_ERROR_TYPE,
                              "Method Error.prototype.toString called on incompatible receiver %s",
                              rj_value_text(vm, this_value));
    name = name && colon ? text_field(vm, this_value, vm->atoms.name, name) : NULL;
    message = name ? text_field(vm, this_value, vm->atoms.message, vm->atoms.empty) : NULL;
    if (!message)
        return RJ_THROWN;
    if (!name->length)
        return rj_cell_value(message);
    if (!message->length)
        return rj_cell_value(name);
    name = rj_string_concat(vm, name, colon);
    return name ? rj_result(rj_string_concat(vm, name, message)) : RJ_THROWN;
}

/* Stacks are made when the error is; this is for programs that ask for it again. */
RJ_BUILTIN(error_capture_stack)
{
    struct rj_object *error = rj_error_new(vm, RJ_ERROR_ERROR, vm->atoms.empty);
    rj_value stack;

    if (!error)
        return RJ_THROWN;
    if (!rj_is_object(RJ_ARG(0)))
        return rj_throw_error(vm, RJ_ERROR_TYPE, "Invalid argument");
    stack = rj_get(vm, rj_cell_value(error), rj_cell_value(vm->atoms.stack));
    if (stack == RJ_THROWN ||
        !rj_define(vm, rj_as_object(args[0]), rj_cell_value(vm->atoms.stack), stack, RJ_HIDDEN))
        return RJ_THROWN;
    return RJ_UNDEFINED;
}

static const struct rj_builtin constructors[] = {
    [RJ_ERROR_ERROR] = {"Error", error_construct, 1, 0},
    [RJ_ERROR_TYPE] = {"TypeError", error_construct, 1, 0},
    [RJ_ERROR_RANGE] = {"RangeError", error_construct, 1, 0},
    [RJ_ERROR_REFERENCE] = {"ReferenceError", error_construct, 1, 0},
    [RJ_ERROR_SYNTAX] = {"SyntaxError", error_construct, 1, 0},
    [RJ_ERROR_EVAL_UNUSED] = {"URIError", error_construct, 1, 0},
};

static bool define_class(struct rj_vm *vm, uint32_t class, struct rj_function *error)
{
    struct rj_object *prototype = vm->realm.error_prototypes[class];
    struct rj_function *function = rj_define_constructor(vm, &constructors[class], prototype);
    struct rj_string *name = rj_atom_text(vm, constructors[class].name);

    if (!function || !name)
        return false;
    function->bound = rj_int((int32_t) class);
    return (!error || rj_object_set_prototype(vm, &function->object, &error->object)) &&
           rj_define_hidden(vm, prototype, "name", rj_cell_value(name)) &&
           rj_define_hidden(vm, prototype, "message", rj_cell_value(vm->atoms.empty));
}

static const struct rj_builtin statics[] = {
    {"captureStackTrace", error_capture_stack, 2, 0},
    {0},
};

static const struct rj_builtin methods[] = {
    {"toString", error_to_string, 0, 0},
    {0},
};

bool rj_init_error(struct rj_vm *vm)
{
    rj_value error;

    if (!define_class(vm, RJ_ERROR_ERROR, NULL))
        return false;
    error = rj_get(vm, rj_cell_value(vm->realm.error_prototypes[RJ_ERROR_ERROR]),
                   rj_cell_value(vm->atoms.constructor));
    if (!rj_is_kind(error, RJ_FUNCTION))
        return false;
    for (uint32_t i = RJ_ERROR_TYPE; i <= RJ_ERROR_EVAL_UNUSED; i++) {
        if (!define_class(vm, i, rj_as_function(error)))
            return false;
    }
    return rj_define_builtins(vm, &rj_as_function(error)->object, statics) &&
           rj_define_builtins(vm, vm->realm.error_prototypes[RJ_ERROR_ERROR], methods);
}
