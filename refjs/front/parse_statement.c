/* Statements and declarations. */
#include "front/parser.h"

void rj_parse_statements(struct rj_front *front, struct rj_node **body, enum rj_token_kind end)
{
    struct rj_node *owner = rj_node(front, RJ_N_EMPTY);
    struct rj_list list = {0};

    while (rj_kind(front) != end)
        rj_append(&list, owner, rj_parse_statement(front));
    *body = owner->list;
}

struct rj_node *rj_parse_block(struct rj_front *front)
{
    struct rj_node *node = rj_node(front, RJ_N_BLOCK);

    rj_expect(front, RJ_T_LBRACE);
    node->scope = rj_scope_push(front, front->function);
    rj_parse_statements(front, &node->list, RJ_T_RBRACE);
    rj_advance(front);
    rj_scope_pop(front);
    return node;
}

static enum rj_variable_kind declared_kind(enum rj_token_kind kind)
{
    return kind == RJ_T_VAR ? RJ_V_VAR : kind == RJ_T_LET ? RJ_V_LET : RJ_V_CONST;
}

/* From here on the names of the pattern are initialized. */
static void set_position(struct rj_front *front, struct rj_node *target)
{
    if (target->kind == RJ_N_NAME) {
        struct rj_variable *variable = target->variable;

        if (variable->position == UINT32_MAX)
            variable->position = front->at;
        return;
    }
    for (struct rj_node *at = target->list; at; at = at->next) {
        if (at->kind == RJ_N_SPREAD)
            set_position(front, at->left);
        else if (at->kind != RJ_N_HOLE)
            set_position(front, at->right);
    }
}

/* A var with a value that the function always comes by: nobody sees it undefined before. */
static void set_defined(struct rj_front *front, const struct rj_node *target)
{
    struct rj_function_node *function = front->function;

    if (target->kind == RJ_N_NAME && target->variable->kind == RJ_V_VAR && function->depth == 1 &&
        target->variable->position == UINT32_MAX)
        target->variable->defined = true;
}

static struct rj_node *parse_declarator(struct rj_front *front, enum rj_variable_kind kind)
{
    struct rj_node *node = rj_node(front, RJ_N_DECLARATOR);

    node->left = rj_parse_binding(front, kind);
    if (rj_accept(front, RJ_T_ASSIGN)) {
        node->right = rj_inherit(node, rj_parse_assignment(front));
        if (node->left->kind == RJ_N_NAME)
            rj_infer_name(node->right, node->left->atom);
        set_defined(front, node->left);
    }
    return node;
}

static bool is_loop_keyword(struct rj_front *front)
{
    return rj_kind(front) == RJ_T_IN || rj_is_name(front, front->atoms.of);
}

/* The part of `let a = 1, b` behind let. In the head of a for the loop's own words may follow. */
static struct rj_node *parse_declarators(struct rj_front *front, bool in_for)
{
    struct rj_node *node = rj_node(front, RJ_N_DECLARE);
    enum rj_variable_kind kind = declared_kind(rj_kind(front));
    struct rj_list list = {0};

    rj_advance(front);
    node->op = (uint16_t)kind;
    do {
        struct rj_node *declarator = parse_declarator(front, kind);

        rj_append(&list, node, declarator);
        if (in_for && list.count == 1 && !declarator->right && is_loop_keyword(front))
            return node;
        if (!declarator->right && declarator->left->kind != RJ_N_NAME)
            rj_refuse(front, "Missing initializer in destructuring declaration");
        if (!declarator->right && kind == RJ_V_CONST)
            rj_refuse(front, "Missing initializer in const declaration");
        set_position(front, declarator->left);
    } while (rj_accept(front, RJ_T_COMMA));
    return node;
}

struct rj_node *rj_parse_declaration(struct rj_front *front)
{
    struct rj_node *node = parse_declarators(front, false);

    rj_semicolon(front);
    return node;
}

/* ---- control ---- */

