/* The maps and dumps of a process that is named by its id: where perf looks for
 * them, and through /proc while the process lives, whatever its namespaces. */
#ifndef CLI_LIVING_H
#define CLI_LIVING_H

#include "base/diag.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

struct cli_living {
    struct jt_vec(char *) maps;
    struct jt_vec(char *) dumps;
    char *refused; /* the first file that is somebody else's; NULL: none */
};

/* Files that neither we, nor root, nor the process's owner own are left out,
 * unless `trusts_all`: anybody can put a file into /tmp. */
void cli_living_find(struct cli_living *living, uint32_t pid, bool trusts_all);
void cli_living_release(struct cli_living *living);

#endif
