/* runtime/sink/log: a line for each event. */
#include "base/alloc.h"
#include "jitney/session.h"
#include "support/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char *folder;
static struct jitney_session *session;
static uint64_t start_ns; /* of the log, as its first line says */

static struct jitney_session *open_session(const char *file)
{
    struct jitney_session_options options = {.size = sizeof(options),
                                             .sinks = JITNEY_SINK_LOG,
                                             .directory = folder,
                                             .engine = "toy",
                                             .log_file = file};
    struct jitney_session *opened = NULL;

    assert_int_equal(jitney_session_open(&options, &opened), JITNEY_OK);
    return opened;
}

static char *text_of(const char *path)
{
    size_t bytes = 0;
    uint8_t *content = test_read_file(path, &bytes);
    char *text = jt_alloc(bytes + 1, 1);

    memcpy(text, content, bytes);
    text[bytes] = '\0';
    free(content);
    return text;
}

static char *log_text(pid_t pid)
{
    char *path = jt_format("%s/jitney-%d.log", folder, (int)pid);
    char *text = text_of(path);

    free(path);
    return text;
}

static int setup(void **state)
{
    char *text = NULL;

    folder = test_folder_make();
    session = open_session(NULL);
    text = log_text(getpid());
    start_ns = strtoull(strstr(text, "clock=") + 6, NULL, 10);
    free(text);
    return 0;
}

static int teardown(void **state)
{
    jitney_session_close(session);
    test_folder_remove(folder);
    return 0;
}

/* 123 ms after the log was opened. */
static void emit(enum jitney_event_type type, const void *body)
{
    assert_int_equal(jitney_emit_at(session, type, body, start_ns + 123900000, 0), JITNEY_OK);
}

/* The last line, without what every line begins with. */
static void assert_last(const char *expected)
{
    char *text = log_text(getpid());
    size_t length = strlen(text);
    char *line = NULL;

    assert_int_equal(text[length - 1], '\n');
    text[length - 1] = '\0';
    line = strrchr(text, '\n');
    assert_non_null(line);
    assert_memory_equal(line, "\n123  ms ", 9);
    assert_string_equal(line + 9, expected);
    free(text);
}

static struct jitney_code_load code(const char *name)
{
    return (struct jitney_code_load){.size = sizeof(struct jitney_code_load),
                                     .name = name,
                                     .address = 0x7f0000001000,
                                     .bytes = 64};
}

static void test_the_first_line_says_who_writes(void **state)
{
    char *text = log_text(getpid());
    char *expected = jt_format("0  ms log-opened toy pid=%d clock=%lluns\n", (int)getpid(),
                               (unsigned long long)start_ns);

    assert_string_equal(text, expected);
    free(expected);
    free(text);
}

static void test_code_has_its_place_and_kind(void **state)
{
    struct jitney_code_load load = code("add");
    struct jitney_code_move move = {
        .size = sizeof(move), .from = load.address, .to = 0x7f0000002000};
    struct jitney_code_unload unload = {.size = sizeof(unload), .address = 0x7f0000002000};

    load.line = 12;
    load.column = 5;
    emit(JITNEY_CODE_LOAD, &load);
    assert_last("code-added add [12:5] [0x7f0000001000:64] jit");
    load.file = "/src/a b.toy";
    load.kind = JITNEY_CODE_STUB;
    emit(JITNEY_CODE_LOAD, &load);
    assert_last("code-added add [/src/a b.toy:12:5] [0x7f0000001000:64] stub");
    emit(JITNEY_CODE_MOVE, &move);
    assert_last("code-moved add [/src/a b.toy:12:5] [0x7f0000001000:64] [0x7f0000002000:64] stub");
    emit(JITNEY_CODE_UNLOAD, &unload);
    assert_last("code-removed add [/src/a b.toy:12:5] [0x7f0000002000:64] stub");
    load = code("two\nlines");
    load.kind = JITNEY_CODE_BYTECODE;
    emit(JITNEY_CODE_LOAD, &load);
    assert_last("code-added two?lines [0:0] [0x7f0000001000:64] bytecode");
}

/* Code that other code takes the place of is removed, too. */
static void test_overwritten_code_is_removed(void **state)
{
    struct jitney_code_load load = code("first");
    char *text = NULL;

    emit(JITNEY_CODE_LOAD, &load);
    load.name = "second";
    emit(JITNEY_CODE_LOAD, &load);
    text = log_text(getpid());
    assert_non_null(strstr(text, "code-removed first [0:0] [0x7f0000001000:64] jit\n123  ms "
                                 "code-added second"));
    free(text);
}

