/* DIRECTORY/jit-PID.dump: code with its bytes, lines and unwinding, for perf
 * inject. Each event is one writev(): the records of a load belong together, for perf
 * attaches a table to whatever load comes next. Layout: format/jitdump.h; what perf
 * makes of it: docs/formats/jitdump.md. */
#include "format/jitdump.h"

#include "base/clock.h"
#include "base/hash.h"
#include "format/eh_frame.h"
#include "format/perfmap.h"
#include "format/plain.h"
#include "format/sort.h"
#include "jitney/status.h"
#include "runtime/codemap.h"
#include "runtime/file.h"
#include "runtime/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    RECORD_LIMIT = 64 << 20, /* of all that is not code */
    TABLE_LIMIT = 16 << 20,  /* of a line table */
    KEPT_ROOM = 1 << 20,     /* a buffer that grew larger is given back */
    FILE_LIMIT = 4096,
    CODE_LIMIT = 0x7fff0000, /* perf keeps sizes in an int */
    MARKER_BYTES = 4096,
};

struct jitdump {
    const struct jt_sink_host *host;
    struct jt_buf out;
    struct jt_buf order; /* uint64_t: line rows by offset, when they come unsorted */
    void *marker;        /* NULL: could not be mapped */
    uint64_t reloads;    /* of code that moved */
    uint64_t index_base; /* added to the numbers of code */
    uint32_t pid;
    int fd;
};

/* ---- the file ---- */

static int write_header(struct jitdump *dump)
{
    struct jt_jitdump_header header = {.version = JT_JITDUMP_VERSION,
                                       .total_bytes = JT_JITDUMP_HEADER_BYTES,
                                       .machine = jt_eh_frame_host_machine(),
                                       .pid = dump->pid,
                                       .time = jt_clock_ns()};
    struct iovec part;

    jt_buf_clear(&dump->out);
    jt_jitdump_encode_header(&dump->out, &header);
    if (jt_buf_status(&dump->out))
        return jt_buf_status(&dump->out);
    part = (struct iovec){.iov_base = dump->out.bytes, .iov_len = dump->out.length};
    return jt_file_append(dump->fd, &part, 1) ? JITNEY_ERR_IO : JITNEY_OK;
}

/* A file that this process made before: our own, or another runtime's in it. */
static int check_header(const struct jitdump *dump)
{
    uint8_t bytes[JT_JITDUMP_HEADER_BYTES];
    struct jt_bytes in = jt_bytes_of(bytes, sizeof(bytes));
    struct jt_jitdump_header header;

    if (pread(dump->fd, bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes) ||
        jt_jitdump_decode_header(&in, &header) != JITNEY_OK || in.swap ||
        header.version != JT_JITDUMP_VERSION || header.total_bytes != JT_JITDUMP_HEADER_BYTES ||
        (header.flags & JT_JITDUMP_ARCH_TIMESTAMP)) {
        errno = EEXIST;
        return JITNEY_ERR_FORMAT;
    }
    return JITNEY_OK;
}

/* Who shares a file numbers its code where the others do not: perf names a file after each
 * number, and would write over theirs. */
static uint64_t index_base_of(const struct jitdump *dump)
{
    uint64_t mixed = jt_hash_pair(jt_clock_ns(), (uint64_t)(uintptr_t)dump);

    return (mixed | 1) << 32;
}

static int open_file(struct jitdump *dump)
{
    char path[JT_PATH_BYTES];
    bool is_shared = false;
    int status = jt_file_name(path, dump->host->directory, "jit-", ".dump");
    void *marker = NULL;

    if (!status)
        status = jt_file_create(path, O_RDWR | O_APPEND, true, &dump->fd, &is_shared);
    if (status)
        return status;
    dump->pid = (uint32_t)getpid();
    dump->index_base = is_shared ? index_base_of(dump) : 0;
    status = is_shared ? check_header(dump) : write_header(dump);
    if (status) {
        int error = errno;

        if (!is_shared)
            unlink(path);
        close(dump->fd);
        dump->fd = -1;
        errno = error;
        return status;
    }
    /* perf finds the dump by this mapping. Where the folder forbids it (noexec), the dump is
     * still of use to who knows its name. */
    marker = mmap(NULL, MARKER_BYTES, PROT_READ | PROT_EXEC, MAP_PRIVATE, dump->fd, 0);
    dump->marker = marker == MAP_FAILED ? NULL : marker;
    return JITNEY_OK;
}

static void close_file(struct jitdump *dump)
{
    if (dump->marker)
        munmap(dump->marker, MARKER_BYTES);
    if (dump->fd >= 0)
        close(dump->fd);
    dump->marker = NULL;
    dump->fd = -1;
}

