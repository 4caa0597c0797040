/* One function: what happens before its body, the body, and the finished code. */
#include "front/emitter.h"
#include "vm/interpret.h"

/* ---- the beginning ---- */

/* Parameters are in registers 1 and up. */
static void place_parameters(struct rj_emitter *emitter)
{
    struct rj_function_node *function = emitter->function;
    uint32_t reg = 1;

    for (struct rj_variable *at = function->scope->first; at; at = at->next)
        at->index = 0;
    emitter->line = function->line;
    emitter->column = function->column;
    rj_temporaries(emitter, 1 + function->parameter_count);
    rj_set_local(emitter, 0, true);
    for (struct rj_node *at = function->parameters; at; at = at->next) {
        if (at->kind != RJ_N_TARGET)
            continue;
        if (at->right->kind == RJ_N_NAME)
            at->right->variable->index = reg;
        rj_set_local(emitter, reg++, true);
    }
}

static void set_implicit(struct rj_emitter *emitter, struct rj_variable *variable, enum rj_op op)
{
    uint32_t top = emitter->top;
    uint32_t reg;

    if (!variable)
        return;
    reg = variable->captured ? rj_temporary(emitter) : variable->index;
    rj_emit(emitter, op, reg, 0, 0, 0);
    rj_initialize(emitter, variable, reg);
    emitter->top = top;
}

static void set_implicits(struct rj_emitter *emitter)
{
    struct rj_function_node *function = emitter->function;

    if (function->this_variable && !(function->flags & RJ_CODE_DERIVED))
        rj_initialize(emitter, function->this_variable, 0);
    if (function->new_target)
        emitter->code->flags |= RJ_CODE_NEW_TARGET;
    set_implicit(emitter, function->new_target, RJ_OP_LOAD_NEW_TARGET);
    set_implicit(emitter, function->arguments, RJ_OP_LOAD_ARGUMENTS);
    set_implicit(emitter, function->self, RJ_OP_LOAD_CALLEE);
    set_implicit(emitter, function->callee, RJ_OP_LOAD_CALLEE);
}

static void emit_rest_parameter(struct rj_emitter *emitter, struct rj_node *node)
{
    uint32_t reg = RJ_ANYWHERE;

    if (node->left->kind == RJ_N_NAME)
        reg = rj_target_register(node->left->variable);
    reg = rj_place(emitter, reg);
    rj_emit(emitter, RJ_OP_LOAD_REST, reg, 0, 0, emitter->function->parameter_count);
    rj_emit_store(emitter, node->left, reg, true);
}

static void set_parameters(struct rj_emitter *emitter)
{
    uint32_t reg = 1;

    for (struct rj_node *at = emitter->function->parameters; at; at = at->next) {
        uint32_t top = emitter->top;

        rj_at(emitter, at);
        if (at->kind == RJ_N_SPREAD) {
            emit_rest_parameter(emitter, at);
        } else {
            if (at->third)
                rj_emit_default(emitter, at->third, reg);
            if (at->right->kind == RJ_N_OBJECT_PATTERN)
                emitter->source = rj_source(emitter, NULL);
            rj_emit_store(emitter, at->right, reg++, true);
        }
        emitter->top = top;
    }
}

static void set_vars(struct rj_emitter *emitter)
{
    uint32_t top = emitter->top;

    for (struct rj_variable *at = emitter->function->scope->first; at; at = at->next) {
        if (at->kind != RJ_V_VAR || at == emitter->function->arguments)
            continue;
        if (!at->captured && at->defined && at->first >= at->position)
            continue;
        if (at->captured) {
            uint32_t nothing = rj_temporary(emitter);

            rj_emit_constant(emitter, nothing, RJ_UNDEFINED);
            rj_store_variable(emitter, at, nothing);
        } else {
            rj_emit_constant(emitter, at->index, RJ_UNDEFINED);
        }
        emitter->top = top;
    }
}

/* ---- the body ---- */

/* constructor(...args) { super(...args); } */
static void emit_default_constructor(struct rj_emitter *emitter)
{
    if (emitter->function->flags & RJ_CODE_DERIVED) {
        uint32_t top = emitter->top;
        uint32_t into = rj_temporary(emitter), base = rj_temporaries(emitter, 2);

        rj_emit(emitter, RJ_OP_LOAD_REST, base + 1, 0, 0, 0);
        rj_emit(emitter, RJ_OP_SUPER_SPREAD, into, 0, base, 0);
        if (emitter->function->this_variable)
            rj_store_variable(emitter, emitter->function->this_variable, 0);
        emitter->top = top;
        rj_emit_fields(emitter);
    }
    rj_emit_end(emitter);
}

static bool ends_in_return(const struct rj_node *body)
{
    while (body && body->next)
        body = body->next;
    return body && (body->kind == RJ_N_RETURN || body->kind == RJ_N_THROW);
}

static void emit_body(struct rj_emitter *emitter)
{
    struct rj_function_node *function = emitter->function;

    if (function->is_default) {
        emit_default_constructor(emitter);
    } else if (function->expression) {
        uint32_t value;

        rj_at(emitter, function->expression);
        value = rj_emit_value(emitter, function->expression, RJ_ANYWHERE);
        rj_emit(emitter, RJ_OP_RETURN, value, 0, 0, 0);
    } else if (function->class && function->class->static_init == function) {
        rj_emit_static_members(emitter, function->class);
        rj_emit_end(emitter);
    } else {
        rj_emit_statements(emitter, function->body);
        if (!ends_in_return(function->body))
            rj_emit_end(emitter);
    }
}

