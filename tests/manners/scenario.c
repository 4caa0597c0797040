/* See scenario.h. */
#include "manners/scenario.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct emitter {
    struct jitney_session *session;
    struct progress *progress;
    uint32_t function;
    uint32_t limit;
    unsigned thread;
};

static const enum step_kind cycle[CYCLE] = {STEP_LOAD,       STEP_COMPILE_END, STEP_MOVE,
                                            STEP_NOTE,       STEP_LOAD_AGAIN,  STEP_DEOPT,
                                            STEP_INVOCATION, STEP_FEEDBACK};

struct step step_of(uint64_t memory, unsigned thread, uint32_t number)
{
    uint32_t round = number / CYCLE;
    struct step step = {.kind = cycle[number % CYCLE], .number = (uint64_t)thread << 32 | number};
    uint64_t place = memory + ((uint64_t)thread * 2 * SLOTS + round % SLOTS) * SLOT_BYTES;

    if (step.kind == STEP_INVOCATION && round % 2 == 1)
        step.kind = STEP_UNLOAD;
    step.address = place;
    step.to = place + (uint64_t)SLOTS * SLOT_BYTES;
    snprintf(step.name, sizeof(step.name), "t%u_%u", thread, number);
    return step;
}

static int emit_code(const struct emitter *emitter, const struct step *step)
{
    struct jitney_line lines[] = {{.offset = 0, .line = 1}, {.offset = 8, .line = 2}};
    struct jitney_code_load load = {
        .size = sizeof(load),
        .address = step->address,
        .bytes = CODE_BYTES,
        .name = step->name,
        .tier = JITNEY_TIER_BASELINE,
        .file = "scenario.toy",
        .line = 1,
        .lines = lines,
        .line_count = 2,
        .unwind_kind = JITNEY_UNWIND_FRAME_POINTER,
    };
    struct jitney_code_move move = {.size = sizeof(move), .from = step->address, .to = step->to};
    struct jitney_code_unload gone = {.size = sizeof(gone), .address = step->address};

    if (step->kind == STEP_MOVE)
        return jitney_code_move(emitter->session, &move);
    if (step->kind == STEP_UNLOAD)
        return jitney_code_unload(emitter->session, &gone);
    return jitney_code_load(emitter->session, &load);
}

static int emit_other(const struct emitter *emitter, const struct step *step)
{
    struct jitney_compile_end end = {.size = sizeof(end),
                                     .function = emitter->function,
                                     .compilation = step->number,
                                     .duration_ns = 1};
    struct jitney_note note = {.size = sizeof(note), .text = step->name};
    struct jitney_deopt deopt = {
        .size = sizeof(deopt), .function = emitter->function, .reason = step->name};
    struct jitney_invocation call = {
        .size = sizeof(call), .function = emitter->function, .context = step->number};
    struct jitney_type_feedback feedback = {
        .size = sizeof(feedback),
        .function = emitter->function,
        .after = {.kind = JITNEY_FEEDBACK_TYPE, .slot = 1, .text = step->name},
    };

    switch (step->kind) {
    case STEP_COMPILE_END:
        return jitney_compile_end(emitter->session, &end);
    case STEP_NOTE:
        return jitney_note(emitter->session, &note);
    case STEP_DEOPT:
        return jitney_deopt(emitter->session, &deopt);
    case STEP_INVOCATION:
        return jitney_invocation(emitter->session, &call);
    case STEP_FEEDBACK:
        return jitney_type_feedback(emitter->session, &feedback);
    default:
        return emit_code(emitter, step);
    }
}

static void *emit_steps(void *argument)
{
    const struct emitter *emitter = argument;
    struct progress *progress = emitter->progress;

    for (uint32_t i = 0; i < emitter->limit; i++) {
        struct step step = step_of(atomic_load(&progress->memory), emitter->thread, i);
        int status = emit_other(emitter, &step);

        if (status) {
            atomic_store(&progress->status, status);
            atomic_fetch_add(&progress->failures, 1);
        }
        atomic_store_explicit(&progress->done[emitter->thread], i + 1, memory_order_release);
    }
    return NULL;
}

void emit_until_killed(const char *folder, struct progress *progress, uint32_t limit)
{
    struct jitney_session_options options = {
        .size = sizeof(options),
        .sinks = JITNEY_SINK_PERFMAP | JITNEY_SINK_JITDUMP | JITNEY_SINK_RECORD,
        .directory = folder,
        .engine = "scenario",
        .record_filter = JITNEY_EVENTS_ALL,
    };
    struct emitter emitters[THREADS];
    struct jitney_session *session = NULL;
    struct jitney_function function = {.size = sizeof(function), .name = "scenario"};
    uint32_t number = 0;
    void *memory = mmap(NULL, (size_t)THREADS * 2 * SLOTS * SLOT_BYTES,
                        PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int status = jitney_session_open(&options, &session);

    if (!status)
        status = jitney_function_define(session, &function, &number);
    if (status || memory == MAP_FAILED) {
        atomic_store(&progress->status, status);
        atomic_fetch_add(&progress->failures, 1);
        return;
    }
    atomic_store(&progress->memory, (uint64_t)(uintptr_t)memory);
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_t thread;

        emitters[i] = (struct emitter){session, progress, number, limit, i};
        if (pthread_create(&thread, NULL, emit_steps, &emitters[i]) != 0)
            abort();
    }
    for (;;)
        pause();
}
