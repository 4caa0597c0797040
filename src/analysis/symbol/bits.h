/* A set of small numbers that knows its neighbours: 64 members per word, one
 * word of each level above telling which words below hold any, so that the next
 * and the previous member are a few steps away whatever the size. */
#ifndef JT_SYMBOL_BITS_H
#define JT_SYMBOL_BITS_H

#include <stddef.h>
#include <stdint.h>

#define JT_BITS_NONE SIZE_MAX
#define JT_BITS_LEVELS 6 /* 64^6 members */

struct jt_bits {
    uint64_t *levels[JT_BITS_LEVELS]; /* [0] holds the members */
    size_t words[JT_BITS_LEVELS];
    int depth;
};

/* An empty set of numbers below `limit`. */
void jt_bits_init(struct jt_bits *bits, size_t limit);
void jt_bits_release(struct jt_bits *bits);
void jt_bits_clear_all(struct jt_bits *bits);
void jt_bits_add(struct jt_bits *bits, size_t member);
void jt_bits_remove(struct jt_bits *bits, size_t member);
/* The least member that is not less than `from`, or JT_BITS_NONE. */
size_t jt_bits_next(const struct jt_bits *bits, size_t from);
/* The greatest member that is not greater than `from`, or JT_BITS_NONE. */
size_t jt_bits_previous(const struct jt_bits *bits, size_t from);

#endif
