/* Assignments, ++ and --, destructuring. */
#include "front/emitter.h"

/* ---- references: what can be read and written ---- */

static bool is_constant(const struct rj_variable *variable)
{
    return variable->kind == RJ_V_CONST || variable->kind == RJ_V_CLASS_INNER ||
           variable->kind == RJ_V_SELF;
}

static void store_name(struct rj_emitter *emitter, struct rj_node *node, uint32_t from)
{
    const struct rj_variable *variable = node->variable;

    rj_at(emitter, node);
    if (!variable) {
        rj_emit(emitter, RJ_OP_SET_GLOBAL, from, 0, 0, rj_atom_constant(emitter, node->atom));
        return;
    }
    if (node->flags & RJ_NODE_CHECK) {
        uint32_t top = emitter->top;
        uint32_t before = variable->index;

        if (variable->captured) {
            before = rj_temporary(emitter);
            rj_load_variable(emitter, variable, before);
        }
        rj_check_variable(emitter, node->atom, before);
        emitter->top = top;
    }
    if (is_constant(variable))
        rj_emit(emitter, RJ_OP_THROW_CONST, 0, 0, 0, rj_atom_constant(emitter, node->atom));
    else
        rj_store_variable(emitter, variable, from);
}

/* A variable in a register that can be written without asking. */
static bool is_plain_register(const struct rj_node *node)
{
    return node->kind == RJ_N_NAME && node->variable && !node->variable->captured &&
           !(node->flags & RJ_NODE_CHECK) && !is_constant(node->variable);
}

struct reference {
    struct rj_node *node;
    struct rj_place place;
};

static struct reference open_reference(struct rj_emitter *emitter, struct rj_node *node,
                                       const struct rj_node *later)
{
    struct reference reference = {.node = node};

    if (node->kind != RJ_N_NAME)
        reference.place = rj_emit_place(emitter, node, later);
    return reference;
}

static void get_reference(struct rj_emitter *emitter, const struct reference *reference,
                          uint32_t into)
{
    if (reference->node->kind == RJ_N_NAME)
        rj_emit_name(emitter, reference->node, into);
    else
        rj_emit_get(emitter, &reference->place, into);
}

static void set_reference(struct rj_emitter *emitter, const struct reference *reference,
                          uint32_t from)
{
    if (reference->node->kind == RJ_N_NAME)
        store_name(emitter, reference->node, from);
    else
        rj_emit_set(emitter, &reference->place, from);
}

/* ---- assignments ---- */

static uint32_t put(struct rj_emitter *emitter, uint32_t wanted, uint32_t value)
{
    if (wanted == RJ_ANYWHERE)
        return value;
    rj_emit_move(emitter, wanted, value);
    return wanted;
}

static uint32_t assign_plain(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    struct reference reference;
    uint32_t value;

    if (is_plain_register(node->left)) {
        value = rj_emit_value(emitter, node->right, node->left->variable->index);
        return put(emitter, wanted, value);
    }
    /* The value comes where it is wanted, below the parts of the place. */
    if (node->left->kind == RJ_N_NAME) {
        value = rj_emit_value(emitter, node->right, wanted);
        store_name(emitter, node->left, value);
        return value;
    }
    reference = open_reference(emitter, node->left, node->right);
    value = rj_emit_value(emitter, node->right, wanted);
    set_reference(emitter, &reference, value);
    return value;
}

static bool subtracts_one(const struct rj_node *node)
{
    return node->op == RJ_OP_SUB && node->right->kind == RJ_N_NUMBER && node->right->number == 1;
}

static void operate(struct rj_emitter *emitter, struct rj_node *node, uint32_t into, uint32_t left)
{
    uint32_t right;

    if (subtracts_one(node)) {
        rj_at(emitter, node);
        rj_emit(emitter, RJ_OP_DEC, into, left, 0, 0);
        return;
    }
    right = rj_emit_value(emitter, node->right, RJ_ANYWHERE);
    rj_at(emitter, node);
    rj_emit(emitter, (enum rj_op)node->op, into, left, right, 0);
}

