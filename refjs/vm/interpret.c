/* The interpreter: one label for each operation, each ending in a jump of its own to the next.
 *
 * The loop is one function because its registers are: cut in pieces it would be several times
 * slower. Its bodies are short: what does not fit into a line or two is an operation of
 * vm/operations.h or a function above the loop. */
/* Operations that share their ends would be jumped to and fro. For the whole file: a function is
 * not inlined into one that is compiled otherwise. */
#ifndef __clang__
#pragma GCC optimize("no-gcse", "no-crossjumping")
#endif

#include "vm/interpret.h"

#include "jit/jit.h"
#include "tell/tell.h"
#include "vm/operations.h"
#include "vm/quick.h"

#include <alloca.h>

enum { SOURCE_INTERPRETER = 3, TIER_INTERPRETED = 1, LOOP_RETRY = 2000 };

/* ---- learning: the first four bytes of a slot are changed at once ---- */

#define SEEN(types) ((uint32_t)(types) << 8)
#define RESULT(types) ((uint32_t)(types) << 16)
#define ELEMENT(kinds) ((uint32_t)(kinds) << 24)

_Static_assert(offsetof(struct rj_feedback, seen) == 1 &&
                   offsetof(struct rj_feedback, result) == 2 &&
                   offsetof(struct rj_feedback, element) == 3 &&
                   __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "the bits above are those of the bytes");

static inline void learn(struct rj_feedback *feedback, uint32_t bits)
{
    uint32_t word;

    memcpy(&word, feedback, sizeof(word));
    word |= bits;
    memcpy(feedback, &word, sizeof(word));
}

/* ---- what the loop leaves to functions ---- */

static const struct rj_handler *find_handler(const struct rj_code *code, uint32_t at)
{
    for (uint32_t i = 0; i < code->handler_count; i++)
        if (at >= code->handlers[i].start && at < code->handlers[i].end)
            return &code->handlers[i];
    return NULL;
}

/* Note whom a call reaches. */
static void learn_target(struct rj_feedback *feedback, struct rj_function *function)
{
    if (feedback->ways == 0)
        feedback->call.function = function;
    else if (feedback->call.function != function)
        feedback->call.function = NULL;
    for (uint32_t i = 0; i < feedback->ways && i < RJ_TARGETS; i++)
        if (feedback->call.targets[i] == function->code)
            return;
    if (feedback->ways >= RJ_TARGETS)
        feedback->ways = RJ_MANY;
    else
        feedback->call.targets[feedback->ways++] = function->code;
}

static inline void learn_call(struct rj_feedback *feedback, struct rj_function *function)
{
    if (feedback->call.targets[0] != function->code ||
        (feedback->call.function && feedback->call.function != function))
        learn_target(feedback, function);
}

/* An interrupt at the head of a loop or a call. False: the program is to end; nothing catches it.
 */
static bool interrupted(struct rj_vm *vm)
{
    uint32_t why = __atomic_exchange_n(&vm->interrupt, 0, __ATOMIC_ACQUIRE);

    if ((why & RJ_INTERRUPT_INSTALL) && vm->jit)
        rj_jit_install(vm);
    if (!(why & RJ_INTERRUPT_TIME))
        return true;
    vm->exception = RJ_HOLE;
    return false;
}

/* The innermost frame of a `this` that super() has made. */
static rj_value bind_this(struct rj_vm *vm, rj_value *registers, rj_value object)
{
    if (object == RJ_THROWN)
        return RJ_THROWN;
    if (registers[0] != RJ_UNINITIALIZED)
        return rj_throw_error(vm, RJ_ERROR_REFERENCE, "Super constructor may only be called once");
    registers[0] = object;
    return object;
}

static rj_value super_call(struct rj_vm *vm, struct rj_frame *frame, uint32_t argc,
                           const rj_value *args, struct rj_feedback *feedback)
{
    rj_value parent = rj_super_constructor(vm, frame->callee);

    if (parent == RJ_THROWN)
        return RJ_THROWN;
    if (feedback)
        learn_call(feedback, rj_as_function(parent));
    return bind_this(vm, frame->registers, rj_construct(vm, parent, argc, args, frame->new_target));
}

/* ---- telling: a slower way through every instruction, taken only while somebody listens ---- */

/* What a slot has learned, in one word: the head of its struct without the kind, and with which
 * ways a branch went in place of the failures. */
struct learned {
    uint8_t none, seen, result, element, ways, went, accessor, reserved;
};

static struct learned learned_of(const struct rj_feedback *feedback)
{
    struct learned learned;

