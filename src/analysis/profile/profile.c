#include "analysis/profile/profile.h"

#include "analysis/load/samples.h"
#include "analysis/symbol/native.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

enum {
    /* A node's first children are found by walking its list: they lie close
     * together, a path is made in one go. Later ones are found by hash. */
    EARLY_CHILDREN = 8,
    FIRST_LATE_SLOTS = 256
};

/* A sample never weighs more, so that sums of 2^24 of them cannot overflow. */
#define MOST_WEIGHT (UINT64_C(1) << 39)

#define SHARE_NAME(id, name) [id] = (name),
static const char *const share_names[] = {JT_SHARE_LIST(SHARE_NAME)};

const char *jt_share_name(enum jt_share share)
{
    return share_names[share];
}

static void push_node(struct jt_profile *profile, uint32_t parent, uint32_t frame)
{
    size_t bytes = (profile->nodes.count + 1) * sizeof(struct jt_node);

    if (bytes > profile->nodes.memory.bytes) {
        jt_pages_grow(&profile->nodes.memory, bytes);
        profile->nodes.at = profile->nodes.memory.at;
    }
    profile->nodes.at[profile->nodes.count++] = (struct jt_node){.parent = parent, .frame = frame};
}

void jt_profile_init(struct jt_profile *profile)
{
    struct jt_frame all = {.kind = JT_FRAME_COMMAND};

    *profile = (struct jt_profile){.unit = "samples", .late_mask = FIRST_LATE_SLOTS - 1};
    jt_strings_init(&profile->strings);
    jt_strings_init(&profile->frame_index);
    profile->late_children = jt_alloc(FIRST_LATE_SLOTS, sizeof(*profile->late_children));
    all.name = jt_strings_put_text(&profile->strings, "all");
    push_node(profile, JT_NODE_NONE, jt_profile_frame(profile, &all));
}

void jt_profile_release(struct jt_profile *profile)
{
    jt_strings_release(&profile->strings);
    jt_strings_release(&profile->frame_index);
    jt_vec_release(&profile->frames);
    jt_vec_release(&profile->tiers);
    jt_pages_release(&profile->nodes.memory);
    free(profile->late_children);
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

static size_t late_slot(const struct jt_profile *profile, uint32_t parent, uint32_t frame)
{
    size_t at = jt_hash_u64((uint64_t)parent << 32 | frame) & profile->late_mask;
    const struct jt_node *node = NULL;

    for (; profile->late_children[at]; at = (at + 1) & profile->late_mask) {
        node = &profile->nodes.at[profile->late_children[at] - 1];
        if (node->parent == parent && node->frame == frame)
            break;
    }
    return at;
}

static void grow_late(struct jt_profile *profile)
{
    uint32_t *old = profile->late_children;
    size_t old_slots = profile->late_mask + 1;
    const struct jt_node *node = NULL;

    profile->late_mask = old_slots * 2 - 1;
    profile->late_children = jt_alloc(old_slots * 2, sizeof(*profile->late_children));
    for (size_t i = 0; i < old_slots; i++) {
        if (!old[i])
            continue;
        node = &profile->nodes.at[old[i] - 1];
        profile->late_children[late_slot(profile, node->parent, node->frame)] = old[i];
    }
    free(old);
}

/* Link a new node behind `previous` (0: as the first child). */
static uint32_t new_child(struct jt_profile *profile, uint32_t parent, uint32_t frame,
                          uint32_t previous)
{
    uint32_t child = (uint32_t)profile->nodes.count;
    uint32_t *link = NULL;

    push_node(profile, parent, frame);
    link = previous ? &profile->nodes.at[previous].next_sibling
                    : &profile->nodes.at[parent].first_child;
    profile->nodes.at[child].next_sibling = *link;
    *link = child;
    return child;
}

static uint32_t late_child(struct jt_profile *profile, uint32_t parent, uint32_t frame,
                           uint32_t previous)
{
    size_t at = late_slot(profile, parent, frame);
    uint32_t child = 0;

    if (profile->late_children[at])
        return profile->late_children[at] - 1;
    child = new_child(profile, parent, frame, previous);
    profile->late_children[at] = child + 1;
    if (++profile->late_count * 3 > (profile->late_mask + 1) * 2)
        grow_late(profile);
    return child;
}

uint32_t jt_profile_child(struct jt_profile *profile, uint32_t parent, uint32_t frame)
{
    uint32_t previous = 0;
    uint32_t child = profile->nodes.at[parent].first_child;
    int early = 0;

    for (; child && early < EARLY_CHILDREN; early++) {
        if (profile->nodes.at[child].frame == frame)
            return child;
        previous = child;
        child = profile->nodes.at[child].next_sibling;
    }
    if (early == EARLY_CHILDREN)
        return late_child(profile, parent, frame, previous);
    return new_child(profile, parent, frame, previous);
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

    for (size_t i = 0; i < profile->nodes.count; i++)
        profile->nodes.at[i].self /= each;
    for (size_t i = 0; i < profile->tiers.count; i++)
        for (size_t tier = 0; tier < JT_TIER_COUNT; tier++)
            profile->tiers.at[i].self[tier] /= each;
    for (size_t i = 0; i < JT_SHARE_COUNT; i++)
        profile->shares[i] /= each;
    profile->weight /= each;
    profile->least_weight = profile->most_weight = 1;
}

/* Unknown frames by reason, from the finished tree. */
static void count_unknown(struct jt_profile *profile)
{
    const struct jt_node *node = NULL;
    const struct jt_frame *frame = NULL;

    for (size_t i = 1; i < profile->nodes.count; i++) {
        node = &profile->nodes.at[i];
        frame = &profile->frames.at[node->frame];
        if (frame->kind == JT_FRAME_COMMAND)
            continue;
        profile->frames_total += node->total;
        if (frame->kind != JT_FRAME_UNKNOWN)
            continue;
        profile->unknown[frame->reason].frames += node->total;
        profile->unknown[frame->reason].samples += node->self;
    }
}

void jt_profile_finish(struct jt_profile *profile)
{
    bool is_even = profile->least_weight == profile->most_weight;

    if (!profile->weights_are_samples && is_even && profile->most_weight > 1)
        count_in_samples(profile);
    else if (!profile->weights_are_samples && !is_even)
        profile->unit = profile->event ? profile->event : "events";
    for (size_t i = 0; i < profile->nodes.count; i++)
        profile->nodes.at[i].total = profile->nodes.at[i].self;
    for (size_t i = profile->nodes.count - 1; i > 0; i--)
        profile->nodes.at[profile->nodes.at[i].parent].total += profile->nodes.at[i].total;
    count_unknown(profile);
}
