/* What the files of the ELF reader share; elf.h is what everybody else sees. */
#ifndef JT_SYMBOL_ELF_PARTS_H
#define JT_SYMBOL_ELF_PARTS_H

#include "analysis/symbol/elf.h"
#include "base/strings.h"
#include "base/vec.h"

#include <gelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* --- elf_file.c: an opened file or image ---------------------------------- */

enum { JT_ELF_BUILD_ID_MOST = 64 };

struct jt_elf_file {
    Elf *elf;
    int fd;          /* -1: an image in memory */
    uint8_t *memory; /* the image, owned */
    uint64_t bytes;  /* of the file or image */
    char *path;
    dev_t device; /* with `inode` tells files apart */
    ino_t inode;
    uint8_t build_id[JT_ELF_BUILD_ID_MOST];
    size_t build_id_bytes;
};

#define JT_ELF_FILE_INIT                                                                           \
    {                                                                                              \
        .fd = -1                                                                                   \
    }

/* JITNEY_ERR_NOT_FOUND, _PERMISSION, _FORMAT (not a regular file, not ELF). */
int jt_elf_file_open(const char *path, struct jt_elf_file *file);
/* `memory` came from malloc and is the file's now, whatever is returned. */
int jt_elf_file_open_memory(const char *name, uint8_t *memory, size_t bytes,
                            struct jt_elf_file *file);
void jt_elf_file_close(struct jt_elf_file *file);
/* A copy of bytes of the file with a NUL behind it, to be freed; NULL when the
 * file does not have them all. */
uint8_t *jt_elf_file_read(const struct jt_elf_file *file, uint64_t offset, uint64_t bytes);

/* --- elf_search.c: which file ---------------------------------------------- */

int jt_elf_search(const struct jt_elf_request *request, struct jt_elf_file *file);
/* The separate debug file of `main`. */
bool jt_elf_search_debug(const struct jt_elf_request *request, const struct jt_elf_file *main_file,
                         struct jt_elf_file *debug);

/* --- vdso.c ------------------------------------------------------------------ */

/* A copy of our own process's vdso; false when it has none. */
bool jt_vdso_copy(uint8_t **image, size_t *bytes);

/* --- elf_layout.c: the sections that matter --------------------------------- */

struct jt_elf_section {
    size_t index; /* 0: the file has none */
    GElf_Shdr header;
};

enum { JT_ELF_PLT_MOST = 4 };

struct jt_elf_code_section {
    uint64_t start;
    uint64_t end;
    uint64_t file_offset;
};

struct jt_elf_segment {
    uint64_t file_offset;
    uint64_t file_bytes;
    uint64_t address;
    bool executable;
};

struct jt_elf_layout {
    uint16_t machine;
    bool relocatable; /* ET_REL: addresses are file offsets */
    bool has_dwarf;
    struct jt_elf_section symtab;
    struct jt_elf_section dynsym;
    struct jt_elf_section plt[JT_ELF_PLT_MOST];
    size_t plt_count;
    struct jt_elf_section plt_relocations;          /* .rela.plt */
    struct jt_elf_section relocations;              /* .rela.dyn */
    struct jt_vec(struct jt_elf_code_section) code; /* by start */
    struct jt_vec(struct jt_elf_segment) segments;
};

void jt_elf_layout_init(struct jt_elf_layout *layout, const struct jt_elf_file *file);
void jt_elf_layout_release(struct jt_elf_layout *layout);
/* The end of the executable section that holds `address`; 0: none does. */
uint64_t jt_elf_layout_code_end(const struct jt_elf_layout *layout, uint64_t address);

/* --- elf_symbols.c: the table of names --------------------------------------- */

struct jt_elf_entry {
    uint64_t start;
    uint64_t end;         /* start: not known yet */
    const char *name;     /* as in the file */
    uint8_t binding;      /* STB_* */
    uint8_t type;         /* STT_* */
    uint32_t alias_count; /* names of the same rank, this one among them; 0: just this */
    uint32_t alias_first; /* in `aliases` */
};

/* Which entry answers from here to the next range. */
struct jt_elf_range {
    uint64_t start;
    uint32_t entry; /* JT_ELF_NO_ENTRY: none */
};

#define JT_ELF_NO_ENTRY UINT32_MAX

struct jt_elf_symbols {
    struct jt_vec(struct jt_elf_entry) entries; /* by start once finished */
    struct jt_vec(struct jt_elf_range) ranges;
    struct jt_vec(const char *) aliases; /* each entry's in the file's order */
    struct jt_vec(uint8_t *) texts;      /* owned string tables and names; names point into them */
};

void jt_elf_symbols_init(struct jt_elf_symbols *symbols);
void jt_elf_symbols_release(struct jt_elf_symbols *symbols);
/* Add the functions of one symbol table. */
void jt_elf_symbols_add(struct jt_elf_symbols *symbols, const struct jt_elf_file *file,
                        const struct jt_elf_layout *layout, const struct jt_elf_section *table);
/* Sort, choose among aliases, find ends. `layout` is that of the main file.
 * May be done again after more was added. */
void jt_elf_symbols_settle(struct jt_elf_symbols *symbols, const struct jt_elf_layout *layout);
/* Fill the ranges; after it nothing may be added. */
void jt_elf_symbols_finish(struct jt_elf_symbols *symbols);
uint32_t jt_elf_symbols_find(const struct jt_elf_symbols *symbols, uint64_t address);
/* The settled entry that starts at `address`, or NULL. */
const struct jt_elf_entry *jt_elf_symbols_at(const struct jt_elf_symbols *symbols,
                                             uint64_t address);

/* --- elf_names.c: what they are called ---------------------------------------- */

/* Names in a hostile file can overlap, so that they are together much longer
 * than the file. What is handed out is limited: each name, and their sum by a
 * multiple of the file's size. */
enum { JT_ELF_NAME_LIMIT = 64 * 1024 };

void jt_elf_budget_init(uint64_t *budget, uint64_t file_bytes);
bool jt_elf_budget_take(uint64_t *budget, const char *text);

struct jt_elf_name {
    const char *raw; /* NULL: not chosen yet */
    char *readable;  /* NULL: the raw name is it */
    bool is_refused; /* beyond the limits */
};

struct jt_elf_names {
    struct jt_elf_name *at; /* by entry */
    size_t count;
    uint64_t budget;
};

void jt_elf_names_init(struct jt_elf_names *names, size_t count, uint64_t file_bytes);
void jt_elf_names_release(struct jt_elf_names *names);
/* Sets the two names of `symbol`; false when there is none within the limits. */
bool jt_elf_names_find(struct jt_elf_names *names, const struct jt_elf_symbols *symbols,
                       uint32_t entry, struct jt_elf_symbol *symbol);

/* --- elf_plt.c: names for the linker's trampolines --------------------------- */

/* Add `NAME@plt` for each; the symbols are settled. */
void jt_elf_plt_add(struct jt_elf_symbols *symbols, const struct jt_elf_file *file,
                    const struct jt_elf_layout *layout);

/* --- elf_inline.c: DWARF ------------------------------------------------------- */

struct jt_elf_inline;

/* Takes `file` over on success; NULL when it has no usable DWARF. */
struct jt_elf_inline *jt_elf_inline_open(struct jt_elf_file *file);
void jt_elf_inline_close(struct jt_elf_inline *dwarf);
/* As many frames as there are, of which the first `most` are filled in. */
size_t jt_elf_inline_frames(struct jt_elf_inline *dwarf, uint64_t address,
                            struct jt_elf_frame *frames, size_t most);

#endif
