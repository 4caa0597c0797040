/* Processes and threads come and go: each process has files of its own that are right, and
 * threads that end, or are lost in a fork, take nothing with them. */
#include "manners/host.h"
#include "support/files.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h> /* wants setjmp.h, stdarg.h and stddef.h */

enum { EMITTERS = 4, FORKS = 20, SHORT_THREADS = 1000, AT_ONCE = 20 };

static const enum jitney_sink file_sinks[] = {JITNEY_SINK_PERFMAP, JITNEY_SINK_JITDUMP,
                                              JITNEY_SINK_RECORD, JITNEY_SINK_LOG};
enum { FILE_SINKS = sizeof(file_sinks) / sizeof(file_sinks[0]) };

/* All four files of a process have this code, or none has. */
static bool all_files_have(const char *folder, pid_t pid, const char *name)
{
    unsigned have = 0;

    for (unsigned i = 0; i < FILE_SINKS; i++) {
        char path[HOST_PATH_BYTES];

        host_file(path, folder, file_sinks[i], pid);
        if (file_sinks[i] == JITNEY_SINK_RECORD && host_file_exists(path))
            have += host_recording_has(path, name);
        else
            have += host_file_has(path, name);
    }
    if (have != 0 && have != FILE_SINKS)
        print_error("process %d: %s is in %u of %u files\n", (int)pid, name, have,
                    (unsigned)FILE_SINKS);
    assert_true(have == 0 || have == FILE_SINKS);
    return have > 0;
}

static bool any_file_exists(const char *folder, pid_t pid)
{
    bool any = false;

    for (unsigned i = 0; i < FILE_SINKS; i++) {
        char path[HOST_PATH_BYTES];

        host_file(path, folder, file_sinks[i], pid);
        any |= host_file_exists(path);
    }
    return any;
}

static void expect_sound(const char *folder, pid_t pid)
{
    char path[HOST_PATH_BYTES];
    uint32_t inside = 0;
    FILE *dump;

    host_file(path, folder, JITNEY_SINK_PERFMAP, pid);
    assert_true(host_perfmap_is_sound(path));
    host_file(path, folder, JITNEY_SINK_JITDUMP, pid);
    assert_true(host_jitdump_is_sound(path));
    dump = fopen(path, "re");
    assert_non_null(dump);
    assert_int_equal(fseek(dump, 20, SEEK_SET), 0); /* the header's pid */
    assert_int_equal(fread(&inside, sizeof(inside), 1, dump), 1);
    fclose(dump);
    assert_int_equal(inside, pid);
}

static void wait_for(pid_t pid)
{
    int status = -1;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status))
        print_error("process %d was ended by signal %d\n", (int)pid, WTERMSIG(status));
    assert_int_equal(status, 0);
}

static void test_parent_and_child_each_write_their_own(void **state)
{
    char *folder = test_folder_make();
    struct jitney_session *session = host_open(folder, HOST_ALL_SINKS);
    pid_t pid;

    assert_int_equal(host_load(session, "before_the_fork", 0), JITNEY_OK);
    assert_int_equal(host_load(session, "gone_before_the_fork", 1), JITNEY_OK);
    assert_int_equal(host_load(session, "in_its_place", 1), JITNEY_OK);
    pid = fork();
    if (pid == 0) {
        alarm(30);
        HOST_CHECK(host_load(session, "of_the_child", 2) == JITNEY_OK);
        HOST_CHECK(host_use_everything(session, 10) == 0);
        HOST_CHECK(host_counters(session).failed_sinks == 0);
        if (fork() == 0) {
            alarm(30);
            HOST_CHECK(host_load(session, "of_the_grandchild", 3) == JITNEY_OK);
            host_close(session);
            _exit(0);
        }
        HOST_CHECK(wait(NULL) > 0);
        host_close(session);
        _exit(0);
    }
    assert_int_equal(host_load(session, "of_the_parent", 4), JITNEY_OK);
    wait_for(pid);
    assert_int_equal(host_load(session, "of_the_parent_later", 5), JITNEY_OK);
    assert_int_equal(host_use_everything(session, 10), 0);
    host_close(session);
    assert_true(all_files_have(folder, getpid(), "before_the_fork"));
    assert_true(all_files_have(folder, getpid(), "of_the_parent"));
    assert_true(all_files_have(folder, getpid(), "of_the_parent_later"));
    assert_false(all_files_have(folder, getpid(), "of_the_child"));
    assert_false(all_files_have(folder, getpid(), "of_the_grandchild"));
    assert_true(all_files_have(folder, pid, "before_the_fork")); /* it lives there, too */
    assert_true(all_files_have(folder, pid, "in_its_place"));
    assert_true(all_files_have(folder, pid, "of_the_child"));
    assert_false(all_files_have(folder, pid, "gone_before_the_fork"));
    assert_false(all_files_have(folder, pid, "of_the_parent"));
    assert_false(all_files_have(folder, pid, "of_the_grandchild"));
    expect_sound(folder, getpid());
    expect_sound(folder, pid);
    test_folder_remove(folder);
}

