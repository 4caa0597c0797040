/* See recording_reader.h. A file is walked chunk by chunk; how much of each is whole is
 * noted first for all chunks of events, then for those of definitions, so that
 * what the events name is there even while both are being written. Nothing
 * is mapped: a file that shrinks cannot hurt. */
#include "format/recording_reader.h"

#include "format/recording_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LEAST_GRANULE = 4096,
    MOST_GRANULE = 16 << 20,
    CHUNK_HEADER_LIMIT = 65536,
    LIST_LIMIT = 1 << 30,
};

int jt_recording_grow(struct jt_heap *heap, void *array, size_t *room, size_t count, size_t bytes)
{
    void *old = NULL;
    void *grown = NULL;
    size_t wanted = *room > 0 ? *room * 2 : 16;

    if (count < *room)
        return JITNEY_OK;
    memcpy(&old, array, sizeof(old));
    grown = jt_heap_resize(heap, old, *room * bytes, wanted * bytes);
    if (!grown)
        return JITNEY_ERR_MEMORY;
    memcpy(array, &grown, sizeof(grown));
    *room = wanted;
    return JITNEY_OK;
}

/* ---- the file ---- */

size_t jt_recording_read_at(const struct jt_recording *recording, uint64_t offset, void *bytes,
                            size_t count)
{
    const struct jt_recording_source *source = &recording->source;
    size_t got = 0;

    if (source->fd < 0) {
        if (offset >= source->size)
            return 0;
        got = count < source->size - offset ? count : (size_t)(source->size - offset);
        memcpy(bytes, source->memory + offset, got);
        return got;
    }
    while (got < count && offset + got <= INT64_MAX) {
        ssize_t more =
            pread(source->fd, (uint8_t *)bytes + got, count - got, (off_t)(offset + got));

        if (more < 0 && errno == EINTR)
            continue;
        if (more <= 0)
            break;
        got += (size_t)more;
    }
    return got;
}

static void measure(struct jt_recording_source *source)
{
    struct stat facts;

    if (source->fd >= 0 && fstat(source->fd, &facts) == 0 && facts.st_size >= 0)
        source->size = (uint64_t)facts.st_size;
}

/* Where data follows in a file with holes; `offset` when that is not known. */
static uint64_t next_data(const struct jt_recording *recording, uint64_t offset)
{
    off_t data = 0;

    if (recording->source.fd < 0 || offset > INT64_MAX)
        return offset;
    data = lseek(recording->source.fd, (off_t)offset, SEEK_DATA);
    if (data < 0)
        return errno == ENXIO ? recording->source.size : offset;
    return (uint64_t)data > offset ? (uint64_t)data : offset;
}

void jt_recording_note_bad(struct jt_recording *recording, uint64_t offset)
{
    if (recording->facts.first_bad_offset == 0)
        recording->facts.first_bad_offset = offset;
}

/* ---- the header ---- */

bool jt_recording_probe(const void *bytes, size_t count)
{
    return count >= sizeof(JT_RECORDING_MAGIC) &&
           memcmp(bytes, JT_RECORDING_MAGIC, sizeof(JT_RECORDING_MAGIC)) == 0;
}

static void forget(struct jt_recording *recording)
{
    struct jt_heap *heap = recording->heap;

    jt_recording_merge_release(recording);
    jt_recording_names_release(recording);
    jt_recording_clock_release(&recording->clock);
    jt_heap_free(heap, recording->chunks, recording->chunk_room * sizeof(*recording->chunks));
    jt_heap_free(heap, recording->tids.slots,
                 recording->tids.room * sizeof(*recording->tids.slots));
    jt_buf_release(&recording->event.lists[0]);
    jt_buf_release(&recording->event.lists[1]);
    recording->chunks = NULL;
    recording->chunk_count = recording->chunk_room = 0;
    recording->tids = (struct jt_recording_tids){0};
    recording->facts = (struct jt_recording_facts){0};
}

