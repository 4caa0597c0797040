#include "analysis/load/perfdata_events.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void jt_perf_events_release(struct jt_perf_events *events)
{
    jt_vec_release(&events->all);
    jt_vec_release(&events->shown);
    jt_map_release(&events->ids);
}

/* The fields before READ in their order, and the field of the layout that
 * says where each is. */
static void lay_out_sample(struct jt_perf_layout *layout, uint64_t type)
{
    uint16_t unused = 0;
    const struct {
        uint64_t bit;
        uint16_t *place;
    } fields[] = {
        {JT_PERF_SAMPLE_IDENTIFIER, &layout->id}, {JT_PERF_SAMPLE_IP, &layout->ip},
        {JT_PERF_SAMPLE_TID, &layout->tid},       {JT_PERF_SAMPLE_TIME, &layout->time},
        {JT_PERF_SAMPLE_ADDR, &unused},           {JT_PERF_SAMPLE_ID, &layout->id},
        {JT_PERF_SAMPLE_STREAM_ID, &unused},      {JT_PERF_SAMPLE_CPU, &layout->cpu},
        {JT_PERF_SAMPLE_PERIOD, &layout->period},
    };
    uint16_t at = JT_PERF_EVENT_HEADER_BYTES;

    for (size_t i = 0; i < COUNT(fields); i++) {
        bool is_second_id = fields[i].bit == JT_PERF_SAMPLE_ID && layout->id;

        if (!(type & fields[i].bit))
            continue;
        if (!is_second_id)
            *fields[i].place = at;
        at += 8;
    }
    layout->read = at;
}

static void lay_out_trailer(struct jt_perf_layout *layout, uint64_t type)
{
    uint16_t unused = 0;
    const struct {
        uint64_t bit;
        uint16_t *place;
    } fields[] = {
        {JT_PERF_SAMPLE_IDENTIFIER, &layout->id_back}, {JT_PERF_SAMPLE_CPU, &unused},
        {JT_PERF_SAMPLE_STREAM_ID, &unused},           {JT_PERF_SAMPLE_ID, &layout->id_back},
        {JT_PERF_SAMPLE_TIME, &layout->time_back},     {JT_PERF_SAMPLE_TID, &layout->tid_back},
    };
    uint16_t back = 0;

    for (size_t i = 0; i < COUNT(fields); i++) {
        bool is_second_id = fields[i].bit == JT_PERF_SAMPLE_ID && layout->id_back;

        if (!(type & fields[i].bit))
            continue;
        back += 8;
        if (!is_second_id)
            *fields[i].place = back;
    }
    layout->trailer = back;
}

/* READ without GROUP: the value and what read_format adds to it. */
static uint16_t plain_read_bytes(uint64_t format)
{
    uint64_t extras =
        format & (JT_PERF_FORMAT_TOTAL_TIME_ENABLED | JT_PERF_FORMAT_TOTAL_TIME_RUNNING |
                  JT_PERF_FORMAT_ID | JT_PERF_FORMAT_LOST);

    return (uint16_t)(8 + 8 * __builtin_popcountll(extras));
}

static void lay_out(struct jt_perf_event *event)
{
    struct jt_perf_layout *layout = &event->layout;
    uint64_t type = event->attr.sample_type;
    bool is_group = (event->attr.read_format & JT_PERF_FORMAT_GROUP) != 0;

    lay_out_sample(layout, type);
    if (event->attr.flags & JT_PERF_ATTR_SAMPLE_ID_ALL)
        lay_out_trailer(layout, type);
    event->has_chain = (type & JT_PERF_SAMPLE_CALLCHAIN) != 0;
    layout->fixed = layout->read;
    if (!(type & JT_PERF_SAMPLE_READ))
        layout->chain = layout->read;
    else if (!is_group)
        layout->chain = (uint16_t)(layout->read + plain_read_bytes(event->attr.read_format));
    if (!event->has_chain)
        layout->chain = 0;
    if (layout->chain)
        layout->fixed = (uint16_t)(layout->chain + 8);
}

static uint8_t reverse_bits(uint8_t byte)
{
    uint8_t reversed = 0;

    for (int i = 0; i < 8; i++)
        reversed = (uint8_t)(reversed | (((byte >> i) & 1) << (7 - i)));
    return reversed;
}

/* A compiler fills a bit-field from the lowest bit of the first byte on a
 * little-endian machine, and from the highest on a big-endian one. */
static uint64_t take_flags(struct jt_bytes *in)
{
    const uint8_t *at = jt_bytes_take(in, 8);
    bool file_is_big_endian = (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) != in->swap;
    uint64_t flags = 0;

    for (int i = 0; at && i < 8; i++)
        flags |= (uint64_t)(file_is_big_endian ? reverse_bits(at[i]) : at[i]) << (8 * i);
    return flags;
}

/* All but the two first fields, which say how much of the rest is there. */
static void take_attr_rest(struct jt_perf_attr *attr, struct jt_bytes *in)
{
    attr->config = jt_bytes_take_u64(in);
    attr->sample_period = jt_bytes_take_u64(in);
    attr->sample_type = jt_bytes_take_u64(in);
    attr->read_format = jt_bytes_take_u64(in);
    attr->flags = take_flags(in);
    attr->wakeup = jt_bytes_take_u32(in);
    attr->bp_type = jt_bytes_take_u32(in);
    attr->config1 = jt_bytes_take_u64(in);
    if (jt_bytes_failed(in))
        return;
    /* From here on a short attribute ends where its writer was too old. */
    attr->config2 = jt_bytes_take_u64(in);
    attr->branch_sample_type = jt_bytes_take_u64(in);
    attr->sample_regs_user = jt_bytes_take_u64(in);
    attr->sample_stack_user = jt_bytes_take_u32(in);
    attr->clockid = (int32_t)jt_bytes_take_u32(in);
    in->failed = false;
}

