/* See dwarf_writer.h. */
#include "format/dwarf_writer.h"

#include "format/plain.h"
#include "format/sort.h"
#include "jitney/status.h"

#include <stdbool.h>
#include <string.h>

enum { /* DWARF 4, figures 18, 20, 21, 32, 36 and 37 */
       TAG_COMPILE_UNIT = 0x11,
       TAG_INLINED_SUBROUTINE = 0x1d,
       TAG_SUBPROGRAM = 0x2e,
       AT_NAME = 0x03,
       AT_STMT_LIST = 0x10,
       AT_LOW_PC = 0x11,
       AT_HIGH_PC = 0x12,
       AT_LANGUAGE = 0x13,
       AT_INLINE = 0x20,
       AT_PRODUCER = 0x25,
       AT_ABSTRACT_ORIGIN = 0x31,
       AT_DECL_COLUMN = 0x39,
       AT_DECL_FILE = 0x3a,
       AT_DECL_LINE = 0x3b,
       AT_EXTERNAL = 0x3f,
       AT_CALL_COLUMN = 0x57,
       AT_CALL_FILE = 0x58,
       AT_CALL_LINE = 0x59,
       FORM_ADDR = 0x01,
       FORM_DATA8 = 0x07,
       FORM_STRING = 0x08,
       FORM_DATA1 = 0x0b,
       FORM_UDATA = 0x0f,
       FORM_REF4 = 0x13,
       FORM_SEC_OFFSET = 0x17,
       FORM_FLAG_PRESENT = 0x19,
       LANG_C99 = 0x0c, /* both gdb and lldb need one, and this one leaves names alone */
       INL_INLINED = 1,
       LNS_COPY = 1,
       LNS_ADVANCE_PC = 2,
       LNS_ADVANCE_LINE = 3,
       LNS_SET_FILE = 4,
       LNS_SET_COLUMN = 5,
       LNE_END_SEQUENCE = 1,
       LNE_SET_ADDRESS = 2,
       LINE_BASE = -3,
       LINE_RANGE = 12,
       OPCODE_BASE = 13,
};

enum {
    VERSION = 4,
    UNIT_HEADER_BYTES = 11,
    STMT_LIST_AT = UNIT_HEADER_BYTES + 1, /* of a unit that has it, behind its abbreviation */
    LENGTH_BYTES = 4,
    NAME_LIMIT = 4096,
    ROW_LIMIT = 1 << 22,
    FILE_LIMIT = 512,
    INLINED_LIMIT = 1 << 16,
    DEPTH_LIMIT = 64,
    LINE_LIMIT = INT32_MAX,
    SCRATCH_LIMIT = ROW_LIMIT * 8,
};

enum abbreviation {
    UNIT_WITH_LINES = 1,
    UNIT_WITHOUT_LINES,
    UNIT_DROPPED,
    FUNCTION_WITH_FILE,
    FUNCTION_WITHOUT_FILE,
    ABSTRACT_FUNCTION,
    INLINED_FUNCTION,
};

/* ---- abbreviations ---- */

/* Each: code, tag, whether it has children, pairs of attribute and form, two zeros. */
static const uint8_t abbreviations[] = {
    UNIT_WITH_LINES,
    TAG_COMPILE_UNIT,
    1, /* */
    AT_STMT_LIST,
    FORM_SEC_OFFSET,
    AT_LOW_PC,
    FORM_ADDR, /* */
    AT_HIGH_PC,
    FORM_DATA8,
    AT_LANGUAGE,
    FORM_DATA1, /* */
    AT_PRODUCER,
    FORM_STRING,
    AT_NAME,
    FORM_STRING,
    0,
    0, /* */
    UNIT_WITHOUT_LINES,
    TAG_COMPILE_UNIT,
    1, /* */
    AT_LOW_PC,
    FORM_ADDR, /* */
    AT_HIGH_PC,
    FORM_DATA8,
    AT_LANGUAGE,
    FORM_DATA1, /* */
    AT_PRODUCER,
    FORM_STRING,
    AT_NAME,
    FORM_STRING,
    0,
    0, /* */
    UNIT_DROPPED,
    TAG_COMPILE_UNIT,
    0,
    0,
    0, /* */
    FUNCTION_WITH_FILE,
    TAG_SUBPROGRAM,
    1, /* */
    AT_EXTERNAL,
    FORM_FLAG_PRESENT,
    AT_NAME,
    FORM_STRING, /* */
    AT_LOW_PC,
    FORM_ADDR,
    AT_HIGH_PC,
    FORM_DATA8, /* */
    AT_DECL_FILE,
    FORM_UDATA,
    AT_DECL_LINE,
    FORM_UDATA, /* */
    AT_DECL_COLUMN,
    FORM_UDATA,
    0,
    0, /* */
    FUNCTION_WITHOUT_FILE,
    TAG_SUBPROGRAM,
    0, /* */
    AT_EXTERNAL,
    FORM_FLAG_PRESENT,
    AT_NAME,
    FORM_STRING, /* */
    AT_LOW_PC,
    FORM_ADDR,
    AT_HIGH_PC,
    FORM_DATA8,
    0,
    0, /* */
    ABSTRACT_FUNCTION,
    TAG_SUBPROGRAM,
    0, /* */
    AT_NAME,
    FORM_STRING,
    AT_INLINE,
    FORM_DATA1, /* */
    AT_DECL_FILE,
    FORM_UDATA,
    0,
    0, /* */
    INLINED_FUNCTION,
    TAG_INLINED_SUBROUTINE,
    1, /* */
    AT_ABSTRACT_ORIGIN,
    FORM_REF4,
    AT_LOW_PC,
    FORM_ADDR, /* */
    AT_HIGH_PC,
    FORM_DATA8,
    AT_CALL_FILE,
    FORM_UDATA, /* */
    AT_CALL_LINE,
    FORM_UDATA,
    AT_CALL_COLUMN,
    FORM_UDATA, /* */
    0,
    0, /* */
    0, /* */
};

