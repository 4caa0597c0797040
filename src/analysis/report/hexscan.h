/* Where addresses can begin in text, 64 bytes at a time: one bit per byte for
 * each class that matters. */
#ifndef JT_REPORT_HEXSCAN_H
#define JT_REPORT_HEXSCAN_H

#include <stdint.h>

enum { JT_HEXSCAN_BYTES = 64 };

struct jt_hexscan {
    uint64_t digits; /* hexadecimal ones, of either case */
    uint64_t zeros;  /* '0' */
    uint64_t xs;     /* 'x' and 'X' */
};

/* Classify 64 bytes; bit i is that of text[i]. */
void jt_hexscan(const char *text, struct jt_hexscan *found);
/* The same without vector instructions: what other machines run, and what
 * the tests hold the vectors against. */
void jt_hexscan_plain(const char *text, struct jt_hexscan *found);

#endif
