#include "analysis/profile/stacks.h"

#include "analysis/profile/named.h"
#include "analysis/symbol/native.h"

#include <stdlib.h>

enum {
    PATHS = 64,       /* threads whose last stack is remembered; a power of two */
    PATH_DEPTH = 512, /* deeper frames are looked up each time */
    /* Linux keeps addresses below this for user space on x86-64 and aarch64;
     * below it no program is mapped (vm.mmap_min_addr). */
    LOWEST_ADDRESS = 4096,
    /* The frames that the kernel keeps of a stack unless told otherwise (sysctl
     * kernel.perf_event_max_stack; linux: PERF_MAX_STACK_DEPTH). */
    KERNEL_DEPTH = 127
};
#define HIGHEST_USER_ADDRESS UINT64_C(0x00ffffffffffffff)

struct step {             /* one frame of a stack, seen from the root */
    uint64_t valid_until; /* of this and every step before it */
    uint32_t node;
    uint8_t flags; /* of this and every step before it */
    uint8_t kind;
    uint8_t tier;
    uint8_t role; /* garbage collector or compiler: of the native frames since JIT code */
};

/* A stack as addresses, root first: user code, then the kernel's. */
struct addresses {
    uint64_t *at;
    size_t count;
    size_t user; /* so many of them are in user code */
};

struct path { /* the last stack of a thread */
    uint32_t tid;
    uint32_t image;
    uint32_t forgets;
    uint32_t changes;
    uint32_t root;
    uint32_t depth;
    uint32_t user;
    uint64_t addresses[PATH_DEPTH];
    struct step steps[PATH_DEPTH];
};

struct jt_stacks {
    struct jt_resolver *resolver;
    struct jt_profile *profile;
    struct path *paths;
    struct jt_vec(uint64_t) room; /* for the addresses of the sample at hand */
    struct jt_map roots;          /* command -> node */
    struct jt_map thread_roles;   /* runtime and command -> enum jt_native_role */
};

struct jt_stacks *jt_stacks_new(struct jt_resolver *resolver, struct jt_profile *profile)
{
    struct jt_stacks *stacks = jt_alloc(1, sizeof(*stacks));

    stacks->resolver = resolver;
    stacks->profile = profile;
    stacks->paths = jt_alloc(PATHS, sizeof(*stacks->paths));
    return stacks;
}

void jt_stacks_free(struct jt_stacks *stacks)
{
    if (!stacks)
        return;
    free(stacks->paths);
    jt_vec_release(&stacks->room);
    jt_map_release(&stacks->roots);
    jt_map_release(&stacks->thread_roles);
    free(stacks);
}

static uint32_t root_of(struct jt_stacks *stacks, uint32_t command)
{
    uint32_t *root = jt_map_put(&stacks->roots, command);
    struct jt_frame frame = {.kind = JT_FRAME_COMMAND, .name = command};

    if (*root == JT_MAP_NONE)
        *root = jt_profile_child(stacks->profile, 0, jt_profile_frame(stacks->profile, &frame));
    return *root;
}

static bool is_bad_user_address(uint64_t address)
{
    return address < LOWEST_ADDRESS || address > HIGHEST_USER_ADDRESS;
}

/* Where a chain's entries are: user code's and the kernel's, markers left out. */
struct parts {
    size_t kernel_first, kernel_end;
    size_t user_first, user_end;
};

static struct parts find_parts(const struct jt_sample *sample)
{
    struct parts parts = {0};
    bool is_kernel = sample->mode == JT_MODE_KERNEL;
    const uint64_t *chain = sample->chain;

    for (size_t i = 0; i < sample->chain_count;) {
        size_t first = i;

        while (i < sample->chain_count && chain[i] < JT_CONTEXT_MAX)
            i++;
        if (i > first && is_kernel && parts.kernel_end == 0) {
            parts.kernel_first = first;
            parts.kernel_end = i;
        } else if (i > first && !is_kernel && parts.user_end == 0) {
            parts.user_first = first;
            parts.user_end = i;
        }
        for (; i < sample->chain_count && chain[i] >= JT_CONTEXT_MAX; i++)
            if (chain[i] == JT_CONTEXT_KERNEL || chain[i] == JT_CONTEXT_USER)
                is_kernel = chain[i] == JT_CONTEXT_KERNEL;
    }
    return parts;
}