static void test_a_child_that_tells_nothing_leaves_no_files(void **state)
{
    char *folder = test_folder_make();
    struct jitney_session *session = host_open(folder, HOST_ALL_SINKS);
    pid_t pid;

    assert_int_equal(host_load(session, "before_the_fork", 0), JITNEY_OK);
    pid = fork();
    if (pid == 0) {
        execl("/bin/true", "true", (char *)NULL);
        _exit(1);
    }
    wait_for(pid);
    assert_false(any_file_exists(folder, pid));
    pid = vfork();
    if (pid == 0) {
        execl("/bin/true", "true", (char *)NULL);
        _exit(1);
    }
    wait_for(pid);
    assert_false(any_file_exists(folder, pid));
    pid = fork();
    if (pid == 0) {
        host_close(session);
        _exit(0);
    }
    wait_for(pid);
    assert_false(any_file_exists(folder, pid));
    assert_int_equal(host_load(session, "after_the_children", 1), JITNEY_OK);
    host_close(session);
    assert_true(all_files_have(folder, getpid(), "after_the_children"));
    expect_sound(folder, getpid());
    test_folder_remove(folder);
}

static void test_a_program_started_by_exec_inherits_nothing(void **state)
{
    char *folder = test_folder_make();
    struct jitney_session *session = host_open(folder, HOST_ALL_SINKS);
    char command[2 * HOST_PATH_BYTES];

    /* The shell's own arguments name the folder, its descriptors do not. */
    snprintf(command, sizeof(command),
             "for fd in /proc/$$/fd/*; do case $(readlink $fd) in %s/*) exit 1;; esac; done",
             folder);
    assert_int_equal(host_load(session, "before_exec", 0), JITNEY_OK);
    assert_int_equal(system(command), 0);
    host_close(session);
    test_folder_remove(folder);
}

/* ---- threads ---- */

struct emitter {
    struct jitney_session *session;
    _Atomic bool *is_over;
    unsigned thread;
    unsigned count;
};

static void *emit_for_a_while(void *argument)
{
    struct emitter *emitter = argument;
    char name[32];

    while (!atomic_load(emitter->is_over)) {
        struct jitney_note note = {.size = sizeof(note), .text = name};
        unsigned place = 1000 * (emitter->thread + 1) + emitter->count % 500;

        snprintf(name, sizeof(name), "thread%u_%u", emitter->thread, emitter->count);
        HOST_CHECK(host_load(emitter->session, name, place) == JITNEY_OK);
        HOST_CHECK(KEPT(jitney_note(emitter->session, &note)) == JITNEY_OK);
        emitter->count++;
    }
    return NULL;
}

static void child_of_a_fork(struct jitney_session *session, const char *name)
{
    alarm(30); /* a lock that another thread held would never be given back */
    HOST_CHECK(host_load(session, name, 0) == JITNEY_OK);
    HOST_CHECK(host_use_everything(session, 10) == 0);
    host_close(session);
    _exit(0);
}

static void test_forks_while_threads_emit(void **state)
{
    char *folder = test_folder_make();
    struct jitney_session *session;
    _Atomic bool is_over = false;
    struct emitter emitters[EMITTERS];
    pthread_t threads[EMITTERS];
    pid_t children[FORKS];

    if (HOST_HAS_TSAN) {
        test_folder_remove(folder);
        skip(); /* TSan itself does not survive this */
    }
    session = host_open(folder, HOST_ALL_SINKS);
    host_place(0);
    for (unsigned i = 0; i < EMITTERS; i++) {
        emitters[i] = (struct emitter){session, &is_over, i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, emit_for_a_while, &emitters[i]), 0);
    }
    for (unsigned i = 0; i < FORKS; i++) {
        char name[32];

        usleep(500 * i);
        snprintf(name, sizeof(name), "child%u", i);
        children[i] = fork();
        if (children[i] == 0)
            child_of_a_fork(session, name);
        wait_for(children[i]);
    }
    atomic_store(&is_over, true);
    for (unsigned i = 0; i < EMITTERS; i++)
        pthread_join(threads[i], NULL);
    host_close(session);
    for (unsigned i = 0; i < FORKS; i++) {
        char name[32];

        snprintf(name, sizeof(name), "child%u", i);
        assert_true(all_files_have(folder, children[i], name));
        assert_false(all_files_have(folder, getpid(), name));
        expect_sound(folder, children[i]);
    }
    for (unsigned i = 0; i < EMITTERS; i++) {
        char name[32];

        snprintf(name, sizeof(name), "thread%u_%u", i, emitters[i].count - 1);
        assert_true(all_files_have(folder, getpid(), name));
    }
    expect_sound(folder, getpid());
    test_folder_remove(folder);
}

