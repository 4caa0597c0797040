/* Whether all steps of a scenario that were done are in its files, by each file's own rules. */
#ifndef JT_MANNERS_CHECK_H
#define JT_MANNERS_CHECK_H

#include "manners/scenario.h"

#include <sys/types.h>

/* What is expected, taken from shared memory after the process was killed. */
struct expected {
    uint64_t memory;
    uint32_t done[THREADS];
};

/* Each prints what is wrong and returns the number of faults. */
unsigned check_recording(const char *path, const struct expected *expected);
unsigned check_perfmap(const char *path, const struct expected *expected);
unsigned check_jitdump(const char *path, const struct expected *expected, pid_t pid);
/* The output of a command that shows a recording: every name of a done step is in it. */
unsigned check_listing(const char *path, const struct expected *expected);

#endif
