/* What was inlined at an address, from DWARF (elfutils libdw). A unit's
 * functions are listed when the first address in it is asked for; of a
 * function only the scopes around the address are looked at. */
#include "analysis/symbol/demangle.h"
#include "analysis/symbol/elf_parts.h"
#include "base/map.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <string.h>

enum {
    SCOPE_DEPTH_MOST = 64,   /* namespaces and types around a function */
    INLINE_DEPTH_MOST = 128, /* scopes inside a function */
    RANGES_MOST = 1 << 16,   /* of one function or unit; real ones have dozens */
    UNITS_MOST = 1 << 20,
    SCOPES_LOOKED_AT_MOST = 1 << 17 /* for one address */
};

/* An address range of a unit or function and where its entry is. */
struct stretch {
    uint64_t start;
    uint64_t end;
    Dwarf_Off die;
};

struct stretches {
    struct jt_vec(struct stretch) of; /* by start, apart from each other once settled */
};

struct unit {
    Dwarf_Die die;
    struct stretches functions;
};

struct jt_elf_inline {
    struct jt_elf_file file;
    Dwarf *dwarf;
    Dwarf_Aranges *aranges;
    struct stretches ranges; /* of all units, when aranges do not tell */
    bool has_ranges;
    struct jt_vec(struct unit) units; /* those that were asked for */
    struct jt_map unit_by_die;
    struct jt_map name_by_die; /* id in `names` */
    struct jt_strings names;
    uint64_t budget; /* for what `names` may still hold */
};

struct jt_elf_inline *jt_elf_inline_open(struct jt_elf_file *file)
{
    Dwarf *dwarf = dwarf_begin_elf(file->elf, DWARF_C_READ, NULL);
    struct jt_elf_inline *fresh = NULL;
    size_t count = 0;

    if (!dwarf)
        return NULL;
    fresh = jt_alloc(1, sizeof(*fresh));
    fresh->file = *file;
    fresh->dwarf = dwarf;
    *file = (struct jt_elf_file)JT_ELF_FILE_INIT;
    jt_strings_init(&fresh->names);
    jt_elf_budget_init(&fresh->budget, fresh->file.bytes);
    if (dwarf_getaranges(dwarf, &fresh->aranges, &count) != 0)
        fresh->aranges = NULL;
    return fresh;
}

void jt_elf_inline_close(struct jt_elf_inline *dwarf)
{
    if (!dwarf)
        return;
    for (size_t i = 0; i < dwarf->units.count; i++)
        jt_vec_release(&dwarf->units.at[i].functions.of);
    jt_vec_release(&dwarf->units);
    jt_vec_release(&dwarf->ranges.of);
    jt_map_release(&dwarf->unit_by_die);
    jt_map_release(&dwarf->name_by_die);
    jt_strings_release(&dwarf->names);
    dwarf_end(dwarf->dwarf);
    jt_elf_file_close(&dwarf->file);
    free(dwarf);
}

/* --- stretches --------------------------------------------------------------------- */

static void add_stretches(struct stretches *stretches, Dwarf_Die *die)
{
    Dwarf_Addr base = 0;
    Dwarf_Addr start = 0;
    Dwarf_Addr end = 0;
    ptrdiff_t at = 0;

    for (int i = 0; i < RANGES_MOST; i++) {
        at = dwarf_ranges(die, at, &base, &start, &end);
        if (at <= 0)
            return;
        /* Linkers leave what they threw away at address 0. */
        if (start == 0 || end <= start)
            continue;
        jt_vec_push(&stretches->of,
                    (struct stretch){.start = start, .end = end, .die = dwarf_dieoffset(die)});
    }
}

static int compare_stretches(const void *a, const void *b)
{
    const struct stretch *left = a;
    const struct stretch *right = b;

    if (left->start != right->start)
        return left->start < right->start ? -1 : 1;
    return left->end > right->end ? -1 : left->end < right->end;
}

/* Sort, and take away what overlaps: a wrong file must not make finds slow. */
static void settle(struct stretches *stretches)
{
    size_t kept = 0;

    if (stretches->of.count > 1)
        qsort(stretches->of.at, stretches->of.count, sizeof(struct stretch), compare_stretches);
    for (size_t i = 0; i < stretches->of.count; i++) {
        struct stretch stretch = stretches->of.at[i];

        if (kept > 0 && stretches->of.at[kept - 1].end > stretch.start)
            stretch.start = stretches->of.at[kept - 1].end;
        if (stretch.start < stretch.end)
            stretches->of.at[kept++] = stretch;
    }
    stretches->of.count = kept;
}

