/* Any input that holds samples, as a profile: a trace folder, a perf.data, the
 * text of perf script, folded stacks. */
#ifndef JT_PROFILE_OPEN_H
#define JT_PROFILE_OPEN_H

#include "analysis/profile/profile.h"
#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jt_profile_request {
    const char *path; /* "-": standard input (text, or perf.data in pipe form) */
    const char *const *maps;
    size_t map_count;
    const char *const *dumps;
    size_t dump_count;
    const char *symfs; /* NULL: none */
    const char *event; /* which of several; NULL: the first */
    bool trusts_maps;
    bool raw_names;    /* JIT names as the runtime wrote them */
    bool splits_tiers; /* one function's tiers are frames of their own */
    bool is_single;    /* use one thread; else as many as there is work for */
    void (*progress)(void *context, uint64_t samples); /* now and then; may be NULL */
    void *progress_context;
};

/* On success `profile` is finished, and the caller's to release. On failure what
 * was wrong is in `diag`, and there is nothing to release. */
int jt_profile_open(const struct jt_profile_request *request, struct jt_diag *diag,
                    struct jt_profile *profile);

#endif
