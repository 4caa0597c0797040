/* One function per format behind codeview.h: they add to a view what a file tells. */
#ifndef JT_LOAD_CODEVIEW_SOURCES_H
#define JT_LOAD_CODEVIEW_SOURCES_H

#include "analysis/load/codeview.h"

typedef int jt_codeview_source(const char *path, struct jt_diag *diag, struct jt_codeview *view);

jt_codeview_source jt_codeview_add_recording;
jt_codeview_source jt_codeview_add_jitdump;
jt_codeview_source jt_codeview_add_perfmap;
jt_codeview_source jt_codeview_add_v8log;
jt_codeview_source jt_codeview_add_hotspotlog;

#endif
