/* JSON.parse. */
#include "lib/builtin.h"
#include "lib/json.h"
#include "vm/number.h"

#include <math.h>

struct reader {
    struct rj_vm *vm;
    struct rj_string *text; /* flat */
    uint32_t at;
};

static int32_t peek(const struct reader *reader)
{
    return reader->at < reader->text->length ? rj_string_at(reader->text, reader->at) : -1;
}

static int32_t skip_space(struct reader *reader)
{
    int32_t unit = peek(reader);

    while (unit == ' ' || unit == '\n' || unit == '\r' || unit == '\t') {
        reader->at++;
        unit = peek(reader);
    }
    return unit;
}

enum { CONTEXT = 10, WHOLE_MOST = 40 };

/* What is no JSON but the text of a value that was not meant to be. */
static bool is_common_mistake(const char *text)
{
    static const char *const mistakes[] = {"undefined", "NaN", "Infinity", "[object Object]"};

    for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
        if (strcmp(text, mistakes[i]) == 0)
            return true;
    }
    return false;
}

/* V8 shows the text around the place, all of it if it is short. */
static rj_value throw_unexpected(struct reader *reader)
{
    struct rj_string *text = reader->text;
    bool whole = text->length <= WHOLE_MOST;
    uint32_t from = whole || reader->at < CONTEXT ? 0 : reader->at - CONTEXT;
    uint32_t to =
        whole || text->length - reader->at < CONTEXT ? text->length : reader->at + CONTEXT;
    struct rj_string *part = rj_string_slice(reader->vm, text, from, to);
    struct rj_string *unit = rj_string_slice(reader->vm, text, reader->at, reader->at + 1);
    const char *part_text = part ? rj_string_text(reader->vm, part, NULL) : NULL;
    const char *unit_text = unit ? rj_string_text(reader->vm, unit, NULL) : NULL;

    if (!part_text || !unit_text)
        return RJ_THROWN;
    if (is_common_mistake(part_text))
        return rj_throw_error(reader->vm, RJ_ERROR_SYNTAX, "\"%s\" is not valid JSON", part_text);
    return rj_throw_error(reader->vm, RJ_ERROR_SYNTAX,
                          "Unexpected token '%s', %s\"%s\"%s is not valid JSON", unit_text,
                          from ? "..." : "", part_text, to < text->length ? "..." : "");
}

static rj_value throw_at(struct reader *reader, const char *message)
{
    return rj_throw_error(reader->vm, RJ_ERROR_SYNTAX, "%s in JSON at position %u", message,
                          reader->at);
}

static rj_value unexpected(struct reader *reader)
{
    int32_t unit = peek(reader);

    if (unit < 0)
        return rj_throw_error(reader->vm, RJ_ERROR_SYNTAX, "Unexpected end of JSON input");
    if (unit == '"')
        return throw_at(reader, "Unexpected string");
    if ((unit >= '0' && unit <= '9') || unit == '-')
        return throw_at(reader, "Unexpected number");
    return throw_unexpected(reader);
}

static rj_value parse_value(struct reader *reader);

/* Four hexadecimal digits, or -1. */
static int32_t hex4(struct reader *reader)
{
    int32_t value = 0;

    for (int i = 0; i < 4; i++, reader->at++) {
        int32_t unit = peek(reader);

        if (unit >= '0' && unit <= '9')
            value = value * 16 + unit - '0';
        else if ((unit | 0x20) >= 'a' && (unit | 0x20) <= 'f')
            value = value * 16 + (unit | 0x20) - 'a' + 10;
        else
            return -1;
    }
    return value;
}

/* The unit of an escape whose backslash is read; -1 for none. */
static int32_t escape(struct reader *reader)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    int32_t unit = peek(reader);
    const char *place;

    if (unit <= 0 || unit > 0x7f)
        return -1;
    if (unit == 'u') {
        reader->at++;
        return hex4(reader);
    }
    place = strchr(from, unit);
    if (!place)
        return -1;
    reader->at++;
    return to[place - from];
}

static struct rj_string *parse_escapes(struct reader *reader, uint32_t from)
{
    struct rj_units units;

