/* The file of a recording: made, grown by chunks, emptied and ended. Space is
 * reserved before it is mapped, so that a full disk is an error of a system call and
 * never a signal. Zeros are written into new space: the kernel then makes large pages
 * of it, which costs a fifth of one fault for each small page. */
#include "runtime/sink/recording_parts.h"

#include "runtime/file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
    ZERO_BYTES = 4096,
    ZERO_PARTS = 256,
    NAMES = 10,               /* attempts at a name for the file */
    RESERVE_LIMIT = 16 << 20, /* is reserved ahead at most; less in small recordings */
};

static const uint8_t zeros[ZERO_BYTES];
static const uint64_t retry_after_ns = 100000000;

static uint32_t machine(void)
{
#if defined(__x86_64__)
    return EM_X86_64;
#elif defined(__aarch64__)
    return EM_AARCH64;
#elif defined(__i386__)
    return EM_386;
#elif defined(__arm__)
    return EM_ARM;
#elif defined(__riscv)
    return EM_RISCV;
#elif defined(__powerpc64__)
    return EM_PPC64;
#elif defined(__s390x__)
    return EM_S390;
#else
    return EM_NONE;
#endif
}

/* ---- space ---- */

/* The kernel answers a file that grows past this limit with a signal. */
static bool is_within_limits(uint64_t bytes)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
           bytes <= limit.rlim_cur;
}

static int write_zeros(int fd, uint64_t offset, size_t bytes)
{
    struct iovec parts[ZERO_PARTS];

    for (size_t i = 0; i < ZERO_PARTS; i++)
        parts[i] = (struct iovec){.iov_base = (void *)zeros, .iov_len = ZERO_BYTES};
    while (bytes > 0) {
        size_t count = bytes / ZERO_BYTES < ZERO_PARTS ? bytes / ZERO_BYTES : ZERO_PARTS;
        ssize_t written = pwritev(fd, parts, (int)count, (off_t)offset);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return JITNEY_ERR_IO;
        /* Whole blocks again after a write that was cut short. */
        written -= written % ZERO_BYTES;
        if (written == 0) {
            errno = ENOSPC;
            return JITNEY_ERR_IO;
        }
        offset += (uint64_t)written;
        bytes -= (size_t)written;
    }
    return JITNEY_OK;
}

static bool is_unsupported(int error)
{
    return error == EOPNOTSUPP || error == ENOSYS || error == EINVAL;
}

static bool reserve(struct recorder *recorder, uint64_t bytes)
{
    int result = 0;

    do {
        result =
            fallocate(recorder->fd, FALLOC_FL_KEEP_SIZE, (off_t)recorder->reserved, (off_t)bytes);
    } while (result != 0 && errno == EINTR);
    if (result == 0)
        recorder->reserved += bytes;
    return result == 0;
}

/* Space for `bytes` at the end of the file. As much as there is already is reserved ahead, so that
 * the file system gives long extents; when that does not fit, just what is needed. */
static int make_space(struct recorder *recorder, uint64_t bytes)
{
    uint64_t needed = recorder->end + bytes;
    uint64_t ahead = recorder->end < RESERVE_LIMIT ? recorder->end : RESERVE_LIMIT;

    if (needed > recorder->host->record_bytes) {
        errno = EFBIG;
        return JITNEY_ERR_LIMIT;
    }
    if (needed + ahead > recorder->host->record_bytes || !is_within_limits(needed + ahead))
        ahead = 0;
    if (!is_within_limits(needed)) {
        errno = EFBIG;
        return JITNEY_ERR_IO;
    }
    if (needed > recorder->reserved && !reserve(recorder, needed + ahead - recorder->reserved) &&
        !is_unsupported(errno) && !reserve(recorder, needed - recorder->reserved))
        return JITNEY_ERR_IO;
    return write_zeros(recorder->fd, recorder->end, bytes);
}

