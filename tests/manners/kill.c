/* Nothing is lost when the process dies. Each round starts a process in which four threads
 * tell a session what happens, kills it at a random instant, and looks for every event whose
 * call had returned: in the recording, the perf map and the jitdump.
 *
 *     kill ROUNDS [JITNEY]       all of it; JITNEY, the command, shows each 50th recording too;
 *                                the environment's JITNEY_KILL_ROUNDS comes before ROUNDS
 *     kill emit FOLDER STEPS     one process that is not killed, for `perf record`; it ends
 *                                when it is; its progress is FOLDER/progress
 *     kill check FOLDER PID      what is wrong with what it left; prints the names of its code */
#include "manners/check.h"
#include "support/files.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATH_BYTES = 512, LONGEST_US = 8000, COMMAND_EVERY = 50, SHOWN_ROUNDS = 5 };

struct totals {
    unsigned rounds, bad_rounds, rounds_with_events;
    uint64_t events;
};

static void path_in(char path[PATH_BYTES], const char *folder, const char *prefix, int pid,
                    const char *suffix)
{
    snprintf(path, PATH_BYTES, "%s/%s%d%s", folder, prefix, pid, suffix);
}

static struct expected take_expected(const struct progress *progress)
{
    struct expected expected = {.memory = atomic_load(&progress->memory)};

    for (unsigned i = 0; i < THREADS; i++)
        expected.done[i] = atomic_load_explicit(&progress->done[i], memory_order_acquire);
    return expected;
}

static unsigned check_command(const char *jitney, const char *folder, const char *recording,
                              const struct expected *expected)
{
    char command[4 * PATH_BYTES], listing[PATH_BYTES];
    unsigned faults = 0;

    snprintf(listing, sizeof(listing), "%s/listing", folder);
    snprintf(command, sizeof(command), "'%s' events --json '%s' >'%s'", jitney, recording, listing);
    if (system(command) != 0) { /* NOLINT(cert-env33-c): the test's own words */
        fprintf(stderr, "failed: %s\n", command);
        faults++;
    }
    faults += check_listing(listing, expected);
    snprintf(command, sizeof(command), "'%s' dump '%s' >'%s'", jitney, recording, listing);
    if (system(command) != 0) { /* NOLINT(cert-env33-c): the test's own words */
        fprintf(stderr, "failed: %s\n", command);
        faults++;
    }
    faults += check_listing(listing, expected);
    unlink(listing);
    return faults;
}

static unsigned check_files(const char *folder, pid_t pid, const struct expected *expected,
                            const char *jitney)
{
    char recording[PATH_BYTES], map[PATH_BYTES], dump[PATH_BYTES];
    unsigned faults = 0;

    path_in(recording, folder, "events-", pid, ".jtr");
    path_in(map, folder, "perf-", pid, ".map");
    path_in(dump, folder, "jit-", pid, ".dump");
    faults += check_recording(recording, expected);
    faults += check_perfmap(map, expected);
    faults += check_jitdump(dump, expected, pid);
    if (jitney)
        faults += check_command(jitney, folder, recording, expected);
    if (faults == 0) {
        unlink(recording);
        unlink(map);
        unlink(dump);
    }
    return faults;
}

static void sleep_us(unsigned us)
{
    struct timespec time = {.tv_nsec = (long)us * 1000};

    nanosleep(&time, NULL);
}

/* Until the threads begin, or the process has ended. */
static void wait_for_start(const struct progress *progress, pid_t pid)
{
    siginfo_t ended = {.si_pid = 0};

    while (atomic_load(&progress->memory) == 0 && ended.si_pid == 0 &&
           waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT) == 0)
        sleep_us(100);
}

