/* Who is reading code maps right now? Readers say when they come and go; what a
 * writer has made unreachable may be freed once all who came before are gone.
 *
 * Process-wide, because jitney_find() looks at all maps there are. Each thread
 * counts in one of many cells, so that readers do not share a cache line. */
#ifndef JT_RUNTIME_READERS_H
#define JT_RUNTIME_READERS_H

#include <stdbool.h>
#include <stdint.h>

struct jt_reader {
    unsigned side; /* which of its two counters the reader is in */
};

/* Lock-free and async-signal-safe; they nest. */
struct jt_reader jt_readers_enter(void);
void jt_readers_leave(struct jt_reader reader);

/* A wait for all readers that came before it began; nobody has to sit it out. */
struct jt_readers_grace {
    uint64_t pending[2]; /* a bit for each cell that has not been seen empty */
};

/* What is to be freed afterwards must have been made unreachable by a store that is
 * memory_order_seq_cst, and readers must load what was stored likewise. */
void jt_readers_begin_grace(struct jt_readers_grace *grace);
bool jt_readers_grace_is_over(struct jt_readers_grace *grace);

/* In the child after fork(), while it has one thread: the others' readers are not there. */
void jt_readers_forked(void);

#endif
