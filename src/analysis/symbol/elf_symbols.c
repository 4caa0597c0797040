/* The functions of symbol tables, chosen and bounded as perf does, so that our
 * names agree with its (linux: tools/perf/util/symbol-elf.c and symbol.c). */
#include "analysis/symbol/elf_parts.h"

#include <string.h>

enum {
    RADIX_BITS = 11,
    RADIX_SIZE = 1 << RADIX_BITS,
    RADIX_PASSES = 6 /* six times eleven bits are 64 */
};

/* One table while it is read. */
struct table {
    const struct jt_elf_layout *layout;
    const struct jt_elf_file *file;
    Elf_Data *data;
    const char *strings;
    uint64_t string_bytes;
};

void jt_elf_symbols_init(struct jt_elf_symbols *symbols)
{
    *symbols = (struct jt_elf_symbols){0};
}

void jt_elf_symbols_release(struct jt_elf_symbols *symbols)
{
    for (size_t i = 0; i < symbols->texts.count; i++)
        free(symbols->texts.at[i]);
    jt_vec_release(&symbols->texts);
    jt_vec_release(&symbols->entries);
    jt_vec_release(&symbols->aliases);
    jt_vec_release(&symbols->ranges);
}

/* --- reading ---------------------------------------------------------------- */

/* ARM's and RISC-V's `$a`, `$d`, `$t`, `$x`, with or without `.more`, mark
 * stretches of code and data and name nothing. */
static bool is_mapping_symbol(const struct table *table, const char *name)
{
    uint16_t machine = table->layout->machine;

    if (machine != EM_ARM && machine != EM_AARCH64 && machine != EM_RISCV)
        return false;
    return name[0] == '$' && name[1] != '\0' && strchr("adtx", name[1]) &&
           (machine == EM_RISCV || name[2] == '\0' || name[2] == '.');
}

static bool is_function(const GElf_Sym *sym)
{
    unsigned type = GELF_ST_TYPE(sym->st_info);

    return type == STT_FUNC || type == STT_GNU_IFUNC;
}

/* Assembly without `.type`. Hidden ones are marks of tools, not functions. */
static bool is_label(const GElf_Sym *sym)
{
    unsigned visibility = GELF_ST_VISIBILITY(sym->st_other);

    return GELF_ST_TYPE(sym->st_info) == STT_NOTYPE && sym->st_shndx != SHN_ABS &&
           visibility != STV_HIDDEN && visibility != STV_INTERNAL;
}

/* Where the symbol is; false when it is nowhere. */
static bool address_of(const struct table *table, const GElf_Sym *sym, uint64_t *address)
{
    GElf_Shdr header;

    *address = sym->st_value;
    if (table->layout->machine == EM_ARM && is_function(sym))
        *address &= ~UINT64_C(1); /* the lowest bit says Thumb */
    if (!table->layout->relocatable)
        return true;
    if (!gelf_getshdr(elf_getscn(table->file->elf, sym->st_shndx), &header))
        return false;
    *address += header.sh_offset;
    return true;
}

static void add_symbol(struct jt_elf_symbols *symbols, const struct table *table,
                       const GElf_Sym *sym)
{
    struct jt_elf_entry entry = {
        .binding = (uint8_t)GELF_ST_BIND(sym->st_info),
        .type = (uint8_t)GELF_ST_TYPE(sym->st_info),
    };
    bool label = is_label(sym);

    if (sym->st_shndx == SHN_UNDEF || sym->st_name == 0 || (!label && !is_function(sym)))
        return;
    if (sym->st_name >= table->string_bytes || !address_of(table, sym, &entry.start))
        return;
    entry.name = table->strings + sym->st_name;
    if (entry.name[0] == '\0' || is_mapping_symbol(table, entry.name))
        return;
    if (label && jt_elf_layout_code_end(table->layout, entry.start) == 0)
        return;
    entry.end = entry.start + sym->st_size;
    if (entry.end < entry.start)
        entry.end = UINT64_MAX;
    jt_vec_push(&symbols->entries, entry);
}

