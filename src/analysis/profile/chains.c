#include "analysis/profile/chains.h"

#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

/* The frames that the kernel keeps of a stack unless told otherwise (sysctl
 * kernel.perf_event_max_stack; linux: PERF_MAX_STACK_DEPTH). */
enum { KERNEL_DEPTH = 127 };

struct last { /* stack of a thread */
    uint32_t tid;
    uint32_t depth;
    uint32_t user;
    uint64_t addresses[JT_STACK_DEPTH]; /* root first */
};

struct jt_chains {
    struct last *lasts;
    struct jt_vec(uint64_t) room; /* for a stack that is deeper than what is remembered */
    uint64_t cut_stacks;
    uint64_t broken_chains;
};

struct jt_chains *jt_chains_new(void)
{
    struct jt_chains *chains = jt_alloc(1, sizeof(*chains));

    chains->lasts = jt_alloc(JT_STACK_SLOTS, sizeof(*chains->lasts));
    return chains;
}

void jt_chains_free(struct jt_chains *chains)
{
    if (!chains)
        return;
    free(chains->lasts);
    jt_vec_release(&chains->room);
    free(chains);
}

uint64_t jt_chains_cut(const struct jt_chains *chains)
{
    return chains->cut_stacks;
}

uint64_t jt_chains_broken(const struct jt_chains *chains)
{
    return chains->broken_chains;
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
static size_t end_of_user_part(struct jt_chains *chains, const uint64_t *chain,
                               const struct parts *parts)
{
    size_t end = parts->user_first;

    while (end < parts->user_end && !jt_is_bad_user_address(chain[end]))
        end++;
    if (end == parts->user_end || (end + 1 == parts->user_end && end > parts->user_first))
        return end;
    chains->broken_chains++;
    return end + 1;
}

/* A part of a chain seen from the root: entry 0 is the outermost. */
struct part {
    const uint64_t *leaf;
    size_t count;
};

/* Return addresses are looked up one byte before: a call may be the last
 * instruction of its function. */
static uint64_t address_at(const struct part *part, size_t i)
{
    return part->leaf[part->count - 1 - i] - (i + 1 < part->count);
}

/* How many entries from the root on are those at `addresses`. */
static size_t shared_entries(const struct part *part, const uint64_t *addresses, size_t most)
{
    size_t shared = 0;

    if (most > part->count)
        most = part->count;
    while (shared < most && addresses[shared] == address_at(part, shared))
        shared++;
    return shared;
}

static void write_entries(const struct part *part, size_t first, uint64_t *to)
{
    for (size_t i = first; i < part->count; i++)
        *to++ = address_at(part, i);
}

struct both { /* parts of a stack */
    struct part user;
    struct part kernel;
};

static struct both split_chain(struct jt_chains *chains, const struct jt_sample *sample)
{
    struct parts parts = find_parts(sample);
    size_t kernel = parts.kernel_end - parts.kernel_first;
    struct both both = {0};

    chains->cut_stacks += parts.user_end - parts.user_first + kernel == KERNEL_DEPTH;
    if (parts.user_end > 0)
        both.user =
            (struct part){sample->chain + parts.user_first,
                          end_of_user_part(chains, sample->chain, &parts) - parts.user_first};
    if (kernel > 0)
        both.kernel = (struct part){sample->chain + parts.kernel_first, kernel};
    if (both.user.count + both.kernel.count == 0 && sample->mode == JT_MODE_KERNEL)
        both.kernel = (struct part){&sample->ip, 1};
    else if (both.user.count + both.kernel.count == 0)
        both.user = (struct part){&sample->ip, 1};
    return both;
}

/* How many addresses of the thread's last stack are those of this one. */
static size_t shared_addresses(const struct last *last, const struct both *both)
{
    size_t user = last->user < last->depth ? last->user : last->depth;
    size_t shared = shared_entries(&both->user, last->addresses, user);

    if (shared < both->user.count || shared < last->user)
        return shared;
    return shared + shared_entries(&both->kernel, last->addresses + shared, last->depth - shared);
}

/* All from `first` on, to `to`. */
static void write_addresses(const struct both *both, size_t first, uint64_t *to)
{
    size_t user = both->user.count;

    if (first < user)
        write_entries(&both->user, first, to);
    to += first < user ? user - first : 0;
    write_entries(&both->kernel, first < user ? 0 : first - user, to);
}

/* Remember the stack; gives where its addresses from `shared` on are. */
static const uint64_t *keep_last(struct jt_chains *chains, struct last *last,
                                 const struct both *both, size_t shared)
{
    size_t count = both->user.count + both->kernel.count;
    uint64_t *added = last->addresses + shared;

    last->depth = (uint32_t)count;
    last->user = (uint32_t)both->user.count;
    if (count <= JT_STACK_DEPTH) {
        write_addresses(both, shared, added);
        return added;
    }
    last->depth = JT_STACK_DEPTH;
    jt_vec_clear(&chains->room);
    jt_vec_reserve(&chains->room, count);
    write_addresses(both, shared, chains->room.at);
    memcpy(added, chains->room.at, (JT_STACK_DEPTH - shared) * sizeof(*added));
    return chains->room.at;
}

void jt_chains_stack(struct jt_chains *chains, const struct jt_sample *sample,
                     struct jt_stack *stack)
{
    struct both both = split_chain(chains, sample);
    struct last *last = &chains->lasts[jt_stack_slot(sample->tid)];
    size_t shared = 0;

    if (last->tid != sample->tid)
        last->depth = last->user = 0;
    last->tid = sample->tid;
    shared = shared_addresses(last, &both);
    *stack = (struct jt_stack){.time_ns = sample->time_ns,
                               .period = sample->period,
                               .pid = sample->pid,
                               .tid = sample->tid,
                               .count = (uint32_t)(both.user.count + both.kernel.count),
                               .user = (uint32_t)both.user.count,
                               .shared = (uint32_t)shared,
                               .added = keep_last(chains, last, &both, shared)};
}
