/* A tree to bytecode, one function at a time. Registers are a stack: the variables of the blocks
 * that are open, then temporaries; what is above `top` is free. */
#ifndef RJ_FRONT_EMITTER_H
#define RJ_FRONT_EMITTER_H

#include "front/ast.h"

#define RJ_ANYWHERE UINT32_MAX /* wanted register: the emitter's choice */

struct rj_label {
    uint32_t target;  /* UINT32_MAX: not yet known */
    uint32_t patches; /* the last jump to it, plus 1; jumps are chained through their d */
};
#define RJ_LABEL_INIT                                                                              \
    {                                                                                              \
        UINT32_MAX, 0                                                                              \
    }

enum rj_control_kind { RJ_C_LOOP, RJ_C_SWITCH, RJ_C_BLOCK, RJ_C_FINALLY };

struct rj_exit {                /* a way out of a try: what to do after its finally */
    enum rj_node_kind kind;     /* BREAK, CONTINUE or RETURN */
    struct rj_control *control; /* that is left or continued */
    struct rj_exit *next;
};

/* What break, continue and return have to know about: the innermost first. */
struct rj_control {
    enum rj_control_kind kind;
    struct rj_control *around;
    struct rj_node *labels; /* LABEL nodes that name it, chained by `third` */
    struct rj_label end, again;
    uint32_t completion; /* FINALLY: register of 0 normal, 1 thrown, 2 and up: exits */
    uint32_t value;      /* thrown or returned */
    struct rj_label finally;
    struct rj_exit *exits;
};

struct rj_constant { /* of the table that finds equal ones */
    rj_value value;
    uint32_t number_plus_1;
};

struct rj_emitter {
    struct rj_front *front;
    struct rj_function_node *function;
    struct rj_emitter *around;
    struct rj_code *code;
    struct rj_instruction *instructions;
    uint32_t count, capacity;
    rj_value *constants;
    uint32_t constant_count, constant_capacity;
    struct rj_constant *table;
    uint32_t table_size;
    struct rj_code **functions;
    uint32_t function_count, function_capacity;
    struct rj_handler *handlers;
    uint32_t handler_count, handler_capacity;
    struct rj_position *positions;
    uint32_t position_count, position_capacity;
    uint8_t *feedback; /* kinds by slot */
    uint32_t slot_count, slot_capacity;
    uint8_t *is_local; /* by register: a variable that has a value already */
    uint32_t local_capacity;
    uint32_t top, register_count;
    uint32_t loop_count;
    uint32_t scope_register; /* LOAD_SCOPE */
    uint32_t line, column;   /* of what is emitted */
    struct rj_control *control;
    struct rj_label *chain; /* where ?. goes for undefined and null */
    struct rj_node *labels; /* of the statement that comes next */
    struct rj_callee *callees;
    uint32_t callee_count, callee_capacity;
    const struct rj_node *source; /* of the pattern that is stored to next; NULL: no words for it */
};

/* ---- instructions (emit.c) ---- */

/* d is signed in some rows and a constant's number in others. */
uint32_t rj_emit(struct rj_emitter *emitter, enum rj_op op, uint32_t a, uint32_t b, uint32_t c,
                 uint32_t d);
void rj_emit_jump(struct rj_emitter *emitter, enum rj_op op, uint32_t a, uint32_t b, uint32_t c,
                  struct rj_label *label);
void rj_emit_label(struct rj_emitter *emitter, struct rj_label *label);
void rj_emit_loop(struct rj_emitter *emitter);
void rj_emit_constant(struct rj_emitter *emitter, uint32_t into, rj_value value);
void rj_emit_move(struct rj_emitter *emitter, uint32_t into, uint32_t from);
uint32_t rj_constant(struct rj_emitter *emitter, rj_value value);
uint32_t rj_atom_constant(struct rj_emitter *emitter, struct rj_string *atom);
void rj_at(struct rj_emitter *emitter, const struct rj_node *node);
void rj_add_handler(struct rj_emitter *emitter, uint32_t start, uint32_t end, uint32_t destination);

