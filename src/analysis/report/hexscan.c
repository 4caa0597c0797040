#include "analysis/report/hexscan.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

void jt_hexscan_plain(const char *text, struct jt_hexscan *found)
{
    unsigned char c = 0;

    *found = (struct jt_hexscan){0};
    for (unsigned i = 0; i < JT_HEXSCAN_BYTES; i++) {
        c = (unsigned char)text[i];
        found->zeros |= (uint64_t)(c == '0') << i;
        found->digits |= (uint64_t)((unsigned)c - '0' < 10) << i;
        c |= 0x20;
        found->digits |= (uint64_t)((unsigned)c - 'a' < 6) << i;
        found->xs |= (uint64_t)(c == 'x') << i;
    }
}

#if defined(__SSE2__)

/* All ones where the byte is at most `most` above `least`. */
static __m128i in_range(__m128i bytes, char least, char most)
{
    __m128i above = _mm_sub_epi8(bytes, _mm_set1_epi8(least));

    return _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8(most)), above);
}

void jt_hexscan(const char *text, struct jt_hexscan *found)
{
    __m128i bytes;
    __m128i lower;

    *found = (struct jt_hexscan){0};
    for (unsigned i = 0; i < JT_HEXSCAN_BYTES; i += 16) {
        bytes = _mm_loadu_si128((const __m128i *)(const void *)(text + i));
        lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
        found->digits |= (uint64_t)(uint32_t)_mm_movemask_epi8(
                             _mm_or_si128(in_range(bytes, '0', 9), in_range(lower, 'a', 5)))
                         << i;
        found->zeros |=
            (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('0'))) << i;
        found->xs |=
            (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(lower, _mm_set1_epi8('x'))) << i;
    }
}

#else

void jt_hexscan(const char *text, struct jt_hexscan *found)
{
    jt_hexscan_plain(text, found);
}

#endif
