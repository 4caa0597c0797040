/* Properties: o.x, o[k], super.x, ?. and delete. */
#include "front/emitter.h"

bool rj_is_index(const struct rj_string *name)
{
    return name->cell.flags & RJ_STRING_INDEX;
}

void rj_emit_key(struct rj_emitter *emitter, struct rj_string *name, uint32_t into)
{
    if (rj_is_index(name) && name->index <= INT32_MAX)
        rj_emit_constant(emitter, into, rj_int((int32_t)name->index));
    else
        rj_emit_constant(emitter, into, rj_cell_value(name));
}

void rj_emit_get_named(struct rj_emitter *emitter, uint32_t into, uint32_t object,
                       struct rj_string *name)
{
    if (name == emitter->front->vm->atoms.length)
        rj_emit(emitter, RJ_OP_GET_LENGTH, into, object, 0, 0);
    else
        rj_emit(emitter, RJ_OP_GET_PROPERTY, into, object, 0, rj_atom_constant(emitter, name));
}

uint32_t rj_emit_super_key(struct rj_emitter *emitter, struct rj_node *node,
                           const struct rj_node *later)
{
    uint32_t key;

    if (node->kind == RJ_N_ELEMENT)
        return rj_emit_operand(emitter, node->right, later);
    key = rj_temporary(emitter);
    rj_emit_key(emitter, node->atom, key);
    return key;
}

struct rj_place rj_emit_place(struct rj_emitter *emitter, struct rj_node *node,
                              const struct rj_node *later)
{
    struct rj_place place = {.node = node, .name = node->atom};
    struct rj_node *key = node->right;

    if (node->left->kind == RJ_N_SUPER) {
        place.object = rj_emit_this(emitter, node->left, RJ_ANYWHERE);
        place.key = rj_emit_super_key(emitter, node, later);
        place.name = NULL;
        return place;
    }
    if (node->kind == RJ_N_ELEMENT) {
        place.name = NULL;
        if (key->kind == RJ_N_STRING && !rj_is_index(key->atom))
            place.name = key->atom;
        else if (key->flags & RJ_NODE_ASSIGNS)
            later = key;
    }
    place.object = rj_emit_operand(emitter, node->left, later);
    rj_emit_optional(emitter, node, place.object);
    if (place.name)
        return place;
    if (key->kind == RJ_N_STRING) {
        place.key = rj_temporary(emitter);
        rj_emit_key(emitter, key->atom, place.key);
    } else {
        place.key = rj_emit_operand(emitter, key, later == key ? NULL : later);
    }
    return place;
}

void rj_emit_get(struct rj_emitter *emitter, const struct rj_place *place, uint32_t into)
{
    rj_at(emitter, place->node);
    if (place->node->left->kind == RJ_N_SUPER) {
        rj_emit(emitter, RJ_OP_GET_SUPER, into, place->object, place->key, 0);
    } else if (place->name) {
        rj_emit_get_named(emitter, into, place->object, place->name);
    } else {
        rj_emit(emitter, RJ_OP_GET_ELEMENT, into, place->object, place->key, 0);
    }
}

void rj_emit_set(struct rj_emitter *emitter, const struct rj_place *place, uint32_t from)
{
    rj_at(emitter, place->node);
    if (place->node->left->kind == RJ_N_SUPER) {
        rj_emit(emitter, RJ_OP_SET_SUPER, place->object, place->key, from, 0);
    } else if (place->name) {
        rj_emit(emitter, RJ_OP_SET_PROPERTY, place->object, from, 0,
                rj_atom_constant(emitter, place->name));
    } else {
        rj_emit(emitter, RJ_OP_SET_ELEMENT, place->object, place->key, from, 0);
    }
}

uint32_t rj_emit_member(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    uint32_t top = emitter->top;
    struct rj_place place = rj_emit_place(emitter, node, NULL);
    uint32_t into;

    emitter->top = top;
    into = rj_place(emitter, wanted);
    rj_emit_get(emitter, &place, into);
    return into;
}

/* ---- chains ---- */

void rj_emit_optional(struct rj_emitter *emitter, const struct rj_node *node, uint32_t reg)
{
    if (node->flags & RJ_NODE_OPTIONAL)
        rj_emit_jump(emitter, RJ_OP_JUMP_NULLISH, reg, 0, 0, emitter->chain);
}

/* delete of a place, true into `into`. */
static void delete_place(struct rj_emitter *emitter, struct rj_node *node, uint32_t into)
{
    uint32_t top = emitter->top;
    struct rj_place place;

    if (node->left->kind == RJ_N_SUPER)
        rj_fail(emitter->front, node->line, node->column, "Unsupported reference to 'super'");
    place = rj_emit_place(emitter, node, NULL);
    rj_at(emitter, node);
    if (place.name)
        rj_emit(emitter, RJ_OP_DELETE_PROPERTY, into, place.object, 0,
                rj_atom_constant(emitter, place.name));
    else
        rj_emit(emitter, RJ_OP_DELETE_ELEMENT, into, place.object, place.key, 0);
    emitter->top = top;
}

static bool is_place(const struct rj_node *node)
{
    return node->kind == RJ_N_MEMBER || node->kind == RJ_N_ELEMENT;
}

/* A chain, or its deletion. */
static void emit_chain(struct rj_emitter *emitter, struct rj_node *node, uint32_t into,
                       bool deletes)
{
    struct rj_label *around = emitter->chain;
    struct rj_label nothing = RJ_LABEL_INIT, end = RJ_LABEL_INIT;

    emitter->chain = &nothing;
    if (deletes)
        delete_place(emitter, node, into);
    else
        rj_emit_value(emitter, node, into);
    emitter->chain = around;
    rj_emit_jump(emitter, RJ_OP_JUMP, 0, 0, 0, &end);
    rj_emit_label(emitter, &nothing);
    rj_emit_constant(emitter, into, deletes ? RJ_TRUE : RJ_UNDEFINED);
    rj_emit_label(emitter, &end);
}

uint32_t rj_emit_chain(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    uint32_t into = rj_place(emitter, wanted);

    emit_chain(emitter, node->left, into, false);
    return into;
}

uint32_t rj_emit_delete(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    uint32_t into = rj_place(emitter, wanted);
    struct rj_node *target = node->left;

    if (is_place(target)) {
        delete_place(emitter, target, into);
    } else if (target->kind == RJ_N_CHAIN && is_place(target->left)) {
        emit_chain(emitter, target->left, into, true);
    } else {
        rj_emit_effect(emitter, target);
        rj_emit_constant(emitter, into, RJ_TRUE);
    }
    return into;
}
