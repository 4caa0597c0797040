/* Walks the records in the order of the file: the kernel's are put in order,
 * perf's own are dealt with here. */
#include "analysis/load/perfdata_private.h"

#include "jitney/status.h"

#include <inttypes.h>
#include <string.h>

/* Records in turn from one of several files, so that none runs far ahead. */
#define TURN_BYTES ((uint64_t)1 << 20)

static bool swaps(const struct jt_perfdata *perfdata)
{
    return perfdata->facts.swapped;
}

/* A record of the kernel: now when it has no time, else in its turn. */
static int accept(struct jt_perfdata *perfdata, struct jt_perf_source *source,
                  const struct jt_perf_place *place, const uint8_t *record, size_t bytes)
{
    uint64_t time = jt_perf_events_time(&perfdata->events, record, bytes, swaps(perfdata));

    if (time == JT_TIME_NONE || time == 0)
        return jt_perf_deliver(perfdata, record, bytes);
    source->last_time = time;
    if (time > perfdata->round_time)
        perfdata->round_time = time;
    jt_perf_order_add(&perfdata->order, place, bytes, time);
    return jt_perf_order_is_full(&perfdata->order) ? jt_perf_order_make_room(&perfdata->order) : 0;
}

/* All that was written before the end of a round is not later than what the
 * round after it begins with, so the round before this one is complete
 * (linux: tools/perf/util/session.c, process_finished_round). Several files
 * have no common rounds. */
static int finish_round(struct jt_perfdata *perfdata)
{
    uint64_t limit = perfdata->round_limit;

    if (perfdata->sources.count > 1)
        return 0;
    perfdata->round_limit = perfdata->round_time;
    return limit > 0 ? jt_perf_order_flush(&perfdata->order, limit) : 0;
}

static struct jt_bytes body_of(struct jt_perfdata *perfdata, const uint8_t *record, size_t bytes)
{
    struct jt_bytes in = jt_bytes_of(record, bytes);

    in.swap = swaps(perfdata);
    jt_bytes_take(&in, JT_PERF_EVENT_HEADER_BYTES);
    return in;
}

/* perf inject repeats the attributes of its input. */
static bool is_known(struct jt_perfdata *perfdata, struct jt_bytes ids)
{
    return ids.left >= 8 &&
           jt_perf_events_find(&perfdata->events, jt_bytes_take_u64(&ids)) != UINT32_MAX;
}

static void take_attr(struct jt_perfdata *perfdata, struct jt_bytes in)
{
    struct jt_bytes attr = in;
    struct jt_bytes size = in;
    uint32_t attr_bytes = 0;

    jt_bytes_take_u32(&size);
    attr_bytes = jt_bytes_take_u32(&size);
    jt_bytes_take(&in, attr_bytes ? attr_bytes : JT_PERF_ATTR_BYTES_MIN);
    if (!jt_bytes_failed(&in) && is_known(perfdata, in))
        return;
    if (jt_bytes_failed(&in) || jt_perf_events_add(&perfdata->events, &attr, &in) == UINT32_MAX)
        jt_perf_count_bad(perfdata, JT_DIAG_NO_OFFSET, "an attribute that is too short");
}

static void take_update(struct jt_perfdata *perfdata, struct jt_bytes in)
{
    uint64_t type = jt_bytes_take_u64(&in);
    uint32_t index = jt_perf_events_find(&perfdata->events, jt_bytes_take_u64(&in));

    if (type == JT_PERF_UPDATE_NAME && !jt_bytes_failed(&in))
        jt_perf_name_event(perfdata, index, (const char *)in.at, in.left);
}

static void take_time_conversion(struct jt_perfdata *perfdata, struct jt_bytes in)
{
    uint64_t shift = jt_bytes_take_u64(&in);
    uint64_t mult = jt_bytes_take_u64(&in);
    uint64_t zero = jt_bytes_take_u64(&in);

    if (jt_bytes_failed(&in))
        return;
    perfdata->facts.time_shift = shift;
    perfdata->facts.time_mult = mult;
    perfdata->facts.time_zero = zero;
}

static void take_feature(struct jt_perfdata *perfdata, struct jt_bytes in)
{
    uint64_t feature = jt_bytes_take_u64(&in);

    if (!jt_bytes_failed(&in))
        jt_perf_read_feature(perfdata, feature, &in);
}

/* perf's own records, apart from those that hold other records. */
static int take_user_record(struct jt_perfdata *perfdata, uint32_t type, const uint8_t *record,
                            size_t bytes)
{
    struct jt_bytes body = body_of(perfdata, record, bytes);

    switch (type) {
    case JT_PERF_RECORD_FINISHED_ROUND:
        return finish_round(perfdata);
    case JT_PERF_RECORD_HEADER_ATTR:
        take_attr(perfdata, body);
        break;
    case JT_PERF_RECORD_EVENT_UPDATE:
        take_update(perfdata, body);
        break;
    case JT_PERF_RECORD_HEADER_FEATURE:
        take_feature(perfdata, body);
        break;
    case JT_PERF_RECORD_HEADER_BUILD_ID:
        jt_perf_read_build_id(perfdata, record, bytes);
        break;
    case JT_PERF_RECORD_TIME_CONV:
        take_time_conversion(perfdata, body);
        break;
    default:
        break;
    }
    return 0;
}

