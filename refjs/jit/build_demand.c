/* Guards in front of loops.
 *
 * What a loop does not change but looks at in each round (the array it walks over, a number it
 * compares with) is guarded once, before the loop: then LLVM knows the type all through it, and
 * loads from the object can be moved out as well. A guard that fails although the loop might have
 * done without counts on the slot of LOOP: then they stay inside. */
#include "jit/build.h"

#include "vm/feedback.h"
#include "vm/heap.h"

/* What the instructions of a loop want of a register that it does not change: then the guard can
 * stand before the loop. */
struct demand {
    uint32_t kind;  /* enum rj_kind; 0: none */
    uint8_t number; /* enum rj_seen of numbers */
    bool conflict;
};

static void demand_kind(struct demand *demand, uint32_t kind)
{
    demand->conflict |= demand->number || (demand->kind && demand->kind != kind);
    demand->kind = kind;
}

static uint32_t kind_of_element(uint8_t element)
{
    switch (element & ~(RJ_ELEMENT_OUTSIDE | RJ_ELEMENT_APPEND)) {
    case RJ_ELEMENT_ARRAY:
        return RJ_ARRAY;
    case RJ_ELEMENT_FLOAT64:
        return RJ_FLOAT64_ARRAY;
    case RJ_ELEMENT_INT32:
        return RJ_INT32_ARRAY;
    case RJ_ELEMENT_UINT8:
        return RJ_UINT8_ARRAY;
    case RJ_ELEMENT_STRING:
        return RJ_STRING;
    default:
        return 0;
    }
}

static void demand_number(struct demand *demand, uint8_t seen)
{
    if (!seen || seen & ~RJ_SEEN_NUMBER)
        return;
    demand->conflict |= demand->kind != 0;
    demand->number |= seen;
}

static void demand_ways(struct demand *demand, const struct rj_snap_feedback *feedback)
{
    if (feedback->ways == 0 || feedback->ways > RJ_WAYS)
        return;
    for (uint32_t i = 1; i < feedback->ways; i++)
        if (feedback->way[i].kind != feedback->way[0].kind)
            return;
    demand_kind(demand, feedback->way[0].kind);
}

static void demand_of(struct demand *demand, const struct rj_snap_function *function,
                      const struct rj_instruction *at, uint32_t where)
{
    const struct rj_snap_feedback *feedback =
        at->slot < function->slot_count ? &function->feedback[at->slot] : NULL;
    uint32_t kind;

    if (!feedback)
        return;
    switch (feedback->kind) {
    case RJ_FEEDBACK_ARITHMETIC:
    case RJ_FEEDBACK_COMPARE:
        if (at->b == where || (at->c == where && at->op <= RJ_OP_GE) ||
            (feedback->kind == RJ_FEEDBACK_COMPARE && at->c == where))
            demand_number(demand, feedback->seen);
        break;
    case RJ_FEEDBACK_ELEMENT:
        kind = kind_of_element(feedback->element);
        if ((at->op == RJ_OP_SET_ELEMENT ? at->a : at->b) == where && kind)
            demand_kind(demand, kind);
        break;
    case RJ_FEEDBACK_PROPERTY:
        if (at->op == RJ_OP_GET_PROPERTY && at->b == where)
            demand_ways(demand, feedback);
        if (at->op == RJ_OP_SET_PROPERTY && at->a == where)
            demand_ways(demand, feedback);
        break;
    default:
        break;
    }
}

static void meet_demand(struct rj_builder *b, uint32_t where, const struct demand *demand,
                        uint32_t slot)
{
    if (demand->conflict)
        return;
    if (demand->kind)
        rj_want_kind(b, where, demand->kind, slot);
    else if (demand->number == RJ_SEEN_INT)
        rj_want_int(b, where, slot);
    else if (demand->number)
        rj_want_double(b, where, slot);
}

/* Guards that would stand in the loop stand here, before it. */
void rj_meet_demands(struct rj_builder *b, const struct rj_loop *loop)
{
    struct rj_body *body = b->body;
    const struct rj_instruction *head = &body->function->instructions[body->at];
    struct demand *demands =
        rj_arena_take(b->arena, body->function->register_count * sizeof(*demands));

    if (rj_feedback_of(b, head)->failures)
        return;
    for (uint32_t i = 0; i < body->flow->order_count; i++) {
        const struct rj_block *block =
            &body->flow->blocks[body->flow->nodes[body->flow->order[i]].block];

        if (!rj_bit(loop->nodes, body->flow->order[i]))
            continue;
        for (uint32_t at = block->start; at < block->end; at++) {
            struct rj_uses uses = rj_uses_of(&body->function->instructions[at]);

            for (uint32_t j = 0; j < uses.read_count; j++)
                demand_of(&demands[uses.reads[j]], body->function,
                          &body->function->instructions[at], uses.reads[j]);
        }
    }
    for (uint32_t i = 0; i < body->function->register_count && !b->is_unreachable; i++)
        if (rj_is_live(body->flow, body->at, i) && !rj_bit(loop->assigned, i) &&
            body->registers[i].rep == RJ_REP_BOXED)
            meet_demand(b, i, &demands[i], head->slot);
}
