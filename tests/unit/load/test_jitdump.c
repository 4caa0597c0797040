/* Dumps of real runtimes, whose true figures were taken by another program,
 * and hand-made ones for each fault that writers and crashes leave. */
#include "analysis/load/jitdump.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/vec.h"
#include "jitney/status.h"
#include "support/files.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define V8_PAD UINT32_C(0xdeadbeef)
#define CODE UINT64_C(0x7f0000001000)

/* What a sink saw. */
struct seen {
    struct jt_vec(struct jt_code_event) events; /* names are copies */
    int status;                                 /* to be returned */
};

static int see(void *context, const struct jt_code_event *event)
{
    struct seen *seen = context;
    struct jt_code_event copy = *event;

    copy.name = jt_strndup(event->name, event->name_bytes);
    jt_vec_push(&seen->events, copy);
    return seen->status;
}

static void forget(struct seen *seen)
{
    for (size_t i = 0; i < seen->events.count; i++)
        free((char *)seen->events.at[i].name);
    jt_vec_release(&seen->events);
    *seen = (struct seen){0};
}

static int read_all(struct jt_jitdump *dump, struct seen *seen)
{
    struct jt_code_sink sink = {seen, see};

    return jt_jitdump_read(dump, &sink);
}

/* A dump being made; `swap` makes it one of the other byte order. */
struct maker {
    struct jt_buf buf;
    bool swap;
    uint64_t time;
};

static void put32(struct maker *maker, uint32_t value)
{
    jt_buf_append_u32(&maker->buf, maker->swap ? __builtin_bswap32(value) : value);
}

static void put64(struct maker *maker, uint64_t value)
{
    jt_buf_append_u64(&maker->buf, maker->swap ? __builtin_bswap64(value) : value);
}

static void put_header(struct maker *maker, uint32_t version, uint32_t bytes, uint32_t pad)
{
    put32(maker, 0x4A695444);
    put32(maker, version);
    put32(maker, bytes);
    put32(maker, 62);
    put32(maker, pad);
    put32(maker, 1234);
    put64(maker, 99);
    put64(maker, 1);
}

static void make(struct maker *maker, uint32_t pad)
{
    *maker = (struct maker){.buf = JT_BUF_INIT(1 << 24), .time = 1000};
    put_header(maker, 1, 40, pad);
}

static void put_prefix(struct maker *maker, uint32_t id, size_t bytes)
{
    put32(maker, id);
    put32(maker, (uint32_t)bytes);
    put64(maker, maker->time++);
}

/* A LOAD that says `code_bytes` and then holds `tail` as it is. */
static void put_raw_load(struct maker *maker, uint64_t address, uint64_t code_bytes,
                         const void *tail, size_t tail_bytes)
{
    put_prefix(maker, 0, 56 + tail_bytes);
    put32(maker, 1234);
    put32(maker, 1235);
    put64(maker, address);
    put64(maker, address);
    put64(maker, code_bytes);
    put64(maker, 7);
    jt_buf_append(&maker->buf, tail, tail_bytes);
}

static void put_load(struct maker *maker, uint64_t address, uint64_t code_bytes, const char *name)
{
    size_t name_bytes = strlen(name) + 1;
    char *tail = jt_alloc(name_bytes + code_bytes, 1);

    memcpy(tail, name, name_bytes);
    memset(tail + name_bytes, 0x90, code_bytes);
    put_raw_load(maker, address, code_bytes, tail, name_bytes + code_bytes);
    free(tail);
}

static void put_move(struct maker *maker, uint64_t from, uint64_t to, uint64_t bytes)
{
    put_prefix(maker, 1, 64);
    put32(maker, 1234);
    put32(maker, 1235);
    put64(maker, to);
    put64(maker, from);
    put64(maker, to);
    put64(maker, bytes);
    put64(maker, 7);
}

struct entry {
    uint64_t address;
    uint32_t line;
    const char *file;
    size_t file_bytes; /* 0: that of the text */
};

static void put_table(struct maker *maker, uint64_t address, const struct entry *entries,
                      size_t count)
{
    size_t bytes = 32;

    for (size_t i = 0; i < count; i++)
        bytes += 17 + (entries[i].file_bytes ? entries[i].file_bytes : strlen(entries[i].file));
    put_prefix(maker, 2, (bytes + 7) / 8 * 8);
    put64(maker, address);
    put64(maker, count);
    for (size_t i = 0; i < count; i++) {
        put64(maker, entries[i].address);
        put32(maker, entries[i].line);
        put32(maker, entries[i].line + 100);
        jt_buf_append(&maker->buf, entries[i].file,
                      entries[i].file_bytes ? entries[i].file_bytes : strlen(entries[i].file));
        jt_buf_append_zeros(&maker->buf, 1);
    }
    jt_buf_append_zeros(&maker->buf, (8 - bytes % 8) % 8);
}

/* Exactly the bytes made so far, so that a sanitizer sees a read past them. */
static struct jt_jitdump *open_made(struct maker *maker, uint8_t **bytes)
{
    struct jt_jitdump *dump = NULL;

    *bytes = jt_alloc(maker->buf.length, 1);
    memcpy(*bytes, maker->buf.bytes, maker->buf.length);
    assert_int_equal(jt_jitdump_open_memory(*bytes, maker->buf.length, "made", NULL, &dump), 0);
    jt_buf_release(&maker->buf);
    return dump;
}

