/* All other instructions: most are a call of one helper, which a table describes. */
#include "jit/build.h"
#include "jit/helpers.h"

#include "vm/code.h"
#include "vm/feedback.h"
#include "vm/heap.h"

/* Operands of a helper, after vm: a b c registers; B pointer in register b; k constant d as a
 * pointer; K constant d as a value; n number d; f pointer to the feedback; e the callee; E the same
 * as a value; F code of inner function d; s pointer to scope in b; x register c+1; A argc and args;
 * T new.target; t register 0.
 * Result: V a value for a, P a pointer for a, C nothing. */
struct helper_row {
    const char *name;
    const char *operands;
    char result;
    uint16_t type;
};

static const struct helper_row rows[RJ_OP_COUNT] = {
    [RJ_OP_LOAD_REST] = {"rj_rest", "An", 'V', RJ_T_ARRAY},
    [RJ_OP_NEW_SCOPE] = {"rj_new_scope", "sn", 'P', RJ_T_SCOPE},
    [RJ_OP_COPY_SCOPE] = {"rj_copy_scope", "s", 'P', RJ_T_SCOPE},
    [RJ_OP_THROW_CONST] = {"rj_throw_const", "k", 'C', 0},
    [RJ_OP_INSTANCEOF] = {"rj_instanceof", "bc", 'V', 0},
    [RJ_OP_IN] = {"rj_in", "bc", 'V', 0},
    [RJ_OP_TYPEOF] = {"rj_typeof", "b", 'P', RJ_T_STRING},
    [RJ_OP_TO_KEY] = {"rj_to_key", "b", 'V', 0},
    [RJ_OP_DELETE_PROPERTY] = {"rj_delete", "bK", 'V', 0},
    [RJ_OP_GET_SUPER] = {"rj_get_super", "ebc", 'V', 0},
    [RJ_OP_SET_SUPER] = {"rj_set_super", "eabc", 'C', 0},
    [RJ_OP_DELETE_ELEMENT] = {"rj_jit_delete_element", "bc", 'V', 0},
    [RJ_OP_DEFINE_ELEMENT] = {"rj_define_element", "abc", 'C', 0},
    [RJ_OP_DEFINE_METHOD] = {"rj_define_method", "abcn", 'C', 0},
    [RJ_OP_DEFINE_ACCESSOR] = {"rj_define_literal_accessor", "abcn", 'C', 0},
    [RJ_OP_NEW_OBJECT] = {"rj_jit_new_object", "n", 'V', RJ_T_OBJECT},
    [RJ_OP_ARRAY_APPEND] = {"rj_array_append_value", "ab", 'C', 0},
    [RJ_OP_ARRAY_SPREAD] = {"rj_array_spread", "ab", 'C', 0},
    [RJ_OP_OBJECT_SPREAD] = {"rj_object_spread", "ab", 'C', 0},
    [RJ_OP_OBJECT_REST] = {"rj_object_rest", "bc", 'V', RJ_T_OBJECT},
    [RJ_OP_NEW_CLOSURE] = {"rj_new_closure", "Fse", 'V', RJ_T_FUNCTION},
    [RJ_OP_NEW_CLASS] = {"rj_new_class", "Fsc", 'V', RJ_T_FUNCTION},
    [RJ_OP_GET_PROTOTYPE] = {"rj_function_prototype", "B", 'V', 0},
    [RJ_OP_SET_PROTOTYPE] = {"rj_set_literal_prototype", "ab", 'C', 0},
    [RJ_OP_CALL_SPREAD] = {"rj_call_spread", "bcx", 'V', 0},
    [RJ_OP_NEW_SPREAD] = {"rj_construct_spread", "bxb", 'V', RJ_T_OBJECTS},
    [RJ_OP_SUPER_SPREAD] = {"rj_jit_super_spread", "exTt", 'V', RJ_T_OBJECTS},
    [RJ_OP_ITERATE] = {"rj_iterate", "b", 'V', 0},
    [RJ_OP_ITERATE_KEYS] = {"rj_iterate_keys", "b", 'V', 0},
    [RJ_OP_THROW] = {"rj_throw", "a", 'C', 0},
};

