/* Maps of real runtimes, whose true figures were taken by another program, and
 * each way in which writers bend the format. */
#include "analysis/load/perfmap.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "format/perfmap.h"
#include "jitney/status.h"
#include "support/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct seen {
    uint64_t loads, addresses, bytes, name_bytes;
    uint64_t last_name_bytes;
    char last_name[64];
    int status;
};

static int see(void *context, const struct jt_code_event *event)
{
    struct seen *seen = context;
    size_t kept = event->name_bytes < sizeof(seen->last_name) - 1 ? event->name_bytes
                                                                  : sizeof(seen->last_name) - 1;

    assert_int_equal(event->kind, JT_CODE_LOAD);
    assert_int_equal(event->time_ns, 0);
    assert_int_equal(event->lines_offset, -1);
    assert_int_equal(event->code_offset, -1);
    seen->loads++;
    seen->addresses += event->address;
    seen->bytes += event->bytes;
    seen->name_bytes += event->name_bytes;
    seen->last_name_bytes = event->name_bytes;
    memcpy(seen->last_name, event->name, kept);
    seen->last_name[kept] = '\0';
    return seen->status;
}

static int read_text(const char *text, size_t bytes, struct seen *seen,
                     struct jt_load_damage *damage)
{
    struct jt_code_sink sink = {seen, see};
    char *exact = jt_alloc(bytes, 1);
    int status = JITNEY_OK;

    memcpy(exact, text, bytes);
    status = jt_perfmap_read_memory(exact, bytes, &sink, damage);
    free(exact);
    return status;
}

static void test_real_maps_give_their_true_figures(void **state)
{
    static const struct {
        const char *file;
        uint64_t loads, skipped, addresses, bytes, name_bytes;
    } rows[] = {
        {"erlang/perf-10541.map", 15825, 0, UINT64_C(0x1eab240b0a18ae18), 3906696, 533049},
        {"java/perf-jdk17.map", 759, 0, UINT64_C(0x17a612ed55518e0), 1399848, 38522},
        {"luajit/perf-22876.map", 31, 0, UINT64_C(0xa5c983c38139c), 11177, 1349},
        {"node/perf-25951.map", 2804, 0, UINT64_C(0xc9abf5c0195ea6), 1899136, 103925},
        {"php/perf-8133.map", 64, 0, UINT64_C(0x155fcf7804d950), 15922, 1346},
        {"php/perf-8304.map", 46, 0, UINT64_C(0xf5b523b8417a0), 38667, 932},
    };
    char *folder = test_folder_make();

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char *path = test_unpacked_fixture(folder, rows[i].file);
        struct seen seen = {0};
        struct seen again = {0};
        struct jt_code_sink sink = {&seen, see};
        struct jt_load_damage damage = {0};
        size_t bytes = 0;
        uint8_t *text = test_read_file(path, &bytes);

        assert_int_equal(jt_perfmap_read(path, NULL, &sink, &damage), JITNEY_OK);
        assert_int_equal(seen.loads, rows[i].loads);
        assert_int_equal(seen.addresses, rows[i].addresses);
        assert_int_equal(seen.bytes, rows[i].bytes);
        assert_int_equal(seen.name_bytes, rows[i].name_bytes);
        assert_int_equal(damage.skipped, rows[i].skipped);
        assert_int_equal(damage.repaired, 0);
        assert_true(jt_perfmap_probe(text, bytes < 4096 ? bytes : 4096));
        assert_int_equal(read_text((char *)text, bytes, &again, &damage), JITNEY_OK);
        assert_memory_equal(&again, &seen, sizeof(seen));
        free(text);
        free(path);
    }
    test_folder_remove(folder);
}

