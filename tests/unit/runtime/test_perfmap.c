/* runtime/sink/perfmap: lines that every reader of perf maps takes. */
#include "base/alloc.h"
#include "format/perfmap.h"
#include "jitney/session.h"
#include "support/files.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char *folder;
static struct jitney_session *session;

static int setup(void **state)
{
    struct jitney_session_options options = {.size = sizeof(options), .sinks = JITNEY_SINK_PERFMAP};

    folder = test_folder_make();
    options.directory = folder;
    return jitney_session_open(&options, &session);
}

static int teardown(void **state)
{
    jitney_session_close(session);
    test_folder_remove(folder);
    return 0;
}

static char *map_of(pid_t pid)
{
    char *path = jt_format("%s/perf-%d.map", folder, (int)pid);
    size_t bytes = 0;
    uint8_t *content = test_read_file(path, &bytes);
    char *text = jt_alloc(bytes + 1, 1);

    memcpy(text, content, bytes);
    text[bytes] = '\0';
    free(content);
    free(path);
    return text;
}

static void assert_map(const char *expected)
{
    char *text = map_of(getpid());

    assert_string_equal(text, expected);
    free(text);
}

static struct jitney_code_load code(const char *name, uint64_t address)
{
    return (struct jitney_code_load){
        .size = sizeof(struct jitney_code_load), .name = name, .address = address, .bytes = 0x20};
}

static void load(const char *name, uint64_t address)
{
    struct jitney_code_load load = code(name, address);

    assert_int_equal(jitney_code_load(session, &load), JITNEY_OK);
}

static void test_names_say_what_is_known(void **state)
{
    const struct jitney_line rows[] = {{.offset = 0, .line = 7, .column = 3}};
    static const struct {
        struct jitney_code_load load;
        const char *expected;
    } cases[] = {
        {{.name = "add"}, "add"},
        {{.name = "add", .name_bytes = 2}, "ad [jit]"},
        {{.name = "f"}, "f [jit]"},
        {{.name = ""}, "(anonymous)"},
        {{.name = NULL}, "(anonymous)"},
        {{.name = "add", .file = "a.toy"}, "add"}, /* a file without a line names no place */
        {{.name = "add", .file = "a.toy", .line = 3}, "add a.toy:3 [jit]"},
        {{.name = "add", .file = "a.toy", .line = 3, .column = 4}, "add a.toy:3:4 [jit]"},
        {{.name = "add", .tier = JITNEY_TIER_OPTIMIZED}, "add [optimized]"},
        {{.name = "f", .tier = JITNEY_TIER_MID}, "f [mid-tier]"},
        {{.name = "add", .tier = JITNEY_TIER_OPTIMIZED, .tier_name = "TurboFan"},
         "add [optimized TurboFan]"},
        {{.name = "add", .tier = JITNEY_TIER_OPTIMIZED, .tier_name = "optimized"},
         "add [optimized]"},
        {{.name = "add", .tier_name = "trace"}, "add [jit trace]"},
        {{.name = "add", .kind = JITNEY_CODE_WASM, .tier = JITNEY_TIER_BASELINE},
         "add [wasm baseline]"},
        {{.name = "call", .kind = JITNEY_CODE_STUB}, "call [stub]"},
        {{.name = "add", .tier = JITNEY_TIER_OPTIMIZED, .flags = JITNEY_CODE_OSR},
         "add [optimized osr]"},
        {{.name = "add", .flags = JITNEY_CODE_OSR}, "add [jit osr]"},
        {{.name = "add", .tier = 99}, "add [jit]"},
    };
    struct jitney_code_load with_rows = {
        .name = "add", .file = "a.toy", .lines = rows, .line_count = 1};
    struct jt_buf name = JT_BUF_INIT(1 << 16);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        jt_buf_clear(&name);
        jt_perfmap_encode_name(&name, &cases[i].load);
        jt_buf_append(&name, "", 1);
        assert_string_equal(name.bytes, cases[i].expected);
    }
    jt_buf_clear(&name);
    jt_perfmap_encode_name(&name, &with_rows);
    jt_buf_append(&name, "", 1);
    assert_string_equal(name.bytes, "add a.toy:7:3 [jit]");
    jt_buf_release(&name);
}

