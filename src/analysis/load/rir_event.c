/* One event of Ř as one of ours. Fields and their order: rir/src/recording.cpp,
 * fieldNames; classes: recording.h, className. */
#include "analysis/load/rir_private.h"

#include <stdio.h>
#include <string.h>

enum {
    TEXTS_LIMIT = 16 << 20,
    CONTEXT_BYTES = 24, /* sizeof of SpeculativeContext's union */
    CALLEE_BYTES = 8,
    KIND_BITS = 8,
    NS_PER_MS = 1000000,
};

static uint64_t number_of(const struct jt_rds_item *list, const char *name)
{
    uint64_t number = 0;

    jt_rds_number(jt_rds_find(list, name), &number);
    return number;
}

static bool flag_of(const struct jt_rds_item *list, const char *name)
{
    return (int32_t)number_of(list, name) == 1; /* NA is not true */
}

/* Ř counts functions from 0, we from 1. */
static uint32_t function_of(uint64_t index)
{
    return index < UINT32_MAX - 2 ? (uint32_t)index + 1 : 0;
}

static bool has_class(const struct jt_rds_item *list, const char *name)
{
    return strcmp(list->class_name, name) == 0;
}

/* ---- feedback ---- */

/* SpeculativeContext's three forms, on the little-endian machines that Ř runs on. */
static void fill_callees(struct jitney_feedback *feedback, const uint8_t *raw)
{
    uint64_t index = 0;

    feedback->kind = JITNEY_FEEDBACK_CALL;
    for (int i = 0; i < JITNEY_FEEDBACK_CALLEES; i++) {
        memcpy(&index, raw + (size_t)i * CALLEE_BYTES, sizeof(index));
        if (index == UINT64_MAX) /* NO_INDEX; Ř prints none behind it */
            break;
        feedback->callees[feedback->callee_count++] =
            index == UINT64_MAX - 1 ? (uint32_t)JITNEY_CALLEE_PROMISE : function_of(index);
    }
}

static void add_feedback(struct jt_rir_event *event, const struct jt_rds_item *context,
                         uint32_t slot)
{
    struct jitney_feedback feedback = {.kind = JITNEY_FEEDBACK_OTHER, .slot = slot};
    const char *name = context && context->class_name ? context->class_name : "";
    size_t offset = SIZE_MAX;

    if (!context || context->type != JT_RDS_RAW || context->kept < CONTEXT_BYTES)
        name = "";
    if (strcmp(name, "ctx_callees") == 0) {
        fill_callees(&feedback, context->raw);
    } else if (strcmp(name, "ctx_test") == 0) {
        feedback.kind = JITNEY_FEEDBACK_TEST;
        feedback.outcome = context->raw[0] & 3;
    } else if (strcmp(name, "ctx_values") == 0) {
        feedback.kind = JITNEY_FEEDBACK_TYPE;
        memcpy(&feedback.packed, context->raw, sizeof(feedback.packed));
        offset = event->texts.length;
        jt_rir_types_append(&event->texts, feedback.packed);
        jt_buf_append_zeros(&event->texts, 1);
    }
    jt_vec_push(&event->feedback, feedback);
    jt_vec_push(&event->text_offsets, offset);
}

/* The texts stay where they are only when all are there. */
static void settle_texts(struct jt_rir_event *event)
{
    bool is_whole = !jt_buf_status(&event->texts);

    for (size_t i = 0; i < event->feedback.count; i++)
        if (is_whole && event->text_offsets.at[i] != SIZE_MAX)
            event->feedback.at[i].text =
                (const char *)event->texts.bytes + event->text_offsets.at[i];
}

/* ---- events ---- */

static struct jitney_reason reason_of(const struct jt_rds_item *list, const char *name)
{
    const struct jt_rds_item *reason = jt_rds_find(list, name);
    struct jitney_reason result = {0};

    if (!reason || !reason->class_name)
        return result;
    result.name = reason->class_name;
    result.count = number_of(reason, "invocationCount");
    if (result.count == 0)
        result.count = number_of(reason, "loopCount");
    return result;
}

