/* A whole recording, from its bytes to folded stacks: process table, mappings,
 * timelines and the call tree see whatever the loader lets through. The first
 * four bytes say how long the perf map is that lies before the perf.data. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analysis/profile/fold.h"
#include "analysis/profile/functions.h"
#include "analysis/profile/label.h"
#include "analysis/profile/open.h"
#include "base/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file of these bytes; its path is `path`. */
static int make_file(const uint8_t *bytes, size_t count, char *path, size_t room)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);

    if (fd < 0 || write(fd, bytes, count) != (ssize_t)count)
        abort();
    snprintf(path, room, "/proc/self/fd/%d", fd);
    return fd;
}

static void check(struct jt_profile *profile)
{
    struct jt_functions functions;
    FILE *nowhere = fopen("/dev/null", "we");
    uint64_t self = 0;

    jt_functions_make(&functions, profile, true);
    for (size_t i = 0; i < profile->nodes.count; i++)
        self += jt_nodes_self(&profile->nodes, i);
    if (self != profile->weight || jt_nodes_total(&profile->nodes, 0) != profile->weight)
        abort();
    jt_fold_write(nowhere, profile, JT_LABEL_PLACE | JT_LABEL_ANNOTATE);
    fclose(nowhere);
    jt_functions_release(&functions);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char map_path[64];
    char data_path[64];
    const char *maps[] = {map_path};
    struct jt_profile_request request = {
        .path = data_path, .maps = maps, .map_count = 1, .is_single = true};
    struct jt_diag diag = {0};
    struct jt_profile profile;
    uint32_t map_bytes = 0;
    int map_fd = -1;
    int data_fd = -1;

    if (size < 4)
        return 0;
    memcpy(&map_bytes, data, 4);
    map_bytes = map_bytes < size - 4 ? map_bytes : (uint32_t)(size - 4);
    map_fd = make_file(data + 4, map_bytes, map_path, sizeof(map_path));
    data_fd = make_file(data + 4 + map_bytes, size - 4 - map_bytes, data_path, sizeof(data_path));
    request.splits_tiers = size % 2;
    request.raw_names = size % 3 == 0;
    request.trusts_maps = true;
    if (jt_profile_open(&request, &diag, &profile) == 0) {
        check(&profile);
        jt_profile_release(&profile);
    }
    close(map_fd);
    close(data_fd);
    return 0;
}