/* Make, open and read at once; `close_made` undoes all. */
struct made {
    struct jt_jitdump *dump;
    uint8_t *bytes;
    struct seen seen;
    const struct jt_jitdump_facts *facts;
};

static void read_made(struct maker *maker, struct made *made)
{
    *made = (struct made){0};
    made->dump = open_made(maker, &made->bytes);
    assert_int_equal(read_all(made->dump, &made->seen), JITNEY_OK);
    made->facts = jt_jitdump_facts(made->dump);
}

static void close_made(struct made *made)
{
    jt_jitdump_close(made->dump);
    forget(&made->seen);
    free(made->bytes);
}

static size_t lines_of(struct made *made, size_t event, const struct jt_line **lines)
{
    const struct jt_code_event *load = &made->seen.events.at[event];

    return jt_jitdump_lines(made->dump, load->lines_offset, load->address, load->bytes, lines);
}

struct truth {
    const char *file;
    struct {
        uint64_t loads, moves, closes, debug_infos, unwinding_infos;
    } records;
    struct {
        uint64_t skipped, damaged_tables, torn_bytes, out_of_order;
    } damage;
    struct {
        uint64_t code_bytes, name_bytes, addresses;
    } sums;
    struct {
        uint64_t tables, rows, offsets, lines, columns, file_bytes;
    } lines;
};

static const struct truth truths[] = {
    {"erlang/jit-10541.dump",
     {15825, 0, 0, 6102, 0},
     {0, 0, 0, 0},
     {3906696, 517224, UINT64_C(0x1eab240b0a18ae18)},
     {6102, 31616, 18964357, 31580315, 0, 318385}},
    {"llvm/jit-17474.dump",
     {3, 0, 0, 3, 0},
     {0, 0, 0, 0},
     {294, 9, UINT64_C(0x17d35b138b120)},
     {3, 28, 1650, 74, 0, 420}},
    {"llvm/jit-17704.dump",
     {3, 0, 0, 3, 0},
     {0, 0, 0, 0},
     {294, 9, UINT64_C(0x17f4c7e56a120)},
     {3, 28, 1650, 74, 0, 420}},
    {"node/jit-25968.dump",
     {2527, 0, 0, 67, 2527},
     {0, 1, 0, 0},
     {1857536, 90157, UINT64_C(0xab294dc280edc0)},
     {67, 1348, 553813, 152579, 69016, 27845}},
    {"node/torn-sigkill-jit-21655.dump",
     {3250, 0, 0, 1069, 3251},
     {0, 3, 10, 0},
     {1974152, 85252, UINT64_C(0x212af30d9b08000)},
     {1068, 11954, 1179049, 291569, 327158, 112841}},
    {"php/jit-8133.dump",
     {64, 0, 1, 0, 0},
     {0, 0, 0, 0},
     {15922, 1346, UINT64_C(0x155fcf7804d950)},
     {0, 0, 0, 0, 0, 0}},
    {"php/jit-8304.dump",
     {46, 0, 1, 0, 0},
     {0, 0, 0, 0},
     {38667, 932, UINT64_C(0xf5b523b8417a0)},
     {0, 0, 0, 0, 0, 0}},
    {"synthetic-jitdump/badid-jit-21623.dump",
     {3, 1, 1, 0, 0},
     {1, 0, 0, 0},
     {54, 39, UINT64_C(0x17e930bee0000)},
     {0, 0, 0, 0, 0, 0}},
    {"synthetic-jitdump/dbg-jit-21635.dump",
     {3, 1, 1, 1, 0},
     {0, 0, 0, 0},
     {54, 39, UINT64_C(0x17de0d493c000)},
     {1, 2, 6, 21, 0, 22}},
    {"synthetic-jitdump/dup-jit-21629.dump",
     {3, 1, 1, 0, 0},
     {0, 0, 0, 0},
     {54, 39, UINT64_C(0x17e658afd3000)},
     {0, 0, 0, 0, 0, 0}},
    {"synthetic-jitdump/hdr48-jit-21617.dump",
     {3, 1, 1, 0, 0},
     {0, 0, 0, 0},
     {54, 39, UINT64_C(0x17dccf41d7000)},
     {0, 0, 0, 0, 0, 0}},
    {"synthetic-jitdump/mach0-jit-21647.dump",
     {3, 1, 1, 0, 0},
     {0, 0, 0, 0},
     {54, 39, UINT64_C(0x17e1b3da5b000)},
     {0, 0, 0, 0, 0, 0}},
    {"synthetic-jitdump/move-jit-21611.dump",
     {3, 1, 1, 0, 0},
     {0, 0, 0, 0},
     {54, 39, UINT64_C(0x17f0de5627000)},
     {0, 0, 0, 0, 0, 0}},
    {"synthetic-jitdump/pid0-jit-21641.dump",
     {3, 1, 1, 0, 0},
     {0, 0, 0, 0},
     {54, 39, UINT64_C(0x17fc4e7e5c000)},
     {0, 0, 0, 0, 0, 0}},
};

