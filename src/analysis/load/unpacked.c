#include "analysis/load/unpacked.h"

#include "analysis/load/regular.h"
#include "base/alloc.h"
#include "jitney/status.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum {
    CHUNK_BYTES = 64 << 10,
    GZIP_WINDOW = 15 + 16, /* zlib.h, inflateInit2(): the largest window, and gzip's header */
};

struct jt_unpacked {
    int fd;                /* -1: bytes in memory */
    const uint8_t *memory; /* the whole of it */
    size_t memory_bytes;
    uint64_t file_offset; /* where to read the next chunk */
    bool is_gzip;
    bool is_in_member; /* several may follow each other (RFC 1952, 2.2) */
    bool has_had_member;
    bool is_at_end;
    const char *fault;
    z_stream zip;
    uint8_t *packed; /* a chunk of the file, when it is gzip */
    uint8_t *plain;  /* a chunk of what is given */
    size_t at;
    size_t end;
    uint64_t given; /* before this chunk */
};

static bool is_gzip(const uint8_t *bytes, size_t count)
{
    return count >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

/* The next raw bytes of the file. */
static size_t read_raw(struct jt_unpacked *unpacked, uint8_t *to, size_t room)
{
    size_t left = 0;
    ssize_t got = 0;

    if (unpacked->fd < 0) {
        left = unpacked->memory_bytes - (size_t)unpacked->file_offset;
        got = (ssize_t)(left < room ? left : room);
        if (got > 0 && unpacked->memory)
            memcpy(to, unpacked->memory + unpacked->file_offset, (size_t)got);
    } else {
        do
            got = pread(unpacked->fd, to, room, (off_t)unpacked->file_offset);
        while (got < 0 && errno == EINTR);
    }
    if (got < 0) {
        unpacked->fault = strerror(errno);
        return 0;
    }
    unpacked->file_offset += (uint64_t)got;
    return (size_t)got;
}

static bool refill_packed(struct jt_unpacked *unpacked)
{
    unpacked->zip.next_in = unpacked->packed;
    unpacked->zip.avail_in = (uInt)read_raw(unpacked, unpacked->packed, CHUNK_BYTES);
    return unpacked->zip.avail_in > 0;
}

/* A chunk of unpacked bytes; none: the end or damage. Bytes behind the last member that
 * begin none are padding, which gzip ignores too. */
static size_t inflate_chunk(struct jt_unpacked *unpacked)
{
    z_stream *zip = &unpacked->zip;
    int result = Z_OK;

    zip->next_out = unpacked->plain;
    zip->avail_out = CHUNK_BYTES;
    while (zip->avail_out == CHUNK_BYTES) {
        if (zip->avail_in == 0 && !refill_packed(unpacked)) {
            if (unpacked->is_in_member && !unpacked->fault)
                unpacked->fault = "its compressed data ends early";
            break;
        }
        if (!unpacked->is_in_member && unpacked->has_had_member && zip->next_in[0] != 0x1f)
            break;
        unpacked->is_in_member = true;
        result = inflate(zip, Z_NO_FLUSH);
        if (result == Z_STREAM_END) {
            unpacked->is_in_member = false;
            unpacked->has_had_member = true;
            inflateReset(zip);
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            unpacked->fault = "its compressed data is damaged";
            break;
        }
    }
    return CHUNK_BYTES - zip->avail_out;
}

static bool refill(struct jt_unpacked *unpacked)
{
    if (unpacked->is_at_end)
        return false;
    unpacked->given += unpacked->end;
    unpacked->at = 0;
    unpacked->end = unpacked->is_gzip ? inflate_chunk(unpacked)
                                      : read_raw(unpacked, unpacked->plain, CHUNK_BYTES);
    unpacked->is_at_end = unpacked->end == 0;
    return !unpacked->is_at_end;
}

size_t jt_unpacked_read(struct jt_unpacked *unpacked, void *to, size_t bytes)
{
    size_t done = 0;
    size_t part = 0;

    while (done < bytes && (unpacked->at < unpacked->end || refill(unpacked))) {
        part = unpacked->end - unpacked->at;
        if (part > bytes - done)
            part = bytes - done;
        memcpy((uint8_t *)to + done, unpacked->plain + unpacked->at, part);
        unpacked->at += part;
        done += part;
    }
    return done;
}

int jt_unpacked_byte(struct jt_unpacked *unpacked)
{
    if (unpacked->at == unpacked->end && !refill(unpacked))
        return -1;
    return unpacked->plain[unpacked->at++];
}

int jt_unpacked_peek(struct jt_unpacked *unpacked)
{
    if (unpacked->at == unpacked->end && !refill(unpacked))
        return -1;
    return unpacked->plain[unpacked->at];
}

uint64_t jt_unpacked_offset(const struct jt_unpacked *unpacked)
{
    return unpacked->given + unpacked->at;
}

const char *jt_unpacked_fault(const struct jt_unpacked *unpacked)
{
    return unpacked->fault;
}

void jt_unpacked_rewind(struct jt_unpacked *unpacked)
{
    unpacked->file_offset = 0;
    unpacked->at = 0;
    unpacked->end = 0;
    unpacked->given = 0;
    unpacked->is_at_end = false;
    unpacked->is_in_member = false;
    unpacked->has_had_member = false;
    unpacked->fault = NULL;
    if (!unpacked->is_gzip)
        return;
    unpacked->zip.avail_in = 0;
    inflateReset(&unpacked->zip);
}

static struct jt_unpacked *make(int fd, const void *memory, size_t bytes)
{
    struct jt_unpacked *unpacked = jt_alloc(1, sizeof(*unpacked));
    uint8_t start[2] = {0};
    size_t got = 0;

    unpacked->fd = fd;
    unpacked->memory = memory;
    unpacked->memory_bytes = bytes;
    unpacked->plain = jt_alloc(CHUNK_BYTES, 1);
    got = read_raw(unpacked, start, sizeof(start));
    unpacked->is_gzip = is_gzip(start, got);
    if (unpacked->is_gzip) {
        unpacked->packed = jt_alloc(CHUNK_BYTES, 1);
        if (inflateInit2(&unpacked->zip, GZIP_WINDOW) != Z_OK)
            abort();
    }
    jt_unpacked_rewind(unpacked);
    return unpacked;
}

int jt_unpacked_open(const char *path, struct jt_diag *diag, struct jt_unpacked **unpacked)
{
    uint64_t bytes = 0;
    int fd = -1;
    int status = jt_regular_open(path, diag, &fd, &bytes);

    *unpacked = status ? NULL : make(fd, NULL, 0);
    return status;
}

int jt_unpacked_open_memory(const void *bytes, size_t count, struct jt_unpacked **unpacked)
{
    *unpacked = make(-1, bytes, count);
    return JITNEY_OK;
}

void jt_unpacked_close(struct jt_unpacked *unpacked)
{
    if (!unpacked)
        return;
    if (unpacked->is_gzip)
        inflateEnd(&unpacked->zip);
    if (unpacked->fd >= 0)
        close(unpacked->fd);
    free(unpacked->packed);
    free(unpacked->plain);
    free(unpacked);
}

size_t jt_unpacked_start(const void *bytes, size_t count, void *to, size_t room)
{
    z_stream zip = {.next_in = (z_const Bytef *)bytes,
                    .avail_in = (uInt)(count < UINT16_MAX ? count : UINT16_MAX),
                    .next_out = to,
                    .avail_out = (uInt)(room < UINT16_MAX ? room : UINT16_MAX)};
    size_t asked = zip.avail_out;

    if (!is_gzip(bytes, count) || inflateInit2(&zip, GZIP_WINDOW) != Z_OK)
        return 0;
    inflate(&zip, Z_SYNC_FLUSH);
    inflateEnd(&zip);
    return asked - zip.avail_out;
}
