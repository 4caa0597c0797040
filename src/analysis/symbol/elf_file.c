/* One ELF file, read with pread and never mapped: a file that shrinks while we
 * look at it must not end us with SIGBUS. */
#include "analysis/symbol/elf_parts.h"
#include "jitney/status.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void read_build_id(struct jt_elf_file *file)
{
    const void *id = NULL;
    ssize_t bytes = dwelf_elf_gnu_build_id(file->elf, &id);

    if (bytes <= 0 || bytes > JT_ELF_BUILD_ID_MOST)
        return;
    memcpy(file->build_id, id, (size_t)bytes);
    file->build_id_bytes = (size_t)bytes;
}

static int accept_elf(struct jt_elf_file *file)
{
    if (!file->elf || elf_kind(file->elf) != ELF_K_ELF) {
        jt_elf_file_close(file);
        return JITNEY_ERR_FORMAT;
    }
    read_build_id(file);
    return JITNEY_OK;
}

int jt_elf_file_open(const char *path, struct jt_elf_file *file)
{
    struct stat status;

    *file = (struct jt_elf_file)JT_ELF_FILE_INIT;
    elf_version(EV_CURRENT);
    /* Without O_NONBLOCK a FIFO of this name would make us wait for ever. */
    file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file->fd < 0)
        return errno == EACCES || errno == EPERM ? JITNEY_ERR_PERMISSION : JITNEY_ERR_NOT_FOUND;
    if (fstat(file->fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        jt_elf_file_close(file);
        return JITNEY_ERR_FORMAT;
    }
    file->path = jt_strdup(path);
    file->bytes = (uint64_t)status.st_size;
    file->device = status.st_dev;
    file->inode = status.st_ino;
    file->elf = elf_begin(file->fd, ELF_C_READ, NULL);
    return accept_elf(file);
}

int jt_elf_file_open_memory(const char *name, uint8_t *memory, size_t bytes,
                            struct jt_elf_file *file)
{
    *file = (struct jt_elf_file)JT_ELF_FILE_INIT;
    elf_version(EV_CURRENT);
    file->path = jt_strdup(name);
    file->memory = memory;
    file->bytes = bytes;
    file->elf = elf_memory((char *)memory, bytes);
    return accept_elf(file);
}

void jt_elf_file_close(struct jt_elf_file *file)
{
    if (file->elf)
        elf_end(file->elf);
    if (file->fd >= 0)
        close(file->fd);
    free(file->memory);
    free(file->path);
    *file = (struct jt_elf_file)JT_ELF_FILE_INIT;
}

static bool read_fully(int fd, uint8_t *to, uint64_t offset, uint64_t bytes)
{
    while (bytes > 0) {
        ssize_t got = pread(fd, to, bytes, (off_t)offset);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        to += got;
        offset += (uint64_t)got;
        bytes -= (uint64_t)got;
    }
    return true;
}

uint8_t *jt_elf_file_read(const struct jt_elf_file *file, uint64_t offset, uint64_t bytes)
{
    uint8_t *copy = NULL;

    if (offset > file->bytes || bytes > file->bytes - offset)
        return NULL;
    copy = jt_realloc(NULL, (size_t)bytes + 1, 1);
    copy[bytes] = '\0';
    if (file->fd < 0) {
        memcpy(copy, file->memory + offset, (size_t)bytes);
    } else if (!read_fully(file->fd, copy, offset, bytes)) {
        free(copy);
        return NULL;
    }
    return copy;
}
