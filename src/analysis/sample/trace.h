/* The trace folder: making it, moving an older one aside, undoing that, and
 * what goes into it besides samples and symbol files. Its contents are
 * described in docs/formats/trace.md. */
#ifndef JT_SAMPLE_TRACE_H
#define JT_SAMPLE_TRACE_H

#include "base/diag.h"

#include <stdbool.h>

struct jt_trace {
    char *path;  /* absolute */
    char *older; /* where a trace that was in the way has been moved; or NULL */
};

/* Make the folder `name` (no slash at its end). A trace that is there already is moved to NAME.old,
 * in place of an older one; an empty folder is used; anything else is refused
 * with an error in `diag`. */
int jt_trace_make(struct jt_trace *trace, const char *name, struct jt_diag *diag);
/* Nothing was recorded: take the folder away and put the older one back. */
void jt_trace_abandon(struct jt_trace *trace);
void jt_trace_release(struct jt_trace *trace);

/* The path of a file in the trace. Free it. */
char *jt_trace_file(const struct jt_trace *trace, const char *name);

/* Copy what names kernel addresses; nothing when they are hidden. */
void jt_trace_copy_kernel_symbols(const struct jt_trace *trace, struct jt_diag *diag);
/* Copy the code that the kernel maps into every process. */
void jt_trace_copy_vdso(const struct jt_trace *trace, struct jt_diag *diag);

#endif
