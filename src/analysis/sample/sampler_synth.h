/* Makes up the records that the kernel would have written had it been sampling
 * since the processes were started, out of /proc. */
#ifndef JT_SAMPLE_SAMPLER_SYNTH_H
#define JT_SAMPLE_SAMPLER_SYNTH_H

#include "analysis/sample/perfdata_writer.h"
#include "analysis/sample/sampler_watch.h"
#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

struct jt_synth {
    struct jt_perfdata_writer *writer;
    struct jt_watch *watch;
    uint64_t id; /* of an event, for the end of each record */
    struct jt_buf record;
};

void jt_synth_init(struct jt_synth *synth, struct jt_perfdata_writer *writer,
                   struct jt_watch *watch, uint64_t id);
void jt_synth_release(struct jt_synth *synth);

/* Where the kernel's code and its modules are; nothing when their addresses are
 * hidden. */
void jt_synth_kernel(struct jt_synth *synth);
/* The name of a process that is about to be started. */
void jt_synth_name(struct jt_synth *synth, uint32_t pid, const char *name);
/* A running process: its threads with their names, its executable mappings. */
void jt_synth_process(struct jt_synth *synth, uint32_t pid);
/* Write the kernel's MMAP2 record again, with another path. */
void jt_synth_with_path(struct jt_synth *synth, const uint8_t *mmap2, size_t bytes,
                        const char *path);
/* Records that the kernel dropped and never had room to report. */
void jt_synth_lost(struct jt_synth *synth, uint64_t lost);

/* One line of /proc/PID/maps. */
struct jt_synth_mapping {
    uint64_t start, end, offset, inode;
    uint32_t major, minor;
    uint32_t protection, flags; /* of mmap() */
    const char *path;           /* points into the line; "//anon" when it has none */
};
/* `line` loses its newline. false: it is no such line. */
bool jt_synth_parse_mapping(char *line, struct jt_synth_mapping *mapping);

/* The threads of a process, appended to `tasks`; how many. */
struct jt_synth_tasks {
    struct jt_vec(uint32_t) at;
};
size_t jt_synth_list_threads(uint32_t pid, struct jt_synth_tasks *tasks);

#endif
