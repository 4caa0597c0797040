/* See eh_frame.h. One walk over the source serves both calls: measuring runs it
 * with an output that only counts. */
#include "format/eh_frame.h"

#include "base/bytes.h"
#include "format/cfa.h"
#include "format/sort.h"
#include "jitney/status.h"

#include <elf.h>
#include <string.h>

enum {
    PE_ABSPTR = 0x00, /* LSB Core 5.0, table 10-5: pointer encodings */
    PE_UDATA2 = 0x02,
    PE_UDATA4 = 0x03,
    PE_UDATA8 = 0x04,
    PE_ULEB = 0x01,
    PE_SLEB = 0x09,
    PE_SDATA2 = 0x0a,
    PE_SDATA4 = 0x0b,
    PE_SDATA8 = 0x0c,
    PE_FORMAT = 0x0f,
    PE_PCREL = 0x10,
    PE_TEXTREL = 0x20,
    PE_DATAREL = 0x30,
    PE_APPLICATION = 0x70,
    PE_INDIRECT = 0x80,
    PE_OMIT = 0xff,
};

enum {
    HEADER_FIXED_BYTES = 12,
    HEADER_ENTRY_BYTES = 8,
    PROGRAM_LIMIT = 1 << 16,  /* instructions of one entry */
    CIE_PROGRAM_LIMIT = 1024, /* they may be written once for each FDE */
    SOURCE_LIMIT = 64 << 20,
    OUTPUT_LIMIT = 16 << 20,
    CODE_LIMIT = 0x7fff0000, /* distances of 31 bits */
    DATA_ALIGNMENT = -8,
};

/* What of a CIE outlives the rewriting. */
struct cie {
    uint64_t code_alignment;
    int64_t data_alignment;
    uint64_t return_register;
    bool has_length;  /* 'z' */
    bool is_signal;   /* 'S' */
    bool is_b_key;    /* 'B': aarch64 return addresses are signed with the B key */
    uint8_t encoding; /* 'R' */
    const uint8_t *program;
    size_t program_bytes;
};

/* Functions between `begin` and `begin + bytes` of the code, and how to unwind them. */
struct fde {
    uint64_t begin;
    uint64_t bytes;
    const uint8_t *program;
    size_t program_bytes;
};

struct output {
    const struct jt_eh_frame_layout *layout;
    const struct jt_eh_frame_size *size; /* as measured; NULL while measuring */
    uint8_t *bytes;                      /* NULL while measuring */
    size_t at;
    size_t fdes;
    size_t cie_at; /* of the last one */
};

uint16_t jt_eh_frame_host_machine(void)
{
#if defined(__x86_64__)
    return EM_X86_64;
#elif defined(__aarch64__)
    return EM_AARCH64;
#elif defined(__riscv)
    return EM_RISCV;
#elif defined(__i386__)
    return EM_386;
#elif defined(__arm__)
    return EM_ARM;
#elif defined(__s390__)
    return EM_S390;
#elif defined(__powerpc64__)
    return EM_PPC64;
#else
    return EM_NONE;
#endif
}

static uint64_t align8(uint64_t value)
{
    return (value + 7) & ~UINT64_C(7);
}

struct jt_eh_frame_layout jt_eh_frame_layout_of_perf(uint64_t code_bytes)
{
    /* linux: tools/perf/util/genelf.c puts .text at a multiple of 8. */
    return (struct jt_eh_frame_layout){.machine = jt_eh_frame_host_machine(),
                                       .has_header = true,
                                       .may_read_code = true,
                                       .text = 0,
                                       .section = align8(code_bytes)};
}

/* ---- writing ---- */

/* What was measured bounds what is written, whatever has become of the source. */
static void put(struct output *out, const void *bytes, size_t count)
{
    if (out->size && count > 0 && out->at + count <= out->size->frame_bytes)
        memcpy(out->bytes + out->at, bytes, count);
    out->at += count;
}

static void put_u8(struct output *out, uint8_t value)
{
    put(out, &value, sizeof(value));
}

