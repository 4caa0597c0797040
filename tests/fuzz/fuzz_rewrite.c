/* The rewriter: a perf map, a NUL, and text. Text given in small parts comes out
 * as text given at once, and with no map it comes out as it went in. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/load/perfmap.h"
#include "analysis/report/rewrite.h"
#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int add_code(void *context, const struct jt_code_event *event)
{
    jt_addressmap_add(context, 1, event);
    return 0;
}

static int keep_text(void *context, const char *text, size_t bytes)
{
    jt_buf_append(context, text, bytes);
    return 0;
}

static void rewrite(const struct jt_addressmap *map, const char *text, size_t bytes, size_t part,
                    struct jt_buf *out)
{
    struct jt_rewrite_options options = {.keeps_addresses = bytes & 1, .steps_back = bytes & 2};
    struct jt_rewrite_sink sink = {out, keep_text};
    struct jt_rewriter *rewriter = jt_rewriter_new(map, &options, &sink);

    while (bytes > 0) {
        size_t room = 0;
        char *at = jt_rewriter_room(rewriter, &room);
        size_t some = part < bytes ? part : bytes;

        if (room == 0)
            abort();
        if (some > room)
            some = room;
        memcpy(at, text, some);
        if (jt_rewriter_take(rewriter, some))
            abort();
        text += some;
        bytes -= some;
    }
    jt_rewriter_finish(rewriter);
    jt_rewriter_free(rewriter);
}

static void check(const struct jt_addressmap *map, const char *text, size_t bytes, bool is_empty)
{
    struct jt_buf whole = JT_BUF_INIT(64 << 20);
    struct jt_buf parts = JT_BUF_INIT(64 << 20);

    rewrite(map, text, bytes, bytes, &whole);
    rewrite(map, text, bytes, 7, &parts);
    if (whole.length != parts.length || whole.status != parts.status ||
        (whole.length > 0 && memcmp(whole.bytes, parts.bytes, whole.length) != 0))
        abort();
    if (is_empty && (whole.length != bytes || (bytes > 0 && memcmp(whole.bytes, text, bytes) != 0)))
        abort();
    jt_buf_release(&whole);
    jt_buf_release(&parts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size > 0 ? memchr(data, 0, size) : NULL;
    size_t map_bytes = nul ? (size_t)(nul - data) : 0;
    const char *text = (const char *)data + map_bytes + (nul ? 1 : 0);
    size_t bytes = size - map_bytes - (nul ? 1 : 0);
    struct jt_addressmap *map = jt_addressmap_new();
    struct jt_addressmap_counts counts;
    struct jt_code_sink sink = {map, add_code};
    struct jt_load_damage damage = {0};

    if (map_bytes > 0)
        jt_perfmap_read_memory((const char *)data, map_bytes, &sink, &damage);
    jt_addressmap_finish(map);
    jt_addressmap_count(map, &counts);
    check(map, text, bytes, counts.pieces == 0);
    jt_addressmap_free(map);
    return 0;
}
