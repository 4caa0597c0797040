#include "analysis/load/events.h"

#include "analysis/load/events_copy.h"
#include "analysis/load/rds.h"
#include "analysis/load/regular.h"
#include "analysis/load/rir.h"
#include "base/alloc.h"
#include "base/heap.h"
#include "base/map.h"
#include "base/strings.h"
#include "base/vec.h"
#include "format/recording_reader.h"
#include "jitney/status.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PROBE_BYTES = 4096, CODE_NAME_KEPT = 4096 };

struct jt_event_log_source {
    struct jt_event_log *events;
    char *path;
    int fd;
    struct jt_recording *recording;            /* either this */
    struct jt_rir *rir;                        /* or that */
    bool is_read;                              /* an Ř file does not grow */
    struct jt_map code_names;                  /* of a code's number, in `events->strings` */
    struct jt_vec(struct jitney_event *) kept; /* to be merged */
    size_t next;                               /* of these */
};

struct jt_event_log {
    struct jt_diag *diag;
    struct jt_heap heap;
    struct jt_strings strings;
    char *folder; /* NULL: a file */
    struct jt_vec(struct jt_event_log_source *) sources;
    const struct jt_event_log_sink *sink;
};

bool jt_event_log_probe(const void *bytes, size_t count, enum jt_event_log_kind *kind)
{
    *kind = jt_recording_probe(bytes, count) ? JT_EVENT_LOG_RECORDING : JT_EVENT_LOG_RIR;
    return *kind == JT_EVENT_LOG_RECORDING || jt_rds_probe(bytes, count);
}

/* ---- opening ---- */

static int refuse(struct jt_diag *diag, const char *path, int status, const char *what)
{
    jt_diag_error(diag, path, JT_DIAG_NO_OFFSET, "%s", what);
    return status;
}

static int open_recording(struct jt_event_log *events, struct jt_event_log_source *source)
{
    const char *path = source->path;
    int status = jt_recording_open_fd(source->fd, &events->heap, &source->recording);

    if (status == JITNEY_ERR_VERSION)
        return refuse(events->diag, path, status,
                      "is a recording of a newer format: a newer jitney can read it");
    if (status == JITNEY_ERR_IO)
        return refuse(events->diag, path, status, strerror(errno));
    if (status)
        return refuse(events->diag, path, status,
                      status == JITNEY_ERR_MEMORY ? "out of memory" : "is no recording");
    return JITNEY_OK;
}

static int open_rir(struct jt_event_log *events, const char *path,
                    struct jt_event_log_source *source)
{
    struct jt_rds *rds = NULL;
    int status = jt_rds_open(path, events->diag, &rds);

    if (!status)
        jt_rir_open(rds, &source->rir);
    return status;
}

static int open_any(struct jt_event_log *events, struct jt_event_log_source *source)
{
    char start[PROBE_BYTES];
    ssize_t got = pread(source->fd, start, sizeof(start), 0);
    size_t count = got > 0 ? (size_t)got : 0;
    const char *compression = jt_rds_unread_compression(start, count);
    enum jt_event_log_kind kind = JT_EVENT_LOG_RECORDING;

    if (got < 0)
        return refuse(events->diag, source->path, JITNEY_ERR_IO, strerror(errno));
    if (got == 0)
        return refuse(events->diag, source->path, JITNEY_ERR_FORMAT, "is empty");
    if (compression) {
        jt_diag_error(events->diag, source->path, JT_DIAG_NO_OFFSET,
                      "is compressed with %s: unpack it first", compression);
        return JITNEY_ERR_FORMAT;
    }
    if (!jt_event_log_probe(start, count, &kind))
        return refuse(events->diag, source->path, JITNEY_ERR_FORMAT,
                      "is no recording, neither of jitney (events-PID.jtr) nor of R");
    return kind == JT_EVENT_LOG_RECORDING ? open_recording(events, source)
                                          : open_rir(events, source->path, source);
}

static void close_source(struct jt_event_log_source *source)
{
    jt_recording_close(source->recording);
    jt_rir_close(source->rir);
    for (size_t i = 0; i < source->kept.count; i++)
        free(source->kept.at[i]);
    jt_vec_release(&source->kept);
    jt_map_release(&source->code_names);
    close(source->fd);
    free(source->path);
    free(source);
}

