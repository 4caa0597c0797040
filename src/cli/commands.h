/* Every command there is: one row here, one file cmd_NAME.c. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/cli.h"

#define CLI_COMMAND_LIST(ROW)                                                                      \
    ROW(record)                                                                                    \
    ROW(report)                                                                                    \
    ROW(flame)                                                                                     \
    ROW(fold)                                                                                      \
    ROW(resolve)                                                                                   \
    ROW(dump)                                                                                      \
    ROW(events)                                                                                    \
    ROW(compare)                                                                                   \
    ROW(completion)

#define CLI_COMMAND_DECLARE(name) extern const struct cli_command cmd_##name;
CLI_COMMAND_LIST(CLI_COMMAND_DECLARE)
#undef CLI_COMMAND_DECLARE

#endif
