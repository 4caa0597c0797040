/* Events in the layout of Ř's own recordings (reactorlabs/rir:
 * rir/src/recording_serialization.h), as the text that R's load() reads: what is
 * written is a list of functions and a list of events, each a named list with a
 * class. 64-bit numbers are strings of decimal digits, as Ř has them. Lengths come
 * first in that format, so the caller counts before it writes. */
#ifndef JT_REPORT_EVENTS_RDS_H
#define JT_REPORT_EVENTS_RDS_H

#include "analysis/report/events.h"

struct jt_event_rds {
    struct jt_buf *out;
    /* The place in the list of functions, from 0, of a function of an event. */
    uint64_t (*place)(void *context, uint32_t number);
    void *context;
    uint32_t symbols;  /* written so far: later they are referred to */
    uint32_t names_at; /* of these, from 1; 0: not yet */
    uint32_t class_at;
    uint64_t filler_bytes; /* written so far in place of code that a recording has not */
};

/* Whether Ř has a class for this one. */
bool jt_event_rds_has(const struct jitney_event *event);

void jt_event_rds_begin(struct jt_event_rds *rds, uint64_t function_count);
/* NULL: one that is not known. */
void jt_event_rds_function(struct jt_event_rds *rds, const struct jitney_function *function);
void jt_event_rds_begin_events(struct jt_event_rds *rds, uint64_t event_count);
void jt_event_rds_event(struct jt_event_rds *rds, const struct jt_event_view *view);
void jt_event_rds_end(struct jt_event_rds *rds);

#endif
