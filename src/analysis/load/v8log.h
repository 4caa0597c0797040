/* V8's own log (--log-code, --log-deopt, --prof): which code was made, moved and given
 * up. Facts: docs/formats/v8log.md. The lines that tell of anything else are passed
 * over. */
#ifndef JT_LOAD_V8LOG_H
#define JT_LOAD_V8LOG_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum jt_v8log_kind {
    JT_V8LOG_CODE,    /* code-creation */
    JT_V8LOG_MOVE,    /* code-move */
    JT_V8LOG_DEOPT,   /* code-deopt */
    JT_V8LOG_DISABLED /* code-disable-optimization */
};

/* A piece of the line, not NUL-terminated; no bytes when it is not there. */
struct jt_v8log_text {
    const char *at;
    size_t bytes;
};

struct jt_v8log_event {
    enum jt_v8log_kind kind;
    bool has_time;    /* of its own; else `time_ns` is that of the last line that had one */
    uint64_t time_ns; /* since the logger was started */
    uint64_t address; /* of the code; of a move: where it was */
    uint64_t to;      /* of a move */
    uint64_t bytes;
    uint64_t function;          /* address of the SharedFunctionInfo; 0: none */
    int32_t code_kind;          /* V8's number, which differs from version to version */
    int32_t script_offset;      /* of a deopt: where in the script; -1: not known */
    struct jt_v8log_text tag;   /* "JS", "Builtin" … */
    struct jt_v8log_text mark;  /* of the tier: ~ ^ + * */
    struct jt_v8log_text name;  /* of the function and its place, as V8 puts them together */
    struct jt_v8log_text cause; /* of a deopt: "deopt-eager" … */
    struct jt_v8log_text place; /* of a deopt: `<file:line:column> inlined at <…>` */
    struct jt_v8log_text reason;
};

struct jt_v8log_sink {
    void *context;
    /* 0 to go on; anything else stops, and is returned. */
    int (*event)(void *context, const struct jt_v8log_event *event);
};

struct jt_v8log_facts {
    uint32_t major, minor, build, patch; /* of V8; 0: the log does not say */
    uint64_t codes, moves, deopts;
    uint64_t last_ns;
    uint64_t skipped; /* lines of these kinds that are none, and lines of no kind */
    uint64_t cut;     /* names that were too long */
    bool is_torn;     /* the last line has no end */
};

/* Whether a file that begins so is such a log. */
bool jt_v8log_probe(const void *bytes, size_t count);

/* Give what the stream holds to the sink, in its order. JITNEY_OK, what the sink returned, or
 * JITNEY_ERR_IO, which was said. */
int jt_v8log_read(FILE *stream, const char *name, struct jt_diag *diag,
                  const struct jt_v8log_sink *sink, struct jt_v8log_facts *facts);

/* The pid in a name of the form isolate-0x…-PID-v8.log (a path is fine); 0 when none. */
uint32_t jt_v8log_pid_of_name(const char *path);

#endif
