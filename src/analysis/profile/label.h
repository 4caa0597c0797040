/* A frame in one line of text, the same in every report. */
#ifndef JT_PROFILE_LABEL_H
#define JT_PROFILE_LABEL_H

#include "analysis/profile/profile.h"
#include "base/buf.h"

enum jt_label_flags {
    JT_LABEL_PLACE = 1,   /* with "app.js:12", the file's base name */
    JT_LABEL_TIER = 2,    /* with "(optimized)" */
    JT_LABEL_ANNOTATE = 4 /* with FlameGraph's _[j] _[k] _[i] */
};

/* Append the label: "work app.js:2 (optimized)". A frame without a name is the
 * module it lies in, in brackets. Control characters become spaces. */
void jt_label_append(struct jt_buf *out, const struct jt_profile *profile, uint32_t frame,
                     unsigned flags);

#endif
