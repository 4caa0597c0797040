/* Files as a process sees them: its root and mounts may be others than ours, and
 * the process may wish us ill. Nothing here follows a link out of the process's
 * root, blocks on a FIFO, or opens a device. */
#ifndef JT_SAMPLE_COLLECT_SPACE_H
#define JT_SAMPLE_COLLECT_SPACE_H

#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* A folder that files were found in, held open: a descriptor keeps a private
 * /tmp in reach when the last process of its namespace is gone. */
struct jt_folder {
    uint64_t device;
    uint64_t inode;
    int fd;
};

/* Processes that see the same files: one mount namespace and one root. */
struct jt_space {
    uint64_t mounts; /* the namespace's inode number */
    uint64_t root_device;
    uint64_t root_inode;
    int root_fd;
    struct jt_vec(uint32_t) temporary; /* the folders that were its /tmp, newest last */
};

struct jt_spaces {
    struct jt_vec(struct jt_space) spaces; /* the first is our own */
    struct jt_vec(struct jt_folder) folders;
};

enum { JT_SPACE_OWN = 0 };

void jt_spaces_init(struct jt_spaces *spaces);
void jt_spaces_release(struct jt_spaces *spaces);
/* The space of a living process; JT_SPACE_OWN as well when it cannot be told. */
uint32_t jt_spaces_find(struct jt_spaces *spaces, uint32_t pid);
/* Look whether another file system has been mounted on /tmp. */
void jt_spaces_refresh(struct jt_spaces *spaces, uint32_t space);
/* Open a folder, given by its path in the space, to find files in; -1: none. */
int jt_spaces_open(const struct jt_spaces *spaces, uint32_t space, const char *path);
/* The index of that folder, held open from now on; -1: there is none, or too
 * many are held already. */
int64_t jt_spaces_folder(struct jt_spaces *spaces, uint32_t space, const char *path);
/* The same for a descriptor, which is taken. */
int64_t jt_spaces_folder_of(struct jt_spaces *spaces, int fd);
/* Open a regular file in a folder for reading; -1: there is none. */
int jt_folder_open(int folder, const char *name, struct stat *info);

#endif
