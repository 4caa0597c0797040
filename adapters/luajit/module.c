/* `require "jitney"`: LuaJIT tells jitney what it compiles. The module is a guest: it
 * prints nothing but one line when it cannot work, and the program runs on. */
#include "module.h"

#include "events.h"
#include "traces.h"

#include "jitney/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FRAMES = 32, OP_LETTERS = 6 };

static const char state_key[] = "jitney.state"; /* in the registry: the module's table */

/* ---- functions of the module ---- */

static const struct {
    const char *name;
    uint32_t sink;
} sink_names[] = {{"perfmap", JITNEY_SINK_PERFMAP}, {"jitdump", JITNEY_SINK_JITDUMP},
                  {"gdb", JITNEY_SINK_GDB},         {"record", JITNEY_SINK_RECORD},
                  {"log", JITNEY_SINK_LOG},         {"map", JITNEY_SINK_MAP}};

/* start{perfmap = true, record = true}: which sinks are on from now on */
static uint32_t read_sinks(lua_State *L, uint32_t sinks)
{
    for (size_t i = 0; i < sizeof(sink_names) / sizeof(sink_names[0]); i++) {
        lua_getfield(L, 1, sink_names[i].name);
        if (lua_toboolean(L, -1))
            sinks |= sink_names[i].sink;
        else if (!lua_isnil(L, -1))
            sinks &= ~sink_names[i].sink;
        lua_pop(L, 1);
    }
    return sinks;
}

/* A perf map has no lines, and collecting them is most of the work. */
static void set_wishes(struct luajit_state *state, uint32_t sinks)
{
    state->is_on = true;
    state->wants_lines = (sinks & ~(uint32_t)JITNEY_SINK_PERFMAP) != 0;
    (void)luajit_exits_may_count(state);
}

static int start(lua_State *L)
{
    struct luajit_state *state = luajit_state_of(L);
    uint32_t sinks = luajit_session_sinks();
    int status = JITNEY_OK;

    if (!lua_isnoneornil(L, 1)) {
        luaL_checktype(L, 1, LUA_TTABLE);
        sinks = read_sinks(L, sinks);
    }
    status = jitney_session_set_sinks(state->session, sinks | JITNEY_SINK_MAP);
    set_wishes(state, sinks);
    luajit_traces_scan(L, state);
    luajit_events_update(L, state);
    return luajit_push_status(L, status);
}

/* The live map stays, so that a later start can tell what lives then. */
static int stop(lua_State *L)
{
    struct luajit_state *state = luajit_state_of(L);
    int status = jitney_session_set_sinks(state->session, JITNEY_SINK_MAP);

    state->is_on = false;
    luajit_events_update(L, state);
    return luajit_push_status(L, status);
}

static int flush(lua_State *L)
{
    lua_pushboolean(L, 1);
    lua_pushstring(L, "nothing needs to be flushed: what was told is in the files");
    return 2;
}

static void set_number(lua_State *L, const char *key, uint64_t value)
{
    lua_pushnumber(L, (lua_Number)value);
    lua_setfield(L, -2, key);
}

static void set_text(lua_State *L, const char *key, const char *value)
{
    if (!value || !*value)
        return;
    lua_pushstring(L, value);
    lua_setfield(L, -2, key);
}

static void push_trace(lua_State *L, const struct luajit_state *state, uint32_t number)
{
    const struct luajit_trace *trace = &state->traces[number];
    const struct luajit_function *function =
        luajit_function_get(&state->functions, trace->function);
    uint64_t exits = 0;

    for (uint32_t i = 0; i < trace->exit_count; i++)
        exits += trace->exits[i].count;
    lua_newtable(L);
    set_number(L, "trace", number);
    set_number(L, "address", trace->address);
    set_number(L, "bytes", trace->bytes);
    set_number(L, "line", trace->line);
    set_number(L, "link", trace->link);
    set_number(L, "exits", exits);
    set_text(L, "name", trace->name);
    set_text(L, "func", function->name);
    set_text(L, "file", function->file);
    set_text(L, "linktype", trace->link_type);
    if (!trace->parent)
        return;
    set_number(L, "parent", trace->parent);
    lua_pushinteger(L, trace->exit);
    lua_setfield(L, -2, "exit");
}

static int codes(lua_State *L)
{
    const struct luajit_state *state = luajit_state_of(L);
    int count = 0;

    lua_newtable(L);
    for (uint32_t i = 1; i < state->trace_room; i++) {
        if (!state->traces[i].address)
            continue;
        push_trace(L, state, i);
        lua_rawseti(L, -2, ++count);
    }
    return 1;
}

