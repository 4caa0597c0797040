#include "vm/vm.h"

struct rj_position rj_code_position(const struct rj_code *code, uint32_t instruction)
{
    struct rj_position nothing = {0};
    uint32_t low = 0;
    uint32_t high = code->position_count;

    while (low < high) { /* the last row that does not come after the instruction */
        uint32_t middle = low + (high - low) / 2;

        if (code->positions[middle].instruction <= instruction)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? code->positions[low - 1] : nothing;
}

const struct rj_callee *rj_find_callee(const struct rj_frame *frame, rj_value value)
{
    const struct rj_code *code = frame ? frame->code : NULL;
    uint32_t low = 0;
    uint32_t high = code ? code->callee_count : 0;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct rj_callee *row = &code->callees[middle];

        if (row->instruction == frame->at)
            return frame->registers[row->reg] == value ? row : NULL;
        if (row->instruction < frame->at)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
