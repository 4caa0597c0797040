/* From (process, time, address) to frames: code of runtimes first, then the
 * mapped files, then the kernel; and when there is no name, the reason why. */
#ifndef JT_SYMBOL_RESOLVER_H
#define JT_SYMBOL_RESOLVER_H

#include "analysis/load/samples.h"
#include "analysis/load/trace.h"
#include "analysis/symbol/frame.h"
#include "analysis/symbol/process.h"
#include "analysis/symbol/sources.h"
#include "base/diag.h"
#include "base/strings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where frames are kept: the profile. */
struct jt_frame_sink {
    void *context;
    struct jt_strings *strings;
    uint32_t (*put)(void *context, const struct jt_frame *frame);
};

struct jt_resolver_options {
    const char *const *maps; /* --map */
    size_t map_count;
    const char *const *dumps; /* --dump */
    size_t dump_count;
    const char *folder;                 /* look for maps and dumps here first: the trace, or
                                           the folder of the perf.data; NULL: none */
    bool folder_is_trace;               /* then nowhere else */
    const struct jt_trace_facts *trace; /* what the trace says of its files; NULL: nothing */
    const char *symfs;                  /* --symfs */
    const char *kallsyms;               /* a copy; NULL: the running kernel's */
    bool knows_kernel;                  /* false: kernel symbols are not to be had */
    bool raw_names;                     /* --raw-names */
    struct jt_sources_options sources;
};

struct jt_resolver;

struct jt_resolver *jt_resolver_new(const struct jt_resolver_options *options, struct jt_diag *diag,
                                    const struct jt_frame_sink *sink);
void jt_resolver_free(struct jt_resolver *resolver);
/* What is known of the samples' clock; call before the first sample. */
void jt_resolver_set_clock(struct jt_resolver *resolver, bool is_monotonic,
                           const struct jt_time_conversion *conversion);
void jt_resolver_expect_build_id(struct jt_resolver *resolver, const char *path,
                                 const uint8_t *build_id, size_t bytes);

/* The file's events, in the order of time. */
void jt_resolver_mapping(struct jt_resolver *resolver, const struct jt_mapping *mapping);
struct jt_process_table *jt_resolver_processes(struct jt_resolver *resolver);

/* The answer for the code at `address` (for a return address: one less) of a
 * process, or of the kernel. `time_ns` must not go back. `*valid_until`: the
 * moment until which the answer stays, as long as nothing is mapped. */
const struct jt_resolution *jt_resolver_find(struct jt_resolver *resolver,
                                             struct jt_process *process, bool is_kernel,
                                             uint64_t address, uint64_t time_ns,
                                             uint64_t *valid_until);
/* The answer for an address that cannot be one. */
const struct jt_resolution *jt_resolver_bad_address(struct jt_resolver *resolver);
const uint32_t *jt_resolver_frames(const struct jt_resolver *resolver);

#endif
