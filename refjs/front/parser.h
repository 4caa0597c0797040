/* Tokens to a tree. Recursive descent; the parts call each other through what is here. */
#ifndef RJ_FRONT_PARSER_H
#define RJ_FRONT_PARSER_H

#include "front/scope.h"

/* Read front->tokens; front->function becomes the script's. */
struct rj_function_node *rj_parse(struct rj_front *front);

/* ---- tokens (parse.c) ---- */

static inline struct rj_token *rj_token(struct rj_front *front)
{
    return &front->tokens[front->at];
}

static inline enum rj_token_kind rj_kind(const struct rj_front *front)
{
    return front->tokens[front->at].kind;
}

/* The last token is END or ERROR: what is behind it is it again. */
static inline const struct rj_token *rj_ahead(const struct rj_front *front, uint32_t count)
{
    uint32_t last = front->token_count - 1;

    return &front->tokens[last - front->at < count ? last : front->at + count];
}

static inline void rj_advance(struct rj_front *front)
{
    if (front->at < front->token_count - 1)
        front->at++;
}

bool rj_accept(struct rj_front *front, enum rj_token_kind kind);
void rj_expect(struct rj_front *front, enum rj_token_kind kind);
bool rj_is_name(const struct rj_front *front,
                const struct rj_string *atom);                         /* here, of that text */
_Noreturn void rj_unexpected(struct rj_front *front);                  /* the token here */
_Noreturn void rj_refuse(struct rj_front *front, const char *message); /* at the token here */
void rj_semicolon(struct rj_front *front);
/* What follows the partner of the opening bracket here. */
const struct rj_token *rj_behind(const struct rj_front *front);
struct rj_string *rj_binding_name(struct rj_front *front);

/* ---- nodes (parse.c) ---- */

struct rj_list {
    struct rj_node *first;
    struct rj_node **end;
    uint32_t count;
};

struct rj_node *rj_node(struct rj_front *front, enum rj_node_kind kind);
struct rj_node *rj_node_at(struct rj_front *front, enum rj_node_kind kind,
                           const struct rj_node *place);
/* The parent has what RJ_NODE_INHERITED says from its child, which may be NULL; returns it. */
struct rj_node *rj_inherit(struct rj_node *parent, struct rj_node *child);
/* Append to parent->list. */
void rj_append(struct rj_list *list, struct rj_node *parent, struct rj_node *child);
void rj_effect(struct rj_front *front); /* code here may call functions that we do not know */
void rj_infer_name(struct rj_node *value, struct rj_string *name);

/* ---- the parts ---- */

struct rj_node *rj_parse_expression(struct rj_front *front); /* with commas */
struct rj_node *rj_parse_assignment(struct rj_front *front);
struct rj_node *rj_parse_left_hand(struct rj_front *front);
struct rj_node *rj_parse_primary(struct rj_front *front);
struct rj_node *rj_parse_super(struct rj_front *front);
/* What may be assigned; marks it as such. */
void rj_make_target(struct rj_front *front, struct rj_node *node);
/* Values up to the closing bracket, which is read too. */
void rj_parse_arguments(struct rj_front *front, struct rj_node *parent);

/* {a, b: c} or [a, b] at the token here. `kind` of the variables it declares, or -1 when it
 * assigns. */
struct rj_node *rj_parse_pattern(struct rj_front *front, int kind);
/* The same, or a name. */
struct rj_node *rj_parse_binding(struct rj_front *front, int kind);
/* The key of a property: node->atom, or node->left with RJ_NODE_COMPUTED. */
void rj_parse_key(struct rj_front *front, struct rj_node *node);

struct rj_node *rj_parse_statement(struct rj_front *front);
void rj_parse_statements(struct rj_front *front, struct rj_node **body, enum rj_token_kind end);
struct rj_node *rj_parse_block(struct rj_front *front);
struct rj_node *rj_parse_declaration(struct rj_front *front);

bool rj_is_arrow(const struct rj_front *front);
struct rj_node *rj_parse_arrow(struct rj_front *front);
struct rj_node *rj_parse_function(struct rj_front *front, bool declaration);
/* From the parameters on. */
struct rj_node *rj_parse_method(struct rj_front *front, struct rj_string *name, uint32_t flags);
/* SyntaxError unless a getter has none and a setter one. */
void rj_check_accessor(struct rj_front *front, const struct rj_node *node,
                       const struct rj_function_node *function);
/* Parameters and body of a function that is there already. */
void rj_parse_function_rest(struct rj_front *front, struct rj_function_node *function);
struct rj_function_node *rj_make_function(struct rj_front *front, struct rj_string *name,
                                          uint32_t flags);
/* The function whose this an arrow sees. */
struct rj_function_node *rj_this_owner(struct rj_function_node *function);
struct rj_node *rj_parse_class(struct rj_front *front, bool declaration);
struct rj_node *rj_parse_object(struct rj_front *front);

#endif