static void put_u32(struct output *out, uint32_t value)
{
    put(out, &value, sizeof(value));
}

static void put_u64(struct output *out, uint64_t value)
{
    put(out, &value, sizeof(value));
}

static void put_uleb(struct output *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        put_u8(out, (uint8_t)(value | 0x80));
    put_u8(out, (uint8_t)value);
}

static void put_sleb(struct output *out, int64_t value)
{
    for (; value < -0x40 || value > 0x3f; value >>= 7)
        put_u8(out, (uint8_t)(value | 0x80));
    put_u8(out, (uint8_t)(value & 0x7f));
}

/* Pad the entry that began at `start` with DW_CFA_nop, and write down its length. */
static void end_entry(struct output *out, size_t start)
{
    size_t alignment = out->layout->is_absolute ? 8 : 4;
    uint32_t length = 0;

    while ((out->at - start) % alignment != 0)
        put_u8(out, 0);
    length = (uint32_t)(out->at - start - sizeof(length));
    if (out->size && out->at <= out->size->frame_bytes)
        memcpy(out->bytes + start, &length, sizeof(length));
}

static void put_cie(struct output *out, const struct cie *cie)
{
    size_t start = out->at;

    out->cie_at = start;
    put_u32(out, 0);
    put_u32(out, 0); /* a CIE */
    put_u8(out, 1);  /* version */
    put(out, "zR", 2);
    put(out, "S", cie->is_signal ? 1 : 0);
    put(out, "B", cie->is_b_key ? 1 : 0);
    put_u8(out, 0);
    put_uleb(out, cie->code_alignment);
    put_sleb(out, cie->data_alignment);
    put_u8(out, (uint8_t)cie->return_register);
    put_uleb(out, 1);
    put_u8(out, out->layout->is_absolute ? PE_ABSPTR : PE_PCREL | PE_SDATA4);
    put(out, cie->program, cie->program_bytes);
    end_entry(out, start);
}

/* The row of the search table; rows are sorted when all are there. */
static void put_header_entry(struct output *out, uint64_t address, size_t fde_at)
{
    const struct jt_eh_frame_layout *layout = out->layout;
    uint64_t header = layout->section + (out->size ? out->size->frame_bytes : 0);
    uint32_t entry[2] = {(uint32_t)(address - header),
                         (uint32_t)(layout->section + fde_at - header)};

    if (out->size && layout->has_header && out->fdes < out->size->fdes)
        memcpy(out->bytes + out->size->frame_bytes + HEADER_FIXED_BYTES +
                   out->fdes * HEADER_ENTRY_BYTES,
               entry, sizeof(entry));
    out->fdes++;
}

static void put_fde(struct output *out, const struct fde *fde)
{
    size_t start = out->at;
    uint64_t address = out->layout->text + fde->begin;

    put_u32(out, 0);
    put_u32(out, (uint32_t)(out->at - out->cie_at));
    if (out->layout->is_absolute) {
        put_u64(out, address);
        put_u64(out, fde->bytes);
    } else {
        put_u32(out, (uint32_t)(address - (out->layout->section + out->at)));
        put_u32(out, (uint32_t)fde->bytes);
    }
    put_uleb(out, 0);
    put(out, fde->program, fde->program_bytes);
    end_entry(out, start);
    put_header_entry(out, address, start);
}

static void finish_header(struct output *out)
{
    const uint8_t kinds[4] = {1, PE_PCREL | PE_SDATA4, PE_UDATA4, PE_DATAREL | PE_SDATA4};
    uint32_t to_frame = (uint32_t) - (int64_t)(out->size->frame_bytes + 4);
    uint32_t count = (uint32_t)out->fdes;
    uint8_t *at = out->bytes + out->size->frame_bytes;

    memcpy(at, kinds, sizeof(kinds));
    memcpy(at + 4, &to_frame, sizeof(to_frame));
    memcpy(at + 8, &count, sizeof(count));
    /* Code lies below the header, so the differences sort as unsigned numbers. */
    jt_sort_by_low_half(at + HEADER_FIXED_BYTES, out->fdes);
}

