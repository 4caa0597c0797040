/* runtime/sink/jitdump: records that perf takes, whatever happens to the file. */
#include "format/jitdump.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "format/eh_frame.h"
#include "jitney/session.h"
#include "support/files.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char *folder;
static struct jitney_session *session;
/* Code whose bytes can be read where it is said to be. */
static uint8_t code[256];

static struct jitney_session *open_session(void)
{
    struct jitney_session_options options = {
        .size = sizeof(options), .sinks = JITNEY_SINK_JITDUMP, .directory = folder};
    struct jitney_session *opened = NULL;

    assert_int_equal(jitney_session_open(&options, &opened), JITNEY_OK);
    return opened;
}

static int setup(void **state)
{
    folder = test_folder_make();
    for (size_t i = 0; i < sizeof(code); i++)
        code[i] = (uint8_t)i;
    session = open_session();
    return 0;
}

static int teardown(void **state)
{
    jitney_session_close(session);
    test_folder_remove(folder);
    return 0;
}

/* ---- reading a dump as perf does ---- */

struct record {
    uint32_t id;
    uint64_t time_ns;
    const uint8_t *body; /* behind the prefix */
    size_t bytes;        /* of the body */
    struct jt_jitdump_load load;
    struct jt_jitdump_move move;
    const char *name;
    const uint8_t *code;
};

struct dump {
    uint8_t *content;
    size_t bytes;
    struct jt_jitdump_header header;
    struct record records[64];
    size_t count;
};

static void read_record(struct record *record)
{
    struct jt_bytes in = jt_bytes_of(record->body, record->bytes);
    size_t length = 0;

    if (record->id == JT_JITDUMP_MOVE)
        assert_int_equal(jt_jitdump_decode_move(&in, &record->move), JITNEY_OK);
    if (record->id != JT_JITDUMP_LOAD)
        return;
    assert_int_equal(jt_jitdump_decode_load(&in, &record->load), JITNEY_OK);
    record->name = jt_bytes_take_string(&in, &length);
    assert_non_null(record->name);
    assert_int_equal(in.left, record->load.code_bytes); /* no padding */
    record->code = in.at;
}

static void read_dump(struct dump *dump, pid_t pid)
{
    char *path = jt_format("%s/jit-%d.dump", folder, (int)pid);
    struct jt_bytes in;

    memset(dump, 0, sizeof(*dump));
    dump->content = test_read_file(path, &dump->bytes);
    free(path);
    in = jt_bytes_of(dump->content, dump->bytes);
    assert_int_equal(jt_jitdump_decode_header(&in, &dump->header), JITNEY_OK);
    while (in.left > 0) {
        struct record *record = &dump->records[dump->count++];
        struct jt_jitdump_prefix prefix;

        assert_int_equal(jt_jitdump_decode_prefix(&in, &prefix), JITNEY_OK);
        assert_true(prefix.total_bytes >= JT_JITDUMP_PREFIX_BYTES);
        record->id = prefix.id;
        record->time_ns = prefix.time;
        record->bytes = prefix.total_bytes - JT_JITDUMP_PREFIX_BYTES;
        record->body = jt_bytes_take(&in, record->bytes);
        assert_non_null(record->body);
        read_record(record);
    }
}

/* ---- */

static struct jitney_code_load load_of(const char *name, size_t offset, uint64_t bytes)
{
    return (struct jitney_code_load){.size = sizeof(struct jitney_code_load),
                                     .name = name,
                                     .address = (uintptr_t)code + offset,
                                     .bytes = bytes};
}

static void load(const char *name, size_t offset, uint64_t bytes)
{
    struct jitney_code_load load = load_of(name, offset, bytes);

    assert_int_equal(jitney_code_load(session, &load), JITNEY_OK);
}

static void test_the_header_is_what_perf_wants(void **state)
{
    struct dump dump;

    read_dump(&dump, getpid());
    assert_int_equal(dump.bytes, 40);
    assert_int_equal(dump.header.version, 1);
    assert_int_equal(dump.header.total_bytes, 40);
    assert_int_equal(dump.header.machine, jt_eh_frame_host_machine());
    assert_int_equal(dump.header.pid, getpid());
    assert_int_equal(dump.header.flags, 0);
    assert_true(dump.header.time > 0 && dump.header.time <= jt_clock_ns());
    free(dump.content);
}

