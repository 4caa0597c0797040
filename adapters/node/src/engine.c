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
static const char trace_off[] = "--no-trace-opt --no-trace-deopt --no-trace-deopt-verbose "
                                "--no-trace-osr";

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

static void start_trace(struct node_engine *engine)
{
    static const char path[] = "/proc/self/fd/jitney-trace"; /* Nothing has this name. */
    FILE *stream = NULL;
    int fd = memfd_create("jitney-v8-trace", MFD_CLOEXEC);

    if (fd >= 0)
        stream = fdopen(fd, "a");
    if (!stream ||
        !node_hook_trace((const void *)engine->v8->set_flags, path, stream, on_trace_closed)) {
        if (stream)
            fclose(stream);
        else if (fd >= 0)
            close(fd);
        return;
    }
    engine->trace.fd = fd;
    set_flags(engine, "--redirect-code-traces-to=/proc/self/fd/jitney-trace");
    set_flags(engine, "--redirect-code-traces");
    set_flags(engine, trace_on);
    if (jitney_wants(engine->session, JITNEY_OSR_ENTRY))
        set_flags(engine, "--trace-osr");
    engine->is_tracing = true;
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
    node_engine_want(engine);
}

void node_engine_want(struct node_engine *engine)
{
    bool is_wanted = jitney_wants(engine->session, JITNEY_DEOPT) ||
                     jitney_wants(engine->session, JITNEY_COMPILE_START);
    const char *asked = getenv("JITNEY_NODE_TRACE");

    if (is_wanted && !engine->is_tracing && engine->trace.fd < 0 && engine->log.fd < 0 &&
        engine->v8->set_flags && !(asked && strcmp(asked, "0") == 0))
        start_trace(engine);
}

/* The file stays: V8 may be about to open it. */
void node_engine_stop(struct node_engine *engine)
{
    if (engine->is_tracing)
        set_flags(engine, trace_off);
    engine->is_tracing = false;
}

/* ---- reading ---- */

static void end_line(struct node_engine *engine, struct node_follower *from)
{
    struct node_line line = {.engine = engine, .time_ns = now_ns()};

    from->line[from->used] = '\0';
    line.text = from->line;
    line.bytes = from->used;
    if (from == &engine->log)
        node_log_line(&line);
    else
        node_trace_line(&line);
    from->used = 0;
    from->is_overlong = false;
}

static void take_bytes(struct node_engine *engine, struct node_follower *from, const char *bytes,
                       size_t count)
{
    while (count > 0) {
        const char *end = memchr(bytes, '\n', count);
        size_t part = end ? (size_t)(end - bytes) : count;
        size_t room = sizeof(from->line) - 1 - from->used;
        size_t kept = part < room ? part : room;

        memcpy(from->line + from->used, bytes, kept);
        from->used += kept;
        if (end)
            end_line(engine, from);
        part += end ? 1 : 0;
        bytes += part;
        count -= part;
    }
}

static void read_all(struct node_engine *engine, struct node_follower *from)
{
    char block[1 << 14];
    ssize_t count = from->fd < 0 ? 0 : pread(from->fd, block, sizeof(block), (off_t)from->offset);

    if (count <= 0)
        return;
    while (count > 0) {
        take_bytes(engine, from, block, (size_t)count);
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
