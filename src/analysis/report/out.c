#include "analysis/report/out.h"

#include "base/alloc.h"
#include "jitney/status.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 256 * 1024, REPLACEMENT = 0xfffd, MOST_DIGITS = 20 };

void jt_out_init(struct jt_out *out, FILE *stream)
{
    *out = (struct jt_out){.stream = stream, .buffer = jt_alloc(ROOM, 1)};
}

static void flush(struct jt_out *out)
{
    fwrite(out->buffer, 1, out->used, out->stream);
    out->used = 0;
}

int jt_out_finish(struct jt_out *out)
{
    flush(out);
    free(out->buffer);
    out->buffer = NULL;
    return fflush(out->stream) != 0 || ferror(out->stream) ? JITNEY_ERR_IO : JITNEY_OK;
}

void jt_out_bytes(struct jt_out *out, const char *bytes, size_t count)
{
    if (count > ROOM - out->used) {
        flush(out);
        if (count > ROOM) {
            fwrite(bytes, 1, count, out->stream);
            return;
        }
    }
    memcpy(out->buffer + out->used, bytes, count);
    out->used += count;
}

void jt_out_byte(struct jt_out *out, char byte)
{
    if (out->used == ROOM)
        flush(out);
    out->buffer[out->used++] = byte;
}

void jt_out_text(struct jt_out *out, const char *text)
{
    jt_out_bytes(out, text, strlen(text));
}

void jt_out_number(struct jt_out *out, uint64_t number)
{
    char digits[MOST_DIGITS];
    size_t first = sizeof(digits);

    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    if (ROOM - out->used < sizeof(digits))
        flush(out);
    while (first < sizeof(digits))
        out->buffer[out->used++] = digits[first++];
}

void jt_out_signed(struct jt_out *out, int64_t number)
{
    if (number < 0)
        jt_out_byte(out, '-');
    jt_out_number(out, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void jt_out_format(struct jt_out *out, const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    jt_out_text(out, text);
}

/* How many bytes follow a first byte, and the least code point that so many
 * may encode (RFC 3629); -1 for a byte that begins nothing. */
static int sequence_of(uint8_t first, uint32_t *least)
{
    if (first >= 0xc2 && first <= 0xdf) {
        *least = 0x80;
        return 1;
    }
    if ((first & 0xf0) == 0xe0) {
        *least = 0x800;
        return 2;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        *least = 0x10000;
        return 3;
    }
    return -1;
}

size_t jt_utf8_next(const char *text, size_t bytes, uint32_t *point)
{
    const uint8_t *at = (const uint8_t *)text;
    uint32_t value = at[0];
    uint32_t least = 0;
    int more = 0;

    *point = value;
    if (value < 0x80)
        return 1;
    *point = REPLACEMENT;
    more = sequence_of(at[0], &least);
    if (more < 0 || (size_t)more >= bytes)
        return 1;
    value &= 0x3fU >> more;
    for (int i = 1; i <= more; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 1;
        value = value << 6 | (at[i] & 0x3f);
    }
    if (value < least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 1;
    *point = value;
    return (size_t)more + 1;
}

/* What stands for a character in JSON inside HTML; NULL: itself. `<` covers
 * `</script` and `<!--`; U+2028 and U+2029 end lines in old JavaScript. */
static const char *json_escape(uint32_t point, char escape[8])
{
    switch (point) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case REPLACEMENT:
        return "\xef\xbf\xbd";
    case '<':
    case '>':
    case '&':
    case 0x7f:
    case 0x2028:
    case 0x2029:
        break;
    default:
        if (point >= 0x20)
            return NULL;
    }
    snprintf(escape, 8, "\\u%04x", (unsigned)point & 0xffff);
    return escape;
}

static const char *xml_escape(uint32_t point, char unused[8])
{
    switch (point) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\t':
    case '\n':
    case '\r':
        return " ";
    case REPLACEMENT:
    case 0x7f:
    case 0xfffe:
    case 0xffff:
        return "\xef\xbf\xbd";
    default:
        return point < 0x20 ? "\xef\xbf\xbd" : NULL;
    }
}

static void escaped(struct jt_out *out, const char *text, size_t bytes,
                    const char *(*escape)(uint32_t, char[8]))
{
    char room[8];
    size_t plain = 0;
    size_t at = 0;

    while (at < bytes) {
        uint32_t point = 0;
        size_t step = jt_utf8_next(text + at, bytes - at, &point);
        const char *instead = escape(point, room);

        if (instead) {
            jt_out_bytes(out, text + plain, at - plain);
            jt_out_text(out, instead);
            plain = at + step;
        }
        at += step;
    }
    jt_out_bytes(out, text + plain, bytes - plain);
}

void jt_out_json(struct jt_out *out, const char *text, size_t bytes)
{
    jt_out_bytes(out, "\"", 1);
    escaped(out, text, bytes, json_escape);
    jt_out_bytes(out, "\"", 1);
}

void jt_out_xml(struct jt_out *out, const char *text, size_t bytes)
{
    escaped(out, text, bytes, xml_escape);
}
