/* Any bytes as HotSpot's log: what is given can be code, its text is bounded, and a
 * method's name is written as something. */
#include "analysis/load/hotspotlog.h"
#include "jitney/status.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    uint64_t events;
    struct jt_buf name;
};

static int see(void *context, const struct jt_hotspotlog_event *event)
{
    struct seen *seen = context;

    if (strlen(event->method) >= JT_HOTSPOTLOG_TEXT || strlen(event->mode) >= JT_HOTSPOTLOG_TEXT ||
        strlen(event->reason) >= JT_HOTSPOTLOG_TEXT || strlen(event->action) >= JT_HOTSPOTLOG_TEXT)
        abort();
    if (event->kind == JT_HOTSPOTLOG_CODE &&
        (event->bytes == 0 || event->address + event->bytes < event->address))
        abort();
    jt_buf_clear(&seen->name);
    jt_hotspotlog_append_method(&seen->name, event->method);
    if (jt_buf_status(&seen->name) || (*event->method && seen->name.length == 0))
        abort();
    seen->events++;
    return JITNEY_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen seen = {.name = JT_BUF_INIT(64 << 20)};
    const struct jt_hotspotlog_sink sink = {&seen, see};
    struct jt_hotspotlog_facts facts;
    struct jt_diag diag = {0};
    FILE *stream = size > 0 ? fmemopen((void *)data, size, "r") : NULL;

    jt_hotspotlog_probe(data, size);
    if (!stream)
        return 0;
    if (jt_hotspotlog_read(stream, "fuzz", &diag, &sink, &facts) != JITNEY_OK)
        abort();
    fclose(stream);
    if (facts.codes + facts.traps + facts.not_entrants > seen.events)
        abort();
    jt_buf_release(&seen.name);
    return 0;
}
