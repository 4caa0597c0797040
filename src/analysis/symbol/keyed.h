/* Rows in the order of a key, for arrays whose elements are too large to be
 * sorted themselves. */
#ifndef JT_SYMBOL_KEYED_H
#define JT_SYMBOL_KEYED_H

#include <stddef.h>
#include <stdint.h>

struct jt_keyed {
    uint64_t key;
    uint32_t row;
};

/* Sort by key; equal keys keep their order. Linear in `count`. */
void jt_keyed_sort(struct jt_keyed *items, size_t count);

#endif
