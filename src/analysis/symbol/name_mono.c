/* Mono: `CLASS:METHOD (TYPES)`, `(wrapper KIND) CLASS:METHOD (TYPES)`, and bare
 * words for trampolines (mono: mini-runtime.c). One tier, which it does not name. */
#include "analysis/symbol/grammar.h"

static bool is_method(struct jt_slice raw)
{
    size_t open = jt_slice_find(raw, " (");
    size_t colon = jt_slice_find(raw, ":");

    if (open == JT_SLICE_NONE || colon == JT_SLICE_NONE || colon == 0 || colon + 1 >= open)
        return false;
    return jt_slice_ends(raw, ")") && raw.at[colon + 1] != ':' && raw.at[colon + 1] != ' ';
}

bool jt_grammar_mono(struct jt_slice raw, bool hinted, struct jt_name *name)
{
    if (jt_slice_starts(raw, "(wrapper ")) {
        name->tier = JT_TIER_STUB;
        return true;
    }
    if (is_method(raw))
        return true;
    if (hinted)
        name->tier = JT_TIER_STUB;
    return hinted;
}