static void check_lines(struct jt_jitdump *dump, const struct seen *seen, const struct truth *truth)
{
    const struct jt_line *lines = NULL;
    struct truth got = {0};

    for (size_t i = 0; i < seen->events.count; i++) {
        const struct jt_code_event *event = &seen->events.at[i];
        size_t count =
            jt_jitdump_lines(dump, event->lines_offset, event->address, event->bytes, &lines);

        got.lines.tables += event->lines_offset >= 0;
        got.lines.rows += count;
        for (size_t j = 0; j < count; j++) {
            got.lines.offsets += lines[j].offset;
            got.lines.lines += lines[j].line;
            got.lines.columns += lines[j].column;
            got.lines.file_bytes += strlen(lines[j].file);
        }
    }
    assert_int_equal(got.lines.tables, truth->lines.tables);
    assert_int_equal(got.lines.rows, truth->lines.rows);
    assert_int_equal(got.lines.offsets, truth->lines.offsets);
    assert_int_equal(got.lines.lines, truth->lines.lines);
    assert_int_equal(got.lines.columns, truth->lines.columns);
    assert_int_equal(got.lines.file_bytes, truth->lines.file_bytes);
}

static void check_events(const struct seen *seen, const struct truth *truth)
{
    struct truth got = {0};

    for (size_t i = 0; i < seen->events.count; i++) {
        const struct jt_code_event *event = &seen->events.at[i];

        got.records.loads += event->kind == JT_CODE_LOAD;
        got.records.moves += event->kind == JT_CODE_MOVE;
        if (event->kind == JT_CODE_LOAD) {
            got.sums.code_bytes += event->bytes;
            got.sums.name_bytes += event->name_bytes;
            got.sums.addresses += event->address;
            assert_true(event->code_offset > 0);
        }
    }
    assert_int_equal(got.records.loads, truth->records.loads);
    assert_int_equal(got.records.moves, truth->records.moves);
    assert_memory_equal(&got.sums, &truth->sums, sizeof(got.sums));
}

static void check_truth(struct jt_jitdump *dump, const struct truth *truth)
{
    const struct jt_jitdump_facts *facts = jt_jitdump_facts(dump);
    struct seen seen = {0};

    assert_int_equal(read_all(dump, &seen), JITNEY_OK);
    check_events(&seen, truth);
    assert_int_equal(facts->loads, truth->records.loads);
    assert_int_equal(facts->moves, truth->records.moves);
    assert_int_equal(facts->closes, truth->records.closes);
    assert_int_equal(facts->debug_infos, truth->records.debug_infos);
    assert_int_equal(facts->unwinding_infos, truth->records.unwinding_infos);
    assert_int_equal(facts->damage.skipped, truth->damage.skipped);
    assert_int_equal(facts->damage.torn_bytes, truth->damage.torn_bytes);
    assert_int_equal(facts->damage.out_of_order, truth->damage.out_of_order);
    assert_int_equal(facts->damage.repaired, 0);
    /* Asked for twice, a damaged table is counted once. */
    check_lines(dump, &seen, truth);
    check_lines(dump, &seen, truth);
    assert_int_equal(facts->damage.repaired, truth->damage.damaged_tables);
    forget(&seen);
}

static void test_real_dumps_give_their_true_figures(void **state)
{
    char *folder = test_folder_make();

    for (size_t i = 0; i < sizeof(truths) / sizeof(*truths); i++) {
        char *path = test_unpacked_fixture(folder, truths[i].file);
        struct jt_jitdump *dump = NULL;
        size_t bytes = 0;
        uint8_t *content = test_read_file(path, &bytes);

        print_message("%s\n", truths[i].file);
        assert_int_equal(jt_jitdump_open(path, NULL, &dump), JITNEY_OK);
        check_truth(dump, &truths[i]);
        check_truth(dump, &truths[i]);
        jt_jitdump_close(dump);
        assert_int_equal(jt_jitdump_open_memory(content, bytes, path, NULL, &dump), JITNEY_OK);
        check_truth(dump, &truths[i]);
        jt_jitdump_close(dump);
        free(content);
        free(path);
    }
    test_folder_remove(folder);
}

static void test_real_names_and_lines_are_exact(void **state)
{
    static const struct {
        const char *file, *name;
        size_t row, rows;
        struct jt_line line;
    } rows[] = {
        {"erlang/jit-10541.dump", "supervisor:start_link/2", 0, 3, {0, 175, 0, "supervisor.erl"}},
        {"erlang/jit-10541.dump", "supervisor:start_link/2", 1, 3, {106, 182, 0, "supervisor.erl"}},
        {"erlang/jit-10541.dump", "supervisor:start_link/2", 2, 3, {112, 0, 0, ""}},
        {"llvm/jit-17474.dump", "nb", 4, 14, {96, 3, 0, "/tmp/rt/lli/w.c"}},
        {"node/jit-25968.dump",
         "JS:^requireBuiltin node:internal/bootstrap/realm:420:24",
         1,
         17,
         {2, 421, 14, "node:internal/bootstrap/realm"}},
        /* Its file names are overwritten memory. */
        {"node/jit-25968.dump", "JS:^advance /tmp/rt/node/tmp/work.js:4:17", 1, 86, {5, 6, 16, ""}},
    };
    char *folder = test_folder_make();

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char *path = test_unpacked_fixture(folder, rows[i].file);
        struct jt_jitdump *dump = NULL;
        struct seen seen = {0};
        const struct jt_line *lines = NULL;
        size_t count = 0;

        assert_int_equal(jt_jitdump_open(path, NULL, &dump), JITNEY_OK);
        assert_int_equal(read_all(dump, &seen), JITNEY_OK);
        for (size_t j = 0; j < seen.events.count && count == 0; j++) {
            const struct jt_code_event *event = &seen.events.at[j];

            if (strcmp(event->name, rows[i].name) == 0)
                count = jt_jitdump_lines(dump, event->lines_offset, event->address, event->bytes,
                                         &lines);
        }
        assert_int_equal(count, rows[i].rows);
        assert_string_equal(lines[rows[i].row].file, rows[i].line.file);
        assert_int_equal(lines[rows[i].row].offset, rows[i].line.offset);
        assert_int_equal(lines[rows[i].row].line, rows[i].line.line);
        assert_int_equal(lines[rows[i].row].column, rows[i].line.column);
        jt_jitdump_close(dump);
        forget(&seen);
        free(path);
    }
    test_folder_remove(folder);
}