static LLVMValueRef constant_of(struct rj_builder *b, int32_t index, bool boxed)
{
    const struct rj_snap_function *function = b->body->function;
    const struct rj_snap_constant *constant;
    LLVMValueRef pointer;

    if ((uint32_t)index >= function->constant_count)
        rj_build_fail(b, "a constant is missing");
    constant = &function->constants[index];
    if (constant->link == RJ_NOWHERE)
        return rj_i64(b, constant->value);
    pointer = rj_link_value(b, constant->link);
    return boxed ? LLVMBuildPtrToInt(b->ir, pointer, b->i64, "") : pointer;
}

static LLVMValueRef pointer_in(struct rj_builder *b, uint32_t where)
{
    struct rj_val *value = rj_register(b, where);

    return value->pointer ? value->pointer : rj_pointer_of(b, rj_boxed(b, value), 0);
}

static LLVMValueRef inner_code(struct rj_builder *b, int32_t index)
{
    const struct rj_snap_function *function = b->body->function;

    if ((uint32_t)index >= function->function_count || function->functions[index] == RJ_NOWHERE)
        rj_build_fail(b, "an inner function is missing");
    return rj_link_value(b, function->functions[index]);
}

static LLVMValueRef callee_pointer(struct rj_builder *b)
{
    struct rj_val *callee = &b->body->callee;

    return callee->pointer ? callee->pointer : rj_pointer_of(b, callee->v, 0);
}

static LLVMValueRef operand(struct rj_builder *b, const struct rj_instruction *at, char letter)
{
    switch (letter) {
    case 'a':
        return rj_boxed(b, rj_register(b, at->a));
    case 'b':
        return rj_boxed(b, rj_register(b, at->b));
    case 'c':
        return rj_boxed(b, rj_register(b, at->c));
    case 'x':
        return rj_boxed(b, rj_register(b, at->c + 1u));
    case 't':
        return rj_boxed(b, rj_register(b, 0));
    case 'B':
    case 's':
        return pointer_in(b, at->b);
    case 'k':
        return constant_of(b, at->d, false);
    case 'K':
        return constant_of(b, at->d, true);
    case 'n':
        return rj_i32(b, (uint32_t)at->d);
    case 'f':
        return rj_link_value(b, rj_feedback_of(b, at)->link);
    case 'e':
        return callee_pointer(b);
    case 'F':
        return inner_code(b, at->d);
    default: /* T */
        return b->new_target;
    }
}

static LLVMValueRef call_row(struct rj_builder *b, const struct rj_instruction *at,
                             const struct helper_row *row)
{
    LLVMValueRef args[8] = {b->vm};
    uint32_t count = 1;

    for (const char *letter = row->operands; *letter; letter++) {
        if (*letter == 'A') {
            args[count++] = b->argc;
            args[count++] = b->args;
        } else {
            args[count++] = operand(b, at, *letter);
        }
    }
    return rj_call_helper(b, row->name, row->result == 'P' ? b->pointer : b->i64, args, count);
}

static void want_able(struct rj_builder *b, const struct rj_instruction *at)
{
    if (at->op == RJ_OP_CALL_SPREAD)
        rj_want_able(b, at->b, RJ_ABLE_CALL);
    if (at->op == RJ_OP_NEW_SPREAD)
        rj_want_able(b, at->b, RJ_ABLE_NEW);
    if (at->op == RJ_OP_ITERATE || at->op == RJ_OP_ARRAY_SPREAD)
        rj_want_able(b, at->b, RJ_ABLE_ITERATE);
}

static void build_row(struct rj_builder *b, const struct rj_instruction *at,
                      const struct helper_row *row)
{
    LLVMValueRef value;
    struct rj_val result;

    want_able(b, at);
    value = call_row(b, at, row);

    if (at->op == RJ_OP_THROW || at->op == RJ_OP_THROW_CONST) {
        rj_throw_on(b);
        return;
    }
    rj_check_thrown(b, value);
    if (row->result == 'C')
        return;
    if (row->result == 'P') {
        result = rj_val_of(LLVMBuildPtrToInt(b->ir, value, b->i64, ""), row->type);
        result.pointer = value;
    } else {
        result = rj_val_of(value, row->type ? row->type : RJ_T_ANY);
    }
    rj_put(b, at->a, result);
    if (at->op == RJ_OP_SUPER_SPREAD)
        rj_put(b, 0, result);
}

/* ---- those that are more than a call ---- */

