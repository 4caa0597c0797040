#include "analysis/profile/open.h"

#include "analysis/load/folded.h"
#include "analysis/load/perfdata.h"
#include "analysis/load/perfscript.h"
#include "analysis/load/trace.h"
#include "analysis/profile/belt.h"
#include "analysis/profile/relay.h"
#include "analysis/profile/stacks.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "jitney/status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { PROBE_BYTES = 4096, PROGRESS_EVERY = 16384, COMMAND_LIMIT = 64 * 1024 };

struct opening {
    const struct jt_profile_request *request;
    struct jt_diag *diag;
    struct jt_diag reader_diag; /* of the perf.data: its reader has a thread of its own */
    struct jt_profile *profile;
    struct jt_resolver *resolver;
    struct jt_stacks *stacks;
    struct jt_perfdata *perfdata;
    uint32_t event;    /* the one the profile is about */
    bool parses_names; /* of text: raw names of runtimes are taken apart */
};

/* ---- what loaders give ---- */

static void show_progress(const struct opening *opening)
{
    if (opening->request->progress && opening->profile->samples % PROGRESS_EVERY == 0)
        opening->request->progress(opening->request->progress_context, opening->profile->samples);
}

static void take_stack(void *context, const struct jt_stack *stack)
{
    struct opening *opening = context;

    jt_stacks_add(opening->stacks, stack);
    show_progress(opening);
}

static void take_mapping(void *context, const struct jt_mapping *mapping)
{
    struct opening *opening = context;

    jt_resolver_mapping(opening->resolver, mapping);
}

static void take_fork(void *context, const struct jt_task *task)
{
    struct opening *opening = context;

    jt_process_table_fork(jt_resolver_processes(opening->resolver), task);
}

static void take_comm(void *context, const struct jt_comm *comm)
{
    struct opening *opening = context;

    jt_process_table_comm(jt_resolver_processes(opening->resolver), comm);
}

static int take_named(void *context, const struct jt_named_sample *sample)
{
    struct opening *opening = context;

    jt_stacks_add_named(opening->stacks, sample, opening->parses_names);
    show_progress(opening);
    return JITNEY_OK;
}

static uint32_t put_frame(void *context, const struct jt_frame *frame)
{
    return jt_profile_frame(context, frame);
}

static void start(struct opening *opening, const struct jt_resolver_options *options, bool threaded)
{
    const struct jt_frame_sink frames = {opening->profile, &opening->profile->strings, put_frame};

    opening->resolver = jt_resolver_new(options, opening->diag, &frames);
    opening->stacks = jt_stacks_new(opening->resolver, opening->profile, threaded);
}

/* ---- perf.data ---- */

/* Events that only carry side information have no samples. */
static bool is_dummy(const char *name)
{
    return strncmp(name, "dummy", 5) == 0;
}

static int choose_event(struct opening *opening, const struct jt_perfdata_facts *facts)
{
    const char *wanted = opening->request->event;

    for (size_t i = 0; i < facts->event_count; i++) {
        if (wanted ? strcmp(facts->events[i].name, wanted) != 0 : is_dummy(facts->events[i].name))
            continue;
        opening->event = (uint32_t)i;
        return JITNEY_OK;
    }
    if (!wanted)
        return JITNEY_OK;
    jt_diag_error(opening->diag, opening->request->path, JT_DIAG_NO_OFFSET, "has no event '%s'%s%s",
                  wanted, facts->event_count ? "; it has " : "",
                  facts->event_count ? facts->events[0].name : "");
    return JITNEY_ERR_NOT_FOUND;
}

static void take_facts_before(struct opening *opening, const struct jt_perfdata_facts *facts)
{
    const struct jt_time_conversion conversion = {facts->time_shift, facts->time_mult,
                                                  facts->time_zero};

    jt_resolver_set_clock(opening->resolver, facts->has_monotonic_clock, &conversion);
    for (size_t i = 0; i < facts->build_id_count; i++)
        if (!facts->build_ids[i].is_kernel)
            jt_resolver_expect_build_id(opening->resolver, facts->build_ids[i].path,
                                        facts->build_ids[i].build_id, facts->build_ids[i].bytes);
}

/* What was profiled: of a recorder's command line the words after its "--". */
static char *join_words(const char *const *words, size_t count)
{
    struct jt_buf line = JT_BUF_INIT(COMMAND_LIMIT);
    size_t first = 0;
    char *text = NULL;

    for (size_t i = 0; i + 1 < count && first == 0; i++)
        if (strcmp(words[i], "--") == 0)
            first = i + 1;
    for (size_t i = first; i < count; i++) {
        if (i > first)
            jt_buf_append(&line, " ", 1);
        jt_buf_append_text(&line, words[i]);
    }
    if (line.length > 0)
        text = jt_strndup((const char *)line.bytes, line.length);
    jt_buf_release(&line);
    return text;
}

