#include "analysis/sample/collect.h"

#include "analysis/sample/collect_files.h"
#include "analysis/sample/collect_java.h"
#include "base/alloc.h"
#include "jitney/status.h"
#include "support/files.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A process that does one thing when it is told to, and ends when told again. */
struct actor {
    pid_t pid;
    int orders; /* ours to write */
    int done;   /* ours to read */
};

struct scene {
    char *folder; /* the working directory of the actors */
    char *trace;
    struct jt_diag diag;
    struct jt_collect *collect;
    const struct jt_collected *files;
    size_t count;
};

typedef void act(const struct scene *scene, pid_t pid);

static void act_out(const struct scene *scene, act *play, int orders, int done)
{
    char byte = 0;

    if (read(orders, &byte, 1) != 1)
        _exit(1);
    play(scene, getpid());
    if (write(done, &byte, 1) != 1 || read(orders, &byte, 1) < 0)
        _exit(1);
    _exit(0);
}

static struct actor hire(const struct scene *scene, act *play)
{
    struct actor actor;
    int orders[2];
    int done[2];

    assert_int_equal(pipe2(orders, O_CLOEXEC), 0);
    assert_int_equal(pipe2(done, O_CLOEXEC), 0);
    actor.pid = fork();
    assert_true(actor.pid >= 0);
    if (actor.pid == 0) {
        close(orders[1]);
        close(done[0]);
        act_out(scene, play, orders[0], done[1]);
    }
    close(orders[0]);
    close(done[1]);
    actor.orders = orders[1];
    actor.done = done[0];
    return actor;
}

static void let_act(const struct actor *actor)
{
    char byte = 'g';

    assert_int_equal(write(actor->orders, &byte, 1), 1);
    assert_int_equal(read(actor->done, &byte, 1), 1);
}

/* A second order rather than the pipe's end, which another actor may hold open. */
static void dismiss(const struct actor *actor)
{
    char byte = 'e';

    assert_int_equal(write(actor->orders, &byte, 1), 1);
    close(actor->orders);
    close(actor->done);
    assert_int_equal(waitpid(actor->pid, NULL, 0), actor->pid);
}

static int open_scene(void **state)
{
    struct scene *scene = jt_alloc(1, sizeof(*scene));

    scene->folder = test_folder_make();
    scene->trace = test_folder_make();
    scene->collect = jt_collect_new(scene->trace, &scene->diag);
    *state = scene;
    return 0;
}

static int close_scene(void **state)
{
    struct scene *scene = *state;

    jt_collect_free(scene->collect);
    test_folder_remove(scene->folder);
    test_folder_remove(scene->trace);
    free(scene);
    return 0;
}

static void finish(struct scene *scene, int expected)
{
    assert_int_equal(jt_collect_finish(scene->collect, &scene->files, &scene->count), expected);
}

static char *map_path(pid_t pid)
{
    return jt_format("/tmp/perf-%d.map", pid);
}

static char *dump_path(const struct scene *scene, pid_t pid)
{
    return jt_format("%s/jit-%d.dump", scene->folder, pid);
}

static void write_text(const char *path, const char *text)
{
    test_write_file(path, text, strlen(text));
}

/* The plays. They leak on purpose: their process ends right after. */
static void write_map(const struct scene *scene, pid_t pid)
{
    (void)scene;
    write_text(map_path(pid), "1000 10 f\n");
}

static void write_stale_map(const struct scene *scene, pid_t pid)
{
    const struct timespec times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};

    write_map(scene, pid);
    utimensat(AT_FDCWD, map_path(pid), times, 0);
}

static void link_map_to_secret(const struct scene *scene, pid_t pid)
{
    char *secret = jt_format("%s/secret", scene->folder);

    write_text(secret, "secret");
    if (symlink(secret, map_path(pid)) != 0)
        _exit(1);
}

