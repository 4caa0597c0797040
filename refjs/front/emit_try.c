/* break, continue, return and throw, by way of finally.
 *
 * A finally block is emitted once. A register says how it was come by: 0 normally, 1 thrown, 2 and
 * up the ways out of the try that were found in it; behind the block that way is gone on. */
#include "front/emitter.h"

enum { NORMAL, THROWN, FIRST_EXIT };

static uint32_t exit_number(struct rj_emitter *emitter, struct rj_control *control,
                            enum rj_node_kind kind, struct rj_control *target)
{
    struct rj_exit **at = &control->exits;
    uint32_t number = FIRST_EXIT;

    for (; *at; at = &(*at)->next, number++) {
        if ((*at)->kind == kind && (*at)->control == target)
            return number;
    }
    *at = rj_arena(emitter->front, sizeof(**at));
    (*at)->kind = kind;
    (*at)->control = target;
    return number;
}

void rj_emit_exit(struct rj_emitter *emitter, enum rj_node_kind kind, struct rj_control *target,
                  uint32_t value)
{
    for (struct rj_control *at = emitter->control; at != target; at = at->around) {
        if (at->kind != RJ_C_FINALLY)
            continue;
        if (kind == RJ_N_RETURN)
            rj_emit_move(emitter, at->value, value);
        rj_emit(emitter, RJ_OP_LOAD_INT, at->completion, 0, 0,
                exit_number(emitter, at, kind, target));
        rj_emit_jump(emitter, RJ_OP_JUMP, 0, 0, 0, &at->finally);
        return;
    }
    if (kind == RJ_N_RETURN)
        rj_emit(emitter, RJ_OP_RETURN, value, 0, 0, 0);
    else
        rj_emit_jump(emitter, RJ_OP_JUMP, 0, 0, 0,
                     kind == RJ_N_BREAK ? &target->end : &target->again);
}

static bool has_label(const struct rj_control *control, const struct rj_string *name)
{
    for (const struct rj_node *label = control->labels; label; label = label->third) {
        if (label->atom == name)
            return true;
    }
    return false;
}

static struct rj_control *find_target(struct rj_emitter *emitter, const struct rj_node *node)
{
    for (struct rj_control *at = emitter->control; at; at = at->around) {
        if (node->atom
                ? has_label(at, node->atom)
                : at->kind == RJ_C_LOOP || (at->kind == RJ_C_SWITCH && node->kind == RJ_N_BREAK))
            return at;
    }
    return NULL;
}

static struct rj_control *target_of(struct rj_emitter *emitter, const struct rj_node *node)
{
    struct rj_control *target = find_target(emitter, node);

    if (!target && node->atom)
        rj_fail(emitter->front, node->line, node->column, "Undefined label '%s'",
                rj_atom_utf8(emitter->front, node->atom));
    if (!target && node->kind == RJ_N_BREAK)
        rj_fail(emitter->front, node->line, node->column, "Illegal break statement");
    if (!target || (node->kind == RJ_N_CONTINUE && target->kind != RJ_C_LOOP))
        rj_fail(emitter->front, node->line, node->column,
                "Illegal continue statement: no surrounding iteration statement");
    return target;
}

void rj_emit_jump_statement(struct rj_emitter *emitter, struct rj_node *node)
{
    rj_emit_exit(emitter, (enum rj_node_kind)node->kind, target_of(emitter, node), 0);
}

struct rj_label *rj_direct_jump(struct rj_emitter *emitter, const struct rj_node *node)
{
    struct rj_control *target;

    if (node->kind != RJ_N_BREAK && node->kind != RJ_N_CONTINUE)
        return NULL;
    target = target_of(emitter, node);
    for (const struct rj_control *at = emitter->control; at != target; at = at->around) {
        if (at->kind == RJ_C_FINALLY)
            return NULL;
    }
    return node->kind == RJ_N_BREAK ? &target->end : &target->again;
}

/* ---- return ---- */

static void return_this(struct rj_emitter *emitter)
{
    struct rj_function_node *function = emitter->function;
    struct rj_front *front = emitter->front;
    uint32_t reg = 0;

    if (function->callee) {
        reg = rj_temporary(emitter);
        rj_load_variable(emitter, function->this_variable, reg);
    }
    if ((function->flags & RJ_CODE_DERIVED) && !function->super_end && !function->is_default)
        rj_check_variable(emitter, rj_check(front, rj_atom_text(front->vm, "this")), reg);
    rj_emit_exit(emitter, RJ_N_RETURN, NULL, reg);
}

