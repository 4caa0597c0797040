/* See quick.h. Rows of a table of lines, by offset, each as two or three bytes:
 *
 *     offset, less that of the row before
 *     line, less that of the row before (of the first: less `line`), plus 128; or 0: a row
 *         with more to say (a file, something inlined, a long way) is in the table of the code
 *     column, in tables that have any
 *
 * Where offsets are far apart the row before is repeated. Rows are gone through without
 * any jump that depends on them: it would be predicted wrongly, and whatever the
 * processor has begun meanwhile of the next lookup, it would have to begin again. */
#include "runtime/quick.h"

#include "jitney/status.h"

#include <string.h>

enum {
    HEAD_BYTES = offsetof(struct jt_quick, data),
    NIBBLE_MAX = 15,
    STEP_MAX = UINT8_MAX, /* from one offset to the next */
    LINE_SAME = 128,
    LINE_ELSEWHERE = 0,
};

_Static_assert(HEAD_BYTES == 25, "a name of 23 bytes and 8 rows fit into one cache line");

struct row {
    uint8_t step;
    uint8_t line;
};

struct rows {
    struct row rows[JT_QUICK_ROWS_ELSEWHERE];
    uint8_t columns[JT_QUICK_ROWS_ELSEWHERE];
    unsigned count;
    bool has_columns;
};

/* False: they are too many. */
static bool append_row(struct rows *rows, uint32_t step, struct row row, uint8_t column)
{
    for (; step > STEP_MAX; step -= STEP_MAX) {
        unsigned last = rows->count - 1;

        if (rows->count == 0 || rows->count == JT_QUICK_ROWS_ELSEWHERE - 1)
            return false;
        rows->rows[rows->count] = (struct row){
            .step = STEP_MAX,
            .line = rows->rows[last].line == LINE_ELSEWHERE ? LINE_ELSEWHERE : LINE_SAME};
        rows->columns[rows->count++] = rows->columns[last];
    }
    if (rows->count == JT_QUICK_ROWS_ELSEWHERE - 1)
        return false;
    row.step = (uint8_t)step;
    rows->rows[rows->count] = row;
    rows->columns[rows->count++] = column;
    return true;
}

/* False: they are too many. */
static bool encode_rows(const struct jitney_code_load *load, uint32_t line, struct rows *rows)
{
    uint32_t offset = 0;

    rows->count = 0;
    rows->has_columns = false;
    if (load->line_count >= JT_QUICK_ROWS_ELSEWHERE)
        return false;
    for (uint32_t i = 0; i < load->line_count; i++) {
        const struct jitney_line *from = &load->lines[i];
        uint32_t way = from->line - line + LINE_SAME;
        bool is_plain = from->inlined == 0 && !from->file && way > LINE_ELSEWHERE &&
                        way <= UINT8_MAX && from->column <= UINT8_MAX;
        struct row row = {.line = is_plain ? (uint8_t)way : LINE_ELSEWHERE};

        if (!append_row(rows, from->offset - offset, row, is_plain ? (uint8_t)from->column : 0))
            return false;
        offset = from->offset;
        line = is_plain ? from->line : line;
        rows->has_columns |= is_plain && from->column > 0;
    }
    return true;
}

static size_t rows_bytes(const struct rows *rows)
{
    return rows->count * (sizeof(struct row) + rows->has_columns);
}

static void put_rows(const struct rows *rows, char *to)
{
    memcpy(to, rows->rows, rows->count * sizeof(rows->rows[0]));
    to += rows->count * sizeof(rows->rows[0]);
    if (rows->has_columns)
        memcpy(to, rows->columns, rows->count);
}

static bool row_elsewhere(const struct jt_quick *quick, uint64_t offset, struct jt_quick_row *row)
{
    const struct jitney_code_load *load = &quick->code->load;

    *row = (struct jt_quick_row){.whole = jt_code_row(load->lines, load->line_count, offset)};
    return row->whole;
}

