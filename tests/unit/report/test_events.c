/* Events of every class in each way of writing them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "analysis/report/activity.h"
#include "analysis/report/events.h"
#include "analysis/report/events_rds.h"
#include "base/alloc.h"
#include "jitney/status.h"

#include "events_made.h"

static const char *text_of(struct jt_buf *line)
{
    jt_buf_append_zeros(line, 1);
    assert_int_equal(jt_buf_status(line), JITNEY_OK);
    return (const char *)line->bytes;
}

/* ---- CSV ---- */

static const char *const csv_rows[MADE_COUNT] = {
    "1,Function,square,shapes,0x1000,,,,,,,,,,,,\r\n",
    "2,CompilationStart,square,shapes,0x1000,,,,,\"heuristic=hot,osr=loop\",,,,,,,\r\n",
    ("3,Compilation,square,shapes,0x1000,0x3,,\"[ square,<?>,<promise> ] Call,[ ? ] Test,"
     "[ Smi|Double ] Type,[ 0x1f ] Type\",,,300,400,2,,,,\r\n"),
    "4,CodeLoad,square,shapes,0x7f0000001000,,,,,,,,,,,TRUE,\r\n",
    "5,CompilationEnd,square,shapes,0x1000,,,,,,,,,,,,\r\n",
    "6,CompilationAborted,\"area, \"\"big\"\"\none\",,0x0,,,,,too many registers,,,,,,,\r\n",
    ("7,Invocation,square,shapes,0x7f0000001000,0x3,,,0x1,NativeCallTrampoline,,,,,,TRUE,"
     "Recovered\r\n"),
    "8,UnregisterInvocation,square,shapes,0x1000,0x3,,,,,,,,,,,\r\n",
    "9,SpeculativeContext,square,shapes,0x1000,,,[ ? ] Test#2,,Deopt,,,,TRUE,TRUE,,\r\n",
    ("10,ContextualTypeFeedback,square,shapes,0x1000,,\"(int,int)\",[ Smi ] Type#4,,,,,,FALSE,"
     "FALSE,,\r\n"),
    "11,OsrEntry,\"area, \"\"big\"\"\none\",,0x0,,,,,,,,,,,,\r\n",
    "12,Cache,\"area, \"\"big\"\"\none\",,0x0,,,,,Miss: another version,,,,,,,\r\n",
    "13,Deopt,square,shapes,0x1000,0x3,,Type#3,,not a Smi,,,,,,,\r\n",
    "14,\"phase two\nnext\",,,,,,,,,,,,,,,\r\n",
    "15,CodeMove,square,,0x7f0000002000,,,,,,,,,,,,\r\n",
    "16,CodeUnload,square,,0x7f0000002000,,,,,,,,,,,,\r\n",
};

static void test_csv_has_the_columns_of_r_and_the_quotes_of_rfc_4180(void **state)
{
    struct jitney_event event;
    struct jt_buf line = JT_BUF_INIT(JT_EVENT_LINE_LIMIT);

    jt_event_csv_head(&line);
    assert_string_equal(text_of(&line),
                        "idx,type,fun,env,address,ctx,speculative_ctx,speculative,call_ctx,reason,"
                        "bitcode_len,pir_len,deopt_count,changed,is_promise,is_native,"
                        "missing_asmpt\r\n");
    for (size_t i = 0; i < MADE_COUNT; i++) {
        struct jt_event_view view = made_view(i, &event);

        jt_buf_clear(&line);
        jt_event_csv_row(&line, &view);
        assert_string_equal(text_of(&line), csv_rows[i]);
    }
    jt_buf_release(&line);
}

/* ---- JSON ---- */

static json_t *json_of(size_t i)
{
    struct jitney_event event;
    const struct jt_event_view view = made_view(i, &event);
    struct jt_buf line = JT_BUF_INIT(JT_EVENT_LINE_LIMIT);
    json_error_t error;
    json_t *object = NULL;

    jt_event_json_line(&line, &view);
    assert_int_equal(line.bytes[line.length - 1], '\n');
    assert_null(memchr(line.bytes, '\n', line.length - 1));
    object = json_loadb((const char *)line.bytes, line.length, JSON_REJECT_DUPLICATES, &error);
    if (!object)
        fail_msg("%s: %s", error.text, text_of(&line));
    jt_buf_release(&line);
    return object;
}

