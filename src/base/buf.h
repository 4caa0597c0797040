/* A growing byte buffer with a limit. The first failure sticks: append all,
 * then test jt_buf_status() once. Both halves use it: memory comes from a heap, or
 * from the C library when there is none. */
#ifndef JT_BASE_BUF_H
#define JT_BASE_BUF_H

#include "base/heap.h"

#include <stddef.h>
#include <stdint.h>

struct jt_buf {
    uint8_t *bytes;
    size_t length;
    size_t room;
    size_t limit; /* length never passes it */
    int status;
    struct jt_heap *heap; /* NULL: the C library's */
};

#define JT_BUF_INIT(limit_bytes)                                                                   \
    {                                                                                              \
        .limit = (limit_bytes)                                                                     \
    }

#define JT_BUF_INIT_IN(buf_heap, limit_bytes)                                                      \
    {                                                                                              \
        .limit = (limit_bytes), .heap = (buf_heap)                                                 \
    }

static inline int jt_buf_status(const struct jt_buf *buf)
{
    return buf->status;
}

void jt_buf_release(struct jt_buf *buf);
void jt_buf_clear(struct jt_buf *buf);
/* Room for `bytes` more; NULL (and a sticking failure) when there is none.
 * The caller fills it and adds what it wrote to `length`. */
uint8_t *jt_buf_reserve(struct jt_buf *buf, size_t bytes);
void jt_buf_append(struct jt_buf *buf, const void *bytes, size_t count);
void jt_buf_append_text(struct jt_buf *buf, const char *text);
void jt_buf_append_u16(struct jt_buf *buf, uint16_t value);
void jt_buf_append_u32(struct jt_buf *buf, uint32_t value);
void jt_buf_append_u64(struct jt_buf *buf, uint64_t value);
void jt_buf_append_zeros(struct jt_buf *buf, size_t count);
void jt_buf_printf(struct jt_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