bool jt_quick_row(const struct jt_quick *quick, uint64_t offset, struct jt_quick_row *row)
{
    size_t name_bytes = quick->name_bytes <= JT_QUICK_ROOM ? quick->name_bytes : 0;
    const struct row *rows = (const struct row *)(quick->data + name_bytes);
    const char *columns = (const char *)(rows + quick->row_count);
    uint64_t next = 0;
    uint32_t line = quick->line;
    uint32_t last_line = LINE_SAME;
    unsigned count = 0;

    if (quick->row_count == JT_QUICK_ROWS_ELSEWHERE)
        return row_elsewhere(quick, offset, row);
    for (unsigned i = 0; i < quick->row_count; i++) {
        uint32_t covers = 0; /* all bits, or none */
        uint32_t is_plain = 0;

        next += rows[i].step;
        covers = -(uint32_t)(next <= offset);
        is_plain = -(uint32_t)(rows[i].line != LINE_ELSEWHERE);
        count -= covers;
        last_line ^= (last_line ^ rows[i].line) & covers;
        line += (rows[i].line - (uint32_t)LINE_SAME) & covers & is_plain;
    }
    if (last_line == LINE_ELSEWHERE)
        return row_elsewhere(quick, offset, row);
    *row = (struct jt_quick_row){.line = line};
    if (quick->has_columns && count > 0)
        row->column = (uint8_t)columns[count - 1];
    return count > 0;
}

void jt_quick_init(struct jt_quick_store *store, struct jt_heap *heap)
{
    store->slab.heap = heap;
    store->files.slab = &store->slab;
}

void jt_quick_release(struct jt_quick_store *store)
{
    jt_filenames_release(&store->files);
    jt_slab_release(&store->slab);
}

static bool is_wide(const struct jt_code *code)
{
    const struct jitney_code_load *load = &code->load;

    return code->number > UINT32_MAX || load->line > UINT16_MAX || load->column > UINT16_MAX ||
           load->kind > NIBBLE_MAX || load->tier > NIBBLE_MAX;
}

static void fill(struct jt_quick_store *store, const struct jt_code *code, struct jt_quick *quick)
{
    const struct jitney_code_load *load = &code->load;
    size_t file_bytes = load->file ? strlen(load->file) : 0;

    quick->is_wide = is_wide(code);
    if (load->file && !quick->is_wide) {
        quick->file = jt_filenames_take(&store->files, load->file,
                                        jt_code_cut(load->file, file_bytes, JITNEY_FOUND_FILE));
        quick->is_wide = quick->file == 0;
    }
    if (quick->is_wide)
        return;
    quick->number = (uint32_t)code->number;
    quick->function = load->function;
    quick->line = (uint16_t)load->line;
    quick->column = (uint16_t)load->column;
    quick->kind = load->kind & NIBBLE_MAX;
    quick->tier = load->tier & NIBBLE_MAX;
}

static uint32_t lines_for(size_t bytes)
{
    uint32_t lines = 1;

    while ((size_t)lines * JT_SLAB_LINE < bytes)
        lines *= 2;
    return lines;
}

/* Rows go where all fit, and elsewhere otherwise. */
static size_t choose_rows(const struct jitney_code_load *load, struct jt_quick *head,
                          struct rows *rows)
{
    size_t room = JT_QUICK_ROOM - (head->name_bytes <= JT_QUICK_ROOM ? head->name_bytes : 0);

    head->row_count = JT_QUICK_ROWS_ELSEWHERE;
    if (!encode_rows(load, head->line, rows) || rows_bytes(rows) > room) {
        rows->count = 0;
        return 0;
    }
    head->row_count = rows->count & JT_QUICK_ROWS_ELSEWHERE;
    head->has_columns = rows->has_columns;
    return rows_bytes(rows);
}

int jt_quick_add(struct jt_quick_store *store, struct jt_code_block *block)
{
    const struct jitney_code_load *load = &block->code.load;
    struct jt_quick head = {.code = &block->code};
    struct jt_quick *quick = NULL;
    struct rows rows;
    size_t name_bytes =
        jt_code_cut(load->name, strnlen(load->name, load->name_bytes), JITNEY_FOUND_NAME);
    size_t bytes = 0;

    head.name_bytes = (uint8_t)name_bytes;
    if (name_bytes > JT_QUICK_ROOM)
        name_bytes = 0;
    fill(store, &block->code, &head);
    bytes = HEAD_BYTES + name_bytes + choose_rows(load, &head, &rows);
    quick = jt_slab_take(&store->slab, lines_for(bytes), &block->quick);
    if (!quick) {
        jt_filenames_give(&store->files, head.file);
        return JITNEY_ERR_MEMORY;
    }
    memcpy(quick, &head, HEAD_BYTES);
    memcpy(quick->data, load->name, name_bytes);
    put_rows(&rows, quick->data + name_bytes);
    return JITNEY_OK;
}

void jt_quick_remove(struct jt_quick_store *store, const struct jt_code_block *block)
{
    jt_filenames_give(&store->files, jt_quick_at(store, block->quick)->file);
    jt_slab_give(&store->slab, block->quick);
}
