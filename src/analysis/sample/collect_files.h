/* Files that the collector has found, and how they come into the trace folder. */
#ifndef JT_SAMPLE_COLLECT_FILES_H
#define JT_SAMPLE_COLLECT_FILES_H

#include "analysis/sample/collect_process.h"
#include "base/diag.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* "perf-17.map", "jit-17.dump", "jit-18-17.dump" (bun: thread, process) or "events-17.jtr". */
struct jt_file_name {
    size_t prefix; /* bytes before the pid */
    uint32_t pid;
    const char *suffix;
    bool is_map;
};

bool jt_file_name_parse(const char *name, struct jt_file_name *parts);
/* The same name with another pid. Free it. */
char *jt_file_name_with(const char *name, uint32_t pid);

struct jt_found {
    uint32_t process;
    char *origin;     /* path as the process sees it */
    const char *base; /* the file's name, in `origin` */
    int64_t folder;   /* held open; -1: only its path is known */
    int fd;           /* held open; -1: to be opened at the end */
    uint64_t device;
    uint64_t inode;
    bool is_map;
};

struct jt_trace_folder {
    const char *path;
    int fd;
    uint64_t device;
    uint64_t inode;
};

/* Open the file by its path; -1 when it is gone. */
int jt_found_open(const struct jt_found *found, const struct jt_spaces *spaces, uint32_t space,
                  struct stat *info);
/* The folder of the file; the caller closes it. -1 when it is gone. */
int jt_found_open_folder(const struct jt_found *found, const struct jt_spaces *spaces,
                         uint32_t space);
/* Copy an open file to a new one in the trace. JITNEY_ERR_ARGUMENT: that name
 * is taken. Failures are in `diag`. */
int jt_trace_copy(const struct jt_trace_folder *trace, int from, const char *name,
                  struct jt_diag *diag, uint64_t *bytes);
/* Is this file, in an open folder, one that `process` made in this recording
 * and writes no more? Only such a file may be removed. */
bool jt_file_is_leftover(const struct jt_seen_process *process, int64_t recording_ns, int folder,
                         const char *name);

#endif
