/* Variables: in registers, or in heap scopes where closures capture them. */
#include "front/emitter.h"

uint32_t rj_scope_register(struct rj_emitter *emitter, const struct rj_scope_node *scope)
{
    for (; scope && scope->function == emitter->function; scope = scope->outer) {
        if (scope->heap_count)
            return scope->reg;
    }
    return emitter->scope_register;
}

static void number_captured(struct rj_scope_node *scope)
{
    scope->heap_count = 0;
    for (struct rj_variable *variable = scope->first; variable; variable = variable->next) {
        if (variable->captured)
            variable->index = scope->heap_count++;
    }
}

/* Registers for those not captured; parameters have theirs. */
static void place_variables(struct rj_emitter *emitter, struct rj_scope_node *scope)
{
    for (struct rj_variable *variable = scope->first; variable; variable = variable->next) {
        if (variable->captured || variable->kind == RJ_V_PASSING)
            continue;
        if (variable->kind == RJ_V_CLASS_INNER && !variable->referenced)
            continue;
        if (variable->kind != RJ_V_PARAMETER || !variable->index)
            variable->index = rj_temporary(emitter);
        if (variable->kind == RJ_V_PARAMETER || variable->kind == RJ_V_VAR ||
            variable->kind == RJ_V_FUNCTION || variable->checked)
            rj_set_local(emitter, variable->index, true);
        if (variable->checked)
            rj_emit_constant(emitter, variable->index, RJ_UNINITIALIZED);
    }
}

void rj_make_functions(struct rj_emitter *emitter, struct rj_scope_node *scope)
{
    for (struct rj_node *node = scope->functions; node; node = node->next) {
        uint32_t top = emitter->top;
        uint32_t target = rj_target_register(node->variable);

        rj_at(emitter, node);
        rj_initialize(emitter, node->variable, rj_emit_closure(emitter, node->function, target));
        emitter->top = top;
    }
}

void rj_enter_scope(struct rj_emitter *emitter, struct rj_scope_node *scope)
{
    uint32_t outer = rj_scope_register(emitter, scope->outer);

    number_captured(scope);
    if (scope->heap_count) {
        scope->reg = rj_temporary(emitter);
        rj_emit(emitter, RJ_OP_NEW_SCOPE, scope->reg, outer, 0, scope->heap_count);
    }
    place_variables(emitter, scope);
    if (scope != emitter->function->scope)
        rj_make_functions(emitter, scope);
}

/* The heap scope to begin at, and how many parents up from it the variable's is. */
static uint32_t way_to(struct rj_emitter *emitter, const struct rj_variable *variable,
                       uint32_t *depth)
{
    const struct rj_scope_node *scope = emitter->function->scope->outer;

    *depth = 0;
    if (variable->scope->function == emitter->function)
        return variable->scope->reg;
    for (; scope != variable->scope; scope = scope->outer)
        *depth += scope->heap_count > 0;
    return emitter->scope_register;
}

void rj_load_variable(struct rj_emitter *emitter, const struct rj_variable *variable, uint32_t into)
{
    uint32_t depth, scope;

    if (!variable->captured) {
        rj_emit_move(emitter, into, variable->index);
        return;
    }
    scope = way_to(emitter, variable, &depth);
    rj_emit(emitter, RJ_OP_GET_SCOPED, into, scope, variable->index, depth);
}

void rj_store_variable(struct rj_emitter *emitter, const struct rj_variable *variable,
                       uint32_t from)
{
    uint32_t depth, scope;

    if (!variable->captured) {
        rj_emit_move(emitter, variable->index, from);
        return;
    }
    scope = way_to(emitter, variable, &depth);
    rj_emit(emitter, RJ_OP_SET_SCOPED, from, scope, variable->index, depth);
}

void rj_initialize(struct rj_emitter *emitter, struct rj_variable *variable, uint32_t from)
{
    rj_store_variable(emitter, variable, from);
    if (!variable->captured)
        rj_set_local(emitter, variable->index, true);
}

uint32_t rj_target_register(const struct rj_variable *variable)
{
    return variable->captured ? RJ_ANYWHERE : variable->index;
}

void rj_check_variable(struct rj_emitter *emitter, struct rj_string *name, uint32_t reg)
{
    rj_emit(emitter, RJ_OP_CHECK_INITIALIZED, reg, 0, 0, rj_atom_constant(emitter, name));
}
