/* HotSpot: the JVM's external names in maps (openjdk: codeCache.cpp), class and
 * method signatures in the jitdump of perf's JVMTI agent (linux: tools/perf/jvmti),
 * and `CLASS;::METHOD` of perf-map-agent. None of them tells the tier. */
#include "analysis/symbol/grammar.h"

/* Code of no method, as the JVM calls it; a hint makes everything else that is not
 * a method a stub too. */
static const struct jt_prefix_row blobs[] = {
    {"I2C/C2I adapters", JT_TIER_STUB, false},
    {"StubRoutines (", JT_TIER_STUB, false},
    {"MethodHandles adapters", JT_TIER_STUB, false},
    {"native signature handlers", JT_TIER_STUB, false},
    {"Signature Handler Temp Buffer", JT_TIER_STUB, false},
    {"vtable stub", JT_TIER_STUB, false},
    {"itable stub", JT_TIER_STUB, false},
    {"vtable chunks", JT_TIER_STUB, false},
    {"SafepointBlob", JT_TIER_STUB, false},
    {"DeoptimizationBlob", JT_TIER_STUB, false},
    {"UncommonTrapBlob", JT_TIER_STUB, false},
    {"ExceptionBlob", JT_TIER_STUB, false},
    {"jni_fast_Get", JT_TIER_STUB, false},
};

/* A byte of a Java type or a qualified name in its external form. */
static bool is_type_byte(char c)
{
    return jt_is_letter(c) || jt_is_digit(c) || (unsigned char)c >= 0x80 ||
           (c != '\0' && strchr("_$.[]/<>-+", c));
}

/* `TYPE CLASS.METHOD(TYPES)`: the function is what follows the result's type. */
static bool parse_external(struct jt_slice raw, struct jt_name *name)
{
    size_t open = jt_slice_find(raw, "(");
    size_t gap = JT_SLICE_NONE;
    bool has_dot = false;

    if (open == JT_SLICE_NONE || !jt_slice_ends(raw, ")"))
        return false;
    for (size_t i = 0; i < open; i++) {
        if (raw.at[i] == ' ' && gap == JT_SLICE_NONE)
            gap = i;
        else if (!is_type_byte(raw.at[i]))
            return false;
        has_dot = has_dot || (gap != JT_SLICE_NONE && raw.at[i] == '.');
    }
    if (gap == JT_SLICE_NONE || gap == 0 || gap + 1 == open || !has_dot)
        return false;
    jt_name_set_function(name, jt_slice_from(raw, gap + 1), JT_ANONYMOUS);
    return true;
}

/* `Ljava/lang/Object;<init>()V` or `Ljava/lang/Object;::<init>`: without the L. */
static bool parse_signature(struct jt_slice raw, struct jt_name *name)
{
    size_t end = jt_slice_find(raw, ";");
    size_t open = jt_slice_find(raw, "(");
    struct jt_slice rest;

    if (!jt_slice_starts(raw, "L") || end == JT_SLICE_NONE || end < 2 || end > open)
        return false;
    for (size_t i = 1; i < end; i++) {
        if (!is_type_byte(raw.at[i]))
            return false;
    }
    rest = jt_slice_from(raw, end + 1);
    if (!jt_slice_skip(&rest, "::") && jt_slice_find(rest, ")") == JT_SLICE_NONE)
        return false;
    if (rest.bytes == 0 || rest.at[0] == '(')
        return false;
    jt_name_set_function(name, jt_slice_from(raw, 1), JT_ANONYMOUS);
    return true;
}

bool jt_grammar_hotspot(struct jt_slice raw, bool hinted, struct jt_name *name)
{
    const struct jt_prefix_row *blob = jt_prefix_find(blobs, sizeof(blobs) / sizeof(blobs[0]), raw);

    if (jt_slice_is(raw, "Interpreter")) {
        name->tier = JT_TIER_INTERPRETED;
        return true;
    }
    if (blob || jt_slice_ends(raw, " Runtime1 stub")) {
        name->tier = JT_TIER_STUB;
        return true;
    }
    if (parse_external(raw, name) || parse_signature(raw, name))
        return true;
    if (hinted && jt_slice_find(raw, "::") == JT_SLICE_NONE)
        name->tier = JT_TIER_STUB;
    return hinted;
}
