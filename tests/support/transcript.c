#include "support/transcript.h"

#include <inttypes.h>

#define TEXT_LIMIT ((size_t)1 << 30)

static void put_who(struct jt_buf *text, const char *what, uint32_t pid, uint32_t tid,
                    uint64_t time_ns)
{
    jt_buf_printf(text, "%s %" PRId32 "/%" PRId32 " %" PRId64, what, (int32_t)pid, (int32_t)tid,
                  (int64_t)time_ns);
}

static int write_sample(void *context, const struct jt_sample *sample)
{
    static const char *const modes[] = {"unknown", "kernel", "user", "other"};
    struct test_transcript *transcript = context;
    struct jt_buf *text = &transcript->text;

    put_who(text, "sample", sample->pid, sample->tid, sample->time_ns);
    jt_buf_printf(text, " cpu %" PRId32 " event %" PRIu32 " period %" PRIu64 " %s %" PRIx64 " :",
                  (int32_t)sample->cpu, sample->event, sample->period, modes[sample->mode],
                  sample->ip);
    transcript->sum += sample->ip;
    for (size_t i = 0; i < sample->chain_count; i++) {
        jt_buf_printf(text, " %" PRIx64, sample->chain[i]);
        transcript->sum += sample->chain[i];
    }
    jt_buf_append_text(text, "\n");
    transcript->samples++;
    transcript->frames += sample->chain_count;
    transcript->backward += sample->time_ns < transcript->last_ns;
    transcript->last_ns = sample->time_ns;
    return (int)transcript->samples == transcript->stop_after ? transcript->stop_status : 0;
}

static int write_mapping(void *context, const struct jt_mapping *mapping)
{
    struct test_transcript *transcript = context;
    struct jt_buf *text = &transcript->text;

    put_who(text, "map", mapping->pid, mapping->tid, mapping->time_ns);
    jt_buf_printf(text, " %" PRIx64 "+%" PRIx64 "@%" PRIx64 " %s%s%s", mapping->start,
                  mapping->bytes, mapping->file_offset, mapping->path,
                  mapping->is_kernel ? " kernel" : "", mapping->is_executable ? " exec" : "");
    if (mapping->has_inode)
        jt_buf_printf(text, " inode %" PRIu32 ":%" PRIu32 ":%" PRIu64, mapping->device_major,
                      mapping->device_minor, mapping->inode);
    if (mapping->build_id_bytes)
        jt_buf_append_text(text, " build ");
    for (size_t i = 0; i < mapping->build_id_bytes; i++)
        jt_buf_printf(text, "%02x", mapping->build_id[i]);
    jt_buf_append_text(text, "\n");
    transcript->mappings++;
    return 0;
}

static void write_task(struct test_transcript *transcript, const char *what,
                       const struct jt_task *task)
{
    put_who(&transcript->text, what, task->pid, task->tid, task->time_ns);
    jt_buf_printf(&transcript->text, " of %" PRIu32 "/%" PRIu32 "\n", task->parent_pid,
                  task->parent_tid);
}

static int write_fork(void *context, const struct jt_task *task)
{
    struct test_transcript *transcript = context;

    transcript->forks++;
    write_task(transcript, "fork", task);
    return 0;
}

static int write_exit(void *context, const struct jt_task *task)
{
    struct test_transcript *transcript = context;

    transcript->exits++;
    write_task(transcript, "exit", task);
    return 0;
}

static int write_comm(void *context, const struct jt_comm *comm)
{
    struct test_transcript *transcript = context;

    put_who(&transcript->text, "comm", comm->pid, comm->tid, comm->time_ns);
    jt_buf_printf(&transcript->text, " %s%s\n", comm->command, comm->is_exec ? " exec" : "");
    transcript->comms++;
    return 0;
}

static int write_loss(void *context, const struct jt_loss *loss)
{
    struct test_transcript *transcript = context;

    jt_buf_printf(&transcript->text, "lost %" PRId64 " %" PRIu64 "\n", (int64_t)loss->time_ns,
                  loss->count);
    transcript->losses++;
    return 0;
}

struct jt_sample_sink test_transcript_begin(struct test_transcript *transcript)
{
    *transcript = (struct test_transcript){.text = JT_BUF_INIT(TEXT_LIMIT)};
    return (struct jt_sample_sink){
        .context = transcript,
        .sample = write_sample,
        .mapping = write_mapping,
        .fork = write_fork,
        .exit = write_exit,
        .comm = write_comm,
        .loss = write_loss,
    };
}

const char *test_transcript_text(struct test_transcript *transcript)
{
    uint8_t *end = jt_buf_reserve(&transcript->text, 1);

    if (!end)
        return "";
    *end = '\0';
    return (const char *)transcript->text.bytes;
}

void test_transcript_release(struct test_transcript *transcript)
{
    jt_buf_release(&transcript->text);
}
