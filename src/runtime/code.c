/* See code.h. */
#include "runtime/code.h"

#include "base/hash.h"
#include "jitney/status.h"

#include <stdbool.h>
#include <string.h>

enum { RECENT_FILES = 16 };

/* A block is packed twice by the same code: first without memory, to learn its
 * size. `recent` lets rows share the names of their files. */
struct packer {
    char *memory; /* NULL: measure */
    size_t used;
    bool is_too_large;
    struct {
        const char *text;
        char *copy;
    } recent[RECENT_FILES];
};

static void *pack(struct packer *to, const void *bytes, size_t count)
{
    char *at = to->memory ? to->memory + to->used : NULL;

    if (at && bytes && count > 0)
        memcpy(at, bytes, count);
    to->is_too_large |= __builtin_add_overflow(to->used, count, &to->used);
    return at;
}

static void *pack_table(struct packer *to, const void *rows, size_t count, size_t row_bytes)
{
    size_t bytes = 0;
    size_t padding = -to->used % _Alignof(max_align_t);

    pack(to, NULL, padding);
    to->is_too_large |= __builtin_mul_overflow(count, row_bytes, &bytes);
    return pack(to, rows, bytes);
}

static char *pack_text(struct packer *to, const char *text, size_t bytes)
{
    char *at = pack(to, text, bytes);

    pack(to, "", 1);
    return at;
}

static const char *pack_file(struct packer *to, const char *file)
{
    size_t bytes = 0;
    size_t slot = 0;

    if (!file)
        return NULL;
    bytes = strlen(file);
    slot = jt_hash_bytes(file, bytes) % RECENT_FILES;
    if (!to->recent[slot].text || strcmp(to->recent[slot].text, file) != 0) {
        to->recent[slot].text = file;
        to->recent[slot].copy = pack_text(to, file, bytes);
    }
    return to->recent[slot].copy;
}

static void pack_lines(struct packer *to, struct jitney_code_load *load)
{
    struct jitney_line *lines =
        pack_table(to, load->lines, load->line_count, sizeof(load->lines[0]));

    for (uint32_t i = 0; i < load->line_count; i++) {
        const char *file = pack_file(to, load->lines[i].file);

        if (lines)
            lines[i].file = file;
    }
    load->lines = lines;
}

static void pack_inlined(struct packer *to, struct jitney_code_load *load)
{
    struct jitney_inlined *inlined =
        pack_table(to, load->inlined, load->inlined_count, sizeof(load->inlined[0]));

    for (uint32_t i = 0; i < load->inlined_count; i++) {
        const char *text = load->inlined[i].name ? load->inlined[i].name : "";
        const char *name = pack_text(to, text, strlen(text));
        const char *file = pack_file(to, load->inlined[i].file);

        if (inlined) {
            inlined[i].name = name;
            inlined[i].file = file;
        }
    }
    load->inlined = inlined;
}

static void pack_rest(struct packer *to, struct jitney_code_load *load)
{
    pack_inlined(to, load);
    if (load->tier_name)
        load->tier_name = pack_text(to, load->tier_name, strlen(load->tier_name));
    if (!load->unwind)
        load->unwind_bytes = 0;
    /* Addresses in an .eh_frame may be relative to where it lay. */
    if (load->unwind && load->unwind_address == 0)
        load->unwind_address = (uintptr_t)load->unwind;
    if (load->unwind)
        load->unwind = pack_table(to, load->unwind, load->unwind_bytes, 1);
}

static struct jt_code_block *pack_code(struct packer *to, const struct jt_code *what,
                                       uint64_t address)
{
    struct jitney_code_load load = what->load;
    struct jt_code_block *block = pack(to, NULL, sizeof(*block));

    load.size = sizeof(load);
    load.address = address;
    load.code = NULL;
    if (!load.name)
        load.name_bytes = 0;
    if (!load.name)
        load.name = "";
    if (load.name_bytes == 0)
        load.name_bytes = strlen(load.name);
    load.name = pack_text(to, load.name, load.name_bytes);
    load.file = pack_file(to, load.file);
    pack_lines(to, &load);
    pack_rest(to, &load);
    /* Relative addresses in it name the code, wherever that has moved since. */
    if (load.unwind)
        load.unwind_address += address - what->load.address;
    if (!block)
        return NULL;
    *block = (struct jt_code_block){.code = *what};
    block->code.load = load;
    return block;
}

