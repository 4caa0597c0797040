/* What Ř prints: rir/src/runtime/Context.cpp and TypeFeedback.cpp, operator<< and
 * print(). */
#include "analysis/load/rir.h"

#include <stdlib.h>
#include <string.h>

/* Bits of a Context: six arguments for each of the first rows, from bit 0. */
static const char *const argument_flags[] = {"Eager", "NonRefl", "!Obj", "SimpleInt", "SimpleReal"};
static const char *const call_flags[] = {"!ExpMi", "CorrOrd", "!TMany", "Argmatch"};

enum {
    ARGUMENTS = 6,
    ARGUMENT_FLAGS = sizeof(argument_flags) / sizeof(argument_flags[0]),
    CALL_FLAGS = sizeof(call_flags) / sizeof(call_flags[0]),
    CALL_FLAGS_SHIFT = 32,
    MISSING_SHIFT = 40,
};

void jt_rir_context_append(struct jt_buf *text, uint64_t context)
{
    uint32_t arguments = (uint32_t)context & ((1U << ARGUMENTS * ARGUMENT_FLAGS) - 1);
    unsigned calls = (unsigned)(context >> CALL_FLAGS_SHIFT) & ((1U << CALL_FLAGS) - 1);
    unsigned missing = (unsigned)(context >> MISSING_SHIFT) & 0xff;
    const char *comma = "";

    if (!arguments && !calls && !missing) {
        jt_buf_append_text(text, "<empty Context>");
        return;
    }
    for (unsigned i = 0; i < CALL_FLAGS; i++) {
        if (!(calls & 1U << i))
            continue;
        jt_buf_printf(text, "%s%s", comma, call_flags[i]);
        comma = ",";
    }
    comma = ";";
    for (unsigned i = 0; i < ARGUMENTS * ARGUMENT_FLAGS; i++) {
        if (!(arguments & 1U << i))
            continue;
        jt_buf_printf(text, "%s%s%u", comma, argument_flags[i / ARGUMENTS], i % ARGUMENTS);
        comma = ",";
    }
    if (missing)
        jt_buf_printf(text, " miss: %u", missing);
}

/* R's functions that are primitive; all others in R's table of built-in functions are internal
 * (gnur: src/main/names.c, the tens digit of a row's eval). Sorted as strcmp() does. */
