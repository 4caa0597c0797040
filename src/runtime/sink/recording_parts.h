/* What the parts of the recording sink share: recording.c (events), recording_file.c
 * (the file and its chunks), recording_texts.c (texts that are kept once),
 * recording_threads.c (who writes where), recording_save.c. */
#ifndef JT_RUNTIME_SINK_RECORDING_PARTS_H
#define JT_RUNTIME_SINK_RECORDING_PARTS_H

#include "base/clock.h"
#include "format/recording.h"
#include "runtime/sink.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__) || defined(__i386__)
#include <x86intrin.h>
#endif

#if defined(__SANITIZE_THREAD__)
#define JT_UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define JT_UNDER_TSAN 1
#endif
#endif
#ifndef JT_UNDER_TSAN
#define JT_UNDER_TSAN 0
#endif

enum {
    RECORDER_CACHED_TEXTS = 64, /* by a thread; a power of two */
    /* What one event may need besides its tail: an anchor, a thread record, and itself. */
    RECORDER_SLACK = JT_RECORDING_PLAIN_BYTES + 64,
};

/* A chunk that is mapped for writing. */
struct recorder_space {
    uint8_t *map; /* NULL: none */
    size_t map_bytes;
    struct jt_recording_chunk_header *chunk;
    uint8_t *start; /* of its records */
    uint8_t *end;
};

/* A text that definitions hold. Never changes. */
struct recorder_text {
    uint64_t hash;
    uint64_t number;
    size_t length;
    char bytes[];
};

struct recorder_text_table {
    struct recorder_text_table *retired; /* smaller ones that may still be looked at */
    size_t room;                         /* a power of two */
    struct recorder_text *_Atomic slots[];
};

struct recorder_texts {
    struct recorder_text_table *_Atomic table;
    size_t count; /* under the lock, as what follows */
    size_t bytes;
    _Atomic bool is_full; /* further texts stand in their records */
};

struct recorder_cached {
    const char *pointer;
    const struct recorder_text *text;
    bool is_constant; /* what is at `pointer` never changes */
};

/* Memory of the program itself that nobody may write to: its constants. Unlike a library it is
 * never unloaded. */
enum { RECORDER_CONSTANTS = 4 };
struct recorder_constants {
    uintptr_t begin, end;
};

/* What one thread writes with. All but the last block is its own, while `is_busy` is set; others
 * take its chunk away by clearing `limit` and waiting until it is not busy. */
struct recorder_writer {
    _Atomic uint32_t is_busy;
    uint32_t tid;
    uint8_t *_Atomic limit; /* NULL: no chunk, ask for one */
    uint8_t *at;
    uint64_t counter; /* of the last record */
    struct recorder_space space;
    bool has_missed; /* a text that definitions do not hold yet */
    struct recorder *recorder;
    struct recorder_cached cache[RECORDER_CACHED_TEXTS];

    uint64_t owner; /* a thread's token; 0: none. Under the lock, as what follows */
    uint32_t chunk_count;
    void *memory;
    struct recorder_writer *next;
};

struct recorder {
    /* The id while the recorder lives, in a page that is zero in a child of fork(). */
    _Atomic uint64_t *live;
    _Atomic uint32_t mask;       /* event classes that are recorded now */
    _Atomic uint32_t quick_mask; /* of them, what may take the quick way on this machine */
    uint32_t clock;              /* JT_RECORDING_TSC … */
    _Atomic uint64_t anchor_due;
    bool needs_fence; /* there is no membarrier() */
    struct recorder_texts texts;
    struct recorder_constants constants[RECORDER_CONSTANTS];

    const struct jt_sink_host *host;
    uint64_t id; /* never used again */
    _Atomic uint32_t filter;
    _Atomic bool is_on;
    bool is_torn; /* fork() came while another thread held the lock */
    uint64_t first_counter;
    uint64_t frequency;

    pthread_mutex_t lock; /* what follows */
    int fd;
    uint64_t end;      /* of the last chunk */
    uint64_t reserved; /* space in the file system up to here */
    uint64_t last_chunk;
    uint64_t resets;
    uint8_t *header_map; /* of a granule */
    struct jt_recording_header *header;
    struct recorder_space definitions;
    uint8_t *definitions_at;
    uint32_t definitions_count;
    struct recorder_writer *writers;
    uint64_t retry_ns; /* after a failure nothing is tried until then */
    int failure;
    int failure_errno;
    struct recorder *next; /* of all recorders; under the registry's lock */
};

/* ---- time ---- */

static inline uint64_t recorder_count(uint32_t clock)
{
#if defined(__x86_64__) || defined(__i386__)
    if (__builtin_expect(clock == JT_RECORDING_TSC, 1))
        return __rdtsc();
#elif defined(__aarch64__)
    if (__builtin_expect(clock == JT_RECORDING_CNTVCT, 1)) {
        uint64_t count = 0;

        __asm__ volatile("mrs %0, cntvct_el0" : "=r"(count));
        return count;
    }
#endif
    return jt_clock_ns();
}

