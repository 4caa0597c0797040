/* Literals, names, patterns. */
#include "front/parser.h"

static struct rj_node *constant(struct rj_front *front, rj_value value)
{
    struct rj_node *node = rj_node(front, RJ_N_CONSTANT);

    node->value = value;
    rj_advance(front);
    return node;
}

static struct rj_node *literal(struct rj_front *front, enum rj_node_kind kind)
{
    struct rj_node *node = rj_node(front, kind);

    if (kind == RJ_N_NUMBER)
        node->number = rj_token(front)->number;
    else
        node->atom = rj_token(front)->atom;
    rj_advance(front);
    return node;
}

static bool runs_members(const struct rj_function_node *function)
{
    return function->in_fields || (function->class && function->class->static_init == function);
}

static struct rj_node *parse_name(struct rj_front *front)
{
    const struct rj_token *after = rj_ahead(front, 1);
    struct rj_node *node;

    if (rj_is_name(front, front->atoms.async) && !after->newline &&
        (after->kind == RJ_T_FUNCTION || after->kind == RJ_T_NAME ||
         (after->kind == RJ_T_LPAREN && after->match &&
          front->tokens[after->match + 1].kind == RJ_T_ARROW)))
        rj_refuse(front, "Async functions are not supported by refjs");
    if (rj_is_name(front, front->atoms.await))
        rj_refuse(front, "Async functions are not supported by refjs");
    if (rj_is_name(front, front->atoms.arguments) && runs_members(rj_this_owner(front->function)))
        rj_refuse(front, "'arguments' is not allowed in class field initializer or static "
                         "initialization block");
    node = literal(front, RJ_N_NAME);
    rj_refer(front, node);
    return node;
}

/* What a function keeps for the arrow that is read. */
static void share(struct rj_front *front, struct rj_function_node *owner,
                  struct rj_variable **variable)
{
    if (!*variable)
        *variable = rj_declare_hidden(front, owner->scope);
    rj_capture(front, owner, *variable);
}

static struct rj_node *parse_this(struct rj_front *front)
{
    struct rj_node *node = rj_node(front, RJ_N_THIS);
    struct rj_function_node *owner = rj_this_owner(front->function);

    rj_advance(front);
    if ((owner->flags & RJ_CODE_DERIVED) && !owner->super_end && !owner->in_fields)
        node->flags |= RJ_NODE_CHECK;
    if (owner == front->function)
        return node;
    share(front, owner, &owner->this_variable);
    node->variable = owner->this_variable;
    return node;
}

/* An arrow calls super() for the constructor that it is in. */
static void share_super(struct rj_front *front, struct rj_function_node *owner)
{
    share(front, owner, &owner->this_variable);
    share(front, owner, &owner->new_target);
    share(front, owner, &owner->callee);
}

static void parse_super_call(struct rj_front *front, struct rj_node *node,
                             struct rj_function_node *owner)
{
    if (!(owner->flags & RJ_CODE_DERIVED) || owner->in_fields)
        rj_fail(front, node->line, node->column, "'super' keyword unexpected here");
    if (owner != front->function)
        share_super(front, owner);
    rj_advance(front);
    rj_effect(front);
    owner->flags |= RJ_CODE_NEW_TARGET;
    node->kind = RJ_N_SUPER_CALL;
    rj_parse_arguments(front, node);
}

/* Arrows have the home of what they are in. What runs static members has one of its own, whose
 * prototype is the superclass. */
static void note_super(struct rj_front *front, struct rj_function_node *owner)
{
    struct rj_class_node *class = owner->class;

    owner->uses_super = true;
    if (class && class->heritage && owner == class->static_init && !class->parent)
        class->parent = rj_declare_hidden(front, class->scope);
}

struct rj_node *rj_parse_super(struct rj_front *front)
{
    struct rj_node *node = rj_node(front, RJ_N_SUPER);
    struct rj_function_node *owner = rj_this_owner(front->function);

