/* The steps of a comparison; compare.c takes them in this order. */
#ifndef JT_PROFILE_COMPARE_PARTS_H
#define JT_PROFILE_COMPARE_PARTS_H

#include "analysis/profile/compare.h"

/* What two pieces are the same by. Not known (a deopt without a function): 0. */
typedef uint64_t jt_compare_key(const struct jt_comparison *comparison,
                                const struct jt_compare_piece *piece);
jt_compare_key jt_compare_by_place;       /* pid left out: address and size */
jt_compare_key jt_compare_by_named_place; /* address and name */
jt_compare_key jt_compare_by_name;

/* Fill the pieces of a side from its view; times count from `zero_ns`. */
void jt_compare_fill(struct jt_comparison *comparison, size_t side, uint64_t zero_ns,
                     enum jt_runtime hint);
/* Set the clock from what both sides have the same number of. */
void jt_compare_align(struct jt_comparison *comparison);
/* Find partners and differences. */
void jt_compare_match(struct jt_comparison *comparison);

/* The centre of the densest part of `count` differences, which are sorted here. */
struct jt_compare_clock jt_compare_centre(int64_t *differences, size_t count);

/* Pieces by key and time. */
struct jt_compare_keyed {
    uint64_t key;
    int64_t time_ns;
    size_t place;
};
struct jt_compare_order {
    struct jt_compare_keyed *at;
    size_t count;
};
/* Of the rows in `rows` (bits), those that have a key and no partner. Free `at`. */
struct jt_compare_order jt_compare_sorted(const struct jt_comparison *comparison, size_t side,
                                          unsigned rows, jt_compare_key *key);
/* How many from `start` on have its key. */
size_t jt_compare_run(const struct jt_compare_order *order, size_t start);

enum {
    JT_COMPARE_CODE_ROWS = 1 << JT_COMPARE_JIT | 1 << JT_COMPARE_BYTECODE | 1 << JT_COMPARE_WASM,
    JT_COMPARE_PLACE_ROWS = JT_COMPARE_CODE_ROWS | 1 << JT_COMPARE_STUB | 1 << JT_COMPARE_MOVED,
    JT_COMPARE_DEOPT_ROWS = 1 << JT_COMPARE_DEOPT,
    JT_COMPARE_EVEN_PAIRED = 1 << JT_COMPARE_ROWS, /* those with a partner too */
};

#endif
