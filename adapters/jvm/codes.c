#include "codes.h"

#include <stdlib.h>

enum { MOST_OLDER = 16 };

/* Only so many that were there before are kept; an unload that was lost must not let them grow. */
static void cut(struct jvm_code *code)
{
    for (int i = 0; code && i < MOST_OLDER; i++)
        code = code->older;
    while (code && code->older) {
        struct jvm_code *oldest = code->older;

        code->older = oldest->older;
        free(oldest);
    }
}

bool jvm_codes_add(struct jvm_codes *codes, const struct jvm_code *code)
{
    struct jvm_code *last = jvm_table_find(&codes->by_address, code->address);
    struct jvm_code *kept = NULL;

    if (last && last->bytes == code->bytes && last->method == code->method &&
        last->compilation == code->compilation)
        return false;
    kept = malloc(sizeof(*kept));
    if (!kept)
        return true;
    *kept = *code;
    kept->older = last;
    if (!jvm_table_put(&codes->by_address, code->address, kept)) {
        free(kept);
        return true;
    }
    if (last && last->method == 0) { /* stubs are never unloaded */
        kept->older = last->older;
        free(last);
    }
    cut(kept);
    return true;
}

bool jvm_codes_remove(struct jvm_codes *codes, uint64_t address, uint64_t method,
                      struct jvm_code *gone)
{
    struct jvm_code *first = jvm_table_find(&codes->by_address, address);
    struct jvm_code *before = NULL, *found = NULL, *before_found = NULL;

    for (struct jvm_code *code = first; code; before = code, code = code->older) {
        if (code->method != method)
            continue;
        found = code;
        before_found = before;
    }
    if (!found)
        return false;
    *gone = *found;
    if (before_found) {
        before_found->older = found->older;
        free(found);
        return false;
    }
    /* It lives there now; what is older has been overwritten and would be of no use. */
    jvm_table_remove(&codes->by_address, address);
    while (first) {
        struct jvm_code *older = first->older;

        free(first);
        first = older;
    }
    return true;
}

static void release_code(void *value)
{
    struct jvm_code *code = value;

    while (code) {
        struct jvm_code *older = code->older;

        free(code);
        code = older;
    }
}

void jvm_codes_release(struct jvm_codes *codes)
{
    jvm_table_release(&codes->by_address, release_code);
}
