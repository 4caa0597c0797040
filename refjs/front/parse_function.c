/* Functions and arrows. */
#include "front/parser.h"

/* What a function's own parsing replaces meanwhile. */
struct outside {
    struct rj_function_node *function;
    struct rj_scope_node *scope;
    bool no_in;
};

static struct outside enter(struct rj_front *front, struct rj_function_node *function)
{
    struct outside outside = {front->function, front->scope, front->no_in};

    front->function = function;
    front->scope = function->scope;
    front->no_in = false;
    return outside;
}

static void leave(struct rj_front *front, const struct outside *outside)
{
    front->function = outside->function;
    front->scope = outside->scope;
    front->no_in = outside->no_in;
}

struct rj_function_node *rj_this_owner(struct rj_function_node *function)
{
    while (function->flags & RJ_CODE_ARROW)
        function = function->parent;
    return function;
}

struct rj_function_node *rj_make_function(struct rj_front *front, struct rj_string *name,
                                          uint32_t flags)
{
    struct rj_function_node *function = rj_arena(front, sizeof(*function));
    struct rj_scope_node *around = front->scope;
    const struct rj_token *token = rj_token(front);

    function->parent = front->function;
    function->name = name;
    function->flags = flags;
    function->line = token->line;
    function->column = token->column;
    function->start = front->at;
    function->first_effect = UINT32_MAX;
    function->declared_in = around;
    if (front->function)
        front->function->uses_scope = true;
    function->scope = rj_scope_push(front, function);
    front->scope = around;
    return function;
}

static void parse_parameter(struct rj_front *front, struct rj_function_node *function,
                            struct rj_node *list_owner, struct rj_list *list)
{
    struct rj_node *node;

    if (rj_kind(front) == RJ_T_DOTS) {
        node = rj_node(front, RJ_N_SPREAD);
        rj_advance(front);
        node->left = rj_parse_binding(front, RJ_V_PARAMETER);
        rj_append(list, list_owner, node);
        if (rj_kind(front) != RJ_T_RPAREN)
            rj_refuse(front, "Rest parameter must be last formal parameter");
        return;
    }
    node = rj_node(front, RJ_N_TARGET);
    node->right = rj_parse_binding(front, RJ_V_PARAMETER);
    if (rj_accept(front, RJ_T_ASSIGN)) {
        node->third = rj_parse_assignment(front);
        if (node->right->kind == RJ_N_NAME)
            rj_infer_name(node->third, node->right->atom);
    } else if (function->length == function->parameter_count) {
        function->length++;
    }
    function->parameter_count++;
    rj_append(list, list_owner, node);
}

static void parse_parameters(struct rj_front *front, struct rj_function_node *function)
{
    struct rj_node *owner = rj_node(front, RJ_N_EMPTY);
    struct rj_list list = {0};

    rj_expect(front, RJ_T_LPAREN);
    while (rj_kind(front) != RJ_T_RPAREN) {
        parse_parameter(front, function, owner, &list);
        if (rj_kind(front) != RJ_T_RPAREN)
            rj_expect(front, RJ_T_COMMA);
    }
    rj_advance(front);
    function->parameters = owner->list;
}

/* "use strict" changes nothing here, but not every function may say it. */
static void check_directive(struct rj_front *front, const struct rj_function_node *function)
{
    const struct rj_token *token = rj_token(front);

    if (token->kind != RJ_T_STRING || token->end - token->start != sizeof("'use strict'") - 1 ||
        memcmp(front->source + token->start + 1, "use strict", 10) != 0)
        return;
    for (const struct rj_node *at = function->parameters; at; at = at->next) {
        if (at->kind == RJ_N_SPREAD || at->third || at->right->kind != RJ_N_NAME)
            rj_refuse(front, "Illegal 'use strict' directive in function with non-simple "
                             "parameter list");
    }
}

static void parse_body(struct rj_front *front, struct rj_function_node *function)
{
    rj_expect(front, RJ_T_LBRACE);
    check_directive(front, function);
    rj_parse_statements(front, &function->body, RJ_T_RBRACE);
    rj_expect(front, RJ_T_RBRACE);
}

