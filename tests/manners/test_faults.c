/* What fails around the library drops events and counts them; the host runs on, and errno stays
 * as it was (each call of host.h checks that). */
#include "manners/host.h"
#include "support/files.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h> /* wants setjmp.h, stdarg.h and stddef.h */

enum { SKIPPED = 77, MANY = 1500, FDS = 32 };

/* ---- memory ---- */

/* Fails one allocation, and checks that sizes are given back as they were asked for. */
struct failing_heap {
    long live_bytes;
    unsigned left; /* allocations until the failure */
    bool has_failed;
};

static void *failing_resize(void *context, void *old, size_t old_bytes, size_t new_bytes)
{
    struct failing_heap *heap = context;
    size_t *head = old ? (size_t *)old - 2 : NULL;

    HOST_CHECK(!old == (old_bytes == 0));
    HOST_CHECK(!old || *head == old_bytes);
    if (new_bytes == 0) {
        heap->live_bytes -= (long)old_bytes;
        free(head);
        return NULL;
    }
    if (!heap->has_failed && heap->left-- == 0) {
        heap->has_failed = true;
        errno = ENOMEM;
        return NULL;
    }
    head = realloc(head, new_bytes + 2 * sizeof(*head));
    HOST_CHECK(head != NULL);
    heap->live_bytes += (long)new_bytes - (long)old_bytes;
    *head = new_bytes;
    errno = ENOMEM; /* an allocator may change it */
    return head + 2;
}

/* Returns whether an allocation failed on the way. */
static bool run_with_failure(const char *folder, unsigned allocation)
{
    struct failing_heap heap = {.left = allocation};
    struct jitney_allocator allocator = {sizeof(allocator), &heap, failing_resize};
    struct jitney_session_options options = {.size = sizeof(options),
                                             .sinks = HOST_ALL_SINKS,
                                             .flags = JITNEY_SESSION_GDB_ALWAYS,
                                             .directory = folder,
                                             .record_filter = JITNEY_EVENTS_ALL,
                                             .allocator = &allocator};
    struct jitney_session *session = NULL;
    int status = KEPT(jitney_session_open(&options, &session));
    bool failed_at_open = heap.has_failed;
    unsigned failures = 0;

    assert_true(!status == (session != NULL));
    if (status) {
        assert_int_equal(status, JITNEY_ERR_MEMORY);
    } else {
        struct jitney_counters counters = host_counters(session);

        /* A sink that has no memory is named. */
        if (failed_at_open && counters.failed_sinks == 0)
            assert_int_equal(counters.sinks, HOST_ALL_SINKS);
        for (unsigned i = 0; i < 4; i++)
            failures += host_use_everything(session, 2 * i);
        counters = host_counters(session);
        if (!failed_at_open && failures > 0)
            assert_true(counters.dropped + counters.refused > 0 || counters.failed_sinks);
        assert_int_equal(host_use_everything(session, 10) && !counters.failed_sinks, 0);
    }
    host_close(session);
    assert_int_equal(heap.live_bytes, 0);
    return heap.has_failed;
}

static void test_each_allocation_may_fail_once(void **state)
{
    char *folder = test_folder_make();
    unsigned allocations = 0;

    while (run_with_failure(folder, allocations))
        allocations++;
    assert_true(allocations > 10);
    test_folder_remove(folder);
}

static void no_address_space(void *context)
{
    struct rlimit limit = {1 << 20, 1 << 20}; /* less than there is: each mmap fails */
    struct jitney_session *before = host_open(context, HOST_ALL_SINKS);
    struct jitney_session_options options = {
        .size = sizeof(options), .sinks = HOST_ALL_SINKS, .directory = context, .log_file = "/x"};
    struct jitney_session *after = NULL;
    char name[32];

    HOST_CHECK(host_load(before, "before", 0) == JITNEY_OK);
    HOST_CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "without_space%u", i);
        host_load(before, name, i);
        host_use_everything(before, i + MANY);
    }
    KEPT(jitney_session_open(&options, &after));
    host_load(after, "after", 1);
    host_use_everything(after, 2);
    host_close(after);
    host_counters(before);
    host_close(before);
}

