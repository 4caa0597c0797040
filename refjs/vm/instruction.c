/* Instructions that every tier does by a call. */
#include "vm/interpret.h"
#include "vm/property.h"

/* ---- scopes ---- */

struct rj_scope *rj_new_scope(struct rj_vm *vm, struct rj_scope *parent, uint32_t count)
{
    struct rj_scope *scope = rj_allocate(vm, sizeof(*scope) + (size_t)count * sizeof(rj_value));

    if (!scope)
        return NULL;
    scope->cell.kind = RJ_SCOPE;
    scope->count = count;
    scope->parent = parent;
    for (uint32_t i = 0; i < count; i++)
        scope->values[i] = RJ_UNINITIALIZED;
    return scope;
}

struct rj_scope *rj_copy_scope(struct rj_vm *vm, struct rj_scope *scope)
{
    struct rj_scope *copy = rj_new_scope(vm, scope->parent, scope->count);

    if (copy)
        memcpy(copy->values, scope->values, (size_t)scope->count * sizeof(rj_value));
    return copy;
}

rj_value rj_check_initialized(struct rj_vm *vm, rj_value value, struct rj_string *name)
{
    const char *text;

    if (value != RJ_UNINITIALIZED)
        return RJ_UNDEFINED;
    text = rj_string_text(vm, name, NULL);
    if (text && strcmp(text, "this") == 0)
        return rj_throw_error(vm, RJ_ERROR_REFERENCE,
                              "Must call super constructor in derived class before accessing "
                              "'this' or returning from derived constructor");
    return rj_throw_error(vm, RJ_ERROR_REFERENCE, "Cannot access '%s' before initialization",
                          text ? text : "?");
}

rj_value rj_throw_const(struct rj_vm *vm, struct rj_string *name)
{
    return rj_throw_error(vm, RJ_ERROR_TYPE, "Assignment to constant variable.");
}

rj_value rj_check_object(struct rj_vm *vm, rj_value value)
{
    const struct rj_callee *row;
    const char *nothing = value == RJ_NULL ? "null" : "undefined";
    const char *text;

    if (!rj_is_nullish(value))
        return RJ_UNDEFINED;
    row = rj_find_callee(vm->frame, value);
    text = row ? rj_string_text(vm, row->text, NULL) : "";
    if (row && row->kind == RJ_CALLEE_PART)
        return rj_throw_error(vm, RJ_ERROR_TYPE, "Cannot read properties of %s%s", nothing, text);
    if (row && row->kind == RJ_CALLEE_SOURCE)
        return rj_throw_error(vm, RJ_ERROR_TYPE, "Cannot destructure %s as it is %s.", text,
                              nothing);
    return rj_throw_error(vm, RJ_ERROR_TYPE, "Cannot destructure %s'%s' as it is %s.", text,
                          value == RJ_NULL ? "object null" : "undefined", nothing);
}

rj_value rj_rest(struct rj_vm *vm, uint32_t argc, const rj_value *args, uint32_t from)
{
    struct rj_array *array =
        argc > from ? rj_array_new(vm, argc - from, args + from) : rj_array_new(vm, 0, NULL);

    return array ? rj_cell_value(array) : RJ_THROWN;
}

/* ---- super ---- */

/* Where super looks; NULL after throwing: it may be nowhere. */
static struct rj_object *super_object(struct rj_vm *vm, const struct rj_function *callee,
                                      const char *verb, rj_value key)
{
    struct rj_object *found = callee->home ? callee->home->shape->prototype : NULL;

    if (!found)
        rj_throw_nullish(vm, verb, RJ_NULL, key);
    return found;
}

rj_value rj_get_super(struct rj_vm *vm, struct rj_function *callee, rj_value this_value,
                      rj_value key)
{
    rj_value name = rj_to_key(vm, key);
    struct rj_object *start = name == RJ_THROWN ? NULL : super_object(vm, callee, "read", name);

    return start ? rj_get_from(vm, start, name, this_value) : RJ_THROWN;
}

