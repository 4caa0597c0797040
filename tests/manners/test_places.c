/* Where the library's files go, and what lies there already: nothing of others is touched, nothing
 * blocks, and one sink that cannot have its file does not hinder the others. */
#include "manners/host.h"
#include "support/files.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h> /* wants setjmp.h, stdarg.h and stddef.h */

enum { SKIPPED = 77, FDS = 32, NOBODY = 65534 };

static const enum jitney_sink file_sinks[] = {JITNEY_SINK_PERFMAP, JITNEY_SINK_JITDUMP,
                                              JITNEY_SINK_RECORD, JITNEY_SINK_LOG};
enum { FILE_SINKS = sizeof(file_sinks) / sizeof(file_sinks[0]) };

/* ---- things in the way ---- */

static const char victim_text[] = "what was there before\n";

static void plant_symlink(const char *path, const char *victim)
{
    HOST_CHECK(symlink(victim, path) == 0);
}

static void plant_dangling(const char *path, const char *victim)
{
    HOST_CHECK(unlink(victim) == 0 && symlink(victim, path) == 0);
}

static void plant_hard_link(const char *path, const char *victim)
{
    HOST_CHECK(link(victim, path) == 0);
}

static void plant_fifo(const char *path, const char *victim)
{
    HOST_CHECK(mkfifo(path, 0666) == 0);
}

static void plant_folder(const char *path, const char *victim)
{
    HOST_CHECK(mkdir(path, 0700) == 0);
}

static void plant_others_file(const char *path, const char *victim)
{
    test_write_file(path, victim_text, strlen(victim_text));
    if (getuid() == 0)
        HOST_CHECK(chown(path, NOBODY, NOBODY) == 0);
    else
        HOST_CHECK(unlink(path) == 0 && symlink("/etc/passwd", path) == 0);
}

struct plant {
    const char *name;
    void (*plant)(const char *path, const char *victim);
};

static const struct plant plants[] = {
    {"symlink", plant_symlink},     {"dangling symlink", plant_dangling},
    {"hard link", plant_hard_link}, {"FIFO", plant_fifo},
    {"folder", plant_folder},       {"another's file", plant_others_file},
};

struct planted {
    const char *folder;
    const struct plant *plant;
    enum jitney_sink sink; /* whose file's place is taken; 0: all of them */
};

static void open_among_plants(void *context)
{
    const struct planted *planted = context;
    char path[HOST_PATH_BYTES], victim[HOST_PATH_BYTES];
    struct jitney_session_options options = {.size = sizeof(options),
                                             .sinks = HOST_FILE_SINKS,
                                             .directory = planted->folder,
                                             .record_filter = JITNEY_EVENTS_ALL};
    struct jitney_session *session = NULL;
    int status;

    alarm(20); /* a FIFO without a reader */
    for (unsigned i = 0; i < FILE_SINKS; i++) {
        if (planted->sink && planted->sink != file_sinks[i])
            continue;
        snprintf(victim, sizeof(victim), "%s/victim%u", planted->folder, i);
        test_write_file(victim, victim_text, strlen(victim_text));
        host_file(path, planted->folder, file_sinks[i], getpid());
        planted->plant->plant(path, victim);
    }
    status = KEPT(jitney_session_open(&options, &session));
    if (planted->sink) {
        HOST_CHECK(status == JITNEY_OK);
        HOST_CHECK(host_counters(session).failed_sinks == (uint32_t)planted->sink);
        HOST_CHECK(host_counters(session).sinks & (HOST_FILE_SINKS & ~(uint32_t)planted->sink));
        HOST_CHECK(host_load(session, "among_plants", 1) == JITNEY_OK);
    } else {
        HOST_CHECK(status == JITNEY_ERR_PERMISSION && session == NULL);
    }
    host_use_everything(session, 2);
    host_close(session);
    for (unsigned i = 0; i < FILE_SINKS; i++) {
        host_file(path, planted->folder, file_sinks[i], getpid());
        snprintf(victim, sizeof(victim), "%s/victim%u", planted->folder, i);
        HOST_CHECK(!host_file_exists(victim) || host_file_has(victim, victim_text));
        if (planted->sink && planted->sink != file_sinks[i])
            HOST_CHECK(host_file_has(path, "among_plants"));
        else if (planted->plant->plant == plant_dangling)
            HOST_CHECK(!host_file_exists(victim));
        else if (planted->plant->plant == plant_others_file && getuid() == 0)
            HOST_CHECK(host_file_has(path, victim_text) && !host_file_has(path, "among"));
    }
}

