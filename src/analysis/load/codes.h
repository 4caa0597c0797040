/* What a loader of code yields: pieces of machine code that were loaded, moved
 * or unloaded, in the order of the file. Everything a struct points to is
 * valid during the call alone. */
#ifndef JT_LOAD_CODES_H
#define JT_LOAD_CODES_H

#include <stddef.h>
#include <stdint.h>

enum jt_code_event_kind { JT_CODE_LOAD, JT_CODE_MOVE, JT_CODE_UNLOAD };

struct jt_code_event {
    enum jt_code_event_kind kind;
    uint64_t time_ns; /* 0 when the format carries no time (perf map) */
    uint32_t pid;     /* as the file says; 0 when it does not */
    uint32_t tid;
    uint64_t address;     /* new address for a move */
    uint64_t old_address; /* move alone */
    uint64_t bytes;
    uint64_t index;   /* the writer's own number of the code (jitdump code_index) */
    const char *name; /* raw, as the runtime wrote it; not for moves */
    size_t name_bytes;
    int64_t lines_offset; /* where in the file its line table is, -1: none */
    int64_t code_offset;  /* where in the file its bytes are, -1: none */
};

struct jt_code_sink {
    void *context;
    /* 0 to go on; anything else stops the loader, which returns it. */
    int (*code)(void *context, const struct jt_code_event *event);
};

/* What a loader met that it could not use; shown to the user. */
struct jt_load_damage {
    uint64_t skipped;      /* records or lines without meaning */
    uint64_t repaired;     /* read in spite of a known fault of the writer */
    uint64_t torn_bytes;   /* bytes after the last whole record */
    uint64_t out_of_order; /* records earlier than one before them */
};

#endif