void rj_emit_end(struct rj_emitter *emitter)
{
    uint32_t value;

    if (emitter->function->flags & RJ_CODE_CLASS) {
        return_this(emitter);
        return;
    }
    value = rj_temporary(emitter);
    rj_emit_constant(emitter, value, RJ_UNDEFINED);
    rj_emit_exit(emitter, RJ_N_RETURN, NULL, value);
}

void rj_emit_return(struct rj_emitter *emitter, struct rj_node *node)
{
    struct rj_label nothing = RJ_LABEL_INIT;
    uint32_t value;

    if (!node->left) {
        rj_emit_end(emitter);
        return;
    }
    value = rj_emit_value(emitter, node->left, RJ_ANYWHERE);
    rj_at(emitter, node);
    if (!(emitter->function->flags & RJ_CODE_DERIVED)) {
        rj_emit_exit(emitter, RJ_N_RETURN, NULL, value);
        return;
    }
    rj_emit_jump(emitter, RJ_OP_JUMP_UNDEFINED, value, 0, 0, &nothing);
    rj_emit_exit(emitter, RJ_N_RETURN, NULL, value);
    rj_emit_label(emitter, &nothing);
    return_this(emitter);
}

/* ---- try ---- */

static void emit_catch(struct rj_emitter *emitter, struct rj_node *node, uint32_t start)
{
    uint32_t top = emitter->top, caught = rj_temporary(emitter);
    struct rj_label end = RJ_LABEL_INIT;

    rj_emit_jump(emitter, RJ_OP_JUMP, 0, 0, 0, &end);
    rj_add_handler(emitter, start, emitter->count - 1, caught);
    rj_enter_scope(emitter, node->scope);
    if (node->right && node->right->kind == RJ_N_OBJECT_PATTERN)
        emitter->source = rj_source(emitter, ".catch");
    if (node->right)
        rj_emit_store(emitter, node->right, caught, true);
    rj_emit_block(emitter, node->third);
    rj_emit_label(emitter, &end);
    emitter->top = top;
}

/* Behind the finally block: go on as its completion says. */
static void emit_dispatch(struct rj_emitter *emitter, const struct rj_control *control)
{
    struct rj_label normal = RJ_LABEL_INIT;
    uint32_t number = FIRST_EXIT, top = emitter->top;

    rj_emit_jump(emitter, RJ_OP_JUMP_FALSE, control->completion, 0, 0, &normal);
    for (const struct rj_exit *at = control->exits; at; at = at->next) {
        struct rj_label next = RJ_LABEL_INIT;
        uint32_t wanted = rj_temporary(emitter);

        rj_emit(emitter, RJ_OP_LOAD_INT, wanted, 0, 0, number++);
        rj_emit_jump(emitter, RJ_OP_JUMP_SEQ, 0, control->completion, wanted, &next);
        rj_emit_exit(emitter, at->kind, at->control, control->value);
        rj_emit_label(emitter, &next);
        emitter->top = top;
    }
    rj_emit(emitter, RJ_OP_THROW, control->value, 0, 0, 0);
    rj_emit_label(emitter, &normal);
}

void rj_emit_try(struct rj_emitter *emitter, struct rj_node *node)
{
    struct rj_control control;
    uint32_t start;

    if (node->fourth) {
        rj_push_control(emitter, &control, RJ_C_FINALLY);
        control.completion = rj_temporary(emitter);
        control.value = rj_temporary(emitter);
    }
    start = emitter->count;
    rj_emit_block(emitter, node->left);
    if (node->third)
        emit_catch(emitter, node, start);
    if (!node->fourth)
        return;
    rj_emit(emitter, RJ_OP_LOAD_INT, control.completion, 0, 0, NORMAL);
    rj_emit_jump(emitter, RJ_OP_JUMP, 0, 0, 0, &control.finally);
    rj_add_handler(emitter, start, emitter->count - 2, control.value);
    rj_emit(emitter, RJ_OP_LOAD_INT, control.completion, 0, 0, THROWN);
    rj_emit_label(emitter, &control.finally);
    rj_pop_control(emitter);
    rj_emit_block(emitter, node->fourth);
    rj_at(emitter, node);
    emit_dispatch(emitter, &control);
}