rj_value rj_set_super(struct rj_vm *vm, struct rj_function *callee, rj_value this_value,
                      rj_value key, rj_value value)
{
    rj_value name = rj_to_key(vm, key);
    struct rj_object *start = name == RJ_THROWN ? NULL : super_object(vm, callee, "set", name);

    return start ? rj_set_from(vm, start, name, value, this_value) : RJ_THROWN;
}

/* ---- literals ---- */

static rj_value done(bool good)
{
    return good ? RJ_UNDEFINED : RJ_THROWN;
}

rj_value rj_define_element(struct rj_vm *vm, rj_value object, rj_value key, rj_value value)
{
    rj_value name = rj_to_key(vm, key);

    if (name == RJ_THROWN)
        return RJ_THROWN;
    return done(rj_define(vm, rj_as_object(object), name, value, RJ_PLAIN));
}

/* A literal's methods are enumerable, those of a class are not. */
rj_value rj_define_method(struct rj_vm *vm, rj_value object, rj_value key, rj_value function,
                          uint32_t enumerable)
{
    rj_value name = rj_to_key(vm, key);

    if (name == RJ_THROWN)
        return RJ_THROWN;
    rj_as_function(function)->home = rj_as_object(object);
    return done(
        rj_define(vm, rj_as_object(object), name, function, enumerable ? RJ_PLAIN : RJ_HIDDEN));
}

rj_value rj_define_literal_accessor(struct rj_vm *vm, rj_value object, rj_value key,
                                    rj_value function, uint32_t how)
{
    rj_value name = rj_to_key(vm, key);
    uint32_t attributes = RJ_CONFIGURABLE | RJ_ACCESSOR | (how & 2 ? RJ_ENUMERABLE : 0);

    if (name == RJ_THROWN)
        return RJ_THROWN;
    rj_as_function(function)->home = rj_as_object(object);
    return done(rj_define_accessor(vm, rj_as_object(object), name, how & 1 ? RJ_HOLE : function,
                                   how & 1 ? function : RJ_HOLE, attributes));
}

rj_value rj_array_append_value(struct rj_vm *vm, rj_value array, rj_value value)
{
    return done(rj_array_append(vm, (struct rj_array *)rj_as_cell(array), value));
}

rj_value rj_array_spread(struct rj_vm *vm, rj_value array, rj_value iterable)
{
    struct rj_array *target = (struct rj_array *)rj_as_cell(array);
    rj_value iterator = rj_iterate(vm, iterable);

    if (iterator == RJ_THROWN)
        return RJ_THROWN;
    for (;;) {
        rj_value value = rj_next(vm, iterator);

        if (value == RJ_HOLE)
            return RJ_UNDEFINED;
        if (value == RJ_THROWN || !rj_array_append(vm, target, value))
            return RJ_THROWN;
    }
}

/* Copy the own enumerable properties of `from` but those named in `excluded`, if there is one. */
static rj_value copy_properties(struct rj_vm *vm, struct rj_object *to, struct rj_object *from,
                                const struct rj_array *excluded)
{
    struct rj_array *keys = rj_own_keys(vm, from, true);

    if (!keys)
        return RJ_THROWN;
    for (uint32_t i = 0; i < keys->length; i++) {
        rj_value key = rj_to_key(vm, keys->elements[i]);
        bool skip = false;
        rj_value value;

        for (uint32_t j = 0; excluded && j < excluded->length && !skip; j++)
            skip = rj_to_key(vm, excluded->elements[j]) == key;
        if (skip)
            continue;
        value = rj_get(vm, rj_cell_value(from), key);
        if (value == RJ_THROWN || !rj_define(vm, to, key, value, RJ_PLAIN))
            return RJ_THROWN;
    }
    return RJ_UNDEFINED;
}

rj_value rj_object_spread(struct rj_vm *vm, rj_value object, rj_value source)
{
    struct rj_object *from;

    if (rj_is_nullish(source))
        return RJ_UNDEFINED;
    from = rj_to_object(vm, source);
    return from ? copy_properties(vm, rj_as_object(object), from, NULL) : RJ_THROWN;
}