static void test_json_lines_are_whole_objects_with_times(void **state)
{
    for (size_t i = 0; i < MADE_COUNT; i++) {
        json_t *object = json_of(i);

        assert_string_equal(json_string_value(json_object_get(object, "type")),
                            jt_event_class(made_bodies[i].type));
        assert_int_equal(json_integer_value(json_object_get(object, "time_ns")),
                         5000000000 + (json_int_t)i * 1000000);
        assert_int_equal(json_integer_value(json_object_get(object, "since_ns")), i * 1000000);
        assert_int_equal(json_integer_value(json_object_get(object, "pid")), 4711);
        assert_int_equal(json_integer_value(json_object_get(object, "tid")), 4712);
        json_decref(object);
    }
}

static void test_json_has_the_fields_of_an_event(void **state)
{
    json_t *deopt = json_of(12);
    json_t *compile = json_of(2);
    json_t *callees = NULL;
    const char *origin = NULL;
    int line = 0;

    assert_int_equal(json_unpack(deopt, "{s:{s:s},s:i}", "origin", "name", &origin, "line", &line),
                     0);
    assert_string_equal(origin, "area, \"big\"\none");
    assert_int_equal(line, 13);
    assert_string_equal(json_string_value(json_object_get(deopt, "kind")), "eager");
    assert_string_equal(json_string_value(json_object_get(deopt, "slot")), "Type#3");
    assert_string_equal(json_string_value(json_object_get(compile, "version")), "0x3");
    assert_int_equal(json_array_size(json_object_get(compile, "feedback")), 4);
    callees = json_object_get(json_array_get(json_object_get(compile, "feedback"), 0), "callees");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(callees, 1), "number")), 9);
    assert_string_equal(json_string_value(json_array_get(callees, 2)), "<promise>");
    json_decref(deopt);
    json_decref(compile);
}

static void test_json_is_utf8_whatever_an_engine_wrote(void **state)
{
    static const struct {
        const char *text;
        const char *json;
    } rows[] = {
        {"a\"\\\n\t", "\"a\\\"\\\\\\n\\t\""}, {"\x01\x7f", "\"\\u0001\\u007f\""},
        {"\xc4\x8d", "\"\xc4\x8d\""},         {"\xff\xc3", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {"\xef\xbf\xbd", "\"\xef\xbf\xbd\""},
    };
    struct jt_buf line = JT_BUF_INIT(4096);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        jt_buf_clear(&line);
        jt_event_append_json(&line, rows[i].text, strlen(rows[i].text));
        assert_string_equal(text_of(&line), rows[i].json);
    }
    jt_buf_release(&line);
}

/* ---- the table ---- */

static const char *const words[MADE_COUNT] = {
    "#1 in shapes shapes.toy:12:3",
    "optimized heuristic=hot(1000) osr=loop",
    ("optimized 128 bytes ir 400/300 deopts 2 for 0x3 [ square,<?>,<promise> ] Call [ ? ] Test "
     "[ Smi|Double ] Type [ 0x1f ] Type"),
    "TurboToy 0x7f0000001000:128 shapes.toy:12:3",
    "after 1.235 ms",
    "too many registers, after 2.500 us",
    "NativeCallTrampoline native recovered of 0x3 called with 0x1",
    "of 0x3",
    "[ T ] Test -> [ ? ] Test#2 in a promise by a deopt",
    "[ Smi ] Type -> [ Smi ] Type#4 for (int,int)",
    "optimized after 1000 rounds line 22",
    "miss: another version in 0.999 us abcdef",
    "eager: not a Smi Type#3, expected Smi, saw Double, inlined area, \"big\"\none, line 13 in 0x3",
    "phase two\nnext",
    "0x7f0000001000 -> 0x7f0000002000",
    "0x7f0000002000:128",
};

static void test_each_class_says_what_happened(void **state)
{
    struct jitney_event event;
    struct jt_buf line = JT_BUF_INIT(JT_EVENT_LINE_LIMIT);

    for (size_t i = 0; i < MADE_COUNT; i++) {
        const struct jt_event_view view = made_view(i, &event);

        jt_buf_clear(&line);
        jt_event_append_words(&line, &view);
        assert_string_equal(text_of(&line), words[i]);
    }
    jt_buf_release(&line);
}

