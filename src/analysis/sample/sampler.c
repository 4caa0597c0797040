/* The recording itself: start, wait, drain, stop. Records go from the kernel's
 * rings to the file untouched; see sampler_watch.h for what is seen of them on
 * the way. */
#include "analysis/sample/sampler.h"

#include "analysis/sample/collect.h"
#include "analysis/sample/sampler_about.h"
#include "analysis/sample/sampler_state.h"
#include "analysis/sample/sampler_synth.h"
#include "base/alloc.h"
#include "base/thousands.h"
#include "jitney/status.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define NS_PER_MS UINT64_C(1000000)
#define TICK_NS (100 * NS_PER_MS)    /* rings are drained at least so often */
#define COLLECT_NS (250 * NS_PER_MS) /* symbol files are looked for so often */
#define PROGRESS_NS JT_NS_PER_S
#define PASS_ON_NS (100 * NS_PER_MS) /* a signal is passed on unless the program ended by then */
#define GRACE_NS (5 * JT_NS_PER_S)   /* for a program to end after SIGTERM */

static bool is_ignored(int signal)
{
    struct sigaction action;

    return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

/* Signals are taken from a descriptor, in step with the records. SIGPIPE too
 * must not end us: standard error may be gone while the program runs on. */
static int block_signals(struct jt_sampling *sampler)
{
    const int taken[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD};
    sigset_t mask;
    sigset_t all;

    sigemptyset(&mask);
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        sigaddset(&mask, taken[i]);
    if (is_ignored(SIGHUP)) /* nohup */
        sigdelset(&mask, SIGHUP);
    if (is_ignored(SIGCHLD)) /* the kernel would throw the program's status away */
        signal(SIGCHLD, SIG_DFL);
    all = mask;
    sigaddset(&all, SIGPIPE);
    sigprocmask(SIG_BLOCK, &all, &sampler->old_mask);
    sampler->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    if (sampler->signal_fd >= 0)
        return JITNEY_OK;
    return jt_sampling_fail(sampler, JITNEY_ERR_IO, jt_format("signalfd: %s", strerror(errno)));
}

static void restore_signals(struct jt_sampling *sampler)
{
    const struct timespec at_once = {0, 0};
    sigset_t mask;
    struct signalfd_siginfo info;

    sigemptyset(&mask);
    sigaddset(&mask, SIGPIPE);
    while (sampler->signal_fd >= 0 &&
           read(sampler->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        continue;
    while (!sigismember(&sampler->old_mask, SIGPIPE) && sigtimedwait(&mask, NULL, &at_once) > 0)
        continue;
    sigprocmask(SIG_SETMASK, &sampler->old_mask, NULL);
    if (sampler->signal_fd >= 0)
        close(sampler->signal_fd);
}

/* A second signal ends the recording whatever the program does. One from the
 * terminal has reached the program already; one from elsewhere may or may not
 * have, so it is passed on a little later. */
static void take_signal(struct jt_sampling *sampler, const struct signalfd_siginfo *info)
{
    if (info->ssi_signo == SIGCHLD)
        return;
    if (info->ssi_signo == SIGQUIT && sampler->child.pid)
        return;
    sampler->result->was_interrupted = true;
    sampler->signal_count++;
    if (!sampler->child.pid || (sampler->signal_count > 1 && !sampler->pass_on)) {
        sampler->is_done = true;
        return;
    }
    if (info->ssi_code > 0 || sampler->pass_on)
        return;
    sampler->pass_on = (int)info->ssi_signo;
    if (sampler->pass_on == SIGINT && is_ignored(SIGINT))
        sampler->pass_on = SIGTERM; /* a script's background job: the program ignores SIGINT, too */
    sampler->pass_on_ns = jt_sampling_clock_ns(CLOCK_MONOTONIC) + PASS_ON_NS;
}

static void take_signals(struct jt_sampling *sampler)
{
    struct signalfd_siginfo info;

    while (read(sampler->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        take_signal(sampler, &info);
}

static void wait_for_program(struct jt_sampling *sampler)
{
    int wait_status = 0;

    if (!sampler->child.pid || waitpid(sampler->child.pid, &wait_status, WNOHANG) <= 0)
        return;
    sampler->child.pid = 0;
    sampler->result->wait_status = wait_status;
    sampler->is_done = true;
}

/* The duration is over. */
static void meet_deadline(struct jt_sampling *sampler, uint64_t now_ns)
{
    if (!sampler->child.pid || sampler->result->was_stopped) {
        if (sampler->child.pid)
            jt_diag_warn(sampler->diag, NULL, JT_DIAG_NO_OFFSET,
                         "the program (process %d) does not end after SIGTERM; it runs on",
                         (int)sampler->child.pid);
        sampler->is_done = true;
        return;
    }
    jt_events_disable(&sampler->events);
    kill(sampler->child.pid, SIGTERM);
    sampler->result->was_stopped = true;
    sampler->deadline_ns = now_ns + GRACE_NS;
}

/* The cursor stays at the start of the line, so that the program's own output
 * overwrites this one. */
static void show_progress(const struct jt_sampling *sampler, uint64_t now_ns)
{
    char samples[JT_THOUSANDS_BYTES];
    char lost[JT_THOUSANDS_BYTES];

    fprintf(stderr, "\r\033[Krecording %" PRIu64 " s  %s samples  %s lost  %.1f MB\r",
            (now_ns - sampler->result->start_ns) / JT_NS_PER_S,
            jt_thousands(sampler->watch.samples, samples),
            jt_thousands(sampler->watch.lost + sampler->unwritten, lost),
            (double)sampler->writer.end / 1e6);
    fflush(stderr);
}

static void do_what_is_due(struct jt_sampling *sampler)
{
    uint64_t now_ns = jt_sampling_clock_ns(CLOCK_MONOTONIC);

    if (now_ns >= sampler->next_collect_ns) {
        if (sampler->request->collect)
            jt_collect_poll(sampler->request->collect);
        sampler->next_collect_ns = now_ns + COLLECT_NS;
    }
    if (sampler->request->shows_progress && now_ns >= sampler->next_progress_ns) {
        show_progress(sampler, now_ns);
        sampler->next_progress_ns = now_ns + PROGRESS_NS;
    }
    if (sampler->pass_on && now_ns >= sampler->pass_on_ns) {
        if (sampler->child.pid)
            kill(sampler->child.pid, sampler->pass_on);
        sampler->pass_on = 0;
    }
    if (sampler->deadline_ns && now_ns >= sampler->deadline_ns)
        meet_deadline(sampler, now_ns);
}

static void list_polls(struct jt_sampling *sampler)
{
    jt_vec_clear(&sampler->polls);
    jt_vec_push(&sampler->polls, (struct pollfd){sampler->signal_fd, POLLIN, 0});
    for (size_t i = 0; i < sampler->events.cpus.count; i++)
        jt_vec_push(&sampler->polls,
                    (struct pollfd){jt_events_poll_fd(&sampler->events, i), POLLIN, 0});
    for (size_t i = 0; i < sampler->pid_fds.count; i++)
        jt_vec_push(&sampler->polls, (struct pollfd){sampler->pid_fds.at[i], POLLIN, 0});
}

static int timeout_ms(const struct jt_sampling *sampler)
{
    uint64_t now_ns = jt_sampling_clock_ns(CLOCK_MONOTONIC);
    uint64_t wait_ns = TICK_NS;

    if (sampler->deadline_ns)
        wait_ns = sampler->deadline_ns <= now_ns ? 0 : sampler->deadline_ns - now_ns;
    if (wait_ns > TICK_NS)
        wait_ns = TICK_NS;
    return (int)((wait_ns + NS_PER_MS - 1) / NS_PER_MS);
}

/* Whether all processes that were attached to have ended. */
static bool take_ends(struct jt_sampling *sampler, const struct pollfd *polls)
{
    bool is_any_left = false;

    for (size_t i = 0; i < sampler->pid_fds.count; i++) {
        int *fd = &sampler->pid_fds.at[i];

        if (*fd == JT_PID_NO_DESCRIPTOR && kill((pid_t)sampler->request->pids[i], 0) != 0 &&
            errno == ESRCH)
            *fd = JT_PID_ENDED;
        if (*fd >= 0 && polls[i].revents) {
            close(*fd);
            *fd = JT_PID_ENDED;
        }
        is_any_left |= *fd != JT_PID_ENDED;
    }
    return sampler->pid_fds.count > 0 && !is_any_left;
}

static void wait_and_drain(struct jt_sampling *sampler)
{
    size_t cpu_count = sampler->events.cpus.count;

    list_polls(sampler);
    poll(sampler->polls.at, sampler->polls.count, timeout_ms(sampler));
    jt_sampling_drain(sampler);
    for (size_t i = 0; i < cpu_count; i++) {
        if (sampler->polls.at[1 + i].revents & (POLLHUP | POLLERR))
            jt_events_poll_next(&sampler->events, i);
    }
    if (take_ends(sampler, sampler->polls.at + 1 + cpu_count))
        sampler->is_done = true;
    take_signals(sampler);
    wait_for_program(sampler);
    do_what_is_due(sampler);
}

static void finish_losses(struct jt_sampling *sampler)
{
    uint64_t lost = jt_events_lost(&sampler->events);
    struct jt_synth synth;

    if (lost <= sampler->watch.lost)
        return;
    jt_synth_init(&synth, &sampler->writer, &sampler->watch, sampler->events.ids.at[0]);
    jt_synth_lost(&synth, lost - sampler->watch.lost);
    jt_synth_release(&synth);
    sampler->watch.lost = lost;
}

static int finish_file(struct jt_sampling *sampler)
{
    const struct jt_sampler_request *request = sampler->request;
    struct jt_about about;
    int error = 0;

    if (sampler->watch.kernel_samples)
        jt_watch_read_kernel_build(&sampler->watch);
    jt_about_gather(&about);
    about.facts.command = request->recorder_argv;
    about.facts.command_count = request->recorder_argc;
    about.facts.first_sample_ns = sampler->watch.first_sample_ns;
    about.facts.last_sample_ns = sampler->watch.last_sample_ns;
    about.facts.wall_ns = sampler->result->start_wall_ns;
    about.facts.clock_ns = sampler->result->start_ns;
    about.facts.builds = sampler->watch.builds.at;
    about.facts.build_count = sampler->watch.builds.count;
    error = jt_perfdata_writer_finish(&sampler->writer, &about.facts);
    if (!error)
        return JITNEY_OK;
    jt_diag_error(sampler->diag, request->output, JT_DIAG_NO_OFFSET,
                  "not all samples could be written: %s", strerror(error));
    return JITNEY_ERR_IO;
}

static int finish(struct jt_sampling *sampler)
{
    struct jt_sampler_result *result = sampler->result;
    int status = JITNEY_OK;

    jt_events_disable(&sampler->events);
    result->end_ns = jt_sampling_clock_ns(CLOCK_MONOTONIC);
    result->end_wall_ns = jt_sampling_clock_ns(CLOCK_REALTIME);
    jt_sampling_drain(sampler);
    if (sampler->request->collect)
        jt_collect_poll(sampler->request->collect);
    finish_losses(sampler);
    status = finish_file(sampler);
    if (sampler->request->shows_progress)
        fputs("\r\033[K", stderr);
    if (sampler->watch.throttled)
        jt_diag_warn(sampler->diag, NULL, JT_DIAG_NO_OFFSET,
                     "the kernel held back samples %" PRIu64
                     " times because sampling took it too long; a lower -F helps",
                     sampler->watch.throttled);
    result->samples = sampler->watch.samples;
    result->kernel_samples = sampler->watch.kernel_samples;
    result->lost_samples = sampler->watch.lost + sampler->unwritten;
    result->bytes = sampler->writer.end;
    return status;
}

static void release(struct jt_sampling *sampler)
{
    if (!sampler->result->was_run)
        jt_child_abandon(&sampler->child);
    jt_events_close(&sampler->events);
    jt_perfdata_writer_close(&sampler->writer);
    jt_watch_release(&sampler->watch);
    for (size_t i = 0; i < sampler->pid_fds.count; i++) {
        if (sampler->pid_fds.at[i] >= 0)
            close(sampler->pid_fds.at[i]);
    }
    jt_vec_release(&sampler->pid_fds);
    jt_vec_release(&sampler->polls);
    restore_signals(sampler);
}

static int begin(struct jt_sampling *sampler)
{
    int error = jt_perfdata_writer_open(&sampler->writer, sampler->request->output);
    int status = JITNEY_OK;

    if (error)
        return jt_sampling_fail_output(sampler, error);
    status = block_signals(sampler);
    return status ? status : jt_sampling_start(sampler);
}

int jt_sampler_run(const struct jt_sampler_request *request, struct jt_diag *diag,
                   struct jt_sampler_result *result)
{
    struct jt_sampling sampler = {.request = request,
                                  .diag = diag,
                                  .result = result,
                                  .writer = {.fd = -1},
                                  .watch = {.collect = request->collect, .trace = request->trace},
                                  .signal_fd = -1};
    int status = JITNEY_OK;

    *result = (struct jt_sampler_result){0};
    sigprocmask(SIG_BLOCK, NULL, &sampler.old_mask);
    status = begin(&sampler);
    if (!status) {
        while (!sampler.is_done)
            wait_and_drain(&sampler);
        status = finish(&sampler);
    }
    release(&sampler);
    return status;
}
