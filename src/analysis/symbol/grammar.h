/* One grammar per runtime; name.c holds the table of them. */
#ifndef JT_SYMBOL_GRAMMAR_H
#define JT_SYMBOL_GRAMMAR_H

#include "analysis/symbol/name.h"
#include "analysis/symbol/slice.h"

#include <stdbool.h>

/* Fill `name` when `raw`, which is not empty, is of this grammar. `hinted`: the
 * runtime is known, so forms that are too plain to be told from others count too.
 * `name` comes in as that runtime's, with the whole of `raw` for a function of
 * unknown tier. */
typedef bool jt_grammar_parse(struct jt_slice raw, bool hinted, struct jt_name *name);

jt_grammar_parse jt_grammar_v8;
jt_grammar_parse jt_grammar_jsc;
jt_grammar_parse jt_grammar_spidermonkey;
jt_grammar_parse jt_grammar_hotspot;
jt_grammar_parse jt_grammar_dotnet;
jt_grammar_parse jt_grammar_mono;
jt_grammar_parse jt_grammar_cpython;
jt_grammar_parse jt_grammar_erlang;
jt_grammar_parse jt_grammar_php;
jt_grammar_parse jt_grammar_jitney;
jt_grammar_parse jt_grammar_luajit;
jt_grammar_parse jt_grammar_wasmtime;
jt_grammar_parse jt_grammar_julia;
jt_grammar_parse jt_grammar_ruby;
jt_grammar_parse jt_grammar_llvm;

#define JT_ANONYMOUS "(anonymous)"

/* Names that start alike are alike. */
struct jt_prefix_row {
    const char *prefix;
    enum jt_tier tier;
    bool is_function; /* what follows is a function; else the whole name says what it is */
};

/* The row of `count` whose prefix `text` has, or NULL. */
const struct jt_prefix_row *jt_prefix_find(const struct jt_prefix_row *rows, size_t count,
                                           struct jt_slice text);
/* Set the function, or `otherwise` when it is empty. */
void jt_name_set_function(struct jt_name *name, struct jt_slice function, const char *otherwise);
/* Set the file, unless it is empty. */
void jt_name_set_file(struct jt_name *name, struct jt_slice file);
/* Take ":LINE:COLUMN" or ":LINE" off the end of `text`; false when there is none. */
bool jt_name_cut_position(struct jt_name *name, struct jt_slice *text);
/* Whether a file's path or URL starts here. */
bool jt_slice_is_path(struct jt_slice text);

#endif