static int take_clock(struct jt_recording *recording, const struct jt_recording_header *header)
{
    uint64_t frequency = le64toh(header->frequency);

    recording->clock_kind = le32toh(header->clock);
    if (recording->clock_kind == JT_RECORDING_NANOSECONDS)
        return JITNEY_OK;
    recording->clock.ns_a_count = frequency > 0 ? 1e9 / (double)frequency : 0;
    return jt_recording_clock_add(&recording->clock, le64toh(header->start_counter),
                                  le64toh(header->start_ns));
}

/* What changes while a recording is written. */
static void take_state(struct jt_recording *recording, const struct jt_recording_header *header)
{
    recording->facts.dropped = le64toh(header->dropped);
    recording->facts.is_closed = le64toh(header->state) == JT_RECORDING_CLOSED;
}

static int take_header(struct jt_recording *recording, const struct jt_recording_header *header)
{
    struct jt_recording_facts *facts = &recording->facts;
    uint64_t granule = le32toh(header->granule);
    uint32_t header_bytes = le32toh(header->header_bytes);

    if (!jt_recording_probe(header, sizeof(*header)))
        return JITNEY_ERR_FORMAT;
    if (le32toh(header->version) > JT_RECORDING_VERSION)
        return JITNEY_ERR_VERSION;
    if (le32toh(header->version) == 0 || header_bytes < sizeof(*header) ||
        header_bytes > JT_RECORDING_HEADER_LIMIT || granule < LEAST_GRANULE ||
        granule > MOST_GRANULE || (granule & (granule - 1)))
        return JITNEY_ERR_FORMAT;
    facts->version = le32toh(header->version);
    facts->pid = le32toh(header->pid);
    facts->machine = le32toh(header->machine);
    facts->start_ns = le64toh(header->start_ns);
    facts->wall_ns = le64toh(header->wall_ns);
    memcpy(recording->engine, header->engine, sizeof(recording->engine));
    recording->engine[sizeof(recording->engine) - 1] = '\0';
    facts->engine = recording->engine;
    recording->serial = le64toh(header->serial);
    recording->granule = granule;
    recording->chunks_end = header_bytes;
    take_state(recording, header);
    return take_clock(recording, header);
}

/* Read the header again. A recording that began anew is another one: all that was known is
 * forgotten. */
static int refresh_header(struct jt_recording *recording)
{
    struct jt_recording_header header;

    measure(&recording->source);
    if (jt_recording_read_at(recording, 0, &header, sizeof(header)) != sizeof(header) ||
        !jt_recording_probe(&header, sizeof(header)))
        return recording->facts.version > 0 ? JITNEY_OK : JITNEY_ERR_FORMAT;
    if (recording->facts.version > 0 && le64toh(header.serial) == recording->serial) {
        take_state(recording, &header);
        return JITNEY_OK;
    }
    forget(recording);
    return take_header(recording, &header);
}

/* ---- chunks ---- */

enum found { NO_CHUNK, A_CHUNK, A_BAD_CHUNK };

static enum found parse_chunk(const struct jt_recording *recording, uint64_t offset,
                              struct jt_recording_chunk *chunk)
{
    struct jt_recording_chunk_header header;
    uint64_t bytes = 0;
    uint16_t header_bytes = 0;

    if (jt_recording_read_at(recording, offset, &header, sizeof(header)) != sizeof(header) ||
        header.magic == 0) /* it is written last */
        return NO_CHUNK;
    header_bytes = le16toh(header.header_bytes);
    bytes = le64toh(header.bytes);
    if (le32toh(header.magic) != JT_RECORDING_CHUNK_MAGIC || header_bytes < sizeof(header) ||
        bytes < header_bytes || bytes > JT_RECORDING_CHUNK_LIMIT ||
        (offset + bytes) % recording->granule)
        return A_BAD_CHUNK;
    *chunk = (struct jt_recording_chunk){.header = offset,
                                         .offset = offset + header_bytes,
                                         .room = bytes - header_bytes,
                                         .kind = le16toh(header.kind)};
    chunk->end = le64toh(header.committed);
    return chunk->end <= chunk->room ? A_CHUNK : A_BAD_CHUNK;
}

