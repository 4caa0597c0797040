/* Bytecode as text. */
#include "front/front.h"

#include "vm/operations.h"

static void print_constant(struct rj_vm *vm, rj_value value, FILE *out)
{
    const char *text;

    if (rj_is_function(value)) {
        fprintf(out, "%s()", rj_as_function(value)->code->name);
    } else if (rj_is_cell(value)) {
        text = rj_string_text(vm, (struct rj_string *)rj_as_cell(value), NULL);
        fprintf(out, "'%.60s'", text ? text : "?");
    } else if (rj_is_number(value)) {
        fprintf(out, "%.17g", rj_as_number(value));
    } else {
        fprintf(out, "%s",
                value == RJ_UNDEFINED       ? "undefined"
                : value == RJ_NULL          ? "null"
                : value == RJ_TRUE          ? "true"
                : value == RJ_FALSE         ? "false"
                : value == RJ_HOLE          ? "<hole>"
                : value == RJ_UNINITIALIZED ? "<uninitialized>"
                                            : "?");
    }
}

static void print_operand(struct rj_vm *vm, const struct rj_code *code, char letter, int64_t value,
                          FILE *out)
{
    switch (letter) {
    case 'D':
    case 'U':
    case 'X':
    case 'R':
        fprintf(out, " r%d", (int)value);
        break;
    case 'K':
        fprintf(out, " ");
        print_constant(vm, code->constants[value], out);
        break;
    case 'J':
        fprintf(out, " -> %d", (int)value);
        break;
    case 'F':
        fprintf(out, " %s#%u", code->functions[value]->name, code->functions[value]->id);
        break;
    case 'N':
        fprintf(out, " %d", (int)value);
        break;
    default:
        break;
    }
}

static void print_instruction(struct rj_vm *vm, const struct rj_code *code, uint32_t at, FILE *out)
{
    const struct rj_instruction *instruction = &code->instructions[at];
    const char *letters = rj_op_operands(instruction->op);
    const int64_t values[] = {instruction->a, instruction->b, instruction->c, instruction->d};

    fprintf(out, "%6u  %-18s", at, rj_op_name(instruction->op));
    for (int i = 0; i < 4; i++)
        print_operand(vm, code, letters[i], values[i], out);
    if (instruction->slot != RJ_NO_SLOT)
        fprintf(out, "  [%u]", instruction->slot);
    fprintf(out, "\n");
}

void rj_print_bytecode(struct rj_vm *vm, const struct rj_code *code, bool deep, FILE *out)
{
    uint32_t position = 0;

    fprintf(out, "function %s#%u %s:%u:%u parameters %u registers %u slots %u\n", code->name,
            code->id, code->file, code->line, code->column, code->parameter_count,
            code->register_count, code->slot_count);
    for (uint32_t i = 0; i < code->instruction_count; i++) {
        uint32_t line = 0;

        for (; position < code->position_count && code->positions[position].instruction <= i;
             position++)
            line = code->positions[position].line;
        if (line)
            fprintf(out, "  ; %u:%u\n", line, code->positions[position - 1].column);
        print_instruction(vm, code, i, out);
    }
    for (uint32_t i = 0; i < code->handler_count; i++)
        fprintf(out, "  handler %u to %u -> %u in r%u\n", code->handlers[i].start,
                code->handlers[i].end, code->handlers[i].target, code->handlers[i].destination);
    fprintf(out, "\n");
    for (uint32_t i = 0; deep && i < code->function_count; i++) {
        if (rj_stack_is_low(vm))
            return;
        rj_print_bytecode(vm, code->functions[i], true, out);
    }
}
