/* A file's symbols: found, read and kept without the file; DWARF, which most
 * programs never ask for, is opened at the first need. */
#include "analysis/symbol/elf.h"

#include "analysis/symbol/elf_parts.h"
#include "jitney/status.h"

#include <string.h>

enum { SEGMENTS_MOST = 256 }; /* real files have under twenty */

/* Where the DWARF is; of a file also by what it is known again. */
struct dwarf_place {
    char *path;     /* NULL: nowhere */
    bool in_memory; /* in the image that the symbols came from */
    dev_t device;
    ino_t inode;
    uint64_t bytes;
};

struct jt_elf {
    char *path;
    uint8_t *image; /* a copy of what exists only in memory */
    size_t image_bytes;
    struct jt_vec(struct jt_elf_segment) segments; /* executable ones first */
    struct jt_elf_symbols symbols;
    struct jt_elf_names names;
    struct dwarf_place dwarf_place;
    struct jt_elf_inline *dwarf; /* opened when `dwarf_place` is taken */
    bool is_stripped;
};

/* --- opening -------------------------------------------------------------------------- */

static void add_segment(struct jt_elf *elf, const struct jt_elf_segment *segment)
{
    if (elf->segments.count < SEGMENTS_MOST)
        jt_vec_push(&elf->segments, *segment);
}

static void copy_segments(struct jt_elf *elf, const struct jt_elf_layout *layout)
{
    for (size_t i = 0; i < layout->segments.count; i++)
        if (layout->segments.at[i].executable)
            add_segment(elf, &layout->segments.at[i]);
    for (size_t i = 0; i < layout->segments.count; i++)
        if (!layout->segments.at[i].executable)
            add_segment(elf, &layout->segments.at[i]);
    if (elf->segments.count > 0)
        return;
    /* Objects, and what older perf inject wrote, have sections alone. */
    for (size_t i = 0; i < layout->code.count; i++) {
        const struct jt_elf_code_section *code = &layout->code.at[i];

        add_segment(elf, &(struct jt_elf_segment){
                             .file_offset = code->file_offset,
                             .file_bytes = code->end - code->start,
                             .address = code->start,
                             .executable = true,
                         });
    }
}

static void keep_dwarf_place(struct jt_elf *elf, const struct jt_elf_file *file,
                             const struct jt_elf_layout *layout)
{
    /* The addresses in an object's DWARF wait for the linker. */
    if (!layout->has_dwarf || layout->relocatable || elf->dwarf_place.path)
        return;
    elf->dwarf_place = (struct dwarf_place){
        .path = jt_strdup(file->path),
        .in_memory = file->fd < 0,
        .device = file->device,
        .inode = file->inode,
        .bytes = file->bytes,
    };
}

/* Symbols and the place of DWARF from the separate debug file, if there is one. */
static void load_debug(struct jt_elf *elf, const struct jt_elf_request *request,
                       const struct jt_elf_file *main_file)
{
    struct jt_elf_file debug = JT_ELF_FILE_INIT;
    struct jt_elf_layout layout;

    if (!jt_elf_search_debug(request, main_file, &debug))
        return;
    jt_elf_layout_init(&layout, &debug);
    jt_elf_symbols_add(&elf->symbols, &debug, &layout, &layout.symtab);
    if (layout.symtab.index > 0)
        elf->is_stripped = false;
    keep_dwarf_place(elf, &debug, &layout);
    jt_elf_layout_release(&layout);
    jt_elf_file_close(&debug);
}

/* `request` is NULL for an image, which has no debug file. */
static struct jt_elf *load(const struct jt_elf_request *request, const struct jt_elf_file *file)
{
    struct jt_elf *elf = jt_alloc(1, sizeof(*elf));
    struct jt_elf_layout layout;

    elf->path = jt_strdup(file->path);
    jt_elf_symbols_init(&elf->symbols);
    jt_elf_layout_init(&layout, file);
    copy_segments(elf, &layout);
    elf->is_stripped = layout.symtab.index == 0;
    jt_elf_symbols_add(&elf->symbols, file, &layout,
                       elf->is_stripped ? &layout.dynsym : &layout.symtab);
    keep_dwarf_place(elf, file, &layout);
    if (request && !layout.relocatable && (elf->is_stripped || !elf->dwarf_place.path))
        load_debug(elf, request, file);
    jt_elf_symbols_settle(&elf->symbols, &layout);
    jt_elf_plt_add(&elf->symbols, file, &layout);
    jt_elf_symbols_settle(&elf->symbols, &layout);
    jt_elf_symbols_finish(&elf->symbols);
    jt_elf_layout_release(&layout);
    jt_elf_names_init(&elf->names, elf->symbols.entries.count, file->bytes);
    return elf;
}

