/* Stacks of frames become the call tree. It knows nothing else of the profile, so
 * that the tree can grow while the next stacks get their names. */
#ifndef JT_PROFILE_GROW_H
#define JT_PROFILE_GROW_H

#include "analysis/profile/nodes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In a list of frames: this one was inlined into the one before it, at the same
 * step of the stack. */
#define JT_GROW_INLINED (UINT32_C(1) << 31)

struct jt_grown_stack {
    uint32_t slot;          /* whose last stack it shares its first steps with */
    uint32_t shared;        /* so many steps */
    uint32_t root;          /* frame below all others; used when nothing is shared */
    uint32_t count;         /* frames of the other steps */
    const uint32_t *frames; /* outermost first */
    uint64_t weight;
};

struct jt_grow;

struct jt_grow *jt_grow_new(struct jt_nodes *tree, bool threaded);
void jt_grow_add(struct jt_grow *grow, const struct jt_grown_stack *stack);
/* Wait until the tree has grown, and free. */
void jt_grow_finish(struct jt_grow *grow);

#endif
