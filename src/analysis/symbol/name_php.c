/* PHP: `TRACE-N$FUNCTION$LINE` for traces, `JIT$FUNCTION` for whole functions,
 * `JIT$$STUB` (php-src: ext/opcache/jit). A trace is made from the types that were
 * seen, a whole function from those that can be inferred: optimized and baseline. */
#include "analysis/symbol/grammar.h"

/* The code outside of all functions goes by its file's path. */
static void set_function(struct jt_slice text, struct jt_name *name)
{
    if (jt_slice_starts(text, "/") || jt_slice_find(text, "://") != JT_SLICE_NONE) {
        jt_name_set_file(name, text);
        text = jt_slice_of("{main}");
    }
    jt_name_set_function(name, text, JT_ANONYMOUS);
}

static bool parse_trace(struct jt_slice text, struct jt_name *name)
{
    size_t number = jt_slice_digits(text);

    if (number == 0 || number == text.bytes || text.at[number] != '$')
        return false;
    text = jt_slice_from(text, number + 1);
    jt_slice_cut_number(&text, '$', &name->line);
    name->tier = JT_TIER_OPTIMIZED;
    set_function(text, name);
    return true;
}

bool jt_grammar_php(struct jt_slice raw, bool hinted, struct jt_name *name)
{
    struct jt_slice text = raw;

    if (jt_slice_starts(raw, "JIT$$") || jt_slice_starts(raw, "jit$$")) {
        name->tier = JT_TIER_STUB;
        return true;
    }
    if (jt_slice_skip(&text, "TRACE-"))
        return parse_trace(text, name);
    if (!jt_slice_skip(&text, "JIT$"))
        return false;
    name->tier = JT_TIER_BASELINE;
    set_function(text, name);
    return true;
}
