/* Hashes for tables in memory; not for keys that leave the process. */
#ifndef JT_BASE_HASH_H
#define JT_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Mixes all bits of `value` into all bits of the result (the finalizer of
 * SplitMix64, Steele et al., OOPSLA 2014). */
static inline uint64_t jt_hash_u64(uint64_t value)
{
    value ^= value >> 30;
    value *= UINT64_C(0xbf58476d1ce4e5b9);
    value ^= value >> 27;
    value *= UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

static inline uint64_t jt_hash_pair(uint64_t a, uint64_t b)
{
    return jt_hash_u64(a * UINT64_C(0x9e3779b97f4a7c15) ^ b);
}

/* Eight bytes a step; quick on names, which are short. */
static inline uint64_t jt_hash_bytes(const void *bytes, size_t count)
{
    const uint8_t *at = bytes;
    uint64_t hash = count * UINT64_C(0x9e3779b97f4a7c15);
    uint64_t word = 0;

    for (; count >= 8; count -= 8, at += 8) {
        memcpy(&word, at, 8);
        hash = jt_hash_pair(hash, word);
    }
    word = 0;
    memcpy(&word, at, count);
    return jt_hash_pair(hash, word ^ ((uint64_t)count << 56));
}

#endif
