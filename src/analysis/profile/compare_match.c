/* Who is whose partner. Pieces of one key are walked by time on both sides at once, so the
 * work is that of sorting. */
#include "analysis/profile/compare_parts.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

enum { NEAR_NS = 5000000, NEAR_MOST_NS = 1000000000, SPREADS = 8 };

struct matching {
    struct jt_comparison *comparison;
    int64_t near_ns;
    unsigned differs; /* what such partners differ by */
    bool is_by_order; /* times say nothing */
    bool (*is_match)(const struct matching *matching, const struct jt_compare_piece *a,
                     const struct jt_compare_piece *b);
};

/* ---- keys ---- */

uint64_t jt_compare_by_place(const struct jt_comparison *comparison,
                             const struct jt_compare_piece *piece)
{
    return jt_hash_pair(piece->address, piece->bytes) | 1;
}

static uint64_t by_address(const struct jt_comparison *comparison,
                           const struct jt_compare_piece *piece)
{
    return jt_hash_u64(piece->address) | 1;
}

/* Without its folders, which two runs need not share. */
static uint64_t file_hash(const struct jt_comparison *comparison, uint32_t file)
{
    const char *path = jt_strings_text(&comparison->strings, file);
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;

    return jt_hash_bytes(name, strlen(name));
}

static bool starts(const struct jt_comparison *comparison, uint32_t text, const char *with)
{
    return strncmp(jt_strings_text(&comparison->strings, text), with, strlen(with)) == 0;
}

/* Of HotSpot's two kinds, traps and code that is entered no more; others have but one. */
static unsigned family(const struct jt_comparison *comparison, const struct jt_compare_piece *deopt)
{
    if (starts(comparison, deopt->kind, "uncommon trap"))
        return 1;
    if (starts(comparison, deopt->kind, "made not entrant") ||
        starts(comparison, deopt->kind, "replaced"))
        return 2;
    return 0;
}

uint64_t jt_compare_by_name(const struct jt_comparison *comparison,
                            const struct jt_compare_piece *piece)
{
    bool has_tiers = comparison->sides[0].has_tiers && comparison->sides[1].has_tiers;
    uint64_t key = jt_hash_pair(piece->key, piece->row);

    if (piece->row == JT_COMPARE_DEOPT)
        return piece->key ? jt_hash_pair(key, family(comparison, piece)) | 1 : 0;
    if (piece->key == 0 && piece->file == 0)
        return 0;
    if (piece->key == 0)
        key = jt_hash_pair(key, jt_hash_pair(piece->line, file_hash(comparison, piece->file)));
    if (has_tiers)
        key = jt_hash_pair(key, piece->tier);
    return key | 1;
}

uint64_t jt_compare_by_named_place(const struct jt_comparison *comparison,
                                   const struct jt_compare_piece *piece)
{
    return piece->key ? jt_hash_pair(piece->address, piece->key) | 1 : 0;
}

static uint64_t by_name_and_reason(const struct jt_comparison *comparison,
                                   const struct jt_compare_piece *piece)
{
    uint64_t key = jt_compare_by_name(comparison, piece);

    return key ? jt_hash_pair(key, piece->reason) | 1 : 0;
}

static uint64_t by_name_and_size(const struct jt_comparison *comparison,
                                 const struct jt_compare_piece *piece)
{
    uint64_t key = jt_compare_by_name(comparison, piece);

    return key ? jt_hash_pair(key, piece->bytes) | 1 : 0;
}

/* ---- order ---- */

static int compare_keyed(const void *a, const void *b)
{
    const struct jt_compare_keyed *one = a, *other = b;

    if (one->key != other->key)
        return one->key < other->key ? -1 : 1;
    if (one->time_ns != other->time_ns)
        return one->time_ns < other->time_ns ? -1 : 1;
    return one->place < other->place ? -1 : one->place > other->place;
}