static void *emit_once(void *argument)
{
    const struct emitter *emitter = argument;
    struct jitney_deopt deopt = {.size = sizeof(deopt), .reason = "short"};
    struct jitney_invocation call = {.size = sizeof(call), .context = emitter->thread};
    char name[32];

    snprintf(name, sizeof(name), "short%u_", emitter->thread);
    HOST_CHECK(host_load(emitter->session, name, emitter->thread) == JITNEY_OK);
    HOST_CHECK(KEPT(jitney_deopt(emitter->session, &deopt)) == JITNEY_OK);
    HOST_CHECK(KEPT(jitney_invocation(emitter->session, &call)) == JITNEY_OK);
    return NULL;
}

struct counts {
    unsigned loads, deopts, calls;
    uint64_t contexts; /* sum */
};

static int count_event(void *context, const struct jitney_event *event)
{
    struct counts *counts = context;

    counts->loads += event->type == JITNEY_CODE_LOAD;
    counts->deopts += event->type == JITNEY_DEOPT;
    counts->calls += event->type == JITNEY_INVOCATION;
    if (event->type == JITNEY_INVOCATION)
        counts->contexts += event->invocation->context;
    return 0;
}

static void test_a_thousand_short_threads(void **state)
{
    enum { MOST_BYTES = 32 << 20 }; /* a chunk for each thread that ever was would be more */
    char *folder = test_folder_make(), path[HOST_PATH_BYTES];
    struct jitney_session *session = host_open(folder, HOST_ALL_SINKS);
    struct emitter emitters[AT_ONCE];
    pthread_t threads[AT_ONCE];
    struct counts counts = {0};
    struct jitney_recording_visitor visitor = {sizeof(visitor), count_event, &counts};
    struct stat facts;

    for (unsigned started = 0; started < SHORT_THREADS; started += AT_ONCE) {
        for (unsigned i = 0; i < AT_ONCE; i++) {
            emitters[i] = (struct emitter){.session = session, .thread = started + i};
            assert_int_equal(pthread_create(&threads[i], NULL, emit_once, &emitters[i]), 0);
        }
        for (unsigned i = 0; i < AT_ONCE; i++)
            pthread_join(threads[i], NULL);
    }
    assert_int_equal(host_counters(session).living_code, SHORT_THREADS);
    host_close(session);
    host_file(path, folder, JITNEY_SINK_RECORD, getpid());
    assert_int_equal(KEPT(jitney_recording_load(path, &visitor)), JITNEY_OK);
    assert_int_equal(counts.loads, SHORT_THREADS);
    assert_int_equal(counts.deopts, SHORT_THREADS);
    assert_int_equal(counts.calls, SHORT_THREADS);
    assert_int_equal(counts.contexts, SHORT_THREADS * (SHORT_THREADS - 1) / 2);
    assert_int_equal(stat(path, &facts), 0);
    assert_true(facts.st_blocks * 512 < MOST_BYTES);
    expect_sound(folder, getpid());
    test_folder_remove(folder);
}

/* ---- several sessions ---- */

struct two_sessions {
    struct jitney_session *first, *second;
    pthread_barrier_t barrier;
};

/* A thread outlives a session that it told something. */
static void *emit_into_both(void *argument)
{
    struct two_sessions *two = argument;

    HOST_CHECK(host_load(two->first, "first_of_thread", 100) == JITNEY_OK);
    HOST_CHECK(host_load(two->second, "second_of_thread", 101) == JITNEY_OK);
    pthread_barrier_wait(&two->barrier); /* the first is closed between these */
    pthread_barrier_wait(&two->barrier);
    HOST_CHECK(host_load(two->second, "second_later", 102) == JITNEY_OK);
    HOST_CHECK(host_use_everything(two->second, 200) == 0);
    return NULL;
}

static struct jitney_session *open_second(const char *folder)
{
    char record[HOST_PATH_BYTES], log[HOST_PATH_BYTES];
    struct jitney_session_options options = {.size = sizeof(options),
                                             .sinks = HOST_ALL_SINKS,
                                             .directory = folder,
                                             .record_file = record,
                                             .record_filter = JITNEY_EVENTS_ALL,
                                             .log_file = log};
    struct jitney_session *session = NULL;

