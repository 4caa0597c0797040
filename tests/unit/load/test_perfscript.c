#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/load/perfscript.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "jitney/status.h"
#include "support/files.h"

/* Samples as text: `[comm pid/tid time] name@address(module)<file:line> ...`,
 * leaf first. */
struct told {
    struct jt_buf text;
    uint64_t samples;
    uint64_t frames;
    uint64_t unknown;
    uint64_t stop_after;
};

static int tell(void *context, const struct jt_named_sample *sample)
{
    struct told *told = context;

    told->samples++;
    told->frames += sample->frame_count;
    jt_buf_printf(&told->text, "[%.*s %d/%d", (int)sample->command_bytes, sample->command,
                  (int)sample->pid, (int)sample->tid);
    if (sample->time_ns != JT_TIME_NONE)
        jt_buf_printf(&told->text, " %llu", (unsigned long long)sample->time_ns);
    jt_buf_append_text(&told->text, "]");
    for (size_t i = 0; i < sample->frame_count; i++) {
        const struct jt_named_frame *frame = &sample->frames[i];

        jt_buf_printf(&told->text, " %.*s", (int)frame->name_bytes, frame->name);
        told->unknown += frame->name_bytes == 9 && memcmp(frame->name, "[unknown]", 9) == 0;
        if (frame->address)
            jt_buf_printf(&told->text, "@%llx", (unsigned long long)frame->address);
        if (frame->module)
            jt_buf_printf(&told->text, "(%.*s)", (int)frame->module_bytes, frame->module);
        if (frame->file)
            jt_buf_printf(&told->text, "<%.*s:%u>", (int)frame->file_bytes, frame->file,
                          frame->line);
    }
    jt_buf_append_text(&told->text, "\n");
    return told->samples == told->stop_after ? JITNEY_ERR_STOPPED : JITNEY_OK;
}

static int read_text(const char *text, size_t bytes, struct told *told, struct jt_text_facts *facts)
{
    struct jt_sample_sink sink = {.context = told, .named = tell};
    struct jt_diag diag = {0};
    FILE *stream = fmemopen((void *)(uintptr_t)text, bytes, "r");
    int status = JITNEY_OK;

    assert_non_null(stream);
    told->text.limit = 64 << 20;
    status = jt_perfscript_read(stream, "text", &diag, &sink, facts);
    fclose(stream);
    return status;
}

struct form {
    const char *text;
    const char *told;
    unsigned skipped;
};

static void check_forms(const struct form *forms, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct told told = {0};
        struct jt_text_facts facts;
        size_t bytes = strlen(forms[i].text);

        assert_int_equal(read_text(forms[i].text, bytes, &told, &facts), JITNEY_OK);
        jt_buf_append(&told.text, "", 1);
        assert_string_equal((char *)told.text.bytes, forms[i].told);
        assert_int_equal(facts.samples, told.samples);
        assert_int_equal(facts.skipped_lines, forms[i].skipped);
        jt_buf_release(&told.text);
    }
}

