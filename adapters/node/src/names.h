/* What V8 calls a piece of code, taken apart: `JS:*name file:line:column`. */
#ifndef NODE_ADAPTER_NAMES_H
#define NODE_ADAPTER_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct node_name {
    const char *name; /* a part of what was parsed, or static text */
    size_t name_bytes;
    const char *file; /* a part of what was parsed; NULL: none */
    size_t file_bytes;
    uint32_t line;
    uint32_t column;
    uint32_t kind; /* enum jitney_code_kind */
    uint32_t tier; /* enum jitney_tier */
    const char *tier_name;
    uint32_t flags; /* enum jitney_code_flag */
};

/* Take `text` apart. `file` is the script's name as V8 has it, when it is known: both names and
 * files may hold spaces. */
void node_name_parse(struct node_name *name, const char *text, size_t bytes, const char *file);

#endif