static void build_constant(struct rj_builder *b, const struct rj_instruction *at)
{
    const struct rj_snap_function *function = b->body->function;
    const struct rj_snap_constant *constant;
    LLVMValueRef pointer;
    struct rj_val value;

    if ((uint32_t)at->d >= function->constant_count)
        rj_build_fail(b, "a constant is missing");
    constant = &function->constants[at->d];
    if (constant->link == RJ_NOWHERE) {
        rj_put(b, at->a, rj_val_const(b, constant->value));
        return;
    }
    pointer = rj_link_value(b, constant->link);
    value =
        rj_val_of(LLVMBuildPtrToInt(b->ir, pointer, b->i64, ""), rj_type_of_kind(constant->kind));
    value.pointer = pointer;
    rj_put(b, at->a, value);
}

static void build_scope(struct rj_builder *b, const struct rj_instruction *at)
{
    LLVMValueRef pointer =
        rj_load_pointer(b, callee_pointer(b), offsetof(struct rj_function, scope), RJ_M_FUNCTION,
                        sizeof(struct rj_scope));
    struct rj_val value = rj_val_of(LLVMBuildPtrToInt(b->ir, pointer, b->i64, ""), RJ_T_SCOPE);

    value.pointer = pointer;
    rj_put(b, at->a, value);
}

static void build_loop(struct rj_builder *b, const struct rj_instruction *at)
{
    struct rj_guard guard = {"interrupt", "", RJ_NOWHERE, RJ_NOWHERE, RJ_GUARD_SOFT, NULL};
    LLVMValueRef load = rj_load(b, b->i32, b->vm, offsetof(struct rj_vm, interrupt), RJ_M_VM);
    LLVMValueRef bits;

    LLVMSetVolatile(load, 1);
    LLVMSetAlignment(load, 4);
    bits = LLVMBuildAnd(b->ir, load, rj_i32(b, RJ_INTERRUPT_TIME), "");
    rj_guard_that(b, rj_compare(b, LLVMIntEQ, bits, rj_i32(b, 0)), &guard);
}

static void build_check_initialized(struct rj_builder *b, const struct rj_instruction *at)
{
    struct rj_guard guard = {"not initialized", "", RJ_NOWHERE, at->a, 0, NULL};
    struct rj_val *value = rj_register(b, at->a);

    if (value->rep == RJ_REP_BOXED && value->type & RJ_T_SPECIAL)
        rj_guard_that(b, rj_compare(b, LLVMIntNE, value->v, rj_i64(b, RJ_UNINITIALIZED)), &guard);
}

static void build_check_object(struct rj_builder *b, const struct rj_instruction *at)
{
    struct rj_guard guard = {"undefined or null", "", RJ_NOWHERE, at->a, 0, NULL};
    struct rj_val *value = rj_register(b, at->a);
    LLVMValueRef bits;

    if (value->rep != RJ_REP_BOXED || !(value->type & RJ_T_NULLISH))
        return;
    bits = LLVMBuildOr(b->ir, value->v, rj_i64(b, 8), "");
    rj_guard_that(b, rj_compare(b, LLVMIntNE, bits, rj_i64(b, RJ_UNDEFINED)), &guard);
}

static void build_new_array(struct rj_builder *b, const struct rj_instruction *at)
{
    LLVMValueRef args[3] = {b->vm, rj_i32(b, (uint32_t)at->d), b->call_args};
    LLVMValueRef pointer;
    struct rj_val value;

    if ((uint32_t)at->d > b->call_slots)
        b->call_slots = (uint32_t)at->d;
    for (uint32_t i = 0; i < (uint32_t)at->d; i++)
        rj_store(b, rj_boxed(b, rj_register(b, at->c + i)), b->call_args, (uint64_t)i * 8,
                 RJ_M_FRAME);
    pointer = rj_call_helper(b, "rj_array_new", b->pointer, args, 3);
    rj_check_thrown(b, pointer);
    value = rj_val_of(LLVMBuildPtrToInt(b->ir, pointer, b->i64, ""), RJ_T_ARRAY);
    value.pointer = pointer;
    rj_put(b, at->a, value);
}

static void build_arguments(struct rj_builder *b, const struct rj_instruction *at)
{
    static const struct helper_row row = {"rj_rest", "An", 'V', RJ_T_ARRAY};
    struct rj_instruction all = *at;

    all.d = 0;
    build_row(b, &all, &row);
}

