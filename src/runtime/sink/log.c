/* A line of text for each event, for people and grep: docs/formats/log.md. */
#include "base/clock.h"
#include "format/plain.h"
#include "jitney/status.h"
#include "runtime/codemap.h"
#include "runtime/file.h"
#include "runtime/logtext.h"
#include "runtime/sink.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum {
    LINE_LIMIT = 1 << 16,
    NAME_LIMIT = 256,        /* of a function that is remembered */
    FUNCTION_LIMIT = 1 << 20 /* more than that are shown by number */
};

struct log {
    const struct jt_sink_host *host;
    struct jt_buf line;
    char **names; /* of functions by number; NULL: not known */
    size_t name_room;
    uint64_t start_ns;
    int fd;
};

/* ---- the file ---- */

static int write_line(struct log *log)
{
    struct iovec part;
    int status = JITNEY_OK;

    jt_buf_append(&log->line, "\n", 1);
    status = jt_buf_status(&log->line);
    if (status)
        return status;
    part = (struct iovec){.iov_base = log->line.bytes, .iov_len = log->line.length};
    status = jt_file_append(log->fd, &part, 1);
    /* A torn line is a blemish: the next one is as good as ever. */
    return status == JITNEY_ERR_STOPPED ? JITNEY_ERR_IO : status;
}

/* Events that took place elsewhere may be older than the log. */
static void begin_line(struct log *log, uint64_t time_ns)
{
    int64_t passed = (int64_t)(time_ns - log->start_ns) / 1000000;

    jt_buf_clear(&log->line);
    jt_buf_printf(&log->line, "%" PRId64 "  ms ", passed);
}

static int write_opening(struct log *log)
{
    const char *engine = log->host->engine;

    begin_line(log, log->start_ns);
    jt_buf_append_text(&log->line, "log-opened ");
    jt_log_append_name(&log->line, engine, strlen(engine));
    jt_buf_printf(&log->line, " pid=%d clock=%" PRIu64 "ns", (int)getpid(), log->start_ns);
    return write_line(log);
}

static int open_file(struct log *log)
{
    char path[JT_PATH_BYTES];
    bool is_shared = false;
    int status = JITNEY_OK;

    if (log->host->log_file) {
        status = jt_file_expand(path, log->host->log_file);
        if (!status)
            status = jt_file_open_log(path, &log->fd);
    } else {
        status = jt_file_name(path, log->host->directory, "jitney-", ".log");
        if (!status)
            status = jt_file_create(path, O_WRONLY | O_APPEND, true, &log->fd, &is_shared);
    }
    if (status)
        return status;
    log->start_ns = jt_clock_ns();
    write_opening(log); /* a disk that is full now may have room later */
    return JITNEY_OK;
}

static void close_file(struct log *log)
{
    if (log->fd >= 0)
        close(log->fd);
    log->fd = -1;
}

static int log_open(const struct jt_sink_host *host, void **sink)
{
    struct log *log = jt_heap_take(host->heap, sizeof(*log));
    int status = JITNEY_OK;

    if (!log)
        return JITNEY_ERR_MEMORY;
    log->host = host;
    log->line = (struct jt_buf)JT_BUF_INIT_IN(host->heap, LINE_LIMIT);
    log->fd = -1;
    status = open_file(log);
    if (status) {
        jt_buf_release(&log->line);
        jt_heap_free(host->heap, log, sizeof(*log));
        return status;
    }
    *sink = log;
    return JITNEY_OK;
}

static int log_forked(void *sink)
{
    close_file(sink);
    return open_file(sink);
}

static void log_close(void *sink)
{
    struct log *log = sink;
    struct jt_heap *heap = log->host->heap;

    close_file(log);
    for (size_t i = 0; i < log->name_room; i++)
        if (log->names[i])
            jt_heap_free(heap, log->names[i], strlen(log->names[i]) + 1);
    jt_heap_free(heap, log->names, log->name_room * sizeof(*log->names));
    jt_buf_release(&log->line);
    jt_heap_free(heap, log, sizeof(*log));
}

/* ---- names of functions ---- */

