/* A session: what an engine opens once, tells its events, and closes at its end.
 *
 *     struct jitney_session_options options = {.size = sizeof(options), .engine = "toy"};
 *     struct jitney_session *session = NULL;
 *
 *     jitney_options_from_environment(&options);
 *     jitney_session_open(&options, &session);
 *     …
 *     struct jitney_code_load load = {.size = sizeof(load), .name = "add", …};
 *     jitney_code_load(session, &load);
 *
 * The library behaves as a guest: it never exits, prints, installs a signal
 * handler or changes errno, and it waits for nothing. What cannot be written is
 * dropped and counted (jitney_session_counters()). An event whose call has
 * returned is readable from outside even if the process is killed right then. */
#ifndef JITNEY_SESSION_H
#define JITNEY_SESSION_H

#include "jitney/allocator.h"
#include "jitney/api.h"
#include "jitney/event.h"
#include "jitney/status.h"

#include <stdbool.h>

JITNEY_BEGIN

struct jitney_session;

/** Where a session writes. */
enum jitney_sink {
    JITNEY_SINK_PERFMAP = 1, /* DIRECTORY/perf-PID.map */
    JITNEY_SINK_JITDUMP = 2, /* DIRECTORY/jit-PID.dump */
    JITNEY_SINK_GDB = 4,     /* debuggers: names, lines, unwinding */
    JITNEY_SINK_RECORD = 8,  /* a recording, see recording.h */
    JITNEY_SINK_LOG = 16,    /* a line of text per event */
    JITNEY_SINK_MAP = 32,    /* the live code map, see codemap.h; all sinks of code switch it on */
};

enum jitney_session_flag {
    JITNEY_SESSION_GDB_ALWAYS = 1, /* describe code to debuggers before one attaches: costs more */
    JITNEY_SESSION_BODIES = 2,     /* recordings keep the bodies of functions */
};

/** How to open a session. Zero in any field but `size` asks for the default. */
struct jitney_session_options {
    size_t size;             /* sizeof(struct jitney_session_options) */
    uint32_t sinks;          /* JITNEY_SINK_* bits; 0: none, to be switched on later */
    uint32_t flags;          /* JITNEY_SESSION_* bits */
    const char *directory;   /* where files go; NULL: /tmp, where perf looks */
    const char *engine;      /* name of the engine, for readers of the files */
    const char *record_file; /* NULL: DIRECTORY/events-PID.jtr; %p in it becomes the pid */
    uint32_t record_filter;  /* JITNEY_EVENTS_*; 0: JITNEY_EVENTS_DEFAULT */
    uint32_t reserved;       /* 0 */
    uint64_t record_bytes;   /* a recording grows no further; 0: 4 GiB */
    const char *log_file;    /* NULL: DIRECTORY/jitney-PID.log; %p becomes the pid */
    const char *user_code;   /* keep only code whose file or name has this in it; NULL: all code */
    bool (*is_user_code)(void *context, const struct jitney_code_load *load); /* or ask this */
    void *context;                                                            /* of is_user_code */
    const struct jitney_allocator *allocator; /* copied; NULL: the C library's */
};

/**
 * Set what the environment asks for; what it does not mention stays as it is.
 *
 * JITNEY_PERFMAP=1, JITNEY_JITDUMP=1, JITNEY_GDB=1 (or `always`), JITNEY_RECORD=1 or FILE,
 * JITNEY_LOG=1 or FILE, JITNEY_MAP=1: sinks (0 switches one off); JITNEY_RECORD_FILTER=GROUP,…:
 * Code, Compile, Deopt, Invoke, TypeFeedback, ContextualTypeFeedback, Osr, Cache, Note, All;
 * JITNEY_RECORD_SERIALIZE=1: bodies; JITNEY_RECORD_BYTES=N[K|M|G]; JITNEY_DIR=FOLDER;
 * JITNEY_USER_CODE=TEXT. The options point into the environment afterwards.
 *
 * Threads: any, while no other changes the environment.
 * Returns JITNEY_OK, or JITNEY_ERR_ARGUMENT when a value is not understood; what was
 * understood is set.
 */
JITNEY_API int jitney_options_from_environment(struct jitney_session_options *options);

/**
 * Open a session and its sinks.
 *
 * A sink that cannot be opened (no permission, disk full) does not hinder the others; it is named
 * in jitney_session_counters(). On success `*session` is the caller's, to be passed to
 * jitney_session_close(). On failure it is NULL, which every other call takes for a session that
 * wants nothing. Several sessions may be open at once.
 *
 * Threads: any. Not async-signal-safe.
 * Returns JITNEY_OK, JITNEY_ERR_ARGUMENT, JITNEY_ERR_MEMORY, JITNEY_ERR_VERSION when `options`
 * sets a field this library does not know, or the status of the sinks when there are some and
 * none could be opened.
 */
