/* A session from inside: what emitting, recording, forking and closing share. */
#ifndef JT_RUNTIME_SESSION_H
#define JT_RUNTIME_SESSION_H

#include "base/buf.h"
#include "base/heap.h"
#include "jitney/session.h"
#include "runtime/codemap.h"
#include "runtime/functions.h"
#include "runtime/lines.h"
#include "runtime/sink.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { JT_SINK_COUNT = 5, JT_LISTENERS = 8 };

struct jt_sink_slot {
    const struct jt_sink_class *class;
    void *state; /* NULL: not open */
};

struct jt_counters {
    _Atomic uint64_t events, dropped, dropped_memory, dropped_io, dropped_limit, refused, filtered;
    _Atomic uint32_t failed_sinks;
    _Atomic int32_t last_errno;
    _Atomic uint32_t living_code;
};

struct jitney_session {
    struct jitney_session_head head; /* `wanted`: what is below, together */
    _Atomic uint32_t concurrent;     /* classes that the recording takes without the lock */
    _Atomic uint32_t serial;         /* classes that need the lock: other sinks, map, listeners */
    _Atomic uint32_t sinks;          /* JITNEY_SINK_* that are on */
    _Atomic bool is_forked;          /* in a child that has not looked after its sinks yet */
    /* The recording, once it was opened: kept until the session closes, for emitters use it
     * without the lock. */
    void *_Atomic recording;
    struct jt_heap heap;
    struct jt_sink_host host;
    char *texts[5]; /* copies that `host` and `user_code` point to */
    const char *user_code;
    bool (*is_user_code)(void *context, const struct jitney_code_load *load);
    void *user_context;

    pthread_mutex_t lock; /* all that follows, and each sink that is not concurrent */
    struct jt_sink_slot slots[JT_SINK_COUNT];
    struct jt_codemap *codes; /* NULL: no map */
    struct jt_functions functions;
    struct jt_pending_lines pending;
    struct jitney_listener listeners[JT_LISTENERS];
    uint64_t last_ns;   /* of the last event told under the lock: time does not run backwards */
    uint64_t last_code; /* number of the last code */

    struct jt_counters counters;
    struct jitney_session *next; /* of all sessions, for fork() */
};

/* The row of each sink, in the order in which they are told events. */
extern const struct jt_sink_class *const jt_sink_classes[JT_SINK_COUNT];

/* The lock. In a child of fork() the first to take it looks after the sinks. */
void jt_session_lock(struct jitney_session *session);
void jt_session_unlock(struct jitney_session *session);

/* These are called with the lock held. */

/* Open the sink of `flag` unless it is open, and tell it functions and living code. */
int jt_session_open_sink(struct jitney_session *session, uint32_t flag);
void jt_session_close_sink(struct jitney_session *session, uint32_t flag);
/* Tell a sink all functions and living code. */
int jt_session_replay(struct jitney_session *session, const struct jt_sink_slot *slot);
/* What is wanted now; after each change of sinks, listeners or filters. */
void jt_session_update(struct jitney_session *session);
/* Count an event that `status` says was dropped; errno tells the rest. */
void jt_session_count_drop(struct jitney_session *session, int status);

/* Fork: every open session is known (fork.c). */
int jt_fork_add(struct jitney_session *session);
void jt_fork_remove(struct jitney_session *session);

#endif
