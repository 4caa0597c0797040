/* Classes: the constructor, its members, its fields. */
#include "front/emitter.h"

/* The key of a member in a register. */
static uint32_t emit_key(struct rj_emitter *emitter, struct rj_node *node)
{
    uint32_t key = rj_temporary(emitter);

    if (!(node->flags & RJ_NODE_COMPUTED)) {
        rj_emit_key(emitter, node->atom, key);
        return key;
    }
    rj_emit_value(emitter, node->left, key);
    rj_at(emitter, node);
    rj_emit(emitter, RJ_OP_TO_KEY, key, key, 0, 0);
    return key;
}

static void emit_method(struct rj_emitter *emitter, struct rj_node *node, uint32_t home)
{
    uint32_t key = emit_key(emitter, node);
    uint32_t method = rj_emit_closure(emitter, node->right->function, RJ_ANYWHERE);

    rj_at(emitter, node);
    if (node->op == RJ_METHOD)
        rj_emit(emitter, RJ_OP_DEFINE_METHOD, home, key, method, 0);
    else
        rj_emit(emitter, RJ_OP_DEFINE_ACCESSOR, home, key, method, node->op == RJ_SETTER);
}

/* Methods, and the computed keys of fields, in the order they are written. */
static void emit_members(struct rj_emitter *emitter, struct rj_class_node *class, uint32_t self)
{
    uint32_t prototype = RJ_ANYWHERE;

    for (struct rj_node *node = class->members; node; node = node->next) {
        bool is_static = node->flags & RJ_NODE_STATIC;
        uint32_t top;

        if (node->kind == RJ_N_METHOD && !is_static && prototype == RJ_ANYWHERE) {
            prototype = rj_temporary(emitter);
            rj_emit(emitter, RJ_OP_GET_PROTOTYPE, prototype, self, 0, 0);
        }
        top = emitter->top;
        if (node->kind == RJ_N_METHOD)
            emit_method(emitter, node, is_static ? self : prototype);
        else if (node->kind == RJ_N_FIELD && (node->flags & RJ_NODE_COMPUTED))
            rj_store_variable(emitter, node->variable, emit_key(emitter, node));
        emitter->top = top;
    }
}

static void run_static_members(struct rj_emitter *emitter, struct rj_class_node *class,
                               uint32_t self)
{
    uint32_t function, this_value;

    if (!class->static_init)
        return;
    function = rj_emit_closure(emitter, class->static_init, RJ_ANYWHERE);
    this_value = rj_temporary(emitter);
    rj_emit_move(emitter, this_value, self);
    rj_emit(emitter, RJ_OP_CALL, function, function, this_value, 0);
}

uint32_t rj_emit_class(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    struct rj_class_node *class = node->class;
    uint32_t into = rj_place(emitter, wanted);
    uint32_t top = emitter->top, parent;

    rj_at(emitter, node);
    rj_enter_scope(emitter, class->scope);
    parent = rj_temporary(emitter);
    if (class->heritage)
        rj_emit_value(emitter, class->heritage, parent);
    else
        rj_emit_constant(emitter, parent, RJ_HOLE);
    rj_at(emitter, node);
    rj_emit(emitter, RJ_OP_NEW_CLASS, into, rj_scope_register(emitter, class->scope), parent,
            rj_add_function(emitter, class->constructor));
    if (class->parent)
        rj_store_variable(emitter, class->parent, parent);
    emit_members(emitter, class, into);
    if (class->inner && class->inner->referenced)
        rj_initialize(emitter, class->inner, into);
    if (class->outer)
        rj_initialize(emitter, class->outer, into);
    run_static_members(emitter, class, into);
    emitter->top = top;
    return into;
}

/* ---- fields ---- */

static void emit_field(struct rj_emitter *emitter, struct rj_node *node)
{
    uint32_t top = emitter->top;
    bool plain = !(node->flags & RJ_NODE_COMPUTED) && !rj_is_index(node->atom);
    uint32_t key = 0, value;

    if (!plain) {
        key = rj_temporary(emitter);
        if (node->flags & RJ_NODE_COMPUTED)
            rj_load_variable(emitter, node->variable, key);
        else
            rj_emit_key(emitter, node->atom, key);
    }
    rj_at(emitter, node);
    if (node->right) {
        value = rj_emit_value(emitter, node->right, RJ_ANYWHERE);
    } else {
        value = rj_temporary(emitter);
        rj_emit_constant(emitter, value, RJ_UNDEFINED);
    }
    rj_at(emitter, node);
    if (plain)
        rj_emit(emitter, RJ_OP_DEFINE_PROPERTY, 0, value, 0, rj_atom_constant(emitter, node->atom));
    else
        rj_emit(emitter, RJ_OP_DEFINE_ELEMENT, 0, key, value, 0);
    emitter->top = top;
}

void rj_emit_fields(struct rj_emitter *emitter)
{
    struct rj_class_node *class = emitter->function->class;

    if (!class || class->constructor != emitter->function || !class->has_fields)
        return;
    for (struct rj_node *node = class->members; node; node = node->next) {
        if (node->kind != RJ_N_FIELD || (node->flags & RJ_NODE_STATIC))
            continue;
        if (!emitter->front->field_budget--)
            rj_fail(emitter->front, node->line, node->column, "Program too large");
        emit_field(emitter, node);
    }
}

void rj_emit_static_members(struct rj_emitter *emitter, struct rj_class_node *class)
{
    for (struct rj_node *node = class->members; node; node = node->next) {
        if (node->kind == RJ_N_STATIC_BLOCK)
            rj_emit_block(emitter, node->left);
        else if (node->kind == RJ_N_FIELD && (node->flags & RJ_NODE_STATIC))
            emit_field(emitter, node);
    }
}