static uint32_t assign_compound(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    struct reference reference;
    uint32_t value;

    if (is_plain_register(node->left)) {
        uint32_t variable = node->left->variable->index;

        operate(emitter, node, variable, rj_emit_operand(emitter, node->left, node->right));
        return put(emitter, wanted, variable);
    }
    value = rj_place(emitter, wanted);
    reference = open_reference(emitter, node->left, node->right);
    get_reference(emitter, &reference, value);
    operate(emitter, node, value, value);
    set_reference(emitter, &reference, value);
    return value;
}

static uint32_t assign_logical(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    uint32_t value = rj_place(emitter, wanted);
    struct reference reference = open_reference(emitter, node->left, node->right);
    struct rj_label end = RJ_LABEL_INIT, assign = RJ_LABEL_INIT;

    get_reference(emitter, &reference, value);
    if (node->op == RJ_T_AND) {
        rj_emit_jump(emitter, RJ_OP_JUMP_FALSE, value, 0, 0, &end);
    } else if (node->op == RJ_T_OR) {
        rj_emit_jump(emitter, RJ_OP_JUMP_TRUE, value, 0, 0, &end);
    } else {
        rj_emit_jump(emitter, RJ_OP_JUMP_NULLISH, value, 0, 0, &assign);
        rj_emit_jump(emitter, RJ_OP_JUMP, 0, 0, 0, &end);
    }
    rj_emit_label(emitter, &assign);
    rj_emit_value(emitter, node->right, value);
    set_reference(emitter, &reference, value);
    rj_emit_label(emitter, &end);
    return value;
}

/* [a, b] = [b, a]: nobody sees the array. */
static bool assign_in_parallel(struct rj_emitter *emitter, struct rj_node *node)
{
    struct rj_node *target = node->left->list, *value = node->right->list;
    uint32_t first = emitter->top;

    if (node->left->kind != RJ_N_ARRAY_PATTERN || node->right->kind != RJ_N_ARRAY)
        return false;
    for (; target && value; target = target->next, value = value->next) {
        if (target->kind != RJ_N_TARGET || target->third || value->kind == RJ_N_SPREAD ||
            value->kind == RJ_N_HOLE)
            return false;
    }
    if (target || value)
        return false;
    for (value = node->right->list; value; value = value->next)
        rj_emit_value(emitter, value, rj_temporary(emitter));
    for (target = node->left->list; target; target = target->next)
        rj_emit_store(emitter, target->right, first++, false);
    return true;
}

static uint32_t assign_pattern(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted,
                               bool needed)
{
    uint32_t value;

    if (!needed && assign_in_parallel(emitter, node))
        return 0;
    value = rj_emit_operand(emitter, node->right, node->left);
    emitter->source = node->left->kind == RJ_N_OBJECT_PATTERN ? node->right : NULL;
    rj_emit_store(emitter, node->left, value, false);
    return put(emitter, wanted, value);
}

uint32_t rj_emit_assign(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted,
                        bool needed)
{
    if (node->left->kind == RJ_N_ARRAY_PATTERN || node->left->kind == RJ_N_OBJECT_PATTERN)
        return assign_pattern(emitter, node, wanted, needed);
    if (node->kind == RJ_N_LOGICAL_ASSIGN)
        return assign_logical(emitter, node, wanted);
    if (node->op != RJ_NO_OP)
        return assign_compound(emitter, node, wanted);
    return assign_plain(emitter, node, wanted);
}

