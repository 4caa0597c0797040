/* Interned strings: equal bytes get equal ids, id 0 is the empty string, and a
 * string's address stays while the table lives. Outside half only. */
#ifndef JT_BASE_STRINGS_H
#define JT_BASE_STRINGS_H

#include "base/vec.h"

#include <stddef.h>
#include <stdint.h>

struct jt_strings_entry {
    const char *text;
    uint32_t bytes;
    uint32_t hash;
};

struct jt_strings {
    struct jt_vec(struct jt_strings_entry) entries;
    struct jt_vec(char *) chunks;
    size_t chunk_left;
    uint32_t *slots; /* entry + 1; 0 is empty */
    size_t mask;
};

void jt_strings_init(struct jt_strings *strings);
void jt_strings_release(struct jt_strings *strings);
/* The id of these bytes, which may hold anything, NUL too. */
uint32_t jt_strings_put(struct jt_strings *strings, const char *text, size_t bytes);
uint32_t jt_strings_put_text(struct jt_strings *strings, const char *text);
/* NUL-terminated; "" for an id that was never given. */
const char *jt_strings_text(const struct jt_strings *strings, uint32_t id);
size_t jt_strings_bytes(const struct jt_strings *strings, uint32_t id);

#endif
