#include "analysis/symbol/finder.h"

#include "analysis/load/perfmap.h"
#include "analysis/symbol/modules.h"
#include "analysis/symbol/resolver.h"

#include <dirent.h>
#include <string.h>

enum { NEAR_BYTES = 64 * 1024 * 1024 };

/* A file of a trace that another user than the process's own put there. */
static bool is_planted(const struct jt_trace_facts *trace, const char *name)
{
    for (size_t i = 0; trace && i < trace->file_count; i++)
        if (strcmp(trace->files[i].name, name) == 0)
            return trace->files[i].owner != 0 &&
                   trace->files[i].owner != trace->files[i].process_uid;
    return false;
}

static void add_file(struct jt_finder *finder, enum jt_source_kind kind, const char *path,
                     bool is_named)
{
    jt_vec_push(&finder->files, (struct jt_found_file){.path = jt_strdup(path),
                                                       .pid = jt_source_pid_of_name(kind, path),
                                                       .kind = kind,
                                                       .is_named = is_named});
}

static void add_trace_file(struct jt_finder *finder, enum jt_source_kind kind, const char *name)
{
    char *path = jt_format("%s/%s", finder->options->folder, name);

    add_file(finder, kind, path, false);
    finder->files.at[finder->files.count - 1].is_planted = is_planted(finder->options->trace, name);
    free(path);
}

/* The trace folder holds few files; all of them are known from the start. */
static void list_folder(struct jt_finder *finder, const char *folder)
{
    DIR *directory = opendir(folder);
    struct dirent *entry = NULL;

    if (!directory)
        return;
    for (entry = readdir(directory); entry; entry = readdir(directory))
        for (enum jt_source_kind kind = JT_SOURCE_MAP; kind <= JT_SOURCE_RECORDING; kind++)
            if (jt_source_pid_of_name(kind, entry->d_name))
                add_trace_file(finder, kind, entry->d_name);
    closedir(directory);
}

void jt_finder_init(struct jt_finder *finder, const struct jt_resolver_options *options,
                    struct jt_sources *sources)
{
    *finder = (struct jt_finder){.options = options, .sources = sources};
    for (size_t i = 0; i < options->dump_count; i++)
        add_file(finder, JT_SOURCE_DUMP, options->dumps[i], true);
    for (size_t i = 0; i < options->map_count; i++)
        add_file(finder, JT_SOURCE_MAP, options->maps[i], true);
    if (options->folder_is_trace)
        list_folder(finder, options->folder);
}

void jt_finder_release(struct jt_finder *finder)
{
    for (size_t i = 0; i < finder->files.count; i++)
        free(finder->files.at[i].path);
    jt_vec_release(&finder->files);
}

/* MAP_OWNER is graver than CLOCK, which is graver than DUMP_TORN. */
static enum jt_reason graver(enum jt_reason a, enum jt_reason b)
{
    static const enum jt_reason order[] = {JT_REASON_MAP_OWNER, JT_REASON_CLOCK,
                                           JT_REASON_DUMP_TORN};

    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return JT_REASON_NONE;
}

static uint32_t number_of(const struct jt_finder *finder, const struct jt_source *source)
{
    for (size_t i = finder->sources->list.count; i-- > 0;)
        if (finder->sources->list.at[i] == source)
            return (uint32_t)i;
    return 0;
}

/* Make the source one of the process's, whatever pid its name says. */
static bool adopt(struct jt_finder *finder, struct jt_process *process,
                  const struct jt_source *source)
{
    uint32_t number = 0;

    if (!source)
        return false;
    number = number_of(finder, source);
    for (size_t i = 0; i < process->sources.count; i++)
        if (process->sources.at[i].source == number)
            return true;
    process->fault = graver(process->fault, source->fault);
    if (!source->is_readable && source->events.count == 0)
        return false;
    jt_vec_push(&process->sources,
                (struct jt_process_source){number, process->image_ns, JT_TIME_END});
    return true;
}

