/* The parser and the bytecode it makes: any bytes give a program or a SyntaxError, and what a
 * program's instructions name is there. */
#include "front/front.h"
#include "options.h"
#include "vm/operations.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rj_vm *new_vm(void)
{
    char *argv[] = {(char[]){"refjs"}, (char[]){"--jit=off"}, (char[]){"fuzz.js"}, NULL};
    struct rj_options options;
    struct rj_vm *vm;

    if (rj_options_read(&options, 3, argv) != RJ_OPTIONS_RUN)
        abort();
    vm = rj_vm_new(&options);
    if (!vm)
        abort();
    return vm;
}

static void check(bool truth)
{
    if (!truth)
        abort();
}

/* `value` is what the operand that `letter` describes holds; see vm/bytecode.h. */
static void check_operand(const struct rj_code *code, char letter, int64_t value)
{
    switch (letter) {
    case 'D':
    case 'U':
    case 'X':
        check(value < code->register_count);
        break;
    case 'K':
        check(value >= 0 && value < code->constant_count);
        break;
    case 'J':
        check(value >= 0 && value < code->instruction_count);
        break;
    case 'F':
        check(value >= 0 && value < code->function_count);
        break;
    default:
        break;
    }
}

/* Registers c to c+d, or two of them where the arguments are an array. */
static void check_run(const struct rj_code *code, const struct rj_instruction *at)
{
    const char *letters = rj_op_operands(at->op);
    int64_t last = at->c + (int64_t)at->d;

    if (letters[2] != 'R')
        return;
    if (letters[3] != 'N')
        last = at->c + 1;
    else if (at->op == RJ_OP_NEW_ARRAY)
        last--;
    check(at->d >= 0 && last < code->register_count);
}

static void check_instruction(const struct rj_code *code, const struct rj_instruction *at)
{
    const int64_t values[] = {at->a, at->b, at->c, at->d};
    const char *letters;

    check(at->op < RJ_OP_COUNT);
    letters = rj_op_operands(at->op);
    for (int i = 0; i < 4; i++)
        check_operand(code, letters[i], values[i]);
    check_run(code, at);
    check((at->slot == RJ_NO_SLOT) == (rj_op_feedback(at->op) == RJ_FEEDBACK_NONE));
    check(at->slot == RJ_NO_SLOT || at->slot < code->slot_count);
}

/* Nothing runs past the end. */
static bool ends(const struct rj_code *code)
{
    uint32_t op = code->instructions[code->instruction_count - 1].op;

    return op == RJ_OP_RETURN || op == RJ_OP_THROW || op == RJ_OP_JUMP;
}

static void check_handlers(const struct rj_code *code)
{
    for (uint32_t i = 0; i < code->handler_count; i++) {
        const struct rj_handler *handler = &code->handlers[i];

        check(handler->start < handler->end && handler->end <= code->instruction_count);
        check(handler->target < code->instruction_count);
        check(handler->destination < code->register_count);
    }
}

static void check_code(struct rj_vm *vm, const struct rj_code *code)
{
    check(code->instruction_count > 0 && code->parameter_count < code->register_count);
    for (uint32_t i = 0; i < code->instruction_count; i++)
        check_instruction(code, &code->instructions[i]);
    check(ends(code));
    check_handlers(code);
    for (uint32_t i = 0; i < code->callee_count; i++)
        check(code->callees[i].instruction < code->instruction_count &&
              code->callees[i].reg < code->register_count && code->callees[i].text);
    for (uint32_t i = 0; i < code->function_count && !rj_stack_is_low(vm); i++) {
        check(code->functions[i]->outer == code && code->functions[i]->outer_index == i);
        check_code(vm, code->functions[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct rj_vm *vm; /* one for the whole process */
    struct rj_code *code;

    if (!vm)
        vm = new_vm();
    code = rj_compile_script(vm, (const char *)data, size, "fuzz.js");
    if (code)
        check_code(vm, code);
    else
        check(rj_is_object(vm->exception));
    vm->exception = RJ_UNDEFINED;
    return 0;
}