static void test_a_process_without_address_space_runs_on(void **state)
{
    char *folder = test_folder_make();

    if (HOST_HAS_ASAN || HOST_HAS_TSAN) {
        test_folder_remove(folder);
        skip(); /* a sanitizer cannot live without it */
    }
    assert_int_equal(host_in_child(no_address_space, folder), 0);
    test_folder_remove(folder);
}

/* ---- disk ---- */

/* A file system of its own that is full soon. False: not possible here. */
static bool mount_small(const char *folder)
{
    char map[64];
    int uid = (int)getuid();
    int fd;

    if (uid != 0) {
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
            return false;
        snprintf(map, sizeof(map), "0 %d 1", uid);
        fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
        if (fd < 0 || write(fd, map, strlen(map)) < 0)
            return false;
        close(fd);
    } else if (unshare(CLONE_NEWNS) != 0) {
        return false;
    }
    return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("small", folder, "tmpfs", 0, "size=1m,mode=700") == 0;
}

/* Fill what is left of the disk. */
static void fill_disk(const char *path)
{
    static const char zeros[4096];
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    HOST_CHECK(fd >= 0);
    while (write(fd, zeros, sizeof(zeros)) > 0)
        continue;
    close(fd);
}

static void expect_files_sound(const char *folder)
{
    char path[HOST_PATH_BYTES];

    host_file(path, folder, JITNEY_SINK_PERFMAP, getpid());
    HOST_CHECK(host_perfmap_is_sound(path));
    HOST_CHECK(host_file_has(path, "when_there_was_room"));
    HOST_CHECK(host_file_has(path, "room_again"));
    host_file(path, folder, JITNEY_SINK_JITDUMP, getpid());
    HOST_CHECK(host_jitdump_is_sound(path));
    HOST_CHECK(host_file_has(path, "when_there_was_room"));
    HOST_CHECK(host_file_has(path, "room_again"));
    host_file(path, folder, JITNEY_SINK_LOG, getpid());
    HOST_CHECK(host_file_has(path, "when_there_was_room"));
    HOST_CHECK(host_file_has(path, "room_again"));
}

static void full_disk(void *context)
{
    const char *folder = context;
    const uint32_t sinks = JITNEY_SINK_PERFMAP | JITNEY_SINK_JITDUMP | JITNEY_SINK_LOG;
    struct jitney_session *session;
    struct jitney_counters counters;
    char filler[HOST_PATH_BYTES], name[512];
    unsigned dropped = 0;

    snprintf(filler, sizeof(filler), "%s/filler", folder);
    if (!mount_small(folder))
        _exit(SKIPPED);
    session = host_open(folder, sinks);
    HOST_CHECK(host_load(session, "when_there_was_room", 0) == JITNEY_OK);
    fill_disk(filler);
    memset(name, 'n', sizeof(name));
    for (unsigned i = 0; i < MANY; i++) {
        name[10 + i % 500] = '\0'; /* ends of pages are met in all ways */
        dropped += host_load(session, name, 1 + i) != JITNEY_OK;
        name[10 + i % 500] = 'n';
    }
    counters = host_counters(session);
    HOST_CHECK(dropped > 0);
    HOST_CHECK(counters.dropped >= dropped && counters.dropped_io >= dropped);
    HOST_CHECK(counters.last_errno == ENOSPC);
    unlink(filler);
    HOST_CHECK(host_load(session, "room_again", MANY + 2) == JITNEY_OK);
    host_close(session);
    expect_files_sound(folder);
}

static void test_a_full_disk_drops_and_counts_and_leaves_no_torn_records(void **state)
{
    char *folder = test_folder_make();
    int status = host_in_child(full_disk, folder);

    test_folder_remove(folder);
    if (status == SKIPPED)
        skip();
    assert_int_equal(status, 0);
}

