/* The events of the optimizing tier. */
#include "jit/context.h"
#include "jit/events.h"
#include "tell/internal.h"

#include <stdlib.h>

/* ---- code ---- */

static const char *text_of(const struct rj_version *version, uint32_t text)
{
    return version->meta.texts + text;
}

/* Rows of places; what comes from an inlined function names it by its number. */
static struct jitney_line *line_table(const struct rj_version *version)
{
    struct jitney_line *lines = calloc((size_t)version->line_count + 1, sizeof(*lines));

    for (uint32_t i = 0; lines && i < version->line_count; i++) {
        const struct rj_meta_place *place = &version->meta.places[version->lines[i].place];

        lines[i].offset = version->lines[i].offset;
        lines[i].line = place->line;
        lines[i].column = place->column;
        lines[i].inlined = place->inlined;
    }
    return lines;
}

static struct jitney_inlined *inlined_table(const struct rj_version *version)
{
    uint32_t count = version->meta.count[RJ_META_inlined];
    struct jitney_inlined *inlined = calloc((size_t)count + 1, sizeof(*inlined));

    for (uint32_t i = 0; inlined && i < count; i++) {
        const struct rj_meta_inlined *row = &version->meta.inlined[i];
        const struct rj_meta_function *function = &version->meta.functions[row->function];
        const struct rj_meta_place *call = &version->meta.places[row->call_place];

        inlined[i].name = text_of(version, function->name);
        inlined[i].file = text_of(version, function->file);
        inlined[i].caller = call->inlined;
        inlined[i].call_line = call->line;
        inlined[i].call_column = call->column;
    }
    return inlined;
}

void rj_jit_tell_load(struct rj_vm *vm, const struct rj_version *version)
{
    struct rj_code *code = version->code;
    struct jitney_code_load load = {
        .size = sizeof(load),
        .address = (uintptr_t)version->object.start,
        .bytes = version->object.bytes,
        .name = rj_tell_name(code),
        .kind = JITNEY_CODE_JIT,
        .tier = JITNEY_TIER_OPTIMIZED,
        .file = code->file,
        .line = code->line,
        .column = code->column,
        .flags = JITNEY_CODE_USER | (version->is_osr ? JITNEY_CODE_OSR : 0),
        .version = version->number,
        .unwind_kind = version->object.unwind ? JITNEY_UNWIND_EH_FRAME : JITNEY_UNWIND_UNKNOWN,
        .unwind = version->object.unwind,
        .unwind_bytes = version->object.unwind_bytes,
    };
    struct jitney_line *lines;
    struct jitney_inlined *inlined;

    if (!jitney_wants(vm->tell->session, JITNEY_CODE_LOAD))
        return;
    lines = line_table(version);
    inlined = inlined_table(version);
    load.function = rj_tell_function(vm, code);
    if (lines && inlined) {
        load.lines = lines;
        load.line_count = version->line_count;
        load.inlined = inlined;
        load.inlined_count = version->meta.count[RJ_META_inlined];
    }
    jitney_code_load(vm->tell->session, &load);
    free(inlined);
    free(lines);
}

void rj_jit_tell_unload(struct rj_vm *vm, const struct rj_version *version)
{
    struct jitney_code_unload unload = {.size = sizeof(unload),
                                        .address = (uintptr_t)version->object.start,
                                        .bytes = version->object.bytes};

    jitney_code_unload(vm->tell->session, &unload);
}

/* ---- compilations ---- */

enum { CONDITION_BYTES = 96 };

static const char *condition_of(const struct rj_jit_compilation *compilation,
                                char text[CONDITION_BYTES])
{
    char types[CONDITION_BYTES - 8];

    if (compilation->context) {
        rj_jit_context_text(compilation->context, types, sizeof(types));
        snprintf(text, CONDITION_BYTES, "for (%s)", types);
        return text;
    }
    return compilation->discards ? "deoptimized before" : "not optimized yet";
}

void rj_jit_tell_start(struct rj_vm *vm, const struct rj_jit_compilation *compilation)
{
    struct jitney_reason why = {compilation->reason, compilation->count};
    char condition[CONDITION_BYTES];
    struct jitney_compile_start start = {
        .size = sizeof(start),
        .tier = JITNEY_TIER_OPTIMIZED,
        .compilation = compilation->number,
        .condition = {condition_of(compilation, condition), compilation->discards},
    };

    if (!jitney_wants(vm->tell->session, JITNEY_COMPILE_START))
        return;
    start.function = rj_tell_function(vm, compilation->code);
    *(compilation->is_osr ? &start.osr : &start.heuristic) = why;
    jitney_compile_start(vm->tell->session, &start);
}

