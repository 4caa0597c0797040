/* The adapter in a process: one session, told by the isolates of the main program and
 * its Workers. V8's handlers have no context of their own, so there is one agent.
 *
 * Locks: `lock` guards what is written beside it; neither V8 nor a session is called
 * under it. */
#ifndef NODE_ADAPTER_AGENT_H
#define NODE_ADAPTER_AGENT_H

#include "engine.h"
#include "inliner.h"
#include "jitney/jitney.h"
#include "positions.h"
#include "scripts.h"
#include "table.h"
#include "v8.h"

#include <pthread.h>

/* A line table on its way: it comes before its code. */
struct node_rows {
    struct node_rows *next;
    uint64_t start; /* of the code */
    size_t count;
    size_t room;
    struct node_row *rows;
};

/* One isolate; used by its own thread but for what the lock guards. */
struct node_isolate {
    struct node_isolate *next;
    void *isolate;
    struct node_scripts scripts;
    struct node_positions positions; /* of functions' own bytecode */
    struct node_inliner inliner;     /* used when V8 writes a log */
    bool is_main;
    bool is_enumerating;     /* V8 tells what there was before */
    struct node_table codes; /* under the lock: starts of living code of its own */
    struct jitney_line *lines;
    size_t line_room;
};

struct node_agent {
    struct v8_functions v8;
    const char *missing; /* a function this Node lacks */
    struct jitney_session *session;
    uint32_t output_sinks; /* that need lines */
    struct node_engine engine;
    pthread_mutex_t lock;
    struct node_isolate *isolates;
    struct node_rows *ready; /* ended, without their code until now */
    struct node_rows *spare;
    size_t ready_count;
    struct node_table shared;    /* builtins: address to a mark of size and name */
    struct node_table functions; /* numbers, by place and by name */
};

extern struct node_agent node_agent;

/* Listen to the isolate of this thread; what there is already is told first. `*is_new` is false
 * when it is listened to already. */
int node_isolate_enter(napi_env env, bool is_main, bool *is_new);
/* No more; called when the isolate's environment ends. */
void node_isolate_leave(void);

/* The number of a function of the program; 0: not known. */
uint32_t node_function_of(const char *name, size_t name_bytes, const char *file, size_t file_bytes);

#endif