JITNEY_API int jitney_session_open(const struct jitney_session_options *options,
                                   struct jitney_session **session);

/**
 * Close the sinks and free the session. Files stay. NULL is fine.
 *
 * Threads: any; the caller sees to it that no other call with this session is under way or
 * follows. Not async-signal-safe.
 */
JITNEY_API void jitney_session_close(struct jitney_session *session);

/**
 * Switch sinks on and off: `sinks` are those that are on afterwards. A sink that is switched on
 * is told all living code that the session knows (none, when no sink of code and no
 * JITNEY_SINK_MAP was on), and all functions.
 *
 * Threads: any. Not async-signal-safe, not from a listener.
 * Returns JITNEY_OK or the status of the first sink that could not be opened.
 */
JITNEY_API int jitney_session_set_sinks(struct jitney_session *session, uint32_t sinks);

/** What the inlined check sees of a session; the rest is the library's own. */
struct jitney_session_head {
    uint32_t wanted; /* event classes that somebody listens to */
};

/**
 * Whether anybody wants events of this class: worth asking before you collect what an event
 * needs. One load and one branch. Threads: any; async-signal-safe.
 */
static inline bool jitney_wants(const struct jitney_session *session, enum jitney_event_type type)
{
    return session &&
           __builtin_expect((__atomic_load_n(&((const struct jitney_session_head *)session)->wanted,
                                             __ATOMIC_RELAXED) &
                             JITNEY_EVENT_BIT(type)) != 0,
                            0);
}

/**
 * Tell an event: `body` is the struct of its class. The functions below do so with a check of
 * the type; prefer them.
 *
 * Threads: any; listeners run in the calling thread. Not async-signal-safe.
 * Returns JITNEY_OK, also when nobody wants it or a filter keeps it out; JITNEY_ERR_ARGUMENT
 * when it makes no sense (no name, no bytes, an address range that wraps),
 * JITNEY_ERR_VERSION when `body` sets a field this library does not know, JITNEY_ERR_NOT_FOUND
 * when code moves or goes that the session does not know, or the status of the first sink
 * that dropped it.
 */
JITNEY_API int jitney_emit(struct jitney_session *session, enum jitney_event_type type,
                           const void *body);

/**
 * The same for an event that took place elsewhere: at `time_ns` (CLOCK_MONOTONIC; 0: now) in thread
 * `tid` (0: this one). For adapters that read an engine's log.
 */
JITNEY_API int jitney_emit_at(struct jitney_session *session, enum jitney_event_type type,
                              const void *body, uint64_t time_ns, uint32_t tid);

/**
 * Give a function of the program a number, by which events name it, and tell it to recordings.
 * Not undone: numbers count up from 1 and live as long as the session.
 *
 * Threads: any. Not async-signal-safe.
 * Returns JITNEY_OK, JITNEY_ERR_ARGUMENT, JITNEY_ERR_VERSION or JITNEY_ERR_MEMORY; `*number` is
 * 0 when it is not JITNEY_OK, and events may use that.
 */
JITNEY_API int jitney_function_define(struct jitney_session *session,
                                      const struct jitney_function *function, uint32_t *number);

/** One function for each class of events: jitney_code_load(session, load) and so on, all with the
 * contract of jitney_emit(). */
#define JITNEY_EMITTER(name, type)                                                                 \
    static inline int jitney_##name(struct jitney_session *session,                                \
                                    const struct jitney_##name *event)                             \
    {                                                                                              \
        return jitney_wants(session, type) ? jitney_emit(session, type, event) : JITNEY_OK;        \
    }
JITNEY_EMITTER(code_load, JITNEY_CODE_LOAD)
JITNEY_EMITTER(code_move, JITNEY_CODE_MOVE)
JITNEY_EMITTER(code_unload, JITNEY_CODE_UNLOAD)
JITNEY_EMITTER(compile_start, JITNEY_COMPILE_START)
JITNEY_EMITTER(compile, JITNEY_COMPILE)
JITNEY_EMITTER(compile_end, JITNEY_COMPILE_END)
JITNEY_EMITTER(compile_abort, JITNEY_COMPILE_ABORT)
JITNEY_EMITTER(deopt, JITNEY_DEOPT)
JITNEY_EMITTER(invocation, JITNEY_INVOCATION)
JITNEY_EMITTER(invocation_undo, JITNEY_INVOCATION_UNDO)
JITNEY_EMITTER(type_feedback, JITNEY_TYPE_FEEDBACK)
JITNEY_EMITTER(contextual_feedback, JITNEY_CONTEXTUAL_FEEDBACK)
JITNEY_EMITTER(osr_entry, JITNEY_OSR_ENTRY)
JITNEY_EMITTER(cache_event, JITNEY_CACHE)
JITNEY_EMITTER(note, JITNEY_NOTE)