static bool is_mapped(void)
{
    char *path = jt_format("%s/jit-%d.dump", folder, (int)getpid());
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[1024];
    bool is_found = false;

    while (fgets(line, sizeof(line), maps))
        is_found |= strstr(line, path) && strstr(line, " r-xp 00000000 ");
    fclose(maps);
    free(path);
    return is_found;
}

static void test_the_marker_is_mapped_until_the_end(void **state)
{
    struct jitney_session *other = NULL;

    assert_true(is_mapped());
    jitney_session_close(session);
    session = NULL;
    assert_false(is_mapped());
    other = open_session();
    assert_true(is_mapped());
    jitney_session_close(other);
}

static void test_a_load_is_read_back(void **state)
{
    struct jitney_code_load elsewhere = load_of("second", 100, 10);
    uint64_t before_ns = jt_clock_ns();
    struct dump dump;

    load("first", 0, 17);
    elsewhere.code = code + 7; /* its bytes are not yet where it runs */
    assert_int_equal(jitney_code_load(session, &elsewhere), JITNEY_OK);
    read_dump(&dump, getpid());
    assert_int_equal(dump.count, 2);
    assert_string_equal(dump.records[0].name, "first");
    assert_int_equal(dump.records[0].load.pid, getpid());
    assert_int_equal(dump.records[0].load.tid, gettid());
    assert_int_equal(dump.records[0].load.address, (uintptr_t)code);
    assert_int_equal(dump.records[0].load.vma, (uintptr_t)code);
    assert_int_equal(dump.records[0].load.code_bytes, 17);
    assert_memory_equal(dump.records[0].code, code, 17);
    assert_in_range(dump.records[0].time_ns, before_ns, jt_clock_ns());
    assert_memory_equal(dump.records[1].code, code + 7, 10);
    assert_int_not_equal(dump.records[0].load.index, dump.records[1].load.index);
    free(dump.content);
}

static void test_byte_code_is_data(void **state)
{
    struct jitney_code_load bytecode = load_of("bytes", 0, 16);
    struct jitney_code_move move = {
        .size = sizeof(move), .from = (uintptr_t)code, .to = (uintptr_t)code + 64};
    struct dump dump;

    bytecode.kind = JITNEY_CODE_BYTECODE;
    assert_int_equal(jitney_code_load(session, &bytecode), JITNEY_OK);
    assert_int_equal(jitney_code_move(session, &move), JITNEY_OK);
    read_dump(&dump, getpid());
    assert_int_equal(dump.count, 0);
    free(dump.content);
}

/* ---- lines ---- */

struct row {
    uint64_t offset;
    uint32_t line;
    const char *file;
};

static void assert_rows(const struct record *record, const struct row *rows, size_t count)
{
    struct jt_bytes in = jt_bytes_of(record->body, record->bytes);
    struct jt_jitdump_debug_info info;
    struct jt_jitdump_debug_entry entry;
    size_t length = 0;

    assert_int_equal(record->id, JT_JITDUMP_DEBUG_INFO);
    assert_int_equal(jt_jitdump_decode_debug_info(&in, &info), JITNEY_OK);
    assert_int_equal(info.address, (uintptr_t)code);
    assert_int_equal(info.entries, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(jt_jitdump_decode_debug_entry(&in, &entry), JITNEY_OK);
        assert_int_equal(entry.address - (uintptr_t)code, rows[i].offset);
        assert_int_equal(entry.line, rows[i].line);
        assert_string_equal(jt_bytes_take_string(&in, &length), rows[i].file);
    }
    assert_int_equal(in.left, 0);
}

static void assert_table(struct jitney_code_load *load, const struct row *rows, size_t count)
{
    struct dump dump;

    assert_int_equal(jitney_code_load(session, load), JITNEY_OK);
    read_dump(&dump, getpid());
    assert_int_equal(dump.count, 2);
    assert_rows(&dump.records[0], rows, count);
    assert_int_equal(dump.records[1].id, JT_JITDUMP_LOAD);
    free(dump.content);
}

