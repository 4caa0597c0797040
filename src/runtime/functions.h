/* The functions that an engine defined, by number. */
#ifndef JT_RUNTIME_FUNCTIONS_H
#define JT_RUNTIME_FUNCTIONS_H

#include "base/heap.h"
#include "jitney/event.h"

#include <stdint.h>

struct jt_function {
    struct jitney_function facts; /* without body */
    uint64_t time_ns;
    uint32_t tid;
    size_t block_bytes; /* of the memory that its texts lie in, from facts.name on */
};

struct jt_functions {
    struct jt_function *at; /* number - 1 */
    uint32_t count;
    uint32_t room;
};

/* Keep a copy of the function without its body. JITNEY_OK or JITNEY_ERR_MEMORY. */
int jt_functions_add(struct jt_functions *functions, struct jt_heap *heap,
                     const struct jitney_function *function, uint64_t time_ns, uint32_t tid);
void jt_functions_release(struct jt_functions *functions, struct jt_heap *heap);

#endif
