/* Linking one object: sections laid out one after the other, behind them the table of addresses of
 * symbols (GOT) and jumps to far ones (stubs). */
#include "jit/link.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_SECTIONS = 256, MOST_SYMBOLS = 1 << 18 };

struct machine {
    uint16_t number;
    bool (*relocate)(const struct rj_patch *patch);
    bool (*needs_got)(uint32_t type);
    void (*stub)(uint8_t *write, uint64_t place, uint64_t got);
};

static const struct machine machines[] = {
    {EM_X86_64, rj_relocate_x86_64, rj_needs_got_x86_64, rj_stub_x86_64},
    {EM_AARCH64, rj_relocate_aarch64, rj_needs_got_aarch64, rj_stub_aarch64},
};

struct linking {
    const uint8_t *object;
    size_t bytes;
    const struct machine *machine;
    Elf64_Ehdr header;
    Elf64_Shdr *sections;
    uint64_t *offsets; /* of sections in the piece; UINT64_MAX: not loaded */
    const Elf64_Sym *symbols;
    uint32_t symbol_count;
    const char *strings;
    size_t string_bytes;
    uint64_t *values; /* of symbols; undefined ones when resolved */
    uint32_t *got_of; /* symbol -> its word in the table plus 1 */
    uint32_t got_count;
    uint64_t got_offset;
    uint64_t stub_offset;
    uint64_t total;
    const struct rj_code_piece *piece;
};

static bool is_inside(const struct linking *linking, uint64_t offset, uint64_t bytes)
{
    return offset <= linking->bytes && bytes <= linking->bytes - offset;
}

static const char *read_header(struct linking *linking)
{
    Elf64_Ehdr *header = &linking->header;

    if (linking->bytes < sizeof(*header))
        return "no ELF header";
    memcpy(header, linking->object, sizeof(*header));
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_type != ET_REL ||
        header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB)
        return "not a relocatable ELF64 object";
    for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
        if (machines[i].number == header->e_machine)
            linking->machine = &machines[i];
    if (!linking->machine)
        return "another machine";
    if (header->e_shnum == 0 || header->e_shnum > MOST_SECTIONS ||
        header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shoff % 8 ||
        !is_inside(linking, header->e_shoff, (uint64_t)header->e_shnum * sizeof(Elf64_Shdr)))
        return "bad section headers";
    return NULL;
}

static const char *read_symbols(struct linking *linking)
{
    const Elf64_Shdr *table = NULL, *strings;

    for (uint32_t i = 0; i < linking->header.e_shnum; i++)
        if (linking->sections[i].sh_type == SHT_SYMTAB)
            table = &linking->sections[i];
    if (!table || table->sh_entsize != sizeof(Elf64_Sym) || table->sh_offset % 8 ||
        table->sh_link >= linking->header.e_shnum ||
        table->sh_size / sizeof(Elf64_Sym) > MOST_SYMBOLS)
        return "bad symbol table";
    strings = &linking->sections[table->sh_link];
    linking->symbols = (const Elf64_Sym *)(const void *)(linking->object + table->sh_offset);
    linking->symbol_count = (uint32_t)(table->sh_size / sizeof(Elf64_Sym));
    if (strings->sh_type != SHT_STRTAB || strings->sh_size == 0 ||
        linking->object[strings->sh_offset + strings->sh_size - 1])
        return "bad string table";
    linking->strings = (const char *)linking->object + strings->sh_offset;
    linking->string_bytes = strings->sh_size;
    return NULL;
}

static const char *read_sections(struct linking *linking)
{
    uint32_t count = linking->header.e_shnum;

    linking->sections = calloc(count, sizeof(*linking->sections));
    linking->offsets = calloc(count, sizeof(*linking->offsets));
    if (!linking->sections || !linking->offsets)
        return "out of memory";
    memcpy(linking->sections, linking->object + linking->header.e_shoff,
           count * sizeof(*linking->sections));
    for (uint32_t i = 0; i < count; i++) {
        const Elf64_Shdr *section = &linking->sections[i];

        if (section->sh_type != SHT_NOBITS &&
            !is_inside(linking, section->sh_offset, section->sh_size))
            return "a section outside the object";
        if (section->sh_addralign > 4096 || (section->sh_addralign & (section->sh_addralign - 1)))
            return "a section with an odd alignment";
    }
    return read_symbols(linking);
}

/* ---- layout ---- */

static uint64_t align(uint64_t number, uint64_t to)
{
    return to > 1 ? (number + to - 1) & ~(to - 1) : number;
}

