/* runtime/recording: what was told is in the file, whatever happens to the process.
 *
 *     test_recording --emit FILE COUNTERS THREADS
 *
 * emits until it is killed. COUNTERS is a file of a uint64_t for each thread: how many of its
 * events have returned. Event n of thread t is a Deopt of function t with version n. */
#include "format/recording_reader.h"
#include "jitney/recording.h"
#include "jitney/session.h"
#include "support/failing_heap.h"
#include "support/files.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#if defined(__SANITIZE_THREAD__)
#define UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_TSAN 1
#endif
#endif
#ifndef UNDER_TSAN
#define UNDER_TSAN 0
#endif

enum { MOST_THREADS = 8, KILL_ROUNDS = 50, KILL_THREADS = 4 };

/* ---- sessions ---- */

struct place {
    char *folder;
    char path[4096]; /* of the recording */
};

static void enter(struct place *place)
{
    place->folder = test_folder_make();
    snprintf(place->path, sizeof(place->path), "%s/r.jtr", place->folder);
}

static void leave(struct place *place)
{
    test_folder_remove(place->folder);
}

static struct jitney_session *record(const struct place *place,
                                     const struct jitney_session_options *more)
{
    struct jitney_session_options options = more ? *more : (struct jitney_session_options){0};
    struct jitney_session *session = NULL;

    options.size = sizeof(options);
    options.sinks = JITNEY_SINK_RECORD;
    options.record_file = place->path;
    options.engine = "toy";
    if (options.record_filter == 0)
        options.record_filter = JITNEY_EVENTS_ALL;
    assert_int_equal(jitney_session_open(&options, &session), JITNEY_OK);
    return session;
}

static int emit_deopt(struct jitney_session *session, uint32_t function, uint64_t version,
                      const char *reason)
{
    struct jitney_deopt deopt = {.size = sizeof(deopt),
                                 .function = function,
                                 .version = version,
                                 .reason = reason,
                                 .kind = "eager",
                                 .slot = JITNEY_SLOT_NONE};

    return jitney_deopt(session, &deopt);
}

static int emit_note(struct jitney_session *session, const char *text)
{
    struct jitney_note note = {.size = sizeof(note), .text = text};

    return jitney_note(session, &note);
}