struct jt_compare_order jt_compare_sorted(const struct jt_comparison *comparison, size_t side,
                                          unsigned rows, jt_compare_key *key)
{
    const struct jt_compare_side *from = &comparison->sides[side];
    struct jt_compare_order order = {
        .at = jt_alloc(from->pieces.count + 1, sizeof(struct jt_compare_keyed))};

    for (size_t i = 0; i < from->pieces.count; i++) {
        const struct jt_compare_piece *piece = &from->pieces.at[i];
        uint64_t of = 0;

        if ((piece->partner != JT_COMPARE_ALONE && !(rows & JT_COMPARE_EVEN_PAIRED)) ||
            !(rows >> piece->row & 1))
            continue;
        of = key(comparison, piece);
        if (of)
            order.at[order.count++] = (struct jt_compare_keyed){of, piece->time_ns, i};
    }
    qsort(order.at, order.count, sizeof(*order.at), compare_keyed);
    return order;
}

size_t jt_compare_run(const struct jt_compare_order *order, size_t start)
{
    size_t end = start + 1;

    while (end < order->count && order->at[end].key == order->at[start].key)
        end++;
    return end - start;
}

/* ---- pairs ---- */

static struct jt_compare_piece *piece_at(const struct matching *matching, size_t side,
                                         const struct jt_compare_keyed *keyed)
{
    return &matching->comparison->sides[side].pieces.at[keyed->place];
}

/* How much later B has it, on one clock. */
static int64_t later(const struct matching *matching, const struct jt_compare_keyed *a,
                     const struct jt_compare_keyed *b)
{
    return b->time_ns - matching->comparison->clock.offset_ns - a->time_ns;
}

static int64_t distance(const struct matching *matching, const struct jt_compare_keyed *a,
                        const struct jt_compare_keyed *b)
{
    int64_t ns = later(matching, a, b);

    return ns < 0 ? -ns : ns;
}

static bool live_together(const struct matching *matching, const struct jt_compare_piece *a,
                          const struct jt_compare_piece *b)
{
    int64_t offset = matching->comparison->clock.offset_ns;
    int64_t b_end = b->end_ns == JT_COMPARE_FOREVER ? b->end_ns : b->end_ns - offset;

    return b->time_ns - offset < a->end_ns && a->time_ns < b_end;
}

static bool is_near(const struct matching *matching, const struct jt_compare_piece *a,
                    const struct jt_compare_piece *b)
{
    int64_t ns = b->time_ns - matching->comparison->clock.offset_ns - a->time_ns;

    return ns >= -matching->near_ns && ns <= matching->near_ns;
}

static bool is_same_place(const struct matching *matching, const struct jt_compare_piece *a,
                          const struct jt_compare_piece *b)
{
    return matching->is_by_order || is_near(matching, a, b) || live_together(matching, a, b);
}

static bool is_same_start(const struct matching *matching, const struct jt_compare_piece *a,
                          const struct jt_compare_piece *b)
{
    bool is_alike = a->key == b->key && a->row == b->row;

    if (matching->is_by_order)
        return is_alike;
    return is_near(matching, a, b) || (is_alike && live_together(matching, a, b));
}

static bool is_same_elsewhere(const struct matching *matching, const struct jt_compare_piece *a,
                              const struct jt_compare_piece *b)
{
    return !matching->is_by_order && is_near(matching, a, b);
}

static bool is_any(const struct matching *matching, const struct jt_compare_piece *a,
                   const struct jt_compare_piece *b)
{
    return true;
}

static bool is_same_deopt(const struct matching *matching, const struct jt_compare_piece *a,
                          const struct jt_compare_piece *b)
{
    return matching->is_by_order || is_near(matching, a, b);
}

static bool is_word(const struct jt_comparison *comparison, const struct jt_compare_piece *deopt)
{
    return deopt->reason && !starts(comparison, deopt->reason, "not told") &&
           !starts(comparison, deopt->kind, "replaced");
}

static bool has_told_tier(const struct jt_compare_piece *piece)
{
    return piece->tier != JT_TIER_NONE && piece->tier != JT_TIER_UNKNOWN &&
           piece->tier != JT_TIER_STUB;
}

/* What has no name is called after its file by some. */
static bool is_file(const struct jt_comparison *comparison, const struct jt_compare_piece *piece,
                    const char *name)
{
    return piece->file && strcmp(jt_strings_text(&comparison->strings, piece->file), name) == 0;
}

