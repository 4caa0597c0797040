#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/report/hexscan.h"
#include "analysis/report/rewrite.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "jitney/status.h"

struct code {
    uint64_t address;
    uint64_t bytes;
    const char *name;
};

static const struct code codes[] = {
    {0x1d36809060a0, 0x80, "Stub:CEntryStub"},
    {0x3d278f806000, 0x100, "JS:*f a.js:1:2"},
    {0x3d278f806100, 0x20, "next"},
    {0xffffffff81234000, 0x1000, "bpf_prog"},
    {0x18c4000, 0x300, "Builtin:A"},
    {0xfacade, 0x10, "word"},
    {0xdeadbeefcafe, 0x10, "letters"},
    {0x20040080, 0x10, "decimal"},
    {0x7ff612345000, 0x1000, "win"},
    {0x1000, 0x10, "low"},
    {0x5000000, 0x40, "say \"\\\""},
};

static struct jt_addressmap *make_map(void)
{
    struct jt_addressmap *map = jt_addressmap_new();

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        struct jt_code_event event = {
            .kind = JT_CODE_LOAD,
            .address = codes[i].address,
            .bytes = codes[i].bytes,
            .name = codes[i].name,
            .name_bytes = strlen(codes[i].name),
        };

        jt_addressmap_add(map, 7, &event);
    }
    jt_addressmap_finish(map);
    return map;
}

static int keep_text(void *context, const char *text, size_t bytes)
{
    jt_buf_append(context, text, bytes);
    return jt_buf_status(context);
}

/* Rewrite `text`, given in parts of `part` bytes. */
static uint64_t rewrite(const char *text, size_t bytes, size_t part,
                        const struct jt_rewrite_options *options, struct jt_buf *out)
{
    struct jt_addressmap *map = make_map();
    struct jt_rewrite_sink sink = {out, keep_text};
    struct jt_rewriter *rewriter = jt_rewriter_new(map, options, &sink);
    uint64_t resolved = 0;

    while (bytes > 0) {
        size_t room = 0;
        char *at = jt_rewriter_room(rewriter, &room);
        size_t some = part < room ? part : room;

        assert_true(room > 0);
        if (some > bytes)
            some = bytes;
        memcpy(at, text, some);
        assert_int_equal(jt_rewriter_take(rewriter, some), JITNEY_OK);
        text += some;
        bytes -= some;
    }
    assert_int_equal(jt_rewriter_finish(rewriter), JITNEY_OK);
    resolved = jt_rewriter_resolved(rewriter);
    jt_rewriter_free(rewriter);
    jt_addressmap_free(map);
    return resolved;
}

struct row {
    const char *text;
    const char *plain; /* NULL: unchanged */
    const char *kept;  /* with the addresses; NULL: as plain */
};

static void check_rows(const struct row *rows, size_t count, bool steps_back)
{
    for (size_t i = 0; i < 2 * count; i++) {
        const struct row *row = &rows[i / 2];
        struct jt_rewrite_options options = {.keeps_addresses = i % 2, .steps_back = steps_back};
        const char *plain = row->plain ? row->plain : row->text;
        const char *want = i % 2 && row->kept ? row->kept : plain;

        for (size_t part = 1; part < 100; part += 33) {
            struct jt_buf out = JT_BUF_INIT(1 << 20);

            rewrite(row->text, strlen(row->text), part, &options, &out);
            jt_buf_append(&out, "", 1);
            assert_string_equal((char *)out.bytes, want);
            jt_buf_release(&out);
        }
    }
}

