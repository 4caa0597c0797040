/* A profile: samples whose stacks are resolved frames, as one call tree, with
 * everything that a report says about the run. Reports read it and change
 * nothing. */
#ifndef JT_PROFILE_PROFILE_H
#define JT_PROFILE_PROFILE_H

#include "analysis/profile/nodes.h"
#include "analysis/symbol/frame.h"
#include "analysis/symbol/kinds.h"
#include "base/strings.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whose work a sample was, by its leaf. */
#define JT_SHARE_LIST(ROW)                                                                         \
    ROW(JT_SHARE_INTERPRETER, "interpreter")                                                       \
    ROW(JT_SHARE_BASELINE, "baseline")                                                             \
    ROW(JT_SHARE_OPTIMIZED, "optimized")                                                           \
    ROW(JT_SHARE_JIT, "jit")           /* tier not told by the runtime */                          \
    ROW(JT_SHARE_STUB, "stubs")        /* builtins, trampolines, inline caches, RegExps */         \
    ROW(JT_SHARE_COMPILER, "compiler") /* the JIT compiler itself */                               \
    ROW(JT_SHARE_GC, "gc")                                                                         \
    ROW(JT_SHARE_RUNTIME, "runtime") /* other native code of the runtime */                        \
    ROW(JT_SHARE_NATIVE, "native")                                                                 \
    ROW(JT_SHARE_KERNEL, "kernel")                                                                 \
    ROW(JT_SHARE_UNKNOWN, "unknown")

#define JT_SHARE_ID(id, name) id,
enum jt_share { JT_SHARE_LIST(JT_SHARE_ID) JT_SHARE_COUNT };
#undef JT_SHARE_ID
const char *jt_share_name(enum jt_share share);

/* What a frame's own samples add up to, by tier: one function's code is
 * interpreted first and optimized later. */
struct jt_frame_tiers {
    uint64_t self[JT_TIER_COUNT];
};

struct jt_profile_unknown {
    uint64_t frames;  /* unknown frames of this reason in all samples */
    uint64_t samples; /* samples whose leaf is one */
};

struct jt_profile {
    struct jt_strings strings;
    struct jt_vec(struct jt_frame) frames;
    struct jt_vec(struct jt_frame_tiers) tiers; /* one per frame; see jt_profile_finish */
    struct jt_nodes nodes;                      /* the root is "all" */
    const char *unit;                           /* "samples", or what a folded file counted */
    char *command;                              /* what was run; may be NULL. Owned */
    char *event;                                /* e.g. "cpu-clock"; may be NULL. Owned */
    uint64_t samples;
    uint64_t weight;                    /* sum of all samples, in `unit`s */
    uint64_t least_weight, most_weight; /* of one sample */
    bool weights_are_samples;           /* folded stacks: one line is many samples */
    uint64_t start_ns, end_ns;          /* of the samples */
    uint64_t frequency;                 /* Hz; 0 unknown */
    uint64_t user_samples;              /* leaf in user mode */
    uint64_t user_samples_named;
    uint64_t jit_samples;            /* leaf is JIT code, named or not */
    uint64_t shares[JT_SHARE_COUNT]; /* in `unit`s */
    struct jt_profile_unknown unknown[JT_REASON_COUNT];
    uint64_t frames_total;      /* frames of all samples */
    uint64_t ambiguous_samples; /* a name came from a map without time at a reused address */
    uint64_t cut_stacks;        /* samples as deep as the kernel keeps: their callers are lost */
    uint64_t broken_chains;     /* samples with a garbage frame pointer: the rest was kept */
    uint64_t lost_samples;      /* by the kernel */
    uint64_t bad_records, torn_bytes;
    uint64_t other_samples; /* of events that this profile is not about */
    bool tiers_are_split;   /* frames of one function keep their tiers apart (--split-tiers) */
    struct jt_strings frame_index; /* a frame's bytes -> its id + 1 */
};

void jt_profile_init(struct jt_profile *profile);
void jt_profile_release(struct jt_profile *profile);
/* The id of a frame equal to this one. */
uint32_t jt_profile_frame(struct jt_profile *profile, const struct jt_frame *frame);
/* The innermost frame of a sample. */
struct jt_leaf {
    uint32_t frame;
    uint8_t kind; /* enum jt_frame_kind */
    uint8_t tier; /* enum jt_tier */
    uint8_t role; /* enum jt_native_role: of the frame, its native callers or its thread */
    bool is_kernel;
    bool is_ambiguous; /* some name in the stack is a guess */
};
/* Count one sample, which stands for `weight` events (or so many samples), for all
 * but the tree; gives the weight that its node is to have. */
uint64_t jt_profile_tally(struct jt_profile *profile, const struct jt_leaf *leaf, uint64_t weight);
/* The run lasted at least from and to this moment; JT_TIME_NONE is ignored. */
void jt_profile_note_time(struct jt_profile *profile, uint64_t time_ns);
/* Add up the totals, and when all samples weigh the same, count samples instead;
 * call once, after the last sample. */
void jt_profile_finish(struct jt_profile *profile);

#endif
