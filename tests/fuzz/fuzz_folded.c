/* Folded stacks: any bytes are read without harm, and frames stay inside
 * what was read. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/load/folded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int check(void *context, const struct jt_named_sample *sample)
{
    uint64_t *sum = context;

    if (sample->weight == 0 || sample->frame_count == 0)
        abort();
    for (size_t i = 0; i < sample->frame_count; i++) {
        const struct jt_named_frame *frame = &sample->frames[i];

        if (frame->name_bytes == 0 || frame->module)
            abort();
        for (size_t j = 0; j < frame->name_bytes; j++)
            *sum += (uint8_t)frame->name[j];
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

    jt_folded_probe(data, size);
    if (size == 0)
        return 0;
    stream = fmemopen((void *)(uintptr_t)data, size, "r");
    if (!stream)
        abort();
    if (jt_folded_read(stream, "fuzz", &diag, &sink, &facts))
        abort();
    fclose(stream);
    return 0;
}
