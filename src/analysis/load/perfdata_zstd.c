#include "analysis/load/perfdata_zstd.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

/* perf's records shrink by a factor of some tens; a file that claims far more
 * is a bomb. */
#define MOST_RATIO 2000
#define FREE_BYTES ((uint64_t)64 << 20)

void jt_perf_inflater_release(struct jt_perf_inflater *inflater)
{
    ZSTD_freeDCtx(inflater->context);
    free(inflater->packed);
    *inflater = (struct jt_perf_inflater){0};
}

void jt_perf_inflater_feed(struct jt_perf_inflater *inflater, const void *bytes, size_t count)
{
    if (!inflater->context)
        inflater->context = ZSTD_createDCtx();
    inflater->packed = jt_realloc(inflater->packed, count + 1, 1);
    memcpy(inflater->packed, bytes, count);
    inflater->packed_bytes = count;
    inflater->packed_at = 0;
    inflater->total_in += count;
    inflater->has_more = true;
}

/* A later frame can be read again; perf starts one when it starts anew. */
static bool give_up(struct jt_perf_inflater *inflater)
{
    ZSTD_DCtx_reset(inflater->context, ZSTD_reset_session_only);
    inflater->has_more = false;
    return false;
}

bool jt_perf_inflater_step(struct jt_perf_inflater *inflater, struct jt_perf_stream *stream,
                           bool *damaged)
{
    ZSTD_inBuffer in = {inflater->packed, inflater->packed_bytes, inflater->packed_at};
    ZSTD_outBuffer out = {NULL, 0, 0};
    size_t status = 0;

    if (!inflater->has_more)
        return false;
    *damaged =
        !inflater->context || inflater->total_out > FREE_BYTES + inflater->total_in * MOST_RATIO;
    if (*damaged)
        return give_up(inflater);
    out.dst = jt_perf_stream_room(stream, JT_PERF_CHUNK_BYTES / 4, &out.size);
    status = ZSTD_decompressStream(inflater->context, &out, &in);
    *damaged =
        ZSTD_isError(status) || (out.pos == 0 && in.pos == inflater->packed_at && in.pos < in.size);
    if (*damaged)
        return give_up(inflater);
    jt_perf_stream_commit(stream, out.pos);
    inflater->total_out += out.pos;
    inflater->packed_at = in.pos;
    inflater->has_more = in.pos < in.size || out.pos == out.size;
    return true;
}
