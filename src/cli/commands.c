#include "cli/commands.h"

#define CLI_COMMAND_ROW(name) &cmd_##name,
const struct cli_command *const cli_commands[] = {CLI_COMMAND_LIST(CLI_COMMAND_ROW) NULL};