static void test_addresses_of_every_tool_become_names(void **state)
{
    static const struct row rows[] = {
        {"   7  0x1d36809060ba", "   7  Stub:CEntryStub", "   7  0x1d36809060ba Stub:CEntryStub"},
        {"frame #6: 0x00003d278f8060bb\n", "frame #6: JS:*f a.js:1:2\n",
         "frame #6: 0x00003d278f8060bb JS:*f a.js:1:2\n"},
        {"#6  0x00003d278f8060bb in ?? ()\r\n", "#6  JS:*f a.js:1:2 ()\r\n",
         "#6  0x00003d278f8060bb in JS:*f a.js:1:2 ()\r\n"},
        {"0x00003d278f8060bb in ?? ()\n", "JS:*f a.js:1:2 ()\n",
         "0x00003d278f8060bb in JS:*f a.js:1:2 ()\n"},
        {"#1 0x3d278f8060bb in 0x3d278f8060bb ()\n", "#1 JS:*f a.js:1:2 ()\n",
         "#1 0x3d278f8060bb in JS:*f a.js:1:2 ()\n"},
        {"67.0ms   97.1%,0, ,         0x3D278F8060BB\n",
         "67.0ms   97.1%,0, ,         JS:*f a.js:1:2\n",
         "67.0ms   97.1%,0, ,         0x3D278F8060BB JS:*f a.js:1:2\n"},
        {"\t    3d278f8060bb [unknown] (/tmp/perf-1.map)\n",
         "\t    3d278f8060bb JS:*f a.js:1:2 (/tmp/perf-1.map)\n"},
        {"node 1 1.000000: 1 cycles:  3d278f8060bb [unknown] (/tmp/perf-1.map)\n",
         "node 1 1.000000: 1 cycles:  3d278f8060bb JS:*f a.js:1:2 (/tmp/perf-1.map)\n"},
        {"\t    3d278f8060bb [unknown]\n", "\t    3d278f8060bb JS:*f a.js:1:2\n"},
        {"\t    3d278f8060bb (/tmp/perf-1.map)\n", "\t    JS:*f a.js:1:2 (/tmp/perf-1.map)\n",
         "\t    3d278f8060bb JS:*f a.js:1:2 (/tmp/perf-1.map)\n"},
        {" [<ffffffff81234567>] ? 0xffffffff81234567\n", " [<bpf_prog>] ? bpf_prog\n",
         " [<ffffffff81234567 bpf_prog>] ? 0xffffffff81234567 bpf_prog\n"},
        {"00007ff6`12345678 and 0x00007ff6`12345678\n", "win and win\n",
         "00007ff6`12345678 win and 0x00007ff6`12345678 win\n"},
        {"==9==    by 0x3D278F8060BB: ???\n", "==9==    by JS:*f a.js:1:2\n",
         "==9==    by 0x3D278F8060BB: JS:*f a.js:1:2\n"},
        {"#5  0x00003d278f8060bb n/a (node + 0x1)\n", "#5  JS:*f a.js:1:2 (node + 0x1)\n",
         "#5  0x00003d278f8060bb JS:*f a.js:1:2 (node + 0x1)\n"},
        {"0x1d36809060a0,0x1d36809060a0 (0x1d36809060a0)",
         "Stub:CEntryStub,Stub:CEntryStub (Stub:CEntryStub)",
         "0x1d36809060a0 Stub:CEntryStub,0x1d36809060a0 Stub:CEntryStub "
         "(0x1d36809060a0 Stub:CEntryStub)"},
        {"pc 1d36809060ba.\n", "pc Stub:CEntryStub.\n", "pc 1d36809060ba Stub:CEntryStub.\n"},
        {"0x1000 0X1000\n", "low low\n", "0x1000 low 0X1000 low\n"},
        {"=> 0x1d36809060ba:\tmov", "=> Stub:CEntryStub:\tmov",
         "=> 0x1d36809060ba Stub:CEntryStub:\tmov"},
        {"{\"pc\":\"0x5000001\"} 0x5000001\n", "{\"pc\":\"say \\\"\\\\\\\"\"} say \"\\\"\n",
         "{\"pc\":\"0x5000001 say \\\"\\\\\\\"\"} 0x5000001 say \"\\\"\n"},
    };

    check_rows(rows, sizeof(rows) / sizeof(rows[0]), false);
}

static void test_a_name_never_reaches_beyond_its_code(void **state)
{
    static const struct row rows[] = {
        {"0x1d368090609f\n"},
        {"0x1d36809060a0\n", "Stub:CEntryStub\n", "0x1d36809060a0 Stub:CEntryStub\n"},
        {"0x1d368090611f\n", "Stub:CEntryStub\n", "0x1d368090611f Stub:CEntryStub\n"},
        {"#3 0x1d3680906120 in ?? ()\n"},
        {"0x3d278f806100\n", "next\n", "0x3d278f806100 next\n"},
        {"0x3d278f806120 0x0 0xffffffffffffffff 0x7fffffffffff\n"},
    };

    check_rows(rows, sizeof(rows) / sizeof(rows[0]), false);
}

