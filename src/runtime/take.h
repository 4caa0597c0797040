/* Structs that callers hand in. They begin with their size, and grow at the end:
 * an older caller's is shorter than ours, a newer caller's longer. */
#ifndef JT_RUNTIME_TAKE_H
#define JT_RUNTIME_TAKE_H

#include <stddef.h>

/* Copy `theirs` into `ours`, of `our_bytes`; what theirs lacks is zero. `least` is the size in the
 * first release. JITNEY_OK, JITNEY_ERR_ARGUMENT when it is shorter than that, or
 * JITNEY_ERR_VERSION when it sets something that ours does not have. */
int jt_take_struct(void *ours, size_t our_bytes, size_t least, const void *theirs);

#endif
