#include "vm/bytecode.h"

#include "vm/feedback.h"

struct row {
    const char *name;
    const char *operands;
    uint32_t feedback;
};

static const struct row rows[RJ_OP_COUNT] = {
#define TABLE_ROW(name, operands, kind) {#name, operands, RJ_FEEDBACK_##kind},
    RJ_OP_LIST(TABLE_ROW)
#undef TABLE_ROW
};

const char *rj_op_name(uint32_t op)
{
    return rows[op].name;
}

const char *rj_op_operands(uint32_t op)
{
    return rows[op].operands;
}

uint32_t rj_op_feedback(uint32_t op)
{
    return rows[op].feedback;
}
