/* One runtime as data: the rows are in runtimes.c, launch.c applies them. */
#ifndef JT_SAMPLE_RUNTIMES_ROW_H
#define JT_SAMPLE_RUNTIMES_ROW_H

#include <stdbool.h>
#include <stddef.h>

enum jt_runtime_join {
    JT_JOIN_NONE,  /* the user's own value stays and ours is left out */
    JT_JOIN_AFTER, /* user's, separator, ours */
    JT_JOIN_PATH,  /* the same; with no value of the user's, an empty first element */
};

/* `value` may name the trace folder as "@", and the adapter as "&". */
struct jt_runtime_variable {
    const char *name;
    const char *value;
    enum jt_runtime_join join;
    char separator;
};

/* A file for the runtime to read, put into `folder` of the trace. */
struct jt_runtime_file {
    const char *folder;
    const char *name;
    const char *content;
};

/* A library or script of ours that the runtime loads: it tells more than the
 * runtime's own files, and is asked instead of them when it is installed. */
struct jt_runtime_adapter {
    const char *file;                            /* below the folder of adapters */
    const char *needs;                           /* another file without which it does nothing */
    const struct jt_runtime_variable *variables; /* in place of the row's */
    const char *const *arguments;                /* in place of the row's */
    const char *const *read_only_arguments;
};

struct jt_runtime {
    const char *name;
    /* Names of programs that are this runtime; a version may follow (php8.2). */
    const char *const *programs;
    const struct jt_runtime_variable *variables; /* ends with an empty row */
    /* Put right after the program's name, when the command line names it. */
    const char *const *arguments;
    /* Arguments for a program that can be told by arguments only in a working
     * directory where it cannot write (node: see runtimes.c). */
    const char *const *read_only_arguments;
    const struct jt_runtime_file *file;
    const struct jt_runtime_adapter *adapter; /* NULL: there is none */
    /* Words by which a user asks for such files without us. */
    const char *const *asked;
    /* Does this version know what we would say? NULL: every version does, or
     * ignores it. `program` is the resolved path, NULL when there is none. */
    bool (*is_able)(const char *program);
    /* The variables are heard or seen by programs that are not hot (a line on
     * standard error, another mode): only for this runtime and for commands of
     * which nothing is known. */
    bool is_loud;
    /* The arguments say it all: no variables when the program is named. */
    bool arguments_suffice;
    /* A word that the arguments stand after when it comes first (wasmtime run). */
    const char *subcommand;
    const char *remark; /* for -v, when the program is recognised; may be NULL */
};

/* NULL when there is no such row. */
const struct jt_runtime *jt_runtimes_find(const char *name);
/* The runtime whose program has this file name, or NULL. */
const struct jt_runtime *jt_runtimes_match(const char *program);
/* NULL after the last. */
const struct jt_runtime *jt_runtimes_at(size_t index);

#endif
