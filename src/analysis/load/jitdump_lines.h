/* The line table of one piece of code, out of one DEBUG_INFO record of a
 * jitdump. Real writers deviate: docs/formats/jitdump.md, "Line tables". */
#ifndef JT_LOAD_JITDUMP_LINES_H
#define JT_LOAD_JITDUMP_LINES_H

#include "analysis/load/jitdump.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writers that think of the ELF header which perf puts before the code add its
 * size to each address (V8: perf-jit.cc, LLVM: PerfJITEventListener.cpp). */
#define JT_JITDUMP_LINE_BIAS UINT64_C(0x40)

struct jt_jitdump_table {
    const uint8_t *record; /* from its prefix on */
    size_t bytes;
    uint64_t address; /* of the LOAD that the table belongs to */
    uint64_t code_bytes;
    bool swap;
    bool is_v8;     /* whose file names may be overwritten memory */
    bool is_biased; /* what the other tables of this file say of the +0x40 */
};

struct jt_jitdump_rows {
    struct jt_vec(struct jt_line) rows; /* files point into the record */
    struct jt_vec(uint32_t) order;      /* for sorting */
    struct jt_vec(struct jt_line) sorted;
    bool is_damaged; /* the last table held names or entries that are lost */
};

/* Whether a table with an entry of this address can be that of this code. */
bool jt_jitdump_lines_fit(uint64_t entry_address, uint64_t address, uint64_t code_bytes);
/* Returns the number of rows; they replace those of the call before. */
size_t jt_jitdump_rows_decode(struct jt_jitdump_rows *rows, const struct jt_jitdump_table *table);
void jt_jitdump_rows_release(struct jt_jitdump_rows *rows);

#endif
