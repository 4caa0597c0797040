#include "analysis/symbol/layers.h"

#include "analysis/symbol/keyed.h"
#include "base/alloc.h"

#include <stdbool.h>
#include <stdlib.h>

/* The layers that may cover the address of the sweep, the topmost first: a heap
 * whose greatest number is at its root. */
struct heap {
    uint32_t *at;
    size_t count;
};

static void heap_push(struct heap *heap, uint32_t layer)
{
    size_t i = heap->count++;

    for (; i > 0 && heap->at[(i - 1) / 2] < layer; i = (i - 1) / 2)
        heap->at[i] = heap->at[(i - 1) / 2];
    heap->at[i] = layer;
}

static void heap_pop(struct heap *heap)
{
    uint32_t moved = heap->at[--heap->count];
    size_t i = 0;
    size_t child = 1;

    for (; child < heap->count; i = child, child = 2 * i + 1) {
        if (child + 1 < heap->count && heap->at[child + 1] > heap->at[child])
            child++;
        if (heap->at[child] <= moved)
            break;
        heap->at[i] = heap->at[child];
    }
    heap->at[i] = moved;
}

static void append_piece(struct jt_layers *seen, uint64_t start, uint64_t last, uint32_t code)
{
    struct jt_layer *end = seen->pieces.count ? &seen->pieces.at[seen->pieces.count - 1] : NULL;

    if (code == JT_LAYER_HOLE)
        return;
    if (end && end->code == code && end->last + 1 == start) {
        end->last = last;
        return;
    }
    jt_vec_push(&seen->pieces, (struct jt_layer){.start = start, .last = last, .code = code});
}

/* Walk the addresses upwards; each step ends where a layer begins or where the
 * topmost one ends, so there are no more than two steps for a layer. */
static void sweep(const struct jt_layer *layers, const struct jt_keyed *order, size_t count,
                  struct heap *heap, struct jt_layers *seen)
{
    uint64_t address = 0;
    uint64_t last = 0;
    size_t next = 0;

    while (next < count || heap->count > 0) {
        if (heap->count == 0)
            address = order[next].key;
        for (; next < count && order[next].key == address; next++)
            heap_push(heap, order[next].row);
        while (heap->count > 0 && layers[heap->at[0]].last < address)
            heap_pop(heap);
        if (heap->count == 0)
            continue;
        last = layers[heap->at[0]].last;
        if (next < count && order[next].key <= last)
            last = order[next].key - 1;
        append_piece(seen, address, last, layers[heap->at[0]].code);
        if (last == UINT64_MAX)
            return;
        address = last + 1;
    }
}

void jt_layers_flatten(const struct jt_layer *layers, size_t count, struct jt_layers *seen)
{
    struct jt_keyed *order = jt_realloc(NULL, count, sizeof(*order));
    struct heap heap = {.at = jt_realloc(NULL, count, sizeof(*heap.at)), .count = 0};

    for (size_t i = 0; i < count; i++)
        order[i] = (struct jt_keyed){.key = layers[i].start, .row = (uint32_t)i};
    jt_keyed_sort(order, count);
    sweep(layers, order, count, &heap, seen);
    free(heap.at);
    free(order);
}
