/* The text of `perf script`: header line, one frame a line, blank line. */
#ifndef JT_LOAD_PERFSCRIPT_H
#define JT_LOAD_PERFSCRIPT_H

#include "analysis/load/samples.h"
#include "base/diag.h"

#include <stdbool.h>
#include <stdio.h>

struct jt_text_facts {
    uint64_t samples;
    uint64_t skipped_lines; /* without meaning */
};

bool jt_perfscript_probe(const void *bytes, size_t count);
/* Read `stream` to its end, or until the sink says stop. `name` is for messages. */
int jt_perfscript_read(FILE *stream, const char *name, struct jt_diag *diag,
                       const struct jt_sample_sink *sink, struct jt_text_facts *facts);

#endif
