/* runtime/session, emit, listeners, lines: what an engine tells, and who hears it. */
#include "jitney/codemap.h"
#include "jitney/session.h"
#include "support/failing_heap.h"
#include "support/files.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { HEARD = 64 };

/* In the child of a process with threads TSan counts them as leaked. */
#if defined(__SANITIZE_THREAD__)
enum { CHURNING = 0 };
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
enum { CHURNING = 0 };
#else
enum { CHURNING = 2 };
#endif
#else
enum { CHURNING = 2 };
#endif

/* What a listener was told, in the order in which it was. */
struct ear {
    struct jitney_session *session;
    uint32_t number;
    int count;
    struct {
        uint32_t type, flags, function;
        uint64_t code, address, bytes, time_ns;
        char name[32];
        uint32_t line_count, last_line;
        char file[32];
    } heard[HEARD];
};

static void hear_load(struct ear *ear, const struct jitney_code_load *load)
{
    snprintf(ear->heard[ear->count].name, 32, "%.*s", (int)load->name_bytes, load->name);
    ear->heard[ear->count].address = load->address;
    ear->heard[ear->count].bytes = load->bytes;
    ear->heard[ear->count].line_count = load->line_count;
    if (load->line_count > 0) {
        const struct jitney_line *last = &load->lines[load->line_count - 1];

        ear->heard[ear->count].last_line = last->line;
        snprintf(ear->heard[ear->count].file, 32, "%s", last->file ? last->file : "");
    }
}

static void hear(void *context, const struct jitney_event *event)
{
    struct ear *ear = context;

    if (ear->count == HEARD)
        return;
    ear->heard[ear->count].type = event->type;
    ear->heard[ear->count].flags = event->flags;
    ear->heard[ear->count].code = event->code;
    ear->heard[ear->count].time_ns = event->time_ns;
    if (event->type == JITNEY_CODE_LOAD) {
        hear_load(ear, event->code_load);
    } else if (event->type == JITNEY_CODE_MOVE) {
        ear->heard[ear->count].address = event->code_move->to;
        ear->heard[ear->count].bytes = event->code_move->bytes;
    } else if (event->type == JITNEY_CODE_UNLOAD) {
        ear->heard[ear->count].address = event->code_unload->address;
        ear->heard[ear->count].bytes = event->code_unload->bytes;
    } else if (event->type == JITNEY_FUNCTION) {
        snprintf(ear->heard[ear->count].name, 32, "%s", event->function->name);
        ear->heard[ear->count].function = event->number;
    } else if (event->type == JITNEY_DEOPT) {
        snprintf(ear->heard[ear->count].name, 32, "%s", event->deopt->reason);
    }
    ear->count++;
}

static struct jitney_session *open_session(const struct jitney_session_options *more)
{
    struct jitney_session_options options = more ? *more : (struct jitney_session_options){0};
    struct jitney_session *session = NULL;

    options.size = sizeof(options);
    assert_int_equal(jitney_session_open(&options, &session), JITNEY_OK);
    return session;
}

static void listen_to(struct ear *ear, struct jitney_session *session, uint32_t flags)
{
    struct jitney_listener listener = {.size = sizeof(listener),
                                       .events = JITNEY_EVENTS_ALL,
                                       .flags = flags,
                                       .on_event = hear,
                                       .context = ear};

    *ear = (struct ear){.session = session};
    assert_int_equal(jitney_session_add_listener(session, &listener, &ear->number), JITNEY_OK);
}

static int load(struct jitney_session *session, const char *name, uint64_t address, uint64_t bytes)
{
    struct jitney_code_load code = {
        .size = sizeof(code), .name = name, .address = address, .bytes = bytes};

    return jitney_code_load(session, &code);
}

static int move(struct jitney_session *session, uint64_t from, uint64_t to)
{
    struct jitney_code_move code = {.size = sizeof(code), .from = from, .to = to};

    return jitney_code_move(session, &code);
}

static int unload(struct jitney_session *session, uint64_t address)
{
    struct jitney_code_unload code = {.size = sizeof(code), .address = address};

    return jitney_code_unload(session, &code);
}

