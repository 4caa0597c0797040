#include "functions.h"

#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FUNCTIONS = 100000, NAME_ROOM = 512 };

/* What jit.util.funcinfo says. */
struct info {
    const char *source;
    const char *loc;
    uint32_t first_line, last_line, bytecodes, constants;
    bool is_lua;
};

/* Leaves the table, which holds the texts, on the stack. */
static void read_info(lua_State *L, int index, struct info *info)
{
    luajit_push_kit(L, LUAJIT_KIT_FUNCINFO);
    lua_pushvalue(L, index);
    lua_call(L, 1, 1);
    memset(info, 0, sizeof(*info));
    if (!lua_istable(L, -1))
        return;
    lua_getfield(L, -1, "source");
    info->source = lua_tostring(L, -1);
    lua_pop(L, 1);
    lua_getfield(L, -1, "loc");
    info->loc = lua_tostring(L, -1);
    lua_pop(L, 1);
    info->is_lua = info->source != NULL;
    info->first_line = luajit_number_field(L, "linedefined");
    info->last_line = luajit_number_field(L, "lastlinedefined");
    info->bytecodes = luajit_number_field(L, "bytecodes");
    info->constants =
        luajit_number_field(L, "gcconsts") * 65536 + luajit_number_field(L, "nconsts");
}

/* ---- names ---- */

/* A built-in: `math.floor`, or where its C code is. */
static void name_builtin(lua_State *L, char *name)
{
    lua_getfield(L, -1, "ffid");
    luajit_push_kit(L, LUAJIT_KIT_FFNAMES);
    if (lua_istable(L, -1) && lua_isnumber(L, -2)) {
        lua_rawgeti(L, -1, (int)lua_tointeger(L, -2));
        if (lua_type(L, -1) == LUA_TSTRING)
            snprintf(name, NAME_ROOM, "%s", lua_tostring(L, -1));
        lua_pop(L, 1);
    }
    lua_pop(L, 2);
    if (*name)
        return;
    lua_getfield(L, -1, "addr");
    snprintf(name, NAME_ROOM, "C:%llx", (unsigned long long)lua_tonumber(L, -1));
    lua_pop(L, 1);
}

/* How the running function was called by the one below: the name that a traceback shows. The
 * handlers of the adapter are on top of it. */
static bool name_by_call(lua_State *L, int index, char *name)
{
    enum { HANDLER_LEVELS = 3 };
    lua_Debug frame;

    for (int level = 1; level <= HANDLER_LEVELS; level++) {
        bool is_it = false;

        if (!lua_getstack(L, level, &frame) || !lua_getinfo(L, "nf", &frame))
            return false;
        is_it = lua_rawequal(L, -1, index);
        lua_pop(L, 1);
        if (!is_it)
            continue;
        if (frame.name && *frame.name)
            snprintf(name, NAME_ROOM, "%s", frame.name);
        return frame.name && *frame.name;
    }
    return false;
}

static void find_name(lua_State *L, int index, const struct info *info, char *name)
{
    *name = '\0';
    if (!info->is_lua)
        name_builtin(L, name);
    else if (info->first_line == 0)
        snprintf(name, NAME_ROOM, "main chunk");
    else if (!name_by_call(L, index, name))
        snprintf(name, NAME_ROOM, "%s:%u", luajit_chunk_name(info->source), info->first_line);
}

const char *luajit_chunk_name(const char *source)
{
    if (source && (*source == '@' || *source == '='))
        return source + 1;
    return source && *source ? "(string)" : "?";
}

/* ---- the table ---- */

static uint32_t hash_of(const char *name, const struct info *info)
{
    uint32_t hash = 2166136261U;

    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619U;
    hash = (hash ^ info->first_line) * 16777619U;
    hash = (hash ^ info->last_line) * 16777619U;
    return (hash ^ info->bytecodes) * 16777619U;
}

static bool is_it(const struct luajit_function *function, const char *key, const struct info *info)
{
    return function->first_line == info->first_line && function->last_line == info->last_line &&
           function->bytecodes == info->bytecodes && function->constants == info->constants &&
           strcmp(function->file ? function->file : function->name, key) == 0;
}

/* The slot of a function, or the free one where it belongs. There always is a free one. */
static uint32_t find_slot(const struct luajit_functions *functions, const char *key,
                          const struct info *info)
{
    uint32_t at = hash_of(key, info) & (functions->slot_count - 1);

    while (functions->slots[at] && !is_it(&functions->items[functions->slots[at]], key, info))
        at = (at + 1) & (functions->slot_count - 1);
    return at;
}

static void move_slots(struct luajit_functions *functions, const uint32_t *old, uint32_t old_count)
{
    for (uint32_t i = 0; i < old_count; i++) {
        const struct luajit_function *item = &functions->items[old[i]];
        const struct info info = {.first_line = item->first_line,
                                  .last_line = item->last_line,
                                  .bytecodes = item->bytecodes,
                                  .constants = item->constants};

        if (old[i])
            functions->slots[find_slot(functions, item->file ? item->file : item->name, &info)] =
                old[i];
    }
}

