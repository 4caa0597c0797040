/* Opening an input file. Only a regular one: a planted FIFO would make the
 * reader wait for ever. */
#ifndef JT_LOAD_REGULAR_H
#define JT_LOAD_REGULAR_H

#include "base/diag.h"

#include <stdint.h>
#include <stdio.h>

/* On success `*fd` is the caller's to close and `*bytes` is the size now.
 * Otherwise one error is said, if there is a `diag`, and the status tells. */
int jt_regular_open(const char *path, struct jt_diag *diag, int *fd, uint64_t *bytes);
/* The same as a stream to read. */
int jt_regular_open_stream(const char *path, struct jt_diag *diag, FILE **stream);

#endif
