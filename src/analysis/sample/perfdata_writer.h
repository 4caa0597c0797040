/* Writes a standard perf.data: a header, one event, its records as the kernel
 * made them, and at the end what the file says about itself. At every moment
 * the file can be read up to its last whole record; while it grows, and when
 * its writer is killed, the header says a data size of 0. */
#ifndef JT_SAMPLE_PERFDATA_WRITER_H
#define JT_SAMPLE_PERFDATA_WRITER_H

#include "format/perfdata.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct jt_perfdata_writer {
    int fd;              /* -1: not open */
    uint64_t data_start; /* offset of the first record */
    uint64_t end;        /* behind the last whole record */
    int error;           /* errno of the first write that failed; nothing is appended after it */
    struct jt_perf_attr attr;
    const char *event_name; /* static */
    uint64_t *ids;
    size_t id_count;
};

/* A file with a build-id that was mapped while recording. */
struct jt_perfdata_build {
    char *path;
    uint8_t id[JT_PERF_BUILD_ID_BYTES];
    uint8_t id_bytes;
    bool is_kernel;
};

/* What goes into the file's features. NULL and 0: the feature is left out. */
struct jt_perfdata_about {
    const char *hostname;
    const char *os_release;
    const char *version;
    const char *arch;
    const char *cpu;
    uint32_t cpus_present, cpus_online;
    uint64_t memory_kib;
    const char *const *command;
    size_t command_count;
    uint64_t first_sample_ns, last_sample_ns;
    uint64_t wall_ns, clock_ns; /* the same moment on both clocks */
    const struct jt_perfdata_build *builds;
    size_t build_count;
};

/* Make the file; it must not exist. 0 or an errno. */
int jt_perfdata_writer_open(struct jt_perfdata_writer *writer, const char *path);
/* Write the header. Only then records can be appended. 0 or an errno. */
int jt_perfdata_writer_begin(struct jt_perfdata_writer *writer, const struct jt_perf_attr *attr,
                             const char *event_name, const uint64_t *ids, size_t id_count);
/* Append whole records; how many bytes the file took. When that is not all (a
 * full disk), `error` is set, the file ends with its last whole record, and
 * nothing is appended from then on. */
size_t jt_perfdata_writer_append(struct jt_perfdata_writer *writer, const struct iovec *pieces,
                                 int count);
/* Append a record that has no body, such as FINISHED_ROUND. */
void jt_perfdata_writer_append_mark(struct jt_perfdata_writer *writer, uint32_t type);
/* Write the features and the final header; also after a failure. 0 or an errno. */
int jt_perfdata_writer_finish(struct jt_perfdata_writer *writer,
                              const struct jt_perfdata_about *about);
void jt_perfdata_writer_close(struct jt_perfdata_writer *writer);

#endif
