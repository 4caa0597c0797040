/* What `record` knows of each runtime: how to recognise it in a command line
 * and how to ask it for its symbols. One row per runtime in runtimes.c. */
#ifndef JT_SAMPLE_RUNTIMES_H
#define JT_SAMPLE_RUNTIMES_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>

/* A command as it will be executed. All strings and arrays are owned; free with
 * jt_launch_release(). */
struct jt_launch {
    char **argv;         /* ends with NULL */
    char **environ;      /* ends with NULL */
    const char *runtime; /* row's name, or NULL when none was recognised */
    bool keeps_files;    /* The user's own words ask for such files already (or `runtime` is
                          * "none"): call jt_collect_keep_originals(). */
};

struct jt_launch_request {
    char *const *argv;        /* ends with NULL */
    char *const *environment; /* ends with NULL; the user's own */
    const char *runtime;      /* --runtime: a row's name, "none", or NULL: recognise it */
    const char *trace;        /* absolute path of the trace folder, which exists */
    const char *adapters;     /* absolute path of the folder of adapters; NULL: none */
};

/* Build the command that asks the runtime (and its children, by environment
 * variables: `npm test`, `sh -c`) to write its symbols into the trace folder.
 * The user's own settings (NODE_OPTIONS ...) are kept and added to. What was
 * added is a note in `diag` (-v). JITNEY_ERR_ARGUMENT: there is no such runtime. */
int jt_launch_prepare(const struct jt_launch_request *request, struct jt_diag *diag,
                      struct jt_launch *launch);
void jt_launch_release(struct jt_launch *launch);
/* Remove what jt_launch_prepare() put into the trace folder for the program to
 * read. jt_collect_finish() does. */
void jt_launch_tidy(const char *trace);

/* The names for --runtime, one after another; NULL after the last. */
const char *jt_runtimes_name(size_t index);

#endif
