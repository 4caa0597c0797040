#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/load/folded.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "jitney/status.h"

static int tell(void *context, const struct jt_named_sample *sample)
{
    struct jt_buf *text = context;

    for (size_t i = 0; i < sample->frame_count; i++)
        jt_buf_printf(text, "%s%.*s", i ? "<" : "", (int)sample->frames[i].name_bytes,
                      sample->frames[i].name);
    jt_buf_printf(text, "=%llu\n", (unsigned long long)sample->weight);
    return JITNEY_OK;
}

static void read_text(const char *input, size_t bytes, struct jt_buf *text,
                      struct jt_text_facts *facts)
{
    struct jt_sample_sink sink = {.context = text, .named = tell};
    struct jt_diag diag = {0};
    FILE *stream = fmemopen((void *)(uintptr_t)input, bytes, "r");

    assert_non_null(stream);
    assert_int_equal(jt_folded_read(stream, "text", &diag, &sink, facts), JITNEY_OK);
    jt_buf_append(text, "", 1);
    fclose(stream);
}

static void test_stacks_are_read_leaf_first(void **state)
{
    static const struct {
        const char *input;
        const char *told;
        unsigned skipped;
    } rows[] = {
        {"a;b;c 12\n", "c<b<a=12\n"},
        {"node;JS:~ x (y) z.js:1:2_[j];write_[k] 3", "write_[k]<JS:~ x (y) z.js:1:2_[j]<node=3\n"},
        {"a;b 1\r\nc 2\r\n", "b<a=1\nc=2\n"},
        {"a;b 12.5\na;b 12.4\na;b 12.\na;b 0.2\n", "b<a=13\nb<a=12\nb<a=12\n"},
        {"a;b 5 7\na;c 0 9\na;d 3 0\n", "b<a=7\nc<a=9\n"}, /* differential */
        {"a;trace 5 7\na;c 9\n", "trace 5<a=7\nc<a=9\n"},
        {"a;;b; 4\n", "b<a=4\n"},
        {"a;b\n;; 3\n\n  \na;b x\na;b -3\na;b 1e3\n12\n", "", 6},
        {"a;b 18446744073709551615\na;b 18446744073709551616\n", "b<a=18446744073709551615\n", 1},
        {"# comment\n#;a 2\n", "a<#=2\n"},
        {"a;b\t 6  \n", "b<a=6\n"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct jt_buf text = JT_BUF_INIT(1 << 20);
        struct jt_text_facts facts;

        read_text(rows[i].input, strlen(rows[i].input), &text, &facts);
        assert_string_equal((char *)text.bytes, rows[i].told);
        assert_int_equal(facts.skipped_lines, rows[i].skipped);
        jt_buf_release(&text);
    }
}

static void test_lines_longer_than_a_block_are_read_and_endless_ones_skipped(void **state)
{
    size_t room = 40 << 20;
    char *input = jt_alloc(room, 1);
    struct jt_buf text = JT_BUF_INIT(64 << 20);
    struct jt_text_facts facts;
    size_t bytes = 300000;

    memset(input, 'x', room);
    memcpy(input + bytes, " 5\n", 3);
    bytes += 3;
    bytes += 36 << 20;
    memcpy(input + bytes, " 6\na 7\n", 7);
    bytes += 7;
    read_text(input, bytes, &text, &facts);
    assert_int_equal(facts.samples, 2);
    assert_int_equal(facts.skipped_lines, 1);
    assert_string_equal((char *)text.bytes + 300000, "=5\na=7\n");
    jt_buf_release(&text);
    free(input);
}

static void test_more_frames_than_any_stack_has_are_skipped(void **state)
{
    size_t frames = 70000;
    char *input = jt_alloc(2 * frames + 8, 1);
    struct jt_buf text = JT_BUF_INIT(1 << 20);
    struct jt_text_facts facts;

    for (size_t i = 0; i < frames; i++)
        memcpy(input + 2 * i, "a;", 2);
    memcpy(input + 2 * frames - 1, " 5\nb 1\n", 7);
    read_text(input, 2 * frames + 6, &text, &facts);
    assert_int_equal(facts.skipped_lines, 1);
    assert_string_equal((char *)text.bytes, "b=1\n");
    jt_buf_release(&text);
    free(input);
}

static void test_the_probe_wants_counts_everywhere(void **state)
{
    static const struct {
        const char *text;
        size_t bytes;
        bool is_folded;
    } rows[] = {
        {"a;b;c 12\n", 9, true},
        {"a;b;c 12\na;b cut li", 19, true},
        {"a;b;c 12", 8, true},
        {"a;b 1 2\n", 8, true},
        {"# by someone\n\na 1.5\n", 20, true},
        {"a;b;c 12\nHello\n", 15, false},
        {"Hello, world\n", 13, false},
        {"", 0, false},
        {"a\0b 12\n", 7, false},
        {"18c4000 300 Builtin:X\n", 22, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(jt_folded_probe(rows[i].text, rows[i].bytes), rows[i].is_folded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stacks_are_read_leaf_first),
        cmocka_unit_test(test_lines_longer_than_a_block_are_read_and_endless_ones_skipped),
        cmocka_unit_test(test_more_frames_than_any_stack_has_are_skipped),
        cmocka_unit_test(test_the_probe_wants_counts_everywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