static struct rj_node *parse_body(struct rj_front *front)
{
    enum rj_token_kind kind = rj_kind(front);

    if (kind == RJ_T_LET || kind == RJ_T_CONST || kind == RJ_T_CLASS)
        rj_refuse(front, "Lexical declaration cannot appear in a single-statement context");
    if (kind == RJ_T_FUNCTION)
        rj_refuse(front, "In strict mode code, functions can only be declared at top level or "
                         "inside a block.");
    return rj_parse_statement(front);
}

static struct rj_node *parse_condition(struct rj_front *front, struct rj_node *parent)
{
    struct rj_node *condition;

    rj_expect(front, RJ_T_LPAREN);
    condition = rj_inherit(parent, rj_parse_expression(front));
    rj_expect(front, RJ_T_RPAREN);
    return condition;
}

/* A chain of else if is as long as it likes. */
static struct rj_node *parse_if(struct rj_front *front)
{
    struct rj_node *first = rj_node(front, RJ_N_IF), *node = first;

    for (;;) {
        rj_advance(front);
        node->left = parse_condition(front, node);
        node->right = parse_body(front);
        if (!rj_accept(front, RJ_T_ELSE))
            return first;
        if (rj_kind(front) != RJ_T_IF) {
            node->third = parse_body(front);
            return first;
        }
        node->third = rj_node(front, RJ_N_IF);
        node = node->third;
    }
}

static struct rj_node *parse_while(struct rj_front *front)
{
    struct rj_node *node = rj_node(front, RJ_N_WHILE);

    rj_advance(front);
    node->left = parse_condition(front, node);
    node->right = parse_body(front);
    return node;
}

static struct rj_node *parse_do(struct rj_front *front)
{
    struct rj_node *node = rj_node(front, RJ_N_DO);

    rj_advance(front);
    node->right = parse_body(front);
    rj_expect(front, RJ_T_WHILE);
    node->left = parse_condition(front, node);
    rj_accept(front, RJ_T_SEMICOLON); /* may be left out even on the same line */
    return node;
}

static struct rj_node *parse_for_each(struct rj_front *front, struct rj_node *node)
{
    bool of = rj_kind(front) != RJ_T_IN;

    rj_advance(front);
    rj_effect(front);
    node->kind = of ? RJ_N_FOR_OF : RJ_N_FOR_IN;
    node->right = of ? rj_parse_assignment(front) : rj_parse_expression(front);
    rj_expect(front, RJ_T_RPAREN);
    if (node->left->kind == RJ_N_DECLARE)
        set_position(front, node->left->list->left);
    node->fourth = parse_body(front);
    return node;
}

/* What stands first in the head of a for. */
static struct rj_node *parse_for_first(struct rj_front *front)
{
    enum rj_token_kind kind = rj_kind(front);
    struct rj_node *first;

    if (kind == RJ_T_SEMICOLON)
        return NULL;
    front->no_in = true;
    if (kind == RJ_T_VAR || kind == RJ_T_LET || kind == RJ_T_CONST) {
        first = parse_declarators(front, true);
    } else if ((kind == RJ_T_LBRACKET || kind == RJ_T_LBRACE) &&
               (rj_behind(front)->kind == RJ_T_IN || (rj_behind(front)->kind == RJ_T_NAME &&
                                                      rj_behind(front)->atom == front->atoms.of))) {
        first = rj_parse_pattern(front, -1);
    } else {
        first = rj_parse_expression(front);
        if (is_loop_keyword(front))
            rj_make_target(front, first);
    }
    front->no_in = false;
    return first;
}

static struct rj_node *parse_for(struct rj_front *front)
{
    struct rj_node *node = rj_node(front, RJ_N_FOR);

