#include "front/scope.h"

enum { SMALL_SCOPE = 8 };

struct rj_scope_node *rj_scope_push(struct rj_front *front, struct rj_function_node *function)
{
    struct rj_scope_node *scope = rj_arena(front, sizeof(*scope));

    scope->parent = scope->outer = front->scope;
    scope->function = function;
    scope->start = front->at;
    scope->hoisted_reference = UINT32_MAX;
    scope->functions_end = &scope->functions;
    front->scope = scope;
    return scope;
}

void rj_scope_pop(struct rj_front *front)
{
    front->scope = front->scope->parent;
}

static uint32_t slot_of(const struct rj_scope_node *scope, const struct rj_string *name)
{
    uint32_t at = (uint32_t)(((uintptr_t)name >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 32);

    for (;; at++) {
        const struct rj_variable *variable = scope->table[at & (scope->table_size - 1)];

        if (!variable || variable->name == name)
            return at & (scope->table_size - 1);
    }
}

static struct rj_variable *find_here(const struct rj_scope_node *scope,
                                     const struct rj_string *name)
{
    if (scope->table)
        return scope->table[slot_of(scope, name)];
    for (struct rj_variable *variable = scope->first; variable; variable = variable->next) {
        if (variable->name == name)
            return variable;
    }
    return NULL;
}

static void grow_table(struct rj_front *front, struct rj_scope_node *scope)
{
    scope->table_size = scope->table_size ? scope->table_size * 2 : 4 * SMALL_SCOPE;
    scope->table = rj_arena(front, scope->table_size * sizeof(struct rj_variable *));
    for (struct rj_variable *variable = scope->first; variable; variable = variable->next) {
        if (variable->name)
            scope->table[slot_of(scope, variable->name)] = variable;
    }
}

static struct rj_variable *add(struct rj_front *front, struct rj_scope_node *scope,
                               struct rj_string *name, enum rj_variable_kind kind)
{
    struct rj_variable *variable = rj_arena(front, sizeof(*variable));

    *variable = (struct rj_variable){
        .name = name, .kind = kind, .scope = scope, .first = UINT32_MAX, .position = UINT32_MAX};
    if (scope->last)
        scope->last->next = variable;
    else
        scope->first = variable;
    scope->last = variable;
    scope->count++;
    if (scope->count > SMALL_SCOPE && scope->count * 2 > scope->table_size)
        grow_table(front, scope);
    else if (scope->table && name)
        scope->table[slot_of(scope, name)] = variable;
    return variable;
}

_Noreturn static void taken(struct rj_front *front, struct rj_string *name,
                            const struct rj_node *node)
{
    rj_fail(front, node->line, node->column, "Identifier '%s' has already been declared",
            rj_atom_utf8(front, name));
}

static bool is_function_scope(const struct rj_scope_node *scope)
{
    return scope == scope->function->scope;
}

/* A var passes the blocks around it, where nothing else may have its name. */
static struct rj_variable *declare_var(struct rj_front *front, struct rj_string *name,
                                       const struct rj_node *node)
{
    struct rj_scope_node *scope = front->scope;
    struct rj_scope_node *body = scope->function->scope;
    struct rj_variable *found = find_here(body, name);

    if (found && found->kind != RJ_V_VAR && found->kind != RJ_V_PARAMETER &&
        found->kind != RJ_V_FUNCTION)
        taken(front, name, node);
    if (!found)
        found = add(front, body, name, RJ_V_VAR);
    for (; scope != body; scope = scope->parent) {
        struct rj_variable *here = find_here(scope, name);

        if (here && here->kind != RJ_V_PASSING && here->kind != RJ_V_CATCH)
            taken(front, name, node);
        if (!here)
            add(front, scope, name, RJ_V_PASSING)->alias = found;
    }
    return found;
}

struct rj_variable *rj_declare(struct rj_front *front, struct rj_string *name,
                               enum rj_variable_kind kind, const struct rj_node *node)
{
    struct rj_scope_node *scope = front->scope;
    struct rj_variable *found;

    if (name == front->atoms.arguments || name == front->atoms.eval)
        rj_fail(front, node->line, node->column, "Unexpected eval or arguments in strict mode");
    if (kind == RJ_V_VAR)
        return declare_var(front, name, node);
    found = find_here(scope, name);
    if (!found && scope->parent && scope->parent->is_catch && kind != RJ_V_CLASS_INNER)
        found = find_here(scope->parent, name);
    if (!found)
        return add(front, scope, name, kind);
    if (kind == RJ_V_FUNCTION && is_function_scope(scope) &&
        (found->kind == RJ_V_VAR || found->kind == RJ_V_FUNCTION ||
         found->kind == RJ_V_PARAMETER)) {
        found->assigned = true; /* it has more than one value */
        if (found->kind == RJ_V_VAR)
            found->kind = RJ_V_FUNCTION;
        return found;
    }
    if (kind == RJ_V_PARAMETER)
        rj_fail(front, node->line, node->column,
                "Duplicate parameter name not allowed in this context");
    taken(front, name, node);
}

struct rj_variable *rj_declare_hidden(struct rj_front *front, struct rj_scope_node *scope)
{
    return add(front, scope, NULL, RJ_V_HIDDEN);
}

void rj_refer(struct rj_front *front, struct rj_node *node)
{
    if (front->reference_count == front->reference_capacity)
        front->references = rj_grow(front, front->references, front->reference_count,
                                    &front->reference_capacity, sizeof(*front->references));
    front->references[front->reference_count++] = (struct rj_reference){node, front->scope};
}

/* Every function from `inner` out to the owner's needs its scope. */
static void capture_from(struct rj_function_node *inner, struct rj_function_node *owner,
                         struct rj_variable *variable)
{
    variable->captured = true;
    for (; inner && inner != owner && !inner->uses_scope; inner = inner->parent)
        inner->uses_scope = true;
}

void rj_capture(struct rj_front *front, struct rj_function_node *owner,
                struct rj_variable *variable)
{
    if (front->function != owner)
        capture_from(front->function, owner, variable);
}

/* What every function has without declaring it. */
static struct rj_variable *find_implicit(struct rj_front *front, struct rj_scope_node *scope,
                                         struct rj_string *name)
{
    struct rj_function_node *function = scope->function;

    if (!is_function_scope(scope) || (function->flags & RJ_CODE_SCRIPT))
        return NULL;
    if (name == front->atoms.arguments && !(function->flags & RJ_CODE_ARROW))
        return function->arguments = add(front, scope, name, RJ_V_VAR);
    if (function->has_self && name == function->name)
        return function->self = add(front, scope, name, RJ_V_SELF);
    return NULL;
}

static struct rj_variable *look_up(struct rj_front *front, struct rj_scope_node *scope,
                                   struct rj_string *name)
{
    for (; scope; scope = scope->parent) {
        struct rj_variable *found = find_here(scope, name);

        if (!found)
            found = find_implicit(front, scope, name);
        if (found)
            return found->alias && found->kind == RJ_V_PASSING ? found->alias : found;
    }
    return NULL;
}

/* The function directly inside the variable's that `function` is, or is in. */
static struct rj_function_node *child_of(struct rj_function_node *function,
                                         const struct rj_variable *variable)
{
    while (function->parent != variable->scope->function)
        function = function->parent;
    return function;
}

/* Where code of `function` can run at the earliest, seen from the variable's function. */
static uint32_t earliest(const struct rj_reference *reference, const struct rj_variable *variable)
{
    struct rj_function_node *function = reference->scope->function;

    if (function == variable->scope->function)
        return reference->node->position;
    function = child_of(function, variable);
    if (!function->is_hoisted)
        return function->start;
    if (function->declared_in != variable->scope)
        return function->declared_in->start;
    return variable->scope->hoisted_reference;
}

/* First round: what the names mean, and from where on the functions of each scope may run. */
static void find_all(struct rj_front *front)
{
    for (uint32_t i = 0; i < front->reference_count; i++) {
        struct rj_reference *reference = &front->references[i];
        struct rj_node *node = reference->node;
        struct rj_variable *variable = look_up(front, reference->scope, node->atom);

        node->variable = variable;
        if (!variable)
            continue;
        if (node->flags & RJ_NODE_ASSIGNS)
            variable->assigned = true;
        if (variable->kind == RJ_V_FUNCTION) {
            uint32_t position = earliest(reference, variable);

            if (position < variable->scope->hoisted_reference)
                variable->scope->hoisted_reference = position;
        }
    }
}

static bool is_lexical(const struct rj_variable *variable)
{
    return variable->kind == RJ_V_LET || variable->kind == RJ_V_CONST ||
           variable->kind == RJ_V_CLASS || variable->kind == RJ_V_CLASS_INNER;
}

/* May the variable be uninitialized at the reference? */
static bool needs_check(const struct rj_reference *reference, const struct rj_variable *variable)
{
    struct rj_function_node *function = reference->scope->function;
    struct rj_function_node *owner = variable->scope->function;

    if (!is_lexical(variable))
        return false;
    if (function == owner)
        return variable->scope->is_switch || reference->node->position < variable->position;
    function = child_of(function, variable);
    /* Members cannot run before their class is there. */
    if (function->class &&
        (function->class->inner == variable || function->class->outer == variable))
        return false;
    if (variable->scope->is_switch)
        return true;
    if (variable->scope == owner->scope && variable->position <= owner->first_effect)
        return false;
    return earliest(reference, variable) < variable->position;
}

/* Second round: captures and checks. */
static void settle(struct rj_reference *reference)
{
    struct rj_node *node = reference->node;
    struct rj_variable *variable = node->variable;
    struct rj_function_node *function = reference->scope->function;

    /* The inner name of a class is the outer one if that never changes. */
    if (variable->kind == RJ_V_CLASS_INNER && variable->alias && !variable->alias->assigned &&
        !variable->assigned)
        variable = node->variable = variable->alias;
    variable->referenced = true;
    if (node->position < variable->first)
        variable->first = node->position;
    if (needs_check(reference, variable)) {
        node->flags |= RJ_NODE_CHECK;
        variable->checked = true;
    }
    if (function != variable->scope->function)
        capture_from(function, variable->scope->function, variable);
}

void rj_resolve(struct rj_front *front)
{
    find_all(front);
    for (uint32_t i = 0; i < front->reference_count; i++) {
        if (front->references[i].node->variable)
            settle(&front->references[i]);
    }
}
