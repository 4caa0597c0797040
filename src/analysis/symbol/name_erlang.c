/* Erlang's BeamAsm: `MODULE:FUNCTION/ARITY`, in maps with a `$` before it, and
 * `MODULE::PART` for code that is no function (otp: beam_jit_metadata.cpp). All
 * code is compiled, once, when a module is loaded: that is a baseline tier. */
#include "analysis/symbol/grammar.h"

/* The length of the atom that the text starts with, 0 for none. */
static size_t atom_bytes(struct jt_slice text)
{
    size_t end = 1;

    if (text.bytes == 0)
        return 0;
    if (text.at[0] == '\'') {
        while (end < text.bytes && text.at[end] != '\'')
            end += text.at[end] == '\\' ? 2 : 1;
        return end < text.bytes ? end + 1 : 0;
    }
    if (text.at[0] < 'a' || text.at[0] > 'z')
        return 0;
    while (end < text.bytes && (jt_is_letter(text.at[end]) || jt_is_digit(text.at[end]) ||
                                text.at[end] == '_' || text.at[end] == '@'))
        end++;
    return end;
}

static bool is_function(struct jt_slice text)
{
    size_t module = atom_bytes(text);
    size_t function = 0;
    struct jt_slice rest;

    if (module == 0 || module == text.bytes || text.at[module] != ':')
        return false;
    rest = jt_slice_from(text, module + 1);
    function = atom_bytes(rest);
    if (function == 0 || function == rest.bytes || rest.at[function] != '/')
        return false;
    rest = jt_slice_from(rest, function + 1);
    return rest.bytes > 0 && jt_slice_digits(rest) == rest.bytes;
}

bool jt_grammar_erlang(struct jt_slice raw, bool hinted, struct jt_name *name)
{
    struct jt_slice text = raw;
    bool is_map = jt_slice_skip(&text, "$");

    jt_slice_cut(&text, "-CodeInfoPrologue"); /* the bytes before a function, its own too */
    if (is_function(text)) {
        name->tier = JT_TIER_BASELINE;
    } else if (jt_slice_starts(text, "global::") ||
               ((hinted || is_map) && jt_slice_find(text, "::") != JT_SLICE_NONE)) {
        name->tier = JT_TIER_STUB;
    } else {
        return false;
    }
    jt_name_set_function(name, text, JT_ANONYMOUS);
    return true;
}
