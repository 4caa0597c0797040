/* `jitney.recording`: start, stop, get, save, load, reset, enabled, set_filter. */
#include "module.h"

#include "events.h"

#include <string.h>

int luajit_push_status(lua_State *L, int status)
{
    if (status == JITNEY_OK) {
        lua_pushboolean(L, 1);
        return 1;
    }
    lua_pushnil(L);
    lua_pushstring(L, jitney_status_text(status));
    return 2;
}

static int start(lua_State *L)
{
    struct luajit_state *state = luajit_state_of(L);
    int status = jitney_recording_start(state->session);

    if (status == JITNEY_OK) {
        state->is_on = state->wants_lines = true;
        (void)luajit_exits_may_count(state);
        luajit_events_update(L, state);
    }
    return luajit_push_status(L, status);
}

static int stop(lua_State *L)
{
    return luajit_push_status(L, jitney_recording_stop(luajit_state_of(L)->session));
}

static int reset(lua_State *L)
{
    return luajit_push_status(L, jitney_recording_reset(luajit_state_of(L)->session));
}

static int save(lua_State *L)
{
    return luajit_push_status(
        L, jitney_recording_save(luajit_state_of(L)->session, luaL_checkstring(L, 1)));
}

static int enabled(lua_State *L)
{
    lua_pushboolean(L, jitney_recording_enabled(luajit_state_of(L)->session));
    return 1;
}

static uint32_t read_group(lua_State *L, const char *name)
{
    uint32_t bits = luajit_session_event_group(name);

    if (bits == 0)
        luaL_error(L, "no group of events is called '%s'", name);
    return bits;
}

/* set_filter("Code,Compile") or set_filter{"Code", "Compile"} */
static int set_filter(lua_State *L)
{
    uint32_t bits = 0;
    int status = JITNEY_OK;

    if (lua_istable(L, 1)) {
        for (int i = 1; i <= (int)lua_objlen(L, 1); i++) {
            lua_rawgeti(L, 1, i);
            bits |= read_group(L, luaL_checkstring(L, -1));
            lua_pop(L, 1);
        }
    } else {
        const char *at = luaL_checkstring(L, 1);

        while (*at) {
            size_t bytes = strcspn(at, ",");

            lua_pushlstring(L, at, bytes);
            bits |= read_group(L, lua_tostring(L, -1));
            lua_pop(L, 1);
            at += bytes + (at[bytes] == ',');
        }
    }
    status = jitney_recording_set_filter(luajit_state_of(L)->session, bits);
    luajit_events_update(L, luajit_state_of(L));
    return luajit_push_status(L, status);
}

/* ---- events as tables ---- */

static void set_text(lua_State *L, const char *key, const char *value)
{
    if (!value)
        return;
    lua_pushstring(L, value);
    lua_setfield(L, -2, key);
}

static void set_number(lua_State *L, const char *key, uint64_t value)
{
    if (value == 0)
        return;
    lua_pushnumber(L, (lua_Number)value);
    lua_setfield(L, -2, key);
}

static void set_code(lua_State *L, const struct jitney_code_load *load)
{
    lua_pushlstring(L, load->name, load->name_bytes ? load->name_bytes : strlen(load->name));
    lua_setfield(L, -2, "name");
    set_text(L, "file", load->file);
    set_number(L, "line", load->line);
    set_number(L, "address", load->address);
    set_number(L, "bytes", load->bytes);
    set_number(L, "trace", load->version);
    set_number(L, "func", load->function);
}

static void set_deopt(lua_State *L, const struct jitney_deopt *deopt)
{
    set_number(L, "func", deopt->function);
    set_number(L, "origin", deopt->origin);
    set_number(L, "trace", deopt->version);
    set_number(L, "line", deopt->line);
    set_number(L, "address", deopt->address);
    set_text(L, "reason", deopt->reason);
    set_text(L, "seen", deopt->seen);
    lua_pushinteger(L, (lua_Integer)deopt->slot);
    lua_setfield(L, -2, "exit");
}