/* Where the records made so far end, and how many events they give. */
struct marks {
    size_t ends[8];
    size_t events[8];
    size_t count;
};

static void mark(struct marks *marks, const struct maker *maker, size_t events)
{
    marks->ends[marks->count] = maker->buf.length;
    marks->events[marks->count++] = events;
}

static void put_one_of_each(struct maker *maker, struct marks *marks)
{
    static const struct entry entries[] = {{CODE, 1, "a.js", 0}, {CODE + 4, 2, "a.js", 0}};

    mark(marks, maker, 0);
    put_table(maker, CODE, entries, 2);
    mark(marks, maker, 0);
    put_load(maker, CODE, 16, "one");
    mark(marks, maker, 1);
    put_prefix(maker, 77, 24);
    put64(maker, 0);
    mark(marks, maker, 1);
    put_move(maker, CODE, CODE + 64, 16);
    mark(marks, maker, 2);
    put_prefix(maker, 3, 16);
    mark(marks, maker, 2);
    put_load(maker, CODE, 8, "after close");
    mark(marks, maker, 3);
}

static void check_prefix(const uint8_t *all, size_t bytes, size_t events, size_t torn)
{
    uint8_t *head = jt_alloc(bytes, 1);
    struct jt_jitdump *dump = NULL;
    struct seen seen = {0};
    const struct jt_line *lines = NULL;

    memcpy(head, all, bytes);
    assert_int_equal(jt_jitdump_open_memory(head, bytes, "head", NULL, &dump), JITNEY_OK);
    assert_int_equal(read_all(dump, &seen), JITNEY_OK);
    assert_int_equal(seen.events.count, events);
    assert_int_equal(jt_jitdump_facts(dump)->damage.torn_bytes, torn);
    if (events > 0) {
        assert_int_equal(jt_jitdump_lines(dump, seen.events.at[0].lines_offset, CODE, 16, &lines),
                         2);
        assert_string_equal(lines[1].file, "a.js");
    }
    jt_jitdump_close(dump);
    forget(&seen);
    free(head);
}

static void test_every_prefix_gives_its_whole_records(void **state)
{
    struct jt_jitdump *dump = NULL;

    for (int swap = 0; swap < 2; swap++) {
        struct maker maker = {.buf = JT_BUF_INIT(1 << 20), .swap = swap, .time = 1};
        struct marks marks = {0};
        size_t at = 0;

        put_header(&maker, 1, 40, 0);
        put_one_of_each(&maker, &marks);
        for (size_t bytes = 0; bytes < 40; bytes++)
            assert_int_equal(jt_jitdump_open_memory(maker.buf.bytes, bytes, "head", NULL, &dump),
                             JITNEY_ERR_FORMAT);
        for (size_t bytes = 40; bytes <= maker.buf.length; bytes++) {
            while (at + 1 < marks.count && marks.ends[at + 1] <= bytes)
                at++;
            check_prefix(maker.buf.bytes, bytes, marks.events[at], bytes - marks.ends[at]);
        }
        jt_buf_release(&maker.buf);
    }
}

static void test_either_byte_order_gives_the_same(void **state)
{
    for (int swap = 0; swap < 2; swap++) {
        struct maker maker = {.buf = JT_BUF_INIT(1 << 20), .swap = swap, .time = 1000};
        struct made made;
        struct marks marks = {0};

        put_header(&maker, 1, 40, 0);
        put_one_of_each(&maker, &marks);
        read_made(&maker, &made);
        assert_int_equal(made.facts->swapped, swap);
        assert_int_equal(made.facts->pid, 1234);
        assert_int_equal(made.facts->machine, 62);
        assert_int_equal(made.facts->created, 99);
        assert_true(made.facts->arch_timestamp);
        assert_int_equal(made.facts->first_ns, 1000);
        assert_int_equal(made.facts->last_ns, 1005);
        assert_int_equal(made.seen.events.at[0].time_ns, 1001);
        assert_int_equal(made.seen.events.at[0].pid, 1234);
        assert_int_equal(made.seen.events.at[0].tid, 1235);
        assert_int_equal(made.seen.events.at[0].index, 7);
        assert_int_equal(made.seen.events.at[1].kind, JT_CODE_MOVE);
        assert_int_equal(made.seen.events.at[1].old_address, CODE);
        assert_int_equal(made.seen.events.at[1].address, CODE + 64);
        assert_string_equal(made.seen.events.at[2].name, "after close");
        close_made(&made);
    }
}

