/* trace.json: what a trace folder says about itself (docs/formats/trace.md). */
#ifndef JT_LOAD_TRACE_H
#define JT_LOAD_TRACE_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jt_trace_file {
    char *name; /* in the folder */
    uint32_t pid;
    uint32_t inner_pid;
    uint32_t owner;       /* uid of the file */
    uint32_t process_uid; /* uid of the process that should have written it */
};

struct jt_trace_facts {
    char *command; /* as typed, words joined by spaces; NULL: attached */
    char *folder;  /* where it was run; NULL: not known */
    char *host;
    char *kernel_release;
    char *boot_id;
    struct jt_trace_file *files;
    size_t file_count;
    uint64_t frequency;
    bool is_complete;
};

/* Whether the folder is a trace: it has a trace.json or a perf.data. */
bool jt_trace_probe(const char *folder);
/* Read FOLDER/trace.json. A trace without one (an early kill) is empty, and
 * fine; one that cannot be understood is an error. Release in any case. */
int jt_trace_facts_read(const char *folder, struct jt_diag *diag, struct jt_trace_facts *trace);
void jt_trace_facts_release(struct jt_trace_facts *trace);

#endif