static int jitdump_open(const struct jt_sink_host *host, void **sink)
{
    struct jitdump *dump = jt_heap_take(host->heap, sizeof(*dump));
    int status = JITNEY_OK;

    if (!dump)
        return JITNEY_ERR_MEMORY;
    dump->host = host;
    dump->out = (struct jt_buf)JT_BUF_INIT_IN(host->heap, RECORD_LIMIT);
    dump->order = (struct jt_buf)JT_BUF_INIT_IN(host->heap, RECORD_LIMIT);
    dump->fd = -1;
    status = open_file(dump);
    if (status) {
        jt_buf_release(&dump->out);
        jt_heap_free(host->heap, dump, sizeof(*dump));
        return status;
    }
    *sink = dump;
    return JITNEY_OK;
}

static int jitdump_forked(void *sink)
{
    close_file(sink);
    return open_file(sink);
}

static void jitdump_close(void *sink)
{
    struct jitdump *dump = sink;

    close_file(dump);
    jt_buf_release(&dump->out);
    jt_buf_release(&dump->order);
    jt_heap_free(dump->host->heap, dump, sizeof(*dump));
}

/* ---- lines ---- */

/* Where the rows of a table are put, and what the last one was. */
struct table {
    struct jt_buf *out;
    const struct jitney_code_load *load;
    uint64_t entries;
    size_t start;      /* of the record */
    const char *file;  /* of the last entry, */
    size_t file_at;    /* where its name is in `out`, */
    size_t file_bytes; /* and its length with the NUL */
    uint32_t line;
};

/* Most rows have the file of the row before, often at the same address. */
static void append_file(struct table *table, const char *file)
{
    struct jt_buf *out = table->out;
    size_t at = out->length;
    uint8_t *room = NULL;

    if (table->entries > 0 && file == table->file) {
        room = jt_buf_reserve(out, table->file_bytes);
        if (room) {
            memcpy(room, out->bytes + table->file_at, table->file_bytes);
            out->length += table->file_bytes;
        }
    } else {
        jt_plain_append(out, file, strlen(file), FILE_LIMIT);
        jt_buf_append(out, "", 1);
        table->file = file;
        table->file_bytes = out->length - at;
    }
    table->file_at = at;
}

static void append_row(struct table *table, uint64_t offset, uint32_t line, uint32_t column,
                       const char *file)
{
    struct jt_jitdump_debug_entry entry = {
        .address = table->load->address + offset, .line = line, .column = column};

    jt_jitdump_encode_debug_entry(table->out, &entry);
    append_file(table, file);
    table->line = line;
    table->entries++;
}

static const char *file_of(const struct jitney_code_load *load, const struct jitney_line *row)
{
    const char *file = row->file;

    if (!file && row->inlined > 0 && row->inlined <= load->inlined_count)
        file = load->inlined[row->inlined - 1].file;
    if (!file)
        file = load->file;
    return file ? file : "";
}

/* The order of the rows by offset, those with one offset as they came; NULL: as they are. */
static const uint64_t *order_of(struct jitdump *dump, const struct jitney_code_load *load)
{
    uint64_t *order = NULL;
    uint32_t i = 1;

    while (i < load->line_count && load->lines[i - 1].offset <= load->lines[i].offset)
        i++;
    if (i >= load->line_count)
        return NULL;
    jt_buf_clear(&dump->order);
    order = (uint64_t *)jt_buf_reserve(&dump->order, load->line_count * sizeof(*order));
    for (i = 0; order && i < load->line_count; i++)
        order[i] = (uint64_t)load->lines[i].offset << 32 | i;
    if (order)
        jt_sort_u64(order, load->line_count);
    return order;
}

/* All rows, and where the last one of them ends. */
static uint64_t append_rows(struct jitdump *dump, struct table *table)
{
    const struct jitney_code_load *load = table->load;
    const uint64_t *order = order_of(dump, load);

    for (uint32_t i = 0; i < load->line_count; i++) {
        const struct jitney_line *row = &load->lines[order ? (uint32_t)order[i] : i];
        const struct jitney_line *next =
            i + 1 < load->line_count ? &load->lines[order ? (uint32_t)order[i + 1] : i + 1] : NULL;

        if (row->offset >= load->bytes)
            break;
        if (table->entries == 0 && row->offset > 0 && load->line > 0)
            append_row(table, 0, load->line, load->column, load->file ? load->file : "");
        if (next && next->offset == row->offset)
            continue; /* the last of them holds */
        if (table->out->length - table->start > TABLE_LIMIT)
            return row->offset;
        append_row(table, row->offset, row->line, row->column, file_of(load, row));
    }
    if (table->entries == 0 && load->line > 0 && load->file)
        append_row(table, 0, load->line, load->column, load->file);
    return load->bytes;
}

