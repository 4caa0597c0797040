/* jitney_code_gap(): what perf inject's image of a piece of code has behind the
 * code. It maps that image at the code's address, tables included; the next image would
 * cover them if it began there (linux: tools/perf/util/jitdump.c, genelf.c). */
#include "format/eh_frame.h"
#include "jitney/session.h"
#include "jitney/status.h"

size_t jitney_code_gap(const struct jitney_code_load *load)
{
    struct jt_eh_frame_layout layout;
    struct jt_eh_frame_size size;

    if (!load || load->size < sizeof(*load))
        return 0;
    layout = jt_eh_frame_layout_of_perf(load->bytes);
    if (jt_eh_frame_measure(load, &layout, &size) != JITNEY_OK)
        return 0;
    return (size_t)(layout.section - load->bytes) + size.frame_bytes + size.header_bytes;
}
