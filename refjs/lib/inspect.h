/* Values as node's util.inspect writes them with its defaults: two levels deep, 80 columns,
 * 100 elements. An object is a list of entries, already text, between braces; the layout decides
 * whether they share a line. */
#ifndef RJ_LIB_INSPECT_H
#define RJ_LIB_INSPECT_H

#include "lib/builtin.h"

enum { RJ_INSPECT_COLUMNS = 80, RJ_INSPECT_ITEMS = 100, RJ_INSPECT_DEPTH = 2 };

struct rj_inspector {
    struct rj_vm *vm;
    int indentation;
    int depth;                 /* how many levels are opened */
    int current_depth;         /* of the object that was begun last */
    struct rj_array *seen;     /* objects being written */
    struct rj_array *circular; /* those that were met again: numbered from 1 */
};

/* One object being written. */
struct rj_inspection {
    rj_value value;
    struct rj_string *base; /* what stands before the braces; or empty */
    struct rj_string *open; /* "{", "[" or "Name(3) [" */
    char close;
    bool is_list;             /* array or typed array: entries may share lines in columns */
    bool is_cut;              /* the last entry is "... n more items" */
    struct rj_array *keys;    /* strings; NULL: none */
    struct rj_array *entries; /* strings */
};

/* A value on its own, opened `depth` levels deep. */
struct rj_string *rj_inspect_deep(struct rj_vm *vm, rj_value value, int depth);
/* A value inside another; `level` counts from 0. */
struct rj_string *rj_inspect_value(struct rj_inspector *inspector, rj_value value, int level);

/* ---- the layout (inspect_layout.c) ---- */

struct rj_string *rj_inspect_layout(struct rj_inspector *inspector,
                                    struct rj_inspection *inspection, int level);

/* ---- text (inspect_text.c) ---- */

/* Quoted, with escapes; long text is broken after its line ends. */
struct rj_string *rj_inspect_string(struct rj_inspector *inspector, struct rj_string *string);
struct rj_string *rj_inspect_quote(struct rj_vm *vm, struct rj_string *string);
/* The name of a property: plain, quoted or in brackets. */
struct rj_string *rj_inspect_key(struct rj_vm *vm, struct rj_string *key, bool enumerable);
/* How many columns it takes. */
uint32_t rj_inspect_width(struct rj_string *string);
struct rj_string *rj_inspect_number(struct rj_vm *vm, rj_value number);

/* ---- errors (inspect_error.c) ---- */

/* The stack, or [Name: message]; keys that it shows already are taken out of `keys`. */
struct rj_string *rj_inspect_error(struct rj_inspector *inspector, rj_value error,
                                   struct rj_string *constructor, struct rj_array **keys);

#endif
