/* The live code map: what is at this address now. Readers are lock-free and may
 * be signal handlers that interrupted a writer; changes come one at a time (the
 * session's lock). Loading over living code ends that code. */
#ifndef JT_RUNTIME_CODEMAP_H
#define JT_RUNTIME_CODEMAP_H

#include "base/heap.h"
#include "jitney/codemap.h"
#include "jitney/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Living code with a deep copy of how it was loaded; `load.address` is where it is now, and
 * `load.code` is NULL. Never changes once it is in the map. */
struct jt_code {
    struct jitney_code_load load;
    uint64_t number;  /* in its session; stays when it moves */
    uint64_t time_ns; /* of the load */
    uint32_t tid;
};

struct jt_codemap;
struct jt_quick;
struct jt_quick_store;

/* Called for code that is about to end because other code takes its place. */
struct jt_codemap_overwritten {
    void (*code)(void *context, const struct jt_code *code);
    void *context;
};

/* Makes the map visible to jitney_find(). `heap` outlives it. */
int jt_codemap_open(struct jt_heap *heap, struct jt_codemap **map);
/* Waits for readers that are under way, which takes well below a microsecond. One that does not
 * leave within a tenth of a second has died: the map's memory is then left to it. */
void jt_codemap_close(struct jt_codemap *map);
/* In the child after fork(), while it has one thread and before any change: forgets the
 * readers of the parent's other threads. For all maps at once. */
void jt_codemap_forked(void);

/* JITNEY_ERR_MEMORY leaves the map as it was. JITNEY_ERR_ARGUMENT: see jt_code_copy(). `*code` is
 * valid until the next change. */
int jt_codemap_add(struct jt_codemap *map, const struct jt_code *what,
                   const struct jt_codemap_overwritten *overwritten, const struct jt_code **code);
/* One step for readers: at any time they find the code at the one place or the other.
 * JITNEY_ERR_NOT_FOUND when no code starts at `from`, JITNEY_ERR_ARGUMENT when its end would wrap.
 */
int jt_codemap_move(struct jt_codemap *map, uint64_t from, uint64_t to,
                    const struct jt_codemap_overwritten *overwritten, const struct jt_code **code);
/* JITNEY_ERR_NOT_FOUND when no code starts at `address`. Never fails for want of memory. */
int jt_codemap_remove(struct jt_codemap *map, uint64_t address);

/* The code that starts at `address`, or NULL. For the thread that may change the map. */
const struct jt_code *jt_codemap_at(const struct jt_codemap *map, uint64_t address);
/* From any thread. */
size_t jt_codemap_count(const struct jt_codemap *map);
/* All living code by address, for the thread that may change the map; stops with what `visit`
 * returns unless that is 0. */
int jt_codemap_each(const struct jt_codemap *map,
                    int (*visit)(void *context, const struct jt_code *code), void *context);

/* What is found at an address. */
struct jt_codemap_hit {
    const struct jt_quick *quick;
    const struct jt_quick_store *store;
    uint64_t address;
    uint64_t bytes;
};

/* The code at `pc` in any map of the process; false: none. Between jt_readers_enter() and
 * jt_readers_leave(), until which it is valid. */
bool jt_codemap_lookup(uint64_t pc, struct jt_codemap_hit *hit);

#endif
