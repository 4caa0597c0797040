#include "analysis/profile/diff.h"

#include "jitney/status.h"

#include <string.h>

/* What the two profiles share while they are merged. */
struct merge {
    struct jt_diff *diff;
    struct jt_strings keys;         /* a frame's identity -> its place in `frames` + 1 */
    struct jt_vec(uint32_t) frames; /* of the merged profile */
    bool tiers_are_split;
};

static uint32_t copy_string(struct jt_profile *to, const struct jt_profile *from, uint32_t id)
{
    return jt_strings_put(&to->strings, jt_strings_text(&from->strings, id),
                          jt_strings_bytes(&from->strings, id));
}

static uint32_t merge_frame(struct merge *merge, const struct jt_profile *from,
                            const struct jt_frame *frame)
{
    struct jt_profile *to = &merge->diff->merged;
    struct jt_frame copy = *frame;
    struct jt_frame key = {0};
    uint32_t place = 0;

    copy.name = copy_string(to, from, frame->name);
    copy.file = copy_string(to, from, frame->file);
    copy.module = copy_string(to, from, frame->module);
    key = copy;
    key.is_inlined = false;
    if (jt_strings_text(&to->strings, key.name)[0] != '(')
        key.line = 0;
    if (!merge->tiers_are_split)
        key.tier = JT_TIER_NONE;
    place = jt_strings_put(&merge->keys, (const char *)&key, sizeof(key)) - 1;
    if (place == merge->frames.count)
        jt_vec_push(&merge->frames, jt_profile_frame(to, &copy));
    return merge->frames.at[place];
}

static void merge_nodes(struct merge *merge, const struct jt_profile *from, bool is_before)
{
    struct jt_diff *diff = merge->diff;
    uint32_t *frames = jt_alloc(from->frames.count, sizeof(*frames));
    uint32_t *nodes = jt_alloc(from->nodes.count, sizeof(*nodes));

    for (size_t i = 0; i < from->frames.count; i++) {
        frames[i] = merge_frame(merge, from, &from->frames.at[i]);
        for (size_t tier = 0; tier < JT_TIER_COUNT; tier++)
            diff->merged.tiers.at[frames[i]].self[tier] += from->tiers.at[i].self[tier];
    }
    for (uint32_t i = 0; i < from->nodes.count; i++) {
        uint64_t self = jt_nodes_self(&from->nodes, i);

        if (i > 0)
            nodes[i] = jt_nodes_child(&diff->merged.nodes, nodes[jt_nodes_parent(&from->nodes, i)],
                                      frames[jt_nodes_frame(&from->nodes, i)]);
        if (nodes[i] >= diff->weights.count)
            jt_vec_push(&diff->weights, (struct jt_diff_weight){0});
        jt_nodes_add_self(&diff->merged.nodes, nodes[i], self);
        if (is_before)
            diff->weights.at[nodes[i]].before_self += self;
        else
            diff->weights.at[nodes[i]].after_self += self;
    }
    free(frames);
    free(nodes);
}

static void add_up(struct jt_diff *diff)
{
    struct jt_diff_weight *weights = diff->weights.at;

    jt_profile_finish(&diff->merged);
    for (size_t i = 0; i < diff->weights.count; i++) {
        weights[i].before_total = weights[i].before_self;
        weights[i].after_total = weights[i].after_self;
    }
    for (uint32_t i = (uint32_t)diff->weights.count; i-- > 1;) {
        uint32_t parent = jt_nodes_parent(&diff->merged.nodes, i);

        weights[parent].before_total += weights[i].before_total;
        weights[parent].after_total += weights[i].after_total;
    }
}

void jt_diff_make(struct jt_diff *diff, const struct jt_profile *before,
                  const struct jt_profile *after)
{
    struct merge merge = {.diff = diff,
                          .tiers_are_split = before->tiers_are_split || after->tiers_are_split};

    *diff = (struct jt_diff){0};
    jt_profile_init(&diff->merged);
    jt_strings_init(&merge.keys);
    diff->merged.tiers_are_split = merge.tiers_are_split;
    diff->merged.unit = after->unit;
    diff->merged.weight = before->weight + after->weight;
    diff->merged.samples = before->samples + after->samples;
    merge_nodes(&merge, after, false);
    merge_nodes(&merge, before, true);
    add_up(diff);
    jt_strings_release(&merge.keys);
    jt_vec_release(&merge.frames);
}

void jt_diff_release(struct jt_diff *diff)
{
    jt_profile_release(&diff->merged);
    jt_vec_release(&diff->weights);
}

static void add_tree(struct jt_profile *to, const struct jt_profile *from)
{
    uint32_t *frames = jt_alloc(from->frames.count, sizeof(*frames));
    uint32_t *nodes = jt_alloc(from->nodes.count, sizeof(*nodes));

    for (size_t i = 0; i < from->frames.count; i++) {
        struct jt_frame frame = from->frames.at[i];

        frame.name = copy_string(to, from, frame.name);
        frame.file = copy_string(to, from, frame.file);
        frame.module = copy_string(to, from, frame.module);
        frames[i] = jt_profile_frame(to, &frame);
        for (size_t tier = 0; tier < JT_TIER_COUNT; tier++)
            to->tiers.at[frames[i]].self[tier] += from->tiers.at[i].self[tier];
    }
    for (uint32_t i = 0; i < from->nodes.count; i++) {
        if (i > 0)
            nodes[i] = jt_nodes_child(&to->nodes, nodes[jt_nodes_parent(&from->nodes, i)],
                                      frames[jt_nodes_frame(&from->nodes, i)]);
        jt_nodes_add_self(&to->nodes, nodes[i], jt_nodes_self(&from->nodes, i));
    }
    jt_nodes_add_up(&to->nodes);
    free(frames);
    free(nodes);
}

/* Time stamps of two inputs may be of two clocks: only durations add up. */
static void add_times(struct jt_profile *to, const struct jt_profile *from)
{
    uint64_t duration = from->end_ns > from->start_ns ? from->end_ns - from->start_ns : 0;

    if (to->end_ns < to->start_ns)
        to->end_ns = to->start_ns;
    to->end_ns += duration;
    if (to->frequency != from->frequency)
        to->frequency = 0;
}

int jt_profile_add(struct jt_profile *to, const struct jt_profile *from)
{
    if (strcmp(to->unit ? to->unit : "", from->unit ? from->unit : "") != 0)
        return JITNEY_ERR_ARGUMENT;
    add_tree(to, from);
    add_times(to, from);
    to->samples += from->samples;
    to->weight += from->weight;
    to->user_samples += from->user_samples;
    to->user_samples_named += from->user_samples_named;
    to->jit_samples += from->jit_samples;
    to->frames_total += from->frames_total;
    to->ambiguous_samples += from->ambiguous_samples;
    to->cut_stacks += from->cut_stacks;
    to->broken_chains += from->broken_chains;
    to->lost_samples += from->lost_samples;
    to->bad_records += from->bad_records;
    to->torn_bytes += from->torn_bytes;
    to->other_samples += from->other_samples;
    for (size_t i = 0; i < JT_SHARE_COUNT; i++)
        to->shares[i] += from->shares[i];
    for (size_t i = 0; i < JT_REASON_COUNT; i++) {
        to->unknown[i].frames += from->unknown[i].frames;
        to->unknown[i].samples += from->unknown[i].samples;
    }
    return JITNEY_OK;
}
