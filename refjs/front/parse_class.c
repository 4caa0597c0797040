/* Classes. Initializers of fields are read as parts of the constructor, which is why it is there
 * from the beginning: it runs them. Those of static fields and static blocks are one function that
 * runs when the class has been made. */
#include "front/parser.h"

static struct rj_node *parse_initializer(struct rj_front *front, struct rj_function_node *function,
                                         struct rj_scope_node *scope)
{
    struct rj_function_node *around = front->function;
    struct rj_scope_node *around_scope = front->scope;
    struct rj_node *value;

    front->function = function;
    front->scope = scope;
    function->in_fields = true;
    value = rj_parse_assignment(front);
    function->in_fields = false;
    front->function = around;
    front->scope = around_scope;
    return value;
}

static struct rj_function_node *static_init(struct rj_front *front, struct rj_class_node *class)
{
    if (!class->static_init) {
        rj_effect(front);
        class->static_init = rj_make_function(front, NULL, RJ_CODE_METHOD);
        class->static_init->class = class;
        class->static_init->is_static = true;
    }
    return class->static_init;
}

static void parse_static_block(struct rj_front *front, struct rj_class_node *class,
                               struct rj_node *node)
{
    struct rj_function_node *function = static_init(front, class);
    struct rj_function_node *around = front->function;
    struct rj_scope_node *around_scope = front->scope;

    node->kind = RJ_N_STATIC_BLOCK;
    front->function = function;
    front->scope = function->scope;
    node->left = rj_parse_block(front);
    front->function = around;
    front->scope = around_scope;
}

static void parse_field(struct rj_front *front, struct rj_class_node *class, struct rj_node *node)
{
    bool is_static = node->flags & RJ_NODE_STATIC;
    struct rj_function_node *function = is_static ? static_init(front, class) : class->constructor;

    node->kind = RJ_N_FIELD;
    if (node->flags & RJ_NODE_COMPUTED) {
        node->variable = rj_declare_hidden(front, class->scope);
        node->variable->captured = true;
        function->uses_scope = true;
    } else if (node->atom == front->atoms.constructor ||
               (is_static && node->atom == front->atoms.prototype)) {
        rj_fail(front, node->line, node->column, "Classes may not have a field named '%s'",
                rj_atom_utf8(front, node->atom));
    }
    if (!is_static)
        class->has_fields = true;
    if (rj_accept(front, RJ_T_ASSIGN)) {
        node->right =
            parse_initializer(front, function, is_static ? function->scope : class->fields);
        if (!(node->flags & RJ_NODE_COMPUTED))
            rj_infer_name(node->right, node->atom);
    }
    rj_semicolon(front);
}

static void parse_class_method(struct rj_front *front, struct rj_class_node *class,
                               struct rj_node *node)
{
    bool is_static = node->flags & RJ_NODE_STATIC;
    bool computed = node->flags & RJ_NODE_COMPUTED;
    struct rj_node *value = rj_node(front, RJ_N_FUNCTION);

    if (is_static && !computed && node->atom == front->atoms.prototype)
        rj_fail(front, node->line, node->column,
                "Classes may not have a static property named 'prototype'");
    node->kind = RJ_N_METHOD;
    value->function = rj_make_function(front, computed ? NULL : node->atom, RJ_CODE_METHOD);
    value->function->class = class;
    value->function->is_static = is_static;
    if (node->op != RJ_METHOD)
        value->function->prefix = node->op == RJ_GETTER ? "get " : "set ";
    node->right = value;
    rj_parse_function_rest(front, value->function);
    rj_check_accessor(front, node, value->function);
}

static void parse_constructor(struct rj_front *front, struct rj_class_node *class,
                              const struct rj_node *node)
{
    if (node->op != RJ_METHOD)
        rj_fail(front, node->line, node->column, "Class constructor may not be an accessor");
    if (!class->constructor->is_default)
        rj_fail(front, node->line, node->column, "A class may only have one constructor");
    class->constructor->is_default = false;
    class->constructor->line = node->line;
    class->constructor->column = node->column;
    rj_parse_function_rest(front, class->constructor);
}

/* Is the token behind here one that a key (or what else follows a modifier) begins with? */
static bool key_follows(const struct rj_front *front)
{
    const struct rj_token *after = rj_ahead(front, 1);

    return after->kind == RJ_T_NAME || after->kind == RJ_T_STRING || after->kind == RJ_T_NUMBER ||
           after->kind == RJ_T_LBRACKET || after->kind == RJ_T_MUL || after->kind == RJ_T_HASH ||
           after->kind >= RJ_T_BREAK;
}

