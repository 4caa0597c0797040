/* The engine of one process: what is not in the heap of the program. JavaScript runs on the thread
 * that made it; the compiler's thread sees nothing of it but copies. */
#ifndef RJ_VM_VM_H
#define RJ_VM_VM_H

#include "vm/code.h"
#include "vm/heap.h"
#include "vm/memory.h"

#include <stdio.h>

struct rj_jit;
struct rj_tell;
struct jitney_session;

enum rj_jit_mode { RJ_JIT_OFF, RJ_JIT_ON, RJ_JIT_ALWAYS };

struct rj_options { /* see options.c for the flags */
    enum rj_jit_mode jit;
    uint32_t call_threshold; /* calls of a function before it is compiled */
    uint32_t loop_threshold; /* rounds of a loop before it is compiled and entered in the middle */
    uint32_t give_up;        /* deoptimizations before a function is left to the interpreter */
    uint32_t inline_limit;   /* instructions of a callee that is inlined */
    uint32_t inline_depth;
    uint32_t force_deopt;   /* N: the Nth guard of each compiled code fails always; 0: none */
    uint64_t time_limit_ms; /* 0: none */
    uint64_t memory_limit;  /* bytes of heap */
    bool no_osr;
    bool no_inline;
    bool deterministic; /* compile on the main thread, at once */
    bool trace_opt;
    bool trace_deopt;
    bool print_bytecode;
    bool print_ir;
    bool print_code;
    const char *file;
    int argc; /* of the program: process.argv from the third on */
    char **argv;
};

/* An interpreter's call, for places in messages. `at` is kept up to date where something can
 * throw. */
struct rj_frame {
    struct rj_code *code;
    struct rj_function *callee;
    rj_value *registers;
    const rj_value *args;
    uint32_t argc;
    uint32_t at; /* instruction */
    rj_value new_target;
    struct rj_frame
        *caller; /* the interpreter's frame below; compiled frames between them are not told */
};

/* Why the interpreter or compiled code should look up: bits of vm->interrupt. */
enum rj_interrupt {
    RJ_INTERRUPT_INSTALL = 1, /* the compiler has finished something */
    RJ_INTERRUPT_TIME = 2,    /* the time limit is over */
};

/* Builtins that the engine itself needs. */
struct rj_realm {
    struct rj_object *global;
    struct rj_object *object_prototype;
    struct rj_object *function_prototype;
    struct rj_object *array_prototype;
    struct rj_object *string_prototype;
    struct rj_object *number_prototype;
    struct rj_object *boolean_prototype;
    struct rj_object *iterator_prototype;
    struct rj_object *map_prototype;
    struct rj_object *set_prototype;
    struct rj_object *date_prototype;
    struct rj_object *typed_array_prototypes[3]; /* in the order of enum rj_kind */
    struct rj_object *error_prototypes[6];       /* enum rj_error_class */
    struct rj_shape *object_shape;               /* of {} */
    struct rj_shape *array_shape;
    struct rj_shape *function_shape;
    struct rj_shape *iterator_shape;
    struct rj_shape *map_shape;
    struct rj_shape *set_shape;
    struct rj_shape *typed_array_shapes[3];
};

/* Atoms that C code names: rj_atom_NAME is vm->atoms.NAME. */
#define RJ_ATOM_LIST(ROW)                                                                          \
    ROW(length)                                                                                    \
    ROW(prototype)                                                                                 \
    ROW(constructor)                                                                               \
    ROW(name)                                                                                      \
    ROW(message)                                                                                   \
    ROW(stack)                                                                                     \
    ROW(toString)                                                                                  \
    ROW(valueOf)                                                                                   \
    ROW(get)                                                                                       \
    ROW(set)                                                                                       \
    ROW(value)                                                                                     \
    ROW(writable)                                                                                  \
    ROW(enumerable)                                                                                \
    ROW(configurable)                                                                              \
    ROW(next)                                                                                      \
    ROW(done)                                                                                      \
    ROW(undefined)                                                                                 \
    ROW(object)                                                                                    \
    ROW(boolean)                                                                                   \
    ROW(number)                                                                                    \
    ROW(string)                                                                                    \
    ROW(function)                                                                                  \
    ROW(toJSON)                                                                                    \
    ROW(index)                                                                                     \
    ROW(input)                                                                                     \
    ROW(cause)

enum rj_error_class {
    RJ_ERROR_ERROR,
    RJ_ERROR_TYPE,
    RJ_ERROR_RANGE,
    RJ_ERROR_REFERENCE,
    RJ_ERROR_SYNTAX,
    RJ_ERROR_EVAL_UNUSED,
};

struct rj_vm {
    /* Read by compiled code: */
    uint32_t prototype_epoch; /* counts changes of shapes of objects that are prototypes */
    uint32_t interrupt;       /* enum rj_interrupt; set by other threads, atomically */
    uintptr_t stack_limit;    /* lowest address that a frame may have */
    rj_value exception;       /* after RJ_THROWN */
    /* Not: */
    struct rj_options options;
    struct rj_realm realm;
    struct {
#define RJ_ATOM_ROW(name) struct rj_string *name;
        RJ_ATOM_LIST(RJ_ATOM_ROW)
#undef RJ_ATOM_ROW
        struct rj_string *empty;
        struct rj_string *null;
        struct rj_string *true_;
        struct rj_string *false_;
        struct rj_string *proto;       /* "__proto__" */
        struct rj_string *single[256]; /* of one unit below 256 */
    } atoms;
    void *atom_table;        /* string.c's own */
    struct rj_frame *frame;  /* the interpreter's innermost */
    struct rj_jit *jit;      /* NULL with --jit=off or without LLVM */
    struct rj_tell *tell;    /* events; never NULL */
    uint32_t tells_calls;    /* the interpreter and compiled code tell invocations */
    uint32_t tells_feedback; /* feedback changes are told */
    uint32_t next_shape;     /* ids */
    uint32_t next_code;
    struct rj_position thrown_at; /* of vm->exception, for the message if nobody catches it */
    const char *thrown_file;
    struct rj_heap heap; /* memory.c */
    void *lookups;       /* lookup.c's own */
};

/* The one engine of this process; NULL if memory is short. */
struct rj_vm *rj_vm_new(const struct rj_options *options);
void rj_vm_free(struct rj_vm *vm);

#endif