static const struct stretch *find_stretch(const struct stretches *stretches, uint64_t address)
{
    size_t low = 0;
    size_t high = stretches->of.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (stretches->of.at[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && address < stretches->of.at[low - 1].end ? &stretches->of.at[low - 1] : NULL;
}

/* --- units ---------------------------------------------------------------------------- */

static void read_unit_ranges(struct jt_elf_inline *dwarf)
{
    Dwarf_CU *cu = NULL;
    Dwarf_Die die;

    dwarf->has_ranges = true;
    for (int i = 0; i < UNITS_MOST; i++) {
        if (dwarf_get_units(dwarf->dwarf, cu, &cu, NULL, NULL, &die, NULL) != 0)
            break;
        if (dwarf_tag(&die) == DW_TAG_compile_unit)
            add_stretches(&dwarf->ranges, &die);
    }
    settle(&dwarf->ranges);
}

/* Some compilers write no .debug_aranges, and then only their units lack one. */
static bool find_unit_die(struct jt_elf_inline *dwarf, uint64_t address, Dwarf_Die *die)
{
    Dwarf_Arange *arange = dwarf->aranges ? dwarf_getarange_addr(dwarf->aranges, address) : NULL;
    const struct stretch *stretch = NULL;
    Dwarf_Off offset = 0;

    if (arange && dwarf_getarangeinfo(arange, NULL, NULL, &offset) == 0 &&
        dwarf_offdie(dwarf->dwarf, offset, die))
        return true;
    if (!dwarf->has_ranges)
        read_unit_ranges(dwarf);
    stretch = find_stretch(&dwarf->ranges, address);
    return stretch && dwarf_offdie(dwarf->dwarf, stretch->die, die);
}

static bool has_functions_inside(int tag)
{
    return tag == DW_TAG_namespace || tag == DW_TAG_structure_type || tag == DW_TAG_class_type ||
           tag == DW_TAG_union_type || tag == DW_TAG_module || tag == DW_TAG_enumeration_type ||
           tag == DW_TAG_subprogram;
}

/* Entries lie in the order of this walk, so that an offset that does not grow
 * is a loop in a wrong file. */
static bool step(int status, const Dwarf_Die *die, Dwarf_Off *last)
{
    Dwarf_Off offset = 0;

    if (status != 0)
        return false;
    offset = dwarf_dieoffset((Dwarf_Die *)die);
    if (offset <= *last)
        return false;
    *last = offset;
    return true;
}

/* List the functions of a unit. Namespaces and types are entered, and functions
 * for those nested in them. */
static void list_functions(struct stretches *functions, Dwarf_Die *unit)
{
    Dwarf_Die path[SCOPE_DEPTH_MOST];
    Dwarf_Off last = dwarf_dieoffset(unit);
    int depth = 0;

    if (!step(dwarf_child(unit, &path[0]), &path[0], &last))
        return;
    while (depth >= 0) {
        Dwarf_Die *die = &path[depth];
        int tag = dwarf_tag(die);

        if (tag == DW_TAG_subprogram)
            add_stretches(functions, die);
        if (has_functions_inside(tag) && depth + 1 < SCOPE_DEPTH_MOST &&
            step(dwarf_child(die, &path[depth + 1]), &path[depth + 1], &last)) {
            depth++;
            continue;
        }
        while (depth >= 0 &&
               !step(dwarf_siblingof(&path[depth], &path[depth]), &path[depth], &last))
            depth--;
    }
}

/* Valid until the next call. */
static struct unit *find_unit(struct jt_elf_inline *dwarf, uint64_t address)
{
    struct unit unit = {0};
    uint32_t *slot = NULL;

    if (!find_unit_die(dwarf, address, &unit.die))
        return NULL;
    slot = jt_map_put(&dwarf->unit_by_die, dwarf_dieoffset(&unit.die));
    if (*slot == JT_MAP_NONE) {
        *slot = (uint32_t)dwarf->units.count;
        list_functions(&unit.functions, &unit.die);
        settle(&unit.functions);
        jt_vec_push(&dwarf->units, unit);
    }
    return &dwarf->units.at[*slot];
}

/* --- names and places ------------------------------------------------------------------ */

static const char *linkage_name(Dwarf_Die *die)
{
    Dwarf_Attribute attribute;

    if (!dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) &&
        !dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attribute))
        return NULL;
    return dwarf_formstring(&attribute);
}

/* The id of a copy of `text`; 0, which is "", for what is beyond the limits. */
static uint32_t keep(struct jt_elf_inline *dwarf, const char *text)
{
    size_t before = dwarf->names.entries.count;
    uint64_t left = dwarf->budget;
    uint32_t id = 0;

    if (!text || !jt_elf_budget_take(&left, text))
        return 0;
    id = jt_strings_put_text(&dwarf->names, text);
    if (dwarf->names.entries.count > before)
        dwarf->budget = left;
    return id;
}

static const char *function_name(struct jt_elf_inline *dwarf, Dwarf_Die *die)
{
    uint32_t *slot = jt_map_put(&dwarf->name_by_die, dwarf_dieoffset(die));
    const char *name = NULL;
    char *readable = NULL;

    if (*slot == JT_MAP_NONE) {
        name = linkage_name(die);
        readable = name ? jt_demangle(name) : NULL;
        if (readable)
            name = readable;
        else if (!name)
            name = dwarf_diename(die);
        *slot = keep(dwarf, name);
        free(readable);
    }
    name = jt_strings_text(&dwarf->names, *slot);
    return name[0] ? name : NULL;
}