/* A name without its arguments is the same as one with them; no name says nothing. */
static bool is_same_name(const struct jt_comparison *comparison, const struct jt_compare_piece *a,
                         const struct jt_compare_piece *b)
{
    const char *one = jt_strings_text(&comparison->strings, a->key);
    const char *other = jt_strings_text(&comparison->strings, b->key);
    size_t one_bytes = strcspn(one, "("), other_bytes = strcspn(other, "(");

    if (a->key == b->key || a->key == 0 || b->key == 0 || is_file(comparison, a, other) ||
        is_file(comparison, b, one))
        return true;
    return one_bytes == other_bytes && one_bytes > 0 && memcmp(one, other, one_bytes) == 0 &&
           (!one[one_bytes] || !other[other_bytes]);
}

static unsigned differences(const struct matching *matching, const struct jt_compare_piece *a,
                            const struct jt_compare_piece *b)
{
    const struct jt_comparison *comparison = matching->comparison;
    unsigned differs = 0;

    if (a->row == JT_COMPARE_DEOPT)
        return (is_word(comparison, a) && is_word(comparison, b) && a->reason != b->reason
                    ? JT_COMPARE_REASON
                    : 0) |
               (matching->is_by_order || is_near(matching, a, b) ? 0 : JT_COMPARE_TIME);
    if (a->bytes != b->bytes)
        differs |= JT_COMPARE_SIZE;
    if (a->address != b->address && comparison->by == JT_COMPARE_BY_ADDRESS)
        differs |= JT_COMPARE_ADDRESS;
    if (!is_same_name(comparison, a, b))
        differs |= JT_COMPARE_NAME;
    if (has_told_tier(a) && has_told_tier(b) && a->tier != b->tier)
        differs |= JT_COMPARE_TIER;
    if (a->line && b->line && a->line != b->line)
        differs |= JT_COMPARE_LINE;
    return differs;
}

static void pair(const struct matching *matching, const struct jt_compare_keyed *a,
                 const struct jt_compare_keyed *b)
{
    struct jt_compare_piece *one = piece_at(matching, 0, a);
    struct jt_compare_piece *other = piece_at(matching, 1, b);

    one->partner = b->place;
    other->partner = a->place;
    one->differs = other->differs = differences(matching, one, other);
}

/* Whether the first of `one` is better left alone: the second is nearer to `other`, which has
 * nothing nearer to come. */
static bool is_passed(const struct matching *matching, int64_t apart, int64_t next_apart,
                      bool has_both, int64_t both_next_apart)
{
    return !matching->is_by_order && next_apart < apart &&
           !(has_both && both_next_apart <= next_apart);
}

/* Of one key: nearest in time, and in order. */
static void match_run(const struct matching *matching, const struct jt_compare_keyed *a,
                      size_t a_count, const struct jt_compare_keyed *b, size_t b_count)
{
    size_t i = 0, j = 0;

    while (i < a_count && j < b_count) {
        bool has_a = i + 1 < a_count, has_b = j + 1 < b_count;
        int64_t apart = distance(matching, &a[i], &b[j]);
        int64_t a_apart = has_a ? distance(matching, &a[i + 1], &b[j]) : INT64_MAX;
        int64_t b_apart = has_b ? distance(matching, &a[i], &b[j + 1]) : INT64_MAX;
        int64_t both_apart = has_a && has_b ? distance(matching, &a[i + 1], &b[j + 1]) : INT64_MAX;

        if (!matching->is_match(matching, piece_at(matching, 0, &a[i]),
                                piece_at(matching, 1, &b[j]))) {
            bool is_b_later = !matching->is_by_order && later(matching, &a[i], &b[j]) > 0;

            i += matching->is_by_order || is_b_later;
            j += !is_b_later;
        } else if (is_passed(matching, apart, b_apart, has_a && has_b, both_apart)) {
            j++;
        } else if (is_passed(matching, apart, a_apart, has_a && has_b, both_apart)) {
            i++;
        } else {
            pair(matching, &a[i++], &b[j++]);
        }
    }
}

