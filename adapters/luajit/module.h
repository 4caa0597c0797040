/* The functions of the Lua module. Each has the state and the kit as upvalues. */
#ifndef JITNEY_LUAJIT_MODULE_H
#define JITNEY_LUAJIT_MODULE_H

#include "state.h"

/* `recording.*`, the verbs of include/jitney/recording.h. */
extern const luaL_Reg luajit_recording_functions[];

/* Push true, or nil and what went wrong: Lua's way. Returns how many. */
int luajit_push_status(lua_State *L, int status);

#endif
