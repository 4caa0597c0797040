#include "analysis/load/regular.h"

#include "jitney/status.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int status_of_errno(int error)
{
    if (error == ENOENT || error == ENOTDIR)
        return JITNEY_ERR_NOT_FOUND;
    if (error == EACCES || error == EPERM)
        return JITNEY_ERR_PERMISSION;
    return JITNEY_ERR_IO;
}

static void complain(struct jt_diag *diag, const char *path, const char *what)
{
    if (diag)
        jt_diag_error(diag, path, JT_DIAG_NO_OFFSET, "%s", what);
}

int jt_regular_open(const char *path, struct jt_diag *diag, int *fd, uint64_t *bytes)
{
    struct stat facts = {0};
    int opened = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (opened < 0) {
        int error = errno;

        complain(diag, path, strerror(error));
        return status_of_errno(error);
    }
    if (fstat(opened, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        complain(diag, path, S_ISDIR(facts.st_mode) ? "is a folder" : "is not a regular file");
        close(opened);
        return JITNEY_ERR_IO;
    }
    *fd = opened;
    *bytes = (uint64_t)facts.st_size;
    return JITNEY_OK;
}

int jt_regular_open_stream(const char *path, struct jt_diag *diag, FILE **stream)
{
    uint64_t bytes = 0;
    int fd = -1;
    int status = jt_regular_open(path, diag, &fd, &bytes);

    if (status)
        return status;
    *stream = fdopen(fd, "r");
    if (*stream)
        return JITNEY_OK;
    complain(diag, path, strerror(errno));
    close(fd);
    return JITNEY_ERR_MEMORY;
}
