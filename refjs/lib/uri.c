/* encodeURIComponent() and its three relatives. */
#include "lib/builtin.h"
#include "lib/units.h"

static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                 "-_.!~*'()";
static const char reserved[] = ";/?:@&=+$,#";

static bool is_in(uint16_t unit, const char *set)
{
    return unit && unit < 0x80 && strchr(set, unit);
}

/* The last class of errors is URIError (error.c). */
static rj_value malformed(struct rj_vm *vm)
{
    return rj_throw_error(vm, RJ_ERROR_EVAL_UNUSED, "URI malformed");
}

static void encode_point(struct rj_units *units, uint32_t point)
{
    static const char hex[] = "0123456789ABCDEF";
    uint8_t bytes[4];
    size_t count = 0;

    if (point < 0x80) {
        bytes[count++] = (uint8_t)point;
    } else {
        int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
        static const uint8_t leads[] = {0, 0xc0, 0xe0, 0xf0};

        bytes[count++] = (uint8_t)(leads[more] | (point >> (6 * more)));
        while (more--)
            bytes[count++] = (uint8_t)(0x80 | ((point >> (6 * more)) & 0x3f));
    }
    for (size_t i = 0; i < count; i++) {
        rj_units_put(units, '%');
        rj_units_put(units, (uint8_t)hex[bytes[i] >> 4]);
        rj_units_put(units, (uint8_t)hex[bytes[i] & 15]);
    }
}

static rj_value encode(struct rj_vm *vm, rj_value value, bool keep_reserved)
{
    struct rj_string *text = rj_to_flat(vm, value);
    struct rj_units units;

    rj_units_init(&units, vm);
    for (uint32_t i = 0; text && i < text->length; i++) {
        uint32_t unit = rj_string_at(text, i);
        uint32_t low = i + 1 < text->length ? rj_string_at(text, i + 1) : 0;

        if (is_in((uint16_t)unit, unreserved) ||
            (keep_reserved && is_in((uint16_t)unit, reserved))) {
            rj_units_put(&units, unit);
            continue;
        }
        if ((unit & 0xfc00) == 0xdc00 || ((unit & 0xfc00) == 0xd800 && (low & 0xfc00) != 0xdc00))
            return malformed(vm);
        if ((unit & 0xfc00) == 0xd800) {
            unit = 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
            i++;
        }
        encode_point(&units, unit);
    }
    return text ? rj_result(rj_units_finish(&units)) : RJ_THROWN;
}

/* The byte of %XX at `at`, or -1. */
static int32_t escaped_byte(const struct rj_string *text, uint32_t at)
{
    int32_t byte = 0;

    if (at + 2 >= text->length || rj_string_at(text, at) != '%')
        return -1;
    for (uint32_t i = at + 1; i <= at + 2; i++) {
        uint16_t unit = rj_string_at(text, i);

        if (unit >= '0' && unit <= '9')
            byte = byte * 16 + unit - '0';
        else if ((unit | 0x20) >= 'a' && (unit | 0x20) <= 'f')
            byte = byte * 16 + (unit | 0x20) - 'a' + 10;
        else
            return -1;
    }
    return byte;
}

/* The code point of the escapes at *at, which moves behind them; -1 if they are no UTF-8. */
static int32_t decode_point(const struct rj_string *text, uint32_t *at)
{
    static const int32_t least[] = {0, 0x80, 0x800, 0x10000};
    int32_t point = escaped_byte(text, *at);
    int more;

    *at += 3;
    if (point < 0x80)
        return point;
    more = point >= 0xf0 ? 3 : point >= 0xe0 ? 2 : 1;
    if (point < 0xc2 || point > 0xf4)
        return -1;
    point &= 0x3f >> more;
    for (int i = 0; i < more; i++, *at += 3) {
        int32_t byte = *at < text->length ? escaped_byte(text, *at) : -1;

        if (byte < 0x80 || byte > 0xbf)
            return -1;
        point = point << 6 | (byte & 0x3f);
    }
    if (point < least[more] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return -1;
    return point;
}

static rj_value decode(struct rj_vm *vm, rj_value value, bool keep_reserved)
{
    struct rj_string *text = rj_to_flat(vm, value);
    struct rj_units units;

    rj_units_init(&units, vm);
    for (uint32_t i = 0; text && i < text->length;) {
        uint32_t from = i;
        int32_t point;

        if (rj_string_at(text, i) != '%') {
            rj_units_put(&units, rj_string_at(text, i++));
            continue;
        }
        point = decode_point(text, &i);
        if (point < 0)
            return malformed(vm);
        if (keep_reserved && is_in((uint16_t)(point < 0x80 ? point : 0), reserved))
            rj_units_part(&units, text, from, i);
        else
            rj_units_code_point(&units, (uint32_t)point);
    }
    return text ? rj_result(rj_units_finish(&units)) : RJ_THROWN;
}

RJ_BUILTIN(encode_component)
{
    return encode(vm, RJ_ARG(0), false);
}

RJ_BUILTIN(encode_whole)
{
    return encode(vm, RJ_ARG(0), true);
}

RJ_BUILTIN(decode_component)
{
    return decode(vm, RJ_ARG(0), false);
}

RJ_BUILTIN(decode_whole)
{
    return decode(vm, RJ_ARG(0), true);
}

static const struct rj_builtin functions[] = {
    {"encodeURIComponent", encode_component, 1, 0},
    {"encodeURI", encode_whole, 1, 0},
    {"decodeURIComponent", decode_component, 1, 0},
    {"decodeURI", decode_whole, 1, 0},
    {0},
};

bool rj_init_uri(struct rj_vm *vm)
{
    return rj_define_builtins(vm, vm->realm.global, functions);
}
