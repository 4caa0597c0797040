/* The calling thread's number, as the kernel counts it: asked once per thread. */
#ifndef JT_RUNTIME_THREAD_H
#define JT_RUNTIME_THREAD_H

#include <stdint.h>

uint32_t jt_thread_id(void);
/* In the child after fork(): its thread has another number than the one it is a copy of. */
void jt_thread_forked(void);

#endif
