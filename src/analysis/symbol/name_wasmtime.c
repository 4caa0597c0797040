/* Wasmtime: `wasm[M]::function[N]::NAME`, the name when the module has one, and
 * trampolines; with a hint any name is a function's, demangled. It does not say
 * which of its compilers made the code. */
#include "analysis/symbol/grammar.h"

bool jt_grammar_wasmtime(struct jt_slice raw, bool hinted, struct jt_name *name)
{
    struct jt_slice text = raw;
    size_t digits = 0;

    if (jt_slice_find(raw, "trampoline[") != JT_SLICE_NONE &&
        (hinted || jt_slice_starts(raw, "wasm[") || jt_slice_starts(raw, "signatures["))) {
        name->tier = JT_TIER_STUB;
        return true;
    }
    if (!jt_slice_skip(&text, "wasm["))
        return hinted;
    text = jt_slice_from(text, jt_slice_digits(text));
    if (!jt_slice_skip(&text, "]::function["))
        return hinted;
    digits = jt_slice_digits(text);
    text = jt_slice_from(text, digits);
    if (digits == 0 || !jt_slice_skip(&text, "]"))
        return hinted;
    if (jt_slice_skip(&text, "::") && text.bytes > 0)
        jt_name_set_function(name, text, JT_ANONYMOUS);
    return true;
}