static void test_headers_of_other_sizes_and_versions(void **state)
{
    static const struct {
        uint32_t version, says, extra;
        int status;
        uint64_t repaired;
    } rows[] = {
        {1, 40, 0, JITNEY_OK, 0},          {2, 40, 0, JITNEY_OK, 0},
        {1, 48, 8, JITNEY_OK, 0},          {1, 0, 0, JITNEY_OK, 1},
        {1, 0xffffffff, 0, JITNEY_OK, 1},  {0, 40, 0, JITNEY_ERR_VERSION, 0},
        {3, 40, 0, JITNEY_ERR_VERSION, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct maker maker = {.buf = JT_BUF_INIT(1 << 20)};
        struct jt_jitdump *dump = NULL;
        struct seen seen = {0};

        put_header(&maker, rows[i].version, rows[i].says, 0);
        jt_buf_append_zeros(&maker.buf, rows[i].extra);
        put_load(&maker, CODE, 16, "one");
        assert_int_equal(
            jt_jitdump_open_memory(maker.buf.bytes, maker.buf.length, "h", NULL, &dump),
            rows[i].status);
        if (!rows[i].status) {
            assert_int_equal(read_all(dump, &seen), JITNEY_OK);
            assert_int_equal(seen.events.count, 1);
            assert_int_equal(jt_jitdump_facts(dump)->damage.repaired, rows[i].repaired);
        }
        jt_jitdump_close(dump);
        forget(&seen);
        jt_buf_release(&maker.buf);
    }
}

static void test_a_record_too_small_ends_reading_and_says_where(void **state)
{
    struct maker maker;
    struct made made = {0};
    struct jt_diag diag = {0};

    make(&maker, 0);
    put_load(&maker, CODE, 16, "one");
    put_prefix(&maker, 0, 8);
    put_load(&maker, CODE + 64, 16, "never seen");
    made.dump = open_made(&maker, &made.bytes);
    jt_jitdump_close(made.dump);
    assert_int_equal(
        jt_jitdump_open_memory(made.bytes, 40 + 76 + 16 + 85, "made", &diag, &made.dump),
        JITNEY_OK);
    assert_int_equal(read_all(made.dump, &made.seen), JITNEY_OK);
    assert_int_equal(made.seen.events.count, 1);
    assert_int_equal(jt_jitdump_facts(made.dump)->damage.torn_bytes, 16 + 85);
    assert_int_equal(diag.warnings, 1);
    close_made(&made);
}

static void test_fixed_parts_cut_short_are_skipped(void **state)
{
    struct maker maker;
    struct made made;

    make(&maker, 0);
    for (uint32_t id = 0; id < 5; id++) {
        put_prefix(&maker, id, 24);
        put64(&maker, 1);
    }
    put_load(&maker, CODE, 16, "one");
    read_made(&maker, &made);
    assert_int_equal(made.seen.events.count, 1);
    assert_int_equal(made.facts->damage.skipped, 2);
    close_made(&made);
}

static void test_a_dump_appended_to_another_is_read(void **state)
{
    struct maker maker;
    struct made made;

    make(&maker, 0);
    put_load(&maker, CODE, 16, "one");
    put_header(&maker, 1, 40, 0);
    put_load(&maker, CODE, 16, "two");
    read_made(&maker, &made);
    assert_int_equal(made.seen.events.count, 2);
    assert_string_equal(made.seen.events.at[1].name, "two");
    assert_int_equal(made.facts->damage.repaired, 1);
    close_made(&made);
}

static void test_unsorted_times_are_counted_and_given(void **state)
{
    struct maker maker;
    struct made made;

    make(&maker, 0);
    put_load(&maker, CODE, 16, "one");
    maker.time = 500;
    put_load(&maker, CODE + 64, 16, "two");
    put_load(&maker, CODE + 128, 16, "three");
    maker.time = 2000;
    put_load(&maker, CODE + 192, 16, "four");
    read_made(&maker, &made);
    assert_int_equal(made.seen.events.count, 4);
    assert_int_equal(made.seen.events.at[1].time_ns, 500);
    assert_int_equal(made.facts->damage.out_of_order, 2);
    assert_int_equal(made.facts->first_ns, 500);
    assert_int_equal(made.facts->last_ns, 2000);
    close_made(&made);
}

/* Each LOAD begins at 40, so its tail at 96. */
static void test_name_and_code_are_found_from_both_ends(void **state)
{
#define TAIL(text) text, sizeof(text) - 1
    static const struct {
        const char *what, *tail;
        size_t tail_bytes;
        uint64_t says;
        size_t events;
        const char *name;
        size_t name_bytes;
        uint64_t bytes;
        int64_t code_offset;
        uint64_t repaired, skipped;
    } rows[] = {
        {"plain", TAIL("ab\0CCCC"), 4, 1, "ab", 2, 4, 99, 0, 0},
        {"pad behind the code", TAIL("ab\0\x55\x48\x89\xe5\0\0\0"), 4, 1, "ab", 2, 4, 99, 1, 0},
        {"pad before the code", TAIL("ab\0\0\0CCCC"), 4, 1, "ab", 2, 4, 101, 1, 0},
        {"a NUL in the name", TAIL("ab\0cd\0CCCC"), 4, 1, "ab\0cd", 5, 4, 102, 1, 0},
        {"no NUL", TAIL("abCCCC"), 4, 1, "ab", 2, 4, 98, 1, 0},
        {"no name", TAIL("CCCC"), 4, 1, "", 0, 4, 96, 1, 0},
        {"an empty name", TAIL("\0CCCC"), 4, 1, "", 0, 4, 97, 0, 0},
        {"code left out", TAIL("ab\0"), 4, 1, "ab", 2, 4, -1, 1, 0},
        {"code cut", TAIL("ab\0CC"), 400, 1, "ab", 2, 2, 99, 1, 0},
        {"no NUL and no code", TAIL("abcd"), 400, 0, "", 0, 0, 0, 0, 1},
        {"no code", TAIL("ab\0"), 0, 0, "", 0, 0, 0, 0, 1},
        {"too large to be true", TAIL("ab\0"), UINT64_C(1) << 40, 0, "", 0, 0, 0, 0, 1},
        {"nothing at all", TAIL(""), 9, 0, "", 0, 0, 0, 0, 1},
    };
#undef TAIL

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct maker maker;
        struct made made;

        print_message("%s\n", rows[i].what);
        make(&maker, 0);
        put_raw_load(&maker, CODE, rows[i].says, rows[i].tail, rows[i].tail_bytes);
        read_made(&maker, &made);
        assert_int_equal(made.facts->loads, 1);
        assert_int_equal(made.seen.events.count, rows[i].events);
        assert_int_equal(made.facts->damage.repaired, rows[i].repaired);
        assert_int_equal(made.facts->damage.skipped, rows[i].skipped);
        if (rows[i].events) {
            assert_int_equal(made.seen.events.at[0].bytes, rows[i].bytes);
            assert_int_equal(made.seen.events.at[0].code_offset, rows[i].code_offset);
            assert_int_equal(made.seen.events.at[0].name_bytes, rows[i].name_bytes);
            assert_memory_equal(made.seen.events.at[0].name, rows[i].name, rows[i].name_bytes);
        }
        close_made(&made);
    }
}

