/* Call frame instructions, DW_CFA_*: whether a program of them is whole. */
#ifndef JT_FORMAT_CFA_H
#define JT_FORMAT_CFA_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* LEB128 of at most 64 bits; a longer one is a failure of `in`. */
uint64_t jt_cfa_take_uleb(struct jt_bytes *in);
int64_t jt_cfa_take_sleb(struct jt_bytes *in);
/* Whether every instruction is known and complete. One with an address in it
 * (DW_CFA_set_loc) is not: it would be wrong wherever the program is copied to. */
bool jt_cfa_is_sound(const void *program, size_t bytes);

#endif
