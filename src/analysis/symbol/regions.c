#include "analysis/symbol/regions.h"

#include "base/vec.h"

#include <string.h>

struct jt_regions {
    struct jt_vec(struct jt_region) list; /* by start; never overlapping */
    unsigned shares;
};

struct jt_regions *jt_regions_new(void)
{
    struct jt_regions *regions = jt_alloc(1, sizeof(*regions));

    regions->shares = 1;
    return regions;
}

struct jt_regions *jt_regions_share(struct jt_regions *regions)
{
    regions->shares++;
    return regions;
}

void jt_regions_free(struct jt_regions *regions)
{
    if (!regions || --regions->shares > 0)
        return;
    jt_vec_release(&regions->list);
    free(regions);
}

/* The first region that ends after `address`. */
static size_t first_after(const struct jt_regions *regions, uint64_t address)
{
    size_t low = 0;
    size_t high = regions->list.count;
    size_t middle = 0;

    while (low < high) {
        middle = low + (high - low) / 2;
        if (regions->list.at[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void make_own(struct jt_regions **regions)
{
    struct jt_regions *shared = *regions;

    if (shared->shares == 1)
        return;
    *regions = jt_regions_new();
    jt_vec_reserve(&(*regions)->list, shared->list.count + 1);
    if (shared->list.count > 0)
        memcpy((*regions)->list.at, shared->list.at, shared->list.count * sizeof(struct jt_region));
    (*regions)->list.count = shared->list.count;
    shared->shares--;
}

/* Put `count` regions in place of list[from..to). */
static void replace(struct jt_regions *regions, size_t from, size_t to,
                    const struct jt_region *with, size_t count)
{
    size_t behind = regions->list.count - to;

    jt_vec_reserve(&regions->list, count);
    memmove(regions->list.at + from + count, regions->list.at + to,
            behind * sizeof(struct jt_region));
    memcpy(regions->list.at + from, with, count * sizeof(struct jt_region));
    regions->list.count = from + count + behind;
}

bool jt_regions_map(struct jt_regions **shared, const struct jt_region *region)
{
    struct jt_regions *regions = NULL;
    struct jt_region parts[3];
    size_t count = 0;
    size_t from = 0;
    size_t to = 0;

    if (region->start >= region->end)
        return true;
    if ((*shared)->list.count + 2 > JT_REGIONS_MOST)
        return false;
    make_own(shared);
    regions = *shared;
    from = first_after(regions, region->start);
    for (to = from; to < regions->list.count && regions->list.at[to].start < region->end;)
        to++;
    if (from < to && regions->list.at[from].start < region->start) {
        parts[count] = regions->list.at[from];
        parts[count++].end = region->start;
    }
    parts[count++] = *region;
    if (from < to && regions->list.at[to - 1].end > region->end) {
        parts[count] = regions->list.at[to - 1];
        parts[count].file_offset += region->end - parts[count].start;
        parts[count++].start = region->end;
    }
    replace(regions, from, to, parts, count);
    return true;
}

const struct jt_region *jt_regions_find(const struct jt_regions *regions, uint64_t address)
{
    size_t at = first_after(regions, address);

    if (at == regions->list.count || regions->list.at[at].start > address)
        return NULL;
    return &regions->list.at[at];
}

size_t jt_regions_count(const struct jt_regions *regions)
{
    return regions->list.count;
}
