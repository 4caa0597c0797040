/* The recording of a session, as session.c and recording.c see it: the state of
 * its sink, which is `void *` elsewhere. */
#ifndef JT_RUNTIME_RECORDING_H
#define JT_RUNTIME_RECORDING_H

#include "jitney/event.h"

#include <stdbool.h>
#include <stdint.h>

/* The quick way for an event of the engine that happens now, in this thread, and whose `body` is of
 * this library's size. False: nothing was done, give it to the sink's event(). Never
 * touches errno, takes no lock. */
bool jt_recording_sink_emit(void *sink, enum jitney_event_type type, const void *body);

/* These may be called from any thread, one at a time with each other; events go on meanwhile. */

/* Record, or pause: notes and functions are recorded all the same. The session asks wanted()
 * afterwards. */
void jt_recording_sink_switch(void *sink, bool is_on);
bool jt_recording_sink_is_on(const void *sink);
void jt_recording_sink_filter(void *sink, uint32_t events);
/* Begin anew, in the same file. Events that are under way are waited for, briefly. On failure the
 * recording goes on as it was. The session replays functions and code afterwards. */
int jt_recording_sink_reset(void *sink);
/* The file, open for reading; the sink's. */
int jt_recording_sink_fd(const void *sink);
/* Copy what is there to a new file; without the session's lock. */
int jt_recording_sink_save(void *sink, const char *path);

#endif
