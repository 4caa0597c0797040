/* perf maps: /tmp/perf-PID.map as the real writers write them. */
#ifndef JT_LOAD_PERFMAP_H
#define JT_LOAD_PERFMAP_H

#include "analysis/load/codes.h"
#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether these first bytes look like a perf map. */
bool jt_perfmap_probe(const void *bytes, size_t count);

/* Give every line to the sink as a load of time 0, in the order of the file.
 * Lines without meaning are counted in `damage`. */
int jt_perfmap_read(const char *path, struct jt_diag *diag, const struct jt_code_sink *sink,
                    struct jt_load_damage *damage);
int jt_perfmap_read_memory(const char *text, size_t bytes, const struct jt_code_sink *sink,
                           struct jt_load_damage *damage);

/* The pid in a name of the form perf-PID.map (a path is fine); 0 when none. */
uint32_t jt_perfmap_pid_of_name(const char *path);

#endif
