/* jitney compare: two views of JIT code side by side. */
#include "cli/cli.h"

#include "analysis/report/compare.h"

#include <errno.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { MOST_BY_DEFAULT = 20, COLUMNS_BY_DEFAULT = 80, COLUMNS_MOST = 10000 };

struct compare_options {
    const char *output;
    const char *most;
    const char *by;
    bool is_json;
};

#define FIELD(name) offsetof(struct compare_options, name)

static const struct cli_option compare_options[] = {
    {'\0', "json", CLI_FLAG, FIELD(is_json), NULL, "for programs; nothing is left out"},
    {'o', "output", CLI_STRING, FIELD(output), "FILE", "write here, not to standard output"},
    {'n', "rows", CLI_STRING, FIELD(most), "N", "rows of each list (default 20; 0: all)"},
    {'\0', "by", CLI_STRING, FIELD(by), "KEY", "address or name: what tells that code is the same"},
    {0},
};

static unsigned terminal_columns(FILE *stream)
{
    struct winsize size;
    const char *text = getenv("COLUMNS");
    unsigned long columns = text ? strtoul(text, NULL, 10) : 0;

    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return columns > 0 && columns < COLUMNS_MOST ? (unsigned)columns : COLUMNS_BY_DEFAULT;
}

static bool parse_by(const char *text, enum jt_compare_by *by)
{
    *by = JT_COMPARE_BY_ANY;
    if (!text)
        return true;
    *by = strcmp(text, "name") == 0 ? JT_COMPARE_BY_NAME : JT_COMPARE_BY_ADDRESS;
    return *by == JT_COMPARE_BY_NAME || strcmp(text, "address") == 0;
}

/* Of a trace of several processes, what the other side tells of. */
static void narrow(struct jt_codeview *many, const struct jt_codeview *one)
{
    bool has_it = false;

    if (many->pid != 0 || one->pid == 0)
        return;
    for (size_t i = 0; i < many->events.count; i++)
        has_it |= many->events.at[i].pid == one->pid;
    if (has_it)
        jt_codeview_keep_pid(many, one->pid);
}

static int write_comparison(struct cli *cli, const struct compare_options *options, size_t most,
                            const struct jt_comparison *comparison)
{
    struct cli_output output;
    int result = cli_output_open(cli, options->output, &output);
    struct jt_compare_style style = {.most = most};
    int error = 0;

    if (result)
        return result;
    style.columns = terminal_columns(output.stream);
    if (options->is_json)
        jt_compare_write_json(output.stream, comparison);
    else
        jt_compare_write_text(output.stream, comparison, &style);
    if (fflush(output.stream) != 0)
        error = errno;
    if (error == EPIPE) { /* the reader has seen enough */
        __fpurge(output.stream);
        clearerr(output.stream);
    }
    errno = error;
    return cli_output_close(cli, &output, result);
}

static int compare(struct cli *cli, const struct compare_options *options, char **paths,
                   enum jt_compare_by by, size_t most)
{
    struct jt_codeview views[2];
    struct jt_comparison comparison;
    int result = CLI_FAILED;
    int a = jt_codeview_read(paths[0], &cli->diag, &views[0]);
    int b = jt_codeview_read(paths[1], &cli->diag, &views[1]);

    if (!a && !b) {
        narrow(&views[0], &views[1]);
        narrow(&views[1], &views[0]);
        jt_compare(&comparison, &views[0], &views[1], by);
        result = write_comparison(cli, options, most, &comparison);
        jt_comparison_release(&comparison);
    }
    jt_codeview_release(&views[0]);
    jt_codeview_release(&views[1]);
    return result;
}

static int run(struct cli *cli, const void *given, int argc, char **argv)
{
    const struct compare_options *options = given;
    enum jt_compare_by by = JT_COMPARE_BY_ANY;
    char *end = NULL;
    size_t most = options->most ? strtoul(options->most, &end, 10) : MOST_BY_DEFAULT;

    if (argc != 2)
        return cli_usage(cli, "name two views: A and B");
    if (end && (*end || end == options->most || options->most[0] == '-'))
        return cli_usage(cli, "--rows takes a number, not '%s'", options->most);
    if (!parse_by(options->by, &by))
        return cli_usage(cli, "--by takes address or name, not '%s'", options->by);
    return compare(cli, options, argv, by, most);
}

const struct cli_command cmd_compare = {
    .name = "compare",
    .summary = "put two views of JIT code side by side",
    .arguments = "A B",
    .description =
        "Compares what two files tell of the same run, or of two runs: which code both saw,\n"
        "what one of them alone saw, and where they tell different things. A and B are a\n"
        "recording, a trace (its recordings, or else its dumps or maps), a jitdump, a perf\n"
        "map, V8's log (--log-code --log-deopt) or HotSpot's (-XX:+LogCompilation).\n\n"
        "Code is the same when it has the same address and size at the same time; in views\n"
        "of different runs, when it has the same name. Their clocks are aligned by what both\n"
        "have, and the offset is stated: \"behind\" means that B's clock shows less at the\n"
        "same moment. Times are those of A's clock. Differences are no failure.",
    .example = "  jitney compare run.jitney v8.log\n"
               "  jitney compare events-4711.jtr hotspot_pid4711.log\n"
               "  jitney compare --json --by name before.jitney after.jitney",
    .options = compare_options,
    .options_bytes = sizeof(struct compare_options),
    .run = run,
};