void jt_dwarf_abbreviations(struct jt_buf *out)
{
    jt_buf_append(out, abbreviations, sizeof(abbreviations));
}

/* ---- bytes ---- */

static void append_u8(struct jt_buf *out, uint8_t value)
{
    jt_buf_append(out, &value, sizeof(value));
}

static void append_uleb(struct jt_buf *out, uint64_t value)
{
    uint8_t bytes[10];
    size_t count = 0;

    for (; value >= 0x80; value >>= 7)
        bytes[count++] = (uint8_t)(value | 0x80);
    bytes[count++] = (uint8_t)value;
    jt_buf_append(out, bytes, count);
}

static void append_sleb(struct jt_buf *out, int64_t value)
{
    for (; value < -0x40 || value > 0x3f; value >>= 7)
        append_u8(out, (uint8_t)(value | 0x80));
    append_u8(out, (uint8_t)(value & 0x7f));
}

/* A name as debuggers may print it, with its NUL. */
static void append_name(struct jt_buf *out, const char *name, size_t bytes)
{
    jt_plain_append(out, name, bytes, NAME_LIMIT);
    append_u8(out, 0);
}

/* The length that a unit or program begins with: of all behind it. */
static void end_length(struct jt_buf *out, size_t start)
{
    uint32_t length = 0;

    if (jt_buf_status(out))
        return;
    length = (uint32_t)(out->length - start - LENGTH_BYTES);
    memcpy(out->bytes + start, &length, sizeof(length));
}

/* ---- rows and files of one load ---- */

struct description {
    const struct jitney_code_load *load;
    struct jt_buf order;     /* uint64_t: offset << 32 | row, when the rows are not sorted */
    struct jt_buf files;     /* const char *, numbered from 1 */
    struct jt_buf abstracts; /* uint32_t: where in the unit each inlined function is described */
    uint32_t row_count;
    uint32_t inlined_count;
    uint32_t last_file;
    bool is_sorted;
};

static const struct jitney_line *row_at(const struct description *it, uint32_t i)
{
    if (!it->is_sorted)
        i = (uint32_t)((const uint64_t *)(void *)it->order.bytes)[i];
    return &it->load->lines[i];
}

/* Where the bytes of row `i` end. */
static uint64_t row_end(const struct description *it, uint32_t i)
{
    uint64_t end = i + 1 < it->row_count ? row_at(it, i + 1)->offset : it->load->bytes;

    return end < it->load->bytes ? end : it->load->bytes;
}

/* Rows without bytes describe nothing. */
static bool is_row_empty(const struct description *it, uint32_t i)
{
    return row_at(it, i)->offset >= row_end(it, i);
}

static void sort_rows(struct description *it)
{
    const struct jitney_line *rows = it->load->lines;
    uint64_t *keys = NULL;

    it->is_sorted = true;
    for (uint32_t i = 1; i < it->row_count && it->is_sorted; i++)
        it->is_sorted = rows[i - 1].offset <= rows[i].offset;
    if (it->is_sorted)
        return;
    keys = (uint64_t *)(void *)jt_buf_reserve(&it->order, it->row_count * sizeof(*keys));
    if (!keys)
        return;
    for (uint32_t i = 0; i < it->row_count; i++)
        keys[i] = (uint64_t)rows[i].offset << 32 | i;
    jt_sort_u64(keys, it->row_count);
    it->order.length = it->row_count * sizeof(*keys);
}