static void test_headers_of_every_choice_of_fields_are_read(void **state)
{
    static const struct form forms[] = {
        {"node 25951  1401.462715:    2004008 cpu-clock:u: \n\t  17d558d f+0xd (/usr/bin/node)\n\n",
         "[node 0/25951 1401462715000] f@17d558d(/usr/bin/node)\n"},
        {"node 25951/25952  1401.462715123: cpu-clock:u: \n\t  1 f (/n)\n",
         "[node 25951/25952 1401462715123] f@1(/n)\n"},
        {"C2 CompilerThre 23212/23214 [001]  2356.515360:    1 cycles:P: \n\t 1 f (/n)\n\n",
         "[C2 CompilerThre 23212/23214 2356515360000] f@1(/n)\n"},
        {"GC Thread#0 12 [003] d..h. 5.000001: sched:sched_switch: prev_comm=a ==> b\n\t 1 f "
         "(/n)\n\n",
         "[GC Thread#0 0/12 5000001000] f@1(/n)\n"},
        {"my app 2 77/78  5.000001:   10 cpu/event=0x3c,name=my event/u: \n\t 1 f (/n)\n\n",
         "[my app 2 77/78 5000001000] f@1(/n)\n"},
        {"swapper     0 [000] 1.000000: cycles: \n\tffffffff81000000 idle ([kernel.kallsyms])\n\n",
         "[swapper 0/0 1000000000] idle@ffffffff81000000([kernel.kallsyms])\n"},
        {":-1 -1/-1 1.000000: cycles: \n\t 1 f (/n)\n", "[:-1 -1/-1 1000000000] f@1(/n)\n"},
        {"node 25951/25951 cpu-clock:u: \n\t 1 f (/n)\n", "[node 25951/25951] f@1(/n)\n"},
        {"node 25951    2004008 cpu-clock:u: \n\t 1 f (/n)\n", "[node 0/25951] f@1(/n)\n"},
        {"node  1401.462715: cpu-clock:u: \n\t 1 f\n", "[node 0/0 1401462715000] f@1\n"},
        {"25951/25952  1401.462715: cpu-clock:u: \n\t 1 f (/n)\n",
         "[ 25951/25952 1401462715000] f@1(/n)\n"},
        {"node 25951 \n\t 1 f (/n)\n\nnode 25951 \n\t 2 g (/n)\n",
         "[node 0/25951] f@1(/n)\n[node 0/25951] g@2(/n)\n"},
        {"node \n\t 1 f (/n)\n\n", "[node 0/0] f@1(/n)\n"},
        {"node 1  1.000000: \n\t 1 f (/n)\n\n", "[node 0/1 1000000000] f@1(/n)\n"},
        {"node 1  1.000000: page-faults:  7f1234567890\n\t 1 f (/n)\n\n",
         "[node 0/1 1000000000] f@1(/n)\n"},
    };

    check_forms(forms, sizeof(forms) / sizeof(forms[0]));
}

static void test_a_sample_may_be_a_single_line(void **state)
{
    static const struct form forms[] = {
        {"          luajit 22876  2326.791029:    2004008 cpu-clock:u:      55914c43eadc f+0x1 "
         "(/tmp/perf-22876.map)\n"
         "             bad 22876  2326.793038:    2004008 cpu-clock:u:      55914c43ee90 [unknown] "
         "([unknown])\n",
         "[luajit 0/22876 2326791029000] f@55914c43eadc(/tmp/perf-22876.map)\n"
         "[bad 0/22876 2326793038000] [unknown]@55914c43ee90([unknown])\n"},
        {"          luajit 22876 cpu-clock:u: \n          luajit 22877 cpu-clock:u: \n",
         "[luajit 0/22876]\n[luajit 0/22877]\n"},
        {"node 1 1.000000: cache-misses:  7fff12345678 401136 main+0x2 (/bin/x)\n",
         "[node 0/1 1000000000] main@401136(/bin/x)\n"},
        {"node 1 1.000000: cycles:  401136\n", "[node 0/1 1000000000] [unknown]@401136\n"},
    };

    check_forms(forms, sizeof(forms) / sizeof(forms[0]));
}

#define HEADER "n 1/1 1.000000: cycles: \n"
#define TOLD "[n 1/1 1000000000] "

