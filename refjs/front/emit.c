/* Instructions, constants, registers. */
#include "front/emitter.h"

enum { REGISTER_LIMIT = 60000 };

static const uint8_t feedback_kinds[RJ_OP_COUNT] = {
#define KIND_ROW(name, operands, kind) [RJ_OP_##name] = RJ_FEEDBACK_##kind,
    RJ_OP_LIST(KIND_ROW)
#undef KIND_ROW
};

void rj_at(struct rj_emitter *emitter, const struct rj_node *node)
{
    emitter->line = node->line;
    emitter->column = node->column;
}

static uint32_t new_slot(struct rj_emitter *emitter, uint8_t kind)
{
    if (kind == RJ_FEEDBACK_NONE)
        return RJ_NO_SLOT;
    if (emitter->slot_count == emitter->slot_capacity)
        emitter->feedback = rj_grow(emitter->front, emitter->feedback, emitter->slot_count,
                                    &emitter->slot_capacity, 1);
    emitter->feedback[emitter->slot_count] = kind;
    return emitter->slot_count++;
}

static void add_position(struct rj_emitter *emitter)
{
    struct rj_position *last;

    if (emitter->position_count) {
        last = &emitter->positions[emitter->position_count - 1];
        if (last->line == emitter->line && last->column == emitter->column)
            return;
    }
    if (emitter->position_count == emitter->position_capacity)
        emitter->positions = rj_grow(emitter->front, emitter->positions, emitter->position_count,
                                     &emitter->position_capacity, sizeof(*emitter->positions));
    emitter->positions[emitter->position_count++] =
        (struct rj_position){emitter->count, emitter->line, emitter->column};
}

uint32_t rj_emit(struct rj_emitter *emitter, enum rj_op op, uint32_t a, uint32_t b, uint32_t c,
                 uint32_t d)
{
    if (emitter->count == emitter->capacity)
        emitter->instructions = rj_grow(emitter->front, emitter->instructions, emitter->count,
                                        &emitter->capacity, sizeof(*emitter->instructions));
    add_position(emitter);
    emitter->instructions[emitter->count] =
        (struct rj_instruction){.op = (uint16_t)op,
                                .a = (uint16_t)a,
                                .b = (uint16_t)b,
                                .c = (uint16_t)c,
                                .d = (int32_t)d,
                                .slot = new_slot(emitter, feedback_kinds[op])};
    return emitter->count++;
}

void rj_emit_jump(struct rj_emitter *emitter, enum rj_op op, uint32_t a, uint32_t b, uint32_t c,
                  struct rj_label *label)
{
    if (label->target != UINT32_MAX) {
        rj_emit(emitter, op, a, b, c, label->target);
        return;
    }
    label->patches = rj_emit(emitter, op, a, b, c, label->patches) + 1;
}

void rj_emit_label(struct rj_emitter *emitter, struct rj_label *label)
{
    uint32_t at = label->patches;

    label->target = emitter->count;
    while (at) {
        struct rj_instruction *jump = &emitter->instructions[at - 1];

        at = (uint32_t)jump->d;
        jump->d = (int32_t)label->target;
    }
    label->patches = 0;
}

void rj_emit_loop(struct rj_emitter *emitter)
{
    rj_emit(emitter, RJ_OP_LOOP, 0, 0, 0, emitter->loop_count++);
}

/* ---- constants ---- */

static struct rj_constant *find_constant(struct rj_emitter *emitter, rj_value value)
{
    uint32_t at = (uint32_t)(value * UINT64_C(0x9e3779b97f4a7c15) >> 32);

    for (;; at++) {
        struct rj_constant *entry = &emitter->table[at & (emitter->table_size - 1)];

        if (!entry->number_plus_1 || entry->value == value)
            return entry;
    }
}

static void grow_table(struct rj_emitter *emitter)
{
    emitter->table_size = emitter->table_size ? emitter->table_size * 2 : 32;
    emitter->table =
        rj_check(emitter->front,
                 rj_allocate(emitter->front->vm, emitter->table_size * sizeof(*emitter->table)));
    for (uint32_t i = 0; i < emitter->constant_count; i++)
        *find_constant(emitter, emitter->constants[i]) =
            (struct rj_constant){emitter->constants[i], i + 1};
}

uint32_t rj_constant(struct rj_emitter *emitter, rj_value value)
{
    struct rj_constant *entry;

    if (emitter->constant_count * 2 >= emitter->table_size)
        grow_table(emitter);
    entry = find_constant(emitter, value);
    if (entry->number_plus_1)
        return entry->number_plus_1 - 1;
    if (emitter->constant_count == emitter->constant_capacity)
        emitter->constants = rj_grow(emitter->front, emitter->constants, emitter->constant_count,
                                     &emitter->constant_capacity, sizeof(*emitter->constants));
    emitter->constants[emitter->constant_count++] = value;
    *entry = (struct rj_constant){value, emitter->constant_count};
    return emitter->constant_count - 1;
}

uint32_t rj_atom_constant(struct rj_emitter *emitter, struct rj_string *atom)
{
    return rj_constant(emitter, rj_cell_value(atom));
}

void rj_emit_constant(struct rj_emitter *emitter, uint32_t into, rj_value value)
{
    if (rj_is_int(value))
        rj_emit(emitter, RJ_OP_LOAD_INT, into, 0, 0, (uint32_t)rj_as_int(value));
    else
        rj_emit(emitter, RJ_OP_LOAD_CONST, into, 0, 0, rj_constant(emitter, value));
}

void rj_emit_move(struct rj_emitter *emitter, uint32_t into, uint32_t from)
{
    if (into != from)
        rj_emit(emitter, RJ_OP_MOVE, into, from, 0, 0);
}

void rj_add_handler(struct rj_emitter *emitter, uint32_t start, uint32_t end, uint32_t destination)
{
    if (start == end)
        return;
    if (emitter->handler_count == emitter->handler_capacity)
        emitter->handlers = rj_grow(emitter->front, emitter->handlers, emitter->handler_count,
                                    &emitter->handler_capacity, sizeof(*emitter->handlers));
    emitter->handlers[emitter->handler_count++] =
        (struct rj_handler){start, end, emitter->count, destination};
}

/* ---- registers ---- */

uint32_t rj_temporaries(struct rj_emitter *emitter, uint32_t count)
{
    uint32_t first = emitter->top;

    if (count > REGISTER_LIMIT || first + count > REGISTER_LIMIT)
        rj_fail(emitter->front, emitter->line, emitter->column, "Function too large");
    emitter->top += count;
    if (emitter->top > emitter->register_count)
        emitter->register_count = emitter->top;
    for (uint32_t i = first; i < emitter->top && i < emitter->local_capacity; i++)
        emitter->is_local[i] = false;
    return first;
}

uint32_t rj_temporary(struct rj_emitter *emitter)
{
    return rj_temporaries(emitter, 1);
}

uint32_t rj_place(struct rj_emitter *emitter, uint32_t wanted)
{
    return wanted == RJ_ANYWHERE ? rj_temporary(emitter) : wanted;
}

void rj_set_local(struct rj_emitter *emitter, uint32_t reg, bool is_local)
{
    while (reg >= emitter->local_capacity) {
        uint32_t before = emitter->local_capacity;

        emitter->is_local =
            rj_grow(emitter->front, emitter->is_local, before, &emitter->local_capacity, 1);
    }
    emitter->is_local[reg] = is_local;
}
