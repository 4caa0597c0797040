/* Operators, conditions, names. */
#include "front/emitter.h"

/* ---- leaves ---- */

static uint32_t emit_number(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    uint32_t into = rj_place(emitter, wanted);

    rj_emit_constant(emitter, into, rj_number(node->number));
    return into;
}

static uint32_t emit_string(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    uint32_t into = rj_place(emitter, wanted);

    rj_emit_constant(emitter, into, rj_cell_value(node->atom));
    return into;
}

static uint32_t emit_constant(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    uint32_t into = rj_place(emitter, wanted);

    rj_emit_constant(emitter, into, node->value);
    return into;
}

static uint32_t emit_global(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted,
                            bool is_typeof)
{
    uint32_t into = rj_place(emitter, wanted);

    if (node->atom == emitter->front->atoms.undefined)
        rj_emit_constant(emitter, into, RJ_UNDEFINED);
    else if (node->atom == emitter->front->atoms.nan)
        rj_emit_constant(emitter, into, rj_double(__builtin_nan("")));
    else if (node->atom == emitter->front->atoms.infinity)
        rj_emit_constant(emitter, into, rj_double(__builtin_inf()));
    else
        rj_emit(emitter, RJ_OP_GET_GLOBAL, into, is_typeof, 0,
                rj_atom_constant(emitter, node->atom));
    return into;
}

uint32_t rj_emit_name(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    const struct rj_variable *variable = node->variable;
    uint32_t into;

    rj_at(emitter, node);
    if (!variable)
        return emit_global(emitter, node, wanted, false);
    if (!variable->captured) {
        if (node->flags & RJ_NODE_CHECK)
            rj_check_variable(emitter, node->atom, variable->index);
        if (wanted == RJ_ANYWHERE)
            return variable->index;
        rj_emit_move(emitter, wanted, variable->index);
        return wanted;
    }
    /* A value that turns out to be none must not get into a variable. */
    into = wanted;
    if (wanted == RJ_ANYWHERE || ((node->flags & RJ_NODE_CHECK) && rj_is_local(emitter, wanted)))
        into = rj_temporary(emitter);
    rj_load_variable(emitter, variable, into);
    if (node->flags & RJ_NODE_CHECK)
        rj_check_variable(emitter, node->atom, into);
    if (wanted == RJ_ANYWHERE)
        return into;
    rj_emit_move(emitter, wanted, into);
    return wanted;
}

uint32_t rj_emit_this(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    const struct rj_variable *variable = node->variable;
    uint32_t reg = 0;

    rj_at(emitter, node);
    if (!variable && emitter->function->callee) /* an arrow may have called super() */
        variable = emitter->function->this_variable;
    if (variable) {
        reg = rj_place(emitter, wanted);
        rj_load_variable(emitter, variable, reg);
    }
    if (node->flags & RJ_NODE_CHECK) {
        struct rj_string *name = rj_check(emitter->front, rj_atom_text(emitter->front->vm, "this"));

        rj_check_variable(emitter, name, reg);
    }
    if (wanted == RJ_ANYWHERE)
        return reg;
    rj_emit_move(emitter, wanted, reg);
    return wanted;
}

static uint32_t emit_new_target(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    uint32_t into = rj_place(emitter, wanted);

    if (node->variable)
        rj_load_variable(emitter, node->variable, into);
    else
        rj_emit(emitter, RJ_OP_LOAD_NEW_TARGET, into, 0, 0, 0);
    return into;
}

static uint32_t emit_function(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    rj_at(emitter, node);
    return rj_emit_closure(emitter, node->function, wanted);
}

/* ---- operators ---- */

static uint32_t emit_unary(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    uint32_t top = emitter->top;
    uint32_t operand = rj_emit_value(emitter, node->left, RJ_ANYWHERE);
    uint32_t into;

    emitter->top = top;
    into = rj_place(emitter, wanted);
    rj_at(emitter, node);
    rj_emit(emitter, (enum rj_op)node->op, into, operand, 0, 0);
    return into;
}

