/* Takes records from the kernel's rings to the file, untouched but for the path
 * of a jitdump that will be elsewhere. */
#include "analysis/sample/sampler_state.h"

#include "analysis/sample/sampler_synth.h"
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

/* The bytes from `from` to `to` of the pieces; how many pieces they are. */
static int slice(const struct iovec *pieces, int count, size_t from, size_t to,
                 struct iovec *sliced)
{
    int sliced_count = 0;
    size_t start = 0;

    for (int i = 0; i < count; start += pieces[i++].iov_len) {
        size_t end = start + pieces[i].iov_len;
        size_t first = from > start ? from : start;
        size_t last = to < end ? to : end;

        if (first < last)
            sliced[sliced_count++] =
                (struct iovec){(uint8_t *)pieces[i].iov_base + (first - start), last - first};
    }
    return sliced_count;
}

static uint64_t count_samples(const struct iovec *pieces, int count)
{
    struct jt_watch quiet = {0};
    uint64_t samples = 0;

    jt_watch_records(&quiet, pieces, count);
    samples = quiet.samples;
    jt_watch_release(&quiet);
    return samples;
}

/* Take a part of a ring to the file. The samples that the file does not take
 * are lost. */
static void write_records(struct jt_sampling *sampler, const struct iovec *pieces, int count,
                          size_t from, size_t to)
{
    struct iovec part[2];
    int part_count = slice(pieces, count, from, to, part);
    size_t kept = 0;
    uint64_t samples = 0;

    if (part_count == 0)
        return;
    kept = jt_perfdata_writer_append(&sampler->writer, part, part_count);
    if (kept == to - from)
        return;
    part_count = slice(pieces, count, from + kept, to, part);
    samples = count_samples(part, part_count);
    sampler->unwritten += samples;
    sampler->watch.samples -= samples;
}

/* A dump is brought into the trace in the end, and perf's own tools find it only
 * by the path in this record. */
static void write_marker(struct jt_sampling *sampler, const struct iovec *pieces, int count,
                         const struct jt_watch_marker *marker)
{
    struct iovec part[2];
    int part_count = slice(pieces, count, marker->offset, marker->offset + marker->bytes, part);
    struct jt_synth synth;
    uint8_t *bytes = jt_alloc(marker->bytes, 1);
    size_t done = 0;

    for (int i = 0; i < part_count; done += part[i++].iov_len)
        memcpy(bytes + done, part[i].iov_base, part[i].iov_len);
    jt_synth_init(&synth, &sampler->writer, &sampler->watch, 0);
    jt_synth_with_path(&synth, bytes, marker->bytes, marker->path);
    jt_synth_release(&synth);
    free(bytes);
}

static void move_records(struct jt_sampling *sampler, struct jt_ring *ring,
                         const struct iovec *pieces, int count)
{
    size_t all = pieces[0].iov_len + (count > 1 ? pieces[1].iov_len : 0);
    size_t done = 0;

    jt_watch_records(&sampler->watch, pieces, count);
    for (size_t i = 0; i < sampler->watch.markers.count; i++) {
        const struct jt_watch_marker *marker = &sampler->watch.markers.at[i];

        write_records(sampler, pieces, count, done, marker->offset);
        write_marker(sampler, pieces, count, marker);
        done = marker->offset + marker->bytes;
    }
    write_records(sampler, pieces, count, done, all);
    jt_ring_consume(ring, all);
}

void jt_sampling_drain(struct jt_sampling *sampler)
{
    struct iovec pieces[2];
    bool has_any = false;
    int count = 0;

    for (size_t i = 0; i < sampler->events.cpus.count; i++) {
        struct jt_ring *ring = &sampler->events.cpus.at[i].ring;

        count = jt_ring_peek(ring, pieces);
        if (count == 0)
            continue;
        has_any = true;
        move_records(sampler, ring, pieces, count);
    }
    if (has_any)
        jt_perfdata_writer_append_mark(&sampler->writer, JT_PERF_RECORD_FINISHED_ROUND);
    jt_watch_read_builds(&sampler->watch);
}