static void test_rows_are_sorted_and_end_with_the_code(void **state)
{
    static const struct jitney_line lines[] = {
        {.offset = 8, .line = 3},
        {.offset = 4, .line = 2},
        {.offset = 4, .line = 22}, /* the last of one offset holds */
        {.offset = 99, .line = 9}, /* outside */
        {.offset = 12, .line = 4, .inlined = 1},
        {.offset = 16, .line = 5, .inlined = 2},
        {.offset = 20, .line = 6, .inlined = 2, .file = "row.toy"},
    };
    static const struct jitney_inlined inlined[] = {
        {.name = "same"}, {.name = "other", .file = "other.toy", .caller = 1}};
    static const struct row expected[] = {
        {0, 1, "a.toy"},      {4, 22, "a.toy"},   {8, 3, "a.toy"},    {12, 4, "a.toy"},
        {16, 5, "other.toy"}, {20, 6, "row.toy"}, {32, 6, "row.toy"},
    };
    struct jitney_code_load load = load_of("first", 0, 32);

    load.file = "a.toy";
    load.line = 1;
    load.lines = lines;
    load.line_count = 7;
    load.inlined = inlined;
    load.inlined_count = 2;
    assert_table(&load, expected, 7);
}

static void test_without_rows_the_function_has_its_first_line(void **state)
{
    static const struct row expected[] = {{0, 12, "a?b.toy"}, {32, 12, "a?b.toy"}};
    struct jitney_code_load load = load_of("first", 0, 32);

    load.file = "a\nb.toy";
    load.line = 12;
    assert_table(&load, expected, 2);
}

static void test_a_table_has_a_limit_and_ends_there(void **state)
{
    enum { ROWS = 9000 };
    char *file = jt_alloc(4001, 1);
    struct jitney_line *lines = jt_alloc(ROWS, sizeof(*lines));
    uint8_t *large = jt_alloc(ROWS, 1);
    struct jitney_code_load load = load_of("first", 0, ROWS);
    struct jt_jitdump_debug_info info;
    struct jt_bytes in;
    struct dump dump;

    memset(file, 'x', 4000);
    file[4000] = '\0';
    for (uint32_t i = 0; i < ROWS; i++)
        lines[i] = (struct jitney_line){.offset = i, .line = i + 1};
    load.file = file;
    load.lines = lines;
    load.line_count = ROWS;
    load.code = large;
    assert_int_equal(jitney_code_load(session, &load), JITNEY_OK);
    read_dump(&dump, getpid());
    in = jt_bytes_of(dump.records[0].body, dump.records[0].bytes);
    assert_int_equal(jt_jitdump_decode_debug_info(&in, &info), JITNEY_OK);
    assert_in_range(info.entries, 4000, 4300);
    assert_int_equal(dump.records[1].load.code_bytes, ROWS);
    free(dump.content);
    free(large);
    free(lines);
    free(file);
}

/* ---- unwinding and moves ---- */

static void test_unwinding_precedes_its_load(void **state)
{
    static const uint8_t program[] = {0x44, 0x0e, 0x30, 0x4c, 0x0e, 8};
    struct jitney_code_load load = load_of("first", 0, 17);
    struct jt_jitdump_unwinding_info info;
    struct jt_bytes in;
    struct dump dump;

    load.unwind_kind = JITNEY_UNWIND_CFI;
    load.unwind = program;
    load.unwind_bytes = sizeof(program);
    load.file = "a.toy";
    load.line = 1;
    assert_int_equal(jitney_code_load(session, &load), JITNEY_OK);
    read_dump(&dump, getpid());
    assert_int_equal(dump.count, 3);
    assert_int_equal(dump.records[0].id, JT_JITDUMP_DEBUG_INFO);
    assert_int_equal(dump.records[1].id, JT_JITDUMP_UNWINDING_INFO);
    assert_int_equal(dump.records[2].id, JT_JITDUMP_LOAD);
    in = jt_bytes_of(dump.records[1].body, dump.records[1].bytes);
    assert_int_equal(jt_jitdump_decode_unwinding_info(&in, &info), JITNEY_OK);
    assert_int_equal(info.header_bytes, 20);
    assert_int_equal(info.unwinding_bytes, in.left);
    assert_int_equal(info.mapped_bytes, info.unwinding_bytes);
    assert_int_equal(jitney_code_gap(&load), 7 + info.unwinding_bytes);
    assert_int_equal(in.at[4], 0); /* .eh_frame first: a CIE */
    free(dump.content);
}

