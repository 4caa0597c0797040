/* jitney flame: a flame graph, as a page or as a picture. */
#include "cli/inputs.h"

#include "analysis/profile/diff.h"
#include "analysis/report/html.h"
#include "analysis/report/svg.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct flame_options {
    struct cli_inputs inputs;
    const char *output;
    const char *title;
    const char *min_share;
    bool html;
    bool svg;
    bool diff;
    bool reverse;
    bool icicle;
};

#define FIELD(name) offsetof(struct flame_options, name)

static const struct cli_option flame_options[] = {
    {'o', "output", CLI_STRING, FIELD(output), "FILE",
     "write here; .html or .svg tells the format"},
    {'\0', "html", CLI_FLAG, FIELD(html), NULL, "a page to zoom and search in (the default)"},
    {'\0', "svg", CLI_FLAG, FIELD(svg), NULL, "a picture without a script"},
    {'d', "diff", CLI_FLAG, FIELD(diff), NULL, "compare two inputs, A before and B after"},
    {'r', "reverse", CLI_FLAG, FIELD(reverse), NULL, "leaves first: below each who called it"},
    {'i', "icicle", CLI_FLAG, FIELD(icicle), NULL, "root at the top"},
    {'t', "title", CLI_STRING, FIELD(title), "TEXT", "heading (default: the command, or FILE)"},
    {'\0', "min-share", CLI_STRING, FIELD(min_share), "PERCENT",
     "merge frames narrower than this part of all; 0: none"},
    CLI_INPUT_OPTIONS(struct flame_options),
    {0},
};

static bool ends_with(const char *text, const char *end)
{
    size_t text_bytes = strlen(text);
    size_t end_bytes = strlen(end);

    return text_bytes >= end_bytes && strcasecmp(text + text_bytes - end_bytes, end) == 0;
}

static bool wants_svg(const struct flame_options *options)
{
    if (options->svg || options->html)
        return options->svg;
    return options->output && ends_with(options->output, ".svg");
}

/* A path's last part, or all of it. */
static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (strcmp(path, "-") == 0)
        return "standard input";
    return slash && slash[1] ? slash + 1 : path;
}

/* The share that --min-share gives; -1 when it is not given. False after a
 * complaint. */
static bool read_share(struct cli *cli, const char *text, double *share)
{
    char *end = NULL;

    *share = -1;
    if (!text)
        return true;
    *share = strtod(text, &end) / 100;
    if (end != text && *end == '%')
        end++;
    if (end != text && *end == '\0' && *share >= 0 && *share <= 1)
        return true;
    cli_usage(cli, "--min-share takes a percentage, not '%s'", text);
    return false;
}

/* Open all of the files and add them up. */
static int open_all(struct cli *cli, const struct cli_inputs *inputs, char **paths, int count,
                    struct jt_profile *profile)
{
    struct jt_profile more;
    int result = cli_open_profile(cli, inputs, paths[0], profile);

    if (result)
        return result;
    for (int i = 1; i < count && !result; i++) {
        result = cli_open_profile(cli, inputs, paths[i], &more);
        if (result)
            break;
        if (jt_profile_add(profile, &more)) {
            jt_diag_error(&cli->diag, paths[i], JT_DIAG_NO_OFFSET,
                          "counts %s and %s counts %s: they cannot be added", more.unit, paths[0],
                          profile->unit);
            result = CLI_FAILED;
        }
        jt_profile_release(&more);
    }
    if (result)
        jt_profile_release(profile);
    return result;
}

static int write_picture(struct cli *cli, const struct flame_options *options,
                         const struct jt_html_options *page, const struct jt_profile *profile)
{
    const struct jt_svg_options picture = {
        .title = page->title,
        .is_icicle = page->is_icicle,
        .is_reversed = page->is_reversed,
        .min_share = page->min_share,
        .before = page->before,
        .before_name = page->before_name,
        .after_name = page->after_name,
    };
    struct cli_output output;
    int result = cli_output_open(cli, options->output, &output);

    if (result)
        return result;
    if (wants_svg(options))
        jt_svg_write(output.stream, profile, &picture);
    else
        jt_html_write(output.stream, profile, page);
    return cli_output_close(cli, &output, CLI_DONE);
}

static int draw_one(struct cli *cli, const struct flame_options *options,
                    struct jt_html_options *page, int count, char **paths)
{
    struct jt_profile profile;
    int result = open_all(cli, &options->inputs, paths, count, &profile);

    if (result)
        return result;
    if (!page->title && !(profile.command && *profile.command))
        page->title = name_of(paths[0]);
    result = write_picture(cli, options, page, &profile);
    jt_profile_release(&profile);
    return result;
}

static int draw_diff(struct cli *cli, const struct flame_options *options,
                     const struct jt_html_options *page, char **paths)
{
    struct jt_html_options picture = *page;
    struct jt_profile before;
    struct jt_profile after;
    char *title = NULL;
    int result = cli_open_profile(cli, &options->inputs, paths[0], &before);

    if (result)
        return result;
    result = cli_open_profile(cli, &options->inputs, paths[1], &after);
    if (result == CLI_DONE) {
        picture.before = &before;
        picture.before_name = name_of(paths[0]);
        picture.after_name = name_of(paths[1]);
        title = jt_format("%s compared with %s", picture.after_name, picture.before_name);
        if (!picture.title)
            picture.title = title;
        result = write_picture(cli, options, &picture, &after);
        free(title);
        jt_profile_release(&after);
    }
    jt_profile_release(&before);
    return result;
}

static int run(struct cli *cli, const void *given, int argc, char **argv)
{
    const struct flame_options *options = given;
    struct jt_html_options page = {
        .title = options->title, .is_icicle = options->icicle, .is_reversed = options->reverse};

    if (options->diff ? argc != 2 : argc < 1)
        return cli_usage(cli, options->diff ? "--diff takes two files" : "takes a FILE");
    if (options->html && options->svg)
        return cli_usage(cli, "--html and --svg exclude each other");
    if (!read_share(cli, options->min_share, &page.min_share))
        return CLI_USAGE;
    if (!options->output && isatty(STDOUT_FILENO))
        return cli_usage(cli, "a graph is not for a terminal: give -o FILE");
    if (options->diff)
        return draw_diff(cli, options, &page, argv);
    return draw_one(cli, options, &page, argc, argv);
}

const struct cli_command cmd_flame = {
    .name = "flame",
    .summary = "draw a flame graph, as a page or an SVG",
    .arguments = "FILE...",
    .description =
        "Draws a flame graph of FILE (a trace of jitney record, a perf.data, perf script's\n"
        "text or folded stacks; several are added up): one self-contained page with zoom,\n"
        "search, callers and callees of a function, and the tiers by colour; or an SVG.\n\n"
        "With --diff, two inputs are compared: red has grown, blue has shrunk.",
    .example = "  jitney flame run.jitney -o flame.html\n"
               "  jitney flame perf.data -o flame.svg\n"
               "  jitney flame --diff old.jitney new.jitney -o diff.html",
    .options = flame_options,
    .options_bytes = sizeof(struct flame_options),
    .run = run,
};
