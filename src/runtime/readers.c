/* See readers.h.
 *
 * Why a cell that is seen empty is proof. All of these are seq_cst, so there is
 * one order of them that every thread agrees on:
 *
 *     reader: R1 cell += 1;  R2 load the root;  …reads…;  R3 cell -= 1
 *     writer: W1 store the new root;            W2 load the cell: 0
 *
 * When R1 comes after W2 in it, R2 comes after W1: the reader sees the new root
 * and can reach nothing of the old one. When R1 comes before W2, the 0 that W2
 * saw includes this reader's R3, and R3, being a release that W2 acquired (through
 * other threads' additions, which continue its release sequence), has its
 * reads behind it. In both cases what W1 cut off is nobody's, as far as this cell
 * goes. Cells may be seen empty one after the other: a reader never changes its cell
 * while it is inside, and those who come later do not matter. A thread that took its
 * cell after the writer looked how many are taken is one that comes later, too.
 *
 * So that a cell with many visitors is empty at some time, it has two counters:
 * newcomers use the side that is open, and the writer opens the other side when
 * this is the one that it waits for. Nothing but progress depends on that.
 *
 * A reader that never leaves (its thread was killed, or a signal handler jumped
 * out of it) keeps its cell from being empty: nothing is freed any more. */
#include "runtime/readers.h"

#include <stdatomic.h>

enum { CELLS = 64, CACHE_LINES = 128 /* two: processors fetch them in pairs */ };

struct cell {
    _Alignas(CACHE_LINES) atomic_uint inside[2];
};

static struct cell cells[CELLS];
static _Alignas(CACHE_LINES) atomic_uint taken_cells; /* may exceed CELLS: threads share then */
static atomic_uint open_side;

/* Own cell, from 1; 0: none yet. How often this thread is inside, for fork(). Signal handlers of
 * the thread change both. */
static _Thread_local volatile unsigned own_cell;
static _Thread_local volatile unsigned own_inside[2];

static struct cell *find_cell(void)
{
    if (own_cell == 0) {
        unsigned next = atomic_fetch_add(&taken_cells, 1);

        /* A signal handler may have been quicker: then one cell stays without a thread. */
        if (own_cell == 0)
            own_cell = next % CELLS + 1;
    }
    return &cells[own_cell - 1];
}

struct jt_reader jt_readers_enter(void)
{
    struct jt_reader reader = {.side = atomic_load_explicit(&open_side, memory_order_relaxed)};
    struct cell *cell = find_cell();

    own_inside[reader.side] = own_inside[reader.side] + 1;
    atomic_fetch_add(&cell->inside[reader.side], 1);
    return reader;
}

void jt_readers_leave(struct jt_reader reader)
{
    atomic_fetch_sub(&cells[own_cell - 1].inside[reader.side], 1);
    own_inside[reader.side] = own_inside[reader.side] - 1;
}

void jt_readers_begin_grace(struct jt_readers_grace *grace)
{
    unsigned taken = atomic_load(&taken_cells);

    grace->pending[0] = taken < CELLS ? (UINT64_C(1) << taken) - 1 : UINT64_MAX;
    grace->pending[1] = grace->pending[0];
}

bool jt_readers_grace_is_over(struct jt_readers_grace *grace)
{
    unsigned open = atomic_load_explicit(&open_side, memory_order_relaxed);

    for (unsigned side = 0; side < 2; side++) {
        for (uint64_t left = grace->pending[side]; left; left &= left - 1) {
            unsigned cell = (unsigned)__builtin_ctzll(left);

            if (atomic_load(&cells[cell].inside[side]) == 0)
                grace->pending[side] &= ~(UINT64_C(1) << cell);
        }
    }
    if (grace->pending[open] && !grace->pending[1 - open])
        atomic_store_explicit(&open_side, 1 - open, memory_order_relaxed);
    return !grace->pending[0] && !grace->pending[1];
}

/* fork() may have been called by a signal handler that interrupted a reader of this
 * very thread; it is still inside, and leaves. Between the two steps of entering or leaving
 * it may be counted once too often, which costs memory, never too rarely. */
void jt_readers_forked(void)
{
    for (unsigned i = 0; i < CELLS; i++)
        for (unsigned side = 0; side < 2; side++)
            atomic_store(&cells[i].inside[side], i + 1 == own_cell ? own_inside[side] : 0);
}
