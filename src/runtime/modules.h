/* Which file is mapped at an address of this process, from /proc/self/maps. */
#ifndef JT_RUNTIME_MODULES_H
#define JT_RUNTIME_MODULES_H

#include <stdint.h>

enum { JT_MODULE_NAME = 48 };

struct jt_module_place {
    uint64_t pc;
    uint64_t offset;           /* the address in the file's own symbols, as addr2line takes it */
    char name[JT_MODULE_NAME]; /* the file without its folder, maybe cut; "": no file */
};

/* Fill in all `places`, whose `pc` is set, in one pass. Async-signal-safe, with a small
 * stack; errno may change. */
void jt_modules_find(struct jt_module_place *places, int count);

#endif