static void set_compile(lua_State *L, const struct jitney_compile *compile)
{
    set_number(L, "func", compile->function);
    set_number(L, "compilation", compile->compilation);
    set_number(L, "trace", compile->version);
    set_number(L, "address", compile->address);
    set_number(L, "bytes", compile->code_bytes);
    set_number(L, "ir_bytes", compile->ir_bytes);
}

static void set_body(lua_State *L, const struct jitney_event *event)
{
    switch (event->type) {
    case JITNEY_CODE_LOAD:
        set_code(L, event->code_load);
        break;
    case JITNEY_CODE_UNLOAD:
        set_number(L, "address", event->code_unload->address);
        set_number(L, "bytes", event->code_unload->bytes);
        break;
    case JITNEY_COMPILE_START:
        set_number(L, "func", event->compile_start->function);
        set_number(L, "compilation", event->compile_start->compilation);
        set_text(L, "name", event->compile_start->name);
        set_text(L, "reason", event->compile_start->heuristic.name);
        break;
    case JITNEY_COMPILE:
        set_compile(L, event->compile);
        break;
    case JITNEY_COMPILE_END:
        set_number(L, "compilation", event->compile_end->compilation);
        set_number(L, "duration_ns", event->compile_end->duration_ns);
        break;
    case JITNEY_COMPILE_ABORT:
        set_number(L, "func", event->compile_abort->function);
        set_number(L, "compilation", event->compile_abort->compilation);
        set_number(L, "duration_ns", event->compile_abort->duration_ns);
        set_text(L, "reason", event->compile_abort->reason);
        break;
    case JITNEY_DEOPT:
        set_deopt(L, event->deopt);
        break;
    case JITNEY_NOTE:
        set_text(L, "text", event->note->text);
        break;
    case JITNEY_FUNCTION:
        set_number(L, "func", event->number);
        set_text(L, "name", event->function->name);
        set_text(L, "file", event->function->file);
        set_number(L, "line", event->function->line);
        break;
    default:
        break;
    }
}

static const char *type_name(uint32_t type)
{
#define ROW(id, value, name, group) [id] = name,
    static const char *const names[] = {JITNEY_EVENT_LIST(ROW)};
#undef ROW
    return type < sizeof(names) / sizeof(names[0]) ? names[type] : "?";
}

/* Called protected with the list and the event. */
static int append_event(lua_State *L)
{
    const struct jitney_event *event = lua_touserdata(L, 2);

    lua_newtable(L);
    set_text(L, "type", type_name(event->type));
    set_number(L, "time_ns", event->time_ns);
    set_number(L, "tid", event->tid);
    set_body(L, event);
    lua_rawseti(L, 1, (int)lua_objlen(L, 1) + 1);
    return 0;
}

/* No error of Lua may jump over the library's frames. */
static int visit(void *context, const struct jitney_event *event)
{
    lua_State *L = context;

    lua_pushvalue(L, -1);
    lua_pushvalue(L, -3);
    lua_pushlightuserdata(L, (void *)event);
    if (lua_pcall(L, 2, 0, 0) == 0)
        return 0;
    lua_pop(L, 1);
    return JITNEY_ERR_MEMORY;
}

/* The list of events, or nil and why. */
static int push_events(lua_State *L, const char *path)
{
    struct jitney_recording_visitor visitor = {
        .size = sizeof(visitor), .event = visit, .context = L};
    int status = JITNEY_OK;

    luaL_checkstack(L, 8, NULL);
    lua_newtable(L);
    lua_pushcfunction(L, append_event);
    status = path ? jitney_recording_load(path, &visitor)
                  : jitney_recording_get(luajit_state_of(L)->session, &visitor);
    if (status)
        return luajit_push_status(L, status);
    lua_pop(L, 1);
    return 1;
}

static int get(lua_State *L)
{
    return push_events(L, NULL);
}

static int load(lua_State *L)
{
    return push_events(L, luaL_checkstring(L, 1));
}

const luaL_Reg luajit_recording_functions[] = {
    {"start", start}, {"stop", stop}, {"reset", reset},     {"save", save},
    {"get", get},     {"load", load}, {"enabled", enabled}, {"set_filter", set_filter},
    {NULL, NULL}};
