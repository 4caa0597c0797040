#include "events.h"

#include "traces.h"

#include <errno.h>
#include <string.h>

static const char *const event_names[LUAJIT_EVENTS] = {"trace", "record", "texit"};

/* ---- attaching ---- */

static bool wants_records(const struct luajit_state *state)
{
    return state->is_on && state->wants_lines;
}

static bool wants_exits(const struct luajit_state *state)
{
    return state->is_on && state->budget.left > 0 && jitney_wants(state->session, JITNEY_DEOPT);
}

static bool has_theirs(lua_State *L, int event)
{
    bool is_there = false;

    luajit_push_kit(L, LUAJIT_KIT_THEIRS + event);
    is_there = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return is_there;
}

/* Handlers are detached by themselves, from whatever events they have. */
static void attach(lua_State *L, struct luajit_state *state, int event, bool is_wanted)
{
    if (state->is_attached[event] == is_wanted)
        return;
    luajit_push_kit(L, LUAJIT_KIT_ATTACH);
    luajit_push_kit(L, LUAJIT_KIT_OURS + event);
    if (is_wanted)
        lua_pushstring(L, event_names[event]);
    lua_call(L, is_wanted ? 2 : 1, 0);
    state->is_attached[event] = is_wanted;
}

void luajit_events_update(lua_State *L, struct luajit_state *state)
{
    attach(L, state, LUAJIT_TRACE, true);
    attach(L, state, LUAJIT_RECORD, wants_records(state) || has_theirs(L, LUAJIT_RECORD));
    attach(L, state, LUAJIT_TEXIT, wants_exits(state) || has_theirs(L, LUAJIT_TEXIT));
}

/* ---- exits by turns ---- */

static int on_collection(lua_State *L);

/* Ask to be called when the next garbage collection is over: the one clock that Lua has. */
static void wait_for_collection(lua_State *L)
{
    lua_newuserdata(L, 1);
    lua_createtable(L, 0, 1);
    lua_pushvalue(L, lua_upvalueindex(LUAJIT_UP_STATE));
    lua_pushvalue(L, lua_upvalueindex(LUAJIT_UP_KIT));
    lua_pushcclosure(L, on_collection, 2);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}

static void resume_exits(lua_State *L, struct luajit_state *state)
{
    if (state->is_on && state->budget.left == 0 && jitney_wants(state->session, JITNEY_DEOPT) &&
        luajit_exits_may_count(state))
        luajit_events_update(L, state);
}

static int on_collection(lua_State *L)
{
    struct luajit_state *state = luajit_state_of(L);

    if (!state->session || !state->is_on)
        return 0;
    resume_exits(L, state);
    if (state->budget.left == 0)
        wait_for_collection(L);
    return 0;
}

/* ---- handlers ---- */

/* Call the handler that somebody else attached, as LuaJIT would. */
static int call_theirs(lua_State *L, int event)
{
    luajit_push_kit(L, LUAJIT_KIT_THEIRS + event);
    if (!lua_isfunction(L, -1))
        return 0;
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 0);
    return 0;
}

/* Call our own part of a handler with its arguments; an error of Lua (no memory) loses the event.
 */
static void call_ours(lua_State *L, struct luajit_state *state)
{
    int top = lua_gettop(L), saved = errno;

    if (!lua_checkstack(L, top + 64))
        return;
    lua_pushvalue(L, lua_upvalueindex(LUAJIT_UP_INNER));
    for (int i = 1; i <= top; i++)
        lua_pushvalue(L, i);
    if (lua_pcall(L, top, 0, 0) != 0)
        state->dropped++;
    lua_settop(L, top);
    errno = saved;
}

static int handle_trace(lua_State *L)
{
    struct luajit_state *state = luajit_state_of(L);
    const char *what = lua_tostring(L, 1);

    if (!what)
        return 0;
    lua_settop(L, 6);
    resume_exits(L, state);
    if (strcmp(what, "start") == 0)
        luajit_traces_start(L, state);
    else if (strcmp(what, "stop") == 0)
        luajit_traces_stop(L, state);
    else if (strcmp(what, "abort") == 0)
        luajit_traces_abort(L, state);
    else if (strcmp(what, "flush") == 0)
        luajit_traces_flush(state);
    return 0;
}

static int on_trace(lua_State *L)
{
    struct luajit_state *state = luajit_state_of(L);

    if (state->session)
        call_ours(L, state);
    return call_theirs(L, LUAJIT_TRACE);
}

static int handle_record(lua_State *L)
{
    luajit_recorder_step(L, luajit_state_of(L));
    return 0;
}

static int on_record(lua_State *L)
{
    struct luajit_state *state = luajit_state_of(L);

    if (state->session && state->recorder.is_active)
        call_ours(L, state);
    return call_theirs(L, LUAJIT_RECORD);
}

static int handle_too_many(lua_State *L)
{
    luajit_events_update(L, luajit_state_of(L));
    wait_for_collection(L);
    return 0;
}

