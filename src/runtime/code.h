/* A deep copy of how code was loaded, in one block of memory. */
#ifndef JT_RUNTIME_CODE_H
#define JT_RUNTIME_CODE_H

#include "base/heap.h"
#include "runtime/codemap.h"

#include <stddef.h>
#include <stdint.h>

struct jt_code_block {
    struct jt_code code;
    size_t block_bytes;
    struct jt_code_block *next; /* the writer's: lists of dead code */
    uint32_t quick;             /* what lookups read of it, see quick.h */
};

static inline struct jt_code_block *jt_code_block_of(const struct jt_code *code)
{
    return (struct jt_code_block *)((char *)code - offsetof(struct jt_code_block, code));
}

/* Copy `what` with all that it points to, but for the bytes of the code, as code that lies at
 * `address`. Its rows are sorted by offset then; where offsets are equal, in the order that they
 * had. JITNEY_ERR_ARGUMENT: no bytes, a range that wraps, counts without tables, an inlined
 * function that is called by itself or by a later one, rows of inlined functions that are none,
 * kinds and tiers above 255. */
int jt_code_copy(struct jt_heap *heap, const struct jt_code *what, uint64_t address,
                 struct jt_code_block **copy);
void jt_code_free(struct jt_heap *heap, struct jt_code_block *block);

/* The row that covers `offset`: the last of those that begin there or before; NULL: none. */
const struct jitney_line *jt_code_row(const struct jitney_line *rows, uint32_t count,
                                      uint64_t offset);

/* How many bytes of a text go into `room` bytes with a NUL behind them; a character of UTF-8 is
 * not cut apart. */
size_t jt_code_cut(const char *text, size_t bytes, size_t room);

/* The last byte of code at `address`; the one behind it may be none. */
static inline uint64_t jt_code_last(uint64_t address, uint64_t bytes)
{
    return address + (bytes - 1);
}

#endif