    _Static_assert(sizeof(learned) == 8 && offsetof(struct rj_feedback, failures) == 5, "the head");
    memcpy(&learned, feedback, sizeof(learned));
    learned.none = 0;
    learned.went = 0;
    if (feedback->kind == RJ_FEEDBACK_BRANCH || feedback->kind == RJ_FEEDBACK_COMPARE)
        learned.went = (feedback->branch.taken != 0) | (feedback->branch.not_taken != 0) << 1;
    return learned;
}

/* The slot differs from what was told of it: tell. Ways and targets are only ever added, so that
 * what was before is the slot with an older head. */
static void tell_slot(struct rj_vm *vm, struct rj_code *code, uint32_t slot, struct learned now)
{
    struct rj_feedback before = code->feedback[slot];
    struct learned was;

    memcpy(&was, &code->told[slot], sizeof(was));
    memcpy(&code->told[slot], &now, sizeof(now));
    before.seen = was.seen;
    before.result = was.result;
    before.element = was.element;
    before.ways = was.ways;
    before.accessor = was.accessor;
    if (before.kind == RJ_FEEDBACK_BRANCH || before.kind == RJ_FEEDBACK_COMPARE) {
        before.branch.taken = was.went & 1;
        before.branch.not_taken = was.went >> 1;
    }
    rj_tell_feedback(vm, code, slot, &before);
}

/* Look at the slot of the instruction that was just done; `slot` is that of the next. */
static inline void watch_slot(struct rj_vm *vm, struct rj_code *code, uint32_t *watched,
                              uint32_t slot)
{
    struct learned now;

    if (*watched != RJ_NO_SLOT && code->told) {
        now = learned_of(&code->feedback[*watched]);
        if (memcmp(&now, &code->told[*watched], sizeof(now)) != 0)
            tell_slot(vm, code, *watched, now);
    }
    *watched = slot;
}

static uint64_t *new_told(struct rj_vm *vm, const struct rj_code *code)
{
    return code->slot_count ? rj_allocate(vm, code->slot_count * sizeof(uint64_t)) : NULL;
}

static inline rj_value pointer_value(const void *cell)
{
    return cell ? rj_cell_value(cell) : RJ_THROWN;
}

/* ---- the loop ---- */

#define A registers[at->a]
#define B registers[at->b]
#define C registers[at->c]
#define SLOT (&feedback[at->slot])
#define ATOM ((struct rj_string *)rj_as_cell(code->constants[at->d]))
#define SCOPE_OF(value) ((struct rj_scope *)rj_as_cell(value))
#define SAVE() (frame->at = (uint32_t)(at - code->instructions))
#define DISPATCH() goto *jumps[at->op]
#define NEXT()                                                                                     \
    do {                                                                                           \
        at++;                                                                                      \
        DISPATCH();                                                                                \
    } while (0)
#define JUMP_TO(target)                                                                            \
    do {                                                                                           \
        at = code->instructions + (target);                                                        \
        DISPATCH();                                                                                \
    } while (0)
/* Store what an operation returned, or leave. */
#define FINISH(expression)                                                                         \
    do {                                                                                           \
        SAVE();                                                                                    \
        value = (expression);                                                                      \
        if (__builtin_expect(value == RJ_THROWN, 0))                                               \
            goto thrown;                                                                           \
        A = value;                                                                                 \
        NEXT();                                                                                    \
    } while (0)
/* The same with the type of the result learned. */
#define FINISH_SEEN(expression)                                                                    \
    do {                                                                                           \
        SAVE();                                                                                    \
        value = (expression);                                                                      \
        if (__builtin_expect(value == RJ_THROWN, 0))                                               \
            goto thrown;                                                                           \
        learn(SLOT, RESULT(rj_seen_of(value)));                                                    \
        A = value;                                                                                 \
        NEXT();                                                                                    \
    } while (0)
/* Nothing to store. */
#define CHECK(expression)                                                                          \
    do {                                                                                           \
        SAVE();                                                                                    \
        if (__builtin_expect((expression) == RJ_THROWN, 0))                                        \
            goto thrown;                                                                           \
        NEXT();                                                                                    \
    } while (0)
#define LEARN(types, outcome) learn(SLOT, SEEN(types) | RESULT(outcome))
#define BOTH_INT(left, right) ((left) >= RJ_INT_TAG && (right) >= RJ_INT_TAG)
#define BOTH_DOUBLE(left, right) (rj_is_double(left) && rj_is_double(right))
#define BOTH_NUMBER(left, right) (rj_is_number(left) && rj_is_number(right))

