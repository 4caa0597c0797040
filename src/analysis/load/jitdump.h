/* jitdump files, as the real writers write them: FORMATS in docs/formats/jitdump.md. */
#ifndef JT_LOAD_JITDUMP_H
#define JT_LOAD_JITDUMP_H

#include "analysis/load/codes.h"
#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jt_jitdump;

struct jt_jitdump_facts {
    uint32_t pid;        /* of the header; 0 when the writer left it out */
    uint32_t machine;    /* ELF e_machine */
    uint64_t created;    /* header time, of whatever clock */
    bool arch_timestamp; /* times are raw CPU counts: see TIME_CONV of the perf.data */
    bool swapped;
    uint64_t loads, moves, closes, debug_infos, unwinding_infos;
    uint64_t first_ns, last_ns; /* of the records; 0 when there are none */
    struct jt_load_damage damage;
};

/* One row: code from `offset` on, up to the next row, comes from this line. Of
 * rows with the same offset the last one holds. */
struct jt_line {
    uint64_t offset;  /* from the start of the code */
    uint32_t line;    /* 0: no line (a terminal entry) */
    uint32_t column;  /* 0 when not given */
    const char *file; /* valid until the next call for this dump; "" when damaged */
};

bool jt_jitdump_probe(const void *bytes, size_t count);
int jt_jitdump_open(const char *path, struct jt_diag *diag, struct jt_jitdump **dump);
int jt_jitdump_open_memory(const void *bytes, size_t count, const char *name, struct jt_diag *diag,
                           struct jt_jitdump **dump);
void jt_jitdump_close(struct jt_jitdump *dump);

/* Give every load, move and unload to the sink. CLOSE ends nothing: writers
 * that append to an old file go on after it. */
int jt_jitdump_read(struct jt_jitdump *dump, const struct jt_code_sink *sink);
const struct jt_jitdump_facts *jt_jitdump_facts(const struct jt_jitdump *dump);

/* The rows of the table at `lines_offset` (of a jt_code_event) for code of this
 * address and size, as its load says them even if it moved since; sorted by
 * offset, the +0x40 bias of V8 and LLVM taken out. Ask after jt_jitdump_read(),
 * which learns of the bias. Returns their number; *lines is valid until the next
 * call for this dump. A table with lost names counts once as repaired. */
size_t jt_jitdump_lines(struct jt_jitdump *dump, int64_t lines_offset, uint64_t address,
                        uint64_t bytes, const struct jt_line **lines);

/* The pid in a name of the forms jit-PID.dump and Bun's jit-TID-PID.dump (a
 * path is fine); 0 when it has neither. */
uint32_t jt_jitdump_pid_of_name(const char *path);

#endif
