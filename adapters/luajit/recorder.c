#include "recorder.h"

#include "state.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_STEPS = 65536, MOST_IR = 32768 };

void luajit_recorder_begin(struct luajit_recorder *recorder)
{
    recorder->is_active = true;
    recorder->step_count = 0;
    recorder->ir_count = 0;
    recorder->inlined_count = 0;
    recorder->base_depth = recorder->depth = -1;
    for (int i = 0; i < LUAJIT_MOST_DEPTH; i++)
        recorder->levels[i] = (struct luajit_level){.function = UINT32_MAX};
}

/* ---- how much IR there is ---- */

static bool has_ir(lua_State *L, size_t ref)
{
    bool is_there = false;
    int top = lua_gettop(L);

    luajit_push_kit(L, LUAJIT_KIT_TRACEIR);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, (lua_Integer)ref);
    lua_call(L, 2, LUA_MULTRET);
    is_there = lua_gettop(L) > top && !lua_isnil(L, top + 1);
    lua_settop(L, top);
    return is_there;
}

/* Mostly a few instructions more than last time; fewer after a loop that could not be unrolled. */
static size_t count_ir(lua_State *L, size_t before)
{
    size_t count = before;

    while (count > 0 && !has_ir(L, count))
        count /= 2;
    while (count < MOST_IR && has_ir(L, count + 1))
        count++;
    return count;
}

/* ---- which function ---- */

static uint32_t add_inlined(struct luajit_recorder *recorder, uint32_t function,
                            const struct luajit_level *caller)
{
    if (recorder->inlined_count == LUAJIT_MOST_INLINED)
        return caller->inlined;
    recorder->inlined[recorder->inlined_count++] = (struct luajit_inlined){
        .function = function, .caller = caller->inlined, .call_line = caller->line};
    return recorder->inlined_count;
}

/* The level of the instruction. Deeper than where the trace began is inlined; where it returned to
 * a caller or left by a tail call, the code is that function's own. */
static struct luajit_level *enter(struct luajit_recorder *recorder, uint32_t function, int depth)
{
    struct luajit_level *level = &recorder->levels[depth];
    bool is_new = depth > recorder->depth || level->function != function;

    if (recorder->base_depth < 0 || depth < recorder->base_depth)
        recorder->base_depth = depth;
    if (is_new) {
        level->function = function;
        level->inlined = 0;
        if (depth > recorder->base_depth && depth <= recorder->depth + 1)
            level->inlined = add_inlined(recorder, function, level - 1);
    }
    recorder->depth = depth;
    return level;
}

/* ---- steps ---- */

static struct luajit_step *new_step(struct luajit_recorder *recorder, size_t ir)
{
    size_t room = recorder->step_room ? recorder->step_room * 2 : 256;
    struct luajit_step *steps = NULL;

    /* The instruction before made no code. */
    if (recorder->step_count > 0 && recorder->steps[recorder->step_count - 1].ir == ir)
        return &recorder->steps[recorder->step_count - 1];
    while (recorder->step_count > 0 && recorder->steps[recorder->step_count - 1].ir > ir)
        recorder->step_count--;
    if (recorder->step_count == recorder->step_room) {
        if (room > MOST_STEPS)
            return NULL;
        steps = realloc(recorder->steps, room * sizeof(*steps));
        if (!steps)
            return NULL;
        recorder->steps = steps;
        recorder->step_room = room;
    }
    return &recorder->steps[recorder->step_count++];
}

void luajit_recorder_step(lua_State *L, struct luajit_state *state)
{
    struct luajit_recorder *recorder = &state->recorder;
    int pc = (int)lua_tointeger(L, 3), depth = (int)lua_tointeger(L, 4);
    struct luajit_level *level = NULL;
    struct luajit_step *step = NULL;
    uint32_t function = 0;

    /* A built-in has no bytecode: what it makes belongs to its call. */
    if (!recorder->is_active || pc < 0 || depth < 0 || depth >= LUAJIT_MOST_DEPTH)
        return;
    function = luajit_function_at(L, state, 2);
    level = enter(recorder, function, depth);
    level->line = luajit_function_line(L, state, 2, function, pc);
    recorder->ir_count = count_ir(L, recorder->ir_count);
    step = new_step(recorder, recorder->ir_count);
    if (step)
        *step = (struct luajit_step){(uint32_t)recorder->ir_count, level->line, function,
                                     level->inlined};
}

void luajit_recorder_release(struct luajit_recorder *recorder)
{
    free(recorder->steps);
    memset(recorder, 0, sizeof(*recorder));
}
