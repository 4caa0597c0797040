#include "analysis/load/perfdata_order.h"

#include "base/alloc.h"
#include "format/perfdata.h"

/* perf's rounds stay far below; what passes it is a file without rounds that
 * is compressed, or hostile. */
#define MOST_BYTES ((size_t)256 << 20)

void jt_perf_order_release(struct jt_perf_order *order)
{
    if (order->has_open)
        jt_perf_chunk_drop(order->pool, order->open.place.chunk);
    for (size_t i = 0; i < order->heap.count; i++)
        jt_perf_chunk_drop(order->pool, order->heap.at[i].place.chunk);
    jt_vec_release(&order->heap);
    order->has_open = false;
}

static bool is_before(const struct jt_perf_run *a, const struct jt_perf_run *b)
{
    return a->time != b->time ? a->time < b->time : a->sequence < b->sequence;
}

static void swap_runs(struct jt_perf_run *a, struct jt_perf_run *b)
{
    struct jt_perf_run kept = *a;

    *a = *b;
    *b = kept;
}

static void sift_up(struct jt_perf_order *order, size_t child)
{
    struct jt_perf_run *heap = order->heap.at;

    while (child > 0 && is_before(&heap[child], &heap[(child - 1) / 2])) {
        swap_runs(&heap[child], &heap[(child - 1) / 2]);
        child = (child - 1) / 2;
    }
}

static void sift_down_first(struct jt_perf_order *order)
{
    struct jt_perf_run *heap = order->heap.at;
    size_t count = order->heap.count;
    size_t parent = 0;

    for (;;) {
        size_t least = 2 * parent + 1;

        if (least >= count)
            return;
        if (least + 1 < count && is_before(&heap[least + 1], &heap[least]))
            least++;
        if (!is_before(&heap[least], &heap[parent]))
            return;
        swap_runs(&heap[least], &heap[parent]);
        parent = least;
    }
}

static void close_run(struct jt_perf_order *order)
{
    if (!order->has_open)
        return;
    order->has_open = false;
    jt_vec_push(&order->heap, order->open);
    sift_up(order, order->heap.count - 1);
}

void jt_perf_order_add(struct jt_perf_order *order, const struct jt_perf_place *place, size_t bytes,
                       uint64_t time)
{
    struct jt_perf_run *open = &order->open;
    bool goes_on = order->has_open && open->end == place->at && time >= order->open_last &&
                   open->place.chunk == place->chunk && open->place.input == place->input;

    order->open_last = time;
    if (goes_on) {
        open->end += bytes;
        return;
    }
    close_run(order);
    *open = (struct jt_perf_run){
        .time = time,
        .sequence = order->sequence++,
        .place = *place,
        .end = place->at + bytes,
    };
    if (place->chunk)
        place->chunk->users++;
    order->has_open = true;
}

static const uint8_t *bytes_at(const struct jt_perf_run *run, size_t bytes)
{
    if (bytes > run->end - run->place.at)
        return NULL;
    if (run->place.chunk)
        return run->place.chunk->bytes + run->place.at;
    return jt_perf_input_at(run->place.input, run->place.at, bytes);
}

/* The record that the run begins with; NULL when the file is no longer what it
 * was when the run was made. */
static const uint8_t *first_record(struct jt_perf_order *order, const struct jt_perf_run *run,
                                   size_t *bytes)
{
    const uint8_t *header = bytes_at(run, JT_PERF_EVENT_HEADER_BYTES);

    if (!header)
        return NULL;
    *bytes = order->user.size(order->user.context, header);
    if (*bytes < JT_PERF_EVENT_HEADER_BYTES)
        return NULL;
    return bytes_at(run, *bytes);
}

static void remove_first(struct jt_perf_order *order)
{
    struct jt_perf_run *first = &order->heap.at[0];

    if (first->end > first->place.at)
        order->user.lost(order->user.context, first->end - first->place.at);
    jt_perf_chunk_drop(order->pool, first->place.chunk);
    *first = order->heap.at[--order->heap.count];
    sift_down_first(order);
}

/* Deliver from the earliest run for as long as it stays the earliest. */
static int deliver_first(struct jt_perf_order *order, uint64_t limit)
{
    struct jt_perf_run *run = &order->heap.at[0];
    size_t bytes = 0;
    const uint8_t *record = first_record(order, run, &bytes);
    const struct jt_perf_run *next = NULL;
    int status = 0;

    if (order->heap.count > 1)
        next = &order->heap.at[1];
    if (order->heap.count > 2 && is_before(&order->heap.at[2], next))
        next = &order->heap.at[2];
    while (record && !status && run->time <= limit && (!next || is_before(run, next))) {
        status = order->user.deliver(order->user.context, record, bytes);
        run->place.at += bytes;
        record = run->place.at < run->end ? first_record(order, run, &bytes) : NULL;
        if (record)
            run->time = order->user.time(order->user.context, record, bytes);
    }
    if (!record)
        remove_first(order);
    else
        sift_down_first(order);
    return status;
}

int jt_perf_order_flush(struct jt_perf_order *order, uint64_t limit)
{
    int status = 0;

    close_run(order);
    while (!status && order->heap.count > 0 && order->heap.at[0].time <= limit)
        status = deliver_first(order, limit);
    return status;
}

static size_t used_bytes(const struct jt_perf_order *order)
{
    return order->heap.count * sizeof(order->heap.at[0]) +
           order->pool->live * sizeof(struct jt_perf_chunk);
}

bool jt_perf_order_is_full(const struct jt_perf_order *order)
{
    return used_bytes(order) > MOST_BYTES;
}

int jt_perf_order_make_room(struct jt_perf_order *order)
{
    int status = 0;

    close_run(order);
    while (!status && order->heap.count > 0 && used_bytes(order) > MOST_BYTES / 2)
        status = deliver_first(order, UINT64_MAX);
    return status;
}
