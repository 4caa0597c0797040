/* From samples with addresses to a call tree of frames. Successive stacks of a
 * thread share most of their callers: only what differs is looked up. */
#ifndef JT_PROFILE_STACKS_H
#define JT_PROFILE_STACKS_H

#include "analysis/load/samples.h"
#include "analysis/profile/profile.h"
#include "analysis/symbol/resolver.h"

struct jt_stacks;

/* Neither the resolver nor the profile is owned. */
struct jt_stacks *jt_stacks_new(struct jt_resolver *resolver, struct jt_profile *profile);
void jt_stacks_free(struct jt_stacks *stacks);
void jt_stacks_add(struct jt_stacks *stacks, const struct jt_sample *sample);
/* A sample whose frames have names. `parses`: the names are a runtime's raw
 * ones, to be taken apart like those of a map. */
void jt_stacks_add_named(struct jt_stacks *stacks, const struct jt_named_sample *sample,
                         bool parses);

#endif