static void test_what_others_planted_is_not_touched(void **state)
{
    for (unsigned i = 0; i < sizeof(plants) / sizeof(plants[0]); i++) {
        for (unsigned sink = 0; sink <= FILE_SINKS; sink++) {
            char *folder = test_folder_make();
            struct planted planted = {folder, &plants[i], sink ? file_sinks[sink - 1] : 0};
            int status = host_in_child(open_among_plants, &planted);

            if (status != 0)
                print_error("%s, sink %u: %d\n", plants[i].name, (unsigned)planted.sink, status);
            assert_int_equal(status, 0);
            test_folder_remove(folder);
        }
    }
}

/* ---- folders that take no files ---- */

static void expect_no_files(const char *directory)
{
    struct jitney_session_options options = {
        .size = sizeof(options), .sinks = HOST_FILE_SINKS, .directory = directory};
    struct jitney_session *session = NULL;
    int status = KEPT(jitney_session_open(&options, &session));

    HOST_CHECK(status == JITNEY_ERR_PERMISSION || status == JITNEY_ERR_IO);
    HOST_CHECK(session == NULL);
    host_use_everything(session, 0);
    options.sinks |= JITNEY_SINK_MAP | JITNEY_SINK_GDB;
    HOST_CHECK(KEPT(jitney_session_open(&options, &session)) == JITNEY_OK);
    HOST_CHECK(host_counters(session).failed_sinks == HOST_FILE_SINKS);
    HOST_CHECK(host_counters(session).last_errno != 0);
    HOST_CHECK(host_use_everything(session, 0) == 0);
    host_close(session);
}

static void read_only_folder(void *context)
{
    const char *folder = context;

    if (getuid() == 0) {
        if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
            mount("small", folder, "tmpfs", MS_RDONLY, "size=64k") != 0)
            _exit(SKIPPED);
    } else {
        HOST_CHECK(chmod(folder, 0500) == 0);
    }
    expect_no_files(folder);
}

static void missing_folder(void *context)
{
    char path[HOST_PATH_BYTES];

    snprintf(path, sizeof(path), "%s/no/such/folder", (const char *)context);
    expect_no_files(path);
    memset(path, 'x', sizeof(path) - 1); /* too long for a name */
    path[sizeof(path) - 1] = '\0';
    expect_no_files(path);
    expect_no_files("/dev/null");
}

