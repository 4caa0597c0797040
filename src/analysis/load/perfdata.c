#include "analysis/load/perfdata_private.h"

#include "base/alloc.h"
#include "jitney/status.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool jt_perfdata_probe(const void *bytes, size_t count)
{
    uint64_t magic = 0;

    if (count < sizeof(magic))
        return false;
    magic = jt_perf_u64(bytes, false);
    return magic == JT_PERF_MAGIC2 || magic == __builtin_bswap64(JT_PERF_MAGIC2) ||
           magic == JT_PERF_MAGIC1 || magic == __builtin_bswap64(JT_PERF_MAGIC1);
}

static size_t record_size(void *context, const uint8_t *header)
{
    const struct jt_perfdata *perfdata = context;

    return jt_perf_header(header, perfdata->facts.swapped).size;
}

static uint64_t record_time(void *context, const uint8_t *record, size_t bytes)
{
    struct jt_perfdata *perfdata = context;

    return jt_perf_events_time(&perfdata->events, record, bytes, perfdata->facts.swapped);
}

static int deliver(void *context, const uint8_t *record, size_t bytes)
{
    return jt_perf_deliver(context, record, bytes);
}

static void count_lost(void *context, uint64_t bytes)
{
    struct jt_perfdata *perfdata = context;

    perfdata->facts.torn_bytes += bytes;
    jt_perf_count_bad(perfdata, JT_DIAG_NO_OFFSET, "records that changed while they were read");
}

static struct jt_perfdata *make(const char *name, struct jt_diag *diag)
{
    struct jt_perfdata *perfdata = jt_alloc(1, sizeof(*perfdata));

    perfdata->name = jt_strdup(name);
    perfdata->diag = diag;
    jt_strings_init(&perfdata->strings);
    perfdata->order.pool = &perfdata->pool;
    perfdata->order.user = (struct jt_perf_order_user){
        .context = perfdata,
        .size = record_size,
        .time = record_time,
        .deliver = deliver,
        .lost = count_lost,
    };
    return perfdata;
}

static struct jt_perf_source *add_source(struct jt_perfdata *perfdata)
{
    struct jt_perf_source *source = jt_alloc(1, sizeof(*source));

    source->piped.pool = &perfdata->pool;
    source->inflated.pool = &perfdata->pool;
    source->input.fd = -1;
    jt_vec_push(&perfdata->sources, source);
    return source;
}

static int fail(struct jt_perfdata *perfdata, const char *path, const char *what, int error)
{
    jt_diag_error(perfdata->diag, path, JT_DIAG_NO_OFFSET, "%s%s%s", what, error ? ": " : "",
                  error ? strerror(error) : "");
    return JITNEY_ERR_IO;
}

/* A file that holds records; a directory is for the caller. */
static int add_file(struct jt_perfdata *perfdata, const char *path, int fd,
                    const struct stat *facts)
{
    struct jt_perf_source *source = add_source(perfdata);
    bool is_file = S_ISREG(facts->st_mode);

    jt_perf_input_init_file(&source->input, fd, is_file ? (uint64_t)facts->st_size : 0, !is_file);
    source->end = source->input.bytes;
    return JITNEY_OK;
}

static int open_file(struct jt_perfdata *perfdata, const char *path, struct stat *facts, int *fd)
{
    *fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0)
        return fail(perfdata, path, "cannot be opened", errno);
    if (fstat(*fd, facts) == 0)
        return JITNEY_OK;
    fail(perfdata, path, "cannot be looked at", errno);
    if (*fd != STDIN_FILENO)
        close(*fd);
    return JITNEY_ERR_IO;
}

/* data.0, data.1, …: more records, without a header (linux:
 * tools/perf/Documentation/perf.data-directory-format.txt). */
static int is_part(const struct dirent *entry)
{
    static const char prefix[] = "data.";
    const char *digits = entry->d_name + sizeof(prefix) - 1;

    if (strncmp(entry->d_name, prefix, sizeof(prefix) - 1) != 0 || !isdigit((unsigned char)*digits))
        return 0;
    while (isdigit((unsigned char)*digits))
        digits++;
    return *digits == '\0';
}

static int add_part(struct jt_perfdata *perfdata, const char *folder, const char *name)
{
    char *path = jt_format("%s/%s", folder, name);
    struct stat facts = {0};
    int fd = -1;
    int status = open_file(perfdata, path, &facts, &fd);

    if (!status && S_ISREG(facts.st_mode)) {
        status = add_file(perfdata, path, fd, &facts);
    } else if (!status) {
        close(fd);
        status = fail(perfdata, path, "is not a file", 0);
    }
    free(path);
    return status;
}