/* A child of fork() does not see the mapping. */
static uint8_t *map_space(struct recorder *recorder, uint64_t offset, size_t bytes)
{
    uint8_t *map =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, recorder->fd, (off_t)offset);

    if (map == MAP_FAILED)
        return NULL;
    if (madvise(map, bytes, MADV_DONTFORK) == 0)
        return map;
    munmap(map, bytes);
    return NULL;
}

void recorder_release_space(struct recorder_space *space)
{
    if (space->map)
        munmap(space->map, space->map_bytes);
    *space = (struct recorder_space){0};
}

/* ---- chunks ---- */

static void begin_chunk(struct recorder_space *space, uint8_t *at, uint16_t kind, uint64_t bytes)
{
    struct jt_recording_chunk_header *chunk = (struct jt_recording_chunk_header *)at;

    space->chunk = chunk;
    space->start = at + sizeof(*chunk);
    space->end = at + bytes;
    chunk->header_bytes = htole16(sizeof(*chunk));
    chunk->kind = htole16(kind);
    chunk->bytes = htole64(bytes);
    chunk->committed = 0;
    __atomic_store_n(&chunk->magic, htole32(JT_RECORDING_CHUNK_MAGIC), __ATOMIC_RELEASE);
}

static int try_chunk(struct recorder *recorder, uint16_t kind, size_t bytes,
                     struct recorder_space *space)
{
    int status = make_space(recorder, bytes);
    uint8_t *map = NULL;

    if (status)
        return status;
    map = map_space(recorder, recorder->end, bytes);
    if (!map)
        return JITNEY_ERR_MEMORY;
    *space = (struct recorder_space){.map = map, .map_bytes = bytes};
    begin_chunk(space, map, kind, bytes);
    recorder->last_chunk = recorder->end;
    recorder->end += bytes;
    return JITNEY_OK;
}

/* A failure is not tried again at once: that would cost each event a system call. */
static int fail(struct recorder *recorder, int status)
{
    if (jt_clock_ns() >= recorder->retry_ns) {
        recorder->retry_ns = jt_clock_ns() + retry_after_ns;
        recorder->failure = status;
        recorder->failure_errno = errno;
    }
    errno = recorder->failure_errno;
    return recorder->failure;
}

static size_t whole_granules(size_t bytes)
{
    return (bytes + JT_RECORDING_GRANULE - 1) / JT_RECORDING_GRANULE * JT_RECORDING_GRANULE;
}

int recorder_take_chunk(struct recorder *recorder, uint16_t kind, size_t wanted, size_t least,
                        struct recorder_space *space)
{
    size_t smallest = whole_granules(least + sizeof(struct jt_recording_chunk_header));
    int status = JITNEY_OK;

    if (recorder->failure && jt_clock_ns() < recorder->retry_ns &&
        recorder->failure != JITNEY_ERR_LIMIT)
        return fail(recorder, recorder->failure);
    recorder->failure = JITNEY_OK;
    recorder->retry_ns = 0;
    status = try_chunk(recorder, kind, wanted > smallest ? wanted : smallest, space);
    if (status && wanted > smallest)
        status = try_chunk(recorder, kind, smallest, space);
    return status ? fail(recorder, status) : JITNEY_OK;
}

/* ---- definitions ---- */

static size_t next_chunk_bytes(uint32_t count)
{
    return (size_t)JT_RECORDING_GRANULE << (count < 2 ? count * 2 : 4);
}

uint8_t *recorder_reserve_definition(struct recorder *recorder, size_t bytes, int *status)
{
    struct recorder_space space = {.map = NULL};

    *status = JITNEY_OK;
    if (bytes <= (size_t)(recorder->definitions.end - recorder->definitions_at))
        return recorder->definitions_at;
    *status = recorder_take_chunk(recorder, JT_RECORDING_DEFINITIONS,
                                  next_chunk_bytes(recorder->definitions_count), bytes, &space);
    if (*status)
        return NULL;
    recorder->definitions_count++;
    recorder_release_space(&recorder->definitions);
    recorder->definitions = space;
    recorder->definitions_at = space.start;
    return space.start;
}

void recorder_commit_definition(struct recorder *recorder, uint8_t *end)
{
    recorder->definitions_at = end;
    recorder_commit(&recorder->definitions, end);
}