static uint32_t define(const char *name)
{
    struct jitney_function function = {.size = sizeof(function),
                                       .name = name,
                                       .name_space = "shapes",
                                       .file = "a.toy",
                                       .line = 3,
                                       .primitive_index = -1};
    uint32_t number = 0;

    assert_int_equal(jitney_function_define(session, &function, &number), JITNEY_OK);
    return number;
}

static void test_functions_are_named(void **state)
{
    struct jitney_compile_end end = {
        .size = sizeof(end), .tier = JITNEY_TIER_OPTIMIZED, .duration_ns = 1234567};
    char *text = NULL;

    end.function = define("square");
    text = log_text(getpid());
    assert_non_null(strstr(text, "function square [a.toy:3:0] number=1 in=shapes\n"));
    free(text);
    emit(JITNEY_COMPILE_END, &end);
    assert_last("compile-end square tier=optimized duration=1.234ms");
    end.function = 77;
    end.duration_ns = 0;
    end.compilation = 5;
    emit(JITNEY_COMPILE_END, &end);
    assert_last("compile-end #77 tier=optimized compilation=5");
}

static void test_compilations_tell_why(void **state)
{
    struct jitney_compile_start start = {.size = sizeof(start),
                                         .tier = JITNEY_TIER_OPTIMIZED,
                                         .compilation = 7,
                                         .name = "hot loop",
                                         .heuristic = {"hot", 1000},
                                         .condition = {"improved context", 0},
                                         .osr = {"loop", 5}};
    struct jitney_compile compile = {.size = sizeof(compile),
                                     .tier = JITNEY_TIER_BASELINE,
                                     .version = 2,
                                     .feedback_count = 3,
                                     .ir_bytes = 100,
                                     .address = 0x1000,
                                     .code_bytes = 64};
    struct jitney_compile_abort abort = {.size = sizeof(abort),
                                         .reason = "has \"quotes\" and\nlines"};

    emit(JITNEY_COMPILE_START, &start);
    assert_last("compile-start hot loop tier=optimized compilation=7 heuristic=hot(1000) "
                "condition=\"improved context\" osr=loop(5)");
    emit(JITNEY_COMPILE, &compile);
    assert_last("compile #0 [0x1000:64] tier=baseline version=2 ir=100 feedback=3");
    emit(JITNEY_COMPILE_ABORT, &abort);
    assert_last("compile-abort #0 tier=jit reason=\"has 'quotes' and?lines\"");
}

static void test_running_is_told(void **state)
{
    struct jitney_deopt deopt = {.size = sizeof(deopt),
                                 .kind = "eager",
                                 .reason = "not a Smi",
                                 .slot_kind = JITNEY_FEEDBACK_TYPE,
                                 .slot = 4,
                                 .expected = "Smi",
                                 .seen = "String",
                                 .line = 9,
                                 .address = 0x1234};
    struct jitney_invocation invocation = {.size = sizeof(invocation),
                                           .source = JITNEY_SOURCE_INTERPRETER,
                                           .context = 6,
                                           .is_native = 1};
    struct jitney_invocation_undo undo = {.size = sizeof(undo), .context = 6};
    struct jitney_osr_entry entry = {
        .size = sizeof(entry), .tier = JITNEY_TIER_OPTIMIZED, .loop_count = 500, .line = 4};

    deopt.function = define("square");
    deopt.origin = deopt.trigger = define("half");
    emit(JITNEY_DEOPT, &deopt);
    assert_last("deopt square [9:0] kind=eager reason=\"not a Smi\" slot=type#4 expected=Smi "
                "seen=String trigger=half origin=half address=0x1234");
    emit(JITNEY_INVOCATION, &invocation);
    assert_last("invoke #0 tier=jit source=interpreter context=6 native=1");
    emit(JITNEY_INVOCATION_UNDO, &undo);
    assert_last("invoke-undone #0 context=6");
    emit(JITNEY_OSR_ENTRY, &entry);
    assert_last("osr-entry #0 [4:0] tier=optimized rounds=500");
}

