/* The kernel's records, decoded for the sink (linux:
 * include/uapi/linux/perf_event.h, enum perf_event_type). */
#include "analysis/load/perfdata_private.h"

#include "base/alloc.h"

#include <string.h>

#define PROTECTION_EXECUTE 4 /* PROT_EXEC in the file's own terms */

void jt_perf_count_bad(struct jt_perfdata *perfdata, int64_t offset, const char *what)
{
    perfdata->facts.bad_records++;
    if (perfdata->warned_bad)
        return;
    perfdata->warned_bad = true;
    jt_diag_warn(perfdata->diag, perfdata->name, offset, "%s; more like it are only counted", what);
}

static int count_bad(struct jt_perfdata *perfdata, const char *what)
{
    jt_perf_count_bad(perfdata, JT_DIAG_NO_OFFSET, what);
    return 0;
}

/* The fields of a record between its header and its sample_id. */
static struct jt_bytes body_of(struct jt_perfdata *perfdata, const uint8_t *record, size_t bytes)
{
    struct jt_bytes in = jt_bytes_of(record, bytes);
    uint32_t event = UINT32_MAX;
    size_t trailer = 0;

    in.swap = perfdata->facts.swapped;
    jt_bytes_take(&in, JT_PERF_EVENT_HEADER_BYTES);
    if (perfdata->events.all.count > 0) {
        event = perfdata->events.is_uniform
                    ? 0
                    : jt_perf_events_of(&perfdata->events, record, bytes, in.swap);
        trailer = perfdata->events.all.at[event].layout.trailer;
    }
    if (trailer > in.left)
        in.failed = true;
    else
        in.left -= trailer;
    return in;
}

static uint64_t time_of(struct jt_perfdata *perfdata, const uint8_t *record, size_t bytes)
{
    return jt_perf_events_time(&perfdata->events, record, bytes, perfdata->facts.swapped);
}

/* READ of a group: a count, the times, then a value and its extras for each
 * member. */
static void skip_group_read(struct jt_bytes *in, uint64_t format)
{
    uint64_t count = jt_bytes_take_u64(in);
    uint64_t words =
        1 + ((format & JT_PERF_FORMAT_ID) != 0) + ((format & JT_PERF_FORMAT_LOST) != 0);
    uint64_t times = ((format & JT_PERF_FORMAT_TOTAL_TIME_ENABLED) != 0) +
                     ((format & JT_PERF_FORMAT_TOTAL_TIME_RUNNING) != 0);

    if (count > in->left / 8)
        in->failed = true;
    else
        jt_bytes_take(in, (times + count * words) * 8);
}

/* The addresses at `at`; copied where they are not aligned or of the other
 * byte order. */
static const uint64_t *usable_chain(struct jt_perfdata *perfdata, const uint8_t *at, size_t count)
{
    uint64_t *chain = NULL;

    if ((uintptr_t)at % _Alignof(uint64_t) == 0 && !perfdata->facts.swapped)
        return (const uint64_t *)(const void *)at;
    jt_vec_clear(&perfdata->chain);
    jt_vec_reserve(&perfdata->chain, count + 1);
    chain = perfdata->chain.at;
    memcpy(chain, at, count * sizeof(*chain));
    for (size_t i = 0; perfdata->facts.swapped && i < count; i++)
        chain[i] = __builtin_bswap64(chain[i]);
    return chain;
}

static bool take_chain(struct jt_perfdata *perfdata, struct jt_bytes *in, struct jt_sample *sample)
{
    uint64_t count = jt_bytes_take_u64(in);

    if (jt_bytes_failed(in) || count > in->left / 8)
        return false;
    sample->chain = usable_chain(perfdata, in->at, (size_t)count);
    sample->chain_count = (size_t)count;
    return true;
}

static enum jt_cpu_mode mode_of(uint16_t misc)
{
    static const enum jt_cpu_mode modes[] = {
        JT_MODE_UNKNOWN, JT_MODE_KERNEL, JT_MODE_USER,  JT_MODE_OTHER,
        JT_MODE_OTHER,   JT_MODE_OTHER,  JT_MODE_OTHER, JT_MODE_OTHER,
    };

    return modes[misc & JT_PERF_MISC_CPUMODE_MASK];
}

/* The fields that every sample of an event has at the same place. */
static void fill_fixed(struct jt_sample *sample, const struct jt_perf_event *event,
                       const uint8_t *record, bool swap)
{
    const struct jt_perf_layout *layout = &event->layout;

    sample->time_ns = layout->time ? jt_perf_u64(record + layout->time, swap) : JT_TIME_NONE;
    sample->ip = layout->ip ? jt_perf_u64(record + layout->ip, swap) : 0;
    sample->pid = layout->tid ? jt_perf_u32(record + layout->tid, swap) : UINT32_MAX;
    sample->tid = layout->tid ? jt_perf_u32(record + layout->tid + 4, swap) : UINT32_MAX;
    sample->cpu = layout->cpu ? jt_perf_u32(record + layout->cpu, swap) : UINT32_MAX;
    sample->period = layout->period ? jt_perf_u64(record + layout->period, swap) : event->period;
}

