/* Every field of every event, in one place: what is to be written in full (JSON,
 * dump) is told field by field. What the engine did not say is left out. */
#ifndef JT_REPORT_EVENTS_FIELDS_H
#define JT_REPORT_EVENTS_FIELDS_H

#include "analysis/report/events.h"

/* Names are those of the fields in jitney/event.h. A NULL name stands in a list. */
struct jt_event_field_sink {
    struct jt_buf *line;
    bool follows; /* another value of the same object or list */
    void (*number)(struct jt_event_field_sink *sink, const char *name, uint64_t value);
    void (*address)(struct jt_event_field_sink *sink, const char *name, uint64_t value);
    void (*flag)(struct jt_event_field_sink *sink, const char *name);
    void (*text)(struct jt_event_field_sink *sink, const char *name, const char *text,
                 size_t bytes);
    void (*begin)(struct jt_event_field_sink *sink, const char *name, bool is_list);
    void (*end)(struct jt_event_field_sink *sink, bool is_list);
};

void jt_event_fields(struct jt_event_field_sink *sink, const struct jt_event_view *view);

#endif
