/* Who writes where: each thread has a chunk of its own in each recording. A thread
 * that ends leaves its chunk to the next that comes. What must not happen while a
 * thread is inside of an event (its chunk unmapped, its texts freed) waits for the
 * flag `is_busy`; membarrier() makes the flag's plain store and the loads behind it
 * as good as if a fence stood between. */
#include "runtime/sink/recording_parts.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WRITER_ALIGNMENT = 128 /* two cache lines: processors fetch them in pairs */ };

static const uint64_t most_wait_ns = 1000000000;

__thread struct recorder_slot recorder_slots[RECORDER_SLOTS];
static __thread uint64_t thread_token;

/* All recorders of this copy of the library: threads that end and fork() have to know them. */
static struct recorder *recorders;
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t key;
static _Atomic bool has_key;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;
static _Atomic uint64_t last_id, last_token;

/* ---- the end of a thread ---- */

static void leave_recorder(struct recorder *recorder)
{
    pthread_mutex_lock(&recorder->lock);
    for (struct recorder_writer *at = recorder->writers; at; at = at->next) {
        if (at->owner == thread_token) {
            atomic_store(&at->limit, NULL);
            at->owner = 0;
        }
    }
    pthread_mutex_unlock(&recorder->lock);
    if (recorder_slots[recorder->id % RECORDER_SLOTS].id == recorder->id)
        recorder_slots[recorder->id % RECORDER_SLOTS] = (struct recorder_slot){0};
}

static void end_thread(void *unused)
{
    pthread_mutex_lock(&registry_lock);
    for (struct recorder *at = recorders; at; at = at->next)
        leave_recorder(at);
    pthread_mutex_unlock(&registry_lock);
}

/* Behind dlclose() nobody may call end_thread() any more. */
__attribute__((destructor)) static void unload(void)
{
    if (has_key)
        pthread_key_delete(key);
    has_key = false;
}

/* ---- fork ---- */

/* The only thread of the child. A lock that is taken was taken by a thread that is not here: what
 * it guarded may be half done, and is left alone. */
static void after_fork_in_child(void)
{
    if (pthread_mutex_trylock(&registry_lock) != 0)
        registry_lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    else
        pthread_mutex_unlock(&registry_lock);
    for (struct recorder *at = recorders; at; at = at->next) {
        if (pthread_mutex_trylock(&at->lock) != 0) {
            at->is_torn = true;
            pthread_mutex_init(&at->lock, NULL);
        } else {
            pthread_mutex_unlock(&at->lock);
        }
        atomic_store(at->live, 0);
    }
}

static void watch_fork(void)
{
    /* When it fails, the page that is wiped tells the child all the same. */
    (void)pthread_atfork(NULL, NULL, after_fork_in_child);
}

/* ---- all recorders ---- */

static bool has_membarrier(void)
{
    return !JT_UNDER_TSAN &&
           syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

static int map_live_page(struct recorder *recorder)
{
    void *page = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED)
        return JITNEY_ERR_MEMORY;
    /* A kernel that cannot do so still calls after_fork_in_child(). */
    (void)madvise(page, (size_t)sysconf(_SC_PAGESIZE), MADV_WIPEONFORK);
    recorder->live = page;
    return JITNEY_OK;
}

void recorder_begin_life(struct recorder *recorder)
{
    recorder->needs_fence = !has_membarrier();
    recorder->id = atomic_fetch_add(&last_id, 1) + 1;
    atomic_store(recorder->live, recorder->id);
}

int recorder_register(struct recorder *recorder)
{
    int status = map_live_page(recorder);

    if (status)
        return status;
    pthread_once(&fork_once, watch_fork);
    pthread_mutex_init(&recorder->lock, NULL);
    recorder_begin_life(recorder);
    pthread_mutex_lock(&registry_lock);
    if (!has_key)
        has_key = pthread_key_create(&key, end_thread) == 0;
    recorder->next = recorders;
    recorders = recorder;
    pthread_mutex_unlock(&registry_lock);
    return JITNEY_OK;
}

void recorder_unregister(struct recorder *recorder)
{
    pthread_mutex_lock(&registry_lock);
    for (struct recorder **at = &recorders; *at; at = &(*at)->next) {
        if (*at == recorder) {
            *at = recorder->next;
            break;
        }
    }
    if (!recorders && has_key) {
        pthread_key_delete(key);
        has_key = false;
    }
    pthread_mutex_unlock(&registry_lock);
}

void recorder_unmap_live(struct recorder *recorder)
{
    munmap((void *)recorder->live, (size_t)sysconf(_SC_PAGESIZE));
}

/* ---- writers ---- */

static struct recorder_writer *new_writer(struct recorder *recorder)
{
    size_t bytes = sizeof(struct recorder_writer) + WRITER_ALIGNMENT;
    uint8_t *memory = jt_heap_take(recorder->host->heap, bytes);
    struct recorder_writer *writer = NULL;

