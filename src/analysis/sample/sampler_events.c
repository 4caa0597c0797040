#include "analysis/sample/sampler_events.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A ring holds at least a tenth of a second of 10,000 deep samples a second. */
enum {
    RING_BYTES_MOST = 2 << 20,
    RING_BYTES_ALL = 128 << 20, /* over all CPUs */
    RING_BYTES_ENOUGH = 512 << 10,
    RING_BYTES_LEAST = 32 << 10,
    CPUS_MOST = 1 << 14
};

/* The attribute ends with sample_max_stack's version: older kernels and readers
 * know all of it (linux: PERF_ATTR_SIZE_VER5). */
enum { ATTR_BYTES = 112 };

static int open_in_kernel(void *context, const struct jt_perf_attr *attr, int32_t task, int cpu)
{
    struct jt_perf_attr copy = *attr; /* the kernel may write into it */
    long fd = syscall(SYS_perf_event_open, &copy, task, cpu, -1, PERF_FLAG_FD_CLOEXEC);

    return fd < 0 ? -errno : (int)fd;
}

const struct jt_events_opener jt_events_kernel = {open_in_kernel, NULL};

static struct jt_perf_attr make_attr(const struct jt_events_wish *wish)
{
    uint64_t flags = JT_PERF_ATTR_DISABLED | JT_PERF_ATTR_INHERIT | JT_PERF_ATTR_MMAP |
                     JT_PERF_ATTR_COMM | JT_PERF_ATTR_FREQ | JT_PERF_ATTR_TASK |
                     JT_PERF_ATTR_SAMPLE_ID_ALL | JT_PERF_ATTR_EXCLUDE_GUEST | JT_PERF_ATTR_MMAP2 |
                     JT_PERF_ATTR_COMM_EXEC | JT_PERF_ATTR_USE_CLOCKID;

    if (wish->starts_at_exec)
        flags |= JT_PERF_ATTR_ENABLE_ON_EXEC;
    return (struct jt_perf_attr){
        .size = ATTR_BYTES,
        .sample_period = wish->frequency,
        .sample_type = JT_PERF_SAMPLE_IDENTIFIER | JT_PERF_SAMPLE_IP | JT_PERF_SAMPLE_TID |
                       JT_PERF_SAMPLE_TIME | JT_PERF_SAMPLE_CPU | JT_PERF_SAMPLE_PERIOD |
                       JT_PERF_SAMPLE_CALLCHAIN,
        .read_format = JT_PERF_FORMAT_ID | JT_PERF_FORMAT_LOST,
        .flags = flags,
        .clockid = JT_PERF_CLOCK_MONOTONIC,
    };
}

static int try_open(const struct jt_events_opener *opener, const struct jt_perf_attr *attr,
                    int32_t task)
{
    int fd = opener->open(opener->context, attr, task, -1);

    if (fd >= 0)
        close(fd);
    return fd < 0 ? -fd : 0;
}

static bool is_refusal(int error)
{
    return error == EACCES || error == EPERM;
}

/* 0 or an errno; `attr` is left as it opened. */
static int try_attr(const struct jt_events_opener *opener, struct jt_perf_attr *attr, int32_t task)
{
    const uint64_t no_kernel = JT_PERF_ATTR_EXCLUDE_KERNEL | JT_PERF_ATTR_EXCLUDE_HV;
    int error = try_open(opener, attr, task);

    if (error == EINVAL) { /* the count of lost records came with Linux 6.0 */
        attr->read_format &= ~(uint64_t)JT_PERF_FORMAT_LOST;
        error = try_open(opener, attr, task);
    }
    if (is_refusal(error) && !(attr->flags & JT_PERF_ATTR_EXCLUDE_KERNEL)) {
        attr->flags |= no_kernel;
        error = try_open(opener, attr, task);
    }
    return error;
}

