/* Memory for code: the same pages mapped twice, writable here, executable there; never both at one
 * address. */
#ifndef RJ_JIT_MEMORY_H
#define RJ_JIT_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rj_code_memory;

/* NULL if the system does not let us. `debugged`: a debugger can set breakpoints in it. It cannot
 * write into a shared mapping, so this one is private, and each piece has pages of its own: a page
 * that was written to would not show what is written to it elsewhere. */
struct rj_code_memory *rj_code_memory_new(bool debugged);
void rj_code_memory_free(struct rj_code_memory *memory);

struct rj_code_piece {
    uint8_t *write; /* where it is written */
    uint8_t *run;   /* where it runs */
    size_t bytes;
};

/* Aligned to at least 64 bytes. Zeros in `piece` if there is no room. */
struct rj_code_piece rj_code_memory_take(struct rj_code_memory *memory, size_t bytes);
/* Give back what runs at `run`: filled with traps, used again. */
void rj_code_memory_give(struct rj_code_memory *memory, uint8_t *run, size_t bytes);

#endif
