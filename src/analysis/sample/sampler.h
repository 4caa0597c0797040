/* Samples a program or running processes through perf_event_open and writes a
 * standard perf.data. */
#ifndef JT_SAMPLE_SAMPLER_H
#define JT_SAMPLE_SAMPLER_H

#include "base/diag.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jt_collect;

struct jt_sampler_request {
    const char *output;   /* path of the perf.data to write */
    uint64_t frequency;   /* Hz */
    const uint32_t *pids; /* attach to these processes, all their threads */
    size_t pid_count;
    char *const *argv;                /* or run this; NULL when attaching */
    char *const *environment;         /* for argv */
    double duration_s;                /* 0: until the end of the program, or a signal */
    bool user_only;                   /* no kernel side */
    const char *const *recorder_argv; /* for the CMDLINE feature */
    size_t recorder_argc;
    struct jt_collect *collect; /* told about processes and mappings; may be NULL */
    const char *trace;   /* folder that `collect` brings dumps into; NULL: paths stay as they are */
    bool shows_progress; /* a line on standard error, rewritten */
};

struct jt_sampler_result {
    uint64_t samples;
    uint64_t lost_samples;
    uint64_t bytes;            /* of the perf.data */
    uint64_t start_ns, end_ns; /* CLOCK_MONOTONIC */
    uint64_t frequency;        /* Hz; lower than wished when the kernel allows no more */
    const char *event;         /* "cycles" or "cpu-clock" */
    bool has_kernel;           /* the kernel side could be sampled */
    bool was_run;              /* a program was started: wait_status is set */
    int wait_status;           /* of waitpid() */
    bool was_interrupted;      /* a signal to us ended it, or was passed on */
    bool was_stopped;          /* the program got SIGTERM from us when the duration was over */
    int exec_errno;            /* why the program could not be executed; 0: it could */
    uint64_t kernel_samples;   /* taken while the kernel ran */
    uint64_t start_wall_ns, end_wall_ns; /* CLOCK_REALTIME */
};

/* Blocks until the end: of the program, of all processes attached to, of the
 * duration. When it is over the program gets SIGTERM and a few seconds.
 * SIGINT, SIGTERM and SIGHUP end a recording that is attached; a program that was
 * started gets them (from the terminal itself or passed on) and its end is
 * waited for, and a second one ends the recording at once. An error is in
 * `diag`, with the setting to change when permission is missing; `result` is
 * filled in as far as things went. */
int jt_sampler_run(const struct jt_sampler_request *request, struct jt_diag *diag,
                   struct jt_sampler_result *result);

#endif