static int add_file(struct jt_event_log *events, const char *path)
{
    struct jt_event_log_source *source = NULL;
    uint64_t bytes = 0;
    int fd = -1;
    int status = jt_regular_open(path, events->diag, &fd, &bytes);

    if (status)
        return status;
    source = jt_alloc(1, sizeof(*source));
    source->events = events;
    source->path = jt_strdup(path);
    source->fd = fd;
    status = open_any(events, source);
    if (status)
        close_source(source);
    else
        jt_vec_push(&events->sources, source);
    return status;
}

/* ---- folders ---- */

static int is_recording_name(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return strncmp(entry->d_name, "events-", 7) == 0 && length > 11 &&
           strcmp(entry->d_name + length - 4, ".jtr") == 0;
}

bool jt_event_log_folder_probe(const char *path)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_recording_name, alphasort);

    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    return count > 0;
}

static bool is_open_already(const struct jt_event_log *events, const char *path)
{
    for (size_t i = 0; i < events->sources.count; i++)
        if (strcmp(events->sources.at[i]->path, path) == 0)
            return true;
    return false;
}

/* Open the recordings of a folder that are not open yet. One that cannot be read is said once and
 * the others are read; while a file is being made it is empty, and is left for later. */
static void scan_folder(struct jt_event_log *events)
{
    struct dirent **entries = NULL;
    int count = scandir(events->folder, &entries, is_recording_name, alphasort);
    struct stat facts;
    char *path = NULL;

    for (int i = 0; i < count; i++) {
        path = jt_format("%s/%s", events->folder, entries[i]->d_name);
        if (!is_open_already(events, path) && stat(path, &facts) == 0 && facts.st_size > 0)
            add_file(events, path);
        free(path);
        free(entries[i]);
    }
    free(entries);
}

static int open_folder(struct jt_event_log *events, const char *path)
{
    if (!jt_event_log_folder_probe(path))
        return refuse(events->diag, path, JITNEY_ERR_NOT_FOUND,
                      "is a folder without recordings (events-PID.jtr)");
    events->folder = jt_strdup(path);
    scan_folder(events);
    return events->sources.count > 0 ? JITNEY_OK : JITNEY_ERR_FORMAT;
}

int jt_event_log_open(const char *path, struct jt_diag *diag, struct jt_event_log **events)
{
    struct jt_event_log *opened = jt_alloc(1, sizeof(*opened));
    struct stat facts;
    int status = JITNEY_OK;

    *events = NULL;
    opened->diag = diag;
    jt_heap_init(&opened->heap, NULL);
    jt_strings_init(&opened->strings);
    if (stat(path, &facts) == 0 && S_ISDIR(facts.st_mode))
        status = open_folder(opened, path);
    else
        status = add_file(opened, path);
    if (status)
        jt_event_log_close(opened);
    else
        *events = opened;
    return status;
}

void jt_event_log_close(struct jt_event_log *events)
{
    if (!events)
        return;
    for (size_t i = 0; i < events->sources.count; i++)
        close_source(events->sources.at[i]);
    jt_vec_release(&events->sources);
    jt_strings_release(&events->strings);
    free(events->folder);
    free(events);
}

/* ---- reading ---- */

/* Moves and unloads tell the number of their code alone. */
static void note_code(struct jt_event_log_source *source, const struct jitney_event *event)
{
    const struct jitney_code_load *load = event->code_load;
    size_t bytes = 0;

    if (event->type != JITNEY_CODE_LOAD || !load->name)
        return;
    bytes = load->name_bytes ? load->name_bytes : strlen(load->name);
    if (bytes > CODE_NAME_KEPT)
        bytes = CODE_NAME_KEPT;
    *jt_map_put(&source->code_names, event->code) =
        jt_strings_put(&source->events->strings, load->name, bytes);
}

static int give(void *context, const struct jitney_event *event)
{
    struct jt_event_log_source *source = context;
    const struct jt_event_log_sink *sink = source->events->sink;

    if (event->type > JITNEY_FUNCTION) /* of a writer newer than we are */
        return JITNEY_OK;
    note_code(source, event);
    return sink->event(sink->context, source, event);
}

