/* What a recording says about the machine that it was made on. */
#ifndef JT_SAMPLE_SAMPLER_ABOUT_H
#define JT_SAMPLE_SAMPLER_ABOUT_H

#include "analysis/sample/perfdata_writer.h"

#include <sys/utsname.h>

struct jt_about {
    struct jt_perfdata_about facts; /* its strings live in here */
    struct utsname system;
    char cpu[256];
};

void jt_about_gather(struct jt_about *about);

#endif