static bool take_attr(struct jt_perf_attr *attr, struct jt_bytes *in)
{
    *attr = (struct jt_perf_attr){.type = jt_bytes_take_u32(in), .size = jt_bytes_take_u32(in)};
    if (attr->size == 0)
        attr->size = JT_PERF_ATTR_BYTES_MIN;
    if (attr->size >= 8 && in->left > attr->size - 8)
        in->left = attr->size - 8;
    take_attr_rest(attr, in);
    return !jt_bytes_failed(in);
}

static void add_ids(struct jt_perf_events *events, struct jt_bytes *ids, uint32_t index)
{
    while (ids->left >= 8 && !jt_bytes_failed(ids))
        *jt_map_put(&events->ids, jt_bytes_take_u64(ids)) = index;
}

uint32_t jt_perf_events_add(struct jt_perf_events *events, struct jt_bytes *attr,
                            struct jt_bytes *ids)
{
    struct jt_perf_event event = {0};
    uint32_t index = (uint32_t)events->all.count;
    bool is_frequency = false;

    if (!take_attr(&event.attr, attr) || index == UINT32_MAX)
        return UINT32_MAX;
    is_frequency = (event.attr.flags & JT_PERF_ATTR_FREQ) != 0;
    event.period = is_frequency || event.attr.sample_period == 0 ? 1 : event.attr.sample_period;
    lay_out(&event);
    add_ids(events, ids, index);
    events->is_uniform =
        index == 0 || (events->is_uniform &&
                       memcmp(&event.layout, &events->all.at[0].layout, sizeof(event.layout)) == 0);
    events->last_index = UINT32_MAX;
    jt_vec_push(&events->all, event);
    jt_vec_push(&events->shown, (struct jt_perfdata_event){
                                    .type = event.attr.type,
                                    .config = event.attr.config,
                                    .frequency = is_frequency ? event.attr.sample_period : 0,
                                    .sample_type = event.attr.sample_type,
                                });
    return index;
}

uint32_t jt_perf_events_find(struct jt_perf_events *events, uint64_t id)
{
    if (events->last_index == UINT32_MAX || events->last_id != id) {
        events->last_id = id;
        events->last_index = jt_map_find(&events->ids, id);
    }
    return events->last_index;
}

uint32_t jt_perf_events_of(struct jt_perf_events *events, const uint8_t *record, size_t bytes,
                           bool swap)
{
    const struct jt_perf_layout *first = &events->all.at[0].layout;
    bool is_sample = jt_perf_u32(record, swap) == JT_PERF_RECORD_SAMPLE;
    size_t at = is_sample ? first->id : bytes - first->id_back;
    uint32_t index = UINT32_MAX;

    if (events->all.count == 1)
        return 0;
    if (is_sample
            ? first->id == 0 || at + 8 > bytes
            : first->id_back == 0 || bytes < (size_t)JT_PERF_EVENT_HEADER_BYTES + first->id_back)
        return 0;
    index = jt_perf_events_find(events, jt_perf_u64(record + at, swap));
    return index == UINT32_MAX ? 0 : index;
}

bool jt_perf_events_are_monotonic(const struct jt_perf_events *events)
{
    for (size_t i = 0; i < events->all.count; i++) {
        const struct jt_perf_attr *attr = &events->all.at[i].attr;

        if (!(attr->flags & JT_PERF_ATTR_USE_CLOCKID) || attr->clockid != JT_PERF_CLOCK_MONOTONIC)
            return false;
    }
    return events->all.count > 0;
}

bool jt_perf_events_have_time(const struct jt_perf_events *events)
{
    for (size_t i = 0; i < events->all.count; i++) {
        if (events->all.at[i].attr.sample_type & JT_PERF_SAMPLE_TIME)
            return true;
    }
    return false;
}

/* As perf names them (linux: include/uapi/linux/perf_event.h perf_hw_id, perf_sw_ids). */
static const char *const hardware_names[] = {
    "cycles",
    "instructions",
    "cache-references",
    "cache-misses",
    "branches",
    "branch-misses",
    "bus-cycles",
    "stalled-cycles-frontend",
    "stalled-cycles-backend",
    "ref-cycles",
};
static const char *const software_names[] = {
    "cpu-clock",        "task-clock",   "page-faults",  "context-switches",
    "cpu-migrations",   "minor-faults", "major-faults", "alignment-faults",
    "emulation-faults", "dummy",        "bpf-output",   "cgroup-switches",
};

const char *jt_perf_event_made_up_name(struct jt_strings *strings, uint32_t type, uint64_t config)
{
    char name[64];

    if (type == JT_PERF_TYPE_HARDWARE && config < COUNT(hardware_names))
        return hardware_names[config];
    if (type == JT_PERF_TYPE_SOFTWARE && config < COUNT(software_names))
        return software_names[config];
    if (type == JT_PERF_TYPE_TRACEPOINT)
        snprintf(name, sizeof(name), "tracepoint %" PRIu64, config);
    else if (type == JT_PERF_TYPE_HW_CACHE)
        snprintf(name, sizeof(name), "cache 0x%" PRIx64, config);
    else if (type == JT_PERF_TYPE_RAW)
        snprintf(name, sizeof(name), "raw 0x%" PRIx64, config);
    else
        snprintf(name, sizeof(name), "type %" PRIu32 " config 0x%" PRIx64, type, config);
    return jt_strings_text(strings, jt_strings_put_text(strings, name));
}