static void emit_all(struct rj_emitter *emitter)
{
    struct rj_function_node *function = emitter->function;

    place_parameters(emitter);
    if (function->uses_scope) {
        emitter->scope_register = rj_temporary(emitter);
        rj_emit(emitter, RJ_OP_LOAD_SCOPE, emitter->scope_register, 0, 0, 0);
    }
    rj_enter_scope(emitter, function->scope);
    set_implicits(emitter);
    if (!(function->flags & RJ_CODE_DERIVED))
        rj_emit_fields(emitter);
    set_parameters(emitter);
    set_vars(emitter);
    rj_make_functions(emitter, function->scope);
    emit_body(emitter);
}

/* ---- the finished code ---- */

static const char *name_of(struct rj_front *front, const struct rj_function_node *function)
{
    struct rj_vm *vm = front->vm;
    struct rj_string *name = function->name;

    if (function->class && function->class->static_init == function)
        name = rj_check(front, rj_atom_text(vm, "<static_initializer>"));
    if (!name)
        name = vm->atoms.empty;
    if (function->prefix) {
        struct rj_string *prefix = rj_check(front, rj_atom_text(vm, function->prefix));

        name = rj_check(front, rj_string_concat(vm, prefix, name));
    }
    return rj_atom_utf8(front, name);
}

static struct rj_code *make_code(struct rj_front *front, const struct rj_function_node *function)
{
    struct rj_code *code = rj_check(front, rj_allocate(front->vm, sizeof(*code)));

    code->cell.kind = RJ_CODE;
    code->flags = function->flags;
    code->id = ++front->vm->next_code;
    code->entry = rj_interpret_entry;
    code->name = name_of(front, function);
    code->file = front->file;
    code->line = function->line;
    code->column = function->column;
    code->parameter_count = function->parameter_count;
    code->length = function->length;
    return code;
}

static void *copy(struct rj_front *front, const void *array, uint32_t count, size_t size,
                  bool pointers)
{
    size_t bytes = count * size;
    void *made;

    if (!count)
        return NULL;
    made = rj_check(front, pointers ? rj_allocate(front->vm, bytes)
                                    : rj_allocate_atomic(front->vm, bytes));
    memcpy(made, array, bytes);
    return made;
}

static void make_feedback(struct rj_emitter *emitter)
{
    struct rj_front *front = emitter->front;
    struct rj_code *code = emitter->code;
    uint32_t arguments = code->parameter_count + 1;

    code->slot_count = emitter->slot_count;
    if (code->slot_count)
        code->feedback =
            rj_check(front, rj_allocate(front->vm, code->slot_count * sizeof(struct rj_feedback)));
    for (uint32_t i = 0; i < code->slot_count; i++)
        code->feedback[i].kind = emitter->feedback[i];
    code->argument_seen = rj_check(front, rj_allocate_atomic(front->vm, arguments));
    memset(code->argument_seen, 0, arguments);
}

static void finish(struct rj_emitter *emitter)
{
    struct rj_front *front = emitter->front;
    struct rj_code *code = emitter->code;

    code->register_count = emitter->register_count;
    code->instruction_count = emitter->count;
    code->constant_count = emitter->constant_count;
    code->function_count = emitter->function_count;
    code->handler_count = emitter->handler_count;
    code->position_count = emitter->position_count;
    code->loop_count = emitter->loop_count;
    code->instructions =
        copy(front, emitter->instructions, emitter->count, sizeof(struct rj_instruction), false);
    code->constants =
        copy(front, emitter->constants, emitter->constant_count, sizeof(rj_value), true);
    code->functions =
        copy(front, emitter->functions, emitter->function_count, sizeof(struct rj_code *), true);
    code->handlers =
        copy(front, emitter->handlers, emitter->handler_count, sizeof(struct rj_handler), false);
    code->positions =
        copy(front, emitter->positions, emitter->position_count, sizeof(struct rj_position), false);
    code->callee_count = emitter->callee_count;
    code->callees =
        copy(front, emitter->callees, emitter->callee_count, sizeof(struct rj_callee), true);
    make_feedback(emitter);
}

struct rj_code *rj_emit_function(struct rj_front *front, struct rj_function_node *function,
                                 struct rj_emitter *around)
{
    struct rj_emitter emitter = {.front = front, .function = function, .around = around};

    rj_check_stack(front);
    emitter.code = make_code(front, function);
    emit_all(&emitter);
    finish(&emitter);
    return emitter.code;
}

uint32_t rj_add_function(struct rj_emitter *emitter, struct rj_function_node *function)
{
    struct rj_code *code = rj_emit_function(emitter->front, function, emitter);

    if (emitter->function_count == emitter->function_capacity)
        emitter->functions = rj_grow(emitter->front, emitter->functions, emitter->function_count,
                                     &emitter->function_capacity, sizeof(*emitter->functions));
    code->outer = emitter->code;
    code->outer_index = emitter->function_count;
    emitter->functions[emitter->function_count] = code;
    return emitter->function_count++;
}