void jt_elf_symbols_add(struct jt_elf_symbols *symbols, const struct jt_elf_file *file,
                        const struct jt_elf_layout *layout, const struct jt_elf_section *section)
{
    struct table table = {.layout = layout, .file = file};
    GElf_Shdr strings;
    GElf_Sym sym;
    uint8_t *bytes = NULL;

    if (section->index == 0)
        return;
    table.data = elf_getdata(elf_getscn(file->elf, section->index), NULL);
    if (!table.data || table.data->d_type != ELF_T_SYM || !table.data->d_buf)
        return;
    if (!gelf_getshdr(elf_getscn(file->elf, section->header.sh_link), &strings) ||
        strings.sh_type != SHT_STRTAB)
        return;
    bytes = jt_elf_file_read(file, strings.sh_offset, strings.sh_size);
    if (!bytes)
        return;
    jt_vec_push(&symbols->texts, bytes);
    table.strings = (const char *)bytes;
    table.string_bytes = strings.sh_size;
    for (int i = 0; gelf_getsym(table.data, i, &sym); i++)
        add_symbol(symbols, &table, &sym);
}

/* --- sorting ----------------------------------------------------------------- */

/* Addresses of one file share most of their bits, so that two or three of the
 * six passes do. Stable: aliases keep their order. */
static void sort_entries(struct jt_elf_symbols *symbols)
{
    size_t count = symbols->entries.count;
    struct jt_elf_entry *from = symbols->entries.at;
    struct jt_elf_entry *to = jt_alloc(count, sizeof(*to));
    uint32_t places[RADIX_SIZE];
    uint64_t differing = 0;

    for (size_t i = 1; i < count; i++)
        differing |= from[i].start ^ from[0].start;
    for (int pass = 0; pass < RADIX_PASSES; pass++) {
        int shift = pass * RADIX_BITS;
        uint32_t sum = 0;
        struct jt_elf_entry *swap = from;

        if ((differing >> shift & (RADIX_SIZE - 1)) == 0)
            continue;
        memset(places, 0, sizeof(places));
        for (size_t i = 0; i < count; i++)
            places[from[i].start >> shift & (RADIX_SIZE - 1)]++;
        for (size_t i = 0; i < RADIX_SIZE; i++) {
            sum += places[i];
            places[i] = sum - places[i];
        }
        for (size_t i = 0; i < count; i++)
            to[places[from[i].start >> shift & (RADIX_SIZE - 1)]++] = from[i];
        from = to;
        to = swap;
    }
    symbols->entries.at = from;
    symbols->entries.room = count;
    free(to);
}

static bool is_sorted(const struct jt_elf_symbols *symbols)
{
    for (size_t i = 1; i < symbols->entries.count; i++)
        if (symbols->entries.at[i].start < symbols->entries.at[i - 1].start)
            return false;
    return true;
}

/* --- choosing ------------------------------------------------------------------ */

/* What counts before the name does: a size, a type, the binding (linux:
 * tools/perf/util/symbol.c, choose_best_symbol). */
static int rank_of(const struct jt_elf_entry *entry)
{
    int rank = 0;

    if (entry->end > entry->start)
        rank += 8;
    if (entry->type != STT_NOTYPE)
        rank += 4;
    if (entry->binding != STB_WEAK)
        rank += entry->binding == STB_GLOBAL ? 2 : 1;
    return rank;
}

/* The best of `entries[0, count)`, which start at one address. */
static struct jt_elf_entry choose_one(struct jt_elf_symbols *symbols,
                                      const struct jt_elf_entry *entries, size_t count)
{
    struct jt_elf_entry best = entries[0];
    int best_rank = rank_of(&best);
    size_t equals = 1;

    for (size_t i = 1; i < count; i++) {
        int rank = rank_of(&entries[i]);

        /* perf gives the last of several labels the length, and so the name. */
        if (entries[i].end == entries[i].start && best.end == best.start)
            rank = best_rank + 1;
        equals = rank == best_rank ? equals + 1 : equals;
        if (rank <= best_rank)
            continue;
        best = entries[i];
        best_rank = rank_of(&best);
        equals = 1;
    }
    if (equals == 1)
        return best;
    best.alias_first = (uint32_t)symbols->aliases.count;
    best.alias_count = (uint32_t)equals;
    for (size_t i = 0; i < count; i++)
        if (rank_of(&entries[i]) == best_rank)
            jt_vec_push(&symbols->aliases, entries[i].name);
    return best;
}

/* One entry for each address, and no label inside a function that says its
 * size: that is a place in it to jump to. */
