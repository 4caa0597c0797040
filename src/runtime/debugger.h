/* The interface by which debuggers learn of code that a program makes while it runs: a list of ELF
 * objects in memory and a function on which they set a breakpoint. Protocol: GDB manual, "JIT
 * Compilation Interface"; lldb speaks it too. The list belongs to the process, not to a session:
 * other libraries may put objects into it as well. */
#ifndef JT_RUNTIME_DEBUGGER_H
#define JT_RUNTIME_DEBUGGER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* gdb: struct jit_code_entry. The names of the fields are ours, their order is not. */
struct jt_debugger_entry {
    struct jt_debugger_entry *next;
    struct jt_debugger_entry *previous;
    const uint8_t *object;
    uint64_t object_bytes;
};

/* The lock of the list, and of all that threads of ours do to it. It is held across fork(). */
void jt_debugger_lock(void);
void jt_debugger_unlock(void);
/* Give the lock back until `wake` is signalled or the time has come (CLOCK_MONOTONIC). */
void jt_debugger_wait(pthread_cond_t *wake, uint64_t until_ns);
/* Hold the lock across every fork() of the process, inside of the locks whose handlers are
 * installed after this call. Once per process. */
void jt_debugger_hold_across_fork(void);

/* Whether the lock survives fork(): without that no thread may hold it behind the program's back.
 */
bool jt_debugger_is_fork_safe(void);

/* With the lock held. A debugger stops the process for a moment while it reads. */
void jt_debugger_register(struct jt_debugger_entry *entry);
void jt_debugger_unregister(struct jt_debugger_entry *entry);

/* Whether a debugger's breakpoint is in place. Costs one load from memory. */
bool jt_debugger_is_listening(void);
/* Whether the process is traced (a debugger with hardware breakpoints, or one that has not seen
 * this library yet). Reads a file. */
bool jt_debugger_is_tracing(void);

#endif