static const char *file_of_inlined(const struct description *it, uint32_t inlined)
{
    if (inlined > 0 && inlined <= it->inlined_count && it->load->inlined[inlined - 1].file)
        return it->load->inlined[inlined - 1].file;
    return it->load->file;
}

/* The number of a file in the line table; one that nobody knows has 0. */
static uint32_t number_of_file(struct description *it, const char *file)
{
    const char *const *files = (const char *const *)(const void *)it->files.bytes;
    uint32_t count = (uint32_t)(it->files.length / sizeof(file));

    if (!file || file[0] == '\0')
        return 0;
    if (it->last_file > 0 && files[it->last_file - 1] == file)
        return it->last_file;
    for (uint32_t i = 0; i < count; i++)
        if (files[i] == file || strcmp(files[i], file) == 0) {
            it->last_file = i + 1;
            return i + 1;
        }
    if (count == FILE_LIMIT)
        return 0;
    jt_buf_append(&it->files, &file, sizeof(file));
    it->last_file = jt_buf_status(&it->files) ? 0 : count + 1;
    return it->last_file;
}

static uint32_t number_of_row_file(struct description *it, const struct jitney_line *row)
{
    return number_of_file(it, row->file ? row->file : file_of_inlined(it, row->inlined));
}

/* Every file there is gets its number before the table of files is written. */
static void collect_files(struct description *it)
{
    number_of_file(it, it->load->file);
    for (uint32_t i = 0; i < it->inlined_count; i++)
        number_of_file(it, it->load->inlined[i].file);
    for (uint32_t i = 0; i < it->row_count; i++)
        number_of_row_file(it, &it->load->lines[i]);
}

static uint32_t line_of(uint32_t line)
{
    return line <= LINE_LIMIT ? line : 0;
}

static bool has_lines(const struct description *it)
{
    return it->files.length > 0 && (it->row_count > 0 || it->load->line > 0);
}

/* ---- .debug_line ---- */

/* What a line program has told so far. */
struct program {
    struct jt_buf *out;
    uint64_t offset;
    uint32_t file;
    uint32_t line;
    uint32_t column;
};

static void append_line_header(const struct description *it, struct jt_buf *out)
{
    static const uint8_t fixed[] = {
        1,
        1,
        1, /* instruction bytes, operations, every row is a statement */
        (uint8_t)LINE_BASE,
        LINE_RANGE,
        OPCODE_BASE, /* */
        0,
        1,
        1,
        1,
        1,
        0,
        0,
        0,
        1,
        0,
        0,
        1, /* operands of the standard opcodes */
        0, /* no folders: file names are whole */
    };
    const char *const *files = (const char *const *)(const void *)it->files.bytes;
    size_t start = 0;

    jt_buf_append_u16(out, VERSION);
    start = out->length;
    jt_buf_append_u32(out, 0);
    jt_buf_append(out, fixed, sizeof(fixed));
    for (size_t i = 0; i < it->files.length / sizeof(*files); i++) {
        jt_buf_append(out, files[i], strlen(files[i]) + 1);
        jt_buf_append_zeros(out, 3); /* folder, time, bytes */
    }
    append_u8(out, 0);
    end_length(out, start);
}

static void append_row(struct program *program, uint64_t offset, uint32_t line)
{
    int64_t lines = (int64_t)line - program->line;
    uint64_t bytes = offset - program->offset;
    uint64_t opcode = (uint64_t)(lines - LINE_BASE) + LINE_RANGE * bytes + OPCODE_BASE;

    program->offset = offset;
    program->line = line;
    if (lines >= LINE_BASE && lines < LINE_BASE + LINE_RANGE && bytes < 256 && opcode < 256) {
        append_u8(program->out, (uint8_t)opcode);
        return;
    }
    if (lines != 0) {
        append_u8(program->out, LNS_ADVANCE_LINE);
        append_sleb(program->out, lines);
    }
    if (bytes != 0) {
        append_u8(program->out, LNS_ADVANCE_PC);
        append_uleb(program->out, bytes);
    }
    append_u8(program->out, LNS_COPY);
}

static void set_register(struct jt_buf *out, uint8_t opcode, uint32_t *now, uint32_t value)
{
    if (*now == value)
        return;
    *now = value;
    append_u8(out, opcode);
    append_uleb(out, value);
}

