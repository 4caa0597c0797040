/* jitney fold: folded stacks, FlameGraph's format. */
#include "cli/inputs.h"

#include "analysis/profile/fold.h"
#include "analysis/profile/label.h"

struct fold_options {
    struct cli_inputs inputs;
    const char *output;
    bool annotates;
    bool without_lines;
};

#define FIELD(name) offsetof(struct fold_options, name)

static const struct cli_option fold_options[] = {
    {'o', "output", CLI_STRING, FIELD(output), "FILE", "write here, not to standard output"},
    {'a', "annotate", CLI_FLAG, FIELD(annotates), NULL,
     "mark frames: _[j] JIT, _[k] kernel, _[i] inlined"},
    {'\0', "no-lines", CLI_FLAG, FIELD(without_lines), NULL,
     "function names without file and line"},
    CLI_INPUT_OPTIONS(struct fold_options),
    {0},
};

static int run(struct cli *cli, const void *given, int argc, char **argv)
{
    const struct fold_options *options = given;
    struct jt_profile profile;
    struct cli_output output;
    unsigned flags = (options->without_lines ? 0 : JT_LABEL_PLACE) |
                     (options->annotates ? JT_LABEL_ANNOTATE : 0) |
                     (options->inputs.splits_tiers ? JT_LABEL_TIER : 0);
    int result = CLI_DONE;

    if (argc != 1)
        return cli_usage(cli, "takes one FILE");
    if (cli_open_profile(cli, &options->inputs, argv[0], &profile))
        return CLI_FAILED;
    result = cli_output_open(cli, options->output, &output);
    if (result == CLI_DONE) {
        jt_fold_write(output.stream, &profile, flags);
        result = cli_output_close(cli, &output, CLI_DONE);
    }
    jt_profile_release(&profile);
    return result;
}

const struct cli_command cmd_fold = {
    .name = "fold",
    .summary = "print folded stacks, one line a stack",
    .arguments = "FILE",
    .description =
        "Prints every distinct stack of FILE (a trace, a perf.data, perf script's text or\n"
        "folded stacks) as `command;caller;callee COUNT`, the format of FlameGraph's tools.\n"
        "A ';' in a name is printed as ':'.",
    .example = "  jitney fold run.jitney | flamegraph.pl > graph.svg\n"
               "  jitney fold --annotate perf.data | sort -t ' ' -k 2 -n",
    .options = fold_options,
    .options_bytes = sizeof(struct fold_options),
    .run = run,
};