static void test_code_that_wraps_around_is_skipped(void **state)
{
    struct maker maker;
    struct made made;

    make(&maker, 0);
    put_load(&maker, UINT64_MAX - 4, 16, "wraps");
    read_made(&maker, &made);
    assert_int_equal(made.seen.events.count, 0);
    assert_int_equal(made.facts->damage.skipped, 1);
    close_made(&made);
}

/* Pieces much larger than what is read at once, and a name that is cut. */
static void test_large_code_is_stepped_over(void **state)
{
    char *folder = test_folder_make();
    char *path = jt_format("%s/jit-1.dump", folder);
    char *long_name = jt_alloc(100001, 1);
    struct jt_jitdump *dump = NULL;
    struct seen seen = {0};
    struct maker maker;

    memset(long_name, 'n', 100000);
    make(&maker, 0);
    put_load(&maker, CODE, 1 << 20, "big");
    put_load(&maker, CODE + (2 << 20), 300000, "less");
    put_load(&maker, CODE + (4 << 20), 16, long_name);
    put_load(&maker, CODE + (6 << 20), 16, "last");
    test_write_file(path, maker.buf.bytes, maker.buf.length);
    assert_int_equal(jt_jitdump_open(path, NULL, &dump), JITNEY_OK);
    assert_int_equal(read_all(dump, &seen), JITNEY_OK);
    assert_int_equal(seen.events.count, 4);
    assert_int_equal(maker.buf.bytes[seen.events.at[1].code_offset], 0x90);
    assert_int_equal(maker.buf.bytes[seen.events.at[1].code_offset - 1], 0);
    assert_int_equal(seen.events.at[2].name_bytes, 65536);
    assert_string_equal(seen.events.at[3].name, "last");
    assert_int_equal(jt_jitdump_facts(dump)->damage.torn_bytes, 0);
    jt_jitdump_close(dump);
    forget(&seen);
    jt_buf_release(&maker.buf);
    free(long_name);
    free(path);
    test_folder_remove(folder);
}

static void test_a_table_goes_to_the_load_of_its_address(void **state)
{
    static const struct entry one[] = {{CODE, 1, "one.c", 0}};
    static const struct entry two[] = {{CODE + 64, 2, "two.c", 0}};
    static const struct entry elsewhere[] = {{CODE + 4096, 3, "no.c", 0}};
    const struct jt_line *lines = NULL;
    struct maker maker;
    struct made made;

    make(&maker, 0);
    put_table(&maker, CODE, one, 1);
    put_table(&maker, CODE + 64, two, 1);
    put_load(&maker, CODE + 64, 16, "two");
    put_load(&maker, CODE, 16, "one");
    put_load(&maker, CODE, 16, "one again, its table is used up");
    /* As perf does: the next LOAD gets it, but only when the lines are its own. */
    put_table(&maker, 0, one, 1);
    put_load(&maker, CODE, 16, "one, by order");
    put_table(&maker, 0, elsewhere, 1);
    put_load(&maker, CODE, 16, "one, without");
    read_made(&maker, &made);
    assert_int_equal(lines_of(&made, 0, &lines), 1);
    assert_string_equal(lines[0].file, "two.c");
    assert_int_equal(lines_of(&made, 1, &lines), 1);
    assert_string_equal(lines[0].file, "one.c");
    assert_int_equal(made.seen.events.at[2].lines_offset, -1);
    assert_int_equal(lines_of(&made, 2, &lines), 0);
    assert_int_equal(lines_of(&made, 3, &lines), 1);
    assert_int_equal(made.seen.events.at[4].lines_offset, -1);
    /* An offset that is of no table gives no lines. */
    assert_int_equal(jt_jitdump_lines(made.dump, 40 + 72, CODE, 16, &lines), 0);
    assert_int_equal(jt_jitdump_lines(made.dump, INT64_MAX, CODE, 16, &lines), 0);
    close_made(&made);
}

struct table_row {
    const char *what;
    uint32_t pad;
    struct entry entries[4];
    size_t rows;
    struct jt_line lines[4];
    bool is_damaged;
};

