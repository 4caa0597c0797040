/* LLVM: whatever its user calls a function, so only a hint makes a name LLVM's;
 * but PostgreSQL's two kinds of function are told by their shape
 * (postgres: src/backend/jit/llvm). */
#include "analysis/symbol/grammar.h"

bool jt_grammar_llvm(struct jt_slice raw, bool hinted, struct jt_name *name)
{
    static const char *const postgres[] = {"evalexpr_", "deform_"};

    for (size_t i = 0; i < sizeof(postgres) / sizeof(postgres[0]); i++) {
        struct jt_slice text = raw;
        uint32_t number = 0;

        if (jt_slice_skip(&text, postgres[i]) && jt_slice_cut_number(&text, '_', &number) &&
            jt_slice_digits(text) == text.bytes)
            return true;
    }
    return hinted;
}