/* The file ends before the chunk does. */
static void cut(struct jt_recording *recording, struct jt_recording_chunk *chunk)
{
    uint64_t size = recording->source.size;
    uint64_t there = size > chunk->offset ? size - chunk->offset : 0;

    if (chunk->end <= there)
        return;
    if (!chunk->is_torn)
        jt_recording_note_bad(recording, size);
    chunk->is_torn = true;
    chunk->end = there;
}

/* How far a known chunk is filled now. */
static void refresh_chunk(struct jt_recording *recording, struct jt_recording_chunk *chunk)
{
    struct jt_recording_chunk_header header;
    uint64_t end = 0;

    if (chunk->is_bad || chunk->is_torn || chunk->end == chunk->room)
        return;
    if (jt_recording_read_at(recording, chunk->header, &header, sizeof(header)) != sizeof(header))
        return;
    end = le64toh(header.committed);
    if (end <= chunk->end || end > chunk->room)
        return;
    chunk->end = end;
    cut(recording, chunk);
}

static int add_chunk(struct jt_recording *recording, const struct jt_recording_chunk *chunk,
                     bool is_late)
{
    struct jt_recording_chunk *added = NULL;
    int status = jt_recording_grow(recording->heap, &recording->chunks, &recording->chunk_room,
                                   recording->chunk_count, sizeof(*chunk));

    if (status)
        return status;
    added = &recording->chunks[recording->chunk_count++];
    *added = *chunk;
    if (is_late && chunk->kind == JT_RECORDING_EVENTS)
        added->end = 0; /* what its events name may be newer than the definitions we have */
    if (added->offset + added->room > recording->source.size)
        measure(&recording->source);
    cut(recording, added);
    return JITNEY_OK;
}

void jt_recording_end_chunk(struct jt_recording *recording, struct jt_recording_chunk *chunk,
                            uint64_t end)
{
    if (chunk->is_torn)
        recording->facts.torn_bytes += chunk->end - end;
    else if (end < chunk->end)
        recording->facts.bad_chunks++;
    if (end < chunk->end)
        jt_recording_note_bad(recording, chunk->offset + end);
    chunk->is_bad |= chunk->is_torn || end < chunk->end;
    chunk->end = end;
}

/* Where the next chunk may be when none is at `offset`. */
static uint64_t next_granule(const struct jt_recording *recording, uint64_t offset, bool is_empty)
{
    uint64_t mask = ~(recording->granule - 1);
    uint64_t next = (offset & mask) + recording->granule;
    uint64_t data = is_empty ? next_data(recording, offset) & mask : 0;

    return data > next ? data : next;
}

/* Find the chunks behind those that are known. Space that holds none yet is looked at again the
 * next time. */
static int find_chunks(struct jt_recording *recording, bool is_late)
{
    struct jt_recording_chunk chunk;
    uint64_t offset = recording->chunks_end;
    int status = JITNEY_OK;

    while (offset + sizeof(struct jt_recording_chunk_header) <= recording->source.size) {
        enum found found = parse_chunk(recording, offset, &chunk);

        if (found == A_CHUNK) {
            status = add_chunk(recording, &chunk, is_late);
            if (status)
                break;
            offset = chunk.offset + chunk.room;
            recording->chunks_end = offset;
            continue;
        }
        if (found == A_BAD_CHUNK) {
            recording->facts.bad_chunks++;
            jt_recording_note_bad(recording, offset);
        }
        offset = next_granule(recording, offset, found == NO_CHUNK);
        if (found == A_BAD_CHUNK)
            recording->chunks_end = offset;
    }
    return status;
}

/* ---- reading ---- */