    rj_advance(front);
    if (rj_kind(front) == RJ_T_LPAREN) {
        parse_super_call(front, node, owner);
        return node;
    }
    if (!(owner->flags & (RJ_CODE_METHOD | RJ_CODE_CLASS)) ||
        (rj_kind(front) != RJ_T_DOT && rj_kind(front) != RJ_T_LBRACKET))
        rj_fail(front, node->line, node->column, "'super' keyword unexpected here");
    rj_effect(front);
    note_super(front, owner);
    if ((owner->flags & RJ_CODE_DERIVED) && !owner->super_end && !owner->in_fields)
        node->flags |= RJ_NODE_CHECK;
    if (owner != front->function) {
        share(front, owner, &owner->this_variable);
        node->variable = owner->this_variable;
    }
    return node;
}

static struct rj_node *parse_array(struct rj_front *front)
{
    struct rj_node *node = rj_node(front, RJ_N_ARRAY);
    struct rj_list list = {0};
    bool no_in = front->no_in;

    front->no_in = false;
    rj_advance(front);
    while (rj_kind(front) != RJ_T_RBRACKET) {
        struct rj_node *value;

        if (rj_kind(front) == RJ_T_COMMA) {
            value = rj_node(front, RJ_N_HOLE);
            rj_advance(front);
            rj_append(&list, node, value);
            continue;
        }
        if (rj_kind(front) == RJ_T_DOTS) {
            value = rj_node(front, RJ_N_SPREAD);
            rj_advance(front);
            rj_effect(front);
            value->left = rj_inherit(value, rj_parse_assignment(front));
        } else {
            value = rj_parse_assignment(front);
        }
        rj_append(&list, node, value);
        if (rj_kind(front) != RJ_T_RBRACKET)
            rj_expect(front, RJ_T_COMMA);
    }
    rj_advance(front);
    front->no_in = no_in;
    return node;
}

static struct rj_node *parse_template(struct rj_front *front)
{
    struct rj_node *node = rj_node(front, RJ_N_TEMPLATE);
    struct rj_list list = {0};
    bool no_in = front->no_in;

    if (rj_token(front)->tail)
        rj_unexpected(front);
    front->no_in = false;
    while (rj_kind(front) == RJ_T_TEMPLATE_OPEN) {
        rj_append(&list, node, literal(front, RJ_N_STRING));
        rj_effect(front);
        rj_append(&list, node, rj_parse_expression(front));
        if ((rj_kind(front) != RJ_T_TEMPLATE && rj_kind(front) != RJ_T_TEMPLATE_OPEN) ||
            !rj_token(front)->tail)
            rj_unexpected(front);
    }
    rj_append(&list, node, literal(front, RJ_N_STRING));
    front->no_in = no_in;
    if (list.count == 1)
        return node->list;
    return node;
}

static struct rj_node *parse_parenthesized(struct rj_front *front)
{
    struct rj_node *node;
    bool no_in = front->no_in;

    front->no_in = false;
    rj_advance(front);
    node = rj_parse_expression(front);
    front->no_in = no_in;
    rj_expect(front, RJ_T_RPAREN);
    node->flags |= RJ_NODE_PAREN;
    return node;
}

