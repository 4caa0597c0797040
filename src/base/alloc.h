/* Memory for the outside half: a failed allocation ends the program with one
 * clear line, so that callers need no path for it. The inside half must not
 * include this file (tools/layers.txt). */
#ifndef JT_BASE_ALLOC_H
#define JT_BASE_ALLOC_H

#include <stddef.h>

/* Zeroed memory for `count` elements; never NULL. Free with free(). */
void *jt_alloc(size_t count, size_t element_bytes) __attribute__((returns_nonnull));

/* Resize `old` to hold `count` elements; the new part is not cleared. */
void *jt_realloc(void *old, size_t count, size_t element_bytes) __attribute__((returns_nonnull));

/* Copies; never NULL. Free with free(). */
char *jt_strdup(const char *text) __attribute__((returns_nonnull));
char *jt_strndup(const char *text, size_t bytes) __attribute__((returns_nonnull));
char *jt_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
