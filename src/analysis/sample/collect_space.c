#include "analysis/sample/collect_space.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Folders held open at the same time; the sampler needs descriptors too. */
enum { MOST_FOLDERS = 256, MOST_SPACES = 256, PROC_PATH = 64 };

static int open_folder(int at, const char *name, int flags)
{
    return openat(at, name, O_PATH | O_DIRECTORY | O_CLOEXEC | flags);
}

/* Component by component, without following any link: for kernels (before 5.6)
 * and containers that refuse openat2(). */
static int walk(int root, const char *path)
{
    char name[NAME_MAX + 1];
    int at = open_folder(root, ".", 0);

    while (at >= 0 && *path) {
        size_t bytes = strcspn(path, "/");
        int next = -1;

        if (bytes > 0 && bytes <= NAME_MAX) {
            memcpy(name, path, bytes);
            name[bytes] = '\0';
            next = strcmp(name, "..") == 0 ? -1 : open_folder(at, name, O_NOFOLLOW);
        } else if (bytes == 0) {
            next = open_folder(at, ".", 0);
        }
        close(at);
        at = next;
        path += bytes + (path[bytes] ? 1 : 0);
    }
    return at;
}

static int open_in_root(int root, const char *path)
{
    struct open_how how = {
        .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

    if (fd >= 0 || (errno != ENOSYS && errno != EPERM && errno != EINVAL))
        return (int)fd;
    return walk(root, path);
}

int64_t jt_spaces_folder_of(struct jt_spaces *spaces, int fd)
{
    struct stat info;

    if (fd < 0)
        return -1;
    if (fstat(fd, &info) != 0) {
        close(fd);
        return -1;
    }
    for (size_t i = 0; i < spaces->folders.count; i++) {
        const struct jt_folder *folder = &spaces->folders.at[i];

        if (folder->device == info.st_dev && folder->inode == info.st_ino) {
            close(fd);
            return (int64_t)i;
        }
    }
    if (spaces->folders.count == MOST_FOLDERS) {
        close(fd);
        return -1;
    }
    jt_vec_push(&spaces->folders, (struct jt_folder){info.st_dev, info.st_ino, fd});
    return (int64_t)spaces->folders.count - 1;
}

int jt_spaces_open(const struct jt_spaces *spaces, uint32_t space, const char *path)
{
    return open_in_root(spaces->spaces.at[space].root_fd, path);
}

int64_t jt_spaces_folder(struct jt_spaces *spaces, uint32_t space, const char *path)
{
    return jt_spaces_folder_of(spaces, jt_spaces_open(spaces, space, path));
}

void jt_spaces_refresh(struct jt_spaces *spaces, uint32_t space)
{
    int64_t folder = jt_spaces_folder(spaces, space, "/tmp");
    struct jt_space *at = &spaces->spaces.at[space];

    if (folder < 0)
        return;
    for (size_t i = 0; i < at->temporary.count; i++) {
        if (at->temporary.at[i] == (uint32_t)folder)
            return;
    }
    jt_vec_push(&at->temporary, (uint32_t)folder);
}

static uint32_t add_space(struct jt_spaces *spaces, uint64_t mounts, const struct stat *root,
                          int fd)
{
    uint32_t index = (uint32_t)spaces->spaces.count;

    jt_vec_push(&spaces->spaces, (struct jt_space){.mounts = mounts,
                                                   .root_device = root->st_dev,
                                                   .root_inode = root->st_ino,
                                                   .root_fd = fd});
    jt_spaces_refresh(spaces, index);
    return index;
}

void jt_spaces_init(struct jt_spaces *spaces)
{
    struct stat mounts = {0};
    struct stat root = {0};
    int fd = open_folder(AT_FDCWD, "/", 0);

    *spaces = (struct jt_spaces){0};
    (void)!stat("/proc/self/ns/mnt", &mounts);
    (void)!fstat(fd, &root);
    add_space(spaces, mounts.st_ino, &root, fd);
}

void jt_spaces_release(struct jt_spaces *spaces)
{
    for (size_t i = 0; i < spaces->spaces.count; i++) {
        if (spaces->spaces.at[i].root_fd >= 0)
            close(spaces->spaces.at[i].root_fd);
        jt_vec_release(&spaces->spaces.at[i].temporary);
    }
    for (size_t i = 0; i < spaces->folders.count; i++)
        close(spaces->folders.at[i].fd);
    jt_vec_release(&spaces->spaces);
    jt_vec_release(&spaces->folders);
}

uint32_t jt_spaces_find(struct jt_spaces *spaces, uint32_t pid)
{
    char path[PROC_PATH];
    struct stat mounts;
    struct stat root;
    int fd = -1;

    snprintf(path, sizeof(path), "/proc/%u/ns/mnt", pid);
    if (stat(path, &mounts) != 0)
        return JT_SPACE_OWN;
    snprintf(path, sizeof(path), "/proc/%u/root", pid);
    if (stat(path, &root) != 0)
        return JT_SPACE_OWN;
    for (size_t i = 0; i < spaces->spaces.count; i++) {
        const struct jt_space *space = &spaces->spaces.at[i];

        if (space->mounts == mounts.st_ino && space->root_device == root.st_dev &&
            space->root_inode == root.st_ino)
            return (uint32_t)i;
    }
    if (spaces->spaces.count == MOST_SPACES)
        return JT_SPACE_OWN;
    fd = open_folder(AT_FDCWD, path, 0);
    if (fd < 0)
        return JT_SPACE_OWN;
    return add_space(spaces, mounts.st_ino, &root, fd);
}

/* Looked at before it is opened for reading: opening a device can do things. */
int jt_folder_open(int folder, const char *name, struct stat *info)
{
    char path[PROC_PATH];
    int handle = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    int fd = -1;

    if (handle < 0)
        return -1;
    if (fstat(handle, info) == 0 && S_ISREG(info->st_mode)) {
        snprintf(path, sizeof(path), "/proc/self/fd/%d", handle);
        fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    }
    close(handle);
    return fd;
}
