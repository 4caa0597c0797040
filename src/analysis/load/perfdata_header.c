/* What a perf.data says about itself: header, attributes, features (linux:
 * tools/perf/util/header.c, Documentation/perf.data-file-format.txt). */
#include "analysis/load/perfdata_private.h"

#include "base/alloc.h"
#include "jitney/status.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* A section is read in one piece; perf's are of some kilobytes, build ids of a
 * large system some hundreds. */
#define MOST_SECTION_BYTES ((uint64_t)64 << 20)

static int fail(struct jt_perfdata *perfdata, int64_t offset, const char *what)
{
    jt_diag_error(perfdata->diag, perfdata->name, offset, "%s", what);
    return JITNEY_ERR_FORMAT;
}

static struct jt_perf_input *input_of(struct jt_perfdata *perfdata)
{
    return &perfdata->sources.at[0]->input;
}

static bool is_inside(const struct jt_perf_input *input, const struct jt_perf_section *section)
{
    return section->offset <= input->bytes && section->size <= input->bytes - section->offset;
}

/* The bytes of a section, to be freed; NULL when it cannot be had. */
static uint8_t *read_section(struct jt_perf_input *input, const struct jt_perf_section *section)
{
    uint8_t *bytes = NULL;

    if (!is_inside(input, section) || section->size > MOST_SECTION_BYTES)
        return NULL;
    bytes = jt_alloc(section->size + 1, 1);
    if (jt_perf_input_copy(input, section->offset, bytes, section->size))
        return bytes;
    free(bytes);
    return NULL;
}

static struct jt_perf_section take_section(struct jt_bytes *in)
{
    struct jt_perf_section section = {.offset = jt_bytes_take_u64(in)};

    section.size = jt_bytes_take_u64(in);
    return section;
}

static struct jt_bytes bytes_of(const struct jt_perfdata *perfdata, const void *at, size_t count)
{
    struct jt_bytes in = jt_bytes_of(at, count);

    in.swap = perfdata->facts.swapped;
    return in;
}

/* A text in a table that ends at a NUL or with its bytes. */
static const char *keep_text(struct jt_perfdata *perfdata, const char *text, size_t bytes)
{
    uint32_t id = jt_strings_put(&perfdata->strings, text, bytes ? strnlen(text, bytes) : 0);

    return jt_strings_text(&perfdata->strings, id);
}

/* A string of the header: its padded size, then as many bytes. */
static const char *take_string(struct jt_perfdata *perfdata, struct jt_bytes *in)
{
    uint32_t bytes = jt_bytes_take_u32(in);
    const char *text = jt_bytes_take(in, bytes);

    return text ? keep_text(perfdata, text, bytes) : NULL;
}

void jt_perf_name_event(struct jt_perfdata *perfdata, uint32_t index, const char *name,
                        size_t bytes)
{
    if (index < perfdata->events.shown.count && bytes > 0 && name[0] != '\0')
        perfdata->events.shown.at[index].name = keep_text(perfdata, name, bytes);
}

/* One event of EVENT_DESC: its attribute again, ids and a name. Ids say whose
 * name it is, else its place in the list. */
static void take_event_name(struct jt_perfdata *perfdata, struct jt_bytes *in, uint32_t attr_bytes,
                            uint32_t place)
{
    uint32_t id_count = 0;
    const char *name = NULL;
    uint32_t index = place;

    jt_bytes_take(in, attr_bytes);
    id_count = jt_bytes_take_u32(in);
    name = take_string(perfdata, in);
    if (id_count > 0)
        index = jt_perf_events_find(&perfdata->events, jt_bytes_take_u64(in));
    if (id_count > 1)
        jt_bytes_take(in, (uint64_t)(id_count - 1) * 8);
    if (index == UINT32_MAX)
        index = place;
    if (name && !jt_bytes_failed(in))
        jt_perf_name_event(perfdata, index, name, strlen(name));
}

static void read_event_names(struct jt_perfdata *perfdata, struct jt_bytes *in)
{
    uint32_t count = jt_bytes_take_u32(in);
    uint32_t attr_bytes = jt_bytes_take_u32(in);

    for (uint32_t i = 0; i < count && !jt_bytes_failed(in); i++)
        take_event_name(perfdata, in, attr_bytes, i);
}

static void read_command(struct jt_perfdata *perfdata, struct jt_bytes *in)
{
    uint32_t count = jt_bytes_take_u32(in);

    jt_vec_clear(&perfdata->command);
    for (uint32_t i = 0; i < count && !jt_bytes_failed(in); i++) {
        const char *word = take_string(perfdata, in);

        if (word)
            jt_vec_push(&perfdata->command, word);
    }
}

