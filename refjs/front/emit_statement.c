/* Statements but loops and try. */
#include "front/emitter.h"

void rj_push_control(struct rj_emitter *emitter, struct rj_control *control,
                     enum rj_control_kind kind)
{
    static const struct rj_label unknown = RJ_LABEL_INIT;

    *control = (struct rj_control){.kind = kind,
                                   .around = emitter->control,
                                   .labels = emitter->labels,
                                   .end = unknown,
                                   .again = unknown,
                                   .finally = unknown};
    emitter->labels = NULL;
    emitter->control = control;
}

void rj_pop_control(struct rj_emitter *emitter)
{
    emitter->control = emitter->control->around;
}

void rj_emit_statements(struct rj_emitter *emitter, struct rj_node *list)
{
    for (; list; list = list->next)
        rj_emit_statement(emitter, list);
}

void rj_emit_block(struct rj_emitter *emitter, struct rj_node *node)
{
    uint32_t top = emitter->top;

    rj_enter_scope(emitter, node->scope);
    rj_emit_statements(emitter, node->list);
    emitter->top = top;
}

/* ---- declarations ---- */

static void declare_name(struct rj_emitter *emitter, struct rj_node *node, bool is_var)
{
    struct rj_variable *variable = node->left->variable;
    uint32_t wanted = rj_target_register(variable);
    uint32_t value;

    if (node->right) {
        value = rj_emit_value(emitter, node->right, wanted);
    } else if (is_var) {
        return;
    } else {
        value = rj_place(emitter, wanted);
        rj_emit_constant(emitter, value, RJ_UNDEFINED);
    }
    rj_initialize(emitter, variable, value);
}

void rj_emit_declare(struct rj_emitter *emitter, struct rj_node *node)
{
    bool is_var = node->op == RJ_V_VAR;

    for (struct rj_node *declarator = node->list; declarator; declarator = declarator->next) {
        uint32_t top = emitter->top;

        rj_at(emitter, declarator);
        if (declarator->left->kind == RJ_N_NAME) {
            declare_name(emitter, declarator, is_var);
        } else if (declarator->right) {
            struct rj_node assigns = {.flags = is_var ? RJ_NODE_ASSIGNS : 0};
            uint32_t value = rj_emit_operand(emitter, declarator->right, &assigns);

            emitter->source = declarator->right;
            rj_emit_store(emitter, declarator->left, value, true);
        }
        emitter->top = top;
    }
}

static void emit_class_declaration(struct rj_emitter *emitter, struct rj_node *node)
{
    rj_emit_class(emitter, node, rj_target_register(node->class->outer));
}

/* ---- control ---- */

static void emit_if(struct rj_emitter *emitter, struct rj_node *node)
{
    struct rj_label end = RJ_LABEL_INIT;

    for (;;) {
        struct rj_label otherwise = RJ_LABEL_INIT;
        struct rj_label *direct = node->third ? NULL : rj_direct_jump(emitter, node->right);

        rj_at(emitter, node);
        if (direct) {
            rj_emit_branch(emitter, node->left, true, direct);
            break;
        }
        rj_emit_branch(emitter, node->left, false, &otherwise);
        rj_emit_statement(emitter, node->right);
        if (!node->third) {
            rj_emit_label(emitter, &otherwise);
            break;
        }
        rj_emit_jump(emitter, RJ_OP_JUMP, 0, 0, 0, &end);
        rj_emit_label(emitter, &otherwise);
        if (node->third->kind != RJ_N_IF) {
            rj_emit_statement(emitter, node->third);
            break;
        }
        node = node->third;
    }
    rj_emit_label(emitter, &end);
}

static uint32_t emit_subject(struct rj_emitter *emitter, struct rj_node *node)
{
    struct rj_node tests = {0};

    for (struct rj_node *at = node->list; at; at = at->next)
        tests.flags |= at->flags;
    return rj_emit_operand(emitter, node->left, &tests);
}

