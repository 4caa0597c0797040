#include "analysis/report/activity.h"

#include "analysis/report/activity_private.h"
#include "base/alloc.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

struct jt_activity *jt_activity_new(void)
{
    struct jt_activity *activity = jt_alloc(1, sizeof(*activity));

    jt_strings_init(&activity->strings);
    activity->first_ns = UINT64_MAX;
    return activity;
}

void jt_activity_free(struct jt_activity *activity)
{
    if (!activity)
        return;
    jt_strings_release(&activity->strings);
    jt_map_release(&activity->function_ids);
    jt_map_release(&activity->started);
    jt_map_release(&activity->abort_ids);
    jt_map_release(&activity->deopt_ids);
    jt_vec_release(&activity->functions);
    jt_vec_release(&activity->starts);
    jt_vec_release(&activity->aborts);
    jt_vec_release(&activity->deopts);
    jt_vec_release(&activity->longest);
    free(activity);
}

/* ---- counting ---- */

static struct jt_activity_function *function_of(struct jt_activity *activity,
                                                const struct jt_event_view *view)
{
    size_t bytes = 0;
    const char *name = jt_event_name(view, &bytes);
    uint32_t id = jt_strings_put(&activity->strings, name, bytes);
    uint32_t *at = jt_map_put(&activity->function_ids, id);

    if (*at == JT_MAP_NONE) {
        *at = (uint32_t)activity->functions.count;
        jt_vec_push(&activity->functions, (struct jt_activity_function){.name = id});
    }
    return &activity->functions.at[*at];
}

static void count_reason(struct jt_activity *activity, struct jt_map *ids,
                         struct jt_activity_reasons *reasons, const char *text)
{
    uint32_t id =
        jt_strings_put_text(&activity->strings, text && text[0] ? text : "no reason given");
    uint32_t *at = jt_map_put(ids, id);

    if (*at == JT_MAP_NONE) {
        *at = (uint32_t)reasons->count;
        jt_vec_push(reasons, (struct jt_activity_reason){.name = id});
    }
    reasons->at[*at].count++;
}

static int compare_long(const void *left, const void *right)
{
    const struct jt_activity_long *a = left;
    const struct jt_activity_long *b = right;

    if (a->duration_ns != b->duration_ns)
        return a->duration_ns < b->duration_ns ? 1 : -1;
    return a->since_ns < b->since_ns ? -1 : a->since_ns > b->since_ns;
}

/* Twice as many as are kept are collected before the shorter half is dropped. */
static void note_long(struct jt_activity *activity, const struct jt_activity_long *one)
{
    jt_vec_push(&activity->longest, *one);
    if (activity->longest.count < 2 * (size_t)JT_ACTIVITY_LONGEST_KEPT)
        return;
    qsort(activity->longest.at, activity->longest.count, sizeof(*one), compare_long);
    activity->longest.count = JT_ACTIVITY_LONGEST_KEPT;
}

/* What ties a compilation's start to its end: the engine's number or else the function, in this
 * process and, without a number, this thread. */
static uint64_t compilation_key(const struct jt_event_view *view, uint64_t compilation,
                                uint32_t function)
{
    uint64_t inner = compilation ? jt_hash_pair(1, compilation)
                                 : jt_hash_pair((uint64_t)view->event->tid << 32 | function, 2);

    return jt_hash_pair(view->pid, inner);
}

static void note_start(struct jt_activity *activity, const struct jt_event_view *view)
{
    const struct jitney_compile_start *start = view->event->compile_start;
    uint32_t *at =
        jt_map_put(&activity->started, compilation_key(view, start->compilation, start->function));

    if (*at == JT_MAP_NONE) {
        *at = (uint32_t)activity->starts.count;
        jt_vec_push(&activity->starts, 0);
    }
    activity->starts.at[*at] = view->has_time ? view->event->time_ns + 1 : 0;
}

/* As the engine measured it; or else the time since its start was told. */
static uint64_t duration_of(struct jt_activity *activity, const struct jt_event_view *view,
                            uint64_t key, uint64_t measured_ns)
{
    uint32_t at = jt_map_find(&activity->started, key);
    uint64_t start = at == JT_MAP_NONE ? 0 : activity->starts.at[at];

    if (at != JT_MAP_NONE)
        activity->starts.at[at] = 0;
    if (measured_ns || !start || view->event->time_ns + 1 < start)
        return measured_ns;
    return view->event->time_ns + 1 - start;
}

