#include "lines.h"

#include <string.h>

enum {
    GUARD = 0x80,     /* luajit: IRT_GUARD in lj_ir.h */
    LOOK_AHEAD = 200, /* how far apart a copy and its original may be, in order */
};

static int op_of(const struct luajit_body *body, size_t ref)
{
    return body->ir[ref].op_type >> 8;
}

static bool is_guard(const struct luajit_body *body, size_t ref)
{
    return (body->ir[ref].op_type & GUARD) != 0 && op_of(body, ref) != body->opcodes.nop;
}

/* ---- which step ---- */

static bool is_same_operand(int32_t a, int32_t b, bool is_literal)
{
    return is_literal || a < 0 || b < 0 ? a == b : true;
}

/* Whether `b` may be the copy of `a`: references are renamed, the rest is as it was. */
static bool is_alike(const struct luajit_ir *a, const struct luajit_ir *b)
{
    return a->op_type == b->op_type && is_same_operand(a->left, b->left, a->is_left_literal) &&
           is_same_operand(a->right, b->right, a->is_right_literal);
}

static size_t find_original(const struct luajit_body *body, size_t from, size_t loop, size_t copy)
{
    size_t end = from + LOOK_AHEAD < loop ? from + LOOK_AHEAD : loop;

    for (size_t ref = from; ref < end; ref++)
        if (is_alike(&body->ir[ref], &body->ir[copy]))
            return ref;
    return 0;
}

static void assign_copies(const struct luajit_body *body, size_t loop, uint32_t *steps_of)
{
    size_t original = 1;
    uint32_t step = 0;

    for (size_t ref = loop + 1; ref <= body->ir_count; ref++) {
        size_t found = find_original(body, original, loop, ref);

        if (found) {
            original = found + 1;
            step = steps_of[found];
        }
        steps_of[ref] = step;
    }
}

void luajit_lines_assign(const struct luajit_body *body, uint32_t *steps_of)
{
    uint32_t step = 0;

    steps_of[0] = 0;
    for (size_t ref = 1; ref <= body->ir_count; ref++) {
        while (step + 1 < body->step_count && body->steps[step + 1].ir < ref)
            step++;
        steps_of[ref] = step;
        if (op_of(body, ref) == body->opcodes.loop) {
            assign_copies(body, ref, steps_of);
            break;
        }
    }
}

/* ---- which guard ---- */

/* The IR instructions that leave by one exit: [from, to). */
static void exit_range(const struct luajit_body *body, size_t exit, size_t *from, size_t *to)
{
    *from = exit < body->snapshot_count ? body->snapshots[exit] : body->ir_count + 1;
    *to = exit + 1 < body->snapshot_count ? body->snapshots[exit + 1] : body->ir_count + 1;
    if (*from < 1)
        *from = 1;
    if (*to > body->ir_count + 1)
        *to = body->ir_count + 1;
}

static size_t count_ir_guards(const struct luajit_body *body, size_t exit)
{
    size_t from = 0, to = 0, count = 0;

    exit_range(body, exit, &from, &to);
    for (size_t ref = from; ref < to; ref++)
        count += is_guard(body, ref);
    return count;
}

/* The n-th instruction that can leave by `exit`. */
static size_t nth_ir_guard(const struct luajit_body *body, size_t exit, size_t n)
{
    size_t from = 0, to = 0, last = 0;

    exit_range(body, exit, &from, &to);
    last = from;
    for (size_t ref = from; ref < to; ref++) {
        if (!is_guard(body, ref))
            continue;
        last = ref;
        if (n-- == 0)
            break;
    }
    return last;
}

/* How many guards from `first` on take the same exit. */
static size_t count_run(const struct luajit_body *body, size_t first)
{
    size_t end = first;

    while (end < body->guard_count && body->guards[end].exit == body->guards[first].exit)
        end++;
    return end - first;
}

/* ---- rows ---- */

struct row_list {
    const struct luajit_body *body;
    const uint32_t *steps_of;
    struct luajit_row *rows;
    size_t count, room;
    size_t code_at, ir_at; /* what is told already */
};

