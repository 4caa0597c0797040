#include "format/perfmap.h"

#include "format/plain.h"
#include "jitney/status.h"

#include <stdbool.h>
#include <string.h>

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

enum {
    TEXT_LIMIT = 4096,   /* of a name or file; some are whole regular expressions */
    LEAST_NAME_BYTES = 3 /* linux: tools/perf/util/symbol.c drops lines with shorter names */
};

static void append_number(struct jt_buf *out, uint64_t value, unsigned base)
{
    char text[20];
    size_t at = sizeof(text);

    do {
        text[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value > 0);
    jt_buf_append(out, text + at, sizeof(text) - at);
}

/* Where the function begins, or at least where its code does. */
static bool find_place(const struct jitney_code_load *load, uint32_t *line, uint32_t *column)
{
    *line = load->line;
    *column = load->column;
    for (uint32_t i = 0; *line == 0 && i < load->line_count; i++) {
        const struct jitney_line *row = &load->lines[i];

        if (row->inlined == 0 && !row->file) {
            *line = row->line;
            *column = row->column;
        }
    }
    return load->file && load->file[0] && *line > 0;
}

static void append_place(struct jt_buf *out, const char *file, uint32_t line, uint32_t column)
{
    jt_buf_append(out, " ", 1);
    jt_plain_append(out, file, strlen(file), TEXT_LIMIT);
    jt_buf_append(out, ":", 1);
    append_number(out, line, 10);
    if (column > 0) {
        jt_buf_append(out, ":", 1);
        append_number(out, column, 10);
    }
}

static const char *tier_text(uint32_t tier)
{
    switch (tier) {
#define TIER_ROW(id, value, text)                                                                  \
    case id:                                                                                       \
        return text;
        JITNEY_TIER_LIST(TIER_ROW)
#undef TIER_ROW
    default:
        return "jit";
    }
}

static void append_word(struct jt_buf *out, size_t start, const char *word)
{
    jt_buf_append_text(out, out->length == start ? " [" : " ");
    jt_plain_append(out, word, strlen(word), TEXT_LIMIT);
}

/* ` [optimized TurboFan osr]`; nothing when nothing is known, unless `is_needed`. */
static void append_tier(struct jt_buf *out, const struct jitney_code_load *load, bool is_needed)
{
    size_t start = out->length;
    const char *tier = tier_text(load->tier);

    if (load->kind == JITNEY_CODE_WASM)
        append_word(out, start, "wasm");
    if (load->kind == JITNEY_CODE_STUB)
        append_word(out, start, "stub");
    if (load->tier != JITNEY_TIER_UNKNOWN || (is_needed && out->length == start) ||
        (load->tier_name && out->length == start))
        append_word(out, start, tier);
    if (load->tier_name && strcmp(load->tier_name, tier) != 0)
        append_word(out, start, load->tier_name);
    if (load->flags & JITNEY_CODE_OSR)
        append_word(out, start, out->length == start ? "jit osr" : "osr");
    if (out->length > start)
        jt_buf_append(out, "]", 1);
}

void jt_perfmap_encode_name(struct jt_buf *out, const struct jitney_code_load *load)
{
    size_t start = out->length;
    uint32_t line = 0;
    uint32_t column = 0;
    bool has_place = find_place(load, &line, &column);
    const char *name = load->name ? load->name : "";
    size_t bytes = load->name && load->name_bytes > 0 ? load->name_bytes : strlen(name);

    if (bytes > 0)
        jt_plain_append(out, name, bytes, TEXT_LIMIT);
    else
        jt_buf_append_text(out, "(anonymous)");
    if (has_place)
        append_place(out, load->file, line, column);
    append_tier(out, load, has_place || out->length - start < LEAST_NAME_BYTES);
}

void jt_perfmap_encode(struct jt_buf *line, const struct jitney_code_load *load)
{
    append_number(line, load->address, 16);
    jt_buf_append(line, " ", 1);
    append_number(line, load->bytes, 16);
    jt_buf_append(line, " ", 1);
    jt_perfmap_encode_name(line, load);
    jt_buf_append(line, "\n", 1);
}