static void test_damaged_unwinding_is_left_out_and_the_load_stays(void **state)
{
    static const uint8_t garbage[] = {0xff, 0xfe, 0xfd, 0xfc, 1, 2, 3};
    static const uint32_t kinds[] = {JITNEY_UNWIND_CFI, JITNEY_UNWIND_EH_FRAME, 99};
    struct dump dump;

    for (int i = 0; i < 3; i++) {
        struct jitney_code_load load = load_of("first", (size_t)i * 32, 16);

        load.unwind_kind = kinds[i];
        load.unwind = garbage;
        load.unwind_bytes = sizeof(garbage);
        assert_int_equal(jitney_code_load(session, &load), JITNEY_OK);
    }
    read_dump(&dump, getpid());
    assert_int_equal(dump.count, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(dump.records[i].id, JT_JITDUMP_LOAD);
    free(dump.content);
}

static void move(size_t from, size_t to)
{
    struct jitney_code_move move = {
        .size = sizeof(move), .from = (uintptr_t)code + from, .to = (uintptr_t)code + to};

    assert_int_equal(jitney_code_move(session, &move), JITNEY_OK);
}

static void assert_move(const struct record *record, const struct record *load, size_t from,
                        size_t to)
{
    assert_int_equal(record->id, JT_JITDUMP_MOVE);
    assert_int_equal(record->move.old_address, (uintptr_t)code + from);
    assert_int_equal(record->move.new_address, (uintptr_t)code + to);
    assert_int_equal(record->move.vma, (uintptr_t)code + to);
    assert_int_equal(record->move.code_bytes, load->load.code_bytes);
    assert_int_equal(record->move.index, load->load.index);
}

static void test_a_move_has_both_addresses(void **state)
{
    struct dump dump;

    load("first", 0, 16);
    move(0, 32);
    move(32, 0);
    read_dump(&dump, getpid());
    assert_int_equal(dump.count, 3);
    assert_move(&dump.records[1], &dump.records[0], 0, 32);
    assert_move(&dump.records[2], &dump.records[0], 32, 0);
    free(dump.content);
}

/* perf would look for its tables at the old address. */
static void test_moved_code_with_unwinding_is_loaded_anew(void **state)
{
    struct jitney_code_load load = load_of("first", 0, 16);
    struct dump dump;

    load.unwind_kind = JITNEY_UNWIND_FRAME_POINTER;
    load.file = "a.toy";
    load.line = 1;
    assert_int_equal(jitney_code_load(session, &load), JITNEY_OK);
    move(0, 128);
    read_dump(&dump, getpid());
    assert_int_equal(dump.count, 7);
    assert_move(&dump.records[3], &dump.records[2], 0, 128);
    assert_int_equal(dump.records[4].id, JT_JITDUMP_UNWINDING_INFO);
    assert_int_equal(dump.records[5].id, JT_JITDUMP_DEBUG_INFO);
    assert_string_equal(dump.records[6].name, dump.records[2].name);
    assert_int_equal(dump.records[6].load.address, (uintptr_t)code + 128);
    assert_memory_equal(dump.records[6].code, code + 128, 16);
    assert_int_not_equal(dump.records[6].load.index, dump.records[2].load.index);
    free(dump.content);
}

/* ---- the file ---- */

static void test_two_sessions_share_the_file_and_no_number(void **state)
{
    struct jitney_session *other = open_session();
    struct jitney_code_load second = load_of("second", 32, 16);
    struct dump dump;

    load("first", 0, 16);
    assert_int_equal(jitney_code_load(other, &second), JITNEY_OK);
    load("third", 64, 16);
    jitney_session_close(other);
    read_dump(&dump, getpid());
    assert_int_equal(dump.count, 3);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < i; j++)
            assert_int_not_equal(dump.records[i].load.index, dump.records[j].load.index);
    free(dump.content);
}

static void test_what_is_no_dump_is_not_appended_to(void **state)
{
    struct jitney_session_options options = {
        .size = sizeof(options), .sinks = JITNEY_SINK_JITDUMP, .directory = folder};
    char *path = jt_format("%s/jit-%d.dump", folder, (int)getpid());
    struct jitney_session *other = NULL;
    struct stat facts;

    jitney_session_close(session);
    session = NULL;
    test_write_file(path, "This process has written something else here before.", 50);
    assert_int_equal(jitney_session_open(&options, &other), JITNEY_ERR_FORMAT);
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(facts.st_size, 50);
    free(path);
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    setrlimit(RLIMIT_FSIZE, &limit);
}

