/* What kind of code a frame is, as the pictures colour it. The colours run from
 * warm (slow code) to cool (optimized code), which also readers who cannot tell
 * red from green can see; unknown frames are hatched besides. */
#ifndef JT_REPORT_PALETTE_H
#define JT_REPORT_PALETTE_H

#include "analysis/profile/profile.h"

/* id, class name, label, fill on light, fill on dark */
#define JT_CATEGORY_LIST(ROW)                                                                      \
    ROW(JT_CATEGORY_INTERPRETED, "interpreted", "interpreted", 0xf0a57c, 0x8a4a28)                 \
    ROW(JT_CATEGORY_BASELINE, "baseline", "baseline", 0xf0d37a, 0x6f5b1a)                          \
    ROW(JT_CATEGORY_MID, "mid", "mid-tier", 0xa3d9c2, 0x2b6654)                                    \
    ROW(JT_CATEGORY_OPTIMIZED, "optimized", "optimized", 0x8fbfee, 0x2a5c96)                       \
    ROW(JT_CATEGORY_JIT, "jit", "JIT, tier not told", 0xbdb4e8, 0x56499a)                          \
    ROW(JT_CATEGORY_STUB, "stub", "stub, builtin", 0xe6b6d2, 0x83426a)                             \
    ROW(JT_CATEGORY_RUNTIME, "runtime", "runtime's own", 0xb3c3d1, 0x46596b)                       \
    ROW(JT_CATEGORY_COMPILER, "compiler", "JIT compiler", 0xd8b384, 0x6b4d26)                      \
    ROW(JT_CATEGORY_GC, "gc", "garbage collector", 0xc3cf92, 0x586430)                             \
    ROW(JT_CATEGORY_NATIVE, "native", "native", 0xd6cfbf, 0x5b564a)                                \
    ROW(JT_CATEGORY_KERNEL, "kernel", "kernel", 0x9fa9b5, 0x3b434d)                                \
    ROW(JT_CATEGORY_UNKNOWN, "unknown", "unknown", 0xf6f3ee, 0x2b2e34)                             \
    ROW(JT_CATEGORY_NAMED, "named", "named by the input", 0xe9cda2, 0x6b5334)                      \
    ROW(JT_CATEGORY_COMMAND, "command", "process", 0xdde1e6, 0x474d57)

#define JT_CATEGORY_ID(id, ...) id,
enum jt_category { JT_CATEGORY_LIST(JT_CATEGORY_ID) JT_CATEGORY_COUNT };
#undef JT_CATEGORY_ID

struct jt_category_row {
    const char *name;
    const char *label;
    uint32_t light, dark; /* 0xRRGGBB */
};

const struct jt_category_row *jt_category_row(enum jt_category category);
enum jt_category jt_category_of(const struct jt_frame *frame);
/* Add what ended in the frame, by the tier that it was in, to `weights`. */
void jt_category_weigh(const struct jt_profile *profile, uint32_t frame,
                       uint64_t weights[JT_CATEGORY_COUNT]);

/* Shades of a differential picture: 0 is all gone, JT_DIFF_SHADES / 2 no
 * change, JT_DIFF_SHADES - 1 all new. */
enum { JT_DIFF_SHADES = 13 };
uint32_t jt_diff_colour(unsigned shade, bool is_dark);
/* The shade of a frame that weighed `before` of `before_all` and now `after` of
 * `after_all`: the change of its share, relative to the larger share. */
unsigned jt_diff_shade(uint64_t before, uint64_t before_all, uint64_t after, uint64_t after_all);

#endif
