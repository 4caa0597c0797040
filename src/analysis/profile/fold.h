/* Folded stacks: one line per stack, `root;caller;leaf COUNT` (FlameGraph). */
#ifndef JT_PROFILE_FOLD_H
#define JT_PROFILE_FOLD_H

#include "analysis/profile/profile.h"

#include <stdio.h>

/* `flags`: JT_LABEL_*. A ';' in a name becomes ':', since it would be read as
 * the end of the frame. Returns JITNEY_OK or JITNEY_ERR_IO. */
int jt_fold_write(FILE *stream, const struct jt_profile *profile, unsigned flags);

#endif
