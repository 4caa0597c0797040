#include "analysis/load/perfdata_deferred.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

/* A thread in the kernel has few samples waiting; a machine has few threads
 * there at a time. */
#define MOST_WAITING 1024

void jt_perf_deferred_release(struct jt_perf_deferred *deferred)
{
    for (size_t i = 0; i < deferred->waiting.count; i++)
        free((void *)deferred->waiting.at[i].sample.chain);
    jt_vec_release(&deferred->waiting);
}

static int deliver(const struct jt_perf_waiting *waiting, const struct jt_sample_sink *sink)
{
    return sink->sample ? sink->sample(sink->context, &waiting->sample) : 0;
}

/* The first `count` go to the sink as they are, the rest moves up. */
static int deliver_oldest(struct jt_perf_deferred *deferred, size_t count,
                          const struct jt_sample_sink *sink)
{
    struct jt_perf_waiting *at = deferred->waiting.at;
    size_t left = deferred->waiting.count - count;
    int status = 0;

    for (size_t i = 0; i < count; i++) {
        if (!status)
            status = deliver(&at[i], sink);
        free((void *)at[i].sample.chain);
    }
    deferred->unmatched += count;
    if (left > 0)
        memmove(at, at + count, left * sizeof(*at));
    deferred->waiting.count = left;
    return status;
}

int jt_perf_deferred_keep(struct jt_perf_deferred *deferred, const struct jt_sample *sample,
                          const struct jt_sample_sink *sink)
{
    struct jt_perf_waiting waiting = {.sample = *sample};
    size_t count = sample->chain_count - 2;
    uint64_t *chain = jt_alloc(count + 1, sizeof(*chain));
    int status = 0;

    memcpy(chain, sample->chain, count * sizeof(*chain));
    waiting.sample.chain = chain;
    waiting.sample.chain_count = count;
    waiting.cookie = sample->chain[count + 1];
    if (deferred->waiting.count == MOST_WAITING)
        status = deliver_oldest(deferred, MOST_WAITING / 4, sink);
    jt_vec_push(&deferred->waiting, waiting);
    return status;
}

static int deliver_merged(struct jt_perf_waiting *waiting, const uint64_t *chain, size_t count,
                          const struct jt_sample_sink *sink)
{
    bool has_marker = count > 0 && chain[0] >= JT_CONTEXT_MAX;
    size_t first = waiting->sample.chain_count;
    uint64_t *merged = jt_alloc(first + count + 1, sizeof(*merged));
    int status = 0;

    memcpy(merged, waiting->sample.chain, first * sizeof(*merged));
    if (count > 0 && !has_marker)
        merged[first++] = JT_CONTEXT_USER;
    memcpy(merged + first, chain, count * sizeof(*merged));
    free((void *)waiting->sample.chain);
    waiting->sample.chain = merged;
    waiting->sample.chain_count = first + count;
    status = deliver(waiting, sink);
    free(merged);
    return status;
}

int jt_perf_deferred_merge(struct jt_perf_deferred *deferred, uint32_t tid, uint64_t cookie,
                           const uint64_t *chain, size_t count, const struct jt_sample_sink *sink)
{
    struct jt_perf_waiting *at = deferred->waiting.at;
    size_t kept = 0;
    int status = 0;

    for (size_t i = 0; i < deferred->waiting.count; i++) {
        if (!status && at[i].sample.tid == tid && at[i].cookie == cookie)
            status = deliver_merged(&at[i], chain, count, sink);
        else
            at[kept++] = at[i];
    }
    deferred->waiting.count = kept;
    return status;
}

int jt_perf_deferred_flush(struct jt_perf_deferred *deferred, const struct jt_sample_sink *sink)
{
    return deliver_oldest(deferred, deferred->waiting.count, sink);
}
