/* C++ (Itanium), Rust (legacy and v0) and D names, through libiberty. */
#ifndef JT_SYMBOL_DEMANGLE_H
#define JT_SYMBOL_DEMANGLE_H

/* The readable form, to be freed, or NULL when `name` is not mangled. C++
 * functions come without their parameters and Rust ones without their hash, as
 * perf shows them. Names longer than 64 KiB, and those that would become so,
 * are left alone. */
char *jt_demangle(const char *name);

#endif
