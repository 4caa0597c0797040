/* One event of every class, and two functions, as an engine could have told
 * them: a double for a recording. */
#ifndef TESTS_UNIT_REPORT_EVENTS_MADE_H
#define TESTS_UNIT_REPORT_EVENTS_MADE_H

#include "analysis/report/events.h"

#include <stdlib.h>

#define MADE_CODE UINT64_C(0x7f0000001000)

static const struct jitney_function made_functions[] = {
    {.size = sizeof(struct jitney_function),
     .name = "square",
     .name_space = "shapes",
     .file = "shapes.toy",
     .line = 12,
     .column = 3,
     .primitive_index = -1,
     .address = 0x1000},
    {.size = sizeof(struct jitney_function),
     .name = "area, \"big\"\none",
     .primitive_index = 4,
     .address = 0},
};

static const struct jitney_feedback made_feedback[] = {
    {.kind = JITNEY_FEEDBACK_CALL,
     .slot = 1,
     .callee_count = 3,
     .callees = {1, 9, (uint32_t)JITNEY_CALLEE_PROMISE}},
    {.kind = JITNEY_FEEDBACK_TEST, .slot = 2, .outcome = JITNEY_OUTCOME_BOTH},
    {.kind = JITNEY_FEEDBACK_TYPE, .slot = 3, .packed = 5, .text = "Smi|Double"},
    {.kind = JITNEY_FEEDBACK_TYPE, .slot = JITNEY_SLOT_NONE, .packed = 0x1f},
};

static const struct jitney_code_load made_load = {.size = sizeof(made_load),
                                                  .address = MADE_CODE,
                                                  .bytes = 128,
                                                  .name = "square",
                                                  .tier = JITNEY_TIER_OPTIMIZED,
                                                  .tier_name = "TurboToy",
                                                  .file = "shapes.toy",
                                                  .line = 12,
                                                  .column = 3,
                                                  .function = 1};
static const struct jitney_code_move made_move = {
    .size = sizeof(made_move), .from = MADE_CODE, .to = MADE_CODE + 4096, .bytes = 128};
static const struct jitney_code_unload made_unload = {
    .size = sizeof(made_unload), .address = MADE_CODE + 4096, .bytes = 128};
static const struct jitney_compile_start made_start = {.size = sizeof(made_start),
                                                       .function = 1,
                                                       .tier = JITNEY_TIER_OPTIMIZED,
                                                       .compilation = 7,
                                                       .heuristic = {"hot", 1000},
                                                       .osr = {"loop", 0}};
static const struct jitney_compile made_compile = {.size = sizeof(made_compile),
                                                   .function = 1,
                                                   .tier = JITNEY_TIER_OPTIMIZED,
                                                   .compilation = 7,
                                                   .version = 3,
                                                   .feedback = made_feedback,
                                                   .feedback_count = 4,
                                                   .deopt_count = 2,
                                                   .ir_bytes = 400,
                                                   .bitcode_bytes = 300,
                                                   .address = MADE_CODE,
                                                   .code_bytes = 128};
static const struct jitney_compile_end made_end = {
    .size = sizeof(made_end), .function = 1, .compilation = 7, .duration_ns = 1234567};
static const struct jitney_compile_abort made_abort = {.size = sizeof(made_abort),
                                                       .function = 2,
                                                       .compilation = 8,
                                                       .duration_ns = 2500,
                                                       .reason = "too many registers"};
static const struct jitney_deopt made_deopt = {.size = sizeof(made_deopt),
                                               .function = 1,
                                               .origin = 2,
                                               .version = 3,
                                               .kind = "eager",
                                               .reason = "not a Smi",
                                               .slot_kind = JITNEY_FEEDBACK_TYPE,
                                               .slot = 3,
                                               .expected = "Smi",
                                               .seen = "Double",
                                               .line = 13};
static const struct jitney_invocation made_invocation = {.size = sizeof(made_invocation),
                                                         .function = 1,
                                                         .source = JITNEY_SOURCE_NATIVE_CALL,
                                                         .context = 3,
                                                         .call_context = 1,
                                                         .address = MADE_CODE,
                                                         .is_native = 1,
                                                         .missing = JITNEY_MISSING_RECOVERED};
