/* What the machine code of a trace shows: which branch leaves through which exit,
 * and where the stack pointer moves. Knows nothing of Lua. x86-64 with GC64, the
 * only build of LuaJIT it was measured with; for others it finds nothing. */
#ifndef JITNEY_LUAJIT_MCODE_H
#define JITNEY_LUAJIT_MCODE_H

#include <stddef.h>
#include <stdint.h>

/* A branch to an exit stub. */
struct luajit_guard {
    uint32_t end;  /* offset behind the branch */
    uint32_t exit; /* its number */
};

/* Code at `address`; `stubs` are the addresses of its exits, by number. */
struct luajit_mcode {
    const uint8_t *code;
    size_t bytes;
    uint64_t address;
    const uint64_t *stubs;
    size_t stub_count;
};

/* Find the guards, in order of address. Returns how many of `room` were filled. */
size_t luajit_mcode_guards(const struct luajit_mcode *mcode, struct luajit_guard *guards,
                           size_t room);

enum { LUAJIT_CFI_ROOM = 64 };

/* Describe how the stack is unwound, as the instructions of a DWARF FDE. The parent of the trace
 * had moved the stack pointer by `parent_adjust`; what the trace has moved it by goes into
 * `*adjust`. Returns the bytes written. */
size_t luajit_mcode_cfi(const struct luajit_mcode *mcode, uint32_t parent_adjust,
                        uint8_t cfi[LUAJIT_CFI_ROOM], uint32_t *adjust);

#endif
