/* What a reader has to say about its input, one line each, `FILE: offset N:
 * what is wrong`. Outside half only. Not for more than one thread at a time. */
#ifndef JT_BASE_DIAG_H
#define JT_BASE_DIAG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { JT_DIAG_NO_OFFSET = -1 };

struct jt_diag {
    FILE *stream;    /* NULL: say nothing, only count */
    bool verbose;    /* also print notes */
    unsigned errors; /* counted whether printed or not */
    unsigned warnings;
    unsigned most; /* warnings printed at the most; the rest is counted; 0: all */
};

/* The work cannot go on with this input. */
void jt_diag_error(struct jt_diag *diag, const char *file, int64_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Something was skipped or repaired; the work goes on. */
void jt_diag_warn(struct jt_diag *diag, const char *file, int64_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Printed with -v alone. */
void jt_diag_note(struct jt_diag *diag, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* One line about warnings that `most` kept back, if there were any. */
void jt_diag_finish(struct jt_diag *diag);

#endif
