/* address -> name of the code that was there in the end, for looking addresses
 * up in text, which carries no time. Later code wins, and what it overlaps dies
 * whole, as in the timeline; but this index is built once and then only asked,
 * tens of millions of times a second. Add all events, finish, then find. */
#ifndef JT_SYMBOL_ADDRESSMAP_H
#define JT_SYMBOL_ADDRESSMAP_H

#include "analysis/load/codes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jt_addressmap;

enum { JT_ADDRESS_NAME_SLACK = 64 };

struct jt_address_name {
    uint64_t start;
    uint64_t end;     /* first address behind the code */
    const char *text; /* control characters replaced by '?'; not terminated */
    size_t bytes;
};

struct jt_addressmap_counts {
    size_t pieces;    /* of code that can be found */
    size_t dead;      /* overlapped, moved away or unloaded */
    size_t ambiguous; /* other code of another process is at the same addresses */
    size_t processes;
};

struct jt_addressmap *jt_addressmap_new(void);
void jt_addressmap_free(struct jt_addressmap *map);
/* `pid` is the process the event's file tells about, 0 when that is not known. */
void jt_addressmap_add(struct jt_addressmap *map, uint32_t pid, const struct jt_code_event *event);
/* Work out what was where in the end. An address at which two processes had
 * different code has no name: there is no telling whose it is. Call once. */
void jt_addressmap_finish(struct jt_addressmap *map);
void jt_addressmap_count(const struct jt_addressmap *map, struct jt_addressmap_counts *counts);
/* The code that contains `address`, or NULL. Valid until the map is freed. Up to
 * JT_ADDRESS_NAME_SLACK bytes behind a name's text may be read, whatever they hold. */
const struct jt_address_name *jt_addressmap_find(const struct jt_addressmap *map, uint64_t address);
/* The same for many at once, which waits for memory once and not for each. */
void jt_addressmap_find_many(const struct jt_addressmap *map, const uint64_t *addresses,
                             const struct jt_address_name **names, size_t count);

#endif