static int deliver_sample(struct jt_perfdata *perfdata, const uint8_t *record, size_t bytes,
                          uint16_t misc)
{
    bool swap = perfdata->facts.swapped;
    struct jt_sample sample = {.mode = mode_of(misc)};
    struct jt_bytes in = jt_bytes_of(record, bytes);
    const struct jt_perf_event *event = NULL;

    if (perfdata->events.all.count == 0)
        return count_bad(perfdata, "a sample without an attribute that describes it");
    sample.event = jt_perf_events_of(&perfdata->events, record, bytes, swap);
    event = &perfdata->events.all.at[sample.event];
    if (bytes < event->layout.fixed)
        return count_bad(perfdata, "a sample that is too short");
    fill_fixed(&sample, event, record, swap);
    in.swap = swap;
    jt_bytes_take(&in, event->layout.chain ? event->layout.chain : event->layout.read);
    if (event->has_chain && !event->layout.chain)
        skip_group_read(&in, event->attr.read_format);
    if (event->has_chain && !take_chain(perfdata, &in, &sample))
        return count_bad(perfdata, "a sample whose call chain leaves it");
    perfdata->facts.samples++;
    if (jt_perf_is_deferred(&sample))
        return jt_perf_deferred_keep(&perfdata->deferred, &sample, perfdata->sink);
    return perfdata->sink->sample ? perfdata->sink->sample(perfdata->sink->context, &sample) : 0;
}

/* What perf inject makes of a jitdump is code, whatever its protection says:
 * the field holds a file mode there (linux: tools/perf/util/jitdump.c). */
static bool is_injected_code(const char *path, size_t length)
{
    static const char start[] = "jitted-";
    static const char end[] = ".so";
    const char *base = memrchr(path, '/', length);

    base = base ? base + 1 : path;
    length -= (size_t)(base - path);
    return length > sizeof(start) + sizeof(end) - 2 &&
           memcmp(base, start, sizeof(start) - 1) == 0 &&
           memcmp(base + length - (sizeof(end) - 1), end, sizeof(end) - 1) == 0;
}

static void take_mmap2(struct jt_mapping *mapping, struct jt_bytes *in, uint16_t misc)
{
    const uint8_t *build_id = in->at;
    uint32_t protection = 0;

    mapping->device_major = jt_bytes_take_u32(in);
    mapping->device_minor = jt_bytes_take_u32(in);
    mapping->inode = jt_bytes_take_u64(in);
    jt_bytes_take_u64(in);
    protection = jt_bytes_take_u32(in);
    jt_bytes_take_u32(in);
    if (jt_bytes_failed(in))
        return;
    mapping->is_executable = (protection & PROTECTION_EXECUTE) != 0;
    mapping->has_inode = !(misc & JT_PERF_MISC_MMAP_BUILD_ID);
    if (mapping->has_inode)
        return;
    mapping->device_major = mapping->device_minor = 0;
    mapping->inode = 0;
    mapping->build_id_bytes =
        build_id[0] < JT_PERF_BUILD_ID_BYTES ? build_id[0] : JT_PERF_BUILD_ID_BYTES;
    memcpy(mapping->build_id, build_id + 4, mapping->build_id_bytes);
}

static int deliver_mmap(struct jt_perfdata *perfdata, const uint8_t *record, size_t bytes,
                        const struct jt_perf_event_header *header)
{
    struct jt_bytes in = body_of(perfdata, record, bytes);
    unsigned mode = header->misc & JT_PERF_MISC_CPUMODE_MASK;
    struct jt_mapping mapping = {.time_ns = time_of(perfdata, record, bytes)};
    size_t length = 0;

    mapping.pid = jt_bytes_take_u32(&in);
    mapping.tid = jt_bytes_take_u32(&in);
    mapping.start = jt_bytes_take_u64(&in);
    mapping.bytes = jt_bytes_take_u64(&in);
    mapping.file_offset = jt_bytes_take_u64(&in);
    mapping.is_executable = true;
    if (header->type == JT_PERF_RECORD_MMAP2)
        take_mmap2(&mapping, &in, header->misc);
    mapping.path = jt_bytes_take_string(&in, &length);
    if (jt_bytes_failed(&in))
        return count_bad(perfdata, "a mapping that is too short");
    if (header->misc & JT_PERF_MISC_MMAP_DATA)
        mapping.is_executable = false;
    if (is_injected_code(mapping.path, length))
        mapping.is_executable = true;
    mapping.is_kernel = mapping.pid == UINT32_MAX || mode == JT_PERF_MISC_KERNEL ||
                        mode == JT_PERF_MISC_GUEST_KERNEL;
    return perfdata->sink->mapping ? perfdata->sink->mapping(perfdata->sink->context, &mapping) : 0;
}

