/* What the collector knows of each process: who it is, what it sees, and whether
 * it still lives. */
#ifndef JT_SAMPLE_COLLECT_PROCESS_H
#define JT_SAMPLE_COLLECT_PROCESS_H

#include "analysis/sample/collect_space.h"
#include "base/map.h"

#include <stdbool.h>
#include <stdint.h>

/* Clock ticks are 10 ms, and file times lag by one of the kernel's. */
enum { JT_CLOCK_SLACK_NS = 50 * 1000 * 1000 };

struct jt_seen_process {
    uint32_t pid;
    uint32_t inner_pid;
    uint32_t uid; /* effective */
    uint32_t space;
    uint64_t start_ticks; /* tells it from another process of the same pid; 0: not known */
    int64_t start_ns;     /* wall clock, as file times are; of the recording if not known */
    bool is_known;        /* it was seen alive */
    bool is_gone;
    bool is_older; /* than the recording */
    bool is_jvm;
    bool has_map;        /* its perf map was found */
    bool was_told_stale; /* that a file of its number is older was noted */
    bool logs_to_cwd;    /* it made a dump outside the trace folder, as V8 does */
    unsigned unsettled;  /* polls in which its namespace is looked at again */
};

struct jt_seen_processes {
    struct jt_vec(struct jt_seen_process) at;
    struct jt_map by_pid;   /* the latest of each host pid */
    struct jt_map by_inner; /* the latest of each inner pid that differs from the host's */
    int64_t start_ns;       /* of the recording, wall clock */
};

void jt_seen_processes_init(struct jt_seen_processes *processes);
void jt_seen_processes_release(struct jt_seen_processes *processes);
/* The index of the process that has this pid now, read anew. */
uint32_t jt_seen_processes_meet(struct jt_seen_processes *processes, struct jt_spaces *spaces,
                                uint32_t pid);
/* Without looking; JT_MAP_NONE when it was never met. */
uint32_t jt_seen_processes_find(const struct jt_seen_processes *processes, uint32_t pid);
/* A process that calls itself `inner`, whatever its host pid; or JT_MAP_NONE. */
uint32_t jt_seen_processes_find_inner(const struct jt_seen_processes *processes, uint32_t inner);
/* Look at its namespace again, and whether it is gone. */
void jt_seen_process_refresh(struct jt_seen_process *process, struct jt_spaces *spaces);
/* Does it run no more (gone, or waiting to be reaped)? */
bool jt_seen_process_has_ended(const struct jt_seen_process *process);

#endif
