#include "analysis/sample/collect_java.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* jcmd gives a JVM ten seconds; a recording that ends does not wait so long. */
enum { WAIT_STEP_MS = 20, WAIT_STEPS = 100, ANSWER_MS = 5000, PROC_PATH = 96, LINE_BYTES = 256 };

/* SIGQUIT ends a process that does not expect it. A JVM catches it. */
static bool catches_sigquit(uint32_t pid)
{
    char path[PROC_PATH];
    char line[LINE_BYTES];
    uint64_t caught = 0;
    FILE *file = NULL;

    snprintf(path, sizeof(path), "/proc/%u/status", pid);
    file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file)) {
        if (strncmp(line, "SigCgt:", 7) == 0)
            caught = strtoull(line + 7, NULL, 16);
    }
    if (file)
        fclose(file);
    return (caught >> (SIGQUIT - 1)) & 1;
}

/* The name in the process's /tmp, held by a descriptor of that folder: a socket's
 * path is short, and the folder may be in another namespace. */
static int connect_to(int folder, const char *name, uint32_t uid)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat info;
    int fd = -1;

    if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISSOCK(info.st_mode) ||
        info.st_uid != uid)
        return -1;
    snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", folder, name);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static void wait_ms(long milliseconds)
{
    struct timespec time = {.tv_nsec = milliseconds * 1000000};

    nanosleep(&time, NULL);
}

/* A JVM opens its socket when it gets SIGQUIT and finds this file, which must
 * be its own user's. */
static int wake(int folder, uint32_t pid, uint32_t inner_pid, uint32_t uid)
{
    char socket_name[PROC_PATH];
    char file_name[PROC_PATH];
    int fd = -1;

    snprintf(socket_name, sizeof(socket_name), ".java_pid%u", inner_pid);
    fd = connect_to(folder, socket_name, uid);
    if (fd >= 0 || !catches_sigquit(pid))
        return fd;
    snprintf(file_name, sizeof(file_name), ".attach_pid%u", inner_pid);
    fd = openat(folder, file_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    if (fchown(fd, uid, (gid_t)-1) != 0 && geteuid() != uid) {
        close(fd);
        unlinkat(folder, file_name, 0);
        return -1;
    }
    close(fd);
    fd = -1;
    if (kill((pid_t)pid, SIGQUIT) == 0) {
        for (unsigned step = 0; fd < 0 && step < WAIT_STEPS; step++) {
            wait_ms(WAIT_STEP_MS);
            fd = connect_to(folder, socket_name, uid);
        }
    }
    unlinkat(folder, file_name, 0);
    return fd;
}

/* Protocol version 1, the command and three arguments, each ended by NUL; the
 * answer starts with the status as a line. */
static bool command(int fd)
{
    static const char request[] = "1\0jcmd\0Compiler.perfmap\0\0";
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    char answer[LINE_BYTES];
    ssize_t bytes = 0;

    /* The last argument's NUL is the literal's own. */
    if (send(fd, request, sizeof(request), MSG_NOSIGNAL) != (ssize_t)sizeof(request))
        return false;
    if (poll(&wait, 1, ANSWER_MS) != 1)
        return false;
    bytes = recv(fd, answer, sizeof(answer), 0);
    return bytes >= 2 && answer[0] == '0' && answer[1] == '\n';
}

bool jt_java_write_map(uint32_t pid, uint32_t inner_pid, uint32_t uid)
{
    char path[PROC_PATH];
    bool is_written = false;
    int folder = -1;
    int fd = -1;

    snprintf(path, sizeof(path), "/proc/%u/root/tmp", pid);
    folder = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0)
        return false;
    fd = wake(folder, pid, inner_pid, uid);
    if (fd >= 0) {
        is_written = command(fd);
        close(fd);
    }
    close(folder);
    return is_written;
}
