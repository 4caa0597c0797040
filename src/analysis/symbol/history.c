#include "analysis/symbol/history.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

/* A leaf is the range from one start to the next. Two spans that live at the
 * same moment never share a leaf: both would hold its first address. So the
 * lifetimes in one list do not overlap. The tree is the usual one in an array:
 * leaf i is node i + count, node n has the children 2n and 2n + 1. */

/* Visits the nodes whose leaves all belong to a span: counts them at first, and
 * appends to their lists once there are entries. */
struct visitor {
    size_t *ends;
    uint32_t *entries; /* NULL while counting */
    uint32_t span;
};

static void visit(struct visitor *visitor, size_t node)
{
    size_t end = visitor->ends[node]++;

    if (visitor->entries)
        visitor->entries[end] = visitor->span;
}

static void cover(const struct jt_spans *spans, uint32_t span, struct visitor *visitor)
{
    size_t low = jt_spans_at(spans, spans->starts[span]) + spans->count;
    size_t high = jt_spans_at(spans, spans->lasts[span]) + spans->count + 1;

    visitor->span = span;
    for (; low < high; low /= 2, high /= 2) {
        if (low % 2)
            visit(visitor, low++);
        if (high % 2)
            visit(visitor, --high);
    }
}

void jt_history_init(struct jt_history *history, const struct jt_spans *spans,
                     const struct jt_code *codes, const uint32_t *loaded, size_t count)
{
    size_t nodes = 2 * spans->count + 1;
    size_t *ends = jt_alloc(nodes + 1, sizeof(*ends));
    struct visitor visitor = {.ends = ends};
    size_t total = 0;

    for (size_t i = 0; i < count; i++)
        cover(spans, loaded[i], &visitor);
    history->offsets = jt_realloc(NULL, nodes + 1, sizeof(*history->offsets));
    for (size_t node = 0; node <= nodes; node++) {
        history->offsets[node] = total;
        total += ends[node];
        ends[node] = history->offsets[node];
    }
    history->entries = jt_realloc(NULL, total, sizeof(*history->entries));
    visitor.entries = history->entries;
    for (size_t i = 0; i < count; i++)
        cover(spans, loaded[i], &visitor);
    history->spans = spans;
    history->codes = codes;
    free(ends);
}

void jt_history_release(struct jt_history *history)
{
    free(history->offsets);
    free(history->entries);
    *history = (struct jt_history){.spans = NULL};
}

/* The last span of a node's list that was loaded by then, or JT_SPANS_NONE. */
static size_t loaded_by(const struct jt_history *history, size_t node, uint64_t time_ns)
{
    size_t low = history->offsets[node];
    size_t high = history->offsets[node + 1];

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        uint32_t span = history->entries[middle];

        if (history->codes[history->spans->codes[span]].load_ns <= time_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low > history->offsets[node] ? history->entries[low - 1] : JT_SPANS_NONE;
}

const struct jt_code *jt_history_find(const struct jt_history *history, uint64_t time_ns,
                                      uint64_t address)
{
    size_t leaf = jt_spans_at(history->spans, address);

    if (leaf == JT_SPANS_NONE)
        return NULL;
    for (size_t node = leaf + history->spans->count; node > 0; node /= 2) {
        size_t span = loaded_by(history, node, time_ns);
        const struct jt_code *code = NULL;

        if (span == JT_SPANS_NONE)
            continue;
        code = &history->codes[history->spans->codes[span]];
        if (code->end_ns > time_ns && history->spans->lasts[span] >= address)
            return code;
    }
    return NULL;
}