#define ARITHMETIC(name, overflow, operator, slow)                                                 \
    name:                                                                                          \
    left = B, right = C;                                                                           \
    if (BOTH_INT(left, right) && !overflow(rj_as_int(left), rj_as_int(right), &whole)) {           \
        LEARN(RJ_SEEN_INT, RJ_SEEN_INT);                                                           \
        A = rj_int(whole);                                                                         \
        NEXT();                                                                                    \
    }                                                                                              \
    if (BOTH_DOUBLE(left, right)) {                                                                \
        LEARN(RJ_SEEN_DOUBLE, RJ_SEEN_DOUBLE);                                                     \
        A = rj_double(rj_as_double(left) operator rj_as_double(right));                            \
        NEXT();                                                                                    \
    }                                                                                              \
    if (BOTH_NUMBER(left, right)) {                                                                \
        LEARN(rj_seen_of(left) | rj_seen_of(right), RJ_SEEN_DOUBLE);                               \
        A = rj_double(rj_as_number(left) operator rj_as_number(right));                            \
        NEXT();                                                                                    \
    }                                                                                              \
    LEARN(rj_seen_of(left) | rj_seen_of(right), 0);                                                \
    FINISH_SEEN(slow(vm, left, right));

#define BITWISE(name, expression, slow)                                                            \
    name:                                                                                          \
    left = B, right = C;                                                                           \
    if (BOTH_INT(left, right)) {                                                                   \
        int32_t a = rj_as_int(left), b = rj_as_int(right);                                         \
                                                                                                   \
        LEARN(RJ_SEEN_INT, RJ_SEEN_INT);                                                           \
        A = rj_int((int32_t)(expression));                                                         \
        NEXT();                                                                                    \
    }                                                                                              \
    {                                                                                              \
        int32_t a, b;                                                                              \
                                                                                                   \
        if (rj_as_bits(left, &a) && rj_as_bits(right, &b)) {                                       \
            LEARN(rj_seen_of(left) | rj_seen_of(right), RJ_SEEN_INT);                              \
            A = rj_int((int32_t)(expression));                                                     \
            NEXT();                                                                                \
        }                                                                                          \
    }                                                                                              \
    LEARN(rj_seen_of(left) | rj_seen_of(right), 0);                                                \
    FINISH_SEEN(slow(vm, left, right));

#define COMPARISON(name, operator, simply, flip, slow)                                             \
    name:                                                                                          \
    left = B, right = C;                                                                           \
    if (BOTH_INT(left, right)) {                                                                   \
        learn(SLOT, SEEN(RJ_SEEN_INT));                                                            \
        A = rj_boolean(rj_as_int(left) operator rj_as_int(right));                                 \
        NEXT();                                                                                    \
    }                                                                                              \
    learn(SLOT, SEEN(rj_seen_of(left) | rj_seen_of(right)));                                       \
    if (BOTH_NUMBER(left, right)) {                                                                \
        A = rj_boolean(rj_as_number(left) operator rj_as_number(right));                           \
        NEXT();                                                                                    \
    }                                                                                              \
    value = simply(left, right);                                                                   \
    if (value != RJ_HOLE) {                                                                        \
        A = value ^ (flip);                                                                        \
        NEXT();                                                                                    \
    }                                                                                              \
    FINISH(slow(vm, left, right));

#define BRANCH(condition)                                                                          \
    do {                                                                                           \
        if (condition) {                                                                           \
            SLOT->branch.taken++;                                                                  \
            JUMP_TO(at->d);                                                                        \
        }                                                                                          \
        SLOT->branch.not_taken++;                                                                  \
        NEXT();                                                                                    \
    } while (0)

#define COMPARE_JUMP(name, operator, simply, slow)                                                 \
    name:                                                                                          \
    left = B, right = C;                                                                           \
    if (BOTH_INT(left, right)) {                                                                   \
        learn(SLOT, SEEN(RJ_SEEN_INT));                                                            \
        BRANCH((rj_as_int(left) operator rj_as_int(right)) == (at->a != 0));                       \
    }                                                                                              \
    if (BOTH_DOUBLE(left, right)) {                                                                \
        learn(SLOT, SEEN(RJ_SEEN_DOUBLE));                                                         \
        BRANCH((rj_as_double(left) operator rj_as_double(right)) == (at->a != 0));                 \
    }                                                                                              \
    learn(SLOT, SEEN(rj_seen_of(left) | rj_seen_of(right)));                                       \
    if (BOTH_NUMBER(left, right))                                                                  \
        BRANCH((rj_as_number(left) operator rj_as_number(right)) == (at->a != 0));                 \
    value = simply(left, right);                                                                   \
    if (value == RJ_HOLE) {                                                                        \
        SAVE();                                                                                    \
        value = slow(vm, left, right);                                                             \
        if (value == RJ_THROWN)                                                                    \
            goto thrown;                                                                           \
    }                                                                                              \
    BRANCH((value == RJ_TRUE) == (at->a != 0));

