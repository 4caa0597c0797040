/* Two views of JIT code side by side: what both saw, what one alone saw, what they tell
 * differently, and how far apart their clocks are.
 *
 * Code is the same when it has the same address and size and lived at the same time
 * once the clocks are aligned; views of different runs, whose addresses say nothing,
 * are compared by name. */
#ifndef JT_PROFILE_COMPARE_H
#define JT_PROFILE_COMPARE_H

#include "analysis/load/codeview.h"
#include "analysis/symbol/kinds.h"
#include "base/strings.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* id, name in JSON, what it is called */
#define JT_COMPARE_ROW_LIST(ROW)                                                                   \
    ROW(JT_COMPARE_JIT, "jit", "JIT code")                                                         \
    ROW(JT_COMPARE_BYTECODE, "bytecode", "byte code")                                              \
    ROW(JT_COMPARE_WASM, "wasm", "WebAssembly")                                                    \
    ROW(JT_COMPARE_STUB, "stub", "builtins, stubs")                                                \
    ROW(JT_COMPARE_MOVED, "moved", "moved code")                                                   \
    ROW(JT_COMPARE_DEOPT, "deopt", "deopts")

enum jt_compare_row {
#define JT_COMPARE_ROW_ID(id, name, words) id,
    JT_COMPARE_ROW_LIST(JT_COMPARE_ROW_ID)
#undef JT_COMPARE_ROW_ID
        JT_COMPARE_ROWS
};

/* id, value, name */
#define JT_COMPARE_DIFFERENCE_LIST(ROW)                                                            \
    ROW(JT_COMPARE_ADDRESS, 1, "address")                                                          \
    ROW(JT_COMPARE_SIZE, 2, "size")                                                                \
    ROW(JT_COMPARE_NAME, 4, "name")                                                                \
    ROW(JT_COMPARE_TIER, 8, "tier")                                                                \
    ROW(JT_COMPARE_LINE, 16, "line")                                                               \
    ROW(JT_COMPARE_REASON, 32, "reason")                                                           \
    ROW(JT_COMPARE_TIME, 64, "time")

enum jt_compare_difference {
#define JT_COMPARE_DIFFERENCE_ID(id, value, name) id = value,
    JT_COMPARE_DIFFERENCE_LIST(JT_COMPARE_DIFFERENCE_ID)
#undef JT_COMPARE_DIFFERENCE_ID
};

#define JT_COMPARE_ALONE SIZE_MAX
#define JT_COMPARE_FOREVER INT64_MAX

/* A stay of code at an address, or a deopt. Texts are in the comparison's strings. Times are
 * those of its side, counted from the side's zero. */
struct jt_compare_piece {
    enum jt_compare_row row;
    uint32_t pid;
    uint64_t address; /* of a deopt: 0 when not known */
    uint64_t bytes;
    int64_t time_ns;
    int64_t end_ns;    /* JT_COMPARE_FOREVER: not known */
    uint32_t function; /* as it is shown */
    uint32_t key;      /* the same for all ways to write it */
    uint32_t file;
    uint32_t line; /* 0: not known */
    enum jt_tier tier;
    uint32_t kind; /* of a deopt */
    uint32_t reason;
    unsigned differs; /* from its partner: JT_COMPARE_* */
    bool is_again;    /* a second word of code that was told already */
    size_t partner;   /* of the other side, or JT_COMPARE_ALONE */
};

struct jt_compare_side {
    const struct jt_codeview *view;
    bool has_times;
    bool has_tiers;
    uint64_t counts[JT_COMPARE_ROWS];
    struct jt_vec(struct jt_compare_piece) pieces; /* by time */
};

struct jt_compare_clock {
    bool is_known;
    int64_t offset_ns;  /* B - A: what B's clock shows more at the same moment */
    uint64_t spread_ns; /* nine of ten common events are that close to it */
    size_t common;      /* events that agree on it */
    size_t outliers;    /* events that do not */
};

struct jt_compare_count {
    uint64_t both;
    uint64_t only[2];
    uint64_t differ; /* of `both` */
};

enum jt_compare_by { JT_COMPARE_BY_ANY, JT_COMPARE_BY_ADDRESS, JT_COMPARE_BY_NAME };

struct jt_comparison {
    struct jt_compare_side sides[2];
    struct jt_strings strings;
    struct jt_compare_clock clock;
    enum jt_compare_by by; /* what it came to */
    struct jt_compare_count counts[JT_COMPARE_ROWS];
};

/* The views outlive the comparison. */
void jt_compare(struct jt_comparison *comparison, const struct jt_codeview *a,
                const struct jt_codeview *b, enum jt_compare_by by);
void jt_comparison_release(struct jt_comparison *comparison);

/* The time of a piece of side 0 or 1 on A's clock. False when there is none. */
bool jt_compare_time(const struct jt_comparison *comparison, size_t side,
                     const struct jt_compare_piece *piece, int64_t *ns);
/* Whether what one side alone has of this row says nothing: the other tells of no such code. */
bool jt_compare_is_beyond(const struct jt_comparison *comparison, size_t side,
                          enum jt_compare_row row);
const char *jt_compare_row_name(enum jt_compare_row row);
const char *jt_compare_row_words(enum jt_compare_row row);

#endif
