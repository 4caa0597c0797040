/* jitney events: a recording, event by event. */
#include "cli/cli.h"

#include "base/alloc.h"
#include "cli/recordings.h"
#include "cli/recordings_rds.h"
#include "jitney/status.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    STREAM_BYTES = 256 << 10,
    POLL_NS = 50000000,
    CLASSES_BY_DEFAULT = JITNEY_EVENTS_ALL & ~JITNEY_EVENTS_FUNCTION,
};

struct events_options {
    struct cli_list filters;
    const char *function;
    const char *since;
    const char *until;
    const char *output;
    const char *rds;
    bool is_csv;
    bool is_json;
    bool follows;
};

#define FIELD(name) offsetof(struct events_options, name)

static const struct cli_option events_options[] = {
    {'\0', "csv", CLI_FLAG, FIELD(is_csv), NULL,
     "the columns of R's recordings.csv(), as RFC 4180"},
    {'\0', "json", CLI_FLAG, FIELD(is_json), NULL, "one JSON object a line, with all fields"},
    {'\0', "rds", CLI_STRING, FIELD(rds), "OUT", "write a file for R's load()"},
    {'\0', "filter", CLI_LIST, FIELD(filters), "NAME,...",
     "only these groups or classes of events"},
    {'\0', "function", CLI_STRING, FIELD(function), "NAME", "only events about it; * and ? match"},
    {'\0', "since", CLI_STRING, FIELD(since), "TIME", "from this time on: 1.5s, 200ms"},
    {'\0', "until", CLI_STRING, FIELD(until), "TIME", "up to this time"},
    {'f', "follow", CLI_FLAG, FIELD(follows), NULL, "go on while the recording is being written"},
    {'o', "output", CLI_STRING, FIELD(output), "FILE", "write here, not to standard output"},
    {0},
};

struct printing {
    struct cli *cli;
    const struct events_options *options;
    const char *path;
    struct jt_event_log *events;
    uint32_t classes;
    uint64_t since_ns;
    uint64_t until_ns;
    FILE *stream;
    struct jt_event_table_style style;
    struct jt_buf line;
    uint64_t index;
    bool has_head;
    bool is_past;    /* what comes is later than --until */
    int write_error; /* errno of the first failure; 0: none */
};

/* ---- options ---- */

static int complain_filter(struct cli *cli, const char *word, size_t bytes)
{
    static const char *const groups = "Code, Compile, Deopt, Invoke, TypeFeedback, "
                                      "ContextualTypeFeedback, Osr, Cache, Note, Function, All";
    struct jt_buf names = JT_BUF_INIT(4096);
    int result = CLI_USAGE;

    for (uint32_t type = 0; type <= JITNEY_FUNCTION; type++)
        if (strcmp(jt_event_class(type), jt_event_group(type)) != 0)
            jt_buf_printf(&names, "%s%s", names.length > 0 ? ", " : "", jt_event_class(type));
    result = cli_usage(cli,
                       "--filter does not know '%.*s'; it knows the groups %s and the classes "
                       "%.*s",
                       (int)bytes, word, groups, (int)names.length, (const char *)names.bytes);
    jt_buf_release(&names);
    return result;
}

static int read_filters(struct printing *printing)
{
    const struct cli_list *filters = &printing->options->filters;
    const char *word = NULL;
    size_t bytes = 0;

    printing->classes = filters->count > 0 ? 0 : (uint32_t)CLASSES_BY_DEFAULT;
    for (size_t i = 0; i < filters->count; i++)
        if (!jt_event_filter_parse(filters->at[i], &printing->classes, &word, &bytes))
            return complain_filter(printing->cli, word, bytes);
    return CLI_DONE;
}

/* "1.5s", "200ms", "30us", "10ns", "2m"; a bare number is seconds. */
static bool parse_time(const char *text, uint64_t *ns)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"", 1e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1}, {"m", 60e9}};
    char *end = NULL;
    double value = strtod(text, &end);

    if (end == text || !(value >= 0))
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(end, units[i].name) != 0)
            continue;
        value = value * units[i].ns + 0.5;
        *ns = value < 1.8e19 ? (uint64_t)value : UINT64_MAX;
        return true;
    }
    return false;
}

static int read_times(struct printing *printing)
{
    const struct events_options *options = printing->options;

    printing->until_ns = UINT64_MAX;
    if (options->since && !parse_time(options->since, &printing->since_ns))
        return cli_usage(printing->cli, "--since takes a time such as 1.5s or 200ms, not '%s'",
                         options->since);
    if (options->until && !parse_time(options->until, &printing->until_ns))
        return cli_usage(printing->cli, "--until takes a time such as 1.5s or 200ms, not '%s'",
                         options->until);
    return CLI_DONE;
}

