/* libjitney: `NAME`, or `NAME FILE:LINE:COLUMN [WORDS]` with the kind of code, the tier, the
 * engine's own word for it (docs/formats/perfmap.md). The words tell such a name from any other. */
#include "analysis/symbol/grammar.h"

static const struct jt_prefix_row words[] = {
    {"interpreted", JT_TIER_INTERPRETED, true},
    {"baseline", JT_TIER_BASELINE, true},
    {"mid-tier", JT_TIER_MID, true},
    {"optimized", JT_TIER_OPTIMIZED, true},
    {"jit", JT_TIER_UNKNOWN, true},
    {"stub", JT_TIER_STUB, true},
    {"wasm", JT_TIER_UNKNOWN, true},
};

static const struct jt_prefix_row *take_word(struct jt_slice *text)
{
    const struct jt_prefix_row *row =
        jt_prefix_find(words, sizeof(words) / sizeof(words[0]), *text);

    if (!row || !jt_slice_skip(text, row->prefix))
        return NULL;
    return text->bytes == 0 || jt_slice_skip(text, " ") ? row : NULL;
}

/* The file begins behind the first space that a path follows, or else the last one. */
static size_t find_gap(struct jt_slice text)
{
    for (size_t i = 1; i < text.bytes; i++)
        if (text.at[i] == ' ' && jt_slice_is_path(jt_slice_from(text, i + 1)))
            return i;
    return jt_slice_find_last(text, ' ');
}

bool jt_grammar_jitney(struct jt_slice raw, bool hinted, struct jt_name *name)
{
    size_t open = jt_slice_ends(raw, "]") ? jt_slice_find_last(raw, '[') : JT_SLICE_NONE;
    const struct jt_prefix_row *word = NULL;
    const struct jt_prefix_row *tier = NULL;
    struct jt_slice rest, text, place;
    size_t gap = JT_SLICE_NONE;

    if (open == JT_SLICE_NONE || open < 2 || raw.at[open - 1] != ' ')
        return false;
    rest = jt_slice_part(raw, open + 1, raw.bytes - 1);
    word = take_word(&rest);
    if (!word)
        return false;
    tier = word->tier == JT_TIER_UNKNOWN && jt_slice_is(jt_slice_of(word->prefix), "wasm")
               ? take_word(&rest)
               : word;
    name->tier = tier ? tier->tier : JT_TIER_UNKNOWN;
    text = place = jt_slice_part(raw, 0, open - 1);
    if (jt_name_cut_position(name, &place))
        gap = find_gap(place);
    if (gap == JT_SLICE_NONE) {
        name->line = name->column = 0;
    } else {
        jt_name_set_file(name, jt_slice_from(place, gap + 1));
        text = jt_slice_part(place, 0, gap);
    }
    jt_name_set_function(name, text, JT_ANONYMOUS);
    return true;
}
