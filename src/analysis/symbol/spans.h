/* Ranges of addresses in the order of their starts, each with the code it
 * belongs to. They may overlap: which of them is there at a moment is the
 * timeline's business. */
#ifndef JT_SYMBOL_SPANS_H
#define JT_SYMBOL_SPANS_H

#include "analysis/symbol/keyed.h"

#include <stddef.h>
#include <stdint.h>

#define JT_SPANS_NONE SIZE_MAX
#define JT_SPANS_BLOCK 64

struct jt_spans {
    uint64_t *starts;
    uint64_t *lasts; /* the last address, so that the top of the address space is one */
    uint32_t *codes;
    uint64_t *heads; /* the first start of each block, searched first: it stays in the cache */
    uint64_t *reach; /* the greatest last address of all spans before the block */
    size_t count;
};

/* Make the table of `count` spans from their starts; a row is the number of its
 * code, and lasts are for the caller to set. `order` is sorted here. */
void jt_spans_init(struct jt_spans *spans, struct jt_keyed *order, size_t count);
/* Once the lasts are final. */
void jt_spans_finish(struct jt_spans *spans);
void jt_spans_release(struct jt_spans *spans);
/* The last span that starts at or before `address`, or JT_SPANS_NONE. */
size_t jt_spans_at(const struct jt_spans *spans, uint64_t address);

#endif