/* A garbage frame pointer ends the chain there; the frames below it stay. As the
 * last entry it is how chains end in code without frame pointers (_start), and
 * means nothing. */
static size_t end_of_user_part(struct jt_stacks *stacks, const uint64_t *chain,
                               const struct parts *parts)
{
    size_t end = parts->user_first;

    while (end < parts->user_end && !is_bad_user_address(chain[end]))
        end++;
    if (end == parts->user_end || (end + 1 == parts->user_end && end > parts->user_first))
        return end;
    stacks->profile->broken_chains++;
    return end + 1;
}

/* Append chain[first..end) the other way round. Return addresses are looked up
 * one byte before: a call may be the last instruction of its function. */
static void append_reversed(struct addresses *addresses, const uint64_t *chain, size_t first,
                            size_t end)
{
    uint64_t *to = addresses->at + addresses->count;

    if (first == end)
        return;
    for (size_t i = end - 1; i > first; i--)
        *to++ = chain[i] - 1;
    *to++ = chain[first];
    addresses->count += end - first;
}

static struct addresses collect_addresses(struct jt_stacks *stacks, const struct jt_sample *sample)
{
    struct parts parts = find_parts(sample);
    struct addresses addresses = {0};

    stacks->room.count = 0;
    jt_vec_reserve(&stacks->room, sample->chain_count + 1);
    addresses.at = stacks->room.at;
    stacks->profile->cut_stacks +=
        parts.user_end - parts.user_first + parts.kernel_end - parts.kernel_first == KERNEL_DEPTH;
    append_reversed(&addresses, sample->chain, parts.user_first,
                    end_of_user_part(stacks, sample->chain, &parts));
    addresses.user = addresses.count;
    append_reversed(&addresses, sample->chain, parts.kernel_first, parts.kernel_end);
    if (addresses.count == 0) {
        addresses.at[addresses.count++] = sample->ip;
        addresses.user = sample->mode != JT_MODE_KERNEL;
    }
    return addresses;
}

/* How many steps of the thread's last stack are those of this one, and still hold. */
static size_t shared_steps(const struct path *path, const struct addresses *addresses,
                           uint64_t time_ns)
{
    size_t most = path->depth < addresses->count ? path->depth : addresses->count;
    size_t shared = 0;

    if (path->user != addresses->user) {
        most = path->user < most ? path->user : most;
        most = addresses->user < most ? addresses->user : most;
    }
    while (shared < most && path->addresses[shared] == addresses->at[shared])
        shared++;
    while (shared > 0 && time_ns >= path->steps[shared - 1].valid_until)
        shared--;
    return shared;
}