static bool attach(struct jt_finder *finder, struct jt_process *process,
                   const struct jt_source *source)
{
    if (!source || (source->pid != 0 && source->pid != process->pid))
        return false;
    return adopt(finder, process, source);
}

/* Takes the path. It lies where anybody could have put a file: the owner counts. */
static bool try_path(struct jt_finder *finder, struct jt_process *process, enum jt_source_kind kind,
                     char *path)
{
    bool found =
        attach(finder, process, jt_sources_add(finder->sources, kind, path, process->pid, true));

    free(path);
    return found;
}

static void seek_perf_places(struct jt_finder *finder, struct jt_process *process)
{
    const struct jt_resolver_options *options = finder->options;

    if (options->folder && try_path(finder, process, JT_SOURCE_MAP,
                                    jt_format("%s/perf-%u.map", options->folder, process->pid)))
        return;
    if (options->symfs && try_path(finder, process, JT_SOURCE_MAP,
                                   jt_format("%s/tmp/perf-%u.map", options->symfs, process->pid)))
        return;
    try_path(finder, process, JT_SOURCE_MAP, jt_format("/tmp/perf-%u.map", process->pid));
}

/* A recorder that was killed has collected nothing: the files are where the
 * runtimes wrote them. */
static bool is_uncollected(const struct jt_resolver_options *options)
{
    return options->folder_is_trace && options->trace && !options->trace->is_complete;
}

static void seek_uncollected(struct jt_finder *finder, struct jt_process *process)
{
    const char *folder = finder->options->trace->folder;

    if (folder)
        try_path(finder, process, JT_SOURCE_DUMP,
                 jt_format("%s/jit-%u.dump", folder, process->pid));
    try_path(finder, process, JT_SOURCE_DUMP, jt_format("/tmp/jit-%u.dump", process->pid));
    seek_perf_places(finder, process);
}

static void seek(struct jt_finder *finder, struct jt_process *process)
{
    const struct jt_found_file *file = NULL;
    bool has_map = false;

    for (size_t i = 0; i < finder->files.count; i++) {
        file = &finder->files.at[i];
        if (file->pid != 0 && file->pid != process->pid)
            continue;
        if (file->is_planted && !finder->options->sources.trusts_maps) {
            process->fault = JT_REASON_MAP_OWNER;
            continue;
        }
        if (attach(finder, process,
                   jt_sources_add(finder->sources, file->kind, file->path, file->pid, false)))
            has_map |= file->kind == JT_SOURCE_MAP;
    }
    if (is_uncollected(finder->options))
        seek_uncollected(finder, process);
    else if (!finder->options->folder_is_trace && !has_map)
        seek_perf_places(finder, process);
}

static bool has_name(const char *path, const char *base)
{
    const char *slash = strrchr(path, '/');

    return strcmp(slash ? slash + 1 : path, base) == 0;
}

static bool has_dump_of_name(const struct jt_finder *finder, const struct jt_process *process,
                             const char *base)
{
    for (size_t i = 0; i < process->sources.count; i++)
        if (has_name(finder->sources->list.at[process->sources.at[i].source]->path, base))
            return true;
    return false;
}

/* A dump named on the command line, under the name that the process mapped: its
 * pid is that of the process's own namespace. */
static bool adopt_named(struct jt_finder *finder, struct jt_process *process, const char *base)
{
    for (size_t i = 0; i < finder->files.count; i++) {
        const struct jt_found_file *file = &finder->files.at[i];

        if (file->is_named && has_name(file->path, base))
            return adopt(finder, process,
                         jt_sources_add(finder->sources, file->kind, file->path, 0, false));
    }
    return false;
}

/* Of a recording that perf inject has been over, the marker is gone: the dump
 * lay beside the ELFs that were made of it. */
static void seek_injected(struct jt_finder *finder, struct jt_process *process, const char *path)
{
    const char *base = strrchr(path, '/');
    char *place = NULL;

    if (process->injected_was_sought)
        return;
    process->injected_was_sought = true;
    place = jt_format("%.*s/jit-%u.dump", (int)(base - path), path, process->pid);
    if (has_dump_of_name(finder, process, strrchr(place, '/') + 1))
        free(place);
    else
        try_path(finder, process, JT_SOURCE_DUMP, place);
}

