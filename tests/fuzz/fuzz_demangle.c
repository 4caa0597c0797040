/* Any text as a mangled name. */
#include "analysis/symbol/demangle.h"
#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *name = jt_strndup((const char *)data, size);
    char *readable = jt_demangle(name);

    if (readable && strlen(readable) == 0)
        abort();
    free(readable);
    free(name);
    return 0;
}
