#include "analysis/sample/perfdata_writer.h"

#include "base/alloc.h"
#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FEATURES_LIMIT = 64 << 20, PIECES = 2 };

int jt_perfdata_writer_open(struct jt_perfdata_writer *writer, const char *path)
{
    *writer = (struct jt_perfdata_writer){.fd = -1};
    writer->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    return writer->fd < 0 ? errno : 0;
}

void jt_perfdata_writer_close(struct jt_perfdata_writer *writer)
{
    if (writer->fd >= 0)
        close(writer->fd);
    free(writer->ids);
    *writer = (struct jt_perfdata_writer){.fd = -1};
}

/* 0 or an errno. */
static int write_at(int fd, const void *bytes, size_t count, uint64_t offset)
{
    const uint8_t *at = bytes;
    ssize_t written = 0;

    while (count > 0) {
        written = pwrite(fd, at, count, (off_t)offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? errno : EIO;
        at += written;
        count -= (size_t)written;
        offset += (uint64_t)written;
    }
    return 0;
}

static struct jt_perf_file_header make_header(const struct jt_perfdata_writer *writer)
{
    uint64_t attr_bytes = writer->attr.size + sizeof(struct jt_perf_section);

    return (struct jt_perf_file_header){
        .magic = JT_PERF_MAGIC2,
        .size = JT_PERF_FILE_HEADER_BYTES,
        .attr_size = attr_bytes,
        .attrs = {JT_PERF_FILE_HEADER_BYTES + writer->id_count * sizeof(uint64_t), attr_bytes},
        .data = {writer->data_start, 0},
    };
}

int jt_perfdata_writer_begin(struct jt_perfdata_writer *writer, const struct jt_perf_attr *attr,
                             const char *event_name, const uint64_t *ids, size_t id_count)
{
    struct jt_perf_section id_section = {JT_PERF_FILE_HEADER_BYTES, id_count * sizeof(*ids)};
    struct jt_buf buf = JT_BUF_INIT(FEATURES_LIMIT);
    struct jt_perf_file_header header = {0};

    writer->attr = *attr;
    writer->event_name = event_name;
    writer->ids = jt_alloc(id_count, sizeof(*ids));
    memcpy(writer->ids, ids, id_section.size);
    writer->id_count = id_count;
    writer->data_start =
        id_section.offset + id_section.size + attr->size + sizeof(struct jt_perf_section);
    header = make_header(writer);
    jt_buf_append(&buf, &header, sizeof(header));
    jt_buf_append(&buf, ids, id_section.size);
    jt_buf_append(&buf, attr, attr->size);
    jt_buf_append(&buf, &id_section, sizeof(id_section));
    writer->error = jt_buf_status(&buf) ? EFBIG : write_at(writer->fd, buf.bytes, buf.length, 0);
    writer->end = writer->data_start;
    jt_buf_release(&buf);
    return writer->error;
}

/* Take `written` bytes off the front of the pieces; how many pieces are left. */
static int advance(struct iovec *pieces, int count, size_t written)
{
    int done = 0;

    while (done < count && written >= pieces[done].iov_len)
        written -= pieces[done++].iov_len;
    if (done < count) {
        pieces[done].iov_base = (uint8_t *)pieces[done].iov_base + written;
        pieces[done].iov_len -= written;
    }
    memmove(pieces, pieces + done, (size_t)(count - done) * sizeof(*pieces));
    return count - done;
}

/* The header of the record that lies `offset` bytes into the pieces. Records are
 * multiples of 8 bytes, so a header never lies in both. */
static struct jt_perf_event_header header_at(const struct iovec *pieces, int count, size_t offset)
{
    struct jt_perf_event_header header = {0};
    int piece = 0;

    while (piece < count && offset >= pieces[piece].iov_len)
        offset -= pieces[piece++].iov_len;
    if (piece < count && pieces[piece].iov_len - offset >= sizeof(header))
        memcpy(&header, (const uint8_t *)pieces[piece].iov_base + offset, sizeof(header));
    return header;
}

/* How many of the first `written` bytes are whole records. */
static size_t whole_bytes(const struct iovec *pieces, int count, size_t written)
{
    size_t whole = 0;
    struct jt_perf_event_header header = header_at(pieces, count, 0);

    while (header.size >= sizeof(header) && whole + header.size <= written) {
        whole += header.size;
        header = header_at(pieces, count, whole);
    }
    return whole;
}

size_t jt_perfdata_writer_append(struct jt_perfdata_writer *writer, const struct iovec *pieces,
                                 int count)
{
    struct iovec left[PIECES];
    int left_count = count;
    size_t done = 0;
    ssize_t written = 0;

    if (count > PIECES)
        abort();
    if (writer->error)
        return 0;
    memcpy(left, pieces, (size_t)count * sizeof(*pieces));
    while (left_count > 0 && !writer->error) {
        written = pwritev(writer->fd, left, left_count, (off_t)(writer->end + done));
        if (written > 0) {
            done += (size_t)written;
            left_count = advance(left, left_count, (size_t)written);
        } else if (written == 0 || errno != EINTR) {
            writer->error = written == 0 ? EIO : errno;
        }
    }
    if (writer->error)
        done = whole_bytes(pieces, count, done);
    writer->end += done;
    if (writer->error && ftruncate(writer->fd, (off_t)writer->end) != 0)
        return done; /* a torn record stays behind the last whole one: readers stop there */
    return done;
}

void jt_perfdata_writer_append_mark(struct jt_perfdata_writer *writer, uint32_t type)
{
    struct jt_perf_event_header header = {type, 0, sizeof(header)};
    struct iovec piece = {&header, sizeof(header)};

    jt_perfdata_writer_append(writer, &piece, 1);
}

static void append_padded(struct jt_buf *buf, const char *text)
{
    size_t bytes = strlen(text) + 1;

    jt_buf_append(buf, text, bytes);
    jt_buf_append_zeros(buf, -bytes % JT_PERF_STRING_ALIGN);
}

static void append_string(struct jt_buf *buf, const char *text)
{
    size_t bytes = strlen(text) + 1;

    jt_buf_append_u32(buf, (uint32_t)(bytes + -bytes % JT_PERF_STRING_ALIGN));
    append_padded(buf, text);
}

static void append_build(struct jt_buf *buf, const struct jt_perfdata_build *build)
{
    const size_t fixed = sizeof(struct jt_perf_event_header) + 4 + 24;
    size_t name_bytes = strlen(build->path) + 1;
    uint16_t mode = build->is_kernel ? JT_PERF_MISC_KERNEL : JT_PERF_MISC_USER;
    const uint8_t size_field[4] = {build->id_bytes};

    name_bytes += -name_bytes % JT_PERF_STRING_ALIGN;
    jt_buf_append_u32(buf, 0); /* perf leaves the type empty here */
    jt_buf_append_u16(buf, mode | JT_PERF_MISC_BUILD_ID_SIZE);
    jt_buf_append_u16(buf, (uint16_t)(fixed + name_bytes));
    jt_buf_append_u32(buf, UINT32_MAX); /* the host, not a guest */
    jt_buf_append(buf, build->id, sizeof(build->id));
    jt_buf_append(buf, size_field, sizeof(size_field));
    append_padded(buf, build->path);
}

static void append_event(struct jt_buf *buf, const struct jt_perfdata_writer *writer)
{
    jt_buf_append_u32(buf, 1);
    jt_buf_append_u32(buf, writer->attr.size);
    jt_buf_append(buf, &writer->attr, writer->attr.size);
    jt_buf_append_u32(buf, (uint32_t)writer->id_count);
    append_string(buf, writer->event_name);
    jt_buf_append(buf, writer->ids, writer->id_count * sizeof(*writer->ids));
}

static void append_command(struct jt_buf *buf, const struct jt_perfdata_about *about)
{
    if (about->command_count == 0)
        return;
    jt_buf_append_u32(buf, (uint32_t)about->command_count);
    for (size_t i = 0; i < about->command_count; i++)
        append_string(buf, about->command[i]);
}

static const char *feature_text(int feature, const struct jt_perfdata_about *about)
{
    switch (feature) {
    case JT_PERF_FEAT_HOSTNAME:
        return about->hostname;
    case JT_PERF_FEAT_OSRELEASE:
        return about->os_release;
    case JT_PERF_FEAT_VERSION:
        return about->version;
    case JT_PERF_FEAT_ARCH:
        return about->arch;
    case JT_PERF_FEAT_CPUDESC:
        return about->cpu;
    default:
        return NULL;
    }
}

/* A pair of numbers, unless the first is missing. */
static void append_pair(struct jt_buf *buf, uint64_t first, uint64_t second)
{
    if (first == 0)
        return;
    jt_buf_append_u64(buf, first);
    jt_buf_append_u64(buf, second);
}

static void append_clock(struct jt_buf *buf, const struct jt_perfdata_about *about)
{
    if (about->clock_ns == 0)
        return;
    jt_buf_append_u32(buf, 1); /* version */
    jt_buf_append_u32(buf, JT_PERF_CLOCK_MONOTONIC);
    append_pair(buf, about->wall_ns, about->clock_ns);
}

/* Append nothing when the feature is not there. */
static void append_feature(struct jt_buf *buf, int feature, const struct jt_perfdata_writer *writer,
                           const struct jt_perfdata_about *about)
{
    const char *text = feature_text(feature, about);

    if (text)
        append_string(buf, text);
    switch (feature) {
    case JT_PERF_FEAT_BUILD_ID:
        for (size_t i = 0; i < about->build_count; i++)
            append_build(buf, &about->builds[i]);
        break;
    case JT_PERF_FEAT_NRCPUS:
        if (about->cpus_present) {
            jt_buf_append_u32(buf, about->cpus_present);
            jt_buf_append_u32(buf, about->cpus_online);
        }
        break;
    case JT_PERF_FEAT_TOTAL_MEM:
        if (about->memory_kib)
            jt_buf_append_u64(buf, about->memory_kib);
        break;
    case JT_PERF_FEAT_CMDLINE:
        append_command(buf, about);
        break;
    case JT_PERF_FEAT_EVENT_DESC:
        append_event(buf, writer);
        break;
    case JT_PERF_FEAT_SAMPLE_TIME:
        append_pair(buf, about->first_sample_ns, about->last_sample_ns);
        break;
    case JT_PERF_FEAT_CLOCKID:
        jt_buf_append_u64(buf, 1); /* resolution in ns */
        break;
    case JT_PERF_FEAT_CLOCK_DATA:
        append_clock(buf, about);
        break;
    default:
        break;
    }
}

/* The table of sections, one per feature, and then what they point to. */
static int write_features(struct jt_perfdata_writer *writer, const struct jt_perfdata_about *about,
                          uint64_t *present)
{
    struct jt_perf_section sections[64] = {{0}};
    struct jt_buf payload = JT_BUF_INIT(FEATURES_LIMIT);
    size_t before = 0;
    size_t count = 0;
    int error = 0;

    *present = 0;
    for (int feature = 0; feature < 64; feature++) {
        before = payload.length;
        append_feature(&payload, feature, writer, about);
        if (payload.length == before)
            continue;
        *present |= UINT64_C(1) << feature;
        sections[count++] = (struct jt_perf_section){before, payload.length - before};
    }
    for (size_t i = 0; i < count; i++)
        sections[i].offset += writer->end + count * sizeof(*sections);
    if (jt_buf_status(&payload))
        error = EFBIG;
    if (!error)
        error = write_at(writer->fd, sections, count * sizeof(*sections), writer->end);
    if (!error)
        error = write_at(writer->fd, payload.bytes, payload.length,
                         writer->end + count * sizeof(*sections));
    jt_buf_release(&payload);
    return error;
}

int jt_perfdata_writer_finish(struct jt_perfdata_writer *writer,
                              const struct jt_perfdata_about *about)
{
    struct jt_perf_file_header header = make_header(writer);
    int header_error = 0;
    int error = write_features(writer, about, &header.features[0]);

    if (error) {
        header.features[0] = 0;
        if (ftruncate(writer->fd, (off_t)writer->end) != 0)
            error = errno;
    }
    header.data.size = writer->end - writer->data_start;
    header_error = write_at(writer->fd, &header, sizeof(header), 0);
    if (writer->error)
        return writer->error;
    return error ? error : header_error;
}