static struct jitney_counters counters_of(const struct jitney_session *session)
{
    struct jitney_counters counters = {.size = sizeof(counters)};

    assert_int_equal(jitney_session_counters(session, &counters), JITNEY_OK);
    return counters;
}

static void test_no_session_wants_nothing(void **state)
{
    struct jitney_deopt deopt = {.size = sizeof(deopt)};
    struct jitney_function function = {.size = sizeof(function), .name = "f"};
    uint32_t number = 9;

    assert_false(jitney_wants(NULL, JITNEY_DEOPT));
    assert_int_equal(load(NULL, "f", 0x1000, 16), JITNEY_OK);
    assert_int_equal(jitney_deopt(NULL, &deopt), JITNEY_OK);
    assert_int_equal(jitney_emit(NULL, JITNEY_DEOPT, &deopt), JITNEY_OK);
    assert_int_equal(jitney_function_define(NULL, &function, &number), JITNEY_OK);
    assert_int_equal(number, 0);
    jitney_session_close(NULL);
}

static void test_session_without_sinks_wants_nothing(void **state)
{
    struct jitney_session *session = open_session(NULL);

    for (int type = 0; type <= JITNEY_NOTE; type++)
        assert_false(jitney_wants(session, type));
    assert_int_equal(load(session, "", 0, 0), JITNEY_OK); /* not even looked at */
    jitney_session_close(session);
}

static void test_options_of_another_version_are_told_apart(void **state)
{
    struct {
        struct jitney_session_options options;
        uint64_t newer;
    } longer = {.options = {.size = sizeof(longer)}};
    struct jitney_session *session = NULL;

    assert_int_equal(jitney_session_open(&longer.options, &session), JITNEY_OK);
    jitney_session_close(session);
    longer.newer = 1;
    assert_int_equal(jitney_session_open(&longer.options, &session), JITNEY_ERR_VERSION);
    assert_null(session);
    longer.options.size = 8;
    assert_int_equal(jitney_session_open(&longer.options, &session), JITNEY_ERR_ARGUMENT);
    longer.options =
        (struct jitney_session_options){.size = sizeof(longer.options), .sinks = 1 << 20};
    assert_int_equal(jitney_session_open(&longer.options, &session), JITNEY_ERR_VERSION);
    assert_int_equal(jitney_session_open(NULL, &session), JITNEY_ERR_ARGUMENT);
    assert_int_equal(jitney_session_open(&longer.options, NULL), JITNEY_ERR_ARGUMENT);
}

static void test_listener_hears_code_in_order(void **state)
{
    struct jitney_session *session = open_session(NULL);
    struct ear ear;

    listen_to(&ear, session, 0);
    assert_int_equal(load(session, "one", 0x1000, 0x10), JITNEY_OK);
    assert_int_equal(move(session, 0x1000, 0x2000), JITNEY_OK);
    assert_int_equal(unload(session, 0x2000), JITNEY_OK);
    assert_int_equal(ear.count, 3);
    assert_int_equal(ear.heard[0].type, JITNEY_CODE_LOAD);
    assert_string_equal(ear.heard[0].name, "one");
    assert_int_equal(ear.heard[1].type, JITNEY_CODE_MOVE);
    assert_int_equal(ear.heard[1].address, 0x2000);
    assert_int_equal(ear.heard[1].bytes, 0x10);
    assert_int_equal(ear.heard[2].type, JITNEY_CODE_UNLOAD);
    assert_int_equal(ear.heard[2].bytes, 0x10);
    assert_int_equal(ear.heard[2].code, ear.heard[0].code);
    assert_true(ear.heard[0].time_ns > 0 && ear.heard[0].time_ns <= ear.heard[1].time_ns &&
                ear.heard[1].time_ns <= ear.heard[2].time_ns);
    assert_int_equal(jitney_session_remove_listener(session, ear.number), JITNEY_OK);
    assert_false(jitney_wants(session, JITNEY_DEOPT));
    assert_int_equal(jitney_session_remove_listener(session, ear.number), JITNEY_ERR_NOT_FOUND);
    jitney_session_close(session);
}