/* Room for one more item, and a hash table that is at most half full. */
static bool make_room(struct luajit_functions *functions)
{
    uint32_t room = functions->room ? functions->room * 2 : 64;
    uint32_t old_count = functions->slot_count;
    uint32_t *old = functions->slots;
    struct luajit_function *items = NULL;

    if (functions->count >= MOST_FUNCTIONS)
        return false;
    if (functions->count < functions->room)
        return true;
    items = realloc(functions->items, room * sizeof(*items));
    if (!items)
        return false;
    functions->items = items;
    functions->slots = calloc((size_t)room * 2, sizeof(*functions->slots));
    if (!functions->slots) {
        functions->slots = old;
        return false;
    }
    if (functions->count == 0)
        memset(&items[functions->count++], 0, sizeof(*items));
    functions->slot_count = room * 2;
    functions->room = room;
    move_slots(functions, old, old_count);
    free(old);
    return true;
}

static void define(struct luajit_state *state, struct luajit_function *function)
{
    struct jitney_function told = {.size = sizeof(told),
                                   .name = function->name,
                                   .file = function->file,
                                   .line = function->first_line,
                                   .primitive_index = -1};

    (void)jitney_function_define(state->session, &told, &function->number);
}

/* The table of funcinfo is on the stack. */
static uint32_t find_or_add(lua_State *L, struct luajit_state *state, int index,
                            const struct info *info)
{
    struct luajit_functions *functions = &state->functions;
    struct luajit_function *function = NULL;
    char name[NAME_ROOM] = "";
    const char *key = info->source ? luajit_chunk_name(info->source) : name;
    uint32_t slot = 0;

    if (!make_room(functions))
        return 0;
    if (!info->source)
        find_name(L, index, info, name);
    slot = find_slot(functions, key, info);
    if (functions->slots[slot])
        return functions->slots[slot];
    if (info->source)
        find_name(L, index, info, name);
    function = &functions->items[functions->count];
    *function = (struct luajit_function){.first_line = info->first_line,
                                         .last_line = info->last_line,
                                         .bytecodes = info->bytecodes,
                                         .constants = info->constants,
                                         .name = strdup(name),
                                         .file = info->source ? strdup(key) : NULL};
    if (!function->name || (info->source && !function->file)) {
        free(function->name);
        free(function->file);
        return 0;
    }
    define(state, function);
    functions->slots[slot] = functions->count;
    return functions->count++;
}

uint32_t luajit_function_at(lua_State *L, struct luajit_state *state, int index)
{
    struct info info;
    uint32_t number = 0;

    if (!lua_isfunction(L, index))
        return 0;
    luajit_push_kit(L, LUAJIT_KIT_NUMBERS);
    lua_pushvalue(L, index);
    lua_rawget(L, -2);
    number = (uint32_t)lua_tointeger(L, -1);
    lua_pop(L, 1);
    if (number == 0) {
        read_info(L, index, &info);
        if (lua_istable(L, -1))
            number = find_or_add(L, state, index, &info);
        lua_pop(L, 1);
        lua_pushvalue(L, index);
        lua_pushinteger(L, (lua_Integer)number);
        lua_rawset(L, -3);
    }
    lua_pop(L, 1);
    return number;
}

const struct luajit_function *luajit_function_get(const struct luajit_functions *functions,
                                                  uint32_t index)
{
    static const struct luajit_function nobody = {0};

    return index < functions->count ? &functions->items[index] : &nobody;
}

/* ---- lines ---- */

static uint32_t ask_line(lua_State *L, int index, int pc)
{
    uint32_t line = 0;

    luajit_push_kit(L, LUAJIT_KIT_FUNCINFO);
    lua_pushvalue(L, index);
    lua_pushinteger(L, pc);
    lua_call(L, 2, 1);
    if (lua_istable(L, -1))
        line = luajit_number_field(L, "currentline");
    lua_pop(L, 1);
    return line;
}

uint32_t luajit_function_line(lua_State *L, struct luajit_state *state, int index, uint32_t number,
                              int pc)
{
    struct luajit_function *function = NULL;

    if (number == 0 || number >= state->functions.count || pc < 0)
        return 0;
    function = &state->functions.items[number];
    if (!function->file || (uint32_t)pc > function->bytecodes)
        return 0;
    if (function->first_line == function->last_line && function->first_line)
        return function->first_line;
    if (!function->lines)
        function->lines = calloc((size_t)function->bytecodes + 1, sizeof(*function->lines));
    if (!function->lines)
        return 0;
    if (function->lines[pc] == 0)
        function->lines[pc] = ask_line(L, index, pc);
    return function->lines[pc];
}

void luajit_functions_release(struct luajit_functions *functions)
{
    for (uint32_t i = 1; i < functions->count; i++) {
        free(functions->items[i].lines);
        free(functions->items[i].name);
        free(functions->items[i].file);
    }
    free(functions->items);
    free(functions->slots);
    memset(functions, 0, sizeof(*functions));
}