static void tell_end(struct rj_vm *vm, const struct rj_jit_compilation *compilation)
{
    struct jitney_compile_end end = {.size = sizeof(end),
                                     .function = rj_tell_function(vm, compilation->code),
                                     .tier = JITNEY_TIER_OPTIMIZED,
                                     .compilation = compilation->number,
                                     .duration_ns = compilation->duration_ns};

    jitney_compile_end(vm->tell->session, &end);
}

/* Slots that had learned nothing are left out. */
static uint32_t describe_feedback(struct rj_vm *vm, const struct rj_jit_compilation *compilation,
                                  struct jitney_feedback *rows, char (*texts)[RJ_TELL_TEXT])
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < compilation->code->slot_count; i++) {
        const struct rj_feedback *feedback = &compilation->feedback[i];

        if (feedback->seen || feedback->result || feedback->element || feedback->ways ||
            (feedback->kind == RJ_FEEDBACK_BRANCH &&
             (feedback->branch.taken || feedback->branch.not_taken))) {
            rj_tell_describe(vm, feedback, i, &rows[count], texts[count]);
            count++;
        }
    }
    return count;
}

/* What the compiler's stages took, as a note: the event has no place for it. */
static void tell_stages(struct rj_vm *vm, const struct rj_jit_compilation *compilation)
{
    char text[160];
    struct jitney_note note = {.size = sizeof(note), .text = text};

    note.function = rj_tell_function(vm, compilation->code);
    snprintf(text, sizeof(text),
             "compilation %llu: snapshot %.2f ms, build %.2f, optimize %.2f, emit %.2f, link %.2f",
             (unsigned long long)compilation->number,
             (double)compilation->stage_ns[RJ_STAGE_SNAPSHOT] / 1e6,
             (double)compilation->stage_ns[RJ_STAGE_BUILD] / 1e6,
             (double)compilation->stage_ns[RJ_STAGE_OPTIMIZE] / 1e6,
             (double)compilation->stage_ns[RJ_STAGE_EMIT] / 1e6,
             (double)compilation->stage_ns[RJ_STAGE_LINK] / 1e6);
    jitney_note(vm->tell->session, &note);
}

/* A version for the types of its arguments: what each argument is there, of all that was seen. */
static void tell_context(struct rj_vm *vm, const struct rj_jit_compilation *compilation)
{
    struct rj_code *code = compilation->code;
    char types[CONDITION_BYTES];

    if (!compilation->context || !jitney_wants(vm->tell->session, JITNEY_CONTEXTUAL_FEEDBACK))
        return;
    for (uint32_t i = 0; i < code->parameter_count && i < RJ_CONTEXT_ARGUMENTS; i++) {
        struct rj_feedback before = {.kind = RJ_FEEDBACK_TYPE,
                                     .result = code->argument_seen[i + 1]};
        struct rj_feedback after = {.kind = RJ_FEEDBACK_TYPE,
                                    .result = rj_context_seen(compilation->context, i)};
        struct jitney_contextual_feedback event = {
            .size = sizeof(event),
            .function = rj_tell_function(vm, code),
            .context = compilation->context,
            .context_text = rj_jit_context_text(compilation->context, types, sizeof(types)),
            .has_before = 1,
        };
        char texts[2][RJ_TELL_TEXT];

        if (!after.result || after.result == before.result)
            continue;
        rj_tell_describe(vm, &before, i, &event.before, texts[0]);
        rj_tell_describe(vm, &after, i, &event.after, texts[1]);
        jitney_contextual_feedback(vm->tell->session, &event);
    }
}