/* resolve(address): a list of frames, innermost first, or nil */
static int resolve(lua_State *L)
{
    struct jitney_found found[MOST_FRAMES];
    int count = 0;

    memset(found, 0, sizeof(found));
    found[0].size = sizeof(found[0]);
    count = jitney_find_frames((uint64_t)luaL_checknumber(L, 1), found, MOST_FRAMES);
    if (count <= 0) {
        lua_pushnil(L);
        return 1;
    }
    lua_newtable(L);
    for (int i = 0; i < count; i++) {
        lua_newtable(L);
        set_text(L, "name", found[i].name);
        set_text(L, "file", found[i].file);
        set_number(L, "line", found[i].line);
        set_number(L, "address", found[i].address);
        set_number(L, "bytes", found[i].bytes);
        lua_pushboolean(L, found[i].is_inlined != 0);
        lua_setfield(L, -2, "inlined");
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

static int counters(lua_State *L)
{
    const struct luajit_state *state = luajit_state_of(L);
    struct jitney_counters counters = {.size = sizeof(counters)};

    (void)jitney_session_counters(state->session, &counters);
    lua_newtable(L);
    set_number(L, "events", counters.events);
    set_number(L, "dropped", counters.dropped + state->dropped);
    set_number(L, "refused", counters.refused);
    set_number(L, "failed_sinks", counters.failed_sinks);
    set_number(L, "living_code", counters.living_code);
    return 1;
}

static const luaL_Reg functions[] = {{"start", start}, {"stop", stop},       {"flush", flush},
                                     {"codes", codes}, {"resolve", resolve}, {"counters", counters},
                                     {NULL, NULL}};

/* ---- what LuaJIT gives ---- */

/* Field `name` of package.loaded[module], or of the module when it can be loaded. */
static void push_from_module(lua_State *L, const char *module, const char *name)
{
    int top = lua_gettop(L);

    lua_getglobal(L, "require");
    lua_pushstring(L, module);
    if (lua_pcall(L, 1, 1, 0) != 0 || !lua_istable(L, -1)) {
        lua_settop(L, top);
        lua_pushnil(L);
        return;
    }
    lua_getfield(L, -1, name);
    lua_remove(L, -2);
}

static bool fill_kit(lua_State *L, int kit)
{
    static const struct {
        const char *module, *name;
        int slot;
        bool is_needed;
    } rows[] = {{"jit.util", "funcinfo", LUAJIT_KIT_FUNCINFO, true},
                {"jit.util", "funcbc", LUAJIT_KIT_FUNCBC, true},
                {"jit.util", "traceinfo", LUAJIT_KIT_TRACEINFO, true},
                {"jit.util", "tracemc", LUAJIT_KIT_TRACEMC, true},
                {"jit.util", "traceir", LUAJIT_KIT_TRACEIR, true},
                {"jit.util", "tracesnap", LUAJIT_KIT_TRACESNAP, true},
                {"jit.util", "traceexitstub", LUAJIT_KIT_EXITSTUB, true},
                {"jit", "attach", LUAJIT_KIT_ATTACH, true},
                {"string", "format", LUAJIT_KIT_FORMAT, true},
                {"jit.vmdef", "traceerr", LUAJIT_KIT_ERRORS, false},
                {"jit.vmdef", "ffnames", LUAJIT_KIT_FFNAMES, false},
                {"jit.vmdef", "bcnames", LUAJIT_KIT_BCNAMES, false}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        push_from_module(L, rows[i].module, rows[i].name);
        if (rows[i].is_needed && !lua_isfunction(L, -1)) {
            lua_pop(L, 1);
            return false;
        }
        lua_rawseti(L, kit, rows[i].slot);
    }
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushstring(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_rawseti(L, kit, LUAJIT_KIT_NUMBERS);
    return true;
}

/* luajit: jit.vmdef.irnames is one text with six letters for each opcode. */
static void read_opcodes(lua_State *L, struct luajit_state *state)
{
    const char *names = NULL;
    size_t bytes = 0;

    state->opcodes = (struct luajit_opcodes){-1, -1, -1, -1, -1};
    push_from_module(L, "jit.vmdef", "irnames");
    names = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &bytes) : "";
    for (int op = 0; op < LUAJIT_MOST_OPS; op++) {
        char *name = state->op_names[op];

        if ((size_t)(op + 1) * OP_LETTERS > bytes) {
            snprintf(name, LUAJIT_OP_NAME, "IR%d", op);
            continue;
        }
        memcpy(name, names + (size_t)op * OP_LETTERS, OP_LETTERS);
        name[strcspn(name, " ")] = '\0';
        if (strcmp(name, "NOP") == 0)
            state->opcodes.nop = op;
        else if (strcmp(name, "LOOP") == 0)
            state->opcodes.loop = op;
        else if (strcmp(name, "PHI") == 0)
            state->opcodes.phi = op;
        else if (strcmp(name, "BASE") == 0)
            state->opcodes.base = op;
        else if (strcmp(name, "USE") == 0)
            state->opcodes.use = op;
    }
    lua_pop(L, 1);
}

/* Only GC64 on x86-64 has the stack frame and the exit stubs that mcode.c knows. */
static bool has_known_machine(lua_State *L)
{
#if defined(__x86_64__)
    bool is_gc64 = false;
    int top = lua_gettop(L);

    push_from_module(L, "ffi", "abi");
    if (lua_isfunction(L, -1)) {
        lua_pushstring(L, "gc64");
        is_gc64 = lua_pcall(L, 1, 1, 0) == 0 && lua_toboolean(L, -1);
    }
    lua_settop(L, top);
    return is_gc64;
#else
    return false;
#endif
}

/* ---- life ---- */

static int on_close(lua_State *L)
{
    struct luajit_state *state = lua_touserdata(L, 1);

    if (!state || !state->session)
        return 0;
    luajit_traces_release(state);
    luajit_recorder_release(&state->recorder);
    luajit_functions_release(&state->functions);
    state->session = NULL;
    state->is_on = false;
    return 0;
}

static struct luajit_state *new_state(lua_State *L)
{
    struct luajit_state *state = lua_newuserdata(L, sizeof(*state));

    memset(state, 0, sizeof(*state));
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, on_close);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    return state;
}

static void set_functions(lua_State *L, int table, int kit, const luaL_Reg *list)
{
    for (; list->name; list++) {
        lua_rawgeti(L, kit, LUAJIT_KIT_STATE);
        lua_pushvalue(L, kit);
        lua_pushcclosure(L, list->func, 2);
        lua_setfield(L, table, list->name);
    }
}

/* What needs the upvalues: tell the traces there are, and detach what nobody wants. */
static int begin(lua_State *L)
{
    luajit_traces_scan(L, luajit_state_of(L));
    luajit_events_update(L, luajit_state_of(L));
    return 0;
}

/* Called protected with the table of the module: everything that can raise an error. */

static int set_up(lua_State *L)
{
    struct luajit_state *state = NULL;
    int kit = 0, status = JITNEY_OK;

    lua_createtable(L, LUAJIT_KIT_SIZE, 0);
    kit = lua_gettop(L);
    if (!fill_kit(L, kit))
        return luaL_error(L, "this LuaJIT has no jit.util");
    state = new_state(L);
    lua_rawseti(L, kit, LUAJIT_KIT_STATE);
    state->has_machine = has_known_machine(L);
    read_opcodes(L, state);
    set_functions(L, 1, kit, functions);
    lua_newtable(L);
    set_functions(L, lua_gettop(L), kit, luajit_recording_functions);
    lua_setfield(L, 1, "recording");
    state->session = luajit_session(&status);
    if (!state->session)
        return 0;
    set_wishes(state, luajit_session_sinks());
    luajit_events_install(L, state);
    lua_rawgeti(L, kit, LUAJIT_KIT_STATE);
    lua_pushvalue(L, kit);
    lua_pushcclosure(L, begin, 2);
    lua_call(L, 0, 0);
    lua_settop(L, kit);
    lua_pushvalue(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, state_key);
    return 0;
}

/* ---- loading ---- */

static int do_nothing(lua_State *L)
{
    return 0;
}

/* What a program finds where nothing can be done: the same functions, which return nothing. */
static void set_stubs(lua_State *L, const luaL_Reg *list)
{
    for (; list->name; list++) {
        lua_pushcclosure(L, do_nothing, 0);
        lua_setfield(L, -2, list->name);
    }
}

static int push_stubs(lua_State *L)
{
    lua_createtable(L, 0, 8);
    set_stubs(L, functions);
    lua_createtable(L, 0, 8);
    set_stubs(L, luajit_recording_functions);
    lua_setfield(L, -2, "recording");
    return 1;
}

static int refuse(lua_State *L, const char *why)
{
    fprintf(stderr, "jitney: %s; the program runs on without\n", why);
    return push_stubs(L);
}

/* LuaJIT 2.1, with its compiler. */
static const char *find_fault(lua_State *L)
{
    int top = lua_gettop(L);
    lua_Integer version = 0;
    bool has_attach = false;

    lua_getglobal(L, "jit");
    if (lua_istable(L, -1)) {
        lua_getfield(L, -1, "version_num");
        version = lua_tointeger(L, -1);
        lua_getfield(L, top + 1, "attach");
        has_attach = lua_isfunction(L, -1);
    }
    lua_settop(L, top);
    if (version < 20100 || version > 20199)
        return "this is not LuaJIT 2.1, the version that is supported";
    return has_attach ? NULL : "this LuaJIT was built without its compiler";
}

__attribute__((visibility("default"))) int luaopen_jitney(lua_State *L);

int luaopen_jitney(lua_State *L)
{
    const char *fault = NULL;

    if (!luaJIT_setmode)
        return refuse(L, "this is not LuaJIT 2.1, the version that is supported");
    fault = find_fault(L);
    if (fault)
        return refuse(L, fault);
    lua_getfield(L, LUA_REGISTRYINDEX, state_key);
    if (lua_istable(L, -1))
        return 1; /* loaded already: once is enough */
    lua_newtable(L);
    lua_pushstring(L, JITNEY_VERSION);
    lua_setfield(L, -2, "version");
    lua_pushcfunction(L, set_up);
    lua_pushvalue(L, -2);
    if (lua_pcall(L, 1, 0, 0) == 0)
        return 1;
    fprintf(stderr, "jitney: %s; the program runs on without\n",
            lua_isstring(L, -1) ? lua_tostring(L, -1) : "it cannot be set up");
    return push_stubs(L);
}
