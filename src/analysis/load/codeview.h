/* One way to get "this code lives here from then on" and "that code was given up" out of
 * whatever tells it: a recording, a trace, a jitdump, a perf map, V8's log, HotSpot's
 * log. Memory grows with the events. */
#ifndef JT_LOAD_CODEVIEW_H
#define JT_LOAD_CODEVIEW_H

#include "base/diag.h"
#include "base/strings.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* id, short name, what it is called */
#define JT_CODEVIEW_LIST(ROW)                                                                      \
    ROW(JT_CODEVIEW_NONE, "none", "nothing")                                                       \
    ROW(JT_CODEVIEW_RECORDING, "recording", "recording")                                           \
    ROW(JT_CODEVIEW_JITDUMP, "jitdump", "jitdump")                                                 \
    ROW(JT_CODEVIEW_V8LOG, "v8log", "V8 log")                                                      \
    ROW(JT_CODEVIEW_HOTSPOTLOG, "hotspotlog", "HotSpot log")                                       \
    ROW(JT_CODEVIEW_PERFMAP, "perfmap", "perf map")

enum jt_codeview_kind {
#define JT_CODEVIEW_ROW(id, name, words) id,
    JT_CODEVIEW_LIST(JT_CODEVIEW_ROW)
#undef JT_CODEVIEW_ROW
};

enum jt_codeview_clock {
    JT_CODEVIEW_NO_CLOCK,  /* a perf map */
    JT_CODEVIEW_MONOTONIC, /* CLOCK_MONOTONIC, or what the dump's writer takes for it */
    JT_CODEVIEW_LOGGER,    /* since V8 started its logger */
    JT_CODEVIEW_VM,        /* since the VM was started */
    JT_CODEVIEW_COUNTER    /* raw counts of the processor */
};

enum jt_codeview_step { JT_CODEVIEW_LOAD, JT_CODEVIEW_MOVE, JT_CODEVIEW_UNLOAD };

/* Texts are in `strings`; 0: none. */
struct jt_codeview_event {
    enum jt_codeview_step step;
    uint32_t pid;
    uint64_t time_ns;
    uint64_t address;
    uint64_t from; /* of a move */
    uint64_t bytes;
    uint64_t number; /* the writer's own; 0: none */
    uint32_t name;   /* of the function; raw, to be taken apart by the runtime's grammar, if … */
    bool is_raw;     /* … so: then what follows is not filled in */
    uint32_t kind;   /* enum jitney_code_kind */
    uint32_t tier;   /* enum jitney_tier */
    uint32_t file;
    uint32_t line;
};

#define JT_CODEVIEW_NO_CODE SIZE_MAX

struct jt_codeview_deopt {
    uint64_t time_ns;
    uint32_t pid;
    uint64_t address; /* 0: not known */
    size_t load;      /* event of the code that was left; JT_CODEVIEW_NO_CODE: not known */
    uint32_t name;    /* of the function, when there is no code */
    uint32_t kind;
    uint32_t reason; /* 0: not told */
    uint32_t line;   /* where; 0: not told */
};

struct jt_codeview {
    char *path;
    enum jt_codeview_kind kind;
    enum jt_codeview_clock clock;
    uint64_t zero_ns;  /* where its clock is best counted from */
    uint32_t pid;      /* 0: not known, or several */
    char engine[64];   /* "" when it does not say */
    uint64_t lost;     /* events its writer could not keep */
    uint64_t skipped;  /* records without meaning */
    bool has_deopts;   /* it could tell of deopts */
    bool has_bytecode; /* it could tell of byte code */
    struct jt_strings strings;
    struct jt_vec(struct jt_codeview_event) events; /* as they were read */
    struct jt_vec(struct jt_codeview_deopt) deopts;
};

/* Read a file, or the recordings, or else the dumps, or else the maps of a folder. JITNEY_OK, or
 * why not, which was said. Release in any case. */
int jt_codeview_read(const char *path, struct jt_diag *diag, struct jt_codeview *view);
void jt_codeview_release(struct jt_codeview *view);
/* Leave out what is not of this process. */
void jt_codeview_keep_pid(struct jt_codeview *view, uint32_t pid);

const char *jt_codeview_name(enum jt_codeview_kind kind);
const char *jt_codeview_words(enum jt_codeview_kind kind);

#endif
