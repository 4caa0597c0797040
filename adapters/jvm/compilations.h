/* What is known of each compilation, from JVMTI (its code) and from the JVM's logs (its
 * start, its failure, why its code was given up), and the events that come of it. */
#ifndef JVM_COMPILATIONS_H
#define JVM_COMPILATIONS_H

#include "loglines.h"
#include "methods.h"

#include <pthread.h>

enum { JVM_DEAD_COMPILATIONS = 4096 };

/* Code that a compiler made, as it is loaded. */
struct jvm_compiled {
    uint64_t compilation;
    uint64_t address;
    uint64_t bytes;
    uint64_t time_ns;
    uint32_t function;
    int32_t level;
    bool is_new; /* false: it was there before we were; when it was made is not known */
};

struct jvm_compilations {
    struct jitney_session *session;
    struct jvm_methods *methods;
    pthread_mutex_t lock;
    struct jvm_table by_number;
    struct jvm_table by_function;         /* function -> the newest compilation of it */
    struct jvm_table by_name;             /* of functions that were never compiled */
    uint64_t vm_start_ns;                 /* when the JVM started; 0: not known yet */
    uint64_t text_from_ns;                /* since then the text log tells of it, */
    uint64_t traps_from_ns;               /* and of traps */
    uint64_t dead[JVM_DEAD_COMPILATIONS]; /* whose code is gone, the oldest ones are forgotten */
    uint32_t dead_at;
};

void jvm_compilations_init(struct jvm_compilations *compilations, struct jitney_session *session,
                           struct jvm_methods *methods);
void jvm_compilations_release(struct jvm_compilations *compilations);

/* How a level is called: jitney's tier, and HotSpot's word. */
uint32_t jvm_level_tier(int32_t level, const char **name);

void jvm_compilations_loaded(struct jvm_compilations *compilations,
                             const struct jvm_compiled *compiled);
void jvm_compilations_unloaded(struct jvm_compilations *compilations, uint64_t compilation);

/* When the JVM started, from a log that has both clocks: better than what was estimated. */
void jvm_compilations_started(struct jvm_compilations *compilations, uint64_t vm_start_ns);

/* A line of a log. */
void jvm_compilations_tell(struct jvm_compilations *compilations,
                           const struct jvm_log_event *event);

#endif
