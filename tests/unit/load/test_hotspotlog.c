/* HotSpot's log as JDK 17 and 25 write it, and as a killed VM leaves it. */
#include "analysis/load/hotspotlog.h"
#include "base/alloc.h"
#include "jitney/status.h"
#include "support/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct seen {
    size_t count;
    struct jt_hotspotlog_event last;
    char method[256];
    char reason[64];
    char action[64];
};

static int see(void *context, const struct jt_hotspotlog_event *event)
{
    struct seen *seen = context;

    seen->count++;
    seen->last = *event;
    snprintf(seen->method, sizeof(seen->method), "%s", event->method);
    snprintf(seen->reason, sizeof(seen->reason), "%s", event->reason);
    snprintf(seen->action, sizeof(seen->action), "%s", event->action);
    return JITNEY_OK;
}

static struct jt_hotspotlog_facts read_text(const char *text, struct seen *seen)
{
    const struct jt_hotspotlog_sink sink = {seen, see};
    struct jt_hotspotlog_facts facts;
    struct jt_diag diag = {0};
    FILE *stream = fmemopen((void *)text, strlen(text), "r");

    assert_non_null(stream);
    assert_int_equal(jt_hotspotlog_read(stream, "text", &diag, &sink, &facts), JITNEY_OK);
    fclose(stream);
    return facts;
}

static void test_code_reaches_to_its_data(void **state)
{
    static const struct {
        const char *text;
        uint64_t address, bytes;
    } rows[] = {
        /* JDK 17: data begin in the blob. */
        {"<nmethod compile_id='1' compiler='c1' level='3' entry='0x1a0' size='760' "
         "address='0x1010' insts_offset='400' stub_offset='624' scopes_data_offset='688' "
         "metadata_offset='672' method='a.B &lt;init&gt; ()V' stamp='0.185'/>\n",
         0x1010 + 400, 272},
        /* JDK 25: they lie elsewhere. */
        {"<nmethod compile_id='251' level='1' size='440' address='0x1000' "
         "relocation_offset='-1273857624' insts_offset='248' stub_offset='392' "
         "scopes_data_offset='-1273324832' metadata_offset='-1273857584' "
         "method='a.B &lt;init&gt; ()V' stamp='0,185'/>\n",
         0x1000 + 248, 192},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct seen seen = {0};

        assert_int_equal(read_text(rows[i].text, &seen).skipped, 0);
        assert_int_equal(seen.count, 1);
        assert_int_equal(seen.last.kind, JT_HOTSPOTLOG_CODE);
        assert_int_equal(seen.last.address, rows[i].address);
        assert_int_equal(seen.last.bytes, rows[i].bytes);
        assert_int_equal(seen.last.time_ns, 185000000);
        assert_string_equal(seen.method, "a.B <init> ()V");
    }
}

static void test_a_trap_is_told_with_its_innermost_place(void **state)
{
    struct seen seen = {0};
    struct jt_hotspotlog_facts facts =
        read_text("<uncommon_trap thread='7' reason='unstable_if' action='reinterpret' "
                  "compile_id='13' compile_kind='osr' level='4' stamp='0.438'>\n"
                  "<jvms bci='5' method='W inner (I)V' bytes='3'/>\n"
                  "<jvms bci='9' method='W outer (I)V' bytes='3'/>\n</uncommon_trap>\n"
                  "<uncommon_trap bci='4' reason='null_check' action='maybe_recompile'/>\n",
                  &seen);

    assert_int_equal(facts.traps, 1);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.last.compilation, 13);
    assert_int_equal(seen.last.bci, 5);
    assert_string_equal(seen.method, "W inner (I)V");
    assert_string_equal(seen.reason, "unstable_if");
    assert_string_equal(seen.action, "reinterpret");
}

static void test_a_trap_whose_place_was_cut_off_is_told_too(void **state)
{
    struct seen seen = {0};

    read_text("<uncommon_trap thread='7' reason='x' compile_id='13' stamp='1'>\n<jvm", &seen);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.last.bci, -1);
    assert_string_equal(seen.reason, "x");
}

static void test_what_cannot_be_used_is_counted(void **state)
{
    static const char *const rows[] = {
        "<nmethod compile_id='1' size='760' address='0x1010' insts_offset='400' method='m'/>\n",
        "<nmethod compile_id='1' size='760' address='0x1010' insts_offset='800' stamp='1'/>\n",
        "<nmethod compile_id='1' size='9' address='0xffffffffffffffff' insts_offset='4' stamp='1'>",
        "<nmethod compile_id='x' size='760' address='0x1010' insts_offset='4' stamp='1'/>\n",
        "<nmethod compile_id='1' size='760' address='0x10\n",
        "<make_not_entrant thread='1' stamp='1'/>\n",
        "<make_not_entrant thread='1' compile_id='3' stamp='99999999999999'/>\n",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct seen seen = {0};

        assert_int_equal(read_text(rows[i], &seen).skipped, 1);
        assert_int_equal(seen.count, 0);
    }
}

static void test_methods_are_written_as_in_java(void **state)
{
    static const struct {
        const char *method, *java;
    } rows[] = {
        {"java.lang.Object <init> ()V", "java.lang.Object.<init>()"},
        {"Work advance ([LWork$Body;D)V", "Work.advance(Work.Body[], double)"},
        {"a/B m ([[ILjava/util/Map$Entry;JZBCSF)[I",
         "a.B.m(int[][], Map.Entry, long, boolean, byte, char, short, float)"},
        {"a.B m (Q)V", "a.B m (Q)V"},
        {"a.B m (Lx", "a.B m (Lx"},
        {"a.B m (I", "a.B m (I"},
        {"native", "native"},
        {"", ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct jt_buf name = JT_BUF_INIT(1024);

        jt_hotspotlog_append_method(&name, rows[i].method);
        assert_int_equal(name.length, strlen(rows[i].java));
        if (name.length > 0)
            assert_memory_equal(name.bytes, rows[i].java, name.length);
        jt_buf_release(&name);
    }
}

static void test_a_real_log_gives_all_there_is(void **state)
{
    size_t bytes = 0;
    char *path = test_fixture("compare/hotspot.xml");
    char *data = (char *)test_read_file(path, &bytes);
    char *text = jt_strndup(data, bytes);
    struct seen seen = {0};
    struct jt_hotspotlog_facts facts = read_text(text, &seen);

    assert_true(jt_hotspotlog_probe(data, bytes));
    assert_int_equal(facts.pid, 17091);
    assert_int_equal(facts.codes, 361);
    assert_int_equal(facts.traps, 19);
    assert_int_equal(facts.not_entrants, 74);
    assert_int_equal(facts.skipped, 0);
    free(text);
    free(data);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_code_reaches_to_its_data),
        cmocka_unit_test(test_a_trap_is_told_with_its_innermost_place),
        cmocka_unit_test(test_a_trap_whose_place_was_cut_off_is_told_too),
        cmocka_unit_test(test_what_cannot_be_used_is_counted),
        cmocka_unit_test(test_methods_are_written_as_in_java),
        cmocka_unit_test(test_a_real_log_gives_all_there_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
