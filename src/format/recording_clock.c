/* See recording_clock.h. */
#include "format/recording_clock.h"

#include "jitney/status.h"

#include <stdbool.h>

/* Anchors nearer to each other tell more about how long it took to read two clocks than about
 * their rates. */
static const uint64_t least_gap_ns = 50000;
/* What may be believed of a rate between two anchors: processors keep within 0.1 %, the
 * header's rate was measured in a hurry. */
static const double most_deviation = 0.01;

void jt_recording_clock_release(struct jt_recording_clock *clock)
{
    jt_heap_free(clock->heap, clock->anchors, clock->room * sizeof(*clock->anchors));
    *clock = (struct jt_recording_clock){.heap = clock->heap};
}

int jt_recording_clock_add(struct jt_recording_clock *clock, uint64_t counter, uint64_t time_ns)
{
    size_t room = clock->room > 0 ? clock->room * 2 : 64;
    struct jt_recording_anchor *grown = NULL;

    if (clock->count == clock->room) {
        grown = jt_heap_resize(clock->heap, clock->anchors, clock->room * sizeof(*grown),
                               room * sizeof(*grown));
        if (!grown)
            return JITNEY_ERR_MEMORY;
        clock->anchors = grown;
        clock->room = room;
    }
    clock->anchors[clock->count++] =
        (struct jt_recording_anchor){.counter = counter, .time_ns = time_ns};
    return JITNEY_OK;
}

/* Heap sort: no recursion, and the same time for any input. */
static void sink_down(struct jt_recording_anchor *anchors, size_t from, size_t count)
{
    struct jt_recording_anchor moved = anchors[from];

    for (size_t child = from * 2 + 1; child < count; child = from * 2 + 1) {
        if (child + 1 < count && anchors[child].counter < anchors[child + 1].counter)
            child++;
        if (anchors[child].counter <= moved.counter)
            break;
        anchors[from] = anchors[child];
        from = child;
    }
    anchors[from] = moved;
}

static void sort(struct jt_recording_anchor *anchors, size_t count)
{
    bool is_sorted = true;

    for (size_t i = 1; i < count && is_sorted; i++)
        is_sorted = anchors[i - 1].counter <= anchors[i].counter;
    if (is_sorted)
        return;
    for (size_t i = count / 2; i-- > 0;)
        sink_down(anchors, i, count);
    for (size_t last = count - 1; last > 0; last--) {
        struct jt_recording_anchor largest = anchors[0];

        anchors[0] = anchors[last];
        anchors[last] = largest;
        sink_down(anchors, 0, last);
    }
}

void jt_recording_clock_settle(struct jt_recording_clock *clock)
{
    struct jt_recording_anchor *anchors = clock->anchors;
    size_t kept = 0;

    sort(anchors, clock->count);
    for (size_t i = 0; i < clock->count; i++) {
        if (kept > 0 && (anchors[i].counter <= anchors[kept - 1].counter ||
                         anchors[i].time_ns < anchors[kept - 1].time_ns ||
                         anchors[i].time_ns - anchors[kept - 1].time_ns < least_gap_ns))
            continue;
        anchors[kept++] = anchors[i];
    }
    clock->count = kept;
    clock->last = 0;
}

/* `time_ns` moved on by `counts`, backwards when that is negative; never past the ends. */
static uint64_t moved(uint64_t time_ns, double counts, double ns_a_count)
{
    double ns = counts * ns_a_count;

    if (ns < 0)
        return -ns >= (double)time_ns ? 0 : time_ns - (uint64_t)-ns;
    if (ns >= 9e18)
        return UINT64_MAX;
    return (uint64_t)ns > UINT64_MAX - time_ns ? UINT64_MAX : time_ns + (uint64_t)ns;
}

static double rate_without_anchors(const struct jt_recording_clock *clock)
{
    return clock->ns_a_count > 0 ? clock->ns_a_count : 1;
}

/* Nanoseconds a count after anchor `i`. A machine that slept counted on while CLOCK_MONOTONIC
 * stood still: the rate to the next anchor tells nothing then. */
static double rate_after(const struct jt_recording_clock *clock, size_t i)
{
    const struct jt_recording_anchor *a = &clock->anchors[i];
    double rate = (double)(a[1].time_ns - a[0].time_ns) / (double)(a[1].counter - a[0].counter);
    double expected = clock->ns_a_count;

    if (expected > 0 &&
        (rate < expected * (1 - most_deviation) || rate > expected * (1 + most_deviation)))
        return expected;
    return rate;
}

/* The last anchor that is not after `counter`, or the first. */
static size_t anchor_before(struct jt_recording_clock *clock, uint64_t counter)
{
    const struct jt_recording_anchor *anchors = clock->anchors;
    size_t low = 0, high = clock->count;

    if (anchors[clock->last].counter <= counter &&
        (clock->last + 1 == clock->count || counter < anchors[clock->last + 1].counter))
        return clock->last;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (anchors[middle].counter <= counter)
            low = middle;
        else
            high = middle;
    }
    clock->last = low;
    return low;
}

uint64_t jt_recording_clock_ns(struct jt_recording_clock *clock, uint64_t counter)
{
    const struct jt_recording_anchor *anchors = clock->anchors;
    size_t i = 0;
    uint64_t time_ns = 0;

    if (clock->count == 0)
        return counter;
    i = anchor_before(clock, counter);
    if (clock->count == 1)
        return moved(anchors[0].time_ns,
                     counter >= anchors[0].counter ? (double)(counter - anchors[0].counter)
                                                   : -(double)(anchors[0].counter - counter),
                     rate_without_anchors(clock));
    if (counter < anchors[0].counter)
        return moved(anchors[0].time_ns, -(double)(anchors[0].counter - counter),
                     rate_after(clock, 0));
    if (i + 1 == clock->count)
        return moved(anchors[i].time_ns, (double)(counter - anchors[i].counter),
                     rate_after(clock, i - 1));
    time_ns =
        moved(anchors[i].time_ns, (double)(counter - anchors[i].counter), rate_after(clock, i));
    return time_ns < anchors[i + 1].time_ns ? time_ns : anchors[i + 1].time_ns;
}