static rj_value not_equal(rj_value equal)
{
    return equal == RJ_THROWN ? RJ_THROWN : equal ^ 1;
}

static rj_value loose_unequal(struct rj_vm *vm, rj_value left, rj_value right)
{
    return not_equal(rj_equal(vm, left, right));
}

static rj_value strict_unequal(struct rj_vm *vm, rj_value left, rj_value right)
{
    return not_equal(rj_strict_equal(vm, left, right));
}

static rj_value closure_class(struct rj_vm *vm, const struct rj_frame *frame, rj_value scope,
                              rj_value superclass, int32_t index)
{
    return rj_new_class(vm, frame->code->functions[index], SCOPE_OF(scope), superclass);
}

rj_value rj_interpret(struct rj_vm *vm, struct rj_frame *frame, bool thrown)
{
    static const void *const labels[RJ_OP_COUNT] = {
#define LABEL(name, operands, kind) &&name,
        RJ_OP_LIST(LABEL)
#undef LABEL
    };
    static const void *const watched[RJ_OP_COUNT] = {
#define LABEL(name, operands, kind) &&watch,
        RJ_OP_LIST(LABEL)
#undef LABEL
    };
    struct rj_code *code = frame->code;
    struct rj_feedback *feedback = code->feedback;
    rj_value *registers = frame->registers;
    const struct rj_instruction *at = code->instructions + frame->at;
    const void *const *jumps = vm->tells_feedback ? watched : labels;
    uint32_t watched_slot = RJ_NO_SLOT;
    const struct rj_handler *handler;
    rj_value left, right, value;
    rj_value outcome; /* apart from `value`, as its address is taken */
    struct rj_object *object;
    struct rj_scope *scope;
    int32_t whole;

    if (jumps == watched && !code->told)
        code->told = new_told(vm, code);
    frame->caller = vm->frame;
    vm->frame = frame;
    if (thrown)
        goto thrown;
    DISPATCH();

LOAD_CONST:
    A = code->constants[at->d];
    NEXT();
LOAD_INT:
    A = rj_int(at->d);
    NEXT();
MOVE:
    A = B;
    NEXT();
LOAD_CALLEE:
    A = rj_cell_value(frame->callee);
    NEXT();
LOAD_NEW_TARGET:
    A = frame->new_target;
    NEXT();
LOAD_SCOPE:
    A = rj_cell_value(frame->callee->scope);
    NEXT();
LOAD_REST:
    FINISH(rj_rest(vm, frame->argc, frame->args, (uint32_t)at->d));
LOAD_ARGUMENTS:
    FINISH(rj_rest(vm, frame->argc, frame->args, 0));

NEW_SCOPE:
    FINISH(pointer_value(scope = rj_new_scope(vm, SCOPE_OF(B), (uint32_t)at->d)));
COPY_SCOPE:
    FINISH(pointer_value(scope = rj_copy_scope(vm, SCOPE_OF(B))));
GET_SCOPED:
    scope = SCOPE_OF(B);
    for (int32_t i = at->d; i > 0; i--)
        scope = scope->parent;
    value = scope->values[at->c];
    learn(SLOT, RESULT(rj_seen_of(value)));
    A = value;
    NEXT();
SET_SCOPED:
    scope = SCOPE_OF(B);
    for (int32_t i = at->d; i > 0; i--)
        scope = scope->parent;
    scope->values[at->c] = A;
    NEXT();
CHECK_INITIALIZED:
    if (A != RJ_UNINITIALIZED)
        NEXT();
    CHECK(rj_check_initialized(vm, A, ATOM));
THROW_CONST:
    CHECK(rj_throw_const(vm, ATOM));
GET_GLOBAL : {
    const struct rj_way *way = &SLOT->way;

    object = vm->realm.global;
    if (object->shape == way->shape && !way->holder) {
        value = object->slots[way->slot];
        learn(SLOT, RESULT(rj_seen_of(value)));
        A = value;
        NEXT();
    }
}
    FINISH_SEEN(rj_get_global(vm, ATOM, at->b != 0, SLOT));
SET_GLOBAL:
    CHECK(rj_set_global(vm, ATOM, A, SLOT));

    ARITHMETIC(ADD, __builtin_add_overflow, +, rj_add)
    ARITHMETIC(SUB, __builtin_sub_overflow, -, rj_sub)
    ARITHMETIC(MUL, rj_multiply_overflows, *, rj_mul)
DIV:
    LEARN(rj_seen_of(B) | rj_seen_of(C), 0);
    if (rj_is_number(B) && rj_is_number(C) && !BOTH_INT(B, C)) {
        learn(SLOT, RESULT(RJ_SEEN_DOUBLE));
        A = rj_double(rj_as_number(B) / rj_as_number(C));
        NEXT();
    }
    FINISH_SEEN(rj_div(vm, B, C));
MOD:
    left = B, right = C;
    LEARN(rj_seen_of(left) | rj_seen_of(right), 0);
    if (BOTH_INT(left, right) && rj_as_int(left) >= 0 && rj_as_int(right) > 0) {
        learn(SLOT, RESULT(RJ_SEEN_INT));
        A = rj_int(rj_as_int(left) % rj_as_int(right));
        NEXT();
    }
    FINISH_SEEN(rj_mod(vm, left, right));
EXP:
    LEARN(rj_seen_of(B) | rj_seen_of(C), 0);
    FINISH_SEEN(rj_exp(vm, B, C));
    BITWISE(BIT_AND, a & b, rj_bit_and)
    BITWISE(BIT_OR, a | b, rj_bit_or)
    BITWISE(BIT_XOR, a ^ b, rj_bit_xor)
    BITWISE(SHL, (uint32_t)a << (b & 31), rj_shl)
    BITWISE(SHR, a >> (b & 31), rj_shr)
USHR:
    left = B, right = C;
    LEARN(rj_seen_of(left) | rj_seen_of(right), 0);
    if (BOTH_INT(left, right)) {
        uint32_t shifted = (uint32_t)rj_as_int(left) >> (rj_as_int(right) & 31);

        A = shifted <= INT32_MAX ? rj_int((int32_t)shifted) : rj_double(shifted);
        learn(SLOT, RESULT(shifted <= INT32_MAX ? RJ_SEEN_INT : RJ_SEEN_DOUBLE));
        NEXT();
    }
    FINISH_SEEN(rj_ushr(vm, left, right));

    COMPARISON(EQ, ==, rj_simply_equal, 0, rj_equal)
    COMPARISON(NE, !=, rj_simply_equal, 1, loose_unequal)
    COMPARISON(SEQ, ==, rj_simply_strict_equal, 0, rj_strict_equal)
    COMPARISON(SNE, !=, rj_simply_strict_equal, 1, strict_unequal)
    COMPARISON(LT, <, rj_not_simple, 0, rj_less)
    COMPARISON(LE, <=, rj_not_simple, 0, rj_less_equal)
    COMPARISON(GT, >, rj_not_simple, 0, rj_greater)
    COMPARISON(GE, >=, rj_not_simple, 0, rj_greater_equal)
INSTANCEOF:
    FINISH(rj_instanceof(vm, B, C));
IN:
    FINISH(rj_in(vm, B, C));

NEG:
    if (rj_is_double(B)) {
        LEARN(RJ_SEEN_DOUBLE, RJ_SEEN_DOUBLE);
        A = rj_double(-rj_as_double(B));
        NEXT();
    }
    learn(SLOT, SEEN(rj_seen_of(B)));
    FINISH_SEEN(rj_neg(vm, B));
TO_NUMBER:
    learn(SLOT, SEEN(rj_seen_of(B)));
    FINISH_SEEN(rj_to_number(vm, B));
INC:
    value = B;
    if (rj_is_int(value) && rj_as_int(value) != INT32_MAX) {
        LEARN(RJ_SEEN_INT, RJ_SEEN_INT);
        A = rj_int(rj_as_int(value) + 1);
        NEXT();
    }
    learn(SLOT, SEEN(rj_seen_of(value)));
    FINISH_SEEN(rj_inc(vm, value));
DEC:
    value = B;
    if (rj_is_int(value) && rj_as_int(value) != INT32_MIN) {
        LEARN(RJ_SEEN_INT, RJ_SEEN_INT);
        A = rj_int(rj_as_int(value) - 1);
        NEXT();
    }
    learn(SLOT, SEEN(rj_seen_of(value)));
    FINISH_SEEN(rj_dec(vm, value));
BIT_NOT:
    learn(SLOT, SEEN(rj_seen_of(B)));
    FINISH_SEEN(rj_bit_not(vm, B));
NOT:
    learn(SLOT, RESULT(rj_seen_of(B)));
    A = rj_boolean(!rj_truthy(B));
    NEXT();
TYPEOF:
    FINISH(pointer_value(rj_typeof(vm, B)));
TO_STRING:
    learn(SLOT, RESULT(rj_seen_of(B)));
    if (rj_is_string(B)) {
        A = B;
        NEXT();
    }
    {
        struct rj_string *text;

        SAVE();
        text = rj_to_string(vm, B);
        if (!text)
            goto thrown;
        A = rj_cell_value(text);
        NEXT();
    }
TO_KEY:
    FINISH(rj_to_key(vm, B));

JUMP:
    JUMP_TO(at->d);
LOOP:
    SLOT->branch.taken++;
    if (__builtin_expect(vm->interrupt, 0)) {
        SAVE();
        if (!interrupted(vm))
            goto thrown;
    }
    if (__builtin_expect(++code->rounds >= vm->options.loop_threshold, 0) && vm->jit) {
        code->rounds -= code->rounds > LOOP_RETRY ? LOOP_RETRY : code->rounds;
        SAVE();
        if (rj_jit_hot_loop(vm, frame, &outcome)) {
            value = outcome;
            goto leave;
        }
    }
    NEXT();
JUMP_TRUE:
    value = A;
    BRANCH(value == RJ_TRUE || (value != RJ_FALSE && rj_truthy(value)));
JUMP_FALSE:
    value = A;
    BRANCH(value == RJ_FALSE || (value != RJ_TRUE && !rj_truthy(value)));
JUMP_NULLISH:
    BRANCH(rj_is_nullish(A));
JUMP_UNDEFINED:
    BRANCH(A == RJ_UNDEFINED);
    COMPARE_JUMP(JUMP_EQ, ==, rj_simply_equal, rj_equal)
    COMPARE_JUMP(JUMP_SEQ, ==, rj_simply_strict_equal, rj_strict_equal)
    COMPARE_JUMP(JUMP_LT, <, rj_not_simple, rj_less)
    COMPARE_JUMP(JUMP_LE, <=, rj_not_simple, rj_less_equal)
    COMPARE_JUMP(JUMP_GT, >, rj_not_simple, rj_greater)
    COMPARE_JUMP(JUMP_GE, >=, rj_not_simple, rj_greater_equal)

GET_PROPERTY:
    if (rj_is_cell(B)) { /* what lies at the place of a string's shape is no shape */
        const struct rj_way *way = &SLOT->way;

        object = rj_as_object(B);
        if (object->shape == way->shape && (!way->holder || way->epoch == vm->prototype_epoch)) {
            value = (way->holder ? way->holder : object)->slots[way->slot];
            learn(SLOT, RESULT(rj_seen_of(value)));
            A = value;
            NEXT();
        }
        if (!way->shape && way->holder && way->epoch == vm->prototype_epoch &&
            object->cell.kind == RJ_STRING) {
            value = way->holder->slots[way->slot];
            learn(SLOT, RESULT(rj_seen_of(value)));
            A = value;
            NEXT();
        }
    }
    FINISH_SEEN(rj_get_property(vm, B, ATOM, SLOT));
SET_PROPERTY:
    if (rj_is_cell(A)) {
        const struct rj_way *way = &SLOT->way;

        object = rj_as_object(A);
        if (object->shape == way->shape && !way->holder &&
            (!way->next || rj_takes_shape(vm, object, way))) {
            value = B;
            learn(SLOT, RESULT(rj_seen_of(value)));
            object->slots[way->slot] = value;
            NEXT();
        }
    }
    CHECK(rj_set_property(vm, A, ATOM, B, SLOT));
DELETE_PROPERTY:
    FINISH(rj_delete(vm, B, rj_cell_value(ATOM)));
GET_SUPER:
    FINISH(rj_get_super(vm, frame->callee, B, C));
SET_SUPER:
    CHECK(rj_set_super(vm, frame->callee, A, B, C));
GET_LENGTH:
    if (rj_is_kind(B, RJ_ARRAY)) {
        uint32_t length = ((struct rj_array *)rj_as_cell(B))->length;

        learn(SLOT, ELEMENT(RJ_ELEMENT_ARRAY) | RESULT(RJ_SEEN_INT));
        A = rj_int((int32_t)length);
        NEXT();
    }
    if (rj_is_string(B)) {
        learn(SLOT, ELEMENT(RJ_ELEMENT_STRING) | RESULT(RJ_SEEN_INT));
        A = rj_int((int32_t)rj_as_string(B)->length);
        NEXT();
    }
    FINISH_SEEN(rj_get_length(vm, B, SLOT));
GET_ELEMENT:
    if (rj_is_int(C) && rj_is_cell(B)) {
        const struct rj_array *array = (const struct rj_array *)rj_as_cell(B);
        uint32_t index = (uint32_t)rj_as_int(C);
        uint32_t kind = RJ_ELEMENT_ARRAY;

        if (__builtin_expect(array->object.cell.kind != RJ_ARRAY, 0))
            value = rj_element_of(vm, &array->object.cell, index, &kind);
        else
            value = index < array->length ? array->elements[index] : RJ_HOLE;
        if (value != RJ_HOLE) {
            learn(SLOT, ELEMENT(kind) | SEEN(RJ_SEEN_INT) | RESULT(rj_seen_of(value)));
            A = value;
            NEXT();
        }
    }
    FINISH_SEEN(rj_get_element(vm, B, C, SLOT));
SET_ELEMENT:
    if (rj_is_int(B) && rj_is_cell(A)) {
        struct rj_array *array = (struct rj_array *)rj_as_cell(A);
        uint32_t index = (uint32_t)rj_as_int(B);
        uint32_t kind;

        value = C;
        if (array->object.cell.kind != RJ_ARRAY) {
            if (rj_store_element(&array->object.cell, index, value, &kind)) {
                learn(SLOT, ELEMENT(kind) | SEEN(RJ_SEEN_INT) | RESULT(rj_seen_of(value)));
                NEXT();
            }
        } else if (index < array->length && array->elements[index] != RJ_HOLE &&
                   !(array->object.cell.flags & RJ_OBJECT_FROZEN)) {
            array->elements[index] = value;
            learn(SLOT, ELEMENT(RJ_ELEMENT_ARRAY) | SEEN(RJ_SEEN_INT) | RESULT(rj_seen_of(value)));
            NEXT();
        } else if (rj_append_element(array, index, value)) {
            learn(SLOT, ELEMENT(RJ_ELEMENT_ARRAY | RJ_ELEMENT_APPEND) | SEEN(RJ_SEEN_INT) |
                            RESULT(rj_seen_of(value)));
            NEXT();
        }
    }
    CHECK(rj_set_element(vm, A, B, C, SLOT));
DELETE_ELEMENT:
    SAVE();
    value = rj_to_key(vm, C);
    if (value == RJ_THROWN)
        goto thrown;
    FINISH(rj_delete(vm, B, value));
DEFINE_PROPERTY : {
    const struct rj_way *way = &SLOT->way;

    object = rj_as_object(A);
    if (object->shape == way->shape && way->next && rj_takes_shape(vm, object, way)) {
        value = B;
        learn(SLOT, RESULT(rj_seen_of(value)));
        object->slots[way->slot] = value;
        NEXT();
    }
}
    CHECK(rj_define_property(vm, A, ATOM, B, SLOT));
DEFINE_ELEMENT:
    CHECK(rj_define_element(vm, A, B, C));
DEFINE_METHOD:
    CHECK(rj_define_method(vm, A, B, C, (uint32_t)at->d));
DEFINE_ACCESSOR:
    CHECK(rj_define_literal_accessor(vm, A, B, C, (uint32_t)at->d));
NEW_OBJECT:
    FINISH(pointer_value(
        object = rj_object_new(vm, vm->realm.object_shape, sizeof(*object), (uint32_t)at->d)));
NEW_ARRAY:
    FINISH(pointer_value(rj_array_new(vm, (uint32_t)at->d, &C)));
ARRAY_APPEND:
    CHECK(rj_array_append_value(vm, A, B));
ARRAY_SPREAD:
    CHECK(rj_array_spread(vm, A, B));
OBJECT_SPREAD:
    CHECK(rj_object_spread(vm, A, B));
OBJECT_REST:
    FINISH(rj_object_rest(vm, B, C));
NEW_CLOSURE:
    FINISH(rj_new_closure(vm, code->functions[at->d], SCOPE_OF(B), frame->callee));
NEW_CLASS:
    FINISH(closure_class(vm, frame, B, C, at->d));
GET_PROTOTYPE:
    FINISH(rj_function_prototype(vm, rj_as_function(B)));
SET_PROTOTYPE:
    CHECK(rj_set_literal_prototype(vm, A, B));

CALL:
    if (rj_is_function(B)) {
        struct rj_function *function = rj_as_function(B);

        learn_call(SLOT, function);
        if (!(function->code->flags & RJ_CODE_CLASS))
            FINISH_SEEN(
                function->code->entry(vm, function, C, (uint32_t)at->d, &C + 1, RJ_UNDEFINED));
    }
    FINISH_SEEN(rj_call(vm, B, C, (uint32_t)at->d, &C + 1));
CALL_SPREAD:
    FINISH(rj_call_spread(vm, B, C, (&C)[1]));
NEW:
    if (rj_is_function(B))
        learn_call(SLOT, rj_as_function(B));
    FINISH_SEEN(rj_construct(vm, B, (uint32_t)at->d, &C + 1, B));
NEW_SPREAD:
    FINISH(rj_construct_spread(vm, B, (&C)[1], B));
SUPER_CALL:
    FINISH_SEEN(super_call(vm, frame, (uint32_t)at->d, &C + 1, SLOT));
SUPER_SPREAD : {
    const struct rj_array *array = (const struct rj_array *)rj_as_cell((&C)[1]);

    FINISH(super_call(vm, frame, array->length, array->elements, NULL));
}
RETURN:
    value = A;
    goto leave;
THROW:
    CHECK(rj_throw(vm, A));
ITERATE:
    FINISH(rj_iterate(vm, B));
ITERATE_KEYS:
    FINISH(rj_iterate_keys(vm, B));
NEXT:
    SAVE();
    value = rj_next(vm, B);
    if (value == RJ_THROWN)
        goto thrown;
    if (value == RJ_HOLE)
        JUMP_TO(at->d);
    learn(SLOT, RESULT(rj_seen_of(value)));
    A = value;
    NEXT();
CHECK_OBJECT:
    if (!rj_is_nullish(A))
        NEXT();
    CHECK(rj_check_object(vm, A));
DEBUGGER:
    NEXT();

watch: /* instead of every operation while feedback is told */
    watch_slot(vm, code, &watched_slot, at->slot);
    goto *labels[at->op];
thrown:
    handler = vm->exception == RJ_HOLE ? NULL : find_handler(code, frame->at);
    if (handler) {
        registers[handler->destination] = vm->exception;
        vm->exception = RJ_UNDEFINED;
        JUMP_TO(handler->target);
    }
    value = RJ_THROWN;
leave:
    if (__builtin_expect(jumps == watched, 0))
        watch_slot(vm, code, &watched_slot, RJ_NO_SLOT);
    vm->frame = frame->caller;
    return value;
}