    if (!memory)
        return NULL;
    writer = (struct recorder_writer *)(memory +
                                        (WRITER_ALIGNMENT - (uintptr_t)memory % WRITER_ALIGNMENT));
    writer->memory = memory;
    writer->recorder = recorder;
    writer->next = recorder->writers;
    recorder->writers = writer;
    return writer;
}

static struct recorder_writer *writer_of(const struct recorder *recorder, uint64_t token)
{
    struct recorder_writer *at = recorder->writers;

    while (at && at->owner != token)
        at = at->next;
    return at;
}

struct recorder_writer *recorder_find_writer(struct recorder *recorder, int *status)
{
    struct recorder_writer *writer = NULL;

    if (thread_token == 0)
        thread_token = atomic_fetch_add(&last_token, 1) + 1;
    pthread_mutex_lock(&recorder->lock);
    *status = JITNEY_ERR_IO;
    if (atomic_load(recorder->live) == recorder->id) {
        writer = writer_of(recorder, thread_token);
        if (!writer)
            writer = writer_of(recorder, 0);
        if (!writer)
            writer = new_writer(recorder);
        *status = writer ? JITNEY_OK : JITNEY_ERR_MEMORY;
    }
    if (writer && writer->owner != thread_token) {
        writer->owner = thread_token;
        writer->tid = (uint32_t)syscall(SYS_gettid);
    }
    pthread_mutex_unlock(&recorder->lock);
    if (writer) {
        recorder_slots[recorder->id % RECORDER_SLOTS] =
            (struct recorder_slot){.id = recorder->id, .writer = writer};
        if (has_key)
            pthread_setspecific(key, &recorder_slots);
    }
    return writer;
}

/* Small for threads that tell little, then as large as pays: what was just filled with zeros should
 * still be in the processor's cache when it is written to. */
static size_t next_chunk_bytes(const struct recorder_writer *writer)
{
    return (size_t)JT_RECORDING_GRANULE << (writer->chunk_count < 2 ? writer->chunk_count * 2 : 3);
}

/* The thread says who it is, and when it begins. */
static void begin_run(struct recorder_writer *writer)
{
    writer->counter = recorder_count(writer->recorder->clock);
    writer->at = jt_recording_encode_thread(writer->at, writer->counter, writer->tid);
    recorder_commit(&writer->space, writer->at);
}

static int take_chunk(struct recorder *recorder, struct recorder_writer *writer, size_t bytes)
{
    struct recorder_space space = {.map = NULL};
    int status =
        recorder_take_chunk(recorder, JT_RECORDING_EVENTS, next_chunk_bytes(writer), bytes, &space);

    if (status)
        return status;
    writer->chunk_count++;
    recorder_release_space(&writer->space);
    writer->space = space;
    writer->at = space.start;
    return JITNEY_OK;
}

int recorder_attach(struct recorder *recorder, struct recorder_writer *writer, size_t bytes)
{
    int status = JITNEY_OK;

    bytes += RECORDER_SLACK;
    pthread_mutex_lock(&recorder->lock);
    if (atomic_load(recorder->live) != recorder->id)
        status = JITNEY_ERR_IO;
    else if (!writer->space.map || (size_t)(writer->space.end - writer->at) < bytes)
        status = take_chunk(recorder, writer, bytes);
    if (!status) {
        begin_run(writer);
        atomic_store(&writer->limit, writer->space.end);
    }
    pthread_mutex_unlock(&recorder->lock);
    return status;
}

/* ---- taking chunks away ---- */

static bool is_idle(struct recorder_writer *writer, uint64_t until_ns)
{
    while (atomic_load_explicit(&writer->is_busy, memory_order_acquire)) {
        if (jt_clock_ns() > until_ns)
            return false;
        sched_yield();
    }
    return true;
}

bool recorder_detach_all(struct recorder *recorder)
{
    uint64_t until_ns = jt_clock_ns() + most_wait_ns;

    for (struct recorder_writer *at = recorder->writers; at; at = at->next)
        atomic_store(&at->limit, NULL);
    if (!JT_UNDER_TSAN && !recorder->needs_fence &&
        syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) != 0)
        return false;
    for (struct recorder_writer *at = recorder->writers; at; at = at->next)
        if (!is_idle(at, until_ns))
            return false;
    for (struct recorder_writer *at = recorder->writers; at; at = at->next) {
        recorder_release_space(&at->space);
        at->chunk_count = 0;
        memset(at->cache, 0, sizeof(at->cache));
    }
    return true;
}

void recorder_free_writers(struct recorder *recorder)
{
    while (recorder->writers) {
        struct recorder_writer *next = recorder->writers->next;

        jt_heap_free(recorder->host->heap, recorder->writers->memory,
                     sizeof(struct recorder_writer) + WRITER_ALIGNMENT);
        recorder->writers = next;
    }
}
