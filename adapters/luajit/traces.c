#include "traces.h"

#include "body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_ROOM = 512, HOLES = 1024 };

/* What jit.util.traceinfo says. */
struct info {
    uint32_t link, exits;
    uint32_t ir;
    char link_type[16];
};

/* ---- asking ---- */

static bool read_info(lua_State *L, uint32_t number, struct info *info)
{
    luajit_push_kit(L, LUAJIT_KIT_TRACEINFO);
    lua_pushinteger(L, (lua_Integer)number);
    lua_call(L, 1, 1);
    if (!lua_istable(L, -1)) {
        lua_pop(L, 1);
        return false;
    }
    info->link = luajit_number_field(L, "link");
    info->exits = luajit_number_field(L, "nexit");
    info->ir = luajit_number_field(L, "nins");
    lua_getfield(L, -1, "linktype");
    snprintf(info->link_type, sizeof(info->link_type), "%s",
             lua_isstring(L, -1) ? lua_tostring(L, -1) : "");
    lua_pop(L, 2);
    return true;
}

/* Machine code of a trace. The string that holds a copy of it stays on the stack. */
static bool read_code(lua_State *L, struct luajit_subject *subject)
{
    struct luajit_mcode *mcode = &subject->mcode;
    size_t bytes = 0;

    luajit_push_kit(L, LUAJIT_KIT_TRACEMC);
    lua_pushinteger(L, (lua_Integer)subject->number);
    lua_call(L, 1, 3);
    mcode->code = (const uint8_t *)lua_tolstring(L, -3, &bytes);
    mcode->bytes = bytes;
    mcode->address = (uint64_t)lua_tonumber(L, -2);
    subject->loop_offset = (size_t)lua_tointeger(L, -1);
    lua_pop(L, 2);
    return mcode->code && bytes && mcode->address;
}

/* The place of a function and its bytecode `pc` (0: none on the stack), as -jv writes it. */
static void read_loc(lua_State *L, int function, int pc, char loc[LUAJIT_LOC_ROOM])
{
    int top = lua_gettop(L);

    snprintf(loc, LUAJIT_LOC_ROOM, "(?)");
    luajit_push_kit(L, LUAJIT_KIT_FUNCINFO);
    lua_pushvalue(L, function);
    if (pc && lua_isnumber(L, pc))
        lua_pushvalue(L, pc);
    lua_call(L, lua_gettop(L) - top - 1, 1);
    if (lua_istable(L, -1)) {
        lua_getfield(L, -1, "loc");
        lua_getfield(L, -2, "ffid");
        lua_getfield(L, -3, "addr");
        luajit_push_kit(L, LUAJIT_KIT_FFNAMES);
        if (lua_isstring(L, top + 2)) {
            snprintf(loc, LUAJIT_LOC_ROOM, "%s", lua_tostring(L, top + 2));
        } else if (lua_isnumber(L, top + 3) && lua_istable(L, top + 5)) {
            lua_rawgeti(L, top + 5, (int)lua_tointeger(L, top + 3));
            if (lua_isstring(L, -1))
                snprintf(loc, LUAJIT_LOC_ROOM, "%s", lua_tostring(L, -1));
        } else if (lua_isnumber(L, top + 4)) {
            snprintf(loc, LUAJIT_LOC_ROOM, "C:%llx", (unsigned long long)lua_tonumber(L, top + 4));
        }
    }
    lua_settop(L, top);
}

/* ---- the table of traces ---- */

/* Room for trace `number`, or NULL. */
static struct luajit_trace *make_slot(struct luajit_state *state, uint32_t number)
{
    uint32_t room = state->trace_room ? state->trace_room : 128;
    struct luajit_trace *traces = NULL;

    if (number >= LUAJIT_MOST_TRACES)
        return NULL;
    while (room <= number)
        room *= 2;
    if (room > state->trace_room) {
        traces = realloc(state->traces, room * sizeof(*traces));
        if (!traces)
            return NULL;
        memset(traces + state->trace_room, 0, (room - state->trace_room) * sizeof(*traces));
        state->traces = traces;
        state->trace_room = room;
    }
    return &state->traces[number];
}

static void forget(struct luajit_state *state, struct luajit_trace *trace, uint32_t number)
{
    struct jitney_code_unload unload = {.size = sizeof(unload), .address = trace->address};

    if (!trace->address)
        return;
    luajit_exits_sum_up(state, trace, number);
    jitney_code_unload(state->session, &unload);
    free(trace->exits);
    free(trace->name);
    memset(trace, 0, sizeof(*trace));
}

