/* JSON.stringify. */
#include "lib/builtin.h"
#include "lib/json.h"

#include <math.h>

enum { INDENT_MOST = 10, SHOWN_FIRST = 2 };

struct writer {
    struct rj_vm *vm;
    struct rj_units units;
    rj_value replacer;       /* function or RJ_UNDEFINED */
    struct rj_array *names;  /* of properties that are let through; or NULL */
    struct rj_string *space; /* flat, up to ten units */
    struct rj_array *open;   /* objects being written, each with the key it has in the one before */
};

void rj_json_quote(struct rj_units *units, struct rj_string *string)
{
    static const char from[] = "\"\\\b\f\n\r\t";
    static const char to[] = "\"\\bfnrt";
    static const char hex[] = "0123456789abcdef";

    if (!rj_flatten(units->vm, string)) {
        units->failed = true;
        return;
    }
    rj_units_put(units, '"');
    for (uint32_t i = 0; i < string->length; i++) {
        uint16_t unit = rj_string_at(string, i);
        uint16_t next = i + 1 < string->length ? rj_string_at(string, i + 1) : 0;
        const char *place = unit && unit < 0x80 ? strchr(from, unit) : NULL;
        bool high = (unit & 0xfc00) == 0xd800;

        if (high && (next & 0xfc00) == 0xdc00) {
            rj_units_put(units, unit);
            rj_units_put(units, next);
            i++;
        } else if (place) {
            rj_units_put(units, '\\');
            rj_units_put(units, (uint8_t)to[place - from]);
        } else if (unit < 0x20 || (unit & 0xf800) == 0xd800) {
            rj_units_text(units, "\\u");
            for (int shift = 12; shift >= 0; shift -= 4)
                rj_units_put(units, (uint8_t)hex[unit >> shift & 15]);
        } else {
            rj_units_put(units, unit);
        }
    }
    rj_units_put(units, '"');
}

static bool write_value(struct writer *writer, rj_value holder, rj_value name, rj_value value);

static void new_line(struct writer *writer)
{
    if (!writer->space->length)
        return;
    rj_units_put(&writer->units, '\n');
    for (uint32_t i = 0; i < writer->open->length / 2; i++)
        rj_units_part(&writer->units, writer->space, 0, writer->space->length);
}

static const char *constructor_name(struct rj_vm *vm, rj_value object)
{
    rj_value constructor = rj_get(vm, object, rj_cell_value(vm->atoms.constructor));
    rj_value name = RJ_UNDEFINED;

    if (rj_is_kind(constructor, RJ_FUNCTION))
        name = rj_get(vm, constructor, rj_cell_value(vm->atoms.name));
    if (!rj_is_string(name))
        return "Object";
    return rj_string_text(vm, rj_as_string(name), NULL);
}

/* "property 'a'" or "index 0" */
static struct rj_string *step_text(struct rj_vm *vm, rj_value holder, rj_value name)
{
    struct rj_string *key = rj_key_string(vm, name);
    const char *text = key ? rj_string_text(vm, key, NULL) : NULL;

    if (!text)
        return NULL;
    return rj_is_kind(holder, RJ_ARRAY) ? rj_string_format(vm, "index %s", text)
                                        : rj_string_format(vm, "property '%s'", text);
}

static void put_constructor(struct rj_units *text, rj_value object)
{
    const char *name = constructor_name(text->vm, object);

    rj_units_text(text, " object with constructor '");
    rj_units_text(text, name ? name : "Object");
    rj_units_put(text, '\'');
}

/* V8 tells the way round the circle; of a long one its first steps and the last. */
static bool throw_circular(struct writer *writer, uint32_t first, rj_value name)
{
    struct rj_vm *vm = writer->vm;
    rj_value *open = writer->open->elements;
    uint32_t last = writer->open->length - 2;
    struct rj_units text;
    struct rj_string *message;

    rj_units_init(&text, vm);
    rj_units_text(&text, "Converting circular structure to JSON\n    --> starting at");
    put_constructor(&text, open[first]);
    for (uint32_t i = first + 2; i <= last; i += 2) {
        if (i == first + 2 + 2 * SHOWN_FIRST && i < last)
            rj_units_text(&text, "\n    |     ...");
        if (i >= first + 2 + 2 * SHOWN_FIRST && i < last)
            continue;
        rj_units_text(&text, "\n    |     ");
        rj_units_string(&text, step_text(vm, open[i - 2], open[i + 1]));
        rj_units_text(&text, " ->");
        put_constructor(&text, open[i]);
    }
    rj_units_text(&text, "\n    --- ");
    rj_units_string(&text, step_text(vm, open[last], name));
    rj_units_text(&text, " closes the circle");
    message = rj_units_finish(&text);
    if (message)
        rj_throw_error(vm, RJ_ERROR_TYPE, "%s", rj_string_text(vm, message, NULL));
    return false;
}

