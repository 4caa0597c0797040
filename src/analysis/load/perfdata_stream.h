/* Bytes that come once and in order, from a pipe or a decompressor, cut into
 * chunks. A record is always whole within one chunk. A chunk lives until the
 * stream has gone past it and no run of waiting records (perfdata_order.h)
 * points into it. */
#ifndef JT_LOAD_PERFDATA_STREAM_H
#define JT_LOAD_PERFDATA_STREAM_H

#include <stddef.h>
#include <stdint.h>

#define JT_PERF_CHUNK_BYTES ((size_t)1 << 18)

struct jt_perf_chunk {
    struct jt_perf_chunk *next; /* of the spare ones */
    uint32_t users;             /* the stream that fills it, and runs */
    size_t filled;
    _Alignas(8) uint8_t bytes[JT_PERF_CHUNK_BYTES];
};

/* Chunks of all streams of one file; those not in use are kept for the next. */
struct jt_perf_pool {
    struct jt_perf_chunk *spare;
    size_t live; /* chunks in use */
};

struct jt_perf_stream {
    struct jt_perf_pool *pool;
    struct jt_perf_chunk *chunk; /* NULL before the first byte */
    size_t cursor;               /* of the next byte to be taken */
};

void jt_perf_pool_release(struct jt_perf_pool *pool);
/* One user less of `chunk`. */
void jt_perf_chunk_drop(struct jt_perf_pool *pool, struct jt_perf_chunk *chunk);

/* Let go of the bytes not taken yet. */
void jt_perf_stream_clear(struct jt_perf_stream *stream);
/* Room for new bytes, `least` or more: `*room` of them. What was given by
 * peek() before is no longer valid, unless a run holds the chunk. */
uint8_t *jt_perf_stream_room(struct jt_perf_stream *stream, size_t least, size_t *room);
/* So many bytes were put there. */
void jt_perf_stream_commit(struct jt_perf_stream *stream, size_t bytes);

/* Bytes that are there and not taken. */
static inline size_t jt_perf_stream_left(const struct jt_perf_stream *stream)
{
    return stream->chunk ? stream->chunk->filled - stream->cursor : 0;
}

/* The next bytes; NULL while there are fewer. */
static inline const uint8_t *jt_perf_stream_peek(const struct jt_perf_stream *stream, size_t bytes)
{
    if (!stream->chunk || bytes > jt_perf_stream_left(stream))
        return NULL;
    return stream->chunk->bytes + stream->cursor;
}

static inline void jt_perf_stream_take(struct jt_perf_stream *stream, size_t bytes)
{
    stream->cursor += bytes;
}

#endif