static void test_overwritten_code_is_unloaded_first(void **state)
{
    struct jitney_session *session = open_session(NULL);
    struct ear ear;

    listen_to(&ear, session, 0);
    load(session, "a", 0x1000, 0x10);
    load(session, "b", 0x1010, 0x10);
    load(session, "c", 0x1008, 0x10);
    assert_int_equal(ear.count, 5);
    for (int i = 2; i < 4; i++) {
        assert_int_equal(ear.heard[i].type, JITNEY_CODE_UNLOAD);
        assert_int_equal(ear.heard[i].flags, JITNEY_EVENT_IMPLIED);
        assert_int_equal(ear.heard[i].code, i - 1);
    }
    assert_string_equal(ear.heard[4].name, "c");
    assert_int_equal(counters_of(session).living_code, 1);
    load(session, "d", 0x2000, 0x10);
    assert_int_equal(move(session, 0x2000, 0x1000), JITNEY_OK);
    assert_int_equal(ear.heard[6].flags, JITNEY_EVENT_IMPLIED);
    assert_int_equal(ear.heard[7].type, JITNEY_CODE_MOVE);
    jitney_session_close(session);
}

static void test_what_makes_no_sense_is_refused_and_counted(void **state)
{
    struct jitney_session *session = open_session(NULL);
    struct jitney_deopt deopt = {.size = 8};
    struct ear ear;

    listen_to(&ear, session, 0);
    assert_int_equal(load(session, NULL, 0x1000, 16), JITNEY_ERR_ARGUMENT);
    assert_int_equal(load(session, "", 0x1000, 16), JITNEY_ERR_ARGUMENT);
    assert_int_equal(load(session, "f", 0x1000, 0), JITNEY_ERR_ARGUMENT);
    assert_int_equal(load(session, "f", UINT64_MAX - 3, 16), JITNEY_ERR_ARGUMENT);
    assert_int_equal(move(session, 0x1000, 0x2000), JITNEY_ERR_NOT_FOUND);
    assert_int_equal(unload(session, 0x1000), JITNEY_ERR_NOT_FOUND);
    assert_int_equal(jitney_deopt(session, &deopt), JITNEY_ERR_ARGUMENT);
    assert_int_equal(jitney_emit(session, 99, &deopt), JITNEY_ERR_ARGUMENT);
    assert_int_equal(jitney_emit(session, JITNEY_DEOPT, NULL), JITNEY_ERR_ARGUMENT);
    assert_int_equal(ear.count, 0);
    assert_int_equal(counters_of(session).refused, 7);
    assert_int_equal(counters_of(session).dropped, 0);
    jitney_session_close(session);
}

static void test_newer_events_are_taken_when_their_news_is_unset(void **state)
{
    struct jitney_session *session = open_session(NULL);
    struct {
        struct jitney_deopt deopt;
        uint64_t newer;
    } longer = {.deopt = {.size = sizeof(longer), .reason = "not a Smi"}};
    struct ear ear;

    listen_to(&ear, session, 0);
    assert_int_equal(jitney_deopt(session, &longer.deopt), JITNEY_OK);
    assert_string_equal(ear.heard[0].name, "not a Smi");
    longer.newer = 1;
    assert_int_equal(jitney_deopt(session, &longer.deopt), JITNEY_ERR_VERSION);
    jitney_session_close(session);
}

static void test_line_table_in_pieces_reaches_its_code(void **state)
{
    struct jitney_session *session = open_session(NULL);
    struct jitney_lines *lines = NULL;
    struct jitney_line row = {.file = "a.toy"};
    struct ear ear;

    listen_to(&ear, session, 0);
    assert_int_equal(jitney_lines_begin(session, &lines), JITNEY_OK);
    for (uint32_t i = 0; i < 1000; i++) {
        row.offset = i;
        row.line = i + 1;
        row.file = i % 3 ? "a-rather-long-name-of-a-file.toy" : "b.toy";
        assert_int_equal(jitney_lines_add(lines, &row), JITNEY_OK);
    }
    assert_int_equal(jitney_lines_end(lines, 0x1000), JITNEY_OK);
    load(session, "other", 0x9000, 0x400);
    load(session, "one", 0x1000, 0x400);
    load(session, "one again", 0x1000, 0x400);
    assert_int_equal(ear.heard[0].line_count, 0);
    assert_int_equal(ear.heard[1].line_count, 1000);
    assert_int_equal(ear.heard[1].last_line, 1000);
    assert_string_equal(ear.heard[1].file, "b.toy");
    assert_int_equal(ear.heard[3].line_count, 0); /* a table serves one load */
    jitney_session_close(session);
}

