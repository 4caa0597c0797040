-- Many Lua states in one process, some closed, one left open; and a child.
local ffi = require "ffi"
ffi.cdef [[
typedef struct lua_State lua_State;
lua_State *luaL_newstate(void);
void luaL_openlibs(lua_State *);
int luaL_loadstring(lua_State *, const char *);
int lua_pcall(lua_State *, int, int, int);
void lua_close(lua_State *);
int fork(void);
int waitpid(int, int *, int);
]]
local jitney = require "jitney"
local code = "local j = require 'jitney' local s = 0 for i = 1, 1000 do s = s + i % 7 end assert(#j.codes() == 1)"
local last
for i = 1, 20 do
    last = ffi.C.luaL_newstate()
    ffi.C.luaL_openlibs(last)
    assert(ffi.C.luaL_loadstring(last, code) == 0)
    assert(ffi.C.lua_pcall(last, 0, 0, 0) == 0)
    if i < 20 then ffi.C.lua_close(last) end
end
local s = 0
for i = 1, 1000 do s = s + i % 9 end
local child = ffi.C.fork()
if child == 0 then
    for i = 1, 1000 do s = s + i % 11 end
    os.exit(7)
end
local status = ffi.new("int[1]")
ffi.C.waitpid(child, status, 0)
print(math.floor(status[0] / 256), child)
