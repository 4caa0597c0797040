/* perf.data: file, pipe and directory form, both byte orders, compressed or
 * not, cut short or whole. Streams: memory grows with one round of records,
 * not with the file. */
#ifndef JT_LOAD_PERFDATA_H
#define JT_LOAD_PERFDATA_H

#include "analysis/load/samples.h"
#include "base/diag.h"

#include <stddef.h>
#include <stdint.h>

struct jt_perfdata;

/* A sampled event of the file, in the order of its attributes. */
struct jt_perfdata_event {
    const char *name; /* never NULL; made up from type and config when the file has none */
    uint32_t type;
    uint64_t config;
    uint64_t frequency; /* 0 when a fixed period was used */
    uint64_t sample_type;
};

struct jt_perfdata_build_id {
    const char *path;
    uint32_t pid;
    uint8_t build_id[20];
    uint8_t bytes;
    bool is_kernel;
};

/* Everything else that the file says about itself. Strings are NULL when it
 * does not say. */
struct jt_perfdata_facts {
    const struct jt_perfdata_event *events;
    size_t event_count;
    const struct jt_perfdata_build_id *build_ids;
    size_t build_id_count;
    const char *hostname;
    const char *os_release;
    const char *arch;
    const char *version;        /* of perf, or of us */
    const char *const *command; /* the recorder's command line */
    size_t command_count;
    bool swapped;             /* other byte order than ours */
    bool has_monotonic_clock; /* every event: use_clockid and CLOCK_MONOTONIC */
    bool has_time;
    uint64_t time_shift, time_mult, time_zero; /* TIME_CONV; mult 0 when absent */
    /* What was lost on the way here. */
    uint64_t samples;
    uint64_t lost_records;     /* by the kernel: LOST and LOST_SAMPLES */
    uint64_t bad_records;      /* did not parse */
    uint64_t torn_bytes;       /* after the last whole record */
    uint64_t out_of_order;     /* records earlier than one given before */
    uint64_t unmatched_chains; /* samples whose deferred user part never came */
    bool unfinished;           /* the writer never filled in the size */
};

/* Whether these first bytes (16 will do) start a perf.data file. */
bool jt_perfdata_probe(const void *bytes, size_t count);

/* Open a file, a directory in perf's directory format, or "-" for standard
 * input in pipe form. On failure an error is in `diag` and *perfdata is NULL. */
int jt_perfdata_open(const char *path, struct jt_diag *diag, struct jt_perfdata **perfdata);
/* The same for bytes in memory, which must outlive it (tests and fuzzing). */
int jt_perfdata_open_memory(const void *bytes, size_t count, const char *name, struct jt_diag *diag,
                            struct jt_perfdata **perfdata);
void jt_perfdata_close(struct jt_perfdata *perfdata);

/* Read all records, in the order of time. What cannot be read is skipped and
 * counted; the return value is a failure to read the file itself, or what the
 * sink returned to stop. Call once. */
int jt_perfdata_read(struct jt_perfdata *perfdata, const struct jt_sample_sink *sink);

/* Facts known so far: the header's after open (file form), all after read.
 * Valid until close. */
const struct jt_perfdata_facts *jt_perfdata_facts(const struct jt_perfdata *perfdata);

#endif
