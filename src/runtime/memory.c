/* See memory.h. */
#include "runtime/memory.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { KERNEL_SIGSET_BYTES = 8, NO_SUCH_HOW = 0x7fff };

/* Eight bytes at `address`. The kernel copies the new mask before it looks at what is to be done
 * with it: EFAULT when it cannot, EINVAL when it could (linux: kernel/signal.c, rt_sigprocmask). */
static bool is_readable(uint64_t address)
{
    return syscall(SYS_rt_sigprocmask, NO_SUCH_HOW, address, NULL, KERNEL_SIGSET_BYTES) != 0 &&
           errno == EINVAL;
}

/* The stack frames of others are read here, which sanitizers would take for a mistake. */
__attribute__((no_sanitize("address", "thread", "undefined"))) bool
jt_memory_read_probed(uint64_t address, void *to, size_t bytes)
{
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): it may be none */
    const volatile char *from = (const volatile char *)(uintptr_t)address;
    uint64_t last = address + bytes - (bytes < KERNEL_SIGSET_BYTES ? bytes : KERNEL_SIGSET_BYTES);

    if (!is_readable(address) || !is_readable(last))
        return false;
    for (size_t i = 0; i < bytes; i++)
        ((volatile char *)to)[i] = from[i];
    return true;
}

bool jt_memory_read(uint64_t address, void *to, size_t bytes)
{
    struct iovec here = {.iov_base = to, .iov_len = bytes};
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): as above */
    struct iovec there = {.iov_base = (void *)(uintptr_t)address, .iov_len = bytes};
    ssize_t got = process_vm_readv(getpid(), &here, 1, &there, 1, 0);

    if (got < 0 && errno != EFAULT)
        return jt_memory_read_probed(address, to, bytes);
    return got == (ssize_t)bytes;
}
