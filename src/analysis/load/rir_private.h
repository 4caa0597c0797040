/* What the files of the reader of Ř's recordings share: rir.c walks, rir_event.c
 * turns one event into ours. */
#ifndef JT_LOAD_RIR_PRIVATE_H
#define JT_LOAD_RIR_PRIVATE_H

#include "analysis/load/rir.h"
#include "base/vec.h"

/* Room for the event that is being given. */
struct jt_rir_event {
    struct jitney_event event;
    union {
        struct jitney_compile_start compile_start;
        struct jitney_compile compile;
        struct jitney_compile_end compile_end;
        struct jitney_compile_abort compile_abort;
        struct jitney_deopt deopt;
        struct jitney_invocation invocation;
        struct jitney_invocation_undo invocation_undo;
        struct jitney_type_feedback type_feedback;
        struct jitney_note note;
    } body;
    struct jt_vec(struct jitney_feedback) feedback;
    struct jt_vec(size_t) text_offsets; /* of each feedback, in `texts` */
    struct jt_buf texts;
};

/* Fill `event` from a list of Ř's; false when it lacks its function, which is 0 then. */
bool jt_rir_event_fill(struct jt_rir_event *event, const struct jt_rds_item *list);
bool jt_rir_is_event(const struct jt_rds_item *list);
void jt_rir_event_release(struct jt_rir_event *event);

#endif