static void fill_compile_start(struct jt_rir_event *event, const struct jt_rds_item *list)
{
    const struct jt_rds_text *name = jt_rds_text(jt_rds_find(list, "name"));

    event->body.compile_start = (struct jitney_compile_start){
        .size = sizeof(event->body.compile_start),
        .function = event->event.number,
        .name = name ? name->text : NULL, /* "" for a loop */
        .heuristic = reason_of(list, "compile_reason_heuristic"),
        .condition = reason_of(list, "compile_reason_condition"),
        .osr = reason_of(list, "compile_reason_osr"),
    };
}

static uint64_t characters_of(const struct jt_rds_item *list, const char *name)
{
    const struct jt_rds_text *text = jt_rds_text(jt_rds_find(list, name));

    return text ? text->characters : 0;
}

static void fill_compile(struct jt_rir_event *event, const struct jt_rds_item *list)
{
    const struct jt_rds_item *contexts = jt_rds_find(list, "speculative_contexts");
    const struct jt_rds_item *context =
        contexts && contexts->type == JT_RDS_LIST ? contexts->first : NULL;

    for (; context; context = context->next)
        add_feedback(event, context, JITNEY_SLOT_NONE);
    settle_texts(event);
    event->body.compile = (struct jitney_compile){
        .size = sizeof(event->body.compile),
        .function = event->event.number,
        .version = number_of(list, "version"),
        .feedback = event->feedback.at,
        .feedback_count = (uint32_t)event->feedback.count,
        .deopt_count = (uint32_t)number_of(list, "deopt_count"),
        .ir_bytes = characters_of(list, "pir_code"),
        .bitcode_bytes = characters_of(list, "bitcode"),
    };
}

static void fill_compile_end(struct jt_rir_event *event, const struct jt_rds_item *list)
{
    uint64_t ms = number_of(list, "time_length");
    uint64_t duration_ns = ms <= UINT64_MAX / NS_PER_MS ? ms * NS_PER_MS : 0;

    if (flag_of(list, "succesful")) {
        event->event.type = JITNEY_COMPILE_END;
        event->body.compile_end =
            (struct jitney_compile_end){.size = sizeof(event->body.compile_end),
                                        .function = event->event.number,
                                        .duration_ns = duration_ns};
    } else {
        event->event.type = JITNEY_COMPILE_ABORT;
        event->body.compile_abort =
            (struct jitney_compile_abort){.size = sizeof(event->body.compile_abort),
                                          .function = event->event.number,
                                          .duration_ns = duration_ns};
    }
}

static void fill_deopt(struct jt_rir_event *event, const struct jt_rds_item *list)
{
    static const char *const reasons[] = {
        "Unknown",      "Typecheck",           "DeadCall",          "CallTarget",
        "ForceAndCall", "EnvStubMaterialized", "DeadBranchReached",
    };
    uint64_t reason = number_of(list, "reason");
    uint32_t index = (uint32_t)number_of(list, "index");
    uint64_t trigger = UINT64_MAX;
    uint64_t origin = UINT64_MAX;

    if (!jt_rds_number(jt_rds_find(list, "trigger_index"), &trigger))
        trigger = UINT64_MAX;
    if (!jt_rds_number(jt_rds_find(list, "origin_function"), &origin))
        origin = UINT64_MAX;
    event->body.deopt = (struct jitney_deopt){
        .size = sizeof(event->body.deopt),
        .function = event->event.number,
        .origin = function_of(origin),
        .version = number_of(list, "version"),
        .reason = reason < sizeof(reasons) / sizeof(reasons[0]) ? reasons[reason] : "Unknown",
        .slot_kind = index & ((1U << KIND_BITS) - 1),
        .slot = index >> KIND_BITS,
        .trigger = function_of(trigger),
    };
    if (event->body.deopt.slot_kind > JITNEY_FEEDBACK_TYPE)
        event->body.deopt.slot_kind = JITNEY_FEEDBACK_OTHER;
}

static void fill_invocation(struct jt_rir_event *event, const struct jt_rds_item *list)
{
    uint64_t source = number_of(list, "source");

    event->body.invocation = (struct jitney_invocation){
        .size = sizeof(event->body.invocation),
        .function = event->event.number,
        .source = source <= JITNEY_SOURCE_INTERPRETER ? (uint32_t)source : 0,
        .context = number_of(list, "context"),
        .call_context = number_of(list, "callContext"),
        .address = number_of(list, "address"),
        .is_native = flag_of(list, "isNative"),
        .missing = JITNEY_MISSING_NOT_PRESENT,
    };
    if (flag_of(list, "missing_asmpt_present"))
        event->body.invocation.missing = flag_of(list, "missing_asmpt_recovered")
                                             ? JITNEY_MISSING_RECOVERED
                                             : JITNEY_MISSING_NOT_RECOVERED;
}

