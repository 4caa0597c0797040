/* Reading what HotSpot writes about its compilers: the XML of -XX:+LogCompilation and
 * the text of -Xlog:jit+compilation=debug,deoptimization=debug with the decorations
 * timenanos (may be missing), uptimenanos and tid (openjdk: compileLog.cpp,
 * compileTask.cpp, deoptimization.cpp). Bytes come in pieces of any size and may end anywhere;
 * lines that are not known are passed over. Knows nothing of the JVM's
 * interfaces. */
#ifndef JVM_LOGLINES_H
#define JVM_LOGLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum jvm_log_kind {
    JVM_LOG_BEGIN,       /* the XML's head: time_ms is known */
    JVM_LOG_QUEUED,      /* a method waits for a compiler */
    JVM_LOG_START,       /* a compiler starts */
    JVM_LOG_ABORT,       /* it gave up */
    JVM_LOG_NOT_ENTRANT, /* code will not be entered any more */
    JVM_LOG_TRAP,        /* compiled code was left because an assumption did not hold */
};

/* What one line told. Text is valid during the call alone; "" when there is none. */
struct jvm_log_event {
    enum jvm_log_kind kind;
    bool is_xml;
    bool is_osr;
    int32_t level;      /* -1: not known */
    uint64_t uptime_ns; /* since the JVM started */
    uint64_t clock_ns;  /* CLOCK_MONOTONIC; 0: not told */
    uint64_t time_ms;   /* BEGIN: when it started, since the epoch */
    uint64_t compilation;
    uint64_t tid;
    uint64_t count;     /* QUEUED: invocations, or rounds of the loop */
    uint64_t pc;        /* TRAP: 0 when not known */
    int64_t bci;        /* TRAP: in `method`; -1: not known */
    const char *method; /* "Class name types" or "Class.name(types)"; START: "Class::name" */
    const char *reason; /* QUEUED: comment */
    const char *action; /* TRAP */
};

enum {
    JVM_LOG_LINE = 8192, /* longer lines are cut */
    JVM_LOG_TEXT = 2048,
};

struct jvm_log {
    void (*on_event)(void *context, const struct jvm_log_event *event);
    void *context;
    uint64_t skipped; /* lines that were too long */
    size_t used;      /* of `line` */
    bool is_cut;
    bool has_trap; /* a trap whose place comes in a line of its own */
    struct jvm_log_event trap;
    uint64_t task; /* whose log this is; 0: none */
    int32_t task_level;
    char line[JVM_LOG_LINE];
    char trap_reason[JVM_LOG_TEXT];
    char trap_action[JVM_LOG_TEXT];
    char failure[JVM_LOG_TEXT]; /* of the task */
    char text[3][JVM_LOG_TEXT]; /* of the event that is told */
};

void jvm_log_init(struct jvm_log *log,
                  void (*on_event)(void *context, const struct jvm_log_event *event),
                  void *context);

/* The times that a line of the text begins with, and what follows them; NULL when it does not begin
 * like that. */
const char *jvm_log_times(const char *line, uint64_t *clock_ns, uint64_t *uptime_ns);

/* Read the next bytes of the file. */
void jvm_log_feed(struct jvm_log *log, const char *bytes, size_t count);

#endif
