/* Where the library takes its memory from. */
#ifndef JITNEY_ALLOCATOR_H
#define JITNEY_ALLOCATOR_H

#include <stddef.h>

/**
 * One function for all: allocate, grow, shrink and free.
 *
 * `old` is NULL with `old_bytes` 0 for new memory; `new_bytes` 0 frees and returns NULL. Memory
 * is aligned for any type. On failure it returns NULL and `old` stays as it was.
 *
 * Threads: called from whichever thread calls the library, several at once, also while the
 * library holds a lock of its own: it must not call the library. Never called by
 * jitney_find() and jitney_backtrace().
 */
struct jitney_allocator {
    size_t size;   /* sizeof(struct jitney_allocator) */
    void *context; /* handed to `resize` */
    void *(*resize)(void *context, void *old, size_t old_bytes, size_t new_bytes);
};

#endif
