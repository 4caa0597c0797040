/* A JIT symbol's raw name, taken apart by the grammar of the runtime that wrote
 * it (docs/formats/names.md). */
#ifndef JT_SYMBOL_NAME_H
#define JT_SYMBOL_NAME_H

#include "analysis/symbol/kinds.h"
#include "analysis/symbol/native.h"

#include <stddef.h>
#include <stdint.h>

/* Slices of the raw name. `function` is never empty: what has no name gets the
 * runtime's word for it, "(anonymous)" and the like, which lies elsewhere. */
struct jt_name {
    enum jt_runtime runtime;
    enum jt_tier tier;
    const char *function;
    size_t function_bytes;
    const char *file; /* NULL when the name has none */
    size_t file_bytes;
    uint32_t line; /* 0 when the name has none */
    uint32_t column;
};

/* Take `raw` apart. `hint` is the runtime when it is known from elsewhere (the
 * program's file), JT_RUNTIME_NONE when not: it is asked first, and it alone is
 * given names that could be anybody's. Never fails: a name of no known grammar is
 * a function of tier JT_TIER_UNKNOWN of the hinted runtime, or of
 * JT_RUNTIME_OTHER. */
void jt_name_parse(const char *raw, size_t bytes, enum jt_runtime hint, struct jt_name *name);

/* The runtime whose interpreter or JIT compiler lives in a program or library
 * of this file name (a path is fine); JT_RUNTIME_NONE when none is known. */
enum jt_runtime jt_runtime_of_file(const char *path);

#endif
