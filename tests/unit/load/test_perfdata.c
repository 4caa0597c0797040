/* Real files of perf, read as perf itself reads them: the numbers in the table
 * are those of `perf report --stats` and `perf report -D` (perf 6.1). */
#include "analysis/load/perfdata.h"
#include "base/alloc.h"
#include "jitney/status.h"
#include "support/files.h"
#include "support/transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define FIRST_SAMPLE                                                                               \
    "sample 25951/25951 1401462715318 cpu -1 event 0 period 2004008 user 1bd558d :"                \
    " fffffffffffffe00 1bd558d 1bd262f 1bf5128 1bd4c81 1ba7028 1ba7442 1bac6e9 1c1687c 1c16c0f"    \
    " e7a937 c6660d c68104 7f296ff4524a\n"

struct expected {
    const char *name;
    uint64_t samples, mappings, comms, forks, exits;
    uint64_t frames; /* entries of all chains, */
    uint64_t sum;    /* and their sum with that of all ips; 0: perf cannot say */
};

/* Of directories perf's dump garbles the chains, so their sums are left out.
 * killed.data is refused by perf 6.1; a walk over its records counted them. */
/* clang-format off */
static const struct expected fixtures[] = {
    {"erlang/dump-nofp.perf.data", 537, 41, 27, 24, 25, 1716, UINT64_C(0x95836440a1c7404e)},
    {"erlang/true.data", 959, 41, 27, 24, 25, 16424, UINT64_C(0x3d003bfc3429c57d)},
    {"erlang/true.jit.data", 959, 15860, 27, 24, 25, 16424, UINT64_C(0x3d003bfc3429c57d)},
    {"java/jdk17-perfmap.perf.data", 713, 17, 20, 19, 20, 9227, UINT64_C(0x81d51e9dce6c37bd)},
    {"llvm/mcjit.injected.perf.data", 367, 22, 2, 0, 1, 3853, UINT64_C(0xf60b8fa6e1640ae9)},
    {"llvm/mcjit.perf.data", 367, 21, 2, 0, 1, 3853, UINT64_C(0xf60b8fa6e1640ae9)},
    {"luajit/perf.data", 257, 37, 2, 0, 1, 2397, UINT64_C(0x3a4020e8a74f613a)},
    {"node/basic-prof.perf.data", 257, 14, 2, 6, 7, 6002, UINT64_C(0x43fd374569c19c9)},
    {"node/perf-prof.perf.data", 405, 15, 2, 6, 7, 9549, UINT64_C(0x6c603f58630223e)},
    {"perfdata/buildid.data", 30, 5, 2, 3, 4, 359, UINT64_C(0x7d0d59f09f5dca)},
    {"perfdata/directory.data", 30, 9, 3, 3, 4, 0, UINT64_C(0x0)},
    {"perfdata/dwarf.data", 15, 29, 2, 3, 4, 0, UINT64_C(0x55f21e436ce20)},
    {"perfdata/events.data", 38, 9, 3, 3, 4, 478, UINT64_C(0x4fe64cabd9909a35)},
    {"perfdata/fields.data", 22, 29, 2, 3, 4, 0, UINT64_C(0x76acfe26367c4)},
    {"perfdata/injected-pipe.data", 24, 8, 3, 3, 4, 274, UINT64_C(0x5fb881a5077377)},
    {"perfdata/injected.data", 25, 8, 3, 3, 4, 291, UINT64_C(0x65c8274f94063f)},
    {"perfdata/killed.data", 125, 4, 2, 3, 0, 0, UINT64_C(0x0)},
    {"perfdata/no-clock.data", 14, 4, 2, 3, 4, 174, UINT64_C(0x3cbbb18c52baed)},
    {"perfdata/pipe.data", 24, 8, 3, 3, 4, 274, UINT64_C(0x5fb881a5077377)},
    {"perfdata/rounds.data", 25, 8, 3, 3, 4, 291, UINT64_C(0x65c8274f94063f)},
    {"perfdata/small-rings.data", 33, 5, 2, 3, 4, 1888, UINT64_C(0x27b3b899ace4fd9)},
    {"perfdata/zstd-directory.data", 27, 5, 2, 3, 4, 0, UINT64_C(0x0)},
    {"perfdata/zstd-pipe.data", 32, 8, 3, 3, 4, 360, UINT64_C(0x7f202b4228d251)},
    {"perfdata/zstd.data", 30, 8, 3, 3, 4, 348, UINT64_C(0x79fc4f8dd83bbc)},
    {"php/function.data", 568, 43, 2, 0, 1, 2533, UINT64_C(0x351ecc343a375770)},
    {"php/tracing.data", 464, 43, 2, 0, 1, 1420, UINT64_C(0x37c5c8f92b9e15be)},
    {"php/tracing.jit.data", 464, 106, 2, 0, 1, 1420, UINT64_C(0x37c5c8f92b9e15be)},
    {"synthetic-jitdump/badid.perf.data", 170, 7, 2, 0, 1, 680, UINT64_C(0xab1ad2fde39ad2e1)},
    {"synthetic-jitdump/dbg.perf.data", 162, 7, 2, 0, 1, 648, UINT64_C(0xf76121c4cb61e1bc)},
    {"synthetic-jitdump/dup.perf.data", 159, 7, 2, 0, 1, 636, UINT64_C(0x13fc2bbe04f61a9f)},
    {"synthetic-jitdump/hdr48.perf.data", 111, 7, 2, 0, 1, 444, UINT64_C(0xdda614058fe1534f)},
    {"synthetic-jitdump/mach0.perf.data", 169, 7, 2, 0, 1, 676, UINT64_C(0xb4a36047d1d23501)},
    {"synthetic-jitdump/move.perf.data", 116, 7, 2, 0, 1, 464, UINT64_C(0xadfa4161b9607845)},
    {"synthetic-jitdump/pid0.perf.data", 109, 7, 2, 0, 1, 436, UINT64_C(0xf0b89d8f06361a34)},
};
/* clang-format on */