static int deliver_comm(struct jt_perfdata *perfdata, const uint8_t *record, size_t bytes,
                        uint16_t misc)
{
    struct jt_bytes in = body_of(perfdata, record, bytes);
    struct jt_comm comm = {.time_ns = time_of(perfdata, record, bytes)};
    size_t length = 0;

    comm.pid = jt_bytes_take_u32(&in);
    comm.tid = jt_bytes_take_u32(&in);
    comm.command = jt_bytes_take_string(&in, &length);
    comm.is_exec = (misc & JT_PERF_MISC_COMM_EXEC) != 0;
    if (jt_bytes_failed(&in))
        return count_bad(perfdata, "a command name that is too short");
    return perfdata->sink->comm ? perfdata->sink->comm(perfdata->sink->context, &comm) : 0;
}

static int deliver_task(struct jt_perfdata *perfdata, const uint8_t *record, size_t bytes,
                        int (*give)(void *context, const struct jt_task *task))
{
    struct jt_bytes in = body_of(perfdata, record, bytes);
    struct jt_task task = {.time_ns = time_of(perfdata, record, bytes)};
    uint64_t own_time = 0;

    task.pid = jt_bytes_take_u32(&in);
    task.parent_pid = jt_bytes_take_u32(&in);
    task.tid = jt_bytes_take_u32(&in);
    task.parent_tid = jt_bytes_take_u32(&in);
    own_time = jt_bytes_take_u64(&in);
    if (jt_bytes_failed(&in))
        return count_bad(perfdata, "a fork or exit that is too short");
    if (task.time_ns == JT_TIME_NONE)
        task.time_ns = own_time;
    return give ? give(perfdata->sink->context, &task) : 0;
}

static int deliver_loss(struct jt_perfdata *perfdata, const uint8_t *record, size_t bytes,
                        const struct jt_perf_event_header *header)
{
    struct jt_bytes in = body_of(perfdata, record, bytes);
    struct jt_loss loss = {.time_ns = time_of(perfdata, record, bytes)};

    if (header->type == JT_PERF_RECORD_LOST)
        jt_bytes_take_u64(&in); /* the event's id */
    loss.count = jt_bytes_take_u64(&in);
    if (jt_bytes_failed(&in))
        return count_bad(perfdata, "a count of lost records that is too short");
    /* What a filter dropped at the user's wish is not lost. */
    if (header->type == JT_PERF_RECORD_LOST_SAMPLES &&
        (header->misc & JT_PERF_MISC_LOST_SAMPLES_BPF))
        return 0;
    perfdata->facts.lost_records += loss.count;
    return perfdata->sink->loss ? perfdata->sink->loss(perfdata->sink->context, &loss) : 0;
}

static int deliver_user_part(struct jt_perfdata *perfdata, const uint8_t *record, size_t bytes)
{
    struct jt_bytes in = body_of(perfdata, record, bytes);
    struct jt_sample part = {0};
    uint64_t cookie = jt_bytes_take_u64(&in);
    uint16_t tid_back = 0;

    if (!take_chain(perfdata, &in, &part))
        return count_bad(perfdata, "a deferred call chain that leaves its record");
    if (perfdata->events.all.count > 0)
        tid_back =
            perfdata->events.all.at[jt_perf_events_of(&perfdata->events, record, bytes, in.swap)]
                .layout.tid_back;
    if (tid_back == 0)
        return count_bad(perfdata, "a deferred call chain of an unknown thread");
    return jt_perf_deferred_merge(&perfdata->deferred,
                                  jt_perf_u32(record + bytes - tid_back + 4, in.swap), cookie,
                                  part.chain, part.chain_count, perfdata->sink);
}

static void note_time(struct jt_perfdata *perfdata, const uint8_t *record, size_t bytes)
{
    uint64_t time = time_of(perfdata, record, bytes);

    if (time == JT_TIME_NONE || time == 0)
        return;
    if (time < perfdata->last_time)
        perfdata->facts.out_of_order++;
    else
        perfdata->last_time = time;
}

int jt_perf_deliver(struct jt_perfdata *perfdata, const uint8_t *record, size_t bytes)
{
    struct jt_perf_event_header header = jt_perf_header(record, perfdata->facts.swapped);

    note_time(perfdata, record, bytes);
    switch (header.type) {
    case JT_PERF_RECORD_SAMPLE:
        return deliver_sample(perfdata, record, bytes, header.misc);
    case JT_PERF_RECORD_MMAP:
    case JT_PERF_RECORD_MMAP2:
        return deliver_mmap(perfdata, record, bytes, &header);
    case JT_PERF_RECORD_COMM:
        return deliver_comm(perfdata, record, bytes, header.misc);
    case JT_PERF_RECORD_FORK:
        return deliver_task(perfdata, record, bytes, perfdata->sink->fork);
    case JT_PERF_RECORD_EXIT:
        return deliver_task(perfdata, record, bytes, perfdata->sink->exit);
    case JT_PERF_RECORD_LOST:
    case JT_PERF_RECORD_LOST_SAMPLES:
        return deliver_loss(perfdata, record, bytes, &header);
    case JT_PERF_RECORD_CALLCHAIN_DEFERRED:
        return deliver_user_part(perfdata, record, bytes);
    default:
        return 0;
    }
}
