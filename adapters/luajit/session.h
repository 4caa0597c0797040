/* The one session of this process, shared by all its Lua states. It stays open
 * until the process ends: there is nothing to be flushed. */
#ifndef JITNEY_LUAJIT_SESSION_H
#define JITNEY_LUAJIT_SESSION_H

#include "jitney/jitney.h"

/* The session; opened by the first call, as the environment says; NULL when it cannot be, with the
 * reason in `*status`. */
struct jitney_session *luajit_session(int *status);

/* A number for a compilation, different from all others in this process. */
uint64_t luajit_session_next_compilation(void);

/* The sinks that were asked for, or a perf map when nothing was. */
uint32_t luajit_session_sinks(void);

/* The group of events by that name as in JITNEY_RECORD_FILTER; 0: there is none. */
uint32_t luajit_session_event_group(const char *name);

#endif
