/* Walking a stack by its frame pointers. */
#ifndef JT_RUNTIME_STACK_H
#define JT_RUNTIME_STACK_H

#include "jitney/codemap.h"

#include <stdbool.h>
#include <stdint.h>

struct jt_stack {
    struct jitney_frame next; /* `pc` 0: no more */
    uint64_t caller;          /* of a function that has no frame yet or any more; 0: not known */
};

/* From a signal handler's third argument, or, when that is NULL, from the caller of the function
 * whose __builtin_frame_address(0) is `frame`. */
void jt_stack_begin(struct jt_stack *stack, const void *ucontext, const void *frame);
/* The next frame; false: that was the last. Async-signal-safe; errno may change. */
bool jt_stack_next(struct jt_stack *stack, struct jitney_frame *frame);

/* The byte to look up: a return address may be behind the end of its code. */
static inline uint64_t jt_stack_lookup_pc(const struct jitney_frame *frame)
{
    return frame->pc - frame->is_return_address;
}

#endif
