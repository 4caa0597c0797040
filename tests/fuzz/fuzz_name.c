/* Any bytes as a name, with every hint: the parts of a name lie inside it. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/symbol/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Inside the raw name, or one of the few words for nameless code. */
static bool is_function(const struct jt_name *name, const char *raw, size_t bytes)
{
    if (name->function >= raw && name->function <= raw + bytes)
        return name->function_bytes <= (size_t)(raw + bytes - name->function);
    return strlen(name->function) == name->function_bytes;
}

static void check(const struct jt_name *name, const char *raw, size_t bytes)
{
    if (name->function_bytes == 0 || !is_function(name, raw, bytes))
        abort();
    if (name->file && (name->file_bytes == 0 || name->file < raw ||
                       name->file_bytes > bytes - (size_t)(name->file - raw)))
        abort();
    if (name->runtime <= JT_RUNTIME_NONE || name->runtime >= JT_RUNTIME_COUNT ||
        name->tier == JT_TIER_NONE || name->tier >= JT_TIER_COUNT)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct jt_name name;

    /* The name itself is a block of its own size, so that reading past it shows. */
    for (int hint = 0; hint < JT_RUNTIME_COUNT; hint++) {
        jt_name_parse((const char *)data, size, (enum jt_runtime)hint, &name);
        check(&name, (const char *)data, size);
    }
    memcpy(text, data, size);
    text[size] = '\0';
    jt_runtime_of_file(text);
    for (int runtime = 0; runtime < JT_RUNTIME_COUNT; runtime++)
        jt_native_role((enum jt_runtime)runtime, text, text);
    free(text);
    return 0;
}
