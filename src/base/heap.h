/* Memory for the inside half: the engine's allocator, or the C library's. A
 * failure is an answer, never an end. */
#ifndef JT_BASE_HEAP_H
#define JT_BASE_HEAP_H

#include "jitney/allocator.h"

#include <stddef.h>
#include <stdint.h>

struct jt_heap {
    struct jitney_allocator allocator;
};

/* `allocator` NULL: the C library's. */
void jt_heap_init(struct jt_heap *heap, const struct jitney_allocator *allocator);
/* As jitney_allocator's `resize`: NULL on failure, and when `new_bytes` is 0 (`old` is freed). */
void *jt_heap_resize(struct jt_heap *heap, void *old, size_t old_bytes, size_t new_bytes);
/* Zeroed memory, or NULL. */
void *jt_heap_take(struct jt_heap *heap, size_t bytes);
/* `memory` NULL is fine. */
void jt_heap_free(struct jt_heap *heap, void *memory, size_t bytes);
/* A copy with a NUL behind it, or NULL; free it with its length + 1. */
char *jt_heap_copy_text(struct jt_heap *heap, const char *text, size_t bytes);

#endif