/**
 * A line table that arrives in pieces, before or after its code is finished: begin, add rows, and
 * end with the address of the code. The next load at this address that has no rows of its own
 * takes them. One table may be filled by one thread at a time; several may be open.
 *
 * `*lines` is the caller's until jitney_lines_end() or jitney_lines_drop(). When nobody wants code,
 * it is NULL, which the other functions take for a table that keeps nothing.
 *
 * Threads: any. Not async-signal-safe.
 * All return JITNEY_OK, JITNEY_ERR_MEMORY, or JITNEY_ERR_LIMIT after a million rows.
 */
struct jitney_lines;
JITNEY_API int jitney_lines_begin(struct jitney_session *session, struct jitney_lines **lines);
/** Add a row; see jitney_lines_begin(). */
JITNEY_API int jitney_lines_add(struct jitney_lines *lines, const struct jitney_line *line);
/** Hand the table over to the code at `address`; see jitney_lines_begin(). */
JITNEY_API int jitney_lines_end(struct jitney_lines *lines, uint64_t address);
/** Throw the table away; see jitney_lines_begin(). */
JITNEY_API void jitney_lines_drop(struct jitney_lines *lines);

/**
 * How many bytes behind this code must stay free of other code, so that perf finds its unwinding
 * data after `perf inject`. An allocator that starts every piece of code at least this far behind
 * the end of the one before makes `perf record --call-graph dwarf` work through all of them. 0
 * when the load has no unwinding data. Threads: any; async-signal-safe.
 */
JITNEY_API size_t jitney_code_gap(const struct jitney_code_load *load);

/* ---- listeners ---- */

enum jitney_listener_flag {
    JITNEY_LISTENER_REPLAY = 1, /* first tell it the functions and living code there are */
};

/**
 * A function of yours that is told events. It is called without any lock of the library held, so it
 * may call the library, and sees the events of one thread in their order. What the event points to
 * is valid during the call alone.
 */
struct jitney_listener {
    size_t size;
    uint32_t events; /* JITNEY_EVENT_BIT()s */
    uint32_t flags;  /* JITNEY_LISTENER_* */
    void (*on_event)(void *context, const struct jitney_event *event);
    void *context;
};

/**
 * Add a listener; at most 8 at a time. After jitney_session_remove_listener() has returned it is
 * not called any more, except by calls that were under way in other threads.
 *
 * Threads: any, also from a listener. Not async-signal-safe.
 * Returns JITNEY_OK and its number in `*number` (from 1), JITNEY_ERR_ARGUMENT, JITNEY_ERR_LIMIT.
 */
JITNEY_API int jitney_session_add_listener(struct jitney_session *session,
                                           const struct jitney_listener *listener,
                                           uint32_t *number);
/** See jitney_session_add_listener(). Returns JITNEY_OK or JITNEY_ERR_NOT_FOUND. */
JITNEY_API int jitney_session_remove_listener(struct jitney_session *session, uint32_t number);

/* ---- how it goes ---- */

/** What was told and what was lost, since the session was opened. */
struct jitney_counters {
    size_t size;
    uint64_t events;         /* told; without those that the recording alone took */
    uint64_t dropped;        /* of these, lost to at least one sink */
    uint64_t dropped_memory; /* for want of memory */
    uint64_t dropped_io;     /* because writing failed */
    uint64_t dropped_limit;  /* because a file is as large as it may be */
    uint64_t refused;        /* made no sense */
    uint64_t filtered;       /* not the user's own code */
    uint32_t sinks;          /* that are on */
    uint32_t failed_sinks;   /* that could not be opened, or failed and were given up */
    int32_t last_errno;      /* of the last failure; 0: none */
    uint32_t living_code;    /* pieces in the live code map */
};

/**
 * Read the counters into `*counters`, whose `size` is set. Threads: any; async-signal-safe.
 * Returns JITNEY_OK or JITNEY_ERR_ARGUMENT.
 */
JITNEY_API int jitney_session_counters(const struct jitney_session *session,
                                       struct jitney_counters *counters);

/** The text of a status, in English; never NULL. Threads: any; async-signal-safe. */
JITNEY_API const char *jitney_status_text(int status);

JITNEY_END

#endif