    rj_units_init(&units, reader->vm);
    rj_units_part(&units, reader->text, from, reader->at);
    for (;;) {
        int32_t unit = peek(reader);

        if (unit < 0) {
            throw_at(reader, "Unterminated string");
            return NULL;
        }
        if (unit < 0x20) {
            throw_at(reader, "Bad control character in string literal");
            return NULL;
        }
        reader->at++;
        if (unit == '"')
            return rj_units_finish(&units);
        if (unit == '\\') {
            bool hex = peek(reader) == 'u';

            unit = escape(reader);
            if (unit < 0 && peek(reader) < 0 && !hex) {
                unexpected(reader);
                return NULL;
            }
            if (unit < 0) {
                throw_at(reader, hex ? "Bad Unicode escape" : "Bad escaped character");
                return NULL;
            }
        }
        rj_units_put(&units, (uint32_t)unit);
    }
}

/* A string whose first quote is next. Most have no escape: they are a piece of the text. */
static struct rj_string *parse_string(struct reader *reader)
{
    uint32_t from = ++reader->at;

    for (;;) {
        int32_t unit = peek(reader);

        if (unit < 0x20 || unit == '\\')
            return parse_escapes(reader, from);
        if (unit == '"')
            return rj_string_slice(reader->vm, reader->text, from, reader->at++);
        reader->at++;
    }
}

static uint32_t skip_digits(struct reader *reader)
{
    uint32_t from = reader->at;

    while (peek(reader) >= '0' && peek(reader) <= '9')
        reader->at++;
    return reader->at - from;
}

/* Digits that fit an int are read at once, others by the converter. */
static rj_value number_of(struct reader *reader, uint32_t from, bool whole)
{
    struct rj_string *part;
    int32_t value = 0;

    if (whole && reader->at - from <= 9 && rj_string_at(reader->text, from) != '-') {
        for (uint32_t i = from; i < reader->at; i++)
            value = value * 10 + rj_string_at(reader->text, i) - '0';
        return rj_int(value);
    }
    part = rj_string_slice(reader->vm, reader->text, from, reader->at);
    if (!part || !rj_flatten(reader->vm, part))
        return RJ_THROWN;
    return rj_number(rj_parse_float(reader->vm, part));
}

static rj_value parse_number(struct reader *reader)
{
    uint32_t from = reader->at;
    bool whole = true;

    if (peek(reader) == '-') {
        reader->at++;
        if (peek(reader) < '0' || peek(reader) > '9')
            return throw_at(reader, "No number after minus sign");
    }
    if (peek(reader) == '0') {
        reader->at++;
        if (peek(reader) >= '0' && peek(reader) <= '9')
            return unexpected(reader);
    } else {
        skip_digits(reader);
    }
    if (peek(reader) == '.') {
        whole = false;
        reader->at++;
        if (!skip_digits(reader))
            return throw_at(reader, "Unterminated fractional number");
    }
    if ((peek(reader) | 0x20) == 'e') {
        whole = false;
        reader->at++;
        if (peek(reader) == '+' || peek(reader) == '-')
            reader->at++;
        if (!skip_digits(reader))
            return throw_at(reader, "Exponent part is missing a number");
    }
    return number_of(reader, from, whole);
}

static rj_value parse_word(struct reader *reader, const char *word, rj_value value)
{
    for (; *word; word++, reader->at++) {
        if (peek(reader) != *word)
            return unexpected(reader);
    }
    return value;
}

static rj_value parse_array(struct reader *reader)
{
    struct rj_array *array = rj_array_new(reader->vm, 0, NULL);

    if (!array)
        return RJ_THROWN;
    reader->at++;
    if (skip_space(reader) == ']') {
        reader->at++;
        return rj_cell_value(array);
    }
    for (;;) {
        rj_value value = parse_value(reader);

        if (value == RJ_THROWN || !rj_array_append(reader->vm, array, value))
            return RJ_THROWN;
        switch (skip_space(reader)) {
        case ',':
            reader->at++;
            break;
        case ']':
            reader->at++;
            return rj_cell_value(array);
        default:
            return throw_at(reader, "Expected ',' or ']' after array element");
        }
    }
}

/* "key": value */
static bool parse_member(struct reader *reader, struct rj_object *object)
{
    struct rj_string *name = parse_string(reader);
    rj_value key = name ? rj_to_key(reader->vm, rj_cell_value(name)) : RJ_THROWN;
    rj_value value;

    if (key == RJ_THROWN)
        return false;
    if (skip_space(reader) != ':') {
        throw_at(reader, "Expected ':' after property name");
        return false;
    }
    reader->at++;
    value = parse_value(reader);
    return value != RJ_THROWN && rj_define(reader->vm, object, key, value, RJ_PLAIN);
}

