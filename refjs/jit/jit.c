/* The optimizing tier.
 *
 * A function that is called often, or a loop that goes round often, is asked for here. A snapshot
 * (snapshot.c) is handed to the compiler's thread (thread.c), which builds IR (build*.c), lets LLVM
 * optimize and emit it (backend.c); the main thread links and installs the result (install.c,
 * link.c) when it next looks up. Code that meets what it did not expect goes on in the interpreter
 * (exit.c), which learns; after a few times the version is discarded and made anew.
 *
 * Where this differs from the first plan: loops' types are found by building again rather than by
 * an analysis of their own (build.h); a way out within a loop nest is entered through copies of the
 * round that is under way (flow.h); guards are left to LLVM to merge and hoist, but for those on
 * what a loop does not change, which are placed before it. */
#include "jit/context.h"
#include "jit/internal.h"
#include "tell/tell.h"

#include "vm/interpret.h"
#include "vm/operations.h"

#include <gc.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    MOST_ATTEMPTS = 12, /* compilations of a function that came to nothing */
    PATIENCE = 4,       /* times that a function is hot before it is compiled on the thread: what it
                           learns meanwhile saves compilations */
    FIXED_COST = 20,    /* of a compilation, in instructions */
};

struct rj_tiering *rj_tiering_of(struct rj_vm *vm, struct rj_code *code)
{
    if (!code->tiering)
        code->tiering = rj_allocate(vm, sizeof(*code->tiering));
    return code->tiering;
}

uint32_t rj_tiering_discards(const struct rj_code *code)
{
    return code->tiering ? code->tiering->discards : 0;
}

static uintptr_t find_stack_base(void)
{
    pthread_attr_t attributes;
    void *address = NULL;
    size_t bytes = 0;

    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, &address, &bytes);
        pthread_attr_destroy(&attributes);
    }
    return (uintptr_t)address + bytes;
}

/* The process ends while the compiler is at work: LLVM's own clean-up must not run then. */
static void leave_quickly(int status, void *argument)
{
    struct rj_jit *jit = argument;

    if (!jit->has_thread)
        return;
    if (!jit->stops) { /* process.exit() */
        pthread_mutex_lock(&jit->lock);
        jit->stops = true;
        pthread_cond_signal(&jit->wake);
        pthread_mutex_unlock(&jit->lock);
        pthread_join(jit->thread, NULL);
        return;
    }
    fflush(NULL);
    _exit(status);
}

struct rj_jit *rj_jit_new(struct rj_vm *vm)
{
    struct rj_jit *jit = GC_MALLOC_UNCOLLECTABLE(sizeof(*jit));

    if (!jit)
        return NULL;
    memset(jit, 0, sizeof(*jit));
    jit->vm = vm;
    jit->stack_base = find_stack_base();
    jit->finished_end = &jit->finished;
    pthread_mutex_init(&jit->lock, NULL);
    pthread_cond_init(&jit->wake, NULL);
    jit->backend = rj_backend_new();
    jit->memory = rj_code_memory_new(rj_tell_debugged(vm));
    if (jit->backend && jit->memory && (vm->options.deterministic || rj_thread_start(jit))) {
        on_exit(leave_quickly, jit);
        return jit;
    }
    rj_jit_free(jit);
    return NULL;
}

void rj_jit_free(struct rj_jit *jit)
{
    struct rj_job *next;

    if (!jit)
        return;
    if (!rj_thread_stop(jit))
        return; /* the thread still reads it all: see leave_quickly() */
    for (struct rj_job *job = jit->finished; job; job = next) {
        next = job->next;
        rj_job_free(job);
    }
    for (struct rj_job *job = jit->requests; job; job = next) {
        next = job->next;
        rj_job_free(job);
    }
    if (jit->waiting)
        rj_job_free(jit->waiting);
    rj_backend_free(jit->backend);
    rj_code_memory_free(jit->memory);
    pthread_mutex_destroy(&jit->lock);
    pthread_cond_destroy(&jit->wake);
    jit->backend = NULL; /* the struct stays: leave_quickly() looks at it */
}

/* ---- requests ---- */