static int add_directory(struct jt_perfdata *perfdata, const char *path)
{
    struct dirent **entries = NULL;
    int count = 0;
    char *header = jt_format("%s/data", path);
    int status = JITNEY_OK;

    if (access(header, F_OK) != 0)
        status = fail(perfdata, path, "is a directory without perf's file \"data\"", 0);
    else
        status = add_part(perfdata, path, "data");
    free(header);
    if (status)
        return status;
    count = scandir(path, &entries, is_part, versionsort);
    for (int i = 0; i < count; i++) {
        /* A part that cannot be read costs its own records alone. */
        add_part(perfdata, path, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return JITNEY_OK;
}

static int add_path(struct jt_perfdata *perfdata, const char *path)
{
    struct stat facts = {0};
    int fd = -1;
    int status = open_file(perfdata, path, &facts, &fd);

    if (status)
        return status;
    if (!S_ISDIR(facts.st_mode))
        return add_file(perfdata, path, fd, &facts);
    if (fd != STDIN_FILENO)
        close(fd);
    return add_directory(perfdata, path);
}

/* Point the facts at what the tables hold by now. */
static void refresh_facts(struct jt_perfdata *perfdata)
{
    struct jt_perfdata_facts *facts = &perfdata->facts;

    for (size_t i = 0; i < perfdata->events.shown.count; i++) {
        struct jt_perfdata_event *event = &perfdata->events.shown.at[i];

        if (!event->name)
            event->name =
                jt_perf_event_made_up_name(&perfdata->strings, event->type, event->config);
    }
    facts->events = perfdata->events.shown.at;
    facts->event_count = perfdata->events.shown.count;
    facts->build_ids = perfdata->build_ids.at;
    facts->build_id_count = perfdata->build_ids.count;
    facts->command = perfdata->command.at;
    facts->command_count = perfdata->command.count;
    facts->has_monotonic_clock = jt_perf_events_are_monotonic(&perfdata->events);
    facts->has_time = jt_perf_events_have_time(&perfdata->events);
    facts->unmatched_chains = perfdata->deferred.unmatched;
}

static int finish_open(struct jt_perfdata *made, int status, struct jt_perfdata **perfdata)
{
    *perfdata = NULL;
    if (!status)
        status = jt_perf_read_header(made);
    if (status) {
        jt_perfdata_close(made);
        return status;
    }
    refresh_facts(made);
    *perfdata = made;
    return JITNEY_OK;
}

int jt_perfdata_open(const char *path, struct jt_diag *diag, struct jt_perfdata **perfdata)
{
    bool is_input = strcmp(path, "-") == 0;
    struct jt_perfdata *made = make(is_input ? "standard input" : path, diag);

    return finish_open(made, add_path(made, path), perfdata);
}

int jt_perfdata_open_memory(const void *bytes, size_t count, const char *name, struct jt_diag *diag,
                            struct jt_perfdata **perfdata)
{
    struct jt_perfdata *made = make(name, diag);
    struct jt_perf_source *source = add_source(made);

    jt_perf_input_init_memory(&source->input, bytes, count);
    return finish_open(made, JITNEY_OK, perfdata);
}

void jt_perfdata_close(struct jt_perfdata *perfdata)
{
    if (!perfdata)
        return;
    jt_perf_order_release(&perfdata->order);
    for (size_t i = 0; i < perfdata->sources.count; i++) {
        struct jt_perf_source *source = perfdata->sources.at[i];

        jt_perf_stream_clear(&source->piped);
        jt_perf_stream_clear(&source->inflated);
        jt_perf_inflater_release(&source->inflater);
        jt_perf_input_release(&source->input);
        free(source);
    }
    jt_vec_release(&perfdata->sources);
    jt_perf_pool_release(&perfdata->pool);
    jt_perf_events_release(&perfdata->events);
    jt_perf_deferred_release(&perfdata->deferred);
    jt_strings_release(&perfdata->strings);
    jt_vec_release(&perfdata->build_ids);
    jt_vec_release(&perfdata->command);
    jt_vec_release(&perfdata->chain);
    free(perfdata->name);
    free(perfdata);
}

int jt_perfdata_read(struct jt_perfdata *perfdata, const struct jt_sample_sink *sink)
{
    int status = 0;

    perfdata->sink = sink;
    status = jt_perf_scan(perfdata);
    refresh_facts(perfdata);
    return status;
}

const struct jt_perfdata_facts *jt_perfdata_facts(const struct jt_perfdata *perfdata)
{
    return &perfdata->facts;
}
