/* Leaving compiled code: the interpreter's frames are made from the buffer that the code has
 * written, as its metadata says, and run to their end, innermost first. */
#include "jit/helpers.h"
#include "jit/internal.h"
#include "vm/interpret.h"
#include "vm/operations.h"

#include <stdlib.h>

enum {
    BUFFER_CALLEE,
    BUFFER_ARGS,
    BUFFER_ARGC,
    BUFFER_NEW_TARGET,
    FAILURES_TO_DISCARD = 2, /* of one guard */
    UNSEEN = 2,
    UNSEEN_AFTER_LOOP = 10, /* what comes behind the loop is often new: it does no harm */
};

static rj_value value_of(const struct rj_meta_value *value, const uint64_t *buffer)
{
    double number;

    switch (value->rep) {
    case RJ_REP_INT:
        return rj_int((int32_t)(uint32_t)buffer[value->slot]);
    case RJ_REP_DOUBLE:
        memcpy(&number, &buffer[value->slot], sizeof(number));
        return rj_double(number);
    case RJ_REP_BOOLEAN:
        return rj_boolean(buffer[value->slot] & 1);
    case RJ_REP_BOXED:
        return buffer[value->slot];
    default:
        return value->number;
    }
}

static struct rj_code *code_of(const struct rj_version *version, uint32_t function)
{
    return version->cells[version->meta.functions[function].code];
}

/* ---- what is learned from it ---- */

static const char *type_text(rj_value value)
{
    static const char *const kinds[] = {
        [RJ_STRING] = "string",          [RJ_ARRAY] = "array",
        [RJ_FUNCTION] = "function",      [RJ_FLOAT64_ARRAY] = "Float64Array",
        [RJ_INT32_ARRAY] = "Int32Array", [RJ_UINT8_ARRAY] = "Uint8Array",
    };
    uint32_t kind;

    if (rj_is_int(value))
        return "int";
    if (rj_is_number(value))
        return "double";
    if (rj_is_boolean(value))
        return "boolean";
    if (value == RJ_UNDEFINED)
        return "undefined";
    if (value == RJ_NULL)
        return "null";
    if (!rj_is_cell(value))
        return "another value";
    kind = rj_as_cell(value)->kind;
    return kind < sizeof(kinds) / sizeof(kinds[0]) && kinds[kind] ? kinds[kind] : "object";
}

static void learn(const struct rj_version *version, const struct rj_meta_guard *guard,
                  rj_value seen)
{
    struct rj_code *code = code_of(version, guard->function);

    if (guard->flags & RJ_GUARD_ENTRY && guard->where <= code->parameter_count)
        code->argument_seen[guard->where] |= rj_seen_of(seen);
    if (guard->flags & RJ_GUARD_AFTER && guard->slot < code->slot_count)
        code->feedback[guard->slot].result |= rj_seen_of(seen);
}

static bool shall_discard(struct rj_version *version, uint32_t number)
{
    const struct rj_meta_guard *guard = &version->meta.guards[number];

    version->failures[number]++;
    version->failure_count++;
    if (version->is_dead || guard->flags & RJ_GUARD_SOFT)
        return false;
    if (guard->flags & RJ_GUARD_UNSEEN)
        return version->failures[number] >= (version->is_osr ? UNSEEN_AFTER_LOOP : UNSEEN);
    return version->failures[number] >= FAILURES_TO_DISCARD;
}

