/* See sort.h. Heap sort: the same time for any input, and no recursion. */
#include "format/sort.h"

#include <stdbool.h>
#include <string.h>

struct table {
    uint8_t *at;
    bool by_low_half;
};

static uint64_t get(const struct table *table, size_t i)
{
    uint64_t value = 0;

    memcpy(&value, table->at + i * sizeof(value), sizeof(value));
    return value;
}

static void set(const struct table *table, size_t i, uint64_t value)
{
    memcpy(table->at + i * sizeof(value), &value, sizeof(value));
}

static uint64_t key(const struct table *table, uint64_t value)
{
    uint32_t halves[2];

    if (!table->by_low_half)
        return value;
    memcpy(halves, &value, sizeof(halves));
    return halves[0];
}

static void sink_down(const struct table *table, size_t from, size_t count)
{
    uint64_t value = get(table, from);

    for (size_t child = from * 2 + 1; child < count; child = from * 2 + 1) {
        if (child + 1 < count && key(table, get(table, child)) < key(table, get(table, child + 1)))
            child++;
        if (key(table, get(table, child)) <= key(table, value))
            break;
        set(table, from, get(table, child));
        from = child;
    }
    set(table, from, value);
}

static void sort(const struct table *table, size_t count)
{
    bool is_sorted = true;

    for (size_t i = 1; i < count && is_sorted; i++)
        is_sorted = key(table, get(table, i - 1)) <= key(table, get(table, i));
    if (is_sorted)
        return;
    for (size_t i = count / 2; i-- > 0;)
        sink_down(table, i, count);
    for (size_t last = count - 1; last > 0; last--) {
        uint64_t largest = get(table, 0);

        set(table, 0, get(table, last));
        set(table, last, largest);
        sink_down(table, 0, last);
    }
}

void jt_sort_u64(uint64_t *values, size_t count)
{
    sort(&(struct table){.at = (uint8_t *)values}, count);
}

void jt_sort_by_low_half(void *pairs, size_t count)
{
    sort(&(struct table){.at = pairs, .by_low_half = true}, count);
}
