/* A table is read in one of two ways. Where its entries, each as long as its
 * file name says, fill the record, it is sound. Otherwise names were damaged
 * after their length was taken: the memory of the name was freed, and its first
 * 16 bytes are now an allocator's, NULs among them (V8: perf-jit.cc, seen in
 * node 18 to 24). Then the next entry is where an address of this very code
 * follows a NUL; eight bytes of text or garbage are practically never one. */
#include "analysis/load/jitdump_lines.h"

#include "format/jitdump.h"
#include "jitney/status.h"

#include <stdlib.h>
#include <string.h>

/* How far before its code an entry may lie: Erlang's tables begin with the
 * function's header, 48 to 55 bytes before. */
#define SLACK_BEFORE UINT64_C(0x80)

enum { PAD_MOST = 8 };

bool jt_jitdump_lines_fit(uint64_t entry_address, uint64_t address, uint64_t code_bytes)
{
    uint64_t first = address > SLACK_BEFORE ? address - SLACK_BEFORE : 0;
    uint64_t last = 0;

    if (__builtin_add_overflow(address, code_bytes, &last) ||
        __builtin_add_overflow(last, JT_JITDUMP_LINE_BIAS, &last))
        last = UINT64_MAX;
    return entry_address >= first && entry_address <= last;
}

static bool is_of_code(const struct jt_jitdump_table *table, uint64_t address)
{
    return jt_jitdump_lines_fit(address, table->address, table->code_bytes);
}

static bool is_zero(const struct jt_bytes *in)
{
    for (size_t i = 0; i < in->left; i++)
        if (in->at[i])
            return false;
    return true;
}

/* Whether the entries end where the record does, but for its padding. */
static bool is_sound(struct jt_bytes in, uint64_t entries)
{
    struct jt_jitdump_debug_entry entry = {0};
    size_t length = 0;

    for (uint64_t i = 0; i < entries && !in.failed; i++) {
        jt_jitdump_decode_debug_entry(&in, &entry);
        jt_bytes_take_string(&in, &length);
    }
    return !in.failed && (in.left < PAD_MOST || is_zero(&in));
}

