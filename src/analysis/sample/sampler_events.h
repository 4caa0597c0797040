/* Chooses the event that this machine and user can have, opens it for every
 * task on every CPU, and maps one ring per CPU. */
#ifndef JT_SAMPLE_SAMPLER_EVENTS_H
#define JT_SAMPLE_SAMPLER_EVENTS_H

#include "analysis/sample/ring.h"
#include "base/vec.h"
#include "format/perfdata.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How events are opened; tests put a kernel of their own here. Returns a
 * descriptor or a negative errno. */
struct jt_events_opener {
    int (*open)(void *context, const struct jt_perf_attr *attr, int32_t task, int cpu);
    void *context;
};

extern const struct jt_events_opener jt_events_kernel;

struct jt_events_choice {
    struct jt_perf_attr attr;
    const char *name; /* "cycles" or "cpu-clock" */
    bool has_kernel;
};

struct jt_events_wish {
    uint64_t frequency;
    bool user_only;
    bool starts_at_exec; /* else with jt_events_enable() */
};

/* Find the best event that opens for `task`: cycles before the CPU clock, with
 * the kernel's side before without. 0, or the errno of the last attempt. */
int jt_events_choose(const struct jt_events_opener *opener, const struct jt_events_wish *wish,
                     int32_t task, struct jt_events_choice *choice);

/* The frequency that the kernel allows now, at most `frequency`. */
uint64_t jt_events_allowed_frequency(uint64_t frequency);

struct jt_event_fd {
    int fd;
    size_t cpu; /* index into cpus */
};

struct jt_event_cpu {
    int cpu;
    struct jt_ring ring;
    size_t polled; /* the event whose descriptor is waited for */
};

struct jt_events {
    struct jt_vec(struct jt_event_cpu) cpus;
    struct jt_vec(struct jt_event_fd) fds;
    struct jt_vec(uint64_t) ids;
    bool counts_lost; /* the events know how many records they lost */
};

enum jt_events_step { JT_EVENTS_OPENED, JT_EVENTS_OPEN_FAILED, JT_EVENTS_MAP_FAILED };

/* Open everything. `*error` is the errno of the step that failed. Tasks that
 * have ended since they were listed are passed over, unless all have. */
enum jt_events_step jt_events_open(struct jt_events *events, const struct jt_events_opener *opener,
                                   const struct jt_perf_attr *attr, const uint32_t *tasks,
                                   size_t task_count, int *error);
/* These reach tasks that inherited the events, too. */
void jt_events_enable(struct jt_events *events);
void jt_events_disable(struct jt_events *events);
/* Records lost so far, as the kernel counts them; 0 if it does not. */
uint64_t jt_events_lost(const struct jt_events *events);
/* The descriptor to wait on for a CPU's ring, or -1 when all its tasks ended. */
int jt_events_poll_fd(const struct jt_events *events, size_t cpu);
/* Its task has ended: wait on another. */
void jt_events_poll_next(struct jt_events *events, size_t cpu);
void jt_events_close(struct jt_events *events);

/* "0-3,5": numbers are appended to `numbers` (struct jt_vec(int)). */
struct jt_events_cpu_list {
    struct jt_vec(int) at;
};
void jt_events_parse_cpus(const char *text, struct jt_events_cpu_list *list);

#endif
