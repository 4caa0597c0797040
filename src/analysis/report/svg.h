/* A static picture of a profile: a flame graph as SVG that needs no script, for
 * a README or a report. Each frame's tooltip tells its samples. */
#ifndef JT_REPORT_SVG_H
#define JT_REPORT_SVG_H

#include "analysis/profile/profile.h"

#include <stdio.h>

struct jt_svg_options {
    const char *title; /* NULL: the command, or "Flame graph" */
    unsigned width;    /* pixels; 0: 1200 */
    bool is_icicle;    /* root at the top */
    bool is_reversed;  /* leaves first: who called it */
    double min_share;  /* frames narrower than this part of all are merged; negative: 0.1 pixels */
    const struct jt_profile *before; /* a differential against this; NULL: none */
    const char *before_name;         /* what the two are called; NULL: "before", "after" */
    const char *after_name;
};

/* Write the picture. Returns JITNEY_OK or JITNEY_ERR_IO. */
int jt_svg_write(FILE *stream, const struct jt_profile *profile,
                 const struct jt_svg_options *options);

#endif
