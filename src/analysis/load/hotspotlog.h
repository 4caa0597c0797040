/* HotSpot's log of its compilers (-XX:+LogCompilation): which code was made, not
 * entered any more, and left because an assumption failed. Facts:
 * docs/formats/hotspotlog.md. All else is passed over. */
#ifndef JT_LOAD_HOTSPOTLOG_H
#define JT_LOAD_HOTSPOTLOG_H

#include "base/buf.h"
#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum jt_hotspotlog_kind {
    JT_HOTSPOTLOG_CODE,        /* nmethod */
    JT_HOTSPOTLOG_NOT_ENTRANT, /* make_not_entrant */
    JT_HOTSPOTLOG_GONE,        /* make_zombie, make_unloaded: JDK 16 and before */
    JT_HOTSPOTLOG_TRAP         /* uncommon_trap, with the first jvms in it */
};

enum { JT_HOTSPOTLOG_TEXT = 4096 }; /* longer text is cut */

/* Text is "" when the log does not say it; entities are resolved. */
struct jt_hotspotlog_event {
    enum jt_hotspotlog_kind kind;
    uint64_t time_ns;     /* since the VM was started; in whole milliseconds */
    uint64_t compilation; /* compile_id: ties an event to its code */
    uint64_t thread;
    uint64_t address; /* of the first instruction */
    uint64_t bytes;   /* of instructions and their stubs */
    int32_t level;    /* 0 to 4; -1: not told */
    int32_t bci;      /* -1: not told */
    const char *mode; /* compile_kind: "osr", "c2n" (a native wrapper) */
    const char *method;
    const char *reason;
    const char *action;
};

struct jt_hotspotlog_sink {
    void *context;
    /* 0 to go on; anything else stops, and is returned. */
    int (*event)(void *context, const struct jt_hotspotlog_event *event);
};

struct jt_hotspotlog_facts {
    uint32_t pid;     /* 0: not told */
    uint64_t wall_ms; /* when the VM was started */
    uint64_t codes, traps, not_entrants;
    uint64_t last_ns;
    uint64_t skipped; /* elements of these kinds that cannot be used */
    bool is_ended;    /* its writer came to its end */
};

/* Whether a file that begins so is such a log. */
bool jt_hotspotlog_probe(const void *bytes, size_t count);

/* Give what the stream holds to the sink, in its order. JITNEY_OK, what the sink returned, or
 * JITNEY_ERR_IO, which was said. */
int jt_hotspotlog_read(FILE *stream, const char *name, struct jt_diag *diag,
                       const struct jt_hotspotlog_sink *sink, struct jt_hotspotlog_facts *facts);

/* Append `a.B work (I[Ljava/lang/String;)V` the way a Java programmer writes it:
 * `a.B.work(int, String[])`. What is no such method is appended as it is. */
void jt_hotspotlog_append_method(struct jt_buf *out, const char *method);

#endif
