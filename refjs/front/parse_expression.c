/* Operators, calls and members. */
#include "front/parser.h"

struct binary {
    uint8_t precedence; /* 0: no binary operator */
    uint16_t op;
};

enum { PRECEDENCE_NULLISH = 1, PRECEDENCE_OR = 2, PRECEDENCE_AND = 3, PRECEDENCE_EXP = 13 };

static const struct binary binaries[RJ_T_COUNT] = {
    [RJ_T_NULLISH] = {PRECEDENCE_NULLISH, RJ_NO_OP},
    [RJ_T_OR] = {PRECEDENCE_OR, RJ_NO_OP},
    [RJ_T_AND] = {PRECEDENCE_AND, RJ_NO_OP},
    [RJ_T_BIT_OR] = {4, RJ_OP_BIT_OR},
    [RJ_T_BIT_XOR] = {5, RJ_OP_BIT_XOR},
    [RJ_T_BIT_AND] = {6, RJ_OP_BIT_AND},
    [RJ_T_EQ] = {7, RJ_OP_EQ},
    [RJ_T_NE] = {7, RJ_OP_NE},
    [RJ_T_SEQ] = {7, RJ_OP_SEQ},
    [RJ_T_SNE] = {7, RJ_OP_SNE},
    [RJ_T_LT] = {8, RJ_OP_LT},
    [RJ_T_LE] = {8, RJ_OP_LE},
    [RJ_T_GT] = {8, RJ_OP_GT},
    [RJ_T_GE] = {8, RJ_OP_GE},
    [RJ_T_INSTANCEOF] = {8, RJ_OP_INSTANCEOF},
    [RJ_T_IN] = {8, RJ_OP_IN},
    [RJ_T_SHL] = {9, RJ_OP_SHL},
    [RJ_T_SHR] = {9, RJ_OP_SHR},
    [RJ_T_USHR] = {9, RJ_OP_USHR},
    [RJ_T_ADD] = {10, RJ_OP_ADD},
    [RJ_T_SUB] = {10, RJ_OP_SUB},
    [RJ_T_MUL] = {11, RJ_OP_MUL},
    [RJ_T_DIV] = {11, RJ_OP_DIV},
    [RJ_T_MOD] = {11, RJ_OP_MOD},
    [RJ_T_EXP] = {PRECEDENCE_EXP, RJ_OP_EXP},
};

/* Of `+=` and such, plus 1; 0: none. */
static const uint16_t assignments[RJ_T_COUNT] = {
    [RJ_T_ADD_ASSIGN] = RJ_OP_ADD + 1,       [RJ_T_SUB_ASSIGN] = RJ_OP_SUB + 1,
    [RJ_T_MUL_ASSIGN] = RJ_OP_MUL + 1,       [RJ_T_DIV_ASSIGN] = RJ_OP_DIV + 1,
    [RJ_T_MOD_ASSIGN] = RJ_OP_MOD + 1,       [RJ_T_EXP_ASSIGN] = RJ_OP_EXP + 1,
    [RJ_T_SHL_ASSIGN] = RJ_OP_SHL + 1,       [RJ_T_SHR_ASSIGN] = RJ_OP_SHR + 1,
    [RJ_T_USHR_ASSIGN] = RJ_OP_USHR + 1,     [RJ_T_BIT_AND_ASSIGN] = RJ_OP_BIT_AND + 1,
    [RJ_T_BIT_OR_ASSIGN] = RJ_OP_BIT_OR + 1, [RJ_T_BIT_XOR_ASSIGN] = RJ_OP_BIT_XOR + 1,
};

static const uint8_t logical_assignments[RJ_T_COUNT] = {
    [RJ_T_AND_ASSIGN] = RJ_T_AND,
    [RJ_T_OR_ASSIGN] = RJ_T_OR,
    [RJ_T_NULLISH_ASSIGN] = RJ_T_NULLISH,
};

/* Its value is no object, and computing it calls nothing. */
static bool is_primitive(struct rj_front *front, const struct rj_node *node)
{
    switch (node->kind) {
    case RJ_N_NUMBER:
    case RJ_N_STRING:
    case RJ_N_CONSTANT:
    case RJ_N_BINARY:
    case RJ_N_UNARY:
    case RJ_N_TYPEOF:
        return true; /* an operator whose operands are objects was noted itself */
    case RJ_N_MEMBER:
        return node->left->kind == RJ_N_NAME &&
               (node->left->atom == front->atoms.math || node->left->atom == front->atoms.number);
    default:
        return false;
    }
}