static const char *const primitives[] = {
    "!",
    "!=",
    "$",
    "$<-",
    "%%",
    "%*%",
    "%/%",
    "&",
    "&&",
    "(",
    "*",
    "+",
    "-",
    "...elt",
    "...length",
    "...names",
    ".C",
    ".Call",
    ".Call.graphics",
    ".External",
    ".External.graphics",
    ".External2",
    ".Fortran",
    ".Internal",
    ".Primitive",
    ".cache_class",
    ".class2",
    ".isMethodsDispatchOn",
    ".primTrace",
    ".primUntrace",
    ".subset",
    ".subset2",
    "/",
    ":",
    "::",
    ":::",
    "<",
    "<-",
    "<<-",
    "<=",
    "=",
    "==",
    ">",
    ">=",
    "@",
    "@<-",
    "Arg",
    "Conj",
    "Im",
    "Mod",
    "Re",
    "UseMethod",
    "[",
    "[<-",
    "[[",
    "[[<-",
    "^",
    "abs",
    "acos",
    "acosh",
    "all",
    "any",
    "anyNA",
    "as.call",
    "as.character",
    "as.complex",
    "as.double",
    "as.environment",
    "as.integer",
    "as.logical",
    "as.numeric",
    "as.raw",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "attr",
    "attr<-",
    "attributes",
    "attributes<-",
    "baseenv",
    "break",
    "browser",
    "c",
    "call",
    "ceiling",
    "class",
    "class<-",
    "cos",
    "cosh",
    "cospi",
    "cummax",
    "cummin",
    "cumprod",
    "cumsum",
    "digamma",
    "dim",
    "dim<-",
    "dimnames",
    "dimnames<-",
    "emptyenv",
    "enc2native",
    "enc2utf8",
    "environment<-",
    "exp",
    "expm1",
    "expression",
    "floor",
    "for",
    "forceAndCall",
    "function",
    "gamma",
    "gc.time",
    "globalenv",
    "if",
    "interactive",
    "invisible",
    "is.array",
    "is.atomic",
    "is.call",
    "is.character",
    "is.complex",
    "is.double",
    "is.environment",
    "is.expression",
    "is.finite",
    "is.function",
    "is.infinite",
    "is.integer",
    "is.language",
    "is.list",
    "is.logical",
    "is.matrix",
    "is.na",
    "is.name",
    "is.nan",
    "is.null",
    "is.numeric",
    "is.object",
    "is.pairlist",
    "is.raw",
    "is.recursive",
    "is.single",
    "is.symbol",
    "isS4",
    "lazyLoadDBfetch",
    "length",
    "length<-",
    "levels<-",
    "lgamma",
    "list",
    "log",
    "log10",
    "log1p",
    "log2",
    "max",
    "min",
    "missing",
    "names",
    "names<-",
    "nargs",
    "next",
    "nzchar",
    "oldClass",
    "oldClass<-",
    "on.exit",
    "pos.to.env",
    "proc.time",
    "prod",
    "quote",
    "range",
    "rep",
    "repeat",
    "retracemem",
    "return",
    "round",
    "seq.int",
    "seq_along",
    "seq_len",
    "sign",
    "signif",
    "sin",
    "sinh",
    "sinpi",
    "sqrt",
    "standardGeneric",
    "storage.mode<-",
    "substitute",
    "sum",
    "switch",
    "tan",
    "tanh",
    "tanpi",
    "tracemem",
    "trigamma",
    "trunc",
    "unclass",
    "untracemem",
    "while",
    "xtfrm",
    "{",
    "|",
    "||",
    "~",
};

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

void jt_rir_function_append(struct jt_buf *text, const struct jitney_function *function)
{
    const char *name = function && function->name ? function->name : "";
    bool is_primitive = false;

    if (function && function->primitive_index >= 0) {
        is_primitive = bsearch(&name, primitives, sizeof(primitives) / sizeof(primitives[0]),
                               sizeof(primitives[0]), compare_names);
        jt_buf_append_text(text, is_primitive ? ".Primitive(" : ".Internal(");
        jt_buf_append_text(text, name);
        jt_buf_append_text(text, ")");
    } else {
        jt_buf_append_text(text, name[0] ? name : "<?>");
    }
}

/* gnur: src/main/util.c, TypeTable. */
static const char *const type_names[] = {
    "NULL",     "symbol",      "pairlist",  "closure", "environment", "promise", "language",
    "special",  "builtin",     "char",      "logical", NULL,          NULL,      "integer",
    "double",   "complex",     "character", "...",     "any",         "list",    "expression",
    "bytecode", "externalptr", "weakref",   "raw",     "S4",
};

static void append_type(struct jt_buf *text, unsigned type)
{
    if (type < sizeof(type_names) / sizeof(type_names[0]) && type_names[type])
        jt_buf_append_text(text, type_names[type]);
    else
        jt_buf_printf(text, "unknown type #%u", type);
}

void jt_rir_types_append(struct jt_buf *text, uint32_t packed)
{
    static const char *const states[] = {"", " | value", " | evaluatedPromise", " | promise"};
    unsigned count = packed & 3;

    if (count == 0) {
        jt_buf_append_text(text, "<?>");
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            jt_buf_append_text(text, ", ");
        append_type(text, packed >> 8 * (i + 1) & 0xff);
    }
    /* Ř's "s" is for scalar: the bit says that something else was seen. */
    jt_buf_printf(text, " (%s%s%s%s)%s", packed & 1U << 6 ? "o" : "", packed & 1U << 5 ? "a" : "",
                  packed & 1U << 7 ? "v" : "", packed & 1U << 4 ? "" : "s",
                  states[packed >> 2 & 3]);
}