static const char *walk_relocations(struct linking *linking,
                                    const char *(*visit)(struct linking *linking, uint32_t section,
                                                         const Elf64_Rela *relocation))
{
    for (uint32_t i = 0; i < linking->header.e_shnum; i++) {
        const Elf64_Shdr *section = &linking->sections[i];
        const Elf64_Rela *rows;
        const char *why = NULL;

        if (section->sh_type == SHT_REL)
            return "relocations without addends";
        if (section->sh_type != SHT_RELA)
            continue;
        if (section->sh_info >= linking->header.e_shnum || section->sh_offset % 8 ||
            section->sh_entsize != sizeof(Elf64_Rela))
            return "bad relocations";
        if (linking->offsets[section->sh_info] == UINT64_MAX)
            continue;
        rows = (const Elf64_Rela *)(const void *)(linking->object + section->sh_offset);
        for (size_t j = 0; j < section->sh_size / sizeof(*rows) && !why; j++)
            why = ELF64_R_SYM(rows[j].r_info) >= linking->symbol_count
                      ? "a relocation without a symbol"
                      : visit(linking, section->sh_info, &rows[j]);
        if (why)
            return why;
    }
    return NULL;
}

static const char *count_got(struct linking *linking, uint32_t section,
                             const Elf64_Rela *relocation)
{
    uint32_t symbol = (uint32_t)ELF64_R_SYM(relocation->r_info);

    if (linking->machine->needs_got((uint32_t)ELF64_R_TYPE(relocation->r_info)) &&
        !linking->got_of[symbol])
        linking->got_of[symbol] = ++linking->got_count;
    return NULL;
}

static const char *lay_out(struct linking *linking)
{
    const char *why;

    for (uint32_t i = 0; i < linking->header.e_shnum; i++) {
        const Elf64_Shdr *section = &linking->sections[i];

        linking->offsets[i] = UINT64_MAX;
        if (!(section->sh_flags & SHF_ALLOC) || section->sh_size == 0)
            continue;
        if (section->sh_size > UINT32_MAX || linking->total > UINT32_MAX)
            return "too large";
        linking->total = align(linking->total, section->sh_addralign);
        linking->offsets[i] = linking->total;
        linking->total += section->sh_size;
    }
    linking->values = calloc(linking->symbol_count + 1, sizeof(*linking->values));
    linking->got_of = calloc(linking->symbol_count + 1, sizeof(*linking->got_of));
    if (!linking->values || !linking->got_of)
        return "out of memory";
    why = walk_relocations(linking, count_got);
    linking->got_offset = align(linking->total, 16);
    linking->stub_offset = align(linking->got_offset + (uint64_t)linking->got_count * 8, 16);
    linking->total = linking->stub_offset + (uint64_t)linking->got_count * RJ_STUB_BYTES;
    return why;
}

/* ---- writing ---- */

static const char *find_value(struct linking *linking, uint32_t i, rj_resolve *resolve,
                              void *context)
{
    const Elf64_Sym *symbol = &linking->symbols[i];

    if (symbol->st_shndx == SHN_UNDEF) {
        if (i == 0 || symbol->st_name == 0)
            return NULL;
        if (symbol->st_name >= linking->string_bytes)
            return "a symbol without a name";
        return resolve(context, linking->strings + symbol->st_name, &linking->values[i])
                   ? NULL
                   : "a symbol that is not known";
    }
    if (symbol->st_shndx == SHN_ABS) {
        linking->values[i] = symbol->st_value;
        return NULL;
    }
    if (symbol->st_shndx >= linking->header.e_shnum)
        return "a symbol of an odd section";
    if (linking->offsets[symbol->st_shndx] == UINT64_MAX)
        return NULL;
    if (symbol->st_value > linking->sections[symbol->st_shndx].sh_size)
        return "a symbol outside its section";
    linking->values[i] = (uint64_t)(uintptr_t)linking->piece->run +
                         linking->offsets[symbol->st_shndx] + symbol->st_value;
    return NULL;
}

static const char *find_values(struct linking *linking, rj_resolve *resolve, void *context)
{
    const char *why = NULL;

    for (uint32_t i = 0; i < linking->symbol_count && !why; i++) {
        why = find_value(linking, i, resolve, context);
        if (!why && linking->got_of[i]) {
            uint64_t got = linking->got_offset + (uint64_t)(linking->got_of[i] - 1) * 8;
            uint64_t stub =
                linking->stub_offset + (uint64_t)(linking->got_of[i] - 1) * RJ_STUB_BYTES;
            uint64_t run = (uint64_t)(uintptr_t)linking->piece->run;

            memcpy(linking->piece->write + got, &linking->values[i], 8);
            linking->machine->stub(linking->piece->write + stub, run + stub, run + got);
        }
    }
    return why;
}

