/* What a feedback slot holds, in words and as jitney's struct. */
#include "tell/internal.h"

#include "vm/operations.h"

#include <stdarg.h>

struct words { /* text that is cut where its room ends */
    char *text;
    size_t room;
    size_t length;
};

__attribute__((format(printf, 2, 3))) static void say(struct words *words, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(words->text + words->length, words->room - words->length, format, arguments);
    va_end(arguments);
    if (length > 0)
        words->length += (size_t)length < words->room - words->length
                             ? (size_t)length
                             : words->room - words->length - 1;
}

struct bit_name {
    uint32_t bit;
    const char *name;
};

static const struct bit_name type_names[] = {
    {RJ_SEEN_INT, "int"},         {RJ_SEEN_DOUBLE, "double"},     {RJ_SEEN_BOOLEAN, "boolean"},
    {RJ_SEEN_NULLISH, "nullish"}, {RJ_SEEN_STRING, "string"},     {RJ_SEEN_OBJECT, "object"},
    {RJ_SEEN_ARRAY, "array"},     {RJ_SEEN_FUNCTION, "function"}, {0, NULL},
};

static const struct bit_name element_names[] = {
    {RJ_ELEMENT_ARRAY, "array"},
    {RJ_ELEMENT_FLOAT64, "Float64Array"},
    {RJ_ELEMENT_INT32, "Int32Array"},
    {RJ_ELEMENT_UINT8, "Uint8Array"},
    {RJ_ELEMENT_STRING, "string"},
    {RJ_ELEMENT_OTHER, "other"},
    {RJ_ELEMENT_OUTSIDE, "outside"},
    {RJ_ELEMENT_APPEND, "append"},
    {0, NULL},
};

static void say_bits(struct words *words, uint32_t bits, const struct bit_name *names)
{
    const char *between = "";

    if (!bits)
        say(words, "nothing");
    for (; names->name; names++)
        if (bits & names->bit) {
            say(words, "%s%s", between, names->name);
            between = "|";
        }
}

static void say_shape(struct rj_vm *vm, struct words *words, struct rj_shape *shape)
{
    struct rj_property *properties = shape ? rj_shape_properties(vm, shape) : NULL;

    if (!shape) {
        say(words, " string");
        return;
    }
    say(words, " {");
    for (uint32_t i = 0; properties && i < shape->property_count && i < 12; i++)
        say(words, "%s%s", i ? "," : "", rj_string_text(vm, properties[i].key, NULL));
    say(words, shape->property_count > 12 ? ",...}" : "}");
}

static void say_property(struct rj_vm *vm, struct words *words, const struct rj_feedback *feedback)
{
    if (feedback->ways == RJ_MANY) {
        say(words, "megamorphic");
    } else if (feedback->ways == 0) {
        say(words, feedback->accessor ? "accessor" : "nothing");
    } else {
        say(words, feedback->ways == 1 ? "monomorphic" : "polymorphic");
        say_shape(vm, words, feedback->way.shape);
        for (uint32_t i = 1; i < feedback->ways && feedback->more; i++)
            say_shape(vm, words, feedback->more[i - 1].shape);
    }
    say(words, " -> ");
    say_bits(words, feedback->result, type_names);
}

static void say_call(struct words *words, const struct rj_feedback *feedback)
{
    if (feedback->ways == RJ_MANY) {
        say(words, "megamorphic");
        return;
    }
    for (uint32_t i = 0; i < feedback->ways; i++)
        say(words, "%s%s", i ? "|" : "",
            feedback->call.targets[i]->name && *feedback->call.targets[i]->name
                ? feedback->call.targets[i]->name
                : "(anonymous)");
}

const char *rj_tell_feedback_text(struct rj_vm *vm, const struct rj_feedback *feedback, char *text,
                                  size_t bytes)
{
    struct words words = {text, bytes, 0};

    *text = '\0';
    switch ((enum rj_feedback_kind)feedback->kind) {
    case RJ_FEEDBACK_PROPERTY:
        say_property(vm, &words, feedback);
        break;
    case RJ_FEEDBACK_CALL:
        say_call(&words, feedback);
        break;
    case RJ_FEEDBACK_BRANCH:
        say(&words, "%s",
            !feedback->branch.taken      ? "never taken"
            : feedback->branch.not_taken ? "both ways"
                                         : "always taken");
        break;
    case RJ_FEEDBACK_ELEMENT:
        say_bits(&words, feedback->element, element_names);
        say(&words, " -> ");
        say_bits(&words, feedback->result, type_names);
        break;
    case RJ_FEEDBACK_ARITHMETIC:
        say_bits(&words, feedback->seen, type_names);
        say(&words, " -> ");
        say_bits(&words, feedback->result, type_names);
        break;
    case RJ_FEEDBACK_COMPARE:
        say_bits(&words, feedback->seen, type_names);
        break;
    case RJ_FEEDBACK_TYPE:
    case RJ_FEEDBACK_NONE:
        say_bits(&words, feedback->result, type_names);
        break;
    }
    return text;
}

static void describe_call(struct rj_vm *vm, const struct rj_feedback *feedback,
                          struct jitney_feedback *out)
{
    out->kind = JITNEY_FEEDBACK_CALL;
    if (feedback->ways == RJ_MANY)
        return;
    for (uint32_t i = 0; i < feedback->ways && i < JITNEY_FEEDBACK_CALLEES; i++)
        out->callees[out->callee_count++] = rj_tell_function(vm, feedback->call.targets[i]);
}

void rj_tell_describe(struct rj_vm *vm, const struct rj_feedback *feedback, uint32_t slot,
                      struct jitney_feedback *out, char *text)
{
    *out = (struct jitney_feedback){.slot = slot, .kind = JITNEY_FEEDBACK_TYPE};
    out->packed = feedback->seen | (uint32_t)feedback->result << 8 |
                  (uint32_t)feedback->element << 16 | (uint32_t)feedback->ways << 24;
    if (feedback->kind == RJ_FEEDBACK_CALL) {
        describe_call(vm, feedback, out);
    } else if (feedback->kind == RJ_FEEDBACK_BRANCH) {
        out->kind = JITNEY_FEEDBACK_TEST;
        out->outcome = (feedback->branch.taken ? JITNEY_OUTCOME_TRUE : 0) |
                       (feedback->branch.not_taken ? JITNEY_OUTCOME_FALSE : 0);
    }
    out->text = rj_tell_feedback_text(vm, feedback, text, RJ_TELL_TEXT);
}