static void test_rows_fit_a_terminal_and_are_whole_elsewhere(void **state)
{
    static const struct jt_event_table_style narrow = {.columns = 80, .shows_time = true};
    static const struct jt_event_table_style wide = {.shows_time = true, .shows_pid = true};
    struct jitney_event event;
    struct jt_buf line = JT_BUF_INIT(JT_EVENT_LINE_LIMIT);
    const char *text = NULL;

    for (size_t i = 0; i < MADE_COUNT; i++) {
        const struct jt_event_view view = made_view(i, &event);

        jt_buf_clear(&line);
        jt_event_table_row(&line, &narrow, &view);
        text = text_of(&line);
        assert_int_equal(strcspn(text, "\n") + 1, strlen(text));
        assert_true(strlen(text) <= 80 + 1);
    }
    jt_buf_clear(&line);
    const struct jt_event_view view = made_view(13, &event);
    jt_event_table_head(&line, &wide);
    jt_event_table_row(&line, &wide, &view);
    assert_string_equal(
        text_of(&line),
        "       time  process   thread  type                    function                         "
        " what it says\n"
        "   0.013000     4711     4712  Note                                                     "
        " phase two?next\n");
    jt_buf_release(&line);
}

/* ---- filters ---- */

static void test_filters_know_groups_and_classes_in_any_case(void **state)
{
    static const struct {
        const char *text;
        uint32_t classes;
        const char *unknown; /* NULL: all are known */
    } rows[] = {
        {"Compile,Deopt", JITNEY_EVENTS_COMPILE | JITNEY_EVENTS_DEOPT, NULL},
        {"compilationend", JITNEY_EVENT_BIT(JITNEY_COMPILE_END), NULL},
        {"INVOKE,osrentry", JITNEY_EVENTS_INVOKE | JITNEY_EVENTS_OSR, NULL},
        {"all", JITNEY_EVENTS_ALL, NULL},
        {"Deopt,Compil", JITNEY_EVENTS_DEOPT, "Compil"},
        {"Deopt,", JITNEY_EVENTS_DEOPT, ""},
        {"", 0, ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint32_t classes = 0;
        const char *word = NULL;
        size_t bytes = 0;
        bool is_known = jt_event_filter_parse(rows[i].text, &classes, &word, &bytes);

        assert_int_equal(classes, rows[i].classes);
        assert_int_equal(is_known, rows[i].unknown == NULL);
        if (rows[i].unknown) {
            assert_int_equal(bytes, strlen(rows[i].unknown));
            assert_memory_equal(word, rows[i].unknown, bytes);
        }
    }
}

/* ---- the summary ---- */

static struct jt_activity *sum_up(unsigned times)
{
    struct jt_activity *activity = jt_activity_new();
    struct jitney_event event;

    for (size_t i = 0; i < (size_t)times * MADE_COUNT; i++) {
        struct jt_event_view view = made_view(i % MADE_COUNT, &event);

        view.since_ns = i * 1000000;
        jt_activity_add(activity, &view);
    }
    return activity;
}

static void test_the_summary_says_what_was_compiled_and_given_up(void **state)
{
    static const struct jt_activity_about about = {
        .engine = "toy", .processes = 1, .lost = 7, .is_growing = true};
    static const struct jt_activity_style style = {.columns = 80};
    static const char *const lines[] = {
        "toy: 45 events in 0.046 s, still being written\n",
        "  3 compilations took 3.711 ms (8.1 % of the time), 3 were given up\n",
        "  3 deoptimizations\n",
        "          3  too many registers\n",
        "          3  not a Smi\n",
        "          3         3       3.704 ms  square\n",
        "      1.235 ms     0.004000 s  square\n",
        "(given up)\n",
        "  7 events were lost",
    };
    struct jt_activity *activity = sum_up(3);
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);

    assert_int_equal(jt_activity_write_text(stream, activity, &about, &style), JITNEY_OK);
    fclose(stream);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (!strstr(text, lines[i]))
            fail_msg("missing: %s\nin: %s", lines[i], text);
    free(text);
    jt_activity_free(activity);
}

