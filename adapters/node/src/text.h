/* Events as JSON, on their way to JavaScript. */
#ifndef NODE_ADAPTER_TEXT_H
#define NODE_ADAPTER_TEXT_H

#include "jitney/jitney.h"

#include <stddef.h>

struct node_text {
    char *bytes; /* of malloc() */
    size_t length;
    size_t room;
    bool has_failed; /* no memory: what follows is not added */
};

void node_text_add(struct node_text *text, const char *bytes, size_t count);
/* One object. */
void node_text_add_event(struct node_text *text, const struct jitney_event *event);
void node_text_add_found(struct node_text *text, const struct jitney_found *found);
void node_text_add_counters(struct node_text *text, const struct jitney_counters *counters);
void node_text_release(struct node_text *text);

#endif
