/* A library that a program loads at run time and that has a session of its own, from its own,
 * statically linked copy of libjitney. */
#include "jitney/jitney.h"

#include <stdio.h>

__attribute__((visibility("default"))) int plugin_open(const char *folder, void **session);
__attribute__((visibility("default"))) int plugin_load(void *session, const char *name,
                                                       uint64_t address);
__attribute__((visibility("default"))) int plugin_knows(uint64_t address);
__attribute__((visibility("default"))) void plugin_close(void *session);

int plugin_open(const char *folder, void **session)
{
    char record[512];
    struct jitney_session_options options = {.size = sizeof(options),
                                             .sinks = JITNEY_SINK_PERFMAP | JITNEY_SINK_JITDUMP |
                                                      JITNEY_SINK_RECORD | JITNEY_SINK_GDB,
                                             .directory = folder,
                                             .record_file = record,
                                             .record_filter = JITNEY_EVENTS_ALL};

    snprintf(record, sizeof(record), "%s/plugin-%%p.jtr", folder);
    return jitney_session_open(&options, (struct jitney_session **)session);
}

int plugin_load(void *session, const char *name, uint64_t address)
{
    struct jitney_code_load load = {
        .size = sizeof(load), .address = address, .bytes = 32, .name = name};

    return jitney_code_load(session, &load);
}

int plugin_knows(uint64_t address)
{
    struct jitney_found found = {.size = sizeof(found)};

    return jitney_find(address, &found) == JITNEY_OK;
}

void plugin_close(void *session)
{
    jitney_session_close(session);
}