static void test_frames_keep_whole_names(void **state)
{
    static const struct form forms[] = {
        {HEADER "\t 7f RegExp:\\(a (b) c\\) (/tmp/perf-1.map)\n",
         TOLD "RegExp:\\(a (b) c\\)@7f(/tmp/perf-1.map)\n"},
        {HEADER "\t 7f trace 5 work.lua:3 (loop) (/tmp/perf-1.map)\n",
         TOLD "trace 5 work.lua:3 (loop)@7f(/tmp/perf-1.map)\n"},
        {HEADER "\t 7f operator()(int, char (*)(int))+0x1f (/bin/a b)\n",
         TOLD "operator()(int, char (*)(int))@7f(/bin/a b)\n"},
        {HEADER "\t 7f f (/memfd:jit (deleted))\n", TOLD "f@7f(/memfd:jit (deleted))\n"},
        {HEADER "\t 7f f (/odd) (name/x)\n", TOLD "f (/odd)@7f(name/x)\n"},
        {HEADER "\t 7f f (/odd)name/x)\n", TOLD "f@7f(/odd)name/x)\n"},
        {HEADER "\t 7f [unknown] ([unknown])\n", TOLD "[unknown]@7f([unknown])\n"},
        {HEADER "\t 7f JS:~ file.js:1:2+0x7 (/tmp/perf-1.map)\n",
         TOLD "JS:~ file.js:1:2@7f(/tmp/perf-1.map)\n"},
        {HEADER "\t 7f f+0xzz (/n)\n", TOLD "f+0xzz@7f(/n)\n"},
        {HEADER "\t 7f (/n)\n", TOLD "[unknown]@7f(/n)\n"},
        {HEADER "\t 7f\n", TOLD "[unknown]@7f\n"},
        {HEADER "\t 7f f\n", TOLD "f@7f\n"},
        {HEADER " fn (/n)\n g (/n)\n", TOLD "fn(/n) g(/n)\n"},
        {HEADER "\t 7f leaf (inlined)\n\t 7f f (/n)\r\n\r\n", TOLD "leaf@7f f@7f(/n)\n"},
        {HEADER "\t 7f f+0x2 (/n)\n  my b.c:12\n\t 8 g (/n)\n  :0\n\t 9 h (/n)\n  h.c:3 "
                "(discriminator 2)\n",
         TOLD "f@7f(/n)<my b.c:12> g@8(/n) h@9(/n)<h.c:3>\n"},
        {HEADER "\t 7f f (/n)\n  [JIT] tid 22876[7f]\n\t 8 g (/n)\n  n+0x12\n",
         TOLD "f@7f(/n) g@8(/n)\n"},
        {HEADER "        89dd46 v8::X::Y(v8::I*) (/usr/local/bin/node)\n",
         TOLD "v8::X::Y(v8::I*)@89dd46(/usr/local/bin/node)\n"},
    };

    check_forms(forms, sizeof(forms) / sizeof(forms[0]));
}

static void test_what_is_no_sample_is_skipped_and_counted(void **state)
{
    static const struct form forms[] = {
        {"# ========\n# reference time: 1.234567 (TOD)\n#\n" HEADER "\t 1 f (/n)\n\n",
         TOLD "f@1(/n)\n"},
        {"node 1 1.000000: PERF_RECORD_MMAP2 1/1: [0x1(0x2) @ 0 00:00 0 0]: r-xp /n\n" HEADER
         "\t 1 f (/n)\n\n",
         TOLD "f@1(/n)\n"},
        {"\t 1 cut (/n)\n\t 2 head (/n)\n\n" HEADER "\t 1 f (/n)\n\n", TOLD "f@1(/n)\n", 2},
        {HEADER "\t 1 f (/n)\n\t 2 torn_na", TOLD "f@1(/n)\n", 1},
        {HEADER "\n" HEADER "\t 1 f (/n)", "[n 1/1 1000000000]\n" TOLD "f@1(/n)\n"},
        {"hello world, this is a text\nof two lines\n", "", 2},
        {"foo 12\nbar 13\n", "", 2},
        {"x 99999999999 1.000000: cycles: \n\t 1 f (/n)\n",
         "[x 99999999999 0/0 1000000000] f@1(/n)\n"},
        {HEADER "\t 11112222333344445 f (/n)\n", TOLD "11112222333344445 f(/n)\n"},
    };

    check_forms(forms, sizeof(forms) / sizeof(forms[0]));
}

static void test_a_sink_stops_the_reading(void **state)
{
    struct told told = {.stop_after = 2};
    struct jt_text_facts facts;
    const char *text = HEADER "\n" HEADER "\n" HEADER "\n";

    assert_int_equal(read_text(text, strlen(text), &told, &facts), JITNEY_ERR_STOPPED);
    assert_int_equal(told.samples, 2);
    jt_buf_release(&told.text);
}

