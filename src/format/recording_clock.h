/* From counts of the processor's clock to CLOCK_MONOTONIC: a recording holds
 * anchors, moments at which both were read; in between time is interpolated. */
#ifndef JT_FORMAT_RECORDING_CLOCK_H
#define JT_FORMAT_RECORDING_CLOCK_H

#include "base/heap.h"

#include <stddef.h>
#include <stdint.h>

struct jt_recording_anchor {
    uint64_t counter;
    uint64_t time_ns;
};

struct jt_recording_clock {
    struct jt_heap *heap;
    struct jt_recording_anchor *anchors;
    size_t count, room;
    size_t last;       /* the anchor that was used last */
    double ns_a_count; /* as the header says; 0: not known */
};

void jt_recording_clock_release(struct jt_recording_clock *clock);
/* JITNEY_ERR_MEMORY, or OK. */
int jt_recording_clock_add(struct jt_recording_clock *clock, uint64_t counter, uint64_t time_ns);
/* After adding: put the anchors in order, and drop those that contradict others. */
void jt_recording_clock_settle(struct jt_recording_clock *clock);
/* Never runs backwards. */
uint64_t jt_recording_clock_ns(struct jt_recording_clock *clock, uint64_t counter);

#endif
