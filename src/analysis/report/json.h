/* The report as JSON (docs/formats/report.md). */
#ifndef JT_REPORT_JSON_H
#define JT_REPORT_JSON_H

#include "analysis/profile/profile.h"

#include <stdio.h>

/* All functions, most self first. `activity` is what jt_activity_write_json() made of the
 * recordings beside the samples; NULL: there are none. Returns JITNEY_OK, JITNEY_ERR_IO. */
int jt_json_write(FILE *stream, const struct jt_profile *profile, const char *activity);

#endif
