/* From bytecode and feedback to LLVM's IR. The main struct of the rooms' build_*.c files.
 *
 * A function is built by walking its nodes (jit/flow.h) in an order in which all ways into a node
 * but those of loops come before it. For each register the builder knows the value: how it is
 * represented, which types it can have. What comes together at a node joins in a PHI of the
 * narrowest representation that fits all. At the head of a loop the types that come around are not
 * known yet: the builder assumes that they are those at the entry, and if that was wrong, notes
 * what it has found and builds the function again (`assumed`). */
#ifndef RJ_JIT_BUILD_H
#define RJ_JIT_BUILD_H

#include "jit/flow.h"
#include "jit/meta.h"
#include "jit/snapshot.h"

#include <llvm-c/Core.h>
#include <llvm-c/DebugInfo.h>
#include <setjmp.h>

enum rj_type {
    RJ_T_INT = 1,
    RJ_T_DOUBLE = 2,
    RJ_T_BOOLEAN = 4,
    RJ_T_UNDEFINED = 8,
    RJ_T_NULL = 16,
    RJ_T_SPECIAL = 32, /* hole, uninitialized */
    RJ_T_STRING = 64,
    RJ_T_FUNCTION = 128,
    RJ_T_ARRAY = 256,
    RJ_T_FLOAT64 = 512,
    RJ_T_INT32 = 1024,
    RJ_T_UINT8 = 2048,
    RJ_T_OBJECT = 4096, /* RJ_OBJECT */
    RJ_T_OTHER = 8192,  /* other kinds of objects */
    RJ_T_SCOPE = 16384,
    RJ_T_NUMBER = RJ_T_INT | RJ_T_DOUBLE,
    RJ_T_NULLISH = RJ_T_UNDEFINED | RJ_T_NULL,
    RJ_T_OBJECTS = RJ_T_FUNCTION | RJ_T_ARRAY | RJ_T_FLOAT64 | RJ_T_INT32 | RJ_T_UINT8 |
                   RJ_T_OBJECT | RJ_T_OTHER,
    RJ_T_CELLS = RJ_T_OBJECTS | RJ_T_STRING | RJ_T_SCOPE,
    RJ_T_ANY = 0x7fff,
};

struct rj_val {
    LLVMValueRef v;
    LLVMValueRef pointer; /* the same as a pointer, once it was asked for; or NULL */
    uint16_t type;        /* enum rj_type */
    uint8_t rep;          /* enum rj_rep; always the one of `type` */
};

/* Kinds of memory that do not overlap: row per TBAA type. */
#define RJ_MEMORY_LIST(ROW)                                                                        \
    ROW(RJ_M_HEADER, "cell header")                                                                \
    ROW(RJ_M_SHAPE, "shape")                                                                       \
    ROW(RJ_M_SLOTS, "slots pointer")                                                               \
    ROW(RJ_M_SLOT, "slot")                                                                         \
    ROW(RJ_M_ELEMENTS, "elements pointer")                                                         \
    ROW(RJ_M_LENGTH, "array length")                                                               \
    ROW(RJ_M_CAPACITY, "array capacity")                                                           \
    ROW(RJ_M_ELEMENT, "element")                                                                   \
    ROW(RJ_M_TYPED, "typed array header")                                                          \
    ROW(RJ_M_DATA, "typed data")                                                                   \
    ROW(RJ_M_STRING, "string header")                                                              \
    ROW(RJ_M_CHARS, "string chars")                                                                \
    ROW(RJ_M_FUNCTION, "function")                                                                 \
    ROW(RJ_M_CODE, "code")                                                                         \
    ROW(RJ_M_SCOPE, "scope header")                                                                \
    ROW(RJ_M_VARIABLE, "scope value")                                                              \
    ROW(RJ_M_HEAP, "free lists")                                                                   \
    ROW(RJ_M_VM, "vm")                                                                             \
    ROW(RJ_M_ITERATOR, "iterator")                                                                 \
    ROW(RJ_M_FRAME, "arguments and buffers")