static void test_feedback_is_told(void **state)
{
    struct jitney_type_feedback feedback = {
        .size = sizeof(feedback),
        .has_before = 1,
        .before = {.kind = JITNEY_FEEDBACK_CALL, .slot = 2, .callee_count = 0},
        .after = {.kind = JITNEY_FEEDBACK_CALL,
                  .slot = 2,
                  .callee_count = 3,
                  .callees = {1, JITNEY_CALLEE_PROMISE, 9}}};
    struct jitney_contextual_feedback contextual = {
        .size = sizeof(contextual),
        .context_text = "a:int",
        .caused_by_deopt = 1,
        .after = {.kind = JITNEY_FEEDBACK_TEST, .slot = 3, .outcome = JITNEY_OUTCOME_BOTH}};

    define("square");
    emit(JITNEY_TYPE_FEEDBACK, &feedback);
    assert_last("type-feedback #0 slot=call#2 before= after=square,(promise),#9");
    feedback.has_before = 0;
    feedback.after = (struct jitney_feedback){.kind = JITNEY_FEEDBACK_TYPE, .packed = 0x1f};
    emit(JITNEY_TYPE_FEEDBACK, &feedback);
    assert_last("type-feedback #0 slot=type#0 after=0x1f");
    feedback.after.text = "Smi|Double";
    emit(JITNEY_TYPE_FEEDBACK, &feedback);
    assert_last("type-feedback #0 slot=type#0 after=Smi|Double");
    emit(JITNEY_CONTEXTUAL_FEEDBACK, &contextual);
    assert_last("context-feedback #0 in=a:int slot=test#3 after=both deopt=1");
}

static void test_caches_and_notes_are_told(void **state)
{
    struct jitney_cache_event event = {.size = sizeof(event),
                                       .outcome = JITNEY_CACHE_REJECT,
                                       .key = "abcdef",
                                       .reason = "wrong version",
                                       .duration_ns = 5000};
    struct jitney_note note = {.size = sizeof(note), .text = ""};

    emit(JITNEY_CACHE, &event);
    assert_last("cache-reject #0 key=abcdef reason=\"wrong version\" duration=0.005ms");
    emit(JITNEY_NOTE, &note);
    assert_last("note text=\"\"");
    note.text = "GC";
    note.function = define("square");
    emit(JITNEY_NOTE, &note);
    assert_last("note square text=GC");
}

static void test_older_events_have_negative_times(void **state)
{
    struct jitney_note note = {.size = sizeof(note), .text = "before"};
    char *text = NULL;

    assert_int_equal(jitney_emit_at(session, JITNEY_NOTE, &note, start_ns - 5000000, 0), JITNEY_OK);
    text = log_text(getpid());
    assert_non_null(strstr(text, "\n-5  ms note text=before\n"));
    free(text);
}

static void test_a_named_file_is_continued_and_has_the_pid(void **state)
{
    char *pattern = jt_format("%s/my-%%p.log", folder);
    char *path = jt_format("%s/my-%d.log", folder, (int)getpid());
    char *text = NULL;

    for (int i = 0; i < 2; i++)
        jitney_session_close(open_session(pattern));
    text = text_of(path);
    assert_memory_equal(text, "0  ms log-opened toy", 20);
    assert_non_null(strstr(text + 1, "\n0  ms log-opened toy"));
    free(text);
    free(path);
    free(pattern);
}

static void test_a_child_has_a_log_of_its_own(void **state)
{
    struct jitney_note note = {.size = sizeof(note), .text = "child"};
    char *text = NULL;
    int status = 0;
    pid_t child = 0;

    define("square");
    note.function = 1;
    child = fork();
    if (child == 0)
        _exit(jitney_note(session, &note) == JITNEY_OK ? 0 : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    text = log_text(child);
    assert_non_null(strstr(text, "note square text=child\n"));
    free(text);
    text = log_text(getpid());
    assert_null(strstr(text, "child"));
    free(text);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_the_first_line_says_who_writes),
        CASE(test_code_has_its_place_and_kind),
        CASE(test_overwritten_code_is_removed),
        CASE(test_functions_are_named),
        CASE(test_compilations_tell_why),
        CASE(test_running_is_told),
        CASE(test_feedback_is_told),
        CASE(test_caches_and_notes_are_told),
        CASE(test_older_events_have_negative_times),
        CASE(test_a_named_file_is_continued_and_has_the_pid),
        CASE(test_a_child_has_a_log_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
