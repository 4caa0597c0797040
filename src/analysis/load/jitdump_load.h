/* Where the name and the code of a LOAD record of a jitdump are. The name ends
 * at a NUL and the code at the record's end, and writers get either wrong:
 * docs/formats/jitdump.md, "Name and code". */
#ifndef JT_LOAD_JITDUMP_LOAD_H
#define JT_LOAD_JITDUMP_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jt_jitdump_load_parts {
    const char *name;
    size_t name_bytes;
    uint64_t code_at;    /* in the record; 0 when it holds none */
    uint64_t code_bytes; /* in: as the record says; out: as it can be, 0: no code */
    bool is_repaired;    /* the record contradicts itself */
};

/* `body` bytes follow the fixed part of the record; the first `seen` of them,
 * which hold the name unless it is very long, are at `text`. */
void jt_jitdump_load_split(struct jt_jitdump_load_parts *parts, const char *text, size_t seen,
                           uint64_t body);

#endif
