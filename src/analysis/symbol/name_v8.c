/* V8: `TAG:` and, for functions, a mark of the tier, the name and the place
 * (v8: src/logging/log.cc, src/objects/code-kind.cc). */
#include "analysis/symbol/grammar.h"

enum content {
    FUNCTION, /* mark, name, place */
    WHOLE     /* the tag belongs to the name, and what follows may be any text */
};

struct tag_row {
    const char *tag;
    enum content content;
    enum jt_tier tier;    /* when no mark tells */
    const char *nameless; /* what to call it when it has no name */
};

static const struct tag_row tags[] = {
    {"JS:", FUNCTION, JT_TIER_UNKNOWN, JT_ANONYMOUS},
    {"LazyCompile:", FUNCTION, JT_TIER_UNKNOWN, JT_ANONYMOUS},
    {"InterpretedFunction:", FUNCTION, JT_TIER_INTERPRETED, JT_ANONYMOUS},
    {"Function:", FUNCTION, JT_TIER_UNKNOWN, JT_ANONYMOUS},
    {"Script:", FUNCTION, JT_TIER_UNKNOWN, "(script)"},
    {"Eval:", FUNCTION, JT_TIER_UNKNOWN, "(eval)"},
    /* The handler of a bytecode and the trampolines into the interpreter are where
     * interpreted code spends its time. */
    {"BytecodeHandler:", WHOLE, JT_TIER_INTERPRETED, NULL},
    {"Builtin:Interpreter", WHOLE, JT_TIER_INTERPRETED, NULL},
    {"Builtin:", WHOLE, JT_TIER_STUB, NULL},
    {"Stub:", WHOLE, JT_TIER_STUB, NULL},
    {"RegExp:", WHOLE, JT_TIER_STUB, NULL},
    {"Handler:", WHOLE, JT_TIER_STUB, NULL},
    {"Callback:", WHOLE, JT_TIER_STUB, NULL},
};

static const struct jt_prefix_row marks[] = {
    {"~", JT_TIER_INTERPRETED, true}, {"^", JT_TIER_BASELINE, true},
    {"+", JT_TIER_MID, true},         {"*", JT_TIER_OPTIMIZED, true},
    {"o+", JT_TIER_MID, true},        {"o*", JT_TIER_OPTIMIZED, true},
    {"?", JT_TIER_UNKNOWN, true},
};

static const struct jt_prefix_row wasm_tiers[] = {
    {"-liftoff", JT_TIER_BASELINE, true},
    {"-turbofan", JT_TIER_OPTIMIZED, true},
};

/* WebAssembly code is `NAME-INDEX-TIER`, without a mark. */
static bool parse_wasm(struct jt_slice text, struct jt_name *name)
{
    uint32_t index = 0;

    for (size_t i = 0; i < sizeof(wasm_tiers) / sizeof(wasm_tiers[0]); i++) {
        struct jt_slice function = text;

        if (!jt_slice_cut(&function, wasm_tiers[i].prefix) ||
            !jt_slice_cut_number(&function, '-', &index))
            continue;
        name->tier = wasm_tiers[i].tier;
        jt_name_set_function(name, function, JT_ANONYMOUS);
        return true;
    }
    return false;
}

/* Where the space between the function's name and its file is. Both may hold
 * spaces themselves: the first one with a path or URL after it is it, or else the
 * last one. */
static size_t find_gap(struct jt_slice text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        if (text.at[i] == ' ' && (i == 0 || jt_slice_is_path(jt_slice_from(text, i + 1))))
            return i;
    }
    return jt_slice_find_last(text, ' ');
}

/* `NAME FILE:LINE:COLUMN`, `NAME FILE:LINE` (node 14 to 18), or a name alone. A
 * script has its file without a position in some versions. */
static void parse_place(struct jt_slice text, const char *nameless, struct jt_name *name)
{
    struct jt_slice place = text;
    bool has_position = jt_name_cut_position(name, &place);
    size_t gap = find_gap(place);

    if (gap == JT_SLICE_NONE || (!has_position && gap > 0)) {
        name->line = name->column = 0;
        jt_name_set_function(name, text, nameless);
        return;
    }
    jt_name_set_function(name, jt_slice_part(place, 0, gap), nameless);
    jt_name_set_file(name, jt_slice_from(place, gap + 1));
}

static void parse_function(struct jt_slice text, const struct tag_row *row, struct jt_name *name)
{
    const struct jt_prefix_row *mark =
        jt_prefix_find(marks, sizeof(marks) / sizeof(marks[0]), text);

    name->tier = row->tier;
    if (mark) {
        name->tier = mark->tier;
        jt_slice_skip(&text, mark->prefix);
        jt_slice_skip(&text, "'"); /* made for one context */
    } else if (parse_wasm(text, name)) {
        return;
    }
    parse_place(text, row->nameless, name);
}

bool jt_grammar_v8(struct jt_slice raw, bool hinted, struct jt_name *name)
{
    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        if (!jt_slice_starts(raw, tags[i].tag))
            continue;
        if (tags[i].content == WHOLE)
            name->tier = tags[i].tier;
        else
            parse_function(jt_slice_from(raw, strlen(tags[i].tag)), &tags[i], name);
        return true;
    }
    return false;
}