static void test_callers_step_back_when_asked(void **state)
{
    static const struct row rows[] = {
        {"#3  0x1d3680906120 in ?? ()\n", "#3  Stub:CEntryStub ()\n",
         "#3  0x1d3680906120 in Stub:CEntryStub ()\n"},
        {"frame #12: 0x1d3680906120\n", "frame #12: Stub:CEntryStub\n",
         "frame #12: 0x1d3680906120 Stub:CEntryStub\n"},
        {"   7  0x1d3680906120", "   7  Stub:CEntryStub", "   7  0x1d3680906120 Stub:CEntryStub"},
        {"#3  0x3d278f806100 in ?? ()\n", "#3  next ()\n", "#3  0x3d278f806100 in next ()\n"},
        {"#0  0x1d3680906120 in ?? ()\n"},
        {"frame #0: 0x1d3680906120\n"},
        {"0x1d3680906120\n"},
        {"pc 0x1d3680906120\n"},
    };

    check_rows(rows, sizeof(rows) / sizeof(rows[0]), true);
}

static void test_what_is_no_address_stays(void **state)
{
    static const struct row rows[] = {
        {"a facade, facade 0xfacadey FACADE\n"},
        {"0xfacade\n", "word\n", "0xfacade word\n"},
        {"20040085 pid 20040085 2004.0085\n"}, /* decimal numbers */
        {"020040085000 deadbeefcaff\n", "020040085000 letters\n",
         "020040085000 deadbeefcaff letters\n"},
        {"18c4001 18c4001x x18c4001 _18c4001 18c4001_\n",
         "Builtin:A 18c4001x x18c4001 _18c4001 18c4001_\n",
         "18c4001 Builtin:A 18c4001x x18c4001 _18c4001 18c4001_\n"},
        {"a-18c4001 18c4001-b /18c4001 v1.18c4001 18c4001.js #18c4001 +18c4001 f+0x18c4001 \xc3\xa9"
         "18c4001\n"},
        {"rbp-0x18c4001 a0x18c4001 00x18c4001 0x18c4001g 0x118c40010000000000\n"},
        {"18c4\n0x\n0xg 18c400\n"},
        {"1d36809060a0b0c0d 001d36809060a0b0c0d1\n"},
        {"#1  0x00003d278f8060bb in JS:f () at a.js:2\n"},
        {"frame #1: 0x00003d278f8060bb JIT(0x55)`f + 12\n"},
        {"\t    3d278f8060bb old+0x1f (/tmp/perf-1.map)\n"},
        {"\t    3d278f8060bb old name (x) (/tmp/perf-1.map)\n"},
        {"\t    3d278f8060bb old+0x1f\n"},
    };

    check_rows(rows, sizeof(rows) / sizeof(rows[0]), false);
}

static void test_bytes_that_are_no_address_pass_unchanged(void **state)
{
    size_t bytes = 3 << 20;
    char *text = jt_alloc(bytes, 1);
    struct jt_rewrite_options options = {0};
    uint64_t seed = 1;

    for (size_t i = 0; i < bytes; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1;
        text[i] = (char)(seed >> 56);
    }
    for (size_t part = 4093; part < (1 << 20); part *= 7) {
        struct jt_buf out = JT_BUF_INIT(8 << 20);

        rewrite(text, bytes, part, &options, &out);
        assert_int_equal(out.length, bytes);
        assert_memory_equal(out.bytes, text, bytes);
        jt_buf_release(&out);
    }
    free(text);
}

