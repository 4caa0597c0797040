/* Ruby's YJIT: `[JIT] LABEL` and in some versions `LABEL@FILE:LINE` (ruby: yjit).
 * It compiles lazily, version by version, for the types it meets: a baseline. */
#include "analysis/symbol/grammar.h"

bool jt_grammar_ruby(struct jt_slice raw, bool hinted, struct jt_name *name)
{
    struct jt_slice text = raw;
    struct jt_slice place;
    size_t at = 0;

    if (!jt_slice_skip(&text, "[JIT] "))
        return false;
    name->tier = JT_TIER_BASELINE;
    place = text;
    at = jt_slice_find(place, "@");
    if (at != JT_SLICE_NONE && jt_slice_cut_number(&place, ':', &name->line) && place.bytes > at) {
        jt_name_set_file(name, jt_slice_from(place, at + 1));
        text.bytes = at;
    } else {
        name->line = 0;
    }
    jt_name_set_function(name, text, JT_ANONYMOUS);
    return true;
}
