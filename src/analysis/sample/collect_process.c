#include "analysis/sample/collect_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PROC_BYTES = 4096, UNSETTLED_POLLS = 8 };
#define NS_PER_S INT64_C(1000000000)

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now = {0};

    clock_gettime(clock, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* The whole of a small file of /proc/PID, NUL-terminated; false: it is gone. */
static bool read_proc(uint32_t pid, const char *name, char *text)
{
    char path[64];
    ssize_t bytes = -1;
    int fd = -1;

    snprintf(path, sizeof(path), "/proc/%u/%s", pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bytes = read(fd, text, PROC_BYTES - 1);
    close(fd);
    text[bytes > 0 ? bytes : 0] = '\0';
    return bytes > 0;
}

/* Fields 3 (state) and 22 (start in ticks since boot) of /proc/PID/stat; the
 * name before them may hold anything (man 5 proc). */
static bool read_stat(uint32_t pid, char *state, uint64_t *start_ticks)
{
    enum { START_FIELD = 22, STATE_FIELD = 3 };
    char text[PROC_BYTES];
    char *at = NULL;

    if (!read_proc(pid, "stat", text))
        return false;
    at = strrchr(text, ')');
    if (!at || at[1] != ' ')
        return false;
    at += 2;
    *state = *at;
    for (unsigned field = STATE_FIELD; at && field < START_FIELD; field++) {
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
    }
    *start_ticks = at ? strtoull(at, NULL, 10) : 0;
    return at != NULL;
}

/* The number of the last column of a line of /proc/PID/status. */
static bool read_last_column(const char *text, const char *key, uint32_t *value)
{
    const char *line = strstr(text, key);
    size_t bytes = line ? strcspn(line + 1, "\n") + 1 : 0;

    if (!line)
        return false;
    while (bytes > 0 && line[bytes - 1] >= '0' && line[bytes - 1] <= '9')
        bytes--;
    *value = (uint32_t)strtoul(line + bytes, NULL, 10);
    return true;
}

static void read_status(struct jt_seen_process *process)
{
    char text[PROC_BYTES];

    if (!read_proc(process->pid, "status", text))
        return;
    /* The last of "Uid:" is the one that files are made with. */
    read_last_column(text, "\nUid:", &process->uid);
    read_last_column(text, "\nNSpid:", &process->inner_pid);
}

static int64_t wall_ns(uint64_t start_ticks)
{
    int64_t since_boot =
        (int64_t)(start_ticks * ((uint64_t)NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK)));

    return clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME) + since_boot;
}

void jt_seen_processes_init(struct jt_seen_processes *processes)
{
    *processes = (struct jt_seen_processes){.start_ns = clock_ns(CLOCK_REALTIME)};
}

void jt_seen_processes_release(struct jt_seen_processes *processes)
{
    jt_vec_release(&processes->at);
    jt_map_release(&processes->by_pid);
    jt_map_release(&processes->by_inner);
}

uint32_t jt_seen_processes_find(const struct jt_seen_processes *processes, uint32_t pid)
{
    return jt_map_find(&processes->by_pid, pid);
}

uint32_t jt_seen_processes_find_inner(const struct jt_seen_processes *processes, uint32_t inner)
{
    return jt_map_find(&processes->by_inner, inner);
}

/* Fill what only a living process tells. */
static void get_known(struct jt_seen_processes *processes, struct jt_spaces *spaces, uint32_t index,
                      uint64_t start_ticks)
{
    struct jt_seen_process *process = &processes->at.at[index];

    process->is_known = true;
    process->start_ticks = start_ticks;
    process->start_ns = wall_ns(start_ticks);
    process->is_older = process->start_ns < processes->start_ns - JT_CLOCK_SLACK_NS;
    read_status(process);
    process->space = jt_spaces_find(spaces, process->pid);
    if (process->inner_pid != process->pid)
        *jt_map_put(&processes->by_inner, process->inner_pid) = index;
}

uint32_t jt_seen_processes_meet(struct jt_seen_processes *processes, struct jt_spaces *spaces,
                                uint32_t pid)
{
    uint32_t index = jt_map_find(&processes->by_pid, pid);
    struct jt_seen_process *process = index == JT_MAP_NONE ? NULL : &processes->at.at[index];
    uint64_t start_ticks = 0;
    char state = '\0';
    bool is_alive = read_stat(pid, &state, &start_ticks);

    if (process && (!is_alive || (process->is_known && process->start_ticks == start_ticks))) {
        process->unsettled = UNSETTLED_POLLS;
        if (is_alive)
            jt_seen_process_refresh(process, spaces);
        return index;
    }
    if (!process || process->is_known) {
        index = (uint32_t)processes->at.count;
        jt_vec_push(&processes->at, (struct jt_seen_process){.pid = pid,
                                                             .inner_pid = pid,
                                                             .uid = geteuid(),
                                                             .start_ns = processes->start_ns,
                                                             .is_gone = !is_alive,
                                                             .unsettled = UNSETTLED_POLLS});
        *jt_map_put(&processes->by_pid, pid) = index;
    }
    if (is_alive)
        get_known(processes, spaces, index, start_ticks);
    return index;
}

void jt_seen_process_refresh(struct jt_seen_process *process, struct jt_spaces *spaces)
{
    uint32_t space = jt_spaces_find(spaces, process->pid);

    if (process->unsettled > 0)
        process->unsettled--;
    /* A process that ends loses its root before its pid: what was known of it
     * stays. A process in a namespace of its own never comes back to ours. */
    if (space != JT_SPACE_OWN)
        process->space = space;
    if (kill((pid_t)process->pid, 0) != 0 && errno == ESRCH)
        process->is_gone = true;
}

bool jt_seen_process_has_ended(const struct jt_seen_process *process)
{
    uint64_t start_ticks = 0;
    char state = '\0';

    if (!read_stat(process->pid, &state, &start_ticks))
        return true;
    if (process->start_ticks != 0 && start_ticks != process->start_ticks)
        return true;
    return state == 'Z' || state == 'X';
}
