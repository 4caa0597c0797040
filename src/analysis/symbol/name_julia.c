/* Julia: `julia_NAME_NUMBER`; the other prefixes are entries and calls through
 * other conventions (julia: src/codegen.cpp). */
#include "analysis/symbol/grammar.h"

static const struct jt_prefix_row kinds[] = {
    {"julia_", JT_TIER_UNKNOWN, true},  {"japi1_", JT_TIER_UNKNOWN, true},
    {"japi3_", JT_TIER_UNKNOWN, true},  {"jlsys_", JT_TIER_UNKNOWN, true},
    {"jfptr_", JT_TIER_STUB, true},     {"jlplt_", JT_TIER_STUB, true},
    {"gfptrjl_", JT_TIER_STUB, true},   {"jlcapi_", JT_TIER_STUB, true},
    {"tojlinvoke", JT_TIER_STUB, true},
};

bool jt_grammar_julia(struct jt_slice raw, bool hinted, struct jt_name *name)
{
    const struct jt_prefix_row *kind = jt_prefix_find(kinds, sizeof(kinds) / sizeof(kinds[0]), raw);
    struct jt_slice text = raw;
    uint32_t number = 0;

    if (!kind)
        return hinted;
    jt_slice_skip(&text, kind->prefix);
    if (!jt_slice_cut_number(&text, '_', &number) || text.bytes == 0)
        return hinted;
    name->tier = kind->tier;
    jt_name_set_function(name, text, JT_ANONYMOUS);
    return true;
}
