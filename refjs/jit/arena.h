/* Memory of one compilation: taken piece by piece, freed at once. */
#ifndef RJ_JIT_ARENA_H
#define RJ_JIT_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct rj_arena_block;

struct rj_arena {
    struct rj_arena_block *blocks;
    char *next;
    size_t left;
};

/* Zeroed. Ends the process when memory is out, as LLVM does. */
void *rj_arena_take(struct rj_arena *arena, size_t bytes);
char *rj_arena_text(struct rj_arena *arena, const char *text);
void *rj_arena_copy(struct rj_arena *arena, const void *data, size_t bytes);
void rj_arena_release(struct rj_arena *arena);

/* Room for one more item in a malloc'ed array. */
void *rj_jit_grow(void *items, uint32_t count, uint32_t *capacity, size_t item_bytes);

#endif
