#include "options.h"

#include <stdlib.h>
#include <string.h>

/* A word that switches a sink on. */
struct sink_word {
    const char *word;
    const char *variable;
    uint32_t sink;
};

static const struct sink_word sinks[] = {
    {"perfmap", "JITNEY_PERFMAP", JITNEY_SINK_PERFMAP},
    {"jitdump", "JITNEY_JITDUMP", JITNEY_SINK_JITDUMP},
    {"gdb", "JITNEY_GDB", JITNEY_SINK_GDB},
    {"record", "JITNEY_RECORD", JITNEY_SINK_RECORD},
    {"log", "JITNEY_LOG", JITNEY_SINK_LOG},
    {"map", "JITNEY_MAP", JITNEY_SINK_MAP},
};
enum { SINK_WORDS = sizeof(sinks) / sizeof(sinks[0]) };

/* What stands behind a sink's `=`: 1, 0, or its file when it takes one. */
static bool read_sink_value(struct jitney_session_options *session, uint32_t sink,
                            const char *value)
{
    session->sinks |= sink;
    if (!value || strcmp(value, "1") == 0)
        return true;
    if (strcmp(value, "0") == 0)
        session->sinks &= ~sink;
    else if (sink == JITNEY_SINK_RECORD)
        session->record_file = value;
    else if (sink == JITNEY_SINK_LOG)
        session->log_file = value;
    else
        return false;
    return true;
}

static uint32_t sink_named(const char *word)
{
    for (int i = 0; i < SINK_WORDS; i++)
        if (strcmp(word, sinks[i].word) == 0)
            return sinks[i].sink;
    return 0;
}

static uint32_t group_bits(const char *group)
{
#define ROW(id, value, name, group_name) {group_name, JITNEY_EVENT_BIT(id)},
    static const struct {
        const char *name;
        uint32_t bit;
    } rows[] = {JITNEY_EVENT_LIST(ROW)};
#undef ROW
    uint32_t bits = 0;

    if (strcmp(group, "All") == 0)
        return JITNEY_EVENTS_ALL;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(group, rows[i].name) == 0)
            bits |= rows[i].bit;
    return bits;
}

/* `Code+Compile+Deopt` */
static bool read_filter(struct jitney_session_options *session, char *value)
{
    uint32_t bits = 0;
    bool all_known = true;
    char *rest = NULL;

    for (char *group = strtok_r(value, "+", &rest); group; group = strtok_r(NULL, "+", &rest)) {
        all_known = all_known && group_bits(group) != 0;
        bits |= group_bits(group);
    }
    if (bits)
        session->record_filter = bits;
    return all_known && bits;
}

static bool read_word(struct jvm_options *options, const char *word, char *value)
{
    if (sink_named(word))
        return read_sink_value(&options->session, sink_named(word), value);
    if (!value || !*value)
        return false;
    if (strcmp(word, "dir") == 0)
        options->session.directory = value;
    else if (strcmp(word, "user_code") == 0)
        options->session.user_code = value;
    else if (strcmp(word, "filter") == 0)
        return read_filter(&options->session, value);
    else if (strcmp(word, "log_compilation") == 0)
        options->log_compilation = value;
    else if (strcmp(word, "events") == 0 && strcmp(value, "0") == 0)
        options->ignores_logs = true;
    else
        return false;
    return true;
}

static bool is_asked_by_environment(void)
{
    for (int i = 0; i < SINK_WORDS; i++)
        if (getenv(sinks[i].variable))
            return true;
    return false;
}

const char *jvm_options_read(struct jvm_options *options, const char *text)
{
    const char *wrong = NULL;
    char *rest = NULL;

    memset(options, 0, sizeof(*options));
    options->session.size = sizeof(options->session);
    options->session.engine = "HotSpot";
    if (jitney_options_from_environment(&options->session) != JITNEY_OK)
        wrong = "a variable JITNEY_*";
    if (text && strlen(text) >= sizeof(options->text))
        return "options that long";
    if (text)
        memcpy(options->text, text, strlen(text) + 1);
    for (char *word = strtok_r(options->text, ",", &rest); word;
         word = strtok_r(NULL, ",", &rest)) {
        char *value = strchr(word, '=');

        if (value)
            *value++ = '\0';
        if (!read_word(options, word, value))
            wrong = word;
    }
    /* Who names the agent and nothing else wants names in perf. */
    if (options->session.sinks == 0 && !is_asked_by_environment() &&
        !strstr(text ? text : "", "=0"))
        options->session.sinks = JITNEY_SINK_PERFMAP;
    return wrong;
}
