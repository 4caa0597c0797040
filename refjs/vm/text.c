/* Strings from and to UTF-8. */
#include "vm/string.h"

#include <stdarg.h>
#include <stdio.h>

enum { REPLACEMENT = 0xfffd, FORMAT_BYTES = 512 };

/* Decode one character at *at; what is no UTF-8 is U+FFFD, one for each longest prefix of a
 * character, as the WHATWG decoder does. */
static uint32_t decode(const uint8_t *text, size_t bytes, size_t *at)
{
    static const struct {
        uint8_t first, last, low, high; /* of the lead byte; of the byte behind it */
        uint8_t more, bits;
    } leads[] = {
        {0xc2, 0xdf, 0x80, 0xbf, 1, 0x1f}, {0xe0, 0xe0, 0xa0, 0xbf, 2, 0x0f},
        {0xe1, 0xec, 0x80, 0xbf, 2, 0x0f}, {0xed, 0xed, 0x80, 0x9f, 2, 0x0f},
        {0xee, 0xef, 0x80, 0xbf, 2, 0x0f}, {0xf0, 0xf0, 0x90, 0xbf, 3, 0x07},
        {0xf1, 0xf3, 0x80, 0xbf, 3, 0x07}, {0xf4, 0xf4, 0x80, 0x8f, 3, 0x07},
    };
    uint32_t lead = text[(*at)++];

    if (lead < 0x80)
        return lead;
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
        uint32_t code = lead & leads[i].bits;

        if (lead < leads[i].first || lead > leads[i].last)
            continue;
        for (uint32_t k = 0; k < leads[i].more; k++) {
            uint8_t low = k ? 0x80 : leads[i].low;
            uint8_t high = k ? 0xbf : leads[i].high;

            if (*at >= bytes || text[*at] < low || text[*at] > high)
                return REPLACEMENT;
            code = code << 6 | (text[(*at)++] & 0x3f);
        }
        return code;
    }
    return REPLACEMENT;
}

static struct rj_string *decode_all(struct rj_vm *vm, const uint8_t *text, size_t bytes)
{
    uint16_t *units = rj_allocate_atomic(vm, bytes * 2);
    uint32_t count = 0;

    if (!units)
        return NULL;
    for (size_t at = 0; at < bytes;) {
        uint32_t code = decode(text, bytes, &at);

        if (code > 0xffff) {
            units[count++] = (uint16_t)(0xd800 + ((code - 0x10000) >> 10));
            units[count++] = (uint16_t)(0xdc00 + (code & 0x3ff));
        } else {
            units[count++] = (uint16_t)code;
        }
    }
    return rj_string_utf16(vm, units, count);
}

struct rj_string *rj_string_utf8(struct rj_vm *vm, const char *text, size_t bytes)
{
    const uint8_t *units = (const uint8_t *)text;
    uint8_t all = 0;

    if (bytes > RJ_STRING_LIMIT) {
        rj_throw_error(vm, RJ_ERROR_RANGE, "Invalid string length");
        return NULL;
    }
    for (size_t i = 0; i < bytes; i++)
        all |= units[i];
    if (all < 0x80)
        return rj_string_latin1(vm, units, (uint32_t)bytes);
    return decode_all(vm, units, bytes);
}

struct rj_string *rj_string_format(struct rj_vm *vm, const char *format, ...)
{
    char text[FORMAT_BYTES];
    char *long_text = text;
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (length < 0)
        length = 0;
    if ((size_t)length >= sizeof(text)) {
        long_text = rj_allocate_atomic(vm, (size_t)length + 1);
        if (!long_text)
            return NULL;
        va_start(args, format);
        vsnprintf(long_text, (size_t)length + 1, format, args);
        va_end(args);
    }
    return rj_string_utf8(vm, long_text, (size_t)length);
}

/* The character at *at of a flat string. */
static uint32_t code_point(const struct rj_string *string, uint32_t *at)
{
    uint32_t unit = rj_string_at(string, (*at)++);

    if (unit < 0xd800 || unit > 0xdfff)
        return unit;
    if (unit < 0xdc00 && *at < string->length) {
        uint32_t next = rj_string_at(string, *at);

        if (next >= 0xdc00 && next <= 0xdfff) {
            (*at)++;
            return 0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00);
        }
    }
    return REPLACEMENT;
}

static size_t encode(uint32_t code, char *to)
{
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xc0 | code >> 6);
        to[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (char)(0xe0 | code >> 12);
        to[1] = (char)(0x80 | (code >> 6 & 0x3f));
        to[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | code >> 18);
    to[1] = (char)(0x80 | (code >> 12 & 0x3f));
    to[2] = (char)(0x80 | (code >> 6 & 0x3f));
    to[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

const char *rj_string_text(struct rj_vm *vm, struct rj_string *string, size_t *bytes)
{
    char *text;
    size_t length = 0;

    if (!rj_flatten(vm, string))
        return NULL;
    /* A unit below 256 takes at most two bytes, another at most three. */
    text = rj_allocate_atomic(vm, (size_t)string->length * (rj_string_is_wide(string) ? 3 : 2) + 1);
    if (!text)
        return NULL;
    for (uint32_t at = 0; at < string->length;)
        length += encode(code_point(string, &at), text + length);
    text[length] = '\0';
    if (bytes)
        *bytes = length;
    return text;
}
