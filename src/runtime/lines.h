/* Line tables that arrive in pieces, and wait for their code. */
#ifndef JT_RUNTIME_LINES_H
#define JT_RUNTIME_LINES_H

#include "base/heap.h"
#include "jitney/session.h"

#include <stdint.h>

enum { JT_LINES_LIMIT = 1000000, JT_LINES_WAITING = 4096 };

struct jitney_lines {
    struct jitney_session *session;
    struct jitney_lines *next; /* of those that wait */
    uint64_t address;          /* of the code it waits for */
    struct jitney_line *rows;
    size_t *places; /* of each row's file in `files`, plus one; 0: none. Its memory moves. */
    uint32_t count;
    uint32_t room;
    char *files; /* names, each with its NUL */
    size_t file_bytes;
    size_t file_room;
};

/* Tables that are complete and wait for the load of their code, the newest first. */
struct jt_pending_lines {
    struct jitney_lines *first;
    uint32_t count;
};

/* Take the newest table that waits for `address`; NULL when there is none. Older ones for the same
 * address are dropped. The caller frees it with jitney_lines_drop(). */
struct jitney_lines *jt_pending_lines_take(struct jt_pending_lines *pending, uint64_t address);
void jt_pending_lines_release(struct jt_pending_lines *pending);

#endif
