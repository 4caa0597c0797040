/* LuaJIT: `TRACE_N::CHUNK:LINE` where the trace starts (luajit: lj_trace.c); the
 * widespread Lua script that makes a map writes `LuaJIT trace N CHUNK:LINE NOTE`. */
#include "analysis/symbol/grammar.h"

/* `CHUNK:LINE`, and perhaps a space and a note. */
static void set_place(struct jt_slice text, struct jt_name *name)
{
    size_t note = jt_slice_find(text, " ");
    size_t colon = jt_slice_find_last(text, ':');

    /* A chunk's name may hold spaces; a note follows the line's digits. */
    while (note != JT_SLICE_NONE && note < colon) {
        size_t next = jt_slice_find(jt_slice_from(text, note + 1), " ");

        note = next == JT_SLICE_NONE ? JT_SLICE_NONE : note + 1 + next;
    }
    if (note != JT_SLICE_NONE)
        text.bytes = note;
    if (jt_slice_cut_number(&text, ':', &name->line))
        jt_name_set_file(name, text);
}

static bool parse_trace(struct jt_slice raw, const char *prefix, const char *gap,
                        struct jt_name *name)
{
    struct jt_slice text = raw;
    size_t number = 0;

    if (!jt_slice_skip(&text, prefix))
        return false;
    number = jt_slice_digits(text);
    text = jt_slice_from(text, number);
    if (number == 0 || !jt_slice_skip(&text, gap))
        return false;
    name->tier = JT_TIER_OPTIMIZED;
    jt_name_set_function(name, jt_slice_part(raw, 0, strlen(prefix) + number), JT_ANONYMOUS);
    set_place(text, name);
    return true;
}

bool jt_grammar_luajit(struct jt_slice raw, bool hinted, struct jt_name *name)
{
    return parse_trace(raw, "TRACE_", "::", name) || parse_trace(raw, "LuaJIT trace ", " ", name);
}
