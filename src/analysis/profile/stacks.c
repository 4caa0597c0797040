#include "analysis/profile/stacks.h"

#include "analysis/profile/grow.h"
#include "analysis/profile/named.h"
#include "analysis/symbol/native.h"

#include <stdlib.h>
#include <string.h>

struct step {             /* one address of a stack, seen from the root */
    uint64_t valid_until; /* of this and every step before it */
    uint8_t flags;        /* of this and every step before it */
    uint8_t kind;
    uint8_t tier;
    uint8_t role; /* garbage collector or compiler: of the native frames since JIT code */
};

struct asked { /* of a step */
    uint64_t address;
    uint64_t time_ns;
    bool is_kernel;
};

struct path { /* the last stack of a slot */
    struct jt_process *process;
    uint32_t seen; /* changes of processes when it was found */
    uint32_t pid;
    uint32_t tid;
    uint32_t command;
    uint32_t image;
    uint32_t forgets;
    uint32_t changes;
    uint32_t root;
    uint32_t depth; /* so many steps are known */
    uint64_t addresses[JT_STACK_DEPTH];
    struct step steps[JT_STACK_DEPTH];
};

struct jt_stacks {
    struct jt_resolver *resolver;
    struct jt_profile *profile;
    struct jt_grow *grow;
    struct path *paths;
    struct jt_vec(uint32_t) frames; /* of the stack at hand */
    uint32_t leaf;                  /* its innermost frame */
    struct jt_map roots;            /* command -> frame */
    struct jt_map thread_roles;     /* runtime and command -> enum jt_native_role */
};

struct jt_stacks *jt_stacks_new(struct jt_resolver *resolver, struct jt_profile *profile,
                                bool threaded)
{
    struct jt_stacks *stacks = jt_alloc(1, sizeof(*stacks));

    stacks->resolver = resolver;
    stacks->profile = profile;
    stacks->paths = jt_alloc(JT_STACK_SLOTS, sizeof(*stacks->paths));
    stacks->grow = jt_grow_new(&profile->nodes, threaded);
    return stacks;
}

void jt_stacks_finish(struct jt_stacks *stacks)
{
    if (!stacks)
        return;
    jt_grow_finish(stacks->grow);
    free(stacks->paths);
    jt_vec_release(&stacks->frames);
    jt_map_release(&stacks->roots);
    jt_map_release(&stacks->thread_roles);
    free(stacks);
}

/* The frame of a command, which lies below all others. */
static uint32_t root_of(struct jt_stacks *stacks, uint32_t command)
{
    uint32_t *root = jt_map_put(&stacks->roots, command);
    struct jt_frame frame = {.kind = JT_FRAME_COMMAND, .name = command};

    if (*root == JT_MAP_NONE)
        *root = jt_profile_frame(stacks->profile, &frame);
    return *root;
}

/* Who the thread belongs to and what it is called; kept while no process and no
 * thread changes. */
static void find_process(struct jt_stacks *stacks, struct path *path, const struct jt_stack *stack)
{
    struct jt_process_table *processes = jt_resolver_processes(stacks->resolver);
    uint32_t root = 0;

    if (path->process && path->tid == stack->tid && path->pid == stack->pid &&
        path->seen == processes->changes)
        return;
    path->process = jt_process_table_find(processes, stack->pid);
    path->command = jt_process_table_command(processes, path->process, stack->tid);
    path->seen = processes->changes;
    root = root_of(stacks, path->command);
    if (path->tid != stack->tid || path->pid != stack->pid || path->root != root)
        path->depth = 0;
    path->tid = stack->tid;
    path->pid = stack->pid;
    path->root = root;
}

static struct path *path_of(struct jt_stacks *stacks, const struct jt_stack *stack)
{
    struct path *path = &stacks->paths[jt_stack_slot(stack->tid)];
    const struct jt_process *process = NULL;

    find_process(stacks, path, stack);
    process = path->process;
    if (path->image != process->image || path->forgets != process->forgets ||
        path->changes != process->changes.count)
        path->depth = 0;
    path->image = process->image;
    path->forgets = process->forgets;
    path->changes = (uint32_t)process->changes.count;
    return path;
}

static uint8_t role_after(uint8_t role_before, const struct jt_resolution *resolution)
{
    if (resolution->kind == JT_FRAME_JIT)
        return JT_ROLE_NONE;
    if (resolution->role == JT_ROLE_GC || resolution->role == JT_ROLE_COMPILER)
        return resolution->role;
    return role_before;
}

/* Field by field: a copy of the whole would wait for what was just written. */
static void walk_step(struct jt_stacks *stacks, struct jt_process *process,
                      const struct step *before, const struct asked *asked, struct step *step)
{
    uint64_t valid_until = JT_TIME_END;
    const struct jt_resolution *resolution = NULL;
    const uint32_t *frames = NULL;

    if (!asked->is_kernel && jt_is_bad_user_address(asked->address))
        resolution = jt_resolver_bad_address(stacks->resolver);
    else
        resolution = jt_resolver_find(stacks->resolver, process, asked->is_kernel, asked->address,
                                      asked->time_ns, &valid_until);
    stacks->leaf = resolution->frame;
    jt_vec_push(&stacks->frames, resolution->frame);
    if (resolution->count > 1)
        frames = jt_resolver_frames(stacks->resolver) + resolution->first;
    for (size_t i = 1; i < resolution->count; i++) {
        stacks->leaf = frames[i];
        jt_vec_push(&stacks->frames, frames[i] | JT_GROW_INLINED);
    }
    step->valid_until = before->valid_until < valid_until ? before->valid_until : valid_until;
    step->flags = before->flags | resolution->flags;
    step->kind = resolution->kind;
    step->tier = resolution->tier;
    step->role = role_after(before->role, resolution);
}