static uint32_t emit_typeof(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    uint32_t top = emitter->top;
    uint32_t operand, into;

    if (node->left->kind == RJ_N_NAME && !node->left->variable)
        operand = emit_global(emitter, node->left, RJ_ANYWHERE, true);
    else
        operand = rj_emit_value(emitter, node->left, RJ_ANYWHERE);
    emitter->top = top;
    into = rj_place(emitter, wanted);
    rj_emit(emitter, RJ_OP_TYPEOF, into, operand, 0, 0);
    return into;
}

static uint32_t emit_void(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    uint32_t into;

    rj_emit_effect(emitter, node->left);
    into = rj_place(emitter, wanted);
    rj_emit_constant(emitter, into, RJ_UNDEFINED);
    return into;
}

static bool is_one(const struct rj_node *node)
{
    return node->kind == RJ_N_NUMBER && node->number == 1;
}

/* `into` := left op node->right; x - 1 is DEC, which converts x just so. */
static void emit_operation(struct rj_emitter *emitter, struct rj_node *node, uint32_t left,
                           uint32_t right, uint32_t into)
{
    rj_at(emitter, node);
    if (node->op == RJ_OP_SUB && is_one(node->right))
        rj_emit(emitter, RJ_OP_DEC, into, left, 0, 0);
    else
        rj_emit(emitter, (enum rj_op)node->op, into, left, right, 0);
}

static uint32_t emit_right(struct rj_emitter *emitter, struct rj_node *node)
{
    if (node->op == RJ_OP_SUB && is_one(node->right))
        return 0;
    return rj_emit_value(emitter, node->right, RJ_ANYWHERE);
}

/* a + b + c + … is as deep as it is long: not recursive on the left. */
static uint32_t emit_binary(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    struct rj_node *inside = node, *outside = NULL;
    uint32_t top = emitter->top;
    uint32_t left, into;

    /* `next` of an operator's left operand is free: it leads back up. */
    for (; inside->left->kind == RJ_N_BINARY; inside = inside->left) {
        inside->left->next = outside = inside;
    }
    left = rj_emit_operand(emitter, inside->left, inside->right);
    for (; inside != node; inside = outside) {
        uint32_t right = emit_right(emitter, inside);

        outside = inside->next;
        emitter->top = top;
        into = rj_temporary(emitter);
        emit_operation(emitter, inside, left, right, into);
        left = into;
    }
    into = emit_right(emitter, node);
    emitter->top = top;
    wanted = rj_place(emitter, wanted);
    emit_operation(emitter, node, left, into, wanted);
    return wanted;
}

static uint32_t emit_logical(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    uint32_t into = rj_place(emitter, wanted);
    struct rj_label end = RJ_LABEL_INIT;

    for (struct rj_node *operand = node->list; operand; operand = operand->next) {
        struct rj_label next = RJ_LABEL_INIT;

        rj_emit_value(emitter, operand, into);
        if (!operand->next)
            break;
        if (node->op == RJ_T_AND) {
            rj_emit_jump(emitter, RJ_OP_JUMP_FALSE, into, 0, 0, &end);
        } else if (node->op == RJ_T_OR) {
            rj_emit_jump(emitter, RJ_OP_JUMP_TRUE, into, 0, 0, &end);
        } else {
            rj_emit_jump(emitter, RJ_OP_JUMP_NULLISH, into, 0, 0, &next);
            rj_emit_jump(emitter, RJ_OP_JUMP, 0, 0, 0, &end);
            rj_emit_label(emitter, &next);
        }
    }
    rj_emit_label(emitter, &end);
    return into;
}