static void test_one_line_in_every_dialect(void **state)
{
    static const struct {
        const char *text;
        size_t text_bytes;
        uint64_t address, bytes;
        const char *name; /* NULL: the line has no meaning */
        size_t name_bytes;
    } rows[] = {
#define LINE(text) text, sizeof(text) - 1
        {LINE("7f01 2a f"), 0x7f01, 0x2a, LINE("f")},
        {LINE("0x7f01 2a $m:f/1"), 0x7f01, 0x2a, LINE("$m:f/1")},
        {LINE("0x00007f9f44ec71c0 0x0000000000000270 void A.b(int, int)"), 0x7f9f44ec71c0, 0x270,
         LINE("void A.b(int, int)")},
        {LINE("0X7F01 0X2A Name"), 0x7f01, 0x2a, LINE("Name")},
        {LINE("7F01\t2A\tname"), 0x7f01, 0x2a, LINE("name")},
        {LINE("7f01,2a,name"), 0x7f01, 0x2a, LINE("name")},
        {LINE("7f01, 2a, name"), 0x7f01, 0x2a, LINE("name")},
        {LINE("  7f01    2a name"), 0x7f01, 0x2a, LINE("name")},
        {LINE("7f01 2a name\r"), 0x7f01, 0x2a, LINE("name")},
        {LINE("7f01 2a  two blanks"), 0x7f01, 0x2a, LINE(" two blanks")},
        {LINE("7f01 2a \xff\xfe\x01"), 0x7f01, 0x2a, LINE("\xff\xfe\x01")},
        {LINE("7f01 2a a\0b"), 0x7f01, 0x2a, LINE("a\0b")},
        {LINE("7f01 0 empty"), 0x7f01, 0, LINE("empty")},
        {LINE("ffffffffffffff00 ff top"), 0xffffffffffffff00, 0xff, LINE("top")},
        {LINE("0000000000000000007f01 2a name"), 0x7f01, 0x2a, LINE("name")},
        {LINE(""), 0, 0, NULL, 0},
        {LINE("7f01"), 0, 0, NULL, 0},
        {LINE("7f01 "), 0, 0, NULL, 0},
        {LINE("7f01 2a"), 0, 0, NULL, 0},
        {LINE("7f01 2a "), 0, 0, NULL, 0},
        {LINE("7f01 2a \r"), 0, 0, NULL, 0},
        {LINE("7f01 2az name"), 0, 0, NULL, 0},
        {LINE("7f01 0x name"), 0, 0, NULL, 0},
        {LINE("xyz 2a name"), 0, 0, NULL, 0},
        {LINE("-7f01 2a name"), 0, 0, NULL, 0},
        {LINE("|[a-z]+)$ a continued expression"), 0, 0, NULL, 0},
        {LINE("17f0100000000000000 2a too wide"), 0, 0, NULL, 0},
        {LINE("ffffffffffffff00 100 wraps"), 0, 0, NULL, 0},
        {LINE("1000 ffffffffffff names everything"), 0, 0, NULL, 0},
#undef LINE
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct jt_perfmap_line line = {0};
        char *exact = jt_alloc(rows[i].text_bytes, 1);

        memcpy(exact, rows[i].text, rows[i].text_bytes);
        assert_int_equal(jt_perfmap_decode(exact, rows[i].text_bytes, &line),
                         rows[i].name ? JITNEY_OK : JITNEY_ERR_FORMAT);
        if (rows[i].name) {
            assert_int_equal(line.address, rows[i].address);
            assert_int_equal(line.bytes, rows[i].bytes);
            assert_int_equal(line.name_bytes, rows[i].name_bytes);
            assert_memory_equal(line.name, rows[i].name, rows[i].name_bytes);
        }
        free(exact);
    }
}

