/* The files that sinks write. */
#ifndef JT_RUNTIME_FILE_H
#define JT_RUNTIME_FILE_H

#include "base/heap.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

enum { JT_PATH_BYTES = 4096 };

/* `path` becomes FOLDER/PREFIX + pid (as the process itself sees it) + SUFFIX.
 * JITNEY_ERR_LIMIT when it is too long. */
int jt_file_name(char path[JT_PATH_BYTES], const char *folder, const char *prefix,
                 const char *suffix);
/* `path` becomes `pattern` with each %p replaced by the pid. */
int jt_file_expand(char path[JT_PATH_BYTES], const char *pattern);

/* Make a new file, mode 0600, O_EXCL, O_NOFOLLOW, O_CLOEXEC, plus `flags` (O_APPEND, O_RDWR …;
 * O_WRONLY when there is no access mode). What lies there already: a file of an earlier process of
 * ours is replaced; one that this very process made (another session, the engine's own map) is
 * opened when `may_share`, and `*is_shared` is set; anything else (a link, another user's) is
 * JITNEY_ERR_PERMISSION and stays untouched. */
int jt_file_create(const char *path, int flags, bool may_share, int *fd, bool *is_shared);

/* Open a file that the user named, to append to it: a new one, or a regular file of ours with one
 * name only. Never waits, as it would for the reader of a FIFO. */
int jt_file_open_log(const char *path, int *fd);

/* One pwritev2() at the end of the file, of everything; a rest that the kernel did not take is
 * written after it. EINTR is tried again; EAGAIN is a failure: nobody waits. `parts` is used up.
 * All or nothing: when the disk is full in the middle, the file is cut back to where it ended,
 * so that its readers, and what is appended later, are not spoiled.
 * JITNEY_OK; JITNEY_ERR_IO: nothing was written; JITNEY_ERR_STOPPED: a part was and stays, for it
 * could not be cut off. errno says why. */
int jt_file_append(int fd, struct iovec *parts, int count);

#endif
