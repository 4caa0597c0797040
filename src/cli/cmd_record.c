/* jitney record: run a program, or attach to processes, under the sampler and
 * leave a trace folder with the samples and the runtimes' own symbol files. */
#include "cli/cli.h"

#include "analysis/sample/adapters.h"
#include "analysis/sample/collect.h"
#include "analysis/sample/runtimes.h"
#include "analysis/sample/sampler.h"
#include "analysis/sample/trace.h"
#include "analysis/sample/trace_json.h"
#include "base/alloc.h"
#include "base/thousands.h"
#include "base/vec.h"
#include "jitney/status.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct record_options {
    const char *output;
    uint64_t frequency;
    struct cli_list pids;
    double duration_s;
    const char *runtime;
    bool user_only;
    bool verbose;
};

#define FIELD(name) offsetof(struct record_options, name)
#define DEFAULT_OUTPUT "run.jitney"

/* As env and the shells have it: not found, found but not executable. */
enum { DEFAULT_FREQUENCY = 999, EXIT_NOT_FOUND = 127, EXIT_NOT_EXECUTABLE = 126 };

static const struct cli_option record_options[] = {
    {'o', "output", CLI_STRING, FIELD(output), "TRACE",
     "the trace folder to make (default: " DEFAULT_OUTPUT ")"},
    {'F', "frequency", CLI_COUNT, FIELD(frequency), "HZ",
     "samples a second on each CPU (default: 999)"},
    {'p', "pid", CLI_LIST, FIELD(pids), "PID[,PID]", "record running processes"},
    {'\0', "duration", CLI_NUMBER, FIELD(duration_s), "S", "end after S seconds"},
    {'\0', "runtime", CLI_STRING, FIELD(runtime), "NAME",
     "take the program for this runtime; none: add nothing to it"},
    {'\0', "user", CLI_FLAG, FIELD(user_only), NULL, "user code alone, no kernel code"},
    {'v', "verbose", CLI_FLAG, FIELD(verbose), NULL, "say what is added for the runtime"},
    {0},
};

struct pids {
    struct jt_vec(uint32_t) at;
};

struct recording {
    struct cli *cli;
    const struct record_options *options;
    char **argv; /* NULL: attached */
    struct pids pids;
    char *name; /* of the trace folder, without a slash at its end */
    struct jt_trace trace;
    struct jt_launch launch;
    struct jt_collect *collect;
    struct jt_sampler_result result;
    const struct jt_collected *files;
    size_t file_count;
};

/* "12,34" */
static int parse_pids(struct cli *cli, const char *text, struct pids *pids)
{
    const char *at = text;
    char *end = NULL;
    unsigned long pid = 0;

    for (;;) {
        pid = strtoul(at, &end, 10);
        if (*at < '0' || *at > '9' || pid == 0 || pid > INT32_MAX || (*end && *end != ','))
            return cli_usage(cli, "--pid takes process ids, not '%s'", text);
        jt_vec_push(&pids->at, (uint32_t)pid);
        if (!*end)
            return CLI_DONE;
        at = end + 1;
    }
}

static int check_usage(struct recording *recording, int argc)
{
    const struct record_options *options = recording->options;
    int result = CLI_DONE;

    for (size_t i = 0; i < options->pids.count && !result; i++)
        result = parse_pids(recording->cli, options->pids.at[i], &recording->pids);
    if (result)
        return result;
    if (argc > 0 && recording->pids.at.count > 0)
        return cli_usage(recording->cli, "give a command or --pid, not both");
    if (argc == 0 && recording->pids.at.count == 0)
        return cli_usage(recording->cli, "what shall be recorded? Give a command or --pid");
    return CLI_DONE;
}

static bool is_executable(const char *path, bool *is_there)
{
    struct stat facts;

    if (stat(path, &facts) != 0)
        return false;
    *is_there = true;
    return S_ISREG(facts.st_mode) && access(path, X_OK) == 0;
}

/* Look for the program before anything is touched, as execvp() will. 0, or the
 * errno that it would give. */
static int find_program(const char *name)
{
    const char *path = getenv("PATH");
    bool is_there = false;
    bool is_found = false;
    size_t bytes = 0;
    char *candidate = NULL;

    if (strchr(name, '/') || !name[0])
        is_found = is_executable(name, &is_there);
    else if (!path)
        return 0; /* the C library has a default of its own */
    for (; !strchr(name, '/') && path && !is_found; path += bytes + 1) {
        bytes = strcspn(path, ":");
        candidate = jt_format("%.*s%s%s", (int)bytes, path, bytes ? "/" : "", name);
        is_found = is_executable(candidate, &is_there);
        free(candidate);
        if (!path[bytes])
            break;
    }
    if (is_found)
        return 0;
    return is_there ? EACCES : ENOENT;
}

