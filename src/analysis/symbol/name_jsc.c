/* JavaScriptCore: a kind of code, then for functions `NAME#HASH`, which kind of
 * call it is, and in some versions the place (WebKit: PerfLog.cpp). */
#include "analysis/symbol/grammar.h"

static const struct jt_prefix_row kinds[] = {
    {"JSC-Baseline: ", JT_TIER_BASELINE, true},
    {"JSC-DFG: ", JT_TIER_MID, true},
    {"JSC-FTL: ", JT_TIER_OPTIMIZED, true},
    {"JSC-WasmBBQ: ", JT_TIER_BASELINE, true},
    {"JSC-WasmOMG: ", JT_TIER_OPTIMIZED, true},
    /* thunks, exits, inline caches, regular expressions, selectors */
    {"JSC-", JT_TIER_STUB, false},
    {"Baseline JIT code for ", JT_TIER_BASELINE, true},
    {"DFG JIT code for DFG: ", JT_TIER_MID, true},
    {"FTL B3 code for FTL: ", JT_TIER_OPTIMIZED, true},
    {"LLInt: ", JT_TIER_INTERPRETED, true},
};

#define HASH_BYTES 6

/* Where `#HASH` is: six letters or digits and then no more of them. */
static size_t find_hash(struct jt_slice text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        size_t end = i + 1;

        if (text.at[i] != '#')
            continue;
        while (end < text.bytes && end - i - 1 <= HASH_BYTES &&
               (jt_is_letter(text.at[end]) || jt_is_digit(text.at[end])))
            end++;
        if (end - i - 1 == HASH_BYTES)
            return i;
    }
    return JT_SLICE_NONE;
}

/* Where the name stops: at the hash, or at what kind of call it is. */
static size_t name_end(struct jt_slice text)
{
    static const char *const ends[] = {" [Call", "[Call", " [Construct", "[Construct", ":[0x"};
    size_t end = find_hash(text);

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        size_t at = jt_slice_find(text, ends[i]);

        if (at < end)
            end = at;
    }
    return end != JT_SLICE_NONE ? end : text.bytes;
}

bool jt_grammar_jsc(struct jt_slice raw, bool hinted, struct jt_name *name)
{
    const struct jt_prefix_row *kind = jt_prefix_find(kinds, sizeof(kinds) / sizeof(kinds[0]), raw);
    struct jt_slice text = raw;
    struct jt_slice place;
    size_t gap = JT_SLICE_NONE;

    if (!kind)
        return false;
    name->tier = kind->tier;
    if (!kind->is_function)
        return true;
    jt_slice_skip(&text, kind->prefix);
    place = text;
    if (jt_name_cut_position(name, &place)) {
        gap = jt_slice_find(place, " /");
        if (gap == JT_SLICE_NONE)
            gap = jt_slice_find_last(place, ' ');
    }
    if (gap == JT_SLICE_NONE) {
        name->line = name->column = 0;
    } else {
        jt_name_set_file(name, jt_slice_from(place, gap + 1));
        text = jt_slice_part(place, 0, gap);
    }
    jt_name_set_function(name, jt_slice_part(text, 0, name_end(text)), JT_ANONYMOUS);
    return true;
}