enum rj_memory {
#define RJ_MEMORY_ROW(id, name) id,
    RJ_MEMORY_LIST(RJ_MEMORY_ROW)
#undef RJ_MEMORY_ROW
        RJ_MEMORY_COUNT
};

struct rj_edge {
    struct rj_edge *next;
    LLVMBasicBlockRef from;
    struct rj_val *registers;
};

struct rj_build_node {
    LLVMBasicBlockRef entry; /* where edges forward lead */
    LLVMBasicBlockRef head;  /* where edges back lead, once it was begun */
    struct rj_edge *edges;
    struct rj_val *phis; /* of a loop's head: for registers that have one */
};

/* A body being built: the function itself, or one inlined. */
struct rj_body {
    struct rj_body *parent;
    const struct rj_snap_function *function;
    const struct rj_flow *flow;
    struct rj_val *registers;
    struct rj_build_node *nodes;
    uint32_t at;   /* instruction */
    uint32_t node; /* node it is in */
    uint32_t key;  /* names this inlining in `assumed` */
    uint32_t depth;
    uint32_t meta_function;
    uint32_t inlined; /* its number among the inlined, from 1; 0: the function itself */
    uint32_t place;
    struct rj_val callee;
    struct rj_val object; /* what `new` has made, of a construct */
    bool is_construct;
    LLVMBasicBlockRef after; /* where RETURN leads; NULL: out of the function */
    struct rj_edge *returns; /* registers: the one value */
};

/* A way out, made when the first guard needs it. Guards behind it share it as long as nothing has
 * happened in between that must not happen twice: the interpreter then repeats a little. */
struct rj_exit {
    LLVMBasicBlockRef block; /* NULL: none */
    LLVMValueRef number;     /* PHI of the guards that lead there */
    LLVMValueRef seen;       /* PHI of the values that they looked at, RJ_HOLE: not told */
    uint32_t frame;          /* in the metadata */
    uint32_t effects;        /* b->effects before the instruction it goes on at */
    const struct rj_body *body;
    uint32_t at;
};

struct rj_assumed {
    uint64_t key;
    uint16_t type;
};

struct rj_guard {
    const char *reason;
    const char *expected;
    uint32_t slot;
    uint32_t where;
    uint32_t flags;      /* enum rj_guard_flag */
    LLVMValueRef result; /* AFTER: what the instruction gave, boxed; `where` is its register */
};

struct rj_builder {
    struct rj_snapshot *snapshot;
    struct rj_arena *arena; /* of this attempt */
    struct rj_meta *meta;
    const char *symbol; /* of the function */

    LLVMContextRef context;
    LLVMModuleRef module;
    LLVMBuilderRef ir;
    LLVMDIBuilderRef debug;
    LLVMMetadataRef debug_scope;
    LLVMValueRef function;
    LLVMTypeRef i1, i8, i16, i32, i64, f64, pointer, nothing, entry_type;
    LLVMValueRef tags[RJ_MEMORY_COUNT];
    unsigned tbaa_kind, weights_kind, deref_kind, range_kind;
    LLVMValueRef likely, even;

    LLVMBasicBlockRef start; /* of the function: allocas */
    LLVMValueRef vm, callee, this_value, argc, args, new_target;
    LLVMValueRef buffer; /* for exits */
    LLVMValueRef call_args;
    LLVMBasicBlockRef thrown;          /* return RJ_THROWN */
    uint32_t buffer_slots, call_slots; /* most that were needed */
    uint32_t guards;
    uint32_t inlined; /* instructions of bodies inlined */
    struct rj_exit exit;
    uint32_t effects;        /* counts stores and calls */
    uint32_t effects_before; /* the present instruction: it is there that exits go on */
    bool keeps_args;         /* frames rebuilt need argc and args */
    bool is_unreachable;     /* the code being built is not reached */
    bool again;              /* an assumption was wrong */
    bool careful; /* leaving was too frequent: what was not seen is called, not guarded */

    struct rj_body *body;
    struct rj_assumed *assumed; /* lives over attempts */
    uint32_t assumed_count, assumed_capacity;
    const char *failure;
    jmp_buf failed;
};

