/* Two profiles as one: with two weights a node, what was there before and what
 * is there after, or simply added up. */
#ifndef JT_PROFILE_DIFF_H
#define JT_PROFILE_DIFF_H

#include "analysis/profile/profile.h"

struct jt_diff_weight {
    uint64_t before_self, before_total;
    uint64_t after_self, after_total;
};

struct jt_diff {
    struct jt_profile merged; /* the nodes of both; their weights are the sums */
    struct jt_vec(struct jt_diff_weight) weights; /* one of each node of `merged` */
};

/* Merge `before` and `after`. A function is the same in both when its name,
 * file, module and kind agree: its line and tier may differ from run to run.
 * (Tiers count when one of the profiles keeps them apart, and lines for names
 * in parentheses, of which a file may have many.) What a frame says is taken
 * from `after` where it is known there. Release with jt_diff_release. */
void jt_diff_make(struct jt_diff *diff, const struct jt_profile *before,
                  const struct jt_profile *after);
void jt_diff_release(struct jt_diff *diff);

/* Add the samples of `from` to `to`, both finished: one profile of several
 * inputs. Their units must be the same (JITNEY_ERR_ARGUMENT). */
int jt_profile_add(struct jt_profile *to, const struct jt_profile *from);

#endif
