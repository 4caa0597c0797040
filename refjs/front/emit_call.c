/* Calls: the callee, then a run of registers with this and the arguments. */
#include "front/emitter.h"

enum { ARGUMENT_LIMIT = 200 }; /* longer lists go by way of an array */

static bool needs_array(const struct rj_node *list)
{
    uint32_t count = 0;

    for (; list; list = list->next) {
        if (list->kind == RJ_N_SPREAD || ++count > ARGUMENT_LIMIT)
            return true;
    }
    return false;
}

/* Into the registers right behind the top; returns how many, or UINT32_MAX: one array. */
static uint32_t emit_arguments(struct rj_emitter *emitter, struct rj_node *list)
{
    uint32_t count = 0;

    if (needs_array(list)) {
        uint32_t array = rj_temporary(emitter);

        rj_emit_array(emitter, list, array, true);
        return UINT32_MAX;
    }
    for (; list; list = list->next, count++) {
        uint32_t argument = rj_temporary(emitter);

        rj_emit_value(emitter, list, argument);
    }
    return count;
}

static uint16_t flags_of(const struct rj_node *list)
{
    uint16_t flags = 0;

    for (; list; list = list->next)
        flags |= list->flags;
    return flags;
}

/* o.f(): this is o. */
static uint32_t emit_method(struct rj_emitter *emitter, struct rj_node *node, uint32_t *base)
{
    uint32_t callee = rj_temporary(emitter);
    struct rj_place place = {.node = node, .name = node->atom};
    struct rj_node *key = node->right;
    uint32_t top;

    *base = rj_temporary(emitter);
    place.object = *base;
    if (node->left->kind == RJ_N_SUPER)
        rj_emit_this(emitter, node->left, *base);
    else
        rj_emit_value(emitter, node->left, *base);
    rj_emit_optional(emitter, node, *base);
    top = emitter->top;
    if (node->left->kind == RJ_N_SUPER) {
        place.key = rj_emit_super_key(emitter, node, NULL);
    } else if (node->kind == RJ_N_ELEMENT) {
        place.name = NULL;
        if (key->kind == RJ_N_STRING && !rj_is_index(key->atom))
            place.name = key->atom;
        else
            place.key = rj_emit_value(emitter, key, RJ_ANYWHERE);
    }
    rj_emit_get(emitter, &place, callee);
    emitter->top = top;
    return callee;
}

static uint32_t emit_callee(struct rj_emitter *emitter, struct rj_node *node, uint32_t *base)
{
    struct rj_node *left = node->left;
    struct rj_node arguments = {.flags = flags_of(node->list)};
    uint32_t callee;

    if (left->kind == RJ_N_MEMBER || left->kind == RJ_N_ELEMENT)
        return emit_method(emitter, left, base);
    callee = rj_emit_operand(emitter, left, &arguments);
    *base = rj_temporary(emitter);
    rj_emit_constant(emitter, *base, RJ_UNDEFINED);
    return callee;
}

uint32_t rj_emit_call(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    uint32_t top = emitter->top;
    uint32_t base, count, into;
    uint32_t callee = emit_callee(emitter, node, &base);

    rj_emit_optional(emitter, node, callee);
    count = emit_arguments(emitter, node->list);
    emitter->top = top;
    into = rj_place(emitter, wanted);
    rj_at(emitter, node);
    if (count == UINT32_MAX)
        rj_emit(emitter, RJ_OP_CALL_SPREAD, into, callee, base, 0);
    else
        rj_emit(emitter, RJ_OP_CALL, into, callee, base, count);
    rj_name_callee(emitter, callee, node->left);
    return into;
}

uint32_t rj_emit_new(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    struct rj_node arguments = {.flags = flags_of(node->list)};
    uint32_t top = emitter->top;
    uint32_t callee = rj_emit_operand(emitter, node->left, &arguments);
    uint32_t base = rj_temporary(emitter); /* not read */
    uint32_t count = emit_arguments(emitter, node->list);
    uint32_t into;

    emitter->top = top;
    into = rj_place(emitter, wanted);
    rj_at(emitter, node);
    if (count == UINT32_MAX)
        rj_emit(emitter, RJ_OP_NEW_SPREAD, into, callee, base, 0);
    else
        rj_emit(emitter, RJ_OP_NEW, into, callee, base, count);
    rj_name_callee(emitter, callee, node->left);
    return into;
}

/* ---- super() ---- */

/* What super() in an arrow calls: with the constructor, its new.target, the arguments as an array
 * and its this. */
static rj_value construct_super(struct rj_vm *vm, struct rj_function *callee, rj_value this_value,
                                uint32_t argc, const rj_value *args, rj_value new_target)
{
    rj_value parent = rj_super_constructor(vm, rj_as_function(args[0]));
    const struct rj_array *array = (const struct rj_array *)rj_as_cell(args[2]);
    rj_value result;

    if (parent == RJ_THROWN)
        return RJ_THROWN;
    result = rj_construct(vm, parent, array->length, array->elements, args[1]);
    if (result != RJ_THROWN && args[3] != RJ_UNINITIALIZED)
        return rj_throw_error(vm, RJ_ERROR_REFERENCE, "Super constructor may only be called once");
    return result;
}

static uint32_t super_in_arrow(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    struct rj_front *front = emitter->front;
    const struct rj_function_node *owner = emitter->function;
    uint32_t into = rj_place(emitter, wanted);
    uint32_t top = emitter->top, base;
    void *native =
        rj_check(front, rj_native_new(front->vm, "super", construct_super, 4, RJ_INTRINSIC_NONE));

    while (owner->flags & RJ_CODE_ARROW)
        owner = owner->parent;
    if (owner->class->has_fields)
        rj_fail(front, node->line, node->column,
                "super() in an arrow function of a class with fields is not supported by refjs");
    base = rj_temporaries(emitter, 6);
    rj_emit_constant(emitter, base, rj_cell_value(native));
    rj_emit_constant(emitter, base + 1, RJ_UNDEFINED);
    rj_load_variable(emitter, owner->callee, base + 2);
    rj_load_variable(emitter, owner->new_target, base + 3);
    rj_emit_array(emitter, node->list, base + 4, true);
    rj_load_variable(emitter, owner->this_variable, base + 5);
    rj_at(emitter, node);
    rj_emit(emitter, RJ_OP_CALL, into, base, base + 1, 4);
    rj_store_variable(emitter, owner->this_variable, into);
    emitter->top = top;
    return into;
}

uint32_t rj_emit_super_call(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted)
{
    struct rj_function_node *function = emitter->function;
    uint32_t top = emitter->top;
    uint32_t base, count, into;

    if (function->flags & RJ_CODE_ARROW)
        return super_in_arrow(emitter, node, wanted);
    base = rj_temporary(emitter); /* not read */
    count = emit_arguments(emitter, node->list);
    emitter->top = top;
    into = rj_place(emitter, wanted);
    rj_at(emitter, node);
    if (count == UINT32_MAX)
        rj_emit(emitter, RJ_OP_SUPER_SPREAD, into, 0, base, 0);
    else
        rj_emit(emitter, RJ_OP_SUPER_CALL, into, 0, base, count);
    if (function->this_variable && function->this_variable->captured)
        rj_store_variable(emitter, function->this_variable, 0);
    rj_emit_fields(emitter);
    return into;
}
