/* The procedure linkage table: trampolines without symbols, one for each
 * function of another library. Each is read for the slot that it jumps through,
 * and the relocation that fills the slot has the function's name; nothing is
 * told by the order of entries, which differs between linkers (the entries'
 * instructions: System V ABI x86-64 5.2, ELF for the Arm 64-bit Architecture). */
#include "analysis/symbol/elf_parts.h"

#include <string.h>

struct slot {
    uint64_t address; /* of the pointer */
    uint64_t addend;
    uint32_t symbol; /* index in .dynsym; 0: none */
};

struct plt {
    struct jt_elf_symbols *symbols;
    const struct jt_elf_file *file;
    struct jt_vec(struct slot) slots;    /* by address */
    struct jt_vec(struct slot) in_order; /* those of .rela.plt, as they stand */
    Elf_Data *dynsym;
    const char *strings; /* of .dynsym */
    uint64_t string_bytes;
    uint64_t budget;
};

/* One section of trampolines. */
struct trampolines {
    const uint8_t *bytes;
    uint64_t count;
    uint64_t address;
    uint64_t entry_bytes;
};

static bool is_slot_type(uint16_t machine, uint64_t type)
{
    if (machine == EM_X86_64)
        return type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT ||
               type == R_X86_64_IRELATIVE;
    return type == R_AARCH64_JUMP_SLOT || type == R_AARCH64_GLOB_DAT || type == R_AARCH64_IRELATIVE;
}

static void read_slots(struct plt *plt, const struct jt_elf_layout *layout,
                       const struct jt_elf_section *section, bool ordered)
{
    Elf_Data *data = NULL;
    GElf_Rela rela;

    if (section->index > 0)
        data = elf_getdata(elf_getscn(plt->file->elf, section->index), NULL);
    if (!data || data->d_type != ELF_T_RELA || !data->d_buf)
        return;
    for (int i = 0; gelf_getrela(data, i, &rela); i++) {
        struct slot slot = {
            .address = rela.r_offset,
            .addend = (uint64_t)rela.r_addend,
            .symbol = (uint32_t)GELF_R_SYM(rela.r_info),
        };

        if (ordered)
            jt_vec_push(&plt->in_order, slot);
        if (is_slot_type(layout->machine, GELF_R_TYPE(rela.r_info)))
            jt_vec_push(&plt->slots, slot);
    }
}

static int compare_slots(const void *a, const void *b)
{
    const struct slot *left = a;
    const struct slot *right = b;

    return left->address < right->address ? -1 : left->address > right->address;
}

static const struct slot *find_slot(const struct plt *plt, uint64_t address)
{
    struct slot key = {.address = address};

    if (plt->slots.count == 0)
        return NULL;
    return bsearch(&key, plt->slots.at, plt->slots.count, sizeof(key), compare_slots);
}

/* Keeps the .dynsym that slots refer to; its names are in a table of our own. */
static void read_dynsym(struct plt *plt, const struct jt_elf_layout *layout)
{
    GElf_Shdr strings;
    uint8_t *bytes = NULL;

    if (layout->dynsym.index == 0)
        return;
    if (!gelf_getshdr(elf_getscn(plt->file->elf, layout->dynsym.header.sh_link), &strings))
        return;
    bytes = jt_elf_file_read(plt->file, strings.sh_offset, strings.sh_size);
    if (!bytes)
        return;
    jt_vec_push(&plt->symbols->texts, bytes);
    plt->strings = (const char *)bytes;
    plt->string_bytes = strings.sh_size;
    plt->dynsym = elf_getdata(elf_getscn(plt->file->elf, layout->dynsym.index), NULL);
}

/* A slot without a symbol holds what an ifunc of this file chooses. */
static const char *slot_name(const struct plt *plt, const struct slot *slot)
{
    const struct jt_elf_entry *ifunc = NULL;
    GElf_Sym sym;

    if (slot->symbol == 0) {
        ifunc = jt_elf_symbols_at(plt->symbols, slot->addend);
        return ifunc ? ifunc->name : NULL;
    }
    if (!plt->dynsym || plt->dynsym->d_type != ELF_T_SYM ||
        !gelf_getsym(plt->dynsym, (int)slot->symbol, &sym) || sym.st_name >= plt->string_bytes)
        return NULL;
    return plt->strings + sym.st_name;
}

/* `found` collects, so that the symbols stay sorted while names are looked up. */
static void add_name(struct plt *plt, struct jt_elf_symbols *found, uint64_t start, uint64_t bytes,
                     const struct slot *slot)
{
    const char *name = slot ? slot_name(plt, slot) : NULL;
    size_t version = 0;
    char *full = NULL;

    if (!name || name[0] == '\0')
        return;
    if (!jt_elf_budget_take(&plt->budget, name))
        return;
    version = strcspn(name, "@");
    if (version == 0)
        return;
    full = jt_format("%.*s@plt", (int)version, name);
    jt_vec_push(&plt->symbols->texts, (uint8_t *)full);
    jt_vec_push(&found->entries, (struct jt_elf_entry){.start = start,
                                                       .end = start + bytes,
                                                       .name = full,
                                                       .binding = STB_GLOBAL,
                                                       .type = STT_FUNC});
}

/* --- x86-64 -------------------------------------------------------------------- */

static uint32_t read_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* `jmp *slot(%rip)` is ff 25, `push $index` is 68; `endbr64` and `bnd` may
 * stand before them. */
