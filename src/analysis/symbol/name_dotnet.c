/* .NET: `RESULT [ASSEMBLY] NAMESPACE.CLASS::METHOD(TYPES)[TIER]`, the tier when it
 * was asked for, and `stub<N> TYPE<OWNER>` (dotnet: perfmap.cpp). */
#include "analysis/symbol/grammar.h"

/* Code compiled before the run stands where the quick tier stands: the runtime
 * replaces it when it gets hot. */
static const struct jt_prefix_row tiers[] = {
    {"[MinOptJitted]", JT_TIER_BASELINE, true},
    {"[QuickJitted]", JT_TIER_BASELINE, true},
    {"[InstrumentedTier]", JT_TIER_BASELINE, true},
    {"[InstrumentedTierOptimized]", JT_TIER_MID, true},
    {"[Optimized]", JT_TIER_OPTIMIZED, true},
    {"[OptimizedTier1]", JT_TIER_OPTIMIZED, true},
    {"[OptimizedTier1OSR]", JT_TIER_OPTIMIZED, true},
    {"[PreJIT]", JT_TIER_BASELINE, true},
    {"[PreJit-cold]", JT_TIER_BASELINE, true},
    {"[Unknown]", JT_TIER_UNKNOWN, true},
};

static bool cut_tier(struct jt_slice *text, struct jt_name *name)
{
    for (size_t i = 0; i < sizeof(tiers) / sizeof(tiers[0]); i++) {
        if (!jt_slice_cut(text, tiers[i].prefix))
            continue;
        jt_slice_cut(text, " ");
        name->tier = tiers[i].tier;
        return true;
    }
    return false;
}

/* Where `[ASSEMBLY] ` ends; `[] ` and `[,] ` belong to a type. */
static size_t find_method(struct jt_slice text)
{
    for (size_t i = 1; i + 1 < text.bytes; i++) {
        if (text.at[i] == ']' && text.at[i + 1] == ' ' && text.at[i - 1] != '[' &&
            text.at[i - 1] != ',')
            return i + 2;
    }
    return JT_SLICE_NONE;
}

bool jt_grammar_dotnet(struct jt_slice raw, bool hinted, struct jt_name *name)
{
    struct jt_slice text = raw;
    bool has_tier = cut_tier(&text, name);
    size_t method = find_method(text);
    bool has_method = method != JT_SLICE_NONE &&
                      jt_slice_find(jt_slice_from(text, method), "::") != JT_SLICE_NONE;

    if (jt_slice_starts(raw, "stub<") || jt_slice_find(text, "::IL_STUB") != JT_SLICE_NONE)
        name->tier = JT_TIER_STUB;
    else if (!has_tier && !has_method && !hinted)
        return false;
    jt_name_set_function(name, has_method ? jt_slice_from(text, method) : text, JT_ANONYMOUS);
    return true;
}
