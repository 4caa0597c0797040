/* What the adapter knows of one Lua state (with all its coroutines). */
#ifndef JITNEY_LUAJIT_STATE_H
#define JITNEY_LUAJIT_STATE_H

#include "exits.h"
#include "functions.h"
#include "host.h"
#include "recorder.h"
#include "session.h"

#include <stdbool.h>

/* Slots of the kit: a Lua table that every function of the adapter has as an upvalue. */
enum luajit_kit {
    LUAJIT_KIT_FUNCINFO = 1, /* of jit.util */
    LUAJIT_KIT_TRACEINFO,
    LUAJIT_KIT_TRACEMC,
    LUAJIT_KIT_TRACEIR,
    LUAJIT_KIT_TRACESNAP,
    LUAJIT_KIT_EXITSTUB,
    LUAJIT_KIT_FUNCBC,
    LUAJIT_KIT_BCNAMES,                      /* jit.vmdef.bcnames */
    LUAJIT_KIT_ATTACH,                       /* jit.attach as it was */
    LUAJIT_KIT_FORMAT,                       /* string.format */
    LUAJIT_KIT_ERRORS,                       /* jit.vmdef.traceerr */
    LUAJIT_KIT_FFNAMES,                      /* jit.vmdef.ffnames */
    LUAJIT_KIT_NUMBERS,                      /* weak: function -> number in `functions` */
    LUAJIT_KIT_STATE,                        /* the userdata */
    LUAJIT_KIT_OURS,                         /* + enum luajit_event: our handlers */
    LUAJIT_KIT_THEIRS = LUAJIT_KIT_OURS + 4, /* + enum luajit_event: handlers of others */
    LUAJIT_KIT_SIZE = LUAJIT_KIT_THEIRS + 4
};

/* Upvalues of all functions of the adapter. */
enum { LUAJIT_UP_STATE = 1, LUAJIT_UP_KIT = 2, LUAJIT_UP_INNER = 3 };

enum luajit_event { LUAJIT_TRACE, LUAJIT_RECORD, LUAJIT_TEXIT, LUAJIT_EVENTS };

enum { LUAJIT_MOST_TRACES = 65536, LUAJIT_OP_NAME = 8, LUAJIT_MOST_OPS = 256 };

/* A trace that lives. */
struct luajit_trace {
    uint64_t address; /* 0: none */
    uint64_t bytes;
    uint64_t compilation;
    uint32_t function; /* index in `functions`; 0: not known */
    uint32_t line;
    uint32_t adjust; /* what it moves the stack pointer by */
    uint32_t parent; /* 0: a root */
    int32_t exit;    /* of the parent; -1: stitched */
    uint32_t link;
    char link_type[16]; /* luajit: trlink names in lib_jit.c */
    char *name;
    struct luajit_exit *exits;
    uint32_t exit_count;
    bool is_osr;
    bool is_noted; /* its counts are told */
};

struct luajit_state {
    struct jitney_session *session;
    struct luajit_functions functions;
    struct luajit_recorder recorder;
    struct luajit_budget budget;
    struct luajit_trace *traces; /* by number */
    uint32_t trace_room;
    struct luajit_opcodes opcodes;
    char op_names[LUAJIT_MOST_OPS][LUAJIT_OP_NAME];
    bool has_machine; /* x86-64 with GC64: machine code is understood */
    bool is_on;
    bool wants_lines; /* some sink shows them */
    bool is_attached[LUAJIT_EVENTS];
    uint64_t dropped; /* events lost to errors of Lua, such as no memory */
};

static inline struct luajit_state *luajit_state_of(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(LUAJIT_UP_STATE));
}

static inline void luajit_push_kit(lua_State *L, int slot)
{
    lua_rawgeti(L, lua_upvalueindex(LUAJIT_UP_KIT), slot);
}

/* A field of the table on top of the stack; 0 when it is no number. */
static inline uint32_t luajit_number_field(lua_State *L, const char *name)
{
    uint32_t value = 0;

    lua_getfield(L, -1, name);
    value = (uint32_t)lua_tointeger(L, -1);
    lua_pop(L, 1);
    return value;
}

/* The living trace of that number, or NULL. */
static inline struct luajit_trace *luajit_trace_find(struct luajit_state *state, int64_t number)
{
    if (number <= 0 || number >= state->trace_room || !state->traces[number].address)
        return NULL;
    return &state->traces[number];
}

#endif