static void test_a_full_disk_spoils_no_later_record(void **state)
{
    struct jitney_code_load lost = load_of("lost", 32, 64);
    struct dump dump;

    signal(SIGXFSZ, SIG_IGN);
    load("first", 0, 16);
    for (rlim_t bytes = 119; bytes < 230; bytes += 10) { /* the first record ends at 118 */
        limit_files(bytes);
        assert_int_equal(jitney_code_load(session, &lost), JITNEY_ERR_IO);
    }
    limit_files(RLIM_INFINITY);
    load("second", 100, 16);
    read_dump(&dump, getpid());
    assert_int_equal(dump.count, 2);
    assert_string_equal(dump.records[0].name, "first");
    assert_string_equal(dump.records[1].name, "second");
    free(dump.content);
}

static void test_no_room_for_the_header_leaves_nothing_behind(void **state)
{
    struct jitney_session_options options = {
        .size = sizeof(options), .sinks = JITNEY_SINK_JITDUMP, .directory = folder};
    char *path = jt_format("%s/jit-%d.dump", folder, (int)getpid());
    struct jitney_session *other = NULL;

    jitney_session_close(session);
    session = NULL;
    unlink(path);
    signal(SIGXFSZ, SIG_IGN);
    limit_files(20);
    assert_int_equal(jitney_session_open(&options, &other), JITNEY_ERR_IO);
    limit_files(RLIM_INFINITY);
    assert_int_equal(access(path, F_OK), -1);
    free(path);
}

static void test_code_that_cannot_be_read_is_dropped_whole(void **state)
{
    struct jitney_code_load unreadable = load_of("unreadable", 0, 16);
    struct dump dump;

    unreadable.address = 4096; /* nobody's */
    assert_int_equal(jitney_code_load(session, &unreadable), JITNEY_ERR_IO);
    load("second", 0, 16);
    read_dump(&dump, getpid());
    assert_int_equal(dump.count, 1);
    assert_string_equal(dump.records[0].name, "second");
    free(dump.content);
}

static void test_code_beyond_what_perf_can_hold_is_dropped(void **state)
{
    struct jitney_code_load large = load_of("large", 0, UINT64_C(3) << 30);

    assert_int_equal(jitney_code_load(session, &large), JITNEY_ERR_LIMIT);
}

static void test_a_child_has_a_dump_of_its_own(void **state)
{
    struct dump dump;
    int status = 0;
    pid_t child = 0;

    load("parent", 0, 16);
    child = fork();
    if (child == 0) {
        struct jitney_code_load own = load_of("child", 32, 16);
        bool is_good = jitney_code_load(session, &own) == JITNEY_OK && is_mapped();

        _exit(is_good ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    read_dump(&dump, child);
    assert_int_equal(dump.header.pid, child);
    assert_int_equal(dump.count, 2);
    assert_string_equal(dump.records[0].name, "parent");
    assert_string_equal(dump.records[1].name, "child");
    assert_int_equal(dump.records[1].load.pid, child);
    free(dump.content);
    read_dump(&dump, getpid());
    assert_int_equal(dump.count, 1);
    free(dump.content);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_the_header_is_what_perf_wants),
        CASE(test_the_marker_is_mapped_until_the_end),
        CASE(test_a_load_is_read_back),
        CASE(test_byte_code_is_data),
        CASE(test_rows_are_sorted_and_end_with_the_code),
        CASE(test_without_rows_the_function_has_its_first_line),
        CASE(test_a_table_has_a_limit_and_ends_there),
        CASE(test_unwinding_precedes_its_load),
        CASE(test_damaged_unwinding_is_left_out_and_the_load_stays),
        CASE(test_a_move_has_both_addresses),
        CASE(test_moved_code_with_unwinding_is_loaded_anew),
        CASE(test_two_sessions_share_the_file_and_no_number),
        CASE(test_what_is_no_dump_is_not_appended_to),
        CASE(test_a_full_disk_spoils_no_later_record),
        CASE(test_no_room_for_the_header_leaves_nothing_behind),
        CASE(test_code_that_cannot_be_read_is_dropped_whole),
        CASE(test_code_beyond_what_perf_can_hold_is_dropped),
        CASE(test_a_child_has_a_dump_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