/* ---- what an engine promises ---- */

/* The state at a function's first instruction. False: a processor without unwinding here. */
static bool entry_state(uint16_t machine, uint64_t code_alignment, struct cie *cie)
{
    /* def_cfa rsp + 8; the return address at cfa - 8 */
    static const uint8_t x86[] = {0x0c, 7, 8, 0x90, 1};
    /* def_cfa sp + 0 */
    static const uint8_t arm[] = {0x0c, 31, 0};
    bool is_x86 = machine == EM_X86_64;

    *cie = (struct cie){.code_alignment = code_alignment,
                        .data_alignment = DATA_ALIGNMENT,
                        .return_register = is_x86 ? 16 : 30,
                        .program = is_x86 ? x86 : arm,
                        .program_bytes = is_x86 ? sizeof(x86) : sizeof(arm)};
    return is_x86 || machine == EM_AARCH64;
}

enum { X86_PROGRAM_BYTES = 11, ARM_PROGRAM_BYTES = 15 };

/* Where `push rbp` is: an `endbr64` may stand before it. */
static void x86_prologue(const uint8_t *code, size_t bytes, uint8_t program[X86_PROGRAM_BYTES])
{
    static const uint8_t endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
    bool has_endbr = code && bytes >= 4 && memcmp(code, endbr64, sizeof(endbr64)) == 0;
    const uint8_t all[X86_PROGRAM_BYTES] = {
        (uint8_t)(0x40 | (has_endbr ? 5 : 1)), /* after the push */
        0x0e,
        16, /* def_cfa_offset */
        0x86,
        2,    /* rbp at cfa - 16 */
        0x43, /* after the mov */
        0x0d,
        6, /* def_cfa_register rbp */
    };

    memcpy(program, all, sizeof(all));
}

static uint32_t instruction_at(const uint8_t *code, size_t bytes, size_t index)
{
    uint32_t word = 0;

    if (code && bytes >= (index + 1) * sizeof(word))
        memcpy(&word, code + index * sizeof(word), sizeof(word));
    return word;
}

/* How far `stp x29, x30, [sp, #-N]!` lowers the stack; a `bti` or `paciasp` may stand
 * before it (Arm ARM, C6.2: imm7 counts 8 bytes). */
static void arm_prologue(const uint8_t *code, size_t bytes, uint8_t program[ARM_PROGRAM_BYTES])
{
    const uint32_t paciasp = 0xd503233f;
    uint32_t first = instruction_at(code, bytes, 0);
    bool is_signed = first == paciasp;
    bool has_hint = is_signed || (first & 0xffffff3f) == 0xd503241f; /* bti */
    uint32_t store = instruction_at(code, bytes, has_hint ? 1 : 0);
    uint32_t slots = 2;
    size_t at = 0;

    if ((store & 0xffc07fff) == 0xa9807bfd && ((store >> 15) & 0x7f) > 0x40)
        slots = 0x80 - ((store >> 15) & 0x7f);
    memset(program, 0, ARM_PROGRAM_BYTES);
    if (has_hint) {
        program[at++] = 0x41;
        if (is_signed)
            program[at++] = 0x2d; /* AARCH64_negate_ra_state */
    }
    program[at++] = 0x41; /* after the store */
    program[at++] = 0x0e; /* def_cfa_offset */
    if (slots * 8 >= 0x80)
        program[at++] = (uint8_t)(slots * 8 | 0x80);
    program[at++] = (uint8_t)(slots * 8 >= 0x80 ? slots * 8 >> 7 : slots * 8);
    program[at++] = 0x80 | 29; /* x29 at the new top, */
    program[at++] = (uint8_t)slots;
    program[at++] = 0x80 | 30; /* x30 above it */
    program[at++] = (uint8_t)(slots - 1);
    program[at++] = 0x41; /* after the mov */
    program[at++] = 0x0d; /* def_cfa_register x29 */
    program[at] = 29;
}

