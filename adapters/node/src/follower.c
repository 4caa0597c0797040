/* Lines out of blocks, as V8 writes them. */
#include "engine_lines.h"

#include <stdlib.h>
#include <string.h>

static void end_line(struct node_engine *engine, struct node_follower *from, uint64_t time_ns)
{
    struct node_line line = {
        .engine = engine, .text = from->line, .bytes = from->used, .time_ns = time_ns};

    from->line[from->used] = '\0'; /* there is room */
    if (from == &engine->log)
        node_log_line(&line);
    else
        node_trace_line(&line);
    from->used = 0;
}

static bool reserve(struct node_follower *from, size_t bytes)
{
    char *larger = NULL;

    if (bytes <= from->room)
        return true;
    larger = realloc(from->line, bytes * 2);
    if (!larger)
        return false;
    from->line = larger;
    from->room = bytes * 2;
    return true;
}

void node_follower_feed(struct node_engine *engine, struct node_follower *from, const char *bytes,
                        size_t count, uint64_t time_ns)
{
    size_t most = from == &engine->log ? NODE_LONG_LINE_BYTES : NODE_LINE_BYTES;

    while (count > 0) {
        const char *end = memchr(bytes, '\n', count);
        size_t part = end ? (size_t)(end - bytes) : count;
        size_t room = most - 1 - from->used;
        size_t kept = part < room ? part : room;

        if (!reserve(from, from->used + kept + 1))
            kept = 0;
        if (kept > 0)
            memcpy(from->line + from->used, bytes, kept);
        from->used += kept;
        if (end && from->room > 0)
            end_line(engine, from, time_ns);
        part += end ? 1 : 0;
        bytes += part;
        count -= part;
    }
}