static void test_lines_without_meaning_are_counted(void **state)
{
    static const struct {
        const char *text;
        int status;
        uint64_t loads, skipped;
        const char *last;
    } rows[] = {
        {"", JITNEY_OK, 0, 0, ""},
        {"1000 10 a\n2000 10 b", JITNEY_OK, 2, 0, "b"},
        {"1000 10 a\r\n2000 10 b\r\n", JITNEY_OK, 2, 0, "b"},
        {"1000 10 a\n\n\r\n2000 10 b\n", JITNEY_OK, 2, 0, "b"},
        {"1000 10 RegExp:a\nb|c\n2000 10 b\n", JITNEY_OK, 2, 1, "b"},
        {"1000 0 none\n2000 10 b\n", JITNEY_OK, 1, 1, "b"},
        {"1000 10 a\n2000 10", JITNEY_OK, 1, 1, "a"},
        {"nothing\nof the kind\n", JITNEY_ERR_FORMAT, 0, 2, ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct seen seen = {0};
        struct jt_load_damage damage = {.skipped = 99};

        assert_int_equal(read_text(rows[i].text, strlen(rows[i].text), &seen, &damage),
                         rows[i].status);
        assert_int_equal(seen.loads, rows[i].loads);
        assert_int_equal(damage.skipped, rows[i].skipped);
        assert_string_equal(seen.last_name, rows[i].last);
    }
}

/* A line is read the same wherever a block happens to end in it. */
static void test_blocks_do_not_show(void **state)
{
    char *folder = test_folder_make();
    char *path = jt_format("%s/perf-1.map", folder);
    struct jt_buf text = JT_BUF_INIT(1 << 24);
    struct seen seen = {0};
    struct seen whole = {0};
    struct jt_code_sink sink = {&seen, see};
    struct jt_load_damage damage = {0};

    for (unsigned i = 0; i < 50000; i++)
        jt_buf_printf(
            &text, "%x %x name %.*s\n", 0x10000 + i * 64, 1 + i % 64, (int)(i % 97),
            "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
            "nnnnnnnnnnnnnnnnnnnnn");
    test_write_file(path, text.bytes, text.length);
    assert_int_equal(jt_perfmap_read(path, NULL, &sink, &damage), JITNEY_OK);
    assert_int_equal(seen.loads, 50000);
    assert_int_equal(damage.skipped, 0);
    assert_int_equal(read_text((char *)text.bytes, text.length, &whole, &damage), JITNEY_OK);
    assert_memory_equal(&whole, &seen, sizeof(seen));
    jt_buf_release(&text);
    free(path);
    test_folder_remove(folder);
}

static void test_a_long_line_is_cut_and_the_next_one_read(void **state)
{
    static const size_t lengths[] = {65536, 65537, 100000, 262144, 262145, 1000000};
    char *folder = test_folder_make();
    char *path = jt_format("%s/perf-1.map", folder);

    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        char *text = jt_alloc(lengths[i] + 32, 1);
        struct seen seen = {0};
        struct seen whole = {0};
        struct jt_code_sink sink = {&seen, see};
        struct jt_load_damage damage = {0};

        memset(text, 'n', lengths[i]);
        memcpy(text, "1000 10 ", 8);
        memcpy(text + lengths[i], "\n2000 10 next\n", 15);
        test_write_file(path, text, lengths[i] + 14);
        assert_int_equal(jt_perfmap_read(path, NULL, &sink, &damage), JITNEY_OK);
        assert_int_equal(seen.loads, 2);
        assert_string_equal(seen.last_name, "next");
        assert_int_equal(seen.name_bytes, 65536 - 8 + 4);
        assert_int_equal(damage.repaired, lengths[i] > 65536);
        assert_int_equal(damage.skipped, 0);
        assert_int_equal(read_text(text, lengths[i] + 14, &whole, &damage), JITNEY_OK);
        assert_memory_equal(&whole, &seen, sizeof(seen));
        /* Without an end it is all there is. */
        seen = (struct seen){0};
        assert_int_equal(read_text(text, lengths[i], &seen, &damage), JITNEY_OK);
        assert_int_equal(seen.loads, 1);
        free(text);
    }
    free(path);
    test_folder_remove(folder);
}

