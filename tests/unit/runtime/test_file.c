/* runtime/file: names, safe creation, appending all or nothing. */
#include "runtime/file.h"

#include "base/alloc.h"
#include "jitney/status.h"
#include "support/files.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { NOBODY = 65534 };

static char *folder;
static char path[512]; /* folder/file */

static int setup(void **state)
{
    folder = test_folder_make();
    snprintf(path, sizeof(path), "%s/file", folder);
    return 0;
}

static int teardown(void **state)
{
    test_folder_remove(folder);
    return 0;
}

static int create(bool may_share, int *fd, bool *is_shared)
{
    return jt_file_create(path, O_WRONLY | O_APPEND, may_share, fd, is_shared);
}

static void assert_refused(void)
{
    bool is_shared = false;
    int fd = -1;

    assert_int_equal(create(true, &fd, &is_shared), JITNEY_ERR_PERMISSION);
    assert_false(is_shared);
}

static void assert_content(const char *file, const char *content)
{
    size_t bytes = 0;
    uint8_t *is = test_read_file(file, &bytes);

    assert_int_equal(bytes, strlen(content));
    assert_memory_equal(is, content, bytes);
    free(is);
}

static int append(int fd, const char *text, size_t bytes)
{
    /* The first part is empty, the second one half of the text. */
    struct iovec parts[3] = {{.iov_base = NULL, .iov_len = 0},
                             {.iov_base = (char *)text, .iov_len = bytes / 2},
                             {.iov_base = (char *)text + bytes / 2, .iov_len = bytes - bytes / 2}};

    return jt_file_append(fd, parts, 3);
}

static void test_names_have_the_pid(void **state)
{
    char name[JT_PATH_BYTES], expected[64];

    assert_int_equal(jt_file_name(name, "/tmp", "perf-", ".map"), JITNEY_OK);
    snprintf(expected, sizeof(expected), "/tmp/perf-%d.map", (int)getpid());
    assert_string_equal(name, expected);
    assert_int_equal(jt_file_expand(name, "a%p%%b%p%"), JITNEY_OK);
    snprintf(expected, sizeof(expected), "a%d%%%%b%d%%", (int)getpid(), (int)getpid());
    assert_string_equal(name, expected);
}

static void test_names_that_are_too_long_are_refused(void **state)
{
    char name[JT_PATH_BYTES];
    char *pattern = malloc(JT_PATH_BYTES + 1);

    memset(pattern, 'x', JT_PATH_BYTES);
    pattern[JT_PATH_BYTES] = '\0';
    assert_int_equal(jt_file_name(name, pattern, "perf-", ".map"), JITNEY_ERR_LIMIT);
    assert_int_equal(jt_file_expand(name, pattern), JITNEY_ERR_LIMIT);
    pattern[JT_PATH_BYTES - 1] = '\0';
    assert_int_equal(jt_file_expand(name, pattern), JITNEY_OK);
    memcpy(pattern + JT_PATH_BYTES - 3, "%p", 3);
    assert_int_equal(jt_file_expand(name, pattern), JITNEY_ERR_LIMIT);
    free(pattern);
}

static void test_a_new_file_is_private_and_closed_on_exec(void **state)
{
    struct stat facts;
    bool is_shared = true;
    int fd = -1;

    umask(0);
    assert_int_equal(create(true, &fd, &is_shared), JITNEY_OK);
    assert_false(is_shared);
    assert_int_equal(fstat(fd, &facts), 0);
    assert_int_equal(facts.st_mode & 07777, 0600);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    close(fd);
}

static void test_a_planted_symlink_is_not_followed(void **state)
{
    char *target = jt_format("%s/target", folder);

    test_write_file(target, "precious", 8);
    assert_int_equal(symlink(target, path), 0);
    assert_refused();
    assert_content(target, "precious");
    unlink(path);
    /* Nor one that leads nowhere, which open() would create. */
    assert_int_equal(symlink("nowhere", path), 0);
    assert_refused();
    free(target);
}

static void test_a_planted_fifo_does_not_block(void **state)
{
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused();
}

static void test_a_planted_folder_is_refused(void **state)
{
    assert_int_equal(mkdir(path, 0700), 0);
    assert_refused();
}

static void test_a_hard_link_to_an_own_file_is_refused(void **state)
{
    char *target = jt_format("%s/target", folder);

    test_write_file(target, "precious", 8);
    assert_int_equal(link(target, path), 0);
    assert_refused();
    assert_content(target, "precious");
    free(target);
}