void luajit_traces_flush(struct luajit_state *state)
{
    for (uint32_t i = 0; i < state->trace_room; i++)
        forget(state, &state->traces[i], i);
}

void luajit_traces_release(struct luajit_state *state)
{
    luajit_traces_flush(state);
    free(state->traces);
    state->traces = NULL;
    state->trace_room = 0;
}

/* ---- names ---- */

/* `TRACE_5::app.lua:3 (1/15) -> 1`: number and place as LuaJIT itself writes them into perf maps,
 * then what -jv says of parent and link. */
static void write_name(const struct luajit_state *state, const struct luajit_trace *trace,
                       uint32_t number, char name[NAME_ROOM])
{
    const struct luajit_function *function =
        luajit_function_get(&state->functions, trace->function);
    const char *place = function->file ? function->file : function->name;
    char parent[32] = "", link[48];

    if (trace->parent && trace->exit < 0)
        snprintf(parent, sizeof(parent), " (%u/stitch)", trace->parent);
    else if (trace->parent)
        snprintf(parent, sizeof(parent), " (%u/%d)", trace->parent, trace->exit);
    if (trace->link == number || trace->link == 0 || strcmp(trace->link_type, "stitch") == 0)
        snprintf(link, sizeof(link), " %s", trace->link_type);
    else if (strcmp(trace->link_type, "root") == 0)
        snprintf(link, sizeof(link), " -> %u", trace->link);
    else
        snprintf(link, sizeof(link), " -> %u %s", trace->link, trace->link_type);
    if (place && trace->line)
        snprintf(name, NAME_ROOM, "TRACE_%u::%.400s:%u%s%s", number, place, trace->line, parent,
                 link);
    else if (place)
        snprintf(name, NAME_ROOM, "TRACE_%u::%.400s%s%s", number, place, parent, link);
    else
        snprintf(name, NAME_ROOM, "TRACE_%u%s%s", number, parent, link);
}

/* ---- telling ---- */

static void tell_code(struct luajit_state *state, const struct luajit_trace *trace, uint32_t number,
                      const uint8_t *code, const struct luajit_built *built)
{
    const struct luajit_function *function =
        luajit_function_get(&state->functions, trace->function);
    struct jitney_code_load load = {.size = sizeof(load),
                                    .address = trace->address,
                                    .bytes = trace->bytes,
                                    .code = code,
                                    .name = trace->name,
                                    .tier = JITNEY_TIER_OPTIMIZED,
                                    .tier_name = "trace",
                                    .file = function->file,
                                    .line = trace->line,
                                    .function = function->number,
                                    .flags = trace->is_osr ? JITNEY_CODE_OSR : 0,
                                    .version = number,
                                    .lines = built->lines,
                                    .line_count = built->line_count,
                                    .inlined = built->inlined,
                                    .inlined_count = built->inlined_count};

    if (built->cfi_bytes) {
        load.unwind_kind = JITNEY_UNWIND_CFI;
        load.unwind = built->cfi;
        load.unwind_bytes = built->cfi_bytes;
    }
    jitney_code_load(state->session, &load);
}

/* Take the trace into the table and tell its code. `built` is emptied of what the table keeps. */
static void add(struct luajit_state *state, const struct luajit_trace *found, uint32_t number,
                const uint8_t *code, struct luajit_built *built)
{
    struct luajit_trace *trace = make_slot(state, number);
    char name[NAME_ROOM];

    if (!trace)
        return;
    forget(state, trace, number);
    *trace = *found;
    write_name(state, trace, number, name);
    trace->name = strdup(name);
    trace->exits = built->exits;
    trace->exit_count = built->exits ? built->exit_count : 0;
    built->exits = NULL;
    if (!trace->name) {
        free(trace->exits);
        memset(trace, 0, sizeof(*trace));
        return;
    }
    tell_code(state, trace, number, code, built);
}

