/* See debugger.h. */
#include "runtime/debugger.h"

#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { VERSION = 1, REGISTER = 1, UNREGISTER = 2 };

/* gdb: struct jit_descriptor. */
struct descriptor {
    uint32_t version;
    uint32_t action;
    struct jt_debugger_entry *relevant;
    struct jt_debugger_entry *first;
};

/* Weak, so that all libraries of a process that speak this protocol come to share one list: a
 * debugger may know no more than one. The compiler must neither inline the function nor believe
 * that it does nothing. */
#define SHARED __attribute__((weak, visibility("default")))

void __jit_debug_register_code(void); /* NOLINT(bugprone-reserved-identifier): the protocol's */
extern struct descriptor __jit_debug_descriptor;

SHARED __attribute__((noinline)) void __jit_debug_register_code(void) /* NOLINT(bugprone-*) */
{
    __asm__ volatile("" ::: "memory");
}

SHARED struct descriptor __jit_debug_descriptor = {VERSION, 0, NULL, NULL}; /* NOLINT(bugprone-*) */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_fork_safe;

void jt_debugger_lock(void)
{
    pthread_mutex_lock(&lock);
}

void jt_debugger_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

void jt_debugger_wait(pthread_cond_t *wake, uint64_t until_ns)
{
    const struct timespec until = {.tv_sec = (time_t)(until_ns / 1000000000),
                                   .tv_nsec = (long)(until_ns % 1000000000)};

    pthread_cond_timedwait(wake, &lock, &until);
}

/* Before fork() handlers run in the order opposite to their installation. Sessions install theirs
 * after this, so their locks are taken before this one, as everywhere. */
void jt_debugger_hold_across_fork(void)
{
    is_fork_safe = pthread_atfork(jt_debugger_lock, jt_debugger_unlock, jt_debugger_unlock) == 0;
}

bool jt_debugger_is_fork_safe(void)
{
    return is_fork_safe;
}

static void announce(struct jt_debugger_entry *entry, uint32_t action)
{
    __jit_debug_descriptor.relevant = entry;
    __jit_debug_descriptor.action = action;
    __jit_debug_register_code();
    /* A debugger that attaches now reads the list, and nothing else. */
    __jit_debug_descriptor.action = 0;
    __jit_debug_descriptor.relevant = NULL;
}

void jt_debugger_register(struct jt_debugger_entry *entry)
{
    entry->previous = NULL;
    entry->next = __jit_debug_descriptor.first;
    if (entry->next)
        entry->next->previous = entry;
    __jit_debug_descriptor.first = entry;
    announce(entry, REGISTER);
}

void jt_debugger_unregister(struct jt_debugger_entry *entry)
{
    if (entry->previous)
        entry->previous->next = entry->next;
    else
        __jit_debug_descriptor.first = entry->next;
    if (entry->next)
        entry->next->previous = entry->previous;
    announce(entry, UNREGISTER);
}

bool jt_debugger_is_listening(void)
{
    void (*function)(void) = __jit_debug_register_code;
    const volatile void *code = NULL;

    memcpy(&code, &function, sizeof(code));
#if defined(__x86_64__)
    return *(const volatile uint8_t *)code == 0xcc; /* int3 */
#elif defined(__aarch64__)
    return *(const volatile uint32_t *)code == 0xd4200000; /* brk #0 */
#else
    return false;
#endif
}

bool jt_debugger_is_tracing(void)
{
    static const char field[] = "\nTracerPid:\t";
    char text[4096];
    const char *found = NULL;
    ssize_t count = -1;
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

    if (fd >= 0) {
        count = read(fd, text, sizeof(text));
        close(fd);
    }
    if (count > 0)
        found = memmem(text, (size_t)count, field, sizeof(field) - 1);
    return found && found + sizeof(field) - 1 < text + count && found[sizeof(field) - 1] != '0';
}