/* ---- calls and members ---- */

void rj_parse_arguments(struct rj_front *front, struct rj_node *parent)
{
    struct rj_list list = {0};
    bool no_in = front->no_in;

    front->no_in = false;
    while (rj_kind(front) != RJ_T_RPAREN) {
        struct rj_node *value;

        if (rj_kind(front) == RJ_T_DOTS) {
            value = rj_node(front, RJ_N_SPREAD);
            rj_advance(front);
            value->left = rj_inherit(value, rj_parse_assignment(front));
        } else {
            value = rj_parse_assignment(front);
        }
        rj_append(&list, parent, value);
        if (rj_kind(front) != RJ_T_RPAREN && !rj_accept(front, RJ_T_COMMA))
            rj_refuse(front, "missing ) after argument list");
    }
    rj_advance(front);
    front->no_in = no_in;
}

/* .name behind the dot; keywords are names here. */
static struct rj_node *parse_member(struct rj_front *front, struct rj_node *left)
{
    struct rj_node *node = rj_node(front, RJ_N_MEMBER);

    if (rj_kind(front) != RJ_T_NAME && rj_kind(front) < RJ_T_BREAK)
        rj_unexpected(front);
    node->left = rj_inherit(node, left);
    node->atom = rj_token(front)->atom;
    rj_advance(front);
    if (!is_primitive(front, node))
        rj_effect(front);
    return node;
}

static struct rj_node *parse_element(struct rj_front *front, struct rj_node *left)
{
    struct rj_node *node = rj_node_at(front, RJ_N_ELEMENT, left);
    bool no_in = front->no_in;

    rj_effect(front);
    front->no_in = false;
    node->left = rj_inherit(node, left);
    node->right = rj_inherit(node, rj_parse_expression(front));
    rj_expect(front, RJ_T_RBRACKET);
    front->no_in = no_in;
    return node;
}

static struct rj_node *parse_call(struct rj_front *front, struct rj_node *left)
{
    struct rj_node *node = rj_node_at(front, RJ_N_CALL, left);

    rj_effect(front);
    node->left = rj_inherit(node, left);
    rj_parse_arguments(front, node);
    return node;
}

static struct rj_node *parse_optional(struct rj_front *front, struct rj_node *left)
{
    struct rj_node *node;

    if (rj_accept(front, RJ_T_LPAREN))
        node = parse_call(front, left);
    else if (rj_accept(front, RJ_T_LBRACKET))
        node = parse_element(front, left);
    else if (rj_kind(front) == RJ_T_TEMPLATE || rj_kind(front) == RJ_T_TEMPLATE_OPEN)
        rj_refuse(front, "Invalid tagged template on optional chain");
    else
        node = parse_member(front, left);
    node->flags |= RJ_NODE_OPTIONAL;
    return node;
}

/* new a.b(c): members but no calls belong to what is constructed. */
static struct rj_node *parse_new(struct rj_front *front)
{
    struct rj_node *node = rj_node(front, RJ_N_NEW);
    struct rj_node *callee;

    rj_check_stack(front);
    rj_advance(front);
    rj_effect(front);
    if (rj_accept(front, RJ_T_DOT)) {
        struct rj_function_node *owner = rj_this_owner(front->function);

        if (!rj_is_name(front, front->atoms.target))
            rj_unexpected(front);
        if (owner->flags & RJ_CODE_SCRIPT)
            rj_refuse(front, "new.target expression is not allowed here");
        rj_advance(front);
        node->kind = RJ_N_NEW_TARGET;
        if (owner != front->function) {
            if (!owner->new_target)
                owner->new_target = rj_declare_hidden(front, owner->scope);
            rj_capture(front, owner, owner->new_target);
            node->variable = owner->new_target;
        }
        return node;
    }
    if (rj_kind(front) == RJ_T_IMPORT)
        rj_refuse(front, "Modules are not supported by refjs");
    callee = rj_kind(front) == RJ_T_NEW ? parse_new(front) : rj_parse_primary(front);
    for (;;) {
        if (rj_accept(front, RJ_T_DOT))
            callee = parse_member(front, callee);
        else if (rj_accept(front, RJ_T_LBRACKET))
            callee = parse_element(front, callee);
        else
            break;
    }
    if (rj_kind(front) == RJ_T_OPTIONAL)
        rj_refuse(front, "Invalid optional chain from new expression");
    node->left = rj_inherit(node, callee);
    if (rj_accept(front, RJ_T_LPAREN))
        rj_parse_arguments(front, node);
    return node;
}