    rj_advance(front);
    if (rj_is_name(front, front->atoms.await))
        rj_refuse(front, "Async functions are not supported by refjs");
    rj_expect(front, RJ_T_LPAREN);
    node->scope = rj_scope_push(front, front->function);
    node->left = parse_for_first(front);
    if (node->left && is_loop_keyword(front)) {
        if (node->left->kind == RJ_N_DECLARE && (node->left->list->right || node->left->list->next))
            rj_refuse(front, "for-of and for-in loop variable declarations are one name or "
                             "pattern without an initializer.");
        parse_for_each(front, node);
        rj_scope_pop(front);
        return node;
    }
    rj_expect(front, RJ_T_SEMICOLON);
    if (rj_kind(front) != RJ_T_SEMICOLON)
        node->right = rj_inherit(node, rj_parse_expression(front));
    rj_expect(front, RJ_T_SEMICOLON);
    if (rj_kind(front) != RJ_T_RPAREN)
        node->third = rj_parse_expression(front);
    rj_expect(front, RJ_T_RPAREN);
    node->fourth = parse_body(front);
    rj_scope_pop(front);
    return node;
}

static struct rj_node *parse_return(struct rj_front *front)
{
    struct rj_node *node = rj_node(front, RJ_N_RETURN);

    if (front->function->flags & RJ_CODE_SCRIPT ||
        (front->function->class && front->function == front->function->class->static_init))
        rj_refuse(front, "Illegal return statement");
    rj_advance(front);
    if (rj_kind(front) != RJ_T_SEMICOLON && rj_kind(front) != RJ_T_RBRACE &&
        rj_kind(front) != RJ_T_END && !rj_token(front)->newline)
        node->left = rj_parse_expression(front);
    rj_semicolon(front);
    return node;
}

static struct rj_node *parse_jump(struct rj_front *front, enum rj_node_kind kind)
{
    struct rj_node *node = rj_node(front, kind);

    rj_advance(front);
    if (rj_kind(front) == RJ_T_NAME && !rj_token(front)->newline)
        node->atom = rj_binding_name(front);
    rj_semicolon(front);
    return node;
}

static struct rj_node *parse_throw(struct rj_front *front)
{
    struct rj_node *node = rj_node(front, RJ_N_THROW);

    rj_advance(front);
    if (rj_token(front)->newline)
        rj_refuse(front, "Illegal newline after throw");
    rj_effect(front);
    node->left = rj_parse_expression(front);
    rj_semicolon(front);
    return node;
}

static struct rj_node *parse_try(struct rj_front *front)
{
    struct rj_node *node = rj_node(front, RJ_N_TRY);

    rj_advance(front);
    node->left = rj_parse_block(front);
    if (rj_accept(front, RJ_T_CATCH)) {
        node->scope = rj_scope_push(front, front->function);
        node->scope->is_catch = true;
        if (rj_accept(front, RJ_T_LPAREN)) {
            bool plain = rj_kind(front) == RJ_T_NAME;

            node->right = rj_parse_binding(front, plain ? RJ_V_CATCH : RJ_V_LET);
            set_position(front, node->right);
            rj_expect(front, RJ_T_RPAREN);
        }
        node->third = rj_parse_block(front);
        rj_scope_pop(front);
    }
    if (rj_accept(front, RJ_T_FINALLY))
        node->fourth = rj_parse_block(front);
    if (!node->third && !node->fourth)
        rj_refuse(front, "Missing catch or finally after try");
    return node;
}

static struct rj_node *parse_case(struct rj_front *front)
{
    struct rj_node *node = rj_node(front, RJ_N_CASE);
    struct rj_list list = {0};

    if (rj_accept(front, RJ_T_CASE))
        node->left = rj_inherit(node, rj_parse_expression(front));
    else
        rj_expect(front, RJ_T_DEFAULT);
    rj_expect(front, RJ_T_COLON);
    while (rj_kind(front) != RJ_T_CASE && rj_kind(front) != RJ_T_DEFAULT &&
           rj_kind(front) != RJ_T_RBRACE)
        rj_append(&list, node, rj_parse_statement(front));
    return node;
}