static void fill_undo(struct jt_rir_event *event, const struct jt_rds_item *list)
{
    event->body.invocation_undo =
        (struct jitney_invocation_undo){.size = sizeof(event->body.invocation_undo),
                                        .function = event->event.number,
                                        .context = number_of(list, "context")};
}

/* Ř tells the new state alone. One that did not change is the same before and after. */
static void fill_type_feedback(struct jt_rir_event *event, const struct jt_rds_item *list)
{
    struct jitney_type_feedback *body = &event->body.type_feedback;

    add_feedback(event, jt_rds_find(list, "sc"), (uint32_t)number_of(list, "index"));
    settle_texts(event);
    *body = (struct jitney_type_feedback){
        .size = sizeof(*body),
        .function = event->event.number,
        .is_promise = flag_of(list, "is_promise"),
        .caused_by_deopt = flag_of(list, "deopt"),
        .has_before = !flag_of(list, "changed"),
        .after = event->feedback.at[0],
    };
    if (body->has_before)
        body->before = body->after;
}

static void fill_note(struct jt_rir_event *event, const struct jt_rds_item *list)
{
    const struct jt_rds_text *text = jt_rds_text(jt_rds_find(list, "name"));

    event->body.note = (struct jitney_note){
        .size = sizeof(event->body.note), .function = 0, .text = text ? text->text : ""};
}

/* What Ř's own tools print of an event they do not know. */
static void fill_unknown(struct jt_rir_event *event, const struct jt_rds_item *list)
{
    jt_buf_printf(&event->texts, "[%s]", list->class_name);
    jt_buf_append_zeros(&event->texts, 1);
    event->body.note = (struct jitney_note){
        .size = sizeof(event->body.note),
        .function = event->event.number,
        .text = jt_buf_status(&event->texts) ? "[]" : (const char *)event->texts.bytes};
}

static const struct {
    const char *class_name;
    enum jitney_event_type type;
    void (*fill)(struct jt_rir_event *event, const struct jt_rds_item *list);
} classes[] = {
    {"event_compile_start", JITNEY_COMPILE_START, fill_compile_start},
    {"event_compile", JITNEY_COMPILE, fill_compile},
    {"event_compile_end", JITNEY_COMPILE_END, fill_compile_end},
    {"event_deopt", JITNEY_DEOPT, fill_deopt},
    {"event_invocation", JITNEY_INVOCATION, fill_invocation},
    {"event_unregister_invocation", JITNEY_INVOCATION_UNDO, fill_undo},
    {"event_sc", JITNEY_TYPE_FEEDBACK, fill_type_feedback},
    {"event_custom", JITNEY_NOTE, fill_note},
};

bool jt_rir_is_event(const struct jt_rds_item *list)
{
    return list->class_name && strncmp(list->class_name, "event_", 6) == 0;
}

bool jt_rir_event_fill(struct jt_rir_event *event, const struct jt_rds_item *list)
{
    uint64_t index = UINT64_MAX;
    bool has_function = jt_rds_number(jt_rds_find(list, "funIdx"), &index);
    size_t row = 0;

    jt_vec_clear(&event->feedback);
    jt_vec_clear(&event->text_offsets);
    jt_buf_clear(&event->texts);
    event->texts.limit = TEXTS_LIMIT;
    event->event = (struct jitney_event){.size = sizeof(event->event),
                                         .number = has_function ? function_of(index) : 0};
    while (row < sizeof(classes) / sizeof(classes[0]) && !has_class(list, classes[row].class_name))
        row++;
    if (row == sizeof(classes) / sizeof(classes[0])) {
        event->event.type = JITNEY_NOTE;
        fill_unknown(event, list);
        has_function = true;
    } else {
        event->event.type = classes[row].type;
        classes[row].fill(event, list);
        has_function |= classes[row].type == JITNEY_NOTE;
    }
    event->event.number = 0; /* lent to the functions above */
    event->event.body = &event->body;
    return has_function;
}

void jt_rir_event_release(struct jt_rir_event *event)
{
    jt_vec_release(&event->feedback);
    jt_vec_release(&event->text_offsets);
    jt_buf_release(&event->texts);
}
