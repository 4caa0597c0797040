/* SpiderMonkey: a kind of code, then for functions `NAME (FILE:LINE:COLUMN)`
 * (firefox: js/src/jit/PerfSpewer.cpp). */
#include "analysis/symbol/grammar.h"

static const struct jt_prefix_row kinds[] = {
    {"Ion: ", JT_TIER_OPTIMIZED, true},
    {"Baseline: ", JT_TIER_BASELINE, true},
    {"BaselineInterpreter: ", JT_TIER_INTERPRETED, true},
    {"Interpreter: ", JT_TIER_INTERPRETED, true},
    {"BlinterpOp: ", JT_TIER_INTERPRETED, false},
    {"Wasm: ", JT_TIER_UNKNOWN, true},
    {"IonIC: ", JT_TIER_STUB, false},
    {"BaselineIC: ", JT_TIER_STUB, false},
    {"BaselineICFallback: ", JT_TIER_STUB, false},
    {"BaselineThunk: ", JT_TIER_STUB, false},
    {"PolymorphicCallStubBaseline: ", JT_TIER_STUB, false},
    {"PolymorphicAccessStubBaseline: ", JT_TIER_STUB, false},
    {"IC: ", JT_TIER_STUB, false},
    {"Trampoline: ", JT_TIER_STUB, false},
    {"WasmTrampoline: ", JT_TIER_STUB, false},
    {"VMWrapper: ", JT_TIER_STUB, false},
};

static void parse_function(struct jt_slice text, struct jt_name *name)
{
    size_t open = jt_slice_find_last(text, '(');
    struct jt_slice place;

    if (open != JT_SLICE_NONE && jt_slice_ends(text, ")")) {
        place = jt_slice_part(text, open + 1, text.bytes - 1);
        if (jt_name_cut_position(name, &place)) {
            jt_name_set_file(name, place);
            text.bytes = open;
            jt_slice_cut(&text, " ");
        }
    }
    jt_name_set_function(name, text, JT_ANONYMOUS);
}

bool jt_grammar_spidermonkey(struct jt_slice raw, bool hinted, struct jt_name *name)
{
    const struct jt_prefix_row *kind = jt_prefix_find(kinds, sizeof(kinds) / sizeof(kinds[0]), raw);

    if (jt_slice_is(raw, "BaselineInterpreter")) {
        name->tier = JT_TIER_INTERPRETED;
        return true;
    }
    if (!kind)
        return false;
    name->tier = kind->tier;
    if (kind->is_function)
        parse_function(jt_slice_from(raw, strlen(kind->prefix)), name);
    return true;
}