uint32_t rj_emit_update(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted,
                        bool needed)
{
    enum rj_op op = (enum rj_op)node->op;
    bool prefix = (node->flags & RJ_NODE_PREFIX) || !needed;
    uint32_t value, changed;
    struct reference reference;

    if (is_plain_register(node->left)) {
        uint32_t variable = node->left->variable->index;

        rj_at(emitter, node);
        if (prefix) {
            rj_emit(emitter, op, variable, variable, 0, 0);
            return put(emitter, wanted, variable);
        }
        value = rj_place(emitter, wanted);
        rj_emit(emitter, RJ_OP_TO_NUMBER, value, variable, 0, 0);
        rj_emit(emitter, op, variable, value, 0, 0);
        return value;
    }
    value = rj_place(emitter, wanted);
    reference = open_reference(emitter, node->left, NULL);
    get_reference(emitter, &reference, value);
    rj_at(emitter, node);
    changed = value;
    if (!prefix) {
        rj_emit(emitter, RJ_OP_TO_NUMBER, value, value, 0, 0);
        changed = rj_temporary(emitter);
    }
    rj_emit(emitter, op, changed, value, 0, 0);
    set_reference(emitter, &reference, changed);
    return value;
}

/* ---- destructuring ---- */

void rj_emit_default(struct rj_emitter *emitter, struct rj_node *value, uint32_t reg)
{
    struct rj_label missing = RJ_LABEL_INIT, end = RJ_LABEL_INIT;

    rj_emit_jump(emitter, RJ_OP_JUMP_UNDEFINED, reg, 0, 0, &missing);
    rj_emit_jump(emitter, RJ_OP_JUMP, 0, 0, 0, &end);
    rj_emit_label(emitter, &missing);
    rj_emit_value(emitter, value, reg);
    rj_emit_label(emitter, &end);
}

/* Where a part of a pattern is put first: its variable's register if that is not in use yet. */
static uint32_t part_register(struct rj_emitter *emitter, const struct rj_node *target,
                              bool declares)
{
    if (declares && target->kind == RJ_N_NAME && !target->variable->captured &&
        !rj_is_local(emitter, target->variable->index))
        return target->variable->index;
    return rj_temporary(emitter);
}

static void finish_part(struct rj_emitter *emitter, struct rj_node *part, uint32_t reg,
                        bool declares)
{
    if (part->third)
        rj_emit_default(emitter, part->third, reg);
    rj_emit_store(emitter, part->right, reg, declares);
}

static void next_element(struct rj_emitter *emitter, uint32_t iterator, uint32_t into)
{
    struct rj_label at_end = RJ_LABEL_INIT, go_on = RJ_LABEL_INIT;

    rj_emit_jump(emitter, RJ_OP_NEXT, into, iterator, 0, &at_end);
    rj_emit_jump(emitter, RJ_OP_JUMP, 0, 0, 0, &go_on);
    rj_emit_label(emitter, &at_end);
    rj_emit_constant(emitter, into, RJ_UNDEFINED);
    rj_emit_label(emitter, &go_on);
}

static void rest_of_array(struct rj_emitter *emitter, struct rj_node *target, uint32_t iterator,
                          bool declares)
{
    uint32_t array = rj_temporary(emitter), value = rj_temporary(emitter);
    struct rj_label head = RJ_LABEL_INIT, end = RJ_LABEL_INIT;

    rj_emit(emitter, RJ_OP_NEW_ARRAY, array, 0, 0, 0);
    rj_emit_label(emitter, &head);
    rj_emit_loop(emitter);
    rj_emit_jump(emitter, RJ_OP_NEXT, value, iterator, 0, &end);
    rj_emit(emitter, RJ_OP_ARRAY_APPEND, array, value, 0, 0);
    rj_emit_jump(emitter, RJ_OP_JUMP, 0, 0, 0, &head);
    rj_emit_label(emitter, &end);
    rj_emit_store(emitter, target, array, declares);
}

static void store_array_pattern(struct rj_emitter *emitter, struct rj_node *pattern, uint32_t from,
                                bool declares)
{
    const struct rj_node *source = emitter->source;
    uint32_t iterator = rj_temporary(emitter);
    uint32_t top = emitter->top;

    emitter->source = NULL;
    rj_at(emitter, pattern);
    rj_emit(emitter, RJ_OP_ITERATE, iterator, from, 0, 0);
    rj_name_array_source(emitter, from, source);
    for (struct rj_node *part = pattern->list; part; part = part->next) {
        uint32_t value;

        rj_at(emitter, part);
        if (part->kind == RJ_N_SPREAD) {
            rest_of_array(emitter, part->left, iterator, declares);
        } else if (part->kind == RJ_N_HOLE) {
            next_element(emitter, iterator, rj_temporary(emitter));
        } else {
            value = part_register(emitter, part->right, declares);
            next_element(emitter, iterator, value);
            finish_part(emitter, part, value, declares);
        }
        emitter->top = top;
    }
}

