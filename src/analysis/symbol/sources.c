#include "analysis/symbol/sources.h"

#include "analysis/load/perfmap.h"
#include "analysis/load/recording.h"
#include "base/map.h"
#include "jitney/status.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void jt_sources_init(struct jt_sources *sources, struct jt_strings *strings, struct jt_diag *diag,
                     const struct jt_sources_options *options)
{
    *sources = (struct jt_sources){.strings = strings, .diag = diag, .options = *options};
}

void jt_sources_release(struct jt_sources *sources)
{
    for (size_t i = 0; i < sources->list.count; i++) {
        struct jt_source *source = sources->list.at[i];

        jt_jitdump_close(source->dump);
        jt_vec_release(&source->events);
        free(source->path);
        free(source);
    }
    jt_vec_release(&sources->list);
    jt_vec_release(&sources->codes);
}

struct reading {
    struct jt_sources *sources;
    struct jt_source *source;
    uint32_t number;     /* of the source */
    bool converts;       /* times are CPU ticks */
    struct jt_map names; /* of a map's lines, to codes */
};

static uint64_t convert_time(const struct jt_time_conversion *conversion, uint64_t ticks)
{
    uint64_t shift = conversion->shift & 63;
    uint64_t quotient = ticks >> shift;
    uint64_t rest = ticks & ((UINT64_C(1) << shift) - 1);

    return conversion->zero + quotient * conversion->mult + ((rest * conversion->mult) >> shift);
}

/* A map's lines of one name are one function: the runtime wrote it again. */
static uint32_t code_of(struct reading *reading, const struct jt_code_event *event)
{
    struct jt_sources *sources = reading->sources;
    uint32_t name = jt_strings_put(sources->strings, event->name, event->name_bytes);
    uint32_t code = (uint32_t)sources->codes.count;
    uint32_t *known = NULL;

    if (reading->source->kind == JT_SOURCE_MAP) {
        known = jt_map_put(&reading->names, name);
        if (*known != JT_MAP_NONE)
            return *known;
        *known = code;
    }
    jt_vec_push(&sources->codes, (struct jt_source_code){.address = event->address,
                                                         .bytes = event->bytes,
                                                         .lines_offset = event->lines_offset,
                                                         .name = name,
                                                         .source = reading->number});
    return code;
}

static int keep_event(void *context, const struct jt_code_event *event)
{
    struct reading *reading = context;
    struct jt_sources *sources = reading->sources;
    struct jt_source *source = reading->source;
    struct jt_source_event kept = {.address = event->address,
                                   .old_address = event->old_address,
                                   .bytes = event->bytes,
                                   .index = event->index,
                                   .kind = event->kind};

    kept.time_ns =
        reading->converts ? convert_time(&sources->conversion, event->time_ns) : event->time_ns;
    if (kept.time_ns > source->last_ns)
        source->last_ns = kept.time_ns;
    if (event->address < source->lowest)
        source->lowest = event->address;
    if (event->address > source->highest)
        source->highest = event->address;
    if (event->kind == JT_CODE_LOAD)
        kept.code = code_of(reading, event);
    jt_vec_push(&source->events, kept);
    return JITNEY_OK;
}

static void read_map(struct reading *reading)
{
    struct jt_source *source = reading->source;
    const struct jt_code_sink sink = {reading, keep_event};

    source->is_readable =
        jt_perfmap_read(source->path, reading->sources->diag, &sink, &source->damage) == JITNEY_OK;
}

/* Whether the dump's times can be laid beside those of the samples. */
static bool times_agree(const struct jt_sources *sources, const struct jt_jitdump_facts *facts)
{
    if (facts->arch_timestamp)
        return sources->conversion.mult != 0;
    return sources->has_monotonic_clock;
}

