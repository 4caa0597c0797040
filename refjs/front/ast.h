/* The program as a tree, and what one compilation knows. All of it lies on the collected heap,
 * reachable from the struct rj_front on the C stack: a compilation that fails just jumps out. */
#ifndef RJ_FRONT_AST_H
#define RJ_FRONT_AST_H

#include "front/lexer.h"
#include "vm/operations.h"

#include <setjmp.h>

/* What the fields of a node hold, by kind. `list` is chained by `next`. */
enum rj_node_kind {
    RJ_N_NUMBER,   /* number */
    RJ_N_STRING,   /* atom */
    RJ_N_CONSTANT, /* value: undefined, null, true, false */
    RJ_N_TEMPLATE, /* list: strings and expressions */
    RJ_N_NAME,     /* atom, variable (NULL: a global) */
    RJ_N_THIS,     /* variable of an arrow's outer this; NULL: register 0 */
    RJ_N_NEW_TARGET,
    RJ_N_SUPER,       /* only as the left of MEMBER and ELEMENT */
    RJ_N_ARRAY,       /* list: expressions, HOLE, SPREAD */
    RJ_N_OBJECT,      /* list: PROPERTY, SPREAD */
    RJ_N_PROPERTY,    /* atom, or left if computed; right: value, target; third: default */
    RJ_N_HOLE,        /* of an array */
    RJ_N_SPREAD,      /* left; in patterns the rest */
    RJ_N_FUNCTION,    /* function */
    RJ_N_CLASS,       /* class */
    RJ_N_UNARY,       /* op, left */
    RJ_N_TYPEOF,      /* left */
    RJ_N_DELETE,      /* left */
    RJ_N_VOID,        /* left */
    RJ_N_UPDATE,      /* op INC or DEC, left; RJ_NODE_PREFIX */
    RJ_N_BINARY,      /* op, left, right */
    RJ_N_LOGICAL,     /* op: a token; list of operands */
    RJ_N_CONDITIONAL, /* left ? right : third */
    RJ_N_ASSIGN,      /* left = right; op: of `+=` and such, else RJ_NO_OP */
    RJ_N_LOGICAL_ASSIGN,
    RJ_N_COMMA,          /* list */
    RJ_N_MEMBER,         /* left.atom */
    RJ_N_ELEMENT,        /* left[right] */
    RJ_N_CALL,           /* left(list) */
    RJ_N_NEW,            /* new left(list) */
    RJ_N_SUPER_CALL,     /* super(list) */
    RJ_N_CHAIN,          /* left holds ?. somewhere down its left side */
    RJ_N_ARRAY_PATTERN,  /* list: HOLE, TARGET, SPREAD */
    RJ_N_OBJECT_PATTERN, /* list: PROPERTY, SPREAD */
    RJ_N_TARGET,         /* right, third: default */
    /* statements */
    RJ_N_EXPRESSION, /* left */
    RJ_N_DECLARE,    /* list of DECLARATOR; op: enum rj_variable_kind */
    RJ_N_DECLARATOR, /* left, right (or NULL) */
    RJ_N_BLOCK,      /* list, scope */
    RJ_N_IF,         /* left, right, third */
    RJ_N_WHILE,      /* left, right */
    RJ_N_DO,         /* left, right */
    RJ_N_FOR,        /* left; right; third; fourth; scope (or NULL) */
    RJ_N_FOR_OF,     /* left: DECLARE or a target; right; fourth; scope */
    RJ_N_FOR_IN,
    RJ_N_RETURN,   /* left or NULL */
    RJ_N_BREAK,    /* atom or NULL */
    RJ_N_CONTINUE, /* atom or NULL */
    RJ_N_THROW,    /* left */
    RJ_N_TRY,      /* left; right: TARGET or NULL, third: catch block; fourth: finally; scope */
    RJ_N_SWITCH,   /* left; list of CASE; scope */
    RJ_N_CASE,     /* left (NULL: default), list */
    RJ_N_LABEL,    /* atom, left */
    RJ_N_EMPTY,
    RJ_N_CLASS_DECLARATION, /* class */
    RJ_N_DEBUGGER,
    /* members of classes */
    RJ_N_METHOD,       /* function; atom or left; op: enum rj_method */
    RJ_N_FIELD,        /* atom or left; right or NULL; variable: where a computed key is kept */
    RJ_N_STATIC_BLOCK, /* left */
};

