/* The living code, as the JVM told it, so that code that is told twice is taken once and
 * an unload that comes late does not end the code that took its place. */
#ifndef JVM_CODES_H
#define JVM_CODES_H

#include "table.h"

/* One piece of code. */
struct jvm_code {
    uint64_t address;
    uint64_t bytes;
    uint64_t method;        /* its id; 0: a stub */
    uint32_t compilation;   /* 0: not known */
    struct jvm_code *older; /* what was there before and has not been unloaded yet */
};

/* All zero is none. Not thread-safe. */
struct jvm_codes {
    struct jvm_table by_address;
};

/* Take note of new code. False when it is known already. */
bool jvm_codes_add(struct jvm_codes *codes, const struct jvm_code *code);

/* Forget the code of `method` at `address`: the oldest one, for the JVM unloads in the order in
 * which it loads. True and a copy in `*gone` when it was the one that lives there now. */
bool jvm_codes_remove(struct jvm_codes *codes, uint64_t address, uint64_t method,
                      struct jvm_code *gone);

void jvm_codes_release(struct jvm_codes *codes);

#endif
