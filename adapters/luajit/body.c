#include "body.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_IR = 32768, MOST_SNAPSHOTS = 4096 };

/* Memory that Lua frees, whatever happens; it stays on the stack. */
static void *scratch(lua_State *L, size_t count, size_t bytes)
{
    return lua_newuserdata(L, (count ? count : 1) * bytes);
}

/* ---- what LuaJIT says ---- */

/* The operands' modes, two bits each: 0 is a reference, 1 a literal. luajit: irm_op1 in lj_ir.h */
static bool read_ir(lua_State *L, uint32_t number, size_t ref, struct luajit_ir *ir)
{
    int top = lua_gettop(L);
    int mode = 0;

    luajit_push_kit(L, LUAJIT_KIT_TRACEIR);
    lua_pushinteger(L, (lua_Integer)number);
    lua_pushinteger(L, (lua_Integer)ref);
    lua_call(L, 2, 5);
    if (lua_isnil(L, top + 1)) {
        lua_settop(L, top);
        return false;
    }
    mode = (int)lua_tointeger(L, top + 1);
    *ir = (struct luajit_ir){.op_type = (uint16_t)lua_tointeger(L, top + 2),
                             .left = (int32_t)lua_tointeger(L, top + 3),
                             .right = (int32_t)lua_tointeger(L, top + 4),
                             .is_left_literal = (mode & 3) != 0,
                             .is_right_literal = (mode & 12) != 0};
    lua_settop(L, top);
    return true;
}

static void read_all_ir(lua_State *L, uint32_t number, struct luajit_body *body)
{
    size_t room = 256, count = 0;
    struct luajit_ir *ir = scratch(L, room, sizeof(*ir));
    struct luajit_ir *more = NULL;

    memset(&ir[0], 0, sizeof(ir[0]));
    while (count + 1 < MOST_IR) {
        if (count + 1 == room) {
            more = scratch(L, room * 2, sizeof(*ir));
            memcpy(more, ir, room * sizeof(*ir));
            ir = more;
            lua_remove(L, -2);
            room *= 2;
        }
        if (!read_ir(L, number, count + 1, &ir[count + 1]))
            break;
        count++;
    }
    body->ir = ir;
    body->ir_count = count;
}

static void read_snapshots(lua_State *L, uint32_t number, size_t count, struct luajit_body *body)
{
    uint32_t *snapshots = scratch(L, count, sizeof(*snapshots));

    for (size_t i = 0; i < count; i++) {
        luajit_push_kit(L, LUAJIT_KIT_TRACESNAP);
        lua_pushinteger(L, (lua_Integer)number);
        lua_pushinteger(L, (lua_Integer)i);
        lua_call(L, 2, 1);
        if (!lua_istable(L, -1)) {
            lua_pop(L, 1);
            break;
        }
        lua_rawgeti(L, -1, 0);
        snapshots[i] = (uint32_t)lua_tointeger(L, -1);
        lua_pop(L, 2);
        body->snapshot_count++;
    }
    body->snapshots = snapshots;
}

/* Where the stub of each exit is. */
static void find_guards(lua_State *L, struct luajit_mcode mcode, struct luajit_body *body)
{
    uint64_t *stubs = scratch(L, body->snapshot_count, sizeof(*stubs));
    size_t room = mcode.bytes / 5 + 1;
    struct luajit_guard *guards = scratch(L, room, sizeof(*guards));

    for (size_t i = 0; i < body->snapshot_count; i++) {
        luajit_push_kit(L, LUAJIT_KIT_EXITSTUB);
        lua_pushinteger(L, (lua_Integer)i);
        lua_call(L, 1, 1);
        stubs[i] = (uint64_t)lua_tonumber(L, -1);
        lua_pop(L, 1);
    }
    mcode.stubs = stubs;
    mcode.stub_count = body->snapshot_count;
    body->guard_count = luajit_mcode_guards(&mcode, guards, room);
    body->guards = guards;
}

/* ---- what follows ---- */

