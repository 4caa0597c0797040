/* A profile's functions with their own and their total weight. */
#ifndef JT_PROFILE_FUNCTIONS_H
#define JT_PROFILE_FUNCTIONS_H

#include "analysis/profile/profile.h"

struct jt_function {
    uint32_t frame;
    uint64_t self;
    uint64_t total; /* of the stacks that it is in; once, however often it is in one */
};

struct jt_functions {
    struct jt_vec(struct jt_function) list; /* most self first; then most total, then name */
};

/* Commands and the root are left out. `by_total`: most total first. */
void jt_functions_make(struct jt_functions *functions, const struct jt_profile *profile,
                       bool by_total);
void jt_functions_release(struct jt_functions *functions);

#endif
