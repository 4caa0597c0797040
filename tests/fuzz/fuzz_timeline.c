/* Sequences of events made from the input, checked against the obvious way of
 * working them out (support/timeline_oracle.h). */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/symbol/timeline.h"
#include "support/timeline_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EVENT_BYTES 6

/* Times only grow, so that the oracle need not sort. */
static struct oracle_event decode(const uint8_t *at, uint64_t *time_ns, bool at_top)
{
    struct oracle_event event = {.kind = ORACLE_LOAD};

    *time_ns += at[0] >> 6;
    event.kind = (at[0] & 7) < 5 ? ORACLE_LOAD : (at[0] & 7) < 7 ? ORACLE_MOVE : ORACLE_END;
    event.time_ns = *time_ns;
    event.start = at[1] % ORACLE_WINDOW;
    event.old_start = at[2] % ORACLE_WINDOW;
    event.bytes = at[3];
    if (!at_top && event.bytes > ORACLE_WINDOW - event.start)
        event.bytes = ORACLE_WINDOW - event.start;
    event.index = at[4] % 32;
    event.id = at[5] % 16;
    return event;
}

static void add(struct jt_timeline *timeline, uint64_t base, const struct oracle_event *event)
{
    uint64_t start = base + event->start;

    if (event->kind == ORACLE_LOAD)
        jt_timeline_load(timeline, event->time_ns, start, event->bytes, event->index, event->id);
    else if (event->kind == ORACLE_MOVE)
        jt_timeline_move(timeline, event->time_ns, base + event->old_start, start, event->bytes,
                         event->index);
    else
        jt_timeline_end(timeline, event->time_ns, start, event->bytes);
}

static void check(struct jt_timeline *timeline, const struct oracle *oracle, uint64_t time_ns,
                  uint64_t address)
{
    int expected = oracle_find(oracle, time_ns, address);
    uint64_t until = 0;
    const struct jt_code *code =
        jt_timeline_find(timeline, time_ns, oracle->base + address, &until);

    if ((code != NULL) != (expected >= 0) || until <= time_ns)
        abort();
    if (code && (code->id != oracle->stays[expected].id ||
                 code->load_ns != oracle->stays[expected].load_ns ||
                 code->end_ns != oracle->stays[expected].end_ns))
        abort();
    /* The answer must not change before it says so. */
    if (until != JT_TIME_END && oracle_find(oracle, until - 1, address) != expected)
        abort();
}

static void check_all(struct jt_timeline *timeline, const struct oracle *oracle, uint64_t last_ns)
{
    for (uint64_t at = 0; at <= last_ns; at += 1 + last_ns / 16) {
        for (uint64_t address = 0; address < ORACLE_WINDOW; address += 3)
            check(timeline, oracle, at, address);
        check(timeline, oracle, last_ns - at, at * 7 % ORACLE_WINDOW);
    }
    for (uint64_t address = 0; address < ORACLE_WINDOW; address++) {
        if (jt_timeline_is_ambiguous(timeline, oracle->base + address) !=
            oracle_is_ambiguous(oracle, address))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct oracle oracle;
    struct oracle_event events[ORACLE_EVENTS];
    struct jt_timeline *timeline = NULL;
    struct jt_timeline_counts counts;
    uint64_t time_ns = 0;
    size_t count = 0;

    if (size == 0)
        return 0;
    memset(&oracle, 0, sizeof(oracle));
    oracle.at_top = data[0] % 2;
    oracle.base = oracle.at_top ? 0 - (uint64_t)ORACLE_WINDOW : (uint64_t)(data[0] & 2) << 40;
    timeline = jt_timeline_new();
    for (size_t at = 1; at + EVENT_BYTES <= size && count < ORACLE_EVENTS; at += EVENT_BYTES) {
        events[count] = decode(data + at, &time_ns, oracle.at_top);
        add(timeline, oracle.base, &events[count++]);
    }
    jt_timeline_finish(timeline);
    oracle_run(&oracle, events, count);
    jt_timeline_count(timeline, &counts);
    if (counts.overlapped != oracle.overlapped || counts.lost_moves != oracle.lost_moves)
        abort();
    check_all(timeline, &oracle, time_ns + 1);
    jt_timeline_free(timeline);
    return 0;
}