static struct path *path_of(struct jt_stacks *stacks, const struct jt_process *process,
                            uint32_t tid, uint32_t root)
{
    struct path *path = &stacks->paths[tid & (PATHS - 1)];

    if (path->tid != tid || path->image != process->image || path->forgets != process->forgets ||
        path->changes != process->changes.count || path->root != root) {
        path->tid = tid;
        path->image = process->image;
        path->forgets = process->forgets;
        path->changes = (uint32_t)process->changes.count;
        path->root = root;
        path->depth = 0;
    }
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

static struct step walk_step(struct jt_stacks *stacks, struct jt_process *process,
                             const struct step *before, uint64_t address, bool is_kernel,
                             uint64_t time_ns)
{
    struct step step = {.valid_until = JT_TIME_END, .node = before->node};
    const struct jt_resolution *resolution = NULL;
    const uint32_t *frames = NULL;

    if (!is_kernel && is_bad_user_address(address))
        resolution = jt_resolver_bad_address(stacks->resolver);
    else
        resolution = jt_resolver_find(stacks->resolver, process, is_kernel, address, time_ns,
                                      &step.valid_until);
    step.node = jt_profile_child(stacks->profile, step.node, resolution->frame);
    frames = jt_resolver_frames(stacks->resolver) + resolution->first;
    for (size_t i = 1; i < resolution->count; i++)
        step.node = jt_profile_child(stacks->profile, step.node, frames[i]);
    if (before->valid_until < step.valid_until)
        step.valid_until = before->valid_until;
    step.flags = before->flags | resolution->flags;
    step.kind = resolution->kind;
    step.tier = resolution->tier;
    step.role = role_after(before->role, resolution);
    return step;
}

/* Walk the tree along the addresses from `shared` on, and remember the path. */
static struct step walk_path(struct jt_stacks *stacks, struct jt_process *process,
                             struct path *path, const struct addresses *addresses, size_t shared,
                             uint64_t time_ns)
{
    struct step step = {.valid_until = JT_TIME_END, .node = path->root};

    if (shared > 0)
        step = path->steps[shared - 1];
    for (size_t i = shared; i < addresses->user; i++)
        jt_process_prefetch(process, addresses->at[i]);
    for (size_t i = shared; i < addresses->count; i++) {
        step = walk_step(stacks, process, &step, addresses->at[i], i >= addresses->user, time_ns);
        if (i >= PATH_DEPTH)
            continue;
        path->addresses[i] = addresses->at[i];
        path->steps[i] = step;
    }
    path->depth = addresses->count < PATH_DEPTH ? (uint32_t)addresses->count : PATH_DEPTH;
    path->user = (uint32_t)addresses->user;
    /* Finding sources makes the timelines anew: what was kept may be old. */
    if (path->forgets != process->forgets)
        path->depth = 0;
    return step;
}

/* What a thread of this name does in this runtime, when it does one thing alone. */
static uint8_t thread_role(struct jt_stacks *stacks, enum jt_runtime runtime, uint32_t command)
{
    uint32_t *role = jt_map_put(&stacks->thread_roles, (uint64_t)runtime << 32 | command);

    if (*role == JT_MAP_NONE)
        *role = jt_native_role(runtime, NULL, jt_strings_text(&stacks->profile->strings, command));
    return (uint8_t)*role;
}

static void count_sample(struct jt_stacks *stacks, const struct jt_process *process,
                         const struct jt_sample *sample, uint32_t command,
                         const struct jt_leaf *found)
{
    struct jt_profile *profile = stacks->profile;
    struct jt_leaf leaf = *found;

    if (!leaf.role && leaf.kind == JT_FRAME_NATIVE)
        leaf.role = thread_role(stacks, process->runtime, command);
    jt_profile_count(profile, &leaf, sample->period);
    jt_profile_note_time(profile, sample->time_ns);
}

void jt_stacks_add(struct jt_stacks *stacks, const struct jt_sample *sample)
{
    struct jt_process_table *processes = jt_resolver_processes(stacks->resolver);
    struct jt_process *process = jt_process_table_find(processes, sample->pid);
    uint64_t time_ns = sample->time_ns == JT_TIME_NONE ? 0 : sample->time_ns;
    uint32_t command = jt_process_table_command(processes, process, sample->tid);
    struct path *path = path_of(stacks, process, sample->tid, root_of(stacks, command));
    struct addresses addresses = collect_addresses(stacks, sample);
    size_t shared = shared_steps(path, &addresses, time_ns);
    struct step step = walk_path(stacks, process, path, &addresses, shared, time_ns);
    const struct jt_leaf leaf = {.node = step.node,
                                 .kind = step.kind,
                                 .tier = step.tier,
                                 .role = step.role,
                                 .is_kernel = addresses.user < addresses.count,
                                 .is_ambiguous = (step.flags & JT_RESOLVED_AMBIGUOUS) != 0};

    count_sample(stacks, process, sample, command, &leaf);
}

void jt_stacks_add_named(struct jt_stacks *stacks, const struct jt_named_sample *sample,
                         bool parses)
{
    struct jt_profile *profile = stacks->profile;
    uint32_t node = 0;
    struct jt_frame frame = {0};

    if (sample->command)
        node = root_of(stacks,
                       jt_strings_put(&profile->strings, sample->command, sample->command_bytes));
    for (size_t i = sample->frame_count; i-- > 0;) {
        frame = jt_named_frame(&profile->strings, &sample->frames[i], parses);
        node = jt_profile_child(profile, node, jt_profile_frame(profile, &frame));
    }
    jt_named_count(profile, sample, node, &frame);
}
