/* The bytes of a file, or of what a gzip file holds; which of the two is told by
 * the content. The one place that knows zlib. */
#ifndef JT_LOAD_UNPACKED_H
#define JT_LOAD_UNPACKED_H

#include "base/diag.h"

#include <stddef.h>
#include <stdint.h>

struct jt_unpacked;

/* A regular file, or bytes that outlive the reader. A failure is said. */
int jt_unpacked_open(const char *path, struct jt_diag *diag, struct jt_unpacked **unpacked);
int jt_unpacked_open_memory(const void *bytes, size_t count, struct jt_unpacked **unpacked);
void jt_unpacked_close(struct jt_unpacked *unpacked);

/* Up to `bytes` bytes; fewer at the end, or at the first damage. */
size_t jt_unpacked_read(struct jt_unpacked *unpacked, void *to, size_t bytes);
/* The next byte, or -1. */
int jt_unpacked_byte(struct jt_unpacked *unpacked);
/* The byte after this one without taking it, or -1. */
int jt_unpacked_peek(struct jt_unpacked *unpacked);
/* How many bytes were given. */
uint64_t jt_unpacked_offset(const struct jt_unpacked *unpacked);
/* Why no more bytes came although the file has not ended well; NULL: it has. */
const char *jt_unpacked_fault(const struct jt_unpacked *unpacked);
/* Begin again. */
void jt_unpacked_rewind(struct jt_unpacked *unpacked);

/* The first bytes of what `bytes` unpack to. Returns how many; 0 when it is no gzip. */
size_t jt_unpacked_start(const void *bytes, size_t count, void *to, size_t room);

#endif