static int read_options(struct printing *printing, int argc)
{
    const struct events_options *options = printing->options;
    int result = CLI_DONE;

    if (argc != 1)
        return cli_usage(printing->cli, "name one recording");
    if (options->is_csv + options->is_json + (options->rds != NULL) > 1)
        return cli_usage(printing->cli, "--csv, --json and --rds exclude each other");
    if (options->rds && options->follows)
        return cli_usage(printing->cli, "--rds cannot --follow: R's format needs the end first");
    if (options->rds && options->output)
        return cli_usage(printing->cli, "--rds and --output exclude each other");
    result = read_filters(printing);
    return result ? result : read_times(printing);
}

/* ---- what is printed ---- */

static bool is_in_time(struct printing *printing, const struct jt_event_view *view)
{
    if (!view->has_time)
        return true;
    if (view->since_ns > printing->until_ns)
        printing->is_past = true;
    return view->since_ns >= printing->since_ns && view->since_ns <= printing->until_ns;
}

static bool is_about(const char *wanted, const struct jt_event_view *view)
{
    size_t bytes = 0;
    const char *text = jt_event_name(view, &bytes);
    char *name = NULL;
    bool is_match = false;

    if (!wanted)
        return true;
    name = jt_strndup(text, bytes);
    is_match = strcmp(name, wanted) == 0 || fnmatch(wanted, name, 0) == 0;
    free(name);
    return is_match;
}

/* An event that is wanted gets its number; so do those that are filtered out, so that a number
 * is that of the same event whatever is asked for. */
static bool is_wanted(struct printing *printing, struct jt_event_view *view)
{
    bool is_class_wanted = (printing->classes & JITNEY_EVENT_BIT(view->event->type)) != 0;

    if (view->event->type == JITNEY_FUNCTION && !is_class_wanted)
        return false;
    view->index = ++printing->index;
    return is_class_wanted && is_in_time(printing, view) &&
           is_about(printing->options->function, view);
}

static int write_line(struct printing *printing)
{
    struct jt_buf *line = &printing->line;

    if (!jt_buf_status(line))
        fwrite_unlocked(line->bytes, 1, line->length, printing->stream);
    jt_buf_clear(line);
    if (!ferror_unlocked(printing->stream))
        return JITNEY_OK;
    if (!printing->write_error)
        printing->write_error = errno;
    return JITNEY_ERR_STOPPED;
}

/* Not before it is known that there is a recording. */
static int print_head(struct printing *printing)
{
    printing->has_head = true;
    if (printing->options->is_csv)
        jt_event_csv_head(&printing->line);
    else if (!printing->options->is_json)
        jt_event_table_head(&printing->line, &printing->style);
    return write_line(printing);
}

static int print_event(void *context, const struct jt_event_log_source *source,
                       const struct jitney_event *event)
{
    struct printing *printing = context;
    struct jt_event_names names;
    struct jt_event_view view = cli_event_view(printing->events, source, event, &names);

    if (!is_wanted(printing, &view))
        return printing->is_past ? JITNEY_ERR_STOPPED : JITNEY_OK;
    if (!printing->has_head && print_head(printing))
        return JITNEY_ERR_STOPPED;
    if (printing->options->is_csv)
        jt_event_csv_row(&printing->line, &view);
    else if (printing->options->is_json)
        jt_event_json_line(&printing->line, &view);
    else
        jt_event_table_row(&printing->line, &printing->style, &view);
    return write_line(printing);
}

/* ---- following ---- */

/* What a signal handler can set is global. */
static volatile sig_atomic_t is_interrupted;

static void interrupt(int signal)
{
    is_interrupted = 1;
}

/* Ends with the recording, with its reader, or with a signal, which counts as success. */
struct following {
    sigset_t before;
    struct sigaction on_int;
    struct sigaction on_term;
};

static void begin_following(struct following *following)
{
    struct sigaction action = {.sa_handler = interrupt};
    sigset_t blocked;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &following->before);
    sigaction(SIGINT, &action, &following->on_int);
    sigaction(SIGTERM, &action, &following->on_term);
}

static void end_following(const struct following *following)
{
    sigaction(SIGINT, &following->on_int, NULL);
    sigaction(SIGTERM, &following->on_term, NULL);
    sigprocmask(SIG_SETMASK, &following->before, NULL);
}

/* Wait a little. Returns false when nobody reads what is printed any more. */
static bool wait_for_more(const struct printing *printing, const struct following *following)
{
    struct pollfd reader = {.fd = fileno(printing->stream)};
    const struct timespec pause = {.tv_nsec = POLL_NS};

    return ppoll(&reader, 1, &pause, &following->before) <= 0 || !(reader.revents & POLLERR);
}

static int flush(struct printing *printing)
{
    if (fflush(printing->stream) == 0)
        return JITNEY_OK;
    if (!printing->write_error)
        printing->write_error = errno;
    return JITNEY_ERR_STOPPED;
}

