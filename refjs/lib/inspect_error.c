/* Errors as inspection writes them: their stack, made to begin with the name of their class. */
#include "lib/inspect.h"
#include "lib/units.h"

static struct rj_string *field(struct rj_vm *vm, rj_value error, struct rj_string *key)
{
    rj_value value = rj_get(vm, error, rj_cell_value(key));

    if (value == RJ_THROWN || rj_is_nullish(value))
        return NULL;
    return rj_to_flat(vm, value);
}

static bool starts_with(const struct rj_string *text, const struct rj_string *start)
{
    return rj_string_find(text, start, 0) == 0;
}

static bool ends_in_error(const struct rj_string *name)
{
    static const char end[] = "Error";
    uint32_t length = sizeof(end) - 1;

    if (name->length < length)
        return false;
    for (uint32_t i = 0; i < length; i++) {
        if (rj_string_at(name, name->length - length + i) != (uint8_t)end[i])
            return false;
    }
    return true;
}

/* The stack begins with the name; put the constructor's in its place if it says more. */
static struct rj_string *improve(struct rj_vm *vm, struct rj_string *stack, struct rj_string *name,
                                 struct rj_string *constructor)
{
    uint16_t after = stack->length > name->length ? rj_string_at(stack, name->length) : ':';
    struct rj_units units;

    if (!constructor || !ends_in_error(name) || !starts_with(stack, name) ||
        (after != ':' && after != '\n') || rj_string_equal(vm, name, constructor))
        return stack;
    rj_units_init(&units, vm);
    rj_units_string(&units, constructor);
    if (rj_string_find(constructor, name, 0) < 0) {
        rj_units_text(&units, " [");
        rj_units_string(&units, name);
        rj_units_put(&units, ']');
    }
    rj_units_part(&units, stack, name->length, stack->length);
    return rj_units_finish(&units);
}

/* Take out the keys whose values the stack shows, and add the cause, which is hidden. */
static struct rj_array *visible_keys(struct rj_vm *vm, rj_value error, struct rj_array *keys,
                                     struct rj_string *stack)
{
    struct rj_array *kept = rj_array_new(vm, 0, NULL);
    bool cause = rj_has(vm, rj_as_object(error), rj_cell_value(vm->atoms.cause));

    for (uint32_t i = 0; kept && keys && i < keys->length; i++) {
        struct rj_string *key = rj_atom(vm, rj_as_string(keys->elements[i]));
        struct rj_string *text = NULL;

        if (key == vm->atoms.name || key == vm->atoms.message || key == vm->atoms.stack)
            text = field(vm, error, key);
        if (text && rj_string_find(stack, text, 0) >= 0)
            continue;
        cause = cause && key != vm->atoms.cause;
        if (!rj_array_append(vm, kept, keys->elements[i]))
            return NULL;
    }
    if (kept && cause && !rj_array_append(vm, kept, rj_cell_value(vm->atoms.cause)))
        return NULL;
    return kept;
}

static struct rj_string *finish(struct rj_inspector *inspector, struct rj_string *stack,
                                struct rj_string *message)
{
    struct rj_string *at = rj_atom_text(inspector->vm, "\n    at");
    int64_t found = message && message->length ? rj_string_find(stack, message, 0) : -1;
    uint32_t from = found < 0 ? 0 : (uint32_t)found + message->length;
    bool bare = !at || rj_string_find(stack, at, from) < 0;
    struct rj_units units;

    rj_units_init(&units, inspector->vm);
    if (bare)
        rj_units_put(&units, '[');
    for (uint32_t i = 0; i < stack->length; i++) {
        rj_units_put(&units, rj_string_at(stack, i));
        if (rj_string_at(stack, i) == '\n')
            rj_units_fill(&units, ' ', (uint32_t)inspector->indentation);
    }
    if (bare)
        rj_units_put(&units, ']');
    return rj_units_finish(&units);
}

struct rj_string *rj_inspect_error(struct rj_inspector *inspector, rj_value error,
                                   struct rj_string *constructor, struct rj_array **keys)
{
    struct rj_vm *vm = inspector->vm;
    struct rj_string *name = field(vm, error, vm->atoms.name);
    struct rj_string *message = field(vm, error, vm->atoms.message);
    struct rj_string *stack = field(vm, error, vm->atoms.stack);

    if (!name)
        name = rj_atom_text(vm, "Error");
    if (!stack || !stack->length) { /* as Error.prototype.toString has it */
        const char *name_text = name ? rj_string_text(vm, name, NULL) : NULL;
        const char *message_text = message ? rj_string_text(vm, message, NULL) : "";

        if (!name_text || !message_text)
            return NULL;
        stack = rj_string_format(vm, "%s%s%s", name_text, *name_text && *message_text ? ": " : "",
                                 message_text);
    }
    if (!stack || !name || !rj_flatten(vm, stack))
        return NULL;
    if (constructor && !rj_flatten(vm, constructor))
        return NULL;
    *keys = visible_keys(vm, error, *keys, stack);
    stack = *keys ? improve(vm, stack, name, constructor) : NULL;
    return stack ? finish(inspector, stack, message) : NULL;
}
