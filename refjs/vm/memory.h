/* The heap's free lists. Boehm's collector hands out whole blocks of cells of one size; taking one
 * off a list is then two loads and a store. */
#ifndef RJ_VM_MEMORY_H
#define RJ_VM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RJ_HEAP_GRAIN = 16, RJ_HEAP_CLASSES = 17 };

/* The last word of a scanned cell is not looked at: the collector takes it for the byte that it
 * adds so that a pointer behind the end of a cell finds the cell (libgc: misc.c, GC_init). A class
 * has room for it. Overflow gives a class that is none. */
static inline size_t rj_heap_class(size_t bytes)
{
    return bytes / RJ_HEAP_GRAIN + 1 + (bytes % RJ_HEAP_GRAIN > RJ_HEAP_GRAIN - sizeof(void *));
}

/* Lists by size class: [n] holds cells of n * RJ_HEAP_GRAIN bytes, each linked by its first word;
 * [0] stays empty. Who takes a cell off `scanned` stores NULL over the link: the rest is zero. The
 * lists are dropped when a collection starts. */
struct rj_heap {
    void *scanned[RJ_HEAP_CLASSES];
    void *plain[RJ_HEAP_CLASSES]; /* holds no pointers, not zeroed */
    uint64_t limit;               /* bytes; 0: none */
    bool is_open;
    bool is_throwing; /* the RangeError of rj_throw_memory is being made */
};

/* A cell of this class (below RJ_HEAP_CLASSES), zeroed; NULL if the list is empty. The next one is
 * on its way to the cache then. */
static inline void *rj_heap_take(struct rj_heap *heap, size_t class)
{
    void **cell = heap->scanned[class];

    if (!cell)
        return NULL;
    __builtin_prefetch(*cell, 1);
    heap->scanned[class] = *cell;
    *cell = NULL;
    return cell;
}

/* Start the collector, with at most `limit` bytes of heap (0: no limit). Does nothing the second
 * time; rj_allocate() calls it if nobody else has. */
void rj_memory_start(uint64_t limit);

#endif
