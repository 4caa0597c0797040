/* Reading this process's own memory at an address that may be wrong. */
#ifndef JT_RUNTIME_MEMORY_H
#define JT_RUNTIME_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copy `bytes`, at most a page, from `address`; false: they cannot be read. Async-signal-safe;
 * errno may change. */
bool jt_memory_read(uint64_t address, void *to, size_t bytes);
/* The way it takes where the system call for that is forbidden. Another thread that unmaps
 * the memory at the same moment can make it crash. */
bool jt_memory_read_probed(uint64_t address, void *to, size_t bytes);

#endif
