#include "analysis/symbol/spans.h"

#include "base/alloc.h"

#include <stdlib.h>

void jt_spans_init(struct jt_spans *spans, struct jt_keyed *order, size_t count)
{
    size_t blocks = (count + JT_SPANS_BLOCK - 1) / JT_SPANS_BLOCK;

    jt_keyed_sort(order, count);
    spans->count = count;
    spans->starts = jt_realloc(NULL, count, sizeof(*spans->starts));
    spans->lasts = jt_realloc(NULL, count, sizeof(*spans->lasts));
    spans->codes = jt_realloc(NULL, count, sizeof(*spans->codes));
    spans->heads = jt_realloc(NULL, blocks, sizeof(*spans->heads));
    spans->reach = jt_alloc(blocks, sizeof(*spans->reach));
    for (size_t i = 0; i < count; i++) {
        spans->starts[i] = order[i].key;
        spans->lasts[i] = order[i].key;
        spans->codes[i] = order[i].row;
        if (i % JT_SPANS_BLOCK == 0)
            spans->heads[i / JT_SPANS_BLOCK] = order[i].key;
    }
}

void jt_spans_finish(struct jt_spans *spans)
{
    uint64_t reach = 0;

    for (size_t i = 0; i < spans->count; i++) {
        if (i % JT_SPANS_BLOCK == 0)
            spans->reach[i / JT_SPANS_BLOCK] = reach;
        if (spans->lasts[i] > reach)
            reach = spans->lasts[i];
    }
}

void jt_spans_release(struct jt_spans *spans)
{
    free(spans->starts);
    free(spans->lasts);
    free(spans->codes);
    free(spans->heads);
    free(spans->reach);
    *spans = (struct jt_spans){.count = 0};
}

/* How many of the sorted `values` are at most `bound`. */
static size_t count_up_to(const uint64_t *values, size_t count, uint64_t bound)
{
    const uint64_t *base = values;

    while (count > 0) {
        size_t half = (count + 1) / 2;

        /* A mask, not a branch: every other one would be mispredicted. */
        base += half & (0 - (size_t)(base[half - 1] <= bound));
        count -= half;
    }
    return (size_t)(base - values);
}

size_t jt_spans_at(const struct jt_spans *spans, uint64_t address)
{
    size_t blocks = (spans->count + JT_SPANS_BLOCK - 1) / JT_SPANS_BLOCK;
    size_t block = count_up_to(spans->heads, blocks, address);
    size_t first = 0;
    size_t count = 0;

    if (block == 0)
        return JT_SPANS_NONE;
    first = (block - 1) * JT_SPANS_BLOCK;
    count = spans->count - first < JT_SPANS_BLOCK ? spans->count - first : JT_SPANS_BLOCK;
    return first + count_up_to(spans->starts + first, count, address) - 1;
}
