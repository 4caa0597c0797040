/* See engine.h. The forms of the lines are those of V8 10 to 13 (v8:
 * src/deoptimizer/deoptimizer.cc, src/codegen/compiler.cc, src/logging/log.cc). */
#include "engine.h"

#include "agent.h"
#include "engine_lines.h"
#include "hook.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char trace_on[] = "--trace-opt --trace-deopt --trace-deopt-verbose --trace-file-names";
static const char trace_off[] = "--no-trace-opt --no-trace-deopt --no-trace-deopt-verbose";

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* ---- where V8 writes ---- */

/* V8's log, if it writes one: its name depends on flags, its first line does not. */
static int find_log(void)
{
    static const char first[] = "v8-version,";
    char begin[sizeof(first) - 1];

    for (int fd = 3; fd < 256; fd++) {
        struct stat about;
        char path[40];
        int found = -1;

        if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
            continue;
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        found = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (found < 0)
            continue;
        if (pread(found, begin, sizeof(begin), 0) == (ssize_t)sizeof(begin) &&
            memcmp(begin, first, sizeof(begin)) == 0)
            return found;
        close(found);
    }
    return -1;
}

static void set_flags(const struct node_engine *engine, const char *text)
{
    engine->v8->set_flags(text, strlen(text));
}

static void on_trace_closed(void)
{
    int saved = errno;

    node_engine_read(&node_agent.engine);
    errno = saved;
}

/* Make the file; it stays, for V8 may be about to open it. False: V8 cannot be traced. */
static bool open_trace(struct node_engine *engine)
{
    static const char path[] = "/proc/self/fd/jitney-trace"; /* Nothing has this name. */
    FILE *stream = NULL;
    int fd = -1;

    if (engine->trace.fd >= 0)
        return true;
    if (engine->has_failed)
        return false;
    fd = memfd_create("jitney-v8-trace", MFD_CLOEXEC);
    if (fd >= 0)
        stream = fdopen(fd, "a");
    if (!stream ||
        !node_hook_trace((const void *)engine->v8->set_flags, path, stream, on_trace_closed)) {
        if (stream)
            fclose(stream);
        else if (fd >= 0)
            close(fd);
        engine->has_failed = true;
        return false;
    }
    engine->trace.fd = fd;
    set_flags(engine, "--redirect-code-traces-to=/proc/self/fd/jitney-trace");
    set_flags(engine, "--redirect-code-traces");
    return true;
}

/* Whether V8 was told to log deoptimizations: then they come from there. Flags may have `_` for
 * `-`. */
static bool logs_deopts(void)
{
    char flags[1 << 14];
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? 0 : read(fd, flags, sizeof(flags) - 1);
    bool is_so = false;

    if (fd >= 0)
        close(fd);
    flags[got > 0 ? got : 0] = '\0';
    for (const char *flag = flags; flag < flags + got; flag += strlen(flag) + 1)
        is_so |= (strncmp(flag, "--log-", 6) == 0 || strncmp(flag, "--log_", 6) == 0) &&
                 (strcmp(flag + 6, "deopt") == 0 || strcmp(flag + 6, "all") == 0);
    return is_so;
}

static bool may_trace(const struct node_engine *engine)
{
    const char *asked = getenv("JITNEY_NODE_TRACE");

    return engine->v8 && engine->v8->set_flags && !engine->logs_deopts &&
           !(asked && strcmp(asked, "0") == 0);
}

void node_engine_start(struct node_engine *engine, struct jitney_session *session,
                       const struct v8_functions *v8)
{
    *engine = (struct node_engine){.session = session,
                                   .v8 = v8,
                                   .lock = PTHREAD_MUTEX_INITIALIZER,
                                   .trace.fd = -1,
                                   .log.fd = -1};
    engine->log.fd = find_log();
    engine->logs_deopts = engine->log.fd >= 0 && logs_deopts();
    node_engine_update(engine);
}

void node_engine_update(struct node_engine *engine)
{
    bool wants_osr = jitney_wants(engine->session, JITNEY_OSR_ENTRY);
    bool wants_any = wants_osr || jitney_wants(engine->session, JITNEY_DEOPT) ||
                     jitney_wants(engine->session, JITNEY_COMPILE_START) ||
                     jitney_wants(engine->session, JITNEY_COMPILE_END) ||
                     jitney_wants(engine->session, JITNEY_COMPILE_ABORT);

    if (!may_trace(engine))
        return;
    pthread_mutex_lock(&engine->lock);
    wants_any = wants_any && open_trace(engine);
    if (wants_any != engine->is_tracing)
        set_flags(engine, wants_any ? trace_on : trace_off);
    engine->is_tracing = wants_any;
    /* It stays on: where code was made to trace, V8 kills the process when the flag is gone (v8:
     * Runtime_LogOrTraceOptimizedOSREntry). */
    if (wants_osr && wants_any)
        set_flags(engine, "--trace-osr");
    pthread_mutex_unlock(&engine->lock);
}

/* ---- reading ---- */

static void read_all(struct node_engine *engine, struct node_follower *from)
{
    char block[1 << 14];
    ssize_t count = from->fd < 0 ? 0 : pread(from->fd, block, sizeof(block), (off_t)from->offset);

    if (count <= 0)
        return;
    while (count > 0) {
        node_follower_feed(engine, from, block, (size_t)count, now_ns());
        from->offset += (uint64_t)count;
        count = pread(from->fd, block, sizeof(block), (off_t)from->offset);
    }
    /* Give the memory of what was read back. */
    if (from == &engine->trace)
        fallocate(from->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)from->offset);
}

void node_engine_read(struct node_engine *engine)
{
    if ((engine->trace.fd < 0 && engine->log.fd < 0) || pthread_mutex_trylock(&engine->lock) != 0)
        return;
    read_all(engine, &engine->trace);
    read_all(engine, &engine->log);
    pthread_mutex_unlock(&engine->lock);
}

/* ---- what was made just now ---- */

bool node_engine_take_source(struct node_engine *engine, uint64_t address,
                             struct node_source *source)
{
    bool is_found = false;

    *source = (struct node_source){0};
    if (engine->log.fd < 0)
        return false;
    pthread_mutex_lock(&engine->lock);
    for (size_t i = 0; i < NODE_SOURCES && !is_found; i++) {
        is_found = engine->sources[i].address == address;
        if (is_found) {
            *source = engine->sources[i];
            engine->sources[i] = (struct node_source){0};
        }
    }
    pthread_mutex_unlock(&engine->lock);
    return is_found;
}

/* ---- compilations under way ---- */

uint32_t node_engine_compilation(struct node_engine *engine, uint32_t function, uint32_t tier)
{
    uint64_t key = ((uint64_t)function << 8) | tier;
    uint32_t number = 0;

    pthread_mutex_lock(&engine->lock);
    for (size_t i = 0; i < NODE_OPEN_COMPILATIONS; i++) {
        if (engine->open[i].key == key && engine->open[i].number > number)
            number = engine->open[i].number;
    }
    pthread_mutex_unlock(&engine->lock);
    return number;
}
