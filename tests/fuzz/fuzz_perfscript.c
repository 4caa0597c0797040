/* perf script text: any bytes are read without harm, and frames stay inside
 * what was read. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/load/perfscript.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int check(void *context, const struct jt_named_sample *sample)
{
    uint64_t *sum = context;

    for (size_t i = 0; i < sample->command_bytes; i++)
        *sum += (uint8_t)sample->command[i];
    for (size_t i = 0; i < sample->frame_count; i++) {
        const struct jt_named_frame *frame = &sample->frames[i];

        if (frame->name_bytes == 0 || (frame->module && frame->module_bytes == 0))
            abort();
        for (size_t j = 0; j < frame->name_bytes; j++)
            *sum += (uint8_t)frame->name[j];
        for (size_t j = 0; j < frame->module_bytes; j++)
            *sum += (uint8_t)frame->module[j];
        for (size_t j = 0; j < frame->file_bytes; j++)
            *sum += (uint8_t)frame->file[j];
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t sum = 0;
    struct jt_sample_sink sink = {.context = &sum, .named = check};
    struct jt_diag diag = {0};
    struct jt_text_facts facts;
    FILE *stream = NULL;

    jt_perfscript_probe(data, size);
    if (size == 0)
        return 0;
    stream = fmemopen((void *)(uintptr_t)data, size, "r");
    if (!stream)
        abort();
    if (jt_perfscript_read(stream, "fuzz", &diag, &sink, &facts))
        abort();
    fclose(stream);
    return 0;
}