static rj_value parse_object(struct reader *reader)
{
    struct rj_object *object = rj_object_plain(reader->vm);
    bool first = true;

    if (!object)
        return RJ_THROWN;
    reader->at++;
    if (skip_space(reader) == '}') {
        reader->at++;
        return rj_cell_value(object);
    }
    for (;; first = false) {
        if (skip_space(reader) != '"')
            return first ? throw_at(reader, "Expected property name or '}'")
                         : throw_at(reader, "Expected double-quoted property name");
        if (!parse_member(reader, object))
            return RJ_THROWN;
        switch (skip_space(reader)) {
        case ',':
            reader->at++;
            break;
        case '}':
            reader->at++;
            return rj_cell_value(object);
        default:
            return throw_at(reader, "Expected ',' or '}' after property value");
        }
    }
}

static rj_value parse_value(struct reader *reader)
{
    int32_t unit = skip_space(reader);

    if (rj_stack_is_low(reader->vm))
        return rj_throw_stack(reader->vm);
    switch (unit) {
    case '{':
        return parse_object(reader);
    case '[':
        return parse_array(reader);
    case '"':
        return rj_result(parse_string(reader));
    case 't':
        return parse_word(reader, "true", RJ_TRUE);
    case 'f':
        return parse_word(reader, "false", RJ_FALSE);
    case 'n':
        return parse_word(reader, "null", RJ_NULL);
    default:
        if (unit == '-' || (unit >= '0' && unit <= '9'))
            return parse_number(reader);
        return unexpected(reader);
    }
}

/* ---- the reviver ---- */

static rj_value revive(struct rj_vm *vm, rj_value holder, rj_value name, rj_value reviver);

static bool revive_member(struct rj_vm *vm, rj_value object, rj_value name, rj_value reviver)
{
    rj_value key = rj_to_key(vm, name);
    rj_value value;

    if (key == RJ_THROWN)
        return false;
    value = revive(vm, object, name, reviver);
    if (value == RJ_THROWN)
        return false;
    if (value == RJ_UNDEFINED)
        return rj_delete(vm, object, key) != RJ_THROWN;
    return rj_define(vm, rj_as_object(object), key, value, RJ_PLAIN);
}

static rj_value revive(struct rj_vm *vm, rj_value holder, rj_value name, rj_value reviver)
{
    rj_value key = rj_to_key(vm, name);
    rj_value pair[2] = {name, RJ_UNDEFINED};
    struct rj_array *names;

    if (rj_stack_is_low(vm))
        return rj_throw_stack(vm);
    pair[1] = key == RJ_THROWN ? key : rj_get(vm, holder, key);
    if (pair[1] == RJ_THROWN)
        return RJ_THROWN;
    if (rj_is_object(pair[1])) {
        names = rj_own_keys(vm, rj_as_object(pair[1]), true);
        if (!names)
            return RJ_THROWN;
        for (uint32_t i = 0; i < names->length; i++) {
            if (!revive_member(vm, pair[1], names->elements[i], reviver))
                return RJ_THROWN;
        }
    }
    return rj_call(vm, reviver, holder, 2, pair);
}

rj_value rj_json_parse(struct rj_vm *vm, rj_value source, rj_value reviver)
{
    struct reader reader = {vm, rj_to_flat(vm, source), 0};
    struct rj_object *root;
    rj_value empty = rj_cell_value(vm->atoms.empty);
    rj_value value;

    if (!reader.text)
        return RJ_THROWN;
    value = parse_value(&reader);
    if (value == RJ_THROWN)
        return RJ_THROWN;
    if (skip_space(&reader) >= 0)
        return rj_throw_error(vm, RJ_ERROR_SYNTAX,
                              "Unexpected non-whitespace character after JSON at position %u",
                              reader.at);
    if (!rj_is_kind(reviver, RJ_FUNCTION))
        return value;
    root = rj_object_plain(vm);
    if (!root || !rj_define(vm, root, empty, value, RJ_PLAIN))
        return RJ_THROWN;
    return revive(vm, rj_cell_value(root), empty, reviver);
}
