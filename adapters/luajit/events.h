/* The handlers of LuaJIT's events, and jit.attach, which knows but one handler per
 * event: ours stay attached, and call those that others attach (-jv, -jdump). */
#ifndef JITNEY_LUAJIT_EVENTS_H
#define JITNEY_LUAJIT_EVENTS_H

#include "state.h"

/* Make the handlers, attach them, and put our own jit.attach in place. The kit is on top of the
 * stack. Raises Lua's errors. */
void luajit_events_install(lua_State *L, struct luajit_state *state);

/* Attach what is needed now and detach the rest. Called from functions that have the kit. Raises
 * Lua's errors. */
void luajit_events_update(lua_State *L, struct luajit_state *state);

#endif