static const char *relocate(struct linking *linking, uint32_t section, const Elf64_Rela *relocation)
{
    uint32_t symbol = (uint32_t)ELF64_R_SYM(relocation->r_info);
    uint64_t offset = linking->offsets[section] + relocation->r_offset;
    uint64_t run = (uint64_t)(uintptr_t)linking->piece->run;
    uint64_t number = linking->got_of[symbol] ? linking->got_of[symbol] - 1 : 0;
    struct rj_patch patch = {.place = run + offset,
                             .value = linking->values[symbol],
                             .addend = relocation->r_addend,
                             .got = run + linking->got_offset + number * 8,
                             .stub = run + linking->stub_offset + number * RJ_STUB_BYTES,
                             .type = (uint32_t)ELF64_R_TYPE(relocation->r_info)};

    if (relocation->r_offset >= linking->sections[section].sh_size)
        return "a relocation outside its section";
    patch.write = linking->piece->write + offset;
    patch.room = linking->sections[section].sh_size - relocation->r_offset;
    return linking->machine->relocate(&patch) ? NULL : "a relocation that cannot be done";
}

static void load(struct linking *linking)
{
    memset(linking->piece->write, 0, linking->total);
    for (uint32_t i = 0; i < linking->header.e_shnum; i++)
        if (linking->offsets[i] != UINT64_MAX && linking->sections[i].sh_type != SHT_NOBITS)
            memcpy(linking->piece->write + linking->offsets[i],
                   linking->object + linking->sections[i].sh_offset, linking->sections[i].sh_size);
}

static const char *section_name(const struct linking *linking, uint32_t i)
{
    const Elf64_Shdr *names;
    uint32_t name = linking->sections[i].sh_name;

    if (linking->header.e_shstrndx >= linking->header.e_shnum)
        return "";
    names = &linking->sections[linking->header.e_shstrndx];
    if (name >= names->sh_size || linking->object[names->sh_offset + names->sh_size - 1])
        return "";
    return (const char *)linking->object + names->sh_offset + name;
}

/* The first function, its section, and what tells how to unwind it. */
static const char *describe(const struct linking *linking, struct rj_object_code *out)
{
    uint8_t *run = linking->piece->run;

    for (uint32_t i = 0; i < linking->symbol_count; i++) {
        const Elf64_Sym *symbol = &linking->symbols[i];

        if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC || symbol->st_shndx == SHN_UNDEF ||
            symbol->st_shndx >= linking->header.e_shnum ||
            linking->offsets[symbol->st_shndx] == UINT64_MAX)
            continue;
        out->start = run + linking->offsets[symbol->st_shndx];
        out->bytes = linking->sections[symbol->st_shndx].sh_size;
        out->entry = (uint32_t)symbol->st_value;
    }
    for (uint32_t i = 0; i < linking->header.e_shnum; i++)
        if (linking->offsets[i] != UINT64_MAX &&
            strcmp(section_name(linking, i), ".eh_frame") == 0) {
            out->unwind = run + linking->offsets[i];
            out->unwind_bytes = linking->sections[i].sh_size;
        }
    out->region = run;
    out->total_bytes = linking->total;
    return out->start && out->entry < out->bytes ? NULL : "no function in the object";
}

static void release(struct linking *linking)
{
    free(linking->sections);
    free(linking->offsets);
    free(linking->values);
    free(linking->got_of);
}

static const char *read_object(struct linking *linking)
{
    const char *why = read_header(linking);

    if (!why)
        why = read_sections(linking);
    return why ? why : lay_out(linking);
}

static const char *write_object(struct linking *linking, rj_resolve *resolve, void *context,
                                struct rj_object_code *out)
{
    const char *why;

    load(linking);
    why = find_values(linking, resolve, context);
    if (!why)
        why = walk_relocations(linking, relocate);
    if (!why)
        why = describe(linking, out);
    __builtin___clear_cache((char *)linking->piece->run,
                            (char *)linking->piece->run + linking->total);
    return why;
}

const char *rj_link(struct rj_code_memory *memory, const void *object, size_t bytes,
                    rj_resolve *resolve, void *context, struct rj_object_code *out)
{
    struct linking linking = {.object = object, .bytes = bytes};
    struct rj_code_piece piece = {0};
    const char *why = read_object(&linking);

    memset(out, 0, sizeof(*out));
    if (!why) {
        piece = rj_code_memory_take(memory, linking.total);
        linking.piece = &piece;
        why = piece.run ? write_object(&linking, resolve, context, out) : "no room for code";
        if (why && piece.run)
            rj_code_memory_give(memory, piece.run, piece.bytes);
    }
    release(&linking);
    return why;
}

size_t rj_link_bytes(const void *object, size_t bytes)
{
    struct linking linking = {.object = object, .bytes = bytes};
    const char *why = read_object(&linking);
    size_t total = why ? 0 : linking.total;

    release(&linking);
    return total;
}

const char *rj_link_at(const struct rj_code_piece *piece, const void *object, size_t bytes,
                       rj_resolve *resolve, void *context, struct rj_object_code *out)
{
    struct linking linking = {.object = object, .bytes = bytes, .piece = piece};
    const char *why = read_object(&linking);

    memset(out, 0, sizeof(*out));
    if (!why)
        why = linking.total <= piece->bytes ? write_object(&linking, resolve, context, out)
                                            : "no room for code";
    release(&linking);
    return why;
}
