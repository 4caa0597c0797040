/* The code of a recording as a loader of code gives it: loads, moves and unloads
 * with their times, for the timeline. */
#ifndef JT_LOAD_RECORDING_H
#define JT_LOAD_RECORDING_H

#include "analysis/load/codes.h"
#include "base/diag.h"
#include "jitney/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether a file that begins so is a recording. */
bool jt_recording_codes_probe(const void *bytes, size_t count);

/* Give the code of the recording at `path` to the sink, by time. Names are those of a perf map
 * (docs/formats/perfmap.md). Byte code, which is no code to a
 * processor, is left out. Returns as the other loaders do; a failure is said. */
int jt_recording_codes_read(const char *path, struct jt_diag *diag, const struct jt_code_sink *sink,
                            struct jt_load_damage *damage);

/* One event of a recording of process `pid`; 0 for events that are not about code. */
int jt_recording_code_give(const struct jitney_event *event, uint32_t pid,
                           const struct jt_code_sink *sink);

/* The pid in a name of the form events-PID.jtr or events-PID.2.jtr (a path is fine); 0 when
 * none. */
uint32_t jt_recording_pid_of_name(const char *path);

#endif
