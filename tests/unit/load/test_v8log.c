/* V8's log in the forms that versions 14 to 24 of node write, and as killed processes leave it. */
#include "analysis/load/v8log.h"
#include "base/alloc.h"
#include "jitney/status.h"
#include "support/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { EVENTS_MOST = 8 };

struct event {
    struct jt_v8log_event event;
    char *name;
    char *place;
    char *reason;
    char mark[5];
};

struct seen {
    size_t count;
    struct event events[EVENTS_MOST];
    int status;
};

static int see(void *context, const struct jt_v8log_event *event)
{
    struct seen *seen = context;
    struct event *kept = NULL;

    if (seen->count++ >= EVENTS_MOST)
        return seen->status;
    kept = &seen->events[seen->count - 1];
    kept->event = *event;
    kept->name = jt_strndup(event->name.at ? event->name.at : "", event->name.bytes);
    kept->place = jt_strndup(event->place.at ? event->place.at : "", event->place.bytes);
    kept->reason = jt_strndup(event->reason.at ? event->reason.at : "", event->reason.bytes);
    memcpy(kept->mark, event->mark.at ? event->mark.at : "", event->mark.bytes);
    return seen->status;
}

static void forget(struct seen *seen)
{
    for (size_t i = 0; i < EVENTS_MOST; i++) {
        free(seen->events[i].name);
        free(seen->events[i].place);
        free(seen->events[i].reason);
    }
}

static struct jt_v8log_facts read_text(const char *text, struct seen *seen, int want)
{
    const struct jt_v8log_sink sink = {seen, see};
    struct jt_v8log_facts facts;
    struct jt_diag diag = {0};
    FILE *stream = fmemopen((void *)text, strlen(text), "r");

    assert_non_null(stream);
    assert_int_equal(jt_v8log_read(stream, "text", &diag, &sink, &facts), want);
    fclose(stream);
    return facts;
}

static void test_names_of_all_versions_come_out_whole(void **state)
{
    static const struct {
        const char *text;
        const char *name;
        const char *mark;
        uint64_t function;
    } rows[] = {
        {"code-creation,JS,13,7,0x1000,64,f /a.js:1:2,0xabc,*\n", "f /a.js:1:2", "*", 0xabc},
        {"code-creation,JS,10,7,0x1000,64, /a.js:1:2,0xabc,~\n", " /a.js:1:2", "~", 0xabc},
        {"code-creation,JS,10,7,0x1000,64,a,b, c /x, y.js:1:2,0xabc,~\n", "a,b, c /x, y.js:1:2",
         "~", 0xabc},
        {"code-creation,JS,10,7,0x1000,64,two\nlines,0xabc,^\n", "two\nlines", "^", 0xabc},
        {"code-creation,JS,10,7,0x1000,64,\n\nthree,0x1,\n,0xabc,+\n", "\n\nthree,0x1,\n", "+",
         0xabc},
        {"code-creation,Function,4,7,0x1000,64,wasm-function[3],0xabc,\n", "wasm-function[3]", "",
         0xabc},
        {"code-creation,Builtin,2,7,0x1000,64,ArrayMap\n", "ArrayMap", "", 0},
        {"code-creation,RegExp,3,7,0x1000,64,(\\\\w+)\\x2C\n", "(\\w+),", "", 0},
        {"code-creation,JS,10,7,0x1000,64,\\\\w /a.js:1:2,0xabc,*'\n", "\\\\w /a.js:1:2", "*'",
         0xabc},
        {"v8-version,8,4,371,23,-node.88,0\n"
         "code-creation,LazyCompile,0,7,0x1000,64,a\\x2Cb\\n\\\\\\xe4\\u20ac /a.js:1,0xabc,*\n",
         "a,b\n\\\xc3\xa4\xe2\x82\xac /a.js:1", "*", 0xabc},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct seen seen = {0};
        struct jt_v8log_facts facts = read_text(rows[i].text, &seen, JITNEY_OK);

        assert_int_equal(seen.count, 1);
        assert_int_equal(facts.codes, 1);
        assert_int_equal(facts.skipped, 0);
        assert_string_equal(seen.events[0].name, rows[i].name);
        assert_string_equal(seen.events[0].mark, rows[i].mark);
        assert_int_equal(seen.events[0].event.function, rows[i].function);
        assert_int_equal(seen.events[0].event.address, 0x1000);
        assert_int_equal(seen.events[0].event.bytes, 64);
        assert_int_equal(seen.events[0].event.time_ns, 7000);
        forget(&seen);
    }
}

static void test_a_deopt_is_split_behind_its_place(void **state)
{
    struct seen seen = {0};

    read_text("code-deopt,12,3648,0x7f00,-1,1329,deopt-eager,</w.js:23:10>,not a Smi\n"
              "code-deopt,13,640,0x8f00,0,2352,deopt-lazy,</a,b>,.js:39:37> inlined at "
              "</w.js:40:68>,wrong map\n"
              "code-deopt,14,64,0x9f00,-1,5,soft,unknown,(unknown)\n",
              &seen, JITNEY_OK);
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.events[0].event.kind, JT_V8LOG_DEOPT);
    assert_int_equal(seen.events[0].event.time_ns, 12000);
    assert_int_equal(seen.events[0].event.address, 0x7f00);
    assert_int_equal(seen.events[0].event.script_offset, 1329);
    assert_string_equal(seen.events[0].place, "</w.js:23:10>");
    assert_string_equal(seen.events[0].reason, "not a Smi");
    assert_string_equal(seen.events[1].place, "</a,b>,.js:39:37> inlined at </w.js:40:68>");
    assert_string_equal(seen.events[1].reason, "wrong map");
    assert_string_equal(seen.events[2].place, "unknown");
    assert_string_equal(seen.events[2].reason, "(unknown)");
    forget(&seen);
}

