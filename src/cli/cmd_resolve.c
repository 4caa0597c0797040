/* jitney resolve: names in place of addresses, in any text. */
#include "cli/cli.h"

#include "analysis/load/jitdump.h"
#include "analysis/load/perfmap.h"
#include "analysis/load/trace.h"
#include "analysis/report/rewrite.h"
#include "analysis/symbol/addressmap.h"
#include "base/alloc.h"
#include "cli/living.h"
#include "jitney/status.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct resolve_options {
    struct cli_list maps;
    struct cli_list dumps;
    uint64_t pid;
    const char *trace;
    bool keeps_addresses;
    bool steps_back;
    bool trusts_maps;
    const char *output;
};

#define FIELD(name) offsetof(struct resolve_options, name)

static const struct cli_option resolve_options[] = {
    {'\0', "map", CLI_LIST, FIELD(maps), "FILE", "a perf map (may be repeated)"},
    {'\0', "dump", CLI_LIST, FIELD(dumps), "FILE", "a jitdump (may be repeated)"},
    {'p', "pid", CLI_COUNT, FIELD(pid), "PID",
     "the maps and dumps of this process; with --trace, only its files"},
    {'\0', "trace", CLI_STRING, FIELD(trace), "TRACE", "all maps and dumps of a trace"},
    {'k', "keep", CLI_FLAG, FIELD(keeps_addresses), NULL, "keep each address beside its name"},
    {'\0', "return-addresses", CLI_FLAG, FIELD(steps_back), NULL,
     "in numbered frames above 0, an address that no code contains is looked up one byte before"},
    {'\0', "trust-maps", CLI_FLAG, FIELD(trusts_maps), NULL, "use maps whoever owns them"},
    {'o', "output", CLI_STRING, FIELD(output), "FILE", "write here, not to standard output"},
    {0},
};

struct sources {
    struct cli *cli;
    const struct resolve_options *options;
    struct jt_addressmap *map;
    uint32_t pid;   /* of the file that is read now */
    uint64_t codes; /* read so far */
};

static int add_code(void *context, const struct jt_code_event *event)
{
    struct sources *sources = context;

    jt_addressmap_add(sources->map, sources->pid, event);
    sources->codes++;
    return JITNEY_OK;
}

static int add_dump(struct sources *sources, const char *path)
{
    const struct jt_code_sink sink = {sources, add_code};
    struct jt_jitdump *dump = NULL;
    int status = jt_jitdump_open(path, &sources->cli->diag, &dump);

    if (status)
        return status;
    sources->pid = jt_jitdump_pid_of_name(path);
    if (sources->pid == 0)
        sources->pid = jt_jitdump_facts(dump)->pid;
    status = jt_jitdump_read(dump, &sink);
    jt_jitdump_close(dump);
    return status;
}

/* The first bytes of a file tell its kind; a file that cannot be read has none,
 * and its reader says why. */
static size_t read_start(const char *path, char *start, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t got = fd < 0 ? 0 : pread(fd, start, room, 0);

    if (fd >= 0)
        close(fd);
    return got > 0 ? (size_t)got : 0;
}

