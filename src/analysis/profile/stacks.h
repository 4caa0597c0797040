/* From samples with addresses to a call tree of frames. Of what a stack shares with
 * its thread's last one nothing is looked up again. */
#ifndef JT_PROFILE_STACKS_H
#define JT_PROFILE_STACKS_H

#include "analysis/load/samples.h"
#include "analysis/profile/chains.h"
#include "analysis/profile/profile.h"
#include "analysis/symbol/resolver.h"

struct jt_stacks;

/* Neither the resolver nor the profile is owned. With `threaded` the profile's tree
 * grows on a thread of its own, until finish. */
struct jt_stacks *jt_stacks_new(struct jt_resolver *resolver, struct jt_profile *profile,
                                bool threaded);
/* Wait until the tree is whole, and free. NULL is fine. */
void jt_stacks_finish(struct jt_stacks *stacks);
void jt_stacks_add(struct jt_stacks *stacks, const struct jt_stack *stack);
/* A sample whose frames have names. `parses`: the names are a runtime's raw
 * ones, to be taken apart like those of a map. Not together with the other kind. */
void jt_stacks_add_named(struct jt_stacks *stacks, const struct jt_named_sample *sample,
                         bool parses);

#endif