/* ---- build.c ---- */

/* Build the module. False, with *why: not compiled. */
bool rj_build(struct rj_builder *b, const char **why);
_Noreturn void rj_build_fail(struct rj_builder *b, const char *why);
struct rj_val rj_inline(struct rj_builder *b, const struct rj_snap_function *function,
                        const struct rj_val *arguments, uint32_t count,
                        const struct rj_val *callee_and_object);
void rj_jump_to(struct rj_builder *b, uint32_t successor); /* of the present node */

/* ---- build_ir.c: IR in words of the engine ---- */

void rj_ir_begin(struct rj_builder *b, LLVMContextRef context);
void rj_ir_end(struct rj_builder *b);
LLVMValueRef rj_i64(struct rj_builder *b, uint64_t number);
LLVMValueRef rj_i32(struct rj_builder *b, uint32_t number);
LLVMBasicBlockRef rj_block(struct rj_builder *b, const char *name);
LLVMBasicBlockRef rj_here(struct rj_builder *b);
void rj_go(struct rj_builder *b, LLVMBasicBlockRef block); /* build there */
LLVMValueRef rj_load(struct rj_builder *b, LLVMTypeRef type, LLVMValueRef base, uint64_t offset,
                     enum rj_memory memory);
void rj_store(struct rj_builder *b, LLVMValueRef value, LLVMValueRef base, uint64_t offset,
              enum rj_memory memory);
LLVMValueRef rj_address(struct rj_builder *b, LLVMValueRef base, LLVMValueRef index, uint32_t size);
LLVMValueRef rj_pointer_of(struct rj_builder *b, LLVMValueRef boxed, uint32_t bytes);
LLVMValueRef rj_load_pointer(struct rj_builder *b, LLVMValueRef base, uint64_t offset,
                             enum rj_memory memory, uint32_t bytes);
LLVMValueRef rj_bits(struct rj_builder *b, LLVMValueRef value, LLVMTypeRef type);
LLVMValueRef rj_compare(struct rj_builder *b, LLVMIntPredicate how, LLVMValueRef left,
                        LLVMValueRef right);
LLVMValueRef rj_compare_doubles(struct rj_builder *b, LLVMRealPredicate how, LLVMValueRef left,
                                LLVMValueRef right);
LLVMValueRef rj_intrinsic(struct rj_builder *b, const char *name, LLVMTypeRef type,
                          LLVMValueRef *args, uint32_t count);
/* A branch; `likely` 1: nearly always to `yes`, -1: to `no`. */
LLVMValueRef rj_branch(struct rj_builder *b, LLVMValueRef condition, LLVMBasicBlockRef yes,
                       LLVMBasicBlockRef no, int likely);
LLVMValueRef rj_link_value(struct rj_builder *b, uint32_t link); /* a pointer */
/* Call a function of the engine (a row of jit/helpers.c); vm is not added. */
LLVMValueRef rj_call_helper(struct rj_builder *b, const char *name, LLVMTypeRef type,
                            LLVMValueRef *args, uint32_t count);
LLVMValueRef rj_call_entry(struct rj_builder *b, LLVMValueRef entry, LLVMValueRef *args);
LLVMValueRef rj_phi2(struct rj_builder *b, LLVMTypeRef type, LLVMValueRef one,
                     LLVMBasicBlockRef from_one, LLVMValueRef two, LLVMBasicBlockRef from_two);

/* ---- build_value.c: representations ---- */