/* The keys that were taken already stand in registers from `keys` on. */
static void rest_of_object(struct rj_emitter *emitter, struct rj_node *target, uint32_t from,
                           uint32_t keys, uint32_t count, bool declares)
{
    uint32_t array = rj_temporary(emitter);

    rj_emit(emitter, RJ_OP_NEW_ARRAY, array, 0, count ? keys : 0, count);
    rj_emit(emitter, RJ_OP_OBJECT_REST, array, from, array, 0);
    rj_emit_store(emitter, target, array, declares);
}

static bool has_rest(const struct rj_node *pattern)
{
    for (const struct rj_node *part = pattern->list; part; part = part->next) {
        if (part->kind == RJ_N_SPREAD)
            return true;
    }
    return false;
}

/* `key`: where the key is to stay; RJ_ANYWHERE if nobody needs it afterwards. */
static void take_property(struct rj_emitter *emitter, struct rj_node *part, uint32_t from,
                          uint32_t key, bool declares)
{
    bool named = !(part->flags & RJ_NODE_COMPUTED) && !rj_is_index(part->atom);
    uint32_t value = part_register(emitter, part->right, declares);

    rj_at(emitter, part);
    if (key == RJ_ANYWHERE && !named)
        key = rj_temporary(emitter);
    if (part->flags & RJ_NODE_COMPUTED) {
        rj_emit_value(emitter, part->left, key);
        rj_emit(emitter, RJ_OP_TO_KEY, key, key, 0, 0);
    } else if (key != RJ_ANYWHERE) {
        rj_emit_key(emitter, part->atom, key);
    }
    if (named)
        rj_emit_get_named(emitter, value, from, part->atom);
    else
        rj_emit(emitter, RJ_OP_GET_ELEMENT, value, from, key, 0);
    finish_part(emitter, part, value, declares);
}

static void store_object_pattern(struct rj_emitter *emitter, struct rj_node *pattern, uint32_t from,
                                 bool declares)
{
    const struct rj_node *source = emitter->source;
    bool rest = has_rest(pattern);
    uint32_t keys = emitter->top, count = 0, top;

    emitter->source = NULL;
    if (rest) {
        for (struct rj_node *part = pattern->list; part; part = part->next)
            count += part->kind != RJ_N_SPREAD;
        rj_temporaries(emitter, count);
        count = 0;
    }
    top = emitter->top;
    rj_at(emitter, pattern);
    rj_emit(emitter, RJ_OP_CHECK_OBJECT, from, 0, 0, 0);
    rj_name_object_source(emitter, from, pattern, source);
    for (struct rj_node *part = pattern->list; part; part = part->next) {
        if (part->kind == RJ_N_SPREAD)
            rest_of_object(emitter, part->left, from, keys, count, declares);
        else
            take_property(emitter, part, from, rest ? keys + count++ : RJ_ANYWHERE, declares);
        emitter->top = top;
    }
}

void rj_emit_store(struct rj_emitter *emitter, struct rj_node *target, uint32_t from, bool declares)
{
    uint32_t top = emitter->top;
    struct rj_place place;

    rj_check_stack(emitter->front);
    switch (target->kind) {
    case RJ_N_ARRAY_PATTERN:
        store_array_pattern(emitter, target, from, declares);
        break;
    case RJ_N_OBJECT_PATTERN:
        store_object_pattern(emitter, target, from, declares);
        break;
    case RJ_N_NAME:
        if (declares)
            rj_initialize(emitter, target->variable, from);
        else
            store_name(emitter, target, from);
        break;
    default:
        emitter->source = NULL;
        place = rj_emit_place(emitter, target, NULL);
        rj_emit_set(emitter, &place, from);
    }
    emitter->top = top;
}
