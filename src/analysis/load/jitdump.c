/* Reads a dump through a window of one block: code, most of a dump, is stepped
 * over, and a record's fixed part and name are all that is looked at. Line
 * tables are read again when somebody asks for them. */
#include "analysis/load/jitdump.h"

#include "analysis/load/jitdump_lines.h"
#include "analysis/load/jitdump_load.h"
#include "analysis/load/regular.h"
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/map.h"
#include "base/vec.h"
#include "format/jitdump.h"
#include "jitney/status.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BLOCK_BYTES = 128 << 10,
    NAME_MOST = 64 << 10,    /* a longer name is cut */
    HEADER_MOST = 4096,      /* a header that says it is longer is not believed */
    TABLE_MOST = 32 << 20,   /* of a line table; what follows is left out */
    PENDING_MOST = 64 << 10, /* line tables that wait for their code */
    LATEST_VERSION = 2,      /* the specification calls itself that; the layout is that of 1 */
};

#define V8_PAD UINT32_C(0xdeadbeef)   /* V8: src/diagnostics/perf-jit.cc */
#define CODE_MOST INT64_C(0x7fffffff) /* linux: util/jitdump.c keeps sizes in an int */

/* A line table read before the code it describes. */
struct pending {
    int64_t offset; /* of its record; -1 when its code was found */
    uint64_t first_entry;
};

struct jt_jitdump {
    char *name;
    struct jt_diag *diag;
    struct jt_jitdump_facts facts;
    uint64_t bytes; /* of the file */
    uint64_t first_record;
    bool is_v8;
    bool is_header_repaired;
    bool failed; /* the file could not be read */

    int fd;                /* -1: all of it is in the window */
    const uint8_t *window; /* what is at hand of the file */
    uint64_t window_at;
    size_t window_bytes;
    uint8_t *block;

    struct jt_map pending_by_address; /* to an index into `pending` */
    struct jt_vec(struct pending) pending;
    uint64_t tables_biased; /* their first entry is just JT_JITDUMP_LINE_BIAS into the code */
    uint64_t tables_late;   /* it is further in */
    uint64_t tables_plain;  /* it is before that */

    struct jt_jitdump_rows rows;
    struct jt_vec(uint8_t) table;
    struct jt_map damaged_tables; /* counted already */
};

/* A record of which at least the prefix is in the file as a whole. */
struct record {
    uint64_t offset;
    struct jt_jitdump_prefix prefix;
};

static size_t read_at(const struct jt_jitdump *dump, uint64_t offset, uint8_t *into, size_t room)
{
    size_t total = 0;

    while (total < room) {
        ssize_t got = pread(dump->fd, into + total, room - total, (off_t)(offset + total));

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        total += (size_t)got;
    }
    return total;
}

/* `count` bytes of the file, at most a block; NULL when they cannot be had. */
static const uint8_t *look(struct jt_jitdump *dump, uint64_t offset, size_t count)
{
    uint64_t skipped = offset - dump->window_at;

    if (offset < dump->window_at || skipped > dump->window_bytes ||
        count > dump->window_bytes - skipped) {
        if (dump->fd < 0)
            return NULL;
        dump->window_at = offset;
        dump->window_bytes = read_at(dump, offset, dump->block, BLOCK_BYTES);
        skipped = 0;
        if (dump->window_bytes < count) {
            dump->failed = true;
            return NULL;
        }
    }
    return dump->window + skipped;
}

static struct jt_bytes look_bytes(struct jt_jitdump *dump, uint64_t offset, size_t count)
{
    const uint8_t *at = look(dump, offset, count);
    struct jt_bytes in = jt_bytes_of(at, at ? count : 0);

    in.swap = dump->facts.swapped;
    in.failed = !at;
    return in;
}

static void warn(struct jt_jitdump *dump, uint64_t offset, const char *what, uint64_t value)
{
    if (dump->diag)
        jt_diag_warn(dump->diag, dump->name, (int64_t)offset, "%s: %" PRIu64, what, value);
}

static int reject(struct jt_jitdump *dump, const char *what, int status)
{
    if (dump->diag)
        jt_diag_error(dump->diag, dump->name, 0, "%s", what);
    return status;
}