static int exit_of_exec(int error)
{
    return error == ENOENT || error == ENOTDIR ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

static int check_program(struct recording *recording)
{
    int error = recording->argv ? find_program(recording->argv[0]) : 0;

    if (!error)
        return CLI_DONE;
    jt_diag_error(&recording->cli->diag, recording->argv[0], JT_DIAG_NO_OFFSET, "%s",
                  strerror(error));
    return exit_of_exec(error);
}

static int prepare_launch(struct recording *recording)
{
    struct jt_launch_request request = {
        .argv = recording->argv,
        .environment = environ,
        .runtime = recording->options->runtime,
        .trace = recording->trace.path,
    };

    char *adapters = NULL;
    int status = JITNEY_OK;

    if (!recording->argv)
        return JITNEY_OK;
    adapters = jt_adapters_folder();
    request.adapters = adapters;
    status = jt_launch_prepare(&request, &recording->cli->diag, &recording->launch);
    free(adapters);
    return status;
}

static struct jt_trace_facts make_facts(const struct recording *recording)
{
    return (struct jt_trace_facts){
        .command = recording->argv,
        .launched = recording->launch.argv,
        .environment = environ,
        .launched_environment = recording->launch.environ,
        .pids = recording->pids.at.at,
        .pid_count = recording->pids.at.count,
        .runtime = recording->launch.runtime,
        .frequency =
            recording->options->frequency ? recording->options->frequency : DEFAULT_FREQUENCY,
    };
}

static int run_sampler(struct recording *recording, const char *const *words, size_t word_count)
{
    const struct record_options *options = recording->options;
    char *output = jt_trace_file(&recording->trace, "perf.data");
    struct jt_trace_facts facts = make_facts(recording);
    struct jt_sampler_request request = {
        .output = output,
        .frequency = facts.frequency,
        .pids = recording->pids.at.at,
        .pid_count = recording->pids.at.count,
        .argv = recording->launch.argv,
        .environment = recording->launch.environ,
        .duration_s = options->duration_s,
        .user_only = options->user_only,
        .recorder_argv = words,
        .recorder_argc = word_count,
        .collect = recording->collect,
        .trace = recording->trace.path,
        .shows_progress = isatty(STDERR_FILENO),
    };
    int status = jt_trace_write_json(&recording->trace, &facts, &recording->cli->diag);

    if (!status)
        status = jt_sampler_run(&request, &recording->cli->diag, &recording->result);
    free(output);
    return status;
}

/* Everything that is known only at the end; goes on whatever fails. */
static int finish_trace(struct recording *recording)
{
    struct jt_diag *diag = &recording->cli->diag;
    struct jt_trace_facts facts;
    int status = jt_collect_finish(recording->collect, &recording->files, &recording->file_count);
    int json_status = JITNEY_OK;

    if (recording->result.kernel_samples)
        jt_trace_copy_kernel_symbols(&recording->trace, diag);
    jt_trace_copy_vdso(&recording->trace, diag);
    facts = make_facts(recording);
    facts.result = &recording->result;
    facts.files = recording->files;
    facts.file_count = recording->file_count;
    json_status = jt_trace_write_json(&recording->trace, &facts, diag);
    return status ? status : json_status;
}

static size_t count_files(const struct recording *recording, const char *ending)
{
    size_t count = 0;

    for (size_t i = 0; i < recording->file_count; i++) {
        const char *name = recording->files[i].name;

        if (strlen(name) > strlen(ending) &&
            strcmp(name + strlen(name) - strlen(ending), ending) == 0)
            count++;
    }
    return count;
}

static void say_what_came_of_it(const struct recording *recording)
{
    const char *name = recording->name;
    char samples[JT_THOUSANDS_BYTES];
    char lost[JT_THOUSANDS_BYTES];
    size_t dumps = count_files(recording, ".dump");
    size_t maps = count_files(recording, ".map");

    fprintf(stderr,
            "jitney: %s: %s sample%s, %s lost, %zu dump%s, %zu map%s; see: jitney report %s\n",
            name, jt_thousands(recording->result.samples, samples),
            recording->result.samples == 1 ? "" : "s",
            jt_thousands(recording->result.lost_samples, lost), dumps, dumps == 1 ? "" : "s", maps,
            maps == 1 ? "" : "s", name);
}

/* The exit status of the program; when we ended it ourselves, as was asked for
 * with --duration, that is no failure of anything. */
static int exit_of_program(const struct jt_sampler_result *result)
{
    int wait_status = result->wait_status;

    if (!result->was_run)
        return CLI_DONE;
    if (WIFSIGNALED(wait_status)) {
        if (result->was_stopped && WTERMSIG(wait_status) == SIGTERM)
            return CLI_DONE;
        return 128 + WTERMSIG(wait_status);
    }
    if (result->was_stopped && WEXITSTATUS(wait_status) == 128 + SIGTERM)
        return CLI_DONE;
    return WEXITSTATUS(wait_status);
}

/* The folder is there. */
static int record_into(struct recording *recording, const char *const *words, size_t word_count)
{
    int status = prepare_launch(recording);

    if (status)
        return CLI_FAILED;
    recording->collect = jt_collect_new(recording->trace.path, &recording->cli->diag);
    if (recording->launch.keeps_files)
        jt_collect_keep_originals(recording->collect);
    status = run_sampler(recording, words, word_count);
    if (recording->result.exec_errno)
        return exit_of_exec(recording->result.exec_errno);
    if (recording->result.end_ns == 0)
        return CLI_FAILED;
    if (finish_trace(recording) != JITNEY_OK)
        status = JITNEY_ERR_IO;
    say_what_came_of_it(recording);
    return status ? CLI_FAILED : exit_of_program(&recording->result);
}

static void release(struct recording *recording)
{
    if (recording->collect)
        jt_collect_free(recording->collect);
    jt_launch_release(&recording->launch);
    jt_vec_release(&recording->pids.at);
    jt_trace_release(&recording->trace);
    free(recording->name);
}

static bool is_runtime(const char *name)
{
    if (strcmp(name, "none") == 0)
        return true;
    for (size_t i = 0; jt_runtimes_name(i); i++) {
        if (strcmp(jt_runtimes_name(i), name) == 0)
            return true;
    }
    return false;
}

static int record(struct recording *recording, int argc, const char *const *words,
                  size_t word_count)
{
    const struct record_options *options = recording->options;
    int result = check_usage(recording, argc);

    if (result)
        return result;
    if (options->runtime && !is_runtime(options->runtime))
        return cli_usage(recording->cli, "there is no runtime '%s'", options->runtime);
    result = check_program(recording);
    if (result)
        return result;
    if (jt_trace_make(&recording->trace, recording->name, &recording->cli->diag))
        return CLI_FAILED;
    result = record_into(recording, words, word_count);
    if (recording->result.end_ns == 0)
        jt_trace_abandon(&recording->trace);
    return result;
}

static char *make_name(const struct record_options *options)
{
    char *name = jt_strdup(options->output ? options->output : DEFAULT_OUTPUT);

    for (size_t bytes = strlen(name); bytes > 1 && name[bytes - 1] == '/'; bytes--)
        name[bytes - 1] = '\0';
    return name;
}

static int run(struct cli *cli, const void *given, int argc, char **argv)
{
    const struct record_options *options = given;
    struct recording recording = {.cli = cli, .options = options, .argv = argc > 0 ? argv : NULL};
    struct jt_vec(const char *) words = {0};
    int result = CLI_DONE;

    cli->diag.verbose = options->verbose;
    recording.name = make_name(options);
    jt_vec_push(&words, "jitney");
    jt_vec_push(&words, "record");
    for (int i = 0; i < argc; i++)
        jt_vec_push(&words, argv[i]);
    result = record(&recording, argc, words.at, words.count);
    jt_vec_release(&words);
    release(&recording);
    return result;
}

const struct cli_command cmd_record = {
    .name = "record",
    .summary = "run a program and record where its time goes",
    .arguments = "[--] COMMAND [ARGUMENT]...",
    .description =
        "Runs COMMAND, samples it and everything it starts, user code and kernel code with call\n"
        "chains, and leaves a trace: a folder with perf.data and the symbol files of the runtimes\n"
        "in it. The runtime is recognised and asked for its symbols; nothing needs to be set.\n"
        "With --pid it records running processes instead, until they end, Ctrl-C or --duration.\n\n"
        "An older trace of the same name is kept as TRACE.old. The exit status is COMMAND's, or\n"
        "128 + N when signal N ended it; 127 when there is no such command, 126 when it cannot be\n"
        "executed, 1 when the recording failed. When --duration is over COMMAND gets SIGTERM.",
    .example = "  jitney record -o run.jitney -- node app.js\n"
               "  jitney record -p 1234 --duration 10",
    .options = record_options,
    .options_bytes = sizeof(struct record_options),
    .stops_at_first_argument = true,
    .run = run,
};
