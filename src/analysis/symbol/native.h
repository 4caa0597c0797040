/* What a runtime's own native code is doing: its collector, its compilers, its
 * interpreter, or code it was built with that stands for JIT code. */
#ifndef JT_SYMBOL_NATIVE_H
#define JT_SYMBOL_NATIVE_H

#include "analysis/symbol/kinds.h"

enum jt_native_role {
    JT_ROLE_NONE,
    JT_ROLE_GC,
    JT_ROLE_COMPILER, /* parsing and bytecode too */
    JT_ROLE_INTERPRETER,
    JT_ROLE_STUB /* builtins and trampolines compiled ahead, as V8's Builtins_* */
};

/* The role of a function of the runtime's program or library. `function` is its
 * demangled name or NULL, `thread_name` that of the thread or NULL: a thread that
 * does one thing alone tells where the function does not. */
enum jt_native_role jt_native_role(enum jt_runtime runtime, const char *function,
                                   const char *thread_name);

#endif
