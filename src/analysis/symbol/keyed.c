#include "analysis/symbol/keyed.h"

#include "base/alloc.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS 8 /* of eight bits each */
#define FEW 48   /* so few are sorted quicker by insertion */

static bool is_sorted(const struct jt_keyed *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (items[i].key < items[i - 1].key)
            return false;
    }
    return true;
}

static void sort_few(struct jt_keyed *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct jt_keyed item = items[i];
        size_t at = i;

        for (; at > 0 && items[at - 1].key > item.key; at--)
            items[at] = items[at - 1];
        items[at] = item;
    }
}

/* Copy `from` to `to` in the order of one digit, whose counts are in `counts`. */
static void scatter(struct jt_keyed *to, const struct jt_keyed *from, size_t count,
                    const size_t counts[256], unsigned shift)
{
    size_t offsets[256];
    size_t offset = 0;

    for (size_t i = 0; i < 256; i++) {
        offsets[i] = offset;
        offset += counts[i];
    }
    for (size_t i = 0; i < count; i++)
        to[offsets[from[i].key >> shift & 255]++] = from[i];
}

void jt_keyed_sort(struct jt_keyed *items, size_t count)
{
    size_t counts[DIGITS][256] = {{0}};
    struct jt_keyed *from = items;
    struct jt_keyed *scratch = NULL;
    struct jt_keyed *to = NULL;

    if (is_sorted(items, count))
        return;
    if (count <= FEW) {
        sort_few(items, count);
        return;
    }
    scratch = jt_realloc(NULL, count, sizeof(*scratch));
    to = scratch;
    for (size_t i = 0; i < count; i++) {
        for (unsigned digit = 0; digit < DIGITS; digit++)
            counts[digit][items[i].key >> (8 * digit) & 255]++;
    }
    for (unsigned digit = 0; digit < DIGITS; digit++) {
        struct jt_keyed *swap = from;

        /* A digit that all keys share orders nothing. */
        if (counts[digit][from[0].key >> (8 * digit) & 255] == count)
            continue;
        scatter(to, from, count, counts[digit], 8 * digit);
        from = to;
        to = swap;
    }
    if (from != items)
        memcpy(items, from, count * sizeof(*items));
    free(scratch);
}