static void run_round(const char *folder, struct progress *progress, struct totals *totals,
                      const char *jitney)
{
    struct expected expected;
    unsigned faults = 0;
    uint64_t events = 0;
    pid_t pid;

    memset(progress, 0, sizeof(*progress));
    pid = fork();
    if (pid < 0) {
        perror("fork");
        exit(1);
    }
    if (pid == 0) {
        emit_until_killed(folder, progress, STEPS);
        _exit(1);
    }
    /* Some instants are while sessions open, most while events are told, also on a busy machine. */
    if (totals->rounds % 4 != 0)
        wait_for_start(progress, pid);
    sleep_us((unsigned)rand() % LONGEST_US); /* NOLINT: any number will do */
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    expected = take_expected(progress);
    for (unsigned i = 0; i < THREADS; i++)
        events += expected.done[i];
    if (atomic_load(&progress->failures) > 0) {
        fprintf(stderr, "%u calls failed, the last: %s\n", atomic_load(&progress->failures),
                jitney_status_text(atomic_load(&progress->status)));
        faults++;
    }
    faults += check_files(folder, pid, &expected,
                          events > 0 && totals->rounds % COMMAND_EVERY == 0 ? jitney : NULL);
    totals->rounds++;
    totals->bad_rounds += faults > 0;
    totals->rounds_with_events += events > 0;
    totals->events += events;
    if (faults > 0)
        fprintf(stderr, "round %u, process %d: %u faults\n", totals->rounds, (int)pid, faults);
}

static struct progress *map_progress(const char *path)
{
    int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    struct progress *progress;

    if (path && (fd < 0 || ftruncate(fd, sizeof(*progress)) != 0)) {
        perror(path);
        exit(1);
    }
    progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE,
                    MAP_SHARED | (path ? 0 : MAP_ANONYMOUS), fd, 0);
    if (fd >= 0)
        close(fd);
    if (progress == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    return progress;
}

static int run_rounds(unsigned rounds, const char *jitney)
{
    struct progress *progress = map_progress(NULL);
    struct totals totals = {.rounds = 0};
    unsigned seed = (unsigned)time(NULL);
    char *folder = test_folder_make();

    srand(seed);
    while (totals.rounds < rounds && totals.bad_rounds < SHOWN_ROUNDS)
        run_round(folder, progress, &totals, jitney);
    printf("%u rounds (seed %u), %u with events, %llu events told, %u rounds with faults\n",
           totals.rounds, seed, totals.rounds_with_events, (unsigned long long)totals.events,
           totals.bad_rounds);
    if (totals.bad_rounds > 0)
        printf("what the bad rounds left is in %s\n", folder);
    else
        test_folder_remove(folder);
    munmap(progress, sizeof(*progress));
    return totals.bad_rounds > 0 || totals.rounds_with_events < rounds / 2;
}

static int check_one(const char *folder, pid_t pid)
{
    char path[PATH_BYTES];
    struct progress *progress;
    struct expected expected;

    snprintf(path, sizeof(path), "%s/progress", folder);
    progress = map_progress(path);
    expected = take_expected(progress);
    for (unsigned thread = 0; thread < THREADS; thread++) {
        for (uint32_t i = 0; i < expected.done[thread]; i++) {
            struct step step = step_of(expected.memory, thread, i);

            if (step.kind == STEP_LOAD || step.kind == STEP_LOAD_AGAIN)
                puts(step.name);
        }
    }
    path_in(path, folder, "jit-", pid, ".dump");
    return check_jitdump(path, &expected, pid) > 0;
}

int main(int count, char **words)
{
    const char *more = getenv("JITNEY_KILL_ROUNDS");
    char path[PATH_BYTES];

    if (count == 4 && strcmp(words[1], "emit") == 0) {
        snprintf(path, sizeof(path), "%s/progress", words[2]);
        printf("%d\n", (int)getpid());
        fflush(stdout);
        emit_until_killed(words[2], map_progress(path), (uint32_t)strtoul(words[3], NULL, 10));
        return 1;
    }
    if (count == 4 && strcmp(words[1], "check") == 0)
        return check_one(words[2], (pid_t)strtol(words[3], NULL, 10));
    if (count == 2 || count == 3)
        return run_rounds((unsigned)strtoul(more ? more : words[1], NULL, 10),
                          count == 3 ? words[2] : NULL);
    fprintf(stderr, "usage: kill ROUNDS [JITNEY] | emit FOLDER STEPS | check FOLDER PID\n");
    return 2;
}
