/* See heap.h. */
#include "base/heap.h"

#include <stdlib.h>
#include <string.h>

static void *resize_with_libc(void *context, void *old, size_t old_bytes, size_t new_bytes)
{
    if (new_bytes > 0)
        return realloc(old, new_bytes);
    free(old);
    return NULL;
}

void jt_heap_init(struct jt_heap *heap, const struct jitney_allocator *allocator)
{
    heap->allocator =
        (struct jitney_allocator){.size = sizeof(heap->allocator), .resize = resize_with_libc};
    if (allocator)
        heap->allocator = *allocator;
}

void *jt_heap_resize(struct jt_heap *heap, void *old, size_t old_bytes, size_t new_bytes)
{
    return heap->allocator.resize(heap->allocator.context, old, old_bytes, new_bytes);
}

void *jt_heap_take(struct jt_heap *heap, size_t bytes)
{
    void *memory = jt_heap_resize(heap, NULL, 0, bytes);

    return memory ? memset(memory, 0, bytes) : NULL;
}

void jt_heap_free(struct jt_heap *heap, void *memory, size_t bytes)
{
    if (memory)
        jt_heap_resize(heap, memory, bytes, 0);
}

char *jt_heap_copy_text(struct jt_heap *heap, const char *text, size_t bytes)
{
    char *copy = jt_heap_resize(heap, NULL, 0, bytes + 1);

    if (copy) {
        if (bytes > 0)
            memcpy(copy, text, bytes);
        copy[bytes] = '\0';
    }
    return copy;
}
