/* Any bytes as the unwinding data of a piece of code: what is built is as large as was
 * measured, its entries follow each other to the end, and reading it again gives the same. */
#include "format/eh_frame.h"
#include "jitney/status.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The code and its section lie where the seeds say. */
static const uint64_t code_address = 0x1000;

static void walk(const uint8_t *section, size_t bytes)
{
    size_t at = 0;

    while (at < bytes) {
        uint32_t length = 0;

        if (bytes - at < 8)
            abort();
        memcpy(&length, section + at, sizeof(length));
        if (length < 4 || length > bytes - at - 4)
            abort();
        at += 4 + (size_t)length;
    }
}

static uint8_t *build(const struct jitney_code_load *load, const struct jt_eh_frame_layout *layout,
                      struct jt_eh_frame_size *size)
{
    uint8_t *out = NULL;

    if (jt_eh_frame_measure(load, layout, size) != JITNEY_OK)
        return NULL;
    out = malloc(size->frame_bytes + size->header_bytes);
    if (jt_eh_frame_build(load, layout, size, out) != JITNEY_OK || size->fdes == 0)
        abort();
    walk(out, size->frame_bytes);
    return out;
}

/* What we wrote for a debugger is an .eh_frame like any other. */
static void read_again(const struct jitney_code_load *load, const uint8_t *built,
                       const struct jt_eh_frame_layout *layout, const struct jt_eh_frame_size *size)
{
    struct jitney_code_load again = *load;
    struct jt_eh_frame_size same;
    uint8_t *out = NULL;

    again.unwind_kind = JITNEY_UNWIND_EH_FRAME;
    again.unwind = built;
    again.unwind_bytes = size->frame_bytes;
    again.unwind_address = 0x400000;
    out = build(&again, layout, &same);
    if (!out || same.frame_bytes != size->frame_bytes || same.fdes != size->fdes ||
        memcmp(out, built, same.frame_bytes) != 0)
        abort();
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t head[4] = {0};
    struct jitney_code_load load = {.size = sizeof(load), .code = head, .unwind_address = 0x700000};
    struct jt_eh_frame_layout layouts[2] = {
        {.has_header = true, .section = 0x100},
        {.is_absolute = true, .text = code_address},
    };

    if (size < sizeof(head))
        return 0;
    memcpy(head, data, sizeof(head));
    load.unwind_kind = head[0];
    load.address = head[1] & 1 ? code_address : 0;
    load.flags = head[1] >> 4;
    load.bytes = head[2];
    load.unwind = data + sizeof(head);
    load.unwind_bytes = size - sizeof(head);
    for (int i = 0; i < 2; i++) {
        struct jt_eh_frame_size measured;
        uint8_t *out = NULL;

        layouts[i].machine = head[1] & 2 ? EM_AARCH64 : EM_X86_64;
        out = build(&load, &layouts[i], &measured);
        if (out && i == 1 && load.address != 0)
            read_again(&load, out, &layouts[i], &measured);
        free(out);
    }
    return 0;
}