static uint32_t emit_conditional(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    uint32_t into = rj_place(emitter, wanted);
    struct rj_label otherwise = RJ_LABEL_INIT, end = RJ_LABEL_INIT;

    rj_emit_branch(emitter, node->left, false, &otherwise);
    rj_emit_value(emitter, node->right, into);
    rj_emit_jump(emitter, RJ_OP_JUMP, 0, 0, 0, &end);
    rj_emit_label(emitter, &otherwise);
    rj_emit_value(emitter, node->third, into);
    rj_emit_label(emitter, &end);
    return into;
}

static uint32_t emit_comma(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    struct rj_node *part = node->list;

    for (; part->next; part = part->next)
        rj_emit_effect(emitter, part);
    return rj_emit_value(emitter, part, wanted);
}

static uint32_t emit_assign(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    return rj_emit_assign(emitter, node, wanted, true);
}

static uint32_t emit_update(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    return rj_emit_update(emitter, node, wanted, true);
}

static uint32_t emit_array(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    rj_at(emitter, node);
    return rj_emit_array(emitter, node->list, wanted, false);
}

/* ---- values ---- */

struct expression {
    uint32_t (*emit)(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted);
    bool early; /* the wanted register is written before the last operand is read */
};

static const struct expression expressions[] = {
    [RJ_N_NUMBER] = {emit_number, false},
    [RJ_N_STRING] = {emit_string, false},
    [RJ_N_CONSTANT] = {emit_constant, false},
    [RJ_N_TEMPLATE] = {rj_emit_template, true},
    [RJ_N_NAME] = {rj_emit_name, false},
    [RJ_N_THIS] = {rj_emit_this, true},
    [RJ_N_NEW_TARGET] = {emit_new_target, false},
    [RJ_N_ARRAY] = {emit_array, true},
    [RJ_N_OBJECT] = {rj_emit_object, true},
    [RJ_N_FUNCTION] = {emit_function, true},
    [RJ_N_CLASS] = {rj_emit_class, true},
    [RJ_N_UNARY] = {emit_unary, false},
    [RJ_N_TYPEOF] = {emit_typeof, false},
    [RJ_N_DELETE] = {rj_emit_delete, true},
    [RJ_N_VOID] = {emit_void, false},
    [RJ_N_UPDATE] = {emit_update, true},
    [RJ_N_BINARY] = {emit_binary, false},
    [RJ_N_LOGICAL] = {emit_logical, true},
    [RJ_N_CONDITIONAL] = {emit_conditional, false},
    [RJ_N_ASSIGN] = {emit_assign, true},
    [RJ_N_LOGICAL_ASSIGN] = {emit_assign, true},
    [RJ_N_COMMA] = {emit_comma, false},
    [RJ_N_MEMBER] = {rj_emit_member, false},
    [RJ_N_ELEMENT] = {rj_emit_member, false},
    [RJ_N_CALL] = {rj_emit_call, false},
    [RJ_N_NEW] = {rj_emit_new, false},
    [RJ_N_SUPER_CALL] = {rj_emit_super_call, true},
    [RJ_N_CHAIN] = {rj_emit_chain, true},
};

uint32_t rj_emit_value(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    const struct expression *expression;
    uint32_t top = emitter->top;
    uint32_t result;

    rj_check_stack(emitter->front);
    if (node->kind >= sizeof(expressions) / sizeof(*expressions) || !expressions[node->kind].emit)
        rj_fail(emitter->front, node->line, node->column, "Unexpected expression");
    expression = &expressions[node->kind];
    if (wanted == RJ_ANYWHERE) {
        result = expression->emit(emitter, node, RJ_ANYWHERE);
        /* The result is a variable, or the first of what was free. */
        emitter->top = result >= top ? result + 1 : top;
        return result;
    }
    result = wanted;
    if (expression->early && rj_is_local(emitter, wanted))
        result = rj_temporary(emitter);
    expression->emit(emitter, node, result);
    rj_emit_move(emitter, wanted, result);
    emitter->top = top;
    return wanted;
}

