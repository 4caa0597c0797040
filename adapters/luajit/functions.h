/* Lua functions that were seen in traces: their numbers in the session, their
 * names, and the line of each bytecode instruction. Closures of one prototype are
 * one function. */
#ifndef JITNEY_LUAJIT_FUNCTIONS_H
#define JITNEY_LUAJIT_FUNCTIONS_H

#include "host.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct luajit_state;

struct luajit_function {
    uint32_t number; /* in the session */
    uint32_t first_line, last_line;
    uint32_t bytecodes, constants;
    uint32_t *lines; /* by bytecode; 0: not asked yet */
    char *name;      /* "advance", "main chunk", "nbody.lua:12" */
    char *file;      /* NULL: none */
};

struct luajit_functions {
    struct luajit_function *items; /* [0] is nobody */
    uint32_t *slots;               /* hash table of indexes */
    uint32_t count, room, slot_count;
};

/* The index of the function at `index` of the stack; 0 when there is no memory for it. May raise
 * Lua's error for memory. */
uint32_t luajit_function_at(lua_State *L, struct luajit_state *state, int index);

/* The line of its bytecode instruction `pc`; `index` is the function on the stack. */
uint32_t luajit_function_line(lua_State *L, struct luajit_state *state, int index,
                              uint32_t function, int pc);

/* Never NULL: the one of index 0 has no name. */
const struct luajit_function *luajit_function_get(const struct luajit_functions *functions,
                                                  uint32_t index);

/* A chunk's name as it was given to Lua, without its mark; `(string)` for source text. */
const char *luajit_chunk_name(const char *source);

void luajit_functions_release(struct luajit_functions *functions);

#endif
