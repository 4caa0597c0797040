/* Static symbols of one file: .symtab and .dynsym, the separate debug file that
 * .gnu_debuglink or the build-id names, and DWARF inline frames (elfutils). */
#ifndef JT_SYMBOL_ELF_H
#define JT_SYMBOL_ELF_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jt_elf;

struct jt_elf_request {
    const char *path;              /* as the recorded process saw it */
    const char *symfs;             /* look below this directory first; NULL: none */
    const char *root;              /* e.g. "/proc/PID/root" of a living process; NULL: none */
    const char *const *extra_dirs; /* more places for this file's base name (a trace folder) */
    size_t extra_dir_count;
    const uint8_t *build_id; /* the file must have this one; NULL: any will do */
    size_t build_id_bytes;
};

struct jt_elf_symbol {
    const char *name; /* demangled; valid until close */
    const char *raw;  /* as in the symbol table */
    uint64_t start;   /* in the file's own addresses */
    uint64_t bytes;
};

/* One frame of an inlined chain, innermost first; the last is the symbol's own. */
struct jt_elf_frame {
    const char *function; /* demangled, valid until close; NULL: unknown */
    const char *file;     /* as the compiler was told; NULL: unknown */
    uint32_t line;        /* 0: unknown */
};

/* Find the file and read its symbols. JITNEY_ERR_NOT_FOUND when no file is
 * there, JITNEY_ERR_VERSION when one is but of another build (or was deleted and
 * another is at its path), _PERMISSION, _FORMAT when what is there is not ELF.
 * All are quiet: the caller counts unknown frames by reason. "[vdso]" is this
 * process's own. */
int jt_elf_open(const struct jt_elf_request *request, struct jt_diag *diag, struct jt_elf **elf);
/* The same of an image in memory, which is copied. */
int jt_elf_open_memory(const void *image, size_t bytes, struct jt_elf **elf);
void jt_elf_close(struct jt_elf *elf);

/* An address of the file for an offset into the file that is mapped executable. */
bool jt_elf_address_of_offset(const struct jt_elf *elf, uint64_t file_offset, uint64_t *address);
/* The symbol whose bytes hold `address`. A symbol of size 0 (assembly) reaches
 * to the next symbol or the end of its section, as perf does. false: unknown. */
bool jt_elf_find(struct jt_elf *elf, uint64_t address, struct jt_elf_symbol *symbol);
/* Function and line of `address` with everything inlined there, innermost
 * first; 0 when the file has no DWARF for it. */
size_t jt_elf_frames(struct jt_elf *elf, uint64_t address, struct jt_elf_frame *frames,
                     size_t most);
bool jt_elf_is_stripped(const struct jt_elf *elf); /* neither .symtab nor a debug file */
const char *jt_elf_path(const struct jt_elf *elf); /* the file that was opened */

#endif
