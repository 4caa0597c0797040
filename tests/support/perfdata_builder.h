/* Makes perf.data files whose truth is known: file or pipe form, either byte
 * order, compressed or not, finished or not. Give an options struct (zeros are
 * the usual file with one cpu-clock event), then records in the order they
 * shall have in the file, then finish. */
#ifndef TESTS_SUPPORT_PERFDATA_BUILDER_H
#define TESTS_SUPPORT_PERFDATA_BUILDER_H

#include "analysis/load/samples.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* PERF_ATTR_SIZE_VER5: an attribute that older perfs can read too. */
enum { TEST_PERFDATA_ATTR_BYTES = 112 };

/* Zero in a field asks for the default in brackets. */
struct test_perfdata_event {
    const char *name;     /* [the file does not name it] */
    uint32_t type;        /* [software, */
    uint64_t config;      /* cpu-clock] */
    uint64_t sample_type; /* [IP TID TIME CALLCHAIN CPU PERIOD IDENTIFIER] */
    uint64_t read_format;
    uint64_t fixed_period; /* [none, but a frequency of 999 Hz] */
    uint64_t id;           /* [100 + its index] */
    bool no_sample_id_all;
    bool no_monotonic_clock;
};

struct test_perfdata_options {
    const struct test_perfdata_event *events; /* [one with all defaults] */
    size_t event_count;
    const char *hostname; /* [no such feature] */
    bool swapped;         /* of the other byte order */
    bool is_pipe;
    bool unfinished;      /* the size of the records stays 0, no features */
    uint32_t compression; /* JT_PERF_RECORD_COMPRESSED or _COMPRESSED2 */
    size_t slice_bytes;   /* [4096] raw bytes in one compressed record */
};

struct test_perfdata {
    struct test_perfdata_options options;
    struct test_perfdata_event events[8];
    struct jt_buf bytes;   /* the file */
    struct jt_buf pending; /* records to be compressed */
    size_t record_start;   /* of the one begun */
    size_t data_start;
    void *compressor;
};

void test_perfdata_begin(struct test_perfdata *file, const struct test_perfdata_options *options);
/* The whole file, valid until release. */
const uint8_t *test_perfdata_finish(struct test_perfdata *file, size_t *bytes);
/* The same, written to `path`, and all released. */
void test_perfdata_finish_to(struct test_perfdata *file, const char *path);
void test_perfdata_release(struct test_perfdata *file);

/* Everything in the struct counts, `event` of a sample too; times go into the
 * sample_id. `mode` becomes the record's cpumode. */
void test_perfdata_sample(struct test_perfdata *file, const struct jt_sample *sample);
/* MMAP2; with build_id_bytes its build-id form. */
void test_perfdata_mmap(struct test_perfdata *file, const struct jt_mapping *mapping);
void test_perfdata_comm(struct test_perfdata *file, const struct jt_comm *comm);
void test_perfdata_fork(struct test_perfdata *file, const struct jt_task *task);
void test_perfdata_exit(struct test_perfdata *file, const struct jt_task *task);
void test_perfdata_lost(struct test_perfdata *file, const struct jt_loss *loss);
void test_perfdata_finished_round(struct test_perfdata *file);

/* Records by hand. Sizes are set at the end; nothing is padded but texts. */
void test_perfdata_begin_record(struct test_perfdata *file, uint32_t type, uint16_t misc);
void test_perfdata_u16(struct test_perfdata *file, uint16_t value);
void test_perfdata_u32(struct test_perfdata *file, uint32_t value);
void test_perfdata_u64(struct test_perfdata *file, uint64_t value);
void test_perfdata_bytes(struct test_perfdata *file, const void *bytes, size_t count);
void test_perfdata_text(struct test_perfdata *file, const char *text);
void test_perfdata_end_record(struct test_perfdata *file);
/* With the sample_id of the first event. */
void test_perfdata_end_kernel_record(struct test_perfdata *file, uint32_t pid, uint32_t tid,
                                     uint64_t time_ns);

#endif
