/* Explains why the kernel refused to sample, and what to do about it, in one
 * sentence each. */
#ifndef JT_SAMPLE_PERMISSION_H
#define JT_SAMPLE_PERMISSION_H

#include <stdbool.h>
#include <stdint.h>

enum { JT_PERMISSION_UNKNOWN = -100 };

/* What the machine says about who may sample what. */
struct jt_permission_facts {
    int paranoid;        /* kernel.perf_event_paranoid, or JT_PERMISSION_UNKNOWN */
    bool has_capability; /* CAP_PERFMON or CAP_SYS_ADMIN, effective */
    bool has_seccomp_filter;
    uint32_t user; /* effective uid */
};

struct jt_permission_facts jt_permission_gather(void);

/* Why perf_event_open() gave `error` (an errno) for `attached` (a pid, 0 when a
 * program was to be started). Free the text. */
char *jt_permission_explain_open(const struct jt_permission_facts *facts, int error,
                                 uint32_t attached);
/* Why kernel code cannot be sampled although user code can. Free the text. */
char *jt_permission_explain_user_only(const struct jt_permission_facts *facts);
/* Why mapping even the smallest ring of an event gave `error`. Free the text. */
char *jt_permission_explain_map(int error);

#endif