struct rj_node *rj_parse_primary(struct rj_front *front)
{
    switch (rj_kind(front)) {
    case RJ_T_NAME:
        return parse_name(front);
    case RJ_T_NUMBER:
        return literal(front, RJ_N_NUMBER);
    case RJ_T_STRING:
        return literal(front, RJ_N_STRING);
    case RJ_T_TEMPLATE:
    case RJ_T_TEMPLATE_OPEN:
        return parse_template(front);
    case RJ_T_LPAREN:
        return parse_parenthesized(front);
    case RJ_T_LBRACKET:
        return parse_array(front);
    case RJ_T_LBRACE:
        return rj_parse_object(front);
    case RJ_T_FUNCTION:
        return rj_parse_function(front, false);
    case RJ_T_CLASS:
        return rj_parse_class(front, false);
    case RJ_T_THIS:
        return parse_this(front);
    case RJ_T_SUPER:
        return rj_parse_super(front);
    case RJ_T_NULL:
        return constant(front, RJ_NULL);
    case RJ_T_TRUE:
        return constant(front, RJ_TRUE);
    case RJ_T_FALSE:
        return constant(front, RJ_FALSE);
    case RJ_T_DIV:
    case RJ_T_DIV_ASSIGN:
        rj_refuse(front, "Regular expressions are not supported by refjs");
    case RJ_T_IMPORT:
        rj_refuse(front, "Modules are not supported by refjs");
    case RJ_T_YIELD:
        rj_refuse(front, "Generators are not supported by refjs");
    default:
        rj_unexpected(front);
    }
}

/* ---- objects ---- */

void rj_parse_key(struct rj_front *front, struct rj_node *node)
{
    const struct rj_token *token = rj_token(front);
    bool no_in = front->no_in;

    if (token->kind == RJ_T_LBRACKET) {
        rj_advance(front);
        front->no_in = false;
        node->flags |= RJ_NODE_COMPUTED;
        node->left = rj_inherit(node, rj_parse_assignment(front));
        front->no_in = no_in;
        rj_effect(front);
        rj_expect(front, RJ_T_RBRACKET);
        return;
    }
    if (token->kind == RJ_T_NUMBER) {
        struct rj_vm *vm = front->vm;
        struct rj_string *text = rj_check(front, rj_number_to_string(vm, token->number, 10));

        node->atom = rj_check(front, rj_atom(vm, text));
    } else if (token->kind == RJ_T_NAME || token->kind == RJ_T_STRING ||
               token->kind >= RJ_T_BREAK) {
        node->atom = token->atom;
    } else {
        rj_unexpected(front);
    }
    rj_advance(front);
}

/* Is the token behind here the beginning of a key (so that this is `get` and no key itself)? */
static bool key_follows(const struct rj_front *front)
{
    enum rj_token_kind kind = rj_ahead(front, 1)->kind;

    return kind == RJ_T_NAME || kind == RJ_T_STRING || kind == RJ_T_NUMBER ||
           kind == RJ_T_LBRACKET || kind >= RJ_T_BREAK;
}

static void refuse_left_out(struct rj_front *front)
{
    if (rj_kind(front) == RJ_T_MUL)
        rj_refuse(front, "Generators are not supported by refjs");
    if (rj_is_name(front, front->atoms.async) &&
        (key_follows(front) || rj_ahead(front, 1)->kind == RJ_T_MUL) &&
        !rj_ahead(front, 1)->newline)
        rj_refuse(front, "Async functions are not supported by refjs");
}

static struct rj_node *parse_property(struct rj_front *front)
{
    struct rj_node *node = rj_node(front, RJ_N_PROPERTY);
    bool getter = rj_is_name(front, front->atoms.get) && key_follows(front);
    bool setter = rj_is_name(front, front->atoms.set) && key_follows(front);
    struct rj_token first;

    if (getter || setter)
        rj_advance(front);
    else
        refuse_left_out(front);
    first = *rj_token(front);
    rj_parse_key(front, node);
    if (getter || setter) {
        node->kind = RJ_N_METHOD;
        node->op = getter ? RJ_GETTER : RJ_SETTER;
        node->right = rj_parse_method(front, node->flags & RJ_NODE_COMPUTED ? NULL : node->atom,
                                      RJ_CODE_METHOD);
        node->right->function->prefix = getter ? "get " : "set ";
        rj_check_accessor(front, node, node->right->function);
    } else if (rj_kind(front) == RJ_T_LPAREN) {
        node->kind = RJ_N_METHOD;
        node->op = RJ_METHOD;
        node->right = rj_parse_method(front, node->flags & RJ_NODE_COMPUTED ? NULL : node->atom,
                                      RJ_CODE_METHOD);
    } else if (rj_accept(front, RJ_T_COLON)) {
        node->right = rj_parse_assignment(front);
        if (!(node->flags & RJ_NODE_COMPUTED) && node->atom != front->atoms.proto)
            rj_infer_name(node->right, node->atom);
    } else if (first.kind == RJ_T_NAME) {
        struct rj_node *name = rj_node_at(front, RJ_N_NAME, node);

        name->atom = first.atom;
        rj_refer(front, name);
        node->right = name;
        node->flags |= RJ_NODE_SHORTHAND;
    } else {
        rj_unexpected(front);
    }
    rj_inherit(node, node->right);
    return node;
}