static void test_names_are_one_line_of_valid_text(void **state)
{
    static const struct {
        const char *name;
        const char *expected;
    } cases[] = {
        {"a\nb\r\tc", "a?b??c"},
        {"\x1b[31mred\x7f", "?[31mred?"},
        {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9a\x90", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9a\x90"},
        {"bad\xff\xc3", "bad??"},
        {"cut\xe2\x82", "cut??"},
        {"over\xc0\xaflong\xe0\x80\xaf", "over??long???"},
        {"surrogate\xed\xa0\x80", "surrogate???"},
        {"far\xf4\x90\x80\x80", "far????"},
        {"next\xc2\x85line\xe2\x80\xa8sep", "next?line?sep"},
    };
    struct jt_buf name = JT_BUF_INIT(1 << 16);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jitney_code_load load = {.name = cases[i].name};

        jt_buf_clear(&name);
        jt_perfmap_encode_name(&name, &load);
        jt_buf_append(&name, "", 1);
        assert_string_equal(name.bytes, cases[i].expected);
    }
    jt_buf_release(&name);
}

static void test_a_name_with_nuls_and_no_end_is_taken_by_its_length(void **state)
{
    struct jitney_code_load load = {.name = "a\0b!", .name_bytes = 3};
    struct jt_buf name = JT_BUF_INIT(1 << 16);

    jt_perfmap_encode_name(&name, &load);
    assert_int_equal(name.length, 3);
    assert_memory_equal(name.bytes, "a?b", 3);
    jt_buf_release(&name);
}

static void test_a_long_name_is_cut_between_characters(void **state)
{
    char *text = jt_alloc(100001, 1);
    struct jitney_code_load load = {.name = text, .tier = JITNEY_TIER_BASELINE};
    struct jt_buf name = JT_BUF_INIT(1 << 16);

    text[0] = 'x';
    for (size_t i = 1; i + 1 < 100000; i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    text[99999] = '\0';
    jt_perfmap_encode_name(&name, &load);
    assert_int_equal(jt_buf_status(&name), JITNEY_OK);
    assert_int_equal(name.length, 4095 + strlen(" [baseline]"));
    assert_memory_equal(name.bytes + name.length - 13, "\xc3\xa9 [baseline]", 13);
    free(text);
    jt_buf_release(&name);
}

static void test_a_line_is_read_back(void **state)
{
    struct jitney_code_load load = code("sum", UINT64_C(0x7f00deadbe00));
    struct jt_buf line = JT_BUF_INIT(1 << 16);
    struct jt_perfmap_line read;

    jt_perfmap_encode(&line, &load);
    assert_memory_equal(line.bytes, "7f00deadbe00 20 sum\n", line.length);
    assert_int_equal(jt_perfmap_decode((char *)line.bytes, line.length - 1, &read), JITNEY_OK);
    assert_int_equal(read.address, load.address);
    assert_int_equal(read.bytes, load.bytes);
    assert_memory_equal(read.name, "sum", read.name_bytes);
    jt_buf_release(&line);
}

static void test_each_code_is_a_line_and_byte_code_is_none(void **state)
{
    struct jitney_code_load bytecode = code("bytes", 0x9000);

    load("first", 0x1000);
    assert_map("1000 20 first\n"); /* already, without a flush */
    bytecode.kind = JITNEY_CODE_BYTECODE;
    assert_int_equal(jitney_code_load(session, &bytecode), JITNEY_OK);
    load("second", 0x2000);
    assert_map("1000 20 first\n2000 20 second\n");
}

static void test_moved_code_gets_another_line(void **state)
{
    struct jitney_code_move move = {.size = sizeof(move), .from = 0x1000, .to = 0x3000};
    struct jitney_code_unload unload = {.size = sizeof(unload), .address = 0x3000};

    load("first", 0x1000);
    assert_int_equal(jitney_code_move(session, &move), JITNEY_OK);
    assert_int_equal(jitney_code_unload(session, &unload), JITNEY_OK);
    assert_map("1000 20 first\n3000 20 first\n");
}

static void test_a_full_disk_loses_lines_not_halves_of_them(void **state)
{
    struct jitney_counters counters = {.size = sizeof(counters)};
    struct jitney_code_load lost = code("lost", 0x2000);
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    load("first", 0x1000);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 20;
    setrlimit(RLIMIT_FSIZE, &limit);
    assert_int_equal(jitney_code_load(session, &lost), JITNEY_ERR_IO);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_FSIZE, &limit);
    load("third", 0x3000);
    assert_map("1000 20 first\n3000 20 third\n");
    assert_int_equal(jitney_session_counters(session, &counters), JITNEY_OK);
    assert_int_equal(counters.dropped_io, 1);
}

