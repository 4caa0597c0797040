/* The report as JSON (docs/formats/report.md). */
#ifndef JT_REPORT_JSON_H
#define JT_REPORT_JSON_H

#include "analysis/profile/profile.h"

#include <stdio.h>

/* All functions, most self first. Returns JITNEY_OK, JITNEY_ERR_IO. */
int jt_json_write(FILE *stream, const struct jt_profile *profile);

#endif