static void test_tables_that_wait_for_nothing_are_bounded(void **state)
{
    struct failing_heap heap;
    struct jitney_session_options options = {.sinks = JITNEY_SINK_MAP};
    struct jitney_session *session = NULL;

    failing_heap_init(&heap, 0);
    options.allocator = &heap.allocator;
    session = open_session(&options);
    for (uint64_t i = 0; i < 20000; i++) {
        struct jitney_lines *lines = NULL;
        struct jitney_line row = {.offset = 1, .line = 2, .file = "f"};

        assert_int_equal(jitney_lines_begin(session, &lines), JITNEY_OK);
        assert_int_equal(jitney_lines_add(lines, &row), JITNEY_OK);
        assert_int_equal(jitney_lines_end(lines, i), JITNEY_OK);
    }
    assert_true(heap.live_bytes < 8 << 20);
    jitney_session_close(session);
    assert_int_equal(heap.live_bytes, 0);
}

static bool is_in_app(void *context, const struct jitney_code_load *load)
{
    (*(int *)context)++;
    return load->kind == JITNEY_CODE_WASM;
}

static void test_user_code_filter_keeps_the_rest_out(void **state)
{
    int asked = 0;
    struct jitney_session_options options = {
        .user_code = "/app/", .is_user_code = is_in_app, .context = &asked};
    struct jitney_session *session = open_session(&options);
    struct jitney_code_load code = {
        .size = sizeof(code), .name = "f", .address = 0x5000, .bytes = 8};
    struct ear ear;

    listen_to(&ear, session, 0);
    load(session, "lib /usr/lib/x.js:3", 0x1000, 16);
    load(session, "mine /home/me/app/x.js:3", 0x2000, 16);
    code.file = "/app/z.js";
    jitney_code_load(session, &code);
    assert_int_equal(ear.count, 2);
    assert_int_equal(asked, 1); /* a path that fits needs no question */
    assert_int_equal(move(session, 0x1000, 0x1800), JITNEY_OK);
    assert_int_equal(unload(session, 0x1800), JITNEY_OK);
    assert_int_equal(ear.count, 2);
    load(session, "lib over mine", 0x2008, 16); /* kept out, but ends what was there */
    assert_int_equal(ear.count, 3);
    assert_int_equal(ear.heard[2].flags, JITNEY_EVENT_IMPLIED);
    assert_int_equal(counters_of(session).filtered, 4);
    assert_int_equal(counters_of(session).living_code, 1);
    code = (struct jitney_code_load){
        .size = sizeof(code), .name = "w", .address = 0x6000, .bytes = 8, .kind = JITNEY_CODE_WASM};
    jitney_code_load(session, &code);
    assert_int_equal(ear.count, 4);
    jitney_session_close(session);
}

static void test_functions_are_numbered_from_one(void **state)
{
    struct jitney_session *session = open_session(NULL);
    struct jitney_function function = {
        .size = sizeof(function), .name = "f", .name_space = "m", .primitive_index = -1};
    uint32_t number = 0;
    struct ear ear;

    for (uint32_t i = 1; i <= 200; i++) {
        assert_int_equal(jitney_function_define(session, &function, &number), JITNEY_OK);
        assert_int_equal(number, i);
    }
    function.name = NULL;
    assert_int_equal(jitney_function_define(session, &function, &number), JITNEY_ERR_ARGUMENT);
    assert_int_equal(number, 0);
    listen_to(&ear, session, JITNEY_LISTENER_REPLAY);
    assert_int_equal(ear.count, HEARD);
    assert_int_equal(ear.heard[0].flags, JITNEY_EVENT_REPLAYED);
    assert_int_equal(ear.heard[9].function, 10);
    assert_string_equal(ear.heard[9].name, "f");
    jitney_session_close(session);
}