/* ---- the header ---- */

static uint64_t wall_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void fill_header(struct recorder *recorder, uint64_t counter, uint64_t time_ns)
{
    struct jt_recording_header *header = recorder->header;

    header->version = htole32(JT_RECORDING_VERSION);
    header->header_bytes = htole32(JT_RECORDING_HEADER_BYTES);
    header->granule = htole32(JT_RECORDING_GRANULE);
    header->machine = htole32(machine());
    header->pid = htole32((uint32_t)getpid());
    header->clock = htole32(recorder->clock);
    header->serial = htole64(time_ns ^ (uint64_t)getpid() << 40);
    header->start_counter = htole64(counter);
    header->start_ns = htole64(time_ns);
    header->wall_ns = htole64(wall_ns());
    header->byte_order = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 1 : 2;
    header->pointer_bytes = sizeof(void *);
    header->state = htole64(JT_RECORDING_OPEN);
    snprintf(header->engine, sizeof(header->engine), "%s", recorder->host->engine);
}

/* The header and the first chunk, which is of definitions, in the first granule. The magic is
 * written last: until then it is no recording. */
static int begin_file(struct recorder *recorder)
{
    uint64_t counter = 0, time_ns = 0;
    int status = JITNEY_OK;

    recorder_read_clocks(recorder->clock, &counter, &time_ns);
    if (!recorder->header_map) {
        status = make_space(recorder, JT_RECORDING_GRANULE);
        if (status)
            return status;
        recorder->header_map = map_space(recorder, 0, JT_RECORDING_GRANULE);
        if (!recorder->header_map)
            return JITNEY_ERR_MEMORY;
        recorder->header = (struct jt_recording_header *)recorder->header_map;
    }
    recorder->end = JT_RECORDING_GRANULE;
    recorder->last_chunk = 0;
    recorder->failure = JITNEY_OK;
    recorder->definitions_count = 0;
    recorder->definitions = (struct recorder_space){0}; /* its mapping is the header's */
    fill_header(recorder, counter, time_ns);
    begin_chunk(&recorder->definitions, recorder->header_map + JT_RECORDING_HEADER_BYTES,
                JT_RECORDING_DEFINITIONS, JT_RECORDING_GRANULE - JT_RECORDING_HEADER_BYTES);
    recorder->definitions_at = recorder->definitions.start;
    if (recorder->frequency == 0)
        recorder->frequency = recorder_measure_frequency(recorder->clock, counter, time_ns);
    recorder->header->frequency = htole64(recorder->frequency);
    recorder->first_counter = counter;
    atomic_store(&recorder->anchor_due, recorder_next_anchor(recorder, counter));
    __atomic_thread_fence(__ATOMIC_RELEASE);
    memcpy(recorder->header->magic, JT_RECORDING_MAGIC, sizeof(recorder->header->magic));
    return JITNEY_OK;
}

/* ---- making, emptying, ending ---- */

/* Attempt `n` at a name, from 0. Another session may record in this process, and a program that was
 * told a name by the environment passes that on to the programs it starts. */
static int name_file(const struct recorder *recorder, char path[JT_PATH_BYTES], int n)
{
    const char *file = recorder->host->record_file;
    char suffix[32];
    size_t length = 0;
    int bytes = 0;

    snprintf(suffix, sizeof(suffix), n > 0 ? ".%d.jtr" : ".jtr", n + 1);
    if (!file)
        return jt_file_name(path, recorder->host->directory, "events-", suffix);
    if (jt_file_expand(path, file))
        return JITNEY_ERR_LIMIT;
    length = strlen(path);
    if (n == 1)
        bytes = snprintf(path + length, JT_PATH_BYTES - length, ".%d", (int)getpid());
    else if (n > 1)
        bytes = snprintf(path + length, JT_PATH_BYTES - length, ".%d.%d", (int)getpid(), n);
    return (size_t)bytes < JT_PATH_BYTES - length ? JITNEY_OK : JITNEY_ERR_LIMIT;
}