/* How many steps of the slot's last stack are those of this one, and still hold. */
static uint32_t known_steps(const struct path *path, const struct jt_stack *stack, uint64_t time_ns)
{
    uint32_t known = stack->shared < path->depth ? stack->shared : path->depth;

    while (known > 0 && time_ns >= path->steps[known - 1].valid_until)
        known--;
    /* The leaf's frame is needed, and not kept. */
    return known == stack->count ? known - 1 : known;
}

static void prefetch(const struct jt_process *process, const struct jt_stack *stack)
{
    for (uint32_t i = stack->shared; i < stack->user; i++)
        jt_process_prefetch(process, stack->added[i - stack->shared]);
    for (uint32_t i = stack->shared; i < stack->user; i++)
        jt_process_prefetch_answer(process, stack->added[i - stack->shared]);
}

/* Resolve the addresses from `known` on, and remember them. */
static struct step walk_path(struct jt_stacks *stacks, struct path *path,
                             const struct jt_stack *stack, uint32_t known, uint64_t time_ns)
{
    static const struct step start = {.valid_until = JT_TIME_END};
    struct jt_process *process = path->process;
    struct step deep[2];
    struct asked asked = {.time_ns = time_ns};
    const struct step *before = known > 0 ? &path->steps[known - 1] : &start;
    struct step *step = NULL;

    jt_vec_clear(&stacks->frames);
    prefetch(process, stack);
    for (uint32_t i = known; i < stack->count; i++) {
        asked.address = i < stack->shared ? path->addresses[i] : stack->added[i - stack->shared];
        asked.is_kernel = i >= stack->user;
        step = i < JT_STACK_DEPTH ? &path->steps[i] : &deep[i % 2];
        if (i < JT_STACK_DEPTH)
            path->addresses[i] = asked.address;
        walk_step(stacks, process, before, &asked, step);
        before = step;
    }
    path->depth = stack->count < JT_STACK_DEPTH ? stack->count : JT_STACK_DEPTH;
    /* Finding sources makes the timelines anew: what was kept may be old. */
    if (path->forgets != process->forgets)
        path->depth = 0;
    return *before;
}

/* What a thread of this name does in this runtime, when it does one thing alone. */
static uint8_t thread_role(struct jt_stacks *stacks, enum jt_runtime runtime, uint32_t command)
{
    uint32_t *role = jt_map_put(&stacks->thread_roles, (uint64_t)runtime << 32 | command);

    if (*role == JT_MAP_NONE)
        *role = jt_native_role(runtime, NULL, jt_strings_text(&stacks->profile->strings, command));
    return (uint8_t)*role;
}

/* Count the sample for all but the tree; the weight that the tree is to have. */
static uint64_t count_sample(struct jt_stacks *stacks, const struct path *path,
                             const struct jt_stack *stack, const struct step *step)
{
    struct jt_profile *profile = stacks->profile;
    struct jt_leaf leaf = {.frame = stacks->leaf,
                           .kind = step->kind,
                           .tier = step->tier,
                           .role = step->role,
                           .is_kernel = stack->user < stack->count,
                           .is_ambiguous = (step->flags & JT_RESOLVED_AMBIGUOUS) != 0};

    if (!leaf.role && leaf.kind == JT_FRAME_NATIVE)
        leaf.role = thread_role(stacks, path->process->runtime, path->command);
    jt_profile_note_time(profile, stack->time_ns);
    return jt_profile_tally(profile, &leaf, stack->period);
}

void jt_stacks_add(struct jt_stacks *stacks, const struct jt_stack *stack)
{
    uint64_t time_ns = stack->time_ns == JT_TIME_NONE ? 0 : stack->time_ns;
    struct path *path = path_of(stacks, stack);
    uint32_t known = known_steps(path, stack, time_ns);
    struct step step = walk_path(stacks, path, stack, known, time_ns);
    const struct jt_grown_stack grown = {
        .slot = jt_stack_slot(stack->tid),
        .shared = known,
        .root = path->root,
        .count = (uint32_t)stacks->frames.count,
        .frames = stacks->frames.at,
        .weight = count_sample(stacks, path, stack, &step),
    };

    jt_grow_add(stacks->grow, &grown);
}

void jt_stacks_add_named(struct jt_stacks *stacks, const struct jt_named_sample *sample,
                         bool parses)
{
    struct jt_profile *profile = stacks->profile;
    uint32_t node = 0;
    uint32_t command = 0;
    struct jt_frame frame = {0};

    if (sample->command) {
        command = jt_strings_put(&profile->strings, sample->command, sample->command_bytes);
        node = jt_nodes_child(&profile->nodes, 0, root_of(stacks, command));
    }
    for (size_t i = sample->frame_count; i-- > 0;) {
        frame = jt_named_frame(&profile->strings, &sample->frames[i], parses);
        node = jt_nodes_child(&profile->nodes, node, jt_profile_frame(profile, &frame));
    }
    jt_named_count(profile, sample, node, &frame);
}