static void full_disk_recording(void *context)
{
    const char *folder = context;
    struct jitney_session *session;
    struct jitney_counters counters;
    char filler[HOST_PATH_BYTES], path[HOST_PATH_BYTES], name[64];
    unsigned dropped = 0;

    snprintf(filler, sizeof(filler), "%s/filler", folder);
    if (!mount_small(folder))
        _exit(SKIPPED);
    session = host_open(folder, HOST_ALL_SINKS);
    HOST_CHECK(host_load(session, "when_there_was_room", 0) == JITNEY_OK);
    fill_disk(filler);
    for (unsigned i = 0; i < 40 * MANY; i++) {
        struct jitney_note note = {.size = sizeof(note), .text = name};

        snprintf(name, sizeof(name), "a note with a text of its own, %u", i);
        dropped += KEPT(jitney_note(session, &note)) != JITNEY_OK;
    }
    counters = host_counters(session);
    HOST_CHECK(dropped > 0 && counters.dropped >= dropped);
    host_close(session);
    host_file(path, folder, JITNEY_SINK_RECORD, getpid());
    HOST_CHECK(host_recording_has(path, "when_there_was_room"));
}

static void test_a_recording_on_a_full_disk_does_not_kill(void **state)
{
    char *folder = test_folder_make();
    int status = host_in_child(full_disk_recording, folder);

    test_folder_remove(folder);
    if (status == SKIPPED)
        skip();
    assert_int_equal(status, 0);
}

static void full_from_the_start(void *context)
{
    const char *folder = context;
    struct jitney_session_options options = {
        .size = sizeof(options), .sinks = HOST_FILE_SINKS, .directory = folder};
    struct jitney_session *session = NULL;
    char filler[HOST_PATH_BYTES];

    snprintf(filler, sizeof(filler), "%s/filler", folder);
    if (!mount_small(folder))
        _exit(SKIPPED);
    fill_disk(filler);
    KEPT(jitney_session_open(&options, &session));
    for (unsigned i = 0; i < 20; i++)
        host_use_everything(session, i);
    if (session)
        HOST_CHECK(host_counters(session).dropped > 0 || host_counters(session).failed_sinks);
    host_close(session);
}

static void test_a_disk_that_is_full_from_the_start_does_not_kill(void **state)
{
    char *folder = test_folder_make();
    int status = host_in_child(full_from_the_start, folder);

    test_folder_remove(folder);
    if (status == SKIPPED)
        skip();
    assert_int_equal(status, 0);
}

static void file_size_limit(void *context)
{
    struct rlimit limit = {65536, 65536};
    struct jitney_session *session = host_open(context, HOST_FILE_SINKS);
    unsigned dropped = 0;

    signal(SIGXFSZ, SIG_IGN); /* as the shells' users who set such limits have it */
    HOST_CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    for (unsigned i = 0; i < 2 * MANY; i++)
        dropped += host_load(session, "a_function_with_a_rather_long_name", i) != JITNEY_OK;
    HOST_CHECK(dropped > 0);
    HOST_CHECK(host_counters(session).dropped >= dropped);
    host_close(session);
}

static void test_a_limit_of_file_sizes_drops(void **state)
{
    char *folder = test_folder_make();

    assert_int_equal(host_in_child(file_size_limit, folder), 0);
    test_folder_remove(folder);
}

static void no_descriptors(void *context)
{
    struct rlimit limit = {3, 3};
    struct jitney_session_options options = {
        .size = sizeof(options), .sinks = HOST_FILE_SINKS, .directory = context};
    struct jitney_session *session = NULL;

    HOST_CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    HOST_CHECK(KEPT(jitney_session_open(&options, &session)) != JITNEY_OK);
    HOST_CHECK(session == NULL);
    host_use_everything(session, 0);
    options.sinks |= JITNEY_SINK_MAP;
    HOST_CHECK(KEPT(jitney_session_open(&options, &session)) == JITNEY_OK);
    HOST_CHECK(host_counters(session).failed_sinks == HOST_FILE_SINKS);
    HOST_CHECK(host_counters(session).last_errno == EMFILE);
    HOST_CHECK(host_use_everything(session, 0) == 0);
    host_close(session);
}

static void test_without_descriptors_the_sinks_of_files_are_named(void **state)
{
    char *folder = test_folder_make();

    assert_int_equal(host_in_child(no_descriptors, folder), 0);
    test_folder_remove(folder);
}

/* ---- descriptors that change behind our back ---- */

