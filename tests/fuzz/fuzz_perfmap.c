/* Any bytes as a perf map: what is given lies inside the text, and no line is
 * both given and counted as lost. */
#include "analysis/load/perfmap.h"
#include "jitney/status.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    const char *text;
    size_t size;
    uint64_t loads;
};

static int see(void *context, const struct jt_code_event *event)
{
    struct seen *seen = context;

    if (event->name < seen->text || event->name_bytes == 0 ||
        event->name + event->name_bytes > seen->text + seen->size)
        abort();
    if (event->bytes == 0 || event->address + event->bytes < event->address)
        abort();
    seen->loads++;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen seen = {.text = (const char *)data, .size = size};
    struct jt_code_sink sink = {&seen, see};
    struct jt_load_damage damage = {0};
    int status = jt_perfmap_read_memory(seen.text, size, &sink, &damage);
    uint64_t lines = 1;

    jt_perfmap_probe(data, size);
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    if (seen.loads + damage.skipped > lines)
        abort();
    if (status != (seen.loads == 0 && damage.skipped > 0 ? JITNEY_ERR_FORMAT : JITNEY_OK))
        abort();
    return 0;
}
