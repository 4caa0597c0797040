/* Kernel symbols from /proc/kallsyms or a copy of it. */
#ifndef JT_SYMBOL_KERNEL_H
#define JT_SYMBOL_KERNEL_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jt_kernel;

struct jt_kernel_symbol {
    const char *name;
    const char *module; /* "[kernel.kallsyms]", or the module in brackets */
    uint64_t start;
    uint64_t bytes; /* to the next symbol */
};

/* `path` NULL: /proc/kallsyms. All addresses zero (kptr_restrict) is
 * JITNEY_ERR_PERMISSION, quietly. */
int jt_kernel_open(const char *path, struct jt_diag *diag, struct jt_kernel **kernel);
int jt_kernel_open_memory(const char *text, size_t bytes, struct jt_kernel **kernel);
void jt_kernel_close(struct jt_kernel *kernel);
bool jt_kernel_find(const struct jt_kernel *kernel, uint64_t address,
                    struct jt_kernel_symbol *symbol);

#endif