static const struct jitney_invocation_undo made_undo = {
    .size = sizeof(made_undo), .function = 1, .context = 3};
static const struct jitney_type_feedback made_type_feedback = {
    .size = sizeof(made_type_feedback),
    .function = 1,
    .is_promise = 1,
    .caused_by_deopt = 1,
    .has_before = 1,
    .before = {.kind = JITNEY_FEEDBACK_TEST, .slot = 2, .outcome = JITNEY_OUTCOME_TRUE},
    .after = {.kind = JITNEY_FEEDBACK_TEST, .slot = 2, .outcome = JITNEY_OUTCOME_BOTH}};
static const struct jitney_contextual_feedback made_contextual = {
    .size = sizeof(made_contextual),
    .function = 1,
    .context = 9,
    .context_text = "(int,int)",
    .has_before = 1,
    .before = {.kind = JITNEY_FEEDBACK_TYPE, .slot = 4, .text = "Smi"},
    .after = {.kind = JITNEY_FEEDBACK_TYPE, .slot = 4, .text = "Smi"}};
static const struct jitney_osr_entry made_osr = {.size = sizeof(made_osr),
                                                 .function = 2,
                                                 .tier = JITNEY_TIER_OPTIMIZED,
                                                 .loop_count = 1000,
                                                 .line = 22};
static const struct jitney_cache_event made_cache = {.size = sizeof(made_cache),
                                                     .function = 2,
                                                     .outcome = JITNEY_CACHE_MISS,
                                                     .key = "abcdef",
                                                     .reason = "another version",
                                                     .duration_ns = 999};
static const struct jitney_note made_note = {.size = sizeof(made_note), .text = "phase two\nnext"};

static const struct {
    enum jitney_event_type type;
    const void *body;
} made_bodies[] = {
    {JITNEY_FUNCTION, &made_functions[0]},
    {JITNEY_COMPILE_START, &made_start},
    {JITNEY_COMPILE, &made_compile},
    {JITNEY_CODE_LOAD, &made_load},
    {JITNEY_COMPILE_END, &made_end},
    {JITNEY_COMPILE_ABORT, &made_abort},
    {JITNEY_INVOCATION, &made_invocation},
    {JITNEY_INVOCATION_UNDO, &made_undo},
    {JITNEY_TYPE_FEEDBACK, &made_type_feedback},
    {JITNEY_CONTEXTUAL_FEEDBACK, &made_contextual},
    {JITNEY_OSR_ENTRY, &made_osr},
    {JITNEY_CACHE, &made_cache},
    {JITNEY_DEOPT, &made_deopt},
    {JITNEY_NOTE, &made_note},
    {JITNEY_CODE_MOVE, &made_move},
    {JITNEY_CODE_UNLOAD, &made_unload},
};

enum { MADE_COUNT = sizeof(made_bodies) / sizeof(made_bodies[0]) };

static const struct jitney_function *made_function(const void *context, uint32_t number)
{
    return number > 0 && number <= 2 ? &made_functions[number - 1] : NULL;
}

static const struct jt_event_names made_names = {.function = made_function};

/* The i-th event, a millisecond after the one before. */
static struct jt_event_view made_view(size_t i, struct jitney_event *event)
{
    *event = (struct jitney_event){
        .size = sizeof(*event),
        .type = made_bodies[i].type,
        .time_ns = 5000000000 + i * 1000000,
        .tid = 4712,
        .number = made_bodies[i].type == JITNEY_FUNCTION,
        .code = made_bodies[i].type <= JITNEY_CODE_UNLOAD ? 1 : 0,
        .body = made_bodies[i].body,
    };
    return (struct jt_event_view){
        .event = event,
        .index = i + 1,
        .since_ns = i * 1000000,
        .has_time = true,
        .pid = 4711,
        .code_name =
            event->type == JITNEY_CODE_MOVE || event->type == JITNEY_CODE_UNLOAD ? "square" : NULL,
        .names = &made_names,
    };
}

#endif