/* DEBUG_INFO; nothing when no line is known. perf ends its table at the last entry, so one more
 * stands at the end of the code. */
static void append_lines(struct jitdump *dump, const struct jitney_code_load *load,
                         uint64_t time_ns)
{
    struct jt_jitdump_prefix prefix = {.id = JT_JITDUMP_DEBUG_INFO, .time = time_ns};
    struct jt_jitdump_debug_info info = {.address = load->address};
    struct table table = {.out = &dump->out, .load = load, .start = dump->out.length};
    uint32_t total = 0;
    uint64_t end = 0;

    if (load->line_count == 0 && (load->line == 0 || !load->file))
        return;
    jt_jitdump_encode_prefix(&dump->out, &prefix);
    jt_jitdump_encode_debug_info(&dump->out, &info);
    end = append_rows(dump, &table);
    if (table.entries == 0) {
        dump->out.length = table.start;
        return;
    }
    append_row(&table, end, table.line, 0, table.file);
    if (jt_buf_status(&dump->out))
        return;
    total = (uint32_t)(dump->out.length - table.start);
    memcpy(dump->out.bytes + table.start + 4, &total, sizeof(total));
    memcpy(dump->out.bytes + table.start + JT_JITDUMP_PREFIX_BYTES + 8, &table.entries,
           sizeof(table.entries));
}

/* ---- unwinding ---- */

static const void *memory_at(uint64_t address)
{
    return (const void *)(uintptr_t)address; /* NOLINT(performance-no-int-to-ptr): ours */
}

/* UNWINDING_INFO, and whether there is any that can be used. `mapped_bytes` may not be 0, or
 * perf does not map the tables; they need not really be in memory. */
static bool append_unwinding(struct jitdump *dump, const struct jitney_code_load *load,
                             uint64_t time_ns)
{
    struct jt_eh_frame_layout layout = jt_eh_frame_layout_of_perf(load->bytes);
    struct jt_jitdump_prefix prefix = {.id = JT_JITDUMP_UNWINDING_INFO, .time = time_ns};
    struct jt_jitdump_unwinding_info info;
    struct jt_eh_frame_size size;
    size_t start = dump->out.length;
    uint8_t *room = NULL;

    if (load->unwind_kind == JITNEY_UNWIND_UNKNOWN ||
        jt_eh_frame_measure(load, &layout, &size) != JITNEY_OK)
        return false;
    info.header_bytes = size.header_bytes;
    info.unwinding_bytes = size.frame_bytes + size.header_bytes;
    info.mapped_bytes = info.unwinding_bytes;
    prefix.total_bytes = (uint32_t)(JT_JITDUMP_UNWINDING_INFO_BYTES + info.unwinding_bytes);
    jt_jitdump_encode_prefix(&dump->out, &prefix);
    jt_jitdump_encode_unwinding_info(&dump->out, &info);
    room = jt_buf_reserve(&dump->out, info.unwinding_bytes);
    if (room && jt_eh_frame_build(load, &layout, &size, room) == JITNEY_OK) {
        dump->out.length += info.unwinding_bytes;
        return true;
    }
    dump->out.length = start;
    return false;
}

/* The same for code that has moved since. The addresses in an .eh_frame of the engine's are still
 * those of the load: mostly those before this move, else it had better be one function. */
static bool append_moved_unwinding(struct jitdump *dump, const struct jitney_code_load *moved,
                                   uint64_t from, uint64_t time_ns)
{
    struct jt_eh_frame_layout layout = jt_eh_frame_layout_of_perf(moved->bytes);
    struct jitney_code_load load = *moved;
    struct jt_eh_frame_size size;

    load.code = memory_at(moved->address);
    load.address = from;
    if (append_unwinding(dump, &load, time_ns))
        return true;
    load.address = 0;
    return jt_eh_frame_measure(&load, &layout, &size) == JITNEY_OK && size.fdes == 1 &&
           append_unwinding(dump, &load, time_ns);
}

/* ---- events ---- */

static int write_out(struct jitdump *dump, const void *code, uint64_t code_bytes)
{
    struct iovec parts[2] = {
        {.iov_base = dump->out.bytes, .iov_len = dump->out.length},
        {.iov_base = (void *)code, .iov_len = (size_t)code_bytes},
    };
    int status = jt_buf_status(&dump->out);

    return status ? status : jt_file_append(dump->fd, parts, 2);
}

static void begin_event(struct jitdump *dump)
{
    if (dump->out.room > KEPT_ROOM)
        jt_buf_release(&dump->out);
    if (dump->order.room > KEPT_ROOM)
        jt_buf_release(&dump->order);
    jt_buf_clear(&dump->out);
}