static bool open_object(struct writer *writer, rj_value object, rj_value name)
{
    if (rj_stack_is_low(writer->vm)) {
        rj_throw_stack(writer->vm);
        return false;
    }
    for (uint32_t i = 0; i < writer->open->length; i += 2) {
        if (writer->open->elements[i] == object)
            return throw_circular(writer, i, name);
    }
    return rj_array_append(writer->vm, writer->open, object) &&
           rj_array_append(writer->vm, writer->open, name);
}

static void close_object(struct writer *writer)
{
    for (int i = 0; i < 2; i++)
        writer->open->elements[--writer->open->length] = RJ_HOLE;
}

/* toJSON and the replacer may put another value in its place. */
static rj_value prepare(struct writer *writer, rj_value holder, rj_value name, rj_value value)
{
    struct rj_vm *vm = writer->vm;
    struct rj_string *key;
    rj_value method;
    rj_value pair[2];

    if (!rj_is_object(value) && writer->replacer == RJ_UNDEFINED)
        return value;
    if (rj_is_object(value)) {
        method = rj_get(vm, value, rj_cell_value(vm->atoms.toJSON));
        if (method == RJ_THROWN)
            return RJ_THROWN;
        if (rj_is_kind(method, RJ_FUNCTION)) {
            key = rj_key_string(vm, name);
            pair[0] = rj_result(key);
            value = key ? rj_call(vm, method, value, 1, pair) : RJ_THROWN;
        }
    }
    if (writer->replacer == RJ_UNDEFINED || value == RJ_THROWN)
        return value;
    key = rj_key_string(vm, name);
    pair[0] = rj_result(key);
    pair[1] = value;
    return key ? rj_call(vm, writer->replacer, holder, 2, pair) : RJ_THROWN;
}

static bool is_written(rj_value value)
{
    return value != RJ_UNDEFINED && !rj_is_kind(value, RJ_FUNCTION);
}

/* One property, if it has JSON; *first says whether a comma is due. */
static bool write_member(struct writer *writer, rj_value object, rj_value name, bool *first)
{
    struct rj_vm *vm = writer->vm;
    rj_value key = rj_to_key(vm, name);
    rj_value value = key == RJ_THROWN ? key : rj_get(vm, object, key);

    if (value != RJ_THROWN)
        value = prepare(writer, object, key, value);
    if (value == RJ_THROWN)
        return false;
    if (!is_written(value))
        return true;
    if (!*first)
        rj_units_put(&writer->units, ',');
    *first = false;
    new_line(writer);
    rj_json_quote(&writer->units, rj_as_string(name));
    rj_units_put(&writer->units, ':');
    if (writer->space->length)
        rj_units_put(&writer->units, ' ');
    return write_value(writer, object, key, value);
}

static bool write_object(struct writer *writer, rj_value object)
{
    struct rj_array *names = writer->names;
    bool first = true;

    if (!names)
        names = rj_own_keys(writer->vm, rj_as_object(object), true);
    if (!names)
        return false;
    rj_units_put(&writer->units, '{');
    for (uint32_t i = 0; i < names->length; i++) {
        if (!write_member(writer, object, names->elements[i], &first))
            return false;
    }
    return first || !writer->units.failed;
}

static bool write_array(struct writer *writer, rj_value array)
{
    rj_units_put(&writer->units, '[');
    for (uint32_t i = 0; i < rj_as_array(array)->length && !writer->units.failed; i++) {
        rj_value value = rj_as_array(array)->elements[i];

        if (i)
            rj_units_put(&writer->units, ',');
        new_line(writer);
        value = prepare(writer, array, rj_number(i), value == RJ_HOLE ? RJ_UNDEFINED : value);
        if (value == RJ_THROWN)
            return false;
        if (!is_written(value))
            value = RJ_NULL;
        if (!write_value(writer, array, rj_number(i), value))
            return false;
    }
    return !writer->units.failed;
}

static bool write_container(struct writer *writer, rj_value object, rj_value name)
{
    bool is_array = rj_is_kind(object, RJ_ARRAY);
    uint16_t last;

    if (!open_object(writer, object, name) ||
        !(is_array ? write_array(writer, object) : write_object(writer, object)))
        return false;
    close_object(writer);
    /* An empty one has no line of its own for its end. */
    last = writer->units.wide ? writer->units.wide[writer->units.length - 1]
                              : writer->units.narrow[writer->units.length - 1];
    if (last != (is_array ? '[' : '{'))
        new_line(writer);
    rj_units_put(&writer->units, is_array ? ']' : '}');
    return !writer->units.failed;
}