void jt_perf_read_build_id(struct jt_perfdata *perfdata, const uint8_t *record, size_t bytes)
{
    struct jt_perf_event_header header = jt_perf_header(record, perfdata->facts.swapped);
    unsigned mode = header.misc & JT_PERF_MISC_CPUMODE_MASK;
    struct jt_bytes in = bytes_of(perfdata, record, bytes);
    struct jt_perfdata_build_id entry = {.bytes = JT_PERF_BUILD_ID_BYTES};
    const uint8_t *id = NULL;

    jt_bytes_take(&in, JT_PERF_EVENT_HEADER_BYTES);
    entry.pid = jt_bytes_take_u32(&in);
    id = jt_bytes_take(&in, JT_PERF_BUILD_ID_BYTES + 4);
    if (!id) {
        jt_perf_count_bad(perfdata, JT_DIAG_NO_OFFSET, "a build id that is too short");
        return;
    }
    if ((header.misc & JT_PERF_MISC_BUILD_ID_SIZE) && id[JT_PERF_BUILD_ID_BYTES] < entry.bytes)
        entry.bytes = id[JT_PERF_BUILD_ID_BYTES];
    memcpy(entry.build_id, id, entry.bytes);
    entry.path = keep_text(perfdata, (const char *)in.at, in.left);
    entry.is_kernel = mode == JT_PERF_MISC_KERNEL || mode == JT_PERF_MISC_GUEST_KERNEL;
    jt_vec_push(&perfdata->build_ids, entry);
}

static void read_build_ids(struct jt_perfdata *perfdata, struct jt_bytes *in)
{
    while (in->left >= JT_PERF_EVENT_HEADER_BYTES) {
        struct jt_perf_event_header header = jt_perf_header(in->at, in->swap);
        const uint8_t *record = in->at;

        if (header.size < JT_PERF_EVENT_HEADER_BYTES || !jt_bytes_take(in, header.size))
            return;
        jt_perf_read_build_id(perfdata, record, header.size);
    }
}

void jt_perf_read_feature(struct jt_perfdata *perfdata, uint64_t feature, struct jt_bytes *in)
{
    struct jt_perfdata_facts *facts = &perfdata->facts;

    switch (feature) {
    case JT_PERF_FEAT_BUILD_ID:
        read_build_ids(perfdata, in);
        break;
    case JT_PERF_FEAT_HOSTNAME:
        facts->hostname = take_string(perfdata, in);
        break;
    case JT_PERF_FEAT_OSRELEASE:
        facts->os_release = take_string(perfdata, in);
        break;
    case JT_PERF_FEAT_VERSION:
        facts->version = take_string(perfdata, in);
        break;
    case JT_PERF_FEAT_ARCH:
        facts->arch = take_string(perfdata, in);
        break;
    case JT_PERF_FEAT_CMDLINE:
        read_command(perfdata, in);
        break;
    case JT_PERF_FEAT_EVENT_DESC:
        read_event_names(perfdata, in);
        break;
    default:
        return;
    }
    if (jt_bytes_failed(in))
        jt_diag_warn(perfdata->diag, perfdata->name, JT_DIAG_NO_OFFSET,
                     "feature %" PRIu64 " is cut short", feature);
}

static bool is_wanted(uint64_t feature)
{
    return feature == JT_PERF_FEAT_BUILD_ID || feature == JT_PERF_FEAT_CMDLINE ||
           feature == JT_PERF_FEAT_EVENT_DESC ||
           (feature >= JT_PERF_FEAT_HOSTNAME && feature <= JT_PERF_FEAT_ARCH);
}

/* The feature whose section is named at `entry_at`; false when it is not there. */
static bool read_feature_section(struct jt_perfdata *perfdata, uint64_t feature, uint64_t entry_at)
{
    struct jt_perf_input *input = input_of(perfdata);
    uint8_t entry[sizeof(struct jt_perf_section)];
    struct jt_bytes in = bytes_of(perfdata, entry, sizeof(entry));
    struct jt_perf_section section = {0};
    uint8_t *bytes = NULL;

    if (!jt_perf_input_copy(input, entry_at, entry, sizeof(entry)))
        return false;
    section = take_section(&in);
    bytes = read_section(input, &section);
    if (!bytes)
        return false;
    in = bytes_of(perfdata, bytes, section.size);
    jt_perf_read_feature(perfdata, feature, &in);
    free(bytes);
    return true;
}

