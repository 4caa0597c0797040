/* The names of source files, each once: many pieces of code come from one file.
 * A name has a number of 16 bits. */
#ifndef JT_RUNTIME_FILENAMES_H
#define JT_RUNTIME_FILENAMES_H

#include "runtime/slab.h"

#include <stddef.h>
#include <stdint.h>

enum { JT_FILENAMES_BLOCK = 256 };

/* In a piece of the slab. */
struct jt_filename {
    uint32_t users;
    uint32_t hash;
    uint16_t next; /* with the same bucket; 0: none */
    uint8_t bytes;
    char text[]; /* without a NUL */
};

struct jt_filenames {
    struct jt_slab *slab;
    uint32_t *blocks[JT_FILENAMES_BLOCK]; /* numbers of pieces by the name's; 0: a free number */
    uint16_t *buckets;
    uint32_t bucket_count; /* a power of two, or 0 */
    uint32_t count;
    uint32_t free_from; /* no number below is free */
};

/* The number of a name, for one more user; 0: there is no room for it. `bytes` is below 256. */
uint16_t jt_filenames_take(struct jt_filenames *names, const char *text, size_t bytes);
/* When no reader can have `number` from this user any more. 0 is fine. */
void jt_filenames_give(struct jt_filenames *names, uint16_t number);
void jt_filenames_release(struct jt_filenames *names);

/* For readers, under the same terms as jt_slab_at(). */
static inline const struct jt_filename *jt_filenames_at(const struct jt_filenames *names,
                                                        uint16_t number)
{
    const uint32_t *block = names->blocks[number / JT_FILENAMES_BLOCK];

    return jt_slab_at(names->slab, block[number % JT_FILENAMES_BLOCK]);
}

#endif
