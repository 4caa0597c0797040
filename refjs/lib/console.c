/* console: log and its relatives, with node's format specifiers. */
#include "lib/inspect.h"
#include "lib/lib.h"
#include "lib/output.h"
#include "lib/units.h"
#include "vm/number.h"

struct format {
    struct rj_vm *vm;
    struct rj_units units;
    uint32_t argc;
    const rj_value *args;
    uint32_t used; /* arguments that specifiers have taken */
};

/* Does an object have no toString() but a builtin's? Such are inspected by %s. */
static bool is_plain(struct rj_vm *vm, rj_value value)
{
    rj_value key = rj_cell_value(vm->atoms.toString);
    struct rj_object *at = rj_as_object(value);
    struct rj_own own;

    if (!rj_is_kind(rj_get(vm, value, key), RJ_FUNCTION))
        return true;
    if (rj_get_own(vm, at, key, &own))
        return false;
    do {
        at = at->shape->prototype;
    } while (at && !rj_get_own(vm, at, key, &own));
    return at && rj_get_own(vm, at, rj_cell_value(vm->atoms.constructor), &own) &&
           rj_is_kind(own.value, RJ_FUNCTION) &&
           rj_as_function(own.value)->code->flags & RJ_CODE_NATIVE;
}

static struct rj_string *format_string(struct rj_vm *vm, rj_value value)
{
    if (rj_is_number(value))
        return rj_inspect_number(vm, value);
    if (!rj_is_object(value) || rj_is_kind(value, RJ_FUNCTION) || !is_plain(vm, value))
        return rj_to_string(vm, value);
    return rj_inspect_deep(vm, value, 0);
}

static struct rj_string *format_number(struct rj_vm *vm, rj_value value, char specifier)
{
    struct rj_string *text;

    if (specifier == 'd') {
        value = rj_to_number(vm, value);
        return value == RJ_THROWN ? NULL : rj_inspect_number(vm, value);
    }
    text = rj_to_flat(vm, value);
    if (!text)
        return NULL;
    return rj_inspect_number(
        vm, rj_number(specifier == 'i' ? rj_parse_int(vm, text, 0) : rj_parse_float(vm, text)));
}

/* The JSON of a value; what contains itself reads as [Circular]. */
static struct rj_string *format_json(struct rj_vm *vm, rj_value value)
{
    rj_value text = rj_json_text(vm, value);
    rj_value message;

    if (text != RJ_THROWN)
        return rj_to_string(vm, text);
    message = rj_is_object(vm->exception)
                  ? rj_get(vm, vm->exception, rj_cell_value(vm->atoms.message))
                  : RJ_UNDEFINED;
    if (!rj_is_string(message) || rj_as_string(message)->length < 30 ||
        strncmp(rj_string_text(vm, rj_as_string(message), NULL), "Converting circular", 19) != 0)
        return NULL;
    return rj_atom_text(vm, "[Circular]");
}

static bool is_specifier(uint16_t unit)
{
    return unit && unit < 0x80 && strchr("sdifjoOc", unit);
}

static struct rj_string *format_one(struct rj_vm *vm, char specifier, rj_value value)
{
    switch (specifier) {
    case 's':
        return format_string(vm, value);
    case 'j':
        return format_json(vm, value);
    case 'o':
        return rj_inspect_deep(vm, value, 4);
    case 'O':
        return rj_inspect_deep(vm, value, RJ_INSPECT_DEPTH);
    case 'c':
        return vm->atoms.empty;
    default:
        return format_number(vm, value, specifier);
    }
}

/* The first argument, its specifiers replaced; with no more arguments they stay. */
static bool format_first(struct format *format, struct rj_string *first)
{
    format->used = 1;
    for (uint32_t i = 0; i < first->length; i++) {
        uint16_t unit = rj_string_at(first, i);
        uint16_t next = i + 1 < first->length ? rj_string_at(first, i + 1) : 0;

        if (unit == '%' && next == '%') {
            rj_units_put(&format->units, '%');
            i++;
        } else if (unit == '%' && is_specifier(next) && format->used < format->argc) {
            rj_value value = format->args[format->used++];

            rj_units_string(&format->units, format_one(format->vm, (char)next, value));
            i++;
        } else {
            rj_units_put(&format->units, unit);
        }
        if (format->units.failed)
            return false;
    }
    return true;
}

static struct rj_string *format_all(struct rj_vm *vm, uint32_t argc, const rj_value *args)
{
    struct format format = {.vm = vm, .argc = argc, .args = args};
    struct rj_string *first;

