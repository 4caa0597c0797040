/* Spans with lifetimes, to be asked in any order of time: the lists of a segment
 * tree over the spans' starts, so that a question costs O(log^2 n) however often
 * an address was reused. The timeline builds it when it is asked backwards. */
#ifndef JT_SYMBOL_HISTORY_H
#define JT_SYMBOL_HISTORY_H

#include "analysis/symbol/spans.h"
#include "analysis/symbol/timeline.h"

#include <stddef.h>
#include <stdint.h>

struct jt_history {
    const struct jt_spans *spans;
    const struct jt_code *codes;
    size_t *offsets;   /* where each node's list begins in `entries` */
    uint32_t *entries; /* spans, each list in the order of their loads */
};

/* `loaded` are the spans in the order of their loads; `spans` and `codes` must
 * outlive the history. At no moment may two living spans overlap. */
void jt_history_init(struct jt_history *history, const struct jt_spans *spans,
                     const struct jt_code *codes, const uint32_t *loaded, size_t count);
void jt_history_release(struct jt_history *history);
const struct jt_code *jt_history_find(const struct jt_history *history, uint64_t time_ns,
                                      uint64_t address);

#endif