static const struct slot *slot_of_x86(const struct plt *plt, const uint8_t *entry, uint64_t bytes,
                                      uint64_t address)
{
    uint64_t at = 0;

    if (bytes >= 4 && memcmp(entry, "\xf3\x0f\x1e\xfa", 4) == 0)
        at = 4;
    if (at < bytes && entry[at] == 0xf2)
        at++;
    if (at + 6 <= bytes && entry[at] == 0xff && entry[at + 1] == 0x25) {
        int64_t distance = (int32_t)read_u32(entry + at + 2);

        return find_slot(plt, address + at + 6 + (uint64_t)distance);
    }
    if (at + 5 <= bytes && entry[at] == 0x68) {
        uint32_t index = read_u32(entry + at + 1);

        return index < plt->in_order.count ? &plt->in_order.at[index] : NULL;
    }
    return NULL;
}

static void add_x86(struct plt *plt, struct jt_elf_symbols *found,
                    const struct trampolines *trampolines)
{
    uint64_t step = trampolines->entry_bytes == 8 ? 8 : 16;

    for (uint64_t at = 0; at + step <= trampolines->count; at += step)
        add_name(plt, found, trampolines->address + at, step,
                 slot_of_x86(plt, trampolines->bytes + at, step, trampolines->address + at));
}

/* --- aarch64 --------------------------------------------------------------------- */

enum {
    ADRP_X16 = 0x90000010,
    ADRP_MASK = 0x9f00001f,
    LDR_X17_X16 = 0xf9400211,
    LDR_MASK = 0xffc003ff,
    BTI_C = 0xd503245f,
    BR_X17 = 0xd61f0220
};

/* The slot of `adrp x16, page; ldr x17, [x16, #offset]`; 0: other instructions. */
static uint64_t slot_address_arm(const uint8_t *code, uint64_t address)
{
    uint32_t adrp = read_u32(code);
    uint32_t ldr = read_u32(code + 4);
    uint64_t pages = 0;

    if ((adrp & ADRP_MASK) != (uint32_t)ADRP_X16 || (ldr & LDR_MASK) != (uint32_t)LDR_X17_X16)
        return 0;
    pages = (adrp >> 29 & 3) | (uint64_t)(adrp >> 5 & 0x7ffff) << 2;
    pages = (pages ^ 0x100000) - 0x100000; /* 21 bits with a sign */
    return (address & ~UINT64_C(0xfff)) + (pages << 12) + (uint64_t)(ldr >> 10 & 0xfff) * 8;
}

static uint64_t end_arm(const struct trampolines *trampolines, uint64_t at)
{
    for (uint64_t i = at + 8; i + 4 <= trampolines->count && i < at + 24; i += 4)
        if (read_u32(trampolines->bytes + i) == (uint32_t)BR_X17)
            return i + 4;
    return at + 8;
}

static void add_arm(struct plt *plt, struct jt_elf_symbols *found,
                    const struct trampolines *trampolines)
{
    for (uint64_t at = 0; at + 8 <= trampolines->count; at += 4) {
        uint64_t address = trampolines->address + at;
        uint64_t slot = slot_address_arm(trampolines->bytes + at, address);
        uint64_t start = at;

        if (slot == 0)
            continue;
        if (at >= 4 && read_u32(trampolines->bytes + at - 4) == (uint32_t)BTI_C)
            start = at - 4;
        add_name(plt, found, trampolines->address + start, end_arm(trampolines, at) - start,
                 find_slot(plt, slot));
    }
}

/* ----------------------------------------------------------------------------------- */

static void read_trampolines(struct plt *plt, struct jt_elf_symbols *found, uint16_t machine,
                             const struct jt_elf_section *section)
{
    uint8_t *bytes =
        jt_elf_file_read(plt->file, section->header.sh_offset, section->header.sh_size);
    struct trampolines trampolines = {
        .bytes = bytes,
        .count = section->header.sh_size,
        .address = section->header.sh_addr,
        .entry_bytes = section->header.sh_entsize,
    };

    if (!bytes)
        return;
    if (machine == EM_X86_64)
        add_x86(plt, found, &trampolines);
    else
        add_arm(plt, found, &trampolines);
    free(bytes);
}

void jt_elf_plt_add(struct jt_elf_symbols *symbols, const struct jt_elf_file *file,
                    const struct jt_elf_layout *layout)
{
    struct plt plt = {.symbols = symbols, .file = file};
    struct jt_elf_symbols found = {0};

    if (layout->plt_count == 0 || layout->relocatable ||
        (layout->machine != EM_X86_64 && layout->machine != EM_AARCH64))
        return;
    jt_elf_budget_init(&plt.budget, file->bytes);
    read_dynsym(&plt, layout);
    read_slots(&plt, layout, &layout->plt_relocations, true);
    read_slots(&plt, layout, &layout->relocations, false);
    if (plt.slots.count > 1)
        qsort(plt.slots.at, plt.slots.count, sizeof(struct slot), compare_slots);
    for (size_t i = 0; i < layout->plt_count; i++)
        read_trampolines(&plt, &found, layout->machine, &layout->plt[i]);
    for (size_t i = 0; i < found.entries.count; i++)
        jt_vec_push(&symbols->entries, found.entries.at[i]);
    jt_vec_release(&found.entries);
    jt_vec_release(&plt.slots);
    jt_vec_release(&plt.in_order);
}
