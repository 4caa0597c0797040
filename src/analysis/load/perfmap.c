/* Reads a map in blocks: the part of a line that a block cuts off is moved to
 * its front before the next one is read, so memory is bounded and no byte is
 * copied more than once. */
#include "analysis/load/perfmap.h"

#include "analysis/load/regular.h"
#include "base/alloc.h"
#include "format/perfmap.h"
#include "jitney/status.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BLOCK_BYTES = 256 << 10,
    LINE_MOST = 64 << 10, /* what follows is cut off the name */
    PROBED_LINES = 8,
};

struct reader {
    const struct jt_code_sink *sink;
    struct jt_load_damage *damage;
    uint64_t loads;
    uint64_t offset;       /* in the file, of the next byte to be parsed */
    int64_t first_skipped; /* offset of a line without meaning, -1: none */
    bool is_cut;           /* inside a line whose head was given already */
    bool failed;           /* the file could not be read to its end */
};

static void skip_line(struct reader *reader)
{
    reader->damage->skipped++;
    if (reader->first_skipped < 0)
        reader->first_skipped = (int64_t)reader->offset;
}

static int give_line(struct reader *reader, const char *text, size_t count)
{
    struct jt_perfmap_line line = {0};
    struct jt_code_event event = {.kind = JT_CODE_LOAD, .lines_offset = -1, .code_offset = -1};

    if (count > LINE_MOST) {
        reader->damage->repaired++;
        count = LINE_MOST;
    }
    if (count == 0 || (count == 1 && text[0] == '\r'))
        return JITNEY_OK;
    if (jt_perfmap_decode(text, count, &line) || line.bytes == 0) {
        skip_line(reader);
        return JITNEY_OK;
    }
    event.address = line.address;
    event.bytes = line.bytes;
    event.name = line.name;
    event.name_bytes = line.name_bytes;
    reader->loads++;
    return reader->sink->code(reader->sink->context, &event);
}

/* Parse the whole lines of a block; `*used` is what they and their newlines take. */
static int give_lines(struct reader *reader, const char *text, size_t count, size_t *used)
{
    const char *at = text;
    const char *end = text + count;
    int status = JITNEY_OK;

    while (!status && at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));

        if (!newline)
            break;
        if (!reader->is_cut)
            status = give_line(reader, at, (size_t)(newline - at));
        reader->is_cut = false;
        reader->offset += (uint64_t)(newline - at) + 1;
        at = newline + 1;
    }
    *used = (size_t)(at - text);
    return status;
}

/* What is left of a block when the line it begins is longer than may be kept:
 * give its head, drop the rest as it comes. `*used` is what was dealt with. */
static int cut_line(struct reader *reader, const char *text, size_t count, size_t *used)
{
    int status = JITNEY_OK;

    *used = 0;
    if (count <= LINE_MOST && !reader->is_cut)
        return JITNEY_OK;
    if (!reader->is_cut)
        status = give_line(reader, text, count);
    reader->is_cut = true;
    reader->offset += count;
    *used = count;
    return status;
}

/* The last line need not end in a newline. */
static int give_last(struct reader *reader, const char *text, size_t count)
{
    return reader->is_cut ? JITNEY_OK : give_line(reader, text, count);
}

static int give_block(struct reader *reader, const char *text, size_t count, size_t *used)
{
    size_t cut = 0;
    int status = give_lines(reader, text, count, used);

    if (!status)
        status = cut_line(reader, text + *used, count - *used, &cut);
    *used += cut;
    return status;
}

static size_t read_some(struct reader *reader, int fd, char *into, size_t room)
{
    ssize_t got = 0;

    do
        got = read(fd, into, room);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        reader->failed = true;
    return got > 0 ? (size_t)got : 0;
}

static int read_blocks(struct reader *reader, int fd, char *block)
{
    size_t kept = 0;
    size_t got = 0;
    size_t used = 0;
    int status = JITNEY_OK;

    for (;;) {
        got = read_some(reader, fd, block + kept, BLOCK_BYTES - kept);
        if (got == 0)
            break;
        kept += got;
        status = give_block(reader, block, kept, &used);
        if (status)
            return status;
        kept -= used;
        memmove(block, block + used, kept);
    }
    return give_last(reader, block, kept);
}

/* A file of which no line has a meaning is no perf map; an empty one is. */
static bool is_no_map(const struct reader *reader)
{
    return reader->loads == 0 && reader->damage->skipped > 0;
}

static int conclude(const struct reader *reader, int status)
{
    if (status)
        return status;
    if (reader->failed)
        return JITNEY_ERR_IO;
    return is_no_map(reader) ? JITNEY_ERR_FORMAT : JITNEY_OK;
}

static void say(const struct reader *reader, const char *path, struct jt_diag *diag)
{
    if (!diag)
        return;
    if (reader->failed)
        jt_diag_error(diag, path, (int64_t)reader->offset, "cannot be read");
    else if (is_no_map(reader))
        jt_diag_error(diag, path, JT_DIAG_NO_OFFSET, "not a perf map: no line is START SIZE NAME");
    else if (reader->first_skipped >= 0)
        jt_diag_warn(diag, path, reader->first_skipped,
                     "no code is named here; lines skipped like this one: %" PRIu64,
                     reader->damage->skipped);
}

int jt_perfmap_read(const char *path, struct jt_diag *diag, const struct jt_code_sink *sink,
                    struct jt_load_damage *damage)
{
    struct reader reader = {.sink = sink, .damage = damage, .first_skipped = -1};
    uint64_t bytes = 0;
    char *block = NULL;
    int fd = -1;
    int status = JITNEY_OK;

    *damage = (struct jt_load_damage){0};
    status = jt_regular_open(path, diag, &fd, &bytes);
    if (status)
        return status;
    block = jt_alloc(BLOCK_BYTES, 1);
    status = conclude(&reader, read_blocks(&reader, fd, block));
    say(&reader, path, diag);
    free(block);
    close(fd);
    return status;
}

int jt_perfmap_read_memory(const char *text, size_t bytes, const struct jt_code_sink *sink,
                           struct jt_load_damage *damage)
{
    struct reader reader = {.sink = sink, .damage = damage, .first_skipped = -1};
    size_t used = 0;
    int status = JITNEY_OK;

    *damage = (struct jt_load_damage){0};
    status = give_block(&reader, text, bytes, &used);
    if (!status)
        status = give_last(&reader, text + used, bytes - used);
    return conclude(&reader, status);
}

bool jt_perfmap_probe(const void *bytes, size_t count)
{
    const char *at = bytes;
    const char *end = at + count;
    struct jt_perfmap_line line = {0};
    unsigned seen = 0;
    unsigned good = 0;

    while (at < end && seen < PROBED_LINES) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        bool is_good = !jt_perfmap_decode(at, (size_t)(stop - at), &line);

        /* The last line of a prefix may be cut, so it is judged only when alone. */
        if (newline || seen == 0) {
            if (seen == 0 && (!is_good || memchr(at, 0, (size_t)(stop - at))))
                return false;
            seen++;
            good += is_good;
        }
        at = newline ? newline + 1 : end;
    }
    return seen > 0 && good * 2 >= seen;
}

uint32_t jt_perfmap_pid_of_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    uint64_t pid = 0;

    if (strncmp(base, "perf-", 5) != 0)
        return 0;
    for (base += 5; *base >= '0' && *base <= '9' && pid <= UINT32_MAX; base++)
        pid = pid * 10 + (uint64_t)(*base - '0');
    return strcmp(base, ".map") == 0 && pid <= UINT32_MAX ? (uint32_t)pid : 0;
}