/* Is the word here (get, set, async) one that says something about the key behind it? */
static bool is_modifier(const struct rj_front *front, const struct rj_string *word)
{
    return rj_is_name(front, word) && key_follows(front);
}

static bool is_static(const struct rj_front *front)
{
    return rj_kind(front) == RJ_T_STATIC &&
           (key_follows(front) || rj_ahead(front, 1)->kind == RJ_T_LBRACE);
}

static struct rj_node *parse_member(struct rj_front *front, struct rj_class_node *class)
{
    struct rj_node *node = rj_node(front, RJ_N_METHOD);
    bool is_key = false;

    node->op = RJ_METHOD;
    if (is_static(front)) {
        rj_advance(front);
        node->flags |= RJ_NODE_STATIC;
        if (rj_kind(front) == RJ_T_LBRACE) {
            parse_static_block(front, class, node);
            return node;
        }
    }
    if (is_modifier(front, front->atoms.async) && !rj_ahead(front, 1)->newline)
        rj_refuse(front, "Async functions are not supported by refjs");
    if (rj_kind(front) == RJ_T_MUL)
        rj_refuse(front, "Generators are not supported by refjs");
    if (is_modifier(front, front->atoms.get) || is_modifier(front, front->atoms.set)) {
        node->op = rj_is_name(front, front->atoms.get) ? RJ_GETTER : RJ_SETTER;
        rj_advance(front);
    }
    is_key = rj_kind(front) != RJ_T_LBRACKET;
    rj_parse_key(front, node);
    if (rj_kind(front) != RJ_T_LPAREN) {
        if (node->op != RJ_METHOD)
            rj_unexpected(front);
        parse_field(front, class, node);
    } else if (is_key && !(node->flags & RJ_NODE_STATIC) &&
               node->atom == front->atoms.constructor) {
        parse_constructor(front, class, node);
        return NULL;
    } else {
        parse_class_method(front, class, node);
    }
    return node;
}

static void parse_members(struct rj_front *front, struct rj_class_node *class)
{
    struct rj_node *owner = rj_node(front, RJ_N_EMPTY);
    struct rj_list list = {0};

    rj_expect(front, RJ_T_LBRACE);
    while (rj_kind(front) != RJ_T_RBRACE) {
        struct rj_node *member;

        if (rj_accept(front, RJ_T_SEMICOLON))
            continue;
        member = parse_member(front, class);
        if (member)
            rj_append(&list, owner, member);
    }
    rj_advance(front);
    class->members = owner->list;
}

static void make_constructor(struct rj_front *front, struct rj_class_node *class,
                             const struct rj_node *place)
{
    uint32_t flags = RJ_CODE_CLASS | (class->heritage ? RJ_CODE_DERIVED | RJ_CODE_NEW_TARGET : 0);
    struct rj_function_node *function = rj_make_function(front, class->name, flags);

    function->line = place->line;
    function->column = place->column;
    function->start = place->position;
    function->is_default = true;
    function->class = class;
    class->constructor = function;
    class->fields = rj_scope_push(front, function);
    rj_scope_pop(front);
    class->fields->outer = function->scope;
}

struct rj_node *rj_parse_class(struct rj_front *front, bool declaration)
{
    struct rj_node *node = rj_node(front, declaration ? RJ_N_CLASS_DECLARATION : RJ_N_CLASS);
    struct rj_class_node *class = rj_arena(front, sizeof(*class)), *around = front->class;

    rj_check_stack(front);
    rj_advance(front);
    node->class = class;
    node->flags |= RJ_NODE_FUNCTION;
    if (declaration || rj_kind(front) == RJ_T_NAME)
        class->name = rj_binding_name(front);
    if (declaration)
        class->outer = rj_declare(front, class->name, RJ_V_CLASS, node);
    class->scope = rj_scope_push(front, front->function);
    if (class->name) {
        class->inner = rj_declare(front, class->name, RJ_V_CLASS_INNER, node);
        class->inner->alias = class->outer;
    }
    if (rj_accept(front, RJ_T_EXTENDS)) {
        class->heritage = rj_inherit(node, rj_parse_left_hand(front));
        if (class->heritage->kind != RJ_N_NAME)
            rj_effect(front);
    }
    make_constructor(front, class, node);
    front->class = class;
    parse_members(front, class);
    front->class = around;
    rj_scope_pop(front);
    if (class->outer)
        class->outer->position = front->at;
    if (class->inner)
        class->inner->position = front->at;
    return node;
}
