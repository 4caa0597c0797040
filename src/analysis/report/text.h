/* The report for a terminal. */
#ifndef JT_REPORT_TEXT_H
#define JT_REPORT_TEXT_H

#include "analysis/profile/profile.h"

#include <stdio.h>

struct jt_text_options {
    size_t most_functions; /* rows of the table; 0: all */
    bool by_total;         /* most total first */
    unsigned columns;      /* of the terminal; at least 60 are used */
};

/* Returns JITNEY_OK or JITNEY_ERR_IO. */
int jt_text_write(FILE *stream, const struct jt_profile *profile,
                  const struct jt_text_options *options);

#endif
