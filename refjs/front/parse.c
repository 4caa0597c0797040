/* What all parts of the parser use, and the program as a whole. */
#include "front/parser.h"

bool rj_accept(struct rj_front *front, enum rj_token_kind kind)
{
    if (rj_kind(front) != kind)
        return false;
    rj_advance(front);
    return true;
}

void rj_expect(struct rj_front *front, enum rj_token_kind kind)
{
    if (!rj_accept(front, kind))
        rj_unexpected(front);
}

bool rj_is_name(const struct rj_front *front, const struct rj_string *atom)
{
    return rj_kind(front) == RJ_T_NAME && front->tokens[front->at].atom == atom;
}

_Noreturn void rj_refuse(struct rj_front *front, const char *message)
{
    const struct rj_token *token = rj_token(front);

    if (token->kind == RJ_T_ERROR)
        message = token->message;
    rj_fail(front, token->line, token->column, "%s", message);
}

_Noreturn void rj_unexpected(struct rj_front *front)
{
    const struct rj_token *token = rj_token(front);

    switch (token->kind) {
    case RJ_T_ERROR:
        rj_fail(front, token->line, token->column, "%s", token->message);
    case RJ_T_END:
        rj_fail(front, token->line, token->column, "Unexpected end of input");
    case RJ_T_NAME:
        rj_fail(front, token->line, token->column, "Unexpected identifier '%s'",
                rj_atom_utf8(front, token->atom));
    case RJ_T_NUMBER:
    case RJ_T_STRING:
    case RJ_T_TEMPLATE:
    case RJ_T_TEMPLATE_OPEN:
        rj_fail(front, token->line, token->column, "Unexpected %s", rj_token_text(token->kind));
    case RJ_T_ENUM:
        rj_fail(front, token->line, token->column, "Unexpected reserved word");
    case RJ_T_LET:
    case RJ_T_IMPLEMENTS:
    case RJ_T_INTERFACE:
    case RJ_T_PACKAGE:
    case RJ_T_PRIVATE:
    case RJ_T_PROTECTED:
    case RJ_T_PUBLIC:
    case RJ_T_STATIC:
    case RJ_T_YIELD:
        rj_fail(front, token->line, token->column, "Unexpected strict mode reserved word");
    case RJ_T_HASH:
        rj_fail(front, token->line, token->column, "Private names are not supported by refjs");
    default:
        rj_fail(front, token->line, token->column, "Unexpected token '%s'",
                rj_token_text(token->kind));
    }
}

void rj_semicolon(struct rj_front *front)
{
    if (rj_accept(front, RJ_T_SEMICOLON))
        return;
    if (rj_kind(front) != RJ_T_RBRACE && rj_kind(front) != RJ_T_END && !rj_token(front)->newline)
        rj_unexpected(front);
}

const struct rj_token *rj_behind(const struct rj_front *front)
{
    uint32_t match = front->tokens[front->at].match;

    return match ? rj_ahead(front, match - front->at + 1) : &front->tokens[front->token_count - 1];
}

struct rj_string *rj_binding_name(struct rj_front *front)
{
    struct rj_string *name = rj_token(front)->atom;

    if (rj_kind(front) != RJ_T_NAME)
        rj_unexpected(front);
    rj_advance(front);
    return name;
}

struct rj_node *rj_node(struct rj_front *front, enum rj_node_kind kind)
{
    struct rj_node *node = rj_arena(front, sizeof(*node));
    const struct rj_token *token = rj_token(front);

    node->kind = (uint8_t)kind;
    node->op = RJ_NO_OP;
    node->line = token->line;
    node->column = token->column;
    node->position = front->at;
    node->size = 1;
    return node;
}

struct rj_node *rj_node_at(struct rj_front *front, enum rj_node_kind kind,
                           const struct rj_node *place)
{
    struct rj_node *node = rj_node(front, kind);

    node->line = place->line;
    node->column = place->column;
    node->position = place->position;
    return node;
}

struct rj_node *rj_inherit(struct rj_node *parent, struct rj_node *child)
{
    if (child) {
        parent->flags |= child->flags & RJ_NODE_INHERITED;
        parent->size += child->size;
    }
    return child;
}

void rj_append(struct rj_list *list, struct rj_node *parent, struct rj_node *child)
{
    if (!list->end)
        list->end = &parent->list;
    *list->end = rj_inherit(parent, child);
    list->end = &child->next;
    list->count++;
}

void rj_effect(struct rj_front *front)
{
    if (front->at < front->function->first_effect)
        front->function->first_effect = front->at;
}

void rj_infer_name(struct rj_node *value, struct rj_string *name)
{
    if (!value)
        return;
    if (value->kind == RJ_N_FUNCTION && !value->function->name)
        value->function->name = name;
    if (value->kind == RJ_N_CLASS && !value->class->constructor->name)
        value->class->constructor->name = name;
}

struct rj_function_node *rj_parse(struct rj_front *front)
{
    struct rj_function_node *script = rj_make_function(front, NULL, RJ_CODE_SCRIPT);

    front->function = script;
    front->scope = script->scope;
    rj_parse_statements(front, &script->body, RJ_T_END);
    front->scope = NULL;
    return script;
}
