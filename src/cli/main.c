/* The command `jitney`: finds the row of the command and runs it. */
#include "cli/cli.h"

#include "base/alloc.h"
#include "cli/commands.h"
#include "jitney/version.h"

#include <stdlib.h>
#include <string.h>

static void free_lists(const struct cli_command *command, char *options)
{
    for (const struct cli_option *option = command->options; option->name; option++)
        if (option->type == CLI_LIST)
            free(((struct cli_list *)(void *)(options + option->field))->at);
}

static int run_command(const struct cli_command *command, int argc, char **argv)
{
    struct cli cli = {.diag = {.stream = stderr, .most = 20}, .command = command->name};
    void *options = jt_alloc(1, command->options_bytes);
    int result = cli_parse(&cli, command, options, &argc, argv);

    if (result == CLI_DONE)
        result = command->run(&cli, options, argc, argv);
    else if (result < 0)
        result = CLI_DONE;
    jt_diag_finish(&cli.diag);
    if (fflush(stdout) != 0)
        result = CLI_FAILED;
    free_lists(command, options);
    free(options);
    return result;
}

int main(int argc, char **argv)
{
    const struct cli_command *command = NULL;

    if (argc < 2) {
        cli_print_overview(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        cli_print_overview(stdout);
        return CLI_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("jitney " JITNEY_VERSION);
        return CLI_DONE;
    }
    command = cli_find(argv[1]);
    if (!command) {
        fprintf(stderr, "jitney: there is no command '%s' (see jitney --help)\n", argv[1]);
        return CLI_USAGE;
    }
    return run_command(command, argc - 1, argv + 1);
}
