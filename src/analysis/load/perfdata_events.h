/* The events (attributes) of a perf.data, their ids, and where each of them
 * puts the fields of its records. */
#ifndef JT_LOAD_PERFDATA_EVENTS_H
#define JT_LOAD_PERFDATA_EVENTS_H

#include "analysis/load/perfdata.h"
#include "base/bytes.h"
#include "base/map.h"
#include "base/strings.h"
#include "base/vec.h"
#include "format/perfdata.h"

#include <stdbool.h>
#include <stdint.h>

/* Where fields are. Of a SAMPLE: bytes from the start of the record, 0 when it
 * has no such field. Of other records' sample_id: bytes from their end, 0 when
 * there is none. */
struct jt_perf_layout {
    uint16_t id, ip, tid, time, cpu, period;
    uint16_t read;  /* the first field that can vary in size */
    uint16_t chain; /* the call chain; 0: none, or behind a group's READ */
    uint16_t fixed; /* a SAMPLE has so many bytes at least */
    uint16_t id_back, tid_back, time_back;
    uint16_t trailer; /* bytes of the sample_id */
};

struct jt_perf_event {
    struct jt_perf_attr attr;
    struct jt_perf_layout layout;
    uint64_t period; /* of a sample that does not say */
    bool has_chain;
};

struct jt_perf_events {
    struct jt_vec(struct jt_perf_event) all;
    struct jt_vec(struct jt_perfdata_event) shown; /* the same for the caller */
    struct jt_map ids;                             /* id -> index */
    uint64_t last_id;                              /* looked up last, and what it gave */
    uint32_t last_index;
    bool is_uniform; /* all layouts are equal */
};

void jt_perf_events_release(struct jt_perf_events *events);
/* An attribute as it is in the file, `size` bytes of it, and what follows it
 * in `ids`. Returns its index; UINT32_MAX when it is damaged. */
uint32_t jt_perf_events_add(struct jt_perf_events *events, struct jt_bytes *attr,
                            struct jt_bytes *ids);
/* The event of this id; UINT32_MAX when nobody has it. */
uint32_t jt_perf_events_find(struct jt_perf_events *events, uint64_t id);
/* The index of the event that this record belongs to; the first one when the
 * record does not say. There must be an event. */
uint32_t jt_perf_events_of(struct jt_perf_events *events, const uint8_t *record, size_t bytes,
                           bool swap);
/* A name made up from type and config; valid for good. */
const char *jt_perf_event_made_up_name(struct jt_strings *strings, uint32_t type, uint64_t config);

/* Every event's times are CLOCK_MONOTONIC. */
bool jt_perf_events_are_monotonic(const struct jt_perf_events *events);
bool jt_perf_events_have_time(const struct jt_perf_events *events);

/* Numbers at a place that was found to be inside of the record. */
static inline uint64_t jt_perf_u64(const uint8_t *at, bool swap)
{
    uint64_t value = 0;

    memcpy(&value, at, sizeof(value));
    return swap ? __builtin_bswap64(value) : value;
}

static inline uint32_t jt_perf_u32(const uint8_t *at, bool swap)
{
    uint32_t value = 0;

    memcpy(&value, at, sizeof(value));
    return swap ? __builtin_bswap32(value) : value;
}

static inline struct jt_perf_event_header jt_perf_header(const uint8_t *at, bool swap)
{
    struct jt_perf_event_header header = {0};

    memcpy(&header, at, sizeof(header));
    if (swap) {
        header.type = __builtin_bswap32(header.type);
        header.misc = __builtin_bswap16(header.misc);
        header.size = __builtin_bswap16(header.size);
    }
    return header;
}

/* The time of a kernel's record of `bytes` bytes; JT_TIME_NONE without one. */
static inline uint64_t jt_perf_events_time(struct jt_perf_events *events, const uint8_t *record,
                                           size_t bytes, bool swap)
{
    uint32_t index = 0;
    const struct jt_perf_layout *layout = NULL;
    bool is_sample = jt_perf_u32(record, swap) == JT_PERF_RECORD_SAMPLE;

    if (events->all.count == 0)
        return JT_TIME_NONE;
    if (!events->is_uniform)
        index = jt_perf_events_of(events, record, bytes, swap);
    layout = &events->all.at[index].layout;
    if (is_sample)
        return layout->time && bytes >= layout->fixed ? jt_perf_u64(record + layout->time, swap)
                                                      : JT_TIME_NONE;
    if (!layout->time_back || bytes < (size_t)layout->trailer + JT_PERF_EVENT_HEADER_BYTES)
        return JT_TIME_NONE;
    return jt_perf_u64(record + bytes - layout->time_back, swap);
}

#endif
