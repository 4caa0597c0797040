/* Memory of one compilation. */
#include "jit/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 64 * 1024 };

struct rj_arena_block {
    struct rj_arena_block *next;
    uint64_t align;
};

static void out_of_memory(void)
{
    fputs("refjs: out of memory in the compiler\n", stderr);
    exit(1);
}

void *rj_arena_take(struct rj_arena *arena, size_t bytes)
{
    struct rj_arena_block *block;
    void *taken;

    if (bytes > SIZE_MAX / 2)
        out_of_memory();
    bytes = (bytes + 15) & ~(size_t)15;
    if (bytes > arena->left) {
        size_t room = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;

        block = calloc(1, sizeof(*block) + room);
        if (!block) {
            out_of_memory();
            return NULL;
        }
        block->next = arena->blocks;
        arena->blocks = block;
        arena->next = (char *)(block + 1);
        arena->left = room;
    }
    taken = arena->next;
    arena->next += bytes;
    arena->left -= bytes;
    return taken;
}

void *rj_arena_copy(struct rj_arena *arena, const void *data, size_t bytes)
{
    void *copy = rj_arena_take(arena, bytes);

    if (bytes)
        memcpy(copy, data, bytes);
    return copy;
}

char *rj_arena_text(struct rj_arena *arena, const char *text)
{
    return rj_arena_copy(arena, text ? text : "", text ? strlen(text) + 1 : 1);
}

void rj_arena_release(struct rj_arena *arena)
{
    while (arena->blocks) {
        struct rj_arena_block *next = arena->blocks->next;

        free(arena->blocks);
        arena->blocks = next;
    }
    memset(arena, 0, sizeof(*arena));
}

void *rj_jit_grow(void *items, uint32_t count, uint32_t *capacity, size_t item_bytes)
{
    uint32_t more = *capacity ? *capacity * 2 : 16;

    if (count < *capacity)
        return items;
    if (more < *capacity || more > UINT32_MAX / 64)
        out_of_memory();
    items = realloc(items, more * item_bytes);
    if (!items)
        out_of_memory();
    memset((char *)items + (size_t)count * item_bytes, 0, (more - count) * item_bytes);
    *capacity = more;
    return items;
}