/* __proto__: x, which says what the object inherits from. */
static bool is_prototype(const struct rj_front *front, const struct rj_node *node)
{
    return node->kind == RJ_N_PROPERTY && node->atom == front->atoms.proto &&
           !(node->flags & (RJ_NODE_COMPUTED | RJ_NODE_SHORTHAND));
}

struct rj_node *rj_parse_object(struct rj_front *front)
{
    struct rj_node *node = rj_node(front, RJ_N_OBJECT);
    struct rj_list list = {0};
    bool no_in = front->no_in, has_prototype = false;

    front->no_in = false;
    rj_advance(front);
    while (rj_kind(front) != RJ_T_RBRACE) {
        struct rj_node *property;

        if (rj_kind(front) == RJ_T_DOTS) {
            property = rj_node(front, RJ_N_SPREAD);
            rj_advance(front);
            rj_effect(front);
            property->left = rj_inherit(property, rj_parse_assignment(front));
        } else {
            property = parse_property(front);
            if (is_prototype(front, property)) {
                if (has_prototype)
                    rj_refuse(front,
                              "Duplicate __proto__ fields are not allowed in object literals");
                has_prototype = true;
            }
        }
        rj_append(&list, node, property);
        if (rj_kind(front) != RJ_T_RBRACE)
            rj_expect(front, RJ_T_COMMA);
    }
    rj_advance(front);
    front->no_in = no_in;
    return node;
}

/* ---- patterns ---- */

static struct rj_node *bind_name(struct rj_front *front, struct rj_string *atom,
                                 const struct rj_node *place, int kind)
{
    struct rj_node *node = rj_node_at(front, RJ_N_NAME, place);

    node->atom = atom;
    if (kind < 0) {
        rj_make_target(front, node);
        rj_refer(front, node);
        return node;
    }
    node->variable = rj_declare(front, atom, (enum rj_variable_kind)kind, node);
    if (kind == RJ_V_VAR)
        node->variable->assigned = true;
    return node;
}

/* An element of a pattern that assigns may be any place: o.x, a[i]. */
static struct rj_node *parse_place(struct rj_front *front)
{
    enum rj_token_kind kind = rj_kind(front);
    struct rj_node *node;

    if (kind == RJ_T_LBRACKET || kind == RJ_T_LBRACE) {
        enum rj_token_kind behind = rj_behind(front)->kind;

        if (behind == RJ_T_COMMA || behind == RJ_T_ASSIGN || behind == RJ_T_RBRACE ||
            behind == RJ_T_RBRACKET)
            return rj_parse_pattern(front, -1);
    }
    node = rj_parse_left_hand(front);
    rj_make_target(front, node);
    return node;
}

struct rj_node *rj_parse_binding(struct rj_front *front, int kind)
{
    struct rj_node place = *rj_node(front, RJ_N_EMPTY);

    rj_check_stack(front);
    if (kind < 0)
        return parse_place(front);
    if (rj_kind(front) == RJ_T_LBRACKET || rj_kind(front) == RJ_T_LBRACE)
        return rj_parse_pattern(front, kind);
    if (rj_is_name(front, front->atoms.await))
        rj_unexpected(front);
    return bind_name(front, rj_binding_name(front), &place, kind);
}