/* LOAD without its code, which follows. */
static void append_load(struct jitdump *dump, const struct jitney_event *event,
                        const struct jitney_code_load *load, uint64_t index)
{
    struct jt_jitdump_prefix prefix = {.id = JT_JITDUMP_LOAD, .time = event->time_ns};
    struct jt_jitdump_load record = {.pid = dump->pid,
                                     .tid = event->tid,
                                     .vma = load->address,
                                     .address = load->address,
                                     .code_bytes = load->bytes,
                                     .index = index};
    size_t start = dump->out.length;
    uint32_t total = 0;

    jt_jitdump_encode_prefix(&dump->out, &prefix);
    jt_jitdump_encode_load(&dump->out, &record);
    jt_perfmap_encode_name(&dump->out, load);
    jt_buf_append(&dump->out, "", 1);
    if (jt_buf_status(&dump->out))
        return;
    total = (uint32_t)(dump->out.length - start + load->bytes);
    memcpy(dump->out.bytes + start + 4, &total, sizeof(total));
}

static int add_load(struct jitdump *dump, const struct jitney_event *event)
{
    const struct jitney_code_load *load = event->code_load;
    const void *code = load->code ? load->code : memory_at(load->address);

    if (load->kind == JITNEY_CODE_BYTECODE)
        return JITNEY_OK;
    if (load->bytes > CODE_LIMIT)
        return JITNEY_ERR_LIMIT;
    begin_event(dump);
    append_lines(dump, load, event->time_ns);
    append_unwinding(dump, load, event->time_ns);
    append_load(dump, event, load, dump->index_base + event->code);
    return write_out(dump, code, load->bytes);
}

static void append_move(struct jitdump *dump, const struct jitney_event *event)
{
    const struct jitney_code_move *move = event->code_move;
    struct jt_jitdump_prefix prefix = {
        .id = JT_JITDUMP_MOVE, .total_bytes = JT_JITDUMP_MOVE_BYTES, .time = event->time_ns};
    struct jt_jitdump_move record = {.pid = dump->pid,
                                     .tid = event->tid,
                                     .vma = move->to,
                                     .old_address = move->from,
                                     .new_address = move->to,
                                     .code_bytes = move->bytes,
                                     .index = dump->index_base + event->code};

    jt_jitdump_encode_prefix(&dump->out, &prefix);
    jt_jitdump_encode_move(&dump->out, &record);
}

/* How the code that has moved was loaded; the session has moved it in its map before it tells. */
static const struct jitney_code_load *moved_load(const struct jitdump *dump,
                                                 const struct jitney_event *event)
{
    const struct jt_code *code =
        dump->host->codes ? jt_codemap_at(dump->host->codes, event->code_move->to) : NULL;

    return code && code->number == event->code ? &code->load : NULL;
}

/* perf does not unwind through code that it has at two addresses: it takes the lowest one for the
 * place of the tables (linux: tools/perf/util/unwind-libunwind-local.c), and never forgets
 * the old address. So code with unwinding is loaded anew where it is now, in the same write and
 * under a number of its own. */
static int add_move(struct jitdump *dump, const struct jitney_event *event)
{
    const struct jitney_code_load *moved = moved_load(dump, event);
    size_t move_end = 0;
    int status = JITNEY_OK;

    if (moved && moved->kind == JITNEY_CODE_BYTECODE)
        return JITNEY_OK;
    begin_event(dump);
    append_move(dump, event);
    move_end = dump->out.length;
    if (moved && moved->bytes <= CODE_LIMIT &&
        append_moved_unwinding(dump, moved, event->code_move->from, event->time_ns)) {
        append_lines(dump, moved, event->time_ns);
        append_load(dump, event, moved, dump->index_base + event->code + (++dump->reloads << 32));
        status = write_out(dump, memory_at(moved->address), moved->bytes);
        if (status != JITNEY_ERR_IO || errno != EFAULT)
            return status;
        dump->out.length = move_end; /* its bytes are not there yet */
    }
    return write_out(dump, NULL, 0);
}

static int jitdump_event(void *sink, const struct jitney_event *event)
{
    return event->type == JITNEY_CODE_MOVE ? add_move(sink, event) : add_load(sink, event);
}

const struct jt_sink_class jt_jitdump_sink = {
    .name = "jitdump",
    .flag = JITNEY_SINK_JITDUMP,
    .events = JITNEY_EVENT_BIT(JITNEY_CODE_LOAD) | JITNEY_EVENT_BIT(JITNEY_CODE_MOVE),
    .open = jitdump_open,
    .event = jitdump_event,
    .forked = jitdump_forked,
    .close = jitdump_close,
};
