#include "session.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One for all states: the files are named by the process. */
static struct {
    pthread_mutex_t lock;
    struct jitney_session *session;
    int status;
    bool was_tried;
    uint32_t sinks;
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER};

static atomic_uint_fast64_t compilations;

static bool is_asked_by_environment(void)
{
    static const char *const names[] = {"JITNEY_PERFMAP", "JITNEY_JITDUMP", "JITNEY_GDB",
                                        "JITNEY_RECORD",  "JITNEY_LOG",     "JITNEY_MAP"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (getenv(names[i]))
            return true;
    return false;
}

/* The live code map is always kept: sinks that are switched on later are told what lives. */
static void open_shared(void)
{
    struct jitney_session_options options = {.size = sizeof(options), .engine = "LuaJIT"};
    uint32_t asked = 0;

    if (jitney_options_from_environment(&options) != JITNEY_OK)
        fprintf(stderr, "jitney: a variable JITNEY_* is not understood, ignored\n");
    asked = options.sinks;
    if (asked == 0 && !is_asked_by_environment())
        asked = JITNEY_SINK_PERFMAP;
    shared.sinks = asked;
    options.sinks = asked | JITNEY_SINK_MAP;
    shared.status = jitney_session_open(&options, &shared.session);
    if (shared.status)
        fprintf(stderr, "jitney: no file can be written: %s; the program runs on without\n",
                jitney_status_text(shared.status));
}

static void say_what_failed(void)
{
    struct jitney_counters counters = {.size = sizeof(counters)};

    if (jitney_session_counters(shared.session, &counters) != JITNEY_OK ||
        counters.failed_sinks == 0)
        return;
    fprintf(stderr, "jitney: a file cannot be written: %s; the program runs on without\n",
            strerror(counters.last_errno));
}

struct jitney_session *luajit_session(int *status)
{
    struct jitney_session *session = NULL;

    pthread_mutex_lock(&shared.lock);
    if (!shared.was_tried) {
        shared.was_tried = true;
        open_shared();
        if (shared.session)
            say_what_failed();
    }
    session = shared.session;
    *status = shared.status;
    pthread_mutex_unlock(&shared.lock);
    return session;
}

uint64_t luajit_session_next_compilation(void)
{
    return atomic_fetch_add(&compilations, 1) + 1;
}

uint32_t luajit_session_sinks(void)
{
    return shared.sinks;
}

uint32_t luajit_session_event_group(const char *name)
{
#define ROW(id, value, title, group) {group, JITNEY_EVENT_BIT(id)},
    static const struct {
        const char *group;
        uint32_t bit;
    } rows[] = {JITNEY_EVENT_LIST(ROW)};
#undef ROW
    uint32_t bits = 0;

    if (strcmp(name, "All") == 0)
        return JITNEY_EVENTS_ALL;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].group, name) == 0)
            bits |= rows[i].bit;
    return bits;
}
