/* Events kept beyond the call that gave them, to be sorted. */
#ifndef JT_LOAD_EVENTS_COPY_H
#define JT_LOAD_EVENTS_COPY_H

#include "base/strings.h"
#include "jitney/event.h"

/* A copy with everything it points to, but for the bytes of code, rows of lines,
 * inlined functions, unwind data and bodies, which the copy lacks. Texts go into `strings`. Free it
 * with free(). */
struct jitney_event *jt_event_copy(const struct jitney_event *event, struct jt_strings *strings);

#endif
