/* The tier's own state, and what its files say to each other. */
#ifndef RJ_JIT_INTERNAL_H
#define RJ_JIT_INTERNAL_H

#include "jit/backend.h"
#include "jit/jit.h"
#include "jit/memory.h"
#include "jit/tiering.h"

#include <pthread.h>

/* A function to compile, on its way. On the collected heap, uncollectable: it keeps alive what its
 * snapshot names. */
struct rj_job {
    struct rj_job *next;
    struct rj_code *code;
    void **cells;                 /* what the links stand for: links[i].address if that is a cell */
    struct rj_feedback *feedback; /* a copy, for the event */
    struct rj_snapshot snapshot;
    struct rj_arena arena;
    struct rj_product product;
    struct rj_jit_compilation told;
    uint32_t heat; /* the hottest is compiled next */
    bool measures;
    char symbol[64];
};

struct rj_jit {
    struct rj_vm *vm;
    struct rj_backend *backend;
    struct rj_code_memory *memory;
    struct rj_version *graveyard;
    struct rj_version *all; /* unused while they live: functions hold them */
    uint64_t next_number;
    uintptr_t stack_base;    /* highest address of the main thread's stack */
    struct rj_job *requests; /* without a snapshot yet: it is taken when the thread is free */
    uint32_t buried;         /* since the graveyard was last looked through */
    /* The compiler's thread: */
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stops;
    struct rj_job *waiting; /* for the thread */
    bool is_busy;
    struct rj_job *finished, **finished_end;
};

struct rj_tiering *rj_tiering_of(struct rj_vm *vm, struct rj_code *code);

/* jit.c: give the hottest request to the thread, if that is free. */
void rj_jit_dispatch(struct rj_vm *vm);

/* install.c */
void rj_install_job(struct rj_vm *vm, struct rj_job *job);
void rj_job_free(struct rj_job *job);
/* The version is given up: no call reaches it any more. */
void rj_version_discard(struct rj_vm *vm, struct rj_version *version, bool counts);
/* Free versions that no frame is in. */
void rj_graveyard_sweep(struct rj_vm *vm);
rj_entry rj_version_entry(const struct rj_version *version);

/* thread.c */
bool rj_thread_start(struct rj_jit *jit);
/* False: it is in the middle of a compilation, which nothing can interrupt. */
bool rj_thread_stop(struct rj_jit *jit);
void rj_thread_add(struct rj_jit *jit, struct rj_job *job);
bool rj_thread_is_busy(struct rj_jit *jit);
struct rj_job *rj_thread_take(struct rj_jit *jit); /* all that is finished */

/* trace.c */
void rj_trace_start(struct rj_vm *vm, const struct rj_jit_compilation *told);
void rj_trace_end(struct rj_vm *vm, const struct rj_jit_compilation *told);
void rj_trace_deopt(struct rj_vm *vm, const struct rj_jit_deopt *deopt);

/* jit.c: another version is wanted, for a context. */
void rj_jit_request_context(struct rj_vm *vm, struct rj_code *code, uint64_t context);

#endif