    if (argc == 1)
        return rj_inspect(vm, args[0]);
    rj_units_init(&format.units, vm);
    if (argc && rj_is_string(args[0])) {
        first = rj_to_flat(vm, args[0]);
        if (!first || !format_first(&format, first))
            return NULL;
    }
    for (uint32_t i = format.used; i < argc; i++) {
        if (i)
            rj_units_put(&format.units, ' ');
        rj_units_string(&format.units, rj_inspect(vm, args[i]));
        if (format.units.failed)
            return NULL;
    }
    return rj_units_finish(&format.units);
}

/* Groups indent; how far is in `bound` of the object that all functions of console share. */
static rj_value print(struct rj_vm *vm, struct rj_function *callee, uint32_t argc,
                      const rj_value *args, FILE *stream)
{
    struct rj_array *state = rj_as_array(callee->bound);
    uint32_t margin = (uint32_t)rj_as_int(state->elements[0]);
    struct rj_string *text = format_all(vm, argc, args);
    struct rj_units units;

    if (!text)
        return RJ_THROWN;
    if (margin) {
        if (!rj_flatten(vm, text))
            return RJ_THROWN;
        rj_units_init(&units, vm);
        rj_units_fill(&units, ' ', margin);
        for (uint32_t i = 0; i < text->length; i++) {
            rj_units_put(&units, rj_string_at(text, i));
            if (rj_string_at(text, i) == '\n')
                rj_units_fill(&units, ' ', margin);
        }
        text = rj_units_finish(&units);
    }
    if (!text || !rj_output_write(vm, stream, text))
        return RJ_THROWN;
    putc_unlocked('\n', stream);
    return RJ_UNDEFINED;
}

RJ_BUILTIN(console_out)
{
    return print(vm, callee, argc, args, stdout);
}

RJ_BUILTIN(console_err)
{
    return print(vm, callee, argc, args, stderr);
}

enum { GROUP_INDENT = 2, GROUP_MOST = 1000 };

RJ_BUILTIN(console_group)
{
    struct rj_array *state = rj_as_array(callee->bound);
    int32_t margin = rj_as_int(state->elements[0]);

    if (argc && print(vm, callee, argc, args, stdout) == RJ_THROWN)
        return RJ_THROWN;
    if (margin < GROUP_MOST)
        state->elements[0] = rj_int(margin + GROUP_INDENT);
    return RJ_UNDEFINED;
}

RJ_BUILTIN(console_group_end)
{
    struct rj_array *state = rj_as_array(callee->bound);
    int32_t margin = rj_as_int(state->elements[0]);

    state->elements[0] = rj_int(margin > GROUP_INDENT ? margin - GROUP_INDENT : 0);
    return RJ_UNDEFINED;
}

RJ_BUILTIN(console_assert)
{
    struct rj_string *text;

    if (rj_truthy(RJ_ARG(0)))
        return RJ_UNDEFINED;
    text = argc > 1 ? format_all(vm, argc - 1, args + 1) : vm->atoms.empty;
    text = text ? rj_string_format(vm, "Assertion failed%s%s\n", argc > 1 ? ": " : "",
                                   rj_string_text(vm, text, NULL))
                : NULL;
    return text && rj_output_write(vm, stderr, text) ? RJ_UNDEFINED : RJ_THROWN;
}

static const struct rj_builtin functions[] = {
    {"log", console_out, 0, 0},
    {"info", console_out, 0, 0},
    {"debug", console_out, 0, 0},
    {"error", console_err, 0, 0},
    {"warn", console_err, 0, 0},
    {"group", console_group, 0, 0},
    {"groupEnd", console_group_end, 0, 0},
    {"assert", console_assert, 0, 0},
    {0},
};

bool rj_init_console(struct rj_vm *vm)
{
    rj_value margin = rj_int(0);
    struct rj_array *state = rj_array_new(vm, 1, &margin);
    struct rj_object *console = rj_define_namespace(vm, "console", functions);

    for (const struct rj_builtin *row = functions; state && console && row->name; row++) {
        struct rj_string *name = rj_atom_text(vm, row->name);
        rj_value function =
            name ? rj_get(vm, rj_cell_value(console), rj_cell_value(name)) : RJ_THROWN;

        if (function == RJ_THROWN)
            return false;
        rj_as_function(function)->bound = rj_cell_value(state);
    }
    return state && console;
}