static int follow(struct printing *printing, const struct jt_event_log_sink *sink)
{
    struct following following;
    bool is_growing = true;
    int status = JITNEY_OK;

    begin_following(&following);
    while (!status && is_growing && !is_interrupted) {
        is_growing = jt_event_log_is_growing(printing->events); /* asked before the last reading */
        status = jt_event_log_read(printing->events, sink);
        if (!status)
            status = flush(printing);
        if (!status && is_growing && !wait_for_more(printing, &following))
            break;
    }
    end_following(&following);
    return status;
}

static int print_all(struct printing *printing)
{
    const struct jt_event_log_sink sink = {.context = printing, .event = print_event};
    int status = printing->options->follows ? follow(printing, &sink)
                                            : jt_event_log_read(printing->events, &sink);

    if (status == JITNEY_ERR_STOPPED && printing->is_past)
        status = JITNEY_OK;
    if (!status && !printing->has_head)
        status = print_head(printing);
    return status;
}

/* ---- the command ---- */

static bool is_wanted_in_rds(void *context, struct jt_event_view *view)
{
    return is_wanted(context, view);
}

static unsigned terminal_columns(FILE *stream)
{
    struct winsize size;

    return ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static bool has_times(const struct jt_event_log *events)
{
    for (size_t i = 0; i < jt_event_log_source_count(events); i++)
        if (jt_event_log_facts(jt_event_log_source_at(events, i)).has_times)
            return true;
    return false;
}

static int close_output(struct printing *printing, struct cli_output *output, int result)
{
    if (!printing->write_error && fflush(output->stream) != 0)
        printing->write_error = errno;
    if (printing->write_error == EPIPE) { /* the reader has seen enough */
        __fpurge(output->stream);
        clearerr(output->stream);
        result = CLI_DONE;
    }
    errno = printing->write_error;
    return cli_output_close(printing->cli, output, result);
}

static int print_recording(struct printing *printing)
{
    struct cli_output output;
    int result = cli_output_open(printing->cli, printing->options->output, &output);
    int status = JITNEY_OK;

    if (result)
        return result;
    printing->stream = output.stream;
    printing->style = (struct jt_event_table_style){
        .columns = terminal_columns(output.stream),
        .shows_time = has_times(printing->events),
        .shows_pid = jt_event_log_source_count(printing->events) > 1,
    };
    setvbuf(output.stream, NULL, _IOFBF, STREAM_BYTES);
    status = print_all(printing);
    result = close_output(printing, &output, status ? CLI_FAILED : CLI_DONE);
    jt_event_log_say_losses(printing->events, &printing->cli->diag);
    return result;
}

static int run(struct cli *cli, const void *given, int argc, char **argv)
{
    struct printing printing = {
        .cli = cli,
        .options = given,
        .line = JT_BUF_INIT(JT_EVENT_LINE_LIMIT),
    };
    int result = read_options(&printing, argc);

    if (result)
        return result;
    printing.path = strcmp(argv[0], "-") == 0 ? "/dev/stdin" : argv[0];
    if (jt_event_log_open(printing.path, &cli->diag, &printing.events))
        return CLI_FAILED;
    if ((printing.options->since || printing.options->until) && !has_times(printing.events)) {
        jt_diag_error(&cli->diag, printing.path, JT_DIAG_NO_OFFSET,
                      "has no times: --since and --until need them");
        result = CLI_FAILED;
    } else if (printing.options->rds) {
        result = cli_export_rds(cli, printing.events, printing.options->rds, is_wanted_in_rds,
                                &printing);
    } else {
        result = print_recording(&printing);
    }
    jt_event_log_close(printing.events);
    jt_buf_release(&printing.line);
    return result;
}

const struct cli_command cmd_events = {
    .name = "events",
    .summary = "print a recording: what the JIT compiler did, when and why",
    .arguments = "FILE",
    .description =
        "Prints the events of a recording (events-PID.jtr, which the library inside a\n"
        "runtime writes), of a trace with several, or of a recording of the R compiler\n"
        "(RDA2 text, or what save() and saveRDS() write), as a table that is as wide as\n"
        "it needs to be, and cut at the edge of a terminal. What was lost or damaged is\n"
        "told on standard error.\n\n"
        "Times are seconds since the recording was started. --filter takes groups (Code,\n"
        "Compile, Deopt, Invoke, TypeFeedback, ContextualTypeFeedback, Osr, Cache, Note,\n"
        "Function, All) and classes as the table shows them; all but Function are shown\n"
        "without it. --follow ends when the recording is closed, its process is gone,\n"
        "nobody reads any more, or with Ctrl-C.",
    .example = "  jitney events --filter Deopt run.jitney/events-4711.jtr\n"
               "  jitney events --csv recording.rds > recording.csv\n"
               "  jitney events --follow --function 'parse*' /tmp/events-4711.jtr",
    .options = events_options,
    .options_bytes = sizeof(struct events_options),
    .run = run,
};
