/* Any bytes as an ELF file: symbols, trampolines, inlined frames. */
#include "analysis/symbol/elf.h"
#include "jitney/status.h"

#include <stdlib.h>
#include <string.h>

enum { PROBES = 64, FRAMES_MOST = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void probe(struct jt_elf *elf, uint64_t address)
{
    struct jt_elf_frame frames[FRAMES_MOST];
    struct jt_elf_symbol symbol;
    size_t count = jt_elf_frames(elf, address, frames, FRAMES_MOST);

    if (count > FRAMES_MOST)
        abort();
    for (size_t i = 0; i < count; i++)
        if (frames[i].function && strlen(frames[i].function) == 0)
            abort();
    if (!jt_elf_find(elf, address, &symbol))
        return;
    if (address < symbol.start || address - symbol.start >= symbol.bytes)
        abort();
    if (strlen(symbol.name) == 0 || strlen(symbol.raw) == 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jt_elf *elf = NULL;
    uint64_t address = 0;

    if (jt_elf_open_memory(data, size, &elf) != JITNEY_OK)
        return 0;
    for (uint64_t i = 0; i < PROBES; i++)
        if (jt_elf_address_of_offset(elf, size * i / PROBES, &address))
            probe(elf, address);
    for (uint64_t i = 0; i < PROBES; i++)
        probe(elf, i * 16);
    probe(elf, UINT64_MAX);
    jt_elf_close(elf);
    return 0;
}
