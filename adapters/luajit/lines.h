/* Which place of the source a piece of a trace's machine code comes from. LuaJIT
 * has no table of it. While it records, every bytecode instruction is announced,
 * and how much IR there was before; guards in the machine code say which exit
 * they take, and the exit's snapshot which IR it belongs to. Knows nothing of Lua. */
#ifndef JITNEY_LUAJIT_LINES_H
#define JITNEY_LUAJIT_LINES_H

#include "mcode.h"

#include <stdbool.h>

/* A bytecode instruction that was recorded. */
struct luajit_step {
    uint32_t ir; /* how many IR instructions there were before */
    uint32_t line;
    uint32_t function; /* index of the adapter's own */
    uint32_t inlined;  /* 0: of the trace's function; n: of its n-th inlined one */
};

/* luajit: IRIns in lj_ir.h, as jit.util.traceir tells it. */
struct luajit_ir {
    uint16_t op_type;         /* opcode, and type with the mark of a guard in the low byte */
    int32_t left, right;      /* operands: references, constants below 0, or literals */
    uint8_t is_left_literal;  /* else a reference */
    uint8_t is_right_literal; /* else a reference */
};

/* Opcodes that this module must know, by their numbers in this LuaJIT; -1: not known. */
struct luajit_opcodes {
    int nop, loop, phi, base, use;
};

struct luajit_body {
    const struct luajit_step *steps; /* by ascending `ir` */
    const struct luajit_ir *ir;      /* from 1 */
    const uint32_t *snapshots;       /* first IR instruction behind each */
    const struct luajit_guard *guards;
    size_t step_count, ir_count, snapshot_count, guard_count;
    size_t code_bytes;
    size_t loop_offset; /* in the code; 0: no loop */
    struct luajit_opcodes opcodes;
};

/* The code from `offset` on belongs to steps[step]. */
struct luajit_row {
    uint32_t offset;
    uint32_t step;
};

enum { LUAJIT_EXIT_OPS = 4 };

/* An exit: what a trace can be left for. */
struct luajit_exit_place {
    uint32_t step;
    uint32_t offset; /* in the branch; 0: not known, or several */
    uint32_t op_count;
    uint8_t ops[LUAJIT_EXIT_OPS]; /* opcodes of its guards */
};

/* Fill `steps_of` (room for ir_count + 1): to which step each IR instruction belongs. The second
 * half of a loop is a copy, without the invariants, of what was recorded. */
void luajit_lines_assign(const struct luajit_body *body, uint32_t *steps_of);

/* Fill `rows`; returns how many of `room`. Between two guards the code is shared out evenly among
 * the IR instructions: an estimate. */
size_t luajit_lines_rows(const struct luajit_body *body, const uint32_t *steps_of,
                         struct luajit_row *rows, size_t room);

/* Describe each exit; `places` has room for snapshot_count. */
void luajit_lines_exits(const struct luajit_body *body, const uint32_t *steps_of,
                        struct luajit_exit_place *places);

#endif