static int read_header(struct jt_jitdump *dump)
{
    struct jt_jitdump_header header = {0};
    struct jt_bytes in = {0};
    size_t count =
        dump->bytes < JT_JITDUMP_HEADER_BYTES ? (size_t)dump->bytes : JT_JITDUMP_HEADER_BYTES;

    if (count == 0)
        return reject(dump, "is empty", JITNEY_ERR_FORMAT);
    in = look_bytes(dump, 0, count);
    if (!jt_jitdump_probe(in.at, in.left))
        return reject(dump, "is no jitdump", JITNEY_ERR_FORMAT);
    if (jt_jitdump_decode_header(&in, &header))
        return reject(dump, "ends inside its header", JITNEY_ERR_FORMAT);
    dump->facts.swapped = in.swap;
    dump->facts.pid = header.pid;
    dump->facts.machine = header.machine;
    dump->facts.created = header.time;
    dump->facts.arch_timestamp = header.flags & JT_JITDUMP_ARCH_TIMESTAMP;
    dump->is_v8 = header.pad == V8_PAD;
    if (header.version == 0 || header.version > LATEST_VERSION)
        return reject(dump, "is a jitdump of an unknown version", JITNEY_ERR_VERSION);
    dump->first_record = header.total_bytes;
    if (header.total_bytes < JT_JITDUMP_HEADER_BYTES || header.total_bytes > HEADER_MOST) {
        warn(dump, 8, "the header's size is wrong; 40 taken instead", header.total_bytes);
        dump->first_record = JT_JITDUMP_HEADER_BYTES;
        dump->is_header_repaired = true;
    }
    return JITNEY_OK;
}

static struct jt_jitdump *new_dump(const char *name, struct jt_diag *diag)
{
    struct jt_jitdump *dump = jt_alloc(1, sizeof(*dump));

    dump->name = jt_strdup(name);
    dump->diag = diag;
    dump->fd = -1;
    return dump;
}

bool jt_jitdump_probe(const void *bytes, size_t count)
{
    struct jt_bytes in = jt_bytes_of(bytes, count);
    uint32_t magic = jt_bytes_take_u32(&in);

    return magic == JT_JITDUMP_MAGIC || magic == __builtin_bswap32(JT_JITDUMP_MAGIC);
}

static int finish_open(struct jt_jitdump *opened, struct jt_jitdump **dump)
{
    int status = read_header(opened);

    if (status) {
        jt_jitdump_close(opened);
        return status;
    }
    *dump = opened;
    return JITNEY_OK;
}

int jt_jitdump_open(const char *path, struct jt_diag *diag, struct jt_jitdump **dump)
{
    struct jt_jitdump *opened = NULL;
    uint64_t bytes = 0;
    int fd = -1;
    int status = jt_regular_open(path, diag, &fd, &bytes);

    *dump = NULL;
    if (status)
        return status;
    opened = new_dump(path, diag);
    opened->fd = fd;
    opened->bytes = bytes;
    opened->block = jt_alloc(BLOCK_BYTES, 1);
    opened->window = opened->block;
    return finish_open(opened, dump);
}

int jt_jitdump_open_memory(const void *bytes, size_t count, const char *name, struct jt_diag *diag,
                           struct jt_jitdump **dump)
{
    struct jt_jitdump *opened = new_dump(name, diag);

    *dump = NULL;
    opened->bytes = count;
    opened->window = bytes;
    opened->window_bytes = count;
    return finish_open(opened, dump);
}

void jt_jitdump_close(struct jt_jitdump *dump)
{
    if (!dump)
        return;
    if (dump->fd >= 0)
        close(dump->fd);
    jt_map_release(&dump->pending_by_address);
    jt_map_release(&dump->damaged_tables);
    jt_vec_release(&dump->pending);
    jt_vec_release(&dump->table);
    jt_jitdump_rows_release(&dump->rows);
    free(dump->block);
    free(dump->name);
    free(dump);
}

const struct jt_jitdump_facts *jt_jitdump_facts(const struct jt_jitdump *dump)
{
    return &dump->facts;
}

static void forget_pending(struct jt_jitdump *dump)
{
    jt_map_release(&dump->pending_by_address);
    jt_vec_clear(&dump->pending);
}

/* Keep where the table is until its LOAD comes. Some writers put many tables
 * before many LOADs (LLVM: JITLoaderPerf.cpp), so each is found by its address. */
