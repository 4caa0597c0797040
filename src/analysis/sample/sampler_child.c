#include "analysis/sample/sampler_child.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

struct pipes {
    int go[2];    /* we close it or write a byte to it */
    int error[2]; /* closes with a successful exec, else holds its errno */
};

static void close_pair(int pair[2])
{
    for (int i = 0; i < 2; i++) {
        if (pair[i] >= 0)
            close(pair[i]);
        pair[i] = -1;
    }
}

static ssize_t read_all(int fd, void *bytes, size_t count)
{
    ssize_t got = 0;

    do
        got = read(fd, bytes, count);
    while (got < 0 && errno == EINTR);
    return got;
}

static void run_child(struct pipes *pipes, char *const *argv, char *const *environment,
                      const sigset_t *mask)
{
    char go = 0;
    int error = 0;

    close(pipes->go[1]);
    close(pipes->error[0]);
    if (read_all(pipes->go[0], &go, 1) != 1)
        _exit(0); /* abandoned */
    sigprocmask(SIG_SETMASK, mask, NULL);
    execvpe(argv[0], argv, environment);
    error = errno;
    while (write(pipes->error[1], &error, sizeof(error)) < 0 && errno == EINTR)
        continue;
    _exit(127);
}

int jt_child_fork(struct jt_child *child, char *const *argv, char *const *environment,
                  const sigset_t *mask)
{
    struct pipes pipes = {{-1, -1}, {-1, -1}};
    pid_t pid = -1;
    int error = 0;

    if (pipe2(pipes.go, O_CLOEXEC) == 0 && pipe2(pipes.error, O_CLOEXEC) == 0)
        pid = fork();
    if (pid < 0) {
        error = errno;
        close_pair(pipes.go);
        close_pair(pipes.error);
        return error;
    }
    if (pid == 0)
        run_child(&pipes, argv, environment, mask);
    close(pipes.go[0]);
    close(pipes.error[1]);
    *child = (struct jt_child){pid, pipes.go[1], pipes.error[0]};
    return 0;
}

static void reap(struct jt_child *child)
{
    while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    child->pid = 0;
}

int jt_child_release(struct jt_child *child)
{
    int error = 0;
    ssize_t got = 0;

    while (write(child->go_fd, "", 1) < 0 && errno == EINTR)
        continue;
    close(child->go_fd);
    got = read_all(child->error_fd, &error, sizeof(error));
    close(child->error_fd);
    if (got != (ssize_t)sizeof(error))
        return 0;
    reap(child);
    return error;
}

void jt_child_abandon(struct jt_child *child)
{
    if (!child->pid)
        return;
    close(child->go_fd);
    close(child->error_fd);
    reap(child);
}
