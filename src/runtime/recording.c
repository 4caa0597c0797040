/* The recording of a session, as engines use it. */
#include "jitney/recording.h"

#include "format/recording_reader.h"
#include "runtime/recording.h"
#include "runtime/session.h"
#include "runtime/take.h"

#include <errno.h>

static void *recording_of(const struct jitney_session *session)
{
    return session ? atomic_load(&session->recording) : NULL;
}

int jitney_recording_start(struct jitney_session *session)
{
    int saved = errno;
    int status = JITNEY_OK;

    if (!session)
        return JITNEY_OK;
    jt_session_lock(session);
    status = jt_session_open_sink(session, JITNEY_SINK_RECORD);
    if (!status)
        jt_recording_sink_switch(recording_of(session), true);
    jt_session_update(session);
    jt_session_unlock(session);
    errno = saved;
    return status;
}

int jitney_recording_stop(struct jitney_session *session)
{
    int saved = errno;
    int status = JITNEY_ERR_NOT_FOUND;

    if (!session)
        return status;
    jt_session_lock(session);
    if (recording_of(session)) {
        jt_recording_sink_switch(recording_of(session), false);
        jt_session_update(session);
        status = JITNEY_OK;
    }
    jt_session_unlock(session);
    errno = saved;
    return status;
}

bool jitney_recording_enabled(const struct jitney_session *session)
{
    const void *recording = recording_of(session);

    return recording && jt_recording_sink_is_on(recording);
}

int jitney_recording_set_filter(struct jitney_session *session, uint32_t events)
{
    int saved = errno;

    if (events & ~JITNEY_EVENTS_ALL)
        return JITNEY_ERR_ARGUMENT;
    if (!session)
        return JITNEY_OK;
    jt_session_lock(session);
    session->host.record_filter = events;
    if (recording_of(session)) {
        jt_recording_sink_filter(recording_of(session), events);
        jt_session_update(session);
    }
    jt_session_unlock(session);
    errno = saved;
    return JITNEY_OK;
}

static const struct jt_sink_slot *slot_of(const struct jitney_session *session)
{
    const struct jt_sink_slot *slot = session->slots;

    while (slot->class->flag != JITNEY_SINK_RECORD)
        slot++;
    return slot;
}

int jitney_recording_reset(struct jitney_session *session)
{
    int saved = errno;
    int status = JITNEY_ERR_NOT_FOUND;

    if (!session)
        return status;
    jt_session_lock(session);
    if (recording_of(session)) {
        status = jt_recording_sink_reset(recording_of(session));
        if (!status)
            status = jt_session_replay(session, slot_of(session));
    }
    jt_session_unlock(session);
    errno = saved;
    return status;
}

/* A recording is kept until its session closes, so that no lock is held while it is copied. */
int jitney_recording_save(struct jitney_session *session, const char *path)
{
    void *recording = NULL;
    int saved = errno;
    int status = JITNEY_ERR_NOT_FOUND;

    if (!session)
        return status;
    if (!path)
        return JITNEY_ERR_ARGUMENT;
    jt_session_lock(session);
    recording = recording_of(session);
    jt_session_unlock(session);
    if (recording)
        status = jt_recording_sink_save(recording, path);
    errno = saved;
    return status;
}

/* ---- reading ---- */

static int take_visitor(struct jitney_recording_visitor *ours,
                        const struct jitney_recording_visitor *theirs)
{
    int status = jt_take_struct(ours, sizeof(*ours), sizeof(*ours), theirs);

    return !status && !ours->event ? JITNEY_ERR_ARGUMENT : status;
}

/* The visitor is called without a lock: it may use the session. */
int jitney_recording_get(struct jitney_session *session,
                         const struct jitney_recording_visitor *given)
{
    struct jitney_recording_visitor visitor;
    struct jt_recording *recording = NULL;
    int saved = errno;
    int status = take_visitor(&visitor, given);

    if (status)
        return status;
    status = JITNEY_ERR_NOT_FOUND;
    if (session) {
        jt_session_lock(session);
        if (recording_of(session))
            status = jt_recording_open_fd(jt_recording_sink_fd(recording_of(session)),
                                          &session->heap, &recording);
        jt_session_unlock(session);
    }
    if (!status)
        status = jt_recording_read(recording, &visitor);
    jt_recording_close(recording);
    errno = saved;
    return status;
}

int jitney_recording_load(const char *path, const struct jitney_recording_visitor *given)
{
    struct jitney_recording_visitor visitor;
    struct jt_recording *recording = NULL;
    struct jt_heap heap;
    int saved = errno;
    int status = take_visitor(&visitor, given);

    if (!status && !path)
        status = JITNEY_ERR_ARGUMENT;
    if (status)
        return status;
    jt_heap_init(&heap, NULL);
    status = jt_recording_open(path, &heap, &recording);
    if (!status)
        status = jt_recording_read(recording, &visitor);
    jt_recording_close(recording);
    errno = saved;
    return status;
}
