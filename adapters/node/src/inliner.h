/* From what V8's log says of inlining to frames: functions are known by where V8 has their
 * descriptions, their lines from their own bytecode. Of one isolate, used on its
 * thread alone. */
#ifndef NODE_ADAPTER_INLINER_H
#define NODE_ADAPTER_INLINER_H

#include "inlining.h"
#include "jitney/event.h"
#include "table.h"

struct node_known_function {
    uint64_t key;
    uint32_t function;
    char *name;
    char *file; /* NULL: none */
};

struct node_inliner {
    struct node_table by_address; /* of V8's description, to its number from 1 in `known` */
    struct node_table lines;      /* key of a function and a position, to the line */
    struct node_known_function *known;
    size_t known_count;
    size_t known_room;
    /* Of the code that is described now. */
    struct jitney_inlined *frames;
    uint64_t *keys; /* of the functions of `frames`; 0: not known */
    size_t frame_room;
};

/* The bytecode of the function of this key has this position, which is in this line. */
void node_inliner_add_line(struct node_inliner *inliner, uint64_t key, uint32_t position,
                           uint32_t line);
/* The function that `load` is code of has its description here. */
void node_inliner_add_function(struct node_inliner *inliner, uint64_t address, uint64_t key,
                               const struct jitney_code_load *load);
/* Fill `frames`, one for each call, for code of the function of `key`. False without memory. */
bool node_inliner_describe(struct node_inliner *inliner, const struct node_inlining *inlining,
                           uint64_t key);
/* The line of a row of an inlined function, after that; 0: not known. */
uint32_t node_inliner_line(const struct node_inliner *inliner, const struct node_inlining_row *row);
void node_inliner_release(struct node_inliner *inliner);

#endif
