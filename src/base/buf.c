#include "base/buf.h"

#include "jitney/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void jt_buf_release(struct jt_buf *buf)
{
    if (buf->heap)
        jt_heap_free(buf->heap, buf->bytes, buf->room);
    else
        free(buf->bytes);
    *buf = (struct jt_buf){.limit = buf->limit, .heap = buf->heap};
}

void jt_buf_clear(struct jt_buf *buf)
{
    buf->length = 0;
    buf->status = JITNEY_OK;
}

uint8_t *jt_buf_reserve(struct jt_buf *buf, size_t bytes)
{
    size_t room = buf->room;
    uint8_t *grown = NULL;

    if (buf->status)
        return NULL;
    if (bytes > buf->limit - buf->length) {
        buf->status = JITNEY_ERR_LIMIT;
        return NULL;
    }
    if (buf->length + bytes > room || !buf->bytes) {
        room = (buf->length + bytes) * 2;
        if (room < 64)
            room = 64;
        grown = buf->heap ? jt_heap_resize(buf->heap, buf->bytes, buf->room, room)
                          : realloc(buf->bytes, room);
        if (!grown) {
            buf->status = JITNEY_ERR_MEMORY;
            return NULL;
        }
        buf->bytes = grown;
        buf->room = room;
    }
    return buf->bytes + buf->length;
}

void jt_buf_append(struct jt_buf *buf, const void *bytes, size_t count)
{
    uint8_t *at = jt_buf_reserve(buf, count);

    if (!at || count == 0)
        return;
    memcpy(at, bytes, count);
    buf->length += count;
}

void jt_buf_append_text(struct jt_buf *buf, const char *text)
{
    jt_buf_append(buf, text, strlen(text));
}

void jt_buf_append_u16(struct jt_buf *buf, uint16_t value)
{
    jt_buf_append(buf, &value, sizeof(value));
}

void jt_buf_append_u32(struct jt_buf *buf, uint32_t value)
{
    jt_buf_append(buf, &value, sizeof(value));
}

void jt_buf_append_u64(struct jt_buf *buf, uint64_t value)
{
    jt_buf_append(buf, &value, sizeof(value));
}

void jt_buf_append_zeros(struct jt_buf *buf, size_t count)
{
    uint8_t *at = jt_buf_reserve(buf, count);

    if (!at)
        return;
    memset(at, 0, count);
    buf->length += count;
}

void jt_buf_printf(struct jt_buf *buf, const char *format, ...)
{
    char small[256];
    va_list arguments;
    uint8_t *at = NULL;
    int length = 0;

    va_start(arguments, format);
    length = vsnprintf(small, sizeof(small), format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    if ((size_t)length < sizeof(small)) {
        jt_buf_append(buf, small, (size_t)length);
        return;
    }
    at = jt_buf_reserve(buf, (size_t)length + 1);
    if (!at)
        return;
    va_start(arguments, format);
    vsnprintf((char *)at, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buf->length += (size_t)length;
}
