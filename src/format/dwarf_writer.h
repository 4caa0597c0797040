/* Describes a piece of code in DWARF 4: one compilation unit in .debug_info and its line table in
 * .debug_line. Every unit stands for itself, addresses are absolute, and all units share one
 * .debug_abbrev: they can be copied from one object into another, where only
 * jt_dwarf_place_unit() is left to do.
 * Layouts: DWARF 4, chapters 2, 3.3, 6.2 and 7. */
#ifndef JT_FORMAT_DWARF_WRITER_H
#define JT_FORMAT_DWARF_WRITER_H

#include "base/buf.h"
#include "jitney/event.h"

#include <stddef.h>
#include <stdint.h>

/* The .debug_abbrev of all units. */
void jt_dwarf_abbreviations(struct jt_buf *out);

/* Append the unit of `load` to `info`, and its line table, if there is something to tell, to
 * `lines`. Rows that are not sorted are sorted. Functions that are inlined become entries of
 * their own, one for each stretch of code. A failure stays in `info` or `lines`; scratch memory
 * comes from the heap of `info`. `load` is sound: it has a name and bytes. */
void jt_dwarf_describe(const struct jitney_code_load *load, struct jt_buf *info,
                       struct jt_buf *lines);

/* The unit now lies in an object where its line table begins at `lines_at` of .debug_line. */
void jt_dwarf_place_unit(uint8_t *unit, uint32_t lines_at);
/* The code is gone: the unit, which stays where it is, describes nothing from now on. */
void jt_dwarf_drop_unit(uint8_t *unit);

#endif
