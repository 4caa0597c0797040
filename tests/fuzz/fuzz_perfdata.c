/* Any bytes as a perf.data: read from memory, and once more through a pipe
 * when they are of the pipe form. Both must tell the same. */
#include "analysis/load/perfdata.h"
#include "format/perfdata.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIPE_BYTES 60000 /* fits into a pipe that nobody reads yet */

struct told {
    uint64_t samples;
    uint64_t sum;
};

static int sample(void *context, const struct jt_sample *sample)
{
    struct told *told = context;

    told->samples++;
    told->sum += sample->ip + sample->pid + sample->period + sample->event;
    for (size_t i = 0; i < sample->chain_count; i++)
        told->sum = told->sum * 31 + sample->chain[i];
    return 0;
}

static int mapping(void *context, const struct jt_mapping *mapping)
{
    struct told *told = context;

    if (mapping->build_id_bytes > sizeof(mapping->build_id))
        abort();
    told->sum = told->sum * 31 + mapping->start + strlen(mapping->path);
    return 0;
}

static int task(void *context, const struct jt_task *task)
{
    struct told *told = context;

    told->sum = told->sum * 31 + task->tid;
    return 0;
}

static int comm(void *context, const struct jt_comm *comm)
{
    struct told *told = context;

    told->sum = told->sum * 31 + strlen(comm->command);
    return 0;
}

static int loss(void *context, const struct jt_loss *loss)
{
    struct told *told = context;

    told->sum = told->sum * 31 + loss->count;
    return 0;
}

static void check_facts(const struct jt_perfdata_facts *facts, struct told *told)
{
    for (size_t i = 0; i < facts->event_count; i++)
        told->sum += strlen(facts->events[i].name);
    for (size_t i = 0; i < facts->build_id_count; i++) {
        if (facts->build_ids[i].bytes > sizeof(facts->build_ids[i].build_id))
            abort();
        told->sum += strlen(facts->build_ids[i].path);
    }
    for (size_t i = 0; i < facts->command_count; i++)
        told->sum += strlen(facts->command[i]);
    if (facts->samples != told->samples)
        abort();
}

static void read_all(struct jt_perfdata *perfdata, struct told *told)
{
    const struct jt_sample_sink sink = {
        .context = told,
        .sample = sample,
        .mapping = mapping,
        .fork = task,
        .exit = task,
        .comm = comm,
        .loss = loss,
    };

    if (jt_perfdata_read(perfdata, &sink) != 0)
        abort();
    check_facts(jt_perfdata_facts(perfdata), told);
    jt_perfdata_close(perfdata);
}

static void read_piped(const uint8_t *data, size_t size, struct told *told)
{
    struct jt_diag diag = {0};
    struct jt_perfdata *perfdata = NULL;
    char path[64];
    int ends[2];

    if (pipe(ends) != 0 || write(ends[1], data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
    close(ends[1]);
    if (jt_perfdata_open(path, &diag, &perfdata) == 0)
        read_all(perfdata, told);
    close(ends[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jt_diag diag = {0};
    struct jt_perfdata *perfdata = NULL;
    struct told told = {0};
    struct told piped = {0};
    bool is_piped = size >= JT_PERF_PIPE_HEADER_BYTES && size <= PIPE_BYTES &&
                    (data[8] == JT_PERF_PIPE_HEADER_BYTES || data[15] == JT_PERF_PIPE_HEADER_BYTES);

    if (jt_perfdata_open_memory(data, size, "fuzz", &diag, &perfdata) == 0)
        read_all(perfdata, &told);
    if (is_piped)
        read_piped(data, size, &piped);
    if (is_piped && piped.samples > 0 && (piped.samples != told.samples || piped.sum != told.sum))
        abort();
    return 0;
}