static void test_endless_samples_lines_and_names_stay_bounded(void **state)
{
    size_t room = 80 << 20;
    char *text = jt_alloc(room, 1);
    struct told told = {0};
    struct jt_text_facts facts;
    size_t bytes = (size_t)sprintf(text, HEADER);

    for (int i = 0; i < 40000; i++)
        bytes += (size_t)sprintf(text + bytes, "\t %x name_%d (/n)\n", i + 1, i);
    bytes += (size_t)sprintf(text + bytes, "\n" HEADER "\t 7 ");
    memset(text + bytes, 'x', 40 << 20);
    bytes += 40 << 20;
    bytes += (size_t)sprintf(text + bytes, " (/n)\n\t 8 after (/n)\n");
    assert_int_equal(read_text(text, bytes, &told, &facts), JITNEY_OK);
    assert_int_equal(told.samples, 2);
    assert_int_equal(told.frames, 16384 + 1);
    assert_int_equal(facts.skipped_lines, 40000 - 16384 + 1);
    assert_non_null(memmem(told.text.bytes, told.text.length, "] after@8(/n)", 13));
    jt_buf_release(&told.text);
    free(text);
}

static size_t count_lines(const char *text, size_t bytes, bool wants_tab)
{
    size_t count = 0;

    for (size_t i = 0; i + 1 < bytes; i++)
        if ((i == 0 || text[i - 1] == '\n') && text[i] != '\n' && (text[i] == '\t') == wants_tab)
            count++;
    return count;
}

static void test_every_sample_and_frame_of_real_files_is_read(void **state)
{
    static const char *const names[] = {
        "erlang/true.jit.script.txt",
        "java/jdk17-perfmap.script.txt",
        "llvm/mcjit.jit.script.txt",
        "llvm/mcjit.script.txt",
        "llvm/orc-lazy.jit.script.txt",
        "llvm/orc-lazy.script.txt",
        "llvm/orc.jit.script.txt",
        "llvm/orc.script.txt",
        "luajit/perf.script.txt",
        "node/basic-prof.script.txt",
        "node/perf-prof.injected.script.txt",
        "php/tracing.jit.script.txt",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char *path = test_fixture(names[i]);
        size_t bytes = 0;
        char *text = (char *)test_read_file(path, &bytes);
        struct told told = {0};
        struct jt_text_facts facts;

        assert_true(jt_perfscript_probe(text, bytes < 4096 ? bytes : 4096));
        assert_int_equal(read_text(text, bytes, &told, &facts), JITNEY_OK);
        assert_int_equal(facts.skipped_lines, 0);
        assert_int_equal(facts.samples, count_lines(text, bytes, false));
        assert_int_equal(told.frames, count_lines(text, bytes, true));
        assert_true(told.unknown < told.frames);
        jt_buf_release(&told.text);
        free(text);
        free(path);
    }
}

static void test_the_probe_knows_its_text(void **state)
{
    static const struct {
        const char *text;
        bool is_script;
    } rows[] = {
        {"node 25951  1401.462715:    2004008 cpu-clock:u: \n\t 1 f (/n)\n", true},
        {"# ========\n# captured on: x\n#\nnode 1/1 1.000000: cycles:\n", true},
        {"\n\n          luajit 22876 cpu-clock:u: \n", true},
        {"\t 1 f (/n)\n\nnode 1/1 1.000000: cycles:\n", true},
        {"node \n\t 1 f (/n)\n", true},
        {"", false},
        {"# only comments\n", false},
        {"18c4000 300 Builtin:DeoptimizationEntry_Eager\n", false},
        {"a;b;c 12\n", false},
        {"node;main 12\nnode;main;f 13\n", false},
        {"Hello, world\n", false},
        {"PERFILE2h\0\0\0", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(jt_perfscript_probe(rows[i].text, strlen(rows[i].text)),
                         rows[i].is_script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers_of_every_choice_of_fields_are_read),
        cmocka_unit_test(test_a_sample_may_be_a_single_line),
        cmocka_unit_test(test_frames_keep_whole_names),
        cmocka_unit_test(test_what_is_no_sample_is_skipped_and_counted),
        cmocka_unit_test(test_a_sink_stops_the_reading),
        cmocka_unit_test(test_endless_samples_lines_and_names_stay_bounded),
        cmocka_unit_test(test_every_sample_and_frame_of_real_files_is_read),
        cmocka_unit_test(test_the_probe_knows_its_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