/* No line end at all: the text is parted, but no address is. */
static void test_endless_lines_are_rewritten_whole(void **state)
{
    static const char *const separators[] = {" ", ",", " in ?? () ", ";\t"};
    size_t room = 4 << 20;
    char *text = jt_alloc(room, 1);

    for (size_t i = 0; i < sizeof(separators) / sizeof(separators[0]); i++) {
        struct jt_rewrite_options options = {0};
        struct jt_buf out = JT_BUF_INIT(8 << 20);
        size_t addresses = 100000;
        size_t bytes = 0;

        for (size_t j = 0; j < addresses; j++)
            bytes += (size_t)sprintf(text + bytes, "0x1d36809060a0%s", separators[i]);
        assert_int_equal(rewrite(text, bytes, 1 << 20, &options, &out), addresses);
        assert_null(memmem(out.bytes, out.length, "0x", 2));
        assert_null(memmem(out.bytes, out.length, "??", 2));
        jt_buf_release(&out);
    }
    free(text);
}

static void test_lines_are_given_as_soon_as_they_are_whole(void **state)
{
    struct jt_addressmap *map = make_map();
    struct jt_buf out = JT_BUF_INIT(1 << 20);
    struct jt_rewrite_options options = {0};
    struct jt_rewrite_sink sink = {&out, keep_text};
    struct jt_rewriter *rewriter = jt_rewriter_new(map, &options, &sink);
    size_t room = 0;

    memcpy(jt_rewriter_room(rewriter, &room), "a\n0x10", 6);
    assert_int_equal(jt_rewriter_take(rewriter, 6), JITNEY_OK);
    assert_int_equal(out.length, 2);
    memcpy(jt_rewriter_room(rewriter, &room), "00\n", 3);
    assert_int_equal(jt_rewriter_take(rewriter, 3), JITNEY_OK);
    assert_int_equal(out.length, 6);
    assert_memory_equal(out.bytes, "a\nlow\n", 6);
    jt_rewriter_free(rewriter);
    jt_addressmap_free(map);
    jt_buf_release(&out);
}

static int refuse(void *context, const char *text, size_t bytes)
{
    ++*(int *)context;
    return JITNEY_ERR_IO;
}

static void test_a_sink_that_fails_stops_the_rewriter(void **state)
{
    struct jt_addressmap *map = make_map();
    int calls = 0;
    struct jt_rewrite_options options = {0};
    struct jt_rewrite_sink sink = {&calls, refuse};
    struct jt_rewriter *rewriter = jt_rewriter_new(map, &options, &sink);
    size_t room = 0;

    memcpy(jt_rewriter_room(rewriter, &room), "a\n", 2);
    assert_int_equal(jt_rewriter_take(rewriter, 2), JITNEY_ERR_IO);
    assert_int_equal(jt_rewriter_finish(rewriter), JITNEY_ERR_IO);
    assert_int_equal(calls, 1);
    jt_rewriter_free(rewriter);
    jt_addressmap_free(map);
}

static void test_the_vectors_see_what_the_plain_scan_sees(void **state)
{
    char text[JT_HEXSCAN_BYTES];
    struct jt_hexscan plain;
    struct jt_hexscan quick;

    for (unsigned c = 0; c < 256; c++)
        for (unsigned i = 0; i < JT_HEXSCAN_BYTES; i++) {
            memset(text, (int)(c * 31 + 7), sizeof(text));
            text[i] = (char)c;
            jt_hexscan_plain(text, &plain);
            jt_hexscan(text, &quick);
            assert_memory_equal(&plain, &quick, sizeof(plain));
        }
    memset(text, '!', sizeof(text));
    memcpy(text + 3, "09afAFgGxX/:@`", 14);
    jt_hexscan(text, &quick);
    assert_int_equal(quick.digits, 0x3f << 3);
    assert_int_equal(quick.zeros, 1 << 3);
    assert_int_equal(quick.xs, 3 << 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_of_every_tool_become_names),
        cmocka_unit_test(test_a_name_never_reaches_beyond_its_code),
        cmocka_unit_test(test_callers_step_back_when_asked),
        cmocka_unit_test(test_what_is_no_address_stays),
        cmocka_unit_test(test_bytes_that_are_no_address_pass_unchanged),
        cmocka_unit_test(test_endless_lines_are_rewritten_whole),
        cmocka_unit_test(test_lines_are_given_as_soon_as_they_are_whole),
        cmocka_unit_test(test_a_sink_that_fails_stops_the_rewriter),
        cmocka_unit_test(test_the_vectors_see_what_the_plain_scan_sees),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
