/* Which maps and dumps belong to which process, and where they are looked for:
 * files named on the command line, the trace (or the folder of the perf.data),
 * and the places where perf looks. */
#ifndef JT_SYMBOL_FINDER_H
#define JT_SYMBOL_FINDER_H

#include "analysis/symbol/process.h"
#include "analysis/symbol/sources.h"

#include <stdbool.h>
#include <stdint.h>

struct jt_resolver_options;

struct jt_found_file {
    char *path;
    uint32_t pid; /* of its name; 0: the name does not say */
    enum jt_source_kind kind;
    bool is_named;   /* on the command line */
    bool is_planted; /* by another user than the process's */
};

struct jt_finder {
    const struct jt_resolver_options *options;
    struct jt_sources *sources;
    struct jt_vec(struct jt_found_file) files;
};

void jt_finder_init(struct jt_finder *finder, const struct jt_resolver_options *options,
                    struct jt_sources *sources);
void jt_finder_release(struct jt_finder *finder);
/* A file was mapped executable: when it is a jitdump's marker, it is a source. */
void jt_finder_mapping(struct jt_finder *finder, struct jt_process *process, const char *path);
/* Find the process's sources, and bring its timelines up to date with them. */
void jt_finder_update(struct jt_finder *finder, struct jt_process *process);
/* Whether there is a map or dump of a process that the recording does not know. */
bool jt_finder_has_foreign(const struct jt_finder *finder,
                           const struct jt_process_table *processes);
/* The last moment that the process's dumps tell of. */
uint64_t jt_finder_last_ns(const struct jt_finder *finder, const struct jt_process *process);
/* Whether the address lies within 64 MiB of the code that the sources tell of. */
bool jt_finder_is_near_code(const struct jt_finder *finder, const struct jt_process *process,
                            uint64_t address);

#endif
