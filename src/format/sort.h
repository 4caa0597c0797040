/* Sorting tables in place, without memory of its own. */
#ifndef JT_FORMAT_SORT_H
#define JT_FORMAT_SORT_H

#include <stddef.h>
#include <stdint.h>

/* Sort by value. */
void jt_sort_u64(uint64_t *values, size_t count);
/* Sort pairs of uint32_t by the first of them; `pairs` may lie anywhere. */
void jt_sort_by_low_half(void *pairs, size_t count);

#endif