/* Where the code's bytes can be read; NULL while measuring, when it may not be there yet. */
static const uint8_t *readable_code(const struct jitney_code_load *load, const struct output *out)
{
    if (!out->bytes || !out->layout->may_read_code)
        return NULL;
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): an address of this process */
    return load->code ? load->code : (const uint8_t *)(uintptr_t)load->address;
}

static int put_frame_pointer(const struct jitney_code_load *load, struct output *out)
{
    uint8_t program[ARM_PROGRAM_BYTES] = {0};
    bool is_x86 = out->layout->machine == EM_X86_64;
    struct fde fde = {.begin = 0, .bytes = load->bytes, .program = program};
    struct cie cie;
    const uint8_t *code = readable_code(load, out);

    if (!entry_state(out->layout->machine, is_x86 ? 1 : 4, &cie))
        return JITNEY_ERR_NOT_FOUND;
    put_cie(out, &cie);
    if (!(load->flags & JITNEY_CODE_NO_FRAME)) {
        fde.program_bytes = is_x86 ? X86_PROGRAM_BYTES : ARM_PROGRAM_BYTES;
        if (is_x86)
            x86_prologue(code, load->bytes, program);
        else
            arm_prologue(code, load->bytes, program);
    }
    put_fde(out, &fde);
    return JITNEY_OK;
}

static int put_cfi(const struct jitney_code_load *load, struct output *out)
{
    struct fde fde = {.begin = 0,
                      .bytes = load->bytes,
                      .program = load->unwind,
                      .program_bytes = load->unwind_bytes};
    struct cie cie;

    if (!entry_state(out->layout->machine, 1, &cie) || !load->unwind || load->unwind_bytes == 0)
        return JITNEY_ERR_NOT_FOUND;
    if (load->unwind_bytes > PROGRAM_LIMIT)
        return JITNEY_ERR_LIMIT;
    if (!jt_cfa_is_sound(load->unwind, load->unwind_bytes))
        return JITNEY_ERR_FORMAT;
    put_cie(out, &cie);
    put_fde(out, &fde);
    return JITNEY_OK;
}

/* ---- reading an engine's .eh_frame ---- */

struct source {
    const struct jitney_code_load *load;
    const uint8_t *bytes;
    size_t count;
    uint64_t address; /* of `bytes` */
    size_t cie_at;    /* of the last CIE that was used; `count`: none yet */
    struct cie cie;
};

static uint64_t take_format(struct jt_bytes *in, uint8_t encoding)
{
    switch (encoding & PE_FORMAT) {
    case PE_ABSPTR:
    case PE_UDATA8:
    case PE_SDATA8:
        return jt_bytes_take_u64(in);
    case PE_UDATA4:
        return jt_bytes_take_u32(in);
    case PE_SDATA4:
        return (uint64_t)(int64_t)(int32_t)jt_bytes_take_u32(in);
    case PE_UDATA2:
        return jt_bytes_take_u16(in);
    case PE_SDATA2:
        return (uint64_t)(int64_t)(int16_t)jt_bytes_take_u16(in);
    case PE_ULEB:
        return jt_cfa_take_uleb(in);
    case PE_SLEB:
        return (uint64_t)jt_cfa_take_sleb(in);
    default:
        in->failed = true;
        return 0;
    }
}

/* An address as the engine's process sees it. */
static uint64_t take_address(struct jt_bytes *in, const struct source *source, uint8_t encoding)
{
    uint64_t here = source->address + (uint64_t)(in->at - source->bytes);
    uint64_t value = take_format(in, encoding);

    switch (encoding & (PE_APPLICATION | PE_INDIRECT)) {
    case 0:
        return value;
    case PE_PCREL:
        return value + here;
    case PE_TEXTREL:
        return value + source->load->address;
    default:
        in->failed = true;
        return 0;
    }
}

/* The entry at `at`: `body` begins behind its length. False at the end and at damage. */
static bool open_entry(const struct source *source, size_t at, struct jt_bytes *body)
{
    struct jt_bytes in = jt_bytes_of(source->bytes + at, source->count - at);
    uint64_t length = jt_bytes_take_u32(&in);

    if (length == UINT32_MAX)
        length = jt_bytes_take_u64(&in);
    if (jt_bytes_failed(&in) || length < 4 || length > in.left)
        return false;
    *body = jt_bytes_of(in.at, (size_t)length);
    return true;
}