static void run_on(struct jitney_session *session)
{
    unsigned dropped = 0;

    for (unsigned i = 0; i < 50; i++) {
        dropped += host_load(session, "after_the_change", 10 + i) != JITNEY_OK;
        host_use_everything(session, 100 + i);
    }
    HOST_CHECK(dropped > 0 || host_counters(session).failed_sinks != 0);
    HOST_CHECK(host_counters(session).dropped > 0);
}

static void closed_descriptors(void *context)
{
    struct jitney_session *session = host_open(context, HOST_FILE_SINKS);
    int fds[FDS], count = host_descriptors(context, fds, FDS);

    HOST_CHECK(count >= 3);
    HOST_CHECK(host_load(session, "before", 0) == JITNEY_OK);
    for (int i = 0; i < count; i++)
        close(fds[i]);
    run_on(session);
    host_close(session);
}

static void test_closed_descriptors_drop(void **state)
{
    char *folder = test_folder_make();

    assert_int_equal(host_in_child(closed_descriptors, folder), 0);
    test_folder_remove(folder);
}

static void closed_pipes(void *context)
{
    struct jitney_session *session = host_open(context, HOST_FILE_SINKS);
    int fds[FDS], count = host_descriptors(context, fds, FDS), ends[2];

    HOST_CHECK(count >= 3 && pipe(ends) == 0);
    close(ends[0]);
    for (int i = 0; i < count; i++)
        dup2(ends[1], fds[i]);
    run_on(session);
    host_close(session);
}

static void test_closed_pipes_drop_and_raise_no_signal(void **state)
{
    char *folder = test_folder_make();

    assert_int_equal(host_in_child(closed_pipes, folder), 0);
    test_folder_remove(folder);
}

/* A user's own wish: JITNEY_LOG=/proc/self/fd/N, /dev/stderr. Either it is refused or it works;
 * a reader that goes away, or does not read, does not stop the host. */
static void log_into_pipe(void *context)
{
    char path[64];
    struct jitney_session_options options = {.size = sizeof(options),
                                             .sinks = JITNEY_SINK_LOG | JITNEY_SINK_MAP,
                                             .log_file = path,
                                             .directory = context};
    struct jitney_session *session = NULL;
    int ends[2];

    HOST_CHECK(pipe(ends) == 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[1]);
    HOST_CHECK(KEPT(jitney_session_open(&options, &session)) == JITNEY_OK);
    for (unsigned i = 0; i < 2 * MANY; i++) /* more than a pipe holds */
        host_load(session, "a_function_with_a_rather_long_name", i);
    close(ends[0]);
    for (unsigned i = 0; i < 10; i++)
        host_load(session, "nobody_reads", i);
    HOST_CHECK(host_counters(session).failed_sinks || host_counters(session).dropped);
    host_close(session);
}

static void test_a_log_into_a_pipe_that_nobody_reads_does_not_stop_the_host(void **state)
{
    char *folder = test_folder_make();

    assert_int_equal(host_in_child(log_into_pipe, folder), 0);
    test_folder_remove(folder);
}

static void null_session(void *context)
{
    HOST_CHECK(host_use_everything(NULL, 0) <= 5); /* what needs a session may say so */
    HOST_CHECK(host_load(NULL, "nobody", 0) == JITNEY_OK);
    host_close(NULL);
}

static void test_no_session_is_a_session_that_wants_nothing(void **state)
{
    assert_int_equal(host_in_child(null_session, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_allocation_may_fail_once),
        cmocka_unit_test(test_a_process_without_address_space_runs_on),
        cmocka_unit_test(test_a_full_disk_drops_and_counts_and_leaves_no_torn_records),
        cmocka_unit_test(test_a_recording_on_a_full_disk_does_not_kill),
        cmocka_unit_test(test_a_disk_that_is_full_from_the_start_does_not_kill),
        cmocka_unit_test(test_a_limit_of_file_sizes_drops),
        cmocka_unit_test(test_without_descriptors_the_sinks_of_files_are_named),
        cmocka_unit_test(test_closed_descriptors_drop),
        cmocka_unit_test(test_closed_pipes_drop_and_raise_no_signal),
        cmocka_unit_test(test_a_log_into_a_pipe_that_nobody_reads_does_not_stop_the_host),
        cmocka_unit_test(test_no_session_is_a_session_that_wants_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