int jt_events_choose(const struct jt_events_opener *opener, const struct jt_events_wish *wish,
                     int32_t task, struct jt_events_choice *choice)
{
    static const struct {
        const char *name;
        uint32_t type;
        uint64_t config;
    } candidates[] = {
        {"cycles", JT_PERF_TYPE_HARDWARE, JT_PERF_HW_CPU_CYCLES},
        {"cpu-clock", JT_PERF_TYPE_SOFTWARE, JT_PERF_SW_CPU_CLOCK},
    };
    int error = 0;

    for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
        choice->attr = make_attr(wish);
        choice->attr.type = candidates[i].type;
        choice->attr.config = candidates[i].config;
        choice->name = candidates[i].name;
        if (wish->user_only)
            choice->attr.flags |= JT_PERF_ATTR_EXCLUDE_KERNEL | JT_PERF_ATTR_EXCLUDE_HV;
        error = try_attr(opener, &choice->attr, task);
        if (!error || error == ESRCH)
            break;
    }
    choice->has_kernel = !(choice->attr.flags & JT_PERF_ATTR_EXCLUDE_KERNEL);
    return error;
}

uint64_t jt_events_allowed_frequency(uint64_t frequency)
{
    FILE *file = fopen("/proc/sys/kernel/perf_event_max_sample_rate", "re");
    uint64_t most = 0;
    char line[32];

    if (file && fgets(line, sizeof(line), file))
        most = strtoull(line, NULL, 10);
    if (file)
        fclose(file);
    return most && frequency > most ? most : frequency;
}

void jt_events_parse_cpus(const char *text, struct jt_events_cpu_list *list)
{
    char *end = NULL;
    long first = 0;
    long last = 0;

    while (*text >= '0' && *text <= '9') {
        first = last = strtol(text, &end, 10);
        if (*end == '-')
            last = strtol(end + 1, &end, 10);
        for (long cpu = first; cpu <= last && cpu < CPUS_MOST; cpu++)
            jt_vec_push(&list->at, (int)cpu);
        if (*end != ',')
            break;
        text = end + 1;
    }
}

static void list_cpus(struct jt_events_cpu_list *list)
{
    FILE *file = fopen("/sys/devices/system/cpu/online", "re");
    char line[4096] = "";

    if (file && fgets(line, sizeof(line), file))
        jt_events_parse_cpus(line, list);
    if (file)
        fclose(file);
    for (int cpu = 0; list->at.count == 0 && cpu < sysconf(_SC_NPROCESSORS_ONLN); cpu++)
        jt_vec_push(&list->at, cpu);
}

/* One descriptor for each task and CPU can pass the usual limit of 1024. The
 * program was forked before this and keeps its own limit. */
static void raise_file_limit(size_t wanted)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted + 256)
        return;
    limit.rlim_cur = wanted + 256 < limit.rlim_max ? wanted + 256 : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void add_event(struct jt_events *events, int fd, size_t cpu)
{
    uint64_t id = 0;

    if (ioctl(fd, PERF_EVENT_IOC_ID, &id) != 0)
        id = 0;
    jt_vec_push(&events->fds, (struct jt_event_fd){fd, cpu});
    jt_vec_push(&events->ids, id);
}

/* Open `attr` for all tasks on one CPU. 0 or an errno. */
static int open_on_cpu(struct jt_events *events, const struct jt_events_opener *opener,
                       const struct jt_perf_attr *attr, const uint32_t *tasks, size_t task_count,
                       int cpu)
{
    size_t index = events->cpus.count;
    size_t first = events->fds.count;
    int fd = -1;

    for (size_t i = 0; i < task_count; i++) {
        fd = opener->open(opener->context, attr, (int32_t)tasks[i], cpu);
        if (fd == -ENODEV)
            return 0; /* the CPU has gone offline */
        if (fd == -ESRCH && task_count > 1)
            continue;
        if (fd < 0)
            return -fd;
        add_event(events, fd, index);
    }
    if (events->fds.count > first)
        jt_vec_push(&events->cpus, (struct jt_event_cpu){.cpu = cpu, .polled = first});
    return 0;
}

static void unmap_rings(struct jt_events *events)
{
    for (size_t i = 0; i < events->cpus.count; i++)
        jt_ring_close(&events->cpus.at[i].ring);
}

