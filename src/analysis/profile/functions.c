#include "analysis/profile/functions.h"

#include <stdlib.h>
#include <string.h>

struct walk {
    uint32_t *on_path;             /* of each frame: how often it is in the stack at hand */
    struct jt_function *functions; /* one per frame */
};

static void enter(void *context, uint32_t node, uint32_t frame, uint64_t self, uint64_t total)
{
    struct walk *walk = context;
    struct jt_function *function = &walk->functions[frame];

    function->self += self;
    if (walk->on_path[frame]++ == 0)
        function->total += total;
}

static void leave(void *context, uint32_t frame)
{
    struct walk *walk = context;

    walk->on_path[frame]--;
}

struct order {
    const struct jt_profile *profile;
    bool by_total;
};

static int compare(const void *left, const void *right, void *context)
{
    const struct jt_function *a = left;
    const struct jt_function *b = right;
    const struct order *order = context;
    const struct jt_strings *strings = &order->profile->strings;
    uint64_t first[2] = {order->by_total ? a->total : a->self,
                         order->by_total ? b->total : b->self};
    uint64_t second[2] = {order->by_total ? a->self : a->total,
                          order->by_total ? b->self : b->total};
    int names = 0;

    if (first[0] != first[1])
        return first[0] < first[1] ? 1 : -1;
    if (second[0] != second[1])
        return second[0] < second[1] ? 1 : -1;
    names = strcmp(jt_strings_text(strings, order->profile->frames.at[a->frame].name),
                   jt_strings_text(strings, order->profile->frames.at[b->frame].name));
    if (names)
        return names;
    return a->frame < b->frame ? -1 : a->frame > b->frame;
}

void jt_functions_make(struct jt_functions *functions, const struct jt_profile *profile,
                       bool by_total)
{
    struct walk walk = {0};
    struct order order = {profile, by_total};

    *functions = (struct jt_functions){0};
    walk.on_path = jt_alloc(profile->frames.count, sizeof(uint32_t));
    walk.functions = jt_alloc(profile->frames.count, sizeof(*walk.functions));
    jt_nodes_walk(&profile->nodes, &walk, enter, leave);
    for (size_t i = 0; i < profile->frames.count; i++) {
        walk.functions[i].frame = (uint32_t)i;
        if (profile->frames.at[i].kind != JT_FRAME_COMMAND && walk.functions[i].total > 0)
            jt_vec_push(&functions->list, walk.functions[i]);
    }
    if (functions->list.count > 1)
        qsort_r(functions->list.at, functions->list.count, sizeof(*functions->list.at), compare,
                &order);
    free(walk.on_path);
    free(walk.functions);
}

void jt_functions_release(struct jt_functions *functions)
{
    jt_vec_release(&functions->list);
}
