/* Looks at the records that pass from the rings to the file: counts samples and
 * losses, and hears of processes and of files mapped executable. Records are
 * read where they lie; nothing is copied but the rare one that wraps. */
#ifndef JT_SAMPLE_SAMPLER_WATCH_H
#define JT_SAMPLE_SAMPLER_WATCH_H

#include "analysis/sample/perfdata_writer.h"
#include "base/map.h"
#include "base/vec.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct jt_collect;

/* A record that tells of a jitdump outside the trace, to be written with the
 * path that the dump will have in the trace. */
struct jt_watch_marker {
    size_t offset; /* from the start of the pieces */
    size_t bytes;
    char *path; /* the new one */
};

/* A mapped file whose build-id is still to be read. */
struct jt_watch_file {
    char *path;
    uint32_t pid;
    uint64_t inode;
};

struct jt_watch {
    struct jt_collect *collect; /* may be NULL */
    const char *trace;          /* the folder that dumps are brought into; NULL: they are not */
    struct jt_vec(struct jt_watch_marker) markers; /* among the records seen last */
    uint64_t samples;
    uint64_t kernel_samples; /* taken while the kernel ran */
    uint64_t lost;           /* as LOST records say */
    uint64_t throttled;
    uint64_t first_sample_ns, last_sample_ns;
    struct jt_map files; /* hash of device and inode -> anything */
    struct jt_vec(struct jt_watch_file) fresh;
    struct jt_vec(struct jt_perfdata_build) builds;
};

/* The records in the pieces, which end with a whole one. */
void jt_watch_records(struct jt_watch *watch, const struct iovec *pieces, int count);
/* Where the dump that `pid` mapped as `path` will be; NULL when it is no jitdump
 * or in the trace already. Free it. */
char *jt_watch_dump_path(const struct jt_watch *watch, uint32_t pid, const char *path);
/* Read the build-ids of files that were mapped since the last call, while their
 * process probably lives. */
void jt_watch_read_builds(struct jt_watch *watch);
/* Also that of the running kernel. */
void jt_watch_read_kernel_build(struct jt_watch *watch);
void jt_watch_release(struct jt_watch *watch);

#endif
