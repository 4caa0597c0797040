#include "analysis/profile/belt.h"

#include "base/alloc.h"

#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>

/* What a processor's own cache holds together with all else. */
enum { BATCH_BYTES = 64 * 1024 };

struct batch {
    struct batch *next;
    size_t used;
    size_t room;
    uint8_t *bytes;
};

struct jt_belt {
    struct jt_belt_worker worker;
    struct batch *open; /* the one that is put into; the putting thread's alone */
    size_t made;        /* likewise */
    size_t most;
    bool is_threaded;
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t came;  /* a batch to be worked on, or the end */
    pthread_cond_t went;  /* a batch to be filled again */
    struct batch *first;  /* waits for the worker */
    struct batch *last;
    struct batch *spare;
    bool is_closed;
};

bool jt_belt_has_processors(void)
{
    cpu_set_t usable;

    return sched_getaffinity(0, sizeof(usable), &usable) == 0 && CPU_COUNT(&usable) > 1;
}

/* The next batch, NULL at the end; gives back the one before it. */
static struct batch *next_batch(struct jt_belt *belt, struct batch *done)
{
    struct batch *batch = NULL;

    pthread_mutex_lock(&belt->lock);
    if (done) {
        done->next = belt->spare;
        belt->spare = done;
        pthread_cond_signal(&belt->went);
    }
    while (!belt->first && !belt->is_closed)
        pthread_cond_wait(&belt->came, &belt->lock);
    batch = belt->first;
    if (batch)
        belt->first = batch->next;
    pthread_mutex_unlock(&belt->lock);
    return batch;
}

static void *run(void *context)
{
    struct jt_belt *belt = context;
    struct batch *batch = next_batch(belt, NULL);

    while (batch) {
        belt->worker.work(belt->worker.context, batch->bytes, batch->used);
        batch = next_batch(belt, batch);
    }
    return NULL;
}

struct jt_belt *jt_belt_new(const struct jt_belt_worker *worker, size_t most_batches, bool threaded)
{
    struct jt_belt *belt = jt_alloc(1, sizeof(*belt));

    belt->worker = *worker;
    belt->most = most_batches;
    pthread_mutex_init(&belt->lock, NULL);
    pthread_cond_init(&belt->came, NULL);
    pthread_cond_init(&belt->went, NULL);
    belt->is_threaded = threaded && pthread_create(&belt->thread, NULL, run, belt) == 0;
    return belt;
}

static struct batch *make_batch(struct jt_belt *belt)
{
    struct batch *batch = jt_alloc(1, sizeof(*batch));

    batch->room = BATCH_BYTES;
    batch->bytes = jt_realloc(NULL, batch->room, 1);
    belt->made++;
    return batch;
}

/* An empty batch: a new one while there may be more, else the worker's next. */
static struct batch *empty_batch(struct jt_belt *belt)
{
    struct batch *batch = NULL;

    pthread_mutex_lock(&belt->lock);
    while (!belt->spare && belt->made >= belt->most)
        pthread_cond_wait(&belt->went, &belt->lock);
    batch = belt->spare;
    if (batch)
        belt->spare = batch->next;
    pthread_mutex_unlock(&belt->lock);
    if (!batch)
        batch = make_batch(belt);
    batch->next = NULL;
    batch->used = 0;
    return batch;
}

static void hand_over(struct jt_belt *belt)
{
    struct batch *batch = belt->open;

    if (!belt->is_threaded) {
        belt->worker.work(belt->worker.context, batch->bytes, batch->used);
        batch->used = 0;
        return;
    }
    belt->open = NULL;
    pthread_mutex_lock(&belt->lock);
    if (belt->first)
        belt->last->next = batch;
    else
        belt->first = batch;
    belt->last = batch;
    pthread_cond_signal(&belt->came);
    pthread_mutex_unlock(&belt->lock);
}

void *jt_belt_put(struct jt_belt *belt, size_t bytes)
{
    size_t needed = jt_belt_bytes(bytes);
    void *piece = NULL;

    if (belt->open && belt->open->used > 0 && needed > belt->open->room - belt->open->used)
        hand_over(belt);
    if (!belt->open)
        belt->open = empty_batch(belt);
    if (needed > belt->open->room) {
        belt->open->bytes = jt_realloc(belt->open->bytes, needed, 1);
        belt->open->room = needed;
    }
    piece = belt->open->bytes + belt->open->used;
    belt->open->used += needed;
    return piece;
}

static void free_batches(struct batch *batch)
{
    while (batch) {
        struct batch *next = batch->next;

        free(batch->bytes);
        free(batch);
        batch = next;
    }
}

void jt_belt_finish(struct jt_belt *belt)
{
    if (!belt)
        return;
    if (belt->open && belt->open->used > 0)
        hand_over(belt);
    if (belt->is_threaded) {
        pthread_mutex_lock(&belt->lock);
        belt->is_closed = true;
        pthread_cond_signal(&belt->came);
        pthread_mutex_unlock(&belt->lock);
        pthread_join(belt->thread, NULL);
    }
    free_batches(belt->open);
    free_batches(belt->spare);
    pthread_mutex_destroy(&belt->lock);
    pthread_cond_destroy(&belt->came);
    pthread_cond_destroy(&belt->went);
    free(belt);
}