static uint32_t define(struct jitney_session *session, const char *name)
{
    struct jitney_function function = {.size = sizeof(function),
                                       .name = name,
                                       .primitive_index = -1,
                                       .body = "0123456789",
                                       .body_bytes = 10};
    uint32_t number = 0;

    assert_int_equal(jitney_function_define(session, &function, &number), JITNEY_OK);
    return number;
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- what is in a recording ---- */

struct seen {
    uint64_t count;
    uint64_t of_type[16];
    uint64_t versions[MOST_THREADS + 1]; /* of deopts, by function: they count up from 1 */
    uint64_t last_ns;
    bool is_disordered;
    bool is_incomplete;
    char texts[64][40]; /* of notes and deopts, the first of them */
    int text_count;
    size_t body_bytes;
    struct jitney_event last;
};

static void see_text(struct seen *seen, const char *text)
{
    if (text && seen->text_count < 64)
        snprintf(seen->texts[seen->text_count++], 40, "%s", text);
}

static int see(void *context, const struct jitney_event *event)
{
    struct seen *seen = context;

    seen->count++;
    seen->of_type[event->type]++;
    if (event->type != JITNEY_FUNCTION) {
        seen->is_disordered |= event->time_ns < seen->last_ns;
        seen->last_ns = event->time_ns;
    } else {
        seen->body_bytes += event->function->body_bytes;
    }
    if (event->type == JITNEY_NOTE)
        see_text(seen, event->note->text);
    if (event->type == JITNEY_DEOPT) {
        see_text(seen, event->deopt->reason);
        if (event->deopt->function <= MOST_THREADS &&
            event->deopt->version != ++seen->versions[event->deopt->function])
            seen->is_incomplete = true;
    }
    seen->last = *event;
    return 0;
}

static struct seen load(const char *path)
{
    struct seen seen = {.count = 0};
    const struct jitney_recording_visitor visitor = {sizeof(visitor), see, &seen};

    assert_int_equal(jitney_recording_load(path, &visitor), JITNEY_OK);
    assert_false(seen.is_disordered);
    return seen;
}

static struct seen get(struct jitney_session *session)
{
    struct seen seen = {.count = 0};
    const struct jitney_recording_visitor visitor = {sizeof(visitor), see, &seen};

    assert_int_equal(jitney_recording_get(session, &visitor), JITNEY_OK);
    assert_false(seen.is_disordered);
    return seen;
}

static struct jt_recording_facts facts_of(const char *path)
{
    struct seen seen = {.count = 0};
    const struct jitney_recording_visitor visitor = {sizeof(visitor), see, &seen};
    struct jt_recording *recording = NULL;
    struct jt_recording_facts facts;
    struct jt_heap heap;

    jt_heap_init(&heap, NULL);
    assert_int_equal(jt_recording_open(path, &heap, &recording), JITNEY_OK);
    assert_int_equal(jt_recording_read(recording, &visitor), JITNEY_OK);
    facts = *jt_recording_facts(recording);
    facts.engine = NULL;
    jt_recording_close(recording);
    return facts;
}

static uint64_t file_bytes(const char *path)
{
    struct stat facts;

    assert_int_equal(stat(path, &facts), 0);
    return (uint64_t)facts.st_size;
}

/* ---- everything an engine can tell ---- */

static void emit_one_of_each(struct jitney_session *session)
{
    static const struct jitney_feedback feedback[] = {
        {.kind = JITNEY_FEEDBACK_TYPE, .text = "Smi"}};
    static const struct jitney_line lines[] = {{.offset = 0, .line = 3}, {.offset = 8, .line = 4}};
    struct jitney_code_load code = {.size = sizeof(code),
                                    .address = 0x10000,
                                    .bytes = 64,
                                    .name = "f",
                                    .lines = lines,
                                    .line_count = 2};
    struct jitney_code_move move = {.size = sizeof(move), .from = 0x10000, .to = 0x20000};
    struct jitney_code_unload unload = {.size = sizeof(unload), .address = 0x20000};
    struct jitney_compile_start start = {.size = sizeof(start), .heuristic = {"hot", 100}};
    struct jitney_compile compile = {
        .size = sizeof(compile), .feedback = feedback, .feedback_count = 1};
    struct jitney_compile_end end = {.size = sizeof(end), .duration_ns = 5};
    struct jitney_compile_abort aborted = {.size = sizeof(aborted), .reason = "too long"};
    struct jitney_invocation invocation = {.size = sizeof(invocation), .context = 7};
    struct jitney_invocation_undo undo = {.size = sizeof(undo), .context = 7};
    struct jitney_type_feedback type = {.size = sizeof(type), .after = feedback[0]};
    struct jitney_contextual_feedback contextual = {.size = sizeof(contextual)};
    struct jitney_osr_entry osr = {.size = sizeof(osr), .loop_count = 1000};
    struct jitney_cache_event cache = {.size = sizeof(cache), .key = "abcd"};

    assert_int_equal(jitney_code_load(session, &code), JITNEY_OK);
    assert_int_equal(jitney_code_move(session, &move), JITNEY_OK);
    assert_int_equal(jitney_code_unload(session, &unload), JITNEY_OK);
    assert_int_equal(jitney_compile_start(session, &start), JITNEY_OK);
    assert_int_equal(jitney_compile(session, &compile), JITNEY_OK);
    assert_int_equal(jitney_compile_end(session, &end), JITNEY_OK);
    assert_int_equal(jitney_compile_abort(session, &aborted), JITNEY_OK);
    assert_int_equal(emit_deopt(session, 1, 1, "not a Smi"), JITNEY_OK);
    assert_int_equal(jitney_invocation(session, &invocation), JITNEY_OK);
    assert_int_equal(jitney_invocation_undo(session, &undo), JITNEY_OK);
    assert_int_equal(jitney_type_feedback(session, &type), JITNEY_OK);
    assert_int_equal(jitney_contextual_feedback(session, &contextual), JITNEY_OK);
    assert_int_equal(jitney_osr_entry(session, &osr), JITNEY_OK);
    assert_int_equal(jitney_cache_event(session, &cache), JITNEY_OK);
    assert_int_equal(emit_note(session, "done"), JITNEY_OK);
}

static void test_all_classes_are_in_the_recording(void **state)
{
    struct place place;
    struct jitney_session *session = NULL;
    struct jt_recording_facts facts;
    struct seen seen;

    enter(&place);
    session = record(&place, NULL);
    errno = 55;
    define(session, "f");
    emit_one_of_each(session);
    seen = get(session);
    assert_int_equal(errno, 55);
    for (int type = 0; type <= JITNEY_FUNCTION; type++)
        assert_int_equal(seen.of_type[type], 1);
    assert_int_equal(seen.last.tid, syscall(SYS_gettid));
    assert_int_equal(seen.body_bytes, 0);
    assert_false(facts_of(place.path).is_closed);
    jitney_session_close(session);
    seen = load(place.path);
    assert_int_equal(seen.count, 16);
    facts = facts_of(place.path);
    assert_true(facts.is_closed);
    assert_int_equal(facts.pid, getpid());
    assert_int_equal(facts.events, 15);
    assert_int_equal(facts.functions, 1);
    assert_int_equal(facts.threads, 1);
    assert_int_equal(facts.dropped + facts.bad_records + facts.bad_chunks + facts.torn_bytes, 0);
    assert_true(file_bytes(place.path) <= UINT64_C(3) * 65536);
    leave(&place);
}

static void test_bodies_are_kept_when_asked_for(void **state)
{
    const struct jitney_session_options options = {.flags = JITNEY_SESSION_BODIES};
    struct place place;
    struct jitney_session *session = NULL;

    enter(&place);
    session = record(&place, &options);
    define(session, "f");
    assert_int_equal(get(session).body_bytes, 10);
    jitney_session_close(session);
    leave(&place);
}

static void test_events_of_elsewhere_keep_their_time_and_thread(void **state)
{
    struct place place;
    struct jitney_session *session = NULL;
    struct jitney_note note = {.size = sizeof(note), .text = "then"};
    struct seen seen;

    enter(&place);
    session = record(&place, NULL);
    emit_note(session, "now");
    assert_int_equal(jitney_emit_at(session, JITNEY_NOTE, &note, 123456789, 4242), JITNEY_OK);
    seen = get(session);
    assert_string_equal(seen.texts[0], "then");
    assert_string_equal(seen.texts[1], "now");
    note.text = "last";
    assert_int_equal(jitney_emit_at(session, JITNEY_NOTE, &note, UINT64_C(1) << 60, 4242),
                     JITNEY_OK);
    seen = get(session);
    assert_int_equal(seen.last.tid, 4242);
    assert_int_equal(seen.last.time_ns, UINT64_C(1) << 60);
    assert_int_equal(jitney_recording_reset(session), JITNEY_OK);
    assert_int_equal(jitney_emit_at(session, JITNEY_NOTE, &note, 0, 4243), JITNEY_OK);
    seen = get(session);
    assert_int_equal(seen.last.tid, 4243);
    assert_in_range(seen.last.time_ns, now_ns() - 10000000000, now_ns());
    jitney_session_close(session);
    leave(&place);
}

/* ---- texts and sizes ---- */

static void test_texts_of_any_length_and_number_survive(void **state)
{
    static char text[100000];
    struct place place;
    struct jitney_session *session = NULL;
    struct seen seen;

    enter(&place);
    session = record(&place, NULL);
    memset(text, 'x', sizeof(text) - 1);
    assert_int_equal(emit_deopt(session, 1, 1, text), JITNEY_OK);
    assert_int_equal(emit_note(session, text), JITNEY_OK);
    /* The same buffer says something else each time. */
    for (uint64_t i = 2; i <= 70000; i++) {
        snprintf(text, sizeof(text), "reason %d", (int)i);
        assert_int_equal(emit_deopt(session, 1, i, text), JITNEY_OK);
    }
    seen = get(session);
    assert_int_equal(seen.count, 70001);
    assert_false(seen.is_incomplete);
    assert_int_equal(strlen(seen.texts[0]), 39);
    assert_int_equal(seen.texts[0][38], 'x');
    assert_string_equal(seen.texts[2], "reason 2");
    assert_string_equal(seen.texts[20], "reason 20");
    assert_string_equal(seen.last.deopt ? "reason 70000" : "", "reason 70000");
    jitney_session_close(session);
    leave(&place);
}

static int see_lines(void *context, const struct jitney_event *event)
{
    uint64_t *sum = context;

    for (uint32_t i = 0; event->type == JITNEY_CODE_LOAD && i < event->code_load->line_count; i++)
        *sum += event->code_load->lines[i].line + strlen(event->code_load->lines[i].file);
    return 0;
}

static void test_an_event_may_be_larger_than_a_chunk(void **state)
{
    enum { LINES = 300000 };
    struct jitney_line *lines = calloc(LINES, sizeof(*lines));
    struct jitney_code_load code = {.size = sizeof(code),
                                    .address = 0x10000,
                                    .bytes = 1 << 20,
                                    .name = "big",
                                    .lines = lines,
                                    .line_count = LINES};
    uint64_t sum = 0, expected = 0;
    const struct jitney_recording_visitor visitor = {sizeof(visitor), see_lines, &sum};
    struct place place;
    struct jitney_session *session = NULL;

    enter(&place);
    session = record(&place, NULL);
    for (uint32_t i = 0; i < LINES; i++) {
        lines[i] = (struct jitney_line){.offset = i, .line = i + 1, .file = i % 2 ? "a.c" : "bb.c"};
        expected += lines[i].line + strlen(lines[i].file);
    }
    assert_int_equal(jitney_code_load(session, &code), JITNEY_OK);
    assert_int_equal(emit_note(session, "after"), JITNEY_OK);
    jitney_session_close(session);
    assert_int_equal(jitney_recording_load(place.path, &visitor), JITNEY_OK);
    assert_int_equal(sum, expected);
    assert_int_equal(load(place.path).of_type[JITNEY_NOTE], 1);
    free(lines);
    leave(&place);
}

/* ---- control ---- */

static void test_what_is_recorded_can_be_chosen(void **state)
{
    const struct jitney_session_options options = {.record_filter = JITNEY_EVENTS_INVOKE};
    struct place place;
    struct jitney_session *session = NULL;
    struct seen seen;

    enter(&place);
    session = record(&place, &options);
    assert_true(jitney_recording_enabled(session));
    assert_false(jitney_wants(session, JITNEY_DEOPT));
    emit_one_of_each(session);
    assert_int_equal(get(session).count, 3); /* invocation, undo, note */
    assert_int_equal(jitney_recording_set_filter(session, JITNEY_EVENTS_DEOPT), JITNEY_OK);
    assert_true(jitney_wants(session, JITNEY_DEOPT));
    emit_deopt(session, 1, 1, "a");
    assert_int_equal(jitney_recording_stop(session), JITNEY_OK);
    assert_false(jitney_recording_enabled(session));
    assert_false(jitney_wants(session, JITNEY_DEOPT));
    emit_deopt(session, 1, 2, "b");
    emit_note(session, "while stopped");
    define(session, "while stopped");
    assert_int_equal(jitney_recording_start(session), JITNEY_OK);
    emit_deopt(session, 1, 2, "c");
    seen = get(session);
    assert_int_equal(seen.of_type[JITNEY_DEOPT], 2);
    assert_int_equal(seen.of_type[JITNEY_NOTE], 2);
    assert_int_equal(seen.of_type[JITNEY_FUNCTION], 1);
    assert_int_equal(seen.of_type[JITNEY_INVOCATION], 1);
    assert_int_equal(jitney_recording_set_filter(session, UINT32_C(1) << 20), JITNEY_ERR_ARGUMENT);
    jitney_session_close(session);
    leave(&place);
}

static void test_reset_keeps_functions_and_living_code(void **state)
{
    struct jitney_code_load code = {
        .size = sizeof(code), .address = 0x10000, .bytes = 64, .name = "f"};
    struct place place;
    struct jitney_session *session = NULL;
    struct seen seen;

    enter(&place);
    session = record(&place, NULL);
    define(session, "f");
    jitney_code_load(session, &code);
    for (uint64_t i = 1; i <= 100000; i++)
        emit_deopt(session, 1, i, "before");
    assert_int_equal(jitney_recording_reset(session), JITNEY_OK);
    assert_true(file_bytes(place.path) < UINT64_C(3) * 65536);
    emit_deopt(session, 1, 1, "after");
    seen = get(session);
    assert_int_equal(seen.of_type[JITNEY_FUNCTION], 1);
    assert_int_equal(seen.of_type[JITNEY_CODE_LOAD], 1);
    assert_int_equal(seen.of_type[JITNEY_DEOPT], 1);
    assert_string_equal(seen.texts[0], "after");
    jitney_session_close(session);
    assert_int_equal(load(place.path).count, 3);
    leave(&place);
}

static void test_a_recording_can_begin_later(void **state)
{
    struct place place;
    struct jitney_session_options options = {.size = sizeof(options)};
    struct jitney_session *session = NULL;
    struct seen seen;

    enter(&place);
    options.record_file = place.path;
    assert_int_equal(jitney_session_open(&options, &session), JITNEY_OK);
    assert_int_equal(jitney_recording_stop(session), JITNEY_ERR_NOT_FOUND);
    assert_int_equal(jitney_recording_reset(session), JITNEY_ERR_NOT_FOUND);
    assert_int_equal(jitney_recording_save(session, place.path), JITNEY_ERR_NOT_FOUND);
    assert_false(jitney_recording_enabled(session));
    define(session, "before");
    assert_int_equal(jitney_recording_set_filter(session, JITNEY_EVENTS_INVOKE), JITNEY_OK);
    assert_int_equal(jitney_recording_start(session), JITNEY_OK);
    emit_one_of_each(session);
    seen = get(session);
    assert_int_equal(seen.of_type[JITNEY_FUNCTION], 1);
    assert_int_equal(seen.of_type[JITNEY_INVOCATION], 1);
    assert_int_equal(seen.of_type[JITNEY_DEOPT], 0);
    jitney_session_close(session);
    leave(&place);
}

static void test_a_saved_copy_is_whole(void **state)
{
    struct place place;
    struct jitney_session *session = NULL;
    char copy[4200];

    enter(&place);
    snprintf(copy, sizeof(copy), "%s/copy.jtr", place.folder);
    session = record(&place, NULL);
    for (uint64_t i = 1; i <= 30000; i++)
        emit_deopt(session, 1, i, "reason");
    assert_int_equal(jitney_recording_save(session, copy), JITNEY_OK);
    emit_deopt(session, 1, 30001, "not in the copy");
    assert_int_equal(jitney_recording_save(session, copy), JITNEY_ERR_IO);
    jitney_session_close(session);
    assert_int_equal(load(copy).count, 30000);
    assert_true(facts_of(copy).is_closed);
    assert_int_equal(load(place.path).count, 30001);
    leave(&place);
}

/* ---- threads ---- */

struct emitter {
    struct jitney_session *session;
    uint32_t function;
    uint64_t count;
    uint64_t dropped;
    _Atomic bool *stop;
};

static void *emit_many(void *context)
{
    static const char *const reasons[] = {"not a Smi", "wrong map", "out of bounds", "hole",
                                          "lost precision"};
    struct emitter *emitter = context;

    for (uint64_t i = 1; i <= emitter->count && !(emitter->stop && atomic_load(emitter->stop)); i++)
        emitter->dropped +=
            emit_deopt(emitter->session, emitter->function, i, reasons[i % 5]) != JITNEY_OK;
    return NULL;
}

static void test_threads_record_at_once(void **state)
{
    enum { THREADS = 4, EVENTS = 50000 };
    struct emitter emitters[THREADS];
    pthread_t threads[THREADS] = {0};
    struct place place;
    struct jitney_session *session = NULL;
    struct seen seen;

    enter(&place);
    session = record(&place, NULL);
    for (uint32_t i = 0; i < THREADS; i++) {
        emitters[i] = (struct emitter){.session = session, .function = i + 1, .count = EVENTS};
        pthread_create(&threads[i], NULL, emit_many, &emitters[i]);
    }
    for (int i = 0; i < 10; i++)
        assert_false(get(session).is_incomplete);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    jitney_session_close(session);
    seen = load(place.path);
    assert_false(seen.is_incomplete);
    assert_int_equal(seen.count, THREADS * EVENTS);
    assert_int_equal(facts_of(place.path).threads, THREADS);
    leave(&place);
}

static void test_short_threads_share_chunks(void **state)
{
    enum { THREADS = UNDER_TSAN ? 500 : 10000 };
    struct place place;
    struct jitney_session *session = NULL;

    enter(&place);
    session = record(&place, NULL);
    for (uint32_t i = 0; i < THREADS; i++) {
        struct emitter emitter = {.session = session, .function = 100, .count = 2};
        pthread_t thread;

        assert_int_equal(pthread_create(&thread, NULL, emit_many, &emitter), 0);
        pthread_join(thread, NULL);
        assert_int_equal(emitter.dropped, 0);
    }
    jitney_session_close(session);
    assert_int_equal(load(place.path).count, THREADS * 2);
    assert_true(facts_of(place.path).threads > THREADS / 2);
    assert_true(file_bytes(place.path) < UINT64_C(4) << 20);
    leave(&place);
}

static void test_two_recordings_at_once_do_not_mix(void **state)
{
    struct place places[6];
    struct jitney_session *sessions[6];

    for (int i = 0; i < 6; i++) {
        enter(&places[i]);
        sessions[i] = record(&places[i], NULL);
    }
    for (uint64_t n = 1; n <= 1000; n++)
        for (uint32_t i = 0; i < 6; i++)
            emit_deopt(sessions[i], i + 1, n, "reason");
    for (int i = 0; i < 6; i++)
        jitney_session_close(sessions[i]);
    for (int i = 0; i < 6; i++) {
        struct seen seen = load(places[i].path);

        assert_int_equal(seen.count, 1000);
        assert_int_equal(seen.versions[i + 1], 1000);
        leave(&places[i]);
    }
}

static void control(struct jitney_session *session, const struct place *place, int round)
{
    char copy[4200];

    snprintf(copy, sizeof(copy), "%s/%d.jtr", place->folder, round);
    switch (round % 4) {
    case 0:
        assert_int_equal(jitney_recording_stop(session), JITNEY_OK);
        assert_int_equal(jitney_recording_start(session), JITNEY_OK);
        break;
    case 1:
        assert_int_equal(jitney_recording_reset(session), JITNEY_OK);
        break;
    case 2:
        assert_int_equal(jitney_recording_save(session, copy), JITNEY_OK);
        assert_int_equal(facts_of(copy).bad_chunks, 0);
        assert_int_equal(facts_of(copy).bad_records, 0);
        unlink(copy);
        break;
    default:
        get(session);
    }
}

static void *reset_often(void *context)
{
    struct emitter *emitter = context;

    for (int i = 0; i < 30; i++) {
        assert_int_equal(jitney_recording_reset(emitter->session), JITNEY_OK);
        emit_many(emitter);
    }
    return NULL;
}

static void test_a_copy_is_never_of_two_recordings(void **state)
{
    struct emitter emitter = {.function = 1, .count = 20000};
    struct place place;
    char copy[4200];
    pthread_t thread;

    enter(&place);
    snprintf(copy, sizeof(copy), "%s/copy.jtr", place.folder);
    emitter.session = record(&place, NULL);
    pthread_create(&thread, NULL, reset_often, &emitter);
    for (int i = 0; i < 60; i++) {
        if (jitney_recording_save(emitter.session, copy) != JITNEY_OK)
            continue; /* it was always reset meanwhile */
        assert_false(load(copy).is_incomplete);
        assert_int_equal(facts_of(copy).bad_chunks, 0);
        unlink(copy);
    }
    pthread_join(thread, NULL);
    assert_int_equal(jitney_recording_save(emitter.session, copy), JITNEY_OK);
    assert_int_equal(load(copy).count, 20000);
    jitney_session_close(emitter.session);
    leave(&place);
}

static void test_control_under_fire(void **state)
{
    enum { THREADS = 3, ROUNDS = UNDER_TSAN ? 40 : 120 };
    struct emitter emitters[THREADS];
    pthread_t threads[THREADS] = {0};
    struct place place;
    struct jitney_session *session = NULL;
    _Atomic bool stop = false;
    struct jt_recording_facts facts;

    enter(&place);
    session = record(&place, NULL);
    for (uint32_t i = 0; i < THREADS; i++) {
        emitters[i] = (struct emitter){
            .session = session, .function = 100 + i, .count = UINT64_MAX, .stop = &stop};
        pthread_create(&threads[i], NULL, emit_many, &emitters[i]);
    }
    for (int i = 0; i < ROUNDS; i++)
        control(session, &place, i);
    atomic_store(&stop, true);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(emitters[i].dropped, 0);
    }
    assert_int_equal(jitney_recording_reset(session), JITNEY_OK);
    assert_int_equal(emit_deopt(session, 1, 1, "last"), JITNEY_OK);
    jitney_session_close(session);
    facts = facts_of(place.path);
    assert_int_equal(facts.bad_chunks + facts.bad_records + facts.dropped, 0);
    assert_int_equal(load(place.path).count, 1);
    leave(&place);
}

