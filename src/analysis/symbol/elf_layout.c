/* One pass over the section and program headers. */
#include "analysis/symbol/elf_parts.h"

#include <string.h>

/* Names are read here rather than with elf_strptr(), which searches the whole
 * table for each name when the table has no NUL at its end. */
struct section_names {
    uint8_t *bytes;
    uint64_t count;
};

static void read_names(struct section_names *names, const struct jt_elf_file *file)
{
    size_t index = 0;
    GElf_Shdr header;

    if (elf_getshdrstrndx(file->elf, &index) != 0)
        return;
    if (!gelf_getshdr(elf_getscn(file->elf, index), &header) || header.sh_type == SHT_NOBITS)
        return;
    names->bytes = jt_elf_file_read(file, header.sh_offset, header.sh_size);
    names->count = header.sh_size;
}

static bool has_name(const struct section_names *names, const GElf_Shdr *header, const char *name)
{
    return names->bytes && header->sh_name < names->count &&
           strcmp((const char *)names->bytes + header->sh_name, name) == 0;
}

static bool is_plt(const struct section_names *names, const GElf_Shdr *header)
{
    return has_name(names, header, ".plt") || has_name(names, header, ".plt.sec") ||
           has_name(names, header, ".plt.got") || has_name(names, header, ".plt.bnd");
}

static void keep_first(struct jt_elf_section *section, size_t index, const GElf_Shdr *header)
{
    if (section->index == 0)
        *section = (struct jt_elf_section){.index = index, .header = *header};
}

static void add_code(struct jt_elf_layout *layout, const GElf_Shdr *header)
{
    struct jt_elf_code_section code = {
        .start = layout->relocatable ? header->sh_offset : header->sh_addr,
        .file_offset = header->sh_type == SHT_NOBITS ? UINT64_MAX : header->sh_offset,
    };

    if (header->sh_size == 0 || header->sh_size > UINT64_MAX - code.start)
        return;
    code.end = code.start + header->sh_size;
    jt_vec_push(&layout->code, code);
}

static void look_at(struct jt_elf_layout *layout, const struct section_names *names, size_t index,
                    const GElf_Shdr *header)
{
    if (header->sh_flags & SHF_EXECINSTR)
        add_code(layout, header);
    /* A debug file keeps the headers of what it left out. */
    if (header->sh_type == SHT_NOBITS)
        return;
    if (header->sh_type == SHT_SYMTAB)
        keep_first(&layout->symtab, index, header);
    else if (header->sh_type == SHT_DYNSYM)
        keep_first(&layout->dynsym, index, header);
    else if (header->sh_type == SHT_RELA && has_name(names, header, ".rela.plt"))
        keep_first(&layout->plt_relocations, index, header);
    else if (header->sh_type == SHT_RELA && has_name(names, header, ".rela.dyn"))
        keep_first(&layout->relocations, index, header);
    else if (is_plt(names, header) && layout->plt_count < JT_ELF_PLT_MOST)
        keep_first(&layout->plt[layout->plt_count++], index, header);
    else if (has_name(names, header, ".debug_info") || has_name(names, header, ".zdebug_info"))
        layout->has_dwarf = true;
}

static int compare_code(const void *a, const void *b)
{
    const struct jt_elf_code_section *left = a;
    const struct jt_elf_code_section *right = b;

    return left->start < right->start ? -1 : left->start > right->start;
}

static void read_segments(struct jt_elf_layout *layout, const struct jt_elf_file *file)
{
    size_t count = 0;
    GElf_Phdr header;

    if (elf_getphdrnum(file->elf, &count) != 0)
        return;
    for (size_t i = 0; i < count; i++) {
        if (!gelf_getphdr(file->elf, (int)i, &header))
            return;
        if (header.p_type != PT_LOAD || header.p_filesz == 0)
            continue;
        jt_vec_push(&layout->segments, (struct jt_elf_segment){
                                           .file_offset = header.p_offset,
                                           .file_bytes = header.p_filesz,
                                           .address = header.p_vaddr,
                                           .executable = (header.p_flags & PF_X) != 0,
                                       });
    }
}

void jt_elf_layout_init(struct jt_elf_layout *layout, const struct jt_elf_file *file)
{
    struct section_names names = {0};
    GElf_Ehdr header;
    GElf_Shdr section;
    Elf_Scn *scn = NULL;

    *layout = (struct jt_elf_layout){0};
    if (!gelf_getehdr(file->elf, &header))
        return;
    layout->machine = header.e_machine;
    layout->relocatable = header.e_type == ET_REL;
    read_names(&names, file);
    for (scn = elf_nextscn(file->elf, NULL); scn; scn = elf_nextscn(file->elf, scn))
        if (gelf_getshdr(scn, &section))
            look_at(layout, &names, elf_ndxscn(scn), &section);
    free(names.bytes);
    if (layout->code.count > 0)
        qsort(layout->code.at, layout->code.count, sizeof(layout->code.at[0]), compare_code);
    read_segments(layout, file);
}

void jt_elf_layout_release(struct jt_elf_layout *layout)
{
    jt_vec_release(&layout->code);
    jt_vec_release(&layout->segments);
}

uint64_t jt_elf_layout_code_end(const struct jt_elf_layout *layout, uint64_t address)
{
    size_t low = 0;
    size_t high = layout->code.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (layout->code.at[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || address >= layout->code.at[low - 1].end)
        return 0;
    return layout->code.at[low - 1].end;
}
