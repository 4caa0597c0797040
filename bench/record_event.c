/* What an event costs: with no sink, recorded, on two threads, and beside LTTng-UST
 * with the same fields (when compiled with WITH_LTTNG; record_event.sh does). Usage: record_event
 * FILE [ROUNDS [EVENTS]]. Rounds of all kinds take turns; medians count. Times are processor times
 * of the thread: on a shared machine the wall clock tells of the neighbours. */
#include "jitney/recording.h"
#include "jitney/session.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#ifdef WITH_LTTNG
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "record_event_lttng.h"
#endif

enum { ROUNDS_MAX = 101, FUNCTIONS = 500, NO_SINK_FACTOR = 20 };

static double now_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* ---- the events ---- */

static struct jitney_invocation invocation_of(uint64_t i)
{
    return (struct jitney_invocation){.size = sizeof(struct jitney_invocation),
                                      .function = (uint32_t)(i % FUNCTIONS) + 1,
                                      .source = JITNEY_SOURCE_NATIVE_CALL,
                                      .context = 0x1f3,
                                      .call_context = 0x3ff,
                                      .address = 0x7f0012345000 + i % FUNCTIONS * 256,
                                      .tier = JITNEY_TIER_OPTIMIZED,
                                      .is_native = 1};
}

static struct jitney_deopt deopt_of(uint64_t i)
{
    static const char *const reasons[] = {"not a Smi", "wrong map", "out of bounds", "hole"};

    return (struct jitney_deopt){.size = sizeof(struct jitney_deopt),
                                 .function = (uint32_t)(i % FUNCTIONS) + 1,
                                 .version = 3,
                                 .kind = "eager",
                                 .reason = reasons[i / 8 % 4],
                                 .slot_kind = JITNEY_FEEDBACK_TYPE,
                                 .slot = 7,
                                 .expected = "Smi",
                                 .seen = "Double",
                                 .line = 120,
                                 .column = 7,
                                 .address = 0x7f0012345000 + i % FUNCTIONS * 256};
}

static void emit_invocations(struct jitney_session *session, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        struct jitney_invocation event = invocation_of(i);

        jitney_invocation(session, &event);
    }
}

static void emit_deopts(struct jitney_session *session, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        struct jitney_deopt event = deopt_of(i);

        jitney_deopt(session, &event);
    }
}

/* The call alone: its event is there already. */
static void emit_nothing(struct jitney_session *session, uint64_t count)
{
    struct jitney_invocation event = invocation_of(1);

    for (uint64_t i = 0; i < count; i++) {
        jitney_invocation(session, &event);
        __asm__ volatile("" ::: "memory");
    }
}

#ifdef WITH_LTTNG
static void trace_invocations(struct jitney_session *session, uint64_t count)
{
    (void)session;
    for (uint64_t i = 0; i < count; i++) {
        struct jitney_invocation event = invocation_of(i);

        lttng_ust_tracepoint(jitney_bench, invocation, &event);
    }
}

static void trace_deopts(struct jitney_session *session, uint64_t count)
{
    (void)session;
    for (uint64_t i = 0; i < count; i++) {
        struct jitney_deopt event = deopt_of(i);

        lttng_ust_tracepoint(jitney_bench, deopt, &event);
    }
}
#endif

/* ---- rounds ---- */

struct kind {
    const char *name;
    void (*emit)(struct jitney_session *session, uint64_t count);
    bool is_wanted; /* by the session */
    double ns[ROUNDS_MAX];
};

static struct kind kinds[] = {
    {.name = "no sink", .emit = emit_nothing},
    {.name = "recorded invocation", .emit = emit_invocations, .is_wanted = true},
    {.name = "recorded deopt", .emit = emit_deopts, .is_wanted = true},
#ifdef WITH_LTTNG
    {.name = "LTTng-UST invocation", .emit = trace_invocations},
    {.name = "LTTng-UST deopt", .emit = trace_deopts},
#endif
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]), NO_SINK = 0, INVOCATION = 1, DEOPT = 2 };

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof(*values), compare);
    return values[count / 2];
}

static void run_round(struct jitney_session *quiet, struct jitney_session *session, int round,
                      uint64_t events)
{
    for (int i = 0; i < KINDS; i++) {
        uint64_t count = i == NO_SINK ? events * NO_SINK_FACTOR : events;
        double start = 0;

        usleep(20000); /* LTTng's consumer empties its buffers */
        start = now_ns(CLOCK_THREAD_CPUTIME_ID);
        kinds[i].emit(kinds[i].is_wanted ? session : quiet, count);
        kinds[i].ns[round] = (now_ns(CLOCK_THREAD_CPUTIME_ID) - start) / (double)count;
    }
}

/* ---- threads ---- */

struct worker {
    struct jitney_session *session;
    uint64_t events;
    pthread_barrier_t *start;
    double cpu_ns, from_ns, to_ns;
};

