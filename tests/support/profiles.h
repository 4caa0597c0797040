/* Profiles for tests, from folded text whose frames can say what they are:
 *
 *     node{kind=command};work{tier=optimized,file=app.js,line=2,runtime=v8} 12
 *
 * Marks: kind (jit, native, kernel, named, command, unknown; jit when a tier is
 * given, else named), tier, runtime, reason (names of kinds.h), file, line,
 * module, inlined. Programs that use this file link the profile library. */
#ifndef TESTS_SUPPORT_PROFILES_H
#define TESTS_SUPPORT_PROFILES_H

#include "analysis/profile/profile.h"

/* Initialises `profile`, adds every line of `text` and finishes it. Ends the
 * program on a line that is not of this form. */
void test_profile_from_folded(struct jt_profile *profile, const char *text, size_t bytes,
                              bool splits_tiers);
/* A profile of about `nodes` nodes, `depth` deep, of `functions` functions, as
 * regular as it is large. The same arguments make the same profile. */
void test_profile_large(struct jt_profile *profile, uint32_t nodes, uint32_t depth,
                        uint32_t functions);

#endif
