/* What one frame of a resolved stack is. */
#ifndef JT_SYMBOL_FRAME_H
#define JT_SYMBOL_FRAME_H

#include "analysis/symbol/kinds.h"

#include <stdbool.h>
#include <stdint.h>

/* A function as a reader of the report knows it. Strings are ids into the
 * profile's strings, 0 for none. Equal frames have equal ids. */
struct jt_frame {
    uint32_t name;     /* function; for unknown frames "[unknown]" */
    uint32_t file;     /* source file */
    uint32_t module;   /* file of the code ("node", "libc.so.6", "[kernel]", "[jit]") */
    uint32_t line;     /* where the function begins (JIT), or the inlined call (DWARF); 0: none */
    uint8_t kind;      /* enum jt_frame_kind */
    uint8_t tier;      /* enum jt_tier; of merged tiers the highest that was seen */
    uint8_t runtime;   /* enum jt_runtime: of JIT code, and of the runtime's own native code */
    uint8_t reason;    /* enum jt_reason, for unknown frames */
    bool is_inlined;   /* has no frame of its own: compiled into its caller */
    uint8_t role;      /* enum jt_native_role of native code */
    uint8_t unused[2]; /* zero, so that equal frames have equal bytes */
};

#endif
