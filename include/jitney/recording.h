/* Recordings: what an engine did, kept in a file that survives the process.
 * The format is documented in docs/formats/recording.md; `jitney events FILE`
 * prints one. The environment can do all of this too: JITNEY_RECORD=FILE,
 * JITNEY_RECORD_FILTER=Compile,Deopt,… (see session.h). */
#ifndef JITNEY_RECORDING_H
#define JITNEY_RECORDING_H

#include "jitney/api.h"
#include "jitney/session.h"

JITNEY_BEGIN

/**
 * Start to record, or go on after jitney_recording_stop(). The recording of the session is the
 * file of its options; it is made at the first start, which also writes down the functions that
 * are defined and the code that lives.
 *
 * Threads: any; not from a listener. Not async-signal-safe.
 * Returns JITNEY_OK or why the file could not be made.
 */
JITNEY_API int jitney_recording_start(struct jitney_session *session);

/**
 * Pause: events are not recorded until the next start; what was recorded stays. Notes are recorded
 * all the same. Threads: as jitney_recording_start(). Returns JITNEY_OK, JITNEY_ERR_NOT_FOUND
 * when there is no recording.
 */
JITNEY_API int jitney_recording_stop(struct jitney_session *session);

/** Whether events are recorded now. Threads: any; async-signal-safe. */
JITNEY_API bool jitney_recording_enabled(const struct jitney_session *session);

/**
 * Which event classes are recorded from now on (JITNEY_EVENTS_*). Notes and functions always are.
 * Threads: any. Returns JITNEY_OK or JITNEY_ERR_ARGUMENT.
 */
JITNEY_API int jitney_recording_set_filter(struct jitney_session *session, uint32_t events);

/**
 * Forget what was recorded: the file starts anew, with the functions that are defined and the code
 * that lives. Threads: as jitney_recording_start(). Returns JITNEY_OK or why it could not.
 */
JITNEY_API int jitney_recording_reset(struct jitney_session *session);

/**
 * Save a copy of what was recorded until now to another file, which must not exist.
 * Threads: as jitney_recording_start().
 * Returns JITNEY_OK, JITNEY_ERR_NOT_FOUND when there is no recording, JITNEY_ERR_IO.
 */
JITNEY_API int jitney_recording_save(struct jitney_session *session, const char *path);

/** What a reader of a recording is told; events come in the order of time, functions (class
 * JITNEY_FUNCTION) before the events that name them. */
struct jitney_recording_visitor {
    size_t size;
    /* 0 to go on; anything else stops, and is returned. */
    int (*event)(void *context, const struct jitney_event *event);
    void *context;
};

/**
 * Visit what was recorded until now. Threads: as jitney_recording_start(); others may go on
 * recording meanwhile. Returns JITNEY_OK, what the visitor returned, JITNEY_ERR_NOT_FOUND,
 * JITNEY_ERR_MEMORY, JITNEY_ERR_IO.
 */
JITNEY_API int jitney_recording_get(struct jitney_session *session,
                                    const struct jitney_recording_visitor *visitor);

/**
 * Visit a recording in a file, of this or any other process. A file that was cut short gives what
 * is whole. Threads: any. Returns as jitney_recording_get(), JITNEY_ERR_FORMAT when it is no
 * recording, JITNEY_ERR_VERSION when it is of a newer format.
 */
JITNEY_API int jitney_recording_load(const char *path,
                                     const struct jitney_recording_visitor *visitor);

JITNEY_END

#endif
