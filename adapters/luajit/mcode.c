#include "mcode.h"

#include <stdbool.h>
#include <string.h>

enum {
    STUB_BYTES = 4,     /* luajit: EXITSTUB_SPACING in lj_target_x86.h */
    STUBS_A_GROUP = 32, /* luajit: EXITSTUBS_PER_GROUP */
    /* luajit: CFRAME_SIZE_JIT in lj_frame.h, the frame of the interpreter in which traces run */
    FRAME_BYTES = 80 + 16,
    HEAD_BYTES = 96, /* the stack pointer moves in the first instructions */
    TAIL_BYTES = 24, /* and back right before the last jump */
};

static int32_t read_i32(const uint8_t *at)
{
    int32_t value = 0;

    memcpy(&value, at, sizeof(value));
    return value;
}

static int32_t read_i8(const uint8_t *at)
{
    return *at < 0x80 ? *at : (int32_t)*at - 0x100;
}

/* ---- guards ---- */

/* The exit whose stub is at `target`, or -1. */
static int find_exit(const struct luajit_mcode *mcode, uint64_t target)
{
    for (size_t first = 0; first < mcode->stub_count; first += STUBS_A_GROUP) {
        uint64_t distance = target - mcode->stubs[first];
        size_t exit = first + (size_t)(distance / STUB_BYTES);

        if (distance < (uint64_t)STUB_BYTES * STUBS_A_GROUP && exit < mcode->stub_count &&
            mcode->stubs[exit] == target)
            return (int)exit;
    }
    return -1;
}

/* Bytes of a branch with a 32-bit distance at `at`: jcc or jmp; 0: none. */
static size_t branch_bytes(const uint8_t *at, size_t left)
{
    if (left >= 6 && at[0] == 0x0f && (at[1] & 0xf0) == 0x80)
        return 6;
    return left >= 5 && at[0] == 0xe9 ? 5 : 0;
}

static bool is_jp(const uint8_t *at)
{
    return at[0] == 0x0f && at[1] == 0x8a;
}

/* Any byte may begin a branch: no data looks like one that leads to a stub, but by a chance of one
 * in a hundred million. Comparisons of floats branch twice to one exit, on parity first. */
size_t luajit_mcode_guards(const struct luajit_mcode *mcode, struct luajit_guard *guards,
                           size_t room)
{
    size_t count = 0, parity_end = 0, at = 0;

    while (at < mcode->bytes) {
        const uint8_t *code = mcode->code + at;
        size_t bytes = branch_bytes(code, mcode->bytes - at);
        int exit = -1;

        if (bytes)
            exit = find_exit(mcode, mcode->address + at + bytes +
                                        (uint64_t)(int64_t)read_i32(code + bytes - 4));
        if (exit < 0) {
            at++;
            continue;
        }
        if (count > 0 && parity_end == at && guards[count - 1].exit == (uint32_t)exit)
            count--;
        if (count == room)
            break;
        at += bytes;
        parity_end = bytes == 6 && is_jp(code) ? at : 0;
        guards[count++] = (struct luajit_guard){(uint32_t)at, (uint32_t)exit};
    }
    return count;
}

/* ---- unwinding ---- */

/* `add rsp, N` or `lea rsp, [rsp+N]` at `at`: its length, and N. 0: neither. */
static size_t read_move(const uint8_t *at, size_t left, int32_t *distance)
{
    if (left < 8 || at[0] != 0x48)
        return 0;
    if (at[1] == 0x83 && at[2] == 0xc4) {
        *distance = read_i8(at + 3);
        return 4;
    }
    if (at[1] == 0x81 && at[2] == 0xc4) {
        *distance = read_i32(at + 3);
        return 7;
    }
    if (at[1] == 0x8d && at[2] == 0x64 && at[3] == 0x24) {
        *distance = read_i8(at + 4);
        return 5;
    }
    if (at[1] == 0x8d && at[2] == 0xa4 && at[3] == 0x24) {
        *distance = read_i32(at + 4);
        return 8;
    }
    return 0;
}

/* Where in [from, to) the stack pointer has moved, down or up; 0: nowhere. */
static size_t find_move(const struct luajit_mcode *mcode, size_t from, size_t to, bool is_down,
                        uint32_t *by)
{
    for (size_t at = from; at < to; at++) {
        int32_t distance = 0;
        size_t bytes = read_move(mcode->code + at, mcode->bytes - at, &distance);

        if (bytes && distance % 8 == 0 && distance > -65536 && distance < 65536 && distance != 0 &&
            (distance < 0) == is_down) {
            *by = (uint32_t)(is_down ? -distance : distance);
            return at + bytes;
        }
    }
    return 0;
}

struct cfi {
    uint8_t *bytes;
    size_t length;
    size_t at; /* offset in the code */
};

static void put_uleb(struct cfi *cfi, uint32_t value)
{
    for (; value >= 0x80; value >>= 7)
        cfi->bytes[cfi->length++] = (uint8_t)(value | 0x80);
    cfi->bytes[cfi->length++] = (uint8_t)value;
}

/* From `at` on the frame begins `bytes` above the stack pointer. DWARF 4, 6.4.2.1 and 6.4.2.2. */
static void put_frame(struct cfi *cfi, size_t at, uint32_t bytes)
{
    enum { ADVANCE_LOC4 = 0x04, DEF_CFA_OFFSET = 0x0e };
    uint32_t advance = (uint32_t)(at - cfi->at);

    if (advance) {
        cfi->bytes[cfi->length++] = ADVANCE_LOC4;
        memcpy(cfi->bytes + cfi->length, &advance, sizeof(advance));
        cfi->length += sizeof(advance);
    }
    cfi->at = at;
    cfi->bytes[cfi->length++] = DEF_CFA_OFFSET;
    put_uleb(cfi, bytes);
}

/* Where the interpreter has saved the registers of its caller, in words below the frame's begin.
 * luajit: CFRAME in vm_x64.dasc, and BC_JLOOP for r12 and r13. */
static void put_registers(struct cfi *cfi)
{
    enum { OFFSET = 0x80 };
    static const uint8_t saved[][2] = {{6 /* rbp */, 2}, {3 /* rbx */, 3}, {15, 4},
                                       {14, 5},          {12, 10},         {13, 11}};

    for (size_t i = 0; i < sizeof(saved) / sizeof(saved[0]); i++) {
        cfi->bytes[cfi->length++] = (uint8_t)(OFFSET | saved[i][0]);
        cfi->bytes[cfi->length++] = saved[i][1];
    }
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t luajit_mcode_cfi(const struct luajit_mcode *mcode, uint32_t parent_adjust,
                        uint8_t bytes[LUAJIT_CFI_ROOM], uint32_t *adjust)
{
    struct cfi cfi = {.bytes = bytes};
    uint32_t down = 0, up = 0;
    size_t tail = mcode->bytes - least(mcode->bytes, TAIL_BYTES);
    size_t at = find_move(mcode, 0, least(mcode->bytes, HEAD_BYTES), true, &down);

    *adjust = parent_adjust + down;
    put_frame(&cfi, 0, FRAME_BYTES + parent_adjust);
    put_registers(&cfi);
    if (at)
        put_frame(&cfi, at, FRAME_BYTES + *adjust);
    tail = tail < at ? at : tail;
    at = *adjust ? find_move(mcode, tail, mcode->bytes, false, &up) : 0;
    if (at && at < mcode->bytes && up == *adjust)
        put_frame(&cfi, at, FRAME_BYTES);
    return cfi.length;
}
