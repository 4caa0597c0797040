/* See elf_writer.h. */
#include "format/elf_writer.h"

#include "jitney/status.h"

#include <assert.h>
#include <elf.h>
#include <stddef.h>
#include <string.h>

static_assert(sizeof(Elf64_Ehdr) == JT_ELF_HEADER_BYTES, "as in the ABI");
static_assert(sizeof(Elf64_Shdr) == JT_ELF_SECTION_BYTES, "as in the ABI");
static_assert(sizeof(Elf64_Sym) == JT_ELF_SYMBOL_BYTES, "as in the ABI");

uint16_t jt_elf_machine(void)
{
#if defined(__x86_64__) && defined(__LP64__)
    return EM_X86_64;
#elif defined(__aarch64__) && defined(__LP64__)
    return EM_AARCH64;
#elif defined(__riscv) && __riscv_xlen == 64
    return EM_RISCV;
#elif defined(__powerpc64__)
    return EM_PPC64;
#elif defined(__s390x__)
    return EM_S390;
#else
    return EM_NONE;
#endif
}

/* ---- names of sections ---- */

static uint32_t name_of(struct jt_elf_writer *writer, const char *name)
{
    size_t bytes = strlen(name) + 1;
    uint32_t at = 0;

    while (at < writer->names_at) {
        size_t there = strlen(writer->names + at) + 1;

        if (there == bytes && memcmp(writer->names + at, name, bytes) == 0)
            return at;
        at += (uint32_t)there;
    }
    if (bytes > sizeof(writer->names) - writer->names_at) {
        writer->out->status = writer->out->status ? writer->out->status : JITNEY_ERR_LIMIT;
        return 0;
    }
    memcpy(writer->names + writer->names_at, name, bytes);
    writer->names_at += (uint32_t)bytes;
    return at;
}

/* ---- the object ---- */

static Elf64_Shdr *header_of(const struct jt_elf_writer *writer, uint32_t number)
{
    uint8_t *object = writer->out->bytes + writer->start;

    return (Elf64_Shdr *)(void *)(object + JT_ELF_HEADER_BYTES) + number;
}

void jt_elf_begin(struct jt_elf_writer *writer, struct jt_buf *out, uint16_t machine, uint16_t type,
                  uint32_t sections)
{
    Elf64_Ehdr header = {.e_type = type,
                         .e_machine = machine,
                         .e_version = EV_CURRENT,
                         .e_shoff = JT_ELF_HEADER_BYTES,
                         .e_ehsize = JT_ELF_HEADER_BYTES,
                         .e_shentsize = JT_ELF_SECTION_BYTES};

    *writer = (struct jt_elf_writer){
        .out = out, .start = out->length, .room = sections + 2, .count = 1, .names_at = 1};
    if (writer->start % 8 != 0 || sections > JT_ELF_SECTION_LIMIT - 2) {
        out->status = out->status ? out->status : JITNEY_ERR_LIMIT;
        return;
    }
    memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_shnum = (uint16_t)writer->room;
    header.e_shstrndx = (uint16_t)(writer->room - 1);
    jt_buf_append(out, &header, sizeof(header));
    jt_buf_append_zeros(out, (size_t)writer->room * JT_ELF_SECTION_BYTES);
}

static void end_section(struct jt_elf_writer *writer)
{
    Elf64_Shdr *header = NULL;

    if (!writer->is_open || jt_buf_status(writer->out))
        return;
    header = header_of(writer, writer->count - 1);
    if (header->sh_type != SHT_NOBITS)
        header->sh_size = writer->out->length - writer->start - header->sh_offset;
    writer->is_open = false;
}

/* Fill in header `number`; the section begins at the next multiple of its alignment. */
static void fill_header(struct jt_elf_writer *writer, uint32_t number,
                        const struct jt_elf_section *section)
{
    struct jt_buf *out = writer->out;
    uint64_t align = section->align ? section->align : 1;
    size_t at = out->length - writer->start;
    uint32_t name = name_of(writer, section->name);

    if (section->type != SHT_NOBITS)
        jt_buf_append_zeros(out, (size_t)(-at & (align - 1)));
    if (jt_buf_status(out))
        return;
    *header_of(writer, number) = (Elf64_Shdr){.sh_name = name,
                                              .sh_type = section->type,
                                              .sh_flags = section->flags,
                                              .sh_addr = section->address,
                                              .sh_offset = out->length - writer->start,
                                              .sh_size = section->bytes,
                                              .sh_link = section->link,
                                              .sh_info = section->info,
                                              .sh_addralign = align,
                                              .sh_entsize = section->entry_bytes};
    writer->is_open = true;
}

uint32_t jt_elf_section(struct jt_elf_writer *writer, const struct jt_elf_section *section)
{
    end_section(writer);
    if (writer->count + 1 >= writer->room) {
        writer->out->status = writer->out->status ? writer->out->status : JITNEY_ERR_LIMIT;
        return 0;
    }
    writer->count++;
    fill_header(writer, writer->count - 1, section);
    return writer->count - 1;
}

void jt_elf_end(struct jt_elf_writer *writer)
{
    struct jt_elf_section names = {.name = ".shstrtab", .type = SHT_STRTAB, .align = 1};

    end_section(writer);
    if (jt_buf_status(writer->out))
        return;
    writer->count = writer->room;
    fill_header(writer, writer->room - 1, &names);
    jt_buf_append(writer->out, writer->names, writer->names_at);
    end_section(writer);
}

/* ---- symbols ---- */

void jt_elf_function(struct jt_buf *out, uint32_t name, uint16_t section, uint64_t address,
                     uint64_t bytes)
{
    Elf64_Sym symbol = {.st_name = name,
                        .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
                        .st_shndx = section,
                        .st_value = address,
                        .st_size = bytes};

    jt_buf_append(out, &symbol, sizeof(symbol));
}

void jt_elf_drop_section(uint8_t header[JT_ELF_SECTION_BYTES])
{
    memset(header, 0, JT_ELF_SECTION_BYTES);
}

void jt_elf_drop_symbol(uint8_t symbol[JT_ELF_SYMBOL_BYTES])
{
    memset(symbol, 0, JT_ELF_SYMBOL_BYTES);
}