/* The code before its first row belongs to the line where the function begins. */
static void append_first_row(struct description *it, struct program *program)
{
    bool is_told = it->row_count > 0 && row_at(it, 0)->offset == 0;
    uint32_t file = number_of_file(it, it->load->file);

    if (is_told)
        return;
    set_register(program->out, LNS_SET_FILE, &program->file, file ? file : 1);
    set_register(program->out, LNS_SET_COLUMN, &program->column,
                 it->load->line ? it->load->column : 0);
    append_row(program, 0, file ? line_of(it->load->line) : 0);
}

static void append_lines(struct description *it, struct jt_buf *out)
{
    struct program program = {.out = out, .file = 1, .line = 1};
    size_t start = out->length;

    jt_buf_append_u32(out, 0);
    append_line_header(it, out);
    jt_buf_append(out, (const uint8_t[]){0, 1 + sizeof(uint64_t), LNE_SET_ADDRESS}, 3);
    jt_buf_append_u64(out, it->load->address);
    append_first_row(it, &program);
    for (uint32_t i = 0; i < it->row_count; i++) {
        const struct jitney_line *row = row_at(it, i);
        uint32_t file = number_of_row_file(it, row);

        if (is_row_empty(it, i))
            continue;
        set_register(out, LNS_SET_FILE, &program.file, file ? file : 1);
        set_register(out, LNS_SET_COLUMN, &program.column, row->column);
        append_row(&program, row->offset, file ? line_of(row->line) : 0);
    }
    append_u8(out, LNS_ADVANCE_PC);
    append_uleb(out, it->load->bytes - program.offset);
    jt_buf_append(out, (const uint8_t[]){0, 1, LNE_END_SEQUENCE}, 3);
    end_length(out, start);
}

/* ---- inlined functions ---- */

/* Entries of inlined functions that are open, outermost first. */
struct nest {
    uint32_t depth;
    struct {
        uint32_t inlined;
        uint64_t start;
        size_t size_at; /* of its AT_HIGH_PC in .debug_info */
    } open[DEPTH_LIMIT];
};

static void append_abstracts(struct description *it, size_t unit, struct jt_buf *info)
{
    for (uint32_t i = 0; i < it->inlined_count; i++) {
        const struct jitney_inlined *inlined = &it->load->inlined[i];
        const char *name = inlined->name ? inlined->name : "?";

        jt_buf_append_u32(&it->abstracts, (uint32_t)(info->length - unit));
        append_u8(info, ABSTRACT_FUNCTION);
        append_name(info, name, strlen(name));
        append_u8(info, INL_INLINED);
        append_uleb(info, number_of_file(it, file_of_inlined(it, i + 1)));
    }
}

/* The functions that are inlined at a row, outermost first. Returns how many. */
static uint32_t chain_of(const struct description *it, uint32_t inlined,
                         uint32_t chain[DEPTH_LIMIT])
{
    uint32_t depth = 0;
    uint32_t at = inlined;

    while (at > 0 && at <= it->inlined_count) {
        uint32_t caller = it->load->inlined[at - 1].caller;

        depth++;
        at = caller < at ? caller : 0;
    }
    at = inlined;
    for (uint32_t i = depth; i > 0; i--) {
        if (i <= DEPTH_LIMIT)
            chain[i - 1] = at;
        at = it->load->inlined[at - 1].caller;
    }
    return depth < DEPTH_LIMIT ? depth : DEPTH_LIMIT;
}

/* End entries down to `depth` at `offset` of the code. */
static void close_inlined(struct nest *nest, uint32_t depth, uint64_t offset, struct jt_buf *info)
{
    for (; nest->depth > depth; nest->depth--) {
        uint64_t bytes = offset - nest->open[nest->depth - 1].start;

        append_u8(info, 0);
        if (!jt_buf_status(info))
            memcpy(info->bytes + nest->open[nest->depth - 1].size_at, &bytes, sizeof(bytes));
    }
}

static void open_inlined(struct description *it, struct nest *nest, uint32_t inlined,
                         uint64_t offset, struct jt_buf *info)
{
    const struct jitney_inlined *what = &it->load->inlined[inlined - 1];
    const uint32_t *abstracts = (const uint32_t *)(const void *)it->abstracts.bytes;

    append_u8(info, INLINED_FUNCTION);
    jt_buf_append_u32(info, abstracts[inlined - 1]);
    jt_buf_append_u64(info, it->load->address + offset);
    nest->open[nest->depth].inlined = inlined;
    nest->open[nest->depth].start = offset;
    nest->open[nest->depth].size_at = info->length;
    nest->depth++;
    jt_buf_append_u64(info, 0);
    append_uleb(info, number_of_file(it, file_of_inlined(it, what->caller)));
    append_uleb(info, line_of(what->call_line));
    append_uleb(info, what->call_column);
}

