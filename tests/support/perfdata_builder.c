#include "support/perfdata_builder.h"

#include "base/alloc.h"
#include "format/perfdata.h"
#include "support/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define USUAL_SAMPLE_TYPE                                                                          \
    (JT_PERF_SAMPLE_IP | JT_PERF_SAMPLE_TID | JT_PERF_SAMPLE_TIME | JT_PERF_SAMPLE_CALLCHAIN |     \
     JT_PERF_SAMPLE_CPU | JT_PERF_SAMPLE_PERIOD | JT_PERF_SAMPLE_IDENTIFIER)
#define FILE_LIMIT ((size_t)1 << 31)

static bool is_compressed(const struct test_perfdata *file)
{
    return file->options.compression != 0 && file->data_start > 0;
}

/* Where the bytes of records go. */
static struct jt_buf *target(struct test_perfdata *file)
{
    return is_compressed(file) ? &file->pending : &file->bytes;
}

static void put(struct test_perfdata *file, struct jt_buf *to, uint64_t value, size_t bytes)
{
    uint8_t out[8];

    memcpy(out, &value, sizeof(out));
    for (size_t i = 0; file->options.swapped && i < bytes; i++)
        out[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
    jt_buf_append(to, out, bytes);
}

void test_perfdata_u16(struct test_perfdata *file, uint16_t value)
{
    put(file, target(file), value, 2);
}

void test_perfdata_u32(struct test_perfdata *file, uint32_t value)
{
    put(file, target(file), value, 4);
}

void test_perfdata_u64(struct test_perfdata *file, uint64_t value)
{
    put(file, target(file), value, 8);
}

void test_perfdata_bytes(struct test_perfdata *file, const void *bytes, size_t count)
{
    jt_buf_append(target(file), bytes, count);
}

void test_perfdata_text(struct test_perfdata *file, const char *text)
{
    size_t bytes = strlen(text) + 1;

    test_perfdata_bytes(file, text, bytes);
    jt_buf_append_zeros(target(file), (8 - bytes % 8) % 8);
}

void test_perfdata_begin_record(struct test_perfdata *file, uint32_t type, uint16_t misc)
{
    file->record_start = target(file)->length;
    test_perfdata_u32(file, type);
    test_perfdata_u16(file, misc);
    test_perfdata_u16(file, 0);
}

/* Overwrite a number that was written before. */
static void patch(struct test_perfdata *file, struct jt_buf *in, size_t at, uint64_t value,
                  size_t bytes)
{
    size_t length = in->length;

    in->length = at;
    put(file, in, value, bytes);
    in->length = length;
}

static void append_compressed(struct test_perfdata *file, const uint8_t *packed, size_t bytes)
{
    bool is_padded = file->options.compression == JT_PERF_RECORD_COMPRESSED2;
    size_t padding = is_padded ? (8 - bytes % 8) % 8 : 0;
    size_t size = 8 + (is_padded ? 8 : 0) + bytes + padding;

    put(file, &file->bytes, file->options.compression, 4);
    put(file, &file->bytes, 0, 2);
    put(file, &file->bytes, size, 2);
    if (is_padded)
        put(file, &file->bytes, bytes, 8);
    jt_buf_append(&file->bytes, packed, bytes);
    jt_buf_append_zeros(&file->bytes, padding);
}

static void compress_slice(struct test_perfdata *file, size_t bytes)
{
    uint8_t packed[60000];
    ZSTD_inBuffer in = {file->pending.bytes, bytes, 0};
    ZSTD_outBuffer out = {packed, sizeof(packed), 0};

    if (!file->compressor)
        file->compressor = ZSTD_createCStream();
    if (ZSTD_compressStream2(file->compressor, &out, &in, ZSTD_e_flush) != 0 || in.pos != bytes)
        abort();
    append_compressed(file, packed, out.pos);
    file->pending.length -= bytes;
    memmove(file->pending.bytes, file->pending.bytes + bytes, file->pending.length);
}

/* Slices end where they end: a record may lie in two of them. */
static void compress_pending(struct test_perfdata *file, bool all)
{
    size_t slice = file->options.slice_bytes;

    while (file->pending.length >= slice)
        compress_slice(file, slice);
    if (all && file->pending.length > 0)
        compress_slice(file, file->pending.length);
}

void test_perfdata_end_record(struct test_perfdata *file)
{
    struct jt_buf *to = target(file);

    patch(file, to, file->record_start + 6, to->length - file->record_start, 2);
    if (is_compressed(file))
        compress_pending(file, false);
}

void test_perfdata_end_kernel_record(struct test_perfdata *file, uint32_t pid, uint32_t tid,
                                     uint64_t time_ns)
{
    const struct test_perfdata_event *event = &file->events[0];
    uint64_t type = event->no_sample_id_all ? 0 : event->sample_type;

    if (type & JT_PERF_SAMPLE_TID) {
        test_perfdata_u32(file, pid);
        test_perfdata_u32(file, tid);
    }
    if (type & JT_PERF_SAMPLE_TIME)
        test_perfdata_u64(file, time_ns);
    if (type & JT_PERF_SAMPLE_ID)
        test_perfdata_u64(file, event->id);
    if (type & JT_PERF_SAMPLE_STREAM_ID)
        test_perfdata_u64(file, 0);
    if (type & JT_PERF_SAMPLE_CPU)
        test_perfdata_u64(file, 0);
    if (type & JT_PERF_SAMPLE_IDENTIFIER)
        test_perfdata_u64(file, event->id);
    test_perfdata_end_record(file);
}

/* The value and its extras; a group has two members. */
static void put_read(struct test_perfdata *file, uint64_t format)
{
    bool is_group = (format & JT_PERF_FORMAT_GROUP) != 0;
    int times = ((format & JT_PERF_FORMAT_TOTAL_TIME_ENABLED) != 0) +
                ((format & JT_PERF_FORMAT_TOTAL_TIME_RUNNING) != 0);
    int extras = ((format & JT_PERF_FORMAT_ID) != 0) + ((format & JT_PERF_FORMAT_LOST) != 0);
    int words = is_group ? times + 2 * (1 + extras) : 1 + times + extras;

    if (is_group)
        test_perfdata_u64(file, 2);
    for (int i = 0; i < words; i++)
        test_perfdata_u64(file, 7);
}

static void put_fixed_fields(struct test_perfdata *file, const struct jt_sample *sample,
                             const struct test_perfdata_event *event)
{
    uint64_t type = event->sample_type;

    if (type & JT_PERF_SAMPLE_IDENTIFIER)
        test_perfdata_u64(file, event->id);
    if (type & JT_PERF_SAMPLE_IP)
        test_perfdata_u64(file, sample->ip);
    if (type & JT_PERF_SAMPLE_TID) {
        test_perfdata_u32(file, sample->pid);
        test_perfdata_u32(file, sample->tid);
    }
    if (type & JT_PERF_SAMPLE_TIME)
        test_perfdata_u64(file, sample->time_ns);
    if (type & JT_PERF_SAMPLE_ADDR)
        test_perfdata_u64(file, 0xadd4);
    if (type & JT_PERF_SAMPLE_ID)
        test_perfdata_u64(file, event->id);
    if (type & JT_PERF_SAMPLE_STREAM_ID)
        test_perfdata_u64(file, 0x57);
    if (type & JT_PERF_SAMPLE_CPU) {
        test_perfdata_u32(file, sample->cpu);
        test_perfdata_u32(file, 0);
    }
    if (type & JT_PERF_SAMPLE_PERIOD)
        test_perfdata_u64(file, sample->period);
    if (type & JT_PERF_SAMPLE_READ)
        put_read(file, event->read_format);
}

/* Of the fields behind the chain each is eight bytes when it is as small as it
 * can be: a count of nothing, or a number. */
static void put_last_fields(struct test_perfdata *file, uint64_t type)
{
    if (type & JT_PERF_SAMPLE_RAW) {
        test_perfdata_u32(file, 4);
        test_perfdata_u32(file, 0x7261);
    }
    for (uint64_t bit = JT_PERF_SAMPLE_BRANCH_STACK; bit <= JT_PERF_SAMPLE_WEIGHT_STRUCT;
         bit <<= 1) {
        if (bit != JT_PERF_SAMPLE_IDENTIFIER && (type & bit))
            test_perfdata_u64(file, 0);
    }
}

void test_perfdata_sample(struct test_perfdata *file, const struct jt_sample *sample)
{
    static const uint16_t modes[] = {0, JT_PERF_MISC_KERNEL, JT_PERF_MISC_USER,
                                     JT_PERF_MISC_HYPERVISOR};
    const struct test_perfdata_event *event = &file->events[sample->event];

    test_perfdata_begin_record(file, JT_PERF_RECORD_SAMPLE, modes[sample->mode]);
    put_fixed_fields(file, sample, event);
    if (event->sample_type & JT_PERF_SAMPLE_CALLCHAIN) {
        test_perfdata_u64(file, sample->chain_count);
        for (size_t i = 0; i < sample->chain_count; i++)
            test_perfdata_u64(file, sample->chain[i]);
    }
    put_last_fields(file, event->sample_type);
    test_perfdata_end_record(file);
}

void test_perfdata_mmap(struct test_perfdata *file, const struct jt_mapping *mapping)
{
    uint16_t misc = mapping->is_kernel ? JT_PERF_MISC_KERNEL : JT_PERF_MISC_USER;
    uint8_t build_id[24] = {mapping->build_id_bytes};

    misc |= mapping->build_id_bytes ? JT_PERF_MISC_MMAP_BUILD_ID : 0;
    test_perfdata_begin_record(file, JT_PERF_RECORD_MMAP2, misc);
    test_perfdata_u32(file, mapping->pid);
    test_perfdata_u32(file, mapping->tid);
    test_perfdata_u64(file, mapping->start);
    test_perfdata_u64(file, mapping->bytes);
    test_perfdata_u64(file, mapping->file_offset);
    if (mapping->build_id_bytes) {
        memcpy(build_id + 4, mapping->build_id, sizeof(mapping->build_id));
        test_perfdata_bytes(file, build_id, sizeof(build_id));
    } else {
        test_perfdata_u32(file, mapping->device_major);
        test_perfdata_u32(file, mapping->device_minor);
        test_perfdata_u64(file, mapping->inode);
        test_perfdata_u64(file, 0);
    }
    test_perfdata_u32(file, mapping->is_executable ? 5 : 1); /* PROT_READ, PROT_EXEC */
    test_perfdata_u32(file, 2);                              /* MAP_PRIVATE */
    test_perfdata_text(file, mapping->path);
    test_perfdata_end_kernel_record(file, mapping->pid, mapping->tid, mapping->time_ns);
}

void test_perfdata_comm(struct test_perfdata *file, const struct jt_comm *comm)
{
    test_perfdata_begin_record(file, JT_PERF_RECORD_COMM,
                               comm->is_exec ? JT_PERF_MISC_COMM_EXEC : 0);
    test_perfdata_u32(file, comm->pid);
    test_perfdata_u32(file, comm->tid);
    test_perfdata_text(file, comm->command);
    test_perfdata_end_kernel_record(file, comm->pid, comm->tid, comm->time_ns);
}

static void put_task(struct test_perfdata *file, uint32_t type, const struct jt_task *task)
{
    test_perfdata_begin_record(file, type, 0);
    test_perfdata_u32(file, task->pid);
    test_perfdata_u32(file, task->parent_pid);
    test_perfdata_u32(file, task->tid);
    test_perfdata_u32(file, task->parent_tid);
    test_perfdata_u64(file, task->time_ns);
    test_perfdata_end_kernel_record(file, task->pid, task->tid, task->time_ns);
}

void test_perfdata_fork(struct test_perfdata *file, const struct jt_task *task)
{
    put_task(file, JT_PERF_RECORD_FORK, task);
}

void test_perfdata_exit(struct test_perfdata *file, const struct jt_task *task)
{
    put_task(file, JT_PERF_RECORD_EXIT, task);
}

void test_perfdata_lost(struct test_perfdata *file, const struct jt_loss *loss)
{
    test_perfdata_begin_record(file, JT_PERF_RECORD_LOST, 0);
    test_perfdata_u64(file, file->events[0].id);
    test_perfdata_u64(file, loss->count);
    test_perfdata_end_kernel_record(file, 0, 0, loss->time_ns);
}

/* perf writes it between the compressed records. */
void test_perfdata_finished_round(struct test_perfdata *file)
{
    if (is_compressed(file))
        compress_pending(file, true);
    put(file, &file->bytes, JT_PERF_RECORD_FINISHED_ROUND, 4);
    put(file, &file->bytes, 0, 2);
    put(file, &file->bytes, 8, 2);
}

static uint8_t reversed(uint8_t byte)
{
    uint8_t out = 0;

    for (int i = 0; i < 8; i++)
        out = (uint8_t)(out << 1 | (byte >> i & 1));
    return out;
}

static void put_flags(struct test_perfdata *file, struct jt_buf *to, uint64_t flags)
{
    for (int i = 0; i < 8; i++) {
        uint8_t byte = (uint8_t)(flags >> (8 * i));

        byte = file->options.swapped ? reversed(byte) : byte;
        jt_buf_append(to, &byte, 1);
    }
}

static void put_attr(struct test_perfdata *file, struct jt_buf *to,
                     const struct test_perfdata_event *event)
{
    uint64_t flags = JT_PERF_ATTR_MMAP | JT_PERF_ATTR_COMM | JT_PERF_ATTR_MMAP2;
    size_t start = to->length;

    flags |= event->fixed_period ? 0 : JT_PERF_ATTR_FREQ;
    flags |= event->no_sample_id_all ? 0 : JT_PERF_ATTR_SAMPLE_ID_ALL;
    flags |= event->no_monotonic_clock ? 0 : JT_PERF_ATTR_USE_CLOCKID;
    put(file, to, event->type, 4);
    put(file, to, TEST_PERFDATA_ATTR_BYTES, 4);
    put(file, to, event->config, 8);
    put(file, to, event->fixed_period ? event->fixed_period : 999, 8);
    put(file, to, event->sample_type, 8);
    put(file, to, event->read_format, 8);
    put_flags(file, to, flags);
    jt_buf_append_zeros(to, offsetof(struct jt_perf_attr, clockid) -
                                offsetof(struct jt_perf_attr, wakeup));
    put(file, to, event->no_monotonic_clock ? 0 : JT_PERF_CLOCK_MONOTONIC, 4);
    jt_buf_append_zeros(to, TEST_PERFDATA_ATTR_BYTES - (to->length - start));
}

static void put_string(struct test_perfdata *file, struct jt_buf *to, const char *text)
{
    size_t bytes = (strlen(text) / JT_PERF_STRING_ALIGN + 1) * JT_PERF_STRING_ALIGN;

    put(file, to, bytes, 4);
    jt_buf_append_text(to, text);
    jt_buf_append_zeros(to, bytes - strlen(text));
}

static void put_event_names(struct test_perfdata *file, struct jt_buf *to)
{
    put(file, to, file->options.event_count, 4);
    put(file, to, TEST_PERFDATA_ATTR_BYTES, 4);
    for (size_t i = 0; i < file->options.event_count; i++) {
        const struct test_perfdata_event *event = &file->events[i];

        put_attr(file, to, event);
        put(file, to, 1, 4);
        put_string(file, to, event->name ? event->name : "");
        put(file, to, event->id, 8);
    }
}

static void put_file_start(struct test_perfdata *file)
{
    size_t entry = TEST_PERFDATA_ATTR_BYTES + sizeof(struct jt_perf_section);
    size_t count = file->options.event_count;
    struct jt_buf *to = &file->bytes;

    put(file, to, JT_PERF_MAGIC2, 8);
    put(file, to, JT_PERF_FILE_HEADER_BYTES, 8);
    put(file, to, entry, 8);
    put(file, to, JT_PERF_FILE_HEADER_BYTES + 8 * count, 8);
    put(file, to, entry * count, 8);
    put(file, to, JT_PERF_FILE_HEADER_BYTES + 8 * count + entry * count, 8);
    jt_buf_append_zeros(to, JT_PERF_FILE_HEADER_BYTES - to->length);
    for (size_t i = 0; i < count; i++)
        put(file, to, file->events[i].id, 8);
    for (size_t i = 0; i < count; i++) {
        put_attr(file, to, &file->events[i]);
        put(file, to, JT_PERF_FILE_HEADER_BYTES + 8 * i, 8);
        put(file, to, 8, 8);
    }
}

static void put_feature_record(struct test_perfdata *file, uint64_t feature)
{
    test_perfdata_begin_record(file, JT_PERF_RECORD_HEADER_FEATURE, 0);
    test_perfdata_u64(file, feature);
    if (feature == JT_PERF_FEAT_HOSTNAME)
        put_string(file, &file->bytes, file->options.hostname);
    else
        put_event_names(file, &file->bytes);
    test_perfdata_end_record(file);
}

static void put_pipe_start(struct test_perfdata *file)
{
    struct jt_buf *to = &file->bytes;

    put(file, to, JT_PERF_MAGIC2, 8);
    put(file, to, JT_PERF_PIPE_HEADER_BYTES, 8);
    for (size_t i = 0; i < file->options.event_count; i++) {
        test_perfdata_begin_record(file, JT_PERF_RECORD_HEADER_ATTR, 0);
        put_attr(file, to, &file->events[i]);
        test_perfdata_u64(file, file->events[i].id);
        test_perfdata_end_record(file);
    }
    put_feature_record(file, JT_PERF_FEAT_EVENT_DESC);
    if (file->options.hostname)
        put_feature_record(file, JT_PERF_FEAT_HOSTNAME);
}

static void fill_event(struct test_perfdata_event *event, size_t index)
{
    if (event->type == 0 && event->config == 0)
        event->type = JT_PERF_TYPE_SOFTWARE;
    if (event->sample_type == 0)
        event->sample_type = USUAL_SAMPLE_TYPE;
    if (event->id == 0)
        event->id = 100 + index;
}

void test_perfdata_begin(struct test_perfdata *file, const struct test_perfdata_options *options)
{
    *file = (struct test_perfdata){
        .options = *options, .bytes = JT_BUF_INIT(FILE_LIMIT), .pending = JT_BUF_INIT(FILE_LIMIT)};
    if (!options->events)
        file->options.event_count = 1;
    if (file->options.slice_bytes == 0)
        file->options.slice_bytes = 4096;
    for (size_t i = 0; i < file->options.event_count; i++) {
        if (options->events)
            file->events[i] = options->events[i];
        fill_event(&file->events[i], i);
    }
    if (options->is_pipe)
        put_pipe_start(file);
    else
        put_file_start(file);
    file->data_start = file->bytes.length;
}

/* A table of the features' sections, then the sections. */
static void put_features(struct test_perfdata *file)
{
    struct jt_buf *to = &file->bytes;
    uint64_t bits = UINT64_C(1) << JT_PERF_FEAT_EVENT_DESC;
    size_t table = to->length;
    size_t entries = file->options.hostname ? 2 : 1;
    size_t start = table + 16 * entries;

    jt_buf_append_zeros(to, 16 * entries);
    if (file->options.hostname) {
        bits |= UINT64_C(1) << JT_PERF_FEAT_HOSTNAME;
        put_string(file, to, file->options.hostname);
        patch(file, to, table, start, 8);
        patch(file, to, table + 8, to->length - start, 8);
        table += 16;
        start = to->length;
    }
    put_event_names(file, to);
    patch(file, to, table, start, 8);
    patch(file, to, table + 8, to->length - start, 8);
    patch(file, to, offsetof(struct jt_perf_file_header, features), bits, 8);
}

const uint8_t *test_perfdata_finish(struct test_perfdata *file, size_t *bytes)
{
    if (is_compressed(file))
        compress_pending(file, true);
    if (!file->options.is_pipe && !file->options.unfinished) {
        patch(file, &file->bytes, offsetof(struct jt_perf_file_header, data.size),
              file->bytes.length - file->data_start, 8);
        put_features(file);
    }
    if (jt_buf_status(&file->bytes) || jt_buf_status(&file->pending))
        abort();
    *bytes = file->bytes.length;
    return file->bytes.bytes;
}

void test_perfdata_finish_to(struct test_perfdata *file, const char *path)
{
    size_t bytes = 0;
    const uint8_t *content = test_perfdata_finish(file, &bytes);

    test_write_file(path, content, bytes);
    test_perfdata_release(file);
}

void test_perfdata_release(struct test_perfdata *file)
{
    ZSTD_freeCStream(file->compressor);
    jt_buf_release(&file->bytes);
    jt_buf_release(&file->pending);
}