static void keep_alive(struct rj_vm *vm, struct rj_job *job)
{
    const struct rj_snapshot *snapshot = &job->snapshot;

    job->cells = rj_allocate(vm, (snapshot->link_count + 1) * sizeof(*job->cells));
    for (uint32_t i = 0; job->cells && i < snapshot->link_count; i++)
        if (snapshot->links[i].kind != RJ_LINK_EPOCH && snapshot->links[i].kind != RJ_LINK_HELPER)
            job->cells[i] = (void *)(uintptr_t)snapshot->links[i].address;
    job->feedback = rj_allocate(vm, (job->code->slot_count + 1) * sizeof(*job->feedback));
    if (job->feedback && job->code->slot_count)
        memcpy(job->feedback, job->code->feedback, job->code->slot_count * sizeof(*job->feedback));
    job->told.feedback = job->feedback;
}

static struct rj_job *make_job(struct rj_vm *vm, struct rj_code *code, const struct rj_frame *frame)
{
    struct rj_job *job = GC_MALLOC_UNCOLLECTABLE(sizeof(*job));
    uint8_t *seen;

    if (!job)
        return NULL;
    memset(job, 0, sizeof(*job));
    job->code = code;
    job->snapshot.arena = &job->arena;
    if (frame) {
        seen = rj_arena_take(&job->arena, code->register_count);
        for (uint32_t i = 0; i < code->register_count; i++)
            seen[i] = frame->registers[i] ? rj_seen_of(frame->registers[i]) : 0; /* 0: no scope */
        job->snapshot.is_osr = true;
        job->snapshot.entry = frame->at;
        job->snapshot.entry_seen = seen;
    }
    job->told.code = code;
    job->told.is_osr = frame != NULL;
    job->told.loop = frame ? frame->at : 0;
    return job;
}

static void request(struct rj_vm *vm, struct rj_code *code, const struct rj_frame *frame,
                    uint64_t context)
{
    struct rj_tiering *tiering = rj_tiering_of(vm, code);
    struct rj_job *job;

    if (!tiering || tiering->given_up || tiering->pending || tiering->attempts >= MOST_ATTEMPTS)
        return;
    job = make_job(vm, code, frame);
    if (!job)
        return;
    job->snapshot.context = context;
    job->told.context = context;
    job->told.reason = frame ? "loop" : context ? "context" : "calls";
    job->told.count = frame ? code->feedback[code->instructions[frame->at].slot].branch.taken
                            : vm->options.call_threshold;
    tiering->pending++;
    job->next = vm->jit->requests;
    vm->jit->requests = job;
    rj_jit_dispatch(vm);
}

/* What it brings for what it costs: a large function keeps small ones waiting. */
static bool is_more_urgent(const struct rj_job *job, const struct rj_job *than)
{
    return (uint64_t)(job->heat + 1) * (than->code->instruction_count + FIXED_COST) >=
           (uint64_t)(than->heat + 1) * (job->code->instruction_count + FIXED_COST);
}

static struct rj_job *take_hottest(struct rj_jit *jit)
{
    struct rj_job **best = &jit->requests;
    struct rj_job *job;

    for (struct rj_job **at = &jit->requests; *at; at = &(*at)->next)
        if (is_more_urgent(*at, *best))
            best = at;
    job = *best;
    if (!job)
        return NULL;
    *best = job->next;
    job->next = NULL;
    return job;
}

static void start(struct rj_vm *vm, struct rj_job *job)
{
    uint64_t work = rj_work_ns();

    job->told.number = ++vm->jit->next_number;
    job->told.discards = rj_tiering_discards(job->code);
    snprintf(job->symbol, sizeof(job->symbol), "js.%u.%llu", job->code->id,
             (unsigned long long)job->told.number);
    rj_jit_tell_start(vm, &job->told);
    rj_trace_start(vm, &job->told);
    if (!rj_snapshot_take(&job->snapshot, vm, job->code))
        job->product.why = "too large";
    keep_alive(vm, job);
    job->measures = rj_jit_wants_sizes(vm);
    job->told.stage_ns[RJ_STAGE_SNAPSHOT] = rj_work_ns() - work;
    if (!job->cells || job->product.why) {
        rj_install_job(vm, job);
    } else if (vm->options.deterministic) {
        rj_backend_compile(vm->jit->backend, &job->snapshot, job->symbol, job->measures,
                           &job->product);
        rj_install_job(vm, job);
    } else {
        rj_thread_add(vm->jit, job);
    }
}