static int add_map(struct sources *sources, const char *path)
{
    const struct jt_code_sink sink = {sources, add_code};
    struct jt_load_damage damage = {0};
    char start[64];
    size_t bytes = read_start(path, start, sizeof(start));
    struct stat facts;

    if (bytes > 0 && jt_jitdump_probe(start, bytes))
        return add_dump(sources, path);
    if (stat(path, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_size == 0) {
        jt_diag_error(&sources->cli->diag, path, JT_DIAG_NO_OFFSET, "is empty");
        return JITNEY_ERR_FORMAT;
    }
    sources->pid = jt_perfmap_pid_of_name(path);
    return jt_perfmap_read(path, &sources->cli->diag, &sink, &damage);
}

static int add_living(struct sources *sources)
{
    struct cli_living living;
    uint32_t pid = (uint32_t)sources->options->pid;
    size_t used = 0;

    cli_living_find(&living, pid, sources->options->trusts_maps);
    for (size_t i = 0; i < living.maps.count; i++)
        used += !add_map(sources, living.maps.at[i]);
    for (size_t i = 0; i < living.dumps.count; i++)
        used += !add_dump(sources, living.dumps.at[i]);
    if (used == 0 && living.refused)
        jt_diag_error(&sources->cli->diag, living.refused, JT_DIAG_NO_OFFSET,
                      "belongs to somebody else; --trust-maps uses it all the same");
    else if (living.maps.count + living.dumps.count == 0)
        jt_diag_error(&sources->cli->diag, NULL, JT_DIAG_NO_OFFSET,
                      "process %" PRIu32 ": there is no /tmp/perf-%" PRIu32
                      ".map and no jit-*.dump that it maps",
                      pid, pid);
    cli_living_release(&living);
    return used > 0 ? JITNEY_OK : JITNEY_ERR_NOT_FOUND;
}

/* A file that neither root nor the process's user wrote may tell anything. */
static bool is_planted(const struct sources *sources, const struct jt_trace_facts *trace,
                       const char *name)
{
    for (size_t i = 0; i < trace->file_count && !sources->options->trusts_maps; i++)
        if (strcmp(trace->files[i].name, name) == 0)
            return trace->files[i].owner != 0 &&
                   trace->files[i].owner != trace->files[i].process_uid;
    return false;
}

static int add_trace_file(struct sources *sources, const struct jt_trace_facts *trace,
                          const char *name)
{
    uint32_t map_pid = jt_perfmap_pid_of_name(name);
    uint32_t dump_pid = jt_jitdump_pid_of_name(name);
    uint64_t wanted = sources->options->pid;
    char *path = NULL;
    int status = JITNEY_OK;

    if ((map_pid == 0 && dump_pid == 0) ||
        (wanted != 0 && wanted != (map_pid ? map_pid : dump_pid)))
        return JITNEY_ERR_NOT_FOUND;
    path = jt_format("%s/%s", sources->options->trace, name);
    if (is_planted(sources, trace, name)) {
        jt_diag_warn(&sources->cli->diag, path, JT_DIAG_NO_OFFSET,
                     "belongs to somebody else; --trust-maps uses it all the same");
        status = JITNEY_ERR_PERMISSION;
    } else {
        status = map_pid ? add_map(sources, path) : add_dump(sources, path);
    }
    free(path);
    return status;
}

static int add_trace(struct sources *sources)
{
    const char *folder = sources->options->trace;
    struct jt_diag *diag = &sources->cli->diag;
    struct jt_trace_facts trace = {0};
    struct dirent **entries = NULL;
    size_t used = 0;
    int count = scandir(folder, &entries, NULL, alphasort);

    if (count < 0) {
        jt_diag_error(diag, folder, JT_DIAG_NO_OFFSET, "cannot be read as a trace: %s",
                      strerror(errno));
        return JITNEY_ERR_IO;
    }
    if (jt_trace_probe(folder))
        jt_trace_facts_read(folder, diag, &trace);
    for (int i = 0; i < count; i++) {
        used += !add_trace_file(sources, &trace, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    jt_trace_facts_release(&trace);
    if (used > 0)
        return JITNEY_OK;
    if (diag->errors == 0)
        jt_diag_error(diag, folder, JT_DIAG_NO_OFFSET, "holds no map and no dump%s",
                      sources->options->pid ? " of this process" : "");
    return JITNEY_ERR_NOT_FOUND;
}

static int add_sources(struct sources *sources)
{
    const struct resolve_options *options = sources->options;
    bool has_files = options->maps.count + options->dumps.count > 0;
    int status = JITNEY_OK;

    if (options->trace)
        status = add_trace(sources);
    else if (options->pid && !has_files)
        status = add_living(sources);
    for (size_t i = 0; !status && i < options->maps.count; i++)
        status = add_map(sources, options->maps.at[i]);
    for (size_t i = 0; !status && i < options->dumps.count; i++)
        status = add_dump(sources, options->dumps.at[i]);
    return status;
}

static void finish_map(struct sources *sources)
{
    struct jt_addressmap_counts counts;

    jt_addressmap_finish(sources->map);
    jt_addressmap_count(sources->map, &counts);
    if (counts.ambiguous > 0)
        jt_diag_warn(&sources->cli->diag, NULL, JT_DIAG_NO_OFFSET,
                     "%zu pieces of code share addresses with another process's and name nothing; "
                     "choose a process with --pid",
                     counts.ambiguous);
}

/* The stream has no buffer: what the rewriter gives is on its way at once. */
static int write_text(void *context, const char *text, size_t bytes)
{
    return fwrite(text, 1, bytes, context) == bytes ? JITNEY_OK : JITNEY_ERR_IO;
}

static int rewrite_all(struct jt_rewriter *rewriter, int fd, int *read_error)
{
    int status = JITNEY_OK;

    while (!status) {
        size_t room = 0;
        char *text = jt_rewriter_room(rewriter, &room);
        ssize_t got = read(fd, text, room);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            *read_error = errno;
        if (got <= 0)
            break;
        status = jt_rewriter_take(rewriter, (size_t)got);
    }
    return status ? status : jt_rewriter_finish(rewriter);
}

static int rewrite_file(struct sources *sources, int fd, const char *name)
{
    const struct jt_rewrite_options rewriting = {
        .keeps_addresses = sources->options->keeps_addresses,
        .steps_back = sources->options->steps_back,
    };
    struct jt_rewrite_sink sink = {.write = write_text};
    struct jt_rewriter *rewriter = NULL;
    struct cli_output output;
    int result = cli_output_open(sources->cli, sources->options->output, &output);
    int read_error = 0;

    if (result)
        return result;
    setvbuf(output.stream, NULL, _IONBF, 0);
    sink.context = output.stream;
    rewriter = jt_rewriter_new(sources->map, &rewriting, &sink);
    if (rewrite_all(rewriter, fd, &read_error) && errno == EPIPE)
        clearerr(output.stream); /* the reader has seen enough */
    if (read_error) {
        jt_diag_error(&sources->cli->diag, name, JT_DIAG_NO_OFFSET, "cannot be read: %s",
                      strerror(read_error));
        result = CLI_FAILED;
    }
    result = cli_output_close(sources->cli, &output, result);
    jt_rewriter_free(rewriter);
    return result;
}

static int open_input(struct cli *cli, const char *path, int *fd)
{
    *fd = STDIN_FILENO;
    if (!path || strcmp(path, "-") == 0)
        return CLI_DONE;
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (*fd >= 0)
        return CLI_DONE;
    jt_diag_error(&cli->diag, path, JT_DIAG_NO_OFFSET, "cannot be opened: %s", strerror(errno));
    return CLI_FAILED;
}

static int run(struct cli *cli, const void *given, int argc, char **argv)
{
    const struct resolve_options *options = given;
    struct sources sources = {.cli = cli, .options = options};
    int result = CLI_DONE;
    int fd = -1;

    if (argc > 1)
        return cli_usage(cli, "one file of text at a time");
    if (options->maps.count + options->dumps.count == 0 && !options->pid && !options->trace)
        return cli_usage(cli, "where are the names? Give --map, --dump, --pid or --trace");
    if (options->pid > INT32_MAX)
        return cli_usage(cli, "%" PRIu64 " is no process id", options->pid);
    result = open_input(cli, argc > 0 ? argv[0] : NULL, &fd);
    if (result)
        return result;
    sources.map = jt_addressmap_new();
    if (add_sources(&sources)) {
        result = CLI_FAILED;
    } else {
        finish_map(&sources);
        result = rewrite_file(&sources, fd, argc > 0 ? argv[0] : "standard input");
    }
    jt_addressmap_free(sources.map);
    if (fd > STDIN_FILENO)
        close(fd);
    return result;
}

const struct cli_command cmd_resolve = {
    .name = "resolve",
    .summary = "replace the addresses in any text by the names of the code",
    .arguments = "[FILE]",
    .description =
        "Reads text (a stack trace of lldb, gdb or Instruments, the output of perf script,\n"
        "a crash report, a log) from FILE or standard input, line by line, and replaces every\n"
        "address that a map or dump knows. All else passes unchanged. A name is never given\n"
        "outside the size of its code.",
    .example = "  gdb -p 4711 -batch -ex bt | jitney resolve --pid 4711\n"
               "  jitney resolve --map /tmp/perf-4711.map crash.txt",
    .options = resolve_options,
    .options_bytes = sizeof(struct resolve_options),
    .run = run,
};