static void test_what_cannot_be_read_says_so_once(void **state)
{
    char *folder = test_folder_make();
    char *other = jt_format("%s/perf-1.map", folder);
    char *missing = jt_format("%s/perf-2.map", folder);
    const struct {
        const char *path;
        int status;
    } rows[] = {
        {folder, JITNEY_ERR_IO},
        {other, JITNEY_ERR_FORMAT},
        {missing, JITNEY_ERR_NOT_FOUND},
        {"/dev/zero", JITNEY_ERR_IO},
    };

    test_write_file(other,
                    "\x7f"
                    "ELF\2\1\1",
                    7);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct seen seen = {0};
        struct jt_code_sink sink = {&seen, see};
        struct jt_load_damage damage = {0};
        struct jt_diag diag = {0};

        assert_int_equal(jt_perfmap_read(rows[i].path, &diag, &sink, &damage), rows[i].status);
        assert_int_equal(diag.errors, 1);
        assert_int_equal(diag.warnings, 0);
    }
    free(other);
    free(missing);
    test_folder_remove(folder);
}

static void test_skipped_lines_are_said_once(void **state)
{
    char *folder = test_folder_make();
    char *path = jt_format("%s/perf-1.map", folder);
    struct seen seen = {0};
    struct jt_code_sink sink = {&seen, see};
    struct jt_load_damage damage = {0};
    struct jt_diag diag = {0};

    test_write_file(path, "1000 10 a\n?\n?\n?\n", 16);
    assert_int_equal(jt_perfmap_read(path, &diag, &sink, &damage), JITNEY_OK);
    assert_int_equal(damage.skipped, 3);
    assert_int_equal(diag.warnings, 1);
    free(path);
    test_folder_remove(folder);
}

static void test_the_sink_stops_the_reader(void **state)
{
    struct seen seen = {.status = JITNEY_ERR_STOPPED};
    struct jt_load_damage damage = {0};

    assert_int_equal(read_text("1000 10 a\n2000 10 b\n", 20, &seen, &damage), JITNEY_ERR_STOPPED);
    assert_int_equal(seen.loads, 1);
}

static void test_probe_knows_a_map_from_other_text(void **state)
{
    static const struct {
        const char *text;
        bool is_map;
    } rows[] = {
        {"1000 10 a\n", true},
        {"0x1000 0x10 a", true},
        {"1000 10 RegExp:a\nb\n2000 10 c\n", true},
        {"1000 10 a\n2000 1", true},
        {"", false},
        {"\n", false},
        {"main;f;g 12\nmain;f 3\n", false},
        {"node 25951 1404.1: 2004008 cpu-clock:u:\n\t 18c4000 f (node)\n", false},
        {"a cafe in paris\nis not\na map\nof code\n", false},
        {"\x7f"
         "ELF",
         false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        assert_int_equal(jt_perfmap_probe(rows[i].text, strlen(rows[i].text)), rows[i].is_map);
    assert_false(jt_perfmap_probe("1000 10 a\0b\n", 12));
}

static void test_pid_of_name(void **state)
{
    static const struct {
        const char *path;
        uint32_t pid;
    } rows[] = {
        {"/tmp/perf-123.map", 123}, {"perf-1.map", 1},
        {"perf-.map", 0},           {"perf-12.map.gz", 0},
        {"perf-12.mapx", 0},        {"perf-1x.map", 0},
        {"xperf-12.map", 0},        {"perf-4294967295.map", 4294967295},
        {"perf-4294967296.map", 0}, {"perf-99999999999999999999999.map", 0},
        {"perf-jdk17.map", 0},      {"", 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        assert_int_equal(jt_perfmap_pid_of_name(rows[i].path), rows[i].pid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_maps_give_their_true_figures),
        cmocka_unit_test(test_one_line_in_every_dialect),
        cmocka_unit_test(test_lines_without_meaning_are_counted),
        cmocka_unit_test(test_blocks_do_not_show),
        cmocka_unit_test(test_a_long_line_is_cut_and_the_next_one_read),
        cmocka_unit_test(test_what_cannot_be_read_says_so_once),
        cmocka_unit_test(test_skipped_lines_are_said_once),
        cmocka_unit_test(test_the_sink_stops_the_reader),
        cmocka_unit_test(test_probe_knows_a_map_from_other_text),
        cmocka_unit_test(test_pid_of_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