static void read_dump(struct reading *reading)
{
    struct jt_source *source = reading->source;
    struct jt_sources *sources = reading->sources;
    const struct jt_code_sink sink = {reading, keep_event};
    const struct jt_jitdump_facts *facts = NULL;

    if (jt_jitdump_open(source->path, sources->diag, &source->dump) != JITNEY_OK)
        return;
    facts = jt_jitdump_facts(source->dump);
    source->has_time = times_agree(sources, facts);
    reading->converts = facts->arch_timestamp && source->has_time;
    if (!source->has_time)
        source->fault = JT_REASON_CLOCK;
    source->is_readable = jt_jitdump_read(source->dump, &sink) == JITNEY_OK;
    facts = jt_jitdump_facts(source->dump);
    source->damage = facts->damage;
    if (facts->damage.torn_bytes > 0 && !source->fault)
        source->fault = JT_REASON_DUMP_TORN;
    if (source->pid == 0)
        source->pid = facts->pid;
}

/* Its times are those of CLOCK_MONOTONIC. */
static void read_recording(struct reading *reading)
{
    struct jt_source *source = reading->source;
    const struct jt_code_sink sink = {reading, keep_event};

    source->has_time = reading->sources->has_monotonic_clock;
    if (!source->has_time)
        source->fault = JT_REASON_CLOCK;
    source->is_readable = jt_recording_codes_read(source->path, reading->sources->diag, &sink,
                                                  &source->damage) == JITNEY_OK;
}

/* One row per kind: how it is read, and the pid in its name. */
static const struct {
    void (*read)(struct reading *reading);
    uint32_t (*pid_of_name)(const char *path);
} kinds[] = {
    [JT_SOURCE_MAP] = {read_map, jt_perfmap_pid_of_name},
    [JT_SOURCE_DUMP] = {read_dump, jt_jitdump_pid_of_name},
    [JT_SOURCE_RECORDING] = {read_recording, jt_recording_pid_of_name},
};

uint32_t jt_source_pid_of_name(enum jt_source_kind kind, const char *path)
{
    return kinds[kind].pid_of_name(path);
}

static bool may_use(const struct jt_sources *sources, const struct stat *status)
{
    return sources->options.trusts_maps || status->st_uid == 0 || status->st_uid == geteuid() ||
           status->st_uid == sources->options.owner;
}

static struct jt_source *find_known(const struct jt_sources *sources, const char *path)
{
    for (size_t i = 0; i < sources->list.count; i++)
        if (strcmp(sources->list.at[i]->path, path) == 0)
            return sources->list.at[i];
    return NULL;
}

struct jt_source *jt_sources_add(struct jt_sources *sources, enum jt_source_kind kind,
                                 const char *path, uint32_t pid, bool checks_owner)
{
    struct jt_source *source = find_known(sources, path);
    struct reading reading = {.sources = sources, .number = (uint32_t)sources->list.count};
    struct stat status;

    if (source)
        return source;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return NULL;
    source = jt_alloc(1, sizeof(*source));
    *source =
        (struct jt_source){.kind = kind, .path = jt_strdup(path), .pid = pid, .lowest = UINT64_MAX};
    jt_vec_push(&sources->list, source);
    reading.source = source;
    if (source->pid == 0)
        source->pid = jt_source_pid_of_name(kind, path);
    if (checks_owner && !may_use(sources, &status)) {
        source->fault = JT_REASON_MAP_OWNER;
        jt_diag_warn(sources->diag, path, JT_DIAG_NO_OFFSET,
                     "owned by uid %u, not used (--trust-maps uses it)", status.st_uid);
        return source;
    }
    kinds[kind].read(&reading);
    jt_map_release(&reading.names);
    return source;
}

void jt_source_fill(const struct jt_source *source, struct jt_timeline *timeline, uint64_t from_ns,
                    uint64_t until_ns, bool ends_only)
{
    for (size_t i = 0; i < source->events.count; i++) {
        const struct jt_source_event *event = &source->events.at[i];

        if (source->has_time && (event->time_ns < from_ns || event->time_ns > until_ns))
            continue;
        if (ends_only && event->kind != JT_CODE_UNLOAD)
            continue;
        switch (event->kind) {
        case JT_CODE_LOAD:
            jt_timeline_load(timeline, event->time_ns, event->address, event->bytes, event->index,
                             event->code);
            break;
        case JT_CODE_MOVE:
            jt_timeline_move(timeline, event->time_ns, event->old_address, event->address,
                             event->bytes, event->index);
            break;
        case JT_CODE_UNLOAD:
            jt_timeline_end(timeline, event->time_ns, event->address, event->bytes);
            break;
        }
    }
}
