/* A trace of LuaJIT: any machine code, IR and snapshots give guards, unwinding, lines and
 * exits that lie within it.
 *
 * Input, little-endian: opcodes nop, loop, phi, base, use, each 1 byte; what the parent moved the
 * stack pointer by, in words, 1; steps and snapshots, 1 each; IR instructions, 2; the loop's
 * offset, 2; distances of four groups of stubs from the code, 4 each; steps (ir 2, line, function,
 * inlined 1 each); snapshots, 2 each; IR (type 2, operands 2 and 2, literals 1); machine code. */
#include "adapters/luajit/lines.h"
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

enum { GROUPS = 4, STUBS_A_GROUP = 32, MOST_IR = 4096, PLENTY = 256 };

static const uint64_t code_address = UINT64_C(0x7f0000100000);

struct input {
    struct luajit_body body;
    struct luajit_mcode mcode;
    uint32_t parent_adjust;
    uint64_t stubs[PLENTY];
    struct luajit_step steps[PLENTY];
    uint32_t snapshots[PLENTY];
    struct luajit_ir ir[MOST_IR + 1];
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void claim(bool is_true)
{
    if (!is_true)
        abort();
}

static void read_head(struct jt_bytes *in, struct input *input)
{
    struct luajit_opcodes *opcodes = &input->body.opcodes;

    *opcodes = (struct luajit_opcodes){.nop = jt_bytes_take_u8(in)};
    opcodes->loop = jt_bytes_take_u8(in);
    opcodes->phi = jt_bytes_take_u8(in);
    opcodes->base = jt_bytes_take_u8(in);
    opcodes->use = jt_bytes_take_u8(in);
    input->parent_adjust = jt_bytes_take_u8(in) * 8U;
    input->body.step_count = jt_bytes_take_u8(in);
    input->body.snapshot_count = jt_bytes_take_u8(in);
    input->body.ir_count = jt_bytes_take_u16(in) % (MOST_IR + 1);
    input->body.loop_offset = jt_bytes_take_u16(in);
}

static void read_body(struct jt_bytes *in, struct input *input)
{
    struct luajit_body *body = &input->body;
    uint64_t groups[GROUPS];

    for (size_t i = 0; i < GROUPS; i++)
        groups[i] = code_address + (uint64_t)(int64_t)(int32_t)jt_bytes_take_u32(in);
    for (size_t i = 0; i < body->snapshot_count; i++)
        input->stubs[i] =
            groups[i / STUBS_A_GROUP % GROUPS] + (i % STUBS_A_GROUP) * 4 + i / 128 * 0x1000;
    for (size_t i = 0; i < body->step_count; i++) {
        input->steps[i].ir = jt_bytes_take_u16(in);
        input->steps[i].line = jt_bytes_take_u8(in);
        input->steps[i].function = jt_bytes_take_u8(in);
        input->steps[i].inlined = jt_bytes_take_u8(in);
    }
    for (size_t i = 0; i < body->snapshot_count; i++)
        input->snapshots[i] = jt_bytes_take_u16(in);
    for (size_t i = 1; i <= body->ir_count; i++) {
        struct luajit_ir *ir = &input->ir[i];
        uint8_t literals = 0;

        ir->op_type = jt_bytes_take_u16(in);
        ir->left = (int16_t)jt_bytes_take_u16(in);
        ir->right = (int16_t)jt_bytes_take_u16(in);
        literals = jt_bytes_take_u8(in);
        ir->is_left_literal = literals & 1;
        ir->is_right_literal = literals >> 1 & 1;
    }
}

static void check_guards(const struct luajit_mcode *mcode, struct luajit_body *body,
                         struct luajit_guard *guards, size_t room)
{
    size_t before = 0;

    body->guards = guards;
    body->guard_count = luajit_mcode_guards(mcode, guards, room);
    claim(body->guard_count <= room);
    for (size_t i = 0; i < body->guard_count; i++) {
        claim(guards[i].end >= before + 5 && guards[i].end <= mcode->bytes);
        claim(guards[i].exit < mcode->stub_count);
        before = guards[i].end;
    }
}

static void check_unwinding(const struct input *input)
{
    uint8_t cfi[LUAJIT_CFI_ROOM];
    uint32_t adjust = 0;
    size_t bytes = luajit_mcode_cfi(&input->mcode, input->parent_adjust, cfi, &adjust);

    claim(bytes <= sizeof(cfi));
    claim(adjust >= input->parent_adjust && adjust - input->parent_adjust < 65536);
}

static void check_lines(const struct luajit_body *body)
{
    size_t room = body->ir_count + 2;
    uint32_t *steps_of = calloc(room, sizeof(*steps_of));
    struct luajit_row *rows = calloc(room, sizeof(*rows));
    struct luajit_exit_place *places = calloc(body->snapshot_count + 1, sizeof(*places));
    size_t count = 0;

    claim(steps_of && rows && places);
    luajit_lines_assign(body, steps_of);
    luajit_lines_exits(body, steps_of, places);
    count = luajit_lines_rows(body, steps_of, rows, room);
    claim(count <= room && (count > 0) == (body->step_count > 0));
    for (size_t i = 0; i < count; i++) {
        claim(rows[i].step < body->step_count);
        claim(i == 0 ? rows[i].offset == 0 : rows[i].offset > rows[i - 1].offset);
        claim(rows[i].offset < body->code_bytes || rows[i].offset == 0);
    }
    for (size_t i = 0; i < body->snapshot_count; i++) {
        claim(places[i].step < body->step_count || body->step_count == 0);
        claim(places[i].op_count <= LUAJIT_EXIT_OPS && places[i].offset <= body->code_bytes);
    }
    free(steps_of);
    free(rows);
    free(places);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input *input = calloc(1, sizeof(*input));
    struct jt_bytes in = jt_bytes_of(data, size);
    struct luajit_guard *guards = NULL;
    uint8_t *code = NULL;
    size_t room = 0;

    claim(input != NULL);
    read_head(&in, input);
    read_body(&in, input);
    room = in.left / 5 + 1;
    /* Copies of their own: a byte too far is seen. */
    code = malloc(in.left + 1);
    guards = calloc(room, sizeof(*guards));
    claim(code && guards);
    code = realloc(code, in.left ? in.left : 1);
    claim(code != NULL);
    memcpy(code, data + (size - in.left), in.left);
    input->mcode = (struct luajit_mcode){code, in.left, code_address, input->stubs,
                                         input->body.snapshot_count};
    input->body.steps = input->steps;
    input->body.snapshots = input->snapshots;
    input->body.ir = input->ir;
    input->body.code_bytes = in.left;
    check_guards(&input->mcode, &input->body, guards, room);
    check_unwinding(input);
    check_lines(&input->body);
    free(guards);
    free(code);
    free(input);
    return 0;
}