/* A fixture as perf left it: a file, or a directory of files. */
static char *unpack(const char *folder, const char *name)
{
    static const char *const parts[] = {"data", "data.0", "data.1"};
    char *path = test_fixture(name);
    struct stat facts;

    if (stat(path, &facts) != 0 || !S_ISDIR(facts.st_mode)) {
        free(path);
        return test_unpacked_fixture(folder, name);
    }
    free(path);
    path = jt_format("%s/directory", folder);
    mkdir(path, 0700);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        char *part = jt_format("%s/%s", name, parts[i]);

        free(test_unpacked_fixture(path, part));
        free(part);
    }
    return path;
}

static struct jt_perfdata *open_fixture(const char *folder, const char *name, struct jt_diag *diag)
{
    char *path = unpack(folder, name);
    struct jt_perfdata *perfdata = NULL;

    assert_int_equal(jt_perfdata_open(path, diag, &perfdata), JITNEY_OK);
    free(path);
    return perfdata;
}

static void check_fixture(const char *folder, const struct expected *expected)
{
    struct jt_diag diag = {0};
    struct jt_perfdata *perfdata = open_fixture(folder, expected->name, &diag);
    const struct jt_perfdata_facts *facts = jt_perfdata_facts(perfdata);
    struct test_transcript seen;
    struct jt_sample_sink sink = test_transcript_begin(&seen);

    print_message("%s\n", expected->name);
    assert_int_equal(jt_perfdata_read(perfdata, &sink), JITNEY_OK);
    assert_int_equal(seen.samples, expected->samples);
    assert_int_equal(seen.mappings, expected->mappings);
    assert_int_equal(seen.comms, expected->comms);
    assert_int_equal(seen.forks, expected->forks);
    assert_int_equal(seen.exits, expected->exits);
    if (expected->sum) {
        assert_int_equal(seen.frames, expected->frames);
        assert_int_equal(seen.sum, expected->sum);
    }
    assert_int_equal(seen.backward, 0);
    assert_int_equal(facts->samples, expected->samples);
    assert_int_equal(facts->bad_records + facts->torn_bytes + facts->out_of_order, 0);
    test_transcript_release(&seen);
    jt_perfdata_close(perfdata);
}

static void test_every_fixture_holds_what_perf_finds_in_it_in_order_of_time(void **state)
{
    for (size_t i = 0; i < sizeof(fixtures) / sizeof(fixtures[0]); i++) {
        char *folder = test_folder_make();

        check_fixture(folder, &fixtures[i]);
        test_folder_remove(folder);
    }
}