static void test_two_sessions_share_the_map(void **state)
{
    struct jitney_session_options options = {
        .size = sizeof(options), .sinks = JITNEY_SINK_PERFMAP, .directory = folder};
    struct jitney_session *other = NULL;
    struct jitney_code_load second = code("second", 0x2000);

    load("first", 0x1000);
    assert_int_equal(jitney_session_open(&options, &other), JITNEY_OK);
    assert_int_equal(jitney_code_load(other, &second), JITNEY_OK);
    load("third", 0x3000);
    jitney_session_close(other);
    assert_map("1000 20 first\n2000 20 second\n3000 20 third\n");
}

static void test_a_child_has_a_map_of_its_own(void **state)
{
    char *text = NULL;
    int status = 0;
    pid_t child = 0;

    load("parent", 0x1000);
    child = fork();
    if (child == 0) {
        struct jitney_code_load own = code("child", 0x2000);

        _exit(jitney_code_load(session, &own) == JITNEY_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_map("1000 20 parent\n");
    text = map_of(child);
    assert_string_equal(text, "1000 20 parent\n2000 20 child\n");
    free(text);
}

static void test_a_planted_link_leaves_the_sink_closed(void **state)
{
    char *elsewhere = jt_format("%s/other", folder);
    char *target = jt_format("%s/precious", folder);
    char *planted = jt_format("%s/perf-%d.map", elsewhere, (int)getpid());
    struct jitney_session_options options = {
        .size = sizeof(options), .sinks = JITNEY_SINK_PERFMAP, .directory = elsewhere};
    struct jitney_session *other = NULL;
    struct stat facts;

    assert_int_equal(mkdir(elsewhere, 0700), 0);
    test_write_file(target, "x", 1);
    assert_int_equal(symlink(target, planted), 0);
    assert_int_equal(jitney_session_open(&options, &other), JITNEY_ERR_PERMISSION);
    assert_null(other);
    assert_int_equal(stat(target, &facts), 0);
    assert_int_equal(facts.st_size, 1);
    free(planted);
    free(target);
    free(elsewhere);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_say_what_is_known),
        cmocka_unit_test(test_names_are_one_line_of_valid_text),
        cmocka_unit_test(test_a_name_with_nuls_and_no_end_is_taken_by_its_length),
        cmocka_unit_test(test_a_long_name_is_cut_between_characters),
        cmocka_unit_test(test_a_line_is_read_back),
        CASE(test_each_code_is_a_line_and_byte_code_is_none),
        CASE(test_moved_code_gets_another_line),
        CASE(test_a_full_disk_loses_lines_not_halves_of_them),
        CASE(test_two_sessions_share_the_map),
        CASE(test_a_child_has_a_map_of_its_own),
        CASE(test_a_planted_link_leaves_the_sink_closed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
