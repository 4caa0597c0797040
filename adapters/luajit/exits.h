/* Exits of traces, counted. The event for them costs LuaJIT some 40 ns, so it is
 * given up for a while when exits come fast. */
#ifndef JITNEY_LUAJIT_EXITS_H
#define JITNEY_LUAJIT_EXITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct luajit_state;
struct luajit_trace;

enum { LUAJIT_EXIT_REASONS = 4 };

struct luajit_exit {
    uint64_t count;
    uint32_t function; /* where the program goes on */
    uint32_t line;
    uint32_t offset; /* in the branch; 0: not known */
    uint32_t op_count;
    uint8_t ops[LUAJIT_EXIT_REASONS]; /* opcodes of its guards */
};

struct luajit_budget {
    uint64_t since_ns; /* when the window began, or when counting was given up */
    uint32_t left;     /* exits of this window; 0: given up */
    bool is_told;      /* that not all are counted */
};

/* Count an exit; the 1st, 2nd, 4th, 8th … are told. Returns false when exits come too fast for
 * counting to go on. */
bool luajit_exits_count(struct luajit_state *state, int64_t trace, int64_t exit);

/* Whether counting may begin, or go on after it was given up. */
bool luajit_exits_may_count(struct luajit_state *state);

/* Tell in a note what the exits of a trace came to. */
void luajit_exits_sum_up(struct luajit_state *state, struct luajit_trace *trace, uint32_t number);

uint64_t luajit_now_ns(void);

#endif
