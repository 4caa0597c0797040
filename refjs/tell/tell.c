/* The session, and the events of the interpreter. */
#include "tell/internal.h"

#include "vm/operations.h"

#include <gc/gc.h>
#include <stdlib.h>

struct rj_tell *rj_tell_new(struct rj_vm *vm)
{
    struct jitney_session_options options = {.size = sizeof(options), .engine = "refjs"};
    struct rj_tell *tell = calloc(1, sizeof(*tell));

    if (!tell)
        return NULL;
    if (jitney_options_from_environment(&options) != JITNEY_OK)
        fprintf(stderr, "refjs: a JITNEY_* variable is not understood\n");
    if (jitney_session_open(&options, &tell->session) != JITNEY_OK)
        fprintf(stderr, "refjs: what JITNEY_* variables ask for cannot be written\n");
    vm->tell = tell;
    rj_tell_update(vm);
    return tell;
}

void rj_tell_free(struct rj_tell *tell)
{
    if (tell)
        jitney_session_close(tell->session);
    free(tell);
}

struct jitney_session *rj_tell_session(struct rj_tell *tell)
{
    return tell->session;
}

void rj_tell_update(struct rj_vm *vm)
{
    const struct jitney_session *session = vm->tell->session;

    vm->tells_calls = jitney_wants(session, JITNEY_INVOCATION);
    vm->tells_feedback = jitney_wants(session, JITNEY_TYPE_FEEDBACK) ||
                         jitney_wants(session, JITNEY_CONTEXTUAL_FEEDBACK);
}

bool rj_tell_debugged(struct rj_vm *vm)
{
    struct jitney_counters counters = {.size = sizeof(counters)};

    jitney_session_counters(vm->tell->session, &counters);
    return (counters.sinks & JITNEY_SINK_GDB) != 0;
}

const char *rj_tell_name(const struct rj_code *code)
{
    if (code->flags & RJ_CODE_SCRIPT)
        return "(script)";
    return code->name && *code->name ? code->name : "(anonymous)";
}

uint32_t rj_tell_function(struct rj_vm *vm, struct rj_code *code)
{
    struct jitney_function function = {
        .size = sizeof(function),
        .name = rj_tell_name(code),
        .file = code->file,
        .line = code->line,
        .column = code->column,
        .primitive_index = code->flags & RJ_CODE_NATIVE ? (int32_t)code->id : -1,
        .address = (uintptr_t)code,
    };

    if (!code->jitney)
        jitney_function_define(vm->tell->session, &function, &code->jitney);
    return code->jitney;
}

void rj_tell_invocation(struct rj_vm *vm, struct rj_code *code, uint32_t source, uint64_t context,
                        uint32_t tier, uint64_t address)
{
    struct jitney_invocation invocation = {
        .size = sizeof(invocation),
        .function = rj_tell_function(vm, code),
        .source = source,
        .context = context,
        .call_context = context,
        .address = address,
        .tier = tier,
        .is_native = address != 0,
    };

    jitney_invocation(vm->tell->session, &invocation);
}

void rj_tell_invocation_undo(struct rj_vm *vm, struct rj_code *code, uint64_t context)
{
    struct jitney_invocation_undo undo = {
        .size = sizeof(undo), .function = rj_tell_function(vm, code), .context = context};

    jitney_invocation_undo(vm->tell->session, &undo);
}

void rj_tell_feedback(struct rj_vm *vm, struct rj_code *code, uint32_t slot,
                      const struct rj_feedback *before)
{
    struct jitney_type_feedback event = {
        .size = sizeof(event), .function = rj_tell_function(vm, code), .has_before = 1};
    char texts[2][RJ_TELL_TEXT];

    rj_tell_describe(vm, before, slot, &event.before, texts[0]);
    rj_tell_describe(vm, &code->feedback[slot], slot, &event.after, texts[1]);
    jitney_type_feedback(vm->tell->session, &event);
}
