/* Man pages and shell completions out of the command tables. */
#ifndef CLI_REFERENCE_H
#define CLI_REFERENCE_H

#include "cli/cli.h"

#include <stdbool.h>
#include <stdio.h>

void cli_print_man(FILE *stream, const struct cli_command *command);
void cli_print_man_overview(FILE *stream);
/* false when there is no such shell. */
bool cli_print_completion(FILE *stream, const char *shell);

#endif
