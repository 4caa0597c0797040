/* Sorting: stable, and in the order of comparisons that V8 has for short arrays, so that even
 * comparators that contradict themselves give the same result there: a first run is found, the rest
 * inserted by binary search. Longer arrays are sorted in such pieces, which are then merged. */
#include "lib/builtin.h"

enum { PIECE = 32 };

struct item {
    rj_value value;
    struct rj_string *text; /* without a comparator, as is: */
    uint64_t beginning;     /* its first units; most comparisons end there */
};

struct sorting {
    struct rj_vm *vm;
    rj_value compare;
    bool failed;
};

/* Below, equal or above 0; 0 once something was thrown. */
static double compare(struct sorting *sorting, const struct item *left, const struct item *right)
{
    rj_value pair[2] = {left->value, right->value};
    rj_value result;

    if (sorting->failed)
        return 0;
    if (sorting->compare == RJ_UNDEFINED && left->beginning != right->beginning)
        return left->beginning < right->beginning ? -1 : 1;
    if (sorting->compare == RJ_UNDEFINED)
        return rj_string_compare(sorting->vm, left->text, right->text);
    result = rj_call(sorting->vm, sorting->compare, RJ_UNDEFINED, 2, pair);
    if (!rj_is_number(result) && result != RJ_THROWN)
        result = rj_to_number(sorting->vm, result);
    sorting->failed = result == RJ_THROWN;
    return sorting->failed ? 0 : rj_as_number(result);
}

/* How many items from the first on are in order already; a falling run is turned round. */
static uint32_t find_run(struct sorting *sorting, struct item *items, uint32_t count)
{
    uint32_t length = 2;
    bool falls;

    if (count < 2)
        return count;
    falls = compare(sorting, &items[1], &items[0]) < 0;
    while (length < count && (compare(sorting, &items[length], &items[length - 1]) < 0) == falls)
        length++;
    for (uint32_t i = 0, j = length - 1; falls && i < j; i++, j--) {
        struct item item = items[i];

        items[i] = items[j];
        items[j] = item;
    }
    return length;
}

static void insert_rest(struct sorting *sorting, struct item *items, uint32_t sorted,
                        uint32_t count)
{
    for (; sorted < count && !sorting->failed; sorted++) {
        struct item item = items[sorted];
        uint32_t left = 0;
        uint32_t right = sorted;

        while (left < right) {
            uint32_t middle = left + (right - left) / 2;

            if (compare(sorting, &item, &items[middle]) < 0)
                right = middle;
            else
                left = middle + 1;
        }
        memmove(items + left + 1, items + left, (sorted - left) * sizeof(*items));
        items[left] = item;
    }
}

static void merge(struct sorting *sorting, struct item *items, struct item *space, uint32_t middle,
                  uint32_t count)
{
    uint32_t left = 0;
    uint32_t right = middle;
    uint32_t to = 0;

    if (compare(sorting, &items[middle], &items[middle - 1]) >= 0)
        return;
    memcpy(space, items, middle * sizeof(*items));
    while (left < middle && right < count) {
        if (compare(sorting, &items[right], &space[left]) < 0)
            items[to++] = items[right++];
        else
            items[to++] = space[left++];
    }
    memcpy(items + to, space + left, (middle - left) * sizeof(*items));
}

/* A piece is at least half of 64 long, and the pieces about as many as a power of two. */
static uint32_t piece_length(uint32_t count)
{
    uint32_t odd = 0;

    while (count >= 2 * PIECE) {
        odd |= count & 1;
        count >>= 1;
    }
    return count + odd;
}

static bool sort_items(struct sorting *sorting, struct item *items, uint32_t count)
{
    uint32_t piece = piece_length(count);
    struct item *space;

    if (count > piece && find_run(sorting, items, count) == count)
        return !sorting->failed;
    for (uint32_t at = 0; at < count; at += piece) {
        uint32_t length = count - at < piece ? count - at : piece;

        insert_rest(sorting, items + at, find_run(sorting, items + at, length), length);
    }
    if (sorting->failed || count <= piece)
        return !sorting->failed;
    space = rj_allocate(sorting->vm, (size_t)count * sizeof(*space));
    if (!space)
        return false;
    for (uint64_t width = piece; width < count; width *= 2) {
        for (uint64_t at = 0; at + width < count && !sorting->failed; at += 2 * width) {
            uint64_t length = count - at < 2 * width ? count - at : 2 * width;

            merge(sorting, items + at, space, (uint32_t)width, (uint32_t)length);
        }
    }
    return !sorting->failed;
}

enum { BEGINNING_UNITS = sizeof(uint64_t) / sizeof(uint16_t) };

/* Zeros stand where a text has ended: they come before all units, and before U+0000 does not matter
 * as equal beginnings decide nothing. */
static uint64_t beginning_of(const struct rj_string *text)
{
    uint64_t units = 0;

    for (uint32_t i = 0; i < BEGINNING_UNITS; i++)
        units = units << 16 | (i < text->length ? rj_string_at(text, i) : 0);
    return units;
}

bool rj_sort_values(struct rj_vm *vm, rj_value *values, uint32_t count, rj_value compare_function)
{
    struct sorting sorting = {vm, compare_function, false};
    struct item *items = rj_allocate(vm, ((size_t)count + 1) * sizeof(*items));
    uint32_t defined = 0;

    if (!items)
        return false;
    for (uint32_t i = 0; i < count; i++) { /* undefined goes last, and is never compared */
        if (values[i] == RJ_UNDEFINED)
            continue;
        items[defined].value = values[i];
        if (compare_function == RJ_UNDEFINED) {
            items[defined].text = rj_to_flat(vm, values[i]);
            if (!items[defined].text)
                return false;
            items[defined].beginning = beginning_of(items[defined].text);
        }
        defined++;
    }
    if (!sort_items(&sorting, items, defined))
        return false;
    for (uint32_t i = 0; i < count; i++)
        values[i] = i < defined ? items[i].value : RJ_UNDEFINED;
    return true;
}
