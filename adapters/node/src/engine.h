/* What V8 writes about itself, turned into engine events: compilations and
 * deoptimizations from its trace flags, inline caches too from its log, when the
 * user asked V8 for one.
 *
 * V8 traces into a file without a name, which is read as soon as V8 closes it, in the
 * thread that wrote it (hook.h): so trace lines, which have no times, get good ones.
 * Lines of V8's log have times of their own, since the start of its logger; the
 * offset is estimated from when they are seen.
 */
#ifndef NODE_ADAPTER_ENGINE_H
#define NODE_ADAPTER_ENGINE_H

#include "v8.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jitney_session;

enum {
    NODE_OPEN_COMPILATIONS = 64,
    NODE_SOURCES = 16,
    NODE_LINE_BYTES = 4096,
    NODE_LONG_LINE_BYTES = 1 << 20, /* of source positions in the log */
};

/* A file that V8 appends to. */
struct node_follower {
    int fd; /* -1: none */
    uint64_t offset;
    size_t used;
    size_t room;
    char *line; /* of malloc() */
};

/* What V8's log said of code right before its event. */
struct node_source {
    uint64_t address;  /* 0: none */
    uint64_t function; /* as the log names it: where V8 has its description */
    char *inlining;    /* the line that node_inlining_parse() takes, of malloc(); NULL: none */
};

/* Kept after its end too: its code may come before or after that. */
struct node_compilation {
    uint64_t key;    /* of function and tier; 0: free */
    uint32_t number; /* counts up from 1 */
    uint32_t function;
    uint64_t start_ns;
};

/* A deoptimization while its lines come in. */
struct node_deopt {
    bool is_open;
    uint64_t pc;
    uint32_t function;
    uint32_t line;
    uint32_t column;
    char kind[32];
    char reason[128];
    char file[512];   /* of the innermost function */
    char origin[256]; /* its name */
};

struct node_engine {
    struct jitney_session *session;
    const struct v8_functions *v8;
    pthread_mutex_t lock;
    bool is_tracing;
    bool logs_deopts;
    bool has_failed; /* V8's calls cannot be answered */
    struct node_follower trace;
    struct node_follower log;
    struct node_deopt deopt;
    struct node_compilation open[NODE_OPEN_COMPILATIONS];
    uint32_t compilations;
    uint64_t reason_key;
    char reason[128]; /* why the function of `reason_key` was marked */
    struct node_source sources[NODE_SOURCES];
    uint32_t source_at;
    bool has_offset;
    int64_t log_offset_ns; /* CLOCK_MONOTONIC when V8's log began */
};

/* Begin: follow V8's log when it has one, or else have it trace what the session wants. */
void node_engine_start(struct node_engine *engine, struct jitney_session *session,
                       const struct v8_functions *v8);
/* Have V8 trace what the session wants now, and no more. Threads: any. */
void node_engine_update(struct node_engine *engine);
/* Read what is new. Threads: any; returns at once when another one reads. */
void node_engine_read(struct node_engine *engine);
/* What the log said last of the code at this address, which is forgotten; false: nothing. Its text
 * is the caller's. Threads: any. */
bool node_engine_take_source(struct node_engine *engine, uint64_t address,
                             struct node_source *source);
/* The number of the compilation that makes code of this function and tier now; 0: none. */
uint32_t node_engine_compilation(struct node_engine *engine, uint32_t function, uint32_t tier);

#endif