static void choose(struct jt_elf_symbols *symbols)
{
    struct jt_elf_entry *entries = symbols->entries.at;
    size_t count = symbols->entries.count;
    size_t kept = 0;
    uint64_t sized_end = 0;

    for (size_t i = 0; i < count;) {
        size_t next = i + 1;
        struct jt_elf_entry best;

        while (next < count && entries[next].start == entries[i].start)
            next++;
        best = next == i + 1 ? entries[i] : choose_one(symbols, &entries[i], next - i);
        i = next;
        if (best.end == best.start && best.type == STT_NOTYPE && best.start < sized_end)
            continue;
        sized_end = best.end > sized_end ? best.end : sized_end;
        entries[kept++] = best;
    }
    symbols->entries.count = kept;
}

/* A symbol without a size reaches to the next one or the end of its section,
 * and, when it is a second entry into a function, to that one's end. */
static void find_ends(struct jt_elf_symbols *symbols, const struct jt_elf_layout *layout)
{
    struct jt_elf_entry *entries = symbols->entries.at;
    size_t count = symbols->entries.count;
    uint64_t sized_end = 0;

    for (size_t i = 0; i < count; i++) {
        struct jt_elf_entry *entry = &entries[i];
        uint64_t code_end = 0;

        if (entry->end > entry->start) {
            sized_end = entry->end > sized_end ? entry->end : sized_end;
            continue;
        }
        code_end = jt_elf_layout_code_end(layout, entry->start);
        entry->end = i + 1 < count ? entries[i + 1].start : code_end;
        if (entry->end > code_end)
            entry->end = code_end;
        if (sized_end > entry->start && entry->end > sized_end)
            entry->end = sized_end;
        if (entry->end < entry->start)
            entry->end = entry->start;
    }
}

void jt_elf_symbols_settle(struct jt_elf_symbols *symbols, const struct jt_elf_layout *layout)
{
    if (symbols->entries.count >= JT_ELF_NO_ENTRY)
        symbols->entries.count = JT_ELF_NO_ENTRY - 1;
    if (!is_sorted(symbols))
        sort_entries(symbols);
    choose(symbols);
    find_ends(symbols, layout);
}

/* --- finding -------------------------------------------------------------------- */

static void add_range(struct jt_elf_symbols *symbols, uint64_t start, uint32_t entry)
{
    size_t count = symbols->ranges.count;

    if (count > 0 && symbols->ranges.at[count - 1].start == start)
        symbols->ranges.at[count - 1].entry = entry;
    else
        jt_vec_push(&symbols->ranges, (struct jt_elf_range){.start = start, .entry = entry});
}

/* The answer where symbols overlap is the one that starts last. `open` is the
 * stack of those that have started and not ended. */
void jt_elf_symbols_finish(struct jt_elf_symbols *symbols)
{
    const struct jt_elf_entry *entries = symbols->entries.at;
    struct jt_vec(uint32_t) open = {0};

    if (symbols->entries.count == 0)
        return;
    jt_vec_reserve(&symbols->ranges, symbols->entries.count);
    for (size_t i = 0; i <= symbols->entries.count; i++) {
        uint64_t start = i < symbols->entries.count ? entries[i].start : UINT64_MAX;

        while (open.count > 0 && entries[open.at[open.count - 1]].end <= start) {
            uint64_t end = entries[open.at[--open.count]].end;

            while (open.count > 0 && entries[open.at[open.count - 1]].end <= end)
                open.count--;
            add_range(symbols, end, open.count > 0 ? open.at[open.count - 1] : JT_ELF_NO_ENTRY);
        }
        if (i < symbols->entries.count && entries[i].end > start) {
            jt_vec_push(&open, (uint32_t)i);
            add_range(symbols, start, (uint32_t)i);
        }
    }
    jt_vec_release(&open);
}

uint32_t jt_elf_symbols_find(const struct jt_elf_symbols *symbols, uint64_t address)
{
    size_t low = 0;
    size_t high = symbols->ranges.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (symbols->ranges.at[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? symbols->ranges.at[low - 1].entry : JT_ELF_NO_ENTRY;
}

const struct jt_elf_entry *jt_elf_symbols_at(const struct jt_elf_symbols *symbols, uint64_t address)
{
    size_t low = 0;
    size_t high = symbols->entries.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (symbols->entries.at[middle].start < address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == symbols->entries.count || symbols->entries.at[low].start != address)
        return NULL;
    return &symbols->entries.at[low];
}
