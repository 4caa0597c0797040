/* The clock of all times: CLOCK_MONOTONIC, which perf record -k mono uses too. */
#ifndef JT_BASE_CLOCK_H
#define JT_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t jt_clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

#endif