static int take_debug_info(struct jt_jitdump *dump, const struct record *record)
{
    struct jt_bytes in = {0};
    struct jt_jitdump_debug_info info = {0};
    struct jt_jitdump_debug_entry entry = {0};
    size_t wanted = JT_JITDUMP_DEBUG_INFO_BYTES + JT_JITDUMP_DEBUG_ENTRY_BYTES;

    dump->facts.debug_infos++;
    if (record->prefix.total_bytes < wanted)
        return JITNEY_OK;
    in = look_bytes(dump, record->offset, wanted);
    jt_bytes_take(&in, JT_JITDUMP_PREFIX_BYTES);
    jt_jitdump_decode_debug_info(&in, &info);
    if (jt_jitdump_decode_debug_entry(&in, &entry))
        return JITNEY_ERR_IO;
    if (info.entries == 0)
        return JITNEY_OK;
    if (dump->pending.count == PENDING_MOST)
        forget_pending(dump);
    *jt_map_put(&dump->pending_by_address, info.address) = (uint32_t)dump->pending.count;
    jt_vec_push(&dump->pending, (struct pending){(int64_t)record->offset, entry.address});
    return JITNEY_OK;
}

static void note_bias(struct jt_jitdump *dump, uint64_t first_entry, uint64_t address)
{
    if (first_entry < address + JT_JITDUMP_LINE_BIAS)
        dump->tables_plain++;
    else if (first_entry == address + JT_JITDUMP_LINE_BIAS)
        dump->tables_biased++;
    else
        dump->tables_late++;
}

/* The table of this code: the one that names its address, else the one just
 * before it, as perf does; never one whose entries lie elsewhere. */
static int64_t take_pending(struct jt_jitdump *dump, const struct jt_jitdump_load *load)
{
    uint32_t index = jt_map_find(&dump->pending_by_address, load->address);
    struct pending *found = NULL;
    int64_t offset = -1;

    if (dump->pending.count == 0)
        return -1;
    if (index == JT_MAP_NONE || dump->pending.at[index].offset < 0)
        index = (uint32_t)dump->pending.count - 1;
    found = &dump->pending.at[index];
    offset = found->offset;
    if (offset < 0 || !jt_jitdump_lines_fit(found->first_entry, load->address, load->code_bytes))
        return -1;
    found->offset = -1;
    note_bias(dump, found->first_entry, load->address);
    return offset;
}

/* V8 adds the bias to every table, and one cannot tell from a table alone. */
static bool is_biased(const struct jt_jitdump *dump)
{
    uint64_t biased = dump->tables_biased + (dump->is_v8 ? dump->tables_late : 0);

    return biased > dump->tables_plain;
}

static int look_at_load(struct jt_jitdump *dump, const struct record *record,
                        struct jt_jitdump_load *load, struct jt_jitdump_load_parts *parts)
{
    uint64_t body = record->prefix.total_bytes - JT_JITDUMP_LOAD_BYTES;
    struct jt_bytes in = look_bytes(dump, record->offset, JT_JITDUMP_LOAD_BYTES);
    const uint8_t *text = NULL;
    uint64_t seen = 0;

    jt_bytes_take(&in, JT_JITDUMP_PREFIX_BYTES);
    if (jt_jitdump_decode_load(&in, load))
        return JITNEY_ERR_IO;
    seen = load->code_bytes <= body ? body - load->code_bytes : body;
    if (seen > NAME_MOST)
        seen = NAME_MOST;
    text = look(dump, record->offset + JT_JITDUMP_LOAD_BYTES, (size_t)seen);
    if (!text)
        return JITNEY_ERR_IO;
    parts->code_bytes = load->code_bytes;
    jt_jitdump_load_split(parts, (const char *)text, (size_t)seen, body);
    return JITNEY_OK;
}

static int take_load(struct jt_jitdump *dump, const struct record *record,
                     const struct jt_code_sink *sink)
{
    struct jt_jitdump_load load = {0};
    struct jt_jitdump_load_parts parts = {0};
    struct jt_code_event event = {.kind = JT_CODE_LOAD, .time_ns = record->prefix.time};

    if (record->prefix.total_bytes < JT_JITDUMP_LOAD_BYTES) {
        dump->facts.damage.skipped++;
        return JITNEY_OK;
    }
    dump->facts.loads++;
    if (look_at_load(dump, record, &load, &parts))
        return JITNEY_ERR_IO;
    if (parts.code_bytes == 0 || parts.code_bytes > CODE_MOST ||
        load.address > UINT64_MAX - parts.code_bytes) {
        dump->facts.damage.skipped++;
        return JITNEY_OK;
    }
    dump->facts.damage.repaired += parts.is_repaired;
    load.code_bytes = parts.code_bytes;
    event.pid = load.pid;
    event.tid = load.tid;
    event.address = load.address;
    event.bytes = load.code_bytes;
    event.index = load.index;
    event.name = parts.name;
    event.name_bytes = parts.name_bytes;
    event.lines_offset = take_pending(dump, &load);
    event.code_offset = parts.code_at ? (int64_t)(record->offset + parts.code_at) : -1;
    return sink->code(sink->context, &event);
}

