/* The vdso is a small library that the kernel maps into every process; it has
 * no file, but ours is the same as everybody's on this system. */
#include "analysis/symbol/elf_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

enum { VDSO_LIMIT = 1 << 20 };

/* The auxiliary vector has the start, only the list of mappings has the end. */
static size_t vdso_bytes(uint64_t start)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[512];
    size_t bytes = 0;

    if (!maps)
        return 0;
    while (fgets(line, sizeof(line), maps)) {
        char *dash = NULL;
        uint64_t low = strtoull(line, &dash, 16);
        uint64_t high = *dash == '-' ? strtoull(dash + 1, NULL, 16) : 0;

        if (low == start && high > low)
            bytes = (size_t)(high - low);
    }
    fclose(maps);
    return bytes;
}

bool jt_vdso_copy(uint8_t **image, size_t *bytes)
{
    unsigned long start = getauxval(AT_SYSINFO_EHDR);

    *bytes = start ? vdso_bytes(start) : 0;
    if (*bytes == 0 || *bytes > VDSO_LIMIT)
        return false;
    *image = jt_alloc(*bytes, 1);
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel hands out a number */
    memcpy(*image, (const void *)(uintptr_t)start, *bytes);
    return true;
}
