/* The zstd stream that runs through all COMPRESSED records of a file. */
#ifndef JT_LOAD_PERFDATA_ZSTD_H
#define JT_LOAD_PERFDATA_ZSTD_H

#include "analysis/load/perfdata_stream.h"

#include <stdbool.h>

struct jt_perf_inflater {
    void *context;   /* zstd's; NULL before the first record */
    uint8_t *packed; /* of the record at hand */
    size_t packed_bytes;
    size_t packed_at;
    uint64_t total_in;
    uint64_t total_out;
    bool has_more; /* the last step filled all its room */
};

void jt_perf_inflater_release(struct jt_perf_inflater *inflater);
/* Feed the bytes of the next record, which are copied. */
void jt_perf_inflater_feed(struct jt_perf_inflater *inflater, const void *bytes, size_t count);
/* Unpack some of what was fed to the end of `stream`. False when all is out, or
 * when the bytes are damaged: then *damaged is set and the rest is dropped. */
bool jt_perf_inflater_step(struct jt_perf_inflater *inflater, struct jt_perf_stream *stream,
                           bool *damaged);

#endif
