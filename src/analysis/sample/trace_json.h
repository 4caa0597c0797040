/* trace.json: what a trace says about itself, for ourselves and for other
 * tools. The keys are described in docs/formats/trace.md. */
#ifndef JT_SAMPLE_TRACE_JSON_H
#define JT_SAMPLE_TRACE_JSON_H

#include "analysis/sample/collect.h"
#include "analysis/sample/sampler.h"
#include "analysis/sample/trace.h"

#include <stddef.h>
#include <stdint.h>

struct jt_trace_facts {
    char *const *command;     /* as the user gave it; NULL: attached */
    char *const *launched;    /* as it was executed; may be NULL */
    char *const *environment; /* the user's */
    char *const *launched_environment;
    const uint32_t *pids; /* attached to */
    size_t pid_count;
    const char *runtime; /* may be NULL */
    uint64_t frequency;
    const struct jt_sampler_result *result; /* NULL: it has not ended yet */
    const struct jt_collected *files;
    size_t file_count;
};

/* Write the file in place of an earlier one, which stays when that fails. */
int jt_trace_write_json(const struct jt_trace *trace, const struct jt_trace_facts *facts,
                        struct jt_diag *diag);

#endif