/* The number of bytes of the UTF-8 character at `at`; 0 when it is none. */
static size_t utf8_bytes(const uint8_t *at, size_t left)
{
    size_t bytes = 0;

    if (at[0] < 0x80)
        return at[0] >= 0x20 && at[0] != 0x7f;
    if (at[0] >= 0xc2 && at[0] <= 0xf4)
        bytes = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    if (bytes > left)
        return 0;
    for (size_t i = 1; i < bytes; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return bytes;
}

static bool is_text(const char *text, size_t count)
{
    const uint8_t *at = (const uint8_t *)text;
    size_t step = 0;

    for (size_t i = 0; i < count; i += step) {
        step = utf8_bytes(at + i, count - i);
        if (step == 0)
            return false;
    }
    return true;
}

/* Find the next entry of a table whose names cannot be trusted; `in` is at the
 * name of the one before. False when no entry follows. */
static bool find_entry(const struct jt_jitdump_table *table, struct jt_bytes *in)
{
    struct jt_bytes ahead = *in;
    struct jt_bytes probe = {0};
    size_t length = 0;

    while (jt_bytes_take_string(&ahead, &length)) {
        probe = ahead;
        if (is_of_code(table, jt_bytes_take_u64(&probe)) && !probe.failed) {
            *in = ahead;
            return true;
        }
    }
    return false;
}

/* Take a file name that may be damaged; NULL when it is. */
static const char *take_doubtful_name(const struct jt_jitdump_table *table, struct jt_bytes *in,
                                      bool is_last)
{
    const struct jt_bytes start = *in;
    struct jt_bytes after = *in;
    size_t length = 0;
    const char *name = jt_bytes_take_string(&after, &length);

    if (is_last)
        return name && (after.left < PAD_MOST || is_zero(&after)) ? name : NULL;
    if (!find_entry(table, in)) {
        in->failed = true;
        return NULL;
    }
    return in->at == (const uint8_t *)start.at + length + 1 ? name : NULL;
}

struct walk {
    const struct jt_jitdump_table *table;
    struct jt_jitdump_rows *rows;
    const char *file; /* of the entry before, for the marker "same as before" */
    bool is_sound;
};

/* linux: tools/perf/util/jitdump.h: a name of the one byte 0xff repeats the last. */
static const char *file_of(struct walk *walk, const char *name)
{
    if (!name || ((walk->table->is_v8 || !walk->is_sound) && !is_text(name, strlen(name)) &&
                  strcmp(name, "\xff") != 0)) {
        walk->rows->is_damaged = true;
        name = "";
    }
    if (strcmp(name, "\xff") != 0)
        walk->file = name;
    return walk->file;
}

/* Rows hold absolute addresses until their bias is known. */
static void take_entry(struct walk *walk, struct jt_bytes *in, bool is_last)
{
    struct jt_jitdump_debug_entry entry = {0};
    const char *name = NULL;
    size_t length = 0;

    if (jt_jitdump_decode_debug_entry(in, &entry))
        return;
    if (!is_of_code(walk->table, entry.address)) {
        walk->rows->is_damaged = true;
        if (!walk->is_sound)
            in->failed = true;
    }
    if (walk->is_sound)
        name = jt_bytes_take_string(in, &length);
    else if (!in->failed)
        name = take_doubtful_name(walk->table, in, is_last);
    name = file_of(walk, name);
    if (is_of_code(walk->table, entry.address))
        jt_vec_push(&walk->rows->rows,
                    (struct jt_line){entry.address, entry.line, entry.column, name});
}

/* Some writers add JT_JITDUMP_LINE_BIAS, and nothing in the file says so. */
static bool is_biased(const struct jt_jitdump_table *table, const struct jt_jitdump_rows *rows)
{
    bool reaches_past_code = false;

    for (size_t i = 0; i < rows->rows.count; i++) {
        uint64_t address = rows->rows.at[i].offset;

        if (address < table->address || address - table->address < JT_JITDUMP_LINE_BIAS)
            return false;
        if (address - table->address > table->code_bytes)
            reaches_past_code = true;
    }
    return table->is_biased || reaches_past_code;
}

/* Addresses become offsets: a row before the code counts from its start, one
 * behind its end describes nothing. Returns whether they are in order. */
static bool make_relative(const struct jt_jitdump_table *table, struct jt_jitdump_rows *rows)
{
    uint64_t base = table->address + (is_biased(table, rows) ? JT_JITDUMP_LINE_BIAS : 0);
    uint64_t before = 0;
    size_t kept = 0;
    bool in_order = true;

    for (size_t i = 0; i < rows->rows.count; i++) {
        struct jt_line row = rows->rows.at[i];

        row.offset = row.offset > base ? row.offset - base : 0;
        if (row.offset > table->code_bytes)
            continue;
        in_order = in_order && row.offset >= before;
        before = row.offset;
        rows->rows.at[kept++] = row;
    }
    rows->rows.count = kept;
    return in_order;
}

static int compare_rows(const void *left, const void *right, void *context)
{
    const struct jt_line *rows = context;
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;

    if (rows[a].offset != rows[b].offset)
        return rows[a].offset < rows[b].offset ? -1 : 1;
    return a < b ? -1 : a > b;
}

/* Rows of one offset keep their order: the last of them is the one that holds. */
static void sort_rows(struct jt_jitdump_rows *rows)
{
    size_t count = rows->rows.count;

    jt_vec_clear(&rows->order);
    jt_vec_clear(&rows->sorted);
    for (uint32_t i = 0; i < count; i++)
        jt_vec_push(&rows->order, i);
    qsort_r(rows->order.at, count, sizeof(*rows->order.at), compare_rows, rows->rows.at);
    for (size_t i = 0; i < count; i++)
        jt_vec_push(&rows->sorted, rows->rows.at[rows->order.at[i]]);
    memcpy(rows->rows.at, rows->sorted.at, count * sizeof(*rows->rows.at));
}

size_t jt_jitdump_rows_decode(struct jt_jitdump_rows *rows, const struct jt_jitdump_table *table)
{
    struct walk walk = {.table = table, .rows = rows, .file = ""};
    struct jt_bytes in = jt_bytes_of(table->record, table->bytes);
    struct jt_jitdump_debug_info info = {0};

    jt_vec_clear(&rows->rows);
    rows->is_damaged = false;
    in.swap = table->swap;
    jt_bytes_take(&in, JT_JITDUMP_PREFIX_BYTES);
    if (jt_jitdump_decode_debug_info(&in, &info))
        return 0;
    walk.is_sound = is_sound(in, info.entries);
    rows->is_damaged = !walk.is_sound;
    for (uint64_t i = 0; i < info.entries && !in.failed; i++)
        take_entry(&walk, &in, i + 1 == info.entries);
    if (!make_relative(table, rows))
        sort_rows(rows);
    return rows->rows.count;
}

void jt_jitdump_rows_release(struct jt_jitdump_rows *rows)
{
    jt_vec_release(&rows->rows);
    jt_vec_release(&rows->order);
    jt_vec_release(&rows->sorted);
}
