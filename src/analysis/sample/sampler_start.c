/* How a recording begins. */
#include "analysis/sample/sampler_state.h"

#include "analysis/sample/permission.h"
#include "analysis/sample/sampler_synth.h"
#include "base/alloc.h"
#include "jitney/status.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>

enum { ATTACH_ATTEMPTS = 5 };
/* Say what is wrong and give the status for it. Takes `text`. */
int jt_sampling_fail(struct jt_sampling *sampler, int status, char *text)
{
    jt_diag_error(sampler->diag, NULL, JT_DIAG_NO_OFFSET, "%s", text);
    free(text);
    return status;
}

static int fail_open(struct jt_sampling *sampler, int error)
{
    struct jt_permission_facts facts = jt_permission_gather();
    uint32_t attached = sampler->request->argv ? 0 : sampler->request->pids[0];
    bool is_refused = error == EACCES || error == EPERM;

    return jt_sampling_fail(sampler, is_refused ? JITNEY_ERR_PERMISSION : JITNEY_ERR_IO,
                            jt_permission_explain_open(&facts, error, attached));
}

static int choose_event(struct jt_sampling *sampler, int32_t task)
{
    struct jt_events_wish wish = {
        .frequency = jt_events_allowed_frequency(sampler->request->frequency),
        .user_only = sampler->request->user_only,
        .starts_at_exec = sampler->request->argv != NULL,
    };
    struct jt_permission_facts facts = jt_permission_gather();
    char *text = NULL;
    int error = jt_events_choose(&jt_events_kernel, &wish, task, &sampler->choice);

    if (error)
        return fail_open(sampler, error);
    if (wish.frequency < sampler->request->frequency)
        jt_diag_warn(sampler->diag, NULL, JT_DIAG_NO_OFFSET,
                     "sampling at %" PRIu64 " Hz, not %" PRIu64
                     ": kernel.perf_event_max_sample_rate allows no more",
                     wish.frequency, sampler->request->frequency);
    if (!sampler->choice.has_kernel && !wish.user_only) {
        text = jt_permission_explain_user_only(&facts);
        jt_diag_warn(sampler->diag, NULL, JT_DIAG_NO_OFFSET, "%s", text);
        free(text);
    }
    sampler->result->event = sampler->choice.name;
    sampler->result->has_kernel = sampler->choice.has_kernel;
    sampler->result->frequency = wish.frequency;
    return JITNEY_OK;
}

static int open_events(struct jt_sampling *sampler, const uint32_t *tasks, size_t count)
{
    int error = 0;

    switch (jt_events_open(&sampler->events, &jt_events_kernel, &sampler->choice.attr, tasks, count,
                           &error)) {
    case JT_EVENTS_OPENED:
        return JITNEY_OK;
    case JT_EVENTS_OPEN_FAILED:
        return fail_open(sampler, error);
    case JT_EVENTS_MAP_FAILED:
        break;
    }
    return jt_sampling_fail(sampler, JITNEY_ERR_PERMISSION, jt_permission_explain_map(error));
}

int jt_sampling_fail_output(struct jt_sampling *sampler, int error)
{
    jt_diag_error(sampler->diag, sampler->request->output, JT_DIAG_NO_OFFSET,
                  "cannot be written: %s", strerror(error));
    return JITNEY_ERR_IO;
}

static int begin_file(struct jt_sampling *sampler)
{
    int error =
        jt_perfdata_writer_begin(&sampler->writer, &sampler->choice.attr, sampler->choice.name,
                                 sampler->events.ids.at, sampler->events.ids.count);

    return error ? jt_sampling_fail_output(sampler, error) : JITNEY_OK;
}

static void note_start(struct jt_sampling *sampler)
{
    double duration_s = sampler->request->duration_s;

    sampler->result->start_ns = jt_sampling_clock_ns(CLOCK_MONOTONIC);
    sampler->result->start_wall_ns = jt_sampling_clock_ns(CLOCK_REALTIME);
    if (duration_s > 0)
        sampler->deadline_ns = sampler->result->start_ns + (uint64_t)(duration_s * 1e9);
    sampler->next_progress_ns = sampler->result->start_ns + JT_NS_PER_S;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && slash[1] ? slash + 1 : path;
}

