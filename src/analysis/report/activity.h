/* What an engine did, summed up: how much was compiled and how long it took, what
 * was given up and why, which functions were deoptimized. Memory grows with
 * functions, reasons and compilations. */
#ifndef JT_REPORT_ACTIVITY_H
#define JT_REPORT_ACTIVITY_H

#include "analysis/report/events.h"

#include <stdio.h>

struct jt_activity;

/* What the source says about itself, for the head of the summary. */
struct jt_activity_about {
    const char *engine; /* "" or NULL: not known */
    uint32_t processes;
    uint64_t lost;        /* events that the writer could not keep */
    uint64_t bad_records; /* not understood */
    bool is_growing;      /* its writer goes on */
};

struct jt_activity *jt_activity_new(void);
void jt_activity_free(struct jt_activity *activity);
void jt_activity_add(struct jt_activity *activity, const struct jt_event_view *view);

struct jt_activity_style {
    size_t most;      /* rows of each list; 0: all */
    unsigned columns; /* of the terminal */
};
/* Return JITNEY_OK or JITNEY_ERR_IO. */
int jt_activity_write_text(FILE *stream, struct jt_activity *activity,
                           const struct jt_activity_about *about,
                           const struct jt_activity_style *style);
int jt_activity_write_json(FILE *stream, struct jt_activity *activity,
                           const struct jt_activity_about *about);

#endif
