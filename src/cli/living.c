#include "cli/living.h"

#include "analysis/load/jitdump.h"
#include "base/alloc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct search {
    struct cli_living *living;
    uint32_t pid;
    uint32_t inner_pid; /* in the innermost namespace, which its files are named by */
    bool is_alive;
    uid_t owner; /* of the process */
    bool trusts_all;
};

/* `NSpid:` lists the ids from the outermost namespace to the innermost. */
static uint32_t find_inner_pid(uint32_t pid)
{
    char *path = jt_format("/proc/%" PRIu32 "/status", pid);
    FILE *status = fopen(path, "re");
    char line[512];
    const char *last = NULL;
    uint32_t inner = pid;

    free(path);
    if (!status)
        return pid;
    while (fgets(line, sizeof(line), status)) {
        if (strncmp(line, "NSpid:", 6) != 0)
            continue;
        last = strrchr(line, '\t');
        if (last && strtoul(last, NULL, 10) > 0)
            inner = (uint32_t)strtoul(last, NULL, 10);
    }
    fclose(status);
    return inner;
}

static bool is_same_file(const char *path, const struct stat *facts)
{
    struct stat other;

    return stat(path, &other) == 0 && other.st_dev == facts->st_dev &&
           other.st_ino == facts->st_ino;
}

static bool is_trusted(const struct search *search, const struct stat *facts)
{
    return search->trusts_all || facts->st_uid == 0 || facts->st_uid == geteuid() ||
           (search->is_alive && facts->st_uid == search->owner);
}

/* Takes the path. */
static void consider(struct search *search, bool is_map, char *path)
{
    struct cli_living *living = search->living;
    struct stat facts;
    bool is_known = false;

    if (lstat(path, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        free(path);
        return;
    }
    for (size_t i = 0; i < living->maps.count; i++)
        is_known |= is_same_file(living->maps.at[i], &facts);
    for (size_t i = 0; i < living->dumps.count; i++)
        is_known |= is_same_file(living->dumps.at[i], &facts);
    if (!is_known && !is_trusted(search, &facts) && !living->refused) {
        living->refused = path;
        return;
    }
    if (is_known || !is_trusted(search, &facts))
        free(path);
    else if (is_map)
        jt_vec_push(&living->maps, path);
    else
        jt_vec_push(&living->dumps, path);
}

/* A runtime that writes a dump maps it, so that perf learns of it (linux:
 * tools/perf/Documentation/jitdump-specification.txt). */
static void find_markers(struct search *search)
{
    char *path = jt_format("/proc/%" PRIu32 "/maps", search->pid);
    FILE *maps = fopen(path, "re");
    char *line = NULL;
    size_t room = 0;
    const char *file = NULL;

    free(path);
    if (!maps)
        return;
    while (getline(&line, &room, maps) > 0) {
        line[strcspn(line, "\n")] = '\0';
        file = strchr(line, '/');
        if (file && jt_jitdump_pid_of_name(file) != 0)
            consider(search, false, jt_format("/proc/%" PRIu32 "/root%s", search->pid, file));
    }
    free(line);
    fclose(maps);
}

void cli_living_find(struct cli_living *living, uint32_t pid, bool trusts_all)
{
    struct search search = {.living = living, .pid = pid, .trusts_all = trusts_all};
    char *process = jt_format("/proc/%" PRIu32, pid);
    struct stat facts;

    *living = (struct cli_living){0};
    search.is_alive = stat(process, &facts) == 0;
    search.owner = search.is_alive ? facts.st_uid : 0;
    search.inner_pid = find_inner_pid(pid);
    if (search.is_alive)
        consider(&search, true,
                 jt_format("%s/root/tmp/perf-%" PRIu32 ".map", process, search.inner_pid));
    consider(&search, true, jt_format("/tmp/perf-%" PRIu32 ".map", pid));
    if (search.is_alive)
        find_markers(&search);
    consider(&search, false, jt_format("/tmp/jit-%" PRIu32 ".dump", pid));
    free(process);
}

void cli_living_release(struct cli_living *living)
{
    for (size_t i = 0; i < living->maps.count; i++)
        free(living->maps.at[i]);
    for (size_t i = 0; i < living->dumps.count; i++)
        free(living->dumps.at[i]);
    jt_vec_release(&living->maps);
    jt_vec_release(&living->dumps);
    free(living->refused);
}