static int keep(void *context, const struct jitney_event *event)
{
    struct jt_event_log_source *source = context;

    if (event->type <= JITNEY_FUNCTION)
        jt_vec_push(&source->kept, jt_event_copy(event, &source->events->strings));
    return JITNEY_OK;
}

static int read_source(struct jt_event_log_source *source,
                       int (*event)(void *context, const struct jitney_event *event))
{
    const struct jitney_recording_visitor visitor = {
        .size = sizeof(visitor), .event = event, .context = source};

    if (source->recording)
        return jt_recording_read(source->recording, &visitor);
    if (source->is_read)
        return JITNEY_OK;
    source->is_read = true;
    return jt_rir_read(source->rir, &visitor);
}

/* What only a whole reading tells: R data without a recording in it. */
static int check_source(const struct jt_event_log_source *source, int status)
{
    struct jt_diag *diag = source->events->diag;

    if (status == JITNEY_OK && source->rir &&
        jt_rir_facts(source->rir)->functions + jt_rir_facts(source->rir)->events == 0)
        return refuse(diag, source->path, JITNEY_ERR_FORMAT,
                      "is R data without the functions and events of a recording");
    if (source->recording && (status == JITNEY_ERR_IO || status == JITNEY_ERR_MEMORY))
        return refuse(diag, source->path, status,
                      status == JITNEY_ERR_MEMORY ? "out of memory" : strerror(errno));
    return status;
}

/* Functions come before the events that name them, whenever they were defined. */
static uint64_t order_of(const struct jt_event_log_source *source)
{
    const struct jitney_event *event = source->kept.at[source->next];

    return event->type == JITNEY_FUNCTION ? 0 : event->time_ns;
}

static struct jt_event_log_source *earliest(const struct jt_event_log *events)
{
    struct jt_event_log_source *first = NULL;

    for (size_t i = 0; i < events->sources.count; i++) {
        struct jt_event_log_source *source = events->sources.at[i];

        if (source->next < source->kept.count && (!first || order_of(source) < order_of(first)))
            first = source;
    }
    return first;
}

static int merge(struct jt_event_log *events)
{
    struct jt_event_log_source *source = earliest(events);
    struct jitney_event *event = NULL;
    int status = JITNEY_OK;

    for (; source && !status; source = earliest(events)) {
        event = source->kept.at[source->next++];
        status = give(source, event);
    }
    for (size_t i = 0; i < events->sources.count; i++) {
        source = events->sources.at[i];
        for (size_t j = 0; j < source->kept.count; j++)
            free(source->kept.at[j]);
        jt_vec_clear(&source->kept);
        source->next = 0;
    }
    return status;
}

int jt_event_log_read(struct jt_event_log *events, const struct jt_event_log_sink *sink)
{
    bool is_one = false;
    int status = JITNEY_OK;

    if (events->folder)
        scan_folder(events);
    is_one = events->sources.count == 1;
    events->sink = sink;
    for (size_t i = 0; i < events->sources.count && !status; i++) {
        status = read_source(events->sources.at[i], is_one ? give : keep);
        status = check_source(events->sources.at[i], status);
    }
    return is_one || status ? status : merge(events);
}

/* ---- what is known ---- */

const char *jt_event_log_path(const struct jt_event_log *events)
{
    return events->folder ? events->folder : events->sources.at[0]->path;
}

size_t jt_event_log_source_count(const struct jt_event_log *events)
{
    return events->sources.count;
}

const struct jt_event_log_source *jt_event_log_source_at(const struct jt_event_log *events,
                                                         size_t i)
{
    return events->sources.at[i];
}

/* An engine that calls itself Ř, in whatever spelling, means Ř's contexts. */
static bool is_rir_engine(const char *engine)
{
    return strcmp(engine, "\u0158") == 0 || strcasecmp(engine, "rir") == 0;
}

struct jt_event_log_facts jt_event_log_facts(const struct jt_event_log_source *source)
{
    const struct jt_recording_facts *facts = NULL;
    struct jt_event_log_facts result = {.path = source->path, .engine = ""};