/* ---- time ---- */

struct times {
    uint64_t before[2000], after[2000];
    int count, wrong;
    uint64_t worst_ns;
};

static int see_time(void *context, const struct jitney_event *event)
{
    struct times *times = context;
    int i = times->count++;
    uint64_t off_ns = 0;

    if (event->time_ns < times->before[i])
        off_ns = times->before[i] - event->time_ns;
    if (event->time_ns > times->after[i])
        off_ns = event->time_ns - times->after[i];
    if (off_ns > 1000)
        times->wrong++;
    if (off_ns > times->worst_ns)
        times->worst_ns = off_ns;
    return 0;
}

static void test_times_are_those_of_the_clock(void **state)
{
    static struct times times;
    const struct jitney_recording_visitor visitor = {sizeof(visitor), see_time, &times};
    struct place place;
    struct jitney_session *session = NULL;

    enter(&place);
    session = record(&place, NULL);
    for (int i = 0; i < 2000; i++) {
        times.before[i] = now_ns();
        emit_deopt(session, 100, 1, "reason");
        times.after[i] = now_ns();
        if (i % 100 == 0)
            usleep(i * 10);
    }
    jitney_session_close(session);
    assert_int_equal(jitney_recording_load(place.path, &visitor), JITNEY_OK);
    assert_int_equal(times.count, 2000);
    /* A reading of both clocks may be torn apart by the machine, once. */
    assert_true(times.wrong <= 2);
    leave(&place);
}

