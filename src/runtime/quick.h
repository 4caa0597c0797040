/* What a lookup hands out of a piece of code, in as few cache lines as can be: of a
 * hundred thousand pieces most are in no cache of the processor, and each line that
 * has to come from memory takes longer than all else together. */
#ifndef JT_RUNTIME_QUICK_H
#define JT_RUNTIME_QUICK_H

#include "runtime/code.h"
#include "runtime/filenames.h"
#include "runtime/slab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JT_QUICK_ROWS_ELSEWHERE = 63 };

/* Never changes while readers can find it. */
struct jt_quick {
    const struct jt_code *code; /* the whole of it */
    uint32_t number;
    uint32_t function;
    uint16_t line;
    uint16_t column;
    uint16_t file; /* of jt_filenames; 0: none */
    uint8_t kind : 4;
    uint8_t tier : 4;
    uint8_t name_bytes; /* as jitney_find() hands it out; above JT_QUICK_ROOM: it is in `code` */
    uint8_t row_count : 6;
    uint8_t is_wide : 1;     /* something above has no room: see `code` for all of it */
    uint8_t has_columns : 1; /* in its rows */
    char data[];             /* the name, and the rows in the form that quick.c tells */
};

enum {
    JT_QUICK_LINES = 4, /* at most, of the cache */
    JT_QUICK_ROOM = JT_QUICK_LINES * JT_SLAB_LINE - (int)offsetof(struct jt_quick, data),
};

struct jt_quick_store {
    struct jt_slab slab;
    struct jt_filenames files;
};

/* What a table of lines says of an address. */
struct jt_quick_row {
    const struct jitney_line *whole; /* NULL: a line and a column are all there is */
    uint32_t line;
    uint32_t column;
};

void jt_quick_init(struct jt_quick_store *store, struct jt_heap *heap);
/* With all pieces. */
void jt_quick_release(struct jt_quick_store *store);

/* Sets `block->quick`. JITNEY_ERR_MEMORY: nothing has changed. */
int jt_quick_add(struct jt_quick_store *store, struct jt_code_block *block);
/* When no reader can be in it any more. */
void jt_quick_remove(struct jt_quick_store *store, const struct jt_code_block *block);

/* The name, of which `name_bytes` count. */
static inline const char *jt_quick_name(const struct jt_quick *quick)
{
    return quick->name_bytes <= JT_QUICK_ROOM ? quick->data : quick->code->load.name;
}

static inline const struct jt_quick *jt_quick_at(const struct jt_quick_store *store,
                                                 uint32_t number)
{
    return jt_slab_at(&store->slab, number);
}

/* The row that covers `offset`; false: none. */
bool jt_quick_row(const struct jt_quick *quick, uint64_t offset, struct jt_quick_row *row);

#endif
