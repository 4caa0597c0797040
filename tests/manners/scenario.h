/* What four threads tell a session, step by step. Each step is one event that can be told from
 * all others afterwards; how many calls have returned stands in shared memory, so that a
 * checker knows what must be there when the process is killed. */
#ifndef JT_MANNERS_SCENARIO_H
#define JT_MANNERS_SCENARIO_H

#include "jitney/jitney.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    THREADS = 4,
    STEPS = 4096, /* of a thread, at most */
    CYCLE = 8,    /* steps that belong together */
    SLOTS = 64,   /* places for code of a thread; they are used again and again */
    SLOT_BYTES = 256,
    CODE_BYTES = 32,
    NAME_BYTES = 24,
};

enum step_kind {
    STEP_LOAD,
    STEP_COMPILE_END,
    STEP_MOVE,
    STEP_NOTE,
    STEP_LOAD_AGAIN, /* where the code was that has moved */
    STEP_DEOPT,
    STEP_UNLOAD, /* in every other cycle */
    STEP_INVOCATION,
    STEP_FEEDBACK,
};

/* Shared with the checker. */
struct progress {
    _Atomic uint32_t done[THREADS]; /* steps whose call has returned */
    _Atomic uint32_t failures;      /* calls that did not return JITNEY_OK */
    _Atomic int32_t status;         /* of the last one */
    _Atomic uint64_t memory;        /* where the slots of the first thread begin; 0: not yet */
};

struct step {
    enum step_kind kind;
    uint64_t number;       /* thread and step, for events that carry a number */
    uint64_t address;      /* of code events: where it is, or was before */
    uint64_t to;           /* STEP_MOVE */
    char name[NAME_BYTES]; /* unique */
};

struct step step_of(uint64_t memory, unsigned thread, uint32_t step);
/* Tell everything, four threads at once, up to `limit` steps each; then wait for the end. */
void emit_until_killed(const char *folder, struct progress *progress, uint32_t limit);

#endif
