/* Looking code up: what jitney_find() and the writer of backtraces share. */
#ifndef JT_RUNTIME_FIND_H
#define JT_RUNTIME_FIND_H

#include "jitney/codemap.h"

#include <stdbool.h>
#include <stdint.h>

/* Frame `index` at `pc`, innermost first; the code's own when it is the last one, `*is_last`.
 * `found->size` is that of this library. JITNEY_ERR_NOT_FOUND: there is none. */
int jt_find_frame(uint64_t pc, int index, struct jitney_found *found, bool *is_last);

/* How code at `pc` was loaded, without copying any text; JITNEY_ERR_NOT_FOUND: there is none. */
struct jt_find_facts {
    uint64_t address;
    uint32_t flags; /* enum jitney_code_flag */
    uint32_t unwind_kind;
};
int jt_find_facts(uint64_t pc, struct jt_find_facts *facts);

#endif
