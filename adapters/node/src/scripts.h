/* The scripts of one isolate: their files, and lines and columns for positions. Used
 * on the isolate's own thread alone. */
#ifndef NODE_ADAPTER_SCRIPTS_H
#define NODE_ADAPTER_SCRIPTS_H

#include "napi.h"
#include "v8.h"

enum { NODE_SCRIPT_SLOTS = 1024, NODE_LINE_SLOTS = 64 };

struct node_script {
    int id;     /* of V8, from 1 */
    char *name; /* as V8 has it; NULL: none */
    char *file; /* a path where that was a file's URL; NULL: none */
    struct {
        uint32_t line;  /* from 1; 0: free */
        uint32_t start; /* position of its first character */
    } lines[NODE_LINE_SLOTS];
};

struct node_scripts {
    const struct v8_functions *v8;
    napi_env env;
    struct node_script
        *slots[NODE_SCRIPT_SLOTS]; /* by id; a newer one takes an older one's place */
};

/* What is known of `script`, a handle; NULL without memory. Valid until the next call. */
struct node_script *node_scripts_find(struct node_scripts *scripts, void *script);

/* The line and column (from 1) of a position; 0: not known. */
void node_script_place(const struct v8_functions *v8, struct node_script *known, void *script,
                       size_t position, uint32_t *line, uint32_t *column);

void node_scripts_release(struct node_scripts *scripts);

#endif
