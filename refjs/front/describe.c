/* What the program calls a value, for messages: "o.f is not a function". V8's words, which the
 * tests compare: what it has no words for is an (intermediate value). */
#include "front/emitter.h"

/* An expression is written down for every call: neither long nor deep. */
enum { TEXT_BYTES = 200, DEPTH = 20 };

#define NO_WORDS "(intermediate value)"

struct text {
    struct rj_front *front;
    uint32_t count;
    uint32_t depth;
    bool failed;
    struct rj_string *whole; /* instead of `bytes` */
    char bytes[TEXT_BYTES];
};

static void add(struct text *text, const char *more)
{
    size_t length = strlen(more);

    if (text->failed || length >= TEXT_BYTES - text->count) {
        text->failed = true;
        return;
    }
    memcpy(text->bytes + text->count, more, length + 1);
    text->count += (uint32_t)length;
}

static void describe(struct text *text, const struct rj_node *node);

static void add_atom(struct text *text, struct rj_string *atom)
{
    if (atom->length >= TEXT_BYTES)
        text->failed = true;
    else
        add(text, rj_atom_utf8(text->front, atom));
}

static void add_number(struct text *text, double number)
{
    struct rj_vm *vm = text->front->vm;
    struct rj_string *string = rj_check(text->front, rj_number_to_string(vm, number, 10));

    add_atom(text, string);
}

static void add_string(struct text *text, struct rj_string *atom)
{
    add(text, "\"");
    add_atom(text, atom);
    add(text, "\"");
}

static void add_constant(struct text *text, rj_value value)
{
    add(text, value == RJ_NULL ? "null" : value == RJ_TRUE ? "true" : "false");
}

/* ---- operators ---- */

static const char *const words[RJ_OP_COUNT] = {
    [RJ_OP_ADD] = "+",     [RJ_OP_SUB] = "-",      [RJ_OP_MUL] = "*",
    [RJ_OP_DIV] = "/",     [RJ_OP_MOD] = "%",      [RJ_OP_EXP] = "**",
    [RJ_OP_BIT_AND] = "&", [RJ_OP_BIT_OR] = "|",   [RJ_OP_BIT_XOR] = "^",
    [RJ_OP_SHL] = "<<",    [RJ_OP_SHR] = ">>",     [RJ_OP_USHR] = ">>>",
    [RJ_OP_EQ] = "==",     [RJ_OP_NE] = "==",      [RJ_OP_SEQ] = "===",
    [RJ_OP_SNE] = "===",   [RJ_OP_LT] = "<",       [RJ_OP_LE] = "<=",
    [RJ_OP_GT] = ">",      [RJ_OP_GE] = ">=",      [RJ_OP_INSTANCEOF] = "instanceof",
    [RJ_OP_IN] = "in",     [RJ_OP_NEG] = "-",      [RJ_OP_NOT] = "!",
    [RJ_OP_BIT_NOT] = "~", [RJ_OP_TO_NUMBER] = "+"};

/* a + b + c is in one pair of parentheses. */
static bool goes_on(const struct rj_node *node)
{
    const struct rj_node *left = node->left;

    return left->kind == RJ_N_BINARY && left->op == node->op && !(left->flags & RJ_NODE_PAREN) &&
           node->op >= RJ_OP_ADD && node->op <= RJ_OP_USHR && node->op != RJ_OP_EXP;
}

static void add_binary(struct text *text, const struct rj_node *node)
{
    const struct rj_node *first = node;
    bool negated = node->op == RJ_OP_NE || node->op == RJ_OP_SNE;
    uint32_t length = 0;

    for (; goes_on(first); first = first->left) {
        if (++length > DEPTH) {
            text->failed = true;
            return;
        }
    }
    add(text, negated ? "(!(" : "(");
    describe(text, first->left);
    for (;;) {
        const struct rj_node *last = node;

        add(text, " ");
        add(text, words[node->op]);
        add(text, " ");
        describe(text, first->right);
        if (first == node)
            break;
        while (last->left != first)
            last = last->left;
        first = last;
    }
    add(text, negated ? "))" : ")");
}

static void add_list(struct text *text, const struct rj_node *list, const char *between)
{
    for (const struct rj_node *at = list; at && !text->failed; at = at->next) {
        if (at != list)
            add(text, between);
        describe(text, at);
    }
}