/* ---- the end of everything ---- */

struct kill_counters {
    _Atomic uint64_t returned[MOST_THREADS];
};

static struct kill_counters *map_counters(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct kill_counters *counters = NULL;

    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, sizeof(*counters)), 0);
    counters = mmap(NULL, sizeof(*counters), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_true(counters != MAP_FAILED);
    close(fd);
    return counters;
}

struct killed_thread {
    struct jitney_session *session;
    uint32_t function;
    _Atomic uint64_t *returned;
};

static void *emit_until_killed(void *context)
{
    struct killed_thread *self = context;
    char reason[32];

    for (uint64_t n = 1;; n++) {
        snprintf(reason, sizeof(reason), "reason %d", (int)(n % 100 + n / 5000));
        if (emit_deopt(self->session, self->function, n, reason) != JITNEY_OK)
            abort();
        atomic_store_explicit(self->returned, n, memory_order_release);
    }
}

static int run_emitter(const char *path, const char *counters_path, int thread_count)
{
    struct jitney_session_options options = {.size = sizeof(options),
                                             .sinks = JITNEY_SINK_RECORD,
                                             .record_file = path,
                                             .record_filter = JITNEY_EVENTS_ALL};
    struct killed_thread threads[MOST_THREADS] = {{NULL, 0, NULL}};
    struct kill_counters *counters = map_counters(counters_path);
    struct jitney_session *session = NULL;
    pthread_t thread;

    if (thread_count < 1 || jitney_session_open(&options, &session))
        return 1;
    for (int i = 0; i < thread_count && i < MOST_THREADS; i++) {
        threads[i] = (struct killed_thread){session, (uint32_t)i + 1, &counters->returned[i]};
        if (i > 0 && pthread_create(&thread, NULL, emit_until_killed, &threads[i]) != 0)
            return 1;
    }
    emit_until_killed(&threads[0]);
    return 0;
}

