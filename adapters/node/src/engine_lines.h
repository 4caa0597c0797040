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

void node_trace_line(const struct node_line *line);
void node_log_line(const struct node_line *line);

#endif
