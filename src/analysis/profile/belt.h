/* Pieces of work on their way from one thread to another, in batches. Where
 * there is only one processor the same pieces are worked on batch by batch by
 * whoever puts them. */
#ifndef JT_PROFILE_BELT_H
#define JT_PROFILE_BELT_H

#include <stdbool.h>
#include <stddef.h>

struct jt_belt;

/* Who works on what is put: batches come one at a time, in order. */
struct jt_belt_worker {
    void *context;
    void (*work)(void *context, const void *batch, size_t bytes);
};

/* Whether a second thread has a processor of its own to run on. */
bool jt_belt_has_processors(void);
/* `most_batches` may wait before the one who puts has to; with `threaded` the
 * worker runs on a thread of its own, if one can be had. */
struct jt_belt *jt_belt_new(const struct jt_belt_worker *worker, size_t most_batches,
                            bool threaded);
/* What a piece of so many bytes takes of a batch. */
static inline size_t jt_belt_bytes(size_t bytes)
{
    return (bytes + 15) & ~(size_t)15;
}

/* Room for one more piece, aligned for everything; filled in before the next call. */
void *jt_belt_put(struct jt_belt *belt, size_t bytes);
/* Wait until all is worked on, and free. NULL is fine. */
void jt_belt_finish(struct jt_belt *belt);

#endif
