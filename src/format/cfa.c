/* See cfa.h. Instructions: DWARF 5, table 7.29; the last three are GNU's and Arm's. */
#include "format/cfa.h"

enum { LEB_BYTES = 10 };

uint64_t jt_cfa_take_uleb(struct jt_bytes *in)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < LEB_BYTES; i++) {
        uint8_t byte = jt_bytes_take_u8(in);

        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (!(byte & 0x80))
            return value;
    }
    in->failed = true;
    return 0;
}

int64_t jt_cfa_take_sleb(struct jt_bytes *in)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < LEB_BYTES; i++) {
        uint8_t byte = jt_bytes_take_u8(in);

        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte & 0x80)
            continue;
        if ((byte & 0x40) && i < LEB_BYTES - 1)
            value |= ~UINT64_C(0) << (7 * (i + 1));
        return (int64_t)value;
    }
    in->failed = true;
    return 0;
}

/* The operands of an instruction whose upper two bits are clear: 1, 2, 4 bytes, `u` a
 * LEB128, `b` a block with its length before it; NULL: not to be copied. */
static const char *const operands[] = {
    [0x00] = "",   /* nop */
    [0x02] = "1",  /* advance_loc1 */
    [0x03] = "2",  /* advance_loc2 */
    [0x04] = "4",  /* advance_loc4 */
    [0x05] = "uu", /* offset_extended */
    [0x06] = "u",  /* restore_extended */
    [0x07] = "u",  /* undefined */
    [0x08] = "u",  /* same_value */
    [0x09] = "uu", /* register */
    [0x0a] = "",   /* remember_state */
    [0x0b] = "",   /* restore_state */
    [0x0c] = "uu", /* def_cfa */
    [0x0d] = "u",  /* def_cfa_register */
    [0x0e] = "u",  /* def_cfa_offset */
    [0x0f] = "b",  /* def_cfa_expression */
    [0x10] = "ub", /* expression */
    [0x11] = "uu", /* offset_extended_sf */
    [0x12] = "uu", /* def_cfa_sf */
    [0x13] = "u",  /* def_cfa_offset_sf */
    [0x14] = "uu", /* val_offset */
    [0x15] = "uu", /* val_offset_sf */
    [0x16] = "ub", /* val_expression */
    [0x2d] = "",   /* AARCH64_negate_ra_state */
    [0x2e] = "u",  /* GNU_args_size */
    [0x2f] = "uu", /* GNU_negative_offset_extended */
};

static void skip_operand(struct jt_bytes *in, char operand)
{
    if (operand == 'u')
        jt_cfa_take_uleb(in);
    else if (operand == 'b')
        jt_bytes_take(in, jt_cfa_take_uleb(in));
    else
        jt_bytes_take(in, (uint64_t)(operand - '0'));
}

bool jt_cfa_is_sound(const void *program, size_t bytes)
{
    struct jt_bytes in = jt_bytes_of(program, bytes);

    while (in.left > 0 && !jt_bytes_failed(&in)) {
        uint8_t code = jt_bytes_take_u8(&in);
        uint8_t high = code & 0xc0;
        const char *rest = code < sizeof(operands) / sizeof(operands[0]) ? operands[code] : NULL;

        if (high != 0) /* advance_loc, offset, restore */
            rest = high == 0x80 ? "u" : "";
        if (!rest)
            return false;
        for (; *rest; rest++)
            skip_operand(&in, *rest);
    }
    return !jt_bytes_failed(&in);
}
