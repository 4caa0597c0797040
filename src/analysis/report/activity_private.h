/* The figures of activity.h, and what writes them shares. */
#ifndef JT_REPORT_ACTIVITY_PRIVATE_H
#define JT_REPORT_ACTIVITY_PRIVATE_H

#include "analysis/report/activity.h"
#include "base/map.h"
#include "base/strings.h"
#include "base/vec.h"

struct jt_activity_function {
    uint32_t name; /* in `strings` */
    uint64_t compilations;
    uint64_t compile_ns;
    uint64_t longest_ns;
    uint64_t aborts;
    uint64_t deopts;
};

struct jt_activity_reason {
    uint32_t name;
    uint64_t count;
};

struct jt_activity_reasons jt_vec(struct jt_activity_reason);

struct jt_activity_long {
    uint64_t duration_ns;
    uint64_t since_ns;
    uint32_t name;
    bool has_time;
    bool is_abort;
};

struct jt_activity {
    struct jt_strings strings;
    struct jt_map function_ids; /* by name: those of several processes are one */
    struct jt_map started;      /* compilations under way, in `starts` */
    struct jt_map abort_ids, deopt_ids;
    struct jt_vec(struct jt_activity_function) functions;
    struct jt_vec(uint64_t) starts;
    struct jt_activity_reasons aborts;
    struct jt_activity_reasons deopts;
    struct jt_vec(struct jt_activity_long) longest; /* longest first, once sorted */
    uint64_t classes[JITNEY_FUNCTION + 1];
    uint64_t compile_ns;
    uint64_t events;
    uint64_t first_ns, last_ns; /* since the recording started */
    bool has_times;
};

enum { JT_ACTIVITY_LONGEST_KEPT = 100 };

/* Most first; ties by name. */
void jt_activity_sort(struct jt_activity *activity);
const struct jt_activity_function **jt_activity_deoptimized(const struct jt_activity *activity,
                                                            size_t *count);

#endif
