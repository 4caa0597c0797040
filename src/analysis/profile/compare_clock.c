/* How far two clocks are apart: the densest part of the differences between the times
 * of events that both sides have. A mean or a plain median would be led astray by what
 * a side told late: code that was there before its listener came. */
#include "analysis/profile/compare_parts.h"

#include "base/alloc.h"

#include <stdlib.h>

enum {
    LEAST_DENSE = 8,
    DENSE_SHARE = 10, /* the densest tenth is looked for */
    ROUNDS = 12,
    LEAST_COMMON = 8,     /* fewer, and builtins count too */
    LEAST_RADIUS = 50000, /* ns: two writers do not tell of an event at once */
    DEVIATIONS = 9,       /* six sigma, in median deviations */
};

static int compare_numbers(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;

    return one < other ? -1 : one > other;
}

static int64_t distance(int64_t a, int64_t b)
{
    return a < b ? b - a : a - b;
}

/* The first and the end of what lies within `radius` of `centre`. */
static void find_near(const int64_t *sorted, size_t count, int64_t centre, int64_t radius,
                      size_t *from, size_t *to)
{
    *from = 0;
    while (*from < count && sorted[*from] < centre && distance(sorted[*from], centre) > radius)
        ++*from;
    *to = *from;
    while (*to < count && (sorted[*to] <= centre || distance(sorted[*to], centre) <= radius))
        ++*to;
}

static int64_t median_deviation(const int64_t *sorted, size_t count, int64_t centre,
                                int64_t *scratch)
{
    for (size_t i = 0; i < count; i++)
        scratch[i] = distance(sorted[i], centre);
    qsort(scratch, count, sizeof(*scratch), compare_numbers);
    return scratch[count / 2];
}

static size_t find_densest(const int64_t *sorted, size_t count, size_t width)
{
    size_t best = 0;

    for (size_t i = 0; i + width <= count; i++)
        if (sorted[i + width - 1] - sorted[i] < sorted[best + width - 1] - sorted[best])
            best = i;
    return best;
}

struct jt_compare_clock jt_compare_centre(int64_t *differences, size_t count)
{
    struct jt_compare_clock clock = {0};
    size_t width = count / DENSE_SHARE > LEAST_DENSE ? count / DENSE_SHARE : LEAST_DENSE;
    int64_t *scratch = NULL;
    int64_t radius = 0;
    size_t from = 0, to = 0;

    if (count == 0)
        return clock;
    qsort(differences, count, sizeof(*differences), compare_numbers);
    scratch = jt_alloc(count, sizeof(*scratch));
    if (width > count)
        width = count / 2 + 1;
    from = find_densest(differences, count, width);
    clock.offset_ns = differences[from + width / 2];
    radius = 4 * distance(differences[from], differences[from + width - 1]);
    for (int i = 0; i < ROUNDS; i++) {
        int64_t before = radius;

        if (radius < LEAST_RADIUS)
            radius = LEAST_RADIUS;
        find_near(differences, count, clock.offset_ns, radius, &from, &to);
        clock.offset_ns = differences[from + (to - from) / 2];
        radius =
            DEVIATIONS * median_deviation(differences + from, to - from, clock.offset_ns, scratch);
        if (radius == before)
            break;
    }
    clock.is_known = true;
    clock.common = to - from;
    clock.outliers = count - clock.common;
    width = clock.common / 20;
    clock.spread_ns =
        ((uint64_t)distance(differences[from + width], differences[to - 1 - width]) + 1) / 2;
    free(scratch);
    return clock;
}

/* ---- common events ---- */

struct differences {
    struct jt_vec(int64_t) of;
};

/* Keys that both sides have as often are taken for the same, one after the other. */
static void collect(const struct jt_comparison *comparison, unsigned rows, jt_compare_key *key,
                    struct differences *differences)
{
    struct jt_compare_order a = jt_compare_sorted(comparison, 0, rows, key);
    struct jt_compare_order b = jt_compare_sorted(comparison, 1, rows, key);
    size_t i = 0, j = 0;

    while (i < a.count && j < b.count) {
        if (a.at[i].key < b.at[j].key) {
            i++;
        } else if (a.at[i].key > b.at[j].key) {
            j++;
        } else {
            size_t a_run = jt_compare_run(&a, i);
            size_t b_run = jt_compare_run(&b, j);

            for (size_t k = 0; a_run == b_run && k < a_run; k++)
                jt_vec_push(&differences->of, b.at[j + k].time_ns - a.at[i + k].time_ns);
            i += a_run;
            j += b_run;
        }
    }
    free(a.at);
    free(b.at);
}

void jt_compare_align(struct jt_comparison *comparison)
{
    jt_compare_key *key =
        comparison->by == JT_COMPARE_BY_NAME ? jt_compare_by_name : jt_compare_by_place;
    struct differences differences = {0};

    if (!comparison->sides[0].has_times || !comparison->sides[1].has_times)
        return;
    collect(comparison, JT_COMPARE_CODE_ROWS, key, &differences);
    if (differences.of.count < LEAST_COMMON && comparison->by != JT_COMPARE_BY_NAME)
        collect(comparison, JT_COMPARE_CODE_ROWS, jt_compare_by_named_place, &differences);
    if (differences.of.count < LEAST_COMMON)
        collect(comparison, JT_COMPARE_PLACE_ROWS & ~JT_COMPARE_CODE_ROWS, key, &differences);
    if (differences.of.count == 0)
        collect(comparison, JT_COMPARE_DEOPT_ROWS, jt_compare_by_name, &differences);
    comparison->clock = jt_compare_centre(differences.of.at, differences.of.count);
    jt_vec_release(&differences.of);
}
