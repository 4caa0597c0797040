/* One function of the program: its bytecode, what was learned about it, and how it is entered. */
#ifndef RJ_VM_CODE_H
#define RJ_VM_CODE_H

#include "vm/bytecode.h"
#include "vm/feedback.h"
#include "vm/heap.h"

/* How everything that can be called is called: builtins, the interpreter, compiled code.
 *
 * `args` are `argc` values that the callee may read until it returns. `new_target` is RJ_UNDEFINED
 * for a plain call; else `this_value` is the object made for a base constructor, or
 * RJ_UNINITIALIZED for a derived one and for builtins. Returns a value, or RJ_THROWN. */
typedef rj_value (*rj_entry)(struct rj_vm *vm, struct rj_function *callee, rj_value this_value,
                             uint32_t argc, const rj_value *args, rj_value new_target);

/* See rj_interpret(). */
struct rj_frame;
typedef rj_value (*rj_run)(struct rj_vm *vm, struct rj_frame *frame, bool thrown);

struct rj_position { /* holds up to the next one */
    uint32_t instruction;
    uint32_t line; /* from 1 */
    uint32_t column;
};

/* Thrown in instructions start to end - 1: go on at target with the exception in `destination`. The
 * innermost comes first. */
struct rj_handler {
    uint32_t start;
    uint32_t end;
    uint32_t target;
    uint32_t destination;
};

enum rj_code_flag {
    RJ_CODE_ARROW = 1,       /* no this, no prototype, no new */
    RJ_CODE_METHOD = 2,      /* no prototype, no new */
    RJ_CODE_CLASS = 4,       /* constructor of a class: only new */
    RJ_CODE_DERIVED = 8,     /* ... that extends */
    RJ_CODE_SCRIPT = 16,     /* the whole program */
    RJ_CODE_NATIVE = 32,     /* a builtin: no bytecode */
    RJ_CODE_NEW_TARGET = 64, /* LOAD_NEW_TARGET or SUPER_* is in it */
};

/* Builtins that the compiler knows: it may replace a call by instructions. */
enum rj_intrinsic {
    RJ_INTRINSIC_NONE,
    RJ_INTRINSIC_ABS,
    RJ_INTRINSIC_FLOOR,
    RJ_INTRINSIC_CEIL,
    RJ_INTRINSIC_ROUND,
    RJ_INTRINSIC_TRUNC,
    RJ_INTRINSIC_SQRT,
    RJ_INTRINSIC_MIN,
    RJ_INTRINSIC_MAX,
    RJ_INTRINSIC_IMUL,
    RJ_INTRINSIC_SIN,
    RJ_INTRINSIC_COS,
    RJ_INTRINSIC_POW,
    RJ_INTRINSIC_CHAR_CODE_AT,
    RJ_INTRINSIC_FROM_CHAR_CODE,
    RJ_INTRINSIC_PUSH,
    RJ_INTRINSIC_POP,
};

/* What the program calls a value that an instruction may find unfit, for the message. */
enum rj_callee_kind {
    RJ_CALLEE_VALUE,     /* called, constructed, iterated over */
    RJ_CALLEE_ARGUMENT,  /* spread as the last argument */
    RJ_CALLEE_SOURCE,    /* of an object pattern: "property 'x' of 'o'" or "'o'" */
    RJ_CALLEE_PARAMETER, /* the same without the 'o' */
    RJ_CALLEE_PART,      /* of a pattern: "(reading 'x')" or "" */
};

struct rj_callee {
    uint32_t instruction;
    uint16_t reg; /* that holds the value */
    uint16_t kind;
    struct rj_string *text;
};

struct rj_tiering; /* refjs/jit's own */

struct rj_code {
    struct rj_cell cell; /* extra: enum rj_intrinsic */
    uint32_t flags;      /* enum rj_code_flag */
    uint32_t id;         /* counted up from 1 */
    rj_entry entry;      /* the interpreter, or compiled code; changes at any call */
    const char *name;    /* "" for none; UTF-8, on the heap like all below */
    const char *file;
    uint32_t line;
    uint32_t column;
    uint32_t parameter_count; /* registers 1 to this are filled from the arguments */
    uint32_t length;          /* as programs see it */
    uint32_t register_count;  /* this and parameters included */
    uint32_t instruction_count;
    uint32_t constant_count;
    uint32_t function_count;
    uint32_t handler_count;
    uint32_t position_count;
    uint32_t slot_count;
    uint32_t loop_count;
    struct rj_instruction *instructions;
    rj_value *constants;
    struct rj_code **functions; /* those written inside it */
    struct rj_handler *handlers;
    struct rj_position *positions;
    struct rj_code *outer; /* the function it is written in, and which of its `functions` it is: */
    uint32_t outer_index;  /* the way from the script to here names it across processes */
    uint32_t jitney;       /* number of jitney_function_define(); 0: not yet told */
    uint32_t invocations;  /* seen by the interpreter since the last compilation */
    uint32_t rounds;       /* of its loops, the same */
    uint32_t construct_slots; /* how many slots its objects came to have */
    uint32_t reserved;
    struct rj_feedback *feedback;
    uint8_t *argument_seen; /* enum rj_seen of this and each parameter */
    struct rj_tiering *tiering;
    rj_run run; /* NULL: rj_interpret(); else a piece of code of its own that calls it, for
                   profilers */
    struct rj_callee *callees; /* by instruction */
    uint32_t callee_count;
    uint64_t *told; /* while feedback is told: what was told of each slot; interpret.c's own */
};

/* Where an instruction comes from; zeros if nothing is known. */
struct rj_position rj_code_position(const struct rj_code *code, uint32_t instruction);

/* What the program calls `value` in the instruction that the frame (NULL: none) is at; NULL if it
 * is not that instruction's own operand, as when a builtin calls it. */
const struct rj_callee *rj_find_callee(const struct rj_frame *frame, rj_value value);

#endif
