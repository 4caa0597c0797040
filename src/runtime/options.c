/* What the environment asks of a session. */
#include "jitney/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { OPTIONS_BYTES_1 = offsetof(struct jitney_session_options, allocator) + sizeof(void *) };

static const struct {
    const char *group;
    uint32_t events;
} groups[] = {
#define GROUP_ROW(id, value, name, group) {group, JITNEY_EVENT_BIT(value)},
    JITNEY_EVENT_LIST(GROUP_ROW)
#undef GROUP_ROW
        {"All", JITNEY_EVENTS_ALL},
};

static bool is_on(const char *value)
{
    return *value && strcmp(value, "0") != 0;
}

static const char *file_of(const char *value)
{
    return is_on(value) && strcmp(value, "1") != 0 ? value : NULL;
}

static void set_sink(struct jitney_session_options *options, uint32_t sink, const char *value)
{
    if (is_on(value))
        options->sinks |= sink;
    else
        options->sinks &= ~sink;
}

static uint32_t events_of_group(const char *word, size_t bytes)
{
    uint32_t events = 0;

    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        if (strlen(groups[i].group) == bytes && strncasecmp(groups[i].group, word, bytes) == 0)
            events |= groups[i].events;
    return events;
}

static int set_filter(struct jitney_session_options *options, const char *value)
{
    uint32_t events = 0;
    int status = JITNEY_OK;

    while (*value) {
        size_t bytes = strcspn(value, ",");
        uint32_t more = events_of_group(value, bytes);

        if (more == 0 && bytes > 0)
            status = JITNEY_ERR_ARGUMENT;
        events |= more;
        value += bytes + (value[bytes] == ',');
    }
    if (events)
        options->record_filter = events;
    return status;
}

static int set_record_bytes(struct jitney_session_options *options, const char *value)
{
    static const char units[] = "KMG";
    char *end = NULL;
    unsigned long long number = 0;
    const char *unit = NULL;
    unsigned shift = 0;

    errno = 0;
    number = strtoull(value, &end, 10);
    if (errno || end == value || *value == '-')
        return JITNEY_ERR_ARGUMENT;
    unit = *end ? strchr(units, *end) : NULL;
    if (unit)
        shift = 10 * (unsigned)(unit - units + 1);
    if ((*end && (!unit || end[1])) || number == 0 || number > UINT64_MAX >> shift)
        return JITNEY_ERR_ARGUMENT;
    options->record_bytes = (uint64_t)number << shift;
    return JITNEY_OK;
}

static int set_perfmap(struct jitney_session_options *options, const char *value)
{
    set_sink(options, JITNEY_SINK_PERFMAP, value);
    return JITNEY_OK;
}

static int set_jitdump(struct jitney_session_options *options, const char *value)
{
    set_sink(options, JITNEY_SINK_JITDUMP, value);
    return JITNEY_OK;
}

static int set_gdb(struct jitney_session_options *options, const char *value)
{
    set_sink(options, JITNEY_SINK_GDB, value);
    if (strcmp(value, "always") == 0)
        options->flags |= JITNEY_SESSION_GDB_ALWAYS;
    return JITNEY_OK;
}

static int set_map(struct jitney_session_options *options, const char *value)
{
    set_sink(options, JITNEY_SINK_MAP, value);
    return JITNEY_OK;
}

static int set_record(struct jitney_session_options *options, const char *value)
{
    set_sink(options, JITNEY_SINK_RECORD, value);
    if (file_of(value))
        options->record_file = value;
    return JITNEY_OK;
}

static int set_log(struct jitney_session_options *options, const char *value)
{
    set_sink(options, JITNEY_SINK_LOG, value);
    if (file_of(value))
        options->log_file = value;
    return JITNEY_OK;
}

static int set_serialize(struct jitney_session_options *options, const char *value)
{
    if (is_on(value))
        options->flags |= JITNEY_SESSION_BODIES;
    else
        options->flags &= ~(uint32_t)JITNEY_SESSION_BODIES;
    return JITNEY_OK;
}

static int set_directory(struct jitney_session_options *options, const char *value)
{
    options->directory = *value ? value : NULL;
    return JITNEY_OK;
}

static int set_user_code(struct jitney_session_options *options, const char *value)
{
    options->user_code = *value ? value : NULL;
    return JITNEY_OK;
}

static const struct {
    const char *name;
    int (*set)(struct jitney_session_options *options, const char *value);
} variables[] = {
    {"JITNEY_PERFMAP", set_perfmap},
    {"JITNEY_JITDUMP", set_jitdump},
    {"JITNEY_GDB", set_gdb},
    {"JITNEY_RECORD", set_record},
    {"JITNEY_RECORD_FILTER", set_filter},
    {"JITNEY_RECORD_SERIALIZE", set_serialize},
    {"JITNEY_RECORD_BYTES", set_record_bytes},
    {"JITNEY_LOG", set_log},
    {"JITNEY_MAP", set_map},
    {"JITNEY_DIR", set_directory},
    {"JITNEY_USER_CODE", set_user_code},
};

int jitney_options_from_environment(struct jitney_session_options *options)
{
    int saved = errno;
    int status = JITNEY_OK;

    if (!options || options->size < OPTIONS_BYTES_1)
        return JITNEY_ERR_ARGUMENT;
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        const char *value = getenv(variables[i].name);
        int result = value ? variables[i].set(options, value) : JITNEY_OK;

        if (result)
            status = result;
    }
    errno = saved;
    return status;
}
