/* One self-contained page of a profile: summary, flame graph, functions. It
 * asks nothing of the network and its own policy forbids it to. */
#ifndef JT_REPORT_HTML_H
#define JT_REPORT_HTML_H

#include "analysis/profile/profile.h"

#include <stdio.h>

enum jt_html_view { JT_HTML_GRAPH, JT_HTML_SUMMARY, JT_HTML_FUNCTIONS };

struct jt_html_options {
    const char *title;      /* NULL: the command, or "Flame graph" */
    enum jt_html_view view; /* what the page opens on; the others are a click away */
    bool is_icicle;         /* root at the top */
    bool is_reversed;       /* leaves first: who called it */
    double min_share; /* frames narrower than this part of all are merged; 0: none are; negative:
                         only as many as the page must lose to stay small (jt_tree_least) */
    const struct jt_profile *before; /* a differential against this; NULL: none */
    const char *before_name;         /* what the two are called; NULL: "before", "after" */
    const char *after_name;
};

/* Write the page. Returns JITNEY_OK or JITNEY_ERR_IO. */
int jt_html_write(FILE *stream, const struct jt_profile *profile,
                  const struct jt_html_options *options);

#endif
