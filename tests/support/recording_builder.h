/* Recordings of which every byte is known: for tests and fuzz targets of the
 * reader. Memory is the C library's. */
#ifndef TESTS_SUPPORT_RECORDING_BUILDER_H
#define TESTS_SUPPORT_RECORDING_BUILDER_H

#include "base/buf.h"
#include "format/recording.h"

#include <stdlib.h>
#include <string.h>

struct recording_builder {
    struct jt_buf file;
    size_t chunk; /* where the open chunk begins */
    uint64_t counter;
    uint64_t texts;
};

static inline void recording_begin(struct recording_builder *builder, uint32_t clock,
                                   uint64_t frequency)
{
    struct jt_recording_header header = {.magic = JT_RECORDING_MAGIC,
                                         .version = htole32(JT_RECORDING_VERSION),
                                         .header_bytes = htole32(JT_RECORDING_HEADER_BYTES),
                                         .granule = htole32(JT_RECORDING_GRANULE),
                                         .machine = htole32(62),
                                         .pid = htole32(4711),
                                         .clock = htole32(clock),
                                         .serial = htole64(1),
                                         .start_counter = htole64(1000000),
                                         .start_ns = htole64(5000000000),
                                         .wall_ns = htole64(1700000000000000000),
                                         .frequency = htole64(frequency),
                                         .byte_order = 1,
                                         .pointer_bytes = 8,
                                         .state = htole64(JT_RECORDING_CLOSED),
                                         .engine = "toy"};

    *builder = (struct recording_builder){.file = JT_BUF_INIT(SIZE_MAX)};
    jt_buf_append(&builder->file, &header, sizeof(header));
    jt_buf_append_zeros(&builder->file, JT_RECORDING_HEADER_BYTES - sizeof(header));
}

static inline void recording_begin_chunk(struct recording_builder *builder, uint16_t kind)
{
    struct jt_recording_chunk_header chunk = {.magic = htole32(JT_RECORDING_CHUNK_MAGIC),
                                              .header_bytes = htole16(64),
                                              .kind = htole16(kind)};

    builder->chunk = builder->file.length;
    jt_buf_append(&builder->file, &chunk, sizeof(chunk));
}

static inline struct jt_recording_chunk_header *recording_chunk(struct recording_builder *builder)
{
    return (struct jt_recording_chunk_header *)(void *)(builder->file.bytes + builder->chunk);
}

static inline void recording_end_chunk(struct recording_builder *builder)
{
    size_t committed =
        builder->file.length - builder->chunk - sizeof(struct jt_recording_chunk_header);
    size_t end = (builder->file.length + JT_RECORDING_GRANULE - 1) / JT_RECORDING_GRANULE *
                 JT_RECORDING_GRANULE;

    jt_buf_append_zeros(&builder->file, end - builder->file.length);
    recording_chunk(builder)->committed = htole64(committed);
    recording_chunk(builder)->bytes = htole64(end - builder->chunk);
}

static inline uint8_t *recording_room(struct recording_builder *builder, size_t bytes)
{
    return jt_buf_reserve(&builder->file, bytes + JT_RECORDING_PLAIN_BYTES);
}

static inline void recording_wrote(struct recording_builder *builder, const uint8_t *end)
{
    builder->file.length = (size_t)(end - builder->file.bytes);
}

static inline uint64_t recording_text(struct recording_builder *builder, const char *text)
{
    uint8_t *at = recording_room(builder, strlen(text) + 1);

    recording_wrote(builder, jt_recording_encode_text(at, ++builder->texts, text, strlen(text)));
    return builder->texts;
}

static inline void recording_thread(struct recording_builder *builder, uint64_t counter,
                                    uint32_t tid)
{
    builder->counter = counter;
    recording_wrote(builder, jt_recording_encode_thread(recording_room(builder, 0), counter, tid));
}

static inline void recording_anchor(struct recording_builder *builder, uint64_t counter,
                                    uint64_t time_ns)
{
    recording_wrote(builder, jt_recording_encode_anchor(recording_room(builder, 0),
                                                        counter - builder->counter, time_ns));
    builder->counter = counter;
}

/* `find` NULL: all texts stand in the record. `counter` NULL: a full record. */
static inline void recording_event(struct recording_builder *builder,
                                   const struct jitney_event *event, const uint64_t *counter,
                                   uint64_t (*find)(void *context, const char *text))
{
    const struct jt_recording_finder finder = {find, NULL};
    struct jt_recording_plan plan;
    uint64_t ticks = counter ? *counter - builder->counter : 0;

    jt_recording_plan(&plan, event, &finder);
    recording_wrote(builder, jt_recording_encode(recording_room(builder, plan.tail), event,
                                                 counter ? &ticks : NULL, &plan));
    if (counter)
        builder->counter = *counter;
}

#endif
