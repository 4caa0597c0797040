#include "analysis/sample/collect_files.h"

#include "jitney/status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* A dump of hours is hundreds of megabytes; a hostile sparse file has no end. */
#define MOST_BYTES (UINT64_C(4) << 30)
/* Left free on the disk for the profile itself. */
#define SPARE_BYTES (UINT64_C(16) << 20)

static const char *skip_digits(const char *at)
{
    return at + strspn(at, "0123456789");
}

/* What runtimes, and libjitney inside of one, name their files. */
static const struct {
    const char *prefix;
    const char *suffix;
    bool is_map;
    bool may_have_thread; /* bun: jit-TID-PID.dump */
    bool may_have_number; /* a second session of a process: events-PID.2.jtr */
} names[] = {
    {"perf-", ".map", true, false, false},
    {"jit-", ".dump", false, true, false},
    {"events-", ".jtr", false, false, true},
};

static bool parse_as(size_t row, const char *name, struct jt_file_name *parts)
{
    size_t prefix = strlen(names[row].prefix);
    const char *number = name + prefix;
    const char *end = NULL;
    const char *rest = NULL;

    if (strncmp(name, names[row].prefix, prefix) != 0)
        return false;
    end = skip_digits(number);
    if (names[row].may_have_thread && end > number && *end == '-') {
        number = end + 1;
        end = skip_digits(number);
    }
    rest = names[row].may_have_number && end[0] == '.' ? skip_digits(end + 1) : end;
    if (end == number || end - number > 9 ||
        (strcmp(end, names[row].suffix) != 0 && strcmp(rest, names[row].suffix) != 0))
        return false;
    *parts = (struct jt_file_name){.prefix = (size_t)(number - name),
                                   .pid = (uint32_t)strtoul(number, NULL, 10),
                                   .suffix = end,
                                   .is_map = names[row].is_map};
    return true;
}

bool jt_file_name_parse(const char *name, struct jt_file_name *parts)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (parse_as(i, name, parts))
            return true;
    return false;
}

char *jt_file_name_with(const char *name, uint32_t pid)
{
    struct jt_file_name parts;

    if (!jt_file_name_parse(name, &parts))
        return jt_strdup(name);
    return jt_format("%.*s%u%s", (int)parts.prefix, name, pid, parts.suffix);
}

int jt_found_open_folder(const struct jt_found *found, const struct jt_spaces *spaces,
                         uint32_t space)
{
    char *path = NULL;
    int fd = -1;

    if (found->folder >= 0)
        return fcntl(spaces->folders.at[found->folder].fd, F_DUPFD_CLOEXEC, 0);
    path = jt_strndup(found->origin, (size_t)(found->base - found->origin));
    fd = jt_spaces_open(spaces, space, path);
    free(path);
    return fd;
}

int jt_found_open(const struct jt_found *found, const struct jt_spaces *spaces, uint32_t space,
                  struct stat *info)
{
    int folder = -1;
    int fd = -1;

    folder = jt_found_open_folder(found, spaces, space);
    if (folder < 0)
        return -1;
    fd = jt_folder_open(folder, found->base, info);
    close(folder);
    return fd;
}

/* Up to `bytes` bytes; fewer when the file ends. False: writing failed. */
static bool copy_bytes(int from, int to, uint64_t bytes, uint64_t *copied)
{
    enum { STEP = 1 << 30 };
    off_t offset = 0;

    while ((uint64_t)offset < bytes) {
        uint64_t left = bytes - (uint64_t)offset;
        ssize_t count = sendfile(to, from, &offset, left < STEP ? (size_t)left : STEP);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return false;
        if (count == 0)
            break;
    }
    *copied = (uint64_t)offset;
    return true;
}

static bool has_room(int trace, uint64_t bytes)
{
    struct statvfs disk;

    return fstatvfs(trace, &disk) != 0 ||
           (uint64_t)disk.f_bavail * disk.f_frsize >= bytes + SPARE_BYTES;
}

int jt_trace_copy(const struct jt_trace_folder *trace, int from, const char *name,
                  struct jt_diag *diag, uint64_t *bytes)
{
    struct stat info;
    int status = JITNEY_ERR_IO;
    int fd = -1;

    if (fstat(from, &info) != 0 || (uint64_t)info.st_size > MOST_BYTES) {
        jt_diag_error(diag, name, JT_DIAG_NO_OFFSET, "is too large to be collected");
        return JITNEY_ERR_LIMIT;
    }
    errno = ENOSPC;
    if (has_room(trace->fd, (uint64_t)info.st_size))
        fd = openat(trace->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return JITNEY_ERR_ARGUMENT;
    if (fd >= 0 && copy_bytes(from, fd, (uint64_t)info.st_size, bytes))
        status = JITNEY_OK;
    if (status)
        jt_diag_error(diag, name, JT_DIAG_NO_OFFSET, "cannot be collected: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    if (fd >= 0 && status)
        unlinkat(trace->fd, name, 0);
    return status;
}

static int64_t time_ns(const struct statx_timestamp *time)
{
    return time->tv_sec * INT64_C(1000000000) + time->tv_nsec;
}

bool jt_file_is_leftover(const struct jt_seen_process *process, int64_t recording_ns, int folder,
                         const char *name)
{
    struct statx info;
    int64_t start_ns = process->start_ns > recording_ns ? process->start_ns : recording_ns;

    if (process->is_older || !jt_seen_process_has_ended(process))
        return false;
    if (statx(folder, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &info) != 0 ||
        !S_ISREG(info.stx_mode) || (process->is_known && info.stx_uid != process->uid))
        return false;
    start_ns -= JT_CLOCK_SLACK_NS;
    if (info.stx_mask & STATX_BTIME && time_ns(&info.stx_btime) < start_ns)
        return false;
    return time_ns(&info.stx_mtime) >= start_ns;
}
