#include "analysis/load/codeview.h"

#include "analysis/load/codeview_sources.h"
#include "analysis/load/events.h"
#include "analysis/load/hotspotlog.h"
#include "analysis/load/jitdump.h"
#include "analysis/load/perfmap.h"
#include "analysis/load/recording.h"
#include "analysis/load/regular.h"
#include "analysis/load/v8log.h"
#include "base/alloc.h"
#include "jitney/status.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { START_BYTES = 64 << 10 };

/* In the order in which they are told from each other, and in which a folder is looked through. */
static const struct source_row {
    enum jt_codeview_kind kind;
    bool (*probe)(const void *bytes, size_t count);
    jt_codeview_source *add;
    uint32_t (*pid_of_name)(const char *path); /* NULL: nothing that a folder has */
} sources[] = {
    {JT_CODEVIEW_RECORDING, jt_recording_codes_probe, jt_codeview_add_recording, NULL},
    {JT_CODEVIEW_JITDUMP, jt_jitdump_probe, jt_codeview_add_jitdump, jt_jitdump_pid_of_name},
    {JT_CODEVIEW_HOTSPOTLOG, jt_hotspotlog_probe, jt_codeview_add_hotspotlog, NULL},
    {JT_CODEVIEW_V8LOG, jt_v8log_probe, jt_codeview_add_v8log, NULL},
    {JT_CODEVIEW_PERFMAP, jt_perfmap_probe, jt_codeview_add_perfmap, jt_perfmap_pid_of_name},
};

enum { SOURCE_COUNT = sizeof(sources) / sizeof(sources[0]) };

static int reject(struct jt_diag *diag, const char *path, const char *what)
{
    jt_diag_error(diag, path, JT_DIAG_NO_OFFSET, "%s", what);
    return JITNEY_ERR_FORMAT;
}

static int read_start(const char *path, struct jt_diag *diag, char *start, size_t *count)
{
    uint64_t bytes = 0;
    ssize_t got = 0;
    int fd = -1;
    int status = jt_regular_open(path, diag, &fd, &bytes);

    if (status)
        return status;
    got = pread(fd, start, START_BYTES, 0);
    close(fd);
    if (got <= 0)
        return reject(diag, path, got < 0 ? strerror(errno) : "is empty");
    *count = (size_t)got;
    return JITNEY_OK;
}

static int read_file(const char *path, struct jt_diag *diag, struct jt_codeview *view)
{
    char *start = jt_alloc(START_BYTES, 1);
    size_t count = 0;
    size_t i = 0;
    int status = read_start(path, diag, start, &count);

    while (!status && i < SOURCE_COUNT && !sources[i].probe(start, count))
        i++;
    free(start);
    if (status)
        return status;
    if (i == SOURCE_COUNT)
        return reject(diag, path,
                      "is no recording, jitdump, perf map, V8 log or log of HotSpot's compilers");
    view->kind = sources[i].kind;
    return sources[i].add(path, diag, view);
}

/* ---- folders ---- */

/* Add all files of a folder whose names are this format's. Those that cannot be read are said. */
static int add_named(const char *folder, const struct source_row *source, struct jt_diag *diag,
                     struct jt_codeview *view)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, alphasort);
    int status = JITNEY_ERR_NOT_FOUND;

    for (int i = 0; i < count; i++) {
        char *path = jt_format("%s/%s", folder, entries[i]->d_name);

        if (source->pid_of_name(path) != 0) {
            view->kind = source->kind;
            if (source->add(path, diag, view) == JITNEY_OK)
                status = JITNEY_OK;
            else if (status)
                status = JITNEY_ERR_FORMAT;
        }
        free(path);
        free(entries[i]);
    }
    free(entries);
    return status;
}

static int read_folder(const char *path, struct jt_diag *diag, struct jt_codeview *view)
{
    int status = JITNEY_ERR_NOT_FOUND;

    if (jt_event_log_folder_probe(path)) {
        view->kind = JT_CODEVIEW_RECORDING;
        return jt_codeview_add_recording(path, diag, view);
    }
    for (size_t i = 0; status == JITNEY_ERR_NOT_FOUND && i < SOURCE_COUNT; i++)
        if (sources[i].pid_of_name)
            status = add_named(path, &sources[i], diag, view);
    if (status == JITNEY_ERR_NOT_FOUND)
        return reject(diag, path, "is a folder without recordings, dumps and maps");
    return status;
}

/* ---- the view ---- */

/* The only process there is. */
static void find_pid(struct jt_codeview *view)
{
    bool is_one = true;

    if (view->pid == 0 && view->events.count > 0)
        view->pid = view->events.at[0].pid;
    for (size_t i = 0; i < view->events.count; i++)
        is_one &= view->events.at[i].pid == view->pid || view->events.at[i].pid == 0;
    if (!is_one)
        view->pid = 0;
}

int jt_codeview_read(const char *path, struct jt_diag *diag, struct jt_codeview *view)
{
    struct stat facts;
    int status = JITNEY_OK;

    *view = (struct jt_codeview){.path = jt_strdup(path)};
    jt_strings_init(&view->strings);
    if (stat(path, &facts) != 0) {
        jt_diag_error(diag, path, JT_DIAG_NO_OFFSET, "%s", strerror(errno));
        return JITNEY_ERR_IO;
    }
    status = S_ISDIR(facts.st_mode) ? read_folder(path, diag, view) : read_file(path, diag, view);
    find_pid(view);
    return status;
}

void jt_codeview_release(struct jt_codeview *view)
{
    jt_vec_release(&view->events);
    jt_vec_release(&view->deopts);
    jt_strings_release(&view->strings);
    free(view->path);
    view->path = NULL;
}

void jt_codeview_keep_pid(struct jt_codeview *view, uint32_t pid)
{
    size_t *places = jt_alloc(view->events.count + 1, sizeof(*places));
    size_t kept = 0;

    for (size_t i = 0; i < view->events.count; i++) {
        places[i] = JT_CODEVIEW_NO_CODE;
        if (view->events.at[i].pid != pid)
            continue;
        places[i] = kept;
        view->events.at[kept++] = view->events.at[i];
    }
    view->events.count = kept;
    kept = 0;
    for (size_t i = 0; i < view->deopts.count; i++) {
        struct jt_codeview_deopt deopt = view->deopts.at[i];

        if (deopt.pid != pid)
            continue;
        if (deopt.load != JT_CODEVIEW_NO_CODE)
            deopt.load = places[deopt.load];
        view->deopts.at[kept++] = deopt;
    }
    view->deopts.count = kept;
    view->pid = pid;
    free(places);
}

const char *jt_codeview_name(enum jt_codeview_kind kind)
{
    static const char *const names[] = {
#define JT_CODEVIEW_ROW(id, name, words) [id] = name,
        JT_CODEVIEW_LIST(JT_CODEVIEW_ROW)
#undef JT_CODEVIEW_ROW
    };

    return names[kind];
}

const char *jt_codeview_words(enum jt_codeview_kind kind)
{
    static const char *const texts[] = {
#define JT_CODEVIEW_ROW(id, name, words) [id] = words,
        JT_CODEVIEW_LIST(JT_CODEVIEW_ROW)
#undef JT_CODEVIEW_ROW
    };

    return texts[kind];
}
