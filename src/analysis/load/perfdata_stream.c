#include "analysis/load/perfdata_stream.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

void jt_perf_pool_release(struct jt_perf_pool *pool)
{
    struct jt_perf_chunk *chunk = pool->spare;

    while (chunk) {
        struct jt_perf_chunk *next = chunk->next;

        free(chunk);
        chunk = next;
    }
    *pool = (struct jt_perf_pool){0};
}

void jt_perf_chunk_drop(struct jt_perf_pool *pool, struct jt_perf_chunk *chunk)
{
    if (!chunk || --chunk->users > 0)
        return;
    pool->live--;
    chunk->next = pool->spare;
    pool->spare = chunk;
}

static struct jt_perf_chunk *take_chunk(struct jt_perf_pool *pool)
{
    struct jt_perf_chunk *chunk = pool->spare;

    if (chunk)
        pool->spare = chunk->next;
    else
        chunk = jt_realloc(NULL, 1, sizeof(*chunk));
    chunk->next = NULL;
    chunk->users = 1;
    chunk->filled = 0;
    pool->live++;
    return chunk;
}

void jt_perf_stream_clear(struct jt_perf_stream *stream)
{
    jt_perf_chunk_drop(stream->pool, stream->chunk);
    stream->chunk = NULL;
    stream->cursor = 0;
}

uint8_t *jt_perf_stream_room(struct jt_perf_stream *stream, size_t least, size_t *room)
{
    struct jt_perf_chunk *old = stream->chunk;
    size_t left = jt_perf_stream_left(stream);

    if (old && left == 0 && old->users == 1)
        stream->cursor = old->filled = 0;
    if (old && JT_PERF_CHUNK_BYTES - old->filled < least) {
        stream->chunk = take_chunk(stream->pool);
        memcpy(stream->chunk->bytes, old->bytes + stream->cursor, left);
        stream->chunk->filled = left;
        stream->cursor = 0;
        jt_perf_chunk_drop(stream->pool, old);
    }
    if (!stream->chunk)
        stream->chunk = take_chunk(stream->pool);
    *room = JT_PERF_CHUNK_BYTES - stream->chunk->filled;
    return stream->chunk->bytes + stream->chunk->filled;
}

void jt_perf_stream_commit(struct jt_perf_stream *stream, size_t bytes)
{
    stream->chunk->filled += bytes;
}