enum rj_node_flag {
    RJ_NODE_ASSIGNS = 1,    /* a name is assigned in it, its functions not looked into */
    RJ_NODE_FUNCTION = 2,   /* there is a function in it */
    RJ_NODE_PAREN = 4,      /* written in parentheses */
    RJ_NODE_CHECK = 8,      /* a name that may be uninitialized */
    RJ_NODE_PREFIX = 16,    /* of UPDATE */
    RJ_NODE_OPTIONAL = 32,  /* MEMBER, ELEMENT, CALL after ?. */
    RJ_NODE_COMPUTED = 64,  /* PROPERTY, METHOD, FIELD: the key is `left` */
    RJ_NODE_STATIC = 128,   /* METHOD, FIELD */
    RJ_NODE_SHORTHAND = 256 /* PROPERTY: {a} */
};

/* Flags of children that their parents have as well. */
#define RJ_NODE_INHERITED (RJ_NODE_ASSIGNS | RJ_NODE_FUNCTION)

enum rj_method { RJ_METHOD, RJ_GETTER, RJ_SETTER };

#define RJ_NO_OP UINT16_MAX

struct rj_node {
    uint8_t kind;
    uint16_t flags;
    uint16_t op;
    uint32_t line, column;
    uint32_t position; /* number of its first token */
    uint32_t size;     /* nodes in it, roughly */
    struct rj_node *next;
    struct rj_node *left, *right, *third, *fourth;
    struct rj_node *list;
    union {
        struct rj_string *atom;
        double number;
        rj_value value;
        struct rj_scope_node *scope;
        struct rj_function_node *function;
        struct rj_class_node *class;
    };
    struct rj_variable *variable;
};

/* ---- scopes ---- */

enum rj_variable_kind {
    RJ_V_VAR,
    RJ_V_PARAMETER,
    RJ_V_FUNCTION,
    RJ_V_LET,
    RJ_V_CONST,
    RJ_V_CLASS,
    RJ_V_CLASS_INNER, /* the class's name as its inside sees it */
    RJ_V_CATCH,
    RJ_V_SELF,    /* the name of a function expression inside it */
    RJ_V_HIDDEN,  /* no name */
    RJ_V_PASSING, /* stands where a var was declared inside: see `alias` */
};

struct rj_variable {
    struct rj_string *name;
    enum rj_variable_kind kind;
    bool captured;     /* lives in the heap scope, at `index` */
    bool assigned;     /* other than by its declaration */
    bool referenced;   /* at all */
    bool checked;      /* somebody looks whether it is initialized */
    bool defined;      /* var: has a value before anybody reads it */
    uint32_t position; /* from this token on it is initialized */
    uint32_t first;    /* lowest position of a reference */
    uint32_t index;    /* register, or place in the heap scope */
    struct rj_scope_node *scope;
    struct rj_variable *alias;
    struct rj_variable *next;
};

struct rj_scope_node {
    struct rj_scope_node *parent; /* where names are looked up next */
    struct rj_scope_node *outer;  /* whose heap scope is around this one's */
    struct rj_function_node *function;
    struct rj_variable *first, *last; /* in order */
    struct rj_variable **table;       /* by name, open addressing; NULL while there are few */
    uint32_t count;
    uint32_t table_size;
    uint32_t heap_count;        /* captured variables; 0: no heap scope */
    uint32_t reg;               /* the heap scope, while emitting */
    uint32_t start;             /* position */
    uint32_t hoisted_reference; /* lowest position where a function declared here may be called */
    bool is_catch;              /* of the parameter of a catch */
    bool is_switch;             /* declarations may be jumped over */
    struct rj_node *functions;  /* FUNCTION nodes of declarations, `variable` set */
    struct rj_node **functions_end;
};

