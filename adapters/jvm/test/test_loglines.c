/* Lines of HotSpot 17 and 25, whole, cut and forged. */
#include "adapters/jvm/loglines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What was told, a line for each event. */
struct told {
    size_t used;
    char text[16384];
};

static void note(void *context, const struct jvm_log_event *event)
{
    static const char *const kinds[] = {"begin", "queued", "start", "abort", "not entrant", "trap"};
    struct told *told = context;
    char clock[32] = "";

    if (event->clock_ns)
        snprintf(clock, sizeof(clock), " clock=%d", (int)(event->clock_ns / 1000));
    told->used += (size_t)snprintf(
        told->text + told->used, sizeof(told->text) - told->used,
        "%s id=%d level=%d%s at=%d%s count=%d bci=%d pc=%x [%s] [%s] [%s]\n", kinds[event->kind],
        (int)event->compilation, event->level, event->is_osr ? " osr" : "",
        (int)(event->uptime_ns / 1000), clock, (int)event->count, (int)event->bci,
        (unsigned)event->pc, event->method, event->reason, event->action);
    assert_true(told->used < sizeof(told->text));
}

/* Feed `text` in pieces of `piece` bytes. */
static void read_pieces(struct told *told, const char *text, size_t piece)
{
    struct jvm_log *log = malloc(sizeof(*log));
    size_t left = strlen(text);

    assert_non_null(log);
    told->used = 0;
    told->text[0] = '\0';
    jvm_log_init(log, note, told);
    while (left > 0) {
        size_t now = left < piece ? left : piece;

        jvm_log_feed(log, text, now);
        text += now;
        left -= now;
    }
    free(log);
}

struct row {
    const char *text;
    const char *told;
};

static void check(const struct row *rows, size_t count)
{
    struct told told;

    for (size_t i = 0; i < count; i++) {
        for (size_t piece = 1; piece < 200; piece += 33) {
            read_pieces(&told, rows[i].text, piece);
            assert_string_equal(told.text, rows[i].told);
        }
    }
}

static void test_the_text_log_is_read(void **state)
{
    static const struct row rows[] = {
        {"[26343860ns][28550]    1       3       java.lang.Object::<init> (1 bytes)\n",
         "start id=1 level=3 at=26343 count=0 bci=-1 pc=0 [java.lang.Object::<init>] [] []\n"},
        {"[72218284ns][31737]    4     n 0       jdk.internal.misc.Unsafe::get (native)   \n",
         "start id=4 level=0 at=72218 count=0 bci=-1 pc=0 [jdk.internal.misc.Unsafe::get] [] []\n"},
        {"[5000ns][1]  112 %s!   4       A::b @ 119 (144 bytes)\n",
         "start id=112 level=4 osr at=5 count=0 bci=-1 pc=0 [A::b] [] []\n"},
        {"[5000ns][1]    7   !       A::b (9 bytes)\n", /* -XX:-TieredCompilation */
         "start id=7 level=-1 at=5 count=0 bci=-1 pc=0 [A::b] [] []\n"},
        {"[5000ns][1]   10       4       A::b (319 bytes)   made not entrant: uncommon trap\n",
         "not entrant id=10 level=4 at=5 count=0 bci=-1 pc=0 [A::b] [uncommon trap] []\n"},
        {"[5000ns][1]   10       4       A::b (319 bytes)   made not entrant\n",
         "not entrant id=10 level=4 at=5 count=0 bci=-1 pc=0 [A::b] [] []\n"},
        {"[5000ns][1]   10  s    4       A::b (9 bytes)   COMPILE SKIPPED: out of nodes (retry at "
         "different tier)\n",
         "abort id=10 level=4 at=5 count=0 bci=-1 pc=0 [A::b] [out of nodes (retry at different "
         "tier)] []\n"},
        {"[33656248ns][28535] cid=  10     level=4 A.b([LA$B;D)V trap_bci=5 class_check "
         "maybe_recompile pc=0x000000001bec7cd8 relative_pc=0x0000000000000058\n",
         "trap id=10 level=4 at=33656 count=0 bci=5 pc=1bec7cd8 [A.b([LA$B;D)V] [class_check] "
         "[maybe_recompile]\n"},
        {"[5000ns][1] cid=  14 osr level=4 A.b(I)D trap_bci=121 osr_bci=119 unstable_if "
         "reinterpret "
         "pc=0x10 relative_pc=0x2\n",
         "trap id=14 level=4 osr at=5 count=0 bci=121 pc=10 [A.b(I)D] [unstable_if] "
         "[reinterpret]\n"},
        /* Lines of other kinds, and none at all. */
        {"[54728465ns][31737] Added initial compiler thread C2 CompilerThread0\n", ""},
        {"[68147888ns][31750]            @ 17   A::b (19 bytes)   inline\n", ""},
        {"[5000ns][1]   10       4       A::b (319 bytes)   made zombie\n", ""},
        {"[5000ns][1]\n[5000ns]\n[\n[]\n[ns][]\n\n[5000ns][1] cid=\n[5000ns][1] 12\n", ""},
        {"[5000ns][1]   10       4       A::b (319 bytes)", ""}, /* cut */
        {"[77000ns][5000ns][1]   10       4       A::b (319 bytes)\n",
         "start id=10 level=4 at=5 clock=77 count=0 bci=-1 pc=0 [A::b] [] []\n"},
        {"[77000ns][5000ns][6000ns][1]   10       4       A::b (319 bytes)\n", ""},
        {"[77000][5000ns][1]   10       4       A::b (319 bytes)\n", ""},
    };

    check(rows, sizeof(rows) / sizeof(rows[0]));
}