static void take_facts_after(struct opening *opening, const struct jt_perfdata_facts *facts)
{
    struct jt_profile *profile = opening->profile;

    profile->bad_records = facts->bad_records;
    profile->torn_bytes = facts->torn_bytes;
    if (!profile->command)
        profile->command = join_words(facts->command, facts->command_count);
    if (opening->event < facts->event_count) {
        profile->event = jt_strdup(facts->events[opening->event].name);
        profile->frequency = facts->events[opening->event].frequency;
    }
    if (profile->other_samples > 0)
        jt_diag_warn(opening->diag, opening->request->path, JT_DIAG_NO_OFFSET,
                     "%llu samples of other events than %s left out (--event NAME)",
                     (unsigned long long)profile->other_samples,
                     profile->event ? profile->event : "the first");
}

/* Kernel addresses mean something only to the kernel that ran, in the boot it ran. */
static bool is_this_kernel(const struct jt_perfdata_facts *facts,
                           const struct jt_trace_facts *trace)
{
    struct utsname host;
    const char *release = trace->kernel_release ? trace->kernel_release : facts->os_release;

    return !release || (uname(&host) == 0 && strcmp(release, host.release) == 0);
}

/* What the reader said while others may have been speaking. */
static void repeat_reader(struct opening *opening, const struct jt_diag *before, char *said)
{
    opening->diag->errors += opening->reader_diag.errors - before->errors;
    opening->diag->warnings += opening->reader_diag.warnings - before->warnings;
    if (said && opening->diag->stream)
        fputs(said, opening->diag->stream);
    free(said);
}

/* This thread reads, others resolve and let the tree grow. */
static int relay_samples(struct opening *opening, bool threaded)
{
    const struct jt_relay_sink to = {opening, take_stack, take_mapping, take_fork, take_comm};
    const struct jt_diag before = opening->reader_diag;
    struct jt_relay *relay = jt_relay_new(&to, opening->event, threaded);
    const struct jt_sample_sink sink = jt_relay_sink(relay);
    struct jt_relay_counts counts = {0};
    char *said = NULL;
    size_t bytes = 0;
    int status = JITNEY_OK;

    opening->reader_diag.stream = open_memstream(&said, &bytes);
    status = jt_perfdata_read(opening->perfdata, &sink);
    counts = jt_relay_finish(relay);
    jt_stacks_finish(opening->stacks);
    opening->stacks = NULL;
    if (opening->reader_diag.stream)
        fclose(opening->reader_diag.stream);
    repeat_reader(opening, &before, said);
    opening->profile->other_samples = counts.other_samples;
    opening->profile->lost_samples = counts.lost_samples;
    opening->profile->cut_stacks = counts.cut_stacks;
    opening->profile->broken_chains = counts.broken_chains;
    return status;
}

static int open_reader(struct opening *opening, const char *path)
{
    int status = JITNEY_OK;

    opening->reader_diag = *opening->diag;
    status = jt_perfdata_open(path, &opening->reader_diag, &opening->perfdata);
    opening->diag->errors = opening->reader_diag.errors;
    opening->diag->warnings = opening->reader_diag.warnings;
    return status;
}

static int read_perfdata(struct opening *opening, const char *path,
                         struct jt_resolver_options *options, const struct jt_trace_facts *trace)
{
    bool threaded = !opening->request->is_single && jt_belt_has_processors();
    int status = open_reader(opening, path);

    if (status)
        return status;
    options->knows_kernel =
        options->kallsyms || is_this_kernel(jt_perfdata_facts(opening->perfdata), trace);
    start(opening, options, threaded);
    status = choose_event(opening, jt_perfdata_facts(opening->perfdata));
    if (status)
        return status;
    take_facts_before(opening, jt_perfdata_facts(opening->perfdata));
    status = relay_samples(opening, threaded);
    take_facts_after(opening, jt_perfdata_facts(opening->perfdata));
    return status;
}

static struct jt_resolver_options options_of(const struct jt_profile_request *request)
{
    return (struct jt_resolver_options){
        .maps = request->maps,
        .map_count = request->map_count,
        .dumps = request->dumps,
        .dump_count = request->dump_count,
        .symfs = request->symfs,
        .raw_names = request->raw_names,
        .sources = {.trusts_maps = request->trusts_maps, .owner = (uint32_t)geteuid()}};
}

static int open_perfdata(struct opening *opening)
{
    const char *path = opening->request->path;
    struct jt_resolver_options options = options_of(opening->request);
    const struct jt_trace_facts no_trace = {0};
    const char *slash = strrchr(path, '/');
    char *folder = slash ? jt_strndup(path, (size_t)(slash - path) + 1) : jt_strdup(".");
    struct stat status;
    int result = JITNEY_OK;

    if (stat(path, &status) == 0)
        options.sources.owner = status.st_uid;
    if (strcmp(path, "-") != 0)
        options.folder = folder;
    result = read_perfdata(opening, path, &options, &no_trace);
    jt_resolver_free(opening->resolver);
    opening->resolver = NULL;
    free(folder);
    return result;
}

/* ---- a trace folder ---- */

static char *file_in(const char *folder, const char *name)
{
    char *path = jt_format("%s/%s", folder, name);

    if (access(path, R_OK) == 0)
        return path;
    free(path);
    return NULL;
}