uint32_t rj_emit_operand(struct rj_emitter *emitter, struct rj_node *node,
                         const struct rj_node *later)
{
    uint32_t reg = rj_emit_value(emitter, node, RJ_ANYWHERE);
    uint32_t copy;

    if (!later || !(later->flags & RJ_NODE_ASSIGNS) || !rj_is_local(emitter, reg))
        return reg;
    copy = rj_temporary(emitter);
    rj_emit_move(emitter, copy, reg);
    return copy;
}

/* ---- effects ---- */

static void effect_of_logical(struct rj_emitter *emitter, struct rj_node *node)
{
    struct rj_label end = RJ_LABEL_INIT;
    struct rj_node *operand = node->list;

    for (; operand->next; operand = operand->next)
        rj_emit_branch(emitter, operand, node->op == RJ_T_OR, &end);
    rj_emit_effect(emitter, operand);
    rj_emit_label(emitter, &end);
}

static void effect_of_conditional(struct rj_emitter *emitter, struct rj_node *node)
{
    struct rj_label otherwise = RJ_LABEL_INIT, end = RJ_LABEL_INIT;

    rj_emit_branch(emitter, node->left, false, &otherwise);
    rj_emit_effect(emitter, node->right);
    rj_emit_jump(emitter, RJ_OP_JUMP, 0, 0, 0, &end);
    rj_emit_label(emitter, &otherwise);
    rj_emit_effect(emitter, node->third);
    rj_emit_label(emitter, &end);
}

void rj_emit_effect(struct rj_emitter *emitter, struct rj_node *node)
{
    uint32_t top = emitter->top;

    rj_check_stack(emitter->front);
    switch (node->kind) {
    case RJ_N_NUMBER:
    case RJ_N_STRING:
    case RJ_N_CONSTANT:
        break;
    case RJ_N_COMMA:
        for (struct rj_node *part = node->list; part; part = part->next)
            rj_emit_effect(emitter, part);
        break;
    case RJ_N_ASSIGN:
    case RJ_N_LOGICAL_ASSIGN:
        rj_emit_assign(emitter, node, RJ_ANYWHERE, false);
        break;
    case RJ_N_UPDATE:
        rj_emit_update(emitter, node, RJ_ANYWHERE, false);
        break;
    case RJ_N_CONDITIONAL:
        effect_of_conditional(emitter, node);
        break;
    case RJ_N_LOGICAL:
        if (node->op != RJ_T_NULLISH) {
            effect_of_logical(emitter, node);
            break;
        }
        /* fall through */
    default:
        rj_emit_value(emitter, node, RJ_ANYWHERE);
    }
    emitter->top = top;
}

/* ---- conditions ---- */

struct comparison {
    uint16_t jump;
    bool negated;
};

static bool find_comparison(uint16_t op, struct comparison *comparison)
{
    static const struct {
        uint16_t op;
        struct comparison comparison;
    } rows[] = {
        {RJ_OP_EQ, {RJ_OP_JUMP_EQ, false}},   {RJ_OP_NE, {RJ_OP_JUMP_EQ, true}},
        {RJ_OP_SEQ, {RJ_OP_JUMP_SEQ, false}}, {RJ_OP_SNE, {RJ_OP_JUMP_SEQ, true}},
        {RJ_OP_LT, {RJ_OP_JUMP_LT, false}},   {RJ_OP_LE, {RJ_OP_JUMP_LE, false}},
        {RJ_OP_GT, {RJ_OP_JUMP_GT, false}},   {RJ_OP_GE, {RJ_OP_JUMP_GE, false}},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (rows[i].op == op) {
            *comparison = rows[i].comparison;
            return true;
        }
    }
    return false;
}

static bool is_undefined(const struct rj_emitter *emitter, const struct rj_node *node)
{
    return node->kind == RJ_N_NAME && !node->variable &&
           node->atom == emitter->front->atoms.undefined;
}