/* JITNEY_DIR, as an ordinary user meets it. */
static void folder_of_another_user(void *context)
{
    if (getuid() == 0 && (chmod(context, 0755) != 0 || setgroups(0, NULL) != 0 ||
                          setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
        _exit(SKIPPED);
    expect_no_files(getuid() == NOBODY ? context : "/");
}

static void test_a_folder_that_takes_no_files_is_reported(void **state)
{
    void (*const bodies[])(void *) = {read_only_folder, missing_folder, folder_of_another_user};

    for (unsigned i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        char *folder = test_folder_make();
        int status = host_in_child(bodies[i], folder);

        chmod(folder, 0700);
        test_folder_remove(folder);
        if (status != SKIPPED)
            assert_int_equal(status, 0);
    }
}

/* ---- what the files are like ---- */

static void test_files_are_private_and_closed_at_exec(void **state)
{
    char *folder = test_folder_make();
    struct jitney_session *session = host_open(folder, HOST_FILE_SINKS);
    int fds[FDS], count;

    assert_int_equal(host_load(session, "private", 0), JITNEY_OK);
    count = host_descriptors(folder, fds, FDS);
    for (int i = 0; i < count; i++)
        assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
    for (unsigned i = 0; i < FILE_SINKS; i++) {
        char path[HOST_PATH_BYTES];
        struct stat facts;

        host_file(path, folder, file_sinks[i], getpid());
        assert_int_equal(lstat(path, &facts), 0);
        assert_int_equal(facts.st_mode, S_IFREG | 0600);
        assert_int_equal(facts.st_uid, geteuid());
    }
    host_close(session);
    assert_int_equal(host_descriptors(folder, fds, FDS), 0);
    test_folder_remove(folder);
}

static void test_files_of_an_earlier_process_are_replaced(void **state)
{
    char *folder = test_folder_make();
    const struct timespec long_ago[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    struct jitney_session *session;

    for (unsigned i = 0; i < FILE_SINKS; i++) {
        char path[HOST_PATH_BYTES];

        host_file(path, folder, file_sinks[i], getpid());
        test_write_file(path, victim_text, strlen(victim_text));
        assert_int_equal(utimensat(AT_FDCWD, path, long_ago, 0), 0);
    }
    session = host_open(folder, HOST_FILE_SINKS);
    assert_int_equal(host_counters(session).failed_sinks, 0);
    assert_int_equal(host_load(session, "of_now", 0), JITNEY_OK);
    host_close(session);
    for (unsigned i = 0; i < FILE_SINKS; i++) {
        char path[HOST_PATH_BYTES];

        host_file(path, folder, file_sinks[i], getpid());
        assert_true(host_file_has(path, "of_now"));
        assert_false(host_file_has(path, victim_text));
    }
    test_folder_remove(folder);
}

/* ---- namespaces ---- */

static void write_as_process_one(const char *folder)
{
    struct jitney_session *session = host_open(folder, HOST_FILE_SINKS);

    HOST_CHECK(getpid() == 1);
    HOST_CHECK(host_load(session, "inside", 0) == JITNEY_OK);
    host_close(session);
    _exit(0);
}

static void enter_pid_namespace(void *context)
{
    int status = -1;
    pid_t pid;

    if (unshare(CLONE_NEWPID) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0)
        _exit(SKIPPED);
    pid = fork();
    if (pid == 0)
        write_as_process_one(context);
    HOST_CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void test_in_a_pid_namespace_names_use_the_inner_pid(void **state)
{
    char *folder = test_folder_make();
    int status = host_in_child(enter_pid_namespace, folder);

    for (unsigned i = 0; status == 0 && i < FILE_SINKS; i++) {
        char path[HOST_PATH_BYTES];

        host_file(path, folder, file_sinks[i], 1);
        assert_true(host_file_has(path, "inside"));
    }
    test_folder_remove(folder);
    if (status == SKIPPED)
        skip();
    assert_int_equal(status, 0);
}

/* ---- a sandbox ---- */

#define ALLOW(call)                                                                                \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##call, 0, 1),                                        \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* What docs/guide/engine-author.md names, and what malloc() and this program's end want. */
static const struct sock_filter sandbox[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    ALLOW(pwritev2),
    ALLOW(gettid),
    ALLOW(futex),
    ALLOW(process_vm_readv),
    ALLOW(getpid),
    ALLOW(prlimit64),
    ALLOW(pwritev),
    ALLOW(fallocate),
    ALLOW(ftruncate),
    ALLOW(mmap),
    ALLOW(munmap),
    ALLOW(madvise),
    ALLOW(membarrier),
    ALLOW(close),
    ALLOW(newfstatat),
    ALLOW(fstat),
    ALLOW(pread64),
    ALLOW(brk),
    ALLOW(mprotect),
    ALLOW(write),
    ALLOW(exit_group),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
};

static void live_in_a_sandbox(void *context)
{
    struct sock_fprog program = {sizeof(sandbox) / sizeof(sandbox[0]),
                                 (struct sock_filter *)(uintptr_t)sandbox};
    struct jitney_session *session = host_open(context, HOST_FILE_SINKS | JITNEY_SINK_MAP);

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(SKIPPED);
    for (unsigned i = 0; i < 2000; i++) {
        HOST_CHECK(host_load(session, "in_a_sandbox", 1000 + i) == JITNEY_OK);
        HOST_CHECK(host_use_everything(session, i % 900) == 0);
    }
    HOST_CHECK(host_counters(session).dropped == 0);
    host_close(session);
}

static void test_a_session_lives_in_the_sandbox_that_the_guide_describes(void **state)
{
    char *folder = test_folder_make();
    int status = SKIPPED;

    if (!HOST_HAS_ASAN && !HOST_HAS_TSAN) /* they ask for more */
        status = host_in_child(live_in_a_sandbox, folder);
    test_folder_remove(folder);
    if (status == SKIPPED)
        skip();
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_others_planted_is_not_touched),
        cmocka_unit_test(test_a_folder_that_takes_no_files_is_reported),
        cmocka_unit_test(test_files_are_private_and_closed_at_exec),
        cmocka_unit_test(test_files_of_an_earlier_process_are_replaced),
        cmocka_unit_test(test_in_a_pid_namespace_names_use_the_inner_pid),
        cmocka_unit_test(test_a_session_lives_in_the_sandbox_that_the_guide_describes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