static int take_move(struct jt_jitdump *dump, const struct record *record,
                     const struct jt_code_sink *sink)
{
    struct jt_bytes in = {0};
    struct jt_jitdump_move move = {0};
    struct jt_code_event event = {
        .kind = JT_CODE_MOVE,
        .time_ns = record->prefix.time,
        .name = "",
        .lines_offset = -1,
        .code_offset = -1,
    };

    if (record->prefix.total_bytes < JT_JITDUMP_MOVE_BYTES) {
        dump->facts.damage.skipped++;
        return JITNEY_OK;
    }
    in = look_bytes(dump, record->offset, JT_JITDUMP_MOVE_BYTES);
    jt_bytes_take(&in, JT_JITDUMP_PREFIX_BYTES);
    if (jt_jitdump_decode_move(&in, &move))
        return JITNEY_ERR_IO;
    dump->facts.moves++;
    event.pid = move.pid;
    event.tid = move.tid;
    event.address = move.new_address;
    event.old_address = move.old_address;
    event.bytes = move.code_bytes;
    event.index = move.index;
    return sink->code(sink->context, &event);
}

static void note_time(struct jt_jitdump_facts *facts, uint64_t time)
{
    if (time < facts->last_ns)
        facts->damage.out_of_order++;
    else
        facts->last_ns = time;
    if (facts->first_ns == 0 || time < facts->first_ns)
        facts->first_ns = time;
}

static int take_record(struct jt_jitdump *dump, const struct record *record,
                       const struct jt_code_sink *sink)
{
    if (record->prefix.id <= JT_JITDUMP_UNWINDING_INFO)
        note_time(&dump->facts, record->prefix.time);
    switch (record->prefix.id) {
    case JT_JITDUMP_LOAD:
        return take_load(dump, record, sink);
    case JT_JITDUMP_MOVE:
        return take_move(dump, record, sink);
    case JT_JITDUMP_DEBUG_INFO:
        return take_debug_info(dump, record);
    case JT_JITDUMP_CLOSE:
        dump->facts.closes++;
        return JITNEY_OK;
    case JT_JITDUMP_UNWINDING_INFO:
        dump->facts.unwinding_infos++;
        return JITNEY_OK;
    default:
        dump->facts.damage.skipped++;
        warn(dump, record->offset, "a record of an unknown kind is skipped", record->prefix.id);
        return JITNEY_OK;
    }
}

/* A whole dump appended to another brings its header along, which read as a
 * record has the magic number as its kind and the version as its size. */
static bool is_inner_header(const struct jt_jitdump_prefix *prefix)
{
    return prefix->id == JT_JITDUMP_MAGIC && prefix->total_bytes >= 1 &&
           prefix->total_bytes <= LATEST_VERSION;
}

/* The next record, or false where whole records end: at the end of the file,
 * inside a record that was not written as a whole, or at garbage. */
static bool next_record(struct jt_jitdump *dump, struct record *record)
{
    uint64_t left = dump->bytes > record->offset ? dump->bytes - record->offset : 0;
    struct jt_bytes in = {0};

    if (left < JT_JITDUMP_PREFIX_BYTES)
        return false;
    in = look_bytes(dump, record->offset, JT_JITDUMP_PREFIX_BYTES);
    if (jt_jitdump_decode_prefix(&in, &record->prefix))
        return false;
    if (is_inner_header(&record->prefix) && left >= JT_JITDUMP_HEADER_BYTES)
        return true;
    if (record->prefix.total_bytes < JT_JITDUMP_PREFIX_BYTES) {
        warn(dump, record->offset, "no record can be this small, reading ends here; its size",
             record->prefix.total_bytes);
        return false;
    }
    return record->prefix.total_bytes <= left;
}

static void begin_read(struct jt_jitdump *dump)
{
    struct jt_jitdump_facts *facts = &dump->facts;

    forget_pending(dump);
    dump->tables_biased = dump->tables_late = dump->tables_plain = 0;
    dump->failed = false;
    facts->loads = facts->moves = facts->closes = 0;
    facts->debug_infos = facts->unwinding_infos = 0;
    facts->first_ns = facts->last_ns = 0;
    jt_map_release(&dump->damaged_tables);
    facts->damage = (struct jt_load_damage){.repaired = dump->is_header_repaired};
}