/* The table of sections, one for each bit that is set, follows the records. */
static void read_features(struct jt_perfdata *perfdata, const struct jt_perf_file_header *header)
{
    uint64_t entry_at = header->data.offset + header->data.size;

    for (uint64_t feature = 0; feature < JT_PERF_FEAT_BITS; feature++) {
        if (!(header->features[feature / 64] >> (feature % 64) & 1))
            continue;
        if (is_wanted(feature) && !read_feature_section(perfdata, feature, entry_at)) {
            jt_diag_warn(perfdata->diag, perfdata->name, (int64_t)entry_at,
                         "feature %" PRIu64 " lies outside of the file", feature);
            return;
        }
        entry_at += sizeof(struct jt_perf_section);
    }
}

/* A bitmap that was written as 32-bit words has its halves exchanged; perf
 * tells by the bit of a feature that is always there. */
static void mend_features(struct jt_perf_file_header *header)
{
    if (header->features[0] >> JT_PERF_FEAT_HOSTNAME & 1)
        return;
    if (!(header->features[0] >> (32 + JT_PERF_FEAT_HOSTNAME) & 1))
        return;
    for (size_t i = 0; i < 4; i++)
        header->features[i] = header->features[i] << 32 | header->features[i] >> 32;
}

static void take_file_header(struct jt_perf_file_header *header, struct jt_bytes *in)
{
    header->magic = jt_bytes_take_u64(in);
    header->size = jt_bytes_take_u64(in);
    header->attr_size = jt_bytes_take_u64(in);
    header->attrs = take_section(in);
    header->data = take_section(in);
    header->event_types = take_section(in);
    for (size_t i = 0; i < 4; i++)
        header->features[i] = jt_bytes_take_u64(in);
    if (in->swap)
        mend_features(header);
}

/* One entry: an attribute, then where its ids are. All of them together are
 * not larger than the file, unless they are made up. */
static void read_attr(struct jt_perfdata *perfdata, const uint8_t *entry, uint64_t entry_bytes,
                      uint64_t *id_bytes_left)
{
    struct jt_perf_section section = {0};
    struct jt_bytes attr = bytes_of(perfdata, entry, entry_bytes - sizeof(section));
    struct jt_bytes in = bytes_of(perfdata, entry + attr.left, sizeof(section));
    struct jt_bytes ids = {0};
    uint8_t *bytes = NULL;

    section = take_section(&in);
    if (section.size <= *id_bytes_left)
        bytes = read_section(input_of(perfdata), &section);
    if (bytes) {
        *id_bytes_left -= section.size;
        ids = bytes_of(perfdata, bytes, section.size);
    } else {
        jt_diag_warn(perfdata->diag, perfdata->name, JT_DIAG_NO_OFFSET,
                     "the ids of an event lie outside of the file");
    }
    jt_perf_events_add(&perfdata->events, &attr, &ids);
    free(bytes);
}

static int read_attrs(struct jt_perfdata *perfdata, const struct jt_perf_file_header *header)
{
    const uint64_t least = JT_PERF_ATTR_BYTES_MIN + sizeof(struct jt_perf_section);
    uint64_t id_bytes_left = input_of(perfdata)->bytes;
    uint8_t *bytes = NULL;

    if (header->attr_size < least || header->attr_size > JT_PERF_BLOCK_BYTES)
        return fail(perfdata, offsetof(struct jt_perf_file_header, attr_size),
                    "attributes of an impossible size");
    bytes = read_section(input_of(perfdata), &header->attrs);
    if (!bytes)
        return fail(perfdata, offsetof(struct jt_perf_file_header, attrs),
                    "the attributes lie outside of the file");
    for (uint64_t at = 0; header->attrs.size - at >= header->attr_size; at += header->attr_size)
        read_attr(perfdata, bytes + at, header->attr_size, &id_bytes_left);
    free(bytes);
    return JITNEY_OK;
}

/* Where the records are, as far as the file goes. */
static int set_records(struct jt_perfdata *perfdata, const struct jt_perf_file_header *header)
{
    struct jt_perf_source *source = perfdata->sources.at[0];
    const struct jt_perf_section *data = &header->data;

    if (data->offset > source->input.bytes || data->offset < JT_PERF_PIPE_HEADER_BYTES)
        return fail(perfdata, offsetof(struct jt_perf_file_header, data),
                    "the records lie outside of the file");
    source->position = data->offset;
    source->end = source->input.bytes;
    perfdata->facts.unfinished = data->size == 0;
    if (data->size == 0)
        jt_diag_warn(perfdata->diag, perfdata->name, offsetof(struct jt_perf_file_header, data),
                     "its writer did not come to the end; reading what is there");
    else if (is_inside(&source->input, data))
        source->end = data->offset + data->size;
    else
        jt_diag_warn(perfdata->diag, perfdata->name, (int64_t)source->input.bytes,
                     "the file is cut short: %" PRIu64 " bytes of records are missing",
                     data->size - (source->input.bytes - data->offset));
    return JITNEY_OK;
}