static void test_the_xml_log_is_read(void **state)
{
    static const struct row rows[] = {
        {"<task_queued compile_id='1' method='A &lt;init&gt; ()V' bytes='1' count='256' "
         "iicount='256' level='3' stamp='0.185' comment='tiered' hot_count='256'/>\n",
         "queued id=1 level=3 at=185000 count=256 bci=-1 pc=0 [A <init> ()V] [tiered] []\n"},
        {"<make_not_entrant thread='7' compile_id='9' compile_kind='osr' compiler='c1' level='3' "
         "stamp='1.5'/>\n",
         "not entrant id=9 level=3 osr at=1500000 count=0 bci=-1 pc=0 [] [] []\n"},
        {"<make_not_entrant thread='7' reason='not used' compile_id='9' level='3' "
         "stamp='0,034'/>\n",
         "not entrant id=9 level=3 at=34000 count=0 bci=-1 pc=0 [] [not used] []\n"},
        /* The innermost place is the trap's own. */
        {"<uncommon_trap thread='7' reason='null_check' action='none' debug_id='0' "
         "compile_id='10' compiler='c2' level='4' stamp='0.034'>\n"
         "<jvms bci='5' method='A a (I)V' bytes='3'/>\n<jvms bci='9' method='B b ()V'/>\n"
         "</uncommon_trap>\n",
         "trap id=10 level=4 at=34000 count=0 bci=5 pc=0 [A a (I)V] [null_check] [none]\n"},
        {"<uncommon_trap thread='7' reason='r' action='a' compile_id='1' stamp='0.1'>\n"
         "</uncommon_trap>\n",
         "trap id=1 level=-1 at=100000 count=0 bci=-1 pc=0 [] [r] [a]\n"},
        /* What a compiler plans is no trap. */
        {"<uncommon_trap bci='12' reason='unloaded' action='reinterpret' debug_id='0'/>\n", ""},
        {"<task compile_id='3' method='A a ()V' count='2' level='4' stamp='1.0'>\n"
         "<failure reason='out of nodes' phase='compile'/>\n"
         "<task_done success='0' nmsize='0' count='2' stamp='1.25'/>\n</task>\n",
         "start id=3 level=4 at=1000000 count=2 bci=-1 pc=0 [A a ()V] [] []\n"
         "abort id=3 level=4 at=1250000 count=0 bci=-1 pc=0 [] [out of nodes] []\n"},
        {"<task compile_id='3' method='A a ()V' level='4' stamp='1.0'>\n"
         "<task_done success='1' nmsize='8' stamp='1.25'/>\n",
         "start id=3 level=4 at=1000000 count=0 bci=-1 pc=0 [A a ()V] [] []\n"},
        {"<hotspot_log version='160 1' process='24766' time_ms='1795263418726'>\n",
         "begin id=0 level=-1 at=0 count=0 bci=-1 pc=0 [] [] []\n"},
        /* Forged and damaged. */
        {"<task_queued compile_id=1 stamp=2/>\n",
         "queued id=0 level=-1 at=0 count=0 bci=-1 pc=0 [] [] []\n"},
        {"<make_not_entrant compile_id='4\n",
         "not entrant id=0 level=-1 at=0 count=0 bci=-1 pc=0 [] [] []\n"},
        {"<make_not_entrant reason=' compile_id=' compile_id='4' level='9999999999999999999'"
         " stamp='99999999999999999999'/>\n",
         "not entrant id=4 level=7 at=0 count=0 bci=-1 pc=0 [] [ compile_id=] []\n"},
        {"<jvms bci='5' method='A a (I)V'/>\n<task_done success='0'/>\n<failure reason='x'/>\n",
         ""},
        {"<make_not_entrant compile_id='4' stamp='1.0'/>", ""}, /* cut */
    };

    check(rows, sizeof(rows) / sizeof(rows[0]));
}

static void test_a_line_that_is_too_long_is_skipped_alone(void **state)
{
    enum { BYTES = 3 * JVM_LOG_LINE };
    char *text = malloc(BYTES + 200);
    struct told told;

    assert_non_null(text);
    memset(text, 'a', BYTES);
    text[0] = '<';
    snprintf(text + BYTES, 200, "\n[5000ns][1]   10       4       A::b (3 bytes)\n");
    read_pieces(&told, text, 1000);
    assert_string_equal(told.text, "start id=10 level=4 at=5 count=0 bci=-1 pc=0 [A::b] [] []\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_text_log_is_read),
        cmocka_unit_test(test_the_xml_log_is_read),
        cmocka_unit_test(test_a_line_that_is_too_long_is_skipped_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