static bool makes_code(const struct luajit_body *body, size_t ref)
{
    const struct luajit_opcodes *opcodes = &body->opcodes;
    int op = op_of(body, ref);

    return op != opcodes->nop && op != opcodes->loop && op != opcodes->phi && op != opcodes->base &&
           op != opcodes->use;
}

static bool is_same_place(const struct luajit_step *a, const struct luajit_step *b)
{
    return a->line == b->line && a->function == b->function && a->inlined == b->inlined;
}

static void add_row(struct row_list *list, size_t offset, uint32_t step)
{
    const struct luajit_step *steps = list->body->steps;
    struct luajit_row *last = list->count ? &list->rows[list->count - 1] : NULL;

    if (last && is_same_place(&steps[last->step], &steps[step]))
        return;
    if (last && last->offset == offset)
        last->step = step;
    else if (list->count < list->room)
        list->rows[list->count++] = (struct luajit_row){(uint32_t)offset, step};
}

/* The code up to `code_end` was made of the IR up to and with `last`. */
static void add_stretch(struct row_list *list, size_t code_end, size_t last)
{
    size_t bytes = code_end - list->code_at, total = 0, done = 0;

    if (code_end <= list->code_at)
        return;
    for (size_t ref = list->ir_at + 1; ref <= last; ref++)
        total += makes_code(list->body, ref);
    for (size_t ref = list->ir_at + 1; ref <= last; ref++) {
        if (!makes_code(list->body, ref))
            continue;
        add_row(list, list->code_at + bytes * done / total, list->steps_of[ref]);
        done++;
    }
    list->code_at = code_end;
    if (last > list->ir_at)
        list->ir_at = last;
}

static size_t find_loop(const struct luajit_body *body)
{
    for (size_t ref = 1; ref <= body->ir_count; ref++)
        if (op_of(body, ref) == body->opcodes.loop)
            return ref;
    return 0;
}

size_t luajit_lines_rows(const struct luajit_body *body, const uint32_t *steps_of,
                         struct luajit_row *rows, size_t room)
{
    struct row_list list = {.body = body, .steps_of = steps_of, .rows = rows, .room = room};
    size_t loop = body->loop_offset < body->code_bytes && body->loop_offset ? find_loop(body) : 0;
    size_t guard = 0;

    if (body->step_count == 0)
        return 0;
    add_row(&list, 0, 0);
    while (guard < body->guard_count) {
        size_t exit = body->guards[guard].exit;
        size_t run = count_run(body, guard), known = count_ir_guards(body, exit);

        for (size_t i = 0; i < run; i++, guard++) {
            /* Guards that made no code of their own are somewhere between. */
            size_t n = known > run ? (i + 1) * known / run - 1 : i;
            size_t ref = nth_ir_guard(body, exit, n);

            if (loop && list.ir_at < loop && ref > loop)
                add_stretch(&list, body->loop_offset, loop);
            if (ref > list.ir_at && ref <= body->ir_count)
                add_stretch(&list, body->guards[guard].end, ref);
        }
    }
    add_stretch(&list, body->code_bytes, body->ir_count);
    return list.count;
}

/* ---- exits ---- */

static void add_op(struct luajit_exit_place *place, int op)
{
    for (uint32_t i = 0; i < place->op_count; i++)
        if (place->ops[i] == op)
            return;
    if (place->op_count < LUAJIT_EXIT_OPS)
        place->ops[place->op_count++] = (uint8_t)op;
}

void luajit_lines_exits(const struct luajit_body *body, const uint32_t *steps_of,
                        struct luajit_exit_place *places)
{
    for (size_t exit = 0; exit < body->snapshot_count; exit++) {
        size_t from = 0, to = 0;

        memset(&places[exit], 0, sizeof(places[exit]));
        exit_range(body, exit, &from, &to);
        places[exit].step = steps_of[from <= body->ir_count ? from : body->ir_count];
        for (size_t ref = from; ref < to; ref++)
            if (is_guard(body, ref))
                add_op(&places[exit], op_of(body, ref));
    }
    for (size_t i = 0; i < body->guard_count; i++) {
        size_t exit = body->guards[i].exit;

        if (exit < body->snapshot_count && count_run(body, i) == 1 && places[exit].offset == 0)
            places[exit].offset = body->guards[i].end - 1;
    }
}