static void test_a_move_has_the_time_of_the_line_before(void **state)
{
    struct seen seen = {0};
    struct jt_v8log_facts facts =
        read_text("code-creation,JS,13,7,0x1000,64,f /a.js:1:2,0xabc,*\n"
                  "code-move,0x1000,0x2000\ncode-disable-optimization,f,too large\n",
                  &seen, JITNEY_OK);

    assert_int_equal(facts.moves, 1);
    assert_int_equal(seen.events[1].event.address, 0x1000);
    assert_int_equal(seen.events[1].event.to, 0x2000);
    assert_int_equal(seen.events[1].event.time_ns, 7000);
    assert_false(seen.events[1].event.has_time);
    assert_int_equal(seen.events[2].event.kind, JT_V8LOG_DISABLED);
    assert_string_equal(seen.events[2].name, "f");
    assert_string_equal(seen.events[2].reason, "too large");
    forget(&seen);
}

static void test_what_cannot_be_used_is_counted(void **state)
{
    static const char *const rows[] = {
        "code-creation,JS,13,7,0x1000,0,f,0xabc,*\n",
        "code-creation,JS,13,-7,0x1000,64,f,0xabc,*\n",
        "code-creation,JS,13,7,0xffffffffffffffff,64,f,0xabc,*\n",
        "code-creation,JS,13,7,0x10000000000000000,64,f,0xabc,*\n",
        "code-creation,JS,13,9000000000000000,0x1000,64,f,0xabc,*\n",
        "code-creation,JS,13\n",
        "code-creation\n",
        "code-move,0x1000\n",
        "code-move,0x1000,x\n",
        "code-deopt,12,3648,0x7f00\n",
        "what is this\n",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct seen seen = {0};
        struct jt_v8log_facts facts = read_text(rows[i], &seen, JITNEY_OK);

        assert_int_equal(seen.count, 0);
        assert_int_equal(facts.skipped, 1);
        assert_int_equal(facts.last_ns, 0);
    }
}

static void test_a_log_that_was_cut_is_read_up_to_there(void **state)
{
    struct seen seen = {0};
    struct jt_v8log_facts facts = read_text(
        "code-creation,JS,13,7,0x1000,64,f /a.js:1:2,0xabc,*\ncode-crea", &seen, JITNEY_OK);

    assert_int_equal(seen.count, 1);
    assert_true(facts.is_torn);
    assert_int_equal(facts.skipped, 1);
    forget(&seen);
}

static void test_the_sink_can_stop_it(void **state)
{
    struct seen seen = {.status = JITNEY_ERR_STOPPED};

    read_text("code-move,0x1,0x2\ncode-move,0x3,0x4\n", &seen, JITNEY_ERR_STOPPED);
    assert_int_equal(seen.count, 1);
    forget(&seen);
}

static void test_a_real_log_gives_all_there_is(void **state)
{
    size_t bytes = 0;
    char *path = test_fixture("compare/v8.log");
    char *data = (char *)test_read_file(path, &bytes);
    char *text = jt_strndup(data, bytes);
    struct seen seen = {0};
    struct jt_v8log_facts facts = read_text(text, &seen, JITNEY_OK);

    assert_true(jt_v8log_probe(data, bytes));
    assert_int_equal(facts.major, 11);
    assert_int_equal(facts.minor, 3);
    assert_int_equal(facts.codes, 854);
    assert_int_equal(facts.deopts, 6);
    assert_int_equal(facts.skipped, 0);
    assert_false(facts.is_torn);
    forget(&seen);
    free(text);
    free(data);
    free(path);
}

static void test_only_a_log_is_taken_for_one(void **state)
{
    static const char map[] = "7f00 40 JS:*f /a.js:1:2\n";
    static const char folded[] = "new,a;b 12\n";
    static const char log[] = "profiler,begin,1\nv8-version,11,3,244,8,-node.38,0\n";

    assert_false(jt_v8log_probe(map, strlen(map)));
    assert_false(jt_v8log_probe(folded, strlen(folded)));
    assert_false(jt_v8log_probe("", 0));
    assert_false(jt_v8log_probe("code-creation", 13));
    assert_true(jt_v8log_probe(log, strlen(log)));
}

static void test_the_pid_is_in_the_name(void **state)
{
    assert_int_equal(jt_v8log_pid_of_name("/x/isolate-0x55d0c0-4711-v8.log"), 4711);
    assert_int_equal(jt_v8log_pid_of_name("v8.log"), 0);
    assert_int_equal(jt_v8log_pid_of_name("isolate-0x55d0c0-v8.log"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_of_all_versions_come_out_whole),
        cmocka_unit_test(test_a_deopt_is_split_behind_its_place),
        cmocka_unit_test(test_a_move_has_the_time_of_the_line_before),
        cmocka_unit_test(test_what_cannot_be_used_is_counted),
        cmocka_unit_test(test_a_log_that_was_cut_is_read_up_to_there),
        cmocka_unit_test(test_the_sink_can_stop_it),
        cmocka_unit_test(test_a_real_log_gives_all_there_is),
        cmocka_unit_test(test_only_a_log_is_taken_for_one),
        cmocka_unit_test(test_the_pid_is_in_the_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