rj_value rj_object_rest(struct rj_vm *vm, rj_value source, rj_value excluded)
{
    struct rj_object *from = rj_to_object(vm, source);
    struct rj_object *rest = from ? rj_object_plain(vm) : NULL;

    if (!rest ||
        copy_properties(vm, rest, from, (struct rj_array *)rj_as_cell(excluded)) == RJ_THROWN)
        return RJ_THROWN;
    return rj_cell_value(rest);
}

/* What is no object is left out. */
rj_value rj_set_literal_prototype(struct rj_vm *vm, rj_value object, rj_value prototype)
{
    if (prototype != RJ_NULL && !rj_is_object(prototype))
        return RJ_UNDEFINED;
    return done(rj_object_set_prototype(vm, rj_as_object(object),
                                        prototype == RJ_NULL ? NULL : rj_as_object(prototype)));
}

/* ---- functions and classes ---- */

rj_value rj_new_closure(struct rj_vm *vm, struct rj_code *code, struct rj_scope *scope,
                        const struct rj_function *maker)
{
    struct rj_function *function = rj_function_new(vm, code, scope);

    if (!function)
        return RJ_THROWN;
    if (code->flags & RJ_CODE_ARROW)
        function->home = maker->home;
    if (!(code->flags & (RJ_CODE_ARROW | RJ_CODE_METHOD)))
        function->object.cell.flags |= RJ_FUNCTION_CONSTRUCTOR;
    if (code->flags & RJ_CODE_CLASS)
        function->object.cell.flags |= RJ_FUNCTION_CLASS;
    if (code->flags & RJ_CODE_DERIVED)
        function->object.cell.flags |= RJ_FUNCTION_DERIVED;
    return rj_cell_value(function);
}

/* The prototype object of a class: its own prototype is the superclass's. */
static struct rj_object *class_prototype(struct rj_vm *vm, rj_value superclass)
{
    struct rj_object *parent = vm->realm.object_prototype;
    struct rj_object *prototype;
    rj_value found;

    if (superclass == RJ_NULL) {
        parent = NULL;
    } else if (superclass != RJ_HOLE) {
        found = rj_get(vm, superclass, rj_cell_value(vm->atoms.prototype));
        if (found == RJ_THROWN)
            return NULL;
        if (!rj_is_object(found) && found != RJ_NULL) {
            rj_throw_error(vm, RJ_ERROR_TYPE,
                           "Class extends value does not have valid prototype property");
            return NULL;
        }
        parent = found == RJ_NULL ? NULL : rj_as_object(found);
    }
    prototype = rj_object_plain(vm);
    if (prototype && parent != vm->realm.object_prototype &&
        !rj_object_set_prototype(vm, prototype, parent))
        return NULL;
    return prototype;
}

rj_value rj_new_class(struct rj_vm *vm, struct rj_code *code, struct rj_scope *scope,
                      rj_value superclass)
{
    bool extends = superclass != RJ_HOLE && superclass != RJ_NULL;
    struct rj_object *prototype;
    struct rj_function *function;
    rj_value closure;

    if (extends && (!rj_is_function(superclass) ||
                    !(rj_as_object(superclass)->cell.flags & RJ_FUNCTION_CONSTRUCTOR))) {
        struct rj_string *text = rj_is_object(superclass) ? NULL : rj_to_string(vm, superclass);

        return rj_throw_error(vm, RJ_ERROR_TYPE,
                              "Class extends value %s is not a constructor or null",
                              text ? rj_string_text(vm, text, NULL) : "#<Object>");
    }
    prototype = class_prototype(vm, superclass);
    closure = prototype ? rj_new_closure(vm, code, scope, NULL) : RJ_THROWN;
    if (closure == RJ_THROWN)
        return RJ_THROWN;
    function = rj_as_function(closure);
    function->prototype = rj_cell_value(prototype);
    function->home = prototype;
    if (extends && !rj_object_set_prototype(vm, &function->object, rj_as_object(superclass)))
        return RJ_THROWN;
    if (!rj_define(vm, prototype, rj_cell_value(vm->atoms.constructor), closure, RJ_HIDDEN))
        return RJ_THROWN;
    return closure;
}