static void *work(void *context)
{
    struct worker *worker = context;
    double cpu_ns = 0;

    emit_invocations(worker->session, worker->events / 10);
    pthread_barrier_wait(worker->start);
    worker->from_ns = now_ns(CLOCK_MONOTONIC);
    cpu_ns = now_ns(CLOCK_THREAD_CPUTIME_ID);
    emit_invocations(worker->session, worker->events);
    worker->cpu_ns = now_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
    worker->to_ns = now_ns(CLOCK_MONOTONIC);
    return NULL;
}

/* Nanoseconds of the wall clock for an event of all threads together, and of the processor for
 * an event of one. */
static double run_threads(struct jitney_session *session, int count, uint64_t events,
                          double *cpu_ns)
{
    struct worker workers[2];
    pthread_t threads[2];
    pthread_barrier_t barrier;
    double from_ns = 0, to_ns = 0;

    pthread_barrier_init(&barrier, NULL, (unsigned)count);
    for (int i = 0; i < count; i++) {
        workers[i] = (struct worker){.session = session, .events = events, .start = &barrier};
        pthread_create(&threads[i], NULL, work, &workers[i]);
    }
    *cpu_ns = 0;
    for (int i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
        *cpu_ns += workers[i].cpu_ns / (double)events / count;
        from_ns = i == 0 || workers[i].from_ns < from_ns ? workers[i].from_ns : from_ns;
        to_ns = workers[i].to_ns > to_ns ? workers[i].to_ns : to_ns;
    }
    pthread_barrier_destroy(&barrier);
    return (to_ns - from_ns) / (double)events / count;
}

static void compare_threads(struct jitney_session *session, int rounds, uint64_t events)
{
    double wall[2][ROUNDS_MAX], cpu[2][ROUNDS_MAX];

    for (int round = 0; round < rounds; round++) {
        jitney_recording_reset(session);
        for (int i = 0; i < 2; i++)
            wall[i][round] = run_threads(session, i + 1, events, &cpu[i][round]);
    }
    for (int i = 0; i < 2; i++) {
        median(wall[i], rounds);
        printf("%d thread%s: %.1f ns an event (best %.1f), %.1f ns of the processor\n", i + 1,
               i > 0 ? "s" : "", wall[i][rounds / 2], wall[i][0], median(cpu[i], rounds));
    }
    printf("throughput of 2 threads: %.2f times that of one (best rounds), %.2f by processor time "
           "(budget: at least 1.8)\n",
           wall[0][0] / wall[1][0], 2 * cpu[0][rounds / 2] / cpu[1][rounds / 2]);
}

static struct jitney_session *open_session(const char *file)
{
    struct jitney_session_options options = {.size = sizeof(options),
                                             .sinks = file ? JITNEY_SINK_RECORD : 0,
                                             .record_file = file,
                                             .record_filter = JITNEY_EVENTS_ALL,
                                             .record_bytes = UINT64_C(8) << 30};
    struct jitney_session *session = NULL;

    if (jitney_session_open(&options, &session)) {
        fprintf(stderr, "%s cannot be recorded to\n", file ? file : "nothing");
        exit(1);
    }
    return session;
}

static void report(int rounds)
{
    for (int i = 0; i < KINDS; i++) {
        double middle = median(kinds[i].ns, rounds);

        printf("%-22s %7.2f ns (%.2f to %.2f)\n", kinds[i].name, middle, kinds[i].ns[0],
               kinds[i].ns[rounds - 1]);
    }
    printf("budgets: no sink under 1 ns; recorded under 25 ns\n");
    if (KINDS > DEOPT + 1)
        printf("LTTng-UST costs %.1f times as much for an invocation, %.1f times for a deopt "
               "(budget: at least 5)\n",
               kinds[KINDS - 2].ns[rounds / 2] / kinds[INVOCATION].ns[rounds / 2],
               kinds[KINDS - 1].ns[rounds / 2] / kinds[DEOPT].ns[rounds / 2]);
}

int main(int argc, char **argv)
{
    int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 15;
    uint64_t events = argc > 3 ? strtoull(argv[3], NULL, 10) : 1000000;
    struct jitney_counters counters = {.size = sizeof(counters)};
    struct jitney_session *quiet = NULL, *session = NULL;

    if (argc < 2 || rounds < 1 || rounds > ROUNDS_MAX || events == 0) {
        fprintf(stderr, "usage: record_event FILE [ROUNDS [EVENTS]]\n");
        return 2;
    }
    quiet = open_session(NULL);
    session = open_session(argv[1]);
    emit_invocations(session, events); /* the first chunks are small */
    for (int round = 0; round < rounds; round++)
        run_round(quiet, session, round, events);
    report(rounds);
    compare_threads(session, rounds < 7 ? rounds : 7, events);
    jitney_session_counters(session, &counters);
    printf("dropped: %llu\n", (unsigned long long)counters.dropped);
    jitney_session_close(session);
    jitney_session_close(quiet);
    return counters.dropped > 0;
}
