/* jitney completion: shell completions and man pages, from the option tables. */
#include "cli/cli.h"

#include "cli/reference.h"

#include <string.h>

struct completion_options {
    const char *man;
};

#define FIELD(name) offsetof(struct completion_options, name)

static const struct cli_option completion_options[] = {
    {'\0', "man", CLI_STRING, FIELD(man), "COMMAND",
     "print a man page instead; 'jitney': the overview"},
    {0},
};

static int run(struct cli *cli, const void *given, int argc, char **argv)
{
    const struct completion_options *options = given;

    if (options->man) {
        if (argc != 0)
            return cli_usage(cli, "--man takes no further words");
        if (strcmp(options->man, "jitney") == 0) {
            cli_print_man_overview(stdout);
            return CLI_DONE;
        }
        if (!cli_find(options->man))
            return cli_usage(cli, "there is no command '%s'", options->man);
        cli_print_man(stdout, cli_find(options->man));
        return CLI_DONE;
    }
    if (argc != 1)
        return cli_usage(cli, "name one shell: bash, zsh or fish");
    if (cli_print_completion(stdout, argv[0]))
        return CLI_DONE;
    return cli_usage(cli, "no completion for '%s': bash, zsh or fish", argv[0]);
}

const struct cli_command cmd_completion = {
    .name = "completion",
    .summary = "print shell completions or a man page",
    .arguments = "SHELL",
    .description = "Prints a completion script for bash, zsh or fish, or with --man a man page.\n"
                   "Both come from the same tables as --help.",
    .example = "  jitney completion bash > ~/.local/share/bash-completion/completions/jitney",
    .options = completion_options,
    .options_bytes = sizeof(struct completion_options),
    .run = run,
};
