/* Dense memory for what lookups read: pieces of a few cache lines out of large
 * chunks, so that few pages hold all of them. A piece has a number of 32 bits, which
 * is half a pointer and leads to it in two steps.
 *
 * The writer takes and gives back. Readers may ask for a piece whose number they found
 * in something that was published after it had been taken. */
#ifndef JT_RUNTIME_SLAB_H
#define JT_RUNTIME_SLAB_H

#include "base/heap.h"

#include <stddef.h>
#include <stdint.h>

enum {
    JT_SLAB_LINE = 64, /* bytes; pieces are whole lines and begin with one */
    JT_SLAB_CLASSES = 4,
    JT_SLAB_CHUNKS = 256,
    JT_SLAB_CHUNK_BITS = 24, /* of a number: the line in its chunk; those above: the chunk */
};

struct jt_slab_chunk;

struct jt_slab {
    struct jt_heap *heap;
    char *lines[JT_SLAB_CHUNKS]; /* of each chunk, where its line 0 would be */
    uint8_t piece_lines[JT_SLAB_CHUNKS];
    struct jt_slab_chunk *chunks[JT_SLAB_CHUNKS];
    struct jt_slab_class {
        uint32_t piece_lines; /* 0: not in use */
        size_t bytes;         /* of its chunks */
        struct jt_slab_chunk *roomy;
    } classes[JT_SLAB_CLASSES];
};

/* A piece of `lines` cache lines and its number, which is not 0; or NULL. At most JT_SLAB_CLASSES
 * different sizes may be asked for. */
void *jt_slab_take(struct jt_slab *slab, uint32_t lines, uint32_t *number);
void jt_slab_give(struct jt_slab *slab, uint32_t number);
/* All memory, whether given back or not. */
void jt_slab_release(struct jt_slab *slab);

static inline void *jt_slab_at(const struct jt_slab *slab, uint32_t number)
{
    size_t line = number & ((UINT32_C(1) << JT_SLAB_CHUNK_BITS) - 1);

    return slab->lines[number >> JT_SLAB_CHUNK_BITS] + line * JT_SLAB_LINE;
}

/* All that is to be read of a piece, at once. */
static inline void jt_slab_prefetch(const struct jt_slab *slab, uint32_t number)
{
    const char *at = jt_slab_at(slab, number);
    unsigned lines = slab->piece_lines[number >> JT_SLAB_CHUNK_BITS];

    for (unsigned i = 0; i < lines; i++)
        __builtin_prefetch(at + (size_t)i * JT_SLAB_LINE);
}

#endif