static const char *name_of(const void *context, uint32_t function)
{
    const struct log *log = context;

    return function < log->name_room ? log->names[function] : NULL;
}

static bool make_room(struct log *log, uint32_t number)
{
    size_t room = log->name_room ? log->name_room : 64;
    char **grown = NULL;

    if (number < log->name_room)
        return true;
    if (number >= FUNCTION_LIMIT)
        return false;
    while (room <= number)
        room *= 2;
    grown = jt_heap_resize(log->host->heap, log->names, log->name_room * sizeof(*grown),
                           room * sizeof(*grown));
    if (!grown)
        return false;
    memset(grown + log->name_room, 0, (room - log->name_room) * sizeof(*grown));
    log->names = grown;
    log->name_room = room;
    return true;
}

/* A name that cannot be kept is shown as a number. */
static void remember(struct log *log, uint32_t number, const char *name)
{
    struct jt_heap *heap = log->host->heap;

    if (!name || !make_room(log, number))
        return;
    if (log->names[number])
        jt_heap_free(heap, log->names[number], strlen(log->names[number]) + 1);
    log->names[number] = jt_heap_copy_text(heap, name, strnlen(name, NAME_LIMIT));
}

/* ---- events ---- */

static const struct jitney_code_load *load_at(const struct log *log, uint64_t address,
                                              uint64_t number)
{
    const struct jt_code *code = log->host->codes ? jt_codemap_at(log->host->codes, address) : NULL;

    return code && code->number == number ? &code->load : NULL;
}

/* What code is called and where its source is; its number when that is not known any more. */
static void append_code(struct log *log, const char *event, const struct jitney_code_load *load,
                        uint64_t number)
{
    size_t bytes = load && load->name ? load->name_bytes : 0;

    jt_buf_append_text(&log->line, event);
    if (load && load->name && bytes == 0)
        bytes = strlen(load->name);
    if (load)
        jt_log_append_name(&log->line, load->name, bytes);
    else
        jt_buf_printf(&log->line, "#%" PRIu64, number);
    jt_log_append_place(&log->line, load ? load->file : NULL, load ? load->line : 0,
                        load ? load->column : 0);
}

static void append_kind(struct log *log, const struct jitney_code_load *load)
{
    jt_buf_append_text(&log->line, " ");
    jt_buf_append_text(&log->line, load ? jt_log_kind_text(load->kind) : "code");
}

static void append_code_event(struct log *log, const struct jitney_event *event)
{
    const struct jitney_code_load *load = event->code_load;

    if (event->type == JITNEY_CODE_LOAD) {
        append_code(log, "code-added ", load, event->code);
        jt_log_append_range(&log->line, load->address, load->bytes);
    } else if (event->type == JITNEY_CODE_MOVE) {
        load = load_at(log, event->code_move->to, event->code);
        append_code(log, "code-moved ", load, event->code);
        jt_log_append_range(&log->line, event->code_move->from, event->code_move->bytes);
        jt_log_append_range(&log->line, event->code_move->to, event->code_move->bytes);
    } else {
        load = load_at(log, event->code_unload->address, event->code);
        append_code(log, "code-removed ", load, event->code);
        jt_log_append_range(&log->line, event->code_unload->address, event->code_unload->bytes);
    }
    append_kind(log, load);
}

static int log_event(void *sink, const struct jitney_event *event)
{
    struct log *log = sink;
    const struct jt_log_names names = {.name_of = name_of, .context = log};

    begin_line(log, event->time_ns);
    if (JITNEY_EVENT_BIT(event->type) & JITNEY_EVENTS_CODE)
        append_code_event(log, event);
    else
        jt_log_append_event(&log->line, event, &names);
    if (event->type == JITNEY_FUNCTION)
        remember(log, event->number, event->function->name);
    return write_line(log);
}

const struct jt_sink_class jt_log_sink = {
    .name = "log",
    .flag = JITNEY_SINK_LOG,
    .events = JITNEY_EVENTS_ALL,
    .open = log_open,
    .event = log_event,
    .forked = log_forked,
    .close = log_close,
};
