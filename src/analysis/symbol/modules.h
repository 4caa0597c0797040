/* The files that code is mapped from: programs, libraries, vdso, the kernel,
 * and the memory that belongs to no file. Symbols are read at first need. */
#ifndef JT_SYMBOL_MODULES_H
#define JT_SYMBOL_MODULES_H

#include "analysis/load/samples.h"
#include "analysis/symbol/elf.h"
#include "analysis/symbol/kinds.h"
#include "base/diag.h"
#include "base/map.h"
#include "base/strings.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

struct jt_module {
    uint32_t path;           /* id into the strings */
    uint32_t base_name;      /* the same */
    enum jt_runtime runtime; /* whose engine it holds */
    bool is_anonymous;       /* memory of no file, where a JIT compiler may put code */
    bool is_injected;        /* jitted-PID-N.so, an ELF that perf inject made of a dump */
    bool was_opened;
    int status; /* of the opening */
    struct jt_elf *elf;
    uint8_t build_id[20];
    uint8_t build_id_bytes;
};

struct jt_modules_options {
    const char *symfs;       /* NULL: none */
    const char *const *dirs; /* more places for a file's base name */
    size_t dir_count;
};

struct jt_modules {
    struct jt_vec(struct jt_module) list;
    struct jt_map by_key;    /* path and build-id -> module */
    struct jt_map build_ids; /* path -> index of build_id_list: from the file's own table */
    struct jt_vec(struct jt_module) build_id_list;
    struct jt_strings *strings; /* not owned */
    struct jt_diag *diag;
    struct jt_modules_options options;
};

void jt_modules_init(struct jt_modules *modules, struct jt_strings *strings, struct jt_diag *diag,
                     const struct jt_modules_options *options);
void jt_modules_release(struct jt_modules *modules);
/* Whether a file name is that of an ELF made by perf inject: jitted-PID-N.so. */
bool jt_modules_is_injected(const char *base);
/* Files of this path have this build-id, unless a mapping says otherwise. */
void jt_modules_expect(struct jt_modules *modules, const char *path, const uint8_t *build_id,
                       size_t bytes);
/* The number of the mapped file; the same file has the same number. */
uint32_t jt_modules_put(struct jt_modules *modules, const struct jt_mapping *mapping);
struct jt_module *jt_modules_at(struct jt_modules *modules, uint32_t number);
/* Its symbols, or NULL: why is in module->status. */
struct jt_elf *jt_modules_elf(struct jt_modules *modules, uint32_t number);

#endif
