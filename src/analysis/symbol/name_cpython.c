/* CPython: `py::QUALIFIED_NAME:FILE`, a trampoline into the interpreter for each
 * function (cpython: Python/perf_trampoline.c). A qualified name holds no colon. */
#include "analysis/symbol/grammar.h"

bool jt_grammar_cpython(struct jt_slice raw, bool hinted, struct jt_name *name)
{
    struct jt_slice text = raw;
    size_t colon = 0;

    if (!jt_slice_skip(&text, "py::"))
        return false;
    name->tier = JT_TIER_INTERPRETED;
    colon = jt_slice_find(text, ":");
    if (colon != JT_SLICE_NONE) {
        jt_name_set_file(name, jt_slice_from(text, colon + 1));
        text.bytes = colon;
    }
    jt_name_set_function(name, text, JT_ANONYMOUS);
    return true;
}