static void wait_for_events(const struct kill_counters *counters)
{
    while (atomic_load(&counters->returned[0]) == 0)
        usleep(100);
}

static void kill_once(unsigned random)
{
    struct place place;
    char counters_path[4200];
    struct kill_counters *counters = NULL;
    struct seen seen;
    pid_t child = 0;
    int status = 0;

    enter(&place);
    snprintf(counters_path, sizeof(counters_path), "%s/counters", place.folder);
    counters = map_counters(counters_path);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        execl("/proc/self/exe", "test_recording", "--emit", place.path, counters_path, "4", NULL);
        _exit(9);
    }
    wait_for_events(counters);
    usleep(random % 6000);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    seen = load(place.path);
    assert_false(seen.is_incomplete);
    for (int i = 0; i < KILL_THREADS; i++) {
        uint64_t returned = atomic_load(&counters->returned[i]);

        assert_in_range(seen.versions[i + 1], returned, returned + 1);
    }
    assert_int_equal(facts_of(place.path).bad_chunks, 0);
    assert_false(facts_of(place.path).is_closed);
    munmap(counters, sizeof(*counters));
    leave(&place);
}

static void test_nothing_is_lost_when_the_process_is_killed(void **state)
{
    for (unsigned i = 0; i < (UNDER_TSAN ? 5 : KILL_ROUNDS); i++)
        kill_once(i * 2654435761U >> 8);
}