/* As `perf report -D` shows it. */
static void test_first_sample_of_a_real_file_is_the_one_perf_shows(void **state)
{
    struct jt_diag diag = {0};
    struct test_transcript seen;
    struct jt_sample_sink sink = test_transcript_begin(&seen);
    char *folder = test_folder_make();
    struct jt_perfdata *perfdata = open_fixture(folder, "node/basic-prof.perf.data", &diag);
    const char *line = NULL;

    seen.stop_after = 1;
    seen.stop_status = 99;
    assert_int_equal(jt_perfdata_read(perfdata, &sink), 99);
    line = strstr(test_transcript_text(&seen), "\nsample ");
    assert_non_null(line);
    assert_string_equal(line + 1, FIRST_SAMPLE);
    test_transcript_release(&seen);
    jt_perfdata_close(perfdata);
    test_folder_remove(folder);
}

static void test_facts_of_a_real_file_are_known_after_opening_it(void **state)
{
    struct jt_diag diag = {0};
    char *folder = test_folder_make();
    struct jt_perfdata *perfdata = open_fixture(folder, "node/basic-prof.perf.data", &diag);
    const struct jt_perfdata_facts *facts = jt_perfdata_facts(perfdata);

    assert_int_equal(facts->event_count, 1);
    assert_string_equal(facts->events[0].name, "cpu-clock:u");
    assert_int_equal(facts->events[0].type, 1);
    assert_int_equal(facts->events[0].frequency, 499);
    assert_true(facts->has_monotonic_clock);
    assert_true(facts->has_time);
    assert_false(facts->swapped);
    assert_false(facts->unfinished);
    assert_string_equal(facts->arch, "x86_64");
    assert_string_equal(facts->version, "6.1.187");
    assert_non_null(facts->hostname);
    assert_non_null(facts->os_release);
    assert_int_equal(facts->command_count, 17);
    assert_string_equal(facts->command[1], "record");
    assert_int_equal(facts->build_id_count, 4);
    for (size_t i = 0; i < facts->build_id_count; i++)
        assert_int_equal(facts->build_ids[i].bytes, 20);
    jt_perfdata_close(perfdata);
    test_folder_remove(folder);
}

static void test_a_file_recorded_without_a_clock_says_so(void **state)
{
    struct jt_diag diag = {0};
    char *folder = test_folder_make();
    struct jt_perfdata *perfdata = open_fixture(folder, "perfdata/no-clock.data", &diag);

    assert_false(jt_perfdata_facts(perfdata)->has_monotonic_clock);
    assert_true(jt_perfdata_facts(perfdata)->has_time);
    jt_perfdata_close(perfdata);
    test_folder_remove(folder);
}

static void test_each_sample_names_its_event(void **state)
{
    struct jt_diag diag = {0};
    struct test_transcript seen;
    struct jt_sample_sink sink = test_transcript_begin(&seen);
    char *folder = test_folder_make();
    struct jt_perfdata *perfdata = open_fixture(folder, "perfdata/events.data", &diag);
    const struct jt_perfdata_facts *facts = jt_perfdata_facts(perfdata);
    const char *text = NULL;

    assert_int_equal(jt_perfdata_read(perfdata, &sink), JITNEY_OK);
    assert_int_equal(facts->event_count, 3);
    assert_string_equal(facts->events[0].name, "cpu-clock");
    assert_string_equal(facts->events[1].name, "page-faults");
    assert_string_equal(facts->events[2].name, "context-switches:u");
    text = test_transcript_text(&seen);
    assert_non_null(strstr(text, " event 0 "));
    assert_non_null(strstr(text, " event 1 "));
    test_transcript_release(&seen);
    jt_perfdata_close(perfdata);
    test_folder_remove(folder);
}

static void test_a_killed_writer_leaves_a_warning_and_its_records(void **state)
{
    struct jt_diag diag = {0};
    char *folder = test_folder_make();
    struct jt_perfdata *perfdata = open_fixture(folder, "perfdata/killed.data", &diag);

    assert_true(jt_perfdata_facts(perfdata)->unfinished);
    assert_int_equal(diag.warnings, 1);
    assert_int_equal(diag.errors, 0);
    jt_perfdata_close(perfdata);
    test_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_fixture_holds_what_perf_finds_in_it_in_order_of_time),
        cmocka_unit_test(test_first_sample_of_a_real_file_is_the_one_perf_shows),
        cmocka_unit_test(test_facts_of_a_real_file_are_known_after_opening_it),
        cmocka_unit_test(test_a_file_recorded_without_a_clock_says_so),
        cmocka_unit_test(test_each_sample_names_its_event),
        cmocka_unit_test(test_a_killed_writer_leaves_a_warning_and_its_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