/* Two at a time: most of a call's work is this. */
static inline void fill_undefined(rj_value *from, rj_value *end)
{
    typedef rj_value pair __attribute__((vector_size(16), aligned(8), may_alias));
    const pair undefined = {RJ_UNDEFINED, RJ_UNDEFINED};

    for (; end - from >= 2; from += 2)
        *(pair *)from = undefined;
    if (from < end)
        *from = RJ_UNDEFINED;
}

/* The arguments into registers, the rest undefined. */
static inline void fill_registers(struct rj_code *code, rj_value *registers, uint32_t argc,
                                  const rj_value *args)
{
    uint32_t given = argc < code->parameter_count ? argc : code->parameter_count;
    uint8_t *seen = code->argument_seen + 1;

    for (uint32_t i = 0; i < given; i++) {
        registers[i + 1] = args[i];
        seen[i] |= rj_seen_of(args[i]);
    }
    for (uint32_t i = given; i < code->parameter_count; i++)
        seen[i] |= RJ_SEEN_NULLISH;
    fill_undefined(registers + given + 1, registers + code->register_count);
}

static inline __attribute__((always_inline)) rj_value
interpret_call(struct rj_vm *vm, struct rj_function *callee, rj_value this_value, uint32_t argc,
               const rj_value *args, rj_value new_target)
{
    struct rj_code *code = callee->code;
    struct rj_frame frame;
    rj_value *registers;

    if (__builtin_expect(rj_stack_is_low(vm), 0))
        return rj_throw_stack(vm);
    registers = alloca((size_t)code->register_count * sizeof(*registers)); /* at most 512 KB */
    registers[0] = this_value;
    code->argument_seen[0] |= rj_seen_of(this_value);
    fill_registers(code, registers, argc, args);
    frame.code = code;
    frame.callee = callee;
    frame.registers = registers;
    frame.args = args;
    frame.argc = argc;
    frame.at = 0;
    frame.new_target = new_target;
    if (__builtin_expect(vm->tells_calls, 0))
        rj_tell_invocation(vm, code, SOURCE_INTERPRETER, 0, TIER_INTERPRETED, 0);
    if (__builtin_expect(code->run != NULL, 0))
        return code->run(vm, &frame, false);
    return rj_interpret(vm, &frame, false);
}

rj_value rj_interpret_call(struct rj_vm *vm, struct rj_function *callee, rj_value this_value,
                           uint32_t argc, const rj_value *args, rj_value new_target)
{
    return interpret_call(vm, callee, this_value, argc, args, new_target);
}

rj_value rj_interpret_entry(struct rj_vm *vm, struct rj_function *callee, rj_value this_value,
                            uint32_t argc, const rj_value *args, rj_value new_target)
{
    struct rj_code *code = callee->code;

    if (__builtin_expect(vm->interrupt, 0) && !interrupted(vm))
        return RJ_THROWN;
    if (__builtin_expect(++code->invocations >= vm->options.call_threshold, 0) && vm->jit) {
        code->invocations = 0;
        rj_jit_hot_call(vm, callee, this_value, argc, args);
    }
    if (__builtin_expect(code->entry != rj_interpret_entry, 0))
        return code->entry(vm, callee, this_value, argc, args, new_target);
    return interpret_call(vm, callee, this_value, argc, args, new_target);
}
