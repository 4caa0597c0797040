/* Where code of different ids was: the addresses at which a name without a time
 * is a guess. */
#ifndef JT_SYMBOL_SHARED_H
#define JT_SYMBOL_SHARED_H

#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jt_range {
    uint64_t start;
    uint64_t last;
    uint32_t id;
};

struct jt_shared {
    struct jt_vec(struct jt_range) ranges; /* apart from each other, ascending */
};

/* Find the addresses that ranges of two or more ids cover. */
void jt_shared_init(struct jt_shared *shared, const struct jt_range *ranges, size_t count);
void jt_shared_release(struct jt_shared *shared);
bool jt_shared_holds(const struct jt_shared *shared, uint64_t address);

#endif
