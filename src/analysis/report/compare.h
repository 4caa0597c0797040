/* Two views of JIT code side by side, for people and for programs. */
#ifndef JT_REPORT_COMPARE_H
#define JT_REPORT_COMPARE_H

#include "analysis/profile/compare.h"

#include <stdio.h>

struct jt_compare_style {
    size_t most;      /* rows of each list; 0: all */
    unsigned columns; /* of the terminal */
};

/* Return JITNEY_OK or JITNEY_ERR_IO. */
int jt_compare_write_text(FILE *stream, const struct jt_comparison *comparison,
                          const struct jt_compare_style *style);
/* All that one side alone saw, and all differences. */
int jt_compare_write_json(FILE *stream, const struct jt_comparison *comparison);

#endif
