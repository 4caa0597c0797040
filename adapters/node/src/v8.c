/* See v8.h. */
#include "v8.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

struct row {
    const char *symbol;
    size_t field;
    bool is_optional;
};

#define FIELD(name) offsetof(struct v8_functions, name)

/* Names as the Itanium C++ ABI writes them. */
static const struct row rows[] = {
    {"_ZN2v87Isolate10GetCurrentEv", FIELD(current_isolate), false},
    {"_ZN2v87Isolate22SetJitCodeEventHandlerENS_19JitCodeEventOptionsEPFvPKNS_12JitCodeEventEE",
     FIELD(set_code_handler), false},
    {"_ZN2v811HandleScopeC1EPNS_7IsolateE", FIELD(scope_enter), false},
    {"_ZN2v811HandleScopeD1Ev", FIELD(scope_leave), false},
    {"_ZNK2v813UnboundScript5GetIdEv", FIELD(script_id), false},
    {"_ZN2v813UnboundScript13GetScriptNameEv", FIELD(script_name), false},
    {"_ZN2v813UnboundScript12GetSourceURLEv", FIELD(script_source_url), false},
    {"_ZN2v813UnboundScript13GetLineNumberEi", FIELD(line_number), false},
    {"_ZN2v813UnboundScript15GetColumnNumberEi", FIELD(column_number), true},
    {"_ZN2v82V818SetFlagsFromStringEPKcm", FIELD(set_flags), true},
};

const char *v8_functions_find(struct v8_functions *v8)
{
    memset(v8, 0, sizeof(*v8));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        void *found = dlsym(RTLD_DEFAULT, rows[i].symbol);

        if (!found && !rows[i].is_optional)
            return rows[i].symbol;
        memcpy((char *)v8 + rows[i].field, &found, sizeof(found));
    }
    return NULL;
}
