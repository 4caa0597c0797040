/* What the parts of the recording reader share: recording_reader.c (files, chunks, facts),
 * recording_names.c (texts and functions), recording_merge.c (events in the
 * order of time). */
#ifndef JT_FORMAT_RECORDING_PARTS_H
#define JT_FORMAT_RECORDING_PARTS_H

#include "format/recording.h"
#include "format/recording_clock.h"
#include "format/recording_reader.h"

/* A file, or bytes in memory. */
struct jt_recording_source {
    int fd; /* -1: memory */
    bool is_ours;
    const uint8_t *memory;
    uint64_t size;
};

struct jt_recording_chunk {
    uint64_t header; /* where it is in the file */
    uint64_t offset; /* of its records in the file */
    uint64_t room;   /* for records */
    uint64_t end;    /* of the whole records that may be read now, from `offset` */
    uint64_t read;   /* of those that were read, and what was true behind them: */
    uint64_t counter;
    uint32_t tid;
    uint16_t kind;
    bool is_bad;                      /* what follows `read` cannot be read */
    bool is_torn;                     /* the file ends in it */
    uint64_t least_counter, least_ns; /* of the events between `read` and `end` */
};

/* Definitions stay in memory, and texts point into them. */
struct jt_recording_block {
    struct jt_recording_block *next;
    size_t bytes; /* of this struct and what follows it */
};

struct jt_recording_function_entry {
    struct jitney_function function;
    uint64_t time_ns;
    uint32_t tid;
    uint32_t flags;
    uint32_t number;
};

struct jt_recording_names {
    struct jt_recording_block *blocks;
    const char **texts;
    size_t text_count, text_room;
    struct jt_recording_function_entry *functions; /* by number */
    size_t function_count, function_room;
    size_t told; /* functions that the visitor was told */
};

/* An event that waits for its turn. */
struct jt_recording_entry {
    uint64_t time_ns;
    uint32_t offset; /* in its run */
    uint32_t tid;
};

/* A chunk with events to give. It is loaded when the time of its first event has come. */
struct jt_recording_run {
    uint64_t time_ns; /* of its next event */
    size_t chunk;
    uint8_t *bytes; /* NULL: not loaded */
    size_t length;
    struct jt_recording_entry *entries;
    size_t count, next, room;
};

struct jt_recording_merge {
    struct jt_recording_run *runs; /* a heap, the earliest first */
    size_t count, room;
};

struct jt_recording_tids {
    uint32_t *slots; /* 0: free */
    size_t count, room;
    uint32_t last; /* that was noted */
};

struct jt_recording {
    struct jt_heap *heap;
    struct jt_recording_source source;
    uint64_t serial;
    uint64_t granule;
    uint32_t clock_kind;
    uint64_t chunks_end; /* where the next chunk may be */
    struct jt_recording_chunk *chunks;
    size_t chunk_count, chunk_room;
    struct jt_recording_clock clock;
    struct jt_recording_names names;
    struct jt_recording_merge merge;
    struct jt_recording_tids tids;
    struct jt_recording_event event;
    struct jt_recording_facts facts;
    char engine[sizeof(((struct jt_recording_header *)0)->engine)];
};

/* Make room for one more in a growing array. */
int jt_recording_grow(struct jt_heap *heap, void *array, size_t *room, size_t count, size_t bytes);
/* Up to `count` bytes at `offset`; less at the end of the file, or when it cannot be read. */
size_t jt_recording_read_at(const struct jt_recording *recording, uint64_t offset, void *bytes,
                            size_t count);
/* Note something that could not be read. */
void jt_recording_note_bad(struct jt_recording *recording, uint64_t offset);

/* Nothing can be read behind `end`; what follows was cut off, or is damaged. */
void jt_recording_end_chunk(struct jt_recording *recording, struct jt_recording_chunk *chunk,
                            uint64_t end);

/* Read the new definitions of a chunk. */
int jt_recording_read_definitions(struct jt_recording *recording, struct jt_recording_chunk *chunk);
const char *jt_recording_text(void *recording, uint64_t number);
int jt_recording_tell_functions(struct jt_recording *recording,
                                const struct jitney_recording_visitor *visitor);
void jt_recording_names_release(struct jt_recording *recording);

/* Look through the new events of a chunk: are they whole, when was the first, which anchors. */
int jt_recording_scan(struct jt_recording *recording, struct jt_recording_chunk *chunk);
/* Begin to give all events that were looked through, by time. */
int jt_recording_merge_begin(struct jt_recording *recording);
/* Go on with it. */
int jt_recording_merge_run(struct jt_recording *recording,
                           const struct jitney_recording_visitor *visitor);
void jt_recording_merge_release(struct jt_recording *recording);

#endif
