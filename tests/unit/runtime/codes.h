/* Code and memory for tests of the live code map. */
#ifndef JT_TESTS_CODES_H
#define JT_TESTS_CODES_H

#include "base/heap.h"
#include "jitney/codemap.h"
#include "runtime/codemap.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

/* An allocator that counts, and fails once. */
struct test_heap {
    struct jitney_allocator allocator;
    struct jt_heap heap;
    atomic_size_t live_bytes;
    size_t calls;
    size_t fail_at;   /* this call fails; 0: none does */
    size_t fail_from; /* this call and all behind it fail; 0: none does */
};

static inline void *test_heap_resize(void *context, void *old, size_t old_bytes, size_t new_bytes)
{
    struct test_heap *heap = context;
    void *memory = NULL;

    if (new_bytes == 0) {
        free(old);
        heap->live_bytes -= old_bytes;
        return NULL;
    }
    heap->calls++;
    if (heap->calls == heap->fail_at || (heap->fail_from && heap->calls >= heap->fail_from))
        return NULL;
    memory = realloc(old, new_bytes);
    if (memory)
        heap->live_bytes += new_bytes - old_bytes;
    return memory;
}

static inline void test_heap_init(struct test_heap *heap)
{
    *heap = (struct test_heap){0};
    heap->allocator = (struct jitney_allocator){
        .size = sizeof(heap->allocator), .context = heap, .resize = test_heap_resize};
    jt_heap_init(&heap->heap, &heap->allocator);
}

static inline uint64_t test_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static inline struct jt_code test_code(uint64_t address, uint64_t bytes, const char *name)
{
    return (struct jt_code){.load = {.size = sizeof(struct jitney_code_load),
                                     .address = address,
                                     .bytes = bytes,
                                     .name = name,
                                     .file = "shapes.toy",
                                     .line = 7,
                                     .tier = JITNEY_TIER_OPTIMIZED}};
}

static inline int test_add(struct jt_codemap *map, uint64_t address, uint64_t bytes,
                           uint64_t number)
{
    struct jt_code what = test_code(address, bytes, "code");
    const struct jt_code *code = NULL;

    what.number = number;
    return jt_codemap_add(map, &what, NULL, &code);
}

/* The number of the code at `pc`; 0: none. */
static inline uint64_t test_number_at(uint64_t pc)
{
    struct jitney_found found = {.size = sizeof(found)};

    return jitney_find(pc, &found) == 0 ? found.code : 0;
}

#endif