static int on_texit(lua_State *L)
{
    struct luajit_state *state = luajit_state_of(L);

    if (state->session && wants_exits(state) &&
        !luajit_exits_count(state, lua_tointeger(L, 1), lua_tointeger(L, 2)))
        call_ours(L, state);
    return call_theirs(L, LUAJIT_TEXIT);
}

/* ---- jit.attach for everybody else ---- */

static int find_event(const char *name)
{
    for (int i = 0; i < LUAJIT_EVENTS; i++)
        if (strcmp(event_names[i], name) == 0)
            return i;
    return -1;
}

static void set_theirs(lua_State *L, int event, int index)
{
    lua_pushvalue(L, index);
    lua_rawseti(L, lua_upvalueindex(LUAJIT_UP_KIT), LUAJIT_KIT_THEIRS + event);
}

/* Without an event, a handler is taken from all it has. */
static void detach_theirs(lua_State *L)
{
    for (int i = 0; i < LUAJIT_EVENTS; i++) {
        luajit_push_kit(L, LUAJIT_KIT_THEIRS + i);
        if (lua_rawequal(L, -1, 1)) {
            lua_pushnil(L);
            set_theirs(L, i, lua_gettop(L));
            lua_pop(L, 1);
        }
        lua_pop(L, 1);
    }
}

static int attach_for_others(lua_State *L)
{
    struct luajit_state *state = luajit_state_of(L);
    int event = -1;

    luaL_checktype(L, 1, LUA_TFUNCTION);
    if (lua_isnoneornil(L, 2))
        detach_theirs(L);
    else
        event = find_event(luaL_checkstring(L, 2));
    if (event >= 0) {
        set_theirs(L, event, 1);
    } else {
        luajit_push_kit(L, LUAJIT_KIT_ATTACH);
        lua_insert(L, 1);
        lua_call(L, lua_gettop(L) - 1, 0);
    }
    luajit_events_update(L, state);
    return 0;
}

/* ---- installing ---- */

/* A function with the state and the kit (absolute index) as upvalues. */
static void push_function(lua_State *L, int kit, lua_CFunction function, lua_CFunction inner)
{
    lua_rawgeti(L, kit, LUAJIT_KIT_STATE);
    lua_pushvalue(L, kit);
    if (inner) {
        lua_rawgeti(L, kit, LUAJIT_KIT_STATE);
        lua_pushvalue(L, kit);
        lua_pushcclosure(L, inner, 2);
    }
    lua_pushcclosure(L, function, inner ? 3 : 2);
}

/* Find out which handler had the event that `ours` is attached to now: the table of before tells.
 */
static void keep_theirs(lua_State *L, int kit, int event, int before)
{
    int top = lua_gettop(L);

    lua_getfield(L, LUA_REGISTRYINDEX, "_VMEVENTS"); /* luajit: LJ_VMEVENTS_REGKEY */
    lua_rawgeti(L, kit, LUAJIT_KIT_OURS + event);
    lua_pushnil(L);
    while (lua_istable(L, top + 1) && lua_next(L, top + 1)) {
        if (lua_rawequal(L, -1, top + 2)) {
            lua_pushvalue(L, -2);
            lua_rawget(L, before);
            lua_rawseti(L, kit, LUAJIT_KIT_THEIRS + event);
        }
        lua_pop(L, 1);
    }
    lua_settop(L, top);
}

/* A copy of the table of handlers. */
static void push_handlers(lua_State *L)
{
    int top = lua_gettop(L);

    lua_newtable(L);
    lua_getfield(L, LUA_REGISTRYINDEX, "_VMEVENTS");
    lua_pushnil(L);
    while (lua_istable(L, top + 2) && lua_next(L, top + 2)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, top + 1);
    }
    lua_settop(L, top + 1);
}

static void install_handler(lua_State *L, struct luajit_state *state, int kit, int event)
{
    static const lua_CFunction outer[LUAJIT_EVENTS] = {on_trace, on_record, on_texit};
    static const lua_CFunction inner[LUAJIT_EVENTS] = {handle_trace, handle_record,
                                                       handle_too_many};

    push_function(L, kit, outer[event], inner[event]);
    lua_rawseti(L, kit, LUAJIT_KIT_OURS + event);
    push_handlers(L);
    lua_rawgeti(L, kit, LUAJIT_KIT_ATTACH);
    lua_rawgeti(L, kit, LUAJIT_KIT_OURS + event);
    lua_pushstring(L, event_names[event]);
    lua_call(L, 2, 0);
    state->is_attached[event] = true;
    keep_theirs(L, kit, event, lua_gettop(L));
    lua_pop(L, 1);
}

void luajit_events_install(lua_State *L, struct luajit_state *state)
{
    int kit = lua_gettop(L);

    for (int i = 0; i < LUAJIT_EVENTS; i++)
        install_handler(L, state, kit, i);
    lua_getglobal(L, "jit");
    push_function(L, kit, attach_for_others, NULL);
    lua_setfield(L, -2, "attach");
    lua_pop(L, 1);
}