static void note_failure(struct rj_vm *vm, struct rj_version *version, uint32_t number,
                         rj_value seen)
{
    const struct rj_meta *meta = &version->meta;
    const struct rj_meta_guard *guard = &meta->guards[number];
    const struct rj_meta_place *place = &meta->places[guard->place];
    struct rj_jit_deopt told = {.version = version,
                                .origin = code_of(version, guard->function),
                                .kind = guard->flags & RJ_GUARD_AFTER  ? "lazy"
                                        : guard->flags & RJ_GUARD_SOFT ? "soft"
                                                                       : "eager",
                                .reason = meta->texts + guard->reason,
                                .expected = meta->texts + guard->expected,
                                .seen = seen == RJ_HOLE ? "otherwise" : type_text(seen),
                                .slot = guard->slot,
                                .line = place->line,
                                .column = place->column,
                                .is_forced = guard->flags & RJ_GUARD_FORCED};
    struct rj_feedback *feedback;

    if (seen != RJ_HOLE)
        learn(version, guard, seen);
    told.discards = shall_discard(version, number);
    if (told.discards && guard->slot < told.origin->slot_count &&
        !(guard->flags & RJ_GUARD_UNSEEN)) {
        feedback = &told.origin->feedback[guard->slot];
        if (feedback->failures < UINT8_MAX)
            feedback->failures++;
    }
    rj_trace_deopt(vm, &told);
    rj_jit_tell_deopt(vm, &told);
    if (guard->flags & RJ_GUARD_ENTRY && vm->tells_calls)
        rj_jit_tell_undo(vm, version->code, version->context);
    if (told.discards)
        rj_version_discard(vm, version, true);
}

/* ---- frames ---- */

static bool rebuild(struct rj_vm *vm, const struct rj_version *version, uint32_t number,
                    const uint64_t *buffer, struct rj_frame *frame)
{
    const struct rj_meta_frame *row = &version->meta.frames[number];
    const struct rj_meta_value *values = version->meta.values + row->first_value;
    struct rj_code *code = code_of(version, row->function);

    memset(frame, 0, sizeof(*frame));
    frame->code = code;
    frame->at = row->at;
    frame->new_target = RJ_UNDEFINED;
    frame->registers = rj_allocate(vm, (size_t)code->register_count * sizeof(rj_value));
    if (!frame->registers)
        return false;
    for (uint32_t i = 0; i < code->register_count; i++)
        frame->registers[i] = RJ_UNDEFINED;
    for (uint32_t i = 0; i < row->value_count; i++)
        if (values[i].where < code->register_count)
            frame->registers[values[i].where] = value_of(&values[i], buffer);
    frame->callee = rj_as_function(value_of(&values[row->value_count], buffer));
    if (row->has_args) {
        frame->args = (const rj_value *)(uintptr_t)buffer[BUFFER_ARGS];
        frame->argc = (uint32_t)buffer[BUFFER_ARGC];
        frame->new_target = buffer[BUFFER_NEW_TARGET];
    }
    return true;
}

/* What an inlined `new` gives when its body has returned `result`. */
static rj_value constructed(const struct rj_version *version, uint32_t number,
                            const uint64_t *buffer, rj_value result)
{
    const struct rj_meta_frame *row = &version->meta.frames[number];

    if (!row->is_construct || result == RJ_THROWN || rj_is_object(result))
        return result;
    return value_of(&version->meta.values[row->first_value + row->value_count + 1], buffer);
}

/* The caller goes on behind its call, or where what was thrown is caught. */
static rj_value go_on(struct rj_vm *vm, struct rj_frame *frame, rj_value result)
{
    const struct rj_instruction *at = &frame->code->instructions[frame->at];

    if (result == RJ_THROWN)
        return rj_interpret(vm, frame, true);
    frame->registers[at->a] = result;
    if (at->slot < frame->code->slot_count)
        frame->code->feedback[at->slot].result |= rj_seen_of(result);
    frame->at++;
    return rj_interpret(vm, frame, false);
}

rj_value rj_jit_exit(struct rj_vm *vm, struct rj_version *version, uint32_t guard,
                     const uint64_t *buffer, rj_value seen)
{
    const struct rj_meta_guard *row = &version->meta.guards[guard];
    bool is_thrown = row->flags & RJ_GUARD_THROW;
    uint32_t number = row->frame;
    struct rj_frame frame;
    rj_value result;

    if (!is_thrown)
        note_failure(vm, version, guard, seen);
    if (!rebuild(vm, version, number, buffer, &frame))
        return RJ_THROWN;
    result = rj_interpret(vm, &frame, is_thrown);
    while (version->meta.frames[number].caller != RJ_NOWHERE) {
        result = constructed(version, number, buffer, result);
        number = version->meta.frames[number].caller;
        if (!rebuild(vm, version, number, buffer, &frame))
            return RJ_THROWN;
        result = go_on(vm, &frame, result);
    }
    return result;
}