void rj_jit_tell_compiled(struct rj_vm *vm, const struct rj_jit_compilation *compilation)
{
    uint32_t slots = compilation->feedback ? compilation->code->slot_count : 0;
    struct jitney_compile compile = {
        .size = sizeof(compile),
        .tier = JITNEY_TIER_OPTIMIZED,
        .compilation = compilation->number,
        .version = compilation->number,
        .deopt_count = compilation->discards,
        .ir_bytes = compilation->ir_bytes,
        .bitcode_bytes = compilation->bitcode_bytes,
        .address = (uintptr_t)compilation->version->object.start,
        .code_bytes = compilation->version->object.bytes,
    };
    struct jitney_feedback *rows;
    char(*texts)[RJ_TELL_TEXT];

    tell_context(vm, compilation);
    if (!jitney_wants(vm->tell->session, JITNEY_COMPILE))
        return;
    compile.function = rj_tell_function(vm, compilation->code);
    rows = calloc((size_t)slots + 1, sizeof(*rows));
    texts = calloc((size_t)slots + 1, sizeof(*texts));
    if (rows && texts && slots)
        compile.feedback_count = describe_feedback(vm, compilation, rows, texts);
    compile.feedback = rows;
    jitney_compile(vm->tell->session, &compile);
    free(texts);
    free(rows);
    tell_end(vm, compilation);
    tell_stages(vm, compilation);
}

void rj_jit_tell_aborted(struct rj_vm *vm, const struct rj_jit_compilation *compilation)
{
    struct jitney_compile_abort aborted = {.size = sizeof(aborted),
                                           .tier = JITNEY_TIER_OPTIMIZED,
                                           .compilation = compilation->number,
                                           .duration_ns = compilation->duration_ns,
                                           .reason = compilation->abort};

    if (!jitney_wants(vm->tell->session, JITNEY_COMPILE_ABORT))
        return;
    aborted.function = rj_tell_function(vm, compilation->code);
    jitney_compile_abort(vm->tell->session, &aborted);
}

bool rj_jit_wants_sizes(struct rj_vm *vm)
{
    return jitney_wants(vm->tell->session, JITNEY_COMPILE);
}

/* ---- running ---- */

static uint32_t slot_kind(const struct rj_code *code, uint32_t slot)
{
    if (slot >= code->slot_count)
        return JITNEY_FEEDBACK_OTHER;
    switch (code->feedback[slot].kind) {
    case RJ_FEEDBACK_CALL:
        return JITNEY_FEEDBACK_CALL;
    case RJ_FEEDBACK_BRANCH:
        return JITNEY_FEEDBACK_TEST;
    default:
        return JITNEY_FEEDBACK_TYPE;
    }
}

void rj_jit_tell_deopt(struct rj_vm *vm, const struct rj_jit_deopt *deopt)
{
    struct jitney_deopt event = {
        .size = sizeof(event),
        .version = deopt->version->number,
        .kind = deopt->kind,
        .reason = deopt->reason,
        .slot_kind = slot_kind(deopt->origin, deopt->slot),
        .slot = deopt->slot == RJ_NOWHERE ? JITNEY_SLOT_NONE : deopt->slot,
        .expected = deopt->expected,
        .seen = deopt->seen,
        .line = deopt->line,
        .column = deopt->column,
    };

    if (!jitney_wants(vm->tell->session, JITNEY_DEOPT))
        return;
    event.function = rj_tell_function(vm, deopt->version->code);
    if (deopt->origin != deopt->version->code)
        event.origin = rj_tell_function(vm, deopt->origin);
    jitney_deopt(vm->tell->session, &event);
}

void rj_jit_tell_osr(struct rj_vm *vm, const struct rj_version *version, uint64_t rounds)
{
    struct rj_position at = rj_code_position(version->code, version->loop);
    struct jitney_osr_entry entry = {.size = sizeof(entry),
                                     .tier = JITNEY_TIER_OPTIMIZED,
                                     .version = version->number,
                                     .address = (uintptr_t)version->object.start,
                                     .loop_count = rounds,
                                     .line = at.line,
                                     .column = at.column};

    if (!jitney_wants(vm->tell->session, JITNEY_OSR_ENTRY))
        return;
    entry.function = rj_tell_function(vm, version->code);
    jitney_osr_entry(vm->tell->session, &entry);
}

void rj_jit_tell_invocation(struct rj_vm *vm, const struct rj_version *version)
{
    rj_tell_invocation(vm, version->code, JITNEY_SOURCE_CALL, version->context,
                       JITNEY_TIER_OPTIMIZED, (uintptr_t)version->object.start);
}

void rj_jit_tell_undo(struct rj_vm *vm, struct rj_code *code, uint64_t context)
{
    rj_tell_invocation_undo(vm, code, context);
}