static int read_file_header(struct jt_perfdata *perfdata, uint64_t header_bytes)
{
    struct jt_perf_input *input = input_of(perfdata);
    struct jt_perf_file_header header = {0};
    uint8_t bytes[JT_PERF_FILE_HEADER_BYTES] = {0};
    struct jt_bytes in = bytes_of(perfdata, bytes, sizeof(bytes));
    size_t count = header_bytes < sizeof(bytes) ? (size_t)header_bytes : sizeof(bytes);
    int status = JITNEY_OK;

    if (header_bytes < offsetof(struct jt_perf_file_header, features))
        return fail(perfdata, offsetof(struct jt_perf_file_header, size),
                    "a header of an impossible size");
    if (!jt_perf_input_copy(input, 0, bytes, count))
        return fail(perfdata, (int64_t)input->bytes, "the file ends within its header");
    take_file_header(&header, &in);
    status = set_records(perfdata, &header);
    if (!status)
        status = read_attrs(perfdata, &header);
    if (!status && header.data.size > 0 && is_inside(input, &header.data))
        read_features(perfdata, &header);
    return status;
}

/* "PERFFILE" says nothing about the byte order; the size of the header does. */
static bool find_byte_order(const uint8_t *bytes, bool *is_swapped)
{
    uint64_t magic = jt_perf_u64(bytes, false);
    uint64_t size = jt_perf_u64(bytes + 8, false);

    if (magic == JT_PERF_MAGIC2 || magic == __builtin_bswap64(JT_PERF_MAGIC2))
        *is_swapped = magic != JT_PERF_MAGIC2;
    else
        *is_swapped = size > UINT32_MAX;
    return jt_perfdata_probe(bytes, 8);
}

static int read_pipe_start(struct jt_perfdata *perfdata, uint8_t *bytes)
{
    struct jt_perf_source *source = perfdata->sources.at[0];
    size_t room = 0;

    source->end = UINT64_MAX;
    while (jt_perf_stream_left(&source->piped) < JT_PERF_PIPE_HEADER_BYTES) {
        uint8_t *at = jt_perf_stream_room(&source->piped, JT_PERF_PIPE_HEADER_BYTES, &room);
        size_t got = jt_perf_input_pull(&source->input, at, room);

        if (got == 0)
            break;
        jt_perf_stream_commit(&source->piped, got);
    }
    room = jt_perf_stream_left(&source->piped);
    if (room == 0)
        return fail(perfdata, JT_DIAG_NO_OFFSET, "is empty");
    room = room < JT_PERF_PIPE_HEADER_BYTES ? room : JT_PERF_PIPE_HEADER_BYTES;
    memcpy(bytes, jt_perf_stream_peek(&source->piped, room), room);
    return JITNEY_OK;
}

static int read_start(struct jt_perfdata *perfdata, uint8_t *bytes)
{
    struct jt_perf_source *source = perfdata->sources.at[0];
    uint64_t count = source->input.bytes;

    if (source->input.is_pipe)
        return read_pipe_start(perfdata, bytes);
    source->end = count;
    if (count == 0)
        return fail(perfdata, JT_DIAG_NO_OFFSET, "is empty");
    count = count < JT_PERF_PIPE_HEADER_BYTES ? count : JT_PERF_PIPE_HEADER_BYTES;
    if (jt_perf_input_copy(&source->input, 0, bytes, count))
        return JITNEY_OK;
    jt_diag_error(perfdata->diag, perfdata->name, 0, "cannot be read: %s",
                  strerror(source->input.error));
    return JITNEY_ERR_IO;
}

int jt_perf_read_header(struct jt_perfdata *perfdata)
{
    struct jt_perf_source *source = perfdata->sources.at[0];
    uint8_t bytes[JT_PERF_PIPE_HEADER_BYTES] = {0};
    uint64_t header_bytes = 0;
    int status = read_start(perfdata, bytes);

    if (status)
        return status;
    if (!find_byte_order(bytes, &perfdata->facts.swapped))
        return fail(perfdata, 0, "not a perf.data file");
    header_bytes = jt_perf_u64(bytes + 8, perfdata->facts.swapped);
    if (header_bytes != JT_PERF_PIPE_HEADER_BYTES && source->input.is_pipe)
        return fail(perfdata, 8, "not of perf's pipe form; give the name of the file instead");
    if (header_bytes != JT_PERF_PIPE_HEADER_BYTES)
        return read_file_header(perfdata, header_bytes);
    if (source->input.is_pipe)
        jt_perf_stream_take(&source->piped, JT_PERF_PIPE_HEADER_BYTES);
    source->position = JT_PERF_PIPE_HEADER_BYTES;
    return JITNEY_OK;
}
