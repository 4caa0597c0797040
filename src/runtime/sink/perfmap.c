/* DIRECTORY/perf-PID.map: a line for each piece of machine code, told by one
 * write. Maps have no times and no ends: code that is gone keeps its line, code that moved
 * gets another. Layout: format/perfmap.h. */
#include "format/perfmap.h"
#include "jitney/status.h"
#include "runtime/codemap.h"
#include "runtime/file.h"
#include "runtime/sink.h"

#include <fcntl.h>
#include <unistd.h>

enum { LINE_LIMIT = 1 << 16 };

struct perfmap {
    const struct jt_sink_host *host;
    struct jt_buf line;
    int fd;
};

static int open_file(struct perfmap *map)
{
    char path[JT_PATH_BYTES];
    bool is_shared = false;
    int status = jt_file_name(path, map->host->directory, "perf-", ".map");

    return status ? status : jt_file_create(path, O_WRONLY | O_APPEND, true, &map->fd, &is_shared);
}

static int perfmap_open(const struct jt_sink_host *host, void **sink)
{
    struct perfmap *map = jt_heap_take(host->heap, sizeof(*map));
    int status = JITNEY_OK;

    if (!map)
        return JITNEY_ERR_MEMORY;
    map->host = host;
    map->line = (struct jt_buf)JT_BUF_INIT_IN(host->heap, LINE_LIMIT);
    map->fd = -1;
    status = open_file(map);
    if (status) {
        jt_heap_free(host->heap, map, sizeof(*map));
        return status;
    }
    *sink = map;
    return JITNEY_OK;
}

static int add_line(struct perfmap *map, const struct jitney_code_load *load)
{
    struct iovec part;
    int status = JITNEY_OK;

    if (load->kind == JITNEY_CODE_BYTECODE)
        return JITNEY_OK;
    jt_buf_clear(&map->line);
    jt_perfmap_encode(&map->line, load);
    status = jt_buf_status(&map->line);
    if (status)
        return status;
    part = (struct iovec){.iov_base = map->line.bytes, .iov_len = map->line.length};
    return jt_file_append(map->fd, &part, 1);
}

/* The session has moved the code in its map before it tells. */
static int add_moved(struct perfmap *map, const struct jitney_event *event)
{
    const struct jitney_code_move *move = event->code_move;
    const struct jt_code *code =
        map->host->codes ? jt_codemap_at(map->host->codes, move->to) : NULL;

    if (!code || code->number != event->code)
        return JITNEY_ERR_NOT_FOUND;
    return add_line(map, &code->load);
}

static int perfmap_event(void *sink, const struct jitney_event *event)
{
    if (event->type == JITNEY_CODE_MOVE)
        return add_moved(sink, event);
    return add_line(sink, event->code_load);
}

static void close_file(struct perfmap *map)
{
    if (map->fd >= 0)
        close(map->fd);
    map->fd = -1;
}

static int perfmap_forked(void *sink)
{
    close_file(sink);
    return open_file(sink);
}

static void perfmap_close(void *sink)
{
    struct perfmap *map = sink;

    close_file(map);
    jt_buf_release(&map->line);
    jt_heap_free(map->host->heap, map, sizeof(*map));
}

const struct jt_sink_class jt_perfmap_sink = {
    .name = "perf map",
    .flag = JITNEY_SINK_PERFMAP,
    .events = JITNEY_EVENT_BIT(JITNEY_CODE_LOAD) | JITNEY_EVENT_BIT(JITNEY_CODE_MOVE),
    .open = perfmap_open,
    .event = perfmap_event,
    .forked = perfmap_forked,
    .close = perfmap_close,
};
