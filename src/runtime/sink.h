/* What a sink is to a session: one struct of functions in its own file in
 * sink/, one row in sinks.c. */
#ifndef JT_RUNTIME_SINK_H
#define JT_RUNTIME_SINK_H

#include "base/heap.h"
#include "jitney/event.h"
#include "jitney/session.h"

#include <stdbool.h>
#include <stdint.h>

struct jt_codemap;

/* What a sink may use of its session. It outlives the sink. */
struct jt_sink_host {
    struct jt_heap *heap;
    struct jt_codemap *codes; /* living code, for a sink that catches up; NULL: no map is on */
    const char *directory;    /* never NULL */
    const char *engine;       /* never NULL, maybe "" */
    const char *record_file;  /* NULL: the default */
    const char *log_file;     /* NULL: the default */
    uint64_t record_bytes;    /* limit; never 0 */
    uint32_t record_filter;   /* never 0 */
    uint32_t flags;           /* JITNEY_SESSION_* */
};

struct jt_sink_class {
    const char *name;
    uint32_t flag;   /* JITNEY_SINK_* */
    uint32_t events; /* JITNEY_EVENT_BIT()s it is told */
    /* event() is called from many threads at once, without the session's lock; `time_ns` is then 0
     * (the sink takes the time itself) unless the caller gave one. Code events and functions always
     * come one at a time, with their time, in its order. A sink that is not concurrent is
     * called by one thread at a time. */
    bool is_concurrent;
    /* Errors leave nothing behind. */
    int (*open)(const struct jt_sink_host *host, void **sink);
    /* JITNEY_OK, or why the event was dropped; the session counts. JITNEY_ERR_STOPPED: the sink
     * is broken for good and is to be closed. errno may change: the session keeps it. */
    int (*event)(void *sink, const struct jitney_event *event);
    /* In the child after fork(), before anything else: let go of the parent's files without
     * touching them and open the child's own, where such are needed. Living code and functions are
     * replayed afterwards. A failure closes the sink. */
    int (*forked)(void *sink);
    /* In a child that closes its session without having told anything: let go of the parent's
     * files without touching them; close() follows. NULL: close() does no harm to them. */
    void (*let_go)(void *sink);
    void (*close)(void *sink);
    /* Bits of `events` that it wants at the moment; NULL: all. Asked after each start, stop and
     * change of filter (recording). */
    uint32_t (*wanted)(const void *sink);
};

extern const struct jt_sink_class jt_perfmap_sink;
extern const struct jt_sink_class jt_jitdump_sink;
extern const struct jt_sink_class jt_gdb_sink;
extern const struct jt_sink_class jt_recording_sink;
extern const struct jt_sink_class jt_log_sink;

#endif
