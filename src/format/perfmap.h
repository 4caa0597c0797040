/* One line of a perf map, `/tmp/perf-PID.map`: START SIZE NAME.
 * linux: tools/perf/Documentation/jit-interface.txt, and what real writers
 * make of it: see docs/formats/perfmap.md. */
#ifndef JT_FORMAT_PERFMAP_H
#define JT_FORMAT_PERFMAP_H

#include "base/buf.h"
#include "jitney/event.h"

#include <stddef.h>
#include <stdint.h>

struct jt_perfmap_line {
    uint64_t address;
    uint64_t bytes;   /* may be 0: such a line names nothing */
    const char *name; /* inside the line; not NUL-terminated */
    size_t name_bytes;
};

/* Decode a line without its '\n'; a '\r' at its end is no part of the name.
 * Returns JITNEY_OK, or JITNEY_ERR_FORMAT when it is not two hexadecimal
 * numbers and a name, or when the numbers cannot be those of code. */
int jt_perfmap_decode(const char *text, size_t count, struct jt_perfmap_line *line);

/* Append what perf is to show for `load`, in maps and dumps alike: NAME, or
 * `NAME FILE:LINE:COLUMN [TIER]` of what is known. At least 3 bytes, one line, valid UTF-8; no NUL
 * behind it. */
void jt_perfmap_encode_name(struct jt_buf *out, const struct jitney_code_load *load);
/* Append the line for `load`, its '\n' included. A failure stays in `line`. */
void jt_perfmap_encode(struct jt_buf *line, const struct jitney_code_load *load);

#endif
