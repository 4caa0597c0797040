/* Strings, names and numbers as inspection writes them. */
#include "lib/inspect.h"
#include "lib/units.h"
#include "vm/string.h"

#include <math.h>

enum { SHORT_LINE = 16, STRING_MOST = 10000 };

static bool contains(const struct rj_string *string, const char *text)
{
    size_t length = strlen(text);

    for (uint32_t i = 0; i + length <= string->length; i++) {
        size_t j = 0;

        while (j < length && rj_string_at(string, i + (uint32_t)j) == (uint8_t)text[j])
            j++;
        if (j == length)
            return true;
    }
    return false;
}

/* Single quotes; others if that saves escapes. */
static char choose_quote(const struct rj_string *string)
{
    if (!contains(string, "'"))
        return '\'';
    if (!contains(string, "\""))
        return '"';
    return contains(string, "`") || contains(string, "${") ? '\'' : '`';
}

static void put_hex(struct rj_units *units, uint32_t unit, int digits, const char *hex)
{
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
        rj_units_put(units, (uint8_t)hex[unit >> shift & 15]);
}

static void put_escaped(struct rj_units *units, uint16_t unit, char quote)
{
    static const char from[] = "\b\t\n\f\r\\";
    static const char to[] = "btnfr\\";
    const char *place = unit && unit < 0x80 ? strchr(from, unit) : NULL;

    if (place || unit == (uint8_t)quote) {
        rj_units_put(units, '\\');
        rj_units_put(units, place ? (uint8_t)to[place - from] : unit);
    } else if (unit < 0x20 || (unit > 0x7e && unit < 0xa0)) {
        rj_units_text(units, "\\x");
        put_hex(units, unit, 2, "0123456789ABCDEF");
    } else if ((unit & 0xf800) == 0xd800) {
        rj_units_text(units, "\\u");
        put_hex(units, unit, 4, "0123456789abcdef");
    } else {
        rj_units_put(units, unit);
    }
}

struct rj_string *rj_inspect_quote(struct rj_vm *vm, struct rj_string *string)
{
    struct rj_units units;
    char quote;

    if (!rj_flatten(vm, string))
        return NULL;
    quote = choose_quote(string);
    rj_units_init(&units, vm);
    rj_units_put(&units, (uint8_t)quote);
    for (uint32_t i = 0; i < string->length; i++) {
        uint16_t unit = rj_string_at(string, i);
        uint16_t next = i + 1 < string->length ? rj_string_at(string, i + 1) : 0;

        if ((unit & 0xfc00) == 0xd800 && (next & 0xfc00) == 0xdc00) {
            rj_units_put(&units, unit);
            rj_units_put(&units, next);
            i++;
        } else {
            put_escaped(&units, unit, quote == '\'' ? quote : '\\');
        }
    }
    rj_units_put(&units, (uint8_t)quote);
    return rj_units_finish(&units);
}

/* Lines of their own, joined by plus signs. */
static struct rj_string *quote_lines(struct rj_inspector *inspector, struct rj_string *string)
{
    struct rj_vm *vm = inspector->vm;
    struct rj_units units;
    uint32_t from = 0;

    rj_units_init(&units, vm);
    for (uint32_t i = 0; i < string->length; i++) {
        struct rj_string *line;

        if (rj_string_at(string, i) != '\n' && i + 1 < string->length)
            continue;
        line = rj_string_slice(vm, string, from, i + 1);
        if (from) {
            rj_units_text(&units, " +\n");
            rj_units_fill(&units, ' ', (uint32_t)inspector->indentation + 2);
        }
        rj_units_string(&units, line ? rj_inspect_quote(vm, line) : NULL);
        from = i + 1;
    }
    return rj_units_finish(&units);
}

struct rj_string *rj_inspect_string(struct rj_inspector *inspector, struct rj_string *string)
{
    struct rj_vm *vm = inspector->vm;
    struct rj_string *trailer = NULL;

    if (!rj_flatten(vm, string))
        return NULL;
    if (string->length > STRING_MOST) {
        uint32_t rest = string->length - STRING_MOST;

        trailer = rj_string_format(vm, "... %u more character%s", rest, rest > 1 ? "s" : "");
        string = trailer ? rj_string_slice(vm, string, 0, STRING_MOST) : NULL;
        if (!string || !rj_flatten(vm, string))
            return NULL;
    }
    if (string->length > SHORT_LINE &&
        (int)string->length > RJ_INSPECT_COLUMNS - inspector->indentation - 4)
        string = quote_lines(inspector, string);
    else
        string = rj_inspect_quote(vm, string);
    return string && trailer ? rj_string_concat(vm, string, trailer) : string;
}

static bool is_plain_name(const struct rj_string *key)
{
    for (uint32_t i = 0; i < key->length; i++) {
        uint16_t unit = rj_string_at(key, i);
        bool letter = (unit >= 'a' && unit <= 'z') || (unit >= 'A' && unit <= 'Z') || unit == '_';

        if (!letter && (i == 0 || unit < '0' || unit > '9'))
            return false;
    }
    return key->length > 0;
}

