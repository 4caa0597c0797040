/* The trace that LuaJIT is recording now, and which bytecode each piece of its
 * intermediate code comes from. One at a time in a Lua state. */
#ifndef JITNEY_LUAJIT_RECORDER_H
#define JITNEY_LUAJIT_RECORDER_H

#include "host.h"
#include "lines.h"

struct luajit_state;

enum { LUAJIT_MOST_DEPTH = 64, LUAJIT_MOST_INLINED = 256, LUAJIT_LOC_ROOM = 256 };

/* A function whose body is recorded as part of another's. */
struct luajit_inlined {
    uint32_t function;
    uint32_t caller; /* 0: the trace's function; n: the n-th inlined */
    uint32_t call_line;
};

/* What runs at one depth of calls. */
struct luajit_level {
    uint32_t function, inlined, line;
};

struct luajit_recorder {
    bool is_active;
    uint32_t trace;
    uint32_t parent;
    int32_t exit;
    uint64_t start_ns;
    uint64_t compilation;
    uint32_t function, line;
    int start_pc;
    char loc[LUAJIT_LOC_ROOM]; /* as -jv writes it */
    struct luajit_step *steps;
    size_t step_count, step_room;
    size_t ir_count;
    struct luajit_inlined inlined[LUAJIT_MOST_INLINED]; /* from 0: number 1 */
    uint32_t inlined_count;
    int base_depth, depth;
    struct luajit_level levels[LUAJIT_MOST_DEPTH];
};

/* A trace begins. */
void luajit_recorder_begin(struct luajit_recorder *recorder);

/* The bytecode instruction of the event on the stack (trace, function, pc, depth) is recorded next.
 * May raise Lua's error for memory. */
void luajit_recorder_step(lua_State *L, struct luajit_state *state);

void luajit_recorder_release(struct luajit_recorder *recorder);

#endif