static void match(const struct matching *matching, unsigned rows, jt_compare_key *key)
{
    struct jt_compare_order a = jt_compare_sorted(matching->comparison, 0, rows, key);
    struct jt_compare_order b = jt_compare_sorted(matching->comparison, 1, rows, key);
    size_t i = 0, j = 0;

    while (i < a.count && j < b.count) {
        if (a.at[i].key < b.at[j].key) {
            i++;
        } else if (a.at[i].key > b.at[j].key) {
            j++;
        } else {
            size_t a_run = jt_compare_run(&a, i);
            size_t b_run = jt_compare_run(&b, j);

            match_run(matching, &a.at[i], a_run, &b.at[j], b_run);
            i += a_run;
            j += b_run;
        }
    }
    free(a.at);
    free(b.at);
}

static int64_t near_of(const struct jt_compare_clock *clock)
{
    uint64_t ns = clock->spread_ns * SPREADS;

    if (clock->spread_ns > NEAR_MOST_NS / SPREADS)
        return NEAR_MOST_NS;
    return ns > NEAR_NS ? (int64_t)ns : NEAR_NS;
}

/* Of two stays of the same code, the second of which is said to end the first. */
static bool is_second_word(const struct jt_compare_piece *first,
                           const struct jt_compare_piece *second)
{
    return first->address == second->address && first->bytes == second->bytes &&
           first->key == second->key && first->row == second->row &&
           first->end_ns >= second->time_ns &&
           (first->partner == JT_COMPARE_ALONE) != (second->partner == JT_COMPARE_ALONE);
}

static uint64_t by_any_place(const struct jt_comparison *comparison,
                             const struct jt_compare_piece *piece)
{
    return piece->row == JT_COMPARE_DEOPT ? 0 : by_address(comparison, piece);
}

/* Engines tell new listeners of what is there, and old ones hear it again: when one side was told
 * twice of what the other was told once, nothing is missing. */
static void find_second_words(struct jt_comparison *comparison, size_t side)
{
    struct jt_compare_piece *pieces = comparison->sides[side].pieces.at;
    struct jt_compare_order order = jt_compare_sorted(
        comparison, side, JT_COMPARE_EVEN_PAIRED | JT_COMPARE_PLACE_ROWS, by_any_place);

    for (size_t i = 1; i < order.count; i++) {
        struct jt_compare_piece *first = &pieces[order.at[i - 1].place];
        struct jt_compare_piece *second = &pieces[order.at[i].place];

        if (!is_second_word(first, second))
            continue;
        first->is_again |= first->partner == JT_COMPARE_ALONE;
        second->is_again |= second->partner == JT_COMPARE_ALONE;
    }
    free(order.at);
}

static void match_by_name(struct matching *matching)
{
    matching->is_by_order = true;
    matching->is_match = is_any;
    match(matching, JT_COMPARE_PLACE_ROWS, by_name_and_size);
    match(matching, JT_COMPARE_PLACE_ROWS, jt_compare_by_name);
    match(matching, JT_COMPARE_DEOPT_ROWS, by_name_and_reason);
    match(matching, JT_COMPARE_DEOPT_ROWS, jt_compare_by_name);
}

static void match_by_address(struct matching *matching)
{
    matching->is_match = is_same_place;
    match(matching, JT_COMPARE_PLACE_ROWS, jt_compare_by_place);
    matching->is_match = is_same_start;
    match(matching, JT_COMPARE_PLACE_ROWS, by_address);
    matching->is_match = is_same_elsewhere;
    match(matching, JT_COMPARE_CODE_ROWS, by_name_and_size);
    matching->is_match = is_same_deopt;
    match(matching, JT_COMPARE_DEOPT_ROWS, by_name_and_reason);
    match(matching, JT_COMPARE_DEOPT_ROWS, jt_compare_by_name);
    matching->is_match = is_any; /* one of them tells the wrong time */
    match(matching, JT_COMPARE_DEOPT_ROWS, by_name_and_reason);
    for (size_t side = 0; side < 2; side++)
        find_second_words(matching->comparison, side);
}

void jt_compare_match(struct jt_comparison *comparison)
{
    struct matching matching = {
        .comparison = comparison,
        .near_ns = near_of(&comparison->clock),
        .is_by_order = !comparison->clock.is_known,
    };

    if (comparison->by == JT_COMPARE_BY_NAME)
        match_by_name(&matching);
    else
        match_by_address(&matching);
}