struct rj_string *rj_inspect_key(struct rj_vm *vm, struct rj_string *key, bool enumerable)
{
    struct rj_units units;

    if (!rj_flatten(vm, key))
        return NULL;
    if (key == vm->atoms.proto)
        return rj_string_format(vm, "['__proto__']");
    if (!enumerable) {
        rj_units_init(&units, vm);
        rj_units_put(&units, '[');
        for (uint32_t i = 0; i < key->length; i++)
            put_escaped(&units, rj_string_at(key, i), '\'');
        rj_units_put(&units, ']');
        return rj_units_finish(&units);
    }
    return is_plain_name(key) ? key : rj_inspect_quote(vm, key);
}

static bool is_wide_point(uint32_t point)
{
    static const uint32_t ranges[][2] = {
        {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},
        {0x25fd, 0x25fe},   {0x2614, 0x2615},   {0x2648, 0x2653},   {0x267f, 0x267f},
        {0x2693, 0x2693},   {0x26a1, 0x26a1},   {0x26aa, 0x26ab},   {0x26bd, 0x26be},
        {0x26c4, 0x26c5},   {0x26ce, 0x26ce},   {0x26d4, 0x26d4},   {0x26ea, 0x26ea},
        {0x26f2, 0x26f3},   {0x26f5, 0x26f5},   {0x26fa, 0x26fa},   {0x26fd, 0x26fd},
        {0x2705, 0x2705},   {0x270a, 0x270b},   {0x2728, 0x2728},   {0x274c, 0x274c},
        {0x2753, 0x2755},   {0x2757, 0x2757},   {0x2795, 0x2797},   {0x27b0, 0x27b0},
        {0x2b1b, 0x2b1c},   {0x2b50, 0x2b50},   {0x2b55, 0x2b55},   {0x2e80, 0x303e},
        {0x3041, 0x3247},   {0x3250, 0x4dbf},   {0x4e00, 0xa4c6},   {0xa960, 0xa97c},
        {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe10, 0xfe19},   {0xfe30, 0xfe6b},
        {0xff01, 0xff60},   {0xffe0, 0xffe6},   {0x1b000, 0x1b2ff}, {0x1f004, 0x1f004},
        {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f18e}, {0x1f191, 0x1f19a}, {0x1f1e6, 0x1f265},
        {0x1f300, 0x1f320}, {0x1f32d, 0x1f335}, {0x1f337, 0x1f37c}, {0x1f37e, 0x1f393},
        {0x1f3a0, 0x1f3ca}, {0x1f3cf, 0x1f3d3}, {0x1f3e0, 0x1f3f0}, {0x1f3f4, 0x1f3f4},
        {0x1f3f8, 0x1f43e}, {0x1f440, 0x1f440}, {0x1f442, 0x1f4fc}, {0x1f4ff, 0x1f53d},
        {0x1f54b, 0x1f54e}, {0x1f550, 0x1f567}, {0x1f57a, 0x1f57a}, {0x1f595, 0x1f596},
        {0x1f5a4, 0x1f5a4}, {0x1f5fb, 0x1f64f}, {0x1f680, 0x1f6c5}, {0x1f6cc, 0x1f6cc},
        {0x1f6d0, 0x1f6d2}, {0x1f6d5, 0x1f6d7}, {0x1f6dc, 0x1f6df}, {0x1f6eb, 0x1f6ec},
        {0x1f6f4, 0x1f6fc}, {0x1f7e0, 0x1f7eb}, {0x1f90c, 0x1f93a}, {0x1f93c, 0x1f945},
        {0x1f947, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges) && ranges[i][0] <= point; i++) {
        if (point <= ranges[i][1])
            return true;
    }
    return false;
}

static bool is_zero_point(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point < 0xa0) || (point >= 0x300 && point <= 0x36f) ||
           (point >= 0x200b && point <= 0x200f) || (point >= 0x20d0 && point <= 0x20ff) ||
           (point >= 0xfe00 && point <= 0xfe0f) || (point >= 0xfe20 && point <= 0xfe2f) ||
           (point >= 0xe0100 && point <= 0xe01ef) || point == 0xad;
}

uint32_t rj_inspect_width(struct rj_string *string)
{
    uint32_t width = 0;

    for (uint32_t i = 0; i < string->length; i++) {
        uint32_t point = rj_string_at(string, i);
        uint32_t low = i + 1 < string->length ? rj_string_at(string, i + 1) : 0;

        if ((point & 0xfc00) == 0xd800 && (low & 0xfc00) == 0xdc00) {
            point = 0x10000 + ((point & 0x3ff) << 10) + (low & 0x3ff);
            i++;
        }
        width += is_zero_point(point) ? 0 : is_wide_point(point) ? 2 : 1;
    }
    return width;
}

struct rj_string *rj_inspect_number(struct rj_vm *vm, rj_value number)
{
    double value = rj_as_number(number);

    if (value == 0 && signbit(value))
        return rj_atom_text(vm, "-0");
    return rj_to_string(vm, number);
}