    snprintf(record, sizeof(record), "%s/second-%%p.jtr", folder);
    snprintf(log, sizeof(log), "%s/second-%%p.log", folder);
    HOST_CHECK(KEPT(jitney_session_open(&options, &session)) == JITNEY_OK);
    HOST_CHECK(host_counters(session).failed_sinks == 0);
    return session;
}

static void test_two_sessions_in_one_process(void **state)
{
    char *folder = test_folder_make(), path[HOST_PATH_BYTES];
    struct two_sessions two = {host_open(folder, HOST_ALL_SINKS), open_second(folder), {{0}}};
    struct jitney_found found = {.size = sizeof(found)};
    pthread_t thread;

    pthread_barrier_init(&two.barrier, NULL, 2);
    assert_int_equal(host_load(two.first, "of_the_first", 5000), JITNEY_OK);
    assert_int_equal(host_load(two.second, "of_the_second", 5001), JITNEY_OK);
    assert_int_equal(pthread_create(&thread, NULL, emit_into_both, &two), 0);
    pthread_barrier_wait(&two.barrier);
    assert_int_equal(jitney_find(host_place(5000) + 4, &found), JITNEY_OK);
    assert_string_equal(found.name, "of_the_first");
    assert_int_equal(jitney_find(host_place(5001) + 4, &found), JITNEY_OK);
    assert_string_equal(found.name, "of_the_second");
    host_close(two.first);
    assert_int_equal(jitney_find(host_place(5000) + 4, &found), JITNEY_ERR_NOT_FOUND);
    pthread_barrier_wait(&two.barrier);
    pthread_join(thread, NULL);
    assert_int_equal(jitney_find(host_place(5001) + 4, &found), JITNEY_OK);
    host_close(two.second);
    pthread_barrier_destroy(&two.barrier);
    /* The names of perf's files are not ours to choose: both write into one. */
    host_file(path, folder, JITNEY_SINK_PERFMAP, getpid());
    assert_true(host_perfmap_is_sound(path));
    assert_true(host_file_has(path, "of_the_first") && host_file_has(path, "of_the_second"));
    assert_true(host_file_has(path, "first_of_thread") && host_file_has(path, "second_later"));
    host_file(path, folder, JITNEY_SINK_JITDUMP, getpid());
    assert_true(host_jitdump_is_sound(path));
    assert_true(host_file_has(path, "of_the_first") && host_file_has(path, "of_the_second"));
    host_file(path, folder, JITNEY_SINK_RECORD, getpid());
    assert_true(host_recording_has(path, "first_of_thread"));
    assert_false(host_recording_has(path, "of_the_second"));
    snprintf(path, sizeof(path), "%s/second-%d.jtr", folder, (int)getpid());
    assert_true(host_recording_has(path, "second_of_thread"));
    assert_true(host_recording_has(path, "second_later"));
    assert_false(host_recording_has(path, "of_the_first"));
    test_folder_remove(folder);
}

static void test_a_session_opened_again_goes_on_in_the_same_process(void **state)
{
    char *folder = test_folder_make(), path[HOST_PATH_BYTES];

    for (unsigned i = 0; i < 3; i++) {
        struct jitney_session_options options = {
            .size = sizeof(options), .sinks = HOST_ALL_SINKS, .directory = folder};
        struct jitney_session *session = NULL;
        char name[32];

        snprintf(name, sizeof(name), "again%u_", i);
        assert_int_equal(KEPT(jitney_session_open(&options, &session)), JITNEY_OK);
        assert_int_equal(host_load(session, name, i), JITNEY_OK);
        host_close(session);
    }
    host_file(path, folder, JITNEY_SINK_PERFMAP, getpid());
    assert_true(host_perfmap_is_sound(path));
    for (unsigned i = 0; i < 3; i++) {
        char name[32];

        snprintf(name, sizeof(name), "again%u_", i);
        assert_true(host_file_has(path, name));
    }
    test_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parent_and_child_each_write_their_own),
        cmocka_unit_test(test_a_child_that_tells_nothing_leaves_no_files),
        cmocka_unit_test(test_a_program_started_by_exec_inherits_nothing),
        cmocka_unit_test(test_forks_while_threads_emit),
        cmocka_unit_test(test_a_thousand_short_threads),
        cmocka_unit_test(test_two_sessions_in_one_process),
        cmocka_unit_test(test_a_session_opened_again_goes_on_in_the_same_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