void rj_parse_function_rest(struct rj_front *front, struct rj_function_node *function)
{
    struct outside outside = enter(front, function);

    parse_parameters(front, function);
    parse_body(front, function);
    leave(front, &outside);
}

bool rj_is_arrow(const struct rj_front *front)
{
    const struct rj_token *arrow;

    if (rj_kind(front) == RJ_T_NAME)
        arrow = rj_ahead(front, 1);
    else if (rj_kind(front) == RJ_T_LPAREN)
        arrow = rj_behind(front);
    else
        return false;
    return arrow->kind == RJ_T_ARROW && !arrow->newline;
}

struct rj_node *rj_parse_arrow(struct rj_front *front)
{
    struct rj_node *node = rj_node(front, RJ_N_FUNCTION);
    struct rj_function_node *function = rj_make_function(front, NULL, RJ_CODE_ARROW);
    bool no_in = front->no_in;
    struct outside outside;

    outside = enter(front, function);
    node->function = function;
    node->flags |= RJ_NODE_FUNCTION;
    if (rj_kind(front) == RJ_T_NAME) {
        struct rj_node *owner = rj_node(front, RJ_N_EMPTY);
        struct rj_list list = {0};

        parse_parameter(front, function, owner, &list);
        function->parameters = owner->list;
    } else {
        parse_parameters(front, function);
    }
    rj_expect(front, RJ_T_ARROW);
    if (rj_kind(front) == RJ_T_LBRACE) {
        parse_body(front, function);
    } else {
        front->no_in = no_in;
        function->expression = rj_parse_assignment(front);
    }
    leave(front, &outside);
    return node;
}

struct rj_node *rj_parse_method(struct rj_front *front, struct rj_string *name, uint32_t flags)
{
    struct rj_node *node = rj_node(front, RJ_N_FUNCTION);

    rj_check_stack(front);
    node->function = rj_make_function(front, name, flags);
    node->flags |= RJ_NODE_FUNCTION;
    rj_parse_function_rest(front, node->function);
    return node;
}

void rj_check_accessor(struct rj_front *front, const struct rj_node *node,
                       const struct rj_function_node *function)
{
    const struct rj_node *parameters = function->parameters;

    if (node->op == RJ_GETTER && parameters)
        rj_fail(front, node->line, node->column, "Getter must not have any formal parameters.");
    if (node->op == RJ_SETTER &&
        (!parameters || parameters->next || parameters->kind == RJ_N_SPREAD))
        rj_fail(front, node->line, node->column, "Setter must have exactly one formal parameter.");
}

/* A declaration is made when its block is entered. */
static void hoist(struct rj_front *front, struct rj_node *node, struct rj_string *name)
{
    struct rj_scope_node *scope = front->scope;

    node->variable = rj_declare(front, name, RJ_V_FUNCTION, node);
    node->function->is_hoisted = true;
    node->function->declared_in = scope;
    *scope->functions_end = node;
    scope->functions_end = &node->next;
}

struct rj_node *rj_parse_function(struct rj_front *front, bool declaration)
{
    struct rj_node *node = rj_node(front, RJ_N_FUNCTION);
    struct rj_string *name = NULL;
    uint32_t start = front->at;

    rj_advance(front);
    if (rj_kind(front) == RJ_T_MUL)
        rj_refuse(front, "Generators are not supported by refjs");
    if (declaration || rj_kind(front) == RJ_T_NAME)
        name = rj_binding_name(front);
    node->function = rj_make_function(front, name, 0);
    node->function->start = start;
    node->function->line = node->line;
    node->function->column = node->column;
    node->function->has_self = name && !declaration;
    node->flags |= RJ_NODE_FUNCTION;
    if (declaration)
        hoist(front, node, name);
    rj_parse_function_rest(front, node->function);
    return declaration ? rj_node(front, RJ_N_EMPTY) : node;
}