static void build_to_string(struct rj_builder *b, const struct rj_instruction *at)
{
    static const struct helper_row row = {"rj_to_string", "b", 'P', RJ_T_STRING};
    struct rj_val *value = rj_register(b, at->b);

    if (value->rep == RJ_REP_BOXED && value->type == RJ_T_STRING)
        rj_put(b, at->a, *value);
    else
        build_row(b, at, &row);
}

static void build_super_call(struct rj_builder *b, const struct rj_instruction *at)
{
    LLVMValueRef args[6] = {b->vm,        callee_pointer(b), rj_i32(b, (uint32_t)at->d),
                            b->call_args, b->new_target,     rj_boxed(b, rj_register(b, 0))};
    LLVMValueRef value;

    if ((uint32_t)at->d > b->call_slots)
        b->call_slots = (uint32_t)at->d;
    for (uint32_t i = 0; i < (uint32_t)at->d; i++)
        rj_store(b, rj_boxed(b, rj_register(b, at->c + 1 + i)), b->call_args, (uint64_t)i * 8,
                 RJ_M_FRAME);
    value = rj_call_helper(b, "rj_jit_super_call", b->i64, args, 6);
    rj_check_thrown(b, value);
    rj_put(b, 0, rj_val_of(value, RJ_T_OBJECTS));
    rj_put(b, at->a, rj_val_of(value, RJ_T_OBJECTS));
}

/* The next value for a, or a jump to d at the end. */
static void build_next(struct rj_builder *b, const struct rj_instruction *at)
{
    const struct rj_snap_feedback *feedback = rj_feedback_of(b, at);
    struct rj_guard guard = {"type of value", "", at->slot, at->a, RJ_GUARD_AFTER, NULL};
    LLVMBasicBlockRef done = rj_block(b, "done"), more = rj_block(b, "more");
    LLVMValueRef args[2] = {b->vm, rj_boxed(b, rj_register(b, at->b))};
    LLVMValueRef value = rj_call_helper(b, "rj_next", b->i64, args, 2);

    rj_check_thrown(b, value);
    rj_branch(b, rj_compare(b, LLVMIntEQ, value, rj_i64(b, RJ_HOLE)), done, more, 0);
    rj_go(b, done);
    rj_jump_to(b, 1);
    rj_go(b, more);
    guard.result = value;
    rj_put(b, at->a, rj_typed(b, value, rj_is_generic(b, feedback) ? 0 : feedback->result, &guard));
    rj_jump_to(b, 0);
}

static void build_int(struct rj_builder *b, const struct rj_instruction *at)
{
    rj_put(b, at->a, rj_val_of(rj_i32(b, (uint32_t)at->d), RJ_T_INT));
}

static void build_move(struct rj_builder *b, const struct rj_instruction *at)
{
    rj_put(b, at->a, *rj_register(b, at->b));
}

static void build_callee(struct rj_builder *b, const struct rj_instruction *at)
{
    rj_put(b, at->a, b->body->callee);
}

static void build_new_target(struct rj_builder *b, const struct rj_instruction *at)
{
    rj_put(b, at->a, rj_val_of(b->new_target, RJ_T_ANY));
}

static void build_nothing(struct rj_builder *b, const struct rj_instruction *at)
{
}

static rj_build_op *const others[RJ_OP_COUNT] = {
    [RJ_OP_LOAD_CONST] = build_constant,
    [RJ_OP_LOAD_INT] = build_int,
    [RJ_OP_MOVE] = build_move,
    [RJ_OP_LOAD_CALLEE] = build_callee,
    [RJ_OP_LOAD_NEW_TARGET] = build_new_target,
    [RJ_OP_LOAD_SCOPE] = build_scope,
    [RJ_OP_LOAD_ARGUMENTS] = build_arguments,
    [RJ_OP_CHECK_INITIALIZED] = build_check_initialized,
    [RJ_OP_CHECK_OBJECT] = build_check_object,
    [RJ_OP_LOOP] = build_loop,
    [RJ_OP_NEW_ARRAY] = build_new_array,
    [RJ_OP_TO_STRING] = build_to_string,
    [RJ_OP_SUPER_CALL] = build_super_call,
    [RJ_OP_NEXT] = build_next,
    [RJ_OP_DEBUGGER] = build_nothing,
};

void rj_build_other(struct rj_builder *b, const struct rj_instruction *at)
{
    if (rows[at->op].name)
        build_row(b, at, &rows[at->op]);
    else if (others[at->op])
        others[at->op](b, at);
    else
        rj_build_fail(b, "an instruction that is not known");
}