/* x == null, x === undefined: one instruction where the jump is taken for them. */
static bool branch_on_nothing(struct rj_emitter *emitter, struct rj_node *node, bool when,
                              struct rj_label *label)
{
    bool null = node->right->kind == RJ_N_CONSTANT && node->right->value == RJ_NULL;
    bool undefined = is_undefined(emitter, node->right);
    bool loose = node->op == RJ_OP_EQ || node->op == RJ_OP_NE;
    bool strict = node->op == RJ_OP_SEQ || node->op == RJ_OP_SNE;
    uint32_t left;

    if (node->op == RJ_OP_NE || node->op == RJ_OP_SNE)
        when = !when;
    if (!when || !((loose && (null || undefined)) || (strict && undefined)))
        return false;
    left = rj_emit_value(emitter, node->left, RJ_ANYWHERE);
    rj_at(emitter, node);
    rj_emit_jump(emitter, loose ? RJ_OP_JUMP_NULLISH : RJ_OP_JUMP_UNDEFINED, left, 0, 0, label);
    return true;
}

static bool branch_on_comparison(struct rj_emitter *emitter, struct rj_node *node, bool when,
                                 struct rj_label *label)
{
    struct comparison comparison;
    uint32_t left, right;

    if (node->kind != RJ_N_BINARY || !find_comparison(node->op, &comparison))
        return false;
    if (branch_on_nothing(emitter, node, when, label))
        return true;
    left = rj_emit_operand(emitter, node->left, node->right);
    right = rj_emit_value(emitter, node->right, RJ_ANYWHERE);
    rj_at(emitter, node);
    rj_emit_jump(emitter, (enum rj_op)comparison.jump, when != comparison.negated, left, right,
                 label);
    return true;
}

static void branch_on_logical(struct rj_emitter *emitter, struct rj_node *node, bool when,
                              struct rj_label *label)
{
    bool decides = node->op == RJ_T_OR; /* the value of an operand that ends it */
    struct rj_label skip = RJ_LABEL_INIT;

    for (struct rj_node *operand = node->list; operand; operand = operand->next) {
        if (when == decides || !operand->next)
            rj_emit_branch(emitter, operand, when, label);
        else
            rj_emit_branch(emitter, operand, decides, &skip);
    }
    rj_emit_label(emitter, &skip);
}

/* Is the truth of it known? */
static bool is_known(const struct rj_node *node, bool *truth)
{
    if (node->kind == RJ_N_NUMBER)
        *truth = node->number != 0 && node->number == node->number;
    else if (node->kind == RJ_N_CONSTANT)
        *truth = node->value == RJ_TRUE;
    else
        return false;
    return true;
}

void rj_emit_branch(struct rj_emitter *emitter, struct rj_node *node, bool when,
                    struct rj_label *label)
{
    uint32_t top = emitter->top;
    bool truth;

    rj_check_stack(emitter->front);
    if (is_known(node, &truth)) {
        if (truth == when)
            rj_emit_jump(emitter, RJ_OP_JUMP, 0, 0, 0, label);
    } else if (node->kind == RJ_N_UNARY && node->op == RJ_OP_NOT) {
        rj_emit_branch(emitter, node->left, !when, label);
    } else if (node->kind == RJ_N_LOGICAL && node->op != RJ_T_NULLISH) {
        branch_on_logical(emitter, node, when, label);
    } else if (node->kind == RJ_N_COMMA) {
        struct rj_node *part = node->list;

        for (; part->next; part = part->next)
            rj_emit_effect(emitter, part);
        rj_emit_branch(emitter, part, when, label);
    } else if (!branch_on_comparison(emitter, node, when, label)) {
        uint32_t value = rj_emit_value(emitter, node, RJ_ANYWHERE);

        rj_at(emitter, node);
        rj_emit_jump(emitter, when ? RJ_OP_JUMP_TRUE : RJ_OP_JUMP_FALSE, value, 0, 0, label);
    }
    emitter->top = top;
}
