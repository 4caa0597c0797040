/* Relocations of x86-64: "System V ABI, AMD64 Architecture Processor Supplement", 4.4.1. */
#include "jit/link.h"

#include <string.h>

bool rj_needs_got_x86_64(uint32_t type)
{
    return type == R_X86_64_GOTPCREL || type == R_X86_64_GOTPCRELX ||
           type == R_X86_64_REX_GOTPCRELX || type == R_X86_64_PLT32;
}

static bool fits_int32(int64_t number)
{
    return number == (int32_t)number;
}

static bool put32(const struct rj_patch *patch, int64_t number, bool fits)
{
    uint32_t bits = (uint32_t)number;

    if (patch->room < sizeof(bits) || !fits)
        return false;
    memcpy(patch->write, &bits, sizeof(bits));
    return true;
}

static bool put64(const struct rj_patch *patch, uint64_t bits)
{
    if (patch->room < sizeof(bits))
        return false;
    memcpy(patch->write, &bits, sizeof(bits));
    return true;
}

/* A call goes to the symbol itself when it is near enough. */
static bool put_call(const struct rj_patch *patch)
{
    int64_t direct = (int64_t)(patch->value + (uint64_t)patch->addend - patch->place);
    int64_t by_stub = (int64_t)(patch->stub + (uint64_t)patch->addend - patch->place);

    if (fits_int32(direct))
        return put32(patch, direct, true);
    return put32(patch, by_stub, fits_int32(by_stub));
}

bool rj_relocate_x86_64(const struct rj_patch *patch)
{
    uint64_t absolute = patch->value + (uint64_t)patch->addend;
    int64_t relative = (int64_t)(absolute - patch->place);
    int64_t to_got = (int64_t)(patch->got + (uint64_t)patch->addend - patch->place);

    switch (patch->type) {
    case R_X86_64_NONE:
        return true;
    case R_X86_64_64:
        return put64(patch, absolute);
    case R_X86_64_PC64:
        return put64(patch, (uint64_t)relative);
    case R_X86_64_32:
        return put32(patch, (int64_t)absolute, absolute <= UINT32_MAX);
    case R_X86_64_32S:
        return put32(patch, (int64_t)absolute, fits_int32((int64_t)absolute));
    case R_X86_64_PC32:
        return put32(patch, relative, fits_int32(relative));
    case R_X86_64_PLT32:
        return put_call(patch);
    case R_X86_64_GOTPCREL:
    case R_X86_64_GOTPCRELX:
    case R_X86_64_REX_GOTPCRELX:
        return put32(patch, to_got, fits_int32(to_got));
    default:
        return false;
    }
}

/* jmp *got(%rip) */
void rj_stub_x86_64(uint8_t *write, uint64_t place, uint64_t got)
{
    uint32_t distance = (uint32_t)(got - (place + 6));

    memset(write, 0xcc, RJ_STUB_BYTES);
    write[0] = 0xff;
    write[1] = 0x25;
    memcpy(write + 2, &distance, sizeof(distance));
}
