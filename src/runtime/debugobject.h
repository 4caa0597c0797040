/* An ELF object in memory that describes pieces of code to a debugger: symbols, DWARF, unwinding.
 *
 * What describes one piece is cut out of one object and copied into another without knowledge of
 * its content, so small objects are merged and worn ones renewed without asking anybody for the
 * code again. Code that is gone is struck out in place. An object that collects descriptions
 * and is not readable by a debugger yet is a *draft*. */
#ifndef JT_RUNTIME_DEBUGOBJECT_H
#define JT_RUNTIME_DEBUGOBJECT_H

#include "base/buf.h"
#include "jitney/event.h"
#include "runtime/debugger.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JT_DEBUG_SOURCES = 16 }; /* objects that are merged at a time */

/* Bytes of an object's image. */
struct jt_debug_span {
    uint32_t at;
    uint32_t bytes;
};

/* One piece of code. */
struct jt_debug_member {
    uint64_t address;
    uint64_t bytes;
    const uint8_t *image; /* that the spans are in */
    struct jt_debug_span info;
    struct jt_debug_span lines;
    struct jt_debug_span frame;
    struct jt_debug_span name;
    bool is_gone;
};

/* Neighbours that share a section: debuggers are slow when there are many sections. */
struct jt_debug_run {
    uint64_t start;
    uint64_t end;
    uint32_t first; /* member */
    uint32_t count;
    uint32_t living; /* members that are not gone; 0: the section is gone, too */
};

struct jt_debug_object {
    struct jt_debugger_entry entry;
    struct jt_buf image;
    struct jt_buf members; /* struct jt_debug_member, by address */
    struct jt_buf runs;    /* struct jt_debug_run, by address; a draft has none */
    uint32_t living;
    size_t symbols_at;
    bool is_registered;
    bool is_stale; /* something was struck out since it was registered */
};

/* Whether code outside of the objects that are merged lies between two addresses. */
struct jt_debug_neighbours {
    bool (*are_there)(void *context, uint64_t start, uint64_t end);
    void *context;
};

struct jt_debug_object *jt_debug_object_new(struct jt_heap *heap);
/* NULL is fine. It is not registered. */
void jt_debug_object_free(struct jt_heap *heap, struct jt_debug_object *object);

static inline size_t jt_debug_object_count(const struct jt_debug_object *object)
{
    return object->members.length / sizeof(struct jt_debug_member);
}
static inline struct jt_debug_member *jt_debug_object_members(const struct jt_debug_object *object)
{
    return (struct jt_debug_member *)(void *)object->members.bytes;
}
static inline size_t jt_debug_object_run_count(const struct jt_debug_object *object)
{
    return object->runs.length / sizeof(struct jt_debug_run);
}
static inline struct jt_debug_run *jt_debug_object_runs(const struct jt_debug_object *object)
{
    return (struct jt_debug_run *)(void *)object->runs.bytes;
}

/* The living member that starts at `address`, or NULL. */
struct jt_debug_member *jt_debug_object_find(const struct jt_debug_object *object,
                                             uint64_t address);
/* The first run that ends behind `address`; the count of runs when there is none. */
size_t jt_debug_object_run_behind(const struct jt_debug_object *object, uint64_t address);

/* Add code to a draft. An error leaves it as it was. */
int jt_debug_draft_add(struct jt_debug_object *draft, const struct jitney_code_load *load);
/* Copy a member of another object into a draft. */
int jt_debug_draft_copy(struct jt_debug_object *draft, const struct jt_debug_member *member);
/* Take code out of a draft that overlaps `start` up to `end`. */
void jt_debug_draft_remove(struct jt_debug_object *draft, uint64_t start, uint64_t end);
/* Make a draft empty; its memory stays. */
void jt_debug_draft_clear(struct jt_debug_object *draft);

/* Strike out a member of an object that is no draft. */
void jt_debug_object_strike(struct jt_debug_object *object, struct jt_debug_member *member);

/* Reserve in `object` what jt_debug_object_merge() needs, which then cannot fail. */
int jt_debug_object_reserve(struct jt_debug_object *object, struct jt_debug_object *const *sources,
                            size_t count);
/* Write into `object`, which is new, all that lives in `sources`. Allocates nothing. */
int jt_debug_object_merge(struct jt_debug_object *object, struct jt_debug_object *const *sources,
                          size_t count, const struct jt_debug_neighbours *neighbours);

#endif