static int start_program(struct jt_sampling *sampler)
{
    const struct jt_sampler_request *request = sampler->request;
    uint32_t task = (uint32_t)sampler->child.pid;
    int status = choose_event(sampler, (int32_t)task);
    struct jt_synth synth;

    if (!status)
        status = open_events(sampler, &task, 1);
    if (!status)
        status = begin_file(sampler);
    if (status)
        return status;
    note_start(sampler);
    sampler->result->exec_errno = jt_child_release(&sampler->child);
    if (sampler->result->exec_errno) {
        jt_diag_error(sampler->diag, request->argv[0], JT_DIAG_NO_OFFSET, "%s",
                      strerror(sampler->result->exec_errno));
        return JITNEY_ERR_NOT_FOUND;
    }
    sampler->result->was_run = true;
    jt_synth_init(&synth, &sampler->writer, &sampler->watch, sampler->events.ids.at[0]);
    if (sampler->choice.has_kernel)
        jt_synth_kernel(&synth);
    jt_synth_name(&synth, task, base_name(request->argv[0]));
    jt_synth_release(&synth);
    return JITNEY_OK;
}

/* A descriptor that tells when the process ends, or why there is none. */
static int open_pid(uint32_t pid)
{
    int fd = pidfd_open((pid_t)pid, 0);

    if (fd >= 0)
        return fd;
    return errno == ESRCH ? JT_PID_ENDED : JT_PID_NO_DESCRIPTOR;
}

static int compare_tasks(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;

    return a < b ? -1 : a > b;
}

/* List the threads of all processes, in order. */
static int list_tasks(struct jt_sampling *sampler, struct jt_synth_tasks *tasks)
{
    jt_vec_clear(&tasks->at);
    for (size_t i = 0; i < sampler->request->pid_count; i++) {
        uint32_t pid = sampler->request->pids[i];

        if (jt_synth_list_threads(pid, tasks) == 0)
            return jt_sampling_fail(sampler, JITNEY_ERR_NOT_FOUND,
                                    jt_format("there is no process %" PRIu32, pid));
    }
    if (tasks->at.count > 1)
        qsort(tasks->at.at, tasks->at.count, sizeof(*tasks->at.at), compare_tasks);
    return JITNEY_OK;
}

static bool are_same(const struct jt_synth_tasks *one, const struct jt_synth_tasks *other)
{
    return one->at.count == other->at.count && one->at.count > 0 &&
           memcmp(one->at.at, other->at.at, one->at.count * sizeof(*one->at.at)) == 0;
}

/* A thread that begins while events are being opened may have one by
 * inheritance or none, and nobody can tell which. So open them until no thread
 * has begun meanwhile; a process that never rests gets the last attempt. */
static int open_attached(struct jt_sampling *sampler)
{
    struct jt_synth_tasks before = {0};
    struct jt_synth_tasks after = {0};
    int status = list_tasks(sampler, &before);

    if (!status && before.at.count == 0)
        status = JITNEY_ERR_ARGUMENT;
    if (!status)
        status = choose_event(sampler, (int32_t)before.at.at[0]);
    for (int attempt = 0; !status && attempt < ATTACH_ATTEMPTS; attempt++) {
        jt_events_close(&sampler->events);
        status = open_events(sampler, before.at.at, before.at.count);
        if (!status)
            status = list_tasks(sampler, &after);
        if (status || are_same(&before, &after))
            break;
        jt_vec_clear(&before.at);
        for (size_t i = 0; i < after.at.count; i++)
            jt_vec_push(&before.at, after.at.at[i]);
    }
    jt_vec_release(&before.at);
    jt_vec_release(&after.at);
    return status;
}

/* The events come first and /proc is read after that: what happens in between
 * is in both, never in none. */
static int attach(struct jt_sampling *sampler)
{
    const struct jt_sampler_request *request = sampler->request;
    struct jt_synth synth;
    int status = open_attached(sampler);

    if (!status)
        status = begin_file(sampler);
    if (status)
        return status;
    for (size_t i = 0; i < request->pid_count; i++)
        jt_vec_push(&sampler->pid_fds, open_pid(request->pids[i]));
    note_start(sampler);
    jt_events_enable(&sampler->events);
    jt_synth_init(&synth, &sampler->writer, &sampler->watch, sampler->events.ids.at[0]);
    if (sampler->choice.has_kernel)
        jt_synth_kernel(&synth);
    for (size_t i = 0; i < request->pid_count; i++)
        jt_synth_process(&synth, request->pids[i]);
    jt_synth_release(&synth);
    return JITNEY_OK;
}

int jt_sampling_start(struct jt_sampling *sampler)
{
    const struct jt_sampler_request *request = sampler->request;
    int error = 0;

    if (!request->argv)
        return attach(sampler);
    error = jt_child_fork(&sampler->child, request->argv, request->environment, &sampler->old_mask);
    if (error)
        return jt_sampling_fail(sampler, JITNEY_ERR_IO, jt_format("fork: %s", strerror(error)));
    return start_program(sampler);
}
