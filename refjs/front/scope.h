/* Declarations and what names mean. */
#ifndef RJ_FRONT_SCOPE_H
#define RJ_FRONT_SCOPE_H

#include "front/ast.h"

/* A new scope inside front->scope, which it becomes. */
struct rj_scope_node *rj_scope_push(struct rj_front *front, struct rj_function_node *function);
void rj_scope_pop(struct rj_front *front); /* back to its parent */

/* Declare a name in front->scope (a var: in its function). SyntaxError at `node` if it is taken. */
struct rj_variable *rj_declare(struct rj_front *front, struct rj_string *name,
                               enum rj_variable_kind kind, const struct rj_node *node);
struct rj_variable *rj_declare_hidden(struct rj_front *front, struct rj_scope_node *scope);

/* A NAME node is looked up, from front->scope on, once the program is read. */
void rj_refer(struct rj_front *front, struct rj_node *node);
/* The same for what a function keeps for the arrows inside it; `variable` lives in `owner`. */
void rj_capture(struct rj_front *front, struct rj_function_node *owner,
                struct rj_variable *variable);

/* After parsing: what every name means, which variables are captured, which uses are checked. */
void rj_resolve(struct rj_front *front);

#endif
