/* Loops. Where it is small the test is written twice, before the loop and at its bottom: one jump
 * a round. */
#include "front/emitter.h"

enum { TWICE_LIMIT = 24 }; /* nodes */

static bool is_written_twice(const struct rj_node *test)
{
    return test && test->size <= TWICE_LIMIT && !(test->flags & RJ_NODE_FUNCTION);
}

struct loop {
    struct rj_node *test; /* or NULL */
    struct rj_node *body;
    struct rj_node *step;               /* or NULL */
    const struct rj_scope_node *copied; /* its heap scope is another one each round; or NULL */
};

static void emit_rounds(struct rj_emitter *emitter, const struct loop *loop)
{
    bool twice = is_written_twice(loop->test);
    struct rj_label head = RJ_LABEL_INIT;
    struct rj_control control;

    rj_push_control(emitter, &control, RJ_C_LOOP);
    if (twice)
        rj_emit_branch(emitter, loop->test, false, &control.end);
    rj_emit_label(emitter, &head);
    rj_emit_loop(emitter);
    if (loop->test && !twice)
        rj_emit_branch(emitter, loop->test, false, &control.end);
    rj_emit_statement(emitter, loop->body);
    rj_emit_label(emitter, &control.again);
    if (loop->copied)
        rj_emit(emitter, RJ_OP_COPY_SCOPE, loop->copied->reg, loop->copied->reg, 0, 0);
    if (loop->step) {
        rj_at(emitter, loop->step);
        rj_emit_effect(emitter, loop->step);
    }
    if (twice)
        rj_emit_branch(emitter, loop->test, true, &head);
    else
        rj_emit_jump(emitter, RJ_OP_JUMP, 0, 0, 0, &head);
    rj_pop_control(emitter);
    rj_emit_label(emitter, &control.end);
}

void rj_emit_while(struct rj_emitter *emitter, struct rj_node *node)
{
    emit_rounds(emitter, &(struct loop){.test = node->left, .body = node->right});
}

void rj_emit_do(struct rj_emitter *emitter, struct rj_node *node)
{
    struct rj_label head = RJ_LABEL_INIT;
    struct rj_control control;

    rj_push_control(emitter, &control, RJ_C_LOOP);
    rj_emit_label(emitter, &head);
    rj_emit_loop(emitter);
    rj_emit_statement(emitter, node->right);
    rj_emit_label(emitter, &control.again);
    rj_at(emitter, node->left);
    rj_emit_branch(emitter, node->left, true, &head);
    rj_pop_control(emitter);
    rj_emit_label(emitter, &control.end);
}

void rj_emit_for(struct rj_emitter *emitter, struct rj_node *node)
{
    struct rj_node *labels = emitter->labels; /* for the loop, not for what is in its head */

    emitter->labels = NULL;
    rj_enter_scope(emitter, node->scope);
    if (node->left && node->left->kind == RJ_N_DECLARE)
        rj_emit_declare(emitter, node->left);
    else if (node->left)
        rj_emit_effect(emitter, node->left);
    emitter->labels = labels;
    emit_rounds(emitter, &(struct loop){.test = node->right,
                                        .body = node->fourth,
                                        .step = node->third,
                                        .copied = node->scope->heap_count ? node->scope : NULL});
}

/* What is given its next value each round. */
static struct rj_node *target_of(const struct rj_node *node, bool *declares)
{
    *declares = node->left->kind == RJ_N_DECLARE;
    return *declares ? node->left->list->left : node->left;
}

static uint32_t round_register(struct rj_emitter *emitter, const struct rj_node *target,
                               bool declares)
{
    if (declares && target->kind == RJ_N_NAME && !target->variable->captured &&
        !rj_is_local(emitter, target->variable->index))
        return target->variable->index;
    return rj_temporary(emitter);
}

void rj_emit_for_each(struct rj_emitter *emitter, struct rj_node *node)
{
    struct rj_node *labels = emitter->labels;
    uint32_t iterator = rj_temporary(emitter), value;
    struct rj_label head = RJ_LABEL_INIT;
    struct rj_control control;
    struct rj_node *target;
    bool declares;

    emitter->labels = NULL;
    rj_enter_scope(emitter, node->scope);
    rj_emit_value(emitter, node->right, iterator);
    rj_at(emitter, node->right);
    rj_emit(emitter, node->kind == RJ_N_FOR_OF ? RJ_OP_ITERATE : RJ_OP_ITERATE_KEYS, iterator,
            iterator, 0, 0);
    if (node->kind == RJ_N_FOR_OF && node->right->kind != RJ_N_CHAIN)
        rj_name_iterable(emitter, iterator, node->right);
    target = target_of(node, &declares);
    value = round_register(emitter, target, declares);
    emitter->labels = labels;
    rj_push_control(emitter, &control, RJ_C_LOOP);
    rj_emit_label(emitter, &head);
    rj_emit_label(emitter, &control.again);
    rj_emit_loop(emitter);
    rj_emit_jump(emitter, RJ_OP_NEXT, value, iterator, 0, &control.end);
    if (node->scope->heap_count)
        rj_emit(emitter, RJ_OP_NEW_SCOPE, node->scope->reg,
                rj_scope_register(emitter, node->scope->outer), 0, node->scope->heap_count);
    if (target->kind != RJ_N_NAME && node->kind == RJ_N_FOR_OF)
        emitter->source = rj_source(emitter, ".for");
    rj_emit_store(emitter, target, value, declares);
    rj_emit_statement(emitter, node->fourth);
    rj_emit_jump(emitter, RJ_OP_JUMP, 0, 0, 0, &head);
    rj_pop_control(emitter);
    rj_emit_label(emitter, &control.end);
}
