/* Every sink there is: one row here, one file in sink/. */
#include "runtime/session.h"

const struct jt_sink_class *const jt_sink_classes[JT_SINK_COUNT] = {
    &jt_perfmap_sink, &jt_jitdump_sink, &jt_gdb_sink, &jt_recording_sink, &jt_log_sink,
};