uint32_t rj_temporary(struct rj_emitter *emitter);
uint32_t rj_temporaries(struct rj_emitter *emitter, uint32_t count);
/* The register wanted, or a new one. */
uint32_t rj_place(struct rj_emitter *emitter, uint32_t wanted);
static inline bool rj_is_local(const struct rj_emitter *emitter, uint32_t reg)
{
    return reg < emitter->local_capacity && emitter->is_local[reg];
}
void rj_set_local(struct rj_emitter *emitter, uint32_t reg, bool is_local);

/* ---- variables and scopes (emit_scope.c) ---- */

void rj_enter_scope(struct rj_emitter *emitter, struct rj_scope_node *scope);
/* The closures of the declarations in it; rj_enter_scope() does it but for a function's own. */
void rj_make_functions(struct rj_emitter *emitter, struct rj_scope_node *scope);
/* The register of the heap scope that closures made in `scope` see. */
uint32_t rj_scope_register(struct rj_emitter *emitter, const struct rj_scope_node *scope);
void rj_load_variable(struct rj_emitter *emitter, const struct rj_variable *variable,
                      uint32_t into);
void rj_store_variable(struct rj_emitter *emitter, const struct rj_variable *variable,
                       uint32_t from);
/* The value of a declaration. */
void rj_initialize(struct rj_emitter *emitter, struct rj_variable *variable, uint32_t from);
/* The register that a declaration's value may be computed into right away, or RJ_ANYWHERE. */
uint32_t rj_target_register(const struct rj_variable *variable);
void rj_check_variable(struct rj_emitter *emitter, struct rj_string *name, uint32_t reg);

/* ---- expressions ---- */

/* Into that register, or with RJ_ANYWHERE where the value is or into a new one. Returns it. */
uint32_t rj_emit_value(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted);
/* The same, but not the register of a variable that `later` assigns. `later` may be NULL. */
uint32_t rj_emit_operand(struct rj_emitter *emitter, struct rj_node *node,
                         const struct rj_node *later);
void rj_emit_effect(struct rj_emitter *emitter, struct rj_node *node); /* the value is not needed */
/* Jump to the label if the value is as `when` says. */
void rj_emit_branch(struct rj_emitter *emitter, struct rj_node *node, bool when,
                    struct rj_label *label);
uint32_t rj_emit_this(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted);
uint32_t rj_emit_name(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted);

/* Members (emit_member.c). */
struct rj_place { /* of a MEMBER or ELEMENT, its parts computed */
    struct rj_node *node;
    struct rj_string *name; /* NULL: the key is in a register */
    uint32_t object;
    uint32_t key;
};
struct rj_place rj_emit_place(struct rj_emitter *emitter, struct rj_node *node,
                              const struct rj_node *later);
/* The key of super.x or super[x], in a register. */
uint32_t rj_emit_super_key(struct rj_emitter *emitter, struct rj_node *node,
                           const struct rj_node *later);
void rj_emit_get(struct rj_emitter *emitter, const struct rj_place *place, uint32_t into);
void rj_emit_set(struct rj_emitter *emitter, const struct rj_place *place, uint32_t from);
uint32_t rj_emit_member(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted);
void rj_emit_get_named(struct rj_emitter *emitter, uint32_t into, uint32_t object,
                       struct rj_string *name);
/* A key that a program writes as a name or text: into a register as an int or an atom. */
void rj_emit_key(struct rj_emitter *emitter, struct rj_string *name, uint32_t into);
bool rj_is_index(const struct rj_string *name);
uint32_t rj_emit_delete(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted);
uint32_t rj_emit_chain(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted);
/* Leave the chain if the value of the part before ?. is undefined or null. */
void rj_emit_optional(struct rj_emitter *emitter, const struct rj_node *node, uint32_t reg);

/* Calls (emit_call.c). */
uint32_t rj_emit_call(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted);
uint32_t rj_emit_new(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted);
uint32_t rj_emit_super_call(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted);

/* Literals (emit_literal.c). */
/* `arguments`: of a call. */
uint32_t rj_emit_array(struct rj_emitter *emitter, struct rj_node *list, uint32_t wanted,
                       bool arguments);
