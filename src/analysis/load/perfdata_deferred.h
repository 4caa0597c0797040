/* Samples taken in the kernel whose user part comes later, in one
 * CALLCHAIN_DEFERRED record when the thread goes back to user mode. They wait
 * here for it, a bounded number of them. */
#ifndef JT_LOAD_PERFDATA_DEFERRED_H
#define JT_LOAD_PERFDATA_DEFERRED_H

#include "analysis/load/samples.h"
#include "base/vec.h"

#include <stdbool.h>

struct jt_perf_waiting {
    struct jt_sample sample; /* its chain is ours, without marker and cookie */
    uint64_t cookie;
};

struct jt_perf_deferred {
    struct jt_vec(struct jt_perf_waiting) waiting; /* the oldest first */
    uint64_t unmatched;                            /* samples whose user part never came */
};

void jt_perf_deferred_release(struct jt_perf_deferred *deferred);

/* Whether the chain ends with a marker and the cookie of a user part to come. */
static inline bool jt_perf_is_deferred(const struct jt_sample *sample)
{
    return sample->chain_count >= 2 &&
           sample->chain[sample->chain_count - 2] == JT_CONTEXT_USER_DEFERRED;
}

/* Keep a copy of such a sample. When there is no room the oldest one goes to
 * the sink as it is. */
int jt_perf_deferred_keep(struct jt_perf_deferred *deferred, const struct jt_sample *sample,
                          const struct jt_sample_sink *sink);
/* The user part for all samples of this thread and cookie: deliver them. */
int jt_perf_deferred_merge(struct jt_perf_deferred *deferred, uint32_t tid, uint64_t cookie,
                           const uint64_t *chain, size_t count, const struct jt_sample_sink *sink);
/* Deliver what still waits. */
int jt_perf_deferred_flush(struct jt_perf_deferred *deferred, const struct jt_sample_sink *sink);

#endif