struct rj_function_node {
    struct rj_function_node *parent;
    struct rj_string *name; /* or NULL */
    const char *prefix;     /* of the name: "get ", "set ", or NULL */
    uint32_t flags;         /* enum rj_code_flag */
    bool has_self;          /* its name is visible inside */
    bool is_hoisted;        /* a declaration: made when `declared_in` is entered */
    bool is_default;        /* constructor that was not written */
    bool uses_scope;        /* LOAD_SCOPE is needed */
    bool uses_super;        /* super.x */
    bool is_static;         /* its home is the class, not the prototype */
    bool in_fields;         /* while parsing: super() is not possible here */
    uint32_t line, column;
    uint32_t start;           /* position */
    uint32_t first_effect;    /* lowest position where other functions may be called */
    uint32_t super_end;       /* position after which this is initialized */
    uint32_t depth;           /* while parsing: of statements */
    uint32_t parameter_count; /* without the rest */
    uint32_t length;
    struct rj_scope_node *declared_in;
    struct rj_scope_node *scope; /* parameters and body */
    struct rj_node *parameters;  /* TARGET, SPREAD */
    struct rj_node *body;        /* statements */
    struct rj_node *expression;  /* or that of an arrow */
    struct rj_variable *this_variable, *new_target, *arguments, *self;
    struct rj_variable *callee;  /* itself, for the arrows inside that call super() */
    struct rj_class_node *class; /* that it is a member of */
};

struct rj_class_node {
    struct rj_string *name; /* or NULL */
    struct rj_node *heritage;
    struct rj_node *members; /* METHOD, FIELD, STATIC_BLOCK */
    struct rj_function_node *constructor;
    struct rj_function_node *static_init; /* or NULL */
    struct rj_scope_node *scope;
    struct rj_scope_node *fields; /* of the initializers of instance fields */
    struct rj_variable *inner, *outer;
    struct rj_variable *parent; /* the superclass, if an arrow inside uses super; or NULL */
    bool has_fields;
};

/* ---- one compilation ---- */

struct rj_reference {
    struct rj_node *node;
    struct rj_scope_node *scope;
};

struct rj_front {
    struct rj_vm *vm;
    const char *source;
    uint32_t bytes;
    const char *file;
    jmp_buf failure;
    void *chunks; /* the arena: each chunk begins with a pointer to the one before */
    char *free;
    size_t left;
    struct rj_token *tokens;
    uint32_t token_count;
    uint32_t at; /* while parsing */
    bool no_in;  /* `in` ends the expression */
    struct rj_function_node *function;
    struct rj_scope_node *scope;
    struct rj_class_node *class; /* the innermost around */
    struct rj_reference *references;
    uint32_t reference_count, reference_capacity;
    uint32_t field_budget; /* fields are emitted at each super(): not endlessly */
    struct {
        struct rj_string *arguments, *constructor, *prototype, *proto, *undefined, *nan, *infinity,
            *get, *set, *of, *async, *await, *target, *eval, *math, *number;
    } atoms;
};

/* Throw a SyntaxError at a place and leave the compilation. */
_Noreturn void rj_fail(struct rj_front *front, uint32_t line, uint32_t column, const char *format,
                       ...) __attribute__((format(printf, 4, 5)));
/* Leave it with vm->exception set already. */
_Noreturn void rj_leave(struct rj_front *front, uint32_t line, uint32_t column);
/* Leave it with a RangeError if the C stack is nearly used up. */
void rj_check_stack(struct rj_front *front);

void *rj_arena(struct rj_front *front, size_t bytes); /* zeroed */
/* Twice as much room for `count` elements that are `size` bytes each. */
void *rj_grow(struct rj_front *front, void *array, uint32_t count, uint32_t *capacity, size_t size);
void *rj_check(struct rj_front *front, void *allocated); /* leaves if it is NULL */

/* UTF-8 of an atom. */
const char *rj_atom_utf8(struct rj_front *front, struct rj_string *atom);

#endif