static void test_child_of_fork_has_a_file_of_its_own(void **state)
{
    struct place place;
    struct jitney_session *session = NULL;
    char path[4200];
    pid_t child = 0;
    int status = 0;

    enter(&place);
    session = record(&place, NULL);
    define(session, "f");
    emit_deopt(session, 1, 1, "parent");
    child = fork();
    if (child == 0) {
        int failed = emit_deopt(session, 1, 1, "child") != JITNEY_OK;

        failed |= emit_deopt(session, 1, 2, "child") != JITNEY_OK;
        jitney_session_close(session);
        _exit(failed);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    emit_deopt(session, 1, 2, "parent");
    jitney_session_close(session);
    assert_int_equal(load(place.path).of_type[JITNEY_DEOPT], 2);
    assert_string_equal(load(place.path).texts[1], "parent");
    snprintf(path, sizeof(path), "%s.%d", place.path, (int)child);
    assert_int_equal(load(path).of_type[JITNEY_DEOPT], 2);
    assert_int_equal(load(path).of_type[JITNEY_FUNCTION], 1);
    assert_string_equal(load(path).texts[0], "child");
    assert_int_equal(facts_of(path).pid, child);
    assert_true(facts_of(path).is_closed);
    leave(&place);
}

static void test_every_recording_has_a_file_of_its_own(void **state)
{
    struct place place;
    struct jitney_session_options options = {
        .size = sizeof(options), .sinks = JITNEY_SINK_RECORD, .record_filter = JITNEY_EVENTS_ALL};
    struct jitney_session *sessions[4];
    char path[4200];
    pid_t child = 0;
    int status = 0;

    enter(&place);
    options.directory = place.folder;
    for (int i = 0; i < 4; i++) {
        options.record_file = i < 2 ? place.path : NULL;
        assert_int_equal(jitney_session_open(&options, &sessions[i]), JITNEY_OK);
        emit_deopt(sessions[i], 1, 1, "text");
    }
    child = fork(); /* as a program that was told the same name by the environment */
    if (child == 0) {
        struct jitney_session *session = NULL;

        options.record_file = place.path;
        status = jitney_session_open(&options, &session) || emit_note(session, "other program");
        jitney_session_close(session);
        _exit(status);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    for (int i = 0; i < 4; i++)
        jitney_session_close(sessions[i]);
    assert_int_equal(load(place.path).of_type[JITNEY_DEOPT], 1);
    snprintf(path, sizeof(path), "%s.%d", place.path, (int)getpid());
    assert_int_equal(load(path).count, 1);
    snprintf(path, sizeof(path), "%s.%d", place.path, (int)child);
    assert_string_equal(load(path).texts[0], "other program");
    snprintf(path, sizeof(path), "%s/events-%d.jtr", place.folder, (int)getpid());
    assert_int_equal(load(path).count, 1);
    snprintf(path, sizeof(path), "%s/events-%d.2.jtr", place.folder, (int)getpid());
    assert_int_equal(load(path).count, 1);
    leave(&place);
}

static void test_fork_while_other_threads_record(void **state)
{
    enum { THREADS = 2, FORKS = UNDER_TSAN ? 0 : 30 };
    struct emitter emitters[THREADS];
    pthread_t threads[THREADS] = {0};
    struct place place;
    struct jitney_session *session = NULL;
    _Atomic bool stop = false;

    enter(&place);
    session = record(&place, NULL);
    for (uint32_t i = 0; i < THREADS; i++) {
        emitters[i] = (struct emitter){
            .session = session, .function = i + 1, .count = UINT64_MAX, .stop = &stop};
        pthread_create(&threads[i], NULL, emit_many, &emitters[i]);
    }
    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();
        int status = 0;

        if (child == 0) {
            int failed = i % 2 ? emit_deopt(session, 1, 1, "a new one in the child") : 0;

            jitney_session_close(session);
            _exit(failed != JITNEY_OK);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    jitney_session_close(session);
    assert_false(load(place.path).is_incomplete);
    leave(&place);
}

/* ---- no room, no memory ---- */

static struct jitney_counters counters_of(const struct jitney_session *session)
{
    struct jitney_counters counters = {.size = sizeof(counters)};

    assert_int_equal(jitney_session_counters(session, &counters), JITNEY_OK);
    return counters;
}

static void test_the_limit_of_a_recording_is_kept(void **state)
{
    const struct jitney_session_options options = {.record_bytes = 300000};
    struct emitter emitter = {.function = 1, .count = 100000};
    struct place place;
    struct jitney_counters counters;
    struct seen seen;

    enter(&place);
    emitter.session = record(&place, &options);
    emit_many(&emitter);
    assert_int_equal(emit_deopt(emitter.session, 1, 1, "hole"), JITNEY_ERR_LIMIT);
    counters = counters_of(emitter.session);
    assert_int_equal(counters.dropped, emitter.dropped + 1);
    assert_int_equal(counters.dropped_limit, emitter.dropped + 1);
    jitney_session_close(emitter.session);
    assert_true(file_bytes(place.path) <= 300000);
    seen = load(place.path);
    assert_false(seen.is_incomplete);
    assert_int_equal(seen.count + emitter.dropped, 100000);
    assert_in_range(seen.count, 5000, 20000);
    assert_int_equal(facts_of(place.path).dropped, emitter.dropped + 1);
    leave(&place);
}

/* Records until there is no room, frees some, and records on. 0: as it should be. */
static int fill_disk(const struct place *place, int (*make_room)(const struct place *place))
{
    struct jitney_session_options options = {.size = sizeof(options),
                                             .sinks = JITNEY_SINK_RECORD,
                                             .record_file = place->path,
                                             .record_filter = JITNEY_EVENTS_ALL};
    struct emitter emitter = {.function = 1, .count = 200000};
    struct jitney_counters counters = {.size = sizeof(counters)};
    int status = JITNEY_OK;

    if (jitney_session_open(&options, &emitter.session))
        return 1;
    errno = 55;
    emit_many(&emitter);
    if (emitter.dropped == 0 || errno != 55)
        return 2;
    status = emit_deopt(emitter.session, 1, 200001 - emitter.dropped, "hole");
    jitney_session_counters(emitter.session, &counters);
    if (status != JITNEY_ERR_IO || counters.dropped_io != emitter.dropped + 1 ||
        (counters.last_errno != ENOSPC && counters.last_errno != EFBIG))
        return 3;
    if (make_room(place) != 0)
        return 4;
    usleep(150000); /* a failure is not tried again at once */
    if (emit_deopt(emitter.session, 1, 200001 - emitter.dropped, "room") != JITNEY_OK)
        return 5;
    jitney_session_close(emitter.session);
    return 0;
}

static int lift_limit(const struct place *place)
{
    struct rlimit limit;

    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_FSIZE, &limit);
}

static int free_disk(const struct place *place)
{
    char path[4200];

    snprintf(path, sizeof(path), "%s/ballast", place->folder);
    return unlink(path);
}

/* In a process of its own: a limit on files, or a small file system. */
static int fill_limited(const struct place *place)
{
    struct rlimit limit;

    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 500000;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 6;
    return fill_disk(place, lift_limit);
}

static int fill_small_disk(const struct place *place)
{
    static const char ballast[100000];
    char path[4200];
    int fd = -1;

    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", place->folder, "tmpfs", 0, "size=1m") != 0)
        return 77;
    snprintf(path, sizeof(path), "%s/ballast", place->folder);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    for (int i = 0; i < 5; i++)
        if (write(fd, ballast, sizeof(ballast)) != sizeof(ballast))
            return 7;
    close(fd);
    return fill_disk(place, free_disk);
}

/* What `run` returns, or 1000 + the signal that ended it. */
static int in_a_child(int (*run)(const struct place *place), const struct place *place)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0)
        _exit(run(place));
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void test_a_limit_on_file_sizes_is_no_signal(void **state)
{
    struct place place;
    struct seen seen;

    enter(&place);
    assert_int_equal(in_a_child(fill_limited, &place), 0);
    seen = load(place.path);
    assert_false(seen.is_incomplete);
    assert_true(seen.count > 1000);
    leave(&place);
}

static void test_a_full_disk_drops_events_until_there_is_room(void **state)
{
    struct place place;
    int result = 0;

    enter(&place);
    result = in_a_child(fill_small_disk, &place);
    leave(&place);
    if (result == 77)
        skip();
    assert_int_equal(result, 0);
}

static void use_everything(struct jitney_session *session, const struct place *place)
{
    struct seen seen = {.count = 0};
    const struct jitney_recording_visitor visitor = {sizeof(visitor), see, &seen};
    uint32_t number = 0;
    struct jitney_function function = {.size = sizeof(function), .name = "f", .file = "a.js"};
    char copy[4200];

    jitney_function_define(session, &function, &number);
    for (uint64_t i = 1; i <= 300; i++)
        emit_deopt(session, 1, i, i % 3 ? "hole" : "wrong map");
    jitney_recording_get(session, &visitor);
    snprintf(copy, sizeof(copy), "%s/copy", place->folder);
    if (jitney_recording_save(session, copy) == JITNEY_OK)
        unlink(copy);
    jitney_recording_reset(session);
    emit_note(session, "end");
}

static void test_every_allocation_may_fail_once(void **state)
{
    int64_t failed_runs = 0;
    bool has_failed = true;

    for (int64_t at = 1; has_failed; at++) {
        struct place place;
        struct failing_heap heap;
        struct jitney_session_options options = {.size = sizeof(options),
                                                 .sinks = JITNEY_SINK_RECORD,
                                                 .record_filter = JITNEY_EVENTS_ALL};
        struct jitney_session *session = NULL;

        enter(&place);
        failing_heap_init(&heap, at);
        options.allocator = &heap.allocator;
        options.record_file = place.path;
        errno = 55;
        if (jitney_session_open(&options, &session) == JITNEY_OK)
            use_everything(session, &place);
        jitney_session_close(session);
        assert_int_equal(errno, 55);
        assert_int_equal(heap.live_bytes, 0);
        has_failed = heap.calls >= at;
        failed_runs += has_failed;
        leave(&place);
    }
    assert_true(failed_runs > 20);
}

static void test_a_text_without_memory_stands_in_its_event(void **state)
{
    struct place place;
    struct failing_heap heap;
    const struct jitney_session_options options = {.allocator = &heap.allocator};
    struct jitney_session *session = NULL;
    struct seen seen;

    enter(&place);
    failing_heap_init(&heap, 0);
    session = record(&place, &options);
    emit_deopt(session, 1, 1, "first");
    heap.fails_at = heap.calls + 1;
    assert_int_equal(emit_deopt(session, 1, 2, "no memory for this"), JITNEY_OK);
    seen = get(session);
    assert_string_equal(seen.texts[1], "no memory for this");
    jitney_session_close(session);
    leave(&place);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_classes_are_in_the_recording),
        cmocka_unit_test(test_bodies_are_kept_when_asked_for),
        cmocka_unit_test(test_events_of_elsewhere_keep_their_time_and_thread),
        cmocka_unit_test(test_texts_of_any_length_and_number_survive),
        cmocka_unit_test(test_an_event_may_be_larger_than_a_chunk),
        cmocka_unit_test(test_what_is_recorded_can_be_chosen),
        cmocka_unit_test(test_reset_keeps_functions_and_living_code),
        cmocka_unit_test(test_a_recording_can_begin_later),
        cmocka_unit_test(test_a_saved_copy_is_whole),
        cmocka_unit_test(test_threads_record_at_once),
        cmocka_unit_test(test_short_threads_share_chunks),
        cmocka_unit_test(test_two_recordings_at_once_do_not_mix),
        cmocka_unit_test(test_a_copy_is_never_of_two_recordings),
        cmocka_unit_test(test_control_under_fire),
        cmocka_unit_test(test_times_are_those_of_the_clock),
        cmocka_unit_test(test_nothing_is_lost_when_the_process_is_killed),
        cmocka_unit_test(test_child_of_fork_has_a_file_of_its_own),
        cmocka_unit_test(test_every_recording_has_a_file_of_its_own),
        cmocka_unit_test(test_fork_while_other_threads_record),
        cmocka_unit_test(test_the_limit_of_a_recording_is_kept),
        cmocka_unit_test(test_a_limit_on_file_sizes_is_no_signal),
        cmocka_unit_test(test_a_full_disk_drops_events_until_there_is_room),
        cmocka_unit_test(test_every_allocation_may_fail_once),
        cmocka_unit_test(test_a_text_without_memory_stands_in_its_event),
    };

    if (argc == 5 && strcmp(argv[1], "--emit") == 0)
        return run_emitter(argv[2], argv[3], atoi(argv[4])); /* NOLINT(cert-err34-c) */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
