/* Reading a recording, events-PID.jtr, in both halves: libc only, no exit, every
 * byte checked. Format: docs/formats/recording.md. */
#ifndef JT_FORMAT_RECORDING_READER_H
#define JT_FORMAT_RECORDING_READER_H

#include "base/heap.h"
#include "jitney/event.h"
#include "jitney/recording.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jt_recording;

struct jt_recording_facts {
    uint32_t version;
    uint32_t pid;
    uint32_t machine;           /* ELF e_machine */
    const char *engine;         /* "" when not said */
    uint64_t start_ns;          /* CLOCK_MONOTONIC when it was made */
    uint64_t wall_ns;           /* the wall clock then */
    uint64_t first_ns, last_ns; /* of the events read; 0: none */
    uint64_t events;            /* read */
    uint64_t functions;
    uint64_t threads;
    uint64_t dropped;     /* events the writer could not keep, as it says itself */
    uint64_t bad_records; /* skipped: not understood */
    uint64_t bad_chunks;
    uint64_t torn_bytes;       /* after the last whole chunk */
    uint64_t first_bad_offset; /* in the file; 0: none */
    bool is_closed;            /* its writer ended it properly */
};

/* Whether bytes begin like a recording. */
bool jt_recording_probe(const void *bytes, size_t count);

/* Open a regular file. JITNEY_ERR_IO with errno, JITNEY_ERR_FORMAT, JITNEY_ERR_VERSION,
 * JITNEY_ERR_MEMORY. */
int jt_recording_open(const char *path, struct jt_heap *heap, struct jt_recording **recording);
/* The same for an open file, which stays the caller's, and for bytes. */
int jt_recording_open_fd(int fd, struct jt_heap *heap, struct jt_recording **recording);
int jt_recording_open_memory(const void *bytes, size_t count, struct jt_heap *heap,
                             struct jt_recording **recording);
void jt_recording_close(struct jt_recording *recording);

/* Give all events to the visitor, by time, functions first. Called again, it goes on with what was
 * added to the file since (a recording that is still being written). */
int jt_recording_read(struct jt_recording *recording,
                      const struct jitney_recording_visitor *visitor);
const struct jt_recording_facts *jt_recording_facts(const struct jt_recording *recording);

/* The function of this number as its event said it, or NULL. */
const struct jitney_function *jt_recording_function(const struct jt_recording *recording,
                                                    uint32_t number);

#endif
