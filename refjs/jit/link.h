/* A linker for one relocatable object in memory (ELF64, x86-64 or aarch64). The object is taken for
 * hostile: it may come from a cache. */
#ifndef RJ_JIT_LINK_H
#define RJ_JIT_LINK_H

#include "jit/memory.h"
#include "jit/tiering.h"

#include <elf.h>
#include <stdbool.h>

/* What an undefined symbol stands for; false: not known. */
typedef bool rj_resolve(void *context, const char *name, uint64_t *value);

/* NULL: good; else what is wrong with the object. */
const char *rj_link(struct rj_code_memory *memory, const void *object, size_t bytes,
                    rj_resolve *resolve, void *context, struct rj_object_code *out);
/* The same into plain memory as if it would run at `run`; for tests of the other machine. */
const char *rj_link_at(const struct rj_code_piece *piece, const void *object, size_t bytes,
                       rj_resolve *resolve, void *context, struct rj_object_code *out);
/* Bytes that rj_link_at() needs; 0: a bad object. */
size_t rj_link_bytes(const void *object, size_t bytes);

/* ---- for relocate_*.c ---- */

struct rj_patch {
    uint8_t *write; /* where the relocation is written, checked to have `room` bytes */
    size_t room;
    uint64_t place; /* where that will be */
    uint64_t value; /* of the symbol */
    int64_t addend;
    uint64_t got;  /* address of the symbol's word in the table of addresses */
    uint64_t stub; /* address of the jump to the symbol */
    uint32_t type;
};

enum { RJ_STUB_BYTES = 16 };

bool rj_relocate_x86_64(const struct rj_patch *patch);
bool rj_relocate_aarch64(const struct rj_patch *patch);
bool rj_needs_got_x86_64(uint32_t type); /* or a stub, which needs it too */
bool rj_needs_got_aarch64(uint32_t type);
void rj_stub_x86_64(uint8_t *write, uint64_t place, uint64_t got);
void rj_stub_aarch64(uint8_t *write, uint64_t place, uint64_t got);

#endif