static void test_a_file_of_another_user_is_refused(void **state)
{
    int status = 0;
    pid_t child = 0;

    if (geteuid() != 0)
        skip();
    test_write_file(path, "root's", 6);
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(chmod(folder, 0777), 0);
    child = fork();
    if (child == 0) {
        bool is_shared = false;
        int fd = -1;

        if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
            _exit(2);
        _exit(create(true, &fd, &is_shared) == JITNEY_ERR_PERMISSION ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_content(path, "root's");
}

static void test_a_folder_without_permission_is_an_answer(void **state)
{
    int status = 0;
    pid_t child = 0;

    if (geteuid() != 0)
        skip();
    child = fork(); /* the folder is root's alone */
    if (child == 0) {
        bool is_shared = false;
        int fd = -1;

        if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
            _exit(2);
        _exit(create(true, &fd, &is_shared) == JITNEY_ERR_PERMISSION ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void test_a_missing_folder_is_an_answer(void **state)
{
    bool is_shared = false;
    int fd = -1;

    assert_int_equal(jt_file_create("/nonexistent/file", O_APPEND, true, &fd, &is_shared),
                     JITNEY_ERR_IO);
    assert_int_equal(errno, ENOENT);
}

static void test_a_file_of_an_earlier_process_is_replaced(void **state)
{
    const struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    bool is_shared = true;
    int fd = -1;

    test_write_file(path, "stale", 5);
    assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
    assert_int_equal(create(true, &fd, &is_shared), JITNEY_OK);
    assert_false(is_shared);
    assert_content(path, "");
    close(fd);
}

static void test_a_file_of_this_process_is_shared(void **state)
{
    bool is_shared = false;
    int first = -1, second = -1;

    assert_int_equal(create(true, &first, &is_shared), JITNEY_OK);
    assert_int_equal(append(first, "one\n", 4), JITNEY_OK);
    assert_int_equal(create(true, &second, &is_shared), JITNEY_OK);
    assert_true(is_shared);
    assert_int_equal(append(second, "two\n", 4), JITNEY_OK);
    assert_int_equal(append(first, "three\n", 6), JITNEY_OK);
    assert_content(path, "one\ntwo\nthree\n");
    close(first);
    close(second);
}

static void test_a_file_that_may_not_be_shared_is_refused(void **state)
{
    bool is_shared = false;
    int first = -1, second = -1;

    assert_int_equal(create(false, &first, &is_shared), JITNEY_OK);
    assert_int_equal(create(false, &second, &is_shared), JITNEY_ERR_IO);
    assert_false(is_shared);
    close(first);
}

static void test_a_log_is_continued(void **state)
{
    struct stat facts;
    int fd = -1;

    for (int i = 0; i < 2; i++) {
        assert_int_equal(jt_file_open_log(path, &fd), JITNEY_OK);
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        assert_int_equal(append(fd, "line\n", 5), JITNEY_OK);
        close(fd);
    }
    assert_content(path, "line\nline\n");
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(facts.st_mode & 07777, 0600);
}

static void test_a_log_is_no_link_and_no_fifo(void **state)
{
    char *target = jt_format("%s/target", folder);
    int fd = -1;
    int reader = -1;

    test_write_file(target, "precious", 8);
    assert_int_equal(symlink(target, path), 0);
    assert_int_equal(jt_file_open_log(path, &fd), JITNEY_ERR_PERMISSION);
    unlink(path);
    assert_int_equal(link(target, path), 0);
    assert_int_equal(jt_file_open_log(path, &fd), JITNEY_ERR_PERMISSION);
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(jt_file_open_log(path, &fd), JITNEY_ERR_IO);
    reader = open(path, O_RDONLY | O_NONBLOCK);
    assert_int_equal(jt_file_open_log(path, &fd), JITNEY_ERR_PERMISSION);
    assert_int_equal(fd, -1);
    close(reader);
    assert_content(target, "precious");
    free(target);
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_what_does_not_fit_leaves_nothing(void **state)
{
    bool is_shared = false;
    int fd = -1;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(create(true, &fd, &is_shared), JITNEY_OK);
    assert_int_equal(append(fd, "12345678", 8), JITNEY_OK);
    limit_files(12);
    assert_int_equal(append(fd, "abcdefgh", 8), JITNEY_ERR_IO);
    assert_int_equal(errno, EFBIG);
    limit_files(RLIM_INFINITY);
    assert_content(path, "12345678");
    assert_int_equal(append(fd, "ABCDEFGH", 8), JITNEY_OK);
    assert_content(path, "12345678ABCDEFGH");
    close(fd);
}

/* The host put a pipe where our file was: writing to it could wait, or end the host by SIGPIPE. */
static void test_pipe_in_place_of_the_file_is_refused(void **state)
{
    int ends[2];

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(append(ends[1], "12345678", 8), JITNEY_ERR_IO);
    assert_int_equal(errno, ESPIPE);
    close(ends[0]);
    assert_int_equal(append(ends[1], "12345678", 8), JITNEY_ERR_IO);
    close(ends[1]);
    assert_int_equal(append(ends[1], "12345678", 8), JITNEY_ERR_IO);
    assert_int_equal(errno, EBADF);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_names_have_the_pid),
        CASE(test_names_that_are_too_long_are_refused),
        CASE(test_a_new_file_is_private_and_closed_on_exec),
        CASE(test_a_planted_symlink_is_not_followed),
        CASE(test_a_planted_fifo_does_not_block),
        CASE(test_a_planted_folder_is_refused),
        CASE(test_a_hard_link_to_an_own_file_is_refused),
        CASE(test_a_file_of_another_user_is_refused),
        CASE(test_a_folder_without_permission_is_an_answer),
        CASE(test_a_missing_folder_is_an_answer),
        CASE(test_a_file_of_an_earlier_process_is_replaced),
        CASE(test_a_file_of_this_process_is_shared),
        CASE(test_a_file_that_may_not_be_shared_is_refused),
        CASE(test_a_log_is_continued),
        CASE(test_a_log_is_no_link_and_no_fifo),
        CASE(test_what_does_not_fit_leaves_nothing),
        CASE(test_pipe_in_place_of_the_file_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
