#include "analysis/profile/profile.h"

#include "analysis/load/samples.h"
#include "analysis/symbol/native.h"

#include <stdlib.h>
#include <string.h>

/* A sample never weighs more, so that sums of 2^24 of them cannot overflow. */
#define MOST_WEIGHT (UINT64_C(1) << 39)

#define SHARE_NAME(id, name) [id] = (name),
static const char *const share_names[] = {JT_SHARE_LIST(SHARE_NAME)};

const char *jt_share_name(enum jt_share share)
{
    return share_names[share];
}

void jt_profile_init(struct jt_profile *profile)
{
    struct jt_frame all = {.kind = JT_FRAME_COMMAND};

    *profile = (struct jt_profile){.unit = "samples"};
    jt_strings_init(&profile->strings);
    jt_strings_init(&profile->frame_index);
    all.name = jt_strings_put_text(&profile->strings, "all");
    jt_nodes_init(&profile->nodes, jt_profile_frame(profile, &all));
}

void jt_profile_release(struct jt_profile *profile)
{
    jt_strings_release(&profile->strings);
    jt_strings_release(&profile->frame_index);
    jt_vec_release(&profile->frames);
    jt_vec_release(&profile->tiers);
    jt_nodes_release(&profile->nodes);
    free(profile->command);
    free(profile->event);
    *profile = (struct jt_profile){0};
}

/* The frame's bytes without its tier, unless tiers are told apart. */
uint32_t jt_profile_frame(struct jt_profile *profile, const struct jt_frame *frame)
{
    struct jt_frame key = *frame;
    struct jt_frame *known = NULL;
    uint32_t id = 0;

    if (!profile->tiers_are_split)
        key.tier = JT_TIER_NONE;
    id = jt_strings_put(&profile->frame_index, (const char *)&key, sizeof(key)) - 1;
    if (id == profile->frames.count) {
        jt_vec_push(&profile->frames, *frame);
        jt_vec_push(&profile->tiers, (struct jt_frame_tiers){{0}});
    }
    known = &profile->frames.at[id];
    if (frame->tier > known->tier)
        known->tier = frame->tier;
    return id;
}

static enum jt_share share_of_native(const struct jt_profile *profile, const struct jt_leaf *leaf)
{
    const struct jt_frame *frame = &profile->frames.at[leaf->frame];

    if (leaf->role == JT_ROLE_GC)
        return JT_SHARE_GC;
    if (leaf->role == JT_ROLE_COMPILER)
        return JT_SHARE_COMPILER;
    if (frame->role == JT_ROLE_INTERPRETER)
        return JT_SHARE_INTERPRETER;
    if (frame->role == JT_ROLE_STUB)
        return JT_SHARE_STUB;
    return frame->runtime ? JT_SHARE_RUNTIME : JT_SHARE_NATIVE;
}

static enum jt_share share_of(const struct jt_profile *profile, const struct jt_leaf *leaf)
{
    static const enum jt_share of_tier[JT_TIER_COUNT] = {
        [JT_TIER_NONE] = JT_SHARE_JIT,
        [JT_TIER_UNKNOWN] = JT_SHARE_JIT,
        [JT_TIER_INTERPRETED] = JT_SHARE_INTERPRETER,
        [JT_TIER_BASELINE] = JT_SHARE_BASELINE,
        [JT_TIER_MID] = JT_SHARE_OPTIMIZED,
        [JT_TIER_OPTIMIZED] = JT_SHARE_OPTIMIZED,
        [JT_TIER_STUB] = JT_SHARE_STUB,
    };

    if (leaf->is_kernel)
        return JT_SHARE_KERNEL;
    if (leaf->kind == JT_FRAME_JIT)
        return of_tier[leaf->tier];
    if (leaf->kind == JT_FRAME_NATIVE)
        return share_of_native(profile, leaf);
    return leaf->kind == JT_FRAME_NAMED ? JT_SHARE_NATIVE : JT_SHARE_UNKNOWN;
}

uint64_t jt_profile_tally(struct jt_profile *profile, const struct jt_leaf *leaf, uint64_t weight)
{
    uint64_t counted = weight < MOST_WEIGHT ? weight : MOST_WEIGHT;
    uint64_t samples = profile->weights_are_samples ? counted : 1;

    profile->tiers.at[leaf->frame].self[leaf->tier] += counted;
    profile->shares[share_of(profile, leaf)] += counted;
    profile->weight += counted;
    if (profile->samples == 0 || counted < profile->least_weight)
        profile->least_weight = counted;
    if (counted > profile->most_weight)
        profile->most_weight = counted;
    profile->samples += samples;
    profile->jit_samples += leaf->kind == JT_FRAME_JIT ? samples : 0;
    profile->ambiguous_samples += leaf->is_ambiguous ? samples : 0;
    if (leaf->is_kernel)
        return counted;
    profile->user_samples += samples;
    profile->user_samples_named += leaf->kind != JT_FRAME_UNKNOWN ? samples : 0;
    return counted;
}

void jt_profile_note_time(struct jt_profile *profile, uint64_t time_ns)
{
    if (time_ns == JT_TIME_NONE)
        return;
    if (!profile->start_ns || time_ns < profile->start_ns)
        profile->start_ns = time_ns;
    if (time_ns > profile->end_ns)
        profile->end_ns = time_ns;
}

/* All samples stand for the same number of events: the reader wants samples. */
static void count_in_samples(struct jt_profile *profile)
{
    uint64_t each = profile->most_weight;

    for (size_t i = 0; i < profile->nodes.knot_count; i++)
        profile->nodes.knots[i].self /= each;
    for (size_t i = 0; i < profile->tiers.count; i++)
        for (size_t tier = 0; tier < JT_TIER_COUNT; tier++)
            profile->tiers.at[i].self[tier] /= each;
    for (size_t i = 0; i < JT_SHARE_COUNT; i++)
        profile->shares[i] /= each;
    profile->weight /= each;
    profile->least_weight = profile->most_weight = 1;
}

static void count_frame(struct jt_profile *profile, uint32_t id, uint64_t self, uint64_t total)
{
    const struct jt_frame *frame = &profile->frames.at[id];

    if (frame->kind == JT_FRAME_COMMAND)
        return;
    profile->frames_total += total;
    if (frame->kind != JT_FRAME_UNKNOWN)
        return;
    profile->unknown[frame->reason].frames += total;
    profile->unknown[frame->reason].samples += self;
}

/* Unknown frames by reason, from the finished tree. */
static void count_unknown(struct jt_profile *profile)
{
    const struct jt_nodes *nodes = &profile->nodes;

    for (uint32_t node = 1; node < nodes->count; node++) {
        uint32_t end = jt_nodes_tail_end(nodes, node);
        uint64_t total = jt_nodes_total(nodes, end);

        for (; node < end; node++)
            count_frame(profile, nodes->cells[node], 0, total);
        count_frame(profile, jt_nodes_frame(nodes, end), jt_nodes_self(nodes, end), total);
    }
}

void jt_profile_finish(struct jt_profile *profile)
{
    bool is_even = profile->least_weight == profile->most_weight;

    if (!profile->weights_are_samples && is_even && profile->most_weight > 1)
        count_in_samples(profile);
    else if (!profile->weights_are_samples && !is_even)
        profile->unit = profile->event ? profile->event : "events";
    jt_nodes_add_up(&profile->nodes);
    count_unknown(profile);
}