#define GARBAGE "\x60\x03\xc2\x40\0\0\0\0\xa1\xc2\x73\x41\xa2\xb9\x6a\xd5/w.js", 21

static const struct table_row table_rows[] = {
    {"plain",
     0,
     {{CODE, 1, "a.c", 0}, {CODE + 9, 2, "b.c", 0}},
     2,
     {{0, 1, 101, "a.c"}, {9, 2, 102, "b.c"}},
     false},
    {"a repeated name",
     0,
     {{CODE, 1, "a.c", 0}, {CODE + 9, 2, "\xff", 0}, {CODE + 10, 3, "b", 0}},
     3,
     {{0, 1, 101, "a.c"}, {9, 2, 102, "a.c"}, {10, 3, 103, "b"}},
     false},
    {"a repeated name first", 0, {{CODE, 1, "\xff", 0}}, 1, {{0, 1, 101, ""}}, false},
    {"unsorted, the order of equals kept",
     0,
     {{CODE + 9, 1, "a", 0}, {CODE, 2, "a", 0}, {CODE + 9, 3, "a", 0}, {CODE, 4, "a", 0}},
     4,
     {{0, 2, 102, "a"}, {0, 4, 104, "a"}, {9, 1, 101, "a"}, {9, 3, 103, "a"}},
     false},
    {"from before the code to its end",
     0,
     {{CODE - 55, 1, "e", 0}, {CODE + 20, 2, "e", 0}, {CODE + 100, 0, "", 0}},
     3,
     {{0, 1, 101, "e"}, {20, 2, 102, "e"}, {100, 0, 100, ""}},
     false},
    {"biased by V8",
     V8_PAD,
     {{CODE + 64, 1, "a.js", 0}, {CODE + 73, 2, "a.js", 0}},
     2,
     {{0, 1, 101, "a.js"}, {9, 2, 102, "a.js"}},
     false},
    {"biased by LLVM",
     0,
     {{CODE + 64, 1, "a.c", 0}, {CODE + 73, 2, "a.c", 0}},
     2,
     {{0, 1, 101, "a.c"}, {9, 2, 102, "a.c"}},
     false},
    {"biased past the end",
     0,
     {{CODE + 70, 1, "a.c", 0}, {CODE + 160, 2, "a.c", 0}},
     2,
     {{6, 1, 101, "a.c"}, {96, 2, 102, "a.c"}},
     false},
    {"late but not biased",
     0,
     {{CODE + 70, 1, "a.c", 0}, {CODE + 100, 2, "a.c", 0}},
     2,
     {{70, 1, 101, "a.c"}, {100, 2, 102, "a.c"}},
     false},
    {"a V8 without the bias",
     V8_PAD,
     {{CODE + 4, 1, "a.js", 0}, {CODE + 73, 2, "a.js", 0}},
     2,
     {{4, 1, 101, "a.js"}, {73, 2, 102, "a.js"}},
     false},
    {"an entry far off in a sound table",
     0,
     {{CODE, 1, "a.c", 0}, {CODE + 4096, 2, "a.c", 0}, {CODE + 8, 3, "a.c", 0}},
     2,
     {{0, 1, 101, "a.c"}, {8, 3, 103, "a.c"}},
     true},
    {"one name overwritten", V8_PAD, {{CODE + 64, 1, GARBAGE}}, 1, {{0, 1, 101, ""}}, true},
    {"all names overwritten",
     V8_PAD,
     {{CODE + 64, 1, GARBAGE}, {CODE + 66, 2, GARBAGE}, {CODE + 70, 3, GARBAGE}},
     3,
     {{0, 1, 101, ""}, {2, 2, 102, ""}, {6, 3, 103, ""}},
     true},
    {"some names overwritten",
     V8_PAD,
     {{CODE + 64, 1, "ok.js", 0}, {CODE + 66, 2, GARBAGE}, {CODE + 70, 3, "ok.js", 0}},
     3,
     {{0, 1, 101, "ok.js"}, {2, 2, 102, ""}, {6, 3, 103, "ok.js"}},
     true},
    {"a name overwritten without a NUL",
     V8_PAD,
     {{CODE + 64, 1, "\x60\x03\xc2\x40\xa1/w.js", 0}, {CODE + 66, 2, "ok.js", 0}},
     2,
     {{0, 1, 101, ""}, {2, 2, 102, "ok.js"}},
     true},
    {"names of more than ASCII",
     V8_PAD,
     {{CODE + 64, 1, "\xc3\xa4/\xe6\x97\xa5\xf0\x9f\x9a\x8c.js", 0}},
     1,
     {{0, 1, 101, "\xc3\xa4/\xe6\x97\xa5\xf0\x9f\x9a\x8c.js"}},
     false},
};

static void test_line_tables_of_all_writers_are_read(void **state)
{
    for (size_t i = 0; i < sizeof(table_rows) / sizeof(*table_rows); i++) {
        const struct table_row *row = &table_rows[i];
        const struct jt_line *lines = NULL;
        struct maker maker;
        struct made made;
        size_t count = 0;

        print_message("%s\n", row->what);
        while (count < 4 && row->entries[count].file)
            count++;
        make(&maker, row->pad);
        put_table(&maker, CODE, row->entries, count);
        put_load(&maker, CODE, 100, "code");
        read_made(&maker, &made);
        assert_int_equal(lines_of(&made, 0, &lines), row->rows);
        for (size_t j = 0; j < row->rows; j++) {
            assert_int_equal(lines[j].offset, row->lines[j].offset);
            assert_int_equal(lines[j].line, row->lines[j].line);
            assert_int_equal(lines[j].column, row->lines[j].column);
            assert_string_equal(lines[j].file, row->lines[j].file);
        }
        assert_int_equal(made.facts->damage.repaired, row->is_damaged);
        close_made(&made);
    }
}

