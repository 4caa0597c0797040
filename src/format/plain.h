/* Text of engines on its way into files of lines: one line, valid UTF-8. */
#ifndef JT_FORMAT_PLAIN_H
#define JT_FORMAT_PLAIN_H

#include "base/buf.h"

#include <stddef.h>

/* Append `text`; '?' stands for each byte that is no part of valid UTF-8 and for each
 * character that ends a line or steers a terminal. What passes `limit` bytes is cut off between
 * two characters. */
void jt_plain_append(struct jt_buf *out, const char *text, size_t bytes, size_t limit);

#endif
