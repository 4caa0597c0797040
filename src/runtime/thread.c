/* See thread.h. */
#include "runtime/thread.h"

#include <sys/syscall.h>
#include <unistd.h>

static __thread uint32_t own_id; /* 0: not asked yet */

uint32_t jt_thread_id(void)
{
    if (own_id == 0)
        own_id = (uint32_t)syscall(SYS_gettid);
    return own_id;
}

void jt_thread_forked(void)
{
    own_id = 0;
}
