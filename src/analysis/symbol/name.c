#include "analysis/symbol/name.h"

#include "analysis/symbol/grammar.h"

struct grammar_row {
    enum jt_runtime runtime;
    jt_grammar_parse *parse;
};

/* Without a hint the first that takes a name has it: those that a prefix tells
 * come first, those that only a shape tells last. */
static const struct grammar_row grammars[] = {
    {JT_RUNTIME_V8, jt_grammar_v8},
    {JT_RUNTIME_JSC, jt_grammar_jsc},
    {JT_RUNTIME_SPIDERMONKEY, jt_grammar_spidermonkey},
    {JT_RUNTIME_CPYTHON, jt_grammar_cpython},
    {JT_RUNTIME_PHP, jt_grammar_php},
    {JT_RUNTIME_LUAJIT, jt_grammar_luajit},
    {JT_RUNTIME_WASMTIME, jt_grammar_wasmtime},
    {JT_RUNTIME_RUBY, jt_grammar_ruby},
    {JT_RUNTIME_JULIA, jt_grammar_julia},
    {JT_RUNTIME_LLVM, jt_grammar_llvm},
    {JT_RUNTIME_ERLANG, jt_grammar_erlang},
    {JT_RUNTIME_DOTNET, jt_grammar_dotnet},
    {JT_RUNTIME_HOTSPOT, jt_grammar_hotspot},
    {JT_RUNTIME_MONO, jt_grammar_mono},
};

#define GRAMMAR_COUNT (sizeof(grammars) / sizeof(grammars[0]))

const struct jt_prefix_row *jt_prefix_find(const struct jt_prefix_row *rows, size_t count,
                                           struct jt_slice text)
{
    for (size_t i = 0; i < count; i++) {
        if (jt_slice_starts(text, rows[i].prefix))
            return &rows[i];
    }
    return NULL;
}

void jt_name_set_function(struct jt_name *name, struct jt_slice function, const char *otherwise)
{
    if (function.bytes == 0)
        function = jt_slice_of(otherwise);
    name->function = function.at;
    name->function_bytes = function.bytes;
}

void jt_name_set_file(struct jt_name *name, struct jt_slice file)
{
    if (file.bytes == 0)
        return;
    name->file = file.at;
    name->file_bytes = file.bytes;
}

bool jt_name_cut_position(struct jt_name *name, struct jt_slice *text)
{
    uint32_t first = 0;
    uint32_t second = 0;

    if (!jt_slice_cut_number(text, ':', &first))
        return false;
    if (jt_slice_cut_number(text, ':', &second)) {
        name->line = second;
        name->column = first;
    } else {
        name->line = first;
    }
    return true;
}

/* Pseudo files that V8's embedders compile code under. */
static bool is_pseudo_file(struct jt_slice text)
{
    static const char *const files[] = {"[eval", "[stdin", "[worker eval", "[input"};

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (jt_slice_starts(text, files[i]))
            return true;
    }
    return false;
}

bool jt_slice_is_path(struct jt_slice text)
{
    size_t scheme = 0;

    if (jt_slice_starts(text, "/") || jt_slice_starts(text, "./") || jt_slice_starts(text, "../"))
        return true;
    while (scheme < text.bytes && (jt_is_letter(text.at[scheme]) || text.at[scheme] == '-'))
        scheme++;
    if (scheme > 1 && scheme < text.bytes && text.at[scheme] == ':')
        return true;
    return is_pseudo_file(text);
}

static struct jt_name plain(struct jt_slice raw, enum jt_runtime runtime)
{
    struct jt_name name = {.runtime = runtime, .tier = JT_TIER_UNKNOWN};

    jt_name_set_function(&name, raw, JT_ANONYMOUS);
    return name;
}

static bool try_grammar(const struct grammar_row *row, struct jt_slice raw, bool hinted,
                        struct jt_name *name)
{
    *name = plain(raw, row->runtime);
    return row->parse(raw, hinted, name);
}

/* An interpreter is a stub among others to libjitney; the runtime's grammar knows it by name. */
static bool is_interpreter(const struct jt_name *stub, enum jt_runtime runtime)
{
    const struct jt_slice raw = {.at = stub->function, .bytes = stub->function_bytes};
    struct jt_name name;

    for (size_t i = 0; raw.bytes > 0 && i < GRAMMAR_COUNT; i++)
        if (grammars[i].runtime == runtime && try_grammar(&grammars[i], raw, true, &name))
            return name.tier == JT_TIER_INTERPRETED;
    return false;
}

void jt_name_parse(const char *raw, size_t bytes, enum jt_runtime hint, struct jt_name *name)
{
    struct jt_slice slice = {.at = raw, .bytes = bytes};
    const struct grammar_row ours = {hint != JT_RUNTIME_NONE ? hint : JT_RUNTIME_OTHER,
                                     jt_grammar_jitney};

    /* libjitney and its adapters name the code of any runtime, and mark what they name. */
    if (bytes > 0 && try_grammar(&ours, slice, true, name)) {
        if (name->tier == JT_TIER_STUB && is_interpreter(name, hint))
            name->tier = JT_TIER_INTERPRETED;
        return;
    }
    for (size_t i = 0; bytes > 0 && i < GRAMMAR_COUNT; i++) {
        if (grammars[i].runtime == hint && try_grammar(&grammars[i], slice, true, name))
            return;
    }
    for (size_t i = 0; bytes > 0 && i < GRAMMAR_COUNT; i++) {
        if (grammars[i].runtime != hint && try_grammar(&grammars[i], slice, false, name))
            return;
    }
    *name = plain(slice, hint != JT_RUNTIME_NONE ? hint : JT_RUNTIME_OTHER);
}
