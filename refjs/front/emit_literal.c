/* Arrays, objects, templates, closures. */
#include "front/emitter.h"

enum { ELEMENTS_AT_ONCE = 32 };

static void emit_element(struct rj_emitter *emitter, struct rj_node *node, uint32_t into)
{
    if (node->kind == RJ_N_HOLE)
        rj_emit_constant(emitter, into, RJ_HOLE);
    else
        rj_emit_value(emitter, node, into);
}

/* V8 has words for a spread argument only where it is the last one and the only spread. */
static void name_spread(struct rj_emitter *emitter, uint32_t reg, const struct rj_node *spread,
                        bool arguments, uint32_t spreads)
{
    if (!arguments)
        rj_name_iterable(emitter, reg, spread->left);
    else if (!spread->next && spreads == 1)
        rj_name_argument(emitter, reg, spread->left);
}

uint32_t rj_emit_array(struct rj_emitter *emitter, struct rj_node *list, uint32_t wanted,
                       bool arguments)
{
    uint32_t into = rj_place(emitter, wanted);
    uint32_t top = emitter->top;
    uint32_t count = 0, spreads = 0;

    for (; list && list->kind != RJ_N_SPREAD && count < ELEMENTS_AT_ONCE; list = list->next) {
        emit_element(emitter, list, rj_temporary(emitter));
        count++;
    }
    rj_emit(emitter, RJ_OP_NEW_ARRAY, into, 0, count ? top : 0, count);
    emitter->top = top;
    for (; list; list = list->next) {
        uint32_t value = rj_temporary(emitter);

        if (list->kind == RJ_N_SPREAD) {
            rj_emit_value(emitter, list->left, value);
            rj_at(emitter, list);
            rj_emit(emitter, RJ_OP_ARRAY_SPREAD, into, value, 0, 0);
            name_spread(emitter, value, list, arguments, ++spreads);
        } else {
            emit_element(emitter, list, value);
            rj_emit(emitter, RJ_OP_ARRAY_APPEND, into, value, 0, 0);
        }
        emitter->top = top;
    }
    return into;
}

uint32_t rj_emit_template(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    uint32_t into = rj_place(emitter, wanted);
    uint32_t part = rj_temporary(emitter);
    bool begun = false;

    for (struct rj_node *at = node->list; at; at = at->next) {
        uint32_t target = begun ? part : into;

        if (at->kind == RJ_N_STRING) {
            if (!at->atom->length && (begun || at->next))
                continue;
            rj_emit_constant(emitter, target, rj_cell_value(at->atom));
        } else {
            uint32_t value = rj_emit_value(emitter, at, RJ_ANYWHERE);

            rj_at(emitter, at);
            rj_emit(emitter, RJ_OP_TO_STRING, target, value, 0, 0);
        }
        if (begun)
            rj_emit(emitter, RJ_OP_ADD, into, into, part, 0);
        begun = true;
        emitter->top = part + 1;
    }
    return into;
}

/* ---- objects ---- */

/* The key of a property in a register: an int, an atom, or what was computed. */
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

static void emit_object_method(struct rj_emitter *emitter, struct rj_node *node, uint32_t object)
{
    uint32_t key = emit_key(emitter, node);
    uint32_t method = rj_emit_closure(emitter, node->right->function, RJ_ANYWHERE);

    rj_at(emitter, node);
    if (node->op != RJ_METHOD) {
        rj_emit(emitter, RJ_OP_DEFINE_ACCESSOR, object, key, method,
                (node->op == RJ_SETTER ? 1 : 0) + 2);
        return;
    }
    /* The first gives it its home, the second shows it to enumerations. */
    if (node->right->function->uses_super)
        rj_emit(emitter, RJ_OP_DEFINE_METHOD, object, key, method, 0);
    rj_emit(emitter, RJ_OP_DEFINE_ELEMENT, object, key, method, 0);
}

static bool is_plain_key(const struct rj_node *node)
{
    return !(node->flags & RJ_NODE_COMPUTED) && !rj_is_index(node->atom);
}

static void emit_property(struct rj_emitter *emitter, struct rj_node *node, uint32_t object)
{
    bool plain = node->kind != RJ_N_SPREAD && is_plain_key(node);
    uint32_t key, value;

    if (node->kind == RJ_N_SPREAD) {
        value = rj_emit_value(emitter, node->left, RJ_ANYWHERE);
        rj_at(emitter, node);
        rj_emit(emitter, RJ_OP_OBJECT_SPREAD, object, value, 0, 0);
        return;
    }
    if (node->kind == RJ_N_METHOD &&
        (!plain || node->op != RJ_METHOD || node->right->function->uses_super)) {
        emit_object_method(emitter, node, object);
        return;
    }
    key = plain ? 0 : emit_key(emitter, node);
    value = rj_emit_value(emitter, node->right, RJ_ANYWHERE);
    rj_at(emitter, node);
    if (!plain)
        rj_emit(emitter, RJ_OP_DEFINE_ELEMENT, object, key, value, 0);
    else if (node->kind == RJ_N_PROPERTY && node->atom == emitter->front->atoms.proto &&
             !(node->flags & RJ_NODE_SHORTHAND))
        rj_emit(emitter, RJ_OP_SET_PROTOTYPE, object, value, 0, 0);
    else
        rj_emit(emitter, RJ_OP_DEFINE_PROPERTY, object, value, 0,
                rj_atom_constant(emitter, node->atom));
}

uint32_t rj_emit_object(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    uint32_t into = rj_place(emitter, wanted);
    uint32_t top = emitter->top;
    uint32_t count = 0;

    for (struct rj_node *property = node->list; property; property = property->next)
        count++;
    rj_at(emitter, node);
    rj_emit(emitter, RJ_OP_NEW_OBJECT, into, 0, 0, count);
    for (struct rj_node *property = node->list; property; property = property->next) {
        emit_property(emitter, property, into);
        emitter->top = top;
    }
    return into;
}

/* ---- closures ---- */

/* What runs static members has for a home an object whose prototype is where super looks. */
static void give_home(struct rj_emitter *emitter, const struct rj_class_node *class,
                      uint32_t closure)
{
    uint32_t top = emitter->top;
    uint32_t home = rj_temporary(emitter), key = rj_temporary(emitter);

    rj_emit(emitter, RJ_OP_NEW_OBJECT, home, 0, 0, 0);
    if (class->parent) {
        rj_load_variable(emitter, class->parent, key);
        rj_emit(emitter, RJ_OP_SET_PROTOTYPE, home, key, 0, 0);
    }
    rj_emit_constant(emitter, key, rj_cell_value(emitter->front->vm->atoms.name));
    rj_emit(emitter, RJ_OP_DEFINE_METHOD, home, key, closure, 0);
    emitter->top = top;
}

uint32_t rj_emit_closure(struct rj_emitter *emitter, struct rj_function_node *function,
                         uint32_t wanted)
{
    uint32_t into = rj_place(emitter, wanted);
    struct rj_class_node *class = function->class;

    rj_emit(emitter, RJ_OP_NEW_CLOSURE, into, rj_scope_register(emitter, function->scope->outer), 0,
            rj_add_function(emitter, function));
    if (function->uses_super && class && class->static_init == function)
        give_home(emitter, class, into);
    return into;
}
