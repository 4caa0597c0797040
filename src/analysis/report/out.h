/* A quick writer for the pictures: numbers and escaped text go through one
 * large buffer. Bytes that are no UTF-8 become U+FFFD. */
#ifndef JT_REPORT_OUT_H
#define JT_REPORT_OUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct jt_out {
    FILE *stream;
    char *buffer;
    size_t used;
};

void jt_out_init(struct jt_out *out, FILE *stream);
/* Write what is left and release the buffer. JITNEY_ERR_IO when any of it could
 * not be written. */
int jt_out_finish(struct jt_out *out);

void jt_out_bytes(struct jt_out *out, const char *bytes, size_t count);
void jt_out_byte(struct jt_out *out, char byte);
void jt_out_text(struct jt_out *out, const char *text);
void jt_out_number(struct jt_out *out, uint64_t number);
void jt_out_signed(struct jt_out *out, int64_t number);
/* Short pieces only: what does not fit in 512 bytes is cut. */
void jt_out_format(struct jt_out *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A JSON string with its quotes, fit to stand inside a <script> element. */
void jt_out_json(struct jt_out *out, const char *text, size_t bytes);
/* Text or an attribute's value for HTML and XML. Characters that XML forbids
 * become U+FFFD. */
void jt_out_xml(struct jt_out *out, const char *text, size_t bytes);

/* One character of UTF-8: sets its code point (U+FFFD when the bytes are none)
 * and returns how many bytes it takes, at least 1. `bytes` is not 0. */
size_t jt_utf8_next(const char *text, size_t bytes, uint32_t *point);

#endif
