/* See file.h. */
#include "runtime/file.h"

#include "jitney/status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CREATE_ATTEMPTS = 4, STAT_START_TIME = 22 /* field of /proc/self/stat, proc(5) */ };

int jt_file_name(char path[JT_PATH_BYTES], const char *folder, const char *prefix,
                 const char *suffix)
{
    int bytes = snprintf(path, JT_PATH_BYTES, "%s/%s%d%s", folder, prefix, (int)getpid(), suffix);

    return bytes > 0 && bytes < JT_PATH_BYTES ? JITNEY_OK : JITNEY_ERR_LIMIT;
}

int jt_file_expand(char path[JT_PATH_BYTES], const char *pattern)
{
    size_t length = 0;
    char pid[16];
    int pid_bytes = snprintf(pid, sizeof(pid), "%d", (int)getpid());

    for (const char *at = pattern; *at; at++) {
        bool is_pid = at[0] == '%' && at[1] == 'p';
        size_t bytes = is_pid ? (size_t)pid_bytes : 1;

        if (length + bytes >= JT_PATH_BYTES)
            return JITNEY_ERR_LIMIT;
        memcpy(path + length, is_pid ? pid : at, bytes);
        length += bytes;
        at += is_pid;
    }
    path[length] = '\0';
    return JITNEY_OK;
}

/* When this process began, on the wall clock, in nanoseconds; 0 when it cannot be told. Files
 * carry the wall clock, /proc the time since boot. */
static uint64_t process_start_ns(void)
{
    char text[1024];
    struct timespec boot, wall;
    unsigned long long ticks = 0;
    long per_second = sysconf(_SC_CLK_TCK);
    int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    char *at = NULL;

    if (fd >= 0)
        close(fd);
    if (got <= 0 || per_second <= 0)
        return 0;
    text[got] = '\0';
    at = strrchr(text, ')'); /* the name before it may hold anything */
    for (int field = 2; at && field < STAT_START_TIME; field++)
        at = strchr(at + 1, ' ');
    if (!at)
        return 0;
    ticks = strtoull(at + 1, NULL, 10);
    clock_gettime(CLOCK_BOOTTIME, &boot);
    clock_gettime(CLOCK_REALTIME, &wall);
    return (uint64_t)wall.tv_sec * 1000000000 + (uint64_t)wall.tv_nsec -
           ((uint64_t)boot.tv_sec * 1000000000 + (uint64_t)boot.tv_nsec) +
           ticks * (1000000000 / (uint64_t)per_second);
}

/* A file that was last changed before this process began is of an earlier one. Clock ticks
 * and a coarse file clock blur that by some ten milliseconds. */
static bool is_of_this_process(const struct stat *facts)
{
    const uint64_t blur_ns = 30000000;
    uint64_t start_ns = process_start_ns();
    uint64_t changed_ns =
        (uint64_t)facts->st_mtim.tv_sec * 1000000000 + (uint64_t)facts->st_mtim.tv_nsec;

    return start_ns > 0 && changed_ns + blur_ns >= start_ns;
}

/* A file that nobody else can have planted: with a second name it may be anything. */
static bool is_ours(int fd, struct stat *facts)
{
    return fstat(fd, facts) == 0 && S_ISREG(facts->st_mode) && facts->st_uid == geteuid() &&
           facts->st_nlink == 1;
}

/* Open what is there when it is a file of ours. */
static int open_shared(const char *path, int flags, int *fd)
{
    struct stat facts;
    int opened = open(path, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (opened < 0)
        return JITNEY_ERR_PERMISSION;
    if (!is_ours(opened, &facts)) {
        close(opened);
        errno = EPERM;
        return JITNEY_ERR_PERMISSION;
    }
    *fd = opened;
    return JITNEY_OK;
}

static int status_of(int error)
{
    return error == EACCES || error == EPERM || error == EROFS || error == ELOOP
               ? JITNEY_ERR_PERMISSION
               : JITNEY_ERR_IO;
}

int jt_file_create(const char *path, int flags, bool may_share, int *fd, bool *is_shared)
{
    struct stat facts;

    if ((flags & O_ACCMODE) == O_RDONLY)
        flags |= O_WRONLY;
    *is_shared = false;
    for (int attempt = 0; attempt < CREATE_ATTEMPTS; attempt++) {
        *fd = open(path, flags | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (*fd >= 0)
            return JITNEY_OK;
        if (errno != EEXIST)
            return status_of(errno);
        if (lstat(path, &facts) != 0)
            continue;
        if (!S_ISREG(facts.st_mode) || facts.st_uid != geteuid() || facts.st_nlink != 1)
            break;
        if (is_of_this_process(&facts)) {
            *is_shared = may_share;
            return may_share ? open_shared(path, flags, fd) : JITNEY_ERR_IO;
        }
        if (unlink(path) != 0)
            return status_of(errno);
    }
    errno = EPERM;
    return JITNEY_ERR_PERMISSION;
}

int jt_file_open_log(const char *path, int *fd)
{
    const int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    struct stat facts;

    /* A FIFO without a reader fails at once (ENXIO), and one with a reader below. */
    *fd = open(path, flags, 0600);
    if (*fd < 0)
        return status_of(errno);
    if (is_ours(*fd, &facts))
        return JITNEY_OK;
    close(*fd);
    *fd = -1;
    errno = EPERM;
    return JITNEY_ERR_PERMISSION;
}

/* Take back the `written` bytes at the end of the file. */
static int take_back(int fd, size_t written)
{
    int error = errno;
    struct stat facts;
    int status = JITNEY_ERR_STOPPED;

    if (fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_size >= (off_t)written &&
        ftruncate(fd, facts.st_size - (off_t)written) == 0)
        status = JITNEY_ERR_IO;
    errno = error;
    return status;
}

/* Past what was written. */
static void advance(struct iovec **parts, int *count, size_t written)
{
    while (*count > 0 && written >= (*parts)->iov_len) {
        written -= (*parts)->iov_len;
        (*parts)++;
        (*count)--;
    }
    if (*count > 0) {
        (*parts)->iov_base = (char *)(*parts)->iov_base + written;
        (*parts)->iov_len -= written;
    }
}

/* A host may put a pipe in the place of our descriptor: write() to one that nobody reads would end
 * the host by SIGPIPE, writing at an offset is merely refused. RWF_APPEND ignores it otherwise. */
static ssize_t append_parts(int fd, const struct iovec *parts, int count)
{
    ssize_t written = pwritev2(fd, parts, count, 0, RWF_APPEND);

    if (written < 0 && (errno == ENOSYS || errno == EOPNOTSUPP)) /* Linux before 4.16 */
        written = writev(fd, parts, count);
    return written;
}

int jt_file_append(int fd, struct iovec *parts, int count)
{
    size_t total = 0;

    advance(&parts, &count, 0);
    while (count > 0) {
        ssize_t written = append_parts(fd, parts, count);

        if (written < 0 && errno == EINTR)
            continue;
        if (written == 0)
            errno = EIO;
        if (written <= 0)
            return total > 0 ? take_back(fd, total) : JITNEY_ERR_IO;
        total += (size_t)written;
        advance(&parts, &count, (size_t)written);
    }
    return JITNEY_OK;
}