static int take_inflated(struct jt_perfdata *perfdata, struct jt_perf_source *source)
{
    struct jt_perf_stream *stream = &source->inflated;
    const uint8_t *record = jt_perf_stream_peek(stream, JT_PERF_EVENT_HEADER_BYTES);
    int status = 0;

    while (record && !status) {
        struct jt_perf_event_header header = jt_perf_header(record, swaps(perfdata));
        struct jt_perf_place place = {.chunk = stream->chunk, .at = stream->cursor};

        if (header.size < JT_PERF_EVENT_HEADER_BYTES) {
            source->inflated_is_broken = true;
            jt_perf_count_bad(perfdata, JT_DIAG_NO_OFFSET, "compressed records that make no sense");
            return 0;
        }
        record = jt_perf_stream_peek(stream, header.size);
        if (!record)
            break;
        jt_perf_stream_take(stream, header.size);
        if (header.type < JT_PERF_RECORD_USER_TYPE_START)
            status = accept(perfdata, source, &place, record, header.size);
        else
            status = take_user_record(perfdata, header.type, record, header.size);
        record = jt_perf_stream_peek(stream, JT_PERF_EVENT_HEADER_BYTES);
    }
    return status;
}

/* The end of a damaged record is lost, and with it the place where the next
 * one begins; what a later frame brings begins anew. */
static int inflate(struct jt_perfdata *perfdata, struct jt_perf_source *source,
                   const uint8_t *packed, size_t bytes)
{
    bool damaged = false;
    int status = 0;

    jt_perf_inflater_feed(&source->inflater, packed, bytes);
    while (!status && !source->inflated_is_broken &&
           jt_perf_inflater_step(&source->inflater, &source->inflated, &damaged))
        status = take_inflated(perfdata, source);
    if (damaged) {
        perfdata->facts.torn_bytes += jt_perf_stream_left(&source->inflated);
        jt_perf_stream_clear(&source->inflated);
        jt_perf_count_bad(perfdata, JT_DIAG_NO_OFFSET, "compressed bytes that are damaged");
    }
    return status;
}

static int take_compressed(struct jt_perfdata *perfdata, struct jt_perf_source *source,
                           const uint8_t *record, size_t bytes)
{
    struct jt_bytes in = body_of(perfdata, record, bytes);
    uint64_t packed_bytes = in.left;
    const uint8_t *packed = NULL;

    if (jt_perf_u32(record, swaps(perfdata)) == JT_PERF_RECORD_COMPRESSED2)
        packed_bytes = jt_bytes_take_u64(&in);
    packed = jt_bytes_take(&in, packed_bytes);
    if (!packed) {
        jt_perf_count_bad(perfdata, JT_DIAG_NO_OFFSET, "compressed bytes that leave their record");
        return 0;
    }
    return inflate(perfdata, source, packed, (size_t)packed_bytes);
}

/* Bytes that follow a record and are not counted in its size. */
static uint64_t payload_after(struct jt_perfdata *perfdata, uint32_t type, const uint8_t *record,
                              size_t bytes)
{
    struct jt_bytes in = body_of(perfdata, record, bytes);

    if (type == JT_PERF_RECORD_AUXTRACE)
        return jt_bytes_take_u64(&in);
    if (type == JT_PERF_RECORD_HEADER_TRACING_DATA)
        return jt_bytes_take_u32(&in);
    return 0;
}

/* The next bytes of a source, NULL when it ends before. */
static const uint8_t *peek(struct jt_perf_source *source, size_t bytes)
{
    struct jt_perf_stream *piped = &source->piped;
    size_t room = 0;

    if (!source->input.is_pipe)
        return bytes <= source->end - source->position
                   ? jt_perf_input_at(&source->input, source->position, bytes)
                   : NULL;
    while (jt_perf_stream_left(piped) < bytes) {
        uint8_t *at = jt_perf_stream_room(piped, bytes - jt_perf_stream_left(piped), &room);
        size_t got = jt_perf_input_pull(&source->input, at, room);

        if (got == 0)
            return NULL;
        jt_perf_stream_commit(piped, got);
    }
    return jt_perf_stream_peek(piped, bytes);
}

static void skip_piped(struct jt_perf_source *source, uint64_t bytes)
{
    while (bytes > 0) {
        size_t left = jt_perf_stream_left(&source->piped);
        size_t part = bytes < left ? (size_t)bytes : left;

        jt_perf_stream_take(&source->piped, part);
        bytes -= part;
        if (bytes > 0 && !peek(source, 1))
            return;
    }
}

