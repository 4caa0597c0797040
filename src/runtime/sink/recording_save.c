/* A copy of a recording that goes on. How much of each chunk of events is whole is noted
 * before the definitions are read, so that what the events name is in the copy. */
#include "runtime/recording.h"

#include "runtime/file.h"
#include "runtime/sink/recording_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { COPY_BYTES = 64 << 10, ATTEMPTS = 4 };

struct copy {
    int from, to;
    uint64_t end; /* of the chunks */
    uint8_t *buffer;
};

static bool read_all(int fd, void *bytes, size_t count, uint64_t offset)
{
    size_t got = 0;

    while (got < count) {
        ssize_t more = pread(fd, (uint8_t *)bytes + got, count - got, (off_t)(offset + got));

        if (more < 0 && errno == EINTR)
            continue;
        if (more <= 0)
            return false;
        got += (size_t)more;
    }
    return true;
}

static bool write_all(int fd, const void *bytes, size_t count, uint64_t offset)
{
    size_t put = 0;

    while (put < count) {
        ssize_t more = pwrite(fd, (const uint8_t *)bytes + put, count - put, (off_t)(offset + put));

        if (more < 0 && errno == EINTR)
            continue;
        if (more <= 0)
            return false;
        put += (size_t)more;
    }
    return true;
}

static bool copy_bytes(const struct copy *copy, uint64_t offset, uint64_t bytes)
{
    while (bytes > 0) {
        size_t part = bytes < COPY_BYTES ? (size_t)bytes : COPY_BYTES;

        if (!read_all(copy->from, copy->buffer, part, offset) ||
            !write_all(copy->to, copy->buffer, part, offset))
            return false;
        offset += part;
        bytes -= part;
    }
    return true;
}

static bool copy_header(const struct copy *copy)
{
    struct jt_recording_header header;

    if (!read_all(copy->from, &header, sizeof(header), 0))
        return false;
    header.state = htole64(JT_RECORDING_CLOSED);
    return write_all(copy->to, &header, sizeof(header), 0);
}

/* The chunks of one kind, each as far as it is filled now. */
static bool copy_chunks(const struct copy *copy, uint16_t kind)
{
    uint64_t offset = JT_RECORDING_HEADER_BYTES;
    struct jt_recording_chunk_header chunk;

    for (; offset < copy->end; offset += le64toh(chunk.bytes)) {
        if (!read_all(copy->from, &chunk, sizeof(chunk), offset) || chunk.bytes == 0)
            return false;
        if (le16toh(chunk.kind) == kind &&
            (!write_all(copy->to, &chunk, sizeof(chunk), offset) ||
             !copy_bytes(copy, offset + sizeof(chunk), le64toh(chunk.committed))))
            return false;
    }
    return true;
}

static void look(struct recorder *recorder, struct copy *copy, uint64_t *resets)
{
    pthread_mutex_lock(&recorder->lock);
    copy->from = recorder->fd;
    copy->end = recorder->end;
    *resets = recorder->resets;
    pthread_mutex_unlock(&recorder->lock);
}

/* A reset in between would make the copy a mixture: then it begins again. */
static bool copy_file(struct recorder *recorder, struct copy *copy)
{
    bool is_copied = false;

    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        uint64_t before = 0, after = 0;

        look(recorder, copy, &before);
        is_copied = copy_chunks(copy, JT_RECORDING_EVENTS);
        look(recorder, copy, &after);
        is_copied = is_copied && copy_chunks(copy, JT_RECORDING_DEFINITIONS) && copy_header(copy);
        look(recorder, copy, &after);
        if (before == after)
            return is_copied;
        if (ftruncate(copy->to, 0) != 0)
            return false;
    }
    return false;
}

int jt_recording_sink_save(void *sink, const char *path)
{
    struct recorder *recorder = sink;
    struct jt_heap *heap = recorder->host->heap;
    struct copy copy = {.to = -1};
    int status = JITNEY_ERR_MEMORY;
    int error = 0;

    copy.buffer = jt_heap_resize(heap, NULL, 0, COPY_BYTES);
    if (!copy.buffer)
        return status;
    status = JITNEY_ERR_IO;
    copy.to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (copy.to < 0)
        goto out;
    if (copy_file(recorder, &copy))
        status = JITNEY_OK;
out:
    error = errno;
    if (copy.to >= 0) {
        if (close(copy.to) != 0)
            status = JITNEY_ERR_IO;
        if (status)
            unlink(path);
    }
    jt_heap_free(heap, copy.buffer, COPY_BYTES);
    errno = error;
    return status;
}
