#include "format/perfmap.h"

#include "jitney/status.h"

#include <stdbool.h>

/* No piece of code is this large; a line that says so would name every address. */
#define MOST_BYTES (UINT64_C(1) << 40)

/* The value of each hexadecimal digit plus one; 0 for every other byte. */
static const uint8_t digits[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    return at;
}

/* The end of the number at `at`, or NULL when there is none or it needs more
 * than 64 bits. The prefix 0x is optional: HotSpot, .NET, Erlang and wasmtime
 * write it. */
static const char *take_hex(const char *at, const char *end, uint64_t *value)
{
    const char *start = NULL;
    uint64_t sum = 0;

    if (end - at > 2 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X'))
        at += 2;
    start = at;
    for (; at < end && digits[(uint8_t)*at]; at++) {
        if (sum >> 60)
            return NULL;
        sum = sum << 4 | (digits[(uint8_t)*at] - 1u);
    }
    *value = sum;
    return at > start ? at : NULL;
}

/* Past what parts two fields, or NULL when nothing does. perf takes any one
 * character; blanks and commas are what writers use. A blank of the name
 * itself stays with the name. */
static const char *take_separator(const char *at, const char *end)
{
    if (at < end && is_blank(*at))
        return at + 1;
    if (at < end && *at == ',')
        return skip_blanks(at + 1, end);
    return NULL;
}

int jt_perfmap_decode(const char *text, size_t count, struct jt_perfmap_line *line)
{
    const char *end = text + count;
    const char *at = skip_blanks(text, end);

    if (end > at && end[-1] == '\r')
        end--;
    at = take_hex(at, end, &line->address);
    at = at ? take_separator(at, end) : NULL;
    at = at ? take_hex(skip_blanks(at, end), end, &line->bytes) : NULL;
    at = at ? take_separator(at, end) : NULL;
    if (!at || at == end)
        return JITNEY_ERR_FORMAT;
    if (line->bytes >= MOST_BYTES || line->address > UINT64_MAX - line->bytes)
        return JITNEY_ERR_FORMAT;
    line->name = at;
    line->name_bytes = (size_t)(end - at);
    return JITNEY_OK;
}