static const char *file_of(const struct luajit_state *state, uint32_t function)
{
    return luajit_function_get(&state->functions, function)->file;
}

static void build_lines(const struct luajit_state *state, const struct luajit_body *body,
                        const struct luajit_row *rows, size_t count, struct luajit_built *built)
{
    built->lines = calloc(count ? count : 1, sizeof(*built->lines));
    if (!built->lines)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct luajit_step *step = &body->steps[rows[i].step];

        if (step->line == 0)
            continue;
        built->lines[built->line_count++] =
            (struct jitney_line){.offset = rows[i].offset,
                                 .line = step->line,
                                 .inlined = step->inlined,
                                 .file = file_of(state, step->function)};
    }
}

static void build_inlined(const struct luajit_state *state, struct luajit_built *built)
{
    const struct luajit_recorder *recorder = &state->recorder;

    built->inlined = calloc(recorder->inlined_count + 1, sizeof(*built->inlined));
    if (!built->inlined)
        return;
    for (uint32_t i = 0; i < recorder->inlined_count; i++) {
        const struct luajit_inlined *from = &recorder->inlined[i];
        const struct luajit_function *function =
            luajit_function_get(&state->functions, from->function);

        built->inlined[i] = (struct jitney_inlined){.name = function->name ? function->name : "?",
                                                    .file = function->file,
                                                    .caller = from->caller,
                                                    .call_line = from->call_line,
                                                    .function = function->number};
    }
    built->inlined_count = recorder->inlined_count;
}

static void build_exits(const struct luajit_body *body, const struct luajit_exit_place *places,
                        struct luajit_built *built)
{
    built->exits = calloc(body->snapshot_count + 1, sizeof(*built->exits));
    if (!built->exits)
        return;
    for (size_t i = 0; i < body->snapshot_count; i++) {
        struct luajit_exit *exit = &built->exits[i];

        exit->offset = places[i].offset;
        exit->op_count = places[i].op_count;
        memcpy(exit->ops, places[i].ops, sizeof(exit->ops));
        if (places[i].step >= body->step_count)
            continue;
        exit->function = body->steps[places[i].step].function;
        exit->line = body->steps[places[i].step].line;
    }
    built->exit_count = (uint32_t)body->snapshot_count;
}

void luajit_body_build(lua_State *L, struct luajit_state *state,
                       const struct luajit_subject *subject, struct luajit_built *built)
{
    struct luajit_body body = {.steps = state->recorder.steps,
                               .step_count = state->recorder.step_count,
                               .code_bytes = subject->mcode.bytes,
                               .loop_offset = subject->loop_offset,
                               .opcodes = state->opcodes};
    size_t exits = subject->exit_count < MOST_SNAPSHOTS ? subject->exit_count : MOST_SNAPSHOTS;
    struct luajit_exit_place *places = NULL;
    struct luajit_row *rows = NULL;
    uint32_t *steps_of = NULL;
    size_t row_count = 0, room = 0;
    int top = lua_gettop(L);

    read_all_ir(L, subject->number, &body);
    read_snapshots(L, subject->number, exits, &body);
    if (state->has_machine)
        find_guards(L, subject->mcode, &body);
    room = body.ir_count + 2;
    steps_of = scratch(L, room, sizeof(*steps_of));
    rows = scratch(L, room, sizeof(*rows));
    places = scratch(L, body.snapshot_count, sizeof(*places));
    luajit_lines_assign(&body, steps_of);
    luajit_lines_exits(&body, steps_of, places);
    if (state->has_machine)
        row_count = luajit_lines_rows(&body, steps_of, rows, room);
    /* From here on Lua is not called, and raises nothing. */
    build_lines(state, &body, rows, row_count, built);
    build_inlined(state, built);
    build_exits(&body, places, built);
    lua_settop(L, top);
}

void luajit_built_release(struct luajit_built *built)
{
    free(built->lines);
    free(built->inlined);
    free(built->exits);
    memset(built, 0, sizeof(*built));
}
