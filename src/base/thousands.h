/* Numbers for people: 12345 as "12,345". */
#ifndef JT_BASE_THOUSANDS_H
#define JT_BASE_THOUSANDS_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

enum { JT_THOUSANDS_BYTES = 32 };

/* Returns `text`. */
static inline const char *jt_thousands(uint64_t number, char text[JT_THOUSANDS_BYTES])
{
    char digits[24];
    int count = snprintf(digits, sizeof(digits), "%" PRIu64, number);
    int at = 0;

    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            text[at++] = ',';
        text[at++] = digits[i];
    }
    text[at] = '\0';
    return text;
}

#endif