static void test_late_listener_is_told_what_lives(void **state)
{
    struct jitney_session_options options = {.sinks = JITNEY_SINK_MAP};
    struct jitney_session *session = open_session(&options);
    struct jitney_line row = {.offset = 0, .line = 7, .file = "x.toy"};
    struct jitney_code_load code = {.size = sizeof(code),
                                    .name = "with lines",
                                    .address = 0x3000,
                                    .bytes = 8,
                                    .lines = &row,
                                    .line_count = 1};
    struct ear ear;

    load(session, "gone", 0x1000, 16);
    load(session, "here", 0x2000, 16);
    unload(session, 0x1000);
    jitney_code_load(session, &code);
    listen_to(&ear, session, JITNEY_LISTENER_REPLAY);
    assert_int_equal(ear.count, 2);
    assert_string_equal(ear.heard[0].name, "here");
    assert_int_equal(ear.heard[0].flags, JITNEY_EVENT_REPLAYED);
    assert_int_equal(ear.heard[1].last_line, 7);
    assert_string_equal(ear.heard[1].file, "x.toy");
    jitney_session_close(session);
}

static void emit_from_listener(void *context, const struct jitney_event *event)
{
    struct ear *ear = context;

    if (event->type == JITNEY_DEOPT)
        load(ear->session, "from a listener", 0x7000, 16);
    ear->count++;
}

static void test_listeners_may_call_the_library(void **state)
{
    struct jitney_session *session = open_session(NULL);
    struct ear ear = {.session = session};
    struct jitney_listener listener = {.size = sizeof(listener),
                                       .events = JITNEY_EVENTS_ALL,
                                       .on_event = emit_from_listener,
                                       .context = &ear};
    struct jitney_deopt deopt = {.size = sizeof(deopt), .reason = "x"};

    assert_int_equal(jitney_session_add_listener(session, &listener, &ear.number), JITNEY_OK);
    assert_int_equal(jitney_deopt(session, &deopt), JITNEY_OK);
    assert_int_equal(ear.count, 2);
    jitney_session_close(session);
}

static void test_listeners_are_limited(void **state)
{
    struct jitney_session *session = open_session(NULL);
    struct ear ears[9];
    struct jitney_listener listener = {
        .size = sizeof(listener), .events = 1, .on_event = hear, .context = &ears[8]};

    for (int i = 0; i < 8; i++)
        listen_to(&ears[i], session, 0);
    assert_int_equal(jitney_session_add_listener(session, &listener, &ears[8].number),
                     JITNEY_ERR_LIMIT);
    jitney_session_close(session);
}

static void test_events_of_elsewhere_keep_their_time(void **state)
{
    struct jitney_session *session = open_session(NULL);
    struct jitney_deopt deopt = {.size = sizeof(deopt), .reason = "x"};
    struct ear ear;

    listen_to(&ear, session, 0);
    assert_int_equal(jitney_emit_at(session, JITNEY_DEOPT, &deopt, 12345, 77), JITNEY_OK);
    assert_int_equal(ear.heard[0].time_ns, 12345);
    jitney_session_close(session);
}

/* Everything an engine does, with whatever memory there is. */
static void run_engine(struct jitney_session *session)
{
    struct jitney_function function = {.size = sizeof(function), .name = "f"};
    struct jitney_lines *lines = NULL;
    struct jitney_line row = {.offset = 0, .line = 1, .file = "x.toy"};
    struct jitney_found found = {.size = sizeof(found)};
    uint32_t number = 0;
    struct ear ear = {.session = session};
    struct jitney_listener listener = {.size = sizeof(listener),
                                       .events = JITNEY_EVENTS_ALL,
                                       .flags = JITNEY_LISTENER_REPLAY,
                                       .on_event = hear,
                                       .context = &ear};

    jitney_function_define(session, &function, &number);
    jitney_lines_begin(session, &lines);
    jitney_lines_add(lines, &row);
    jitney_lines_end(lines, 0x1000);
    for (uint64_t i = 0; i < 40; i++)
        load(session, "code", 0x1000 + i * 0x100, 0x80);
    jitney_session_add_listener(session, &listener, &number);
    load(session, "over", 0x1040, 0x200);
    move(session, 0x1040, 0x100000);
    unload(session, 0x1500);
    if (counters_of(session).dropped == 0)
        assert_int_equal(jitney_find(0x100000, &found), JITNEY_OK);
}