static int map_rings(struct jt_events *events, size_t ring_bytes)
{
    for (size_t i = 0; i < events->cpus.count; i++) {
        struct jt_event_cpu *cpu = &events->cpus.at[i];

        if (jt_ring_open(&cpu->ring, events->fds.at[cpu->polled].fd, ring_bytes) != 0)
            return errno;
    }
    return 0;
}

/* Rings as large as this user may lock: the same size on every CPU. */
static int map_largest_rings(struct jt_events *events)
{
    size_t ring_bytes = RING_BYTES_MOST;
    int error = 0;

    while (ring_bytes > RING_BYTES_ENOUGH && ring_bytes * events->cpus.count > RING_BYTES_ALL)
        ring_bytes /= 2;
    for (; ring_bytes >= RING_BYTES_LEAST; ring_bytes /= 2) {
        error = map_rings(events, ring_bytes);
        if (!error)
            return 0;
        unmap_rings(events);
        if (error != EPERM && error != ENOMEM)
            break;
    }
    return error;
}

/* The other events of a CPU write into the ring of the first. */
static int share_rings(struct jt_events *events)
{
    for (size_t i = 0; i < events->fds.count; i++) {
        size_t first = events->cpus.at[events->fds.at[i].cpu].polled;

        if (i != first &&
            ioctl(events->fds.at[i].fd, PERF_EVENT_IOC_SET_OUTPUT, events->fds.at[first].fd) != 0)
            return errno;
    }
    return 0;
}

enum jt_events_step jt_events_open(struct jt_events *events, const struct jt_events_opener *opener,
                                   const struct jt_perf_attr *attr, const uint32_t *tasks,
                                   size_t task_count, int *error)
{
    struct jt_events_cpu_list cpus = {0};

    list_cpus(&cpus);
    raise_file_limit(cpus.at.count * task_count);
    events->counts_lost = attr->read_format & JT_PERF_FORMAT_LOST;
    *error = 0;
    for (size_t i = 0; i < cpus.at.count && !*error; i++)
        *error = open_on_cpu(events, opener, attr, tasks, task_count, cpus.at.at[i]);
    jt_vec_release(&cpus.at);
    if (!*error && events->fds.count == 0)
        *error = ESRCH;
    if (*error)
        return JT_EVENTS_OPEN_FAILED;
    *error = map_largest_rings(events);
    if (!*error)
        *error = share_rings(events);
    return *error ? JT_EVENTS_MAP_FAILED : JT_EVENTS_OPENED;
}

void jt_events_enable(struct jt_events *events)
{
    for (size_t i = 0; i < events->fds.count; i++)
        ioctl(events->fds.at[i].fd, PERF_EVENT_IOC_ENABLE, 0);
}

void jt_events_disable(struct jt_events *events)
{
    for (size_t i = 0; i < events->fds.count; i++)
        ioctl(events->fds.at[i].fd, PERF_EVENT_IOC_DISABLE, 0);
}

uint64_t jt_events_lost(const struct jt_events *events)
{
    uint64_t values[3]; /* count, id, lost: of read_format */
    uint64_t lost = 0;

    for (size_t i = 0; i < events->fds.count && events->counts_lost; i++) {
        if (read(events->fds.at[i].fd, values, sizeof(values)) == (ssize_t)sizeof(values))
            lost += values[2];
    }
    return lost;
}

int jt_events_poll_fd(const struct jt_events *events, size_t cpu)
{
    size_t polled = events->cpus.at[cpu].polled;

    return polled < events->fds.count ? events->fds.at[polled].fd : -1;
}

void jt_events_poll_next(struct jt_events *events, size_t cpu)
{
    size_t next = events->cpus.at[cpu].polled + 1;

    if (next >= events->fds.count || events->fds.at[next].cpu != cpu)
        next = SIZE_MAX - 1;
    events->cpus.at[cpu].polled = next;
}

void jt_events_close(struct jt_events *events)
{
    unmap_rings(events);
    for (size_t i = 0; i < events->fds.count; i++)
        close(events->fds.at[i].fd);
    jt_vec_release(&events->cpus);
    jt_vec_release(&events->fds);
    jt_vec_release(&events->ids);
}
