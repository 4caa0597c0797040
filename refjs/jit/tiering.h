/* What the optimizing tier keeps for each function, and for each piece of compiled code. Both lie
 * on the collected heap and hang on their rj_code; bytes of code and metadata are malloc'ed or in
 * code memory and are given back by hand. */
#ifndef RJ_JIT_TIERING_H
#define RJ_JIT_TIERING_H

#include "jit/meta.h"
#include "vm/vm.h"

/* Code that was loaded: see jit/link.h. */
struct rj_object_code {
    uint8_t *start; /* where it runs */
    size_t bytes;   /* text only */
    size_t total_bytes;
    uint32_t entry;        /* offset of the function */
    const uint8_t *unwind; /* .eh_frame, relocated to where it lies */
    size_t unwind_bytes;
    void *region; /* of jit/memory.c */
};

struct rj_line { /* as jitney wants it */
    uint32_t offset;
    uint32_t place; /* of the metadata */
};

struct rj_version {
    struct rj_version *next; /* of the function; or of the graveyard */
    struct rj_code *code;
    void **cells; /* what the code is linked to: kept alive */
    struct rj_object_code object;
    struct rj_meta meta; /* points into `block` */
    void *block;
    size_t block_bytes;
    struct rj_line *lines; /* malloc'ed */
    uint32_t line_count;
    uint32_t loop; /* OSR: the LOOP instruction it begins at */
    uint32_t is_osr;
    uint64_t number; /* of its compilation */
    uint64_t context;
    uint32_t *failures; /* of each guard; malloc'ed */
    uint32_t failure_count;
    uint32_t entries; /* OSR: how often */
    bool is_dead;
};

enum { RJ_MOST_CONTEXTS = 4 };

struct rj_tiering {
    struct rj_version *normal; /* entered by calls; the first is the latest */
    struct rj_version *osr;
    uint32_t discards; /* versions given up so far */
    uint32_t pending;  /* compilations under way */
    uint32_t attempts;
    uint32_t heat;                    /* times it was said to be hot */
    const struct rj_frame *hot_frame; /* whose loop was hot last; to compare with */
    uint32_t hot_invocations;
    uint32_t misses;   /* calls that no context fits */
    uint32_t contexts; /* asked for so far */
    bool given_up;
};

uint32_t rj_tiering_discards(const struct rj_code *code);

#endif
