/* The files in which runtimes say what they compiled: which there are, whose
 * they are, and every code event in them. Each file is read once. */
#ifndef JT_SYMBOL_SOURCES_H
#define JT_SYMBOL_SOURCES_H

#include "analysis/load/codes.h"
#include "analysis/load/jitdump.h"
#include "analysis/symbol/kinds.h"
#include "analysis/symbol/timeline.h"
#include "base/diag.h"
#include "base/strings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum jt_source_kind { JT_SOURCE_MAP, JT_SOURCE_DUMP, JT_SOURCE_RECORDING };

/* A function as its source names it. */
struct jt_source_code {
    uint64_t address; /* where it was loaded */
    uint64_t bytes;
    int64_t lines_offset; /* in the source; -1: none */
    uint32_t name;        /* raw; id into the strings */
    uint32_t source;
};

struct jt_source_event {
    uint64_t time_ns;
    uint64_t address;
    uint64_t old_address;
    uint64_t bytes;
    uint64_t index;
    uint32_t code; /* for loads */
    enum jt_code_event_kind kind;
};

struct jt_source {
    enum jt_source_kind kind;
    char *path;
    uint32_t pid;         /* of the process it tells about; 0: of any */
    enum jt_reason fault; /* why it may not be used, or what is wrong with it */
    bool is_readable;
    bool has_time;           /* its times are those of the samples */
    struct jt_jitdump *dump; /* kept open for line tables; NULL for maps */
    struct jt_vec(struct jt_source_event) events;
    uint64_t last_ns;
    uint64_t lowest, highest; /* addresses of its code */
    struct jt_load_damage damage;
};

/* Times of a dump that counts CPU ticks, to nanoseconds (linux:
 * tools/perf/util/tsc.c); mult 0: not known. */
struct jt_time_conversion {
    uint64_t shift;
    uint64_t mult;
    uint64_t zero;
};

struct jt_sources_options {
    bool trusts_maps; /* use maps whoever owns them */
    uint32_t owner;   /* uid that may own maps, beside root and ourselves */
};

struct jt_sources {
    struct jt_vec(struct jt_source *) list;
    struct jt_vec(struct jt_source_code) codes;
    struct jt_strings *strings; /* not owned */
    struct jt_diag *diag;
    struct jt_sources_options options;
    bool has_monotonic_clock;
    struct jt_time_conversion conversion;
};

void jt_sources_init(struct jt_sources *sources, struct jt_strings *strings, struct jt_diag *diag,
                     const struct jt_sources_options *options);
void jt_sources_release(struct jt_sources *sources);

/* Register the file and read it; a file that is known already is not read
 * again. `pid` 0: take it from the name or header. `checks_owner`: the file lies
 * where anybody could have put it. NULL when there is no such file. */
struct jt_source *jt_sources_add(struct jt_sources *sources, enum jt_source_kind kind,
                                 const char *path, uint32_t pid, bool checks_owner);
/* The pid in the name of such a file; 0: none. */
uint32_t jt_source_pid_of_name(enum jt_source_kind kind, const char *path);
/* Put the source's events from `from_ns` to `until_ns` into the timeline; all of
 * them when it has no times. `ends_only`: just when code ended. */
void jt_source_fill(const struct jt_source *source, struct jt_timeline *timeline, uint64_t from_ns,
                    uint64_t until_ns, bool ends_only);

#endif
