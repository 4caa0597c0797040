/* Reading line tables with elfutils. The builder gives each instruction a line that is the number
 * of a place plus 1. */
#include "jit/lines.h"

#include <elfutils/libdw.h>
#include <stdlib.h>

static uint32_t copy_rows(Dwarf_Lines *rows, size_t row_count, const struct rj_meta *meta,
                          struct rj_line *lines)
{
    uint32_t count = 0;

    for (size_t i = 0; i < row_count; i++) {
        Dwarf_Line *row = dwarf_onesrcline(rows, i);
        Dwarf_Addr address = 0;
        int line = 0;
        bool ends = false;

        if (!row || dwarf_lineaddr(row, &address) || dwarf_lineno(row, &line) ||
            dwarf_lineendsequence(row, &ends) || ends || line < 1 ||
            (uint32_t)line > meta->count[RJ_META_places])
            continue;
        if (count && lines[count - 1].offset == address)
            count--;
        lines[count].offset = (uint32_t)address;
        lines[count++].place = (uint32_t)line - 1;
    }
    return count;
}

struct rj_line *rj_lines_read(const char *object, size_t bytes, const struct rj_meta *meta,
                              uint32_t *count)
{
    Elf *elf;
    Dwarf *dwarf = NULL;
    Dwarf_Off next;
    size_t header, row_count;
    Dwarf_Die unit;
    Dwarf_Lines *rows;
    struct rj_line *lines = NULL;

    *count = 0;
    if (elf_version(EV_CURRENT) == EV_NONE)
        return NULL;
    elf = elf_memory((char *)(uintptr_t)object, bytes);
    if (elf)
        dwarf = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
    if (dwarf && dwarf_nextcu(dwarf, 0, &next, &header, NULL, NULL, NULL) == 0 &&
        dwarf_offdie(dwarf, header, &unit) && dwarf_getsrclines(&unit, &rows, &row_count) == 0 &&
        row_count > 0) {
        lines = calloc(row_count, sizeof(*lines));
        if (lines)
            *count = copy_rows(rows, row_count, meta, lines);
    }
    if (dwarf)
        dwarf_end(dwarf);
    if (elf)
        elf_end(elf);
    return lines;
}