/* A recording whose writer lives. */
static bool is_being_written(const char *path)
{
    struct jt_recording_header header = {.version = 0};
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool is_read = false;

    if (fd < 0)
        return false;
    is_read = pread(fd, &header, sizeof(header), 0) == sizeof(header);
    close(fd);
    return is_read && memcmp(header.magic, JT_RECORDING_MAGIC, sizeof(header.magic)) == 0 &&
           le64toh(header.state) == JT_RECORDING_OPEN &&
           (kill((pid_t)le32toh(header.pid), 0) == 0 || errno == EPERM);
}

/* A file of its own, whatever else records. A child of fork() whose parent was told a name without
 * the pid does not begin with that. */
static int open_file(struct recorder *recorder, char path[JT_PATH_BYTES], bool is_child)
{
    const char *file = recorder->host->record_file;
    struct stat facts;
    bool is_shared = false;
    int status = JITNEY_ERR_IO;

    for (int n = is_child && file && !strstr(file, "%p"); n < NAMES; n++) {
        status = name_file(recorder, path, n);
        if (status)
            return status;
        if (is_being_written(path))
            continue;
        status = jt_file_create(path, O_RDWR, false, &recorder->fd, &is_shared);
        if (status != JITNEY_ERR_IO || lstat(path, &facts) != 0)
            return status;
    }
    return JITNEY_ERR_IO;
}

int recorder_create_file(struct recorder *recorder, bool is_child)
{
    char path[JT_PATH_BYTES];
    int status = JITNEY_OK;

    recorder->fd = -1;
    recorder->end = recorder->reserved = 0;
    status = open_file(recorder, path, is_child);
    if (status)
        return status;
    status = begin_file(recorder);
    if (status) {
        int error = errno;

        recorder_end_file(recorder, false);
        unlink(path);
        errno = error;
    }
    return status;
}

/* Readers see no recording while it is being emptied. */
int recorder_restart_file(struct recorder *recorder)
{
    memset(recorder->header->magic, 0, sizeof(recorder->header->magic));
    __atomic_thread_fence(__ATOMIC_RELEASE);
    if (ftruncate(recorder->fd, JT_RECORDING_GRANULE) != 0) {
        memcpy(recorder->header->magic, JT_RECORDING_MAGIC, sizeof(recorder->header->magic));
        return JITNEY_ERR_IO;
    }
    recorder->reserved = JT_RECORDING_GRANULE;
    if (recorder->definitions.map)
        recorder_release_space(&recorder->definitions);
    memset(recorder->header_map, 0, JT_RECORDING_GRANULE);
    return begin_file(recorder);
}

void recorder_forget_file(struct recorder *recorder)
{
    recorder->definitions = (struct recorder_space){0};
    recorder->header_map = NULL;
    recorder->header = NULL;
    if (recorder->fd >= 0)
        close(recorder->fd);
    recorder->fd = -1;
}

/* Where the records of the last chunk end. */
static uint64_t used_bytes(const struct recorder *recorder)
{
    struct jt_recording_chunk_header chunk;

    if (recorder->last_chunk == 0 ||
        pread(recorder->fd, &chunk, sizeof(chunk), (off_t)recorder->last_chunk) != sizeof(chunk))
        return recorder->end;
    return recorder->last_chunk + sizeof(chunk) + le64toh(chunk.committed);
}

void recorder_end_file(struct recorder *recorder, bool is_complete)
{
    recorder_release_space(&recorder->definitions);
    if (recorder->header_map && is_complete)
        __atomic_store_n(&recorder->header->state, htole64(JT_RECORDING_CLOSED), __ATOMIC_RELEASE);
    if (recorder->header_map)
        munmap(recorder->header_map, JT_RECORDING_GRANULE);
    recorder->header_map = NULL;
    recorder->header = NULL;
    if (recorder->fd >= 0) {
        /* What was reserved ahead goes back; a failure leaves it, which harms nobody. */
        if (is_complete && ftruncate(recorder->fd, (off_t)used_bytes(recorder)) != 0)
            errno = 0;
        close(recorder->fd);
    }
    recorder->fd = -1;
}