static void note_end(struct jt_activity *activity, const struct jt_event_view *view, uint64_t key,
                     uint64_t measured_ns)
{
    struct jt_activity_function *function = function_of(activity, view);
    bool is_abort = view->event->type == JITNEY_COMPILE_ABORT;
    const struct jt_activity_long one = {
        .duration_ns = duration_of(activity, view, key, measured_ns),
        .since_ns = view->since_ns,
        .name = function->name,
        .has_time = view->has_time,
        .is_abort = is_abort,
    };

    function->compilations += !is_abort;
    function->aborts += is_abort;
    function->compile_ns += one.duration_ns;
    if (one.duration_ns > function->longest_ns)
        function->longest_ns = one.duration_ns;
    activity->compile_ns += one.duration_ns;
    note_long(activity, &one);
}

void jt_activity_add(struct jt_activity *activity, const struct jt_event_view *view)
{
    const struct jitney_event *event = view->event;

    if (event->type > JITNEY_FUNCTION)
        return;
    activity->classes[event->type]++;
    if (event->type == JITNEY_FUNCTION)
        return;
    activity->events++;
    if (view->has_time) {
        activity->has_times = true;
        if (view->since_ns < activity->first_ns)
            activity->first_ns = view->since_ns;
        if (view->since_ns > activity->last_ns)
            activity->last_ns = view->since_ns;
    }
    if (event->type == JITNEY_COMPILE_START) {
        note_start(activity, view);
    } else if (event->type == JITNEY_COMPILE_END) {
        const struct jitney_compile_end *end = event->compile_end;

        note_end(activity, view, compilation_key(view, end->compilation, end->function),
                 end->duration_ns);
    } else if (event->type == JITNEY_COMPILE_ABORT) {
        const struct jitney_compile_abort *abort = event->compile_abort;

        note_end(activity, view, compilation_key(view, abort->compilation, abort->function),
                 abort->duration_ns);
        count_reason(activity, &activity->abort_ids, &activity->aborts, abort->reason);
    } else if (event->type == JITNEY_DEOPT) {
        /* That better code took its place is no failure of the function. */
        if (!event->deopt->kind || strcmp(event->deopt->kind, "replaced") != 0)
            function_of(activity, view)->deopts++;
        count_reason(activity, &activity->deopt_ids, &activity->deopts,
                     event->deopt->reason ? event->deopt->reason : event->deopt->kind);
    }
}

/* ---- order ---- */

static int compare_reasons(const void *left, const void *right, void *strings)
{
    const struct jt_activity_reason *a = left;
    const struct jt_activity_reason *b = right;

    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    return strcmp(jt_strings_text(strings, a->name), jt_strings_text(strings, b->name));
}

void jt_activity_sort(struct jt_activity *activity)
{
    struct jt_activity_reasons *lists[] = {&activity->aborts, &activity->deopts};

    for (size_t i = 0; i < 2; i++)
        if (lists[i]->count > 0)
            qsort_r(lists[i]->at, lists[i]->count, sizeof(*lists[i]->at), compare_reasons,
                    &activity->strings);
    /* Their places have changed: nothing may be added by them. */
    jt_map_release(&activity->abort_ids);
    jt_map_release(&activity->deopt_ids);
    for (size_t i = 0; i < activity->aborts.count; i++)
        *jt_map_put(&activity->abort_ids, activity->aborts.at[i].name) = (uint32_t)i;
    for (size_t i = 0; i < activity->deopts.count; i++)
        *jt_map_put(&activity->deopt_ids, activity->deopts.at[i].name) = (uint32_t)i;
    if (activity->longest.count > 0)
        qsort(activity->longest.at, activity->longest.count, sizeof(*activity->longest.at),
              compare_long);
}

static int compare_deopts(const void *left, const void *right, void *strings)
{
    const struct jt_activity_function *a = *(const struct jt_activity_function *const *)left;
    const struct jt_activity_function *b = *(const struct jt_activity_function *const *)right;

    if (a->deopts != b->deopts)
        return a->deopts < b->deopts ? 1 : -1;
    return strcmp(jt_strings_text(strings, a->name), jt_strings_text(strings, b->name));
}

const struct jt_activity_function **jt_activity_deoptimized(const struct jt_activity *activity,
                                                            size_t *count)
{
    const struct jt_activity_function **list =
        jt_alloc(activity->functions.count, sizeof(const struct jt_activity_function *));

    *count = 0;
    for (size_t i = 0; i < activity->functions.count; i++)
        if (activity->functions.at[i].deopts > 0)
            list[(*count)++] = &activity->functions.at[i];
    qsort_r(list, *count, sizeof(const struct jt_activity_function *), compare_deopts,
            (void *)&activity->strings);
    return list;
}
