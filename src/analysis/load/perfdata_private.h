/* What the modules of the perf.data loader share. perfdata.c opens and closes,
 * perfdata_header.c reads what the file says about itself, perfdata_scan.c
 * walks the records in the order of the file, perfdata_order.c gives them back
 * in the order of time and perfdata_record.c hands them to the sink. */
#ifndef JT_LOAD_PERFDATA_PRIVATE_H
#define JT_LOAD_PERFDATA_PRIVATE_H

#include "analysis/load/perfdata.h"
#include "analysis/load/perfdata_deferred.h"
#include "analysis/load/perfdata_events.h"
#include "analysis/load/perfdata_order.h"
#include "analysis/load/perfdata_zstd.h"

/* One file with records: usually the only one, in perf's directory format one
 * of several. */
struct jt_perf_source {
    struct jt_perf_input input;
    uint64_t position;              /* of the next record */
    uint64_t end;                   /* UINT64_MAX for a pipe */
    struct jt_perf_stream piped;    /* what came through the pipe */
    struct jt_perf_stream inflated; /* what came out of COMPRESSED records */
    struct jt_perf_inflater inflater;
    uint64_t last_time; /* of its latest record so far */
    bool is_done;
    bool inflated_is_broken; /* nothing in it makes sense any more */
};

struct jt_perfdata {
    char *name;
    struct jt_diag *diag;
    struct jt_vec(struct jt_perf_source *) sources;
    struct jt_perf_pool pool;
    struct jt_perf_events events;
    struct jt_perf_order order;
    struct jt_perf_deferred deferred;
    struct jt_strings strings;
    struct jt_perfdata_facts facts;
    struct jt_vec(struct jt_perfdata_build_id) build_ids;
    struct jt_vec(const char *) command;
    struct jt_vec(uint64_t) chain; /* a chain that cannot be used where it lies */
    const struct jt_sample_sink *sink;
    uint64_t last_time;   /* delivered */
    uint64_t round_time;  /* the latest of this round, */
    uint64_t round_limit; /* and of those before it */
    bool warned_bad;
};

/* perfdata_header.c: the header of the first source, its attributes and
 * features. */
int jt_perf_read_header(struct jt_perfdata *perfdata);
/* The payload of one feature, of a section or a HEADER_FEATURE record. */
void jt_perf_read_feature(struct jt_perfdata *perfdata, uint64_t feature, struct jt_bytes *in);
/* One entry of the BUILD_ID section, header and all. */
void jt_perf_read_build_id(struct jt_perfdata *perfdata, const uint8_t *record, size_t bytes);
/* A name that the file gives an event. */
void jt_perf_name_event(struct jt_perfdata *perfdata, uint32_t index, const char *name,
                        size_t bytes);

/* perfdata_record.c: hand one record of the kernel to the sink. */
int jt_perf_deliver(struct jt_perfdata *perfdata, const uint8_t *record, size_t bytes);
/* A record that did not parse; the first one is told. */
void jt_perf_count_bad(struct jt_perfdata *perfdata, int64_t offset, const char *what);

/* perfdata_scan.c: all records. */
int jt_perf_scan(struct jt_perfdata *perfdata);

#endif