static void append_inlined(struct description *it, struct jt_buf *info)
{
    uint32_t chain[DEPTH_LIMIT] = {0};
    struct nest nest = {0};
    uint64_t end = 0;

    if (it->inlined_count == 0 || jt_buf_status(&it->abstracts))
        return;
    for (uint32_t i = 0; i < it->row_count; i++) {
        const struct jitney_line *row = row_at(it, i);
        uint32_t depth = 0;
        uint32_t common = 0;

        if (is_row_empty(it, i))
            continue;
        depth = chain_of(it, row->inlined, chain);
        while (common < depth && common < nest.depth && nest.open[common].inlined == chain[common])
            common++;
        close_inlined(&nest, common, row->offset, info);
        for (; common < depth; common++)
            open_inlined(it, &nest, chain[common], row->offset, info);
        end = row_end(it, i);
    }
    close_inlined(&nest, 0, end, info);
}

/* ---- .debug_info ---- */

static void append_function(struct description *it, bool has_file, struct jt_buf *info)
{
    const struct jitney_code_load *load = it->load;
    size_t name_bytes = load->name_bytes ? load->name_bytes : strlen(load->name);

    append_u8(info, has_file ? FUNCTION_WITH_FILE : FUNCTION_WITHOUT_FILE);
    append_name(info, load->name, name_bytes);
    jt_buf_append_u64(info, load->address);
    jt_buf_append_u64(info, load->bytes);
    if (!has_file)
        return;
    append_uleb(info, number_of_file(it, load->file));
    append_uleb(info, line_of(load->line));
    append_uleb(info, load->column);
    append_inlined(it, info);
    append_u8(info, 0);
}

static void append_unit(struct description *it, bool with_lines, struct jt_buf *info)
{
    const struct jitney_code_load *load = it->load;
    const char *name = load->file ? load->file : "jit";
    size_t start = info->length;

    jt_buf_append_u32(info, 0);
    jt_buf_append_u16(info, VERSION);
    jt_buf_append_u32(info, 0); /* where its abbreviations are: at the start of .debug_abbrev */
    append_u8(info, sizeof(uint64_t));
    append_u8(info, with_lines ? UNIT_WITH_LINES : UNIT_WITHOUT_LINES);
    if (with_lines)
        jt_buf_append_u32(info, 0);
    jt_buf_append_u64(info, load->address);
    jt_buf_append_u64(info, load->bytes);
    append_u8(info, LANG_C99);
    jt_buf_append(info, "jitney", sizeof("jitney"));
    jt_buf_append(info, name, strlen(name) + 1);
    if (with_lines)
        append_abstracts(it, start, info);
    append_function(it, with_lines, info);
    append_u8(info, 0);
    end_length(info, start);
}

void jt_dwarf_describe(const struct jitney_code_load *load, struct jt_buf *info,
                       struct jt_buf *lines)
{
    struct description it = {
        .load = load,
        .order = JT_BUF_INIT_IN(info->heap, SCRATCH_LIMIT),
        .files = JT_BUF_INIT_IN(info->heap, FILE_LIMIT * sizeof(char *)),
        .abstracts = JT_BUF_INIT_IN(info->heap, INLINED_LIMIT * sizeof(uint32_t)),
        .row_count = load->line_count < ROW_LIMIT ? load->line_count : ROW_LIMIT,
        .inlined_count = load->inlined_count < INLINED_LIMIT ? load->inlined_count : INLINED_LIMIT,
    };
    bool with_lines = false;

    sort_rows(&it);
    if (!jt_buf_status(&it.order)) {
        collect_files(&it);
        with_lines = has_lines(&it);
        if (with_lines)
            append_lines(&it, lines);
        append_unit(&it, with_lines, info);
    }
    if (!info->status)
        info->status = it.order.status   ? it.order.status
                       : it.files.status ? it.files.status
                                         : it.abstracts.status;
    jt_buf_release(&it.order);
    jt_buf_release(&it.files);
    jt_buf_release(&it.abstracts);
}

void jt_dwarf_place_unit(uint8_t *unit, uint32_t lines_at)
{
    if (unit[UNIT_HEADER_BYTES] == UNIT_WITH_LINES)
        memcpy(unit + STMT_LIST_AT, &lines_at, sizeof(lines_at));
}

void jt_dwarf_drop_unit(uint8_t *unit)
{
    unit[UNIT_HEADER_BYTES] = UNIT_DROPPED;
}