/* perf reads the dump where the marker says; a copy of the system, or one beside
 * the perf.data, goes before it. */
void jt_finder_mapping(struct jt_finder *finder, struct jt_process *process, const char *path)
{
    const struct jt_resolver_options *options = finder->options;
    const char *base = strrchr(path, '/');

    if (!base || options->folder_is_trace)
        return;
    if (jt_modules_is_injected(base + 1)) {
        jt_finder_update(finder, process);
        seek_injected(finder, process, path);
    }
    if (!jt_jitdump_pid_of_name(base + 1))
        return;
    jt_finder_update(finder, process);
    if (has_dump_of_name(finder, process, base + 1) || adopt_named(finder, process, base + 1))
        return;
    if (options->symfs &&
        try_path(finder, process, JT_SOURCE_DUMP, jt_format("%s%s", options->symfs, path)))
        return;
    if (options->folder &&
        try_path(finder, process, JT_SOURCE_DUMP, jt_format("%s%s", options->folder, base)))
        return;
    try_path(finder, process, JT_SOURCE_DUMP, jt_strdup(path));
}

/* Of code that a dump describes, a recording only tells what the dump cannot:
 * when it ended. */
static bool tells_ends_only(const struct jt_finder *finder, const struct jt_process *process,
                            const struct jt_source *source)
{
    if (source->kind != JT_SOURCE_RECORDING)
        return false;
    for (size_t i = 0; i < process->sources.count; i++)
        if (finder->sources->list.at[process->sources.at[i].source]->kind == JT_SOURCE_DUMP)
            return true;
    return false;
}

static void fill_timelines(struct jt_finder *finder, struct jt_process *process)
{
    const struct jt_process_source *own = NULL;
    const struct jt_source *source = NULL;
    struct jt_timeline **timeline = NULL;

    jt_timeline_free(process->timed);
    jt_timeline_free(process->timeless);
    process->timed = NULL;
    process->timeless = NULL;
    for (size_t i = 0; i < process->sources.count; i++) {
        own = &process->sources.at[i];
        source = finder->sources->list.at[own->source];
        timeline = source->has_time ? &process->timed : &process->timeless;
        if (!*timeline)
            *timeline = jt_timeline_new();
        jt_source_fill(source, *timeline, own->from_ns, own->until_ns,
                       tells_ends_only(finder, process, source));
    }
    if (process->timed)
        jt_timeline_finish(process->timed);
    if (process->timeless)
        jt_timeline_finish(process->timeless);
    process->sources_in_timelines = process->sources.count;
    jt_process_forget(process);
}

void jt_finder_update(struct jt_finder *finder, struct jt_process *process)
{
    if (!process->sources_were_sought) {
        process->sources_were_sought = true;
        seek(finder, process);
    }
    if (process->sources_in_timelines != process->sources.count)
        fill_timelines(finder, process);
}

bool jt_finder_has_foreign(const struct jt_finder *finder, const struct jt_process_table *processes)
{
    for (size_t i = 0; i < finder->files.count; i++)
        if (finder->files.at[i].pid && !jt_process_table_peek(processes, finder->files.at[i].pid))
            return true;
    return false;
}

uint64_t jt_finder_last_ns(const struct jt_finder *finder, const struct jt_process *process)
{
    uint64_t last_ns = 0;

    for (size_t i = 0; i < process->sources.count; i++) {
        const struct jt_source *source = finder->sources->list.at[process->sources.at[i].source];

        if (source->last_ns > last_ns)
            last_ns = source->last_ns;
    }
    return last_ns;
}

bool jt_finder_is_near_code(const struct jt_finder *finder, const struct jt_process *process,
                            uint64_t address)
{
    for (size_t i = 0; i < process->sources.count; i++) {
        const struct jt_source *source = finder->sources->list.at[process->sources.at[i].source];

        if (address + NEAR_BYTES >= source->lowest && address <= source->highest + NEAR_BYTES)
            return true;
    }
    return false;
}
