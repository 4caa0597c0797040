#include "analysis/sample/permission.h"

#include "base/alloc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* linux: include/uapi/linux/capability.h */
enum { CAPABILITY_SYS_ADMIN = 21, CAPABILITY_PERFMON = 38, SECCOMP_FILTER = 2 };

#define PARANOID_FILE "/proc/sys/kernel/perf_event_paranoid"

static int read_paranoid(void)
{
    FILE *file = fopen(PARANOID_FILE, "re");
    int level = JT_PERMISSION_UNKNOWN;
    char line[32];

    if (file && fgets(line, sizeof(line), file))
        level = (int)strtol(line, NULL, 10);
    if (file)
        fclose(file);
    return level;
}

struct jt_permission_facts jt_permission_gather(void)
{
    struct jt_permission_facts facts = {.paranoid = read_paranoid(), .user = geteuid()};
    FILE *file = fopen("/proc/self/status", "re");
    uint64_t capabilities = 0;
    char line[256];

    while (file && fgets(line, sizeof(line), file)) {
        if (strncmp(line, "CapEff:", 7) == 0)
            capabilities = strtoull(line + 7, NULL, 16);
        else if (strncmp(line, "Seccomp:", 8) == 0)
            facts.has_seccomp_filter = strtol(line + 8, NULL, 10) == SECCOMP_FILTER;
    }
    if (file)
        fclose(file);
    facts.has_capability =
        (capabilities >> CAPABILITY_PERFMON | capabilities >> CAPABILITY_SYS_ADMIN) & 1;
    return facts;
}

static char *explain_refusal(const struct jt_permission_facts *facts, int error, uint32_t attached)
{
    if (facts->paranoid > 2 && !facts->has_capability)
        return jt_format("sampling is not permitted: kernel.perf_event_paranoid is %d and "
                         "CAP_PERFMON is missing; run `sudo sysctl kernel.perf_event_paranoid=1`, "
                         "or run jitney as root",
                         facts->paranoid);
    if (attached && error == EACCES)
        return jt_format("process %" PRIu32 " may not be sampled by user %" PRIu32
                         ": it is another user's or has raised privileges; run jitney as root, or "
                         "give it CAP_PERFMON and CAP_SYS_PTRACE",
                         attached, facts->user);
    if (facts->has_seccomp_filter)
        return jt_strdup("sampling is not permitted: a seccomp filter blocks perf_event_open, as "
                         "containers do; start the container with --cap-add PERFMON, or with "
                         "--security-opt seccomp=PROFILE that allows perf_event_open");
    if (facts->paranoid == JT_PERMISSION_UNKNOWN)
        return jt_format("sampling is not permitted (%s), and %s cannot be read: is this a "
                         "sandbox? It must allow perf_event_open",
                         strerror(error), PARANOID_FILE);
    return jt_format("sampling is not permitted (%s) although kernel.perf_event_paranoid is %d%s: "
                     "a security module or a sandbox denies perf_event_open; allow it there",
                     strerror(error), facts->paranoid,
                     facts->has_capability ? " and CAP_PERFMON is there" : "");
}

char *jt_permission_explain_open(const struct jt_permission_facts *facts, int error,
                                 uint32_t attached)
{
    switch (error) {
    case EACCES:
    case EPERM:
        return explain_refusal(facts, error, attached);
    case ESRCH:
        return jt_format("there is no process %" PRIu32, attached);
    case ENOSYS:
        return jt_strdup("this kernel has no perf_event_open: it was built without "
                         "CONFIG_PERF_EVENTS, or a sandbox such as gVisor hides it");
    case EMFILE:
    case ENFILE:
        return jt_strdup("too many files are open: each thread takes one per CPU; raise the limit "
                         "(`ulimit -n`)");
    case ENOENT:
    case ENODEV:
    case ENXIO:
    case EOPNOTSUPP:
        return jt_format("this machine has neither a cycle counter nor the cpu-clock event (%s)",
                         strerror(error));
    default:
        return jt_format("perf_event_open failed: %s", strerror(error));
    }
}

char *jt_permission_explain_user_only(const struct jt_permission_facts *facts)
{
    return jt_format("only user code is sampled: kernel.perf_event_paranoid is %d and CAP_PERFMON "
                     "is missing (1 would allow kernel code)",
                     facts->paranoid);
}

char *jt_permission_explain_map(int error)
{
    if (error == EPERM)
        return jt_strdup("no memory for samples may be locked; raise "
                         "kernel.perf_event_mlock_kb (`sudo sysctl kernel.perf_event_mlock_kb=516`)"
                         " or `ulimit -l`");
    return jt_format("the memory for samples cannot be mapped: %s", strerror(error));
}