static uint32_t number_of(Dwarf_Die *die, unsigned name)
{
    Dwarf_Attribute attribute;
    Dwarf_Word value = 0;

    if (!dwarf_attr(die, name, &attribute) || dwarf_formudata(&attribute, &value) != 0)
        return 0;
    return value <= UINT32_MAX ? (uint32_t)value : 0;
}

static void set_file(struct jt_elf_inline *dwarf, struct jt_elf_frame *frame, const char *file)
{
    uint32_t id = file && strcmp(file, "???") != 0 ? keep(dwarf, file) : 0;

    if (id > 0)
        frame->file = jt_strings_text(&dwarf->names, id);
}

static void set_line(struct jt_elf_inline *dwarf, struct unit *unit, uint64_t address,
                     struct jt_elf_frame *frame)
{
    Dwarf_Line *line = dwarf_getsrc_die(&unit->die, address);
    int number = 0;

    if (!line)
        return;
    if (dwarf_lineno(line, &number) == 0 && number > 0)
        frame->line = (uint32_t)number;
    set_file(dwarf, frame, dwarf_linesrc(line, NULL, NULL));
}

/* Where the function around the inlined `die` calls it. */
static void set_call(struct jt_elf_inline *dwarf, struct unit *unit, Dwarf_Die *die,
                     struct jt_elf_frame *frame)
{
    Dwarf_Files *files = NULL;
    size_t count = 0;
    uint32_t file = number_of(die, DW_AT_call_file);

    frame->line = number_of(die, DW_AT_call_line);
    if (dwarf_getsrcfiles(&unit->die, &files, &count) == 0 && file < count)
        set_file(dwarf, frame, dwarf_filesrc(files, file, NULL, NULL));
}

/* --- frames ------------------------------------------------------------------------------ */

static bool is_scope(int tag)
{
    return tag == DW_TAG_inlined_subroutine || tag == DW_TAG_lexical_block ||
           tag == DW_TAG_try_block || tag == DW_TAG_catch_block;
}

/* The scope directly inside `outer` that holds `address`. */
static bool find_scope(Dwarf_Die *outer, uint64_t address, Dwarf_Die *inner, int *patience)
{
    Dwarf_Off last = dwarf_dieoffset(outer);
    bool more = step(dwarf_child(outer, inner), inner, &last);

    for (; more && *patience > 0; --*patience) {
        if (is_scope(dwarf_tag(inner)) && dwarf_haspc(inner, address) > 0)
            return true;
        more = step(dwarf_siblingof(inner, inner), inner, &last);
    }
    return false;
}

/* The function and all that is inlined at `address`, outermost first. */
static size_t find_chain(const Dwarf_Die *function, uint64_t address,
                         Dwarf_Die chain[INLINE_DEPTH_MOST])
{
    Dwarf_Die scope = *function;
    Dwarf_Die inner;
    int patience = SCOPES_LOOKED_AT_MOST;
    size_t count = 1;

    chain[0] = *function;
    while (count < INLINE_DEPTH_MOST && find_scope(&scope, address, &inner, &patience)) {
        if (dwarf_tag(&inner) == DW_TAG_inlined_subroutine)
            chain[count++] = inner;
        scope = inner;
    }
    return count;
}

/* A unit of assembly has lines and may have no functions. */
static size_t line_alone(struct jt_elf_inline *dwarf, struct unit *unit, uint64_t address,
                         struct jt_elf_frame *frame)
{
    *frame = (struct jt_elf_frame){.function = NULL};
    set_line(dwarf, unit, address, frame);
    return frame->line > 0 ? 1 : 0;
}

size_t jt_elf_inline_frames(struct jt_elf_inline *dwarf, uint64_t address,
                            struct jt_elf_frame *frames, size_t most)
{
    struct unit *unit = find_unit(dwarf, address);
    const struct stretch *stretch = unit ? find_stretch(&unit->functions, address) : NULL;
    Dwarf_Die chain[INLINE_DEPTH_MOST];
    Dwarf_Die function;
    size_t count = 0;

    if (!unit || most == 0)
        return 0;
    if (!stretch || !dwarf_offdie(dwarf->dwarf, stretch->die, &function))
        return line_alone(dwarf, unit, address, frames);
    count = find_chain(&function, address, chain);
    for (size_t i = 0; i < count && i < most; i++) {
        size_t place = count - 1 - i;

        frames[i] = (struct jt_elf_frame){.function = function_name(dwarf, &chain[place])};
        if (i == 0)
            set_line(dwarf, unit, address, &frames[i]);
        else
            set_call(dwarf, unit, &chain[place + 1], &frames[i]);
    }
    return count;
}
