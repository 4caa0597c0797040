/* An allocator that fails once, at the allocation of your choice, and knows
 * what has not been given back. */
#ifndef TESTS_SUPPORT_FAILING_HEAP_H
#define TESTS_SUPPORT_FAILING_HEAP_H

#include "jitney/allocator.h"

#include <stdatomic.h>
#include <stdint.h>

struct failing_heap {
    struct jitney_allocator allocator;
    _Atomic int64_t live_bytes;
    _Atomic int64_t calls;
    int64_t fails_at; /* number of the call that fails, from 1; 0: none */
};

void failing_heap_init(struct failing_heap *heap, int64_t fails_at);

#endif
