/* From an object's .debug_line to places of the metadata. */
#ifndef RJ_JIT_LINES_H
#define RJ_JIT_LINES_H

#include "jit/meta.h"
#include "jit/tiering.h"

/* Sorted by offset; malloc'ed; NULL with *count 0 if there are none. */
struct rj_line *rj_lines_read(const char *object, size_t bytes, const struct rj_meta *meta,
                              uint32_t *count);

#endif
