/* Lines that V8 writes, one at a time: traces and log. */
#ifndef NODE_ADAPTER_ENGINE_LINES_H
#define NODE_ADAPTER_ENGINE_LINES_H

#include "engine.h"

struct node_line {
    struct node_engine *engine;
    const char *text; /* ends with NUL */
    size_t bytes;
    uint64_t time_ns; /* when it was seen */
};

/* Take what V8 wrote: each line goes to one of the two below, and one that is too long is cut.
 * `from` is the engine's `trace` or `log`. */
void node_follower_feed(struct node_engine *engine, struct node_follower *from, const char *bytes,
                        size_t count, uint64_t time_ns);

void node_trace_line(const struct node_line *line);
void node_log_line(const struct node_line *line);

#endif
