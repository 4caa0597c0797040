/* Events as objects of the program: {event: "Deopt", time: 12.5, function: "work", …}. One table
 * says which members of an event's struct become properties. */
#include "tell/internal.h"

#include "vm/operations.h"

enum member_kind { COUNT32, COUNT64, TEXT, FUNCTION, TIER, REASON, FEEDBACK };

struct member {
    uint32_t event;
    enum member_kind kind;
    size_t offset;
    const char *name;
};

#define MEMBER(event, kind, type, field)                                                           \
    {                                                                                              \
        event, kind, offsetof(struct type, field), #field                                          \
    }

static const struct member members[] = {
    MEMBER(JITNEY_CODE_LOAD, TEXT, jitney_code_load, name),
    MEMBER(JITNEY_CODE_LOAD, FUNCTION, jitney_code_load, function),
    MEMBER(JITNEY_CODE_LOAD, COUNT64, jitney_code_load, address),
    MEMBER(JITNEY_CODE_LOAD, COUNT64, jitney_code_load, bytes),
    MEMBER(JITNEY_CODE_LOAD, TIER, jitney_code_load, tier),
    MEMBER(JITNEY_CODE_LOAD, TEXT, jitney_code_load, file),
    MEMBER(JITNEY_CODE_LOAD, COUNT32, jitney_code_load, line),
    MEMBER(JITNEY_CODE_UNLOAD, COUNT64, jitney_code_unload, address),
    MEMBER(JITNEY_CODE_UNLOAD, COUNT64, jitney_code_unload, bytes),
    MEMBER(JITNEY_COMPILE_START, FUNCTION, jitney_compile_start, function),
    MEMBER(JITNEY_COMPILE_START, COUNT64, jitney_compile_start, compilation),
    MEMBER(JITNEY_COMPILE_START, TIER, jitney_compile_start, tier),
    MEMBER(JITNEY_COMPILE_START, REASON, jitney_compile_start, heuristic),
    MEMBER(JITNEY_COMPILE_START, REASON, jitney_compile_start, condition),
    MEMBER(JITNEY_COMPILE_START, REASON, jitney_compile_start, osr),
    MEMBER(JITNEY_COMPILE, FUNCTION, jitney_compile, function),
    MEMBER(JITNEY_COMPILE, COUNT64, jitney_compile, compilation),
    MEMBER(JITNEY_COMPILE, COUNT64, jitney_compile, version),
    MEMBER(JITNEY_COMPILE, COUNT32, jitney_compile, deopt_count),
    MEMBER(JITNEY_COMPILE, COUNT64, jitney_compile, ir_bytes),
    MEMBER(JITNEY_COMPILE, COUNT64, jitney_compile, bitcode_bytes),
    MEMBER(JITNEY_COMPILE, COUNT64, jitney_compile, code_bytes),
    MEMBER(JITNEY_COMPILE_END, FUNCTION, jitney_compile_end, function),
    MEMBER(JITNEY_COMPILE_END, COUNT64, jitney_compile_end, compilation),
    MEMBER(JITNEY_COMPILE_END, COUNT64, jitney_compile_end, duration_ns),
    MEMBER(JITNEY_COMPILE_ABORT, FUNCTION, jitney_compile_abort, function),
    MEMBER(JITNEY_COMPILE_ABORT, COUNT64, jitney_compile_abort, compilation),
    MEMBER(JITNEY_COMPILE_ABORT, TEXT, jitney_compile_abort, reason),
    MEMBER(JITNEY_DEOPT, FUNCTION, jitney_deopt, function),
    MEMBER(JITNEY_DEOPT, FUNCTION, jitney_deopt, origin),
    MEMBER(JITNEY_DEOPT, COUNT64, jitney_deopt, version),
    MEMBER(JITNEY_DEOPT, TEXT, jitney_deopt, kind),
    MEMBER(JITNEY_DEOPT, TEXT, jitney_deopt, reason),
    MEMBER(JITNEY_DEOPT, TEXT, jitney_deopt, expected),
    MEMBER(JITNEY_DEOPT, TEXT, jitney_deopt, seen),
    MEMBER(JITNEY_DEOPT, COUNT32, jitney_deopt, line),
    MEMBER(JITNEY_DEOPT, COUNT32, jitney_deopt, column),
    MEMBER(JITNEY_INVOCATION, FUNCTION, jitney_invocation, function),
    MEMBER(JITNEY_INVOCATION, COUNT32, jitney_invocation, source),
    MEMBER(JITNEY_INVOCATION, COUNT64, jitney_invocation, context),
    MEMBER(JITNEY_INVOCATION, TIER, jitney_invocation, tier),
    MEMBER(JITNEY_INVOCATION_UNDO, FUNCTION, jitney_invocation_undo, function),
    MEMBER(JITNEY_INVOCATION_UNDO, COUNT64, jitney_invocation_undo, context),
    MEMBER(JITNEY_TYPE_FEEDBACK, FUNCTION, jitney_type_feedback, function),
    MEMBER(JITNEY_TYPE_FEEDBACK, FEEDBACK, jitney_type_feedback, before),
    MEMBER(JITNEY_TYPE_FEEDBACK, FEEDBACK, jitney_type_feedback, after),
    MEMBER(JITNEY_CONTEXTUAL_FEEDBACK, FUNCTION, jitney_contextual_feedback, function),
    MEMBER(JITNEY_CONTEXTUAL_FEEDBACK, COUNT64, jitney_contextual_feedback, context),
    MEMBER(JITNEY_CONTEXTUAL_FEEDBACK, TEXT, jitney_contextual_feedback, context_text),
    MEMBER(JITNEY_CONTEXTUAL_FEEDBACK, FEEDBACK, jitney_contextual_feedback, before),
    MEMBER(JITNEY_CONTEXTUAL_FEEDBACK, FEEDBACK, jitney_contextual_feedback, after),
    MEMBER(JITNEY_OSR_ENTRY, FUNCTION, jitney_osr_entry, function),
    MEMBER(JITNEY_OSR_ENTRY, TIER, jitney_osr_entry, tier),
    MEMBER(JITNEY_OSR_ENTRY, COUNT64, jitney_osr_entry, version),
    MEMBER(JITNEY_OSR_ENTRY, COUNT64, jitney_osr_entry, loop_count),
    MEMBER(JITNEY_OSR_ENTRY, COUNT32, jitney_osr_entry, line),
    MEMBER(JITNEY_CACHE, FUNCTION, jitney_cache_event, function),
    MEMBER(JITNEY_CACHE, COUNT32, jitney_cache_event, outcome),
    MEMBER(JITNEY_CACHE, TEXT, jitney_cache_event, key),
    MEMBER(JITNEY_CACHE, TEXT, jitney_cache_event, reason),
    MEMBER(JITNEY_NOTE, FUNCTION, jitney_note, function),
    MEMBER(JITNEY_NOTE, TEXT, jitney_note, text),
};