uint32_t rj_emit_object(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted);
uint32_t rj_emit_template(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted);
uint32_t rj_emit_closure(struct rj_emitter *emitter, struct rj_function_node *function,
                         uint32_t wanted);

/* Assignments and patterns (emit_assign.c). */
uint32_t rj_emit_assign(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted,
                        bool needed);
uint32_t rj_emit_update(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted,
                        bool needed);
/* Assign the register's value to a name, member or pattern; `declares`: it is the first value of
 * the variables. */
void rj_emit_store(struct rj_emitter *emitter, struct rj_node *target, uint32_t from,
                   bool declares);
/* reg := the default's value if it is undefined. */
void rj_emit_default(struct rj_emitter *emitter, struct rj_node *value, uint32_t reg);

/* What values are called in messages (describe.c): of the instruction emitted last, whose register
 * `reg` holds the value. */
void rj_name_callee(struct rj_emitter *emitter, uint32_t reg, const struct rj_node *node);
void rj_name_iterable(struct rj_emitter *emitter, uint32_t reg, const struct rj_node *node);
void rj_name_argument(struct rj_emitter *emitter, uint32_t reg, const struct rj_node *node);
void rj_name_array_source(struct rj_emitter *emitter, uint32_t reg, const struct rj_node *source);
void rj_name_object_source(struct rj_emitter *emitter, uint32_t reg, const struct rj_node *pattern,
                           const struct rj_node *source);
/* For emitter->source: a name that nobody wrote; NULL: a parameter. */
const struct rj_node *rj_source(struct rj_emitter *emitter, const char *name);

/* ---- statements (emit_statement.c, emit_loop.c, emit_try.c) ---- */

void rj_emit_statement(struct rj_emitter *emitter, struct rj_node *node);
void rj_emit_statements(struct rj_emitter *emitter, struct rj_node *list);
void rj_emit_block(struct rj_emitter *emitter, struct rj_node *node);
void rj_emit_declare(struct rj_emitter *emitter, struct rj_node *node);
void rj_emit_while(struct rj_emitter *emitter, struct rj_node *node);
void rj_emit_do(struct rj_emitter *emitter, struct rj_node *node);
void rj_emit_for(struct rj_emitter *emitter, struct rj_node *node);
void rj_emit_for_each(struct rj_emitter *emitter, struct rj_node *node);
void rj_emit_try(struct rj_emitter *emitter, struct rj_node *node);
void rj_push_control(struct rj_emitter *emitter, struct rj_control *control,
                     enum rj_control_kind kind);
void rj_pop_control(struct rj_emitter *emitter);
/* Leave by way of the finally blocks in between. For RETURN the value is in `value`. */
void rj_emit_exit(struct rj_emitter *emitter, enum rj_node_kind kind, struct rj_control *target,
                  uint32_t value);
void rj_emit_jump_statement(struct rj_emitter *emitter, struct rj_node *node);
/* Where a break or continue goes if nothing has to be done on the way, or NULL. */
struct rj_label *rj_direct_jump(struct rj_emitter *emitter, const struct rj_node *node);
void rj_emit_return(struct rj_emitter *emitter, struct rj_node *node);
/* The return that is not written at a function's end. */
void rj_emit_end(struct rj_emitter *emitter);

/* ---- functions and classes (emit_function.c, emit_class.c) ---- */

struct rj_code *rj_emit_function(struct rj_front *front, struct rj_function_node *function,
                                 struct rj_emitter *around);
uint32_t rj_add_function(struct rj_emitter *emitter, struct rj_function_node *function);
uint32_t rj_emit_class(struct rj_emitter *emitter, struct rj_node *node, uint32_t wanted);
/* Static fields and blocks: the body of the function that runs them. */
void rj_emit_static_members(struct rj_emitter *emitter, struct rj_class_node *class);
/* Initialize the instance's fields: when its constructor begins or super() has returned. */
void rj_emit_fields(struct rj_emitter *emitter);

#endif
