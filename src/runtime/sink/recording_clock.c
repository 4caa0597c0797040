/* Which clock stamps the events of a recording. The processor's counter costs a third
 * of clock_gettime(), and tells CLOCK_MONOTONIC by anchors. */
#include "runtime/sink/recording_parts.h"

#include <fcntl.h>
#include <unistd.h>

enum { TRIES = 3 };

static const uint64_t least_measured_ns = 50000;
/* A guess from two readings is extended no further than it is old: its error stays that of the
 * readings. */
static const uint64_t least_anchor_ns = 100000;
static const uint64_t most_anchor_ns = 10000000;

void recorder_read_clocks(uint32_t clock, uint64_t *counter, uint64_t *time_ns)
{
    uint64_t least = UINT64_MAX;

    for (int i = 0; i < TRIES; i++) {
        uint64_t before = recorder_count(clock);
        uint64_t now_ns = jt_clock_ns();
        uint64_t width = recorder_count(clock) - before;

        if (width >= least)
            continue;
        least = width;
        *counter = before + width / 2;
        *time_ns = now_ns;
    }
}

#if defined(__x86_64__) || defined(__i386__) || defined(__aarch64__)
/* The kernel distrusts the counter of some machines; so do we. */
static bool is_clocksource(const char *name)
{
    char text[32];
    int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource",
                  O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

    if (fd >= 0)
        close(fd);
    if (got <= 0)
        return false;
    text[got] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return strcmp(text, name) == 0;
}
#endif

uint32_t recorder_choose_clock(void)
{
#if defined(__x86_64__) || defined(__i386__)
    return is_clocksource("tsc") ? JT_RECORDING_TSC : JT_RECORDING_NANOSECONDS;
#elif defined(__aarch64__)
    return is_clocksource("arch_sys_counter") ? JT_RECORDING_CNTVCT : JT_RECORDING_NANOSECONDS;
#else
    return JT_RECORDING_NANOSECONDS;
#endif
}

/* Long enough after the first reading that the second one tells a rate. */
uint64_t recorder_measure_frequency(uint32_t clock, uint64_t counter, uint64_t time_ns)
{
    uint64_t now_counter = 0, now_ns = 0;

    if (clock == JT_RECORDING_NANOSECONDS)
        return 1000000000;
    do {
        recorder_read_clocks(clock, &now_counter, &now_ns);
    } while (now_ns - time_ns < least_measured_ns);
    return (uint64_t)((double)(now_counter - counter) * 1e9 / (double)(now_ns - time_ns));
}

uint64_t recorder_next_anchor(const struct recorder *recorder, uint64_t counter)
{
    double counts_a_ns = (double)recorder->frequency / 1e9;
    double age_ns = (double)(counter - recorder->first_counter) / counts_a_ns;

    if (recorder->clock == JT_RECORDING_NANOSECONDS)
        return UINT64_MAX;
    if (age_ns < (double)least_anchor_ns)
        age_ns = (double)least_anchor_ns;
    if (age_ns > (double)most_anchor_ns)
        age_ns = (double)most_anchor_ns;
    return counter + (uint64_t)(age_ns * counts_a_ns);
}
