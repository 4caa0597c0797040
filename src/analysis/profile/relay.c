#include "analysis/profile/relay.h"

#include "analysis/profile/belt.h"
#include "base/alloc.h"
#include "jitney/status.h"

#include <stdlib.h>
#include <string.h>

/* 4 MB: the reader goes on for a while when symbols are opened. */
enum { MOST_BATCHES = 64 };

struct jt_relay {
    struct jt_relay_sink to;
    struct jt_belt *belt;
    struct jt_chains *chains;
    struct jt_relay_counts counts;
    uint32_t event;
};

enum kind { STACK, MAPPING, FORK, COMM };

/* An event on the belt. What its pointer pointed to follows. */
struct piece {
    uint32_t kind;
    uint32_t bytes; /* of all */
    union {
        struct jt_stack stack;
        struct jt_mapping mapping;
        struct jt_task task;
        struct jt_comm comm;
    };
};

/* ---- the reader's side ---- */

static struct piece *put(struct jt_relay *relay, enum kind kind, const void *data, size_t bytes)
{
    size_t all = sizeof(struct piece) + bytes;
    struct piece *piece = jt_belt_put(relay->belt, all);

    piece->kind = kind;
    piece->bytes = (uint32_t)all;
    if (bytes > 0)
        memcpy(piece + 1, data, bytes);
    return piece;
}

static int put_sample(void *context, const struct jt_sample *sample)
{
    struct jt_relay *relay = context;
    struct jt_stack stack;

    if (sample->event != relay->event) {
        relay->counts.other_samples++;
        return JITNEY_OK;
    }
    jt_chains_stack(relay->chains, sample, &stack);
    put(relay, STACK, stack.added, (stack.count - stack.shared) * sizeof(*stack.added))->stack =
        stack;
    return JITNEY_OK;
}

static int put_mapping(void *context, const struct jt_mapping *mapping)
{
    put(context, MAPPING, mapping->path, strlen(mapping->path) + 1)->mapping = *mapping;
    return JITNEY_OK;
}

static int put_fork(void *context, const struct jt_task *task)
{
    put(context, FORK, NULL, 0)->task = *task;
    return JITNEY_OK;
}

static int put_comm(void *context, const struct jt_comm *comm)
{
    put(context, COMM, comm->command, strlen(comm->command) + 1)->comm = *comm;
    return JITNEY_OK;
}

static int count_loss(void *context, const struct jt_loss *loss)
{
    struct jt_relay *relay = context;

    relay->counts.lost_samples += loss->count;
    return JITNEY_OK;
}

struct jt_sample_sink jt_relay_sink(struct jt_relay *relay)
{
    return (struct jt_sample_sink){.context = relay,
                                   .sample = put_sample,
                                   .mapping = put_mapping,
                                   .fork = put_fork,
                                   .comm = put_comm,
                                   .loss = count_loss};
}

/* ---- the other side ---- */

static void pass_on(const struct jt_relay_sink *to, const struct piece *piece)
{
    struct jt_stack stack;
    struct jt_mapping mapping;
    struct jt_comm comm;

    switch ((enum kind)piece->kind) {
    case STACK:
        stack = piece->stack;
        stack.added = (const uint64_t *)(const void *)(piece + 1);
        to->stack(to->context, &stack);
        break;
    case MAPPING:
        mapping = piece->mapping;
        mapping.path = (const char *)(piece + 1);
        to->mapping(to->context, &mapping);
        break;
    case FORK:
        to->fork(to->context, &piece->task);
        break;
    case COMM:
        comm = piece->comm;
        comm.command = (const char *)(piece + 1);
        to->comm(to->context, &comm);
        break;
    }
}

static void work(void *context, const void *batch, size_t bytes)
{
    const struct jt_relay *relay = context;
    const uint8_t *at = batch;
    const uint8_t *end = at + bytes;
    const struct piece *piece = NULL;

    for (; at < end; at += jt_belt_bytes(piece->bytes)) {
        piece = (const struct piece *)(const void *)at;
        pass_on(&relay->to, piece);
    }
}

struct jt_relay *jt_relay_new(const struct jt_relay_sink *to, uint32_t event, bool threaded)
{
    struct jt_relay *relay = jt_alloc(1, sizeof(*relay));
    const struct jt_belt_worker worker = {relay, work};

    relay->to = *to;
    relay->event = event;
    relay->chains = jt_chains_new();
    relay->belt = jt_belt_new(&worker, MOST_BATCHES, threaded);
    return relay;
}

struct jt_relay_counts jt_relay_finish(struct jt_relay *relay)
{
    struct jt_relay_counts counts = relay->counts;

    counts.cut_stacks = jt_chains_cut(relay->chains);
    counts.broken_chains = jt_chains_broken(relay->chains);
    jt_belt_finish(relay->belt);
    jt_chains_free(relay->chains);
    free(relay);
    return counts;
}
