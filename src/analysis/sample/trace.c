#include "analysis/sample/trace.h"

#include "base/alloc.h"
#include "jitney/status.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRACE_JSON "trace.json"
#define FORMAT_NAME "jitney trace" /* docs/formats/trace.md */

enum { PROBE_BYTES = 256, COPY_BYTES = 1 << 16, WALK_FDS = 16, FOLDER_MODE = 0777 };

static int fail(struct jt_diag *diag, const char *path, const char *what, int error)
{
    jt_diag_error(diag, path, JT_DIAG_NO_OFFSET, "%s%s%s", what, error ? ": " : "",
                  error ? strerror(error) : "");
    return error == EACCES || error == EPERM ? JITNEY_ERR_PERMISSION : JITNEY_ERR_IO;
}

char *jt_trace_file(const struct jt_trace *trace, const char *name)
{
    return jt_format("%s/%s", trace->path, name);
}

/* Only what we made ourselves is ever moved or removed. */
static bool is_trace(const char *path)
{
    char *name = jt_format("%s/%s", path, TRACE_JSON);
    int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    char start[PROBE_BYTES + 1] = "";
    bool is_ours = false;

    free(name);
    if (fd < 0)
        return false;
    is_ours = read(fd, start, PROBE_BYTES) > 0 && strstr(start, FORMAT_NAME) != NULL;
    close(fd);
    return is_ours;
}

static bool is_empty_folder(const char *path)
{
    DIR *directory = opendir(path);
    struct dirent *entry = NULL;
    bool is_empty = directory != NULL;

    while (directory && is_empty) {
        entry = readdir(directory);
        if (!entry)
            break;
        is_empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    }
    if (directory)
        closedir(directory);
    return is_empty;
}

static int remove_entry(const char *path, const struct stat *facts, int type, struct FTW *where)
{
    return remove(path);
}

static int remove_tree(const char *path)
{
    return nftw(path, remove_entry, WALK_FDS, FTW_DEPTH | FTW_PHYS) == 0 ? 0 : errno;
}

static int move_aside(struct jt_trace *trace, const char *name, struct jt_diag *diag)
{
    char *older = jt_format("%s.old", name);
    bool is_there = access(older, F_OK) == 0;
    int status = JITNEY_OK;

    if (is_there && !is_trace(older) && !is_empty_folder(older))
        status = fail(diag, older, "is in the way and no trace of jitney; move it away", 0);
    else if (is_there && remove_tree(older) != 0)
        status = fail(diag, older, "cannot be removed", errno);
    else if (rename(name, older) != 0)
        status = fail(diag, name, "cannot be moved aside", errno);
    if (status)
        free(older);
    else
        trace->older = older;
    return status;
}

int jt_trace_make(struct jt_trace *trace, const char *name, struct jt_diag *diag)
{
    struct stat facts;
    int status = JITNEY_OK;

    *trace = (struct jt_trace){0};
    if (lstat(name, &facts) == 0 && !is_empty_folder(name)) {
        status = is_trace(name)
                     ? move_aside(trace, name, diag)
                     : fail(diag, name, "exists and is no trace of jitney; choose another name", 0);
    }
    if (!status && mkdir(name, FOLDER_MODE) != 0 && errno != EEXIST)
        status = fail(diag, name, "cannot be made", errno);
    if (!status) {
        trace->path = realpath(name, NULL);
        if (!trace->path)
            status = fail(diag, name, "cannot be made", errno);
    }
    return status;
}

void jt_trace_abandon(struct jt_trace *trace)
{
    if (trace->path && remove_tree(trace->path) == 0 && trace->older)
        rename(trace->older, trace->path);
    jt_trace_release(trace);
}

void jt_trace_release(struct jt_trace *trace)
{
    free(trace->path);
    free(trace->older);
    *trace = (struct jt_trace){0};
}

static int write_all(int fd, const void *bytes, size_t count)
{
    const uint8_t *at = bytes;
    ssize_t written = 0;

    while (count > 0) {
        written = write(fd, at, count);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? errno : EIO;
        at += written;
        count -= (size_t)written;
    }
    return 0;
}

static int open_new(const struct jt_trace *trace, const char *name)
{
    char *path = jt_trace_file(trace, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

    free(path);
    return fd;
}

/* Close the file; half of it is worse than none. */
static void close_new(const struct jt_trace *trace, const char *name, int fd, int error,
                      struct jt_diag *diag)
{
    char *path = jt_trace_file(trace, name);

    if (fd >= 0)
        close(fd);
    if (error) {
        jt_diag_warn(diag, path, JT_DIAG_NO_OFFSET, "cannot be written: %s", strerror(error));
        if (fd >= 0)
            unlink(path);
    }
    free(path);
}

/* A hidden address is written as zeros; those before it may be zero truly, as
 * per-CPU symbols are. */
static bool has_addresses(const char *text)
{
    const char *line = strstr(text, " _text\n");

    if (!line)
        line = strstr(text, " T ");
    while (line && line > text && line[-1] != '\n')
        line--;
    return line && strtoull(line, NULL, 16) != 0;
}

void jt_trace_copy_kernel_symbols(const struct jt_trace *trace, struct jt_diag *diag)
{
    int from = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
    char *bytes = jt_alloc(COPY_BYTES + 1, 1);
    ssize_t got = from >= 0 ? read(from, bytes, COPY_BYTES) : -1;
    int to = -1;
    int error = 0;

    if (got > 0 && has_addresses(bytes)) {
        to = open_new(trace, "kallsyms");
        error = to < 0 ? errno : 0;
        while (!error && got > 0) {
            error = write_all(to, bytes, (size_t)got);
            got = read(from, bytes, COPY_BYTES);
        }
        close_new(trace, "kallsyms", to, error, diag);
    }
    if (from >= 0)
        close(from);
    free(bytes);
}

/* Where our own vdso ends. */
static uint64_t find_vdso_end(uint64_t start)
{
    FILE *file = fopen("/proc/self/maps", "re");
    char line[512];
    char *dash = NULL;
    uint64_t end = 0;

    while (file && !end && fgets(line, sizeof(line), file)) {
        if (strtoull(line, &dash, 16) == start && *dash == '-')
            end = strtoull(dash + 1, NULL, 16);
    }
    if (file)
        fclose(file);
    return end;
}

void jt_trace_copy_vdso(const struct jt_trace *trace, struct jt_diag *diag)
{
    uint64_t start = getauxval(AT_SYSINFO_EHDR);
    uint64_t end = start ? find_vdso_end(start) : 0;
    int to = -1;
    int error = 0;
    const void *image = (const void *)(uintptr_t)start; /* NOLINT(performance-no-int-to-ptr) */

    if (!end)
        return;
    to = open_new(trace, "vdso");
    error = to < 0 ? errno : write_all(to, image, (size_t)(end - start));
    close_new(trace, "vdso", to, error, diag);
}