/* A value for which is_written() holds; `holder` is not needed any more. */
static bool write_value(struct writer *writer, rj_value holder, rj_value name, rj_value value)
{
    struct rj_units *units = &writer->units;

    if (rj_is_kind(value, RJ_BOXED))
        value = ((struct rj_boxed *)rj_as_cell(value))->boxed;
    if (rj_is_object(value))
        return write_container(writer, value, name);
    if (rj_is_string(value))
        rj_json_quote(units, rj_as_string(value));
    else if (rj_is_number(value) && !isfinite(rj_as_number(value)))
        rj_units_text(units, "null");
    else
        rj_units_string(units, rj_to_string(writer->vm, value));
    return !units->failed;
}

static bool has_name(const struct writer *writer, const struct rj_string *name)
{
    for (uint32_t i = 0; i < writer->names->length; i++) {
        if (writer->names->elements[i] == rj_cell_value(name))
            return true;
    }
    return false;
}

/* A replacer that is an array names the properties that are let through, once each. */
static bool set_replacer(struct writer *writer, rj_value replacer)
{
    if (rj_is_kind(replacer, RJ_FUNCTION))
        writer->replacer = replacer;
    if (!rj_is_kind(replacer, RJ_ARRAY))
        return true;
    writer->names = rj_array_new(writer->vm, 0, NULL);
    for (uint32_t i = 0; writer->names && i < rj_as_array(replacer)->length; i++) {
        rj_value item = rj_as_array(replacer)->elements[i];
        struct rj_string *name;

        if (rj_is_kind(item, RJ_BOXED))
            item = ((struct rj_boxed *)rj_as_cell(item))->boxed;
        if (!rj_is_string(item) && !rj_is_number(item))
            continue;
        name = rj_to_string(writer->vm, item);
        name = name ? rj_atom(writer->vm, name) : NULL;
        if (!name || (!has_name(writer, name) &&
                      !rj_array_append(writer->vm, writer->names, rj_cell_value(name))))
            return false;
    }
    return writer->names != NULL;
}

static bool set_space(struct writer *writer, rj_value space)
{
    double count;

    writer->space = writer->vm->atoms.empty;
    if (rj_is_kind(space, RJ_BOXED))
        space = ((struct rj_boxed *)rj_as_cell(space))->boxed;
    if (rj_is_string(space)) {
        struct rj_string *string = rj_as_string(space);
        uint32_t length = string->length < INDENT_MOST ? string->length : INDENT_MOST;

        writer->space = rj_string_slice(writer->vm, string, 0, length);
    } else if (rj_is_number(space)) {
        rj_to_integer(writer->vm, space, &count);
        count = fmin(fmax(count, 0), INDENT_MOST);
        writer->space =
            rj_string_latin1(writer->vm, (const uint8_t *)"          ", (uint32_t)count);
    }
    return writer->space && rj_flatten(writer->vm, writer->space);
}

rj_value rj_json_stringify(struct rj_vm *vm, rj_value value, rj_value replacer, rj_value space)
{
    struct writer writer = {.vm = vm, .replacer = RJ_UNDEFINED};
    struct rj_object *root = rj_object_plain(vm);
    rj_value empty = rj_cell_value(vm->atoms.empty);

    rj_units_init(&writer.units, vm);
    writer.open = rj_array_new(vm, 0, NULL);
    if (!root || !writer.open || !set_replacer(&writer, replacer) || !set_space(&writer, space) ||
        !rj_define(vm, root, empty, value, RJ_PLAIN))
        return RJ_THROWN;
    value = prepare(&writer, rj_cell_value(root), empty, value);
    if (value == RJ_THROWN || !is_written(value))
        return value == RJ_THROWN ? value : RJ_UNDEFINED;
    if (!write_value(&writer, rj_cell_value(root), empty, value))
        return RJ_THROWN;
    return rj_result(rj_units_finish(&writer.units));
}

rj_value rj_json_text(struct rj_vm *vm, rj_value value)
{
    return rj_json_stringify(vm, value, RJ_UNDEFINED, RJ_UNDEFINED);
}

RJ_BUILTIN(json_parse)
{
    return rj_json_parse(vm, RJ_ARG(0), RJ_ARG(1));
}

RJ_BUILTIN(json_stringify)
{
    return rj_json_stringify(vm, RJ_ARG(0), RJ_ARG(1), RJ_ARG(2));
}

static const struct rj_builtin functions[] = {
    {"parse", json_parse, 2, 0},
    {"stringify", json_stringify, 3, 0},
    {0},
};

bool rj_init_json(struct rj_vm *vm)
{
    return rj_define_namespace(vm, "JSON", functions) != NULL;
}
