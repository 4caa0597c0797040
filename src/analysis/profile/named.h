/* Frames whose names come from text: perf script's output, folded stacks. */
#ifndef JT_PROFILE_NAMED_H
#define JT_PROFILE_NAMED_H

#include "analysis/load/samples.h"
#include "analysis/profile/profile.h"

#include <stdbool.h>

/* `parses`: JIT code has a runtime's raw names, to be taken apart. */
struct jt_frame jt_named_frame(struct jt_strings *strings, const struct jt_named_frame *named,
                               bool parses);
/* Count the sample at its node; `leaf` is its innermost frame. */
void jt_named_count(struct jt_profile *profile, const struct jt_named_sample *sample, uint32_t node,
                    const struct jt_frame *leaf);

#endif
