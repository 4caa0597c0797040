#include "analysis/symbol/bits.h"

#include "base/alloc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void jt_bits_init(struct jt_bits *bits, size_t limit)
{
    size_t words = limit;

    *bits = (struct jt_bits){.depth = 0};
    do {
        assert(bits->depth < JT_BITS_LEVELS);
        words = words / 64 + 1;
        bits->words[bits->depth] = words;
        bits->levels[bits->depth++] = jt_alloc(words, sizeof(uint64_t));
    } while (words > 1);
}

void jt_bits_release(struct jt_bits *bits)
{
    for (int level = 0; level < bits->depth; level++)
        free(bits->levels[level]);
    bits->depth = 0;
}

void jt_bits_clear_all(struct jt_bits *bits)
{
    for (int level = 0; level < bits->depth; level++)
        memset(bits->levels[level], 0, bits->words[level] * sizeof(uint64_t));
}

void jt_bits_add(struct jt_bits *bits, size_t member)
{
    for (int level = 0; level < bits->depth; level++) {
        bits->levels[level][member / 64] |= UINT64_C(1) << (member % 64);
        member /= 64;
    }
}

void jt_bits_remove(struct jt_bits *bits, size_t member)
{
    for (int level = 0; level < bits->depth; level++) {
        uint64_t *word = &bits->levels[level][member / 64];

        *word &= ~(UINT64_C(1) << (member % 64));
        if (*word)
            return;
        member /= 64;
    }
}

/* The least member below word `at` of `level`, which holds some. */
static size_t descend_least(const struct jt_bits *bits, int level, size_t at)
{
    for (; level >= 0; level--)
        at = at * 64 + (size_t)__builtin_ctzll(bits->levels[level][at]);
    return at;
}

static size_t descend_greatest(const struct jt_bits *bits, int level, size_t at)
{
    for (; level >= 0; level--)
        at = at * 64 + 63 - (size_t)__builtin_clzll(bits->levels[level][at]);
    return at;
}

size_t jt_bits_next(const struct jt_bits *bits, size_t from)
{
    for (int level = 0; level < bits->depth && from / 64 < bits->words[level]; level++) {
        uint64_t word = bits->levels[level][from / 64] >> (from % 64);

        if (word)
            return descend_least(bits, level - 1, from + (size_t)__builtin_ctzll(word));
        from = from / 64 + 1;
    }
    return JT_BITS_NONE;
}

size_t jt_bits_previous(const struct jt_bits *bits, size_t from)
{
    for (int level = 0; level < bits->depth; level++) {
        uint64_t word = bits->levels[level][from / 64] << (63 - from % 64);

        if (word)
            return descend_greatest(bits, level - 1, from - (size_t)__builtin_clzll(word));
        if (from / 64 == 0)
            return JT_BITS_NONE;
        from = from / 64 - 1;
    }
    return JT_BITS_NONE;
}
