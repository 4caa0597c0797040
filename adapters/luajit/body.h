/* A finished trace as LuaJIT describes it: machine code, IR, snapshots; and from
 * them its lines, inlined functions, unwinding and exits. */
#ifndef JITNEY_LUAJIT_BODY_H
#define JITNEY_LUAJIT_BODY_H

#include "state.h"

struct luajit_subject {
    uint32_t number;
    uint32_t exit_count;
    struct luajit_mcode mcode;
    size_t loop_offset; /* in the code; 0: no loop */
};

struct luajit_built {
    struct jitney_line *lines;
    struct jitney_inlined *inlined;
    uint32_t line_count, inlined_count;
    struct luajit_exit *exits;
    uint32_t exit_count;
    uint8_t cfi[LUAJIT_CFI_ROOM];
    size_t cfi_bytes;
    uint32_t adjust;
};

/* What is known of a trace; what cannot be known stays empty. May raise Lua's error for memory, and
 * has put nothing into `built` then. */
void luajit_body_build(lua_State *L, struct luajit_state *state,
                       const struct luajit_subject *subject, struct luajit_built *built);

void luajit_built_release(struct luajit_built *built);

#endif
