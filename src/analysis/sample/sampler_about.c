#include "analysis/sample/sampler_about.h"

#include "jitney/version.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void read_cpu(char *cpu, size_t room)
{
    FILE *file = fopen("/proc/cpuinfo", "re");
    const char *value = NULL;
    char line[512];

    cpu[0] = '\0';
    while (file && !cpu[0] && fgets(line, sizeof(line), file)) {
        value = strchr(line, ':');
        if (strncmp(line, "model name", 10) == 0 && value)
            snprintf(cpu, room, "%.*s", (int)strcspn(value + 2, "\n"), value + 2);
    }
    if (file)
        fclose(file);
}

void jt_about_gather(struct jt_about *about)
{
    uint64_t pages = (uint64_t)sysconf(_SC_PHYS_PAGES);
    uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);

    *about = (struct jt_about){0};
    uname(&about->system);
    read_cpu(about->cpu, sizeof(about->cpu));
    about->facts = (struct jt_perfdata_about){
        .hostname = about->system.nodename,
        .os_release = about->system.release,
        .version = "jitney " JITNEY_VERSION,
        .arch = about->system.machine,
        .cpu = about->cpu[0] ? about->cpu : NULL,
        .cpus_present = (uint32_t)sysconf(_SC_NPROCESSORS_CONF),
        .cpus_online = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN),
        .memory_kib = pages * page_bytes / 1024,
    };
}