static void add_logical(struct text *text, const struct rj_node *node)
{
    const char *word = node->kind == RJ_N_COMMA ? "," : rj_token_text(node->op);
    char between[8];

    snprintf(between, sizeof(between), " %s ", word);
    add(text, "(");
    add_list(text, node->list, between);
    add(text, ")");
}

static void add_unary(struct text *text, const struct rj_node *node)
{
    add(text, "(");
    add(text, node->kind == RJ_N_TYPEOF   ? "typeof "
              : node->kind == RJ_N_VOID   ? "void "
              : node->kind == RJ_N_DELETE ? "delete "
                                          : words[node->op]);
    describe(text, node->left);
    add(text, ")");
}

static void add_update(struct text *text, const struct rj_node *node)
{
    const char *word = node->op == RJ_OP_INC ? "++" : "--";

    add(text, "(");
    if (node->flags & RJ_NODE_PREFIX)
        add(text, word);
    describe(text, node->left);
    if (!(node->flags & RJ_NODE_PREFIX))
        add(text, word);
    add(text, ")");
}

/* ---- members, literals ---- */

static void add_member(struct text *text, const struct rj_node *node)
{
    bool optional = node->flags & RJ_NODE_OPTIONAL;
    bool named = node->kind == RJ_N_MEMBER || node->right->kind == RJ_N_STRING;

    describe(text, node->left);
    if (named) {
        add(text, optional ? "?." : ".");
        add_atom(text, node->kind == RJ_N_MEMBER ? node->atom : node->right->atom);
        return;
    }
    add(text, optional ? "?.[" : "[");
    describe(text, node->right);
    add(text, "]");
}

static void add_array(struct text *text, const struct rj_node *node)
{
    add(text, "[");
    add_list(text, node->list, ",");
    add(text, "]");
}

static void add_object(struct text *text, const struct rj_node *node)
{
    add(text, "{");
    for (const struct rj_node *at = node->list; at && !text->failed; at = at->next)
        add(text, NO_WORDS);
    add(text, "}");
}

/* Only what stands in it between ${ and }. */
static void add_template(struct text *text, const struct rj_node *node)
{
    for (const struct rj_node *at = node->list; at && !text->failed; at = at->next) {
        if (at->kind != RJ_N_STRING)
            describe(text, at);
    }
}

static void describe_leaf(struct text *text, const struct rj_node *node)
{
    switch (node->kind) {
    case RJ_N_NAME:
        add_atom(text, node->atom);
        break;
    case RJ_N_NUMBER:
        add_number(text, node->number);
        break;
    case RJ_N_STRING:
        add_string(text, node->atom);
        break;
    case RJ_N_CONSTANT:
        add_constant(text, node->value);
        break;
    case RJ_N_THIS:
        add(text, "this");
        break;
    case RJ_N_NEW_TARGET:
        add(text, ".new.target");
        break;
    case RJ_N_CONDITIONAL:
        add(text, NO_WORDS NO_WORDS NO_WORDS);
        break;
    default:
        add(text, NO_WORDS);
    }
}

static void describe_whole(struct text *text, const struct rj_node *node)
{
    switch (node->kind) {
    case RJ_N_MEMBER:
    case RJ_N_ELEMENT:
        add_member(text, node);
        break;
    case RJ_N_CALL:
        describe(text, node->left);
        add(text, "(...)");
        break;
    case RJ_N_SPREAD:
        add(text, "(...");
        describe(text, node->left);
        add(text, ")");
        break;
    case RJ_N_ARRAY:
        add_array(text, node);
        break;
    case RJ_N_OBJECT:
        add_object(text, node);
        break;
    case RJ_N_TEMPLATE:
        add_template(text, node);
        break;
    case RJ_N_BINARY:
        add_binary(text, node);
        break;
    case RJ_N_LOGICAL:
    case RJ_N_COMMA:
        add_logical(text, node);
        break;
    case RJ_N_UNARY:
    case RJ_N_TYPEOF:
    case RJ_N_VOID:
    case RJ_N_DELETE:
        add_unary(text, node);
        break;
    case RJ_N_UPDATE:
        add_update(text, node);
        break;
    case RJ_N_ASSIGN:
    case RJ_N_LOGICAL_ASSIGN:
        describe(text, node->left);
        break;
    default:
        describe_leaf(text, node);
    }
}

static void describe(struct text *text, const struct rj_node *node)
{
    if (text->failed)
        return;
    if (++text->depth > DEPTH)
        text->failed = true;
    else
        describe_whole(text, node);
    text->depth--;
}

/* ---- the table ---- */