/* Fail the first allocation, then the second, until a whole run fits. */
static void test_session_survives_every_failed_allocation(void **state)
{
    struct jitney_session_options options = {.size = sizeof(options), .sinks = JITNEY_SINK_MAP};
    bool has_failed = true;
    int64_t failed_runs = 0;

    for (int64_t at = 1; has_failed; at++) {
        struct failing_heap heap;
        struct jitney_session *session = NULL;

        failing_heap_init(&heap, at);
        options.allocator = &heap.allocator;
        errno = 55;
        if (jitney_session_open(&options, &session) == JITNEY_OK)
            run_engine(session);
        else
            assert_null(session);
        jitney_session_close(session);
        assert_int_equal(errno, 55);
        assert_int_equal(heap.live_bytes, 0);
        has_failed = heap.calls >= at;
        failed_runs += has_failed;
    }
    assert_true(failed_runs > 20);
}

static void *churn(void *context)
{
    struct jitney_session *session = context;
    uint64_t base = (uint64_t)(uintptr_t)&base & 0xffff000;

    for (uint64_t i = 0; i < 2000; i++) {
        load(session, "churn", base + (i % 64) * 64, 64);
        if (i % 3 == 0)
            unload(session, base + (i % 64) * 64);
    }
    return NULL;
}

static void test_child_of_fork_can_go_on(void **state)
{
    struct jitney_session_options options = {.sinks = JITNEY_SINK_MAP};
    struct jitney_session *session = open_session(&options);
    pthread_t threads[2];

    load(session, "of the parent", 0x1000, 16);
    for (int i = 0; i < CHURNING; i++)
        pthread_create(&threads[i], NULL, churn, session);
    for (int i = 0; i < 20; i++) {
        int status = 0;
        pid_t child = fork();

        if (child == 0) {
            struct jitney_found found = {.size = sizeof(found)};
            bool is_right = load(session, "of the child", 0x2000, 16) == JITNEY_OK &&
                            jitney_find(0x1004, &found) == JITNEY_OK &&
                            strcmp(found.name, "of the parent") == 0 &&
                            jitney_find(0x2004, &found) == JITNEY_OK;

            _exit(is_right ? 0 : 1);
        }
        assert_true(child > 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    for (int i = 0; i < CHURNING; i++)
        pthread_join(threads[i], NULL);
    jitney_session_close(session);
}

static void test_every_status_has_a_text(void **state)
{
    assert_string_equal(jitney_status_text(JITNEY_OK), "done");
    assert_string_equal(jitney_status_text(JITNEY_ERR_MEMORY), "no memory");
    assert_non_null(jitney_status_text(12345));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_session_wants_nothing),
        cmocka_unit_test(test_session_without_sinks_wants_nothing),
        cmocka_unit_test(test_options_of_another_version_are_told_apart),
        cmocka_unit_test(test_listener_hears_code_in_order),
        cmocka_unit_test(test_overwritten_code_is_unloaded_first),
        cmocka_unit_test(test_what_makes_no_sense_is_refused_and_counted),
        cmocka_unit_test(test_newer_events_are_taken_when_their_news_is_unset),
        cmocka_unit_test(test_line_table_in_pieces_reaches_its_code),
        cmocka_unit_test(test_tables_that_wait_for_nothing_are_bounded),
        cmocka_unit_test(test_user_code_filter_keeps_the_rest_out),
        cmocka_unit_test(test_functions_are_numbered_from_one),
        cmocka_unit_test(test_late_listener_is_told_what_lives),
        cmocka_unit_test(test_listeners_may_call_the_library),
        cmocka_unit_test(test_listeners_are_limited),
        cmocka_unit_test(test_events_of_elsewhere_keep_their_time),
        cmocka_unit_test(test_session_survives_every_failed_allocation),
        cmocka_unit_test(test_child_of_fork_can_go_on),
        cmocka_unit_test(test_every_status_has_a_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