/* Read both clocks at one moment. */
void recorder_read_clocks(uint32_t clock, uint64_t *counter, uint64_t *time_ns);
/* The clock that counts best here, and its counts a second since both clocks were read. */
uint32_t recorder_choose_clock(void);
uint64_t recorder_measure_frequency(uint32_t clock, uint64_t counter, uint64_t time_ns);
/* When the anchor after one at `counter` is due. */
uint64_t recorder_next_anchor(const struct recorder *recorder, uint64_t counter);

/* ---- the file; all under the lock ---- */

/* Make the file of this process; `is_child`: the parent has one. */
int recorder_create_file(struct recorder *recorder, bool is_child);
/* Empty the file and begin anew; no chunk is mapped. */
int recorder_restart_file(struct recorder *recorder);
/* End the file; no chunk is mapped. */
void recorder_end_file(struct recorder *recorder, bool is_complete);
/* In a child of fork(): the file is the parent's. */
void recorder_forget_file(struct recorder *recorder);
/* A new chunk with room for `least` bytes of records, and for `wanted` bytes in all when there is
 * space. */
int recorder_take_chunk(struct recorder *recorder, uint16_t kind, size_t wanted, size_t least,
                        struct recorder_space *space);
void recorder_release_space(struct recorder_space *space);
/* What is behind the chunk's header up to `at` may be read from now on. */
static inline void recorder_commit(struct recorder_space *space, const uint8_t *at)
{
    __atomic_store_n(&space->chunk->committed, htole64((uint64_t)(at - space->start)),
                     __ATOMIC_RELEASE);
}
/* Room for a definition of up to `bytes`; NULL when there is none, the status in `*status`. */
uint8_t *recorder_reserve_definition(struct recorder *recorder, size_t bytes, int *status);
void recorder_commit_definition(struct recorder *recorder, uint8_t *end);

/* ---- events ---- */

/* From here to recorder_leave() the writer's chunk and all texts stay. NULL: there is no chunk. */
static inline const uint8_t *recorder_enter(struct recorder_writer *writer, bool needs_fence)
{
#if JT_UNDER_TSAN
    atomic_store(&writer->is_busy, 1);
#else
    atomic_store_explicit(&writer->is_busy, 1, memory_order_relaxed);
    if (__builtin_expect(needs_fence, 0))
        atomic_thread_fence(memory_order_seq_cst);
    else
        atomic_signal_fence(memory_order_seq_cst);
#endif
    return atomic_load(&writer->limit);
}

static inline void recorder_leave(struct recorder_writer *writer)
{
    atomic_store_explicit(&writer->is_busy, 0, memory_order_release);
}

/* Classes that jt_recording_sink_emit() can write on this machine. */
uint32_t recorder_quick_classes(void);

/* ---- texts ---- */

/* Learn where the program's constants are. */
void recorder_find_constants(struct recorder *recorder);

/* Where a thread keeps the text it last saw at this pointer. */
static inline struct recorder_cached *recorder_cached_of(struct recorder_writer *writer,
                                                         const char *text)
{
    uint64_t mixed = (uint64_t)(uintptr_t)text * UINT64_C(0x9e3779b97f4a7c15);

    return &writer->cache[mixed >> 58 & (RECORDER_CACHED_TEXTS - 1)];
}

/* The number of a text, for jt_recording_plan(); 0 when it is to stand in its record. `writer` is
 * busy. */
uint64_t recorder_find_text_slowly(struct recorder_writer *writer, const char *text);
/* The same; a text that is new becomes a definition. `recorder` without the lock. */
uint64_t recorder_add_text(void *recorder, const char *text);
/* Under the lock, when no writer is busy. */
void recorder_clear_texts(struct recorder *recorder);

/* ---- threads ---- */

/* Make the recorder known to threads that end, and to fork(). */
int recorder_register(struct recorder *recorder);
void recorder_unregister(struct recorder *recorder);
/* After that, the last thing. */
void recorder_unmap_live(struct recorder *recorder);
/* A new id: what threads know of the recorder is of an earlier life. */
void recorder_begin_life(struct recorder *recorder);
/* This thread's writer, or NULL: no memory (JITNEY_ERR_MEMORY), or the recorder is
 * another process's (JITNEY_ERR_IO). */
struct recorder_writer *recorder_find_writer(struct recorder *recorder, int *status);
/* Give the writer room for `bytes` more. It is not busy. */
int recorder_attach(struct recorder *recorder, struct recorder_writer *writer, size_t bytes);
/* Take the chunks from all writers; they ask for new ones. False when one of them does not end its
 * event in time; then they keep them. Under the lock. */
bool recorder_detach_all(struct recorder *recorder);
/* Free all writers, whose chunks are taken. */
void recorder_free_writers(struct recorder *recorder);

/* This thread's writers, by recorder. */
enum { RECORDER_SLOTS = 4 };
struct recorder_slot {
    uint64_t id;
    struct recorder_writer *writer;
};
extern __thread struct recorder_slot recorder_slots[RECORDER_SLOTS];

#endif