static void skip(struct jt_perf_source *source, uint64_t bytes)
{
    uint64_t left = source->end - source->position;

    if (source->input.is_pipe)
        skip_piped(source, bytes);
    source->position += bytes < left ? bytes : left;
}

/* The size of the record that begins here; 0 when it makes none. The
 * size of a COMPRESSED2 record may have passed 16 bits: its payload's tells. */
static size_t record_bytes(struct jt_perfdata *perfdata, struct jt_perf_source *source,
                           const struct jt_perf_event_header *header)
{
    const uint8_t *at = NULL;
    uint64_t needed = 0;

    if (header->type == JT_PERF_RECORD_COMPRESSED2) {
        at = peek(source, 16);
        needed = at ? jt_perf_u64(at + 8, swaps(perfdata)) : 0;
        needed = needed <= UINT16_MAX ? (16 + needed + 7) & ~UINT64_C(7) : 0;
        if (needed == header->size + UINT64_C(65536))
            return (size_t)needed;
    }
    return header->size >= JT_PERF_EVENT_HEADER_BYTES ? header->size : 0;
}

static void stop(struct jt_perfdata *perfdata, struct jt_perf_source *source)
{
    uint64_t left = source->input.is_pipe ? jt_perf_stream_left(&source->piped)
                                          : source->end - source->position;

    source->is_done = true;
    perfdata->facts.torn_bytes += left + jt_perf_stream_left(&source->inflated);
    if (left > 0)
        jt_diag_warn(perfdata->diag, perfdata->name, (int64_t)source->position,
                     "%" PRIu64 " bytes after the last whole record", left);
    jt_perf_stream_clear(&source->piped);
    jt_perf_stream_clear(&source->inflated);
}

/* One record of the file itself. */
static int take_record(struct jt_perfdata *perfdata, struct jt_perf_source *source)
{
    const uint8_t *record = peek(source, JT_PERF_EVENT_HEADER_BYTES);
    struct jt_perf_event_header header = {0};
    struct jt_perf_place place = {0};
    size_t bytes = 0;
    uint64_t payload = 0;
    int status = 0;

    if (record) {
        header = jt_perf_header(record, swaps(perfdata));
        bytes = record_bytes(perfdata, source, &header);
        record = bytes ? peek(source, bytes) : NULL;
    }
    if (!record) {
        stop(perfdata, source);
        return 0;
    }
    place.chunk = source->input.is_pipe ? source->piped.chunk : NULL;
    place.input = source->input.is_pipe ? NULL : &source->input;
    place.at = source->input.is_pipe ? source->piped.cursor : source->position;
    if (header.type >= JT_PERF_RECORD_USER_TYPE_START)
        payload = payload_after(perfdata, header.type, record, bytes);
    skip(source, bytes);
    if (header.type < JT_PERF_RECORD_USER_TYPE_START)
        status = accept(perfdata, source, &place, record, bytes);
    else if (header.type == JT_PERF_RECORD_COMPRESSED || header.type == JT_PERF_RECORD_COMPRESSED2)
        status = take_compressed(perfdata, source, record, bytes);
    else
        status = take_user_record(perfdata, header.type, record, bytes);
    if (payload > 0)
        skip(source, payload);
    return status;
}

/* The one that is behind in time; NULL when all are done. */
static struct jt_perf_source *next_source(struct jt_perfdata *perfdata)
{
    struct jt_perf_source *next = NULL;

    for (size_t i = 0; i < perfdata->sources.count; i++) {
        struct jt_perf_source *source = perfdata->sources.at[i];

        if (!source->is_done && (!next || source->last_time < next->last_time))
            next = source;
    }
    return next;
}

static int take_turn(struct jt_perfdata *perfdata, struct jt_perf_source *source)
{
    uint64_t until = source->position + TURN_BYTES;
    int status = 0;

    while (!status && !source->is_done && source->position < until)
        status = take_record(perfdata, source);
    return status;
}

static int check_inputs(struct jt_perfdata *perfdata)
{
    for (size_t i = 0; i < perfdata->sources.count; i++) {
        const struct jt_perf_source *source = perfdata->sources.at[i];

        if (!source->input.failed)
            continue;
        jt_diag_error(perfdata->diag, perfdata->name, (int64_t)source->position,
                      "cannot be read: %s", strerror(source->input.error));
        return JITNEY_ERR_IO;
    }
    return JITNEY_OK;
}

int jt_perf_scan(struct jt_perfdata *perfdata)
{
    struct jt_perf_source *source = next_source(perfdata);
    int status = 0;

    while (source && !status) {
        status = take_turn(perfdata, source);
        source = next_source(perfdata);
    }
    if (!status)
        status = jt_perf_order_flush(&perfdata->order, UINT64_MAX);
    if (!status)
        status = jt_perf_deferred_flush(&perfdata->deferred, perfdata->sink);
    return status ? status : check_inputs(perfdata);
}