static void test_the_summary_for_programs_has_all_of_it(void **state)
{
    static const struct jt_activity_about about = {.processes = 2};
    struct jt_activity *activity = sum_up(2);
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);
    json_t *root = NULL;
    int events = 0;
    int compilations = 0;
    int deopts = 0;

    assert_int_equal(jt_activity_write_json(stream, activity, &about), JITNEY_OK);
    fclose(stream);
    root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    assert_int_equal(json_unpack(root, "{s:i,s:i,s:i}", "events", &events, "compilations",
                                 &compilations, "deopts", &deopts),
                     0);
    assert_int_equal(events, 2 * (MADE_COUNT - 1));
    assert_int_equal(compilations, 2);
    assert_int_equal(deopts, 2);
    assert_int_equal(json_array_size(json_object_get(root, "functions")), 2);
    assert_int_equal(json_array_size(json_object_get(root, "longest")), 4);
    json_decref(root);
    free(text);
    jt_activity_free(activity);
}

/* An engine that does not measure is measured by the times of its events. */
static void test_compilations_without_a_duration_are_timed(void **state)
{
    static const struct jitney_compile_end end = {
        .size = sizeof(end), .function = 1, .compilation = 7};
    static const struct jt_activity_about about = {.processes = 1};
    static const struct jt_activity_style style = {.columns = 80};
    struct jt_activity *activity = jt_activity_new();
    struct jitney_event event;
    struct jt_event_view view = made_view(1, &event);
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);

    jt_activity_add(activity, &view);
    event.type = JITNEY_COMPILE_END;
    event.compile_end = &end;
    event.time_ns += 8000000;
    jt_activity_add(activity, &view);
    jt_activity_write_text(stream, activity, &about, &style);
    fclose(stream);
    assert_non_null(strstr(text, "1 compilation took 8.000 ms"));
    free(text);
    jt_activity_free(activity);
}

/* ---- R ---- */

static uint64_t find_place(void *context, uint32_t number)
{
    return number > 0 && number <= 2 ? number - 1 : 2;
}

static void test_what_r_has_a_class_for_is_written_for_it(void **state)
{
    struct jt_buf out = JT_BUF_INIT(1 << 20);
    struct jt_event_rds rds = {.out = &out, .place = find_place};
    struct jitney_event event;
    int classes = 0;

    for (size_t i = 0; i < MADE_COUNT; i++) {
        const struct jt_event_view view = made_view(i, &event);

        classes += jt_event_rds_has(&event);
        if (!jt_event_rds_has(&event))
            continue;
        jt_buf_clear(&out);
        jt_event_rds_event(&rds, &view);
        /* A list with a class and names, whose attributes end. */
        assert_int_equal(strncmp(text_of(&out), "787\n", 4), 0);
        assert_string_equal((const char *)out.bytes + out.length - 5, "254\n");
    }
    assert_int_equal(classes, 10);
    assert_int_equal(rds.symbols, 2);
    jt_buf_clear(&out);
    jt_event_rds_function(&rds, &made_functions[1]);
    assert_non_null(strstr(text_of(&out), "\n15\narea,\\040\\\"big\\\"\\none\n"));
    jt_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv_has_the_columns_of_r_and_the_quotes_of_rfc_4180),
        cmocka_unit_test(test_json_lines_are_whole_objects_with_times),
        cmocka_unit_test(test_json_has_the_fields_of_an_event),
        cmocka_unit_test(test_json_is_utf8_whatever_an_engine_wrote),
        cmocka_unit_test(test_each_class_says_what_happened),
        cmocka_unit_test(test_rows_fit_a_terminal_and_are_whole_elsewhere),
        cmocka_unit_test(test_filters_know_groups_and_classes_in_any_case),
        cmocka_unit_test(test_the_summary_says_what_was_compiled_and_given_up),
        cmocka_unit_test(test_the_summary_for_programs_has_all_of_it),
        cmocka_unit_test(test_compilations_without_a_duration_are_timed),
        cmocka_unit_test(test_what_r_has_a_class_for_is_written_for_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