static struct rj_node *parse_switch(struct rj_front *front)
{
    struct rj_node *node = rj_node(front, RJ_N_SWITCH);
    struct rj_list list = {0};
    bool has_default = false;

    rj_advance(front);
    node->left = parse_condition(front, node);
    rj_expect(front, RJ_T_LBRACE);
    node->scope = rj_scope_push(front, front->function);
    node->scope->is_switch = true;
    while (rj_kind(front) != RJ_T_RBRACE) {
        if (rj_kind(front) == RJ_T_DEFAULT) {
            if (has_default)
                rj_refuse(front, "More than one default clause in switch statement");
            has_default = true;
        }
        rj_append(&list, node, parse_case(front));
    }
    rj_advance(front);
    rj_scope_pop(front);
    return node;
}

static struct rj_node *parse_expression_statement(struct rj_front *front)
{
    struct rj_function_node *function = front->function;
    struct rj_node *node = rj_node(front, RJ_N_EXPRESSION);

    if (rj_kind(front) == RJ_T_NAME && rj_ahead(front, 1)->kind == RJ_T_COLON) {
        node->kind = RJ_N_LABEL;
        node->atom = rj_binding_name(front);
        rj_advance(front);
        node->left = parse_body(front);
        return node;
    }
    if (rj_is_name(front, front->atoms.async) && rj_ahead(front, 1)->kind == RJ_T_FUNCTION &&
        !rj_ahead(front, 1)->newline)
        rj_refuse(front, "Async functions are not supported by refjs");
    node->left = rj_inherit(node, rj_parse_expression(front));
    rj_semicolon(front);
    if (node->left->kind == RJ_N_SUPER_CALL && function->depth == 1 && !function->super_end)
        function->super_end = front->at;
    return node;
}

static struct rj_node *parse_simple(struct rj_front *front, enum rj_node_kind kind)
{
    struct rj_node *node = rj_node(front, kind);

    rj_advance(front);
    if (kind == RJ_N_DEBUGGER)
        rj_semicolon(front);
    return node;
}

static struct rj_node *parse_any(struct rj_front *front)
{
    switch (rj_kind(front)) {
    case RJ_T_LBRACE:
        return rj_parse_block(front);
    case RJ_T_SEMICOLON:
        return parse_simple(front, RJ_N_EMPTY);
    case RJ_T_VAR:
    case RJ_T_LET:
    case RJ_T_CONST:
        return rj_parse_declaration(front);
    case RJ_T_FUNCTION:
        return rj_parse_function(front, true);
    case RJ_T_CLASS:
        return rj_parse_class(front, true);
    case RJ_T_IF:
        return parse_if(front);
    case RJ_T_WHILE:
        return parse_while(front);
    case RJ_T_DO:
        return parse_do(front);
    case RJ_T_FOR:
        return parse_for(front);
    case RJ_T_RETURN:
        return parse_return(front);
    case RJ_T_BREAK:
        return parse_jump(front, RJ_N_BREAK);
    case RJ_T_CONTINUE:
        return parse_jump(front, RJ_N_CONTINUE);
    case RJ_T_THROW:
        return parse_throw(front);
    case RJ_T_TRY:
        return parse_try(front);
    case RJ_T_SWITCH:
        return parse_switch(front);
    case RJ_T_DEBUGGER:
        return parse_simple(front, RJ_N_DEBUGGER);
    case RJ_T_WITH:
        rj_refuse(front, "Strict mode code may not include a with statement");
    case RJ_T_EXPORT:
        rj_refuse(front, "Modules are not supported by refjs");
    case RJ_T_IMPORT:
        rj_refuse(front, "Modules are not supported by refjs");
    default:
        return parse_expression_statement(front);
    }
}

struct rj_node *rj_parse_statement(struct rj_front *front)
{
    struct rj_node *node;
    struct rj_function_node *function = front->function;

    rj_check_stack(front);
    function->depth++;
    node = parse_any(front);
    function->depth--;
    return node;
}
