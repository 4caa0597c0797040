/* Any text as a list of kernel symbols. */
#include "analysis/symbol/kernel.h"
#include "base/alloc.h"
#include "jitney/status.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void probe(const struct jt_kernel *kernel, uint64_t address)
{
    struct jt_kernel_symbol symbol;

    if (!jt_kernel_find(kernel, address, &symbol))
        return;
    if (address < symbol.start || address - symbol.start >= symbol.bytes)
        abort();
    if (strlen(symbol.name) == 0 || strlen(symbol.module) == 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jt_kernel *kernel = NULL;
    char *text = jt_strndup((const char *)data, size);
    const char *line = text;

    if (jt_kernel_open_memory((const char *)data, size, &kernel) == JITNEY_OK) {
        for (; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
            probe(kernel, strtoull(line, NULL, 16));
        for (int bit = 0; bit < 64; bit++)
            probe(kernel, UINT64_MAX >> bit);
        jt_kernel_close(kernel);
    }
    free(text);
    return 0;
}
