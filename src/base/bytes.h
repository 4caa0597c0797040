/* Reading bytes that nobody vouches for: every take is checked, the first one
 * that does not fit marks the reader and yields zero from then on. Read what
 * you need, then test jt_bytes_failed() once. */
#ifndef JT_BASE_BYTES_H
#define JT_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct jt_bytes {
    const uint8_t *at;
    size_t left;
    bool swap;   /* the writer's byte order is not ours */
    bool failed; /* a take did not fit */
};

static inline struct jt_bytes jt_bytes_of(const void *memory, size_t bytes)
{
    return (struct jt_bytes){.at = memory, .left = bytes, .swap = false, .failed = false};
}

static inline bool jt_bytes_failed(const struct jt_bytes *in)
{
    return in->failed;
}

/* The next `bytes` bytes, or NULL when there are fewer. */
static inline const void *jt_bytes_take(struct jt_bytes *in, uint64_t bytes)
{
    const void *start = in->at;

    if (in->failed || bytes > in->left) {
        in->failed = true;
        return NULL;
    }
    in->at += bytes;
    in->left -= (size_t)bytes;
    return start;
}

static inline uint8_t jt_bytes_take_u8(struct jt_bytes *in)
{
    const uint8_t *at = jt_bytes_take(in, 1);

    return at ? *at : 0;
}

static inline uint16_t jt_bytes_take_u16(struct jt_bytes *in)
{
    const void *at = jt_bytes_take(in, 2);
    uint16_t value = 0;

    if (!at)
        return 0;
    memcpy(&value, at, sizeof(value));
    return in->swap ? __builtin_bswap16(value) : value;
}

static inline uint32_t jt_bytes_take_u32(struct jt_bytes *in)
{
    const void *at = jt_bytes_take(in, 4);
    uint32_t value = 0;

    if (!at)
        return 0;
    memcpy(&value, at, sizeof(value));
    return in->swap ? __builtin_bswap32(value) : value;
}

static inline uint64_t jt_bytes_take_u64(struct jt_bytes *in)
{
    const void *at = jt_bytes_take(in, 8);
    uint64_t value = 0;

    if (!at)
        return 0;
    memcpy(&value, at, sizeof(value));
    return in->swap ? __builtin_bswap64(value) : value;
}

/* A NUL-terminated string inside the bytes, its length without the NUL in
 * `*length`; NULL and a failure when no NUL follows. */
static inline const char *jt_bytes_take_string(struct jt_bytes *in, size_t *length)
{
    const uint8_t *nul = in->failed || in->left == 0 ? NULL : memchr(in->at, 0, in->left);
    const char *start = (const char *)in->at;

    if (!nul) {
        in->failed = true;
        *length = 0;
        return NULL;
    }
    *length = (size_t)(nul - in->at);
    in->left -= *length + 1;
    in->at = nul + 1;
    return start;
}

#endif
