/* A loader's samples, as stacks, and what it tells of processes between them, on
 * their way from the thread that reads to the one that gives names. */
#ifndef JT_PROFILE_RELAY_H
#define JT_PROFILE_RELAY_H

#include "analysis/load/samples.h"
#include "analysis/profile/chains.h"

#include <stdbool.h>
#include <stdint.h>

struct jt_relay_sink {
    void *context;
    void (*stack)(void *context, const struct jt_stack *stack);
    void (*mapping)(void *context, const struct jt_mapping *mapping);
    void (*fork)(void *context, const struct jt_task *task);
    void (*comm)(void *context, const struct jt_comm *comm);
};

struct jt_relay_counts {
    uint64_t other_samples; /* of other events */
    uint64_t lost_samples;
    uint64_t cut_stacks;
    uint64_t broken_chains;
};

struct jt_relay;

/* Samples of `event` alone are passed on. */
struct jt_relay *jt_relay_new(const struct jt_relay_sink *to, uint32_t event, bool threaded);
/* What the loader gives to; used by one thread. */
struct jt_sample_sink jt_relay_sink(struct jt_relay *relay);
/* Wait until all was passed on, and free. */
struct jt_relay_counts jt_relay_finish(struct jt_relay *relay);

#endif