/* What the letters of a CIE's augmentation say. A letter that is not known makes all
 * that follows a riddle. */
static bool read_augmentation(struct jt_bytes *in, const char *letters, struct cie *cie)
{
    if (letters[0] == '\0')
        return true;
    if (letters[0] != 'z')
        return false;
    cie->has_length = true;
    for (const char *letter = letters + 1; *letter; letter++) {
        switch (*letter) {
        case 'R':
            cie->encoding = jt_bytes_take_u8(in);
            break;
        case 'P':
            take_format(in, jt_bytes_take_u8(in));
            break;
        case 'L':
            jt_bytes_take_u8(in);
            break;
        case 'S':
            cie->is_signal = true;
            break;
        case 'B':
            cie->is_b_key = true;
            break;
        default:
            return false;
        }
    }
    return !jt_bytes_failed(in);
}

static bool read_cie(const struct source *source, size_t at, struct cie *cie)
{
    struct jt_bytes in;
    size_t letter_count = 0;
    const char *letters = NULL;
    uint8_t version = 0;
    struct jt_bytes data;
    uint64_t data_bytes = 0;

    *cie = (struct cie){.encoding = PE_ABSPTR};
    if (at >= source->count || !open_entry(source, at, &in) || jt_bytes_take_u32(&in) != 0)
        return false;
    version = jt_bytes_take_u8(&in);
    letters = jt_bytes_take_string(&in, &letter_count);
    if (!letters || (version != 1 && version != 3))
        return false;
    cie->code_alignment = jt_cfa_take_uleb(&in);
    cie->data_alignment = jt_cfa_take_sleb(&in);
    cie->return_register = version == 1 ? jt_bytes_take_u8(&in) : jt_cfa_take_uleb(&in);
    data_bytes = letters[0] == 'z' ? jt_cfa_take_uleb(&in) : 0;
    data = jt_bytes_of(in.at, in.left < data_bytes ? in.left : (size_t)data_bytes);
    if (!jt_bytes_take(&in, data_bytes) || !read_augmentation(&data, letters, cie))
        return false;
    cie->program = in.at;
    cie->program_bytes = in.left;
    return !jt_bytes_failed(&in) && cie->return_register < 0x80 &&
           cie->program_bytes <= CIE_PROGRAM_LIMIT &&
           jt_cfa_is_sound(cie->program, cie->program_bytes);
}

/* Make the CIE at `at` the one that is used; a run of FDEs shares one. */
static bool use_cie(struct source *source, size_t at, struct output *out, struct cie *cie)
{
    if (at == source->cie_at && out->fdes > 0) {
        *cie = source->cie;
        return true;
    }
    return read_cie(source, at, cie);
}

/* Cut the FDE to the code, as an offset from its start. False when it is of other code. */
static bool place_fde(const struct jitney_code_load *load, uint64_t begin, struct fde *fde)
{
    fde->begin = 0;
    if (load->address == 0)
        return fde->bytes > 0;
    if (begin < load->address || begin - load->address >= load->bytes || fde->bytes == 0)
        return false;
    fde->begin = begin - load->address;
    if (fde->bytes > load->bytes - fde->begin)
        fde->bytes = load->bytes - fde->begin;
    return true;
}

/* The FDE whose body is `in`; `cie_back` is how far before that field its CIE lies. FDEs of other
 * code are no concern of ours. */