struct rj_node *rj_parse_left_hand(struct rj_front *front)
{
    struct rj_node *node;
    bool chain = false;

    if (rj_kind(front) == RJ_T_NEW)
        node = parse_new(front);
    else if (rj_kind(front) == RJ_T_SUPER)
        node = rj_parse_super(front);
    else
        node = rj_parse_primary(front);
    if (node->kind == RJ_N_FUNCTION && (node->function->flags & RJ_CODE_ARROW) &&
        !(node->flags & RJ_NODE_PAREN))
        return node;
    for (;;) {
        if (rj_accept(front, RJ_T_DOT)) {
            node = parse_member(front, node);
        } else if (rj_accept(front, RJ_T_OPTIONAL)) {
            node = parse_optional(front, node);
            chain = true;
        } else if (rj_accept(front, RJ_T_LBRACKET)) {
            node = parse_element(front, node);
        } else if (rj_accept(front, RJ_T_LPAREN)) {
            node = parse_call(front, node);
        } else if (rj_kind(front) == RJ_T_TEMPLATE || rj_kind(front) == RJ_T_TEMPLATE_OPEN) {
            if (rj_token(front)->tail)
                break;
            rj_refuse(front, "Tagged templates are not supported by refjs");
        } else {
            break;
        }
    }
    if (chain) {
        struct rj_node *whole = rj_node_at(front, RJ_N_CHAIN, node);

        whole->left = rj_inherit(whole, node);
        return whole;
    }
    return node;
}

/* ---- unary ---- */

void rj_make_target(struct rj_front *front, struct rj_node *node)
{
    if (node->kind == RJ_N_NAME) {
        if (node->atom == front->atoms.arguments || node->atom == front->atoms.eval)
            rj_fail(front, node->line, node->column, "Unexpected eval or arguments in strict mode");
        node->flags |= RJ_NODE_ASSIGNS;
        return;
    }
    if (node->kind != RJ_N_MEMBER && node->kind != RJ_N_ELEMENT)
        rj_fail(front, node->line, node->column, "Invalid left-hand side in assignment");
    rj_effect(front);
}

static struct rj_node *parse_postfix(struct rj_front *front)
{
    struct rj_node *left = rj_parse_left_hand(front);
    enum rj_token_kind kind = rj_kind(front);
    struct rj_node *node;

    if ((kind != RJ_T_INC && kind != RJ_T_DEC) || rj_token(front)->newline)
        return left;
    rj_make_target(front, left);
    rj_effect(front);
    node = rj_node_at(front, RJ_N_UPDATE, left);
    node->op = kind == RJ_T_INC ? RJ_OP_INC : RJ_OP_DEC;
    node->left = rj_inherit(node, left);
    rj_advance(front);
    return node;
}

static struct rj_node *parse_unary(struct rj_front *front);

static struct rj_node *parse_operand(struct rj_front *front, enum rj_node_kind kind, uint16_t op)
{
    struct rj_node *node = rj_node(front, kind);

    rj_advance(front);
    node->op = op;
    node->left = rj_inherit(node, parse_unary(front));
    if (!is_primitive(front, node->left) && op != RJ_OP_NOT && kind == RJ_N_UNARY)
        rj_effect(front);
    if (op == RJ_OP_NEG && node->left->kind == RJ_N_NUMBER) {
        node->number = -node->left->number;
        node->kind = RJ_N_NUMBER;
        node->flags |= RJ_NODE_PREFIX; /* -1 ** 2 is refused */
    }
    return node;
}

static struct rj_node *parse_prefix_update(struct rj_front *front)
{
    struct rj_node *node = rj_node(front, RJ_N_UPDATE);

    node->op = rj_kind(front) == RJ_T_INC ? RJ_OP_INC : RJ_OP_DEC;
    node->flags |= RJ_NODE_PREFIX;
    rj_advance(front);
    node->left = parse_unary(front);
    rj_make_target(front, node->left);
    rj_inherit(node, node->left);
    rj_effect(front);
    return node;
}