static void make_map_a_fifo(const struct scene *scene, pid_t pid)
{
    (void)scene;
    if (mkfifo(map_path(pid), 0600) != 0)
        _exit(1);
}

static void write_dump_and_log(const struct scene *scene, pid_t pid)
{
    write_text(dump_path(scene, pid), "a dump");
    write_text(jt_format("%s/isolate-0x1f-%d-v8.log", scene->folder, pid), "log");
    write_text(jt_format("%s/isolate-0x1f-1-v8.log", scene->folder), "of another process");
    write_text(jt_format("%s/isolate-notes-%d-v8.log", scene->folder, pid), "another name");
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static char *in_trace(const struct scene *scene, const char *format, pid_t pid)
{
    char *name = jt_format("%s/%s-%d.%s", scene->trace, format, pid,
                           strcmp(format, "jit") == 0 ? "dump" : "map");

    return name;
}

static void assert_content(const char *path, const char *expected)
{
    size_t bytes = 0;
    uint8_t *content = test_read_file(path, &bytes);

    assert_int_equal(bytes, strlen(expected));
    assert_memory_equal(content, expected, bytes);
    free(content);
}

static void test_map_of_a_process_that_ended_is_moved_into_the_trace(void **state)
{
    struct scene *scene = *state;
    struct actor actor = hire(scene, write_map);
    char *path = map_path(actor.pid);
    char *copy = in_trace(scene, "perf", actor.pid);

    jt_collect_process(scene->collect, (uint32_t)actor.pid);
    let_act(&actor);
    dismiss(&actor);
    finish(scene, JITNEY_OK);
    assert_content(copy, "1000 10 f\n");
    assert_false(exists(path));
    assert_int_equal(scene->count, 1);
    assert_string_equal(scene->files[0].origin, path);
    assert_int_equal(scene->files[0].pid, actor.pid);
    assert_int_equal(scene->files[0].inner_pid, actor.pid);
    assert_int_equal(scene->files[0].owner, geteuid());
    assert_int_equal(scene->files[0].process_uid, geteuid());
    assert_int_equal(scene->files[0].bytes, 10);
    free(copy);
    free(path);
}

static void test_original_stays_when_it_is_the_users_own(void **state)
{
    struct scene *scene = *state;
    struct actor actor = hire(scene, write_map);
    char *path = map_path(actor.pid);

    jt_collect_keep_originals(scene->collect);
    jt_collect_process(scene->collect, (uint32_t)actor.pid);
    let_act(&actor);
    dismiss(&actor);
    finish(scene, JITNEY_OK);
    assert_int_equal(scene->count, 1);
    assert_int_equal(unlink(path), 0);
    free(path);
}

static void test_original_stays_while_its_process_lives(void **state)
{
    struct scene *scene = *state;
    struct actor actor = hire(scene, write_map);
    char *path = map_path(actor.pid);

    jt_collect_process(scene->collect, (uint32_t)actor.pid);
    let_act(&actor);
    finish(scene, JITNEY_OK);
    assert_int_equal(scene->count, 1);
    dismiss(&actor);
    assert_int_equal(unlink(path), 0);
    free(path);
}

static void test_original_stays_when_its_process_is_older_than_the_recording(void **state)
{
    struct scene *scene = *state;
    struct actor actor = hire(scene, write_map);
    char *path = map_path(actor.pid);

    /* Twice what file times and clock ticks may be apart. */
    usleep(2 * JT_CLOCK_SLACK_NS / 1000);
    jt_collect_free(scene->collect);
    scene->collect = jt_collect_new(scene->trace, &scene->diag);
    jt_collect_process(scene->collect, (uint32_t)actor.pid);
    let_act(&actor);
    dismiss(&actor);
    finish(scene, JITNEY_OK);
    assert_int_equal(scene->count, 1);
    assert_int_equal(unlink(path), 0);
    free(path);
}

/* The pid was another process's once. */
static void test_map_older_than_its_process_is_not_taken(void **state)
{
    struct scene *scene = *state;
    struct actor actor = hire(scene, write_stale_map);
    char *path = map_path(actor.pid);

    jt_collect_process(scene->collect, (uint32_t)actor.pid);
    let_act(&actor);
    dismiss(&actor);
    finish(scene, JITNEY_OK);
    assert_int_equal(scene->count, 0);
    assert_int_equal(unlink(path), 0);
    free(path);
}

static void test_links_and_fifos_are_not_opened(void **state)
{
    act *const plays[] = {link_map_to_secret, make_map_a_fifo};
    struct scene *scene = *state;

    for (size_t i = 0; i < 2; i++) {
        struct actor actor = hire(scene, plays[i]);
        char *path = map_path(actor.pid);

        jt_collect_process(scene->collect, (uint32_t)actor.pid);
        let_act(&actor);
        jt_collect_poll(scene->collect);
        dismiss(&actor);
        assert_int_equal(unlink(path), 0);
        free(path);
    }
    finish(scene, JITNEY_OK);
    assert_int_equal(scene->count, 0);
}

static void test_dump_and_the_log_beside_it_leave_the_working_directory(void **state)
{
    struct scene *scene = *state;
    struct actor actor = hire(scene, write_dump_and_log);
    char *path = dump_path(scene, actor.pid);
    char *copy = in_trace(scene, "jit", actor.pid);
    char *log = jt_format("%s/isolate-0x1f-%d-v8.log", scene->folder, actor.pid);
    char *foreign = jt_format("%s/isolate-0x1f-1-v8.log", scene->folder);
    char *other = jt_format("%s/isolate-notes-%d-v8.log", scene->folder, actor.pid);

    let_act(&actor);
    jt_collect_mapping(scene->collect, (uint32_t)actor.pid, path);
    dismiss(&actor);
    finish(scene, JITNEY_OK);
    assert_content(copy, "a dump");
    assert_false(exists(path));
    assert_false(exists(log));
    assert_true(exists(foreign));
    assert_true(exists(other));
    free(other);
    free(foreign);
    free(log);
    free(copy);
    free(path);
}

static void test_dump_that_was_deleted_meanwhile_is_still_collected(void **state)
{
    struct scene *scene = *state;
    struct actor actor = hire(scene, write_dump_and_log);
    char *path = dump_path(scene, actor.pid);
    char *copy = in_trace(scene, "jit", actor.pid);

    let_act(&actor);
    jt_collect_mapping(scene->collect, (uint32_t)actor.pid, path);
    assert_int_equal(unlink(path), 0);
    dismiss(&actor);
    finish(scene, JITNEY_OK);
    assert_content(copy, "a dump");
    free(copy);
    free(path);
}

static void test_mapping_that_names_another_pid_is_ignored(void **state)
{
    struct scene *scene = *state;
    struct actor actor = hire(scene, write_dump_and_log);
    char *path = jt_format("%s/jit-1.dump", scene->folder);

    write_text(path, "not of this process");
    let_act(&actor);
    jt_collect_mapping(scene->collect, (uint32_t)actor.pid, path);
    jt_collect_mapping(scene->collect, (uint32_t)actor.pid, "jit-1.dump");
    jt_collect_mapping(scene->collect, (uint32_t)actor.pid, "/");
    dismiss(&actor);
    finish(scene, JITNEY_OK);
    assert_int_equal(scene->count, 0);
    assert_true(exists(path));
    free(path);
}

static void test_dump_in_a_folder_below_the_trace_moves_up(void **state)
{
    struct scene *scene = *state;
    struct actor actor = hire(scene, write_map);
    char *folder = jt_format("%s/.debug/jit/llvm-x", scene->trace);
    char *command = jt_format("mkdir -p '%s'", folder);
    char *path = jt_format("%s/jit-%d.dump", folder, actor.pid);
    char *copy = in_trace(scene, "jit", actor.pid);
    char *top = jt_format("%s/.debug", scene->trace);

    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own path */
    write_text(path, "of LLVM");
    let_act(&actor);
    jt_collect_mapping(scene->collect, (uint32_t)actor.pid, path);
    dismiss(&actor);
    finish(scene, JITNEY_OK);
    assert_content(copy, "of LLVM");
    assert_false(exists(top));
    free(top);
    free(copy);
    free(path);
    free(command);
    free(folder);
}

static void test_copy_that_fails_is_an_error_and_the_others_arrive(void **state)
{
    const struct rlimit small = {.rlim_cur = 8, .rlim_max = RLIM_INFINITY};
    struct rlimit before;
    struct scene *scene = *state;
    struct actor large = hire(scene, write_map);         /* 10 bytes */
    struct actor fits = hire(scene, write_dump_and_log); /* 6 bytes */
    char *path = map_path(large.pid);
    char *dump = dump_path(scene, fits.pid);
    char *copy = in_trace(scene, "jit", fits.pid);
    char *failed = in_trace(scene, "perf", large.pid);

    jt_collect_process(scene->collect, (uint32_t)large.pid);
    let_act(&large);
    let_act(&fits);
    jt_collect_mapping(scene->collect, (uint32_t)fits.pid, dump);
    dismiss(&large);
    dismiss(&fits);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    finish(scene, JITNEY_ERR_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_true(scene->diag.errors > 0);
    assert_content(copy, "a dump");
    assert_false(exists(failed));
    assert_int_equal(unlink(path), 0); /* what was not copied is not removed */
    free(failed);
    free(copy);
    free(dump);
    free(path);
}

static void test_more_files_than_descriptors_are_all_collected(void **state)
{
    enum { ACTORS = 40, DESCRIPTORS = 64 };
    struct scene *scene = *state;
    struct rlimit before;
    struct rlimit few;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = (struct rlimit){.rlim_cur = DESCRIPTORS, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    jt_collect_free(scene->collect);
    scene->collect = jt_collect_new(scene->trace, &scene->diag);
    for (size_t i = 0; i < ACTORS; i++) {
        struct actor actor = hire(scene, write_map);

        jt_collect_process(scene->collect, (uint32_t)actor.pid);
        let_act(&actor);
        jt_collect_poll(scene->collect);
        dismiss(&actor);
    }
    finish(scene, JITNEY_OK);
    assert_int_equal(scene->count, ACTORS);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

/* In namespaces of its own: /tmp is private, and the pid is 1. */
static void play_in_container(const struct scene *scene, int ready, int orders)
{
    char byte = 'r';
    pid_t inner = 0;

    if (unshare(CLONE_NEWPID | CLONE_NEWNS) != 0)
        _exit(77);
    inner = fork();
    if (inner != 0) {
        waitpid(inner, NULL, 0);
        _exit(0);
    }
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", "/tmp", "tmpfs", 0, NULL) != 0)
        _exit(1);
    write_text("/tmp/perf-1.map", "2000 20 inner\n");
    if (write(ready, &byte, 1) != 1 || read(orders, &byte, 1) < 0)
        _exit(1);
    (void)scene;
    _exit(0);
}

/* The only child of a process. */
static uint32_t child_of(pid_t pid)
{
    char *path = jt_format("/proc/%d/task/%d/children", pid, pid);
    FILE *file = fopen(path, "re");
    unsigned child = 0;

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%u", &child), 1);
    fclose(file);
    free(path);
    return child;
}

static void test_file_of_a_container_is_collected_after_its_end_by_host_pid(void **state)
{
    struct scene *scene = *state;
    char *copy = NULL;
    int ready[2];
    int orders[2];
    uint32_t inner = 0;
    char byte = 0;
    pid_t pid = 0;

    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(orders), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(ready[0]);
        close(orders[1]);
        play_in_container(scene, ready[1], orders[0]);
    }
    close(ready[1]);
    close(orders[0]);
    if (read(ready[0], &byte, 1) != 1) {
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        skip(); /* no right to make namespaces */
    }
    inner = child_of(pid);
    jt_collect_process(scene->collect, inner);
    jt_collect_poll(scene->collect);
    close(orders[1]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    close(ready[0]);
    finish(scene, JITNEY_OK);
    assert_int_equal(scene->count, 1);
    assert_int_equal(scene->files[0].pid, inner);
    assert_int_equal(scene->files[0].inner_pid, 1);
    assert_string_equal(scene->files[0].origin, "/tmp/perf-1.map");
    copy = in_trace(scene, "perf", (pid_t)inner);
    assert_content(copy, "2000 20 inner\n");
    free(copy);
}

static void test_file_names_are_taken_apart_and_carry_another_pid(void **state)
{
    static const struct {
        const char *name;
        uint32_t pid; /* 0: no such name */
        const char *with_7;
    } rows[] = {
        {"perf-12.map", 12, "perf-7.map"},
        {"jit-12.dump", 12, "jit-7.dump"},
        {"jit-34-12.dump", 12, "jit-34-7.dump"},
        {"perf-12.dump", 0, NULL},
        {"jit-12.map", 0, NULL},
        {"jit-.dump", 0, NULL},
        {"jit-1-.dump", 0, NULL},
        {"perf-1-2.map", 0, NULL},
        {"perf-12.map.old", 0, NULL},
        {"jit-99999999999999999999.dump", 0, NULL},
        {"perfinfo-12.map", 0, NULL},
        {"", 0, NULL},
        {"jit-1-2-3.dump", 0, NULL},
        {"perf-x.map", 0, NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct jt_file_name parts;
        char *with_7 = jt_file_name_with(rows[i].name, 7);

        assert_int_equal(jt_file_name_parse(rows[i].name, &parts), rows[i].pid != 0);
        if (rows[i].pid != 0) {
            assert_int_equal(parts.pid, rows[i].pid);
            assert_string_equal(with_7, rows[i].with_7);
        }
        free(with_7);
    }
    (void)state;
}

/* SIGQUIT would end it. */
static void test_process_that_is_no_jvm_survives_being_asked(void **state)
{
    struct scene *scene = *state;
    struct actor actor = hire(scene, write_map);
    char *path = map_path(actor.pid);

    let_act(&actor);
    assert_false(jt_java_write_map((uint32_t)actor.pid, (uint32_t)actor.pid, geteuid()));
    assert_int_equal(kill(actor.pid, 0), 0);
    dismiss(&actor);
    assert_int_equal(unlink(path), 0);
    free(path);
}

int main(void)
{
#define SCENE(test) cmocka_unit_test_setup_teardown(test, open_scene, close_scene)
    const struct CMUnitTest tests[] = {
        SCENE(test_map_of_a_process_that_ended_is_moved_into_the_trace),
        SCENE(test_original_stays_when_it_is_the_users_own),
        SCENE(test_original_stays_while_its_process_lives),
        SCENE(test_original_stays_when_its_process_is_older_than_the_recording),
        SCENE(test_map_older_than_its_process_is_not_taken),
        SCENE(test_links_and_fifos_are_not_opened),
        SCENE(test_dump_and_the_log_beside_it_leave_the_working_directory),
        SCENE(test_dump_that_was_deleted_meanwhile_is_still_collected),
        SCENE(test_mapping_that_names_another_pid_is_ignored),
        SCENE(test_dump_in_a_folder_below_the_trace_moves_up),
        SCENE(test_copy_that_fails_is_an_error_and_the_others_arrive),
        SCENE(test_more_files_than_descriptors_are_all_collected),
        SCENE(test_file_of_a_container_is_collected_after_its_end_by_host_pid),
        SCENE(test_file_names_are_taken_apart_and_carry_another_pid),
        SCENE(test_process_that_is_no_jvm_survives_being_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