static int open_trace(struct opening *opening)
{
    const char *folder = opening->request->path;
    struct jt_resolver_options options = options_of(opening->request);
    struct jt_trace_facts trace = {0};
    char *perfdata = jt_format("%s/perf.data", folder);
    char *kallsyms = file_in(folder, "kallsyms");
    int status = jt_trace_facts_read(folder, opening->diag, &trace);

    if (status)
        goto out;
    options.folder = folder;
    options.folder_is_trace = true;
    options.kallsyms = kallsyms;
    options.trace = &trace;
    opening->profile->command = trace.command ? jt_strdup(trace.command) : NULL;
    status = read_perfdata(opening, perfdata, &options, &trace);
out:
    jt_resolver_free(opening->resolver);
    opening->resolver = NULL;
    jt_trace_facts_release(&trace);
    free(perfdata);
    free(kallsyms);
    return status;
}

/* ---- text ---- */

static int read_folded(struct opening *opening, FILE *stream, struct jt_text_facts *facts)
{
    const struct jt_sample_sink sink = {.context = opening, .named = take_named};

    opening->profile->weights_are_samples = true;
    return jt_folded_read(stream, opening->request->path, opening->diag, &sink, facts);
}

static int open_text(struct opening *opening, FILE *stream, const char *bytes, size_t count)
{
    const struct jt_resolver_options options = options_of(opening->request);
    const struct jt_sample_sink sink = {.context = opening, .named = take_named};
    struct jt_text_facts facts = {0};
    const char *path = opening->request->path;
    int status = JITNEY_ERR_FORMAT;

    start(opening, &options, false);
    opening->parses_names = !opening->request->raw_names;
    if (jt_perfscript_probe(bytes, count))
        status = jt_perfscript_read(stream, path, opening->diag, &sink, &facts);
    else if (jt_folded_probe(bytes, count))
        status = read_folded(opening, stream, &facts);
    else
        jt_diag_error(opening->diag, path, 0,
                      "neither a trace, a perf.data, perf script's text nor folded stacks");
    if (!status && facts.skipped_lines > 0)
        jt_diag_warn(opening->diag, path, JT_DIAG_NO_OFFSET, "%llu lines without meaning skipped",
                     (unsigned long long)facts.skipped_lines);
    opening->profile->bad_records += facts.skipped_lines;
    return status;
}

/* ---- what is it? ---- */

/* The first bytes of a descriptor, left where they are: files are read by
 * offset, of a pipe a copy is made. Fewer than there are is fine. */
static size_t peek(int fd, char *bytes, size_t room)
{
    int copy[2] = {-1, -1};
    ssize_t count = pread(fd, bytes, room, 0);

    if (count < 0 && errno == ESPIPE && pipe2(copy, O_CLOEXEC) == 0) {
        count = tee(fd, copy[1], room, 0);
        if (count > 0)
            count = read(copy[0], bytes, (size_t)count);
        close(copy[0]);
        close(copy[1]);
    }
    return count > 0 ? (size_t)count : 0;
}

static int open_stream(struct opening *opening, FILE *stream)
{
    char *bytes = jt_alloc(PROBE_BYTES, 1);
    size_t count = peek(fileno(stream), bytes, PROBE_BYTES);
    int status = JITNEY_ERR_FORMAT;

    if (count == 0)
        jt_diag_error(opening->diag, opening->request->path, 0, "nothing to read");
    else if (jt_perfdata_probe(bytes, count))
        status = open_perfdata(opening);
    else
        status = open_text(opening, stream, bytes, count);
    free(bytes);
    return status;
}

static int open_file(struct opening *opening, const char *path)
{
    FILE *stream = fopen(path, "re");
    struct stat kind;
    int status = JITNEY_ERR_IO;

    if (!stream) {
        jt_diag_error(opening->diag, path, JT_DIAG_NO_OFFSET, "cannot be read: %s",
                      strerror(errno));
        return status;
    }
    if (fstat(fileno(stream), &kind) == 0 && S_ISREG(kind.st_mode) && kind.st_size == 0)
        jt_diag_error(opening->diag, path, 0, "the file is empty");
    else
        status = open_stream(opening, stream);
    fclose(stream);
    return status;
}

static int open_input(struct opening *opening)
{
    const char *path = opening->request->path;
    struct stat kind;

    if (strcmp(path, "-") == 0)
        return open_stream(opening, stdin);
    if (jt_trace_probe(path))
        return open_trace(opening);
    if (stat(path, &kind) == 0 && S_ISDIR(kind.st_mode))
        return open_perfdata(opening);
    return open_file(opening, path);
}

int jt_profile_open(const struct jt_profile_request *request, struct jt_diag *diag,
                    struct jt_profile *profile)
{
    struct opening opening = {.request = request, .diag = diag, .profile = profile};
    int status = JITNEY_OK;

    jt_profile_init(profile);
    profile->tiers_are_split = request->splits_tiers;
    status = open_input(&opening);
    jt_stacks_finish(opening.stacks);
    jt_resolver_free(opening.resolver);
    jt_perfdata_close(opening.perfdata);
    if (status) {
        jt_profile_release(profile);
        return status;
    }
    jt_profile_finish(profile);
    return JITNEY_OK;
}