static struct rj_node *parse_delete(struct rj_front *front)
{
    struct rj_node *node = parse_operand(front, RJ_N_DELETE, RJ_NO_OP);

    if (node->left->kind == RJ_N_NAME)
        rj_fail(front, node->line, node->column,
                "Delete of an unqualified identifier in strict mode.");
    rj_effect(front);
    return node;
}

static struct rj_node *parse_unary(struct rj_front *front)
{
    rj_check_stack(front);
    switch (rj_kind(front)) {
    case RJ_T_NOT:
        return parse_operand(front, RJ_N_UNARY, RJ_OP_NOT);
    case RJ_T_SUB:
        return parse_operand(front, RJ_N_UNARY, RJ_OP_NEG);
    case RJ_T_ADD:
        return parse_operand(front, RJ_N_UNARY, RJ_OP_TO_NUMBER);
    case RJ_T_BIT_NOT:
        return parse_operand(front, RJ_N_UNARY, RJ_OP_BIT_NOT);
    case RJ_T_TYPEOF:
        return parse_operand(front, RJ_N_TYPEOF, RJ_NO_OP);
    case RJ_T_VOID:
        return parse_operand(front, RJ_N_VOID, RJ_NO_OP);
    case RJ_T_DELETE:
        return parse_delete(front);
    case RJ_T_INC:
    case RJ_T_DEC:
        return parse_prefix_update(front);
    default:
        return parse_postfix(front);
    }
}

/* ---- binary ---- */

/* Arithmetic on literals is done here. */
static bool fold(struct rj_node *node)
{
    double left = node->left->number, right = node->right->number, result;
    int32_t left_int, right_int;

    if (node->left->kind != RJ_N_NUMBER || node->right->kind != RJ_N_NUMBER)
        return false;
    left_int = rj_double_to_int32(left);
    right_int = rj_double_to_int32(right);
    switch (node->op) {
    case RJ_OP_ADD:
        result = left + right;
        break;
    case RJ_OP_SUB:
        result = left - right;
        break;
    case RJ_OP_MUL:
        result = left * right;
        break;
    case RJ_OP_DIV:
        result = left / right;
        break;
    case RJ_OP_SHL:
        result = (int32_t)((uint32_t)left_int << (right_int & 31));
        break;
    case RJ_OP_BIT_OR:
        result = left_int | right_int;
        break;
    case RJ_OP_BIT_AND:
        result = left_int & right_int;
        break;
    default:
        return false;
    }
    node->kind = RJ_N_NUMBER;
    node->number = result;
    return true;
}

static void check_mixed(struct rj_front *front, const struct rj_node *node,
                        const struct rj_node *operand)
{
    if (operand->kind == RJ_N_LOGICAL && !(operand->flags & RJ_NODE_PAREN) &&
        (operand->op == RJ_T_NULLISH) != (node->op == RJ_T_NULLISH))
        rj_refuse(front, "Unexpected token: ?? with || or && needs parentheses");
}

/* a && b && c is one node. */
static struct rj_node *make_logical(struct rj_front *front, enum rj_token_kind kind,
                                    struct rj_node *left, struct rj_node *right)
{
    struct rj_node *node = left;

    if (left->kind != RJ_N_LOGICAL || left->op != kind) {
        struct rj_list list = {0};

        node = rj_node_at(front, RJ_N_LOGICAL, left);
        node->op = (uint16_t)kind;
        check_mixed(front, node, left);
        rj_append(&list, node, left);
        node->third = left; /* the last of the list */
    }
    check_mixed(front, node, right);
    node->third->next = rj_inherit(node, right);
    node->third = right;
    return node;
}

static struct rj_node *make_binary(struct rj_front *front, uint16_t op, struct rj_node *left,
                                   struct rj_node *right)
{
    struct rj_node *node = rj_node_at(front, RJ_N_BINARY, left);
    bool plain = is_primitive(front, left) && is_primitive(front, right);

    node->op = op;
    node->left = rj_inherit(node, left);
    node->right = rj_inherit(node, right);
    if (!fold(node) && !(plain && op != RJ_OP_IN && op != RJ_OP_INSTANCEOF))
        rj_effect(front);
    return node;
}

