/* See slab.h. */
#include "runtime/slab.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

enum {
    CHUNK_BYTES_MIN = 8 << 10,
    CHUNK_BYTES_MAX = 64 << 20,
    LARGE_PAGE = 2 << 20,   /* where pages are of 4 KB */
    LARGE_FROM = 512 << 10, /* of a class: from then on large pages are worth their room */
};

struct jt_slab_chunk {
    struct jt_slab_chunk *next; /* of its class that have room */
    struct jt_slab_class *owner;
    size_t bytes; /* as the heap knows it */
    uint32_t number;
    uint32_t end;   /* the line behind its last piece */
    uint32_t fresh; /* from this line on no piece was ever taken */
    uint32_t freed; /* the first piece that was given back; 0: none. It begins with the next one */
    uint32_t taken; /* pieces */
};

static char *line_at(const struct jt_slab *slab, const struct jt_slab_chunk *chunk, uint32_t line)
{
    return slab->lines[chunk->number] + (size_t)line * JT_SLAB_LINE;
}

static bool has_room(const struct jt_slab_chunk *chunk)
{
    return chunk->freed > 0 || chunk->end - chunk->fresh >= chunk->owner->piece_lines;
}

/* Where the pieces begin. Large pages are a request only, and one that may be refused. */
static char *lay_out(struct jt_slab_chunk *chunk)
{
    int saved_errno = errno;
    char *end = (char *)chunk + chunk->bytes;
    char *first = (char *)(chunk + 1);

    if (chunk->bytes < 2 * (size_t)LARGE_PAGE)
        return first + -(uintptr_t)first % JT_SLAB_LINE;
    first += -(uintptr_t)first % LARGE_PAGE;
    madvise(first, (size_t)(end - first) / LARGE_PAGE * LARGE_PAGE, MADV_HUGEPAGE);
    errno = saved_errno;
    return first;
}

/* A quarter of what the class has; when that is much, some large pages, and what is lost before
 * the first of them: nobody touches that, so that it is addresses rather than memory. */
static size_t next_bytes(const struct jt_slab_class *owner)
{
    size_t bytes = owner->bytes / 4;

    if (owner->bytes >= LARGE_FROM)
        bytes = (bytes / LARGE_PAGE + 2) * LARGE_PAGE;
    if (bytes < CHUNK_BYTES_MIN)
        return CHUNK_BYTES_MIN;
    return bytes < CHUNK_BYTES_MAX ? bytes / CHUNK_BYTES_MIN * CHUNK_BYTES_MIN : CHUNK_BYTES_MAX;
}

static struct jt_slab_chunk *add_chunk(struct jt_slab *slab, struct jt_slab_class *owner)
{
    size_t bytes = next_bytes(owner);
    uint32_t number = 0;
    struct jt_slab_chunk *chunk = NULL;
    char *first = NULL;

    while (number < JT_SLAB_CHUNKS && slab->chunks[number])
        number++;
    if (number == JT_SLAB_CHUNKS)
        return NULL;
    chunk = jt_heap_resize(slab->heap, NULL, 0, bytes);
    if (!chunk)
        return NULL;
    *chunk = (struct jt_slab_chunk){
        .next = owner->roomy, .owner = owner, .bytes = bytes, .number = number, .fresh = 1};
    first = lay_out(chunk);
    /* Line 0 is the one before the first: no piece has the number 0. */
    chunk->end = 1 + (uint32_t)((size_t)((char *)chunk + bytes - first) / JT_SLAB_LINE);
    slab->chunks[number] = chunk;
    slab->piece_lines[number] = (uint8_t)owner->piece_lines;
    slab->lines[number] = first - JT_SLAB_LINE;
    owner->roomy = chunk;
    owner->bytes += bytes;
    return chunk;
}

static struct jt_slab_class *class_of(struct jt_slab *slab, uint32_t lines)
{
    struct jt_slab_class *owner = slab->classes;

    while (owner->piece_lines != lines && owner->piece_lines > 0)
        owner++;
    owner->piece_lines = lines;
    return owner;
}

void *jt_slab_take(struct jt_slab *slab, uint32_t lines, uint32_t *number)
{
    struct jt_slab_class *owner = class_of(slab, lines);
    struct jt_slab_chunk *chunk = owner->roomy ? owner->roomy : add_chunk(slab, owner);
    uint32_t line = 0;

    if (!chunk)
        return NULL;
    line = chunk->freed;
    if (line > 0) {
        memcpy(&chunk->freed, line_at(slab, chunk, line), sizeof(chunk->freed));
    } else {
        line = chunk->fresh;
        chunk->fresh += lines;
    }
    chunk->taken++;
    if (!has_room(chunk))
        owner->roomy = chunk->next;
    *number = chunk->number << JT_SLAB_CHUNK_BITS | line;
    return line_at(slab, chunk, line);
}

static void free_chunk(struct jt_slab *slab, struct jt_slab_chunk *chunk)
{
    slab->chunks[chunk->number] = NULL;
    slab->lines[chunk->number] = NULL;
    chunk->owner->bytes -= chunk->bytes;
    jt_heap_free(slab->heap, chunk, chunk->bytes);
}

/* An empty chunk goes, unless it has all the room that its class has: it would soon be back. */
static void free_empty(struct jt_slab *slab, struct jt_slab_chunk *chunk)
{
    struct jt_slab_chunk **link = &chunk->owner->roomy;

    if (*link == chunk && !chunk->next)
        return;
    while (*link != chunk)
        link = &(*link)->next;
    *link = chunk->next;
    free_chunk(slab, chunk);
}

void jt_slab_give(struct jt_slab *slab, uint32_t number)
{
    struct jt_slab_chunk *chunk = slab->chunks[number >> JT_SLAB_CHUNK_BITS];
    uint32_t line = number & ((UINT32_C(1) << JT_SLAB_CHUNK_BITS) - 1);

    if (!has_room(chunk)) {
        chunk->next = chunk->owner->roomy;
        chunk->owner->roomy = chunk;
    }
    memcpy(line_at(slab, chunk, line), &chunk->freed, sizeof(chunk->freed));
    chunk->freed = line;
    chunk->taken--;
    if (chunk->taken == 0)
        free_empty(slab, chunk);
}

void jt_slab_release(struct jt_slab *slab)
{
    for (uint32_t i = 0; i < JT_SLAB_CHUNKS; i++)
        if (slab->chunks[i])
            free_chunk(slab, slab->chunks[i]);
}