static bool put(struct rj_vm *vm, struct rj_object *object, const char *name, rj_value value)
{
    struct rj_string *key = rj_atom_text(vm, name);

    return key && value != RJ_THROWN && rj_define(vm, object, rj_cell_value(key), value, RJ_PLAIN);
}

static rj_value text_value(struct rj_vm *vm, const char *text)
{
    struct rj_string *string = text ? rj_string_utf8(vm, text, strlen(text)) : NULL;

    if (!text)
        return RJ_UNDEFINED;
    return string ? rj_cell_value(string) : RJ_THROWN;
}

static const char *tier_name(uint32_t tier)
{
    switch (tier) {
#define TIER_ROW(id, value, name)                                                                  \
    case id:                                                                                       \
        return name;
        JITNEY_TIER_LIST(TIER_ROW)
#undef TIER_ROW
    default:
        return NULL;
    }
}

static rj_value member_value(struct rj_vm *vm, const struct member *member, const char *body,
                             const struct rj_array *function_names)
{
    const void *field = body + member->offset;
    uint32_t small;

    memcpy(&small, field, sizeof(small));
    switch (member->kind) {
    case COUNT32:
        return rj_number(small);
    case COUNT64:
        return rj_number((double)*(const uint64_t *)field);
    case TEXT:
        return text_value(vm, *(const char *const *)field);
    case FUNCTION:
        return small && small < function_names->length ? function_names->elements[small]
                                                       : RJ_UNDEFINED;
    case TIER:
        return text_value(vm, tier_name(small));
    case REASON:
        return text_value(vm, ((const struct jitney_reason *)field)->name);
    case FEEDBACK:
        return text_value(vm, ((const struct jitney_feedback *)field)->text);
    }
    return RJ_UNDEFINED;
}

static const char *event_name(uint32_t type)
{
    switch (type) {
#define EVENT_ROW(id, value, name, group)                                                          \
    case id:                                                                                       \
        return name;
        JITNEY_EVENT_LIST(EVENT_ROW)
#undef EVENT_ROW
    default:
        return "?";
    }
}

struct rj_object *rj_tell_event_object(struct rj_vm *vm, const struct jitney_event *event,
                                       const struct rj_array *function_names)
{
    struct rj_object *object = rj_object_plain(vm);

    if (!object || !put(vm, object, "event", text_value(vm, event_name(event->type))) ||
        !put(vm, object, "time", rj_double((double)event->time_ns / 1e6)))
        return NULL;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        rj_value value;

        if (members[i].event != event->type)
            continue;
        value = member_value(vm, &members[i], event->body, function_names);
        if (value == RJ_THROWN)
            return NULL;
        if (value != RJ_UNDEFINED && !put(vm, object, members[i].name, value))
            return NULL;
    }
    return object;
}