static void parse_default(struct rj_front *front, struct rj_node *node)
{
    bool no_in = front->no_in;

    if (!rj_accept(front, RJ_T_ASSIGN))
        return;
    front->no_in = false;
    node->third = rj_inherit(node, rj_parse_assignment(front));
    front->no_in = no_in;
    if (node->right->kind == RJ_N_NAME)
        rj_infer_name(node->third, node->right->atom);
}

static struct rj_node *parse_rest(struct rj_front *front, int kind, enum rj_token_kind end)
{
    struct rj_node *node = rj_node(front, RJ_N_SPREAD);

    rj_advance(front);
    if (end == RJ_T_RBRACE && (rj_kind(front) == RJ_T_LBRACE || rj_kind(front) == RJ_T_LBRACKET))
        rj_refuse(front, kind < 0 ? "`...` must be followed by an assignable reference in "
                                    "assignment contexts"
                                  : "`...` must be followed by an identifier in declaration "
                                    "contexts");
    node->left = rj_inherit(node, rj_parse_binding(front, kind));
    if (rj_kind(front) != end)
        rj_refuse(front, "Rest element must be last element");
    return node;
}

static struct rj_node *parse_array_pattern(struct rj_front *front, int kind)
{
    struct rj_node *node = rj_node(front, RJ_N_ARRAY_PATTERN);
    struct rj_list list = {0};

    rj_advance(front);
    while (rj_kind(front) != RJ_T_RBRACKET) {
        struct rj_node *element;

        if (rj_kind(front) == RJ_T_COMMA) {
            element = rj_node(front, RJ_N_HOLE);
        } else if (rj_kind(front) == RJ_T_DOTS) {
            element = parse_rest(front, kind, RJ_T_RBRACKET);
        } else {
            element = rj_node(front, RJ_N_TARGET);
            element->right = rj_inherit(element, rj_parse_binding(front, kind));
            parse_default(front, element);
        }
        rj_append(&list, node, element);
        if (rj_kind(front) != RJ_T_RBRACKET)
            rj_expect(front, RJ_T_COMMA);
    }
    rj_advance(front);
    return node;
}

static struct rj_node *parse_pattern_property(struct rj_front *front, int kind)
{
    struct rj_node *node = rj_node(front, RJ_N_PROPERTY);
    struct rj_token first = *rj_token(front);

    rj_parse_key(front, node);
    if (rj_accept(front, RJ_T_COLON))
        node->right = rj_parse_binding(front, kind);
    else if (first.kind == RJ_T_NAME)
        node->right = bind_name(front, first.atom, node, kind);
    else
        rj_unexpected(front);
    rj_inherit(node, node->right);
    parse_default(front, node);
    return node;
}

static struct rj_node *parse_object_pattern(struct rj_front *front, int kind)
{
    struct rj_node *node = rj_node(front, RJ_N_OBJECT_PATTERN);
    struct rj_list list = {0};

    rj_advance(front);
    while (rj_kind(front) != RJ_T_RBRACE) {
        struct rj_node *property;

        if (rj_kind(front) == RJ_T_DOTS)
            property = parse_rest(front, kind, RJ_T_RBRACE);
        else
            property = parse_pattern_property(front, kind);
        rj_append(&list, node, property);
        if (rj_kind(front) != RJ_T_RBRACE)
            rj_expect(front, RJ_T_COMMA);
    }
    rj_advance(front);
    return node;
}

struct rj_node *rj_parse_pattern(struct rj_front *front, int kind)
{
    struct rj_node *node;

    rj_check_stack(front);
    rj_effect(front);
    if (rj_kind(front) == RJ_T_LBRACKET)
        node = parse_array_pattern(front, kind);
    else
        node = parse_object_pattern(front, kind);
    if (kind < 0)
        node->flags |= RJ_NODE_ASSIGNS;
    return node;
}