/* Gives the image of `file` to `elf`; closes the file. */
static void take_image(struct jt_elf *elf, struct jt_elf_file *file)
{
    elf->image = file->memory;
    elf->image_bytes = (size_t)file->bytes;
    file->memory = NULL;
    jt_elf_file_close(file);
}

int jt_elf_open(const struct jt_elf_request *request, struct jt_diag *diag, struct jt_elf **elf)
{
    struct jt_elf_file file = JT_ELF_FILE_INIT;
    int status = jt_elf_search(request, &file);

    *elf = NULL;
    if (status)
        return status;
    *elf = load(request, &file);
    if (diag)
        jt_diag_note(diag, "%s: %zu functions from %s", request->path,
                     (*elf)->symbols.entries.count, (*elf)->path);
    take_image(*elf, &file);
    return JITNEY_OK;
}

int jt_elf_open_memory(const void *image, size_t bytes, struct jt_elf **elf)
{
    struct jt_elf_file file = JT_ELF_FILE_INIT;
    uint8_t *copy = jt_alloc(bytes + 1, 1);
    int status = JITNEY_OK;

    *elf = NULL;
    if (bytes > 0)
        memcpy(copy, image, bytes);
    status = jt_elf_file_open_memory("[memory]", copy, bytes, &file);
    if (status)
        return status;
    *elf = load(NULL, &file);
    take_image(*elf, &file);
    return JITNEY_OK;
}

void jt_elf_close(struct jt_elf *elf)
{
    if (!elf)
        return;
    jt_elf_names_release(&elf->names);
    jt_elf_inline_close(elf->dwarf);
    jt_elf_symbols_release(&elf->symbols);
    jt_vec_release(&elf->segments);
    free(elf->dwarf_place.path);
    free(elf->image);
    free(elf->path);
    free(elf);
}

/* --- asking ----------------------------------------------------------------------------- */

bool jt_elf_address_of_offset(const struct jt_elf *elf, uint64_t file_offset, uint64_t *address)
{
    for (size_t i = 0; i < elf->segments.count; i++) {
        const struct jt_elf_segment *segment = &elf->segments.at[i];

        if (file_offset >= segment->file_offset &&
            file_offset - segment->file_offset < segment->file_bytes) {
            *address = segment->address + (file_offset - segment->file_offset);
            return true;
        }
    }
    return false;
}

bool jt_elf_find(struct jt_elf *elf, uint64_t address, struct jt_elf_symbol *symbol)
{
    uint32_t found = jt_elf_symbols_find(&elf->symbols, address);
    const struct jt_elf_entry *entry = NULL;

    if (found == JT_ELF_NO_ENTRY || !jt_elf_names_find(&elf->names, &elf->symbols, found, symbol))
        return false;
    entry = &elf->symbols.entries.at[found];
    symbol->start = entry->start;
    symbol->bytes = entry->end - entry->start;
    return true;
}

/* The file may have been replaced since its symbols were read. */
static bool open_dwarf_file(const struct jt_elf *elf, struct jt_elf_file *file)
{
    const struct dwarf_place *place = &elf->dwarf_place;
    uint8_t *copy = NULL;

    if (place->in_memory) {
        copy = jt_alloc(elf->image_bytes + 1, 1);
        memcpy(copy, elf->image, elf->image_bytes);
        return jt_elf_file_open_memory(place->path, copy, elf->image_bytes, file) == JITNEY_OK;
    }
    if (jt_elf_file_open(place->path, file) != JITNEY_OK)
        return false;
    return file->device == place->device && file->inode == place->inode &&
           file->bytes == place->bytes;
}

static void open_dwarf(struct jt_elf *elf)
{
    struct jt_elf_file file = JT_ELF_FILE_INIT;

    if (open_dwarf_file(elf, &file))
        elf->dwarf = jt_elf_inline_open(&file);
    jt_elf_file_close(&file);
    free(elf->dwarf_place.path);
    elf->dwarf_place.path = NULL;
}

size_t jt_elf_frames(struct jt_elf *elf, uint64_t address, struct jt_elf_frame *frames, size_t most)
{
    struct jt_elf_symbol symbol;
    size_t count = 0;

    if (elf->dwarf_place.path)
        open_dwarf(elf);
    if (elf->dwarf)
        count = jt_elf_inline_frames(elf->dwarf, address, frames, most);
    if (count > most)
        return most;
    /* The outermost function is called as everywhere else, not `NAME` of a
     * symbol `NAME.cold` or the one of another alias. */
    if (count > 0 && jt_elf_find(elf, address, &symbol))
        frames[count - 1].function = symbol.name;
    return count;
}

bool jt_elf_is_stripped(const struct jt_elf *elf)
{
    return elf->is_stripped;
}

const char *jt_elf_path(const struct jt_elf *elf)
{
    return elf->path;
}
