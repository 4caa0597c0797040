/* Which program a command line runs: behind wrappers (env, nice, timeout ...),
 * through PATH, symbolic links and `#!` lines. */
#ifndef JT_SAMPLE_PROGRAM_H
#define JT_SAMPLE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

struct jt_runtime;

/* Where the program is in an argv. */
struct jt_wrapped {
    size_t program;          /* index; argc when the command ends before a program */
    bool resets_environment; /* sudo, env -i: what we set for the wrapper does not reach it */
    bool changes_place;      /* sudo, chroot, unshare: files of ours may not be there */
};

struct jt_wrapped jt_wrapped_find(char *const *argv);
/* Is `word` NAME=value? Its length up to the sign, or 0. */
size_t jt_assignment_name_bytes(const char *word);

struct jt_program {
    const struct jt_runtime *runtime; /* NULL: none that we know */
    char *path;                       /* with symbolic links resolved; NULL: not found */
    /* A script is run by its `#!` line: the words that the kernel (and env -S)
     * make of it, ended by NULL; NULL when the word is the runtime itself. */
    char **interpreter;
    char *script; /* the path of the script, when there is an interpreter */
};

/* `search` is the value of PATH, or NULL. */
void jt_program_find(const char *word, const char *search, struct jt_program *program);
void jt_program_release(struct jt_program *program);

/* The first file of this name in the folders of PATH that can be executed;
 * `word` itself when it has a slash. NULL: there is none. Free it. */
char *jt_program_path(const char *word, const char *search);

/* The words of a `#!` line in the first `bytes` bytes of a file, split as the
 * kernel and `env -S` do, ended by NULL; NULL: it is no script. Free each word
 * and the array. */
char **jt_shebang_words(const char *head, size_t bytes);

#endif
