/* Folded stacks: `root;caller;leaf COUNT`, one stack a line (FlameGraph). A
 * count with a fraction is rounded to the nearest whole number, halves up. When
 * every line of the first block has two counts, the file is a differential one
 * and the second count is taken. Lines with a count of 0 give no sample, empty
 * frames are left out, annotations (`_[j]`, `_[k]`, `_[i]`) stay in the names. */
#ifndef JT_LOAD_FOLDED_H
#define JT_LOAD_FOLDED_H

#include "analysis/load/perfscript.h"

/* Whether every whole line of these first bytes ends in a count. Ask it after
 * the probes of other formats: it takes much for folded. */
bool jt_folded_probe(const void *bytes, size_t count);
int jt_folded_read(FILE *stream, const char *name, struct jt_diag *diag,
                   const struct jt_sample_sink *sink, struct jt_text_facts *facts);

#endif
