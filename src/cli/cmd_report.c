/* jitney report: what took the time, for a terminal, as JSON or as a page. */
#include "cli/inputs.h"

#include "analysis/report/html.h"
#include "analysis/report/json.h"
#include "analysis/report/text.h"
#include "cli/recordings.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct report_options {
    struct cli_inputs inputs;
    const char *output;
    const char *most;
    const char *sort;
    bool html;
    bool json;
};

#define FIELD(name) offsetof(struct report_options, name)

static const struct cli_option report_options[] = {
    {'o', "output", CLI_STRING, FIELD(output), "FILE", "write here, not to standard output"},
    {'n', "functions", CLI_STRING, FIELD(most), "N", "rows of the table (default 25; 0: all)"},
    {'s', "sort", CLI_STRING, FIELD(sort), "KEY", "self (default) or total"},
    {'\0', "html", CLI_FLAG, FIELD(html), NULL, "one self-contained page"},
    {'\0', "json", CLI_FLAG, FIELD(json), NULL, "for programs; all functions"},
    CLI_INPUT_OPTIONS(struct report_options),
    {0},
};

static unsigned terminal_columns(FILE *stream)
{
    struct winsize size;
    const char *text = getenv("COLUMNS");
    unsigned long columns = text ? strtoul(text, NULL, 10) : 0;

    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return columns > 0 && columns < 10000 ? (unsigned)columns : 80;
}

static int write_report(const struct report_options *options, size_t most, bool by_total,
                        FILE *stream, const struct jt_profile *profile)
{
    const struct jt_html_options page = {.view = JT_HTML_SUMMARY, .min_share = -1};
    const struct jt_text_options text = {
        .most_functions = most, .by_total = by_total, .columns = terminal_columns(stream)};

    if (options->html)
        return jt_html_write(stream, profile, &page);
    return jt_text_write(stream, profile, &text);
}

/* What the engine told of itself: alone, or after where the time went. */
static int write_activity(struct cli *cli, const struct report_options *options, const char *path,
                          size_t most, FILE *stream)
{
    const struct cli_summary_style style = {
        .is_json = options->json, .most = most, .columns = terminal_columns(stream)};

    return cli_summarize(cli, path, stream, &style);
}

/* One object, with what the engine told of itself as one of its members. */
static int write_json(struct cli *cli, const struct report_options *options, const char *path,
                      FILE *stream, const struct jt_profile *profile)
{
    char *activity = NULL;
    size_t bytes = 0;
    FILE *memory = cli_has_recordings(path) ? open_memstream(&activity, &bytes) : NULL;
    int result = CLI_DONE;

    if (memory) {
        result = write_activity(cli, options, path, 0, memory);
        if (fclose(memory) != 0 || result) {
            free(activity);
            activity = NULL;
        }
    }
    jt_json_write(stream, profile, activity);
    free(activity);
    return result;
}

static int report_recording(struct cli *cli, const struct report_options *options, const char *path,
                            size_t most)
{
    struct cli_output output;
    int result = CLI_DONE;

    if (options->html)
        return cli_usage(cli, "--html needs samples, and %s is a recording of events", path);
    result = cli_output_open(cli, options->output, &output);
    if (result)
        return result;
    result = write_activity(cli, options, path, most, output.stream);
    return cli_output_close(cli, &output, result);
}

static int report_profile(struct cli *cli, const struct report_options *options, const char *path,
                          size_t most)
{
    struct jt_profile profile;
    struct cli_output output;
    bool by_total = options->sort && strcmp(options->sort, "total") == 0;
    int result = CLI_DONE;

    if (cli_open_profile(cli, &options->inputs, path, &profile))
        return CLI_FAILED;
    result = cli_output_open(cli, options->output, &output);
    if (result == CLI_DONE) {
        if (options->json)
            result = write_json(cli, options, path, output.stream, &profile);
        else
            write_report(options, most, by_total, output.stream, &profile);
        if (!options->html && !options->json && cli_has_recordings(path)) {
            fputs("\nWhat the engine did\n", output.stream);
            result = write_activity(cli, options, path, most, output.stream);
        }
        result = cli_output_close(cli, &output, result);
    }
    jt_profile_release(&profile);
    return result;
}

static int run(struct cli *cli, const void *given, int argc, char **argv)
{
    const struct report_options *options = given;
    char *end = NULL;
    size_t most = options->most ? strtoul(options->most, &end, 10) : 25;

    if (argc != 1)
        return cli_usage(cli, "takes one FILE");
    if (options->sort && strcmp(options->sort, "total") != 0 && strcmp(options->sort, "self") != 0)
        return cli_usage(cli, "--sort takes self or total, not '%s'", options->sort);
    if (options->html && options->json)
        return cli_usage(cli, "--html and --json exclude each other");
    if (end && (*end || end == options->most))
        return cli_usage(cli, "--functions takes a number, not '%s'", options->most);
    if (cli_is_recording(argv[0]))
        return report_recording(cli, options, argv[0], most);
    return report_profile(cli, options, argv[0], most);
}

const struct cli_command cmd_report = {
    .name = "report",
    .summary = "show what took the time, by function and tier",
    .arguments = "FILE",
    .description =
        "Shows where the time of FILE went (a trace of jitney record, a perf.data, perf\n"
        "script's text or folded stacks): shares of interpreter, tiers, garbage collector,\n"
        "native code and kernel; the hottest functions with their own (self) and total\n"
        "time and the tiers their code was in; and why frames have no name. Of a recording\n"
        "(see jitney events): what was compiled, how long it took, what was given up and\n"
        "deoptimized, and why.\n\n"
        "For a bare perf.data, perf maps are looked for in its folder and in /tmp, jitdumps\n"
        "where the program put them.",
    .example = "  jitney report run.jitney\n"
               "  jitney report --html -o report.html run.jitney\n"
               "  jitney report --dump jit-4711.dump perf.data",
    .options = report_options,
    .options_bytes = sizeof(struct report_options),
    .run = run,
};
