/* Puts records in the order of time. What waits is kept as runs: stretches of
 * bytes whose records are in order already, as those of one processor's ring
 * are. A run is a place and two numbers, so that a file of any size waits in
 * little memory; its records are read again when their turn comes. */
#ifndef JT_LOAD_PERFDATA_ORDER_H
#define JT_LOAD_PERFDATA_ORDER_H

#include "analysis/load/perfdata_input.h"
#include "analysis/load/perfdata_stream.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

struct jt_perf_place {
    struct jt_perf_input *input; /* `at` is an offset in it, or */
    struct jt_perf_chunk *chunk; /* an index of its bytes */
    uint64_t at;
};

struct jt_perf_run {
    uint64_t time;     /* of its first record */
    uint64_t sequence; /* among equal times the older run goes first */
    struct jt_perf_place place;
    uint64_t end;
};

/* Who knows what the bytes of a record mean. */
struct jt_perf_order_user {
    void *context;
    size_t (*size)(void *context, const uint8_t *header);
    uint64_t (*time)(void *context, const uint8_t *record, size_t bytes);
    int (*deliver)(void *context, const uint8_t *record, size_t bytes);
    /* The rest of a run can no longer be read: the file changed. */
    void (*lost)(void *context, uint64_t bytes);
};

struct jt_perf_order {
    struct jt_perf_order_user user;
    struct jt_perf_pool *pool;
    struct jt_vec(struct jt_perf_run) heap; /* the earliest first */
    struct jt_perf_run open;                /* the one that grows; not in the heap */
    uint64_t open_last;                     /* time of its last record */
    uint64_t sequence;
    bool has_open;
};

void jt_perf_order_release(struct jt_perf_order *order);
/* A record that waits for its turn. */
void jt_perf_order_add(struct jt_perf_order *order, const struct jt_perf_place *place, size_t bytes,
                       uint64_t time);
/* Deliver all that is not later than `limit`; what deliver returned to stop. */
int jt_perf_order_flush(struct jt_perf_order *order, uint64_t limit);
/* Memory for what waits passes its limit. */
bool jt_perf_order_is_full(const struct jt_perf_order *order);
/* Deliver the earliest until only half of that is used. */
int jt_perf_order_make_room(struct jt_perf_order *order);

#endif
