/* Brings the files that runtimes write about their code into the trace folder,
 * whatever namespace they live in and however their process ends: files are
 * opened through /proc/PID/root while the process lives, and copied from that
 * descriptor at the end. */
#ifndef JT_SAMPLE_COLLECT_H
#define JT_SAMPLE_COLLECT_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jt_collect;

/* `trace`: absolute path of the trace folder, which exists. Call it before the
 * program starts: what is older was not made by the recording. */
struct jt_collect *jt_collect_new(const char *trace, struct jt_diag *diag);
void jt_collect_free(struct jt_collect *collect);

/* The files are the user's own (jt_launch.keeps_files): copy them and leave the
 * originals. Without this call, files that processes of this recording made
 * outside the trace folder are moved, so that none is left behind. What existed
 * before, belongs to another user, or is written by a process that still lives,
 * stays in any case. */
void jt_collect_keep_originals(struct jt_collect *collect);

/* The sampler saw process `pid` (host pid) appear: fork, exec or comm, or found
 * it when attaching. Cheap; may be called often. */
void jt_collect_process(struct jt_collect *collect, uint32_t pid);
/* ... map a file executable (a jitdump's marker is one). */
void jt_collect_mapping(struct jt_collect *collect, uint32_t pid, const char *path);
/* Look for files of living processes that have appeared since; call a few times
 * a second, and right when a process is about to go if that is known. */
void jt_collect_poll(struct jt_collect *collect);

/* Copy everything into the trace folder (files already there stay as they are),
 * named by host pid: perf-PID.map, jit-PID.dump. Also an inner pid, when a
 * process has one, goes into *facts for trace.json. Call once, at the end. */
struct jt_collected {
    char *name;           /* in the trace folder */
    char *origin;         /* path it was found under, as the process saw it */
    uint32_t pid;         /* host pid */
    uint32_t inner_pid;   /* pid in its own namespace; equal to pid outside one */
    uint32_t owner;       /* uid of the file */
    uint32_t process_uid; /* uid of the process when it was last seen */
    uint64_t bytes;
};
/* *files is valid until jt_collect_free(). A file that cannot be copied is an
 * error in the diagnostics and costs the others nothing; the first one's status
 * is returned. */
int jt_collect_finish(struct jt_collect *collect, const struct jt_collected **files, size_t *count);

#endif
