/* Lua's C interface as the host offers it. What other Lua versions lack is weak:
 * a host that is no LuaJIT can load this module, and is told so in words. */
#ifndef JITNEY_LUAJIT_HOST_H
#define JITNEY_LUAJIT_HOST_H

#include <lauxlib.h>
#include <lua.h>

#pragma weak lua_call
#pragma weak lua_pcall
#pragma weak lua_tonumber
#pragma weak lua_tointeger
#pragma weak lua_objlen
#pragma weak lua_insert
#pragma weak lua_remove
#pragma weak lua_newuserdata

/* Only LuaJIT has it. */
int luaJIT_setmode(lua_State *L, int index, int mode);
#pragma weak luaJIT_setmode

#endif
