/* Any bytes as V8's log: what is given can be code, its text lies in the input or is its
 * plain form, and no line is given twice. */
#include "analysis/load/v8log.h"
#include "jitney/status.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    size_t size;
    uint64_t events;
    uint64_t last_ns;
};

static void touch(struct jt_v8log_text text, size_t most)
{
    volatile char sum = 0;

    if (text.bytes > most)
        abort();
    for (size_t i = 0; i < text.bytes; i++)
        sum = (char)(sum ^ text.at[i]);
}

static int see(void *context, const struct jt_v8log_event *event)
{
    struct seen *seen = context;

    touch(event->tag, seen->size);
    touch(event->mark, 4);
    touch(event->name, seen->size);
    touch(event->cause, seen->size);
    touch(event->place, seen->size);
    touch(event->reason, seen->size);
    if (event->kind == JT_V8LOG_CODE &&
        (event->bytes == 0 || event->address + event->bytes <= event->address || !event->has_time))
        abort();
    if (!event->has_time && event->time_ns != seen->last_ns)
        abort();
    seen->last_ns = event->time_ns;
    return ++seen->events % 1000 == 999 ? JITNEY_ERR_STOPPED : JITNEY_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen seen = {.size = size};
    const struct jt_v8log_sink sink = {&seen, see};
    struct jt_v8log_facts facts;
    struct jt_diag diag = {0};
    FILE *stream = size > 0 ? fmemopen((void *)data, size, "r") : NULL;
    uint64_t lines = 1;
    int status = JITNEY_OK;

    jt_v8log_probe(data, size);
    if (!stream)
        return 0;
    status = jt_v8log_read(stream, "fuzz", &diag, &sink, &facts);
    fclose(stream);
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    if (status != JITNEY_OK && status != JITNEY_ERR_STOPPED)
        abort();
    if (facts.codes + facts.moves + facts.deopts > seen.events || seen.events > lines ||
        facts.skipped > lines)
        abort();
    return 0;
}