static bool is_sorted(const struct jitney_line *rows, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (rows[i - 1].offset > rows[i].offset)
            return false;
    return true;
}

static void merge(const struct jitney_line *from, size_t middle, size_t end, struct jitney_line *to)
{
    size_t left = 0;
    size_t right = middle;

    for (size_t i = 0; i < end; i++) {
        bool is_left = left < middle && (right >= end || from[left].offset <= from[right].offset);

        to[i] = is_left ? from[left++] : from[right++];
    }
}

/* Bottom-up merge sort: of rows with equal offsets the last one counts, so
 * they must keep their order, and qsort() takes memory of its own. */
static int sort_rows(struct jt_heap *heap, struct jitney_line *rows, size_t count)
{
    size_t bytes = count * sizeof(*rows);
    struct jitney_line *spare = NULL;
    struct jitney_line *from = rows;
    struct jitney_line *to = NULL;

    if (!rows || is_sorted(rows, count))
        return JITNEY_OK;
    spare = jt_heap_resize(heap, NULL, 0, bytes);
    if (!spare)
        return JITNEY_ERR_MEMORY;
    to = spare;
    for (size_t width = 1; width < count; width *= 2) {
        struct jitney_line *swap = from;

        for (size_t start = 0; start < count; start += 2 * width) {
            size_t left = count - start;

            merge(from + start, width < left ? width : left, 2 * width < left ? 2 * width : left,
                  to + start);
        }
        from = to;
        to = swap;
    }
    if (from != rows)
        memcpy(rows, from, bytes);
    jt_heap_free(heap, spare, bytes);
    return JITNEY_OK;
}

static bool makes_sense(const struct jitney_code_load *load, uint64_t address)
{
    if (load->bytes == 0 || jt_code_last(address, load->bytes) < address)
        return false;
    if (load->kind > UINT8_MAX || load->tier > UINT8_MAX)
        return false;
    if ((load->line_count > 0 && !load->lines) || (load->inlined_count > 0 && !load->inlined))
        return false;
    for (uint32_t i = 0; i < load->inlined_count; i++)
        if (load->inlined[i].caller > i)
            return false;
    for (uint32_t i = 0; i < load->line_count; i++)
        if (load->lines[i].inlined > load->inlined_count)
            return false;
    return true;
}

int jt_code_copy(struct jt_heap *heap, const struct jt_code *what, uint64_t address,
                 struct jt_code_block **copy)
{
    struct packer measure = {0};
    struct packer packer = {0};
    struct jt_code_block *block = NULL;

    *copy = NULL;
    if (!makes_sense(&what->load, address))
        return JITNEY_ERR_ARGUMENT;
    pack_code(&measure, what, address);
    if (!measure.is_too_large)
        packer.memory = jt_heap_resize(heap, NULL, 0, measure.used);
    if (!packer.memory)
        return JITNEY_ERR_MEMORY;
    block = pack_code(&packer, what, address);
    block->block_bytes = packer.used;
    if (sort_rows(heap, (struct jitney_line *)block->code.load.lines,
                  block->code.load.line_count) != JITNEY_OK) {
        jt_code_free(heap, block);
        return JITNEY_ERR_MEMORY;
    }
    *copy = block;
    return JITNEY_OK;
}

void jt_code_free(struct jt_heap *heap, struct jt_code_block *block)
{
    if (block)
        jt_heap_free(heap, block, block->block_bytes);
}

const struct jitney_line *jt_code_row(const struct jitney_line *rows, uint32_t count,
                                      uint64_t offset)
{
    uint32_t low = 0;

    if (count == 0 || rows[0].offset > offset)
        return NULL;
    /* Without a branch that could be predicted wrongly. */
    while (count > 1) {
        uint32_t half = count / 2;

        low = rows[low + half].offset <= offset ? low + half : low;
        count -= half;
    }
    return &rows[low];
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

size_t jt_code_cut(const char *text, size_t bytes, size_t room)
{
    size_t cut = room - 1;

    if (bytes <= cut)
        return bytes;
    for (int i = 0; i < 3 && is_continuation(text[cut]); i++)
        cut--;
    return is_continuation(text[cut]) ? room - 1 : cut;
}
