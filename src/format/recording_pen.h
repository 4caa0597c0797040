/* How the fields of a record are written: a number takes as many bytes as it needs, and
 * half a byte in front of all fields says how many. Inlined, for an engine waits for it. */
#ifndef JT_FORMAT_RECORDING_PEN_H
#define JT_FORMAT_RECORDING_PEN_H

#include "format/recording.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#define JT_NO_FIELD(field)
#define JT_NO_SMALL(a, b, c, d)
#define JT_COUNT_FIELD(field) +1
#define JT_COUNT_SMALL(a, b, c, d) +1

/* Numbers of fields, and of those that are texts. */
enum {
#define JT_COUNTS(value, name, fields)                                                             \
    jt_fields_of_##name = fields(JT_COUNT_FIELD, JT_COUNT_FIELD, JT_COUNT_FIELD, JT_COUNT_FIELD,   \
                                 JT_COUNT_FIELD, JT_COUNT_FIELD, JT_COUNT_SMALL),                  \
    jt_texts_of_##name = 0 fields(JT_NO_FIELD, JT_NO_FIELD, JT_NO_FIELD, JT_COUNT_FIELD,           \
                                  JT_COUNT_FIELD, JT_COUNT_FIELD, JT_NO_SMALL),
    JT_RECORDING_CLASSES(JT_COUNTS)
#undef JT_COUNTS
        jt_fields_of_line = JT_RECORDING_LINE(JT_COUNT_FIELD, JT_COUNT_FIELD),
    jt_fields_of_inlined = JT_RECORDING_INLINED(JT_COUNT_FIELD, JT_COUNT_FIELD),
    jt_fields_of_feedback = JT_RECORDING_FEEDBACK(, JT_COUNT_FIELD, JT_COUNT_FIELD),
    jt_full_fields = 5, /* time, thread, flags, code, number */
    jt_most_fields = 32,
};

/* A record begins with its type and its length; LONG: that is in the 4 bytes behind. */
enum { JT_SHORT_HEAD = 2, JT_LONG_HEAD = 6, JT_LONG = 255 };

struct jt_pen {
    uint8_t *lengths; /* half a byte for each field */
    uint8_t *at;
    uint64_t nibbles[jt_most_fields / 16];
    unsigned count;
    bool has_lzcnt;
};

#define JT_INLINE static inline __attribute__((always_inline))

/* 64 for 0. Written out where compilers put a branch before what they believe to be undefined
 * for 0. */
JT_INLINE unsigned jt_leading_zeros(uint64_t value)
{
#if defined(__x86_64__)
    uint64_t zeros = 0;

    __asm__("lzcnt %1, %0" : "=r"(zeros) : "r"(value) : "cc");
    return (unsigned)zeros;
#else
    return value ? (unsigned)__builtin_clzll(value) : 64;
#endif
}

/* Whether jt_leading_zeros() works: not on old processors. Ask once; takes a while. */
static inline bool jt_has_leading_zeros(void)
{
#if defined(__x86_64__)
    unsigned a = 0, b = 0, c = 0, d = 0;

    return __get_cpuid(0x80000001, &a, &b, &c, &d) && (c & bit_LZCNT);
#else
    return true;
#endif
}

/* How many bytes hold a number; 0 takes none. */
JT_INLINE unsigned jt_pen_bytes(uint64_t value, bool has_lzcnt)
{
    uint64_t last = UINT64_C(1) << 63;

    if (has_lzcnt)
        return (71 - jt_leading_zeros(value)) >> 3;
    return 8 - ((unsigned)__builtin_ctzll(__builtin_bswap64(value) | last) >> 3) - (value == 0);
}

JT_INLINE struct jt_pen jt_pen_begin(uint8_t *at, unsigned fields, bool has_lzcnt)
{
    at[0] = (uint8_t)fields;
    return (struct jt_pen){
        .lengths = at + 1, .at = at + 1 + (fields + 1) / 2, .has_lzcnt = has_lzcnt};
}

/* Writes 8 bytes and moves on by as many as count: what is behind is not committed yet. */
JT_INLINE void jt_pen_put(struct jt_pen *pen, uint64_t value)
{
    uint64_t bytes = jt_pen_bytes(value, pen->has_lzcnt);
    uint64_t little = htole64(value);

    memcpy(pen->at, &little, sizeof(little));
    pen->at += bytes;
    pen->nibbles[pen->count / 16] |= bytes << (pen->count % 16 * 4);
    pen->count++;
}

JT_INLINE uint8_t *jt_pen_end(struct jt_pen *pen)
{
    uint64_t words[jt_most_fields / 16];

    for (unsigned i = 0; i < jt_most_fields / 16; i++)
        words[i] = htole64(pen->nibbles[i]);
    memcpy(pen->lengths, words, (pen->count + 1) / 2);
    return pen->at;
}

/* Type and length of a record without a tail. */
JT_INLINE uint8_t *jt_pen_end_short(uint8_t *start, uint8_t type, uint8_t *end)
{
    start[0] = type;
    start[1] = (uint8_t)(end - start - JT_SHORT_HEAD);
    return end;
}

/* Small signed numbers stay small: 0, -1, 1, -2 become 0, 1, 2, 3. */
JT_INLINE uint32_t jt_folded(int32_t value)
{
    return (uint32_t)value << 1 ^ (uint32_t)(value >> 31);
}

JT_INLINE uint32_t jt_at_most_a_byte(uint32_t value)
{
    return value > UINT8_MAX ? UINT8_MAX : value;
}

/* Four numbers of a byte. */
JT_INLINE uint32_t jt_small(uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    if (__builtin_expect((a | b | c | d) > UINT8_MAX, 0))
        return jt_at_most_a_byte(a) | jt_at_most_a_byte(b) << 8 | jt_at_most_a_byte(c) << 16 |
               jt_at_most_a_byte(d) << 24;
    return a | b << 8 | c << 16 | d << 24;
}

/* For the lists of fields; how texts are written is the user's. */
#define JT_PUT_NUMBER(field) jt_pen_put(pen, body->field);
#define JT_PUT_SIGNED(field) jt_pen_put(pen, jt_folded(body->field));
#define JT_PUT_SMALL(a, b, c, d) jt_pen_put(pen, jt_small(body->a, body->b, body->c, body->d));

#endif
