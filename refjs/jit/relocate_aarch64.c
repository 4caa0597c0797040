/* Relocations of aarch64: "ELF for the Arm 64-bit Architecture", 5.7. */
#include "jit/link.h"

#include <string.h>

static bool put32(const struct rj_patch *patch, uint32_t bits)
{
    if (patch->room < sizeof(bits))
        return false;
    memcpy(patch->write, &bits, sizeof(bits));
    return true;
}

static bool get32(const struct rj_patch *patch, uint32_t *bits)
{
    if (patch->room < sizeof(*bits))
        return false;
    memcpy(bits, patch->write, sizeof(*bits));
    return true;
}

/* Bits `from` to `from + count` of an instruction. */
static bool put_field(const struct rj_patch *patch, uint32_t from, uint32_t count, uint64_t field)
{
    uint32_t mask = ((UINT32_C(1) << count) - 1) << from;
    uint32_t bits;

    return get32(patch, &bits) && put32(patch, (bits & ~mask) | ((uint32_t)(field << from) & mask));
}

static bool fits(int64_t number, uint32_t bits)
{
    int64_t limit = INT64_C(1) << (bits - 1);

    return number >= -limit && number < limit;
}

/* ADRP: the distance in pages, in two fields. */
static bool put_page(const struct rj_patch *patch, uint64_t target)
{
    int64_t distance = (int64_t)((target & ~UINT64_C(0xfff)) - (patch->place & ~UINT64_C(0xfff)));
    uint64_t pages = (uint64_t)distance >> 12;

    return fits(distance, 33) && put_field(patch, 29, 2, pages & 3) &&
           put_field(patch, 5, 19, pages >> 2);
}

/* The low 12 bits of an address, in units of the access. */
static bool put_low(const struct rj_patch *patch, uint64_t target, uint32_t shift)
{
    uint64_t low = target & 0xfff;

    return (low & ((UINT64_C(1) << shift) - 1)) == 0 && put_field(patch, 10, 12, low >> shift);
}

static bool put_branch(const struct rj_patch *patch)
{
    int64_t direct = (int64_t)(patch->value + (uint64_t)patch->addend - patch->place);
    int64_t by_stub = (int64_t)(patch->stub + (uint64_t)patch->addend - patch->place);
    int64_t distance = fits(direct, 28) ? direct : by_stub;

    return fits(distance, 28) && distance % 4 == 0 &&
           put_field(patch, 0, 26, (uint64_t)distance >> 2);
}

bool rj_needs_got_aarch64(uint32_t type)
{
    return type == R_AARCH64_ADR_GOT_PAGE || type == R_AARCH64_LD64_GOT_LO12_NC ||
           type == R_AARCH64_CALL26 || type == R_AARCH64_JUMP26;
}

static bool put_data(const struct rj_patch *patch, uint64_t number, size_t bytes)
{
    if (patch->room < bytes)
        return false;
    memcpy(patch->write, &number, bytes);
    return true;
}

static bool put_short_branch(const struct rj_patch *patch, int64_t distance, uint32_t bits)
{
    return fits(distance, bits + 2) && distance % 4 == 0 &&
           put_field(patch, 5, bits, (uint64_t)distance >> 2);
}

bool rj_relocate_aarch64(const struct rj_patch *patch)
{
    uint64_t target = patch->value + (uint64_t)patch->addend;
    int64_t relative = (int64_t)(target - patch->place);

    switch (patch->type) {
    case R_AARCH64_NONE:
        return true;
    case R_AARCH64_ABS64:
        return put_data(patch, target, 8);
    case R_AARCH64_ABS32:
        return target <= UINT32_MAX && put_data(patch, target, 4);
    case R_AARCH64_PREL64:
        return put_data(patch, (uint64_t)relative, 8);
    case R_AARCH64_PREL32:
        return fits(relative, 32) && put_data(patch, (uint64_t)relative, 4);
    case R_AARCH64_ADR_PREL_PG_HI21:
    case R_AARCH64_ADR_PREL_PG_HI21_NC:
        return put_page(patch, target);
    case R_AARCH64_ADR_GOT_PAGE:
        return put_page(patch, patch->got);
    case R_AARCH64_LD64_GOT_LO12_NC:
        return put_low(patch, patch->got, 3);
    case R_AARCH64_ADD_ABS_LO12_NC:
    case R_AARCH64_LDST8_ABS_LO12_NC:
        return put_low(patch, target, 0);
    case R_AARCH64_LDST16_ABS_LO12_NC:
        return put_low(patch, target, 1);
    case R_AARCH64_LDST32_ABS_LO12_NC:
        return put_low(patch, target, 2);
    case R_AARCH64_LDST64_ABS_LO12_NC:
        return put_low(patch, target, 3);
    case R_AARCH64_LDST128_ABS_LO12_NC:
        return put_low(patch, target, 4);
    case R_AARCH64_CALL26:
    case R_AARCH64_JUMP26:
        return put_branch(patch);
    case R_AARCH64_CONDBR19:
        return put_short_branch(patch, relative, 19);
    case R_AARCH64_TSTBR14:
        return put_short_branch(patch, relative, 14);
    default:
        return false;
    }
}

/* ldr x16, <got>; br x16: the table lies within a megabyte of the stubs. */
void rj_stub_aarch64(uint8_t *write, uint64_t place, uint64_t got)
{
    uint32_t words[4] = {0x58000010, 0xd61f0200, 0xd4200000, 0xd4200000};

    words[0] |= (uint32_t)(((got - place) >> 2) & 0x7ffff) << 5;
    memcpy(write, words, sizeof(words));
}