static int rewrite_fde(struct source *source, struct jt_bytes in, size_t cie_at, struct output *out)
{
    struct cie cie;
    struct fde fde = {0};
    uint64_t begin = 0;

    if (!use_cie(source, cie_at, out, &cie))
        return JITNEY_ERR_FORMAT;
    begin = take_address(&in, source, cie.encoding);
    fde.bytes = take_format(&in, cie.encoding & PE_FORMAT);
    if (cie.has_length)
        jt_bytes_take(&in, jt_cfa_take_uleb(&in));
    if (jt_bytes_failed(&in))
        return JITNEY_ERR_FORMAT;
    if (!place_fde(source->load, begin, &fde))
        return JITNEY_OK;
    fde.program = in.at;
    fde.program_bytes = in.left;
    if (fde.program_bytes > PROGRAM_LIMIT)
        return JITNEY_ERR_LIMIT;
    if (!jt_cfa_is_sound(fde.program, fde.program_bytes))
        return JITNEY_ERR_FORMAT;
    if (out->fdes == 0 || cie_at != source->cie_at)
        put_cie(out, &cie);
    source->cie_at = cie_at;
    source->cie = cie;
    put_fde(out, &fde);
    return out->at > OUTPUT_LIMIT ? JITNEY_ERR_LIMIT : JITNEY_OK;
}

static int put_given(const struct jitney_code_load *load, struct output *out)
{
    struct source source = {.load = load,
                            .bytes = load->unwind,
                            .count = load->unwind_bytes,
                            .address = load->unwind_address ? load->unwind_address
                                                            : (uint64_t)(uintptr_t)load->unwind,
                            .cie_at = load->unwind_bytes};
    struct jt_bytes body;
    size_t at = 0;
    int status = JITNEY_OK;

    if (!load->unwind || load->unwind_bytes == 0)
        return JITNEY_ERR_NOT_FOUND;
    if (load->unwind_bytes > SOURCE_LIMIT)
        return JITNEY_ERR_LIMIT;
    while (!status && open_entry(&source, at, &body)) {
        size_t field = (size_t)(body.at - source.bytes);
        uint32_t back = jt_bytes_take_u32(&body);

        at = field + 4 + body.left;
        if (back > field)
            status = JITNEY_ERR_FORMAT;
        else if (back != 0)
            status = rewrite_fde(&source, body, field - back, out);
    }
    /* A section ends at a length of zero, or where its bytes do. */
    if (!status && at < source.count &&
        (source.count - at < 4 || memcmp(source.bytes + at, "\0\0\0", 4) != 0))
        status = JITNEY_ERR_FORMAT;
    return status ? status : out->fdes > 0 ? JITNEY_OK : JITNEY_ERR_NOT_FOUND;
}

/* ---- */

static int write_all(const struct jitney_code_load *load, struct output *out)
{
    if (load->bytes == 0 || load->bytes > CODE_LIMIT)
        return load->bytes == 0 ? JITNEY_ERR_NOT_FOUND : JITNEY_ERR_LIMIT;
    switch (load->unwind_kind) {
    case JITNEY_UNWIND_FRAME_POINTER:
        return put_frame_pointer(load, out);
    case JITNEY_UNWIND_CFI:
        return put_cfi(load, out);
    case JITNEY_UNWIND_EH_FRAME:
        return put_given(load, out);
    default:
        return JITNEY_ERR_NOT_FOUND;
    }
}

int jt_eh_frame_measure(const struct jitney_code_load *load,
                        const struct jt_eh_frame_layout *layout, struct jt_eh_frame_size *size)
{
    struct output out = {.layout = layout};
    int status = write_all(load, &out);

    *size = (struct jt_eh_frame_size){0};
    if (status)
        return status;
    size->frame_bytes = out.at;
    size->fdes = out.fdes;
    if (layout->has_header && !layout->is_absolute)
        size->header_bytes = HEADER_FIXED_BYTES + out.fdes * HEADER_ENTRY_BYTES;
    return JITNEY_OK;
}

int jt_eh_frame_build(const struct jitney_code_load *load, const struct jt_eh_frame_layout *layout,
                      const struct jt_eh_frame_size *size, uint8_t *out)
{
    struct output output = {.layout = layout, .size = size, .bytes = out};
    int status = write_all(load, &output);

    if (!status && (output.at != size->frame_bytes || output.fdes != size->fdes))
        status = JITNEY_ERR_FORMAT;
    if (!status && size->header_bytes > 0)
        finish_header(&output);
    return status;
}