enum rj_rep rj_rep_of(uint16_t type);
LLVMTypeRef rj_rep_type(struct rj_builder *b, enum rj_rep rep);
struct rj_val rj_val_of(LLVMValueRef v, uint16_t type);
struct rj_val rj_val_const(struct rj_builder *b, rj_value value);
LLVMValueRef rj_boxed(struct rj_builder *b, const struct rj_val *value);
/* The same value in the representation of a wider type. */
LLVMValueRef rj_widen(struct rj_builder *b, const struct rj_val *value, uint16_t type);
struct rj_val *rj_register(struct rj_builder *b, uint32_t where);
void rj_put(struct rj_builder *b, uint32_t where, struct rj_val value);
/* The same value is known better now: in all registers that hold it. */
void rj_refine(struct rj_builder *b, LLVMValueRef old, struct rj_val better);
uint16_t rj_type_of_kind(uint32_t kind);
uint16_t rj_type_of_seen(uint8_t seen);
LLVMValueRef rj_pointer(struct rj_builder *b, struct rj_val *value); /* of a value known a cell */
/* Guards on the value of a register (`where`) that leave if it is no such thing. */
LLVMValueRef rj_want_int(struct rj_builder *b, uint32_t where, uint32_t slot);
LLVMValueRef rj_want_double(struct rj_builder *b, uint32_t where, uint32_t slot);
LLVMValueRef rj_want_int32(struct rj_builder *b, uint32_t where, uint8_t seen, uint32_t slot);
LLVMValueRef rj_want_kind(struct rj_builder *b, uint32_t where, uint32_t kind, uint32_t slot);
LLVMValueRef rj_want_cell(struct rj_builder *b, uint32_t where, uint32_t slot);
/* The interpreter throws if the value is not (enum rj_able): it has the words for it. */
void rj_want_able(struct rj_builder *b, uint32_t where, uint32_t able);
LLVMValueRef rj_truth(struct rj_builder *b, const struct rj_val *value);
LLVMValueRef rj_truncate(struct rj_builder *b, LLVMValueRef number); /* ToInt32 of a double */
LLVMValueRef rj_double_of_boxed(struct rj_builder *b, LLVMValueRef boxed,
                                const struct rj_guard *guard);
LLVMValueRef rj_is_cell_value(struct rj_builder *b, LLVMValueRef boxed);
LLVMValueRef rj_kind_of(struct rj_builder *b, LLVMValueRef pointer);
/* A boxed value that comes from memory or a call, with what the feedback says of it. */
struct rj_val rj_typed(struct rj_builder *b, LLVMValueRef boxed, uint8_t result,
                       const struct rj_guard *guard);

/* ---- build_demand.c ---- */

void rj_meet_demands(struct rj_builder *b, const struct rj_loop *loop);

/* ---- build_exit.c ---- */

void rj_guard_that(struct rj_builder *b, LLVMValueRef holds, const struct rj_guard *guard);
void rj_go_out(struct rj_builder *b, const struct rj_guard *guard); /* always */
/* A helper has returned `value`: go on, or on to whoever catches. */
void rj_check_thrown(struct rj_builder *b, LLVMValueRef value);
void rj_throw_on(struct rj_builder *b); /* it was thrown */

/* ---- one file for each kind of operations ---- */

typedef void rj_build_op(struct rj_builder *b, const struct rj_instruction *at);
rj_build_op rj_build_arithmetic, rj_build_bits, rj_build_unary, rj_build_comparison,
    rj_build_compare_jump, rj_build_jump, rj_build_get_property, rj_build_set_property,
    rj_build_global, rj_build_scoped, rj_build_get_element, rj_build_set_element, rj_build_length,
    rj_build_call, rj_build_new, rj_build_other, rj_build_helper;
LLVMValueRef rj_build_condition(struct rj_builder *b, const struct rj_instruction *at, uint32_t op);
bool rj_build_intrinsic(struct rj_builder *b, const struct rj_instruction *at, uint32_t intrinsic);
bool rj_is_truncated(struct rj_builder *b, uint32_t at, int depth);
const struct rj_snap_feedback *rj_feedback_of(struct rj_builder *b,
                                              const struct rj_instruction *at);
/* Feedback is too bad to be guarded: call. */
bool rj_is_generic(struct rj_builder *b, const struct rj_snap_feedback *feedback);
/* Leave if the instruction has never run (`is_unseen`). True: it was left. */
bool rj_leave_unseen(struct rj_builder *b, const struct rj_instruction *at, bool is_unseen);

#endif
