#include "analysis/profile/chains.h"

#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

/* The frames that the kernel keeps of a stack unless told otherwise (sysctl
 * kernel.perf_event_max_stack; linux: PERF_MAX_STACK_DEPTH). */
enum { KERNEL_DEPTH = 127, COMPARED_AT_ONCE = 8 };

/* A stack as addresses, root first: user code, then the kernel's. */
struct addresses {
    uint64_t *at;
    size_t count;
    size_t user; /* so many of them are in user code */
};

struct last { /* stack of a thread */
    uint32_t tid;
    uint32_t depth;
    uint32_t user;
    uint64_t addresses[JT_STACK_DEPTH];
};

struct jt_chains {
    struct last *lasts;
    struct jt_vec(uint64_t) room; /* for the addresses of the sample at hand */
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

static struct addresses collect_addresses(struct jt_chains *chains, const struct jt_sample *sample)
{
    struct parts parts = find_parts(sample);
    struct addresses addresses = {0};

    chains->room.count = 0;
    jt_vec_reserve(&chains->room, sample->chain_count + 1);
    addresses.at = chains->room.at;
    chains->cut_stacks +=
        parts.user_end - parts.user_first + parts.kernel_end - parts.kernel_first == KERNEL_DEPTH;
    append_reversed(&addresses, sample->chain, parts.user_first,
                    end_of_user_part(chains, sample->chain, &parts));
    addresses.user = addresses.count;
    append_reversed(&addresses, sample->chain, parts.kernel_first, parts.kernel_end);
    if (addresses.count == 0) {
        addresses.at[addresses.count++] = sample->ip;
        addresses.user = sample->mode != JT_MODE_KERNEL;
    }
    return addresses;
}

/* How many addresses of the thread's last stack are those of this one. */
static size_t shared_addresses(const struct last *last, const struct addresses *addresses)
{
    size_t most = last->depth < addresses->count ? last->depth : addresses->count;
    size_t shared = 0;

    if (last->user != addresses->user) {
        most = last->user < most ? last->user : most;
        most = addresses->user < most ? addresses->user : most;
    }
    while (shared + COMPARED_AT_ONCE <= most &&
           memcmp(last->addresses + shared, addresses->at + shared,
                  COMPARED_AT_ONCE * sizeof(uint64_t)) == 0)
        shared += COMPARED_AT_ONCE;
    while (shared < most && last->addresses[shared] == addresses->at[shared])
        shared++;
    return shared;
}

static void keep_last(struct last *last, const struct addresses *addresses, size_t shared)
{
    size_t depth = addresses->count < JT_STACK_DEPTH ? addresses->count : JT_STACK_DEPTH;

    if (depth > shared)
        memcpy(last->addresses + shared, addresses->at + shared,
               (depth - shared) * sizeof(uint64_t));
    last->depth = (uint32_t)depth;
    last->user = (uint32_t)addresses->user;
}

void jt_chains_stack(struct jt_chains *chains, const struct jt_sample *sample,
                     struct jt_stack *stack)
{
    struct addresses addresses = collect_addresses(chains, sample);
    struct last *last = &chains->lasts[jt_stack_slot(sample->tid)];
    size_t shared = 0;

    if (last->tid != sample->tid)
        last->depth = 0;
    last->tid = sample->tid;
    shared = shared_addresses(last, &addresses);
    keep_last(last, &addresses, shared);
    *stack = (struct jt_stack){.time_ns = sample->time_ns,
                               .period = sample->period,
                               .pid = sample->pid,
                               .tid = sample->tid,
                               .count = (uint32_t)addresses.count,
                               .user = (uint32_t)addresses.user,
                               .shared = (uint32_t)shared,
                               .added = addresses.at + shared};
}
