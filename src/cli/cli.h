/* Commands as rows of data: options, help, man pages and completions all come
 * from these tables. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

enum cli_type {
    CLI_FLAG,   /* bool */
    CLI_STRING, /* const char * */
    CLI_COUNT,  /* uint64_t, decimal */
    CLI_NUMBER, /* double, not negative */
    CLI_LIST    /* struct cli_list; may be given more than once */
};

struct cli_list {
    const char **at;
    size_t count;
};

struct cli_option {
    char letter;      /* '\0': long form alone */
    const char *name; /* long form; NULL ends the table */
    enum cli_type type;
    size_t field;      /* offset of its field in the command's options struct */
    const char *value; /* what stands for its argument in the help; NULL for flags */
    const char *help;
};

struct cli {
    struct jt_diag diag; /* writes to standard error */
    const char *command; /* name of the command that runs */
};

struct cli_command {
    const char *name;
    const char *summary;     /* one line */
    const char *arguments;   /* what follows the options: "[FILE]" */
    const char *description; /* paragraphs for --help and the man page */
    const char *example;     /* one or more lines that work */
    const struct cli_option *options;
    size_t options_bytes; /* of the options struct, which starts zeroed */
    /* Stop reading options at the first word that is none: the rest is a
     * command of its own (record). */
    bool stops_at_first_argument;
    int (*run)(struct cli *cli, const void *options, int argc, char **argv);
};

extern const struct cli_command *const cli_commands[]; /* ends with NULL */
const struct cli_command *cli_find(const char *name);

/* Read the options of `command` from argv[1..] into `options`; the rest is left
 * in argv[0..*argc). Prints what is wrong and returns CLI_USAGE, or -1 when
 * --help was given and printed. Long options may be abbreviated if unique. */
int cli_parse(struct cli *cli, const struct cli_command *command, void *options, int *argc,
              char **argv);
/* Complain about the usage of the running command; returns CLI_USAGE. */
int cli_usage(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

void cli_print_help(FILE *stream, const struct cli_command *command);
void cli_print_overview(FILE *stream);

/* Results: `path`, or standard output for NULL and "-". NULL after an error was
 * said. Close with cli_output_close, which says so when not all was written
 * (a full disk) and returns CLI_FAILED. A failed file is removed. */
struct cli_output {
    FILE *stream;
    const char *path; /* NULL: standard output */
};
int cli_output_open(struct cli *cli, const char *path, struct cli_output *output);
int cli_output_close(struct cli *cli, struct cli_output *output, int result);

#endif
