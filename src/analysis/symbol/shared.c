#include "analysis/symbol/shared.h"

#include "analysis/symbol/keyed.h"
#include "base/alloc.h"
#include "base/map.h"

#include <stdlib.h>

/* How many ranges of each id cover the address of the sweep, and how many ids. */
struct cover {
    struct jt_map counts;
    size_t ids;
};

static void cover_begin(struct cover *cover, uint32_t id)
{
    uint32_t *count = jt_map_put(&cover->counts, id);

    if (*count == JT_MAP_NONE)
        *count = 0;
    if ((*count)++ == 0)
        cover->ids++;
}

static void cover_end(struct cover *cover, uint32_t id)
{
    uint32_t *count = jt_map_put(&cover->counts, id);

    if (--(*count) == 0)
        cover->ids--;
}

static void append(struct jt_shared *shared, uint64_t start, uint64_t last)
{
    jt_vec_push(&shared->ranges, (struct jt_range){.start = start, .last = last});
}

/* Walk the addresses upwards, from one beginning or end of a range to the next.
 * A range that reaches the last address of all never ends. */
static void sweep(struct jt_shared *shared, const struct jt_range *ranges,
                  const struct jt_keyed *starts, const struct jt_keyed *lasts, size_t count)
{
    struct cover cover = {.ids = 0};
    uint64_t opened = 0;
    bool open = false;
    size_t begun = 0;
    size_t ended = 0;

    while (begun < count || (ended < count && lasts[ended].key != UINT64_MAX)) {
        uint64_t address = begun < count ? starts[begun].key : UINT64_MAX;

        if (lasts[ended].key < address)
            address = lasts[ended].key + 1;
        for (; ended < count && lasts[ended].key < address; ended++)
            cover_end(&cover, ranges[lasts[ended].row].id);
        for (; begun < count && starts[begun].key == address; begun++)
            cover_begin(&cover, ranges[starts[begun].row].id);
        if (!open && cover.ids > 1) {
            opened = address;
            open = true;
        } else if (open && cover.ids < 2) {
            append(shared, opened, address - 1);
            open = false;
        }
    }
    if (open)
        append(shared, opened, UINT64_MAX);
    jt_map_release(&cover.counts);
}

void jt_shared_init(struct jt_shared *shared, const struct jt_range *ranges, size_t count)
{
    struct jt_keyed *starts = jt_realloc(NULL, count, sizeof(*starts));
    struct jt_keyed *lasts = jt_realloc(NULL, count, sizeof(*lasts));

    *shared = (struct jt_shared){0};
    for (size_t i = 0; i < count; i++) {
        starts[i] = (struct jt_keyed){.key = ranges[i].start, .row = (uint32_t)i};
        lasts[i] = (struct jt_keyed){.key = ranges[i].last, .row = (uint32_t)i};
    }
    jt_keyed_sort(starts, count);
    jt_keyed_sort(lasts, count);
    sweep(shared, ranges, starts, lasts, count);
    free(starts);
    free(lasts);
}

void jt_shared_release(struct jt_shared *shared)
{
    jt_vec_release(&shared->ranges);
}

bool jt_shared_holds(const struct jt_shared *shared, uint64_t address)
{
    size_t low = 0;
    size_t high = shared->ranges.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (shared->ranges.at[middle].last < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < shared->ranges.count && shared->ranges.at[low].start <= address;
}
