/* Text in, text out: every address that the map knows becomes the name of the
 * code it lies in, all else stays as it is, byte for byte. Works on whole lines
 * as they come; memory does not grow with the text or its lines. The rules are
 * those of docs/commands/resolve.md. */
#ifndef JT_REPORT_REWRITE_H
#define JT_REPORT_REWRITE_H

#include "analysis/symbol/addressmap.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jt_rewrite_options {
    bool keeps_addresses; /* the name goes behind the address, not in its place */
    bool steps_back;      /* in numbered frames above 0, an address no code contains
                             is looked up one byte before: a call can be the last
                             instruction of its function */
};

/* Where the text goes; anything but 0 stops the rewriter, which returns it. */
struct jt_rewrite_sink {
    void *context;
    int (*write)(void *context, const char *text, size_t bytes);
};

struct jt_rewriter;

/* The map must outlive the rewriter. */
struct jt_rewriter *jt_rewriter_new(const struct jt_addressmap *map,
                                    const struct jt_rewrite_options *options,
                                    const struct jt_rewrite_sink *sink);
void jt_rewriter_free(struct jt_rewriter *rewriter);
/* Room for more text; there always is some. */
char *jt_rewriter_room(struct jt_rewriter *rewriter, size_t *bytes);
/* So many bytes were put there: all lines that are whole by now go to the sink. */
int jt_rewriter_take(struct jt_rewriter *rewriter, size_t bytes);
/* The text has ended: the rest goes to the sink. */
int jt_rewriter_finish(struct jt_rewriter *rewriter);
/* Addresses that became names so far. */
uint64_t jt_rewriter_resolved(const struct jt_rewriter *rewriter);

#endif
