/* See failing_heap.h. */
#include "support/failing_heap.h"

#include <stdlib.h>

static void *resize(void *context, void *old, size_t old_bytes, size_t new_bytes)
{
    struct failing_heap *heap = context;
    void *grown = NULL;

    if (new_bytes == 0) {
        free(old);
        atomic_fetch_sub(&heap->live_bytes, (int64_t)old_bytes);
        return NULL;
    }
    if (atomic_fetch_add(&heap->calls, 1) + 1 == heap->fails_at)
        return NULL;
    grown = realloc(old, new_bytes);
    if (grown)
        atomic_fetch_add(&heap->live_bytes, (int64_t)new_bytes - (int64_t)old_bytes);
    return grown;
}

void failing_heap_init(struct failing_heap *heap, int64_t fails_at)
{
    *heap = (struct failing_heap){.fails_at = fails_at};
    heap->allocator = (struct jitney_allocator){
        .size = sizeof(heap->allocator), .context = heap, .resize = resize};
}
