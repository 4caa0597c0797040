/* Any bytes as a jitdump: what is given lies inside the file, and rows of lines
 * are in order and inside their code. */
#include "analysis/load/jitdump.h"

#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    const uint8_t *data;
    size_t size;
    struct jt_vec(struct jt_code_event) events;
};

static int see(void *context, const struct jt_code_event *event)
{
    struct seen *seen = context;
    const uint8_t *name = (const uint8_t *)event->name;

    if (event->kind == JT_CODE_LOAD) {
        if (name < seen->data || event->name_bytes > seen->size ||
            name + event->name_bytes > seen->data + seen->size)
            abort();
        if (event->bytes == 0 || event->address + event->bytes < event->address)
            abort();
        if (event->code_offset >= 0 &&
            (event->bytes > seen->size || (uint64_t)event->code_offset + event->bytes > seen->size))
            abort();
    }
    jt_vec_push(&seen->events, *event);
    return 0;
}

static void check_lines(struct jt_jitdump *dump, const struct jt_code_event *event)
{
    const struct jt_line *lines = NULL;
    size_t count =
        jt_jitdump_lines(dump, event->lines_offset, event->address, event->bytes, &lines);

    for (size_t i = 0; i < count; i++) {
        if (lines[i].offset > event->bytes || (i > 0 && lines[i].offset < lines[i - 1].offset))
            abort();
        if (strlen(lines[i].file) > INT32_MAX)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen seen = {.data = data, .size = size};
    struct jt_code_sink sink = {&seen, see};
    struct jt_jitdump *dump = NULL;
    struct jt_diag diag = {0};

    if (jt_jitdump_open_memory(data, size, "fuzz", &diag, &dump))
        return 0;
    if (jt_jitdump_read(dump, &sink))
        abort();
    if (jt_jitdump_facts(dump)->damage.torn_bytes > size)
        abort();
    for (size_t i = 0; i < seen.events.count; i++)
        check_lines(dump, &seen.events.at[i]);
    jt_vec_release(&seen.events);
    jt_jitdump_close(dump);
    return 0;
}
