/* Entries in columns, on one line, or on a line each: node's rules (lib/internal/util/inspect.js,
 * groupArrayElements and reduceToSingleString). */
#include "lib/inspect.h"
#include "lib/list.h"
#include "lib/units.h"

#include <math.h>

enum { COMPACT = 3, SEPARATOR = 2, GROUP_FROM = 7, COLUMNS_MOST = 15 };

static struct rj_string *entry(const struct rj_inspection *inspection, uint32_t index)
{
    return rj_as_string(inspection->entries->elements[index]);
}

struct columns {
    uint32_t *widths; /* of entries */
    uint32_t count;   /* entries that are put into columns */
    uint32_t columns;
    bool is_numbers;
};

/* How many columns look best: about square, characters being 2.5 times as high as wide. */
static void choose_columns(const struct rj_inspector *inspector, struct columns *columns,
                           uint32_t all)
{
    double total = 0;
    double longest = 0;
    double most;
    double biased;
    double count;

    for (uint32_t i = 0; i < columns->count; i++) {
        total += columns->widths[i] + SEPARATOR;
        longest = fmax(longest, columns->widths[i]);
    }
    most = longest + SEPARATOR;
    columns->columns = 1;
    if (most * 3 + inspector->indentation >= RJ_INSPECT_COLUMNS ||
        !(total / most > 5 || longest <= 6))
        return;
    biased = fmax(most - 3 - sqrt(most - total / all), 1);
    count = floor(sqrt(2.5 * biased * columns->count) / biased + 0.5);
    count = fmin(count, floor((RJ_INSPECT_COLUMNS - inspector->indentation) / most));
    count = fmin(fmin(count, COMPACT * 4), COLUMNS_MOST);
    columns->columns = count < 1 ? 1 : (uint32_t)count;
}

/* Numbers are lined up to the right, all else to the left. */
static bool are_numbers(struct rj_vm *vm, const struct rj_inspection *inspection)
{
    struct rj_list list = {rj_as_object(inspection->value), 0};

    for (uint32_t i = 0; i < inspection->entries->length; i++) {
        if (!rj_is_number(rj_list_read(vm, &list, i)))
            return false;
    }
    return true;
}

/* The width of column `column`, separator included. */
static uint32_t column_width(const struct columns *columns, uint32_t column)
{
    uint32_t width = 0;

    for (uint32_t i = column; i < columns->count; i += columns->columns)
        width = columns->widths[i] > width ? columns->widths[i] : width;
    return width + SEPARATOR;
}

static struct rj_string *row(struct rj_vm *vm, const struct rj_inspection *inspection,
                             const struct columns *columns, uint32_t from)
{
    uint32_t to =
        from + columns->columns < columns->count ? from + columns->columns : columns->count;
    struct rj_units units;

    rj_units_init(&units, vm);
    for (uint32_t i = from; i < to; i++) {
        bool last = i + 1 == to;
        uint32_t padding = column_width(columns, i - from) - SEPARATOR - columns->widths[i];

        if (columns->is_numbers)
            rj_units_fill(&units, ' ', padding);
        rj_units_string(&units, entry(inspection, i));
        if (!last)
            rj_units_text(&units, ", ");
        if (!columns->is_numbers && !last)
            rj_units_fill(&units, ' ', padding);
    }
    return rj_units_finish(&units);
}

/* Entries of a long list become rows of entries. */
static bool group(struct rj_inspector *inspector, struct rj_inspection *inspection)
{
    struct rj_vm *vm = inspector->vm;
    uint32_t all = inspection->entries->length;
    struct columns columns = {.count = all - inspection->is_cut};
    struct rj_array *rows;

    columns.widths = rj_allocate_atomic(vm, all * sizeof(*columns.widths));
    if (!columns.widths)
        return false;
    for (uint32_t i = 0; i < columns.count; i++) {
        if (!rj_flatten(vm, entry(inspection, i)))
            return false;
        columns.widths[i] = rj_inspect_width(entry(inspection, i));
    }
    choose_columns(inspector, &columns, all);
    if (columns.columns <= 1)
        return true;
    columns.is_numbers = are_numbers(vm, inspection);
    rows = rj_array_new(vm, 0, NULL);
    for (uint32_t i = 0; rows && i < columns.count; i += columns.columns) {
        struct rj_string *text = row(vm, inspection, &columns, i);

        if (!text || !rj_array_append(vm, rows, rj_cell_value(text)))
            return false;
    }
    if (!rows ||
        (inspection->is_cut && !rj_array_append(vm, rows, inspection->entries->elements[all - 1])))
        return false;
    inspection->entries = rows;
    return true;
}

static bool has_line_end(struct rj_vm *vm, struct rj_string *string)
{
    if (!rj_flatten(vm, string))
        return true;
    for (uint32_t i = 0; i < string->length; i++) {
        if (rj_string_at(string, i) == '\n')
            return true;
    }
    return false;
}

static bool fits_line(struct rj_inspector *inspector, const struct rj_inspection *inspection)
{
    uint64_t count = inspection->entries->length;
    uint64_t total = count + inspection->open->length + inspection->base->length + 10 +
                     (uint64_t)inspector->indentation + count;

    if (total + count > RJ_INSPECT_COLUMNS || has_line_end(inspector->vm, inspection->base))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        total += entry(inspection, i)->length;
        if (total > RJ_INSPECT_COLUMNS || has_line_end(inspector->vm, entry(inspection, i)))
            return false;
    }
    return true;
}

struct rj_string *rj_inspect_layout(struct rj_inspector *inspector,
                                    struct rj_inspection *inspection, int level)
{
    uint32_t entries = inspection->entries->length;
    uint32_t margin = (uint32_t)inspector->indentation;
    struct rj_units units;
    bool one_line;

    if (inspection->is_list && entries >= GROUP_FROM && !group(inspector, inspection))
        return NULL;
    one_line = inspector->current_depth - level < COMPACT &&
               entries == inspection->entries->length && fits_line(inspector, inspection);
    rj_units_init(&units, inspector->vm);
    rj_units_string(&units, inspection->base);
    if (inspection->base->length)
        rj_units_put(&units, ' ');
    rj_units_string(&units, inspection->open);
    for (uint32_t i = 0; i < inspection->entries->length; i++) {
        if (i)
            rj_units_put(&units, ',');
        rj_units_put(&units, one_line ? ' ' : '\n');
        if (!one_line)
            rj_units_fill(&units, ' ', margin + 2);
        rj_units_string(&units, entry(inspection, i));
    }
    rj_units_put(&units, one_line ? ' ' : '\n');
    if (!one_line)
        rj_units_fill(&units, ' ', margin);
    rj_units_put(&units, (uint8_t)inspection->close);
    return rj_units_finish(&units);
}
