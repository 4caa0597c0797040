/* (time, address) -> code, for one process image. Nothing announces deletion on
 * Linux, so code lives from its load until it is overlapped, moved away or
 * unloaded; overlapped code dies whole.
 *
 * A perf map carries no time: all its lines are loads at JT_TIMELESS. They end
 * each other not, but lie in layers: the last definition of an address has it,
 * an enclosing or partly covered one keeps the rest of its bytes. A map is the
 * record of a whole run, and what is left of an older line is the only name that
 * was ever given to those bytes. Code loaded later, with a time, ends whole every
 * line of which it covers a visible byte.
 *
 * Fill it, finish it, then ask. Asking in the order of time is quickest (one pass
 * over the events); asked about an earlier moment than before, it builds an index
 * of all moments once and answers in O(log^2 n). Not for more than one thread at
 * a time. */
#ifndef JT_SYMBOL_TIMELINE_H
#define JT_SYMBOL_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JT_TIMELESS UINT64_C(0) /* of code from a map, which carries no time */
#define JT_TIME_END UINT64_MAX  /* after everything */

/* One stay of a piece of code at one address. A moved function has several,
 * with the same `id`. */
struct jt_code {
    uint64_t start;
    uint64_t bytes;
    uint64_t load_ns;
    uint64_t end_ns; /* first moment at which it is gone; JT_TIME_END: never. Set by finish */
    uint32_t id;     /* the caller's number of the function */
    uint32_t number; /* the timeline's own */
};

struct jt_timeline;

struct jt_timeline *jt_timeline_new(void);
void jt_timeline_free(struct jt_timeline *timeline);

/* Events may come in any order; those of one moment keep the order of the
 * calls. Code of no bytes is kept out of the timeline. `index` identifies code
 * for a later move (jitdump code_index). */
void jt_timeline_load(struct jt_timeline *timeline, uint64_t time_ns, uint64_t start,
                      uint64_t bytes, uint64_t index, uint32_t id);
/* Move the code that lives at `old_start`, or, when none does, the last loaded
 * with `index`, unless two pieces of living code had that index. When the code of
 * `index` was at `old_start` it is the one that moves, even when something was
 * moved onto it before: a collector that slides code says so one piece at a time.
 * No `bytes`: as many as it had. A move of code that is not there is counted, not
 * invented. */
void jt_timeline_move(struct jt_timeline *timeline, uint64_t time_ns, uint64_t old_start,
                      uint64_t new_start, uint64_t bytes, uint64_t index);
/* End all code that overlaps the range: an unload, or something else mapped there. */
void jt_timeline_end(struct jt_timeline *timeline, uint64_t time_ns, uint64_t start,
                     uint64_t bytes);
/* Work out every lifetime. Call once, after the last event, before finds. */
void jt_timeline_finish(struct jt_timeline *timeline);

/* The code that was at `address` at `time_ns` (an event of the same moment has
 * happened), or NULL. `*valid_until` is a moment before which the answer stays
 * the same: the end of the code that was found; when none was, the next load of
 * code there or, where that is not known at once, the next event. It may be NULL.
 * The code is valid until the timeline is freed. */
const struct jt_code *jt_timeline_find(struct jt_timeline *timeline, uint64_t time_ns,
                                       uint64_t address, uint64_t *valid_until);

struct jt_timeline_counts {
    size_t loads;
    size_t moves;
    size_t lost_moves; /* of code that was not there */
    size_t overlapped; /* ended by code loaded over them; lines of a map: hidden whole */
    size_t empty;      /* loads of no bytes */
    size_t excess;     /* events that were too many to be numbered */
};
void jt_timeline_count(const struct jt_timeline *timeline, struct jt_timeline_counts *counts);
/* Whether code of more than one id was ever at `address`: with a map that carries
 * no time, names there are a guess. Give code of equal names one id, or a line that
 * the runtime wrote twice makes its own name ambiguous. */
bool jt_timeline_is_ambiguous(struct jt_timeline *timeline, uint64_t address);

#endif
