/* What the compiler tells. The bodies of the functions are in tell/jit.c: the compiler knows
 * nothing of jitney. Main thread only. */
#ifndef RJ_JIT_EVENTS_H
#define RJ_JIT_EVENTS_H

#include "jit/tiering.h"

enum rj_stage {
    RJ_STAGE_SNAPSHOT,
    RJ_STAGE_BUILD,
    RJ_STAGE_OPTIMIZE,
    RJ_STAGE_EMIT,
    RJ_STAGE_LINK,
    RJ_STAGE_COUNT
};

struct rj_jit_compilation {
    struct rj_code *code;
    uint64_t number;    /* ties the events of one compilation */
    uint64_t context;   /* of arguments, when the version is for one; else 0 */
    const char *reason; /* "calls", "loop", "context" */
    uint64_t count;     /* that made it hot */
    bool is_osr;
    uint32_t loop;     /* OSR: the LOOP instruction */
    uint32_t discards; /* versions of the function given up before */
    /* After it: */
    const char *abort;    /* why there is no code; or NULL */
    uint64_t duration_ns; /* of the stages together */
    uint64_t stage_ns[RJ_STAGE_COUNT];
    uint64_t ir_bytes;
    uint64_t bitcode_bytes;
    const struct rj_feedback *feedback; /* that it was made from: code->slot_count of them */
    const struct rj_version *version;
};

struct rj_jit_deopt {
    const struct rj_version *version;
    struct rj_code *origin; /* whose assumption */
    const char *kind;       /* "eager", "lazy" (behind a call), "soft" */
    const char *reason;
    const char *expected;
    const char *seen;
    uint32_t slot; /* of the origin; RJ_NOWHERE */
    uint32_t line, column;
    bool discards;  /* the version is given up with it */
    bool is_forced; /* by --force-deopt */
};

void rj_jit_tell_start(struct rj_vm *vm, const struct rj_jit_compilation *compilation);
void rj_jit_tell_compiled(struct rj_vm *vm, const struct rj_jit_compilation *compilation);
void rj_jit_tell_aborted(struct rj_vm *vm, const struct rj_jit_compilation *compilation);
void rj_jit_tell_load(struct rj_vm *vm, const struct rj_version *version);
void rj_jit_tell_unload(struct rj_vm *vm, const struct rj_version *version);
void rj_jit_tell_deopt(struct rj_vm *vm, const struct rj_jit_deopt *deopt);
/* The running loop of `version` is entered in the middle, for the version->entries'th time. */
void rj_jit_tell_osr(struct rj_vm *vm, const struct rj_version *version, uint64_t rounds);
/* A call reaches compiled code (vm->tells_calls). */
void rj_jit_tell_invocation(struct rj_vm *vm, const struct rj_version *version);
/* The dispatcher chose this context, but its version could not take the call. */
void rj_jit_tell_undo(struct rj_vm *vm, struct rj_code *code, uint64_t context);
/* Does anybody want ir_bytes and bitcode_bytes? They take time. */
bool rj_jit_wants_sizes(struct rj_vm *vm);

/* Text of a context: "int,double,*". */
const char *rj_jit_context_text(uint64_t context, char *text, size_t bytes);

#endif