static void tell_compiled(struct luajit_state *state, const struct luajit_trace *trace,
                          uint32_t number, uint32_t ir_count)
{
    const uint32_t function = luajit_function_get(&state->functions, trace->function)->number;
    enum { IR_BYTES = 8 }; /* luajit: IRIns in lj_ir.h */
    struct jitney_compile compile = {.size = sizeof(compile),
                                     .function = function,
                                     .tier = JITNEY_TIER_OPTIMIZED,
                                     .compilation = trace->compilation,
                                     .version = number,
                                     .ir_bytes = (uint64_t)ir_count * IR_BYTES,
                                     .address = trace->address,
                                     .code_bytes = trace->bytes};
    struct jitney_compile_end end = {.size = sizeof(end),
                                     .function = function,
                                     .tier = JITNEY_TIER_OPTIMIZED,
                                     .compilation = trace->compilation,
                                     .duration_ns = luajit_now_ns() - state->recorder.start_ns};

    jitney_compile(state->session, &compile);
    jitney_compile_end(state->session, &end);
}

/* ---- events ---- */

/* luajit: names of bytecodes in jit.vmdef, six letters each */
static const char *heat(lua_State *L, const struct luajit_recorder *recorder)
{
    const char *heat = recorder->start_pc == 0 ? "hot function" : "hot loop";
    const char *names = NULL;
    size_t bytes = 0, at = 0;
    int top = lua_gettop(L);

    if (recorder->parent)
        return recorder->exit < 0 ? "stitch" : "hot exit";
    luajit_push_kit(L, LUAJIT_KIT_FUNCBC);
    lua_pushvalue(L, 3);
    lua_pushvalue(L, 4);
    lua_call(L, 2, 1);
    luajit_push_kit(L, LUAJIT_KIT_BCNAMES);
    names = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &bytes) : NULL;
    at = ((size_t)lua_tonumber(L, -2) & 0xff) * 6;
    if (names && at + 6 <= bytes && strncmp(names + at, "RET", 3) == 0)
        heat = "hot return";
    lua_settop(L, top);
    return heat;
}

void luajit_traces_start(lua_State *L, struct luajit_state *state)
{
    struct luajit_recorder *recorder = &state->recorder;
    struct jitney_compile_start start = {.size = sizeof(start), .tier = JITNEY_TIER_OPTIMIZED};
    char name[32];

    luajit_recorder_begin(recorder);
    recorder->trace = (uint32_t)lua_tointeger(L, 2);
    recorder->start_pc = (int)lua_tointeger(L, 4);
    recorder->parent = (uint32_t)lua_tointeger(L, 5);
    recorder->exit = (int32_t)lua_tointeger(L, 6);
    recorder->start_ns = luajit_now_ns();
    recorder->compilation = luajit_session_next_compilation();
    recorder->function = luajit_function_at(L, state, 3);
    recorder->line = luajit_function_line(L, state, 3, recorder->function, recorder->start_pc);
    if (jitney_wants(state->session, JITNEY_COMPILE_ABORT))
        read_loc(L, 3, 4, recorder->loc);
    if (!jitney_wants(state->session, JITNEY_COMPILE_START))
        return;
    snprintf(name, sizeof(name), "TRACE_%u", recorder->trace);
    start.name = name;
    start.function = luajit_function_get(&state->functions, recorder->function)->number;
    start.compilation = recorder->compilation;
    start.heuristic.name = heat(L, recorder);
    if (strcmp(start.heuristic.name, "hot loop") == 0)
        start.osr.name = "loop";
    jitney_compile_start(state->session, &start);
}

/* What LuaJIT says of the trace itself. Its machine code stays on the stack. */
static bool read_trace(lua_State *L, uint32_t number, struct info *info,
                       struct luajit_subject *subject, struct luajit_trace *trace)
{
    *subject = (struct luajit_subject){.number = number};
    if (!read_info(L, number, info) || !read_code(L, subject))
        return false;
    subject->exit_count = info->exits;
    *trace = (struct luajit_trace){
        .address = subject->mcode.address, .bytes = subject->mcode.bytes, .link = info->link};
    memcpy(trace->link_type, info->link_type, sizeof(trace->link_type));
    return true;
}