static void emit_switch(struct rj_emitter *emitter, struct rj_node *node)
{
    uint32_t subject = emit_subject(emitter, node), count = 0;
    struct rj_label *labels, *otherwise;
    struct rj_control control;

    for (struct rj_node *at = node->list; at; at = at->next)
        count++;
    labels = rj_arena(emitter->front, count * sizeof(*labels));
    rj_enter_scope(emitter, node->scope);
    rj_push_control(emitter, &control, RJ_C_SWITCH);
    otherwise = &control.end;
    count = 0;
    for (struct rj_node *at = node->list; at; at = at->next, count++) {
        uint32_t top = emitter->top;

        labels[count].target = UINT32_MAX;
        if (!at->left) {
            otherwise = &labels[count];
            continue;
        }
        rj_at(emitter, at);
        rj_emit_jump(emitter, RJ_OP_JUMP_SEQ, 1, subject,
                     rj_emit_value(emitter, at->left, RJ_ANYWHERE), &labels[count]);
        emitter->top = top;
    }
    rj_emit_jump(emitter, RJ_OP_JUMP, 0, 0, 0, otherwise);
    count = 0;
    for (struct rj_node *at = node->list; at; at = at->next) {
        rj_emit_label(emitter, &labels[count++]);
        rj_emit_statements(emitter, at->list);
    }
    rj_pop_control(emitter);
    rj_emit_label(emitter, &control.end);
}

static void emit_throw(struct rj_emitter *emitter, struct rj_node *node)
{
    uint32_t value = rj_emit_value(emitter, node->left, RJ_ANYWHERE);

    rj_at(emitter, node);
    rj_emit(emitter, RJ_OP_THROW, value, 0, 0, 0);
}

/* Not one of those around it. */
static void refuse_label(struct rj_emitter *emitter, const struct rj_node *node,
                         const struct rj_node *labels)
{
    for (; labels; labels = labels->third) {
        if (labels->atom == node->atom)
            rj_fail(emitter->front, node->line, node->column,
                    "Label '%s' has already been declared",
                    rj_atom_utf8(emitter->front, node->atom));
    }
}

static void emit_label(struct rj_emitter *emitter, struct rj_node *node)
{
    refuse_label(emitter, node, emitter->labels);
    for (const struct rj_control *at = emitter->control; at; at = at->around)
        refuse_label(emitter, node, at->labels);
    node->third = emitter->labels;
    emitter->labels = node;
    rj_emit_statement(emitter, node->left);
}

static void emit_expression(struct rj_emitter *emitter, struct rj_node *node)
{
    rj_emit_effect(emitter, node->left);
}

static void emit_nothing(struct rj_emitter *emitter, struct rj_node *node)
{
}

static void emit_debugger(struct rj_emitter *emitter, struct rj_node *node)
{
    rj_emit(emitter, RJ_OP_DEBUGGER, 0, 0, 0, 0);
}

struct statement {
    void (*emit)(struct rj_emitter *emitter, struct rj_node *node);
    bool takes_labels;
};

static const struct statement statements[] = {
    [RJ_N_EXPRESSION] = {emit_expression, false},
    [RJ_N_DECLARE] = {rj_emit_declare, false},
    [RJ_N_BLOCK] = {rj_emit_block, false},
    [RJ_N_IF] = {emit_if, false},
    [RJ_N_WHILE] = {rj_emit_while, true},
    [RJ_N_DO] = {rj_emit_do, true},
    [RJ_N_FOR] = {rj_emit_for, true},
    [RJ_N_FOR_OF] = {rj_emit_for_each, true},
    [RJ_N_FOR_IN] = {rj_emit_for_each, true},
    [RJ_N_RETURN] = {rj_emit_return, false},
    [RJ_N_BREAK] = {rj_emit_jump_statement, false},
    [RJ_N_CONTINUE] = {rj_emit_jump_statement, false},
    [RJ_N_THROW] = {emit_throw, false},
    [RJ_N_TRY] = {rj_emit_try, false},
    [RJ_N_SWITCH] = {emit_switch, true},
    [RJ_N_LABEL] = {emit_label, true},
    [RJ_N_EMPTY] = {emit_nothing, false},
    [RJ_N_CLASS_DECLARATION] = {emit_class_declaration, false},
    [RJ_N_DEBUGGER] = {emit_debugger, false},
};

void rj_emit_statement(struct rj_emitter *emitter, struct rj_node *node)
{
    const struct statement *statement = &statements[node->kind];
    uint32_t top = emitter->top;
    struct rj_control control;

    rj_check_stack(emitter->front);
    rj_at(emitter, node);
    if (emitter->labels && !statement->takes_labels) {
        rj_push_control(emitter, &control, RJ_C_BLOCK);
        statement->emit(emitter, node);
        rj_pop_control(emitter);
        rj_emit_label(emitter, &control.end);
    } else {
        statement->emit(emitter, node);
    }
    emitter->top = top;
}
