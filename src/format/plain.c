/* See plain.h. */
#include "format/plain.h"

#include <stdbool.h>
#include <string.h>

/* The length of the UTF-8 sequence at `at` (RFC 3629: no surrogates, nothing longer than it needs
 * to be), and its character; 0 when it is none. */
static size_t sequence(const uint8_t *at, size_t left, uint32_t *character)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t bytes = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    uint32_t value = bytes > 1 ? at[0] & (0x7fU >> bytes) : at[0];

    if (bytes == 0 || bytes > left || at[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < bytes; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (at[i] & 0x3f);
    }
    if (value < least[bytes] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *character = value;
    return bytes;
}

/* The control characters of ASCII and of Unicode, and Unicode's two ends of lines. */
static bool is_control(uint32_t character)
{
    return character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0x2028 ||
           character == 0x2029;
}

void jt_plain_append(struct jt_buf *out, const char *text, size_t bytes, size_t limit)
{
    const uint8_t *from = (const uint8_t *)text;
    uint8_t *to = jt_buf_reserve(out, bytes < limit ? bytes : limit);
    size_t written = 0;

    for (size_t i = 0; to && i < bytes;) {
        uint32_t character = from[i];
        size_t length = character < 0x80 ? 1 : sequence(from + i, bytes - i, &character);
        bool is_plain = length > 0 && !is_control(character);
        size_t needed = is_plain ? length : 1;

        if (needed > limit - written)
            break;
        if (is_plain && length == 1)
            to[written] = from[i];
        else if (is_plain)
            memcpy(to + written, from + i, length);
        else
            to[written] = '?';
        written += needed;
        i += length > 0 ? length : 1;
    }
    out->length += written;
}
