/* Recordings of the R compiler Ř (RIR): lists of functions and events that R's
 * serialization holds (docs/formats/rds.md). Read as events of ours, numbered and
 * named as Ř does it itself. Source of all facts: reactorlabs/rir,
 * rir/src/recording*.{h,cpp} and replayer.r. */
#ifndef JT_LOAD_RIR_H
#define JT_LOAD_RIR_H

#include "analysis/load/rds.h"
#include "base/buf.h"
#include "jitney/event.h"
#include "jitney/recording.h"

struct jt_rir;

struct jt_rir_facts {
    uint64_t functions;
    uint64_t events;
    uint64_t bad;      /* functions and events that lack what makes them one */
    bool is_cut_short; /* damage was met and said; what came before it was given */
};

/* Takes `rds`. */
void jt_rir_open(struct jt_rds *rds, struct jt_rir **rir);
void jt_rir_close(struct jt_rir *rir);

/* Give first the functions (number N is Ř's N - 1) and then the events in their order; the times
 * of all are 0. JITNEY_OK, also when the end of the file is damaged; what the visitor returned;
 * JITNEY_ERR_FORMAT or another status of jt_rds_read() when nothing could be read. */
int jt_rir_read(struct jt_rir *rir, const struct jitney_recording_visitor *visitor);
const struct jt_rir_facts *jt_rir_facts(const struct jt_rir *rir);
const struct jitney_function *jt_rir_function(const struct jt_rir *rir, uint32_t number);

/* As Ř prints a Context: "!ExpMi,CorrOrd;Eager0 miss: 1". */
void jt_rir_context_append(struct jt_buf *text, uint64_t context);
/* As Ř prints a function in type feedback: f, .Primitive(+), .Internal(paste) or <?>. */
void jt_rir_function_append(struct jt_buf *text, const struct jitney_function *function);
/* As Ř prints observed types: "integer, double (s) | value". */
void jt_rir_types_append(struct jt_buf *text, uint32_t packed);

#endif
