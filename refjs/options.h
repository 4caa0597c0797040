/* The command line of refjs. */
#ifndef RJ_OPTIONS_H
#define RJ_OPTIONS_H

#include "vm/vm.h"

enum rj_options_result { RJ_OPTIONS_RUN, RJ_OPTIONS_DONE, RJ_OPTIONS_WRONG };

/* Read the flags up to the program's file; the rest is the program's. DONE: --help or --version was
 * answered. WRONG: a line about it went to standard error. */
enum rj_options_result rj_options_read(struct rj_options *options, int argc, char **argv);

#endif