    if (source->rir) {
        result.kind = JT_EVENT_LOG_RIR;
        result.engine = "\u0158";
        result.events = jt_rir_facts(source->rir)->events;
        result.functions = jt_rir_facts(source->rir)->functions;
        result.is_rir = true;
        result.is_closed = true;
        return result;
    }
    facts = jt_recording_facts(source->recording);
    result.kind = JT_EVENT_LOG_RECORDING;
    result.engine = facts->engine ? facts->engine : "";
    result.version = facts->version;
    result.pid = facts->pid;
    result.machine = facts->machine;
    result.start_ns = facts->start_ns;
    result.wall_ns = facts->wall_ns;
    result.events = facts->events;
    result.functions = facts->functions;
    result.threads = facts->threads;
    result.has_times = true;
    result.is_rir = is_rir_engine(result.engine);
    result.is_closed = facts->is_closed;
    return result;
}

uint64_t jt_event_log_start_ns(const struct jt_event_log *events)
{
    uint64_t start_ns = UINT64_MAX;

    for (size_t i = 0; i < events->sources.count; i++) {
        struct jt_event_log_facts facts = jt_event_log_facts(events->sources.at[i]);

        if (facts.has_times && facts.start_ns < start_ns)
            start_ns = facts.start_ns;
    }
    return start_ns == UINT64_MAX ? 0 : start_ns;
}

bool jt_event_log_is_growing(const struct jt_event_log *events)
{
    for (size_t i = 0; i < events->sources.count; i++) {
        struct jt_event_log_facts facts = jt_event_log_facts(events->sources.at[i]);

        if (!facts.is_closed && facts.pid > 0 && facts.pid <= INT32_MAX &&
            (kill((pid_t)facts.pid, 0) == 0 || errno == EPERM))
            return true;
    }
    return false;
}

const struct jitney_function *jt_event_log_function(const struct jt_event_log_source *source,
                                                    uint32_t number)
{
    if (number == 0)
        return NULL;
    return source->rir ? jt_rir_function(source->rir, number)
                       : jt_recording_function(source->recording, number);
}

const char *jt_event_log_code_name(const struct jt_event_log_source *source, uint64_t code)
{
    uint32_t name = jt_map_find(&source->code_names, code);

    return name == JT_MAP_NONE ? NULL : jt_strings_text(&source->events->strings, name);
}

/* ---- losses ---- */

static void say_recording(const struct jt_event_log_source *source, struct jt_diag *diag)
{
    const struct jt_recording_facts *facts = jt_recording_facts(source->recording);
    int64_t offset = facts->first_bad_offset ? (int64_t)facts->first_bad_offset : JT_DIAG_NO_OFFSET;

    if (facts->dropped > 0)
        jt_diag_warn(diag, source->path, JT_DIAG_NO_OFFSET,
                     "%" PRIu64 " events were lost: the writer could not keep them",
                     facts->dropped);
    if (facts->bad_records + facts->bad_chunks > 0)
        jt_diag_warn(diag, source->path, offset,
                     "%" PRIu64 " records and %" PRIu64 " chunks could not be understood and "
                     "were skipped",
                     facts->bad_records, facts->bad_chunks);
    if (facts->torn_bytes > 0)
        jt_diag_warn(diag, source->path, JT_DIAG_NO_OFFSET,
                     "%" PRIu64 " bytes after the last whole chunk were skipped",
                     facts->torn_bytes);
}

void jt_event_log_say_losses(const struct jt_event_log *events, struct jt_diag *diag)
{
    for (size_t i = 0; i < events->sources.count; i++) {
        const struct jt_event_log_source *source = events->sources.at[i];

        if (source->recording)
            say_recording(source, diag);
        else if (jt_rir_facts(source->rir)->bad > 0)
            jt_diag_warn(diag, source->path, JT_DIAG_NO_OFFSET,
                         "%" PRIu64 " functions and events lack what makes them one",
                         jt_rir_facts(source->rir)->bad);
    }
}

void jt_event_log_count_losses(const struct jt_event_log *events, uint64_t *lost, uint64_t *bad)
{
    *lost = 0;
    *bad = 0;
    for (size_t i = 0; i < events->sources.count; i++) {
        const struct jt_event_log_source *source = events->sources.at[i];

        if (source->rir) {
            *bad += jt_rir_facts(source->rir)->bad;
            continue;
        }
        *lost += jt_recording_facts(source->recording)->dropped;
        *bad += jt_recording_facts(source->recording)->bad_records;
    }
}
