/* What LuaJIT's trace events become: functions, compilations, code. All may raise
 * Lua's error for memory, so they are called protected. */
#ifndef JITNEY_LUAJIT_TRACES_H
#define JITNEY_LUAJIT_TRACES_H

#include "state.h"

/* Events; the arguments of jit.attach's callback are on the stack from 1. */
void luajit_traces_start(lua_State *L, struct luajit_state *state);
void luajit_traces_stop(lua_State *L, struct luajit_state *state);
void luajit_traces_abort(lua_State *L, struct luajit_state *state);

/* All traces are gone. Raises nothing. */
void luajit_traces_flush(struct luajit_state *state);

/* Tell the traces there are which are not known. They have no place in the source. */
void luajit_traces_scan(lua_State *L, struct luajit_state *state);

void luajit_traces_release(struct luajit_state *state);

#endif
