#include "analysis/profile/compare.h"

#include "analysis/profile/compare_parts.h"

#include <stdlib.h>

enum { SAME_RUN_SHARE = 5 }; /* a fifth of one side at the other's places: one run */

/* The runtime whose log one side is; the other tells of the same. */
static enum jt_runtime runtime_of(const struct jt_comparison *comparison)
{
    for (size_t i = 0; i < 2; i++) {
        if (comparison->sides[i].view->kind == JT_CODEVIEW_V8LOG)
            return JT_RUNTIME_V8;
        if (comparison->sides[i].view->kind == JT_CODEVIEW_HOTSPOTLOG)
            return JT_RUNTIME_HOTSPOT;
    }
    return JT_RUNTIME_NONE;
}

static bool is_zero_shared(const struct jt_comparison *comparison)
{
    return comparison->sides[0].view->clock == comparison->sides[1].view->clock &&
           comparison->sides[0].view->clock != JT_CODEVIEW_LOGGER &&
           comparison->sides[0].view->clock != JT_CODEVIEW_VM;
}

/* Whether enough code lies at the same places: views of one run. */
static bool has_common_places(const struct jt_comparison *comparison, unsigned rows,
                              jt_compare_key *key)
{
    struct jt_compare_order a = jt_compare_sorted(comparison, 0, rows, key);
    struct jt_compare_order b = jt_compare_sorted(comparison, 1, rows, key);
    size_t least = a.count < b.count ? a.count : b.count;
    size_t common = 0;
    size_t i = 0, j = 0;

    while (i < a.count && j < b.count) {
        if (a.at[i].key == b.at[j].key) {
            common++;
            i++;
            j++;
        } else if (a.at[i].key < b.at[j].key) {
            i++;
        } else {
            j++;
        }
    }
    free(a.at);
    free(b.at);
    return common > 0 && common >= least / SAME_RUN_SHARE;
}

static enum jt_compare_by choose(const struct jt_comparison *comparison)
{
    const unsigned compiled = 1 << JT_COMPARE_JIT | 1 << JT_COMPARE_WASM;
    const uint64_t *a = comparison->sides[0].counts, *b = comparison->sides[1].counts;
    bool is_compiled =
        a[JT_COMPARE_JIT] + a[JT_COMPARE_WASM] > 0 && b[JT_COMPARE_JIT] + b[JT_COMPARE_WASM] > 0;

    /* Builtins lie at the same places in every run of a program. */
    unsigned rows = is_compiled ? compiled : (unsigned)JT_COMPARE_PLACE_ROWS;

    return has_common_places(comparison, rows, jt_compare_by_place) ||
                   has_common_places(comparison, rows, jt_compare_by_named_place)
               ? JT_COMPARE_BY_ADDRESS
               : JT_COMPARE_BY_NAME;
}

static void count_side(struct jt_comparison *comparison, size_t side)
{
    const struct jt_compare_side *from = &comparison->sides[side];

    for (size_t i = 0; i < from->pieces.count; i++) {
        const struct jt_compare_piece *piece = &from->pieces.at[i];
        struct jt_compare_count *to = &comparison->counts[piece->row];
        bool is_alone = piece->partner == JT_COMPARE_ALONE;

        to->only[side] += is_alone && !piece->is_again;
        to->both += !is_alone && side == 0; /* a pair is what A calls it */
        to->differ += !is_alone && side == 0 && piece->differs != 0;
    }
}

void jt_compare(struct jt_comparison *comparison, const struct jt_codeview *a,
                const struct jt_codeview *b, enum jt_compare_by by)
{
    *comparison = (struct jt_comparison){.sides = {{.view = a}, {.view = b}}};
    jt_strings_init(&comparison->strings);
    jt_compare_fill(comparison, 0, a->zero_ns, runtime_of(comparison));
    jt_compare_fill(comparison, 1, is_zero_shared(comparison) ? a->zero_ns : b->zero_ns,
                    runtime_of(comparison));
    comparison->by = by == JT_COMPARE_BY_ANY ? choose(comparison) : by;
    jt_compare_align(comparison);
    jt_compare_match(comparison);
    count_side(comparison, 0);
    count_side(comparison, 1);
}

void jt_comparison_release(struct jt_comparison *comparison)
{
    for (size_t side = 0; side < 2; side++)
        jt_vec_release(&comparison->sides[side].pieces);
    jt_strings_release(&comparison->strings);
}

bool jt_compare_time(const struct jt_comparison *comparison, size_t side,
                     const struct jt_compare_piece *piece, int64_t *ns)
{
    *ns = piece->time_ns - (side == 1 ? comparison->clock.offset_ns : 0);
    return comparison->sides[side].has_times &&
           (side == 0 || comparison->clock.is_known || !comparison->sides[0].has_times);
}

bool jt_compare_is_beyond(const struct jt_comparison *comparison, size_t side,
                          enum jt_compare_row row)
{
    const struct jt_compare_side *other = &comparison->sides[1 - side];

    if (row == JT_COMPARE_DEOPT)
        return !other->view->has_deopts;
    return row != JT_COMPARE_JIT && other->counts[row] == 0;
}

const char *jt_compare_row_name(enum jt_compare_row row)
{
    static const char *const names[] = {
#define JT_COMPARE_ROW_ID(id, name, words) [id] = name,
        JT_COMPARE_ROW_LIST(JT_COMPARE_ROW_ID)
#undef JT_COMPARE_ROW_ID
    };

    return names[row];
}

const char *jt_compare_row_words(enum jt_compare_row row)
{
    static const char *const texts[] = {
#define JT_COMPARE_ROW_ID(id, name, words) [id] = words,
        JT_COMPARE_ROW_LIST(JT_COMPARE_ROW_ID)
#undef JT_COMPARE_ROW_ID
    };

    return texts[row];
}
