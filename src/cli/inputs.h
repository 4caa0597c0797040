/* The options of every command that makes a profile of its input. */
#ifndef CLI_INPUTS_H
#define CLI_INPUTS_H

#include "analysis/profile/open.h"
#include "cli/cli.h"

struct cli_inputs {
    struct cli_list maps;
    struct cli_list dumps;
    const char *symfs;
    const char *event;
    bool trusts_maps;
    bool raw_names;
    bool splits_tiers;
    bool verbose;
};

/* Rows for a command's option table; `type` is its options struct, which has a
 * member `inputs` of struct cli_inputs. */
#define CLI_INPUT_OPTIONS(type)                                                                    \
    {'\0',     "map",                                                                              \
     CLI_LIST, offsetof(type, inputs.maps),                                                        \
     "FILE",   "a perf map; its process is in its name (may be repeated)"},                        \
        {'\0',     "dump",                                                                         \
         CLI_LIST, offsetof(type, inputs.dumps),                                                   \
         "FILE",   "a jitdump; its process is in its name or header (may be repeated)"},           \
        {'\0',       "symfs",                                                                      \
         CLI_STRING, offsetof(type, inputs.symfs),                                                 \
         "DIR",      "look for files below this copy of the recorded system first"},               \
        {'\0',       "event",                                                                      \
         CLI_STRING, offsetof(type, inputs.event),                                                 \
         "NAME",     "the event to show, of a file with several"},                                 \
        {'\0',     "trust-maps",                                                                   \
         CLI_FLAG, offsetof(type, inputs.trusts_maps),                                             \
         NULL,     "use maps whoever owns them"},                                                  \
        {'\0',     "raw-names",                                                                    \
         CLI_FLAG, offsetof(type, inputs.raw_names),                                               \
         NULL,     "JIT names exactly as the runtime wrote them"},                                 \
        {'\0',     "split-tiers",                                                                  \
         CLI_FLAG, offsetof(type, inputs.splits_tiers),                                            \
         NULL,     "keep the tiers of one function apart"},                                        \
    {                                                                                              \
        'v', "verbose", CLI_FLAG, offsetof(type, inputs.verbose), NULL, "say what is being done"   \
    }

/* Open `path`, with progress on a terminal. CLI_DONE, or CLI_FAILED after an
 * error was said; release the profile only after CLI_DONE. */
int cli_open_profile(struct cli *cli, const struct cli_inputs *inputs, const char *path,
                     struct jt_profile *profile);

#endif