static int finish_read(struct jt_jitdump *dump, uint64_t offset, int status)
{
    if (dump->failed) {
        if (dump->diag)
            jt_diag_error(dump->diag, dump->name, (int64_t)offset, "cannot be read");
        return JITNEY_ERR_IO;
    }
    if (status)
        return status;
    /* A writer that was killed, or still writes, leaves such an end. */
    if (dump->bytes > offset)
        dump->facts.damage.torn_bytes = dump->bytes - offset;
    if (dump->facts.damage.torn_bytes && dump->diag)
        jt_diag_note(dump->diag,
                     "%s: offset %" PRIu64 ": the last %" PRIu64 " bytes are no whole record",
                     dump->name, offset, dump->facts.damage.torn_bytes);
    return JITNEY_OK;
}

int jt_jitdump_read(struct jt_jitdump *dump, const struct jt_code_sink *sink)
{
    struct record record = {.offset = dump->first_record};
    int status = JITNEY_OK;

    begin_read(dump);
    while (!status && next_record(dump, &record)) {
        if (is_inner_header(&record.prefix)) {
            dump->facts.damage.repaired++;
            record.offset += JT_JITDUMP_HEADER_BYTES;
            continue;
        }
        status = take_record(dump, &record, sink);
        record.offset += record.prefix.total_bytes;
    }
    return finish_read(dump, record.offset, status);
}

/* The record at `offset`, as much of it as may be held; NULL when it is no
 * line table. */
static const uint8_t *hold_table(struct jt_jitdump *dump, uint64_t offset, size_t *bytes)
{
    struct jt_bytes in = {0};
    struct jt_jitdump_prefix prefix = {0};
    size_t count = 0;

    if (offset >= dump->bytes || dump->bytes - offset < JT_JITDUMP_PREFIX_BYTES)
        return NULL;
    jt_vec_clear(&dump->table);
    jt_vec_reserve(&dump->table, JT_JITDUMP_PREFIX_BYTES);
    if (dump->fd < 0)
        in = jt_bytes_of(dump->window + offset, JT_JITDUMP_PREFIX_BYTES);
    else
        in = jt_bytes_of(dump->table.at,
                         read_at(dump, offset, dump->table.at, JT_JITDUMP_PREFIX_BYTES));
    in.swap = dump->facts.swapped;
    if (jt_jitdump_decode_prefix(&in, &prefix) || prefix.id != JT_JITDUMP_DEBUG_INFO ||
        prefix.total_bytes > dump->bytes - offset)
        return NULL;
    count = prefix.total_bytes < TABLE_MOST ? prefix.total_bytes : TABLE_MOST;
    *bytes = count;
    if (dump->fd < 0)
        return dump->window + offset;
    jt_vec_reserve(&dump->table, count);
    *bytes = read_at(dump, offset, dump->table.at, count);
    return dump->table.at;
}

static void count_damage(struct jt_jitdump *dump, uint64_t offset)
{
    uint32_t *counted = NULL;

    if (!dump->rows.is_damaged)
        return;
    counted = jt_map_put(&dump->damaged_tables, offset);
    if (*counted == JT_MAP_NONE)
        dump->facts.damage.repaired++;
    *counted = 1;
}

size_t jt_jitdump_lines(struct jt_jitdump *dump, int64_t lines_offset, uint64_t address,
                        uint64_t bytes, const struct jt_line **lines)
{
    struct jt_jitdump_table table = {
        .address = address,
        .code_bytes = bytes,
        .swap = dump->facts.swapped,
        .is_v8 = dump->is_v8,
        .is_biased = is_biased(dump),
    };
    size_t count = 0;

    *lines = NULL;
    if (lines_offset < 0)
        return 0;
    table.record = hold_table(dump, (uint64_t)lines_offset, &table.bytes);
    if (!table.record)
        return 0;
    count = jt_jitdump_rows_decode(&dump->rows, &table);
    count_damage(dump, (uint64_t)lines_offset);
    *lines = dump->rows.rows.at;
    return count;
}

uint32_t jt_jitdump_pid_of_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *at = slash ? slash + 1 : path;
    uint64_t number = 0;
    unsigned numbers = 0;

    if (strncmp(at, "jit-", 4) != 0)
        return 0;
    at += 3;
    while (*at == '-' && numbers < 2) {
        const char *digits = ++at;

        for (number = 0; *at >= '0' && *at <= '9' && number <= UINT32_MAX; at++)
            number = number * 10 + (uint64_t)(*at - '0');
        if (at == digits || number > UINT32_MAX)
            return 0;
        numbers++;
    }
    return strcmp(at, ".dump") == 0 ? (uint32_t)number : 0;
}