/* A name is its own text. */
static struct rj_string *finished(struct text *text)
{
    struct rj_front *front = text->front;

    return text->whole ? text->whole
                       : rj_check(front, rj_string_utf8(front->vm, text->bytes, text->count));
}

static void add_row(struct rj_emitter *emitter, uint32_t reg, enum rj_callee_kind kind,
                    struct text *text)
{
    struct rj_front *front = emitter->front;
    struct rj_callee *row;

    if (text->failed) {
        text->count = 0;
        text->failed = false;
        add(text, NO_WORDS);
    }
    if (emitter->callee_count == emitter->callee_capacity)
        emitter->callees = rj_grow(front, emitter->callees, emitter->callee_count,
                                   &emitter->callee_capacity, sizeof(*emitter->callees));
    row = &emitter->callees[emitter->callee_count++];
    row->instruction = emitter->count - 1;
    row->reg = (uint16_t)reg;
    row->kind = (uint16_t)kind;
    row->text = finished(text);
}

void rj_name_callee(struct rj_emitter *emitter, uint32_t reg, const struct rj_node *node)
{
    struct text text = {.front = emitter->front};

    if (node->kind == RJ_N_NAME)
        text.whole = node->atom;
    else
        describe(&text, node);
    add_row(emitter, reg, RJ_CALLEE_VALUE, &text);
}

void rj_name_iterable(struct rj_emitter *emitter, uint32_t reg, const struct rj_node *node)
{
    struct text text = {.front = emitter->front};
    bool is_call = node->kind == RJ_N_CALL || node->kind == RJ_N_NEW;

    describe(&text, is_call ? node->left : node);
    if (is_call)
        add(&text, " is not a function or its return value");
    add_row(emitter, reg, RJ_CALLEE_VALUE, &text);
}

void rj_name_argument(struct rj_emitter *emitter, uint32_t reg, const struct rj_node *node)
{
    struct text text = {.front = emitter->front};

    describe(&text, node);
    add_row(emitter, reg, RJ_CALLEE_ARGUMENT, &text);
}

/* V8 has words for some sources of array patterns. */
static bool is_named_source(const struct rj_node *source)
{
    switch (source->kind) {
    case RJ_N_CALL:
    case RJ_N_NEW:
        return source->left->kind == RJ_N_NAME;
    case RJ_N_NAME:
    case RJ_N_NUMBER:
    case RJ_N_STRING:
    case RJ_N_CONSTANT:
    case RJ_N_THIS:
    case RJ_N_ARRAY:
    case RJ_N_OBJECT:
    case RJ_N_CONDITIONAL:
        return true;
    default:
        return false;
    }
}

void rj_name_array_source(struct rj_emitter *emitter, uint32_t reg, const struct rj_node *source)
{
    if (source && is_named_source(source))
        rj_name_iterable(emitter, reg, source);
}

/* The first property of the pattern, if it is written as a name. */
static bool add_first(struct text *text, const struct rj_node *pattern, const char *before,
                      const char *behind)
{
    const struct rj_node *first = pattern->list;

    if (!first || first->kind != RJ_N_PROPERTY || (first->flags & RJ_NODE_COMPUTED))
        return false;
    add(text, before);
    add_atom(text, first->atom);
    add(text, behind);
    return true;
}

void rj_name_object_source(struct rj_emitter *emitter, uint32_t reg, const struct rj_node *pattern,
                           const struct rj_node *source)
{
    struct text text = {.front = emitter->front};
    const struct rj_node *first = pattern->list;

    if (!source || (first && first->kind == RJ_N_PROPERTY && first->third)) {
        add_first(&text, pattern, " (reading '", "')");
        add_row(emitter, reg, RJ_CALLEE_PART, &text);
        return;
    }
    add_first(&text, pattern, "property '", "' of ");
    if (source->kind == RJ_N_EMPTY) {
        add_row(emitter, reg, RJ_CALLEE_PARAMETER, &text);
        return;
    }
    add(&text, "'");
    describe(&text, source);
    add(&text, "'");
    add_row(emitter, reg, RJ_CALLEE_SOURCE, &text);
}

const struct rj_node *rj_source(struct rj_emitter *emitter, const char *name)
{
    struct rj_front *front = emitter->front;
    struct rj_node *node = rj_arena(front, sizeof(*node));

    node->kind = name ? RJ_N_NAME : RJ_N_EMPTY;
    if (name)
        node->atom = rj_check(front, rj_atom_text(front->vm, name));
    return node;
}