static int refresh(struct jt_recording *recording)
{
    int status = refresh_header(recording);

    if (status)
        return status;
    for (size_t i = 0; i < recording->chunk_count; i++)
        refresh_chunk(recording, &recording->chunks[i]);
    status = find_chunks(recording, false);
    for (size_t i = 0; i < recording->chunk_count; i++)
        if (recording->chunks[i].kind == JT_RECORDING_DEFINITIONS)
            refresh_chunk(recording, &recording->chunks[i]);
    if (!status)
        status = find_chunks(recording, true);
    for (size_t i = 0; !status && i < recording->chunk_count; i++)
        if (recording->chunks[i].kind == JT_RECORDING_DEFINITIONS)
            status = jt_recording_read_definitions(recording, &recording->chunks[i]);
    for (size_t i = 0; !status && i < recording->chunk_count; i++)
        if (recording->chunks[i].kind == JT_RECORDING_EVENTS)
            status = jt_recording_scan(recording, &recording->chunks[i]);
    jt_recording_clock_settle(&recording->clock);
    return status ? status : jt_recording_merge_begin(recording);
}

int jt_recording_read(struct jt_recording *recording,
                      const struct jitney_recording_visitor *visitor)
{
    int status = JITNEY_OK;

    if (recording->merge.count > 0) { /* a visitor had stopped */
        status = jt_recording_tell_functions(recording, visitor);
        if (!status)
            status = jt_recording_merge_run(recording, visitor);
    }
    if (!status)
        status = refresh(recording);
    if (!status)
        status = jt_recording_tell_functions(recording, visitor);
    return status ? status : jt_recording_merge_run(recording, visitor);
}

const struct jt_recording_facts *jt_recording_facts(const struct jt_recording *recording)
{
    return &recording->facts;
}

/* ---- open and close ---- */

static int open_source(const struct jt_recording_source *source, struct jt_heap *heap,
                       struct jt_recording **recording)
{
    struct jt_recording *opened = jt_heap_take(heap, sizeof(*opened));
    int status = JITNEY_OK;

    *recording = NULL;
    if (!opened)
        return JITNEY_ERR_MEMORY;
    opened->heap = heap;
    opened->clock.heap = heap;
    opened->source = *source;
    for (int i = 0; i < 2; i++)
        opened->event.lists[i] = (struct jt_buf)JT_BUF_INIT_IN(heap, LIST_LIMIT);
    status = refresh_header(opened);
    if (status) {
        opened->source.is_ours = false;
        jt_recording_close(opened);
        return status;
    }
    *recording = opened;
    return JITNEY_OK;
}

int jt_recording_open_memory(const void *bytes, size_t count, struct jt_heap *heap,
                             struct jt_recording **recording)
{
    const struct jt_recording_source source = {.fd = -1, .memory = bytes, .size = count};

    return open_source(&source, heap, recording);
}

int jt_recording_open_fd(int fd, struct jt_heap *heap, struct jt_recording **recording)
{
    const struct jt_recording_source source = {.fd = fd};
    struct stat facts;

    *recording = NULL;
    if (fstat(fd, &facts) != 0)
        return JITNEY_ERR_IO;
    if (!S_ISREG(facts.st_mode))
        return JITNEY_ERR_FORMAT;
    return open_source(&source, heap, recording);
}

int jt_recording_open(const char *path, struct jt_heap *heap, struct jt_recording **recording)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int status = JITNEY_OK;

    *recording = NULL;
    if (fd < 0)
        return JITNEY_ERR_IO;
    status = jt_recording_open_fd(fd, heap, recording);
    if (status)
        close(fd);
    else
        (*recording)->source.is_ours = true;
    return status;
}

void jt_recording_close(struct jt_recording *recording)
{
    if (!recording)
        return;
    forget(recording);
    if (recording->source.is_ours)
        close(recording->source.fd);
    jt_heap_free(recording->heap, recording, sizeof(*recording));
}