void luajit_traces_stop(lua_State *L, struct luajit_state *state)
{
    struct luajit_recorder *recorder = &state->recorder;
    struct luajit_subject subject;
    struct luajit_trace trace;
    struct luajit_built built = {0};
    const struct luajit_trace *parent = NULL;
    struct info info;
    uint32_t number = (uint32_t)lua_tointeger(L, 2);

    if (!recorder->is_active || recorder->trace != number)
        return;
    recorder->is_active = false;
    if (!read_trace(L, number, &info, &subject, &trace))
        return;
    trace.compilation = recorder->compilation;
    trace.function = recorder->function;
    trace.line = recorder->line;
    trace.parent = recorder->parent;
    trace.exit = recorder->exit;
    trace.is_osr =
        trace.parent == 0 && recorder->start_pc > 0 && strcmp(trace.link_type, "loop") == 0;
    if (state->wants_lines)
        luajit_body_build(L, state, &subject, &built);
    /* A parent that is not known has moved the stack by nobody knows what. */
    parent = trace.exit < 0 ? NULL : luajit_trace_find(state, trace.parent);
    if (state->has_machine && (parent || trace.parent == 0 || trace.exit < 0))
        built.cfi_bytes =
            luajit_mcode_cfi(&subject.mcode, parent ? parent->adjust : 0, built.cfi, &trace.adjust);
    add(state, &trace, number, subject.mcode.code, &built);
    luajit_built_release(&built);
    tell_compiled(state, &trace, number, info.ir);
}

/* The reason as -jv writes it. */
static void push_reason(lua_State *L)
{
    char loc[LUAJIT_LOC_ROOM];

    if (lua_type(L, 5) != LUA_TNUMBER) {
        lua_pushvalue(L, 5);
        return;
    }
    luajit_push_kit(L, LUAJIT_KIT_FORMAT);
    luajit_push_kit(L, LUAJIT_KIT_ERRORS);
    if (lua_istable(L, -1))
        lua_rawgeti(L, -1, (int)lua_tointeger(L, 5));
    else
        lua_pushnil(L);
    lua_remove(L, -2);
    if (lua_type(L, -1) != LUA_TSTRING) {
        lua_pop(L, 2);
        lua_pushfstring(L, "error %d", (int)lua_tointeger(L, 5));
        return;
    }
    if (lua_isfunction(L, 6)) {
        read_loc(L, 6, 0, loc);
        lua_pushstring(L, loc);
    } else {
        lua_pushvalue(L, 6);
    }
    /* The format and the number may not fit in another version of LuaJIT. */
    if (lua_pcall(L, 2, 1, 0) != 0 || lua_type(L, -1) != LUA_TSTRING)
        lua_pushfstring(L, "error %d", (int)lua_tointeger(L, 5));
}

void luajit_traces_abort(lua_State *L, struct luajit_state *state)
{
    struct luajit_recorder *recorder = &state->recorder;
    struct jitney_compile_abort abort = {.size = sizeof(abort), .tier = JITNEY_TIER_OPTIMIZED};
    char loc[LUAJIT_LOC_ROOM];

    if (!recorder->is_active)
        return;
    recorder->is_active = false;
    if (!jitney_wants(state->session, JITNEY_COMPILE_ABORT))
        return;
    push_reason(L);
    read_loc(L, 3, 4, loc);
    if (strcmp(loc, recorder->loc) != 0 && lua_isstring(L, -1)) {
        lua_pushfstring(L, "%s at %s", lua_tostring(L, -1), loc);
        lua_remove(L, -2);
    }
    abort.function = luajit_function_get(&state->functions, recorder->function)->number;
    abort.compilation = recorder->compilation;
    abort.duration_ns = luajit_now_ns() - recorder->start_ns;
    abort.reason = lua_tostring(L, -1);
    jitney_compile_abort(state->session, &abort);
}

static void scan_one(lua_State *L, struct luajit_state *state, const struct luajit_trace *trace,
                     const struct luajit_subject *subject)
{
    struct luajit_built built = {0};

    if (state->wants_lines)
        luajit_body_build(L, state, subject, &built);
    add(state, trace, subject->number, subject->mcode.code, &built);
    luajit_built_release(&built);
}

void luajit_traces_scan(lua_State *L, struct luajit_state *state)
{
    uint32_t last = 0;

    luajit_recorder_begin(&state->recorder);
    state->recorder.is_active = false;
    for (uint32_t i = 1; i < LUAJIT_MOST_TRACES && i - last <= HOLES; i++) {
        struct luajit_subject subject;
        struct luajit_trace trace;
        struct info info;
        int top = lua_gettop(L);

        if (luajit_trace_find(state, i)) {
            last = i;
        } else if (read_trace(L, i, &info, &subject, &trace)) {
            last = i;
            scan_one(L, state, &trace, &subject);
        }
        lua_settop(L, top);
    }
}