/* A table with more entries than the record can hold keeps what it has. */
static void test_the_record_bounds_its_table(void **state)
{
    static const struct entry entries[] = {{CODE, 1, "a.c", 0}, {CODE + 9, 2, "a.c", 0}};
    static const uint64_t counts[] = {3, 1000, UINT64_MAX};

    for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
        const struct jt_line *lines = NULL;
        struct maker maker;
        struct made made;

        make(&maker, 0);
        put_table(&maker, CODE, entries, 2);
        memcpy(maker.buf.bytes + 40 + 24, &counts[i], 8);
        put_load(&maker, CODE, 100, "code");
        read_made(&maker, &made);
        assert_int_equal(lines_of(&made, 0, &lines), 2);
        assert_int_equal(lines[1].line, 2);
        assert_int_equal(made.facts->damage.repaired, 1);
        close_made(&made);
    }
}

static void test_what_cannot_be_opened_says_so_once(void **state)
{
    char *folder = test_folder_make();
    char *empty = jt_format("%s/jit-2.dump", folder);
    char *other = jt_format("%s/jit-3.dump", folder);
    char *missing = jt_format("%s/jit-4.dump", folder);
    const struct {
        const char *path;
        int status;
    } rows[] = {
        {folder, JITNEY_ERR_IO},         {empty, JITNEY_ERR_FORMAT},   {other, JITNEY_ERR_FORMAT},
        {missing, JITNEY_ERR_NOT_FOUND}, {"/dev/zero", JITNEY_ERR_IO},
    };

    test_write_file(empty, "", 0);
    test_write_file(other, "PERFILE2 is something else, of more than forty bytes", 52);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct jt_diag diag = {0};
        struct jt_jitdump *dump = NULL;

        assert_int_equal(jt_jitdump_open(rows[i].path, &diag, &dump), rows[i].status);
        assert_null(dump);
        assert_int_equal(diag.errors, 1);
    }
    free(empty);
    free(other);
    free(missing);
    test_folder_remove(folder);
}

static void test_the_sink_stops_the_reader(void **state)
{
    struct maker maker;
    struct made made = {0};

    make(&maker, 0);
    put_load(&maker, CODE, 16, "one");
    put_load(&maker, CODE, 16, "two");
    made.dump = open_made(&maker, &made.bytes);
    made.seen.status = JITNEY_ERR_STOPPED;
    assert_int_equal(read_all(made.dump, &made.seen), JITNEY_ERR_STOPPED);
    assert_int_equal(made.seen.events.count, 1);
    close_made(&made);
}

static void test_probe_knows_the_magic_of_both_byte_orders(void **state)
{
    assert_true(jt_jitdump_probe("DTiJ", 4));
    assert_true(jt_jitdump_probe("JiTD", 4));
    assert_false(jt_jitdump_probe("JiT", 3));
    assert_false(jt_jitdump_probe("PERFILE2", 8));
    assert_false(jt_jitdump_probe("", 0));
}

static void test_pid_of_name(void **state)
{
    static const struct {
        const char *path;
        uint32_t pid;
    } rows[] = {
        {"/tmp/jit-123.dump", 123},
        {"jit-123.dump", 123},
        {"a/jit-77-123.dump", 123},
        {"jit-0.dump", 0},
        {"jit-.dump", 0},
        {"jit-12", 0},
        {"jit-12.dump.gz", 0},
        {"jit-1-2-3.dump", 0},
        {"jit-12-.dump", 0},
        {"jit-99999999999.dump", 0},
        {"xjit-12.dump", 0},
        {"jit-12.dump/", 0},
        {"", 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        assert_int_equal(jt_jitdump_pid_of_name(rows[i].path), rows[i].pid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_dumps_give_their_true_figures),
        cmocka_unit_test(test_real_names_and_lines_are_exact),
        cmocka_unit_test(test_every_prefix_gives_its_whole_records),
        cmocka_unit_test(test_either_byte_order_gives_the_same),
        cmocka_unit_test(test_headers_of_other_sizes_and_versions),
        cmocka_unit_test(test_a_record_too_small_ends_reading_and_says_where),
        cmocka_unit_test(test_fixed_parts_cut_short_are_skipped),
        cmocka_unit_test(test_a_dump_appended_to_another_is_read),
        cmocka_unit_test(test_unsorted_times_are_counted_and_given),
        cmocka_unit_test(test_name_and_code_are_found_from_both_ends),
        cmocka_unit_test(test_code_that_wraps_around_is_skipped),
        cmocka_unit_test(test_large_code_is_stepped_over),
        cmocka_unit_test(test_a_table_goes_to_the_load_of_its_address),
        cmocka_unit_test(test_line_tables_of_all_writers_are_read),
        cmocka_unit_test(test_the_record_bounds_its_table),
        cmocka_unit_test(test_what_cannot_be_opened_says_so_once),
        cmocka_unit_test(test_the_sink_stops_the_reader),
        cmocka_unit_test(test_probe_knows_the_magic_of_both_byte_orders),
        cmocka_unit_test(test_pid_of_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