static bool is_bare_unary(const struct rj_node *node)
{
    if (node->flags & RJ_NODE_PAREN)
        return false;
    return node->kind == RJ_N_UNARY || node->kind == RJ_N_TYPEOF || node->kind == RJ_N_VOID ||
           node->kind == RJ_N_DELETE ||
           (node->kind == RJ_N_NUMBER && (node->flags & RJ_NODE_PREFIX));
}

static struct rj_node *parse_binary(struct rj_front *front, uint32_t least)
{
    struct rj_node *left = parse_unary(front);

    for (;;) {
        enum rj_token_kind kind = rj_kind(front);
        uint32_t precedence = binaries[kind].precedence;
        struct rj_node *right;

        if (!precedence || precedence < least || (kind == RJ_T_IN && front->no_in))
            return left;
        if (precedence == PRECEDENCE_EXP && is_bare_unary(left))
            rj_refuse(front, "Unary operator used immediately before exponentiation expression");
        rj_advance(front);
        right = parse_binary(front, precedence == PRECEDENCE_EXP ? precedence : precedence + 1);
        if (precedence <= PRECEDENCE_AND)
            left = make_logical(front, kind, left, right);
        else
            left = make_binary(front, binaries[kind].op, left, right);
    }
}

/* ---- assignment and above ---- */

static struct rj_node *parse_conditional(struct rj_front *front)
{
    struct rj_node *test = parse_binary(front, 1);
    struct rj_node *node;
    bool no_in = front->no_in;

    if (rj_kind(front) != RJ_T_QUESTION)
        return test;
    node = rj_node_at(front, RJ_N_CONDITIONAL, test);
    rj_advance(front);
    node->left = rj_inherit(node, test);
    front->no_in = false;
    node->right = rj_inherit(node, rj_parse_assignment(front));
    front->no_in = no_in;
    rj_expect(front, RJ_T_COLON);
    node->third = rj_inherit(node, rj_parse_assignment(front));
    return node;
}

static struct rj_node *parse_right(struct rj_front *front, struct rj_node *left, uint16_t op)
{
    struct rj_node *node = rj_node_at(front, RJ_N_ASSIGN, left);

    rj_advance(front);
    node->op = op;
    node->left = rj_inherit(node, left);
    node->right = rj_inherit(node, rj_parse_assignment(front));
    if (left->kind == RJ_N_NAME)
        rj_infer_name(node->right, left->atom);
    return node;
}

struct rj_node *rj_parse_assignment(struct rj_front *front)
{
    struct rj_node *left, *node;
    enum rj_token_kind kind = rj_kind(front);

    rj_check_stack(front);
    if (kind == RJ_T_YIELD)
        rj_refuse(front, "Generators are not supported by refjs");
    if (rj_is_arrow(front))
        return rj_parse_arrow(front);
    if ((kind == RJ_T_LBRACKET || kind == RJ_T_LBRACE) && rj_behind(front)->kind == RJ_T_ASSIGN) {
        left = rj_parse_pattern(front, -1);
        return parse_right(front, left, RJ_NO_OP);
    }
    left = parse_conditional(front);
    kind = rj_kind(front);
    if (kind == RJ_T_ASSIGN) {
        rj_make_target(front, left);
        return parse_right(front, left, RJ_NO_OP);
    }
    if (assignments[kind]) {
        rj_make_target(front, left);
        rj_effect(front);
        return parse_right(front, left, assignments[kind] - 1);
    }
    if (logical_assignments[kind]) {
        rj_make_target(front, left);
        node = parse_right(front, left, logical_assignments[kind]);
        node->kind = RJ_N_LOGICAL_ASSIGN;
        return node;
    }
    if (kind == RJ_T_ARROW)
        rj_refuse(front, "Malformed arrow function parameter list");
    return left;
}

struct rj_node *rj_parse_expression(struct rj_front *front)
{
    struct rj_node *first = rj_parse_assignment(front);
    struct rj_node *node;
    struct rj_list list = {0};

    if (rj_kind(front) != RJ_T_COMMA)
        return first;
    node = rj_node_at(front, RJ_N_COMMA, first);
    rj_append(&list, node, first);
    while (rj_accept(front, RJ_T_COMMA))
        rj_append(&list, node, rj_parse_assignment(front));
    return node;
}