void rj_jit_dispatch(struct rj_vm *vm)
{
    struct rj_job *job;

    while (vm->jit->requests && (vm->options.deterministic || !rj_thread_is_busy(vm->jit))) {
        job = take_hottest(vm->jit);
        if (job->code->tiering->given_up) {
            job->code->tiering->pending--;
            rj_job_free(job);
            continue;
        }
        start(vm, job);
    }
}

/* A function that waits is hot again. */
static void hurry(struct rj_jit *jit, const struct rj_code *code)
{
    for (struct rj_job *job = jit->requests; job; job = job->next)
        if (job->code == code)
            job->heat++;
}

/* After as many as a function may have, one for all that is left. */
void rj_jit_request_context(struct rj_vm *vm, struct rj_code *code, uint64_t context)
{
    struct rj_tiering *tiering = rj_tiering_of(vm, code);

    if (!tiering || tiering->pending)
        return;
    if (context && tiering->contexts >= RJ_MOST_CONTEXTS - 1)
        context = 0;
    tiering->contexts += context != 0;
    request(vm, code, NULL, context);
}

void rj_jit_hot_call(struct rj_vm *vm, struct rj_function *callee, rj_value this_value,
                     uint32_t argc, const rj_value *args)
{
    struct rj_tiering *tiering = rj_tiering_of(vm, callee->code);

    if (!tiering || callee->code->flags & RJ_CODE_SCRIPT || tiering->normal)
        return;
    tiering->heat++;
    if (tiering->pending)
        hurry(vm->jit, callee->code);
    else if (tiering->heat >= PATIENCE || vm->options.deterministic)
        rj_jit_request_context(
            vm, callee->code,
            rj_context_is_wanted(callee->code) ? rj_context_of(callee->code, argc, args) : 0);
}

static struct rj_version *find_osr(const struct rj_code *code, uint32_t loop)
{
    struct rj_version *version = code->tiering ? code->tiering->osr : NULL;

    while (version && version->loop != loop)
        version = version->next;
    return version;
}

/* A function that is called again and again gets code for its next call; only if this call stays in
 * its loop, the loop is entered in the middle. */
static bool prefers_call(struct rj_vm *vm, const struct rj_frame *frame, struct rj_tiering *tiering)
{
    struct rj_code *code = frame->code;
    bool is_same = tiering->hot_frame == frame && tiering->hot_invocations == code->invocations;

    tiering->hot_frame = frame;
    tiering->hot_invocations = code->invocations;
    if (vm->options.deterministic || code->flags & RJ_CODE_SCRIPT)
        return false;
    return code->invocations > 1 && !is_same;
}

bool rj_jit_hot_loop(struct rj_vm *vm, struct rj_frame *frame, rj_value *result)
{
    struct rj_version *version = find_osr(frame->code, frame->at);
    struct rj_tiering *tiering = rj_tiering_of(vm, frame->code);
    uint64_t rounds;

    if (tiering && prefers_call(vm, frame, tiering)) {
        if (!tiering->normal)
            request(vm, frame->code, NULL, 0);
        if (!version)
            return false;
    }
    if (vm->options.no_osr)
        return false;
    if (!version && tiering && tiering->pending)
        hurry(vm->jit, frame->code);
    if (!version) {
        request(vm, frame->code, frame, 0);
        version = find_osr(frame->code, frame->at);
    }
    if (!version)
        return false;
    version->entries++;
    rounds = frame->code->feedback[frame->code->instructions[frame->at].slot].branch.taken;
    rj_jit_tell_osr(vm, version, rounds);
    *result = rj_version_entry(version)(vm, frame->callee, (rj_value)(uintptr_t)frame->registers,
                                        frame->argc, frame->args, frame->new_target);
    return true;
}

void rj_jit_install(struct rj_vm *vm)
{
    struct rj_job *next;

    for (struct rj_job *job = rj_thread_take(vm->jit); job; job = next) {
        next = job->next;
        rj_install_job(vm, job);
    }
    rj_jit_dispatch(vm);
    rj_graveyard_sweep(vm);
}
